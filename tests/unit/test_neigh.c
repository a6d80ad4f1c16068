/* SPDX-License-Identifier: BSD-3-Clause */
/* test_neigh.c - the router's neighbours */
#include "harness.h"
#include "link/neigh.h"

#define SECOND_US 1000000

static const uint8_t mac_a[6] = { 0x52, 0x54, 0, 0, 0, 1 };
static const uint8_t mac_b[6] = { 0x52, 0x54, 0, 0, 0, 2 };

static struct ul_neigh_table *t;

static void set_up(void)
{
	t = ul_neigh_table_new();
}

static void tear_down(void)
{
	ul_neigh_table_free(t);
}

static struct ul_addr addr_of(uint32_t n)
{
	struct ul_addr a = { .b = { 0xfd, [12] = (uint8_t)(n >> 24),
				    [13] = (uint8_t)(n >> 16),
				    [14] = (uint8_t)(n >> 8),
				    [15] = (uint8_t)n } };

	return n & 1 ? a : ul_addr_v4(n);
}

/* What stands for ports. */
static const char ports[3 * UL_NEIGH_MAX / UL_NEIGH_PER_PORT + 2];

static void learn_at(uint32_t n, const uint8_t mac[6], uint16_t shown,
		     unsigned int port)
{
	struct ul_addr a = addr_of(n);

	ul_neigh_learn(t, &a, mac, shown, &ports[port]);
}

static void learn(uint32_t n, const uint8_t mac[6], uint16_t shown)
{
	learn_at(n, mac, shown, 0);
}

static const struct ul_neigh *find(uint32_t n)
{
	struct ul_addr a = addr_of(n);

	return ul_neigh_find(t, &a);
}

START_TEST(both_families_are_learnt)
{
	for (uint32_t n = 0; n < 2; n++) {
		ck_assert_ptr_null(find(n));
		learn(n, mac_a, 0);
		ck_assert_ptr_nonnull(find(n));
		ck_assert_mem_eq(find(n)->mac, mac_a, 6);
	}
	ul_neigh_forget_port(t, &ports[0]);
	ck_assert_ptr_null(find(0));
	ck_assert_ptr_null(find(1));
}
END_TEST

START_TEST(mtu_is_the_largest_that_was_shown)
{
	learn(1, mac_a, 576);
	ck_assert_uint_eq(find(1)->mtu, UL_NEIGH_MTU_UNKNOWN);
	learn(1, mac_a, 9000);
	learn(1, mac_a, 1500);
	ck_assert_uint_eq(find(1)->mtu, 9000);
	learn(2, mac_a, 0);
	ck_assert_uint_eq(find(2)->mtu, UL_NEIGH_MTU_UNKNOWN);
}
END_TEST

START_TEST(another_machine_starts_over)
{
	learn(1, mac_a, 65520);
	learn(1, mac_b, 0);
	ck_assert_mem_eq(find(1)->mac, mac_b, 6);
	ck_assert_uint_eq(find(1)->mtu, UL_NEIGH_MTU_UNKNOWN);
	learn(1, mac_b, 9000);
	ck_assert_uint_eq(find(1)->mtu, 9000);
}
END_TEST

START_TEST(a_port_is_forgotten_alone)
{
	for (uint32_t n = 0; n < 8; n++)
		learn_at(n, mac_a, 0, n % 2);
	learn_at(0, mac_a, 0, 1);		/* it moved there */
	ul_neigh_forget_port(t, &ports[0]);
	for (uint32_t n = 0; n < 8; n++)
		ck_assert_int_eq(find(n) != NULL, n % 2 || !n);
	ul_neigh_forget_port(t, &ports[0]);	/* harmless */
	ul_neigh_forget_port(t, &ports[1]);
	for (uint32_t n = 0; n < 8; n++)
		ck_assert_ptr_null(find(n));
}
END_TEST

