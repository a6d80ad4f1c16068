/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dhcp4.c - DHCPv4 messages and their options
 *
 * Options are read by a table with a row for each code. A row without a
 * setter is passed over; a length that its row does not allow fails the
 * message. What is not in a message keeps the zero that parsing starts with.
 */
#include "wire/dhcp4.h"

#include <errno.h>

#define HTYPE_ETHERNET 1
#define HLEN_ETHERNET 6
#define CHADDR_LEN 16
#define SNAME_LEN 64
#define FILE_LEN 128
#define FLAG_BROADCAST 0x8000
#define MAGIC 0x63825363u	/* RFC 2131 3 */

#define OPT_PAD 0
#define OPT_END 255

#define OVERLOAD_FILE 1
#define OVERLOAD_SNAME 2

/* The message that is being built, and what only the parser must know. */
struct parse {
	struct ul_dhcp4_msg m;
	uint8_t overload;
	bool is_too_long;	/* an option joined of pieces did not fit */
};

struct opt_rule {
	uint8_t min;		/* bytes */
	uint8_t step;		/* more of them in this unit; 0: no more */
	void (*set)(struct parse *p, struct ul_rd *val);
};

static struct ul_addr rd_addr(struct ul_rd *r)
{
	return ul_addr_v4(ul_rd_u32(r));
}

static void set_mask(struct parse *p, struct ul_rd *val)
{
	p->m.mask = rd_addr(val);
}

static void set_routers(struct parse *p, struct ul_rd *val)
{
	while (val->left && p->m.router_count < UL_DHCP4_ROUTERS_MAX)
		p->m.router[p->m.router_count++] = rd_addr(val);
}

static void set_dns(struct parse *p, struct ul_rd *val)
{
	while (val->left && p->m.dns_count < UL_DHCP4_DNS_MAX)
		p->m.dns[p->m.dns_count++] = rd_addr(val);
}

static void set_mtu(struct parse *p, struct ul_rd *val)
{
	p->m.mtu = ul_rd_u16(val);
}

static void set_req_addr(struct parse *p, struct ul_rd *val)
{
	p->m.req_addr = rd_addr(val);
}

static void set_lease(struct parse *p, struct ul_rd *val)
{
	p->m.lease_s = ul_rd_u32(val);
}

static void set_overload(struct parse *p, struct ul_rd *val)
{
	p->overload = ul_rd_u8(val);
}

static void set_type(struct parse *p, struct ul_rd *val)
{
	p->m.type = ul_rd_u8(val);
}

static void set_server_id(struct parse *p, struct ul_rd *val)
{
	p->m.server_id = rd_addr(val);
}

static void set_max_size(struct parse *p, struct ul_rd *val)
{
	p->m.max_size = ul_rd_u16(val);
}

static void set_t1(struct parse *p, struct ul_rd *val)
{
	p->m.t1_s = ul_rd_u32(val);
}

static void set_t2(struct parse *p, struct ul_rd *val)
{
	p->m.t2_s = ul_rd_u32(val);
}

static void set_rapid_commit(struct parse *p, struct ul_rd *val)
{
	p->m.rapid_commit = true;
}

/* Join another piece of an option to the @len bytes of it so far. */
static size_t append(struct parse *p, void *to, size_t len, struct ul_rd *val)
{
	struct ul_wr w = ul_wr_new(to, UL_DHCP4_TEXT_MAX);
	size_t more = val->left;

	ul_wr_take(&w, len);
	ul_wr_bytes(&w, ul_rd_take(val, more), more);
	p->is_too_long |= w.bad;
	return w.len;
}

/* Text ends at the first NUL, and all behind it is zero. */
static void append_text(struct parse *p, char text[UL_DHCP4_TEXT_MAX + 1],
			struct ul_rd *val)
{
	size_t len;

	append(p, text, strlen(text), val);
	len = strlen(text);
	memset(text + len, 0, UL_DHCP4_TEXT_MAX - len);
}

static void set_hostname(struct parse *p, struct ul_rd *val)
{
	append_text(p, p->m.hostname, val);
}

static void set_domain(struct parse *p, struct ul_rd *val)
{
	append_text(p, p->m.domain, val);
}

