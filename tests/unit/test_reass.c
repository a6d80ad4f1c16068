/* SPDX-License-Identifier: BSD-3-Clause */
/* test_reass.c - whatever order fragments come in, the datagram is itself */
#include <errno.h>
#include <stdio.h>

#include "base/csum.h"
#include "flow/reass.h"
#include "harness.h"

#define SEED 20261121u
#define LENGTH_MAX 65515

static struct ul_loop *loop;
static struct ul_reass *reass;
static int64_t clock_us;
static int port_a, port_b;

/* What the last time-out said. */
static unsigned int timeouts;
static struct ul_frag timed_out;
static uint8_t timed_out_bytes[2048];

static int64_t fake_clock(void *arg)
{
	return clock_us;
}

static void on_timeout(const struct ul_frag *first, void *arg)
{
	timeouts++;
	timed_out = *first;
	if (first->data) {
		ck_assert_ptr_eq(first->header + first->header_len,
				 first->data);
		memcpy(timed_out_bytes, first->header,
		       first->header_len + first->len);
	}
}

static void setup(void)
{
	srand(SEED);
	clock_us = 1000000;
	timeouts = 0;
	loop = ul_loop_new();
	ck_assert_ptr_nonnull(loop);
	ul_loop_set_clock(loop, fake_clock, NULL);
	ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
	reass = ul_reass_new(loop, on_timeout, NULL);
}

static void teardown(void)
{
	ul_reass_free(reass);
	ul_loop_free(loop);
}

static void pass(int64_t us)
{
	clock_us += us;
	ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
}

/* A header of @len bytes, as the front parser would hand it over. */
static void make_header(uint8_t *h, bool is_v4, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h[i] = (uint8_t)rand();
	if (is_v4) {
		h[0] = (uint8_t)(0x40 | len / 4);
		return;
	}
	h[0] = 0x60;
	h[6] = len > 40 ? 0 : 44;
	for (size_t at = 40; at < len; at += 8) {
		h[at] = at + 8 < len ? 60 : 44;
		h[at + 1] = 0;
	}
}

static struct ul_frag base_frag(bool is_v4, const uint8_t *header, size_t len)
{
	struct ul_frag f = {
		.port = &port_a,
		.id = 77,
		.proto = 17,
		.header = header,
		.header_len = len,
	};

	if (is_v4) {
		f.src = ul_addr_v4(0x0a00020f);
		f.dst = ul_addr_v4(0x09090909);
	} else {
		f.src.b[0] = 0xfd;
		f.dst.b[0] = 0x20;
	}
	return f;
}

/* Give the fragment in memory of its exact size. */
static int add(struct ul_frag f, uint8_t **out, size_t *len)
{
	uint8_t *header = exact_copy(f.header, f.header_len);
	uint8_t *data = exact_copy(f.data, f.len);
	int rc;

	f.header = header;
	f.data = data;
	rc = ul_reass_add(reass, &f, out, len);
	free(header);
	free(data);
	return rc;
}

static void shuffle(struct ul_frag *f, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t j = (size_t)rand() % i;
		struct ul_frag t = f[i - 1];

		f[i - 1] = f[j];
		f[j] = t;
	}
}

/* Cut @data at random units into at most @max fragments; how many. */
static size_t cut(struct ul_frag *out, size_t max, struct ul_frag base,
		  const uint8_t *data, size_t len)
{
	size_t at = 0, n = 0;

	while (at < len) {
		size_t units = 1 + (size_t)rand() % (2 * len / 8 / max + 1);
		size_t take = n + 1 == max ? len - at : units * 8;

		if (take > len - at)
			take = len - at;
		out[n] = base;
		out[n].offset = (uint16_t)at;
		out[n].data = data + at;
		out[n].len = take;
		at += take;
		out[n++].more = at < len;
	}
	return n;
}

static void check_header(const uint8_t *ip, const uint8_t *was, bool is_v4,
			 size_t header_len, size_t len)
{
	if (is_v4) {
		ck_assert_uint_eq(ip[2] << 8 | ip[3], len);
		ck_assert_uint_eq(ip[6] << 8 | ip[7], 0);
		ck_assert_uint_eq(ul_csum_fold(ul_csum_add(0, ip,
							   header_len)), 0);
		ck_assert_mem_eq(ip + 12, was + 12, header_len - 12);
		return;
	}
	ck_assert_uint_eq(ip[4] << 8 | ip[5], len - 40);
	ck_assert_uint_eq(header_len > 40 ? ip[header_len - 8] : ip[6], 17);
	ck_assert_mem_eq(ip + 7, was + 7, 33);
}

