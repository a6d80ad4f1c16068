/* SPDX-License-Identifier: BSD-3-Clause */
/* test_addr_book.c - which guest's MAC has which IP address */
#include "harness.h"
#include "link/addr_book.h"

static struct ul_addr_book *book;

static void set_up(void)
{
	book = ul_addr_book_new();
}

static void tear_down(void)
{
	ul_addr_book_free(book);
}

/* The MAC of guest @n, the address number @i of them all. */
static const uint8_t *mac(unsigned int n)
{
	static uint8_t m[8][6];
	static unsigned int next;
	uint8_t *out = m[next++ % 8];

	memcpy(out, (uint8_t[]){ 2, 0, 0, 0, (uint8_t)(n >> 8), (uint8_t)n },
	       6);
	return out;
}

static const struct ul_addr *addr(unsigned int i)
{
	static struct ul_addr a[8];
	static unsigned int next;
	struct ul_addr *out = &a[next++ % 8];

	*out = ul_addr_v4(0x0a000000 + i);
	return out;
}

static int owner(unsigned int i, int64_t now)
{
	const uint8_t *m = ul_addr_book_find(book, addr(i), now);

	return m ? m[4] << 8 | m[5] : -1;
}

START_TEST(claimed_address_is_found)
{
	struct ul_addr v6 = { .b = { 0xfd, [15] = 1 } };

	ul_addr_book_claim(book, addr(1), mac(7), 0);
	ul_addr_book_claim(book, &v6, mac(8), 0);
	ck_assert_int_eq(owner(1, 0), 7);
	ck_assert_int_eq(owner(2, 0), -1);
	ck_assert_mem_eq(ul_addr_book_find(book, &v6, 0), mac(8), 6);
	ck_assert(ul_addr_book_knows(book, mac(7), 0));
	ck_assert(!ul_addr_book_knows(book, mac(9), 0));
	ul_addr_book_hear_mac(book, mac(9), 0);
	ck_assert(ul_addr_book_knows(book, mac(9), 0));
}
END_TEST

/* A claim moves an address; a packet's source does not. */
START_TEST(last_claim_counts)
{
	ul_addr_book_hear(book, addr(1), mac(7), 0);
	ck_assert_int_eq(owner(1, 0), 7);
	ul_addr_book_hear(book, addr(1), mac(8), 0);
	ck_assert_int_eq(owner(1, 0), 7);
	ul_addr_book_claim(book, addr(1), mac(8), 0);
	ck_assert_int_eq(owner(1, 0), 8);
	ck_assert_uint_eq(ul_addr_book_count(book), 1);
}
END_TEST

START_TEST(silent_ones_are_forgotten)
{
	const int64_t age = UL_ADDR_BOOK_AGE_US;

	ul_addr_book_claim(book, addr(1), mac(7), 0);
	ck_assert_int_eq(owner(1, age), 7);
	ul_addr_book_hear(book, addr(1), mac(7), age);
	ck_assert_int_eq(owner(1, 2 * age), 7);
	ck_assert(ul_addr_book_knows(book, mac(7), 2 * age));
	ck_assert(!ul_addr_book_knows(book, mac(7), 2 * age + 1));
	ck_assert_int_eq(owner(1, 2 * age + 1), -1);
	ck_assert_uint_eq(ul_addr_book_count(book), 0);
}
END_TEST

/* An address of one who fell silent goes to who sends from it. */
START_TEST(old_address_is_taken_over)
{
	ul_addr_book_claim(book, addr(1), mac(7), 0);
	ul_addr_book_hear(book, addr(1), mac(8), UL_ADDR_BOOK_AGE_US + 1);
	ck_assert_int_eq(owner(1, UL_ADDR_BOOK_AGE_US + 1), 8);
}
END_TEST

/* A guest with too many addresses loses its own oldest, nobody else's. */
START_TEST(greedy_guest_harms_itself)
{
	ul_addr_book_claim(book, addr(1), mac(7), 0);
	for (unsigned int i = 0; i < 10000; i++)
		ul_addr_book_claim(book, addr(100 + i), mac(8), i);
	ck_assert_int_eq(owner(1, 10000), 7);
	ck_assert_uint_eq(ul_addr_book_count(book),
			  1 + UL_ADDR_BOOK_PER_GUEST);
	ck_assert_int_eq(owner(100 + 9999, 10000), 8);
	ck_assert_int_eq(owner(100 + 10000 - UL_ADDR_BOOK_PER_GUEST, 10000),
			 8);
	ck_assert_int_eq(owner(100 + 9999 - UL_ADDR_BOOK_PER_GUEST, 10000),
			 -1);
}
END_TEST

/* Which is the oldest changes as it is heard of. */
START_TEST(used_addresses_stay)
{
	for (unsigned int i = 0; i < UL_ADDR_BOOK_PER_GUEST; i++)
		ul_addr_book_claim(book, addr(i), mac(7), 0);
	ul_addr_book_hear(book, addr(0), mac(7), 1);
	ul_addr_book_claim(book, addr(100), mac(7), 2);
	ck_assert_int_eq(owner(0, 2), 7);
	ck_assert_int_eq(owner(1, 2), -1);
}
END_TEST

START_TEST(longest_silent_guest_makes_room)
{
	for (unsigned int n = 0; n < UL_ADDR_BOOK_GUESTS; n++)
		ul_addr_book_claim(book, addr(n), mac(n), n);
	ul_addr_book_hear_mac(book, mac(0), 5000);
	ul_addr_book_claim(book, addr(5000), mac(5000), 5001);
	ck_assert_int_eq(owner(0, 5001), 0);
	ck_assert_int_eq(owner(1, 5001), -1);
	ck_assert(!ul_addr_book_knows(book, mac(1), 5001));
	ck_assert_int_eq(owner(5000, 5001), 5000);
	ck_assert_uint_eq(ul_addr_book_count(book), UL_ADDR_BOOK_GUESTS);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("addr_book");
	TCase *tc = tcase_create("addr_book");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, claimed_address_is_found);
	tcase_add_test(tc, last_claim_counts);
	tcase_add_test(tc, silent_ones_are_forgotten);
	tcase_add_test(tc, old_address_is_taken_over);
	tcase_add_test(tc, greedy_guest_harms_itself);
	tcase_add_test(tc, used_addresses_stay);
	tcase_add_test(tc, longest_silent_guest_makes_room);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
