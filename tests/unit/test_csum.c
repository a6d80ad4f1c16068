/* SPDX-License-Identifier: BSD-3-Clause */
/* test_csum.c - the Internet checksum against a plain reference */
#include "base/csum.h"

#include "harness.h"

#define ALIGNMENTS 64
#define LEN_MAX 70000
#define DENSE_MAX 2048		/* each length up to here */
#define STRIDE 61

static const struct {
	const char *name;
	uint32_t (*add)(uint32_t sum, const void *p, size_t len);
} ways[] = {
	{ "chosen", ul_csum_add },
	{ "words", ul_csum_add_words },
	{ "vector", ul_csum_add_vector },
};

#define NWAYS (sizeof(ways) / sizeof(*ways))

static uint8_t *data;		/* aligned, for LEN_MAX at any alignment */

static void setup(void)
{
	uint32_t x = 1;

	data = aligned_alloc(ALIGNMENTS, 70144);
	for (size_t i = 0; i < 70144; i++) {
		x = x * 1664525 + 1013904223;
		data[i] = (uint8_t)(x >> 24);
	}
}

static void teardown(void)
{
	free(data);
}

/* Fold to 16 bits; the two zeros of one's complement are one. */
static uint16_t canon(uint64_t sum)
{
	return (uint16_t)(sum % 0xffff);
}

static bool is_sampled(size_t len)
{
	return len <= DENSE_MAX || len % STRIDE == 0 || len > LEN_MAX - 64 ||
	       (len > 65472 && len < 65600);
}

static void check_each_way(uint32_t start, const void *p, size_t len,
			   uint16_t want)
{
	for (size_t i = 0; i < NWAYS; i++)
		ck_assert_msg(canon(ways[i].add(start, p, len)) == want,
			      "%s: length %zu from %#x", ways[i].name, len,
			      start);
}

/* The reference grows with the length: each byte is added once. */
static void check_all_lengths(const uint8_t *p)
{
	uint64_t sum = 0;

	for (size_t len = 0; len <= LEN_MAX; len++) {
		if (is_sampled(len))
			check_each_way(0, p, len, canon(sum));
		sum += len % 2 ? p[len] : (uint64_t)p[len] << 8;
	}
}

START_TEST(every_alignment_and_length_agrees)
{
	check_all_lengths(data + _i);
}
END_TEST

START_TEST(no_carry_is_lost)
{
	memset(data, 0xff, 70144);
	check_all_lengths(data + _i);
}
END_TEST

/* Where a read past the end or the start would be seen. */
START_TEST(only_the_bytes_given_are_read)
{
	uint8_t *exact = exact_copy(data, (size_t)_i);

	check_each_way(0, exact, (size_t)_i,
		       canon(ul_csum_add_plain(0, exact, (size_t)_i)));
	free(exact);
}
END_TEST

START_TEST(sums_go_on_from_any_start)
{
	static const uint32_t starts[] = {
		1, 0xffff, 0x10000, 0xfffffffe, 0xffffffff,
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		for (size_t len = 0; len < 600; len++)
			check_each_way(starts[i], data, len,
				       canon(ul_csum_add_plain(starts[i], data,
							       len)));
}
END_TEST

START_TEST(parts_of_even_length_add_up)
{
	uint32_t whole = ul_csum_add(0, data, 1501);
	uint32_t parts = ul_csum_add(0, data, 300);

	parts = ul_csum_add(parts, data + 300, 1000);
	parts = ul_csum_add(parts, data + 1300, 201);
	ck_assert_uint_eq(ul_csum_fold(parts), ul_csum_fold(whole));
}
END_TEST

/* RFC 1071 3: 0001 f203 f4f5 f6f7 add up to ddf2. */
START_TEST(the_standards_example_holds)
{
	static const uint8_t example[] = {
		0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7,
	};

	ck_assert_uint_eq(ul_csum_fold(ul_csum_add(0, example, 8)), 0x220d);
}
END_TEST

START_TEST(correct_data_folds_to_zero)
{
	uint16_t sum;

	data[0] = data[1] = 0;
	sum = ul_csum_fold(ul_csum_add(0, data, 1500));
	data[0] = (uint8_t)(sum >> 8);
	data[1] = (uint8_t)sum;
	ck_assert_uint_eq(ul_csum_fold(ul_csum_add(0, data, 1500)), 0);
}
END_TEST

/* The pseudo-header as bytes, of @n bytes of address. */
static uint32_t pseudo_by_bytes(const struct ul_addr *src,
				const struct ul_addr *dst, uint8_t proto,
				uint32_t len)
{
	uint8_t head[40] = { 0 };
	size_t n;
	const uint8_t *a = ul_addr_bytes(src, &n);

	memcpy(head, a, n);
	memcpy(head + n, ul_addr_bytes(dst, &n), n);
	for (int i = 0; i < 4; i++)
		head[2 * n + i] = (uint8_t)(len >> (24 - 8 * i));
	head[2 * n + 7] = proto;
	return ul_csum_add_plain(0, head, 2 * n + 8);
}

START_TEST(pseudo_headers_are_as_the_standards_say)
{
	static const char *const ends[][2] = {
		{ "10.0.2.15", "255.255.255.255" },
		{ "fd00::15", "ffff:ffff::ffff" },
	};
	static const uint32_t lens[] = { 0, 8, 65535, 65536, 0x12345678 };
	struct ul_addr src, dst;

	ul_addr_parse(&src, ends[_i][0]);
	ul_addr_parse(&dst, ends[_i][1]);
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++)
		ck_assert_uint_eq(
			canon(ul_csum_pseudo(&src, &dst, 17, lens[i])),
			canon(pseudo_by_bytes(&src, &dst, 17, lens[i])));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("csum");
	TCase *tc = tcase_create("csum");

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, every_alignment_and_length_agrees, 0,
			    ALIGNMENTS);
	tcase_add_loop_test(tc, no_carry_is_lost, 0, 2);
	tcase_add_loop_test(tc, only_the_bytes_given_are_read, 0, 600);
	tcase_add_test(tc, sums_go_on_from_any_start);
	tcase_add_test(tc, parts_of_even_length_add_up);
	tcase_add_test(tc, the_standards_example_holds);
	tcase_add_test(tc, correct_data_folds_to_zero);
	tcase_add_loop_test(tc, pseudo_headers_are_as_the_standards_say, 0, 2);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
