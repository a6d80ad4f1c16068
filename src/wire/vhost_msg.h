/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vhost_msg.h - messages of vhost-user, between a machine and its back-end
 *
 * As QEMU documents them (interop/vhost-user): a header of three words, then
 * a payload whose form the request decides. Both ends are on one machine, so
 * all numbers are in its own byte order. Descriptors travel beside a message;
 * how many may, the request decides too.
 */
#ifndef UL_WIRE_VHOST_MSG_H
#define UL_WIRE_VHOST_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define UL_VHOST_HLEN 12
/* Regions of memory in one message, and so descriptors with it. */
#define UL_VHOST_REGIONS_MAX 8
#define UL_VHOST_FDS_MAX UL_VHOST_REGIONS_MAX
#define UL_VHOST_PAYLOAD_MAX (8 + UL_VHOST_REGIONS_MAX * 32)
#define UL_VHOST_MSG_MAX (UL_VHOST_HLEN + UL_VHOST_PAYLOAD_MAX)

enum ul_vhost_request {
	UL_VHOST_NONE,
	UL_VHOST_GET_FEATURES,
	UL_VHOST_SET_FEATURES,
	UL_VHOST_SET_OWNER,
	UL_VHOST_RESET_OWNER,
	UL_VHOST_SET_MEM_TABLE,
	UL_VHOST_SET_LOG_BASE,
	UL_VHOST_SET_LOG_FD,
	UL_VHOST_SET_VRING_NUM,
	UL_VHOST_SET_VRING_ADDR,
	UL_VHOST_SET_VRING_BASE,
	UL_VHOST_GET_VRING_BASE,
	UL_VHOST_SET_VRING_KICK,
	UL_VHOST_SET_VRING_CALL,
	UL_VHOST_SET_VRING_ERR,
	UL_VHOST_GET_PROTOCOL_FEATURES,
	UL_VHOST_SET_PROTOCOL_FEATURES,
	UL_VHOST_GET_QUEUE_NUM,
	UL_VHOST_SET_VRING_ENABLE,
	UL_VHOST_SEND_RARP,
	UL_VHOST_NET_SET_MTU,
	UL_VHOST_GET_INFLIGHT_FD = 31,
	UL_VHOST_SET_INFLIGHT_FD,
	UL_VHOST_GET_MAX_MEM_SLOTS = 36,
	UL_VHOST_ADD_MEM_REG,
	UL_VHOST_REM_MEM_REG,
};
#define UL_VHOST_REQUESTS (UL_VHOST_REM_MEM_REG + 1)

/* What the payload is made of. */
enum ul_vhost_body {
	UL_VHOST_BODY_NONE,
	UL_VHOST_BODY_U64,
	UL_VHOST_BODY_VRING,		/* state of a ring */
	UL_VHOST_BODY_ADDR,		/* addresses of a ring */
	UL_VHOST_BODY_TABLE,		/* regions of memory */
	UL_VHOST_BODY_REGION,		/* one of them */
	UL_VHOST_BODY_LOG,
	UL_VHOST_BODY_INFLIGHT,
};

/* Bits of SET_VRING_KICK and its like, beside the index of the ring. */
#define UL_VHOST_RING_INDEX 0xffu
#define UL_VHOST_RING_NOFD 0x100u
/* Flag of SET_VRING_ADDR: writes to the used ring go to the log. */
#define UL_VHOST_ADDR_LOGS 1u

/* A part of the guest's memory, and where it is in its file. */
struct ul_vhost_region {
	uint64_t gpa;			/* guest's physical address */
	uint64_t len;
	uint64_t uva;			/* in the machine's own process */
	uint64_t offset;
};

struct ul_vhost_vring {
	uint32_t index, num;
};

/* In the machine's own process, but for @log, which is the guest's. */
struct ul_vhost_addr {
	uint32_t index, flags;
	uint64_t desc, used, avail, log;
};

struct ul_vhost_table {
	uint32_t count;
	struct ul_vhost_region region[UL_VHOST_REGIONS_MAX];
};

struct ul_vhost_log {
	uint64_t len, offset;
};

struct ul_vhost_inflight {
	uint64_t len, offset;
	uint16_t queues, queue_size;
};

struct ul_vhost_msg {
	enum ul_vhost_request request;
	bool is_reply;
	bool wants_reply;		/* to be told how it ended */
	enum ul_vhost_body body;	/* of what follows, what is there */
	union {
		uint64_t u64;
		struct ul_vhost_vring vring;
		struct ul_vhost_addr addr;
		struct ul_vhost_table table;
		struct ul_vhost_region region;
		struct ul_vhost_log log;
		struct ul_vhost_inflight inflight;
	};
};

/*
 * The length of the payload that follows the UL_VHOST_HLEN bytes at @header:
 * 0 and *@len; -EBADMSG when the version is not 1, -EMSGSIZE when it is longer
 * than any that we know.
 */
int ul_vhost_msg_len(size_t *len, const uint8_t header[UL_VHOST_HLEN]);

/*
 * Header and payload of what a machine sends, no byte more. -EBADMSG when the
 * length is not that of the request's payload, or a table has too many
 * regions; -EOPNOTSUPP for a request that is not known.
 */
int ul_vhost_msg_parse(struct ul_vhost_msg *out, struct ul_rd *r);

/* The body is the message's own, whatever its request: replies differ. */
void ul_vhost_msg_emit(struct ul_wr *w, const struct ul_vhost_msg *msg);

/* May @count descriptors come with @msg? */
bool ul_vhost_msg_takes_fds(const struct ul_vhost_msg *msg,
			    unsigned int count);

/* "SET_FEATURES" and so on; "request" when not known. */
const char *ul_vhost_msg_name(unsigned int request);

#endif
