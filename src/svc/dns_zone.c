/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dns_zone.c - the names that a network has itself
 *
 * Below NETWORK.internal and directly below "internal" every name is the
 * network's: one that is not there is not there, and nobody else is asked.
 * What lies deeper below "internal" (clouds have names there) is not, nor is a
 * single label or a name of the leases' domain, unless it is known here.
 *
 * A name is one machine's: of several that claim it the configuration's word
 * counts most and a guest's own least, and among guests the lowest address's.
 * An address has the name that leads back to it, or none.
 *
 * Records of the operator come before all that, and the host's hosts file after
 * it, but before what guests call themselves: none gets what is meant for one
 * of the host's names. Those are single names: what is below is not ours.
 *
 * Negative answers carry an SOA (RFC 2308). Its owner is an ancestor of the
 * name asked for, so a pointer into the question says it.
 */
#include "svc/dns_zone.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "wire/dns.h"

#define ROOT "internal"
#define UDP_SIZE 1232		/* told in OPT: no fragments on any path */
#define BADVERS 1		/* RFC 6891 9, its upper bits */
#define BYTES4 4
#define NIBBLES6 32
#define SOA_SERIAL 1
#define SOA_REFRESH_S 3600
#define SOA_RETRY_S 600
#define SOA_EXPIRE_S 86400

struct ul_dns_zone {
	struct ul_dns_zone_conf conf;
	char *apex;			/* NETWORK.internal */
	char *domain;
};

/* Whose a name is. */
enum whose {
	OTHERS,
	IF_KNOWN,
	OURS,
};

/* What a name asks for. */
struct place {
	enum whose whose;
	bool is_node;		/* it is there, even without an address */
	bool is_reverse;
	struct ul_addr addr;	/* of a reverse name, when it is whole */
	bool has_addr;
	char label[UL_DNS_LABEL_MAX + 1];	/* the machine's, "" for none */
	size_t apex;		/* where the SOA's owner is in the text */
};

struct found {
	const char *label;
	unsigned int rank;	/* UL_DNS_RANK_COUNT: none found */
	uint8_t mac[6];
	struct ul_addr addr[UL_DNS_ZONE_ADDRS];
	size_t count;
};

/* Names. */

static bool is_label(const char *s, size_t len)
{
	if (!len || len > UL_DNS_LABEL_MAX || s[0] == '-' ||
	    s[len - 1] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!g_ascii_isalnum(s[i]) && s[i] != '-')
			return false;
	return true;
}

/* Names by which software finds its configuration: not a guest's to take. */
static bool is_for_operators(const char *label)
{
	return !strcmp(label, "localhost") || !strcmp(label, "wpad") ||
	       !strcmp(label, "isatap");
}

/* What a guest that calls itself so would pass for. */
static bool is_networks(const char *label)
{
	return !strcmp(label, "host") || !strcmp(label, "gateway") ||
	       !strcmp(label, "router") || !strcmp(label, "dns");
}

/* The first label of what its owner is called, or false. */
static bool label_of(char out[UL_DNS_LABEL_MAX + 1],
		     const struct ul_dns_local *name)
{
	size_t len = strcspn(name->name, ".");

	if (!is_label(name->name, len))
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = g_ascii_tolower(name->name[i]);
	out[len] = '\0';
	if (name->rank >= UL_DNS_BY_TOLD_PORT && is_networks(out))
		return false;
	return name->rank == UL_DNS_BY_CONF || !is_for_operators(out);
}

static bool has_addr(const struct found *f, const struct ul_addr *addr)
{
	for (size_t i = 0; i < f->count; i++)
		if (ul_addr_eq(&f->addr[i], addr))
			return true;
	return false;
}

static bool take(const struct ul_dns_local *name, void *arg)
{
	struct found *f = arg;
	char label[UL_DNS_LABEL_MAX + 1];

	if (name->rank > f->rank || !label_of(label, name) ||
	    strcmp(label, f->label))
		return false;
	if (name->rank < f->rank) {
		f->rank = name->rank;
		f->count = 0;
		memcpy(f->mac, name->mac, sizeof(f->mac));
	}
	if (memcmp(f->mac, name->mac, sizeof(f->mac)))
		return false;
	if (f->count < UL_DNS_ZONE_ADDRS && !has_addr(f, &name->addr))
		f->addr[f->count++] = name->addr;
	return true;
}

