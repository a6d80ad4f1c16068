/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_socks5.c - any bytes as both messages of a SOCKS5 client */
#include <errno.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "wire/socks5.h"

/* What was understood is understood again when it is written. */
static void check_request(const struct ul_socks5_request *q)
{
	uint8_t bytes[UL_SOCKS5_REQUEST_MAX];
	struct ul_wr w = ul_wr_new(bytes, sizeof(bytes));
	struct ul_socks5_request again;
	struct ul_rd r;

	assert(*q->host && memchr(q->host, '\0', sizeof(q->host)));
	ul_socks5_emit_request(&w, q);
	assert(!w.bad);
	r = ul_rd_new(bytes, w.len);
	assert(!ul_socks5_parse_request(&again, &r));
	assert(!strcmp(again.host, q->host));
	assert(again.port == q->port && again.command == q->command);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	struct ul_socks5_request q;
	bool has_none;
	int rc = ul_socks5_parse_hello(&has_none, &r);

	assert(!rc || rc == -EAGAIN || rc == -EPROTO);
	assert(!r.bad && (rc ? r.left == len : r.left <= len - 2));
	assert(rc != -EAGAIN || len < UL_SOCKS5_HELLO_MAX);
	if (rc)
		r = ul_rd_new(data, len);
	len = r.left;
	rc = ul_socks5_parse_request(&q, &r);
	assert(!rc || rc == -EAGAIN || rc == -EPROTO || rc == -EBADMSG ||
	       rc == -EAFNOSUPPORT);
	assert(!r.bad && (rc ? r.left == len : r.left <= len - 8));
	assert(rc != -EAGAIN || len < UL_SOCKS5_REQUEST_MAX);
	if (!rc)
		check_request(&q);
	return 0;
}
