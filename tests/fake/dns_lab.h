/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_lab.h - a relay between a guest and resolvers that the test plays
 *
 * On real sockets, by the test's clock.
 */
#ifndef UL_TESTS_DNS_LAB_H
#define UL_TESTS_DNS_LAB_H

#include <dirent.h>
#include <glib.h>

#include "fake/fake_dns.h"
#include "fake/fake_resolver.h"
#include "harness.h"
#include "svc/dns_relay.h"

#define SECOND 1000000ll
#define QR 0x8000
#define TC 0x0200
#define RD 0x0100
#define SERVFAIL 2
#define REFUSED 5
#define HEADER_LEN 12
#define GUEST_ID 0x1234

static struct ul_loop *loop;
static struct ul_dns_relay *relay;
static int64_t now;
static const void *lab_port;	/* where the guest is */

/* What the guest got last, and how many messages. */
static uint8_t got[65536];
static size_t got_len;
static unsigned int got_count;
static struct ul_ep got_guest, got_service;

static inline int64_t fake_clock(void *arg)
{
	return now;
}

static inline void on_reply(const struct ul_ep *guest,
			    const struct ul_ep *service, const uint8_t *data,
			    size_t len, void *arg)
{
	memcpy(got, data, len);
	got_len = len;
	got_guest = *guest;
	got_service = *service;
	got_count++;
}

static inline uint16_t u16_at(const uint8_t *msg, size_t off)
{
	return (uint16_t)(msg[off] << 8 | msg[off + 1]);
}

static inline struct ul_ep ep_of(const char *addr, uint16_t port)
{
	struct ul_ep ep = { .port = port };

	ck_assert_int_eq(ul_addr_parse(&ep.addr, addr), 0);
	return ep;
}

static inline void setup(void)
{
	now = SECOND;
	loop = ul_loop_new();
	ck_assert_ptr_nonnull(loop);
	ul_loop_set_clock(loop, fake_clock, NULL);
	ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
	relay = NULL;
	lab_port = "port0";
	got_count = 0;
}

static inline void teardown(void)
{
	ul_dns_relay_free(relay);
	ul_loop_free(loop);
}

static inline void turn(int64_t us)
{
	now += us;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
}

static inline void relay_to(const struct ul_ep *upstreams, size_t count)
{
	relay = ul_dns_relay_new(&(struct ul_dns_relay_conf){
		.loop = loop,
		.upstreams = upstreams,
		.upstream_count = count,
		.reply = on_reply,
	});
}

static inline void relay_by(const char *resolv_path)
{
	relay = ul_dns_relay_new(&(struct ul_dns_relay_conf){
		.loop = loop,
		.resolv_path = resolv_path,
		.reply = on_reply,
	});
}

static inline void answer(struct fake_resolver *r, uint16_t flags, size_t extra)
{
	fake_resolver_answer(r, flags, extra);
	turn(0);
}

static inline void put(const char *guest, uint16_t port, const uint8_t *msg,
		size_t len)
{
	struct ul_dns_from from = {
		.guest = ep_of(guest, port),
		.service = ep_of("10.0.2.3", 53),
		.port = lab_port,
	};
	uint8_t *copy = exact_copy(msg, len);

	ul_dns_relay_query(relay, &from, copy, len);
	free(copy);
	turn(0);
}

static inline void query_edns(uint16_t port, uint16_t id, const char *name,
		       uint16_t edns)
{
	uint8_t msg[512];

	put("10.0.2.15", port, msg,
	    fake_query(msg, sizeof(msg), id, name, edns));
}

static inline void query(uint16_t port, uint16_t id, const char *name)
{
	query_edns(port, id, name, 0);
}

static inline uint16_t got_flags(void)
{
	ck_assert_uint_ge(got_len, HEADER_LEN);
	return u16_at(got, 2);
}

static inline void must_get_error(unsigned int rcode)
{
	ck_assert_uint_eq(got_count, 1);
	ck_assert_uint_eq(u16_at(got, 0), GUEST_ID);
	ck_assert_uint_eq(got_flags() & (QR | 0xf), QR | rcode);
	ck_assert_uint_eq(ul_dns_relay_in_flight(relay), 0);
}

static inline void must_be_passed_on(struct fake_resolver *r)
{
	ck_assert(fake_resolver_asked(r));
	answer(r, QR, 0);
	ck_assert_uint_eq(got_count, 1);
	ck_assert_uint_eq(got_flags(), QR | RD);
}

/* The server that is asked first for any name, or NULL. */
static inline const struct ul_resolver *first_server(void)
{
	struct ul_dns_servers *list = ul_dns_upstreams_for(
		ul_dns_relay_upstreams(relay), "example.org");
	int i = ul_dns_servers_first(list, UINT32_MAX, ul_loop_now(loop));

	return i < 0 ? NULL : &list->server[i].at;
}

static inline unsigned int open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* On IPv4 and IPv6. */

#endif
