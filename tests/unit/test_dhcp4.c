/* SPDX-License-Identifier: BSD-3-Clause */
/* test_dhcp4.c - DHCPv4 messages: options, overload, hostile lengths */
#include "wire/dhcp4.h"

#include <errno.h>

#include "harness.h"
#include "unit/poison.h"

#define FIXED_LEN 240		/* up to the options, magic cookie included */
#define SNAME_OFF 44
#define FILE_OFF 108
#define MAGIC_OFF 236
#define BUF_LEN 2048
#define END 255

static struct ul_addr v4(uint32_t a)
{
	return ul_addr_v4(a);
}

/* Every field that emit writes. */
static struct ul_dhcp4_msg full(void)
{
	struct ul_dhcp4_msg m = {
		.op = UL_DHCP4_OP_REPLY, .xid = 0xdeadbeef, .secs = 513,
		.broadcast = true, .ciaddr = v4(1), .yiaddr = v4(0x0a00020f),
		.siaddr = v4(0x0a000204), .giaddr = v4(0xffffffff),
		.chaddr = { 0x52, 0x54, 0, 1, 2, 3 }, .type = UL_DHCP4_ACK,
		.req_addr = v4(0x0a000210), .server_id = v4(0x0a000202),
		.max_size = 576, .rapid_commit = true, .lease_s = 86400,
		.t1_s = 43200, .t2_s = 75600, .mask = v4(0xffffff00),
		.router = { v4(0x0a000202) }, .router_count = 1,
		.dns = { v4(0x0a000203), v4(0x08080808) }, .dns_count = 2,
		.mtu = 65520, .hostname = "vm", .domain = "lab.internal",
		.client_id = { 1, 0x52, 0x54, 0, 1, 2, 3 },
		.client_id_len = 7, .params = { 1, 3, 6, 0 }, .params_len = 4,
		.file = "boot/file", .tftp_name = "10.0.2.4",
		.bootfile = "boot/other", .user_class = "iPXE",
		.has_fqdn = true, .fqdn_flags = UL_DHCP4_FQDN_E |
						UL_DHCP4_FQDN_S,
		.fqdn = "vm.lab.internal", .has_arch = true, .arch = 7,
		.search = "lab.internal", .route_count = 2,
		.route = { { { v4(0), 0 }, v4(0x0a000202) },
			   { { v4(0x0a800000), 9 }, v4(0x0a000203) } },
	};

	for (int i = 1; i < UL_DHCP4_ROUTERS_MAX; i++)
		m.router[i] = v4(0);
	for (int i = 2; i < UL_DHCP4_DNS_MAX; i++)
		m.dns[i] = v4(0);
	return m;
}

static struct ul_dhcp4_msg discover(void)
{
	return (struct ul_dhcp4_msg){
		.op = UL_DHCP4_OP_REQUEST, .xid = 7, .type = UL_DHCP4_DISCOVER,
		.chaddr = { 0x52, 0x54, 0, 1, 2, 3 },
	};
}

static void check_addr(const struct ul_addr *a, const struct ul_addr *b)
{
	ck_assert_uint_eq(ul_addr_to_v4(a), ul_addr_to_v4(b));
}

static void check_boot_and_names(const struct ul_dhcp4_msg *a,
				 const struct ul_dhcp4_msg *b)
{
	ck_assert_str_eq(a->file, b->file);
	ck_assert_str_eq(a->tftp_name, b->tftp_name);
	ck_assert_str_eq(a->bootfile, b->bootfile);
	ck_assert_str_eq(a->user_class, b->user_class);
	ck_assert_int_eq(a->has_fqdn, b->has_fqdn);
	ck_assert_uint_eq(a->fqdn_flags, b->fqdn_flags);
	ck_assert_str_eq(a->fqdn, b->fqdn);
	ck_assert_int_eq(a->has_arch, b->has_arch);
	ck_assert_uint_eq(a->arch, b->arch);
	ck_assert_str_eq(a->search, b->search);
	ck_assert_uint_eq(a->route_count, b->route_count);
	for (int i = 0; i < a->route_count; i++) {
		check_addr(&a->route[i].dst.addr, &b->route[i].dst.addr);
		check_addr(&a->route[i].router, &b->route[i].router);
		ck_assert_uint_eq(a->route[i].dst.len, b->route[i].dst.len);
	}
}

