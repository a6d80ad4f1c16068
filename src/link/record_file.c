/* SPDX-License-Identifier: BSD-3-Clause */
/* record_file.c - whole records into a file or pipe, without ever waiting */
#include "link/record_file.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"

#define BACKLOG_MAX (1u << 20)

struct ul_record_file {
	int fd;			/* -1 after an error */
	int error;		/* that error, positive */
	off_t base;		/* where it began; 0 for a pipe */
	uint64_t written;	/* bytes that went out */
	uint64_t whole;		/* of these, up to the end of a record */
	uint64_t left_out;
	uint8_t *backlog;	/* NULL until a write was short */
	size_t backlog_len;
};

struct ul_record_file *ul_record_file_new(int take_fd)
{
	struct ul_record_file *f = g_new0(struct ul_record_file, 1);
	off_t at = lseek(take_fd, 0, SEEK_CUR);

	f->fd = take_fd;
	f->base = at > 0 ? at : 0;
	return f;
}

/* Cut a record that went out in part; of a pipe it cannot be had back. */
static void stop(struct ul_record_file *f)
{
	if (f->written != f->whole &&
	    ftruncate(f->fd, f->base + (off_t)f->whole) < 0)
		ul_log(DEBUG, "capture", "the last record is cut");
	close(f->fd);
	f->fd = -1;
}

void ul_record_file_free(struct ul_record_file *f)
{
	if (!f)
		return;
	ul_record_file_flush(f);
	if (f->fd >= 0)
		stop(f);
	g_free(f->backlog);
	g_free(f);
}

/* A write failed: try later (0), or never again. */
static int failed(struct ul_record_file *f, int err)
{
	if (err == EAGAIN || err == EINTR)
		return 0;
	f->error = err;
	stop(f);
	return -err;
}

/* Keep what is behind the first @skip bytes of a record. There is room. */
static void keep(struct ul_record_file *f, const struct iovec *iov, int count,
		 size_t skip)
{
	if (!f->backlog)
		f->backlog = g_malloc(BACKLOG_MAX);
	for (int i = 0; i < count; i++) {
		size_t off = skip < iov[i].iov_len ? skip : iov[i].iov_len;
		size_t len = iov[i].iov_len - off;

		memcpy(f->backlog + f->backlog_len,
		       (const uint8_t *)iov[i].iov_base + off, len);
		f->backlog_len += len;
		skip -= off;
	}
}

int ul_record_file_flush(struct ul_record_file *f)
{
	ssize_t n;

	if (f->fd < 0)
		return -f->error;
	if (!f->backlog_len)
		return 0;
	n = write(f->fd, f->backlog, f->backlog_len);
	if (n < 0)
		return failed(f, errno);
	f->written += (uint64_t)n;
	f->backlog_len -= (size_t)n;
	memmove(f->backlog, f->backlog + n, f->backlog_len);
	if (!f->backlog_len)
		f->whole = f->written;
	return 0;
}

int ul_record_file_write(struct ul_record_file *f, const struct iovec *iov,
			 int count)
{
	int ret = ul_record_file_flush(f);
	size_t len = 0;
	ssize_t n = 0;

	if (ret < 0)
		return ret;
	for (int i = 0; i < count; i++)
		len += iov[i].iov_len;
	if (!f->backlog_len)
		n = writev(f->fd, iov, count);
	if (n < 0) {
		ret = failed(f, errno);
		n = 0;
	}
	if (ret < 0)
		return ret;
	f->written += (uint64_t)n;
	if ((size_t)n == len) {
		f->whole = f->written;
	} else if (f->backlog_len + len - (size_t)n <= BACKLOG_MAX) {
		keep(f, iov, count, (size_t)n);
	} else {
		f->left_out++;
		return -EAGAIN;
	}
	return 0;
}

bool ul_record_file_is_waiting(const struct ul_record_file *f)
{
	return f->backlog_len != 0;
}

uint64_t ul_record_file_left_out(const struct ul_record_file *f)
{
	return f->left_out;
}
