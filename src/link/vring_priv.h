/* SPDX-License-Identifier: BSD-3-Clause */
/* vring_priv.h - what the two kinds of rings share */
#ifndef UL_LINK_VRING_PRIV_H
#define UL_LINK_VRING_PRIV_H

#include <endian.h>
#include <string.h>

#include "link/vring.h"

/* Flags of a descriptor (2.7.5, 2.8.1). */
#define UL_DESC_NEXT 1u
#define UL_DESC_WRITE 2u
#define UL_DESC_INDIRECT 4u

#define UL_DESC_LEN 16

struct ul_vring_kind {
	/* Find the ring in memory: 0 or -EFAULT. */
	int (*find)(struct ul_vring *vr);
	void (*start)(struct ul_vring *vr, uint32_t base);
	uint32_t (*base)(const struct ul_vring *vr);
	int (*pop)(struct ul_vring *vr, struct ul_chain *out);
	void (*push)(struct ul_vring *vr, uint16_t id, uint16_t slots,
		     uint32_t len);
	/* As ul_vring_publish(), something was pushed. */
	bool (*publish)(struct ul_vring *vr);
	void (*refuse_kicks)(struct ul_vring *vr);
	/* As ul_vring_want_kicks(). */
	bool (*want_kicks)(struct ul_vring *vr, struct ul_vring_mark seen);
};

extern const struct ul_vring_kind ul_vring_split;
extern const struct ul_vring_kind ul_vring_packed;

/* A descriptor, copied. @last is its next one (split) or id (packed). */
struct ul_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t last;
};

/*
 * Copy @n bytes that the guest may change meanwhile, and never read them
 * again: the barrier keeps the compiler from it.
 */
static inline void ul_fetch(void *out, const void *from, size_t n)
{
	memcpy(out, from, n);
	__asm__ volatile("" : : : "memory");
}

static inline uint16_t ul_load16(const uint8_t *p)
{
	return le16toh(__atomic_load_n((const uint16_t *)p, __ATOMIC_ACQUIRE));
}

static inline void ul_store16(uint8_t *p, uint16_t v)
{
	__atomic_store_n((uint16_t *)p, htole16(v), __ATOMIC_RELEASE);
}

/* Is @event one of those between @old and @now? (2.7.10) */
static inline bool ul_is_event(uint16_t event, uint16_t now, uint16_t old)
{
	return (uint16_t)(now - event - 1) < (uint16_t)(now - old);
}

/* Put the buffer of @d into the chain. 0 or -EPROTO. */
int ul_chain_add(struct ul_vring *vr, struct ul_chain *chain,
		 const struct ul_desc *d);

/* The table that @d leads to: how many descriptors it has, or -EPROTO. */
int ul_vring_indirect(struct ul_vring *vr, const struct ul_desc *d,
		      struct iovec *table);

#endif
