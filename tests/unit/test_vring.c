/* SPDX-License-Identifier: BSD-3-Clause */
/* test_vring.c - virtqueues of both kinds, by the rules and against them */
#include "link/vring.h"

#include <errno.h>
#include <unistd.h>

#include "fake/fake_driver.h"
#include "harness.h"

#define SIZE 8
#define BUFFERS (2u << 20)

static const struct ul_vring_conf confs[] = {
	{ .size = SIZE, .has_indirect = true },
	{ .size = SIZE, .has_indirect = true, .has_event_idx = true },
	{ .size = SIZE, .has_indirect = true, .is_packed = true },
	{ .size = SIZE, .has_indirect = true, .is_packed = true,
	  .has_event_idx = true },
	{ .size = 5, .has_indirect = true, .is_packed = true,
	  .has_event_idx = true },
};
#define CONFS ((int)(sizeof(confs) / sizeof(confs[0])))
#define PACKED 2

static struct fake_mem fake;
static struct ul_guest_mem *mem;
static struct fake_ring ring;
static struct ul_vring vr;
static struct ul_chain chain;

static void start(const struct ul_vring_conf *conf)
{
	int fds[2] = { fake.fd, fake.fd };

	ck_assert_int_eq(ul_guest_mem_set(mem, fake.region, fds, 2), 0);
	fake_ring_init(&ring, &fake, 0, conf);
	ck_assert_int_eq(ul_vring_start(&vr, mem, &ring.conf,
					conf->is_packed ? 0x80008000 : 0), 0);
}

static void setup(void)
{
	fake = fake_mem_new();
	mem = ul_guest_mem_new();
}

static void teardown(void)
{
	ul_guest_mem_free(mem);
	fake_mem_free(&fake);
}

/* A chain of two pieces out and one in, told apart by @tag. */
static uint16_t add(unsigned int tag, bool is_indirect)
{
	struct fake_seg seg[3] = {
		{ BUFFERS, 4, false }, { BUFFERS + 100, tag, false },
		{ BUFFERS + 4096 * tag, 10 + tag, true },
	};

	return is_indirect ? fake_ring_add_indirect(&ring, seg, 3) :
			     fake_ring_add(&ring, seg, 3);
}

static void check_chain(unsigned int tag, uint16_t id)
{
	ck_assert_uint_eq(chain.id, id);
	ck_assert_uint_eq(chain.out_count, 2);
	ck_assert_uint_eq(chain.in_count, 1);
	ck_assert_uint_eq(chain.out_len, 4 + tag);
	ck_assert_uint_eq(chain.in_len, 10 + tag);
	ck_assert_uint_eq(chain.seg[1].iov_len, tag);
	ck_assert_uint_eq(chain.seg[2].iov_len, 10 + tag);
}

/* One, then two, then one and so on: every place of the ring is a border. */
START_TEST(chains_come_and_go_back_in_order)
{
	uint16_t ids[2], id;
	uint32_t len;

	start(&confs[_i]);
	for (unsigned int tag = 1; tag < 300; tag++) {
		unsigned int n = confs[_i].size < 6 ? 1 : 1 + tag % 2;

		for (unsigned int i = 0; i < n; i++)
			ids[i] = add(tag, (tag + i) % 3 == 0);
		for (unsigned int i = 0; i < n; i++) {
			ck_assert_int_eq(ul_vring_pop(&vr, &chain), 1);
			check_chain(tag, ids[i]);
			ul_vring_push(&vr, chain.id, chain.slots, tag + i);
		}
		ck_assert_int_eq(ul_vring_pop(&vr, &chain), 0);
		ck_assert(!fake_ring_used(&ring, &id, &len));
		ul_vring_publish(&vr);
		for (unsigned int i = 0; i < n; i++) {
			ck_assert(fake_ring_used(&ring, &id, &len));
			ck_assert_uint_eq(id, ids[i]);
			ck_assert_uint_eq(len, tag + i);
		}
		ck_assert(!fake_ring_used(&ring, &id, &len));
	}
}
END_TEST

START_TEST(what_was_unpopped_comes_again)
{
	struct ul_vring_mark at;
	uint16_t a, b;

	start(&confs[_i]);
	a = add(1, true);
	b = add(2, true);
	at = ul_vring_tell(&vr);
	ck_assert_int_eq(ul_vring_pop(&vr, &chain), 1);
	ck_assert_int_eq(ul_vring_pop(&vr, &chain), 1);
	ck_assert_int_eq(ul_vring_pop(&vr, &chain), 0);
	ul_vring_seek(&vr, at);
	ck_assert_int_eq(ul_vring_pop(&vr, &chain), 1);
	check_chain(1, a);
	ck_assert_int_eq(ul_vring_pop(&vr, &chain), 1);
	check_chain(2, b);
}
END_TEST

