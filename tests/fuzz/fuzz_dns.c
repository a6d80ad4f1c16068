/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_dns.c - any bytes as a DNS message */
#include "wire/dns.h"

#include "fuzz/fuzz.h"
#include "wire/dns_rr.h"

/* An answer of the question alone has that question, and no more. */
static void check_short(const struct ul_dns_head *h, const uint8_t *msg)
{
	const uint8_t *question = msg + UL_DNS_HLEN;
	uint8_t buf[UL_DNS_SHORT_MAX];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_dns_head again;

	ul_dns_emit_short(&w, h->id, h->flags, question, h->question_len);
	assert(!w.bad && !ul_dns_head_parse(&again, buf, w.len));
	assert(again.id == h->id && again.flags == h->flags);
	assert(again.question_len == h->question_len && !again.records);
	assert(ul_dns_is_same_question(buf + UL_DNS_HLEN, question,
				       h->question_len));
}

/* Its name as text is as long as the name, and written again is the same. */
static void check_question(const struct ul_dns_head *h, const uint8_t *msg,
			   size_t len)
{
	uint8_t buf[UL_DNS_QUESTION_MAX];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_dns_question q;

	if (ul_dns_question_parse(&q, h, msg, len) < 0) {
		assert(!h->question_len);
		return;
	}
	ul_dns_emit_name(&w, q.name);
	assert(!w.bad && w.len + 4 == h->question_len);
}

/* Records are inside, and a name that is read can be read again. */
static void check_records(const struct ul_dns_head *h, const uint8_t *msg,
			  size_t len)
{
	uint8_t flat[UL_DNS_HLEN + sizeof(((struct ul_dns_dname *)0)->b)];
	struct ul_dns_dname name, again;
	struct ul_dns_rrs it;
	struct ul_dns_rr rr;
	uint32_t count = 0;

	for (ul_dns_rrs_init(&it, h, msg, len); ul_dns_rr_next(&it, &rr);) {
		count++;
		assert(rr.data_at + rr.data_len <= len);
		assert(rr.ttl_at < len);
		assert(rr.ttl_s <= UL_DNS_TTL_MAX_S || rr.type == UL_DNS_OPT);
		if (ul_dns_dname_read(&name, msg, len, rr.owner_at) < 0)
			continue;
		assert(name.len && !name.b[name.len - 1]);
		memset(flat, 0, sizeof(flat));
		memcpy(flat + UL_DNS_HLEN, name.b, name.len);
		assert(!ul_dns_dname_read(&again, flat,
					  UL_DNS_HLEN + name.len,
					  UL_DNS_HLEN));
		assert(ul_dns_dname_eq(&name, &again));
	}
	assert(count == h->records || ul_dns_rrs_is_cut(&it));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ul_dns_head h;

	if (ul_dns_head_parse(&h, data, len) < 0) {
		assert(len < UL_DNS_HLEN);
		return 0;
	}
	assert(h.question_len <= UL_DNS_QUESTION_MAX);
	assert(UL_DNS_HLEN + h.question_len <= len);
	assert(!h.question_len || h.question_len >= 5);
	assert(ul_dns_udp_max(&h, data, len) >= UL_DNS_UDP_MAX);
	check_short(&h, data);
	check_question(&h, data, len);
	check_records(&h, data, len);
	return 0;
}
