/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_dhcp4_srv.c - the server, as its clients see it
 *
 * Requests and replies are written and read here byte by byte, without the
 * code that the server uses for it.
 */
#include <errno.h>

#include "base/cursor.h"
#include "harness.h"
#include "svc/dhcp4_srv.h"

#define SECOND 1000000ll
#define LEASE_S 3600
#define MAGIC 0x63825363u
#define BROADCAST_FLAG 0x8000
#define NET 0x0a000200u		/* 10.0.2.0 */
#define SERVER (NET + 2)
#define OTHER_SERVER (NET + 1)

enum { DISCOVER = 1, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM };

enum {
	OPT_MASK = 1, OPT_ROUTER = 3, OPT_DNS = 6, OPT_HOST = 12,
	OPT_DOMAIN = 15, OPT_MTU = 26, OPT_REQ_ADDR = 50, OPT_LEASE = 51,
	OPT_TYPE = 53, OPT_SERVER_ID = 54, OPT_PARAMS = 55, OPT_T1 = 58,
	OPT_T2 = 59, OPT_CLIENT_ID = 61, OPT_RAPID = 80, OPT_END = 255,
};

/* A client's message; 0 and NULL leave a field or an option out. */
struct ask {
	uint8_t type;
	uint8_t client;		/* last byte of the MAC */
	uint32_t ciaddr, req_addr, server_id, src_ip;
	uint16_t flags;
	const char *id, *host, *params;
	bool is_rapid;
	uint32_t giaddr;
	uint8_t chaddr_bit;	/* spoils chaddr */
};

static struct ul_dhcp4_srv *srv;
static struct ul_dhcp4_reply rep;
static int64_t now;
static unsigned int leases;
static struct ul_lease last_lease;
static bool probes;

static void on_lease(const struct ul_lease *lease, void *arg)
{
	leases++;
	last_lease = *lease;
}

static bool must_probe(const uint8_t mac[6], void *arg)
{
	return probes;
}

static void open_server(uint32_t first, uint32_t last)
{
	struct ul_addr excluded = ul_addr_v4(NET + 16);

	srv = ul_dhcp4_srv_new(&(struct ul_dhcp4_srv_conf){
		.server = ul_addr_v4(SERVER),
		.prefix = { ul_addr_v4(NET), 24 },
		.router = ul_addr_v4(NET + 2),
		.dns = ul_addr_v4(NET + 3),
		.mtu = 9000,
		.lease_s = LEASE_S,
		.domain = "lab.internal",
		.first = ul_addr_v4(first),
		.last = ul_addr_v4(last),
		.excluded = &excluded,
		.excluded_count = 1,
		.on_lease = on_lease,
		.must_probe = must_probe,
	});
}

static void setup(void)
{
	now = 0;
	leases = 0;
	probes = false;
	open_server(NET + 15, NET + 18);
}

static void teardown(void)
{
	ul_dhcp4_srv_free(srv);
}

static void put_text(struct ul_wr *w, uint8_t code, const char *text)
{
	if (!text)
		return;
	ul_wr_u8(w, code);
	ul_wr_u8(w, (uint8_t)strlen(text));
	ul_wr_bytes(w, text, strlen(text));
}

static void put_addr(struct ul_wr *w, uint8_t code, uint32_t addr)
{
	if (!addr)
		return;
	ul_wr_u8(w, code);
	ul_wr_u8(w, 4);
	ul_wr_u32(w, addr);
}

static const uint8_t mac_head[5] = { 0x52, 0x54, 0, 0, 0 };