/* Whoever goes on from there misses nothing and sees nothing twice. */
START_TEST(a_ring_goes_on_where_it_was_stopped)
{
	start(&confs[_i]);
	for (unsigned int tag = 1; tag < 100; tag++) {
		uint16_t used_id, id = add(tag, tag % 2);
		uint32_t len, base;

		ck_assert_int_eq(ul_vring_pop(&vr, &chain), 1);
		check_chain(tag, id);
		ul_vring_push(&vr, chain.id, chain.slots, 0);
		ul_vring_publish(&vr);
		ck_assert(fake_ring_used(&ring, &used_id, &len));
		base = ul_vring_base(&vr);
		ul_vring_stop(&vr);
		ck_assert_int_eq(ul_vring_pop(&vr, &chain), 0);
		if (!confs[_i].is_packed)
			ck_assert_uint_eq(base, ul_vring_used_base(&vr));
		/* Some machines keep one half only. */
		if (confs[_i].is_packed && tag % 2)
			base &= 0xffff;
		ck_assert_int_eq(ul_vring_start(&vr, mem, &ring.conf, base),
				 0);
	}
}
END_TEST

START_TEST(calls_are_as_the_driver_wants_them)
{
	uint16_t id;
	uint32_t len;

	start(&confs[_i]);
	for (unsigned int tag = 1; tag < 40; tag++) {
		bool wants = tag % 3 != 0;

		fake_ring_want_calls(&ring, wants);
		add(tag, true);
		ck_assert(!ul_vring_publish(&vr));
		ck_assert_int_eq(ul_vring_pop(&vr, &chain), 1);
		ul_vring_push(&vr, chain.id, chain.slots, 0);
		ck_assert_int_eq(ul_vring_publish(&vr), wants);
		ck_assert(!ul_vring_publish(&vr));
		ck_assert(fake_ring_used(&ring, &id, &len));
	}
}
END_TEST

START_TEST(kicks_come_when_wanted_only)
{
	uint16_t id;
	uint32_t len;

	start(&confs[_i]);
	for (unsigned int tag = 1; tag < 40; tag++) {
		ck_assert(!ul_vring_want_kicks(&vr, ul_vring_tell(&vr)));
		add(tag, true);
		ck_assert(fake_ring_must_kick(&ring));
		ul_vring_refuse_kicks(&vr);
		ck_assert_int_eq(ul_vring_pop(&vr, &chain), 1);
		add(tag, true);
		ck_assert(!fake_ring_must_kick(&ring));
		ul_vring_push(&vr, chain.id, chain.slots, 0);
		/* One came while nobody was told. */
		ck_assert(ul_vring_want_kicks(&vr, ul_vring_tell(&vr)));
		ck_assert_int_eq(ul_vring_pop(&vr, &chain), 1);
		ul_vring_push(&vr, chain.id, chain.slots, 0);
		ul_vring_publish(&vr);
		ck_assert(fake_ring_used(&ring, &id, &len));
		ck_assert(fake_ring_used(&ring, &id, &len));
	}
}
END_TEST

START_TEST(what_is_given_back_is_in_the_log)
{
	struct fake_mem bits = fake_mem_new();
	uint64_t gpa = fake_gpa(confs[_i].is_packed ? ring.desc : ring.device);

	start(&confs[_i]);
	gpa = fake_gpa(confs[_i].is_packed ? ring.desc : ring.device);
	ck_assert_int_eq(ul_guest_mem_log_to(mem, bits.fd, 0, 4096), 0);
	add(1, false);
	ck_assert_int_eq(ul_vring_pop(&vr, &chain), 1);
	ck_assert_uint_eq(bits.data[0], 0);
	ul_vring_push(&vr, chain.id, chain.slots, 0);
	ck_assert_uint_eq(bits.data[gpa / 4096 / 8], 1 << (gpa / 4096 % 8));
	/* The machine copies the page; what comes after is noted again. */
	bits.data[gpa / 4096 / 8] = 0;
	ul_vring_publish(&vr);
	ck_assert_uint_eq(bits.data[gpa / 4096 / 8], 1 << (gpa / 4096 % 8));
	fake_mem_free(&bits);
}
END_TEST

