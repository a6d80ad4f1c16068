/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * holes.h - which of the bytes sent the guest still misses
 *
 * Kept from what it acknowledges, cumulatively and selectively (RFC 2018):
 * ranges between what it has. No lwIP, no clock, no I/O: a caller brings the
 * sequence numbers and the time, and resends.
 *
 * A hole that was resent may be lost again. What was sent later and has come
 * says so: another hole that was resent after it, or bytes that were sent the
 * first time after it (the idea of RFC 8985, without a time for each segment).
 *
 * Everything is bounded: a guest that reports more holes than are kept has
 * some of what it has sent again.
 */
#ifndef UL_STACK_HOLES_H
#define UL_STACK_HOLES_H

#include <stdbool.h>
#include <stdint.h>

#define UL_HOLES_MAX 256

struct ul_hole {
	uint32_t start, end;
	uint32_t next;		/* from here on it is to be sent again */
	uint32_t mark;		/* first byte that was not sent before it */
	uint32_t order;		/* of its last resending; 0: none */
	int64_t sent_us;
};

struct ul_holes {
	struct ul_hole *hole;	/* lowest first */
	unsigned int count, cap;
	uint32_t top;		/* all below is acknowledged, had or in a hole */
	uint32_t order;		/* of the last resending */
	uint32_t had_order, had_end;	/* of the last resent that has come */
};

/* Sequence numbers, which wrap. */
static inline bool ul_seq_lt(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* Nothing is missing below @una. Frees what is held. */
void ul_holes_reset(struct ul_holes *h, uint32_t una);

/* The guest has all below @una. */
void ul_holes_acked(struct ul_holes *h, uint32_t una);

/*
 * The guest has @left to before @right, both at or above what it acknowledged
 * and @left below @right. True when that is news. Without memory for another
 * hole a part of what it has is forgotten.
 */
bool ul_holes_had(struct ul_holes *h, uint32_t left, uint32_t right);

/* What it said it has is no longer believed: all up to @end is missing. */
void ul_holes_doubt(struct ul_holes *h, uint32_t una, uint32_t end);

/*
 * Holes with at least @bytes had above them are lost; how many, all from the
 * lowest on. 0 bytes: all of them.
 */
unsigned int ul_holes_lost(const struct ul_holes *h, uint32_t bytes);

/*
 * Is hole @i lost again? It was resent before @before_us, and what was sent
 * after it has come: another, or @bytes of new data. True: it starts anew.
 */
bool ul_holes_retry(struct ul_holes *h, unsigned int i, uint32_t bytes,
		    int64_t before_us);

/* @len bytes more of hole @i were sent, with all below @mark sent before. */
void ul_holes_sent(struct ul_holes *h, unsigned int i, uint32_t len,
		   uint32_t mark, int64_t now_us);

#endif
