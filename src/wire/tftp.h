/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tftp.h - TFTP messages (RFC 1350) and their options (RFC 2347-2349, 7440)
 */
#ifndef UL_WIRE_TFTP_H
#define UL_WIRE_TFTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define UL_TFTP_TEXT_MAX 255	/* of a file name, or an error's words */
#define UL_TFTP_HEAD_LEN 4	/* of data */
#define UL_TFTP_BLKSIZE 512	/* when nothing else is agreed on */

enum ul_tftp_op {
	UL_TFTP_RRQ = 1,
	UL_TFTP_WRQ,
	UL_TFTP_DATA,
	UL_TFTP_ACK,
	UL_TFTP_ERROR,
	UL_TFTP_OACK,
};

enum ul_tftp_mode {
	UL_TFTP_OCTET,
	UL_TFTP_NETASCII,
	UL_TFTP_MODE_OTHER,
};

enum ul_tftp_error {
	UL_TFTP_UNDEFINED,
	UL_TFTP_NOT_FOUND,
	UL_TFTP_ACCESS,
	UL_TFTP_DISK_FULL,
	UL_TFTP_ILLEGAL,
	UL_TFTP_UNKNOWN_ID,
	UL_TFTP_EXISTS,
	UL_TFTP_NO_USER,
	UL_TFTP_OPTIONS,		/* RFC 2347 */
};

/* What is asked for, or agreed on; 0 is an option that is not there. */
struct ul_tftp_options {
	uint16_t blksize;		/* 8 to 65464 */
	uint8_t timeout_s;
	uint16_t windowsize;
	bool has_tsize;			/* which may be 0 */
	uint64_t tsize;
};

struct ul_tftp_msg {
	uint16_t op;			/* enum ul_tftp_op */
	uint16_t number;		/* of a block, or an error's code */
	/* Of a request: its file. Of an error: its words. */
	char text[UL_TFTP_TEXT_MAX + 1];
	enum ul_tftp_mode mode;
	struct ul_tftp_options options;
	/* Of data; borrowed from what was parsed. */
	const uint8_t *data;
	size_t data_len;
};

/*
 * A UDP payload. An option whose value is not one that it can have is left
 * out, as the one that is not known (RFC 2347). 0; -EBADMSG cut off or a text
 * without an end; -EPROTO another operation.
 */
int ul_tftp_parse(struct ul_tftp_msg *out, const uint8_t *data, size_t len);

/* A text that is too long, or a short buffer, makes @w bad. */
void ul_tftp_emit(struct ul_wr *w, const struct ul_tftp_msg *m);

#endif