/* Law: any cut in any order, with repetitions, gives the datagram once. */
START_TEST(any_permutation_gives_the_datagram)
{
	static struct ul_frag frag[512];
	bool is_v4 = _i % 2;
	size_t header_len = (size_t)(is_v4 ? 20 + 4 * (rand() % 11) :
					     40 + 8 * (rand() % 5));

	for (int round = 0; round < 20; round++) {
		size_t len = round ? 1 + (size_t)rand() % LENGTH_MAX :
				     LENGTH_MAX;
		uint8_t header[96], *out = NULL;
		uint8_t *data;
		size_t n, out_len = 0;
		int rc = 0;

		if (is_v4 && len > 65535 - header_len)
			len = 65535 - header_len;
		data = malloc(len);
		for (size_t i = 0; i < len; i++)
			data[i] = (uint8_t)rand();
		make_header(header, is_v4, header_len);
		n = cut(frag, 1 + (size_t)rand() % 500,
			base_frag(is_v4, header, header_len), data, len);
		shuffle(frag, n);
		for (size_t i = 0; i < n; i++) {
			ck_assert_int_eq(rc, 0);
			if (i && rand() % 4 == 0) {
				size_t j = (size_t)rand() % i;

				ck_assert_int_eq(add(frag[j], &out, &out_len),
						 0);
			}
			rc = add(frag[i], &out, &out_len);
		}
		ck_assert_int_eq(rc, 1);
		ck_assert_uint_eq(out_len, header_len + len);
		ck_assert_mem_eq(out + header_len, data, len);
		check_header(out, header, is_v4, header_len, out_len);
		free(data);
	}
	pass(61 * 1000000ll);
	ck_assert_uint_eq(timeouts, 0);
}
END_TEST

/* Law: keys that differ in anything never mix. */
START_TEST(different_keys_do_not_mix)
{
	uint8_t header[20], data[16], *out;
	struct ul_frag first, last;
	size_t len;

	make_header(header, true, 20);
	memset(data, 1, sizeof(data));
	first = base_frag(true, header, 20);
	first.data = data;
	first.len = 8;
	first.more = true;
	last = first;
	last.offset = 8;
	last.more = false;
	switch (_i) {
	case 0: last.port = &port_b; break;
	case 1: last.src = ul_addr_v4(0x0a000210); break;
	case 2: last.dst = ul_addr_v4(0x0a000210); break;
	case 3: last.id++; break;
	case 4: last.proto = 1; break;
	}
	ck_assert_int_eq(add(first, &out, &len), 0);
	ck_assert_int_eq(add(last, &out, &len), 0);
	pass(15 * 1000000ll);
	ck_assert_uint_eq(timeouts, 2);
}
END_TEST

/* { offset, len, more } of two fragments that must not live together. */
static const struct {
	uint16_t o1, l1, m1, o2, l2, m2;
} overlaps[] = {
	{ 0, 16, 1, 8, 16, 1 },		/* the second begins inside */
	{ 8, 16, 1, 0, 16, 1 },		/* ends inside */
	{ 8, 8, 1, 0, 32, 1 },		/* covers */
	{ 0, 32, 1, 8, 8, 1 },		/* is covered, other bytes */
	{ 0, 8, 1, 0, 8, 1 },		/* the same place, other bytes */
	{ 8, 8, 0, 16, 8, 1 },		/* behind the end */
	{ 8, 8, 0, 16, 8, 0 },		/* two ends */
	{ 16, 8, 1, 8, 5, 0 },		/* an end before what is there */
	{ 8, 8, 1, 8, 5, 0 },		/* shorter at the same place */
};