static size_t write_ask(uint8_t *buf, size_t cap, const struct ask *a)
{
	struct ul_wr w = ul_wr_new(buf, cap);

	ul_wr_u32(&w, 0x01010600);
	ul_wr_u32(&w, 0xabcd0000u + a->client);
	ul_wr_u16(&w, 7);
	ul_wr_u16(&w, a->flags);
	ul_wr_u32(&w, a->ciaddr);
	ul_wr_zero(&w, 8);
	ul_wr_u32(&w, a->giaddr);
	ul_wr_bytes(&w, mac_head, 5);
	ul_wr_u8(&w, a->client ^ a->chaddr_bit);
	ul_wr_zero(&w, 10 + 64 + 128);
	ul_wr_u32(&w, MAGIC);
	ul_wr_u8(&w, OPT_TYPE);
	ul_wr_u8(&w, 1);
	ul_wr_u8(&w, a->type);
	put_addr(&w, OPT_REQ_ADDR, a->req_addr);
	put_addr(&w, OPT_SERVER_ID, a->server_id);
	put_text(&w, OPT_CLIENT_ID, a->id);
	put_text(&w, OPT_HOST, a->host);
	put_text(&w, OPT_PARAMS, a->params);
	if (a->is_rapid)
		put_text(&w, OPT_RAPID, "");
	ul_wr_u8(&w, OPT_END);
	ck_assert(!w.bad);
	return w.len;
}

static int handle_bytes(const uint8_t *msg, size_t len, const struct ask *a)
{
	struct ul_addr src = ul_addr_v4(a->src_ip);
	uint8_t *copy = exact_copy(msg, len);
	uint8_t mac[6];
	int err;

	memcpy(mac, mac_head, 5);
	mac[5] = a->client;
	err = ul_dhcp4_srv_handle(srv, copy, len, mac, &src, now, &rep);
	free(copy);
	return err;
}

static int handle(struct ask a)
{
	uint8_t buf[600];

	return handle_bytes(buf, write_ask(buf, sizeof(buf), &a), &a);
}

/* The value of an option of the reply, or NULL. */
static const uint8_t *opt(uint8_t code, size_t len)
{
	size_t at = 240;

	while (at + 1 < rep.len && rep.payload[at] != OPT_END) {
		if (rep.payload[at] == code) {
			ck_assert_uint_eq(rep.payload[at + 1], len);
			return rep.payload + at + 2;
		}
		at += rep.payload[at] ? 2u + rep.payload[at + 1] : 1u;
	}
	return NULL;
}

static uint32_t u32_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static uint32_t opt_u32(uint8_t code)
{
	const uint8_t *p = opt(code, 4);

	return p ? u32_at(p) : 0;
}

static unsigned int reply_type(void)
{
	const uint8_t *p = opt(OPT_TYPE, 1);

	ck_assert_ptr_nonnull(p);
	return *p;
}

static uint32_t yiaddr(void)
{
	return u32_at(rep.payload + 16);
}

static uint32_t reply_dst(void)
{
	return ul_addr_to_v4(&rep.dst);
}

static void must_offer(struct ask a, uint32_t addr)
{
	a.type = DISCOVER;
	ck_assert_int_eq(handle(a), 0);
	ck_assert_uint_eq(reply_type(), OFFER);
	ck_assert_uint_eq(yiaddr(), addr);
}

static void must_ack(struct ask a, uint32_t addr)
{
	a.type = REQUEST;
	ck_assert_int_eq(handle(a), 0);
	ck_assert_uint_eq(reply_type(), ACK);
	ck_assert_uint_eq(yiaddr(), addr);
}

/* The client's whole way to an address. */
static void lease(uint8_t client, uint32_t addr)
{
	must_offer((struct ask){ .client = client }, addr);
	must_ack((struct ask){ .client = client, .req_addr = addr,
			       .server_id = SERVER }, addr);
}

