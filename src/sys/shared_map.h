/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * shared_map.h - memory that another process shares with us, by a descriptor
 *
 * The other one may cut its file short at any time; whoever then touches what
 * is gone is killed by SIGBUS. Here zeros take the place of all of such a
 * memory instead, and it is lost: reads and writes go on, to nobody. For that
 * there is a handler of SIGBUS from the first such memory on.
 */
#ifndef UL_SYS_SHARED_MAP_H
#define UL_SYS_SHARED_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

/* Stays where it is while mapped. All zero: not mapped. */
struct ul_shared_map {
	uint8_t *data;			/* @len bytes of the file */
	size_t len;
	struct ul_list node;
	uint8_t *base;			/* of whole pages */
	size_t base_len;
	volatile bool is_lost;
};

/*
 * Map @len bytes at @offset of @fd, which may be closed then. 0 or -errno:
 * -EINVAL when it is not memory (a memfd, a file in /dev/shm or of huge
 * pages), is not that long, or @len is 0; -ENOMEM when it, with all others,
 * takes too many addresses.
 */
int ul_shared_map(struct ul_shared_map *map, int fd, uint64_t offset,
		  uint64_t len);

/* Harmless when not mapped. */
void ul_shared_unmap(struct ul_shared_map *map);

/*
 * Anonymous memory of @len bytes, zeroed, and its descriptor in *@fd, the
 * caller's, to give to another process. 0 or -errno.
 */
int ul_shared_make(int *fd, const char *name, size_t len);

#endif
