/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plug.c - a guest's network card for the benchmarks: tap and stream socket
 *
 * plug SOCKET TAP [plain]
 *
 * Run in the guest's namespace; "ready" is printed when both are there.
 *
 * It stands for QEMU and the kernel in the VM together. Those split what TCP
 * sends when it is about to leave, and join segments of one flow that come
 * together before TCP sees them (GSO and GRO), and no frame between the VM
 * and QEMU costs a system call. So here the tap hands out super-frames, which
 * are cut to frames of the MTU with their sums in place; frames from the
 * socket have their sums verified and are joined again, IPv4 and TCP only.
 * What is on the socket is what QEMU would send. With "plain" a frame is one
 * read or one write of the tap, as it is for vde_plug2tap.
 *
 * While the socket is full the tap is not read: its queue holds TCP back.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/csum.h"
#include "link/gso.h"
#include "sys/tapoffload.h"
#include "wire/qframe.h"
#include "wire/vnet.h"

#define IN_SIZE (256u << 10)
#define OUT_SIZE (1u << 20)
#define OUT_ROOM (256u << 10)	/* a super-frame, cut to small frames */
#define BATCH_BYTES (256u << 10)
#define BATCH_FRAMES 64
#define PACKET_MAX UINT16_MAX
#define SOCKET_BUFFER (4 << 20)

/* Where things are in Ethernet, IPv4 without options and TCP. */
enum {
	AT_IP = 14, AT_IP_LEN = AT_IP + 2, AT_IP_FRAG = AT_IP + 6,
	AT_IP_TTL = AT_IP + 8, AT_IP_PROTO = AT_IP + 9,
	AT_IP_CSUM = AT_IP + 10, AT_IP_ADDR = AT_IP + 12,
	AT_TCP = AT_IP + 20, AT_TCP_SEQ = AT_TCP + 4, AT_TCP_ACK = AT_TCP + 8,
	AT_TCP_HLEN = AT_TCP + 12, AT_TCP_FLAGS = AT_TCP + 13,
	AT_TCP_WINDOW = AT_TCP + 14, AT_TCP_CSUM = AT_TCP + 16,
	AT_TCP_OPTIONS = AT_TCP + 20,
};

#define ETHERTYPE_IPV4 0x0800
#define PROTO_TCP 6
#define IP4_PLAIN 0x45		/* version 4, no options */
#define IP4_FRAGMENT 0x3fff
#define FLAG_PSH 0x08
#define FLAG_ACK 0x10

/* Segments of one flow that follow each other, joined so far. */
struct join {
	size_t len;			/* of the frame below; 0: none */
	size_t hdr_len, gso_size;
	unsigned int count;
	uint32_t next_seq;
	uint8_t frame[AT_IP + PACKET_MAX];
};

struct plug {
	int tap_fd, sock_fd;
	size_t vnet_hlen;		/* 0: plain */
	size_t in_len, out_len, out_sent;
	struct join join;
	uint8_t in[IN_SIZE], out[OUT_SIZE];
};

static void die(const char *what)
{
	fprintf(stderr, "plug: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

static int open_tap(const char *name, bool is_plain)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		die("/dev/net/tun");
	if (!is_plain)
		ifr.ifr_flags |= IFF_VNET_HDR;
	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0)
		die(name);
	return fd;
}