START_TEST(first_guest_gets_the_first_address)
{
	uint8_t buf[600];
	struct ask a = { .type = REQUEST, .client = 1, .req_addr = NET + 15,
			 .server_id = SERVER, .host = "web" };

	must_offer((struct ask){ .client = 1 }, NET + 15);
	ck_assert_uint_eq(leases, 0);
	ck_assert_int_eq(handle(a), 0);
	ck_assert_uint_eq(reply_type(), ACK);
	write_ask(buf, sizeof(buf), &a);

	ck_assert_uint_eq(rep.payload[0], 2);
	ck_assert_mem_eq(rep.payload + 1, buf + 1, 7);	/* up to xid */
	ck_assert_mem_eq(rep.payload + 28, buf + 28, 16);	/* chaddr */
	ck_assert_uint_eq(u32_at(rep.payload + 236), MAGIC);
	ck_assert_uint_eq(yiaddr(), NET + 15);
	ck_assert_uint_ge(rep.len, 300);
	ck_assert_uint_eq(opt_u32(OPT_MASK), 0xffffff00u);
	ck_assert_uint_eq(opt_u32(OPT_ROUTER), NET + 2);
	ck_assert_uint_eq(opt_u32(OPT_DNS), NET + 3);
	ck_assert_uint_eq(opt_u32(OPT_LEASE), LEASE_S);
	ck_assert_uint_eq(opt_u32(OPT_SERVER_ID), SERVER);
	ck_assert_uint_eq(leases, 1);
	ck_assert_uint_eq(ul_addr_to_v4(&last_lease.addr), NET + 15);
	ck_assert_uint_eq(last_lease.mac[5], 1);
	ck_assert_str_eq(last_lease.host, "web");
}
END_TEST

START_TEST(second_guest_gets_the_next_that_is_not_excluded)
{
	lease(1, NET + 15);
	lease(2, NET + 17);
	lease(3, NET + 18);
	ck_assert_int_eq(handle((struct ask){ .type = DISCOVER, .client = 4 }),
			 -ENODATA);
}
END_TEST

/*
 * REQUEST: who asks (1 has .15; 2 has nothing; 3 was offered .17; .16 is
 * excluded, .18 free, .15 of another for 2), with which fields, and what
 * comes of it: ACK, NAK or a negative errno.
 */
static const struct {
	struct ask ask;
	int expect;
} requests[] = {
	/* SELECTING */
	{ { .client = 3, .server_id = SERVER, .req_addr = NET + 17 }, ACK },
	{ { .client = 2, .server_id = SERVER, .req_addr = NET + 17 }, NAK },
	{ { .client = 2, .server_id = SERVER, .req_addr = NET + 18 }, ACK },
	{ { .client = 2, .server_id = SERVER, .req_addr = NET + 15 }, NAK },
	{ { .client = 2, .server_id = SERVER, .req_addr = NET + 16 }, NAK },
	{ { .client = 2, .server_id = SERVER, .req_addr = NET + 200 }, NAK },
	{ { .client = 2, .server_id = SERVER }, -EPROTO },
	/* another server was chosen */
	{ { .client = 3, .server_id = OTHER_SERVER, .req_addr = NET + 17 },
	  -ENODATA },
	{ { .client = 3, .server_id = OTHER_SERVER }, -ENODATA },
	/* INIT-REBOOT */
	{ { .client = 1, .req_addr = NET + 15 }, ACK },
	{ { .client = 1, .req_addr = NET + 18 }, NAK },
	{ { .client = 2, .req_addr = NET + 18 }, ACK },
	{ { .client = 2, .req_addr = NET + 15 }, NAK },
	{ { .client = 2, .req_addr = 0xc0a80005 }, NAK },
	/* RENEWING (unicast) and REBINDING (broadcast) look the same */
	{ { .client = 1, .ciaddr = NET + 15, .src_ip = NET + 15 }, ACK },
	{ { .client = 1, .ciaddr = NET + 15 }, ACK },
	{ { .client = 2, .ciaddr = NET + 15, .src_ip = NET + 15 }, NAK },
	{ { .client = 2, .ciaddr = NET + 18, .src_ip = NET + 18 }, ACK },
	{ { .client = 2, .ciaddr = NET + 99, .src_ip = NET + 99 }, NAK },
	{ { .client = 1, .ciaddr = NET + 15, .src_ip = NET + 18 }, -EPROTO },
	/* nothing is asked for */
	{ { .client = 2 }, -EPROTO },
};

