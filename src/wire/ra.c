/* SPDX-License-Identifier: BSD-3-Clause */
/* ra.c - router solicitations and advertisements */
#include "wire/ra.h"

#include <errno.h>

#include "wire/icmp.h"

#define OPT_SOURCE_LLADDR 1
#define OPT_PREFIX 3
#define OPT_MTU 5
#define OPT_RDNSS 25		/* RFC 8106 5.1 */
#define OPT_DNSSL 31		/* RFC 8106 5.2 */

#define UNIT 8			/* option lengths count these */
#define ADDR_LEN 16

/* Reads one option's value, of @units units less the two bytes in front. */
typedef void (*read_fn)(void *msg, uint8_t kind, uint8_t units,
			struct ul_rd *val);

static int read_options(struct ul_rd *r, read_fn read, void *msg)
{
	while (r->left) {
		uint8_t kind = ul_rd_u8(r);
		uint8_t units = ul_rd_u8(r);
		struct ul_rd val;

		if (!units)
			return -EBADMSG;
		val = ul_rd_sub(r, units * (size_t)UNIT - 2);
		if (val.bad)
			return -EBADMSG;
		read(msg, kind, units, &val);
	}
	return r->bad ? -EBADMSG : 0;
}

static void read_rs_option(void *msg, uint8_t kind, uint8_t units,
			   struct ul_rd *val)
{
	struct ul_rs *rs = msg;

	if (kind != OPT_SOURCE_LLADDR || units != 1)
		return;
	rs->has_lladdr = true;
	ul_rd_bytes(val, rs->lladdr, sizeof(rs->lladdr));
}

static void clear_host_bits(struct ul_prefix *p)
{
	for (unsigned int i = p->len; i < 8 * ADDR_LEN; i++)
		p->addr.b[i / 8] &= (uint8_t)~(0x80u >> i % 8);
}

static void read_prefix(struct ul_ra *ra, struct ul_rd *val)
{
	struct ul_ra_prefix p = { .prefix.len = ul_rd_u8(val) };

	p.flags = ul_rd_u8(val) & (UL_RA_ON_LINK | UL_RA_AUTO);
	p.valid_s = ul_rd_u32(val);
	p.preferred_s = ul_rd_u32(val);
	ul_rd_skip(val, 4);
	ul_rd_bytes(val, p.prefix.addr.b, ADDR_LEN);
	if (p.prefix.len > 8 * ADDR_LEN ||
	    ra->prefix_count == UL_RA_PREFIXES_MAX)
		return;
	clear_host_bits(&p.prefix);
	ra->prefix[ra->prefix_count++] = p;
}

static void read_dns(struct ul_ra *ra, struct ul_rd *val)
{
	uint32_t lifetime_s;

	ul_rd_skip(val, 2);
	lifetime_s = ul_rd_u32(val);
	if (!ra->dns_count)
		ra->dns_s = lifetime_s;
	while (val->left && ra->dns_count < UL_RA_DNS_MAX)
		ul_rd_bytes(val, ra->dns[ra->dns_count++].b, ADDR_LEN);
}

static void read_domain(struct ul_ra *ra, struct ul_rd *val)
{
	uint32_t lifetime_s;

	ul_rd_skip(val, 2);
	lifetime_s = ul_rd_u32(val);
	if (!ra->domain[0] && !ul_dname_parse(ra->domain, val))
		ra->domain_s = lifetime_s;
}

static void read_ra_option(void *msg, uint8_t kind, uint8_t units,
			   struct ul_rd *val)
{
	struct ul_ra *ra = msg;

	if (kind == OPT_SOURCE_LLADDR && units == 1) {
		ra->has_lladdr = true;
		ul_rd_bytes(val, ra->lladdr, sizeof(ra->lladdr));
	} else if (kind == OPT_MTU && units == 1) {
		ul_rd_skip(val, 2);
		ra->mtu = ul_rd_u32(val);
	} else if (kind == OPT_PREFIX && units == 4) {
		read_prefix(ra, val);
	} else if (kind == OPT_RDNSS && units >= 3 && units % 2) {
		read_dns(ra, val);
	} else if (kind == OPT_DNSSL && units >= 2) {
		read_domain(ra, val);
	}
}

int ul_rs_parse(struct ul_rs *out, const uint8_t *msg, size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);
	struct ul_rs rs = { 0 };
	uint8_t type = ul_rd_u8(&r), code = ul_rd_u8(&r);

	ul_rd_skip(&r, 6);
	if (r.bad)
		return -EBADMSG;
	if (type != UL_ICMP6_RS || code)
		return -EPROTO;
	if (read_options(&r, read_rs_option, &rs) < 0)
		return -EBADMSG;
	*out = rs;
	return 0;
}

