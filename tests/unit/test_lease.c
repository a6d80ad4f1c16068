/* SPDX-License-Identifier: BSD-3-Clause */
/* test_lease.c - the pool: examples, and laws under random operations */
#include <errno.h>

#include "harness.h"
#include "svc/lease.h"

#define SECOND 1000000ll
#define HOUR (3600 * SECOND)

static struct ul_lease_pool *pool;

static struct ul_addr at(unsigned int n)
{
	return ul_addr_v4(0x0a000200 + n);
}

static struct ul_lease_client by_mac(uint8_t n)
{
	return (struct ul_lease_client){ .mac = { 0x52, 0x54, 0, 0, 0, n } };
}

static struct ul_lease_client by_id(uint8_t mac, const char *id)
{
	struct ul_lease_client c = by_mac(mac);

	c.id = (const uint8_t *)id;
	c.id_len = strlen(id);
	return c;
}

static void open_pool(unsigned int first, unsigned int last)
{
	struct ul_addr lo = at(first), hi = at(last);

	pool = ul_lease_pool_new(&lo, &hi, NULL, 0);
}

static void setup(void)
{
	open_pool(15, 18);
}

static void teardown(void)
{
	ul_lease_pool_free(pool);
}

/* The last number of the address offered to @c, or -errno. */
static int offer(struct ul_lease_client c, int64_t now)
{
	struct ul_addr a;
	int err = ul_lease_offer(pool, &c, NULL, now, now + 30 * SECOND, &a);

	return err < 0 ? err : (int)(ul_addr_to_v4(&a) & 0xff);
}

static int bind_to(struct ul_lease_client c, unsigned int n, int64_t now)
{
	struct ul_addr a = at(n);

	return ul_lease_bind(pool, &c, &a, now, now + HOUR);
}

static int release(struct ul_lease_client c, unsigned int n, int64_t now)
{
	struct ul_addr a = at(n);

	return ul_lease_release(pool, &c, &a, now);
}

static int decline(struct ul_lease_client c, unsigned int n, int64_t now)
{
	struct ul_addr a = at(n);

	return ul_lease_decline(pool, &c, &a, now);
}

START_TEST(addresses_come_in_order)
{
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(offer(by_mac((uint8_t)i), 0), 15 + i);
	ck_assert_int_eq(offer(by_mac(9), 0), -ENOSPC);
	ck_assert_int_eq(offer(by_mac(2), 0), 17);
}
END_TEST

START_TEST(client_keeps_its_address_over_expiry_and_release)
{
	ck_assert_int_eq(bind_to(by_mac(1), 15, 0), 0);
	ck_assert_int_eq(bind_to(by_mac(2), 16, 0), 0);
	ck_assert_int_eq(offer(by_mac(2), 2 * HOUR), 16);
	ck_assert_int_eq(bind_to(by_mac(2), 16, 2 * HOUR), 0);
	ck_assert_int_eq(release(by_mac(2), 16, 2 * HOUR), 0);
	ck_assert_int_eq(offer(by_mac(3), 2 * HOUR), 17);
	ck_assert_int_eq(offer(by_mac(2), 2 * HOUR), 16);
}
END_TEST

START_TEST(longest_dead_address_is_reused_first)
{
	for (int i = 0; i < 4; i++)
		bind_to(by_mac((uint8_t)i), 15 + (unsigned int)i,
			(4 - i) * SECOND);
	ck_assert_int_eq(offer(by_mac(9), 2 * HOUR), 18);
	ck_assert_int_eq(offer(by_mac(8), 2 * HOUR), 17);
}
END_TEST

START_TEST(wanted_address_is_given_only_when_free)
{
	struct ul_lease_client c = by_mac(1), d = by_mac(2), e = by_mac(3);
	struct ul_addr wanted = at(17), a;

	ck_assert_int_eq(ul_lease_offer(pool, &c, &wanted, 0, 1, &a), 0);
	ck_assert(ul_addr_eq(&a, &wanted));
	ck_assert_int_eq(ul_lease_offer(pool, &d, &wanted, 0, 1, &a), 0);
	ck_assert_uint_eq(ul_addr_to_v4(&a) & 0xff, 15);
	wanted = at(200);
	ck_assert_int_eq(ul_lease_offer(pool, &e, &wanted, 0, 1, &a), 0);
	ck_assert_uint_eq(ul_addr_to_v4(&a) & 0xff, 16);
}
END_TEST