static void check_options(const struct ul_dhcp4_msg *a,
			  const struct ul_dhcp4_msg *b)
{
	check_addr(&a->req_addr, &b->req_addr);
	check_addr(&a->server_id, &b->server_id);
	check_addr(&a->mask, &b->mask);
	ck_assert_uint_eq(a->type, b->type);
	ck_assert_uint_eq(a->max_size, b->max_size);
	ck_assert_int_eq(a->rapid_commit, b->rapid_commit);
	ck_assert_uint_eq(a->lease_s, b->lease_s);
	ck_assert_uint_eq(a->t1_s, b->t1_s);
	ck_assert_uint_eq(a->t2_s, b->t2_s);
	ck_assert_uint_eq(a->mtu, b->mtu);
	ck_assert_uint_eq(a->router_count, b->router_count);
	for (int i = 0; i < a->router_count; i++)
		check_addr(&a->router[i], &b->router[i]);
	ck_assert_uint_eq(a->dns_count, b->dns_count);
	for (int i = 0; i < a->dns_count; i++)
		check_addr(&a->dns[i], &b->dns[i]);
	ck_assert_str_eq(a->hostname, b->hostname);
	ck_assert_str_eq(a->domain, b->domain);
	ck_assert_uint_eq(a->client_id_len, b->client_id_len);
	ck_assert_mem_eq(a->client_id, b->client_id, a->client_id_len);
	ck_assert_uint_eq(a->params_len, b->params_len);
	ck_assert_mem_eq(a->params, b->params, a->params_len);
}

static void check_equal(const struct ul_dhcp4_msg *a,
			const struct ul_dhcp4_msg *b)
{
	ck_assert_uint_eq(a->op, b->op);
	ck_assert_uint_eq(a->xid, b->xid);
	ck_assert_uint_eq(a->secs, b->secs);
	ck_assert_int_eq(a->broadcast, b->broadcast);
	check_addr(&a->ciaddr, &b->ciaddr);
	check_addr(&a->yiaddr, &b->yiaddr);
	check_addr(&a->siaddr, &b->siaddr);
	check_addr(&a->giaddr, &b->giaddr);
	ck_assert_mem_eq(a->chaddr, b->chaddr, 6);
	check_options(a, b);
	check_boot_and_names(a, b);
}

/* The length of the message with its end option but without padding. */
static size_t emit(uint8_t buf[BUF_LEN], const struct ul_dhcp4_msg *m)
{
	struct ul_wr w = ul_wr_new(buf, BUF_LEN);
	size_t len;

	ul_dhcp4_emit(&w, m);
	ck_assert(!w.bad);
	ck_assert_uint_ge(w.len, UL_DHCP4_MIN_LEN);
	for (len = w.len; buf[len - 1] != END; len--)
		ck_assert_uint_eq(buf[len - 1], 0);
	return len;
}

/* A request whose options are @opts, parsed from an exact copy. */
static int parse_options(struct ul_dhcp4_msg *out, const void *opts,
			 size_t len)
{
	struct ul_dhcp4_msg m = discover();
	uint8_t buf[BUF_LEN];
	uint8_t *exact;
	int rc;

	emit(buf, &m);
	memcpy(buf + FIXED_LEN, opts, len);
	exact = exact_copy(buf, FIXED_LEN + len);
	rc = ul_dhcp4_parse(out, exact, FIXED_LEN + len);
	free(exact);
	return rc;
}

static void refuse_options(const void *opts, size_t len)
{
	struct ul_dhcp4_msg m;

	poison(&m);
	ck_assert_int_eq(parse_options(&m, opts, len), -EBADMSG);
	ck_assert(is_poisoned(&m));
}

START_TEST(full_message_survives_a_round_trip)
{
	struct ul_dhcp4_msg m = full(), got;
	uint8_t buf[BUF_LEN];
	size_t len = emit(buf, &m);

	ck_assert_int_eq(ul_dhcp4_parse(&got, buf, len), 0);
	check_equal(&got, &m);
}
END_TEST

START_TEST(absent_is_zero)
{
	struct ul_dhcp4_msg m = discover(), got;
	uint8_t buf[BUF_LEN];

	emit(buf, &m);
	ck_assert_int_eq(ul_dhcp4_parse(&got, buf, UL_DHCP4_MIN_LEN), 0);
	check_equal(&got, &m);
	ck_assert(ul_addr_is_v4(&got.req_addr));
	ck_assert(ul_addr_is_any(&got.req_addr));
	ck_assert(!ul_dhcp4_wants(&got, 1));
}
END_TEST