static void check_broken(void)
{
	ck_assert_int_eq(ul_vring_pop(&vr, &chain), -EPROTO);
	ck_assert_int_eq(ul_vring_pop(&vr, &chain), -EPROTO);
	ck_assert(!ul_vring_publish(&vr));
	ck_assert(!ul_vring_want_kicks(&vr, ul_vring_tell(&vr)));
}

/* One or two descriptors at the start of the ring, or of a table. */
static const struct bad {
	uint64_t gpa[2];
	uint32_t len[2];
	uint16_t flags[2], next[2];
	bool fits_packed;
} bad[] = {
	/* Not in memory; across its end; wraps. */
	{ { FAKE_LOW_LEN }, { 1 }, { 0 }, { 0 }, true },
	{ { FAKE_LOW_LEN - 1 }, { 2 }, { 0 }, { 0 }, true },
	{ { UINT64_MAX }, { 2 }, { 0 }, { 0 }, true },
	{ { 0 }, { UINT32_MAX }, { 0 }, { 0 }, true },
	/* Nothing, and nothing behind something. */
	{ { 0 }, { 0 }, { 0 }, { 0 }, true },
	{ { 0, 0 }, { 1, 0 }, { 1, 0 }, { 1, 0 }, true },
	/* To read behind what is to write. */
	{ { 0, 0 }, { 1, 1 }, { 3, 0 }, { 1, 0 }, true },
	/* A loop; beyond the table. */
	{ { 0 }, { 1 }, { 1 }, { 0 }, false },
	{ { 0, 0 }, { 1, 1 }, { 1, 1 }, { 1, 0 }, false },
	{ { 0 }, { 1 }, { 1 }, { SIZE }, false },
	{ { 0 }, { 1 }, { 1 }, { UINT16_MAX }, false },
};
#define BAD ((int)(sizeof(bad) / sizeof(bad[0])))

static void write_bad(const struct bad *b, uint16_t packed_flags)
{
	for (uint16_t i = 0; i < 2; i++)
		fake_ring_desc(&ring, i, b->gpa[i], b->len[i],
			       b->flags[i] | packed_flags, b->next[i]);
}

START_TEST(a_false_chain_breaks_a_split_ring)
{
	start(&confs[0]);
	write_bad(&bad[_i], 0);
	fake_ring_avail(&ring, 0, 0);
	fake_ring_set_avail_idx(&ring, 1);
	check_broken();
}
END_TEST

START_TEST(a_false_chain_breaks_a_packed_ring)
{
	if (!bad[_i].fits_packed)
		return;
	start(&confs[PACKED]);
	write_bad(&bad[_i], 0x80);
	check_broken();
}
END_TEST

/* The same in an indirect table, which lies at the start of @BUFFERS. */
START_TEST(a_false_chain_breaks_a_ring_from_a_table_too)
{
	for (int packed = 0; packed <= bad[_i].fits_packed; packed++) {
		start(&confs[packed ? PACKED : 0]);
		write_bad(&bad[_i], 0);
		memcpy(fake.data + BUFFERS, fake.data + ring.desc, 32);
		fake_ring_desc(&ring, 0, fake_gpa(BUFFERS), 32,
			       packed ? 0x84 : 4, 0);
		fake_ring_avail(&ring, 0, 0);
		if (!packed)
			fake_ring_set_avail_idx(&ring, 1);
		check_broken();
	}
}
END_TEST

static const struct {
	uint32_t len;
	uint16_t flags;
	uint64_t gpa;
} tables[] = {
	{ 0, 4, 0 }, { 8, 4, 0 }, { 33, 4, 0 }, { 16, 5, 0 },
	{ 16 * (UL_CHAIN_SEGS_MAX + 1), 4, 0 }, { 32, 4, FAKE_LOW_LEN - 16 },
	{ UINT32_MAX - 15, 4, 0 }, { 16, 4, UINT64_MAX - 7 },
};
#define TABLES ((int)(sizeof(tables) / sizeof(tables[0])))

START_TEST(a_false_table_breaks_a_ring)
{
	for (int packed = 0; packed < 2; packed++) {
		start(&confs[packed ? PACKED : 0]);
		fake_ring_desc(&ring, 0, tables[_i].gpa, tables[_i].len,
			       tables[_i].flags | (packed ? 0x80 : 0), 1);
		fake_ring_avail(&ring, 0, 0);
		if (!packed)
			fake_ring_set_avail_idx(&ring, 1);
		check_broken();
	}
}
END_TEST

