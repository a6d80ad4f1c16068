/* SPDX-License-Identifier: BSD-3-Clause */
/* test_guest_mem.c - the memory of a guest, and a machine that lies about it */
#include "link/guest_mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake/fake_driver.h"
#include "harness.h"

static struct fake_mem fake;
static struct ul_guest_mem *mem;
static int fds[8];

static void setup(void)
{
	fake = fake_mem_new();
	mem = ul_guest_mem_new();
	for (int i = 0; i < 8; i++)
		fds[i] = fake.fd;
	ck_assert_int_eq(ul_guest_mem_set(mem, fake.region, fds, 2), 0);
}

static void teardown(void)
{
	ul_guest_mem_free(mem);
	fake_mem_free(&fake);
}

/* The byte that the guest has at @gpa, or -1. */
static int byte_at(uint64_t gpa)
{
	struct iovec iov;

	if (ul_guest_mem_find(mem, gpa, 1, &iov, 1) != 1)
		return -1;
	return *(uint8_t *)iov.iov_base;
}

START_TEST(addresses_lead_to_the_same_bytes)
{
	uint64_t gpa;
	uint8_t *p;

	fake.data[5] = 1;
	fake.data[FAKE_LOW_LEN + 7] = 2;
	ck_assert_int_eq(byte_at(5), 1);
	ck_assert_int_eq(byte_at(FAKE_HIGH_GPA + 7), 2);
	p = ul_guest_mem_at(mem, fake_uva(FAKE_LOW_LEN + 7), 1, 1, &gpa);
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(*p, 2);
	ck_assert_uint_eq(gpa, FAKE_HIGH_GPA + 7);
}
END_TEST

static const struct {
	uint64_t gpa, len;
} outside[] = {
	{ FAKE_LOW_LEN, 1 }, { FAKE_LOW_LEN - 1, 2 },
	{ FAKE_HIGH_GPA - 1, 1 }, { FAKE_HIGH_GPA + FAKE_HIGH_LEN, 1 },
	{ FAKE_HIGH_GPA + FAKE_HIGH_LEN - 1, 2 }, { UINT64_MAX, 1 },
	{ UINT64_MAX, UINT64_MAX }, { 0, UINT64_MAX }, { 1, UINT64_MAX },
	{ FAKE_HIGH_GPA, UINT64_MAX - FAKE_HIGH_GPA + 2 },
};
#define OUTSIDE ((int)(sizeof(outside) / sizeof(outside[0])))

START_TEST(what_is_not_memory_is_not_found)
{
	struct iovec iov[4];
	uint64_t gpa;

	ck_assert_int_eq(ul_guest_mem_find(mem, outside[_i].gpa,
					   outside[_i].len, iov, 4), -EFAULT);
	ck_assert_ptr_null(ul_guest_mem_at(mem, FAKE_UVA + FAKE_LOW_LEN - 1,
					   2, 1, &gpa));
	ck_assert_ptr_null(ul_guest_mem_at(mem, FAKE_UVA + 2, 4, 4, &gpa));
	ck_assert_ptr_null(ul_guest_mem_at(mem, FAKE_UVA, UINT64_MAX, 1,
					   &gpa));
}
END_TEST

START_TEST(a_buffer_may_cross_where_regions_meet)
{
	struct ul_vhost_region meet[2] = {
		{ 0x2000, 0x1000, 0x9000, 0x5000 },
		{ 0x1000, 0x1000, 0x1000, 0 },
	};
	struct iovec iov[2];

	ck_assert_int_eq(ul_guest_mem_set(mem, meet, fds, 2), 0);
	fake.data[0xfff] = 1;
	fake.data[0x5000] = 2;
	ck_assert_int_eq(ul_guest_mem_find(mem, 0x1fff, 3, iov, 2), 2);
	ck_assert_uint_eq(iov[0].iov_len, 1);
	ck_assert_uint_eq(iov[1].iov_len, 2);
	ck_assert_uint_eq(*(uint8_t *)iov[0].iov_base, 1);
	ck_assert_uint_eq(*(uint8_t *)iov[1].iov_base, 2);
	ck_assert_int_eq(ul_guest_mem_find(mem, 0x1fff, 3, iov, 1), -EFAULT);
}
END_TEST

