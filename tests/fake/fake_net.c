/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_net.c - a network without lwIP for tests of datagram proxies */
#include "fake/fake_net.h"

#include <check.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/csum.h"
#include "base/cursor.h"
#include "fake/accounts.h"

#define FRAME_SIZE (128u << 10)
#define STACK_BYTES (64u << 20)

static int64_t fake_clock(void *arg)
{
	return ((struct fake_net *)arg)->clock_us;
}

static struct ul_policy *make_policy(struct fake_net *net)
{
	struct ul_policy_conf conf = { .has_v6 = true, .host_loopback = true };

	ul_prefix_parse(&conf.prefix4, "10.0.2.0/24");
	ul_prefix_parse(&conf.prefix6, "fd00:1::/64");
	conf.gateway4 = ul_prefix_nth(&conf.prefix4, 2);
	conf.gateway6 = ul_prefix_nth(&conf.prefix6, 2);
	net->ctx.gateway4 = conf.gateway4;
	net->ctx.gateway6 = conf.gateway6;
	net->guest4 = ul_prefix_nth(&conf.prefix4, 15);
	net->guest6 = ul_prefix_nth(&conf.prefix6, 15);
	return ul_policy_new(&conf);
}

void fake_net_init(struct fake_net *net)
{
	*net = (struct fake_net){ .clock_us = 1000000 };
	net->ctx.loop = ul_loop_new();
	ck_assert_ptr_nonnull(net->ctx.loop);
	ul_loop_set_clock(net->ctx.loop, fake_clock, net);
	ck_assert_int_eq(ul_loop_turn(net->ctx.loop, 0), 0);
	net->ctx.stack = fake_stack_new(STACK_BYTES);
	net->ctx.policy = make_policy(net);
	net->ctx.limits = (struct ul_flow_limits){
		.udp_flows = 256, .icmp_flows = 64,
	};
	accounts_init(&net->ctx);
	net->frames = ul_buf_pool_new(FRAME_SIZE, 64u << 20);
}

void fake_net_fini(struct fake_net *net)
{
	ck_assert_uint_eq(ul_buf_pool_in_use(net->frames), 0);
	ul_buf_pool_free(net->frames);
	ul_accounts_free(net->ctx.accounts);
	ul_policy_free(net->ctx.policy);
	fake_stack_free(net->ctx.stack);
	ul_loop_free(net->ctx.loop);
}

void fake_net_turns(struct fake_net *net, int turns)
{
	while (turns--)
		ck_assert_int_eq(ul_loop_turn(net->ctx.loop, 5), 0);
}

void fake_net_pass(struct fake_net *net, int64_t us)
{
	net->clock_us += us;
	ck_assert_int_eq(ul_loop_turn(net->ctx.loop, 0), 0);
}

const struct fake_dgram *fake_net_wait(struct fake_net *net)
{
	for (int i = 0; i < 200 && !fake_stack_waiting(net->ctx.stack); i++)
		fake_net_turns(net, 1);
	return fake_stack_next(net->ctx.stack);
}

/* The IP header in front of @l4_len bytes that the caller fills in. */
static struct ul_pkt make_pkt(struct fake_net *net, const struct ul_addr *src,
			      const struct ul_addr *dst, uint8_t proto,
			      size_t l4_len)
{
	bool is_v4 = ul_addr_is_v4(src);
	struct ul_buf *buf = ul_buf_get(net->frames);
	struct ul_wr w;
	size_t n;
	struct ul_pkt pkt = {
		.src = *src, .dst = *dst, .proto = proto, .ttl = 64,
		.buf = buf,
	};

	ck_assert_ptr_nonnull(buf);
	w = ul_wr_new(buf->data, buf->cap);
	if (is_v4) {
		ul_wr_u16(&w, 0x4500);
		ul_wr_u16(&w, (uint16_t)(20 + l4_len));
		ul_wr_u32(&w, 0x12340000);
		ul_wr_u8(&w, 64);
		ul_wr_u8(&w, proto);
		ul_wr_u16(&w, 0);
		ul_wr_bytes(&w, ul_addr_bytes(src, &n), 4);
		ul_wr_bytes(&w, ul_addr_bytes(dst, &n), 4);
		ul_wr_patch_u16(&w, 10, ul_csum_fold(ul_csum_add(0, buf->data,
								 20)));
	} else {
		ul_wr_u32(&w, 0x60000000);
		ul_wr_u16(&w, (uint16_t)l4_len);
		ul_wr_u8(&w, proto);
		ul_wr_u8(&w, 64);
		ul_wr_bytes(&w, src->b, 16);
		ul_wr_bytes(&w, dst->b, 16);
	}
	pkt.ip = buf->data;
	pkt.l4 = buf->data + w.len;
	pkt.l4_len = l4_len;
	pkt.ip_len = w.len + l4_len;
	return pkt;
}

