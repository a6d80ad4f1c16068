/* SPDX-License-Identifier: BSD-3-Clause */
/* test_vhost_msg.c - messages of vhost-user */
#include "wire/vhost_msg.h"

#include <errno.h>

#include "harness.h"
#include "unit/poison.h"

static const struct ul_vhost_msg messages[] = {
	{ .request = UL_VHOST_GET_FEATURES },
	{ .request = UL_VHOST_SET_FEATURES, .wants_reply = true,
	  .body = UL_VHOST_BODY_U64, .u64 = 0x1122334455667788 },
	{ .request = UL_VHOST_SET_VRING_NUM, .body = UL_VHOST_BODY_VRING,
	  .vring = { 1, 256 } },
	{ .request = UL_VHOST_SET_VRING_ADDR, .body = UL_VHOST_BODY_ADDR,
	  .addr = { 1, UL_VHOST_ADDR_LOGS, 0x7f0000001000, 0x7f0000002000,
		    0x7f0000003000, 0x3000 } },
	{ .request = UL_VHOST_SET_MEM_TABLE, .body = UL_VHOST_BODY_TABLE,
	  .table = { 2, { { 0, 0xa0000, 0x7f0000000000, 0 },
			  { 0xc0000, 0x1000000, 0x7f00000c0000, 0xc0000 } } } },
	{ .request = UL_VHOST_SET_MEM_TABLE, .body = UL_VHOST_BODY_TABLE },
	{ .request = UL_VHOST_ADD_MEM_REG, .body = UL_VHOST_BODY_REGION,
	  .region = { 1, 2, 3, 4 } },
	{ .request = UL_VHOST_SET_LOG_BASE, .body = UL_VHOST_BODY_LOG,
	  .log = { 0x8000, 0x1000 } },
	{ .request = UL_VHOST_GET_INFLIGHT_FD, .body = UL_VHOST_BODY_INFLIGHT,
	  .inflight = { 0x2000, 0, 2, 256 } },
};
#define MESSAGES ((int)(sizeof(messages) / sizeof(messages[0])))

static size_t emit(uint8_t buf[UL_VHOST_MSG_MAX], const struct ul_vhost_msg *m)
{
	struct ul_wr w = ul_wr_new(buf, UL_VHOST_MSG_MAX);

	ul_vhost_msg_emit(&w, m);
	ck_assert(!w.bad);
	return w.len;
}

static void check_refused(const uint8_t *bytes, size_t len, int result)
{
	uint8_t *cut = exact_copy(bytes, len);
	struct ul_rd r = ul_rd_new(cut, len);
	struct ul_vhost_msg out;

	poison(&out);
	ck_assert_int_eq(ul_vhost_msg_parse(&out, &r), result);
	ck_assert(is_poisoned(&out));
	ck_assert_uint_eq(r.left, len);
	free(cut);
}

START_TEST(parse_undoes_emit_and_no_less_will_do)
{
	uint8_t buf[UL_VHOST_MSG_MAX], again[UL_VHOST_MSG_MAX];
	size_t len = emit(buf, &messages[_i]), payload;
	struct ul_rd r = ul_rd_new(buf, len);
	struct ul_vhost_msg out;

	for (size_t cut = 0; cut < len; cut++)
		check_refused(buf, cut, -EBADMSG);
	ck_assert_int_eq(ul_vhost_msg_len(&payload, buf), 0);
	ck_assert_uint_eq(payload, len - UL_VHOST_HLEN);
	ck_assert_int_eq(ul_vhost_msg_parse(&out, &r), 0);
	ck_assert_uint_eq(r.left, 0);
	ck_assert_int_eq(out.request, messages[_i].request);
	ck_assert_uint_eq(emit(again, &out), len);
	ck_assert_mem_eq(again, buf, len);
}
END_TEST

static const struct {
	uint32_t word[4];
	unsigned int words;
	int result;
} refused[] = {
	{ { UL_VHOST_GET_FEATURES, 0, 0 }, 3, -EBADMSG },	/* version */
	{ { UL_VHOST_GET_FEATURES, 2, 0 }, 3, -EBADMSG },
	{ { UL_VHOST_GET_FEATURES, 5, 0 }, 3, -EBADMSG },	/* a reply */
	{ { UL_VHOST_GET_FEATURES, 1, 4 }, 3, -EBADMSG },
	{ { UL_VHOST_GET_FEATURES, 1, 4, 0 }, 4, -EBADMSG },	/* too long */
	{ { UL_VHOST_SET_FEATURES, 1, 4, 0 }, 4, -EBADMSG },	/* too short */
	{ { UL_VHOST_NONE, 1, 0 }, 3, -EOPNOTSUPP },
	{ { 28, 1, 0 }, 3, -EOPNOTSUPP },
	{ { UL_VHOST_REQUESTS, 1, 0 }, 3, -EOPNOTSUPP },
	{ { UINT32_MAX, 1, 0 }, 3, -EOPNOTSUPP },
};
#define REFUSED ((int)(sizeof(refused) / sizeof(refused[0])))

