/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * farline.c - a long and bad line between two namespaces, for the benchmarks
 *
 * farline PID:TAP PID:TAP
 *
 * makes a tap in the network namespace of each process, says "ready", and
 * moves frames between them. Each line "DELAY_US LOSS_PPM" on stdin sets what
 * one way adds and how much of it is lost, and is answered by "set"; the
 * choices begin anew with it, so that runs are alike.
 *
 * The taps hand out super-frames, and take them: several Gb/s have to pass. A
 * line loses what is on the wire, so the segments of a super-frame of TCP on
 * IPv4 are drawn for one by one, and each run of those that are left goes on
 * as a super-frame of its own. The line has no rate and no queue that could
 * be full: a ring for each way holds more than any window.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define RING_BYTES (128u << 20)
#define FRAME_MAX (UINT16_MAX + 64u)
#define BATCH 64
#define MILLION 1000000u
#define ALIGN 8u

/* Where things are in Ethernet and IPv4, and in TCP from its start. */
enum {
	AT_IP = 14, AT_IP_LEN = AT_IP + 2, AT_IP_ID = AT_IP + 4,
	AT_IP_CSUM = AT_IP + 10, AT_IP_SRC = AT_IP + 12,
	TCP_SEQ = 4, TCP_HLEN = 12, TCP_FLAGS = 13, TCP_CSUM = 16,
};
#define FLAG_FIN_PSH 0x09
#define FLAG_CWR 0x80

struct late {
	int64_t due_ns;
	uint32_t len;		/* 0: the ring goes on at its start */
};

struct way {
	int in_fd, out_fd;
	uint8_t *ring;
	size_t head, tail, used;
};

struct line {
	struct way way[2];
	uint64_t chance;
	int64_t delay_ns;
	uint32_t loss_ppm;
};

