/* SPDX-License-Identifier: BSD-3-Clause */
/* test_slirp_state.c - a machine's saved state: leases, connections, bad bytes */
#include "qemu-glue/state.h"

#include <errno.h>
#include <stdbool.h>

#include "base/cursor.h"
#include "harness.h"

#define CONTROL_BLOCK 119
#define CONN_LEN(ring) (1 + 4 + 8 + 8 + 7 + 2 * (16 + (ring)) + CONTROL_BLOCK)

static const struct ul_slirp_state two_leases = {
	.ip_id = 0x1234,
	.leases = {
		[0] = { 1, { 0x52, 0x54, 0, 0x12, 0x34, 0x56 } },
		[15] = { 0xffff, { 2, 0, 0, 0, 0, 1 } },
	},
};

struct bytes {
	struct ul_rd r;
	struct ul_wr w;
	unsigned int writes;
};

static ssize_t put(const void *buf, size_t len, void *arg)
{
	struct bytes *out = arg;

	ul_wr_bytes(&out->w, buf, len);
	out->writes++;
	return out->w.bad ? -1 : (ssize_t)len;
}

static ssize_t get(void *buf, size_t len, void *arg)
{
	struct bytes *in = arg;
	size_t n = len < in->r.left ? len : in->r.left;

	ul_rd_bytes(&in->r, buf, n);
	return (ssize_t)n;
}

static size_t save(const struct ul_slirp_state *state, uint8_t *buf, size_t cap)
{
	struct bytes out = { .w = ul_wr_new(buf, cap) };

	ck_assert_int_eq(ul_slirp_state_save(state, put, &out), 0);
	return out.w.len;
}

/* Load the @len bytes at @buf; *left is how many were not read. */
static int load(struct ul_slirp_state *state, int version, const void *buf,
		size_t len, size_t *left)
{
	uint8_t *exact = exact_copy(buf, len);
	struct bytes in = { .r = ul_rd_new(exact, len) };
	int rc = ul_slirp_state_load(state, version, get, &in);

	*left = in.r.left;
	free(exact);
	return rc;
}

static void ring(struct ul_wr *w, uint32_t used, uint32_t size, uint32_t at)
{
	ul_wr_u32(w, used);
	ul_wr_u32(w, size);
	ul_wr_u32(w, at);
	ul_wr_u32(w, 0);
	ul_wr_zero(w, size);
}

static void addr(struct ul_wr *w, uint16_t family)
{
	ul_wr_u16(w, family);
	if (family == 2)
		ul_wr_zero(w, 6);
}

static void conn(struct ul_wr *w, uint16_t family, uint32_t size)
{
	ul_wr_u8(w, 42);
	ul_wr_u32(w, 0);
	addr(w, family);
	addr(w, 2);
	ul_wr_zero(w, 7);
	ring(w, size / 2, size, 0);
	ring(w, 0, size, size - 1);
	ul_wr_zero(w, CONTROL_BLOCK);
}

START_TEST(at_rest_it_is_131_zeros)
{
	static const struct ul_slirp_state rest;
	uint8_t buf[200], zeros[131] = { 0 };

	ck_assert_uint_eq(save(&rest, buf, sizeof(buf)), 131);
	ck_assert_mem_eq(buf, zeros, 131);
}
END_TEST

START_TEST(each_field_has_its_place)
{
	static const uint8_t first[] = {
		0, 0x12, 0x34, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56,
	};
	static const uint8_t last[] = { 0xff, 0xff, 2, 0, 0, 0, 0, 1 };
	uint8_t buf[UL_SLIRP_STATE_LEN];

	save(&two_leases, buf, sizeof(buf));
	ck_assert_mem_eq(buf, first, sizeof(first));
	ck_assert_mem_eq(buf + 131 - 8, last, sizeof(last));
}
END_TEST

START_TEST(what_was_saved_comes_back)
{
	struct ul_slirp_state state = { .conns_lost = 7 };
	uint8_t buf[UL_SLIRP_STATE_LEN + 3] = { 0 };
	size_t left;

	save(&two_leases, buf, UL_SLIRP_STATE_LEN);
	ck_assert_int_eq(load(&state, 4, buf, sizeof(buf), &left), 0);
	ck_assert_uint_eq(left, 3);	/* the host's own, behind it */
	ck_assert_mem_eq(&state, &two_leases, sizeof(state));
}
END_TEST

START_TEST(each_truncation_is_refused)
{
	uint8_t buf[CONN_LEN(40) + UL_SLIRP_STATE_LEN];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_slirp_state state = { .ip_id = 77 };
	size_t left;

	conn(&w, 2, 40);
	ul_wr_take(&w, save(&two_leases, buf + w.len, UL_SLIRP_STATE_LEN));
	ck_assert(!w.bad);
	for (size_t len = 0; len < sizeof(buf); len++) {
		ck_assert_int_eq(load(&state, 4, buf, len, &left), -EIO);
		ck_assert_uint_eq(state.ip_id, 77);
	}
	ck_assert_int_eq(load(&state, 4, buf, sizeof(buf), &left), 0);
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(state.conns_lost, 1);
	ck_assert_uint_eq(state.ip_id, 0x1234);
}
END_TEST

START_TEST(a_writer_that_fails_is_told)
{
	uint8_t buf[UL_SLIRP_STATE_LEN - 1];
	struct bytes out = { .w = ul_wr_new(buf, sizeof(buf)) };

	ck_assert_int_eq(ul_slirp_state_save(&two_leases, put, &out), -EIO);
}
END_TEST

