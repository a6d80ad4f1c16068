/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record_file.h - whole records into a file or pipe, without ever waiting
 *
 * A file takes each record at once. A pipe whose reader is slow takes a part
 * or nothing: the rest of that record waits in a bounded backlog, and records
 * for which that has no room are left out, whole.
 */
#ifndef UL_LINK_RECORD_FILE_H
#define UL_LINK_RECORD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

struct ul_record_file;

/*
 * What is written to @take_fd begins where it stands. It must not block. The
 * process ignores SIGPIPE and SIGXFSZ.
 */
struct ul_record_file *ul_record_file_new(int take_fd);
/* Closed behind a whole record, on a full disk too. NULL is fine. */
void ul_record_file_free(struct ul_record_file *file);

/*
 * Write one record, the bytes of @iov together. 0: it is written or waits;
 * -EAGAIN: it is left out, and counted; otherwise -errno of a write that
 * failed, now or before: the file is closed behind the last whole record.
 */
int ul_record_file_write(struct ul_record_file *file, const struct iovec *iov,
			 int count);
/* Write what waits, as far as it goes. 0 or -errno as above. */
int ul_record_file_flush(struct ul_record_file *file);

bool ul_record_file_is_waiting(const struct ul_record_file *file);
uint64_t ul_record_file_left_out(const struct ul_record_file *file);

#endif