START_TEST(request_is_answered_by_the_rules)
{
	struct ask a = requests[_i].ask;
	bool is_nak = requests[_i].expect == NAK;

	lease(1, NET + 15);
	must_offer((struct ask){ .client = 3 }, NET + 17);
	a.type = REQUEST;
	if (requests[_i].expect < 0) {
		ck_assert_int_eq(handle(a), requests[_i].expect);
		return;
	}
	ck_assert_int_eq(handle(a), 0);
	ck_assert_uint_eq(reply_type(), (unsigned int)requests[_i].expect);
	ck_assert_uint_eq(opt_u32(OPT_SERVER_ID), SERVER);
	ck_assert_uint_eq(yiaddr(), is_nak ? 0 :
			  a.req_addr ? a.req_addr : a.ciaddr);
	ck_assert_int_eq(!opt(OPT_LEASE, 4), is_nak);
	ck_assert_int_eq(!opt(OPT_MASK, 4), is_nak);
	if (is_nak)
		ck_assert_uint_eq(reply_dst(), 0xffffffffu);
}
END_TEST

START_TEST(offer_is_free_again_when_another_server_was_chosen)
{
	must_offer((struct ask){ .client = 1 }, NET + 15);
	ck_assert_int_eq(handle((struct ask){ .type = REQUEST, .client = 1,
					      .server_id = OTHER_SERVER,
					      .req_addr = NET + 99 }),
			 -ENODATA);
	must_ack((struct ask){ .client = 2, .req_addr = NET + 15 }, NET + 15);
}
END_TEST

START_TEST(offer_waits_for_a_while)
{
	must_offer((struct ask){ .client = 1 }, NET + 15);
	now = UL_DHCP4_OFFER_US - 1;
	must_offer((struct ask){ .client = 2 }, NET + 17);
	now = UL_DHCP4_OFFER_US + 1;
	must_ack((struct ask){ .client = 2, .req_addr = NET + 15,
			       .server_id = SERVER }, NET + 15);
}
END_TEST

START_TEST(lease_ends_unless_renewed)
{
	lease(1, NET + 15);
	now = LEASE_S * SECOND - 1;
	must_ack((struct ask){ .client = 1, .ciaddr = NET + 15,
			       .src_ip = NET + 15 }, NET + 15);
	ck_assert_uint_eq(leases, 1);	/* no news */
	now += LEASE_S * SECOND - 1;
	ck_assert_int_eq(handle((struct ask){ .type = REQUEST, .client = 2,
					      .req_addr = NET + 15 }), 0);
	ck_assert_uint_eq(reply_type(), NAK);
	now++;
	must_ack((struct ask){ .client = 2, .req_addr = NET + 15 }, NET + 15);
	ck_assert_uint_eq(leases, 2);
}
END_TEST

START_TEST(declined_address_is_not_given)
{
	lease(1, NET + 15);
	ck_assert_int_eq(handle((struct ask){ .type = DECLINE, .client = 2,
					      .server_id = SERVER,
					      .req_addr = NET + 15 }),
			 -ENODATA);
	must_ack((struct ask){ .client = 1, .req_addr = NET + 15 }, NET + 15);
	ck_assert_int_eq(handle((struct ask){ .type = DECLINE, .client = 1,
					      .server_id = SERVER,
					      .req_addr = NET + 15 }),
			 -ENODATA);
	must_offer((struct ask){ .client = 1 }, NET + 17);
	must_offer((struct ask){ .client = 2 }, NET + 18);
	now = UL_LEASE_DECLINED_US;
	must_ack((struct ask){ .client = 3, .req_addr = NET + 15 }, NET + 15);
}
END_TEST

