/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rootdir.h - files of one directory, and of none other
 *
 * A name comes from who is not trusted: whatever it says, and whatever links
 * are in the directory, what is opened is a regular file below it.
 */
#ifndef UL_SYS_ROOTDIR_H
#define UL_SYS_ROOTDIR_H

#include <stdint.h>

/* A descriptor of the directory @path, the caller's; or -errno. */
int ul_rootdir_open(const char *path);

/*
 * A descriptor to read the file @name from, its size in *@size. A slash at
 * the beginning counts for nothing. -ENOENT; -EACCES: not readable, not a
 * regular file, or not below the directory; or another -errno.
 */
int ul_rootdir_file(int dir, const char *name, uint64_t *size);

/* The same by the way of kernels before 5.6, which follows no link at all. */
int ul_rootdir_file_by_steps(int dir, const char *name, uint64_t *size);

#endif
