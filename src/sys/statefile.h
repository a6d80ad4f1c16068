/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * statefile.h - a small file that is there whole, or not
 *
 * Errors are -errno. These calls wait for the disk.
 */
#ifndef UL_SYS_STATEFILE_H
#define UL_SYS_STATEFILE_H

#include <stddef.h>

/*
 * The whole file, with a NUL behind its last byte; the caller's (g_free).
 * -EFBIG: it has more than @max bytes; -EINVAL: it is no regular file.
 */
int ul_statefile_read(const char *path, size_t max, char **out, size_t *len);

/*
 * Put @data in the place of the file, of mode 0600, making its directory
 * (0700) when there is none. Whoever reads @path, even after a power cut,
 * finds the old file or the new one.
 */
int ul_statefile_write(const char *path, const char *data, size_t len);

/* Rename it to PATH.damaged, in the place of an older one. */
int ul_statefile_set_aside(const char *path);

#endif
