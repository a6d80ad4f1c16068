/* SPDX-License-Identifier: BSD-3-Clause */
/* inflight.c - the region in which a back-end notes what it has not finished */
#include "link/inflight.h"

#include <errno.h>
#include <unistd.h>

#include "link/vring.h"
#include "sys/shared_map.h"

#define QUEUES_MAX 16

/* Of a queue: the larger of what split and packed rings have. */
#define HEAD_LEN 32
#define DESC_LEN 32
#define ALIGN 64
/* version, desc_num behind the features. */
#define OFF_VERSION 8
#define VERSION_1 1

int ul_inflight_make(unsigned int queues, unsigned int size, uint64_t *len)
{
	uint64_t each = (HEAD_LEN + (uint64_t)size * DESC_LEN + ALIGN - 1) &
			~(uint64_t)(ALIGN - 1);
	int fd, ret;

	if (!queues || queues > QUEUES_MAX || !size ||
	    size > UL_VRING_SIZE_MAX)
		return -EINVAL;
	ret = ul_shared_make(&fd, "userland-inflight", each * queues);
	if (ret < 0)
		return ret;
	for (unsigned int i = 0; i < queues; i++) {
		uint16_t head[2] = { VERSION_1, (uint16_t)size };

		if (pwrite(fd, head, sizeof(head), (off_t)(each * i) +
			   OFF_VERSION) < 0) {
			ret = -errno;
			close(fd);
			return ret;
		}
	}
	*len = each * queues;
	return fd;
}
