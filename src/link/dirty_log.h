/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dirty_log.h - which pages of a guest were written, for its migration
 *
 * A bit for each 4 KiB of guest addresses, in memory that the machine shares,
 * reads and clears while we set more.
 */
#ifndef UL_LINK_DIRTY_LOG_H
#define UL_LINK_DIRTY_LOG_H

#include "sys/shared_map.h"

#define UL_DIRTY_PAGE 4096

/* All zero: there is none. */
struct ul_dirty_log {
	struct ul_shared_map map;
};

static inline bool ul_dirty_log_is_on(const struct ul_dirty_log *log)
{
	return log->map.data;
}

/* @len bytes at @gpa were written. Pages beyond the log are not noted. */
static inline void ul_dirty_log_mark(struct ul_dirty_log *log, uint64_t gpa,
				     uint64_t len)
{
	uint64_t page = gpa / UL_DIRTY_PAGE;
	uint64_t last = len ? (gpa + (len - 1)) / UL_DIRTY_PAGE : 0;

	if (!len || gpa + (len - 1) < gpa)
		return;
	for (; page <= last && page / 8 < log->map.len; page++)
		__atomic_fetch_or(&log->map.data[page / 8],
				  (uint8_t)(1u << (page % 8)),
				  __ATOMIC_RELEASE);
}

#endif
