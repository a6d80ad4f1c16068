/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * followed.h - a small text file that is read again when it changed
 *
 * However it is changed: in place, by rename, by pointing a symbolic link on
 * the way to it elsewhere, by mounting over it. Nothing is read before
 * somebody asks.
 */
#ifndef UL_SYS_FOLLOWED_H
#define UL_SYS_FOLLOWED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ul_followed;

struct ul_followed *ul_followed_new(const char *path);
void ul_followed_free(struct ul_followed *f);	/* NULL is fine */

/* Becomes readable when the file may have changed; -1 without inotify. */
int ul_followed_fd(const struct ul_followed *f);
/* Take what is readable there: the file counts as changed. */
void ul_followed_drain(struct ul_followed *f);

/*
 * Is it to be read again? @now_us (from 0 on) limits looks at the disk to one
 * a second while nothing was drained.
 */
bool ul_followed_is_stale(struct ul_followed *f, int64_t now_us);

/*
 * Read at most @size bytes of it into @text; what comes from now on makes it
 * stale. How many, or -errno; never waits.
 */
ssize_t ul_followed_read(struct ul_followed *f, char *text, size_t size);

#endif