START_TEST(overlap_drops_the_datagram)
{
	uint8_t header[20], one[64], two[64], *out;
	struct ul_frag f;
	size_t len;

	make_header(header, true, 20);
	memset(one, 1, sizeof(one));
	memset(two, 2, sizeof(two));
	f = base_frag(true, header, 20);
	f.offset = overlaps[_i].o1;
	f.data = one;
	f.len = overlaps[_i].l1;
	f.more = overlaps[_i].m1;
	ck_assert_int_eq(add(f, &out, &len), 0);
	f.offset = overlaps[_i].o2;
	f.data = two;
	f.len = overlaps[_i].l2;
	f.more = overlaps[_i].m2;
	ck_assert_int_eq(add(f, &out, &len), -EBADMSG);
	pass(61 * 1000000ll);
	ck_assert_uint_eq(timeouts, 0);		/* nothing is left of it */
}
END_TEST

/* Even where the bytes agree: only a whole repetition is harmless. */
START_TEST(partial_overlap_drops_the_datagram)
{
	uint8_t header[20], data[64] = { 0 }, *out;
	struct ul_frag f;
	size_t len;

	make_header(header, true, 20);
	f = base_frag(true, header, 20);
	f.data = data;
	f.len = 16;
	f.more = true;
	ck_assert_int_eq(add(f, &out, &len), 0);
	f.offset = 8;
	ck_assert_int_eq(add(f, &out, &len), -EBADMSG);
	pass(61 * 1000000ll);
	ck_assert_uint_eq(timeouts, 0);
}
END_TEST

START_TEST(impossible_fragments_are_refused)
{
	static uint8_t data[65600];
	uint8_t header[96], *out;
	struct ul_frag f;
	size_t len;
	struct ul_frag bad[8];

	make_header(header, true, 20);
	f = base_frag(true, header, 20);
	f.data = data;
	f.len = 8;
	f.more = true;
	for (size_t i = 0; i < 8; i++)
		bad[i] = f;
	bad[0].len = 7;			/* not the last, not of units */
	bad[1].len = 0;
	bad[2].offset = 65528;		/* 20 + 65528 + 8 > 65535 */
	bad[3].offset = 3;
	bad[4].header_len = 19;
	bad[5].len = 65520;
	bad[6].len = 0;
	bad[6].more = false;
	bad[7].offset = 65512;
	bad[7].len = 4;
	bad[7].more = false;
	for (size_t i = 0; i < 8; i++)
		ck_assert_int_eq(add(bad[i], &out, &len), -EBADMSG);
	pass(61 * 1000000ll);
	ck_assert_uint_eq(timeouts, 0);
}
END_TEST

/* The first fragment's header counts, not that of the longest. */
START_TEST(total_with_a_long_header_is_bounded)
{
	static uint8_t data[65536];
	uint8_t header[60], *out;
	struct ul_frag f;
	size_t len;

	make_header(header, true, 60);
	f = base_frag(true, header, 60);
	f.data = data;
	f.len = 8;
	f.more = true;
	ck_assert_int_eq(add(f, &out, &len), 0);
	f.header_len = 20;
	f.offset = 8;
	f.len = 65507 - 8 + 8;
	f.more = false;
	ck_assert_int_eq(add(f, &out, &len), -EBADMSG);
}
END_TEST

START_TEST(chain_that_does_not_end_is_refused)
{
	uint8_t header[48], data[8] = { 0 }, *out;
	struct ul_frag f;
	size_t len;

	make_header(header, false, 48);
	header[41] = 1;		/* claims 16 bytes where there are 8 */
	f = base_frag(false, header, 48);
	f.data = data;
	f.len = 8;
	ck_assert_int_eq(add(f, &out, &len), -EBADMSG);
	pass(61 * 1000000ll);
	ck_assert_uint_eq(timeouts, 0);
}
END_TEST

START_TEST(timers_are_15_and_60_seconds)
{
	int64_t limit = (_i ? 15 : 60) * 1000000ll;
	uint8_t header[40], data[64], *out;
	struct ul_frag f;
	size_t len;

	make_header(header, _i, _i ? 20 : 40);
	memset(data, 9, sizeof(data));
	f = base_frag(_i, header, _i ? 20 : 40);
	f.data = data;
	f.len = 24;
	f.more = true;
	ck_assert_int_eq(add(f, &out, &len), 0);
	pass(limit / 2);
	f.offset = 32;		/* a later one does not prolong its life */
	ck_assert_int_eq(add(f, &out, &len), 0);
	pass(limit / 2 - 1);
	ck_assert_uint_eq(timeouts, 0);
	pass(1);
	ck_assert_uint_eq(timeouts, 1);
	ck_assert_ptr_nonnull(timed_out.data);
	ck_assert_uint_eq(timed_out.len, 24);
	ck_assert_mem_eq(timed_out_bytes, header, _i ? 20 : 40);
	ck_assert_mem_eq(timed_out_bytes + (_i ? 20 : 40), data, 24);

	f.offset = 8;		/* and without the first there is no quote */
	ck_assert_int_eq(add(f, &out, &len), 0);
	pass(limit);
	ck_assert_uint_eq(timeouts, 2);
	ck_assert_ptr_null(timed_out.data);
}
END_TEST