static bool is_gateway(const struct ul_dns_zone *zone, const char *label)
{
	return !strcmp(label, "gateway") ||
	       (!strcmp(label, "host") && zone->conf.reaches_host);
}

static void find(const struct ul_dns_zone *zone, const char *label,
		 struct found *f)
{
	*f = (struct found){ .label = label, .rank = UL_DNS_RANK_COUNT };
	if (is_gateway(zone, label)) {
		f->rank = UL_DNS_BY_CONF;
		f->addr[f->count++] = zone->conf.gateway4;
		if (zone->conf.has_v6)
			f->addr[f->count++] = zone->conf.gateway6;
	} else if (*label && strcmp(label, "host")) {
		zone->conf.each(NULL, take, f, zone->conf.arg);
	}
}

static bool is_known(const struct ul_dns_zone *zone, enum ul_dns_known source,
		     const char *name, struct found *f)
{
	struct found k = { .label = f->label, .rank = UL_DNS_BY_CONF };

	if (!zone->conf.known || !*name)
		return false;
	k.count = zone->conf.known(source, name, k.addr, zone->conf.arg);
	if (k.count)
		*f = k;
	return k.count;
}

/* Is it one that a guest calls itself, and the host has already? */
static bool is_hosts(const struct ul_dns_zone *zone, const char *name,
		     const struct found *f)
{
	struct found k = { .label = f->label };

	return f->count && f->rank >= UL_DNS_BY_TOLD_PORT &&
	       (is_known(zone, UL_DNS_HOSTS, name, &k) ||
		is_known(zone, UL_DNS_HOSTS, f->label, &k));
}

/* All that there is of @name, whose machine would be called @label. */
static void find_all(const struct ul_dns_zone *zone, const char *name,
		     const char *label, struct found *f)
{
	*f = (struct found){ .label = label, .rank = UL_DNS_RANK_COUNT };
	if (is_known(zone, UL_DNS_RECORDS, name, f) ||
	    (!is_gateway(zone, label) &&
	     is_known(zone, UL_DNS_RECORDS, label, f)))
		return;
	find(zone, label, f);
	if (is_hosts(zone, name, f))
		f->count = 0;
	if (!f->count)
		is_known(zone, UL_DNS_HOSTS, name, f);
}

struct naming {
	const struct ul_dns_zone *zone;
	const struct ul_addr *addr;
	unsigned int rank;
	char label[UL_DNS_LABEL_MAX + 1];
};

static bool take_name(const struct ul_dns_local *name, void *arg)
{
	struct naming *n = arg;
	char label[UL_DNS_LABEL_MAX + 1];

	if (name->rank >= n->rank || !ul_addr_eq(&name->addr, n->addr) ||
	    !label_of(label, name))
		return false;
	n->rank = name->rank;
	memcpy(n->label, label, sizeof(label));
	return false;
}

static bool leads_to(const struct ul_dns_zone *zone, const char *label,
		     const struct ul_addr *addr)
{
	struct found f;

	find(zone, label, &f);
	return has_addr(&f, addr) && !is_hosts(zone, label, &f);
}

/* A record of one label is a machine's, so it is told below the network. */
static bool known_name_of(const struct ul_dns_zone *zone,
			  const struct ul_addr *addr,
			  char out[UL_DNS_NAME_LEN])
{
	char label[UL_DNS_NAME_LEN];

	if (!zone->conf.known_at)
		return false;
	if (!zone->conf.known_at(UL_DNS_RECORDS, addr, out, zone->conf.arg))
		return zone->conf.known_at(UL_DNS_HOSTS, addr, out,
					   zone->conf.arg);
	if (strchr(out, '.'))
		return true;
	g_strlcpy(label, out, sizeof(label));
	return g_snprintf(out, UL_DNS_NAME_LEN, "%s.%s", label, zone->apex) <
	       UL_DNS_NAME_LEN;
}