START_TEST(declined_address_is_parked)
{
	struct ul_addr a = at(15);

	ck_assert_int_eq(bind_to(by_mac(1), 15, 0), 0);
	ck_assert_int_eq(decline(by_mac(2), 15, 0), -ENOENT);
	ck_assert_int_eq(decline(by_mac(1), 15, 0), 0);
	ck_assert_int_eq(ul_lease_state(pool, &a, 0), UL_LEASE_DECLINED);
	ck_assert_int_eq(bind_to(by_mac(1), 15, 599 * SECOND), -EADDRINUSE);
	ck_assert_int_eq(offer(by_mac(1), 599 * SECOND), 16);
	ck_assert_int_eq(ul_lease_state(pool, &a, 600 * SECOND), UL_LEASE_FREE);
	ck_assert_int_eq(bind_to(by_mac(3), 15, 600 * SECOND), 0);
}
END_TEST

START_TEST(excluded_and_foreign_addresses_are_never_given)
{
	struct ul_addr lo = at(1), hi = at(4), gone[2] = { at(2), at(3) };

	teardown();
	pool = ul_lease_pool_new(&lo, &hi, gone, 2);
	ck_assert_int_eq(offer(by_mac(1), 0), 1);
	ck_assert_int_eq(offer(by_mac(2), 0), 4);
	ck_assert_int_eq(offer(by_mac(3), 0), -ENOSPC);
	ck_assert_int_eq(bind_to(by_mac(3), 2, 0), -ENOENT);
	ck_assert_int_eq(bind_to(by_mac(3), 0, 0), -ENOENT);
	ck_assert_int_eq(bind_to(by_mac(3), 5, 0), -ENOENT);
}
END_TEST

/* A boot loader without identifier, then the system with one, then again. */
START_TEST(one_machine_with_and_without_identifier_is_one_client)
{
	ck_assert_int_eq(bind_to(by_mac(1), 15, 0), 0);
	ck_assert_int_eq(offer(by_id(1, "duid"), 0), 15);
	ck_assert_int_eq(bind_to(by_id(1, "duid"), 15, 0), 0);
	ck_assert_int_eq(offer(by_mac(1), 0), 15);
	ck_assert_int_eq(offer(by_id(2, "duid"), 0), 15);
}
END_TEST

START_TEST(two_identifiers_behind_one_mac_are_two_clients)
{
	ck_assert_int_eq(bind_to(by_id(1, "a"), 15, 0), 0);
	ck_assert_int_eq(offer(by_id(1, "b"), 0), 16);
	ck_assert_int_eq(bind_to(by_id(1, "b"), 15, 0), -EADDRINUSE);
	ck_assert_int_eq(bind_to(by_id(1, "b"), 16, 0), 0);
	ck_assert_int_eq(offer(by_id(1, "a"), 0), 15);
}
END_TEST

START_TEST(long_identifier_counts_as_none)
{
	char longest[UL_LEASE_ID_MAX + 1] = "";
	char longer[UL_LEASE_ID_MAX + 2] = "";

	memset(longest, 'x', UL_LEASE_ID_MAX);
	memset(longer, 'x', UL_LEASE_ID_MAX + 1);
	ck_assert_int_eq(bind_to(by_id(1, longest), 15, 0), 0);
	ck_assert_int_eq(offer(by_id(2, longest), 0), 15);
	ck_assert_int_eq(bind_to(by_id(3, longer), 16, 0), 0);
	ck_assert_int_eq(offer(by_id(4, longer), 0), 17);
	ck_assert_int_eq(offer(by_mac(3), 0), 16);
}
END_TEST

START_TEST(client_that_moves_leaves_its_old_address)
{
	struct ul_addr a = at(15);

	ck_assert_int_eq(bind_to(by_mac(1), 15, 0), 0);
	ck_assert_int_eq(bind_to(by_mac(1), 17, 0), 0);
	ck_assert_int_eq(ul_lease_state(pool, &a, 0), UL_LEASE_FREE);
	ck_assert_int_eq(offer(by_mac(2), 0), 15);
}
END_TEST

