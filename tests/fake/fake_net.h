/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake_net.h - a network without lwIP for tests of datagram proxies
 *
 * A real loop on a clock of the test's, a fake stack, and a policy whose
 * gateway is the host's loopback, so that guests reach sockets of the test.
 * 10.0.2.0/24 and fd00:1::/64, as the defaults are.
 */
#ifndef UL_TESTS_FAKE_NET_H
#define UL_TESTS_FAKE_NET_H

#include <stdint.h>

#include "fake/fake_stack.h"
#include "flow/ctx.h"
#include "flow/policy.h"

struct fake_net {
	struct ul_flow_ctx ctx;
	struct ul_buf_pool *frames;	/* what guests' packets live in */
	int64_t clock_us;
	struct ul_addr guest4, guest6;
};

void fake_net_init(struct fake_net *net);
void fake_net_fini(struct fake_net *net);

/* Run @turns turns that wait a little for events. */
void fake_net_turns(struct fake_net *net, int turns);
/* Let @us pass at once. */
void fake_net_pass(struct fake_net *net, int64_t us);
/* Turn until the guest has something (then it), or not within a second. */
const struct fake_dgram *fake_net_wait(struct fake_net *net);

/*
 * A packet with its IP header built, in a buffer of its own (@pkt->buf, to
 * unref). Transport checksums are not the proxies' business and left 0.
 */
struct ul_pkt fake_net_udp(struct fake_net *net, const struct ul_ep *src,
			   const struct ul_ep *dst, const void *data,
			   size_t len);
struct ul_pkt fake_net_echo(struct fake_net *net, const struct ul_addr *src,
			    const struct ul_addr *dst, uint16_t id,
			    uint16_t seq, const void *data, size_t len);

/* A host UDP socket of the test's on @text and a free port. */
int fake_net_socket(const char *text, struct ul_ep *own);

/* What an ICMP error for a guest says; checks its checksum and quote. */
struct fake_error {
	uint8_t type, code;
	uint32_t info;
	struct ul_addr src, dst;	/* of the quoted packet */
	uint8_t proto;
	const uint8_t *l4;		/* of the quoted packet */
	size_t l4_len;
};
struct fake_error fake_error_parse(const struct fake_dgram *d);

#endif