START_TEST(longest_fields_survive_a_round_trip)
{
	struct ul_dhcp4_msg m = full(), got;
	uint8_t buf[BUF_LEN];
	size_t len;

	memset(m.hostname, 'h', UL_DHCP4_TEXT_MAX);
	memset(m.domain, 'd', UL_DHCP4_TEXT_MAX);
	memset(m.client_id, 0, UL_DHCP4_TEXT_MAX);
	memset(m.params, 9, UL_DHCP4_TEXT_MAX);
	m.client_id_len = m.params_len = UL_DHCP4_TEXT_MAX;
	m.router_count = UL_DHCP4_ROUTERS_MAX;
	m.dns_count = UL_DHCP4_DNS_MAX;
	len = emit(buf, &m);
	ck_assert_int_eq(ul_dhcp4_parse(&got, buf, len), 0);
	check_equal(&got, &m);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
	struct ul_dhcp4_msg m = full();
	uint8_t buf[BUF_LEN];
	size_t whole = emit(buf, &m);

	for (size_t len = 0; len < whole; len++) {
		uint8_t *cut = exact_copy(buf, len);

		poison(&m);
		ck_assert_int_eq(ul_dhcp4_parse(&m, cut, len), -EBADMSG);
		ck_assert(is_poisoned(&m));
		free(cut);
	}
}
END_TEST

/* A reply that is built for a small MTU never runs over (CVE-2026-95508). */
START_TEST(every_short_buffer_is_said)
{
	struct ul_dhcp4_msg m = full();
	uint8_t buf[BUF_LEN];
	size_t whole = emit(buf, &m);

	for (size_t cap = 0; cap < whole; cap++) {
		uint8_t *small = exact_copy(buf, cap);
		struct ul_wr w = ul_wr_new(small, cap);

		ul_dhcp4_emit(&w, &m);
		ck_assert(w.bad);
		free(small);
	}
}
END_TEST

START_TEST(wrong_kinds_are_refused)
{
	static const uint8_t at[][2] = {
		{ 0, 0 }, { 0, 3 }, { 1, 6 }, { 2, 5 }, { 2, 16 },
		{ MAGIC_OFF, 0 }, { MAGIC_OFF + 3, 0 },
	};
	struct ul_dhcp4_msg m = discover();
	uint8_t buf[BUF_LEN];

	emit(buf, &m);
	buf[at[_i][0]] = at[_i][1];
	poison(&m);
	ck_assert_int_eq(ul_dhcp4_parse(&m, buf, UL_DHCP4_MIN_LEN), -EPROTO);
	ck_assert(is_poisoned(&m));
}
END_TEST

/* Each known option with each length that is not its own. */
START_TEST(wrong_lengths_are_refused)
{
	static const struct {
		uint8_t code, unit;
		bool is_list;
	} rules[] = {
		{ UL_DHCP4_OPT_MASK, 4, false },
		{ UL_DHCP4_OPT_ROUTER, 4, true },
		{ UL_DHCP4_OPT_DNS, 4, true },
		{ UL_DHCP4_OPT_MTU, 2, false },
		{ UL_DHCP4_OPT_REQ_ADDR, 4, false },
		{ UL_DHCP4_OPT_LEASE, 4, false },
		{ UL_DHCP4_OPT_OVERLOAD, 1, false },
		{ UL_DHCP4_OPT_TYPE, 1, false },
		{ UL_DHCP4_OPT_SERVER_ID, 4, false },
		{ UL_DHCP4_OPT_MAX_SIZE, 2, false },
		{ UL_DHCP4_OPT_T1, 4, false },
		{ UL_DHCP4_OPT_T2, 4, false },
	};
	uint8_t opts[2 + UINT8_MAX + 1];
	struct ul_dhcp4_msg m;

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		size_t unit = rules[i].unit, len = (size_t)_i;
		bool is_right = rules[i].is_list ? len && len % unit == 0 :
						   len == unit;

		memset(opts, 0, sizeof(opts));
		opts[0] = rules[i].code;
		opts[1] = (uint8_t)len;
		opts[2 + len] = END;
		if (is_right)
			ck_assert_int_eq(parse_options(&m, opts, len + 3), 0);
		else
			refuse_options(opts, len + 3);
	}
}
END_TEST

