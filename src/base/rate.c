/* SPDX-License-Identifier: BSD-3-Clause */
/* rate.c - token bucket, and a meter of bytes */
#include "base/rate.h"

#define SECOND_US 1000000ll
#define SECOND_NS 1000000000ull
/* Longer than any burst lasts: keeps the sums below inside 64 bits. */
#define BURST_NS_MAX (3600 * SECOND_NS)

/*
 * Only whole tokens are given back, and only the time that they took is
 * counted as used: a bucket that is asked often loses no fractions.
 */
static void refill(struct ul_rate *rate, int64_t now_us, uint32_t per_s)
{
	int64_t passed = now_us - rate->refilled_us;
	int64_t back;

	if (!rate->spent || passed < 0) {
		rate->refilled_us = now_us;
		return;
	}
	if (passed >= SECOND_US * rate->spent / per_s + 1) {
		rate->spent = 0;
		rate->refilled_us = now_us;
		return;
	}
	back = passed * per_s / SECOND_US;
	rate->spent -= (uint32_t)back < rate->spent ? (uint32_t)back
						    : rate->spent;
	rate->refilled_us += back * SECOND_US / per_s;
}

bool ul_rate_take(struct ul_rate *rate, int64_t now_us, uint32_t per_s,
		  uint32_t burst)
{
	refill(rate, now_us, per_s);
	if (rate->spent >= burst)
		return false;
	rate->spent++;
	return true;
}

/* The time that @n bytes take, at most an hour. */
static int64_t time_of(uint64_t n, uint64_t per_s)
{
	if (!per_s || n / per_s >= BURST_NS_MAX / SECOND_NS)
		return (int64_t)BURST_NS_MAX;
	/* What is left after whole seconds is below per_s: no overflow. */
	return (int64_t)(n / per_s * SECOND_NS +
			 (uint64_t)((double)(n % per_s) * SECOND_NS / per_s));
}

bool ul_meter_take(struct ul_meter *meter, int64_t now_us, uint64_t per_s,
		   uint64_t burst, size_t n)
{
	int64_t now_ns = now_us * 1000;
	int64_t from_ns = meter->full_ns > now_ns ? meter->full_ns : now_ns;

	if (from_ns > now_ns && from_ns - now_ns >= time_of(burst, per_s))
		return false;
	meter->full_ns = from_ns + time_of(n, per_s);
	return true;
}

int64_t ul_meter_ready_us(const struct ul_meter *meter, uint64_t per_s,
			  uint64_t burst)
{
	return (meter->full_ns - time_of(burst, per_s) / 2) / 1000 + 1;
}