static void die(const char *what)
{
	fprintf(stderr, "farline: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static uint32_t get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static bool is_lost(struct line *l)
{
	l->chance ^= l->chance << 13;	/* xorshift64 */
	l->chance ^= l->chance >> 7;
	l->chance ^= l->chance << 17;
	return (l->chance >> 16) % MILLION < l->loss_ppm;
}

static void emit(int fd, const uint8_t *data, size_t len)
{
	/* A tap refuses frames while its interface is down. */
	if (write(fd, data, len) < 0 && errno != EIO && errno != EINVAL)
		die("write");
}

static struct late *late_at(const struct way *w, size_t at)
{
	return (struct late *)(void *)(w->ring + at);
}

static size_t size_of(size_t len)
{
	return (sizeof(struct late) + len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static void keep(struct line *l, struct way *w, const uint8_t *data, size_t len)
{
	size_t size = size_of(len), rest = RING_BYTES - w->tail;
	size_t gap = rest < size + sizeof(struct late) ? rest : 0;

	if (!l->delay_ns && !w->used) {
		emit(w->out_fd, data, len);
		return;
	}
	if (w->used + gap + size > RING_BYTES) {
		fputs("farline: the ring is full\n", stderr);
		return;
	}
	if (gap) {
		late_at(w, w->tail)->len = 0;
		w->tail = 0;
	}
	late_at(w, w->tail)->due_ns = now_ns() + l->delay_ns;
	late_at(w, w->tail)->len = (uint32_t)len;
	memcpy(w->ring + w->tail + sizeof(struct late), data, len);
	w->tail += size;
	w->used += gap + size;
}

static void release(struct way *w, int64_t now)
{
	while (w->used) {
		struct late *late = late_at(w, w->head);
		size_t size = size_of(late->len);

		if (!late->len) {
			w->used -= RING_BYTES - w->head;
			w->head = 0;
			continue;
		}
		if (late->due_ns > now)
			return;
		emit(w->out_fd, (uint8_t *)(late + 1), late->len);
		w->head += size;
		w->used -= size;
	}
}

static uint32_t add_words(const uint8_t *p, size_t len, uint32_t sum)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += get16(p + i);
	while (sum >> 16)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return sum;
}

struct super {
	uint8_t *eth;			/* behind virtio's header */
	size_t len, hdr_len, mss;
	unsigned int count;
};

static bool is_super(struct super *s, uint8_t *frame, size_t len)
{
	const struct virtio_net_hdr *h = (const void *)frame;
	const uint8_t *tcp;

	if (h->gso_type != VIRTIO_NET_HDR_GSO_TCPV4 || !h->gso_size)
		return false;
	s->eth = frame + sizeof(*h);
	s->len = len - sizeof(*h);
	tcp = s->eth + h->csum_start;
	s->hdr_len = h->csum_start + (size_t)(tcp[TCP_HLEN] >> 4) * 4;
	s->mss = h->gso_size;
	s->count = (unsigned int)((s->len - s->hdr_len + s->mss - 1) / s->mss);
	return true;
}

/* Segments @first to before @end of @s as a frame of their own. */
static void emit_run(struct line *l, struct way *w, const struct super *s,
		     unsigned int first, unsigned int end)
{
	static uint8_t out[FRAME_MAX];
	struct virtio_net_hdr *h = (void *)out;
	uint8_t *eth = out + sizeof(*h), *tcp;
	size_t from = first * s->mss;
	size_t to = end == s->count ? s->len - s->hdr_len : end * s->mss;
	size_t ip_len = s->hdr_len - AT_IP + to - from;
	uint32_t seq, tcp_len;

	memcpy(out, s->eth - sizeof(*h), sizeof(*h) + s->hdr_len);
	memcpy(eth + s->hdr_len, s->eth + s->hdr_len + from, to - from);
	tcp = eth + h->csum_start;
	if (end - first == 1) {
		h->gso_type = VIRTIO_NET_HDR_GSO_NONE;
		h->gso_size = 0;
	}
	put16(eth + AT_IP_LEN, (uint32_t)ip_len);
	put16(eth + AT_IP_ID, get16(eth + AT_IP_ID) + first);
	put16(eth + AT_IP_CSUM, 0);
	put16(eth + AT_IP_CSUM,
	      ~add_words(eth + AT_IP, h->csum_start - AT_IP, 0));
	memcpy(&seq, tcp + TCP_SEQ, 4);
	seq = __builtin_bswap32(__builtin_bswap32(seq) + (uint32_t)from);
	memcpy(tcp + TCP_SEQ, &seq, 4);
	if (end < s->count)
		tcp[TCP_FLAGS] &= (uint8_t)~FLAG_FIN_PSH;
	if (first)
		tcp[TCP_FLAGS] &= (uint8_t)~FLAG_CWR;
	tcp_len = (uint32_t)(ip_len - (h->csum_start - AT_IP));
	put16(tcp + TCP_CSUM, add_words(eth + AT_IP_SRC, 8, tcp_len + 6));
	keep(l, w, out, sizeof(*h) + s->hdr_len + to - from);
}

static void depart(struct line *l, struct way *w, uint8_t *frame, size_t len)
{
	struct super s;
	unsigned int run = 0;

	if (!l->loss_ppm || !is_super(&s, frame, len)) {
		if (!l->loss_ppm || !is_lost(l))
			keep(l, w, frame, len);
		return;
	}
	for (unsigned int i = 0; i < s.count; i++) {
		if (!is_lost(l))
			continue;
		if (run < i)
			emit_run(l, w, &s, run, i);
		run = i + 1;
	}
	if (!run)
		keep(l, w, frame, len);
	else if (run < s.count)
		emit_run(l, w, &s, run, s.count);
}

static void read_tap(struct line *l, struct way *w)
{
	static uint8_t frame[FRAME_MAX];

	for (int i = 0; i < BATCH; i++) {
		ssize_t n = read(w->in_fd, frame, sizeof(frame));

		if (n <= 0)
			return;
		depart(l, w, frame, (size_t)n);
	}
}

/* False when there are no more orders. */
static bool obey(struct line *l)
{
	char words[80];
	ssize_t n = read(STDIN_FILENO, words, sizeof(words) - 1);
	unsigned int delay_us, loss_ppm;

	if (n <= 0)
		return false;
	words[n] = '\0';
	if (sscanf(words, "%u %u", &delay_us, &loss_ppm) != 2)
		return false;
	l->delay_ns = delay_us * 1000ll;
	l->loss_ppm = loss_ppm;
	l->chance = 0x9e3779b97f4a7c15;
	puts("set");
	return true;
}

static void wait_for_work(const struct line *l, struct pollfd *p)
{
	int64_t due = INT64_MAX, left;
	struct timespec t;

	for (int i = 0; i < 2; i++) {
		const struct way *w = &l->way[i];

		if (w->used && late_at(w, w->head)->due_ns < due)
			due = late_at(w, w->head)->due_ns;
	}
	left = due == INT64_MAX ? 0 : due - now_ns();
	left = left < 0 ? 0 : left;
	t = (struct timespec){ left / 1000000000, left % 1000000000 };
	if (ppoll(p, 3, due == INT64_MAX ? NULL : &t, NULL) < 0)
		die("ppoll");
}

static int open_tap(const char *where)
{
	const char *name = strchr(where, ':');
	struct ifreq ifr = {
		.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
	};
	char path[64];
	int ns, fd;

	if (!name)
		die(where);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", atoi(where));
	ns = open(path, O_RDONLY);
	if (ns < 0 || setns(ns, CLONE_NEWNET) < 0)
		die(path);
	close(ns);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	strncpy(ifr.ifr_name, name + 1, sizeof(ifr.ifr_name) - 1);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr) < 0 ||
	    ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) < 0)
		die(where);
	return fd;
}

int main(int argc, char **argv)
{
	static struct line l;
	struct pollfd p[3] = { { .fd = STDIN_FILENO, .events = POLLIN } };

	if (argc != 3) {
		fputs("usage: farline PID:TAP PID:TAP\n", stderr);
		return 2;
	}
	for (int i = 0; i < 2; i++)
		l.way[i].in_fd = l.way[!i].out_fd = open_tap(argv[1 + i]);
	for (int i = 0; i < 2; i++) {
		l.way[i].ring = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (l.way[i].ring == MAP_FAILED)
			die("mmap");
		p[1 + i] = (struct pollfd){ l.way[i].in_fd, POLLIN, 0 };
	}
	prctl(PR_SET_TIMERSLACK, 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	for (;;) {
		wait_for_work(&l, p);
		if (p[0].revents && !obey(&l))
			return 0;
		for (int i = 0; i < 2; i++) {
			if (p[1 + i].revents)
				read_tap(&l, &l.way[i]);
			release(&l.way[i], now_ns());
		}
	}
}