/* The name of @addr to @out, or false. */
static bool name_of(const struct ul_dns_zone *zone, const struct ul_addr *addr,
		    char out[UL_DNS_NAME_LEN])
{
	struct naming n = { zone, addr, UL_DNS_RANK_COUNT, "" };

	if (ul_addr_eq(addr, &zone->conf.gateway4) ||
	    ul_addr_eq(addr, &zone->conf.gateway6)) {
		g_strlcpy(out, "gateway." ROOT, UL_DNS_NAME_LEN);
		return true;
	}
	zone->conf.each(addr, take_name, &n, zone->conf.arg);
	if (n.rank == UL_DNS_RANK_COUNT || !leads_to(zone, n.label, addr))
		return known_name_of(zone, addr, out);
	g_snprintf(out, UL_DNS_NAME_LEN, "%s.%s", n.label, zone->apex);
	return true;
}

/* Places: from what is asked to whose it is. */

/* Is @name below @suffix? Then where the suffix begins. */
static bool is_below(const char *name, const char *suffix, size_t *at)
{
	size_t len = strlen(name), want = strlen(suffix);

	if (len <= want || name[len - want - 1] != '.' ||
	    strcmp(name + len - want, suffix))
		return false;
	*at = len - want;
	return true;
}

/* The @len bytes at @name are one label: the machine's. */
static bool set_label(struct place *p, const char *name, size_t len)
{
	if (len > UL_DNS_LABEL_MAX || memchr(name, '.', len))
		return false;
	memcpy(p->label, name, len);
	p->label[len] = '\0';
	return true;
}

static bool is_alias(const char *name)
{
	return !strcmp(name, "host.containers." ROOT) ||
	       !strcmp(name, "host.docker." ROOT);
}

static void place_forward(const struct ul_dns_zone *zone, const char *name,
			  struct place *p)
{
	size_t at;

	if (is_below(name, zone->apex, &at)) {
		p->whose = OURS;
		p->apex = at;
		set_label(p, name, at - 1);
	} else if (is_alias(name)) {
		p->whose = OURS;
		set_label(p, "host", strlen("host"));
	} else if (!strcmp(name, ROOT)) {
		p->whose = OURS;
		p->is_node = true;
	} else if (is_below(name, ROOT, &at) &&
		   set_label(p, name, at - 1)) {
		p->whose = OURS;
		p->apex = at;
		p->is_node = !strcmp(name, zone->apex) ||
			     !strcmp(p->label, "containers") ||
			     !strcmp(p->label, "docker");
	} else if (is_below(name, zone->domain, &at) &&
		   set_label(p, name, at - 1)) {
		p->whose = IF_KNOWN;
		p->apex = at;
	} else if (*name && set_label(p, name, strlen(name))) {
		p->whose = IF_KNOWN;
	}
}

/* One label of a reverse name: a decimal byte or a hexadecimal digit. */
static int digit_of(const char *s, size_t len, unsigned int base)
{
	int v = 0;

	if (!len || len > (base == 16 ? 1 : 3) || (len > 1 && *s == '0'))
		return -1;
	for (size_t i = 0; i < len; i++) {
		int d = g_ascii_xdigit_value(s[i]);

		if (d < 0 || d >= (int)base)
			return -1;
		v = v * (int)base + d;
	}
	return v <= UINT8_MAX ? v : -1;
}

/*
 * The labels before @end, last first, are the address's beginning. The owner
 * of the SOA is as long as the prefix. False when this is not below @prefix.
 */
static bool place_reverse(const struct ul_prefix *prefix, const char *name,
			  size_t end, struct place *p)
{
	bool is_v4 = ul_addr_is_v4(&prefix->addr);
	size_t max = is_v4 ? BYTES4 : NIBBLES6, bits = is_v4 ? 8 : 4;
	struct ul_addr addr = is_v4 ? ul_addr_v4(0) : (struct ul_addr){ 0 };
	size_t apex = end, count = 0;

	while (end) {
		size_t at = end;
		int v;

		while (at && name[at - 1] != '.')
			at--;
		v = digit_of(name + at, end - at, is_v4 ? 10 : 16);
		if (v < 0 || count == max)
			return false;
		if (is_v4)
			addr.b[12 + count] = (uint8_t)v;
		else
			addr.b[count / 2] |= (uint8_t)(count % 2 ? v : v << 4);
		if (count++ * bits < prefix->len)
			apex = at;
		end = at ? at - 1 : 0;
	}
	if (count * bits < prefix->len || !ul_prefix_has(prefix, &addr))
		return false;
	p->whose = OURS;
	p->is_reverse = true;
	p->addr = addr;
	p->has_addr = count == max;
	p->is_node = !p->has_addr;
	p->apex = apex;
	return true;
}

