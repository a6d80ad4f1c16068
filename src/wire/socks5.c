/* SPDX-License-Identifier: BSD-3-Clause */
/* socks5.c - what is said before a proxied connection (RFC 1928) */
#include "wire/socks5.h"

#include <errno.h>
#include <string.h>

#define SOCKS_VERSION 5
#define METHOD_NONE 0x00
#define METHOD_NO_RIGHT 0xff
#define ADDRESS_V4 1
#define ADDRESS_NAME 3
#define ADDRESS_V6 4
#define V4_LEN 4
#define V6_LEN 16

/* A message that goes on in bytes to come is no error of the cursor's. */
static int version(struct ul_rd *r)
{
	if (!r->left)
		return -EAGAIN;
	return ul_rd_u8(r) == SOCKS_VERSION ? 0 : -EPROTO;
}

int ul_socks5_parse_hello(bool *has_none, struct ul_rd *r)
{
	struct ul_rd at = *r;
	int rc = version(&at);
	bool is_there = false;
	uint8_t count;

	if (rc)
		return rc;
	count = ul_rd_u8(&at);
	for (int i = 0; i < count && !at.bad; i++)
		is_there |= ul_rd_u8(&at) == METHOD_NONE;
	if (at.bad)
		return -EAGAIN;
	*has_none = is_there;
	*r = at;
	return 0;
}

static int read_v4(struct ul_socks5_request *q, struct ul_rd *r)
{
	struct ul_addr addr = ul_addr_v4(ul_rd_u32(r));

	ul_addr_str(&addr, q->host);
	return 0;
}

static int read_v6(struct ul_socks5_request *q, struct ul_rd *r)
{
	struct ul_addr addr = { .b = { 0 } };

	ul_rd_bytes(r, addr.b, V6_LEN);
	ul_addr_str(&addr, q->host);
	return 0;
}

static int read_name(struct ul_socks5_request *q, struct ul_rd *r)
{
	uint8_t len = ul_rd_u8(r);
	const uint8_t *name = ul_rd_take(r, len);
	struct ul_addr addr;

	if (!name)
		return 0;
	if (!len)
		return -EBADMSG;
	for (int i = 0; i < len; i++)
		if (name[i] <= ' ' || name[i] > '~')
			return -EBADMSG;
	memcpy(q->host, name, len);
	q->host[len] = '\0';
	/* An address that came as a name has one form, too. */
	if (!ul_addr_parse(&addr, q->host))
		ul_addr_str(&addr, q->host);
	return 0;
}

static int read_host(struct ul_socks5_request *q, struct ul_rd *r)
{
	uint8_t kind = ul_rd_u8(r);

	if (r->bad)
		return 0;
	switch (kind) {
	case ADDRESS_V4:
		return read_v4(q, r);
	case ADDRESS_V6:
		return read_v6(q, r);
	case ADDRESS_NAME:
		return read_name(q, r);
	default:
		return -EAFNOSUPPORT;
	}
}

int ul_socks5_parse_request(struct ul_socks5_request *out, struct ul_rd *r)
{
	struct ul_socks5_request q = { .command = 0 };
	struct ul_rd at = *r;
	int rc = version(&at);

	if (rc)
		return rc;
	q.command = ul_rd_u8(&at);
	ul_rd_skip(&at, 1);
	rc = read_host(&q, &at);
	q.port = ul_rd_u16(&at);
	if (rc)
		return rc;
	if (at.bad)
		return -EAGAIN;
	*out = q;
	*r = at;
	return 0;
}

void ul_socks5_emit_request(struct ul_wr *w, const struct ul_socks5_request *q)
{
	size_t len = strlen(q->host);
	struct ul_addr addr;

	ul_wr_u8(w, SOCKS_VERSION);
	ul_wr_u8(w, q->command);
	ul_wr_u8(w, 0);
	if (ul_addr_parse(&addr, q->host) < 0) {
		ul_wr_u8(w, ADDRESS_NAME);
		ul_wr_u8(w, (uint8_t)len);
		ul_wr_bytes(w, q->host, len);
	} else if (ul_addr_is_v4(&addr)) {
		ul_wr_u8(w, ADDRESS_V4);
		ul_wr_bytes(w, addr.b + V6_LEN - V4_LEN, V4_LEN);
	} else {
		ul_wr_u8(w, ADDRESS_V6);
		ul_wr_bytes(w, addr.b, V6_LEN);
	}
	ul_wr_u16(w, q->port);
}

void ul_socks5_emit_method(struct ul_wr *w, bool has_none)
{
	ul_wr_u8(w, SOCKS_VERSION);
	ul_wr_u8(w, has_none ? METHOD_NONE : METHOD_NO_RIGHT);
}

void ul_socks5_emit_reply(struct ul_wr *w, enum ul_socks5_reply reply)
{
	ul_wr_u8(w, SOCKS_VERSION);
	ul_wr_u8(w, (uint8_t)reply);
	ul_wr_u8(w, 0);
	ul_wr_u8(w, ADDRESS_V4);
	ul_wr_zero(w, V4_LEN);
	ul_wr_u16(w, 0);
}