START_TEST(what_is_forgotten_can_be_restored_otherwise)
{
	struct ul_lease lease = {
		.addr = at(16), .mac = { 0x52, 0x54, 0, 0, 0, 2 },
		.expires_us = HOUR,
	};

	ck_assert_int_eq(bind_to(by_mac(1), 15, 0), 0);
	ck_assert_int_eq(bind_to(by_mac(3), 16, 0), 0);
	ck_assert_int_eq(ul_lease_restore(pool, &lease), -EADDRINUSE);
	ul_lease_forget_all(pool);
	ck_assert_int_eq(ul_lease_restore(pool, &lease), 0);
	ck_assert_int_eq(offer(by_mac(3), 0), 15);
	/* Restored without an identifier, it is the MAC's. */
	ck_assert_int_eq(offer(by_id(2, "anything"), 0), 16);
}
END_TEST

START_TEST(large_range_is_cut)
{
	struct ul_addr lo = ul_addr_v4(0x0a000001), hi = ul_addr_v4(0x0affffff);
	struct ul_addr past = ul_addr_v4(0x0a000001 + UL_LEASE_POOL_MAX);
	struct ul_lease_client c = by_mac(1);

	teardown();
	pool = ul_lease_pool_new(&lo, &hi, NULL, 0);
	ck_assert_int_eq(ul_lease_bind(pool, &c, &past, 0, 1), -ENOENT);
	past = ul_addr_v4(0x0a000000 + UL_LEASE_POOL_MAX);
	ck_assert_int_eq(ul_lease_bind(pool, &c, &past, 0, 1), 0);
}
END_TEST

static void count_lease(const struct ul_lease *lease, void *arg)
{
	int *count = arg;

	ck_assert_int_eq(lease->state, UL_LEASE_BOUND);
	ck_assert_str_eq(lease->host, "web");
	ck_assert_uint_eq(lease->mac[5], 1);
	++*count;
}

START_TEST(each_lists_what_is_bound)
{
	struct ul_lease_client c = by_mac(1);
	struct ul_addr a = at(16);
	int count = 0;

	c.host = "web";
	offer(by_mac(2), 0);
	ck_assert_int_eq(ul_lease_bind(pool, &c, &a, 0, HOUR), 0);
	ul_lease_each(pool, 0, count_lease, &count);
	ck_assert_int_eq(count, 1);
	ul_lease_each(pool, HOUR, count_lease, &count);
	ck_assert_int_eq(count, 1);
}
END_TEST

static struct ul_lease_owner owner_mac(uint8_t n)
{
	struct ul_lease_owner o = { .has_mac = true };
	struct ul_lease_client c = by_mac(n);

	memcpy(o.mac, c.mac, sizeof(o.mac));
	return o;
}

static int keep(struct ul_lease_owner o, unsigned int n)
{
	struct ul_addr a = at(n);

	return ul_lease_keep(pool, &o, &a);
}

static int unkeep(unsigned int n)
{
	struct ul_addr a = at(n);

	return ul_lease_unkeep(pool, &a);
}

START_TEST(kept_address_is_its_owners_alone)
{
	struct ul_lease_client other = by_mac(2);
	struct ul_addr wanted = at(15), a;

	ck_assert_int_eq(keep(owner_mac(1), 15), 0);
	ck_assert_int_eq(keep(owner_mac(3), 15), -EEXIST);
	ck_assert_int_eq(ul_lease_offer(pool, &other, &wanted, 0, 1, &a), 0);
	ck_assert(!ul_addr_eq(&a, &wanted));
	ck_assert_int_eq(bind_to(by_mac(2), 15, 0), -EADDRINUSE);
	ck_assert_int_eq(bind_to(by_mac(1), 16, 0), -EADDRINUSE);
	ck_assert_int_eq(offer(by_mac(1), 0), 15);
	ck_assert_int_eq(bind_to(by_mac(1), 15, 0), 0);
	ck_assert_int_eq(offer(by_mac(1), 2 * HOUR), 15);
	for (int i = 0; i < 3; i++)
		ck_assert_int_gt(offer(by_mac((uint8_t)(10 + i)), 2 * HOUR),
				 15);
	ck_assert_int_eq(offer(by_mac(20), 2 * HOUR), -ENOSPC);
}
END_TEST