static const struct ul_vhost_region refused[][2] = {
	{ { 0, 0x1000, 0, 0 }, { 0xfff, 0x1000, 0x10000, 0 } },
	{ { 0x1000, 0x1000, 0, 0 }, { 0, 0x1001, 0x10000, 0 } },
	{ { 0, 0x3000, 0, 0 }, { 0x1000, 0x1000, 0x10000, 0 } },
	{ { 0, 0x1000, 0, 0 }, { 0x10000, 0x1000, 0xfff, 0 } },
	{ { 0, 0, 0, 0 }, { 0x10000, 0x1000, 0x10000, 0 } },
	{ { UINT64_MAX, 2, 0, 0 }, { 0, 1, 0x10000, 0 } },
	{ { 0, 2, UINT64_MAX, 0 }, { 0x10000, 1, 0x10000, 0 } },
	{ { 0, 0x1000, 0, UINT64_MAX }, { 0x10000, 1, 0x10000, 0 } },
	{ { 0, FAKE_MEM_LEN + 1, 0, 0 }, { FAKE_HIGH_GPA, 1, 1ul << 40, 0 } },
	{ { 0, 2, 0, FAKE_MEM_LEN - 1 }, { 0x10000, 1, 0x10000, 0 } },
};
#define REFUSED ((int)(sizeof(refused) / sizeof(refused[0])))

START_TEST(a_false_table_is_refused_and_the_old_one_stays)
{
	ck_assert_int_eq(ul_guest_mem_set(mem, refused[_i], fds, 2), -EINVAL);
	fake.data[5] = 77;
	ck_assert_int_eq(byte_at(5), 77);
	ck_assert_int_eq(byte_at(FAKE_LOW_LEN), -1);
}
END_TEST

/* Pages of other files would be waited for. */
START_TEST(a_descriptor_that_is_no_memory_is_refused)
{
	int null = open("/dev/zero", O_RDWR), file = open("/bin/sh", O_RDONLY);
	int pipes[2], bad[2];
	struct ul_vhost_region one = { 0, 1, 0, 0 };

	ck_assert_int_eq(pipe(pipes), 0);
	bad[0] = null;
	ck_assert_int_eq(ul_guest_mem_set(mem, &one, bad, 1), -EINVAL);
	bad[0] = file;
	ck_assert_int_eq(ul_guest_mem_set(mem, &one, bad, 1), -EINVAL);
	ck_assert_int_eq(ul_guest_mem_set(mem, &one, pipes, 1), -EINVAL);
	close(null);
	close(file);
	close(pipes[0]);
	close(pipes[1]);
}
END_TEST

START_TEST(regions_come_and_go)
{
	struct ul_vhost_region more = { 0x200000, 0x1000, 0x1000, 0 };

	ck_assert_int_eq(ul_guest_mem_add(mem, &more, fake.fd), 0);
	ck_assert_int_eq(ul_guest_mem_add(mem, &more, fake.fd), -EINVAL);
	fake.data[3] = 9;
	ck_assert_int_eq(byte_at(0x200003), 9);
	ck_assert_int_eq(ul_guest_mem_remove(mem, &fake.region[0]), 0);
	ck_assert_int_eq(byte_at(3), -1);
	ck_assert_int_eq(byte_at(0x200003), 9);
	ck_assert_int_eq(ul_guest_mem_remove(mem, &more), 0);
	ck_assert_int_eq(ul_guest_mem_remove(mem, &more), -ENOENT);
	ck_assert_int_eq(byte_at(0x200003), -1);
}
END_TEST

START_TEST(regions_are_limited)
{
	int ret = 0;

	for (uint64_t i = 0; i <= UL_GUEST_MEM_REGIONS_MAX - 2; i++) {
		struct ul_vhost_region r = {
			0x200000 + i * 0x1000, 0x1000, i * 0x1000, 0,
		};

		ck_assert_int_eq(ret, 0);
		ret = ul_guest_mem_add(mem, &r, fake.fd);
	}
	ck_assert_int_eq(ret, -ENOSPC);
}
END_TEST

/*
 * Files that claim any length: neither one machine nor many take all of our
 * addresses, and whoever has memory keeps it.
 */
START_TEST(addresses_are_limited)
{
	struct ul_vhost_region part[2] = {
		{ 0, UL_GUEST_MEM_LEN_MAX - 0x1000, 0, 0 },
		{ UL_GUEST_MEM_LEN_MAX, 0x1000, UL_GUEST_MEM_LEN_MAX, 0 },
	};
	struct ul_vhost_region whole = { 0, UL_GUEST_MEM_LEN_MAX, 0, 0 };
	struct ul_guest_mem *other[9];
	int none = memfd_create("guest", MFD_CLOEXEC), ret = 0;
	unsigned int n = 0;

	ck_assert_int_eq(ftruncate(none, 1ll << 43), 0);
	fds[0] = fds[1] = none;
	ck_assert_int_eq(ul_guest_mem_set(mem, part, fds, 2), 0);
	ck_assert_int_eq(ul_guest_mem_set(mem, fake.region, &fake.fd, 1), 0);
	part[1].len++;
	ck_assert_int_eq(ul_guest_mem_set(mem, part, fds, 2), -ENOMEM);
	for (; n < 9 && !ret; n++) {
		other[n] = ul_guest_mem_new();
		ret = ul_guest_mem_set(other[n], &whole, &none, 1);
	}
	ck_assert_int_eq(ret, -ENOMEM);
	ck_assert_uint_ge(n, 8);
	fake.data[5] = 1;
	ck_assert_int_eq(byte_at(5), 1);
	while (n)
		ul_guest_mem_free(other[--n]);
	ck_assert_int_eq(ul_guest_mem_set(mem, &whole, &none, 1), 0);
	close(none);
}
END_TEST