START_TEST(released_address_is_kept_for_its_client)
{
	struct ask release = { .type = RELEASE, .client = 2,
			       .server_id = SERVER, .ciaddr = NET + 15 };

	lease(1, NET + 15);
	ck_assert_int_eq(handle(release), -ENODATA);	/* not its own */
	ck_assert_int_eq(handle((struct ask){ .type = REQUEST, .client = 2,
					      .req_addr = NET + 15 }), 0);
	ck_assert_uint_eq(reply_type(), NAK);
	release.client = 1;
	release.server_id = OTHER_SERVER;
	ck_assert_int_eq(handle(release), -EPROTO);
	release.server_id = SERVER;
	ck_assert_int_eq(handle(release), -ENODATA);
	must_offer((struct ask){ .client = 2 }, NET + 17);
	must_offer((struct ask){ .client = 1 }, NET + 15);
}
END_TEST

START_TEST(inform_gets_parameters_and_no_lease)
{
	ck_assert_int_eq(handle((struct ask){ .type = INFORM, .client = 1,
					      .ciaddr = NET + 77,
					      .src_ip = NET + 77 }), 0);
	ck_assert_uint_eq(reply_type(), ACK);
	ck_assert_uint_eq(yiaddr(), 0);
	ck_assert_uint_eq(opt_u32(OPT_DNS), NET + 3);
	ck_assert_ptr_null(opt(OPT_LEASE, 4));
	ck_assert_uint_eq(reply_dst(), NET + 77);
	ck_assert_uint_eq(rep.dst_mac[5], 1);
	ck_assert_uint_eq(leases, 0);
	/* Without ciaddr, as some clients do. */
	ck_assert_int_eq(handle((struct ask){ .type = INFORM, .client = 1,
					      .src_ip = NET + 77 }), 0);
	ck_assert_uint_eq(reply_dst(), NET + 77);
	ck_assert_int_eq(handle((struct ask){ .type = INFORM, .client = 1 }),
			 -EPROTO);
	ck_assert_int_eq(handle((struct ask){ .type = INFORM, .client = 1,
					      .ciaddr = 0xc0a80005 }),
			 -EPROTO);
}
END_TEST

START_TEST(rapid_commit_gives_at_once)
{
	ck_assert_int_eq(handle((struct ask){ .type = DISCOVER, .client = 1,
					      .is_rapid = true }), 0);
	ck_assert_uint_eq(reply_type(), ACK);
	ck_assert_uint_eq(yiaddr(), NET + 15);
	ck_assert_ptr_nonnull(opt(OPT_RAPID, 0));
	ck_assert_uint_eq(leases, 1);
	now = UL_DHCP4_OFFER_US + 1;
	must_offer((struct ask){ .client = 2 }, NET + 17);
	ck_assert_ptr_null(opt(OPT_RAPID, 0));
}
END_TEST

START_TEST(asked_options_are_given)
{
	const uint8_t *domain, *mtu;

	must_offer((struct ask){ .client = 1, .params = "\1\3\6" }, NET + 15);
	ck_assert_ptr_null(opt(OPT_MTU, 2));
	ck_assert_ptr_null(opt(OPT_DOMAIN, 12));
	ck_assert_ptr_null(opt(OPT_T1, 4));
	must_offer((struct ask){ .client = 1, .params = "\x0f\x1a\x3a\x3b" },
		   NET + 15);
	mtu = opt(OPT_MTU, 2);
	domain = opt(OPT_DOMAIN, 12);
	ck_assert_ptr_nonnull(mtu);
	ck_assert_ptr_nonnull(domain);
	ck_assert_uint_eq((unsigned int)(mtu[0] << 8 | mtu[1]), 9000);
	ck_assert_mem_eq(domain, "lab.internal", 12);
	ck_assert_uint_eq(opt_u32(OPT_T1), LEASE_S / 2);
	ck_assert_uint_eq(opt_u32(OPT_T2), LEASE_S / 8 * 7);
	ck_assert_uint_eq(opt_u32(OPT_ROUTER), NET + 2);
}
END_TEST

START_TEST(client_identifier_names_the_client_and_is_returned)
{
	const uint8_t *id;

	must_ack((struct ask){ .client = 1, .id = "duid-a",
			       .req_addr = NET + 15 }, NET + 15);
	id = opt(OPT_CLIENT_ID, 6);
	ck_assert_ptr_nonnull(id);
	ck_assert_mem_eq(id, "duid-a", 6);
	must_offer((struct ask){ .client = 1, .id = "duid-b" }, NET + 17);
	must_offer((struct ask){ .client = 2, .id = "duid-a" }, NET + 15);
}
END_TEST