START_TEST(kept_address_may_be_outside_of_the_range)
{
	ck_assert_int_eq(keep(owner_mac(1), 200), 0);
	ck_assert_int_eq(offer(by_mac(1), 0), 200);
	ck_assert_int_eq(bind_to(by_mac(1), 200, 0), 0);
	ck_assert_int_eq(bind_to(by_mac(2), 200, 2 * HOUR), -EADDRINUSE);
	ck_assert_int_eq(release(by_mac(1), 200, 0), 0);
	ck_assert_int_eq(offer(by_mac(1), 0), 200);
	ck_assert_int_eq(unkeep(200), 0);
	ck_assert_int_eq(unkeep(200), -ENOENT);
	ck_assert_int_eq(bind_to(by_mac(1), 200, 0), -ENOENT);
	ck_assert_int_eq(offer(by_mac(1), 0), 15);
}
END_TEST

START_TEST(what_is_bound_or_kept_is_not_open)
{
	const uint8_t one[6] = { 0x52, 0x54, 0, 0, 0, 1 };
	const uint8_t two[6] = { 0x52, 0x54, 0, 0, 0, 2 };
	struct ul_lease_owner owner = {
		.id = (const uint8_t *)"x", .id_len = 1,
	};
	struct ul_addr a = at(15), b = at(99), c = at(98), out = at(200);

	ck_assert(ul_lease_is_open(pool, &a, one, 0));
	ck_assert(ul_lease_is_open(pool, &out, one, 0));
	ck_assert_int_eq(bind_to(by_mac(1), 15, 0), 0);
	ck_assert(!ul_lease_is_open(pool, &a, one, 0));
	ck_assert(!ul_lease_is_open(pool, &a, two, 0));
	ck_assert(ul_lease_is_open(pool, &a, two, 10 * HOUR));
	ck_assert_int_eq(ul_lease_keep(pool, &owner, &c), 0);
	ck_assert(!ul_lease_is_open(pool, &c, one, 0));
	owner.has_mac = true;
	memcpy(owner.mac, one, sizeof(one));
	ck_assert_int_eq(ul_lease_keep(pool, &owner, &b), 0);
	ck_assert(ul_lease_is_open(pool, &b, one, 0));
	ck_assert(!ul_lease_is_open(pool, &b, two, 0));
}
END_TEST

START_TEST(owner_is_sent_for_what_is_kept)
{
	struct ul_addr before = at(15);

	ck_assert_int_eq(bind_to(by_mac(1), 15, 0), 0);
	ck_assert_int_eq(keep(owner_mac(1), 17), 0);
	ck_assert_int_eq(bind_to(by_mac(1), 15, 0), -EADDRINUSE);
	ck_assert_int_eq(offer(by_mac(1), 0), 17);
	ck_assert_int_eq(bind_to(by_mac(1), 17, 0), 0);
	ck_assert_int_eq(ul_lease_state(pool, &before, 0), UL_LEASE_FREE);
	ck_assert_int_eq(offer(by_mac(2), 0), 15);
}
END_TEST

START_TEST(who_had_it_before_loses_it_on_renewal)
{
	ck_assert_int_eq(bind_to(by_mac(2), 15, 0), 0);
	ck_assert_int_eq(keep(owner_mac(1), 15), 0);
	/* Two machines with one address would be worse than to wait. */
	ck_assert_int_eq(offer(by_mac(1), 0), 16);
	ck_assert_int_eq(bind_to(by_mac(1), 16, 0), 0);
	ck_assert_int_eq(bind_to(by_mac(2), 15, 1), -EADDRINUSE);
	ck_assert_int_eq(bind_to(by_mac(1), 16, 1), -EADDRINUSE);
	ck_assert_int_eq(offer(by_mac(1), 1), 15);
	ck_assert_int_eq(bind_to(by_mac(1), 15, 1), 0);
}
END_TEST

START_TEST(who_had_it_before_may_release_it)
{
	ck_assert_int_eq(bind_to(by_mac(2), 15, 0), 0);
	ck_assert_int_eq(keep(owner_mac(1), 15), 0);
	ck_assert_int_eq(release(by_mac(2), 15, 0), 0);
	ck_assert_int_eq(offer(by_mac(2), 0), 16);
	ck_assert_int_eq(offer(by_mac(1), 0), 15);
}
END_TEST

