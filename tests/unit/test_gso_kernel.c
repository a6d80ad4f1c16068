/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_gso_kernel.c - segments against those that the kernel makes
 *
 *	packet socket -- super-frame --> tap without offload --> this test
 *
 * The tap's kernel has to cut and complete what the socket sends, since
 * nobody behind the tap said to take it whole. Byte for byte, ours must be
 * the same. Skipped where the host forbids user namespaces or taps.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake/super_frame.h"
#include "harness.h"
#include "link/gso.h"
#include "wire/vnet.h"

#define EXIT_SKIP 77
#define MTU 65521		/* a single packet may be as long */
#define WAIT_MS 5000

static int tap, sock;

static bool make_tap(struct ifreq *ifr)
{
	int ctl = socket(AF_INET, SOCK_DGRAM, 0);
	bool is_up;

	*ifr = (struct ifreq){ .ifr_name = "t0" };
	ifr->ifr_flags = IFF_TAP | IFF_NO_PI;
	tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	if (tap < 0 || ctl < 0 || ioctl(tap, TUNSETIFF, ifr) < 0)
		return false;
	ifr->ifr_flags = IFF_UP | IFF_NOARP;
	is_up = ioctl(ctl, SIOCSIFFLAGS, ifr) == 0;
	ifr->ifr_mtu = MTU;
	is_up &= ioctl(ctl, SIOCSIFMTU, ifr) == 0;
	is_up &= ioctl(ctl, SIOCGIFINDEX, ifr) == 0;
	close(ctl);
	return is_up;
}

static bool set_up(void)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
	};
	struct ifreq ifr;
	int one = 1, size = 4 << 20;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 || !make_tap(&ifr))
		return false;
	sll.sll_ifindex = ifr.ifr_ifindex;
	sock = socket(AF_PACKET, SOCK_RAW, 0);
	setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return sock >= 0 &&
	       setsockopt(sock, SOL_PACKET, PACKET_VNET_HDR, &one,
			  sizeof(one)) == 0 &&
	       bind(sock, (struct sockaddr *)&sll, sizeof(sll)) == 0;
}

static ssize_t send_super(const struct super_frame *s)
{
	static uint8_t buf[UL_VNET_HLEN + UL_FRAME_MAX];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_vnet h = {
		.offload = s->offload, .hdr_len = (uint16_t)s->hdr_len,
		.has_cwr = s->is_tcp && s->offload.gso_size,
	};

	if (s->offload.gso_size)
		h.gso = !s->is_tcp ? UL_VNET_GSO_UDP :
			s->is_v6 ? UL_VNET_GSO_TCP6 : UL_VNET_GSO_TCP4;
	ul_vnet_emit(&w, &h, UL_VNET_HLEN);
	ul_wr_bytes(&w, s->frame, s->len);
	return send(sock, buf, w.len, 0);
}

/* The next frame of the test's at the tap; the kernel sends its own, too. */
static size_t receive(uint8_t *frame, size_t cap)
{
	struct pollfd p = { .fd = tap, .events = POLLIN };

	while (poll(&p, 1, WAIT_MS) > 0) {
		ssize_t n = read(tap, frame, cap);

		if (n > 12 && !memcmp(frame, "\x52\x54\0\0\0\1", 6))
			return (size_t)n;
	}
	return 0;
}

struct expected {
	unsigned int frames;
	bool is_same;
};

static int compare(const struct ul_piece *piece, unsigned int count, void *arg)
{
	static uint8_t ours[UL_FRAME_MAX], theirs[UL_FRAME_MAX];
	struct expected *e = arg;
	size_t len = 0, got = receive(theirs, sizeof(theirs));

	for (unsigned int i = 0; i < count; len += piece[i++].len)
		memcpy(ours + len, piece[i].data, piece[i].len);
	e->frames++;
	if (got == len && !memcmp(ours, theirs, len))
		return 0;
	fprintf(stderr, "frame %u: %zu bytes, the kernel made %zu\n",
		e->frames, len, got);
	for (size_t i = 0; i < len && i < got; i++)
		if (ours[i] != theirs[i])
			fprintf(stderr, "at %zu: %02x, the kernel %02x\n", i,
				ours[i], theirs[i]);
	e->is_same = false;
	return -1;
}

static int compare_all(int kind)
{
	static struct super_frame s;
	struct expected e = { .is_same = true };
	struct ul_piece piece;

	if (!set_up())
		return EXIT_SKIP;
	super_frame_make(&s, &super_kinds[kind % SUPER_KINDS]);
	if (kind >= SUPER_KINDS)
		s.offload.gso_size = 0;
	piece = (struct ul_piece){ s.frame, s.len, NULL };
	if (send_super(&s) < 0) {
		perror("send");
		return 2;
	}
	if (ul_gso_split(&piece, 1, &s.offload, compare, &e) || !e.is_same)
		return 3;
	return e.frames ? 0 : 4;
}

/* In a process of its own, since it moves to other namespaces. */
static int run_apart(int kind)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(compare_all(kind));
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(ours_are_the_kernels)
{
	int rc = run_apart(_i);

	if (rc == EXIT_SKIP)
		puts("no user namespaces or taps here: left out");
	else
		ck_assert_int_eq(rc, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("gso_kernel");
	TCase *tc = tcase_create("gso_kernel");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, ours_are_the_kernels, 0, 2 * SUPER_KINDS);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
