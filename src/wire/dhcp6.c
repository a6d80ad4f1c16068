/* SPDX-License-Identifier: BSD-3-Clause */
/* dhcp6.c - messages between DHCPv6 clients and servers */
#include "wire/dhcp6.h"

#include <errno.h>

#define OPT_CLIENT_ID 1
#define OPT_SERVER_ID 2
#define OPT_IA_NA 3
#define OPT_IA_ADDR 5
#define OPT_STATUS 13
#define OPT_RAPID_COMMIT 14
#define OPT_DNS 23
#define OPT_DOMAINS 24
#define OPT_FQDN 39

#define ADDR_LEN 16

/* Reads the option @code of @val; false when its length is wrong. */
typedef bool (*read_fn)(void *out, uint16_t code, struct ul_rd *val);

static bool read_options(struct ul_rd *r, read_fn read, void *out)
{
	while (r->left) {
		uint16_t code = ul_rd_u16(r);
		struct ul_rd val = ul_rd_sub(r, ul_rd_u16(r));

		if (val.bad || !read(out, code, &val) || val.bad)
			return false;
	}
	return !r->bad;
}

static bool read_duid(struct ul_dhcp6_duid *duid, struct ul_rd *val)
{
	if (!val->left || val->left > UL_DHCP6_DUID_MAX)
		return false;
	duid->len = (uint8_t)val->left;
	ul_rd_bytes(val, duid->bytes, val->left);
	return true;
}

static bool read_ia_option(void *out, uint16_t code, struct ul_rd *val)
{
	struct ul_dhcp6_ia *ia = out;
	struct ul_dhcp6_addr a;

	if (code == OPT_STATUS) {
		ia->has_status = true;
		ia->status = ul_rd_u16(val);
	}
	if (code != OPT_IA_ADDR)
		return true;
	ul_rd_bytes(val, a.addr.b, ADDR_LEN);
	a.preferred_s = ul_rd_u32(val);
	a.valid_s = ul_rd_u32(val);
	/* An IPv4 address in IPv6's clothes is not to be had. */
	if (!val->bad && !ul_addr_is_v4(&a.addr) &&
	    ia->addr_count < UL_DHCP6_ADDRS_MAX)
		ia->addr[ia->addr_count++] = a;
	return true;
}

static bool read_ia(struct ul_dhcp6_msg *m, struct ul_rd *val)
{
	struct ul_dhcp6_ia ia = { .iaid = ul_rd_u32(val) };

	ia.t1_s = ul_rd_u32(val);
	ia.t2_s = ul_rd_u32(val);
	if (val->bad || !read_options(val, read_ia_option, &ia))
		return false;
	if (m->ia_count < UL_DHCP6_IAS_MAX)
		m->ia[m->ia_count++] = ia;
	return true;
}

static bool read_dns(struct ul_dhcp6_msg *m, struct ul_rd *val)
{
	if (val->left % ADDR_LEN)
		return false;
	while (val->left && m->dns_count < UL_DHCP6_DNS_MAX)
		ul_rd_bytes(val, m->dns[m->dns_count++].b, ADDR_LEN);
	return true;
}

static bool read_fqdn(struct ul_dhcp6_msg *m, struct ul_rd *val)
{
	m->has_fqdn = true;
	m->fqdn_flags = ul_rd_u8(val);
	m->fqdn[0] = '\0';
	ul_dname_parse_partial(m->fqdn, val);
	return true;
}

static bool read_option(void *out, uint16_t code, struct ul_rd *val)
{
	struct ul_dhcp6_msg *m = out;
	struct ul_rd names;

	switch (code) {
	case OPT_CLIENT_ID:
		return read_duid(&m->client, val);
	case OPT_SERVER_ID:
		return read_duid(&m->server, val);
	case OPT_IA_NA:
		return read_ia(m, val);
	case OPT_STATUS:
		m->has_status = true;
		m->status = ul_rd_u16(val);
		return true;
	case OPT_RAPID_COMMIT:
		m->rapid_commit = true;
		return !val->left;
	case OPT_DNS:
		return read_dns(m, val);
	case OPT_FQDN:
		return read_fqdn(m, val);
	case OPT_DOMAINS:
		/* The first; one that is no name is as good as none. */
		names = *val;
		if (!m->domain[0])
			ul_dname_parse(m->domain, &names);
		return true;
	}
	return true;
}