START_TEST(declined_kept_address_is_replaced_for_a_while)
{
	ck_assert_int_eq(keep(owner_mac(1), 15), 0);
	ck_assert_int_eq(bind_to(by_mac(1), 15, 0), 0);
	ck_assert_int_eq(decline(by_mac(1), 15, 0), 0);
	ck_assert_int_eq(offer(by_mac(1), 0), 16);
	ck_assert_int_eq(bind_to(by_mac(1), 16, 0), 0);
	ck_assert_int_eq(offer(by_mac(1), UL_LEASE_DECLINED_US), 15);
}
END_TEST

START_TEST(owner_by_mac_is_known_by_any_identifier)
{
	ck_assert_int_eq(keep(owner_mac(1), 17), 0);
	ck_assert_int_eq(bind_to(by_id(1, "boot"), 17, 0), 0);
	ck_assert_int_eq(offer(by_id(1, "system"), 0), 17);
	ck_assert_int_eq(bind_to(by_id(1, "system"), 17, 0), 0);
	ck_assert_int_eq(bind_to(by_mac(1), 17, 0), 0);
}
END_TEST

START_TEST(owner_by_identifier_has_any_mac)
{
	struct ul_lease_owner o = { .id = (const uint8_t *)"db", .id_len = 2 };

	ck_assert_int_eq(keep(o, 17), 0);
	ck_assert_int_eq(offer(by_id(1, "dc"), 0), 15);
	ck_assert_int_eq(offer(by_mac(1), 0), 15);
	ck_assert_int_eq(offer(by_id(7, "db"), 0), 17);
	ck_assert_int_eq(bind_to(by_id(7, "db"), 17, 0), 0);
	ck_assert_int_eq(offer(by_id(8, "db"), 0), 17);
}
END_TEST

static void see_kept(const struct ul_lease *lease, void *arg)
{
	unsigned int *seen = arg;

	ck_assert(lease->is_kept == (lease->mac[5] == 1));
	*seen += ul_addr_to_v4(&lease->addr) & 0xff;
}

START_TEST(kept_leases_are_listed_once)
{
	unsigned int seen = 0;

	ck_assert_int_eq(keep(owner_mac(1), 17), 0);
	ck_assert_int_eq(keep(owner_mac(2), 100), 0);
	ck_assert_int_eq(keep(owner_mac(3), 16), 0);
	ck_assert_int_eq(bind_to(by_mac(1), 17, 0), 0);
	ul_lease_each(pool, 0, see_kept, &seen);
	ck_assert_uint_eq(seen, 17);
}
END_TEST

START_TEST(kept_addresses_are_bounded)
{
	struct ul_addr excluded = at(16), lo = at(15), hi = at(18);

	for (unsigned int i = 0; i < UL_LEASE_KEPT_MAX; i++)
		ck_assert_int_eq(keep(owner_mac(1), 100 + i), 0);
	ck_assert_int_eq(keep(owner_mac(1), 99), -ENOSPC);
	ck_assert_int_eq(unkeep(100), 0);
	ck_assert_int_eq(keep(owner_mac(1), 99), 0);
	teardown();
	pool = ul_lease_pool_new(&lo, &hi, &excluded, 1);
	ck_assert_int_eq(keep(owner_mac(1), 16), -EADDRNOTAVAIL);
}
END_TEST

/* One MAC with any number of names leaves addresses for the others. */
START_TEST(a_mac_has_a_limit)
{
	char id[3] = "a";

	teardown();
	open_pool(15, 99);
	for (int i = 0; i < 40; i++) {
		unsigned int n = 15 + (unsigned int)i;
		int want = i < UL_LEASE_PER_MAC ? (int)n : -ENOSPC;

		id[1] = (char)('0' + i);
		ck_assert_int_eq(offer(by_id(1, id), 0), want);
		ck_assert_int_eq(bind_to(by_id(1, id), n, 0),
				 want < 0 ? want : 0);
	}
	id[1] = '3';
	ck_assert_int_eq(offer(by_id(1, id), 0), 18);
	ck_assert_int_eq(bind_to(by_id(1, id), 18, 0), 0);
	ck_assert_int_eq(offer(by_mac(2), 0), 15 + UL_LEASE_PER_MAC);
	id[1] = 'x';
	ck_assert_int_ge(offer(by_id(1, id), 2 * HOUR), 0);
}
END_TEST