/* A guest that claims address after address drives out its own only. */
START_TEST(a_port_has_its_part)
{
	learn_at(0, mac_a, 0, 1);
	for (uint32_t n = 1; n < 3 * UL_NEIGH_PER_PORT; n++)
		learn_at(n, mac_b, 0, 2);
	ck_assert_ptr_nonnull(find(0));
	for (uint32_t n = 1; n < 3 * UL_NEIGH_PER_PORT; n++)
		ck_assert_int_eq(find(n) != NULL,
				 n >= 2 * UL_NEIGH_PER_PORT);
}
END_TEST

/* So many claim addresses that the silent ones of all are driven out. */
START_TEST(longest_silent_makes_room)
{
	learn(0, mac_a, 0);
	learn(1, mac_a, 0);
	for (uint32_t n = 2; n < 3 * UL_NEIGH_MAX; n++) {
		learn_at(n, mac_b, 0, 1 + n / UL_NEIGH_PER_PORT);
		ck_assert_ptr_nonnull(find(0));
		learn(0, mac_a, 0);
	}
	ck_assert_ptr_nonnull(find(0));
	ck_assert_ptr_null(find(1));
	for (uint32_t n = 2; n < 3 * UL_NEIGH_MAX; n++)
		ck_assert_int_eq(find(n) != NULL,
				 n > 2 * UL_NEIGH_MAX);
}
END_TEST

static bool gather(const struct ul_neigh *neigh, void *arg)
{
	uint8_t **p = arg;

	*(*p)++ = neigh->addr.b[15];
	return neigh->addr.b[15] != 3;
}

START_TEST(those_of_a_port_come_last_one_first)
{
	uint8_t seen[8] = { 0 }, *end = seen;

	for (uint32_t n = 1; n <= 9; n += 2)
		learn_at(n, mac_a, 0, n != 5);
	learn_at(7, mac_a, 0, 1);
	ul_neigh_each_at(t, &ports[1], gather, &end);
	ck_assert_int_eq(end - seen, 3);
	ck_assert_int_eq(memcmp(seen, "\7\11\3", 3), 0);
	end = seen;
	ul_neigh_each_at(t, &ports[2], gather, &end);
	ck_assert_ptr_eq(end, seen);
}
END_TEST

static void count_port(const void *port, void *arg)
{
	*(size_t *)arg += (size_t)((const char *)port - ports);
}

START_TEST(each_port_that_has_any)
{
	size_t sum = 0;

	for (uint32_t n = 0; n < 6; n++)
		learn_at(n, mac_a, 0, 1 + n % 3);
	ul_neigh_each_port(t, count_port, &sum);
	ck_assert_uint_eq(sum, 1 + 2 + 3);
	ul_neigh_forget_port(t, &ports[2]);
	sum = 0;
	ul_neigh_each_port(t, count_port, &sum);
	ck_assert_uint_eq(sum, 1 + 3);
}
END_TEST

START_TEST(one_address_is_asked_for_once_a_second)
{
	struct ul_addr a = addr_of(1), b = addr_of(2);

	ck_assert(ul_neigh_may_ask(t, &a, 5));
	ck_assert(!ul_neigh_may_ask(t, &a, 5 + SECOND_US - 1));
	ck_assert(ul_neigh_may_ask(t, &b, 6));
	ck_assert(ul_neigh_may_ask(t, &a, 5 + SECOND_US));
	ck_assert(!ul_neigh_may_ask(t, &a, 6 + SECOND_US));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("neigh");
	TCase *tc = tcase_create("neigh");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, both_families_are_learnt);
	tcase_add_test(tc, mtu_is_the_largest_that_was_shown);
	tcase_add_test(tc, another_machine_starts_over);
	tcase_add_test(tc, a_port_is_forgotten_alone);
	tcase_add_test(tc, a_port_has_its_part);
	tcase_add_test(tc, longest_silent_makes_room);
	tcase_add_test(tc, those_of_a_port_come_last_one_first);
	tcase_add_test(tc, each_port_that_has_any);
	tcase_add_test(tc, one_address_is_asked_for_once_a_second);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