struct ul_pkt fake_net_udp(struct fake_net *net, const struct ul_ep *src,
			   const struct ul_ep *dst, const void *data,
			   size_t len)
{
	struct ul_pkt pkt = make_pkt(net, &src->addr, &dst->addr,
				     UL_IPPROTO_UDP, 8 + len);
	struct ul_wr w = ul_wr_new(pkt.l4, pkt.l4_len);

	ul_wr_u16(&w, src->port);
	ul_wr_u16(&w, dst->port);
	ul_wr_u16(&w, (uint16_t)(8 + len));
	ul_wr_u16(&w, 0);
	ul_wr_bytes(&w, data, len);
	ck_assert(!w.bad);
	return pkt;
}

struct ul_pkt fake_net_echo(struct fake_net *net, const struct ul_addr *src,
			    const struct ul_addr *dst, uint16_t id,
			    uint16_t seq, const void *data, size_t len)
{
	bool is_v4 = ul_addr_is_v4(src);
	struct ul_pkt pkt = make_pkt(net, src, dst, is_v4 ? UL_IPPROTO_ICMP :
				     UL_IPPROTO_ICMP6, 8 + len);
	struct ul_wr w = ul_wr_new(pkt.l4, pkt.l4_len);

	ul_wr_u8(&w, is_v4 ? 8 : 128);
	ul_wr_u8(&w, 0);
	ul_wr_u16(&w, 0);
	ul_wr_u16(&w, id);
	ul_wr_u16(&w, seq);
	ul_wr_bytes(&w, data, len);
	ck_assert(!w.bad);
	return pkt;
}

int fake_net_socket(const char *text, struct ul_ep *own)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ul_ep ep = { 0 };
	static const int room = 1 << 20;
	int fd;

	ck_assert_int_eq(ul_addr_parse(&ep.addr, text), 0);
	fd = socket(ul_addr_is_v4(&ep.addr) ? AF_INET : AF_INET6,
		    SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&ss,
			      ul_ep_to_sa(&ep, &ss)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	ck_assert_int_eq(ul_ep_from_sa(own, (struct sockaddr *)&ss), 0);
	return fd;
}

struct fake_error fake_error_parse(const struct fake_dgram *d)
{
	struct ul_rd r = ul_rd_new(d->data, d->len);
	bool is_v4 = d->d.proto == UL_IPPROTO_ICMP;
	struct fake_error e = { 0 };
	uint8_t src[16], dst[16];
	uint32_t sum = 0;

	if (!is_v4)
		sum = ul_csum_pseudo(&d->d.src, &d->d.dst, UL_IPPROTO_ICMP6,
				     (uint32_t)d->len);
	ck_assert_uint_eq(ul_csum_fold(ul_csum_add(sum, d->data, d->len)), 0);
	ck_assert(is_v4 || d->d.proto == UL_IPPROTO_ICMP6);
	e.type = ul_rd_u8(&r);
	e.code = ul_rd_u8(&r);
	ul_rd_skip(&r, 2);
	e.info = ul_rd_u32(&r);
	if (is_v4) {
		ck_assert_uint_le(d->len + 20, 576);
		ck_assert_uint_eq(ul_csum_fold(ul_csum_add(0, r.p, 20)), 0);
		ck_assert_uint_eq(ul_rd_u8(&r), 0x45);
		ul_rd_skip(&r, 8);
		e.proto = ul_rd_u8(&r);
		ul_rd_skip(&r, 2);
		e.src = ul_addr_v4(ul_rd_u32(&r));
		e.dst = ul_addr_v4(ul_rd_u32(&r));
	} else {
		ck_assert_uint_le(d->len + 40, 1280);
		ck_assert_uint_eq(ul_rd_u8(&r), 0x60);
		ul_rd_skip(&r, 5);
		e.proto = ul_rd_u8(&r);
		ul_rd_skip(&r, 1);
		ul_rd_bytes(&r, src, 16);
		ul_rd_bytes(&r, dst, 16);
		memcpy(e.src.b, src, 16);
		memcpy(e.dst.b, dst, 16);
	}
	ck_assert(!r.bad);
	e.l4 = r.p;
	e.l4_len = r.left;
	return e;
}