START_TEST(nonsense_is_refused)
{
	check_refused((const uint8_t *)refused[_i].word,
		      refused[_i].words * 4, refused[_i].result);
}
END_TEST

START_TEST(a_table_of_too_many_regions_is_refused)
{
	uint8_t buf[UL_VHOST_MSG_MAX];
	size_t len = emit(buf, &messages[4]);
	uint32_t count = 1;

	memcpy(buf + UL_VHOST_HLEN, &count, 4);
	check_refused(buf, len, -EBADMSG);
	count = 3;
	memcpy(buf + UL_VHOST_HLEN, &count, 4);
	check_refused(buf, len, -EBADMSG);
	count = UINT32_MAX;
	memcpy(buf + UL_VHOST_HLEN, &count, 4);
	check_refused(buf, len, -EBADMSG);
}
END_TEST

START_TEST(a_length_is_limited)
{
	uint32_t word[3] = { 1, 1, UL_VHOST_PAYLOAD_MAX };
	size_t len = 77;

	ck_assert_int_eq(ul_vhost_msg_len(&len, (uint8_t *)word), 0);
	ck_assert_uint_eq(len, UL_VHOST_PAYLOAD_MAX);
	word[2]++;
	ck_assert_int_eq(ul_vhost_msg_len(&len, (uint8_t *)word), -EMSGSIZE);
	word[1] = 2;
	ck_assert_int_eq(ul_vhost_msg_len(&len, (uint8_t *)word), -EBADMSG);
	ck_assert_uint_eq(len, UL_VHOST_PAYLOAD_MAX);
}
END_TEST

/* Some send the structure as their compiler pads it, some do not. */
START_TEST(padding_of_inflight_may_be_missing)
{
	uint8_t buf[UL_VHOST_MSG_MAX];
	size_t len = emit(buf, &messages[8]);
	uint32_t payload = 20;
	struct ul_vhost_msg out;
	struct ul_rd r;

	memcpy(buf + 8, &payload, 4);
	r = ul_rd_new(buf, len - 4);
	ck_assert_int_eq(ul_vhost_msg_parse(&out, &r), 0);
	ck_assert_uint_eq(out.inflight.queue_size, 256);
	payload = 22;
	memcpy(buf + 8, &payload, 4);
	check_refused(buf, len - 2, -EBADMSG);
}
END_TEST

static const struct {
	struct ul_vhost_msg msg;
	unsigned int min, max;
} fds[] = {
	{ { .request = UL_VHOST_SET_OWNER }, 0, 0 },
	{ { .request = UL_VHOST_ADD_MEM_REG }, 1, 1 },
	{ { .request = UL_VHOST_SET_LOG_BASE }, 0, 1 },
	{ { .request = UL_VHOST_SET_VRING_KICK, .u64 = 1 }, 1, 1 },
	{ { .request = UL_VHOST_SET_VRING_CALL, .u64 = 0x101 }, 0, 0 },
	{ { .request = UL_VHOST_SET_MEM_TABLE, .table = { .count = 3 } },
	  3, 3 },
};
#define FDS ((int)(sizeof(fds) / sizeof(fds[0])))

START_TEST(descriptors_are_as_many_as_the_request_has)
{
	for (unsigned int n = 0; n <= UL_VHOST_FDS_MAX + 1; n++)
		ck_assert_int_eq(ul_vhost_msg_takes_fds(&fds[_i].msg, n),
				 n >= fds[_i].min && n <= fds[_i].max);
}
END_TEST

START_TEST(names_are_those_of_the_specification)
{
	ck_assert_str_eq(ul_vhost_msg_name(5), "SET_MEM_TABLE");
	ck_assert_str_eq(ul_vhost_msg_name(38), "REM_MEM_REG");
	ck_assert_str_eq(ul_vhost_msg_name(0), "request");
	ck_assert_str_eq(ul_vhost_msg_name(UINT32_MAX), "request");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vhost_msg");
	TCase *tc = tcase_create("vhost_msg");

	tcase_add_loop_test(tc, parse_undoes_emit_and_no_less_will_do, 0,
			    MESSAGES);
	tcase_add_loop_test(tc, nonsense_is_refused, 0, REFUSED);
	tcase_add_test(tc, a_table_of_too_many_regions_is_refused);
	tcase_add_test(tc, a_length_is_limited);
	tcase_add_test(tc, padding_of_inflight_may_be_missing);
	tcase_add_loop_test(tc, descriptors_are_as_many_as_the_request_has, 0,
			    FDS);
	tcase_add_test(tc, names_are_those_of_the_specification);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