static void set_client_id(struct parse *p, struct ul_rd *val)
{
	p->m.client_id_len = (uint8_t)append(p, p->m.client_id,
					     p->m.client_id_len, val);
}

static void set_params(struct parse *p, struct ul_rd *val)
{
	p->m.params_len = (uint8_t)append(p, p->m.params, p->m.params_len,
					  val);
}

static void set_tftp_name(struct parse *p, struct ul_rd *val)
{
	append_text(p, p->m.tftp_name, val);
}

static void set_bootfile(struct parse *p, struct ul_rd *val)
{
	append_text(p, p->m.bootfile, val);
}

static void set_user_class(struct parse *p, struct ul_rd *val)
{
	append_text(p, p->m.user_class, val);
}

static void set_fqdn(struct parse *p, struct ul_rd *val)
{
	p->m.has_fqdn = true;
	p->m.fqdn_flags = ul_rd_u8(val);
	ul_rd_skip(val, 2);		/* codes that are not used any more */
	memset(p->m.fqdn, 0, sizeof(p->m.fqdn));
	if (p->m.fqdn_flags & UL_DHCP4_FQDN_E)
		ul_dname_parse_partial(p->m.fqdn, val);
	else
		append_text(p, p->m.fqdn, val);
}

static void set_arch(struct parse *p, struct ul_rd *val)
{
	p->m.has_arch = true;
	p->m.arch = ul_rd_u16(val);
}

/* A list that is compressed is passed over: only clients read those. */
static void set_search(struct parse *p, struct ul_rd *val)
{
	if (!p->m.search[0])
		ul_dname_parse(p->m.search, val);
}

static void set_routes(struct parse *p, struct ul_rd *val)
{
	while (val->left && p->m.route_count < UL_DHCP4_ROUTES_MAX) {
		struct ul_dhcp4_route route;
		uint8_t len = ul_rd_u8(val), octets[4] = { 0 };

		if (len > 32)
			return;
		ul_rd_bytes(val, octets, (len + 7u) / 8);
		route.dst.len = len;
		route.dst.addr = ul_addr_v4((uint32_t)octets[0] << 24 |
					    (uint32_t)octets[1] << 16 |
					    (uint32_t)octets[2] << 8 |
					    octets[3]);
		route.router = rd_addr(val);
		if (val->bad)
			return;
		p->m.route[p->m.route_count++] = route;
	}
}

static const struct opt_rule rules[UINT8_MAX + 1] = {
	[UL_DHCP4_OPT_MASK]		= { 4, 0, set_mask },
	[UL_DHCP4_OPT_ROUTER]		= { 4, 4, set_routers },
	[UL_DHCP4_OPT_DNS]		= { 4, 4, set_dns },
	[UL_DHCP4_OPT_HOSTNAME]		= { 0, 1, set_hostname },
	[UL_DHCP4_OPT_DOMAIN]		= { 0, 1, set_domain },
	[UL_DHCP4_OPT_MTU]		= { 2, 0, set_mtu },
	[UL_DHCP4_OPT_REQ_ADDR]		= { 4, 0, set_req_addr },
	[UL_DHCP4_OPT_LEASE]		= { 4, 0, set_lease },
	[UL_DHCP4_OPT_OVERLOAD]		= { 1, 0, set_overload },
	[UL_DHCP4_OPT_TYPE]		= { 1, 0, set_type },
	[UL_DHCP4_OPT_SERVER_ID]	= { 4, 0, set_server_id },
	[UL_DHCP4_OPT_PARAMS]		= { 0, 1, set_params },
	[UL_DHCP4_OPT_MAX_SIZE]		= { 2, 0, set_max_size },
	[UL_DHCP4_OPT_T1]		= { 4, 0, set_t1 },
	[UL_DHCP4_OPT_T2]		= { 4, 0, set_t2 },
	[UL_DHCP4_OPT_CLIENT_ID]	= { 0, 1, set_client_id },
	[UL_DHCP4_OPT_TFTP_NAME]	= { 0, 1, set_tftp_name },
	[UL_DHCP4_OPT_BOOTFILE]		= { 0, 1, set_bootfile },
	[UL_DHCP4_OPT_USER_CLASS]	= { 0, 1, set_user_class },
	[UL_DHCP4_OPT_RAPID_COMMIT]	= { 0, 0, set_rapid_commit },
	[UL_DHCP4_OPT_FQDN]		= { 3, 1, set_fqdn },
	[UL_DHCP4_OPT_ARCH]		= { 2, 2, set_arch },
	[UL_DHCP4_OPT_SEARCH]		= { 0, 1, set_search },
	[UL_DHCP4_OPT_ROUTES]		= { 5, 1, set_routes },
};