/* The 65th datagram costs the port its oldest, and only this port. */
START_TEST(datagrams_per_port_are_bounded)
{
	uint8_t header[20], data[8] = { 0 }, *out;
	struct ul_frag f, other;
	size_t len;

	make_header(header, true, 20);
	f = base_frag(true, header, 20);
	f.data = data;
	f.len = 8;
	f.more = true;
	other = f;
	other.port = &port_b;
	ck_assert_int_eq(add(other, &out, &len), 0);
	for (uint32_t i = 0; i < 65; i++) {
		f.id = i;
		ck_assert_int_eq(add(f, &out, &len), 0);
	}
	ck_assert_uint_eq(ul_reass_evicted(reass), 1);
	f.offset = 8;
	f.more = false;
	f.id = 64;
	ck_assert_int_eq(add(f, &out, &len), 1);
	f.id = 1;
	ck_assert_int_eq(add(f, &out, &len), 1);
	f.id = 0;
	ck_assert_int_eq(add(f, &out, &len), 0);	/* pushed out */
	other.offset = 8;
	other.more = false;
	ck_assert_int_eq(add(other, &out, &len), 1);
}
END_TEST

/* 70 datagrams of nearly 64 KiB: the last ones are whole in the end. */
START_TEST(bytes_per_port_are_bounded)
{
	static uint8_t data[60000];
	uint8_t header[20], *out;
	struct ul_frag f;
	size_t len;
	int whole = 0;

	make_header(header, true, 20);
	f = base_frag(true, header, 20);
	f.data = data;
	for (uint32_t i = 0; i < 70; i++) {
		f.id = i;
		f.offset = 8;
		f.len = sizeof(data) - 8;
		f.more = false;
		ck_assert_int_eq(add(f, &out, &len), 0);
	}
	for (uint32_t i = 0; i < 70; i++) {
		f.id = i;
		f.offset = 0;
		f.len = 8;
		f.more = true;
		whole += add(f, &out, &len);
	}
	ck_assert_int_le(whole, 64);
	ck_assert_uint_ge(ul_reass_evicted(reass), 6);
}
END_TEST

START_TEST(port_that_went_away_is_forgotten)
{
	uint8_t header[20], data[8] = { 0 }, *out;
	struct ul_frag f;
	size_t len;

	make_header(header, true, 20);
	f = base_frag(true, header, 20);
	f.data = data;
	f.len = 8;
	f.more = true;
	for (f.id = 0; f.id < 10; f.id++)
		ck_assert_int_eq(add(f, &out, &len), 0);
	f.port = &port_b;
	ck_assert_int_eq(add(f, &out, &len), 0);
	ul_reass_forget_port(reass, &port_a);
	ul_reass_forget_port(reass, &port_a);
	pass(15 * 1000000ll);
	ck_assert_uint_eq(timeouts, 1);
	ck_assert_ptr_eq(timed_out.port, &port_b);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("reass");
	TCase *tc = tcase_create("reass");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, any_permutation_gives_the_datagram, 0, 4);
	tcase_add_loop_test(tc, different_keys_do_not_mix, 0, 5);
	tcase_add_loop_test(tc, overlap_drops_the_datagram, 0,
			    sizeof(overlaps) / sizeof(*overlaps));
	tcase_add_test(tc, partial_overlap_drops_the_datagram);
	tcase_add_test(tc, impossible_fragments_are_refused);
	tcase_add_test(tc, total_with_a_long_header_is_bounded);
	tcase_add_test(tc, chain_that_does_not_end_is_refused);
	tcase_add_loop_test(tc, timers_are_15_and_60_seconds, 0, 2);
	tcase_add_test(tc, datagrams_per_port_are_bounded);
	tcase_add_test(tc, bytes_per_port_are_bounded);
	tcase_add_test(tc, port_that_went_away_is_forgotten);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