/* Who refuses one address after the other has had that many. */
START_TEST(declined_addresses_count)
{
	teardown();
	open_pool(15, 99);
	for (unsigned int i = 0; i < UL_LEASE_PER_MAC; i++) {
		ck_assert_int_eq(offer(by_mac(1), 0), (int)(15 + i));
		ck_assert_int_eq(decline(by_mac(1), 15 + i, 0), 0);
	}
	ck_assert_int_eq(offer(by_mac(1), 0), -ENOSPC);
	ck_assert_int_eq(bind_to(by_mac(1), 90, 0), -ENOSPC);
	ck_assert_int_eq(offer(by_mac(2), 0), 15 + UL_LEASE_PER_MAC);
	ck_assert_int_ge(offer(by_mac(1), UL_LEASE_DECLINED_US), 0);
}
END_TEST

/* Nor can one that answers on every address keep them from the others. */
START_TEST(taken_addresses_count)
{
	static const uint8_t liar[6] = { 2, [5] = 9 };
	struct ul_addr a;

	teardown();
	open_pool(15, 99);
	for (unsigned int i = 0; i < UL_LEASE_PER_MAC; i++) {
		a = at(15 + i);
		ck_assert_int_eq(offer(by_mac(1), 0), (int)(15 + i));
		ck_assert(ul_lease_set_taken(pool, &a, liar, 0));
		ck_assert_int_eq(ul_lease_state(pool, &a, 0),
				 UL_LEASE_DECLINED);
	}
	a = at(15 + UL_LEASE_PER_MAC);
	ck_assert_int_eq(offer(by_mac(1), 0), 15 + UL_LEASE_PER_MAC);
	ck_assert(!ul_lease_set_taken(pool, &a, liar, 0));
	ck_assert(ul_lease_is_checked(pool, &a));
	ck_assert_int_eq(offer(by_mac(1), 0), 15 + UL_LEASE_PER_MAC);
	/* Another machine is believed, and this one later. */
	ck_assert(ul_lease_set_taken(pool, &a, (const uint8_t[6]){ 4 }, 0));
	a = at(98);
	ck_assert(ul_lease_set_taken(pool, &a, liar, UL_LEASE_DECLINED_US));
}
END_TEST

/*
 * The model: who was told what, until when. Clients differ in MAC and
 * identifier both, so that "the same client" is one number.
 */
#define CLIENTS 12
#define ADDRS 8
#define STEPS 4000

struct claim {
	int client;		/* -1: nobody */
	bool is_declined;
	int64_t until;
};

static uint32_t rng;

static unsigned int draw(unsigned int n)
{
	rng = rng * 1664525u + 1013904223u;
	return (rng >> 16) % n;
}

static struct ul_lease_client client(int n)
{
	static const char *const ids[] = { "a", "b", "c", "d", "e", "f" };

	if (n % 2)
		return by_id((uint8_t)n, ids[n / 2]);
	return by_mac((uint8_t)n);
}

static bool is_held(const struct claim *m, int64_t now)
{
	return (m->client >= 0 || m->is_declined) && now < m->until;
}

static void model_offer(struct claim *model, int c, int64_t now)
{
	struct ul_lease_client who = client(c);
	struct ul_addr wanted = at(15 + draw(ADDRS + 2)), got;
	int64_t until = now + draw(40) * SECOND;
	bool has_free = false, has_own = false;
	struct claim *m;
	int err;

	for (int i = 0; i < ADDRS; i++) {
		has_free |= !is_held(&model[i], now);
		has_own |= is_held(&model[i], now) && model[i].client == c;
	}
	err = ul_lease_offer(pool, &who, draw(2) ? &wanted : NULL, now, until,
			     &got);
	ck_assert_int_eq(err, has_free || has_own ? 0 : -ENOSPC);
	if (err < 0)
		return;
	m = &model[(ul_addr_to_v4(&got) & 0xff) - 15];
	ck_assert(!is_held(m, now) || (m->client == c && !m->is_declined));
	ck_assert(!has_own || is_held(m, now));
	if (!is_held(m, now) || ul_lease_state(pool, &got, now) !=
	    UL_LEASE_BOUND)
		*m = (struct claim){ .client = c, .until = until };
}