START_TEST(a_table_in_a_table_breaks_a_ring)
{
	for (int packed = 0; packed < 2; packed++) {
		start(&confs[packed ? PACKED : 0]);
		fake_ring_desc(&ring, 0, fake_gpa(BUFFERS), 16, 4, 0);
		memcpy(fake.data + BUFFERS, fake.data + ring.desc, 16);
		fake_ring_desc(&ring, 0, fake_gpa(BUFFERS), 16,
			       packed ? 0x84 : 4, 0);
		if (!packed)
			fake_ring_set_avail_idx(&ring, 1);
		check_broken();
	}
}
END_TEST

START_TEST(a_table_that_was_not_agreed_on_breaks_a_ring)
{
	for (int packed = 0; packed < 2; packed++) {
		struct ul_vring_conf conf = confs[packed ? PACKED : 0];

		conf.has_indirect = false;
		start(&conf);
		add(1, true);
		check_broken();
	}
}
END_TEST

START_TEST(an_index_too_far_ahead_breaks_a_ring)
{
	start(&confs[_i]);
	fake_ring_set_avail_idx(&ring, SIZE + 1);
	check_broken();
	start(&confs[_i]);
	fake_ring_set_avail_idx(&ring, UINT16_MAX);
	check_broken();
	start(&confs[_i]);
	fake_ring_avail(&ring, 0, SIZE);
	fake_ring_set_avail_idx(&ring, 1);
	check_broken();
}
END_TEST

/* As long as a ring, and each descriptor goes on. */
START_TEST(a_chain_without_an_end_breaks_a_packed_ring)
{
	struct ul_vring_conf conf = confs[PACKED];

	conf.size = _i;
	start(&conf);
	for (uint16_t i = 0; i < conf.size; i++)
		fake_ring_desc(&ring, i, 0, 0, 0x81, 0);
	check_broken();
}
END_TEST

START_TEST(pieces_are_limited)
{
	struct ul_vring_conf conf = { .size = FAKE_SIZE_MAX };

	start(&conf);
	for (uint16_t i = 0; i < UL_CHAIN_SEGS_MAX; i++)
		fake_ring_desc(&ring, i, 0, 1, 1, (uint16_t)(i + 1));
	fake_ring_desc(&ring, UL_CHAIN_SEGS_MAX - 1, 0, 1, 0, 0);
	fake_ring_set_avail_idx(&ring, 1);
	ck_assert_int_eq(ul_vring_pop(&vr, &chain), 1);
	ck_assert_uint_eq(chain.out_count, UL_CHAIN_SEGS_MAX);
	fake_ring_desc(&ring, UL_CHAIN_SEGS_MAX - 1, 0, 1, 1,
		       UL_CHAIN_SEGS_MAX);
	fake_ring_set_avail_idx(&ring, 2);
	check_broken();
}
END_TEST

/* 2^32 bytes and more would be few in 32 bits. */
START_TEST(bytes_of_a_chain_are_limited)
{
	struct ul_vhost_region r = { 0, 3ull << 30, FAKE_UVA, 0 };
	uint32_t half = 1u << 31;

	start(&confs[_i]);
	ck_assert_int_eq(ftruncate(fake.fd, (off_t)r.len), 0);
	ck_assert_int_eq(ul_guest_mem_set(mem, &r, &fake.fd, 1), 0);
	ck_assert_int_eq(ul_vring_move(&vr), 0);
	fake_ring_desc(&ring, 0, 0, half, 0x81, confs[_i].is_packed ? 0 : 1);
	fake_ring_desc(&ring, 1, 0, half - 1, 0x80, 0);
	fake_ring_set_avail_idx(&ring, 1);
	ck_assert_int_eq(ul_vring_pop(&vr, &chain), 1);
	ck_assert_uint_eq(chain.out_len, UINT32_MAX);
	fake_ring_desc(&ring, 2, 0, half, 0x81, confs[_i].is_packed ? 0 : 3);
	fake_ring_desc(&ring, 3, 0, half, 0x80, 0);
	fake_ring_avail(&ring, 1, 2);
	fake_ring_set_avail_idx(&ring, 2);
	check_broken();
}
END_TEST

static const struct {
	uint32_t size;
	bool is_packed;
	int result;
} sizes[] = {
	{ 0, false, -EINVAL }, { 0, true, -EINVAL }, { 3, false, -EINVAL },
	{ 65536, false, -EINVAL }, { 32769, true, -EINVAL },
	{ UINT32_MAX, true, -EINVAL }, { 1, false, 0 }, { 1, true, 0 },
	{ 3, true, 0 }, { 1024, false, 0 },
};
#define SIZES ((int)(sizeof(sizes) / sizeof(sizes[0])))

