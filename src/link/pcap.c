/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcap.c - writing frames to a capture file
 *
 * Each frame is written at once, so that a reader of the file sees it. A file
 * takes it all; a pipe whose reader is slow takes a part or nothing: the rest
 * of that record waits in a bounded backlog, and frames for which that has no
 * room are left out of the capture, whole. No write ever blocks.
 *
 * The file ends with a whole record, on a full disk too.
 */
#include "link/pcap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "base/log.h"

#define MAGIC_NS 0xa1b23c4du
#define LINKTYPE_ETHERNET 1
#define BACKLOG_MAX (1u << 20)
#define IOV_COUNT (UL_PORT_PIECES_MAX + 1)	/* one for the header */

struct ul_pcap {
	int fd;			/* -1 after an error */
	uint64_t written;	/* bytes that went out */
	uint64_t whole;		/* of these, up to the end of a record */
	uint64_t left_out;	/* frames that had no room in the backlog */
	uint8_t *backlog;	/* NULL until a write was short */
	size_t backlog_len;
};

/* Both headers are in the byte order of the writer, as the format has it. */
struct file_header {
	uint32_t magic;
	uint16_t major, minor;
	uint32_t zone, accuracy;
	uint32_t snaplen;
	uint32_t linktype;
};

struct record_header {
	uint32_t sec, nsec;
	uint32_t caplen, len;
};

/* Cut a record that went out in part; of a pipe it cannot be had back. */
static void stop(struct ul_pcap *pcap)
{
	if (pcap->written != pcap->whole &&
	    ftruncate(pcap->fd, (off_t)pcap->whole) < 0)
		ul_log(DEBUG, "pcap", "the last record is cut");
	close(pcap->fd);
	pcap->fd = -1;
}

/* A write failed: try later, or never again. */
static void failed(struct ul_pcap *pcap, int err)
{
	if (err == EAGAIN || err == EINTR)
		return;
	ul_log(ERROR, "pcap", "capture stopped: %s", strerror(err));
	stop(pcap);
}

/* Keep what is behind the first @skip bytes of a record. There is room. */
static void keep(struct ul_pcap *pcap, const struct iovec *iov, int count,
		 size_t skip)
{
	if (!pcap->backlog)
		pcap->backlog = g_malloc(BACKLOG_MAX);
	for (int i = 0; i < count; i++) {
		size_t off = skip < iov[i].iov_len ? skip : iov[i].iov_len;
		size_t len = iov[i].iov_len - off;

		memcpy(pcap->backlog + pcap->backlog_len,
		       (const uint8_t *)iov[i].iov_base + off, len);
		pcap->backlog_len += len;
		skip -= off;
	}
}

static void write_backlog(struct ul_pcap *pcap)
{
	ssize_t n;

	if (pcap->fd < 0 || !pcap->backlog_len)
		return;
	n = write(pcap->fd, pcap->backlog, pcap->backlog_len);
	if (n < 0) {
		failed(pcap, errno);
		return;
	}
	pcap->written += (uint64_t)n;
	pcap->backlog_len -= (size_t)n;
	memmove(pcap->backlog, pcap->backlog + n, pcap->backlog_len);
	if (!pcap->backlog_len)
		pcap->whole = pcap->written;
}

static void write_record(struct ul_pcap *pcap, const struct iovec *iov,
			 int count, size_t len)
{
	ssize_t n = 0;

	write_backlog(pcap);
	if (pcap->fd >= 0 && !pcap->backlog_len)
		n = writev(pcap->fd, iov, count);
	if (n < 0) {
		failed(pcap, errno);
		n = 0;
	}
	if (pcap->fd < 0)
		return;
	pcap->written += (uint64_t)n;
	if ((size_t)n == len)
		pcap->whole = pcap->written;
	else if (pcap->backlog_len + len - (size_t)n <= BACKLOG_MAX)
		keep(pcap, iov, count, (size_t)n);
	else
		pcap->left_out++;
}

struct ul_pcap *ul_pcap_open(const char *path)
{
	struct file_header h = {
		.magic = MAGIC_NS, .major = 2, .minor = 4,
		.snaplen = UL_FRAME_MAX, .linktype = LINKTYPE_ETHERNET,
	};
	struct iovec iov = { &h, sizeof(h) };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
		      O_NONBLOCK, 0600);
	struct ul_pcap *pcap;

	if (fd < 0)
		return NULL;
	pcap = g_new0(struct ul_pcap, 1);
	pcap->fd = fd;
	write_record(pcap, &iov, 1, sizeof(h));
	return pcap;
}

void ul_pcap_free(struct ul_pcap *pcap)
{
	if (!pcap)
		return;
	write_backlog(pcap);
	if (pcap->left_out)
		ul_log(WARN, "pcap", "%llu frames were left out: the reader was slow",
		       (unsigned long long)pcap->left_out);
	if (pcap->fd >= 0)
		stop(pcap);
	g_free(pcap->backlog);
	g_free(pcap);
}

void ul_pcap_write(struct ul_pcap *pcap, const struct ul_piece *piece,
		   unsigned int count)
{
	size_t len = ul_pieces_len(piece, count);
	struct iovec iov[IOV_COUNT];
	struct record_header h;
	struct timespec ts;

	if (pcap->fd < 0 || count > UL_PORT_PIECES_MAX || len > UL_FRAME_MAX)
		return;
	for (unsigned int i = 0; i < count; i++)
		iov[i + 1] = (struct iovec){
			(void *)piece[i].data, piece[i].len,
		};
	clock_gettime(CLOCK_REALTIME, &ts);
	h = (struct record_header){
		.sec = (uint32_t)ts.tv_sec, .nsec = (uint32_t)ts.tv_nsec,
		.caplen = (uint32_t)len, .len = (uint32_t)len,
	};
	iov[0] = (struct iovec){ &h, sizeof(h) };
	write_record(pcap, iov, (int)count + 1, sizeof(h) + len);
}