static void model_bind(struct claim *model, int c, int64_t now)
{
	struct ul_lease_client who = client(c);
	unsigned int n = draw(ADDRS);
	struct ul_addr a = at(15 + n);
	int64_t until = now + draw(200) * SECOND;
	bool is_free = !is_held(&model[n], now) ||
		       (model[n].client == c && !model[n].is_declined);

	ck_assert_int_eq(ul_lease_bind(pool, &who, &a, now, until),
			 is_free ? 0 : -EADDRINUSE);
	if (!is_free)
		return;
	for (int i = 0; i < ADDRS; i++)
		if (model[i].client == c)
			model[i] = (struct claim){ .client = -1 };
	model[n] = (struct claim){ .client = c, .until = until };
}

static void model_give_back(struct claim *model, int c, int64_t now,
			    bool is_decline)
{
	struct ul_lease_client who = client(c);
	unsigned int n = draw(ADDRS);
	struct ul_addr a = at(15 + n);
	bool is_own = is_held(&model[n], now) && model[n].client == c &&
		      !model[n].is_declined;
	int err = is_decline ? ul_lease_decline(pool, &who, &a, now) :
		  ul_lease_release(pool, &who, &a, now);

	ck_assert_int_eq(err, is_own ? 0 : -ENOENT);
	if (!is_own)
		return;
	model[n] = (struct claim){ .client = -1 };
	if (is_decline) {
		model[n].is_declined = true;
		model[n].until = now + UL_LEASE_DECLINED_US;
	}
}

START_TEST(random_operations_keep_the_laws)
{
	struct claim model[ADDRS];
	int64_t now = 0;

	teardown();
	open_pool(15, 15 + ADDRS - 1);
	rng = 77 + (uint32_t)_i;
	for (int i = 0; i < ADDRS; i++)
		model[i] = (struct claim){ .client = -1 };
	for (int step = 0; step < STEPS; step++) {
		int c = (int)draw(CLIENTS);

		now += draw(10) * SECOND;
		switch (draw(8)) {
		case 0:
			model_give_back(model, c, now, false);
			break;
		case 1:
			model_give_back(model, c, now, true);
			break;
		case 2:
		case 3:
		case 4:
			model_bind(model, c, now);
			break;
		default:
			model_offer(model, c, now);
		}
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lease");
	TCase *tc = tcase_create("lease");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, addresses_come_in_order);
	tcase_add_test(tc, client_keeps_its_address_over_expiry_and_release);
	tcase_add_test(tc, longest_dead_address_is_reused_first);
	tcase_add_test(tc, wanted_address_is_given_only_when_free);
	tcase_add_test(tc, declined_address_is_parked);
	tcase_add_test(tc, excluded_and_foreign_addresses_are_never_given);
	tcase_add_test(tc,
		       one_machine_with_and_without_identifier_is_one_client);
	tcase_add_test(tc, two_identifiers_behind_one_mac_are_two_clients);
	tcase_add_test(tc, long_identifier_counts_as_none);
	tcase_add_test(tc, client_that_moves_leaves_its_old_address);
	tcase_add_test(tc, what_is_forgotten_can_be_restored_otherwise);
	tcase_add_test(tc, large_range_is_cut);
	tcase_add_test(tc, each_lists_what_is_bound);
	tcase_add_test(tc, kept_address_is_its_owners_alone);
	tcase_add_test(tc, kept_address_may_be_outside_of_the_range);
	tcase_add_test(tc, what_is_bound_or_kept_is_not_open);
	tcase_add_test(tc, owner_is_sent_for_what_is_kept);
	tcase_add_test(tc, who_had_it_before_loses_it_on_renewal);
	tcase_add_test(tc, who_had_it_before_may_release_it);
	tcase_add_test(tc, declined_kept_address_is_replaced_for_a_while);
	tcase_add_test(tc, owner_by_mac_is_known_by_any_identifier);
	tcase_add_test(tc, owner_by_identifier_has_any_mac);
	tcase_add_test(tc, kept_leases_are_listed_once);
	tcase_add_test(tc, kept_addresses_are_bounded);
	tcase_add_test(tc, a_mac_has_a_limit);
	tcase_add_test(tc, declined_addresses_count);
	tcase_add_test(tc, taken_addresses_count);
	tcase_add_loop_test(tc, random_operations_keep_the_laws, 0, 8);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