int ul_dhcp6_parse(struct ul_dhcp6_msg *out, const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	struct ul_dhcp6_msg m = { .type = ul_rd_u8(&r) };

	m.xid = (uint32_t)ul_rd_u8(&r) << 16;
	m.xid |= ul_rd_u16(&r);
	if (r.bad)
		return -EBADMSG;
	if (m.type < UL_DHCP6_SOLICIT || m.type > UL_DHCP6_INFORM)
		return -EPROTO;
	if (!read_options(&r, read_option, &m))
		return -EBADMSG;
	*out = m;
	return 0;
}

/* Write an option's head; its length is put in by end_option(). */
static size_t begin_option(struct ul_wr *w, uint16_t code)
{
	ul_wr_u16(w, code);
	ul_wr_u16(w, 0);
	return w->len;
}

static void end_option(struct ul_wr *w, size_t begin)
{
	if (!w->bad)
		ul_wr_patch_u16(w, begin - 2, (uint16_t)(w->len - begin));
}

static void put_duid(struct ul_wr *w, uint16_t code,
		     const struct ul_dhcp6_duid *duid)
{
	size_t at;

	if (!duid->len)
		return;
	at = begin_option(w, code);
	ul_wr_bytes(w, duid->bytes, duid->len);
	end_option(w, at);
}

static void put_status(struct ul_wr *w, uint16_t status)
{
	size_t at = begin_option(w, OPT_STATUS);

	ul_wr_u16(w, status);
	end_option(w, at);
}

static void put_ia(struct ul_wr *w, const struct ul_dhcp6_ia *ia)
{
	size_t at = begin_option(w, OPT_IA_NA), inner;

	ul_wr_u32(w, ia->iaid);
	ul_wr_u32(w, ia->t1_s);
	ul_wr_u32(w, ia->t2_s);
	for (unsigned int i = 0; i < ia->addr_count; i++) {
		inner = begin_option(w, OPT_IA_ADDR);
		ul_wr_bytes(w, ia->addr[i].addr.b, ADDR_LEN);
		ul_wr_u32(w, ia->addr[i].preferred_s);
		ul_wr_u32(w, ia->addr[i].valid_s);
		end_option(w, inner);
	}
	if (ia->has_status)
		put_status(w, ia->status);
	end_option(w, at);
}

static void put_dns(struct ul_wr *w, const struct ul_dhcp6_msg *m)
{
	size_t at;

	if (m->dns_count) {
		at = begin_option(w, OPT_DNS);
		for (unsigned int i = 0; i < m->dns_count; i++)
			ul_wr_bytes(w, m->dns[i].b, ADDR_LEN);
		end_option(w, at);
	}
	if (m->domain[0]) {
		at = begin_option(w, OPT_DOMAINS);
		ul_dname_emit(w, m->domain);
		end_option(w, at);
	}
}

static void put_fqdn(struct ul_wr *w, const struct ul_dhcp6_msg *m)
{
	size_t at;

	if (!m->has_fqdn)
		return;
	at = begin_option(w, OPT_FQDN);
	ul_wr_u8(w, m->fqdn_flags);
	if (m->fqdn[0])
		ul_dname_emit(w, m->fqdn);
	end_option(w, at);
}

void ul_dhcp6_emit(struct ul_wr *w, const struct ul_dhcp6_msg *m)
{
	ul_wr_u8(w, m->type);
	ul_wr_u8(w, (uint8_t)(m->xid >> 16));
	ul_wr_u16(w, (uint16_t)m->xid);
	put_duid(w, OPT_CLIENT_ID, &m->client);
	put_duid(w, OPT_SERVER_ID, &m->server);
	for (unsigned int i = 0; i < m->ia_count; i++)
		put_ia(w, &m->ia[i]);
	if (m->has_status)
		put_status(w, m->status);
	if (m->rapid_commit)
		end_option(w, begin_option(w, OPT_RAPID_COMMIT));
	put_dns(w, m);
	put_fqdn(w, m);
}
