/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_resolver.c - a resolver on loopback that the test plays, and queries */
#include "fake/fake_resolver.h"

#include <check.h>
#include <glib.h>

#include "base/cursor.h"

#define HEADER_LEN 12
#define FLAG_RD 0x0100
#define TYPE_OPT 41

void fake_resolver_open(struct fake_resolver *r, const char *addr)
{
	struct sockaddr_storage ss;
	struct ul_ep ep = { 0 };
	socklen_t len;

	ck_assert_int_eq(ul_addr_parse(&ep.addr, addr), 0);
	len = ul_ep_to_sa(&ep, &ss);
	r->fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(r->fd, 0);
	ck_assert_int_eq(bind(r->fd, (struct sockaddr *)&ss, len), 0);
	len = sizeof(ss);
	getsockname(r->fd, (struct sockaddr *)&ss, &len);
	ck_assert_int_eq(ul_ep_from_sa(&r->ep, (struct sockaddr *)&ss), 0);
}

bool fake_resolver_asked(struct fake_resolver *r)
{
	ssize_t n;

	r->from_len = sizeof(r->from);
	n = recvfrom(r->fd, r->msg, sizeof(r->msg), 0,
		     (struct sockaddr *)&r->from, &r->from_len);
	if (n < HEADER_LEN)
		return false;
	r->len = (size_t)n;
	r->id = (uint16_t)(r->msg[0] << 8 | r->msg[1]);
	return true;
}

void fake_resolver_send(int fd, const struct fake_resolver *to,
			const void *msg, size_t len)
{
	ck_assert_int_eq(sendto(fd, msg, len, 0,
				(const struct sockaddr *)&to->from,
				to->from_len), (ssize_t)len);
}

void fake_resolver_answer(struct fake_resolver *r, uint16_t flags,
			  size_t extra)
{
	uint8_t *msg = g_malloc0(r->len + extra);

	memcpy(msg, r->msg, r->len);
	msg[2] = (uint8_t)(flags >> 8);
	msg[3] = (uint8_t)flags;
	fake_resolver_send(r->fd, r, msg, r->len + extra);
	g_free(msg);
}

size_t fake_query(uint8_t *buf, size_t cap, uint16_t id, const char *name,
		  uint16_t edns)
{
	struct ul_wr w = ul_wr_new(buf, cap);
	g_auto(GStrv) labels = g_strsplit(name, ".", -1);

	ul_wr_u16(&w, id);
	ul_wr_u16(&w, FLAG_RD);
	ul_wr_u16(&w, 1);
	ul_wr_u32(&w, 0);
	ul_wr_u16(&w, edns ? 1 : 0);
	for (int i = 0; labels[i]; i++) {
		ul_wr_u8(&w, (uint8_t)strlen(labels[i]));
		ul_wr_bytes(&w, labels[i], strlen(labels[i]));
	}
	ul_wr_u8(&w, 0);
	ul_wr_u32(&w, 1 << 16 | 1);
	if (edns) {
		ul_wr_u8(&w, 0);
		ul_wr_u16(&w, TYPE_OPT);
		ul_wr_u16(&w, edns);
		ul_wr_zero(&w, 6);
	}
	ck_assert(!w.bad);
	return w.len;
}
