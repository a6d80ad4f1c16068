/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pcap.c - writing frames to a capture file
 *
 * Each frame is written at once, so that a reader of the file sees it.
 */
#include "link/pcap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include <glib.h>

#include "base/log.h"
#include "link/record_file.h"

#define MAGIC_NS 0xa1b23c4du
#define LINKTYPE_ETHERNET 1
#define IOV_COUNT (UL_PORT_PIECES_MAX + 1)	/* one for the header */

struct ul_pcap {
	struct ul_record_file *file;	/* NULL after an error */
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

static void write_record(struct ul_pcap *pcap, const struct iovec *iov,
			 int count)
{
	int ret = ul_record_file_write(pcap->file, iov, count);

	if (ret == 0 || ret == -EAGAIN)
		return;
	ul_log(ERROR, "pcap", "capture stopped: %s", strerror(-ret));
	ul_record_file_free(pcap->file);
	pcap->file = NULL;
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
	pcap->file = ul_record_file_new(fd);
	write_record(pcap, &iov, 1);
	return pcap;
}

void ul_pcap_free(struct ul_pcap *pcap)
{
	uint64_t left_out;

	if (!pcap)
		return;
	left_out = pcap->file ? ul_record_file_left_out(pcap->file) : 0;
	if (left_out)
		ul_log(WARN, "pcap", "%llu frames were left out: the reader was slow",
		       (unsigned long long)left_out);
	ul_record_file_free(pcap->file);
	g_free(pcap);
}

void ul_pcap_write(struct ul_pcap *pcap, const struct ul_piece *piece,
		   unsigned int count)
{
	size_t len = ul_pieces_len(piece, count);
	struct iovec iov[IOV_COUNT];
	struct record_header h;
	struct timespec ts;

	if (!pcap->file || count > UL_PORT_PIECES_MAX || len > UL_FRAME_MAX)
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
	write_record(pcap, iov, (int)count + 1);
}
