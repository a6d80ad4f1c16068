/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_mem.h - the memory of a guest, as its machine shares it with us
 *
 * Regions, sorted by guest address. Every address that a guest or a machine
 * names is looked up here, with its length; nobody else makes a pointer of
 * one. What a pointer leads to changes at any time: copy first, then check.
 */
#ifndef UL_LINK_GUEST_MEM_H
#define UL_LINK_GUEST_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "wire/vhost_msg.h"

/* Regions at most: memory slots that a machine may plug. */
#define UL_GUEST_MEM_REGIONS_MAX 64
/* Bytes of them together: an eighth of what all machines may have. */
#define UL_GUEST_MEM_LEN_MAX (1ull << 42)

struct ul_guest_mem;

/* Without any memory yet. */
struct ul_guest_mem *ul_guest_mem_new(void);
/* NULL is fine. */
void ul_guest_mem_free(struct ul_guest_mem *mem);

/*
 * @count regions, each of the descriptor at its place, take the place of all
 * others; pointers into those are over. The descriptors stay the caller's. 0;
 * -EINVAL when one is empty, wraps, overlaps another in guest addresses or in
 * the machine's, or is no memory of that length; -ENOMEM, also when they are
 * longer than UL_GUEST_MEM_LEN_MAX together. Nothing has changed then.
 */
int ul_guest_mem_set(struct ul_guest_mem *mem,
		     const struct ul_vhost_region *region, const int *fd,
		     unsigned int count);
/* One more; -ENOSPC when there are UL_GUEST_MEM_REGIONS_MAX. */
int ul_guest_mem_add(struct ul_guest_mem *mem,
		     const struct ul_vhost_region *region, int fd);
/* That one, by its addresses and length. -ENOENT when there is none. */
int ul_guest_mem_remove(struct ul_guest_mem *mem,
			const struct ul_vhost_region *region);

/*
 * @len bytes at the guest's address @gpa, as pieces of @iov, of which there
 * are more than one where regions meet. How many; -EFAULT when a byte of it is
 * in no region, or it takes more than @max pieces.
 */
int ul_guest_mem_find(struct ul_guest_mem *mem, uint64_t gpa, uint64_t len,
		      struct iovec *iov, unsigned int max);

/*
 * @len bytes at @uva of the machine's, in one region, at a multiple of @align.
 * NULL when they are not; *@gpa is what the guest calls them.
 */
void *ul_guest_mem_at(struct ul_guest_mem *mem, uint64_t uva, uint64_t len,
		      size_t align, uint64_t *gpa);

/*
 * Note from now on what is written, in a log of @len bytes at @offset of @fd,
 * which stays the caller's. 0, or -errno as ul_shared_map() and nothing has
 * changed.
 */
int ul_guest_mem_log_to(struct ul_guest_mem *mem, int fd, uint64_t offset,
			uint64_t len);
void ul_guest_mem_stop_log(struct ul_guest_mem *mem);
/* @len bytes at @p, which was found here, were written. */
void ul_guest_mem_wrote(struct ul_guest_mem *mem, const void *p, size_t len);

/* Did the machine cut a region short? What was there reads as zero now. */
bool ul_guest_mem_is_lost(const struct ul_guest_mem *mem);

#endif