START_TEST(a_length_beyond_the_end_is_refused)
{
	static const uint8_t known[] = { UL_DHCP4_OPT_TYPE, 1, 1, 12, 200, END };
	static const uint8_t unknown[] = { 224, 3, 0, END };
	static const uint8_t bare[] = { 12 };

	refuse_options(known, sizeof(known));
	refuse_options(unknown, sizeof(unknown));
	refuse_options(bare, sizeof(bare));
	refuse_options("", 0);
}
END_TEST

START_TEST(unknown_options_and_pads_are_passed)
{
	static const uint8_t opts[] = {
		0, 224, 2, 9, 9, 0, 0, 82, 0, UL_DHCP4_OPT_TYPE, 1, 3, END, 53,
	};
	struct ul_dhcp4_msg m;

	ck_assert_int_eq(parse_options(&m, opts, sizeof(opts)), 0);
	ck_assert_uint_eq(m.type, UL_DHCP4_REQUEST);
}
END_TEST

START_TEST(pieces_of_an_option_are_joined)
{
	static const uint8_t opts[] = {
		12, 2, 'w', 'e', UL_DHCP4_OPT_CLIENT_ID, 1, 0, 12, 1, 'b',
		UL_DHCP4_OPT_CLIENT_ID, 2, 7, 8, END,
	};
	struct ul_dhcp4_msg m;

	ck_assert_int_eq(parse_options(&m, opts, sizeof(opts)), 0);
	ck_assert_str_eq(m.hostname, "web");
	ck_assert_uint_eq(m.client_id_len, 3);
	ck_assert_mem_eq(m.client_id, "\0\7\10", 3);
}
END_TEST

START_TEST(joined_options_are_bounded)
{
	static const uint8_t codes[] = {
		UL_DHCP4_OPT_HOSTNAME, UL_DHCP4_OPT_DOMAIN,
		UL_DHCP4_OPT_CLIENT_ID, UL_DHCP4_OPT_PARAMS,
	};
	uint8_t opts[2 + 255 + 3 + 1];
	struct ul_dhcp4_msg m;

	memset(opts, 'x', sizeof(opts));
	opts[0] = opts[257] = codes[_i];
	opts[1] = 255;
	opts[258] = 1;
	opts[260] = END;
	refuse_options(opts, sizeof(opts));
	opts[258] = 0;
	opts[259] = END;
	ck_assert_int_eq(parse_options(&m, opts, sizeof(opts)), 0);
}
END_TEST

START_TEST(text_ends_at_a_nul)
{
	static const uint8_t opts[] = { 12, 5, 'v', 'm', 0, 'x', 'y', END };
	static const char zero[UL_DHCP4_TEXT_MAX - 2];
	struct ul_dhcp4_msg m;

	ck_assert_int_eq(parse_options(&m, opts, sizeof(opts)), 0);
	ck_assert_str_eq(m.hostname, "vm");
	ck_assert_mem_eq(m.hostname + 3, zero, sizeof(zero));
}
END_TEST

START_TEST(lists_keep_what_fits)
{
	uint8_t opts[2 + 252 + 1] = { UL_DHCP4_OPT_DNS, 252 };
	struct ul_dhcp4_msg m;

	opts[254] = END;
	ck_assert_int_eq(parse_options(&m, opts, sizeof(opts)), 0);
	ck_assert_uint_eq(m.dns_count, UL_DHCP4_DNS_MAX);
	opts[0] = UL_DHCP4_OPT_ROUTER;
	ck_assert_int_eq(parse_options(&m, opts, sizeof(opts)), 0);
	ck_assert_uint_eq(m.router_count, UL_DHCP4_ROUTERS_MAX);
}
END_TEST

/* @overload in the options; a hostname in file and one more piece in sname. */
static int parse_overload(struct ul_dhcp4_msg *m, uint8_t overload,
			  uint8_t sname_end)
{
	const uint8_t opts[] = { UL_DHCP4_OPT_OVERLOAD, 1, overload, END };
	const uint8_t file[] = { 12, 1, 'f', UL_DHCP4_OPT_OVERLOAD, 1, 3, END };
	const uint8_t sname[] = { 12, 1, 's', sname_end };
	struct ul_dhcp4_msg d = discover();
	uint8_t buf[BUF_LEN];

	emit(buf, &d);
	memcpy(buf + SNAME_OFF, sname, sizeof(sname));
	memcpy(buf + FILE_OFF, file, sizeof(file));
	memcpy(buf + FIXED_LEN, opts, sizeof(opts));
	return ul_dhcp4_parse(m, buf, FIXED_LEN + sizeof(opts));
}

