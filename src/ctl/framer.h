/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * framer.h - where one JSON object of a stream ends and the next begins
 *
 * QMP puts nothing between its messages: an object ends where its brackets
 * are closed. Whether it is valid JSON is for the parser.
 */
#ifndef UL_CTL_FRAMER_H
#define UL_CTL_FRAMER_H

#include <stdbool.h>
#include <stddef.h>

#define UL_FRAMER_MAX 65536	/* bytes of one message */
#define UL_FRAMER_DEPTH_MAX 32	/* of brackets within brackets */

enum ul_framed {
	UL_FRAMED_MORE,		/* all was taken, nothing is complete */
	UL_FRAMED_MESSAGE,	/* text and len hold one */
	UL_FRAMED_STRAY,	/* not the start of an object: line skipped */
	UL_FRAMED_TOO_DEEP,	/* a message that was left out */
	UL_FRAMED_TOO_LONG,	/* the same; nothing that follows is of use */
};
#define UL_FRAMED_COUNT (UL_FRAMED_TOO_LONG + 1)

struct ul_framer {
	size_t len;
	unsigned int depth, deepest;
	bool in_string, is_escaped, is_skipping, is_whole;
	char text[UL_FRAMER_MAX];
};

void ul_framer_init(struct ul_framer *f);

/*
 * Look at the next @len bytes. Returns how many were taken, *@what says why
 * no more were; call it again with the rest. A message is there until the
 * next call.
 */
size_t ul_framer_feed(struct ul_framer *f, const char *data, size_t len,
		      enum ul_framed *what);

#endif