/* RFC 2131 4.1 */
START_TEST(reply_goes_where_the_client_can_hear_it)
{
	must_offer((struct ask){ .client = 1 }, NET + 15);
	ck_assert_uint_eq(reply_dst(), NET + 15);
	ck_assert_uint_eq(rep.dst_mac[5], 1);
	must_offer((struct ask){ .client = 1, .flags = BROADCAST_FLAG },
		   NET + 15);
	ck_assert_uint_eq(reply_dst(), 0xffffffffu);
	ck_assert_uint_eq(rep.dst_mac[0], 0xff);
	ck_assert_uint_eq(rep.dst_mac[5], 0xff);
	must_ack((struct ask){ .client = 1, .flags = BROADCAST_FLAG,
			       .ciaddr = NET + 15 }, NET + 15);
	ck_assert_uint_eq(reply_dst(), NET + 15);
	ck_assert_uint_eq(rep.dst_mac[5], 1);
}
END_TEST

static const struct ask unfit[] = {
	{ .type = DISCOVER, .client = 1, .chaddr_bit = 1 },
	{ .type = DISCOVER, .client = 1, .giaddr = NET + 9 },
	{ .type = OFFER, .client = 1 },
	{ .type = ACK, .client = 1, .server_id = SERVER },
	{ .type = 0, .client = 1 },
	{ .type = 99, .client = 1 },
	{ .type = DECLINE, .client = 1, .req_addr = NET + 15 },
};

START_TEST(unfit_messages_are_not_answered)
{
	ck_assert_int_lt(handle(unfit[_i]), 0);
	ck_assert_uint_eq(leases, 0);
	must_offer((struct ask){ .client = 2 }, NET + 15);
}
END_TEST

static const char *const hosts[][2] = {
	{ "web", "web" },
	{ "web.lab.internal.", "web.lab.internal" },
	{ "we\nb", "" },
	{ "w\xc3\xa9" "b", "" },
	{ "a b", "" },
	{ "", "" },
};

START_TEST(only_plain_host_names_are_told)
{
	must_ack((struct ask){ .client = 1, .req_addr = NET + 15,
			       .host = hosts[_i][0] }, NET + 15);
	ck_assert_str_eq(last_lease.host, hosts[_i][1]);
}
END_TEST

START_TEST(every_truncation_is_refused_or_harmless)
{
	struct ask a = { .type = DISCOVER, .client = 1, .req_addr = NET + 17,
			 .id = "duid", .host = "web", .params = "\1\3\6" };
	uint8_t buf[600];
	size_t len = write_ask(buf, sizeof(buf), &a);

	for (size_t cut = 0; cut < len - 1; cut++) {
		int err = handle_bytes(buf, cut, &a);

		if (cut < 243)
			ck_assert_int_lt(err, 0);
	}
	ck_assert_int_eq(handle_bytes(buf, len, &a), 0);
}
END_TEST

static void count_lease(const struct ul_lease *l, void *arg)
{
	unsigned int *count = arg;

	++*count;
}

START_TEST(leases_are_listed)
{
	unsigned int count = 0;

	lease(1, NET + 15);
	lease(2, NET + 17);
	must_offer((struct ask){ .client = 3 }, NET + 18);
	ul_dhcp4_srv_each(srv, now, count_lease, &count);
	ck_assert_uint_eq(count, 2);
}
END_TEST

