/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rate.h - token bucket, and a meter of bytes
 *
 * Zero-initialised they are full. A clock that goes backwards adds nothing.
 */
#ifndef UL_BASE_RATE_H
#define UL_BASE_RATE_H

#include <stdbool.h>
#include <stddef.h>
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

/*
 * A bucket of bytes that is asked for many at a time. It may be overdrawn
 * once: whatever is left takes a frame of any size, and the debt is paid
 * before the next. So a burst below one frame limits the rate, and never
 * stops all.
 */
struct ul_meter {
	int64_t full_ns;	/* when the bucket is full again */
};

/* Take @n bytes at @per_s bytes a second, with @burst bytes of room. */
bool ul_meter_take(struct ul_meter *meter, int64_t now_us, uint64_t per_s,
		   uint64_t burst, size_t n);
/* The time at which half of the bucket is there. */
int64_t ul_meter_ready_us(const struct ul_meter *meter, uint64_t per_s,
			  uint64_t burst);

#endif
