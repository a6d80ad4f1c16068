/* SPDX-License-Identifier: BSD-3-Clause */
/* dns.c - as much of DNS messages as a relay needs */
#include "wire/dns.h"

#include <errno.h>

#define NAME_MAX_LEN 255	/* RFC 1035 2.3.4, length bytes included */
#define LABEL_MAX 63
#define TYPE_OPT 41		/* RFC 6891 6.1.2 */

/* Pass a name: labels, ended by the root or by a pointer. */
static void skip_name(struct ul_rd *r)
{
	uint8_t len;

	while ((len = ul_rd_u8(r)) && len <= LABEL_MAX)
		ul_rd_skip(r, len);
	if (len > LABEL_MAX)
		ul_rd_skip(r, 1);
}

static size_t question_len(struct ul_rd r)
{
	size_t before = r.left, name_len;
	uint8_t len;

	while ((len = ul_rd_u8(&r))) {
		if (len > LABEL_MAX)
			return 0;
		ul_rd_skip(&r, len);
	}
	name_len = before - r.left;
	ul_rd_skip(&r, 4);
	return r.bad || name_len > NAME_MAX_LEN ? 0 : before - r.left;
}

int ul_dns_head_parse(struct ul_dns_head *out, const uint8_t *msg, size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);
	struct ul_dns_head h;

	h.id = ul_rd_u16(&r);
	h.flags = ul_rd_u16(&r);
	h.questions = ul_rd_u16(&r);
	h.records = ul_rd_u16(&r);
	h.records += ul_rd_u16(&r);
	h.records += ul_rd_u16(&r);
	if (r.bad)
		return -EBADMSG;
	h.question_len = h.questions == 1 ? question_len(r) : 0;
	*out = h;
	return 0;
}

size_t ul_dns_udp_max(const struct ul_dns_head *h, const uint8_t *msg,
		      size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);

	ul_rd_skip(&r, UL_DNS_HLEN + h->question_len);
	for (uint32_t i = 0; i < h->records && !r.bad; i++) {
		uint16_t type, class;

		skip_name(&r);
		type = ul_rd_u16(&r);
		class = ul_rd_u16(&r);
		ul_rd_skip(&r, 4);
		ul_rd_skip(&r, ul_rd_u16(&r));
		if (type == TYPE_OPT && !r.bad)
			return class > UL_DNS_UDP_MAX ? class : UL_DNS_UDP_MAX;
	}
	return UL_DNS_UDP_MAX;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

/* Label lengths are below 'A', so they compare as they are. */
bool ul_dns_is_same_question(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t name_len = len > 4 ? len - 4 : 0;

	for (size_t i = 0; i < name_len; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return !memcmp(a + name_len, b + name_len, len - name_len);
}

void ul_dns_emit_short(struct ul_wr *w, uint16_t id, uint16_t flags,
		       const uint8_t *question, size_t len)
{
	ul_wr_u16(w, id);
	ul_wr_u16(w, flags);
	ul_wr_u16(w, len ? 1 : 0);
	ul_wr_u16(w, 0);
	ul_wr_u16(w, 0);
	ul_wr_u16(w, 0);
	ul_wr_bytes(w, question, len);
}

uint16_t ul_dns_error_flags(uint16_t flags, enum ul_dns_rcode rcode)
{
	uint16_t kept = flags & (UL_DNS_OPCODE | UL_DNS_RD);

	return (uint16_t)(kept | UL_DNS_QR | UL_DNS_RA | (unsigned int)rcode);
}