/* An address of nobody's here: ours only when something knows its name. */
static void place_elsewhere(const struct ul_dns_zone *zone, bool is_v4,
			    const char *name, size_t end, struct place *p)
{
	struct ul_prefix all = { .len = 0 };
	char known[UL_DNS_NAME_LEN];

	if (is_v4)
		all.addr = ul_addr_v4(0);
	if (!place_reverse(&all, name, end, p))
		return;
	p->apex = 0;
	if (!p->has_addr || ul_addr_is_v4(&p->addr) != is_v4 ||
	    !known_name_of(zone, &p->addr, known))
		*p = (struct place){ .whose = OTHERS };
}

static void find_place(const struct ul_dns_zone *zone, const char *name,
		       struct place *p)
{
	size_t at;

	*p = (struct place){ .whose = OTHERS };
	if (is_below(name, "in-addr.arpa", &at)) {
		if (!place_reverse(&zone->conf.prefix4, name, at - 1, p))
			place_elsewhere(zone, true, name, at - 1, p);
	} else if (is_below(name, "ip6.arpa", &at)) {
		if (!zone->conf.has_v6 ||
		    !place_reverse(&zone->conf.prefix6, name, at - 1, p))
			place_elsewhere(zone, false, name, at - 1, p);
	} else {
		place_forward(zone, name, p);
	}
}

/* Answers. */

/* What is written of one answer. */
struct answer {
	struct ul_wr *w;
	const struct ul_dns_question *q;
	uint16_t records;
	bool is_there;		/* the name, with whatever type */
};

static bool is_asked(const struct answer *a, enum ul_dns_type type)
{
	return a->q->type == type || a->q->type == UL_DNS_ANY;
}

static void put_addrs(struct answer *a, const struct found *f)
{
	for (size_t i = 0; i < f->count; i++) {
		bool is_v4 = ul_addr_is_v4(&f->addr[i]);
		enum ul_dns_type type = is_v4 ? UL_DNS_A : UL_DNS_AAAA;
		const uint8_t *bytes;
		size_t at, len;

		if (!is_asked(a, type))
			continue;
		at = ul_dns_record_begin(a->w, UL_DNS_HLEN, type,
					 UL_DNS_ZONE_TTL_S);
		bytes = ul_addr_bytes(&f->addr[i], &len);
		ul_wr_bytes(a->w, bytes, len);
		ul_dns_record_end(a->w, at);
		a->records++;
	}
}

static void put_ptr(struct answer *a, const char *name)
{
	size_t at;

	if (!is_asked(a, UL_DNS_PTR))
		return;
	at = ul_dns_record_begin(a->w, UL_DNS_HLEN, UL_DNS_PTR,
				 UL_DNS_ZONE_TTL_S);
	ul_dns_emit_name(a->w, name);
	ul_dns_record_end(a->w, at);
	a->records++;
}

static void put_soa(struct ul_wr *w, const struct place *p)
{
	size_t at = ul_dns_record_begin(w, UL_DNS_HLEN + p->apex, UL_DNS_SOA,
					UL_DNS_ZONE_TTL_S);

	ul_dns_emit_name(w, "gateway." ROOT);
	ul_dns_emit_name(w, "nobody.invalid");
	ul_wr_u32(w, SOA_SERIAL);
	ul_wr_u32(w, SOA_REFRESH_S);
	ul_wr_u32(w, SOA_RETRY_S);
	ul_wr_u32(w, SOA_EXPIRE_S);
	ul_wr_u32(w, UL_DNS_ZONE_TTL_S);	/* of negative answers */
	ul_dns_record_end(w, at);
}

/* The header comes last: it has counts. */
static void put_header(struct ul_wr *w, const struct ul_dns_head *h,
		       uint16_t flags, const uint16_t counts[4])
{
	struct ul_wr head = ul_wr_new(w->start, w->bad ? 0 : UL_DNS_HLEN);

	ul_wr_u16(&head, h->id);
	ul_wr_u16(&head, flags);
	for (int i = 0; i < 4; i++)
		ul_wr_u16(&head, counts[i]);
}