START_TEST(options_go_on_in_other_fields)
{
	static const char *const names[] = { "", "f", "s", "fs", "" };
	struct ul_dhcp4_msg m;

	ck_assert_int_eq(parse_overload(&m, (uint8_t)_i, END), 0);
	ck_assert_str_eq(m.hostname, names[_i]);
}
END_TEST

START_TEST(other_fields_need_their_end)
{
	struct ul_dhcp4_msg m;

	poison(&m);
	ck_assert_int_eq(parse_overload(&m, 2, 0), -EBADMSG);
	ck_assert(is_poisoned(&m));
}
END_TEST

START_TEST(wanted_options_are_found)
{
	struct ul_dhcp4_msg m = full();

	ck_assert(ul_dhcp4_wants(&m, 1));
	ck_assert(ul_dhcp4_wants(&m, 0));
	ck_assert(!ul_dhcp4_wants(&m, 26));
	m.params_len = 1;
	ck_assert(!ul_dhcp4_wants(&m, 3));
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	int rc;
	const char *fqdn;
} names[] = {
	{ "\x51\x08\x00\x00\x00web.x\xff", 11, 0, "web.x" },
	{ "\x51\x07\x04\x00\x00\x03web\xff", 10, 0, "web" },
	{ "\x51\x0a\x04\x00\x00\x03web\x01x\x00\xff", 13, 0, "web.x" },
	{ "\x51\x07\x04\x00\x00\x3fweb\xff", 10, 0, "" },
	{ "\x51\x05\x04\x00\x00\xc0\x0c\xff", 8, 0, "" },
	{ "\x51\x03\x04\x00\x00\xff", 6, 0, "" },
	{ "\x51\x02\x04\x00\xff", 5, -EBADMSG, NULL },
};

START_TEST(full_names_are_read)
{
	struct ul_dhcp4_msg m;

	ck_assert_int_eq(parse_options(&m, names[_i].bytes, names[_i].len),
			 names[_i].rc);
	if (names[_i].rc)
		return;
	ck_assert(m.has_fqdn);
	ck_assert_str_eq(m.fqdn, names[_i].fqdn);
}
END_TEST

START_TEST(odd_routes_end_the_list)
{
	static const uint8_t wide[] = { 121, 7, 33, 1, 2, 3, 4, 5, 6, END };
	static const uint8_t cut[] = { 121, 8, 0, 1, 2, 3, 4, 24, 9, 9, END };
	struct ul_dhcp4_msg m;

	ck_assert_int_eq(parse_options(&m, wide, sizeof(wide)), 0);
	ck_assert_uint_eq(m.route_count, 0);
	ck_assert_int_eq(parse_options(&m, cut, sizeof(cut)), 0);
	ck_assert_uint_eq(m.route_count, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp4");
	TCase *tc = tcase_create("dhcp4");

	tcase_add_loop_test(tc, full_names_are_read, 0,
			    sizeof(names) / sizeof(*names));
	tcase_add_test(tc, odd_routes_end_the_list);
	tcase_add_test(tc, full_message_survives_a_round_trip);
	tcase_add_test(tc, absent_is_zero);
	tcase_add_test(tc, longest_fields_survive_a_round_trip);
	tcase_add_test(tc, every_truncation_is_refused);
	tcase_add_test(tc, every_short_buffer_is_said);
	tcase_add_loop_test(tc, wrong_kinds_are_refused, 0, 7);
	tcase_add_loop_test(tc, wrong_lengths_are_refused, 0, 256);
	tcase_add_test(tc, a_length_beyond_the_end_is_refused);
	tcase_add_test(tc, unknown_options_and_pads_are_passed);
	tcase_add_test(tc, pieces_of_an_option_are_joined);
	tcase_add_loop_test(tc, joined_options_are_bounded, 0, 4);
	tcase_add_test(tc, text_ends_at_a_nul);
	tcase_add_test(tc, lists_keep_what_fits);
	tcase_add_loop_test(tc, options_go_on_in_other_fields, 0, 5);
	tcase_add_test(tc, other_fields_need_their_end);
	tcase_add_test(tc, wanted_options_are_found);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