static bool has_good_len(const struct opt_rule *rule, size_t len)
{
	if (!rule->set)
		return true;
	if (len <= rule->min || !rule->step)
		return len == rule->min;
	return (len - rule->min) % rule->step == 0;
}

static int read_options(struct parse *p, struct ul_rd *r)
{
	uint8_t code;

	while ((code = ul_rd_u8(r)) != OPT_END) {
		const struct opt_rule *rule = &rules[code];
		struct ul_rd val;

		if (r->bad)
			return -EBADMSG;
		if (code == OPT_PAD)
			continue;
		val = ul_rd_sub(r, ul_rd_u8(r));
		if (val.bad || !has_good_len(rule, val.left))
			return -EBADMSG;
		if (rule->set)
			rule->set(p, &val);
	}
	return p->is_too_long ? -EBADMSG : 0;
}

/* Where it is not given to options it ends at a NUL, or is full. */
static void read_file(struct parse *p, struct ul_rd file)
{
	const uint8_t *bytes = file.p;

	if (p->overload & OVERLOAD_FILE || bytes[FILE_LEN - 1])
		return;
	memcpy(p->m.file, bytes, strlen((const char *)bytes));
}

/* The fields that option 52 gives to options, in the order of RFC 2131 4.1. */
static int read_overload(struct parse *p, struct ul_rd file,
			 struct ul_rd sname)
{
	uint8_t overload = p->overload;
	int rc = 0;

	if (overload & OVERLOAD_FILE)
		rc = read_options(p, &file);
	if (!rc && overload & OVERLOAD_SNAME)
		rc = read_options(p, &sname);
	return rc;
}

static void start(struct parse *p)
{
	struct ul_addr none = ul_addr_v4(0);

	memset(p, 0, sizeof(*p));
	p->m.req_addr = p->m.server_id = p->m.mask = none;
	for (int i = 0; i < UL_DHCP4_ROUTERS_MAX; i++)
		p->m.router[i] = none;
	for (int i = 0; i < UL_DHCP4_DNS_MAX; i++)
		p->m.dns[i] = none;
}

static void read_fixed(struct ul_dhcp4_msg *m, struct ul_rd *r)
{
	m->xid = ul_rd_u32(r);
	m->secs = ul_rd_u16(r);
	m->broadcast = ul_rd_u16(r) & FLAG_BROADCAST;
	m->ciaddr = rd_addr(r);
	m->yiaddr = rd_addr(r);
	m->siaddr = rd_addr(r);
	m->giaddr = rd_addr(r);
	ul_rd_bytes(r, m->chaddr, 6);
	ul_rd_skip(r, CHADDR_LEN - 6);
}

int ul_dhcp4_parse(struct ul_dhcp4_msg *out, const uint8_t *data, size_t len)
{
	struct ul_rd r = ul_rd_new(data, len);
	struct ul_rd sname, file;
	struct parse p;
	uint8_t htype, hlen;
	uint32_t magic;
	int rc;

	start(&p);
	p.m.op = ul_rd_u8(&r);
	htype = ul_rd_u8(&r);
	hlen = ul_rd_u8(&r);
	ul_rd_skip(&r, 1);	/* hops, of relay agents */
	read_fixed(&p.m, &r);
	sname = ul_rd_sub(&r, SNAME_LEN);
	file = ul_rd_sub(&r, FILE_LEN);
	magic = ul_rd_u32(&r);
	if (r.bad)
		return -EBADMSG;
	if ((p.m.op != UL_DHCP4_OP_REQUEST && p.m.op != UL_DHCP4_OP_REPLY) ||
	    htype != HTYPE_ETHERNET || hlen != HLEN_ETHERNET || magic != MAGIC)
		return -EPROTO;
	rc = read_options(&p, &r);
	if (!rc)
		rc = read_overload(&p, file, sname);
	if (rc)
		return rc;
	read_file(&p, file);
	*out = p.m;
	return 0;
}