/* For the host port, which has no DHCP client. */
START_TEST(a_lease_can_be_had_without_asking)
{
	struct ul_lease_client a = { .mac = { 2, 0, 0, 0, 0, 1 },
				     .host = "shell" };
	struct ul_lease_client b = { .mac = { 2, 0, 0, 0, 0, 2 } };
	struct ul_addr first, again, other;

	ck_assert_int_eq(ul_dhcp4_srv_lease(srv, &a, now, &first), 0);
	ck_assert_uint_eq(ul_addr_to_v4(&first), NET + 15);
	ck_assert_uint_eq(leases, 1);
	ck_assert_str_eq(last_lease.host, "shell");
	ck_assert_int_eq(last_lease.expires_us, LEASE_S * SECOND);
	now += SECOND;
	ck_assert_int_eq(ul_dhcp4_srv_lease(srv, &a, now, &again), 0);
	ck_assert(ul_addr_eq(&again, &first));
	ck_assert_uint_eq(leases, 1);
	ck_assert_int_eq(ul_dhcp4_srv_lease(srv, &b, now, &other), 0);
	ck_assert(!ul_addr_eq(&other, &first));
	b.mac[5] = 3;
	ck_assert_int_eq(ul_dhcp4_srv_lease(srv, &b, now, &other), 0);
	b.mac[5] = 4;
	ck_assert_int_eq(ul_dhcp4_srv_lease(srv, &b, now, &other), -ENOSPC);
}
END_TEST

/*
 * Whatever clients say in whatever order, no address is acknowledged to two
 * of them at once, and none outside of the pool.
 */
#define CLIENTS 6
#define STEPS 3000

static uint32_t rng;

static uint32_t draw(uint32_t n)
{
	rng = rng * 1664525u + 1013904223u;
	return (rng >> 16) % n;
}

static uint32_t draw_addr(void)
{
	return draw(3) ? NET + 14 + draw(6) : 0;
}

START_TEST(random_clients_never_share_an_address)
{
	struct { uint8_t client; int64_t until; } held[4] = { 0 };

	rng = 4711 + (uint32_t)_i;
	for (int step = 0; step < STEPS; step++) {
		struct ask a = {
			.type = (uint8_t)draw(9),
			.client = (uint8_t)(1 + draw(CLIENTS)),
			.ciaddr = draw_addr(),
			.req_addr = draw_addr(),
			.server_id = draw(2) ? SERVER : 0,
			.is_rapid = draw(4) == 0,
		};
		int err = handle(a);
		uint32_t n = yiaddr() - (NET + 15);

		now += draw(60) * SECOND;
		if (a.type == RELEASE || a.type == DECLINE)
			for (int i = 0; i < 4; i++)
				if (held[i].client == a.client)
					held[i].until = 0;
		if (err < 0 || reply_type() != ACK || a.type == INFORM)
			continue;
		ck_assert_uint_lt(n, 4);
		ck_assert_uint_ne(n, 1);
		ck_assert(held[n].client == a.client || held[n].until <= now);
		for (int i = 0; i < 4; i++)
			if (held[i].client == a.client)
				held[i].until = 0;
		held[n].client = a.client;
		held[n].until = now + (LEASE_S - 60) * SECOND;
	}
}
END_TEST

#define ROWS(table) (sizeof(table) / sizeof(*(table)))

START_TEST(kept_address_is_refused_to_others)
{
	struct ul_lease_owner owner = {
		.has_mac = true, .mac = { 0x52, 0x54, 0, 0, 0, 9 },
	};
	struct ul_addr a = ul_addr_v4(NET + 15);

	lease(1, NET + 15);
	ck_assert_int_eq(ul_dhcp4_srv_keep(srv, &owner, &a), 0);
	ck_assert_int_eq(handle((struct ask){ .type = REQUEST, .client = 1,
					      .ciaddr = NET + 15,
					      .src_ip = NET + 15 }), 0);
	ck_assert_uint_eq(reply_type(), NAK);
	lease(1, NET + 17);
	lease(9, NET + 15);
	ck_assert(last_lease.is_kept);
	ck_assert_int_eq(handle((struct ask){ .type = REQUEST, .client = 1,
					      .req_addr = NET + 15 }), 0);
	ck_assert_uint_eq(reply_type(), NAK);
	ck_assert_int_eq(ul_dhcp4_srv_unkeep(srv, &a), 0);
	must_ack((struct ask){ .client = 9, .ciaddr = NET + 15 }, NET + 15);
}
END_TEST

