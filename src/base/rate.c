/* SPDX-License-Identifier: BSD-3-Clause */
/* rate.c - token bucket */
#include "base/rate.h"

#define SECOND_US 1000000ll

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