START_TEST(a_ring_starts_with_a_size_that_can_be)
{
	struct ul_vring_conf conf = confs[0];

	start(&conf);
	conf = ring.conf;
	conf.size = sizes[_i].size;
	conf.is_packed = sizes[_i].is_packed;
	conf.used = fake_uva(512 << 10);
	conf.avail = fake_uva(700 << 10);
	ck_assert_int_eq(ul_vring_start(&vr, mem, &conf, 0), sizes[_i].result);
}
END_TEST

START_TEST(a_ring_must_be_in_memory)
{
	struct ul_vring_conf good, conf;

	start(&confs[_i]);
	good = conf = ring.conf;
	conf.desc += 8;
	ck_assert_int_eq(ul_vring_start(&vr, mem, &conf, 0), -EFAULT);
	conf = good;
	conf.avail = FAKE_UVA + FAKE_LOW_LEN - 2;
	ck_assert_int_eq(ul_vring_start(&vr, mem, &conf, 0), -EFAULT);
	conf = good;
	conf.used = UINT64_MAX - 3;
	ck_assert_int_eq(ul_vring_start(&vr, mem, &conf, 0), -EFAULT);
	conf = good;
	conf.desc = 0;
	ck_assert_int_eq(ul_vring_start(&vr, mem, &conf, 0), -EFAULT);
	ck_assert(vr.is_started);
}
END_TEST

START_TEST(a_ring_whose_memory_went_waits_for_it)
{
	int fds[2] = { fake.fd, fake.fd };

	start(&confs[_i]);
	ck_assert_int_eq(ul_guest_mem_set(mem, fake.region, fds, 2), 0);
	ck_assert_int_eq(ul_vring_move(&vr), 0);
	add(1, false);
	ck_assert_int_eq(ul_vring_pop(&vr, &chain), 1);
	ck_assert_int_eq(ul_guest_mem_set(mem, fake.region + 1, fds, 1), 0);
	ck_assert_int_eq(ul_vring_move(&vr), -EFAULT);
	if (confs[_i].size >= 6)
		add(1, false);
	ck_assert_int_eq(ul_vring_pop(&vr, &chain), 0);
	ck_assert(!ul_vring_publish(&vr));
	ul_vring_refuse_kicks(&vr);
	ck_assert(!ul_vring_want_kicks(&vr, ul_vring_tell(&vr)));
	ck_assert_int_eq(ul_guest_mem_set(mem, fake.region, fds, 2), 0);
	ck_assert_int_eq(ul_vring_move(&vr), 0);
	ck_assert_int_eq(ul_vring_pop(&vr, &chain), confs[_i].size >= 6);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vring");
	TCase *tc = tcase_create("vring");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, chains_come_and_go_back_in_order, 0, CONFS);
	tcase_add_loop_test(tc, what_was_unpopped_comes_again, 0, CONFS);
	tcase_add_loop_test(tc, a_ring_goes_on_where_it_was_stopped, 0, CONFS);
	tcase_add_loop_test(tc, calls_are_as_the_driver_wants_them, 0, CONFS);
	tcase_add_loop_test(tc, kicks_come_when_wanted_only, 0, CONFS);
	tcase_add_loop_test(tc, what_is_given_back_is_in_the_log, 0, CONFS);
	tcase_add_loop_test(tc, a_false_chain_breaks_a_split_ring, 0, BAD);
	tcase_add_loop_test(tc, a_false_chain_breaks_a_packed_ring, 0, BAD);
	tcase_add_loop_test(tc, a_false_chain_breaks_a_ring_from_a_table_too,
			    0, BAD);
	tcase_add_loop_test(tc, a_false_table_breaks_a_ring, 0, TABLES);
	tcase_add_test(tc, a_table_in_a_table_breaks_a_ring);
	tcase_add_test(tc, a_table_that_was_not_agreed_on_breaks_a_ring);
	tcase_add_loop_test(tc, an_index_too_far_ahead_breaks_a_ring, 0,
			    PACKED);
	tcase_add_loop_test(tc, a_chain_without_an_end_breaks_a_packed_ring, 1,
			    FAKE_SIZE_MAX / 2);
	tcase_add_test(tc, pieces_are_limited);
	tcase_add_loop_test(tc, bytes_of_a_chain_are_limited, 0, CONFS);
	tcase_add_loop_test(tc, a_ring_starts_with_a_size_that_can_be, 0,
			    SIZES);
	tcase_add_loop_test(tc, a_ring_must_be_in_memory, 0, CONFS);
	tcase_add_loop_test(tc, a_ring_whose_memory_went_waits_for_it, 0, CONFS);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