static const uint8_t somebody[6] = { 2, [5] = 99 };

/* It waits, and is handed in again when something is known. */
START_TEST(new_address_is_probed_before_it_is_offered)
{
	struct ask a = { .type = DISCOVER, .client = 1, .is_rapid = true };
	struct ul_addr first = ul_addr_v4(NET + 15);

	probes = true;
	ck_assert_int_eq(handle(a), -EINPROGRESS);
	ck_assert_uint_eq(reply_dst(), NET + 15);
	ck_assert(ul_dhcp4_srv_taken(srv, &first, somebody, now));
	ck_assert_int_eq(handle(a), -EINPROGRESS);
	ck_assert_uint_eq(reply_dst(), NET + 17);
	ul_dhcp4_srv_checked(srv, &rep.dst);
	ck_assert_int_eq(handle(a), 0);
	ck_assert_uint_eq(reply_type(), ACK);
	ck_assert_uint_eq(yiaddr(), NET + 17);
	/* It had this one: there is nothing to be asked. */
	now += 2 * LEASE_S * SECOND;
	must_offer((struct ask){ .client = 1 }, NET + 17);
	/* But another client has not. */
	now += 2 * LEASE_S * SECOND;
	for (uint8_t other = 2; other < 4; other++) {
		ck_assert_int_eq(handle((struct ask){ .type = DISCOVER,
						      .client = other }),
				 -EINPROGRESS);
		ul_dhcp4_srv_checked(srv, &rep.dst);
	}
	ck_assert_int_eq(handle((struct ask){ .type = DISCOVER,
					      .client = 4 }), -EINPROGRESS);
	ck_assert_uint_eq(reply_dst(), NET + 17);
}
END_TEST

START_TEST(bound_address_is_not_taken_by_an_answer)
{
	struct ul_addr a = ul_addr_v4(NET + 15);

	lease(1, NET + 15);
	ck_assert(ul_dhcp4_srv_taken(srv, &a, somebody, now));
	must_ack((struct ask){ .client = 1, .ciaddr = NET + 15 }, NET + 15);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp4_srv");
	TCase *tc = tcase_create("dhcp4_srv");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, first_guest_gets_the_first_address);
	tcase_add_test(tc, second_guest_gets_the_next_that_is_not_excluded);
	tcase_add_loop_test(tc, request_is_answered_by_the_rules, 0,
			    ROWS(requests));
	tcase_add_test(tc, offer_is_free_again_when_another_server_was_chosen);
	tcase_add_test(tc, offer_waits_for_a_while);
	tcase_add_test(tc, lease_ends_unless_renewed);
	tcase_add_test(tc, declined_address_is_not_given);
	tcase_add_test(tc, released_address_is_kept_for_its_client);
	tcase_add_test(tc, inform_gets_parameters_and_no_lease);
	tcase_add_test(tc, rapid_commit_gives_at_once);
	tcase_add_test(tc, asked_options_are_given);
	tcase_add_test(tc, client_identifier_names_the_client_and_is_returned);
	tcase_add_test(tc, reply_goes_where_the_client_can_hear_it);
	tcase_add_loop_test(tc, unfit_messages_are_not_answered, 0,
			    ROWS(unfit));
	tcase_add_loop_test(tc, only_plain_host_names_are_told, 0, ROWS(hosts));
	tcase_add_test(tc, every_truncation_is_refused_or_harmless);
	tcase_add_test(tc, leases_are_listed);
	tcase_add_test(tc, kept_address_is_refused_to_others);
	tcase_add_test(tc, new_address_is_probed_before_it_is_offered);
	tcase_add_test(tc, bound_address_is_not_taken_by_an_answer);
	tcase_add_test(tc, a_lease_can_be_had_without_asking);
	tcase_add_loop_test(tc, random_clients_never_share_an_address, 0, 4);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