static void put_u8(struct ul_wr *w, uint8_t code, uint8_t v)
{
	if (!v)
		return;
	ul_wr_u8(w, code);
	ul_wr_u8(w, 1);
	ul_wr_u8(w, v);
}

static void put_u16(struct ul_wr *w, uint8_t code, uint16_t v)
{
	if (!v)
		return;
	ul_wr_u8(w, code);
	ul_wr_u8(w, 2);
	ul_wr_u16(w, v);
}

static void put_u32(struct ul_wr *w, uint8_t code, uint32_t v)
{
	if (!v)
		return;
	ul_wr_u8(w, code);
	ul_wr_u8(w, 4);
	ul_wr_u32(w, v);
}

static void put_addr(struct ul_wr *w, uint8_t code, const struct ul_addr *a)
{
	put_u32(w, code, ul_addr_to_v4(a));
}

static void put_addrs(struct ul_wr *w, uint8_t code, const struct ul_addr *a,
		      uint8_t count)
{
	if (!count)
		return;
	ul_wr_u8(w, code);
	ul_wr_u8(w, (uint8_t)(count * 4));
	for (uint8_t i = 0; i < count; i++)
		ul_wr_u32(w, ul_addr_to_v4(&a[i]));
}

static void put_bytes(struct ul_wr *w, uint8_t code, const void *data,
		      size_t len)
{
	if (!len)
		return;
	ul_wr_u8(w, code);
	ul_wr_u8(w, (uint8_t)len);
	ul_wr_bytes(w, data, len);
}

static void put_fqdn(struct ul_wr *w, const struct ul_dhcp4_msg *m)
{
	uint8_t name[UL_DNAME_STRLEN];
	struct ul_wr n = ul_wr_new(name, sizeof(name));

	if (!m->has_fqdn)
		return;
	if (m->fqdn_flags & UL_DHCP4_FQDN_E && m->fqdn[0])
		ul_dname_emit(&n, m->fqdn);
	else
		ul_wr_bytes(&n, m->fqdn, strlen(m->fqdn));
	if (n.bad || n.len > UINT8_MAX - 3) {
		w->bad = true;
		return;
	}
	ul_wr_u8(w, UL_DHCP4_OPT_FQDN);
	ul_wr_u8(w, (uint8_t)(n.len + 3));
	ul_wr_u8(w, m->fqdn_flags);
	ul_wr_u16(w, 0xffff);		/* RFC 4702 2.2 */
	ul_wr_bytes(w, name, n.len);
}

static void put_search(struct ul_wr *w, const struct ul_dhcp4_msg *m)
{
	uint8_t name[UL_DNAME_STRLEN];
	struct ul_wr n = ul_wr_new(name, sizeof(name));

	put_bytes(w, UL_DHCP4_OPT_SEARCH, m->search_list, m->search_list_len);
	if (!m->search[0] || m->search_list_len)
		return;
	ul_dname_emit(&n, m->search);
	if (n.bad || n.len > UINT8_MAX)
		w->bad = true;
	else
		put_bytes(w, UL_DHCP4_OPT_SEARCH, name, n.len);
}

static void put_routes(struct ul_wr *w, const struct ul_dhcp4_msg *m)
{
	uint8_t bytes[UL_DHCP4_ROUTES_MAX * 9];
	struct ul_wr n = ul_wr_new(bytes, sizeof(bytes));

	for (uint8_t i = 0; i < m->route_count; i++) {
		const struct ul_dhcp4_route *r = &m->route[i];

		ul_wr_u8(&n, r->dst.len);
		ul_wr_bytes(&n, r->dst.addr.b + 12, (r->dst.len + 7u) / 8);
		ul_wr_u32(&n, ul_addr_to_v4(&r->router));
	}
	put_bytes(w, UL_DHCP4_OPT_ROUTES, bytes, n.len);
}

