/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_dns_stream.c - a guest's TCP connection to the DNS server, of any bytes
 *
 * The input is how many bytes come at once and the bytes. The server is
 * closed, so whatever is a query is refused at once: what comes back are
 * whole messages, and no more of them than queries went in.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "svc/dns_relay.h"

#define OUT_MAX (1u << 20)

static uint8_t out[OUT_MAX];
static size_t out_len;

static void on_reply(const struct ul_ep *guest, const struct ul_ep *service,
		     const uint8_t *data, size_t len, void *arg)
{
	assert(!"nothing was asked by UDP");
}

static void read_all(int fd)
{
	ssize_t n;

	while (out_len < OUT_MAX &&
	       (n = recv(fd, out + out_len, OUT_MAX - out_len, 0)) > 0)
		out_len += (size_t)n;
}

/* How many messages @r holds, behind their lengths. */
static unsigned int count(struct ul_rd r, bool are_answers)
{
	unsigned int n = 0;

	for (;; n++) {
		struct ul_rd msg = ul_rd_sub(&r, ul_rd_u16(&r));
		struct ul_dns_head h;

		if (r.bad || msg.bad)
			break;
		if (!are_answers)
			continue;
		assert(!ul_dns_head_parse(&h, msg.p, msg.left));
		assert(h.flags & UL_DNS_QR && !h.section[UL_DNS_ANSWER]);
	}
	assert(!are_answers || !r.left);
	return n;
}

static void play(struct ul_loop *loop, int fd, const uint8_t *data, size_t len,
		 size_t at_once)
{
	while (len) {
		size_t n = len < at_once ? len : at_once;

		if (send(fd, data, n, MSG_NOSIGNAL) != (ssize_t)n)
			break;
		ul_loop_turn(loop, 0);
		read_all(fd);
		data += n;
		len -= n;
	}
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < 4; i++) {
		ul_loop_turn(loop, 0);
		read_all(fd);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ul_loop *loop = ul_loop_new();
	struct ul_dns_relay_conf conf = {
		.loop = loop, .resolv_path = "/dev/null", .reply = on_reply,
	};
	struct ul_dns_relay *relay = ul_dns_relay_new(&conf);
	struct ul_rd r = ul_rd_new(data, size < 8192 ? size : 8192);
	size_t at_once = ul_rd_u8(&r) + 1u;
	struct ul_ep ep = { .port = 53 };
	int fds[2];

	assert(loop);
	ul_dns_relay_close(relay);
	assert(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	assert(!ul_dns_relay_accept(relay, fds[1], &ep, &ep, NULL));
	out_len = 0;
	play(loop, fds[0], r.p, r.left, at_once);
	assert(count(ul_rd_new(out, out_len), true) <= count(r, false));
	assert(!ul_dns_relay_in_flight(relay));
	close(fds[0]);
	ul_dns_relay_free(relay);
	ul_loop_free(loop);
	return 0;
}