static void put_records(const struct ul_dns_zone *zone, struct answer *a,
			const struct place *p, const struct found *f)
{
	char name[UL_DNS_NAME_LEN];

	a->is_there = p->is_node || f->count;
	if (!p->is_reverse) {
		put_addrs(a, f);
	} else if (p->has_addr && name_of(zone, &p->addr, name)) {
		a->is_there = true;
		put_ptr(a, name);
	}
}

/* The whole message, to a query that is ours to answer. */
static void write_answer(const struct ul_dns_zone *zone, struct ul_wr *w,
			 const struct ul_dns_head *h, const uint8_t *msg,
			 const struct ul_dns_edns *edns,
			 const struct place *p, const struct answer *asked,
			 const struct found *f)
{
	struct answer a = *asked;
	bool is_bad = edns->version > 0, is_refused = a.q->class != UL_DNS_IN;
	enum ul_dns_rcode rcode = is_refused ? UL_DNS_REFUSED : UL_DNS_NOERROR;
	bool is_negative;

	a.w = w;
	ul_wr_take(w, UL_DNS_HLEN);
	ul_wr_bytes(w, msg + UL_DNS_HLEN, h->question_len);
	if (!is_bad && !is_refused) {
		put_records(zone, &a, p, f);
		if (!a.is_there)
			rcode = UL_DNS_NXDOMAIN;
	}
	is_negative = !is_bad && !is_refused && !a.records;
	if (is_negative)
		put_soa(w, p);
	if (edns->is_there)
		ul_dns_emit_opt(w, edns, UDP_SIZE, is_bad ? BADVERS : 0);
	put_header(w, h, ul_dns_error_flags(h->flags, rcode) |
			 (is_bad || is_refused ? 0 : UL_DNS_AA),
		   (uint16_t[4]){ 1, a.records, is_negative,
				  edns->is_there });
}

struct ul_dns_zone *ul_dns_zone_new(const struct ul_dns_zone_conf *conf)
{
	struct ul_dns_zone *zone = g_new0(struct ul_dns_zone, 1);
	g_autofree char *apex = g_strconcat(conf->network, "." ROOT, NULL);

	zone->conf = *conf;
	zone->apex = g_ascii_strdown(apex, -1);
	zone->domain = g_ascii_strdown(conf->domain ? conf->domain : apex, -1);
	return zone;
}

void ul_dns_zone_free(struct ul_dns_zone *zone)
{
	if (!zone)
		return;
	g_free(zone->apex);
	g_free(zone->domain);
	g_free(zone);
}

int ul_dns_zone_answer(const struct ul_dns_zone *zone, const uint8_t *msg,
		       size_t len, struct ul_wr *out)
{
	struct ul_wr w = ul_wr_new(out->start, out->cap);
	struct ul_dns_question q;
	struct ul_dns_edns edns;
	struct ul_dns_head h;
	struct place p;
	struct found f;

	if (ul_dns_head_parse(&h, msg, len) < 0 ||
	    ul_dns_question_parse(&q, &h, msg, len) < 0)
		return -EBADMSG;
	find_place(zone, q.name, &p);
	find_all(zone, p.is_reverse ? "" : q.name, p.label, &f);
	if (p.whose != OURS && !f.count)
		return -ENOENT;
	ul_dns_edns_find(&edns, &h, msg, len);
	write_answer(zone, &w, &h, msg, &edns, &p,
		     &(struct answer){ .q = &q }, &f);
	if (w.bad)
		return -ENOBUFS;
	*out = w;
	return 0;
}

int ul_dns_zone_find(const struct ul_dns_zone *zone, const char *name,
		     enum ul_family family, struct ul_addr *out)
{
	char lower[UL_DNS_NAME_LEN];
	struct place p;
	struct found f;
	size_t len = 0;

	for (; name[len] && len < sizeof(lower) - 1; len++)
		lower[len] = g_ascii_tolower(name[len]);
	lower[len] = '\0';
	find_place(zone, lower, &p);
	if (name[len] || p.whose == OTHERS || is_gateway(zone, p.label))
		return -ENOENT;
	find(zone, p.label, &f);
	for (size_t i = 0; i < f.count; i++) {
		if (ul_addr_family(&f.addr[i]) == family) {
			*out = f.addr[i];
			return 0;
		}
	}
	return -ENOENT;
}