int ul_ra_parse(struct ul_ra *out, const uint8_t *msg, size_t len)
{
	struct ul_rd r = ul_rd_new(msg, len);
	struct ul_ra ra = { 0 };
	uint8_t type = ul_rd_u8(&r), code = ul_rd_u8(&r);

	ul_rd_skip(&r, 2);
	ra.hop_limit = ul_rd_u8(&r);
	ra.flags = ul_rd_u8(&r) & (UL_RA_MANAGED | UL_RA_OTHER);
	ra.lifetime_s = ul_rd_u16(&r);
	ra.reachable_ms = ul_rd_u32(&r);
	ra.retrans_ms = ul_rd_u32(&r);
	if (r.bad)
		return -EBADMSG;
	if (type != UL_ICMP6_RA || code)
		return -EPROTO;
	if (read_options(&r, read_ra_option, &ra) < 0)
		return -EBADMSG;
	*out = ra;
	return 0;
}

static void put_lladdr(struct ul_wr *w, const uint8_t lladdr[6])
{
	ul_wr_u8(w, OPT_SOURCE_LLADDR);
	ul_wr_u8(w, 1);
	ul_wr_bytes(w, lladdr, 6);
}

static void put_mtu(struct ul_wr *w, uint32_t mtu)
{
	ul_wr_u8(w, OPT_MTU);
	ul_wr_u8(w, 1);
	ul_wr_u16(w, 0);
	ul_wr_u32(w, mtu);
}

static void put_prefix(struct ul_wr *w, const struct ul_ra_prefix *p)
{
	ul_wr_u8(w, OPT_PREFIX);
	ul_wr_u8(w, 4);
	ul_wr_u8(w, p->prefix.len);
	ul_wr_u8(w, p->flags);
	ul_wr_u32(w, p->valid_s);
	ul_wr_u32(w, p->preferred_s);
	ul_wr_u32(w, 0);
	ul_wr_bytes(w, p->prefix.addr.b, ADDR_LEN);
}

static void put_dns(struct ul_wr *w, const struct ul_ra *ra)
{
	ul_wr_u8(w, OPT_RDNSS);
	ul_wr_u8(w, (uint8_t)(1 + 2 * ra->dns_count));
	ul_wr_u16(w, 0);
	ul_wr_u32(w, ra->dns_s);
	for (unsigned int i = 0; i < ra->dns_count; i++)
		ul_wr_bytes(w, ra->dns[i].b, ADDR_LEN);
}

static void put_domain(struct ul_wr *w, const struct ul_ra *ra)
{
	uint8_t name[UL_DNAME_STRLEN];
	struct ul_wr n = ul_wr_new(name, sizeof(name));
	size_t units;

	ul_dname_emit(&n, ra->domain);
	w->bad |= n.bad;
	units = 1 + (n.len + UNIT - 1) / UNIT;
	ul_wr_u8(w, OPT_DNSSL);
	ul_wr_u8(w, (uint8_t)units);
	ul_wr_u16(w, 0);
	ul_wr_u32(w, ra->domain_s);
	ul_wr_bytes(w, name, n.len);
	ul_wr_zero(w, (units - 1) * UNIT - n.len);
}

/* The ICMPv6 header in front of @body. */
static void put_message(struct ul_wr *w, uint8_t type, uint32_t rest,
			const struct ul_wr *body, const struct ul_addr *src,
			const struct ul_addr *dst)
{
	struct ul_icmp h = { .type = type, .rest = rest };

	w->bad |= body->bad;
	ul_icmp_emit(w, &h, src, dst, body->start, body->len);
	ul_wr_bytes(w, body->start, body->len);
}

void ul_rs_emit(struct ul_wr *w, const struct ul_rs *rs,
		const struct ul_addr *src, const struct ul_addr *dst)
{
	uint8_t body[UNIT] = { 0 };
	struct ul_wr b = ul_wr_new(body, sizeof(body));

	if (rs->has_lladdr)
		put_lladdr(&b, rs->lladdr);
	put_message(w, UL_ICMP6_RS, 0, &b, src, dst);
}

void ul_ra_emit(struct ul_wr *w, const struct ul_ra *ra,
		const struct ul_addr *src, const struct ul_addr *dst)
{
	uint8_t body[UL_RA_MAX];
	struct ul_wr b = ul_wr_new(body, sizeof(body));
	uint32_t rest = (uint32_t)ra->hop_limit << 24 |
			(uint32_t)ra->flags << 16 | ra->lifetime_s;

	ul_wr_u32(&b, ra->reachable_ms);
	ul_wr_u32(&b, ra->retrans_ms);
	if (ra->has_lladdr)
		put_lladdr(&b, ra->lladdr);
	if (ra->mtu)
		put_mtu(&b, ra->mtu);
	for (unsigned int i = 0; i < ra->prefix_count; i++)
		put_prefix(&b, &ra->prefix[i]);
	if (ra->dns_count)
		put_dns(&b, ra);
	if (ra->domain[0])
		put_domain(&b, ra);
	put_message(w, UL_ICMP6_RA, rest, &b, src, dst);
}
