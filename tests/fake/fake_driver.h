/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fake_driver.h - a guest's driver of virtqueues, in memory of its own
 *
 * The memory is a memfd: two regions with a hole between them in the guest's
 * addresses, none in the file. Rings of both kinds can be written by the
 * rules; tests break them by hand.
 */
#ifndef UL_TESTS_FAKE_DRIVER_H
#define UL_TESTS_FAKE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "link/vring.h"

#define FAKE_LOW_LEN (1u << 20)
#define FAKE_HIGH_LEN (3u << 20)
#define FAKE_MEM_LEN (FAKE_LOW_LEN + FAKE_HIGH_LEN)
#define FAKE_HIGH_GPA 0x100000000u
#define FAKE_UVA 0x7f1200000000u
#define FAKE_SIZE_MAX 1024

#define FAKE_DESC_NEXT 1u
#define FAKE_DESC_WRITE 2u
#define FAKE_DESC_INDIRECT 4u

struct fake_mem {
	int fd;
	uint8_t *data;			/* FAKE_MEM_LEN bytes */
	struct ul_vhost_region region[2];
};

struct fake_mem fake_mem_new(void);
void fake_mem_free(struct fake_mem *m);
/* What the guest calls byte @off of the memory, and the machine. */
uint64_t fake_gpa(size_t off);
uint64_t fake_uva(size_t off);

struct fake_seg {
	size_t off;
	uint32_t len;
	bool is_in;			/* the device writes it */
};

struct fake_ring {
	struct fake_mem *mem;
	struct ul_vring_conf conf;
	size_t desc, driver, device, table;	/* where they are */
	uint16_t next;			/* next descriptor to use */
	uint16_t avail_idx, used_idx;
	bool wrap, used_wrap;
	uint16_t slots[FAKE_SIZE_MAX];	/* packed: of each id */
	unsigned int unsaid;		/* made available, not looked at */
};

/* A ring of @size at @off, which takes FAKE_RING_LEN bytes at most. */
#define FAKE_RING_LEN (FAKE_SIZE_MAX * (16 + 2 + 8 + 16 * 16) + 4096)
void fake_ring_init(struct fake_ring *r, struct fake_mem *m, size_t off,
		    const struct ul_vring_conf *conf);

/* Make a chain available; its id. There must be room. */
uint16_t fake_ring_add(struct fake_ring *r, const struct fake_seg *seg,
		       unsigned int count);
/* The same through an indirect table (16 pieces at most). */
uint16_t fake_ring_add_indirect(struct fake_ring *r,
				const struct fake_seg *seg,
				unsigned int count);
/* Does the device want to be kicked for what was added? Asked once for it. */
bool fake_ring_must_kick(struct fake_ring *r);
/* The next chain that was given back. False: none. */
bool fake_ring_used(struct fake_ring *r, uint16_t *id, uint32_t *len);
/* Wish to be told of the next one; or rather not. */
void fake_ring_want_calls(struct fake_ring *r, bool wants);

/* Write a descriptor as it is (last: next, or id of a packed ring). */
void fake_ring_desc(struct fake_ring *r, uint16_t i, uint64_t gpa,
		    uint32_t len, uint16_t flags, uint16_t last);
/* Split: entry @i of the available ring; its index. */
void fake_ring_avail(struct fake_ring *r, uint16_t i, uint16_t head);
void fake_ring_set_avail_idx(struct fake_ring *r, uint16_t idx);

#endif
