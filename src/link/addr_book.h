/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * addr_book.h - which guest's MAC has which IP address
 *
 * For an uplink on which all guests are one MAC. Pure: time is an argument.
 * Bounded: so many guests, so many addresses each; who was heard of longest
 * ago makes room, so that one guest's claims never cost another its entry.
 * What was not heard of for ten minutes is forgotten.
 */
#ifndef UL_LINK_ADDR_BOOK_H
#define UL_LINK_ADDR_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

#define UL_ADDR_BOOK_GUESTS 1024
#define UL_ADDR_BOOK_PER_GUEST 16
#define UL_ADDR_BOOK_AGE_US (600 * INT64_C(1000000))

struct ul_addr_book;

struct ul_addr_book *ul_addr_book_new(void);
/* NULL is fine. */
void ul_addr_book_free(struct ul_addr_book *b);

/* A guest with @mac sent a frame. */
void ul_addr_book_hear_mac(struct ul_addr_book *b, const uint8_t mac[6],
			   int64_t now_us);

/* @mac says that @addr is its own: it is, whoever had it before. */
void ul_addr_book_claim(struct ul_addr_book *b, const struct ul_addr *addr,
			const uint8_t mac[6], int64_t now_us);

/* @mac sent a packet from @addr: it has it unless another is known to. */
void ul_addr_book_hear(struct ul_addr_book *b, const struct ul_addr *addr,
		       const uint8_t mac[6], int64_t now_us);

/* The MAC that has @addr, borrowed until the book changes; or NULL. */
const uint8_t *ul_addr_book_find(struct ul_addr_book *b,
				 const struct ul_addr *addr, int64_t now_us);

/* Has @mac been heard of? */
bool ul_addr_book_knows(struct ul_addr_book *b, const uint8_t mac[6],
			int64_t now_us);

/* Addresses known now, aged ones among them. */
size_t ul_addr_book_count(const struct ul_addr_book *b);

#endif