static void put_boot(struct ul_wr *w, const struct ul_dhcp4_msg *m)
{
	put_bytes(w, UL_DHCP4_OPT_TFTP_NAME, m->tftp_name,
		  strlen(m->tftp_name));
	put_bytes(w, UL_DHCP4_OPT_BOOTFILE, m->bootfile, strlen(m->bootfile));
	put_bytes(w, UL_DHCP4_OPT_CLASS, m->vendor_class,
		  strlen(m->vendor_class));
	put_bytes(w, UL_DHCP4_OPT_USER_CLASS, m->user_class,
		  strlen(m->user_class));
	if (!m->has_arch)
		return;
	ul_wr_u8(w, UL_DHCP4_OPT_ARCH);
	ul_wr_u8(w, 2);
	ul_wr_u16(w, m->arch);
}

static void emit_options(struct ul_wr *w, const struct ul_dhcp4_msg *m)
{
	put_u8(w, UL_DHCP4_OPT_TYPE, m->type);
	put_addr(w, UL_DHCP4_OPT_SERVER_ID, &m->server_id);
	put_addr(w, UL_DHCP4_OPT_REQ_ADDR, &m->req_addr);
	put_u32(w, UL_DHCP4_OPT_LEASE, m->lease_s);
	put_u32(w, UL_DHCP4_OPT_T1, m->t1_s);
	put_u32(w, UL_DHCP4_OPT_T2, m->t2_s);
	put_addr(w, UL_DHCP4_OPT_MASK, &m->mask);
	put_addrs(w, UL_DHCP4_OPT_ROUTER, m->router, m->router_count);
	put_addrs(w, UL_DHCP4_OPT_DNS, m->dns, m->dns_count);
	put_u16(w, UL_DHCP4_OPT_MTU, m->mtu);
	put_u16(w, UL_DHCP4_OPT_MAX_SIZE, m->max_size);
	put_bytes(w, UL_DHCP4_OPT_PARAMS, m->params, m->params_len);
	put_bytes(w, UL_DHCP4_OPT_CLIENT_ID, m->client_id, m->client_id_len);
	put_bytes(w, UL_DHCP4_OPT_HOSTNAME, m->hostname, strlen(m->hostname));
	put_bytes(w, UL_DHCP4_OPT_DOMAIN, m->domain, strlen(m->domain));
	put_boot(w, m);
	put_fqdn(w, m);
	put_search(w, m);
	put_routes(w, m);
	if (m->rapid_commit) {
		ul_wr_u8(w, UL_DHCP4_OPT_RAPID_COMMIT);
		ul_wr_u8(w, 0);
	}
	ul_wr_u8(w, OPT_END);
}

void ul_dhcp4_emit(struct ul_wr *w, const struct ul_dhcp4_msg *m)
{
	size_t at = w->len;

	ul_wr_u8(w, m->op);
	ul_wr_u8(w, HTYPE_ETHERNET);
	ul_wr_u8(w, HLEN_ETHERNET);
	ul_wr_u8(w, 0);
	ul_wr_u32(w, m->xid);
	ul_wr_u16(w, m->secs);
	ul_wr_u16(w, m->broadcast ? FLAG_BROADCAST : 0);
	ul_wr_u32(w, ul_addr_to_v4(&m->ciaddr));
	ul_wr_u32(w, ul_addr_to_v4(&m->yiaddr));
	ul_wr_u32(w, ul_addr_to_v4(&m->siaddr));
	ul_wr_u32(w, ul_addr_to_v4(&m->giaddr));
	ul_wr_bytes(w, m->chaddr, 6);
	ul_wr_zero(w, CHADDR_LEN - 6 + SNAME_LEN);
	ul_wr_bytes(w, m->file, strlen(m->file));
	ul_wr_zero(w, FILE_LEN - strlen(m->file));
	ul_wr_u32(w, MAGIC);
	emit_options(w, m);
	if (w->len - at < UL_DHCP4_MIN_LEN)
		ul_wr_zero(w, UL_DHCP4_MIN_LEN - (w->len - at));
}

bool ul_dhcp4_wants(const struct ul_dhcp4_msg *m, uint8_t code)
{
	return m->params_len && memchr(m->params, code, m->params_len);
}
