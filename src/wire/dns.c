/* SPDX-License-Identifier: BSD-3-Clause */
/* dns.c - as much of DNS messages as a relay and a zone need */
#include "wire/dns.h"

#include <errno.h>

#define NAME_MAX_LEN 255	/* RFC 1035 2.3.4, length bytes included */
#define LABEL_MAX UL_DNS_LABEL_MAX
#define POINTER 0xc000		/* RFC 1035 4.1.4 */
#define EDNS_DO 0x8000		/* RFC 6891 6.1.4 */

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

void ul_dns_skip_name(struct ul_rd *r)
{
	uint8_t len;

	while ((len = ul_rd_u8(r)) && len <= LABEL_MAX)
		ul_rd_skip(r, len);
	if (len > LABEL_MAX)
		ul_rd_skip(r, 1);
}

int ul_dns_head_parse(struct ul_dns_head *out, const uint8_t *msg, size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);
	struct ul_dns_head h;

	h.id = ul_rd_u16(&r);
	h.flags = ul_rd_u16(&r);
	h.questions = ul_rd_u16(&r);
	h.records = 0;
	for (int i = 0; i < UL_DNS_SECTION_COUNT; i++)
		h.records += h.section[i] = ul_rd_u16(&r);
	if (r.bad)
		return -EBADMSG;
	h.question_len = h.questions == 1 ? question_len(r) : 0;
	*out = h;
	return 0;
}

void ul_dns_edns_find(struct ul_dns_edns *out, const struct ul_dns_head *h,
		      const uint8_t *msg, size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);

	*out = (struct ul_dns_edns){ 0 };
	ul_rd_skip(&r, UL_DNS_HLEN + h->question_len);
	for (uint32_t i = 0; i < h->records && !r.bad; i++) {
		uint16_t type, class, flags;
		uint8_t version;

		ul_dns_skip_name(&r);
		type = ul_rd_u16(&r);
		class = ul_rd_u16(&r);
		ul_rd_skip(&r, 1);
		version = ul_rd_u8(&r);
		flags = ul_rd_u16(&r);
		ul_rd_skip(&r, ul_rd_u16(&r));
		if (type != UL_DNS_OPT || r.bad)
			continue;
		*out = (struct ul_dns_edns){
			.is_there = true, .version = version,
			.udp_size = class,
			.wants_dnssec = flags & EDNS_DO,
		};
		return;
	}
}

size_t ul_dns_udp_max(const struct ul_dns_head *h, const uint8_t *msg,
		      size_t len)
{
	struct ul_dns_edns edns;

	ul_dns_edns_find(&edns, h, msg, len);
	return edns.udp_size > UL_DNS_UDP_MAX ? edns.udp_size :
						UL_DNS_UDP_MAX;
}

/* A byte of a name as text: what could be taken for another is not kept. */
static char text_of(uint8_t c)
{
	return c > ' ' && c < 0x7f && c != '.' ? (char)ul_dns_lower(c) : '?';
}

int ul_dns_question_parse(struct ul_dns_question *out,
			  const struct ul_dns_head *h, const uint8_t *msg,
			  size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);
	struct ul_dns_question q = { .name = "" };
	size_t at = 0;
	uint8_t label;

	if (!h->question_len)
		return -EBADMSG;
	ul_rd_skip(&r, UL_DNS_HLEN);
	while ((label = ul_rd_u8(&r)) && at + label < sizeof(q.name)) {
		if (at)
			q.name[at - 1] = '.';
		for (uint8_t i = 0; i < label; i++)
			q.name[at++] = text_of(ul_rd_u8(&r));
		q.name[at++] = '\0';
	}
	q.type = ul_rd_u16(&r);
	q.class = ul_rd_u16(&r);
	if (r.bad)
		return -EBADMSG;
	*out = q;
	return 0;
}

/* Label lengths are below 'A', so they compare as they are. */
bool ul_dns_is_same_question(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t name_len = len > 4 ? len - 4 : 0;

	for (size_t i = 0; i < name_len; i++)
		if (ul_dns_lower(a[i]) != ul_dns_lower(b[i]))
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

size_t ul_dns_record_begin(struct ul_wr *w, size_t owner,
			   enum ul_dns_type type, uint32_t ttl_s)
{
	ul_wr_u16(w, (uint16_t)(POINTER | owner));
	ul_wr_u16(w, (uint16_t)type);
	ul_wr_u16(w, UL_DNS_IN);
	ul_wr_u32(w, ttl_s);
	ul_wr_u16(w, 0);
	return w->len;
}

void ul_dns_record_end(struct ul_wr *w, size_t begun)
{
	if (!w->bad)
		ul_wr_patch_u16(w, begun - 2, (uint16_t)(w->len - begun));
}

void ul_dns_emit_name(struct ul_wr *w, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, ".");

		ul_wr_u8(w, (uint8_t)len);
		ul_wr_bytes(w, text, len);
		text += len + (text[len] == '.');
	}
	ul_wr_u8(w, 0);
}

void ul_dns_emit_opt(struct ul_wr *w, const struct ul_dns_edns *asked,
		     uint16_t udp_size, uint8_t extended)
{
	ul_wr_u8(w, 0);
	ul_wr_u16(w, UL_DNS_OPT);
	ul_wr_u16(w, udp_size);
	ul_wr_u8(w, extended);
	ul_wr_u8(w, 0);
	ul_wr_u16(w, asked->wants_dnssec ? EDNS_DO : 0);
	ul_wr_u16(w, 0);
}

uint16_t ul_dns_error_flags(uint16_t flags, enum ul_dns_rcode rcode)
{
	uint16_t kept = flags & (UL_DNS_OPCODE | UL_DNS_RD);

	return (uint16_t)(kept | UL_DNS_QR | UL_DNS_RA |
			  ((unsigned int)rcode & UL_DNS_RCODE));
}
