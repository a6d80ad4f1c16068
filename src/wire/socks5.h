/* SPDX-License-Identifier: BSD-3-Clause */
/* socks5.h - what is said before a proxied connection (RFC 1928) */
#ifndef UL_WIRE_SOCKS5_H
#define UL_WIRE_SOCKS5_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/cursor.h"

#define UL_SOCKS5_HELLO_MAX 257		/* bytes of a client's first message */
#define UL_SOCKS5_REQUEST_MAX 262	/* and of its second */
#define UL_SOCKS5_REPLY_LEN 10
#define UL_SOCKS5_HOST_MAX 255

enum ul_socks5_command {
	UL_SOCKS5_CONNECT = 1,
	UL_SOCKS5_BIND = 2,
	UL_SOCKS5_UDP = 3,
};

enum ul_socks5_reply {
	UL_SOCKS5_OK,
	UL_SOCKS5_FAILED,
	UL_SOCKS5_NOT_ALLOWED,
	UL_SOCKS5_NET_UNREACHABLE,
	UL_SOCKS5_HOST_UNREACHABLE,
	UL_SOCKS5_REFUSED,
	UL_SOCKS5_TTL_EXPIRED,
	UL_SOCKS5_BAD_COMMAND,
	UL_SOCKS5_BAD_ADDRESS,
};

struct ul_socks5_request {
	uint8_t command;
	char host[UL_SOCKS5_HOST_MAX + 1];	/* a name, or an address */
	uint16_t port;
};

/*
 * The client's first message: the methods that it knows. 0, and whether "no
 * authentication" is among them; -EAGAIN: it is not whole; -EPROTO: not of
 * version 5. @r is moved behind it when it is whole.
 */
int ul_socks5_parse_hello(bool *has_none, struct ul_rd *r);

/*
 * The second one. As above; -EBADMSG: a host that is none (an empty name, one
 * with control characters or spaces in it), -EAFNOSUPPORT: another kind.
 */
int ul_socks5_parse_request(struct ul_socks5_request *out, struct ul_rd *r);

/* An IPv4 or IPv6 address goes as one, all else as a name. */
void ul_socks5_emit_request(struct ul_wr *w,
			    const struct ul_socks5_request *request);
/* Which method it shall be: none, or that there is no right one. */
void ul_socks5_emit_method(struct ul_wr *w, bool has_none);
/* The address that is bound is left out. */
void ul_socks5_emit_reply(struct ul_wr *w, enum ul_socks5_reply reply);

#endif