/* The families of other systems carry no address, unknown ones are refused. */
START_TEST(families_are_known)
{
	static const struct {
		uint16_t family;
		int rc;
	} row[] = {
		{ 2, 0 }, { 10, 0 }, { 23, 0 }, { 28, 0 },
		{ 0, -EINVAL }, { 1, -EINVAL }, { 0xffff, -EINVAL },
	};
	uint8_t buf[CONN_LEN(64) + UL_SLIRP_STATE_LEN];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_slirp_state state;
	size_t left;

	conn(&w, row[_i].family, 64);
	ul_wr_take(&w, save(&two_leases, buf + w.len, UL_SLIRP_STATE_LEN));
	ck_assert(!w.bad);
	ck_assert_int_eq(load(&state, 4, buf, w.len, &left), row[_i].rc);
	ck_assert(row[_i].rc < 0 || left == 0);
}
END_TEST

START_TEST(rings_that_lie_are_refused)
{
	static const struct {
		uint32_t used, size, at;
	} row[] = {
		{ 0, 0, 0 }, { 65, 64, 0 }, { 0, 64, 64 },
		{ 0, UL_SLIRP_STATE_BUF_MAX + 1, 0 }, { 0, UINT32_MAX, 0 },
	};
	uint8_t buf[512] = { 0 };
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_slirp_state state = { .ip_id = 77 };
	size_t left;

	ul_wr_u8(&w, 42);
	ul_wr_zero(&w, 4);
	addr(&w, 2);
	addr(&w, 2);
	ul_wr_zero(&w, 7);
	ul_wr_u32(&w, row[_i].used);
	ul_wr_u32(&w, row[_i].size);
	ul_wr_u32(&w, row[_i].at);
	ck_assert_int_eq(load(&state, 4, buf, sizeof(buf), &left), -EINVAL);
	ck_assert_uint_eq(state.ip_id, 77);
}
END_TEST

/* A stream that never ends its connections, as a callback may give it. */
static ssize_t get_forever(void *buf, size_t len, void *arg)
{
	struct bytes *in = arg;

	if (in->r.left == 0)
		in->r = ul_rd_new(in->w.start, in->w.len);
	ck_assert_uint_le(len, in->r.left);
	in->writes++;
	return get(buf, len, arg);
}

START_TEST(connections_have_an_end)
{
	uint8_t buf[CONN_LEN(40)];
	struct bytes in = { .w = ul_wr_new(buf, sizeof(buf)) };
	struct ul_slirp_state state;

	conn(&in.w, 2, 40);
	ck_assert_int_eq(ul_slirp_state_load(&state, 4, get_forever, &in),
			 -EINVAL);
	ck_assert_uint_le(in.writes, UL_SLIRP_STATE_CONNS_MAX * 20);
}
END_TEST

START_TEST(older_versions_say_less)
{
	static const size_t len[] = { 1, 1, 3, 131, 131 };
	struct ul_slirp_state state = { .ip_id = 77 };
	uint8_t buf[UL_SLIRP_STATE_LEN];
	size_t left;

	save(&two_leases, buf, sizeof(buf));
	ck_assert_int_eq(load(&state, _i, buf, sizeof(buf), &left), 0);
	ck_assert_uint_eq(sizeof(buf) - left, len[_i]);
	ck_assert_uint_eq(state.ip_id, _i < 2 ? 0 : 0x1234);
	ck_assert_uint_eq(state.leases[0].taken, _i < 3 ? 0 : 1);
}
END_TEST

START_TEST(an_older_connection_is_read_over)
{
	uint8_t buf[1 + 16 + 7 + 2 * (16 + 8) + CONTROL_BLOCK +
		    UL_SLIRP_STATE_LEN];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_slirp_state state;
	size_t left;

	ul_wr_u8(&w, 42);
	ul_wr_zero(&w, 16 + 7);
	ring(&w, 0, 8, 0);
	ring(&w, 8, 8, 7);
	ul_wr_zero(&w, CONTROL_BLOCK);
	ul_wr_take(&w, save(&two_leases, buf + w.len, UL_SLIRP_STATE_LEN));
	ck_assert(!w.bad);
	ck_assert_int_eq(load(&state, 3, buf, sizeof(buf), &left), 0);
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(state.leases[15].mac[5], 1);
}
END_TEST

START_TEST(other_versions_are_refused)
{
	struct ul_slirp_state state;
	uint8_t buf[UL_SLIRP_STATE_LEN] = { 0 };
	size_t left;

	ck_assert_int_eq(load(&state, 5, buf, sizeof(buf), &left), -EINVAL);
	ck_assert_int_eq(load(&state, -1, buf, sizeof(buf), &left), -EINVAL);
	ck_assert_uint_eq(left, sizeof(buf));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slirp_state");
	TCase *tc = tcase_create("all");

	tcase_add_test(tc, at_rest_it_is_131_zeros);
	tcase_add_test(tc, each_field_has_its_place);
	tcase_add_test(tc, what_was_saved_comes_back);
	tcase_add_test(tc, each_truncation_is_refused);
	tcase_add_test(tc, a_writer_that_fails_is_told);
	tcase_add_loop_test(tc, families_are_known, 0, 7);
	tcase_add_loop_test(tc, rings_that_lie_are_refused, 0, 5);
	tcase_add_test(tc, connections_have_an_end);
	tcase_add_loop_test(tc, older_versions_say_less, 0, 5);
	tcase_add_test(tc, an_older_connection_is_read_over);
	tcase_add_test(tc, other_versions_are_refused);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