static int dial(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int size = SOCKET_BUFFER;

	strncpy(sun.sun_path, path, sizeof(sun.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		die(path);
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* From the tap to the socket. */

static bool has_out_room(const struct plug *p)
{
	return OUT_SIZE - p->out_len >= OUT_ROOM;
}

static int emit_out(const struct ul_piece *piece, unsigned int count,
		    void *arg)
{
	struct plug *p = arg;
	size_t len = ul_pieces_len(piece, count);

	/* Only with segments of a few bytes: the rest is lost. */
	if (OUT_SIZE - p->out_len < UL_QFRAME_HLEN + len)
		return -ENOBUFS;
	put32(p->out + p->out_len, (uint32_t)len);
	p->out_len += UL_QFRAME_HLEN;
	for (unsigned int i = 0; i < count; i++) {
		memcpy(p->out + p->out_len, piece[i].data, piece[i].len);
		p->out_len += piece[i].len;
	}
	return 0;
}

static void flush_out(struct plug *p)
{
	while (p->out_sent < p->out_len) {
		ssize_t n = send(p->sock_fd, p->out + p->out_sent,
				 p->out_len - p->out_sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
			exit(EXIT_SUCCESS);
		p->out_sent += (size_t)n;
	}
	p->out_sent = p->out_len = 0;
}

static void split(struct plug *p, const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	struct ul_vnet h = { 0 };
	struct ul_piece piece;

	if (p->vnet_hlen && ul_vnet_parse(&h, &r, p->vnet_hlen) < 0)
		return;
	/* A buf would be referenced; nobody keeps these pieces. */
	piece = (struct ul_piece){ data + p->vnet_hlen, r.left, NULL };
	ul_gso_split(&piece, 1, &h.offload, emit_out, p);
}

static void read_tap(struct plug *p)
{
	static uint8_t frame[UL_VNET_HLEN + AT_IP + PACKET_MAX + 1];
	size_t bytes = 0;

	for (int i = 0; i < BATCH_FRAMES && bytes < BATCH_BYTES &&
	     has_out_room(p); i++) {
		ssize_t n = read(p->tap_fd, frame, sizeof(frame));

		if (n <= 0)
			break;
		split(p, frame, (size_t)n);
		bytes += (size_t)n;
	}
	flush_out(p);
}

/* From the socket to the tap. */

static void write_tap(struct plug *p, const struct ul_vnet *h,
		      const uint8_t *data, size_t len)
{
	uint8_t head[UL_VNET_HLEN];
	struct ul_wr w = ul_wr_new(head, sizeof(head));
	struct iovec iov[] = { { head, p->vnet_hlen }, { (void *)data, len } };

	ul_vnet_emit(&w, h, UL_VNET_HLEN);
	/* The tap refuses frames while the interface is down. */
	if (writev(p->tap_fd, iov, 2) < 0 && errno != EIO && errno != EAGAIN)
		die("tap");
}

static uint32_t pseudo_sum(const uint8_t *frame, size_t tcp_len)
{
	uint8_t rest[4] = { 0, frame[AT_IP_PROTO] };

	put16(rest + 2, (uint16_t)tcp_len);
	return ul_csum_add(ul_csum_add(0, frame + AT_IP_ADDR, 8), rest,
			   sizeof(rest));
}

/* Write what was joined, if anything. */
static void flush_join(struct plug *p)
{
	struct join *j = &p->join;
	struct ul_vnet h = { 0 };

	if (!j->len)
		return;
	if (j->count > 1) {
		put16(j->frame + AT_IP_LEN, (uint16_t)(j->len - AT_IP));
		put16(j->frame + AT_IP_CSUM, 0);
		put16(j->frame + AT_IP_CSUM, ul_csum_fold(
			ul_csum_add(0, j->frame + AT_IP, AT_TCP - AT_IP)));
		put16(j->frame + AT_TCP_CSUM, (uint16_t)~ul_csum_fold(
			pseudo_sum(j->frame, j->len - AT_TCP)));
		h.gso = UL_VNET_GSO_TCP4;
		h.hdr_len = (uint16_t)j->hdr_len;
		h.offload = (struct ul_offload){
			.csum = UL_CSUM_PARTIAL, .csum_start = AT_TCP,
			.csum_offset = AT_TCP_CSUM - AT_TCP,
			.gso_size = (uint16_t)j->gso_size,
		};
	}
	write_tap(p, &h, j->frame, j->len);
	j->len = 0;
}

/* A segment that may be joined: its headers' length, else 0. */
static size_t joinable(const uint8_t *f, size_t len)
{
	size_t hdr_len;

	if (len < AT_TCP_OPTIONS || get16(f + AT_IP - 2) != ETHERTYPE_IPV4 ||
	    f[AT_IP] != IP4_PLAIN || f[AT_IP_PROTO] != PROTO_TCP ||
	    get16(f + AT_IP_FRAG) & IP4_FRAGMENT ||
	    get16(f + AT_IP_LEN) != len - AT_IP ||
	    (f[AT_TCP_FLAGS] & ~FLAG_PSH) != FLAG_ACK)
		return 0;
	hdr_len = AT_TCP + (size_t)(f[AT_TCP_HLEN] >> 4) * 4;
	if (hdr_len < AT_TCP_OPTIONS || hdr_len >= len ||
	    ul_csum_fold(ul_csum_add(pseudo_sum(f, len - AT_TCP), f + AT_TCP,
				     len - AT_TCP)))
		return 0;
	return hdr_len;
}

/* Are headers equal but for length, id, sums, sequence and PSH? */
static bool is_next(const struct join *j, const uint8_t *f, size_t hdr_len,
		    size_t len)
{
	const uint8_t *g = j->frame;

	return j->len && j->hdr_len == hdr_len &&
	       len - hdr_len <= j->gso_size &&
	       j->len + len - hdr_len <= sizeof(j->frame) &&
	       get32(f + AT_TCP_SEQ) == j->next_seq &&
	       !memcmp(f, g, AT_IP_LEN) && f[AT_IP_TTL] == g[AT_IP_TTL] &&
	       !memcmp(f + AT_IP_ADDR, g + AT_IP_ADDR, AT_TCP_SEQ - AT_IP_ADDR) &&
	       !memcmp(f + AT_TCP_ACK, g + AT_TCP_ACK, 5) &&
	       !memcmp(f + AT_TCP_WINDOW, g + AT_TCP_WINDOW, 2) &&
	       !memcmp(f + AT_TCP_OPTIONS, g + AT_TCP_OPTIONS,
		       hdr_len - AT_TCP_OPTIONS);
}

static void join_frame(struct plug *p, const uint8_t *f, size_t len,
		       size_t hdr_len)
{
	struct join *j = &p->join;
	size_t payload = len - hdr_len;

	if (is_next(j, f, hdr_len, len)) {
		memcpy(j->frame + j->len, f + hdr_len, payload);
		j->frame[AT_TCP_FLAGS] |= f[AT_TCP_FLAGS];
		j->len += payload;
		j->count++;
	} else {
		flush_join(p);
		memcpy(j->frame, f, len);
		j->len = len;
		j->hdr_len = hdr_len;
		j->gso_size = payload;
		j->count = 1;
	}
	j->next_seq = get32(f + AT_TCP_SEQ) + (uint32_t)payload;
	if (payload < j->gso_size || f[AT_TCP_FLAGS] & FLAG_PSH)
		flush_join(p);
}

static void take_frame(struct plug *p, const uint8_t *data, size_t len)
{
	struct ul_vnet none = { 0 };
	size_t hdr_len = 0;

	if (p->vnet_hlen && len <= PACKET_MAX / 2)
		hdr_len = joinable(data, len);
	if (hdr_len) {
		join_frame(p, data, len, hdr_len);
		return;
	}
	flush_join(p);
	write_tap(p, &none, data, len);
}

static void read_sock(struct plug *p)
{
	ssize_t n = recv(p->sock_fd, p->in + p->in_len, IN_SIZE - p->in_len,
			 0);
	struct ul_rd r;
	const uint8_t *data;
	size_t len;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		exit(EXIT_SUCCESS);
	r = ul_rd_new(p->in, p->in_len + (size_t)n);
	while (ul_qframe_next(&r, &data, &len) == 1)
		take_frame(p, data, len);
	flush_join(p);
	memmove(p->in, p->in + p->in_len + (size_t)n - r.left, r.left);
	p->in_len = r.left;
}

static void turn(struct plug *p)
{
	struct pollfd fds[] = {
		{ .fd = p->tap_fd, .events = has_out_room(p) ? POLLIN : 0 },
		{ .fd = p->sock_fd, .events = POLLIN },
	};

	if (p->out_len)
		fds[1].events |= POLLOUT;
	if (poll(fds, 2, -1) < 0)
		die("poll");
	if (fds[1].revents & POLLOUT)
		flush_out(p);
	if (fds[0].revents)
		read_tap(p);
	if (fds[1].revents & (POLLIN | POLLHUP))
		read_sock(p);
}

int main(int argc, char **argv)
{
	static struct plug p;
	bool is_plain = argc > 3 && !strcmp(argv[3], "plain");

	if (argc < 3 || (argc > 3 && !is_plain)) {
		fputs("usage: plug SOCKET TAP [plain]\n", stderr);
		return 2;
	}
	p.tap_fd = open_tap(argv[2], is_plain);
	p.vnet_hlen = ul_tap_offload_take(p.tap_fd).vnet_hlen;
	p.sock_fd = dial(argv[1]);
	puts("ready");
	fflush(stdout);
	for (;;)
		turn(&p);
}
