/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * udp_lab.h - a UDP proxy between a fake guest and real host sockets
 *
 * What the tests of the proxy and of its forwards share.
 */
#ifndef UL_FAKE_UDP_LAB_H
#define UL_FAKE_UDP_LAB_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/csum.h"
#include "fake/fake_net.h"
#include "flow/udp_proxy.h"
#include "harness.h"

#define SECOND 1000000ll

static struct fake_net net;
static struct ul_udp_proxy *proxy;
static uint8_t payload[65507];

static inline void setup(void)
{
	fake_net_init(&net);
	proxy = ul_udp_proxy_new(&net.ctx);
	ck_assert_ptr_nonnull(proxy);
	srand(3);
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)rand();
}

static inline void teardown(void)
{
	ul_udp_proxy_free(proxy);
	fake_net_fini(&net);
}

static inline struct ul_ep guest(bool is_v4, uint16_t port)
{
	return (struct ul_ep){ is_v4 ? net.guest4 : net.guest6, port };
}

static inline struct ul_ep gateway(bool is_v4, uint16_t port)
{
	return (struct ul_ep){ is_v4 ? net.ctx.gateway4 : net.ctx.gateway6,
			       port };
}

static inline struct ul_ep at(const char *text, uint16_t port)
{
	struct ul_ep ep = { .port = port };

	ck_assert_int_eq(ul_addr_parse(&ep.addr, text), 0);
	return ep;
}

static inline void input(struct ul_pkt pkt)
{
	ul_udp_proxy_input(proxy, &pkt);
	ul_buf_unref(pkt.buf);
}

static inline void send_from(struct ul_ep src, struct ul_ep dst, size_t len)
{
	input(fake_net_udp(&net, &src, &dst, payload, len));
}

/* What the host's socket got, within a second; its length or -1. */
static inline ssize_t host_recv(int fd, void *buf, size_t cap,
				struct ul_ep *from)
{
	struct sockaddr_storage ss;

	for (int i = 0; i < 200; i++) {
		socklen_t len = sizeof(ss);
		ssize_t n = recvfrom(fd, buf, cap, 0, (struct sockaddr *)&ss,
				     &len);

		if (n >= 0) {
			ul_ep_from_sa(from, (struct sockaddr *)&ss);
			return n;
		}
		fake_net_turns(&net, 1);
	}
	return -1;
}

static inline void host_send(int fd, struct ul_ep to, const void *data,
			     size_t len)
{
	struct sockaddr_storage ss;
	socklen_t n = ul_ep_to_sa(&to, &ss);

	ck_assert_int_eq(sendto(fd, data, len, 0, (struct sockaddr *)&ss, n),
			 (ssize_t)len);
}

/* Check a datagram for the guest, its checksum too. */
static inline void check_dgram(const struct fake_dgram *d, struct ul_ep src,
			       struct ul_ep dst, const void *data,
			       size_t len)
{
	uint32_t sum;

	ck_assert_ptr_nonnull(d);
	ck_assert_uint_eq(d->d.proto, UL_IPPROTO_UDP);
	ck_assert(ul_addr_eq(&d->d.src, &src.addr));
	ck_assert(ul_addr_eq(&d->d.dst, &dst.addr));
	ck_assert_uint_eq(d->len, 8 + len);
	ck_assert_uint_eq(d->data[0] << 8 | d->data[1], src.port);
	ck_assert_uint_eq(d->data[2] << 8 | d->data[3], dst.port);
	ck_assert_uint_eq(d->data[4] << 8 | d->data[5], 8 + len);
	ck_assert(d->data[6] || d->data[7]);
	sum = ul_csum_pseudo(&d->d.src, &d->d.dst, UL_IPPROTO_UDP,
			     (uint32_t)d->len);
	ck_assert_uint_eq(ul_csum_fold(ul_csum_add(sum, d->data, d->len)), 0);
	if (len)
		ck_assert_mem_eq(d->data + 8, data, len);
	ck_assert_uint_eq(d->d.ttl, 64);
}

static inline void count_mapping(const struct ul_ep *ep, uint16_t host_port,
				 int64_t idle_us, void *arg)
{
	ck_assert_uint_ne(host_port, 0);
	++*(unsigned int *)arg;
}

static inline unsigned int mappings(void)
{
	unsigned int n = 0;

	ul_udp_proxy_each(proxy, count_mapping, &n);
	return n;
}

#endif
