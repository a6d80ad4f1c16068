/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rate.h - token bucket
 *
 * Zero-initialised it is full. A clock that goes backwards adds nothing.
 */
#ifndef UL_BASE_RATE_H
#define UL_BASE_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct ul_rate {
	int64_t refilled_us;	/* tokens were counted up to here */
	uint32_t spent;		/* of the burst, since then */
};

/*
 * Take one token of a bucket of @burst that is refilled with @per_s tokens a
 * second, both above 0. False when it is empty.
 */
bool ul_rate_take(struct ul_rate *rate, int64_t now_us, uint32_t per_s,
		  uint32_t burst);

#endif