/* The machine cuts its file short: zeros, and nobody dies. */
START_TEST(memory_that_is_cut_short_is_lost)
{
	struct ul_guest_mem *other = ul_guest_mem_new();
	struct fake_mem theirs = fake_mem_new();
	struct iovec iov;

	fds[0] = fds[1] = theirs.fd;
	ck_assert_int_eq(ul_guest_mem_set(other, theirs.region, fds, 2), 0);
	fake.data[5] = 7;
	theirs.data[0] = 1;
	ck_assert_int_eq(ul_guest_mem_find(other, 0, 0x10000, &iov, 1), 1);
	ck_assert(!ul_guest_mem_is_lost(other));
	ck_assert_int_eq(ftruncate(theirs.fd, 0), 0);
	ck_assert_uint_eq(((volatile uint8_t *)iov.iov_base)[0], 0);
	memset(iov.iov_base, 1, iov.iov_len);
	ck_assert(ul_guest_mem_is_lost(other));
	ck_assert(!ul_guest_mem_is_lost(mem));
	ck_assert_int_eq(byte_at(5), 7);
	ul_guest_mem_free(other);
	fake_mem_free(&theirs);
}
END_TEST

START_TEST(what_is_written_is_noted_while_there_is_a_log)
{
	struct fake_mem bits = fake_mem_new();
	uint8_t *log = bits.data + 4096;
	struct iovec iov;

	ck_assert_int_eq(ul_guest_mem_find(mem, 0x9ff0, 0x20, &iov, 1), 1);
	ul_guest_mem_wrote(mem, iov.iov_base, iov.iov_len);
	ck_assert_int_eq(ul_guest_mem_log_to(mem, bits.fd, 4096, 2), 0);
	ul_guest_mem_wrote(mem, iov.iov_base, 0x10);
	ck_assert_uint_eq(log[0], 0);
	ck_assert_uint_eq(log[1], 1 << 1);
	ul_guest_mem_wrote(mem, iov.iov_base, iov.iov_len);
	ck_assert_uint_eq(log[1], 1 << 1 | 1 << 2);
	/* Beyond the log's end, and its start, nothing is written. */
	ck_assert_int_eq(ul_guest_mem_find(mem, FAKE_HIGH_GPA, 8, &iov, 1), 1);
	ul_guest_mem_wrote(mem, iov.iov_base, iov.iov_len);
	ul_guest_mem_wrote(mem, &bits, 8);
	ck_assert_uint_eq(log[2], 0);
	ck_assert_int_eq(ul_guest_mem_log_to(mem, bits.fd, FAKE_MEM_LEN, 1),
			 -EINVAL);
	ul_guest_mem_stop_log(mem);
	ck_assert_int_eq(ul_guest_mem_find(mem, 0, 8, &iov, 1), 1);
	ul_guest_mem_wrote(mem, iov.iov_base, iov.iov_len);
	ck_assert_uint_eq(log[0], 0);
	fake_mem_free(&bits);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("guest_mem");
	TCase *tc = tcase_create("guest_mem");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, addresses_lead_to_the_same_bytes);
	tcase_add_loop_test(tc, what_is_not_memory_is_not_found, 0, OUTSIDE);
	tcase_add_test(tc, a_buffer_may_cross_where_regions_meet);
	tcase_add_loop_test(tc, a_false_table_is_refused_and_the_old_one_stays,
			    0, REFUSED);
	tcase_add_test(tc, a_descriptor_that_is_no_memory_is_refused);
	tcase_add_test(tc, regions_come_and_go);
	tcase_add_test(tc, regions_are_limited);
	tcase_add_test(tc, addresses_are_limited);
	tcase_add_test(tc, memory_that_is_cut_short_is_lost);
	tcase_add_test(tc, what_is_written_is_noted_while_there_is_a_log);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
