/* SPDX-License-Identifier: BSD-3-Clause */
/* pcap.c - writing frames to a capture file */
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

struct ul_pcap {
	int fd;		/* -1 after an error */
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

static void write_all(struct ul_pcap *pcap, const struct iovec *iov, int count,
		      size_t len)
{
	ssize_t n = writev(pcap->fd, iov, count);

	if (n == (ssize_t)len)
		return;
	ul_log(ERROR, "pcap", "capture stopped: %s",
	       n < 0 ? strerror(errno) : "no space left");
	close(pcap->fd);
	pcap->fd = -1;
}

struct ul_pcap *ul_pcap_open(const char *path)
{
	struct file_header h = {
		.magic = MAGIC_NS, .major = 2, .minor = 4,
		.snaplen = UL_FRAME_MAX, .linktype = LINKTYPE_ETHERNET,
	};
	struct iovec iov = { &h, sizeof(h) };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct ul_pcap *pcap;

	if (fd < 0)
		return NULL;
	pcap = g_new(struct ul_pcap, 1);
	pcap->fd = fd;
	write_all(pcap, &iov, 1, sizeof(h));
	return pcap;
}

void ul_pcap_free(struct ul_pcap *pcap)
{
	if (!pcap)
		return;
	if (pcap->fd >= 0)
		close(pcap->fd);
	g_free(pcap);
}

void ul_pcap_write(struct ul_pcap *pcap, const struct ul_piece *piece,
		   unsigned int count)
{
	struct iovec iov[UL_PORT_PIECES_MAX + 1];
	struct record_header h;
	struct timespec ts;
	size_t len = 0;

	if (pcap->fd < 0 || count > UL_PORT_PIECES_MAX)
		return;
	for (unsigned int i = 0; i < count; i++) {
		iov[i + 1] = (struct iovec){
			(void *)piece[i].data, piece[i].len,
		};
		len += piece[i].len;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	h = (struct record_header){
		.sec = (uint32_t)ts.tv_sec, .nsec = (uint32_t)ts.tv_nsec,
		.caplen = (uint32_t)len, .len = (uint32_t)len,
	};
	iov[0] = (struct iovec){ &h, sizeof(h) };
	write_all(pcap, iov, (int)count + 1, sizeof(h) + len);
}
