/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reass.c - joining the fragments of guests' datagrams
 *
 * A datagram is one buffer: room for the header, then the payload at its
 * final place. A bitmap of 8-byte units says what has arrived; fragments
 * start and, but for the last, end at such units (RFC 791 3.2), so overlap
 * is one look at the bitmap and a datagram is whole when as many units are
 * there as its last fragment promised.
 *
 * A port that is at its limit loses its own oldest datagram, not the new
 * one: on a lossy link nearly every large datagram stays incomplete, and
 * refusing new ones would stop that guest until the timers ran out.
 */
#include "flow/reass.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cursor.h"
#include "base/csum.h"
#include "base/hash.h"
#include "base/htab.h"
#include "base/list.h"

#define TIMEOUT_V4_US (15 * 1000000ll)
#define TIMEOUT_V6_US (60 * 1000000ll)
#define PORT_DATAGRAMS_MAX 64
#define PORT_BYTES_MAX (4u << 20)
#define DATAGRAM_MAX 65535u
#define HEADER_MAX 256u		/* of the unfragmentable part */
#define UNIT 8u			/* offsets count these */
#define UNITS_MAX ((DATAGRAM_MAX + UNIT) / UNIT)
#define FIRST_ROOM 4096u	/* payload bytes of a new datagram */
#define KEY_LEN (8 + 16 + 16 + 4 + 1)

#define IP4_HEADER_MIN 20
#define IP6_HEADER 40

/* What one port holds; exists only while it holds something. */
struct port_use {
	struct ul_list node;
	const void *port;
	unsigned int datagrams;
	size_t bytes;
	struct ul_list oldest;		/* its datagrams, by age */
};

struct datagram {
	struct ul_hnode hash_node;
	struct ul_list age_node;	/* of its family, by age */
	struct ul_list port_node;
	struct port_use *use;
	struct ul_frag key;		/* addresses, id and proto only */
	int64_t expires_us;
	uint8_t *buf;			/* HEADER_MAX, then the payload */
	size_t room;			/* for payload */
	size_t header_len;		/* 0 until the first fragment came */
	size_t first_len;
	size_t total;			/* 0 until the last fragment came */
	size_t end;			/* of the furthest fragment */
	unsigned int units;		/* bits set below */
	uint64_t have[(UNITS_MAX + 63) / 64];
};

struct ul_reass {
	struct ul_loop *loop;
	ul_reass_timeout_fn fn;
	void *arg;
	struct ul_timer timer;
	struct ul_hash_key hash_key;
	struct ul_htab table;
	struct ul_list by_age4, by_age6;
	struct ul_list ports;
	uint8_t *done;			/* the datagram that was handed out */
	uint64_t evicted;
};

static uint64_t key_hash(const struct ul_reass *r, const struct ul_frag *f)
{
	uint8_t key[KEY_LEN] = { 0 };

	memcpy(key, &f->port, sizeof(f->port));
	memcpy(key + 8, f->src.b, 16);
	memcpy(key + 24, f->dst.b, 16);
	memcpy(key + 40, &f->id, 4);
	key[44] = f->proto;
	return ul_hash(&r->hash_key, key, sizeof(key));
}

static bool same_key(const struct ul_frag *a, const struct ul_frag *b)
{
	return a->port == b->port && a->id == b->id && a->proto == b->proto &&
	       ul_addr_eq(&a->src, &b->src) && ul_addr_eq(&a->dst, &b->dst);
}

static struct datagram *find(const struct ul_reass *r, const struct ul_frag *f,
			     uint64_t hash)
{
	struct ul_hnode *n = NULL;

	while ((n = ul_htab_find(&r->table, hash, n))) {
		struct datagram *d = ul_container_of(n, struct datagram,
						     hash_node);

		if (same_key(&d->key, f))
			return d;
	}
	return NULL;
}

static struct port_use *find_port(const struct ul_reass *r, const void *port)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &r->ports) {
		struct port_use *u = ul_container_of(n, struct port_use, node);

		if (u->port == port)
			return u;
	}
	return NULL;
}

static struct port_use *get_port(struct ul_reass *r, const void *port)
{
	struct port_use *u = find_port(r, port);

	if (u)
		return u;
	u = calloc(1, sizeof(*u));
	if (!u)
		return NULL;
	u->port = port;
	ul_list_init(&u->oldest);
	ul_list_append(&r->ports, &u->node);
	return u;
}

static void put_port(struct port_use *u)
{
	if (u->datagrams)
		return;
	ul_list_remove(&u->node);
	free(u);
}

/* Unlink and free; its payload too, unless it was handed out before. */
static void drop(struct ul_reass *r, struct datagram *d)
{
	ul_htab_remove(&r->table, &d->hash_node);
	ul_list_remove(&d->age_node);
	ul_list_remove(&d->port_node);
	d->use->datagrams--;
	d->use->bytes -= d->room;
	put_port(d->use);
	free(d->buf);
	free(d);
}

static struct datagram *by_age(const struct ul_list *n)
{
	return ul_container_of(n, struct datagram, age_node);
}

static void arm(struct ul_reass *r)
{
	struct ul_list *a = ul_list_first(&r->by_age4);
	struct ul_list *b = ul_list_first(&r->by_age6);
	int64_t next;

	if (!a && !b) {
		ul_timer_cancel(r->loop, &r->timer);
		return;
	}
	next = a ? by_age(a)->expires_us : by_age(b)->expires_us;
	if (b && by_age(b)->expires_us < next)
		next = by_age(b)->expires_us;
	if (!ul_timer_is_armed(&r->timer) || r->timer.deadline_us != next)
		ul_timer_set(r->loop, &r->timer, next);
}

static void tell_timeout(struct ul_reass *r, const struct datagram *d)
{
	struct ul_frag first = d->key;

	if (d->header_len) {
		first.header = d->buf + HEADER_MAX - d->header_len;
		first.header_len = d->header_len;
		first.data = d->buf + HEADER_MAX;
		first.len = d->first_len;
		first.more = true;
	}
	r->fn(&first, r->arg);
}

static void expire(struct ul_reass *r, struct ul_list *head, int64_t now_us)
{
	struct ul_list *n;

	while ((n = ul_list_first(head))) {
		struct datagram *d = by_age(n);

		if (d->expires_us > now_us)
			return;
		tell_timeout(r, d);
		drop(r, d);
	}
}

static void on_timer(int64_t now_us, void *arg)
{
	struct ul_reass *r = arg;

	expire(r, &r->by_age4, now_us);
	expire(r, &r->by_age6, now_us);
	arm(r);
}

/* Make the port fit @bytes more, at the cost of its older datagrams. */
static void evict_for(struct ul_reass *r, struct port_use *u, size_t bytes,
		      unsigned int datagrams, const struct datagram *keep)
{
	struct ul_list *n, *tmp;

	ul_list_for_each_safe(n, tmp, &u->oldest) {
		struct datagram *d = ul_container_of(n, struct datagram,
						     port_node);

		if (u->bytes + bytes <= PORT_BYTES_MAX &&
		    u->datagrams + datagrams <= PORT_DATAGRAMS_MAX)
			return;
		if (d == keep)
			continue;
		u->datagrams++;		/* keeps @u alive in drop() */
		drop(r, d);
		u->datagrams--;
		r->evicted++;
	}
}

static struct datagram *start(struct ul_reass *r, const struct ul_frag *f,
			      uint64_t hash)
{
	bool is_v4 = ul_addr_is_v4(&f->src);
	struct port_use *u = get_port(r, f->port);
	struct datagram *d = calloc(1, sizeof(*d));

	if (!u || !d)
		goto fail;
	evict_for(r, u, FIRST_ROOM, 1, NULL);
	d->buf = malloc(HEADER_MAX + FIRST_ROOM);
	if (!d->buf)
		goto fail;
	d->room = FIRST_ROOM;
	d->use = u;
	d->key = (struct ul_frag){
		.port = f->port, .src = f->src, .dst = f->dst,
		.id = f->id, .proto = f->proto,
	};
	d->expires_us = ul_loop_now(r->loop) +
			(is_v4 ? TIMEOUT_V4_US : TIMEOUT_V6_US);
	d->hash_node.hash = hash;
	u->datagrams++;
	u->bytes += d->room;
	ul_htab_insert(&r->table, &d->hash_node);
	ul_list_append(is_v4 ? &r->by_age4 : &r->by_age6, &d->age_node);
	ul_list_append(&u->oldest, &d->port_node);
	arm(r);
	return d;
fail:
	free(d);
	if (u)
		put_port(u);
	return NULL;
}

static bool has_unit(const struct datagram *d, size_t unit)
{
	return d->have[unit / 64] >> unit % 64 & 1;
}

/*
 * 0 when none of the fragment's units has come, 1 when all have and hold
 * the same bytes, -EBADMSG when it overlaps.
 */
static int compare(const struct datagram *d, const struct ul_frag *f)
{
	size_t first = f->offset / UNIT;
	size_t count = (f->len + UNIT - 1) / UNIT;
	size_t there = 0;

	for (size_t i = 0; i < count; i++)
		there += has_unit(d, first + i);
	if (!there)
		return 0;
	if (there < count ||
	    memcmp(d->buf + HEADER_MAX + f->offset, f->data, f->len))
		return -EBADMSG;
	return 1;
}

/*
 * The datagram's length is known from its last fragment, once. What is
 * stored never reaches past @d->end afterwards, so compare() may read there.
 */
static int check_end(struct datagram *d, const struct ul_frag *f)
{
	size_t end = (size_t)f->offset + f->len;

	if (!f->more) {
		if ((d->total && d->total != end) || d->end > end)
			return -EBADMSG;
		d->total = end;
	}
	if (d->total && end > d->total)
		return -EBADMSG;
	if (end > d->end)
		d->end = end;
	return 0;
}

static int grow(struct ul_reass *r, struct datagram *d, size_t need)
{
	size_t room = d->room;
	uint8_t *buf;

	if (need <= room)
		return 0;
	while (room < need)
		room *= 2;
	evict_for(r, d->use, room - d->room, 0, d);
	buf = realloc(d->buf, HEADER_MAX + room);
	if (!buf)
		return -ENOBUFS;
	d->use->bytes += room - d->room;
	d->buf = buf;
	d->room = room;
	return 0;
}

static void store(struct datagram *d, const struct ul_frag *f)
{
	size_t first = f->offset / UNIT;
	size_t count = (f->len + UNIT - 1) / UNIT;

	memcpy(d->buf + HEADER_MAX + f->offset, f->data, f->len);
	for (size_t i = first; i < first + count; i++)
		d->have[i / 64] |= 1ull << i % 64;
	d->units += (unsigned int)count;
	if (f->offset)
		return;
	memcpy(d->buf + HEADER_MAX - f->header_len, f->header, f->header_len);
	d->header_len = f->header_len;
	d->first_len = f->len;
}

static bool is_whole(const struct datagram *d)
{
	return d->total && d->header_len &&
	       d->units == (d->total + UNIT - 1) / UNIT;
}

static void patch_u16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

static void finish_v4(uint8_t *ip, size_t header_len, size_t len)
{
	patch_u16(ip + 2, len);
	patch_u16(ip + 6, 0);		/* flags and offset */
	patch_u16(ip + 10, 0);
	patch_u16(ip + 10, ul_csum_fold(ul_csum_add(0, ip, header_len)));
}

/*
 * Find the next-header byte that named the fragment header: that of the last
 * header in the unfragmentable part (RFC 8200 4.5). NULL when the chain does
 * not end where that part ends.
 */
static uint8_t *last_next_header(uint8_t *ip, size_t header_len)
{
	struct ul_rd r = ul_rd_new(ip, header_len);
	uint8_t *at = ip + 6;

	ul_rd_skip(&r, IP6_HEADER);
	while (!r.bad && r.left) {
		size_t next = header_len - r.left;
		uint8_t ext_len;

		ul_rd_skip(&r, 1);
		ext_len = ul_rd_u8(&r);
		ul_rd_skip(&r, ext_len * 8u + 6);
		at = ip + next;
	}
	return r.bad ? NULL : at;
}

static int finish_v6(uint8_t *ip, size_t header_len, size_t len, uint8_t proto)
{
	uint8_t *next = last_next_header(ip, header_len);

	if (!next)
		return -EBADMSG;
	*next = proto;
	patch_u16(ip + 4, len - IP6_HEADER);
	return 0;
}

/* Fix the header and hand the buffer over. The datagram is gone after. */
static int finish(struct ul_reass *r, struct datagram *d, uint8_t **out,
		  size_t *out_len)
{
	uint8_t *ip = d->buf + HEADER_MAX - d->header_len;
	size_t len = d->header_len + d->total;
	bool is_v4 = ul_addr_is_v4(&d->key.src);
	int rc = 0;

	/* The last fragment's own header may have been a shorter one. */
	if (len - (is_v4 ? 0 : IP6_HEADER) > DATAGRAM_MAX)
		rc = -EBADMSG;
	else if (is_v4)
		finish_v4(ip, d->header_len, len);
	else
		rc = finish_v6(ip, d->header_len, len, d->key.proto);
	if (rc == 0) {
		r->done = d->buf;
		d->buf = NULL;
		*out = ip;
		*out_len = len;
	}
	drop(r, d);
	arm(r);
	return rc < 0 ? rc : 1;
}

/* What can be said of a fragment without its datagram. */
static int check_alone(const struct ul_frag *f)
{
	bool is_v4 = ul_addr_is_v4(&f->src);
	size_t fixed = is_v4 ? 0 : IP6_HEADER;	/* not in the length field */
	size_t least = is_v4 ? IP4_HEADER_MIN : IP6_HEADER;

	if (f->header_len < least || f->header_len > HEADER_MAX ||
	    f->offset % UNIT || !f->len)
		return -EBADMSG;
	if (f->more && f->len % UNIT)
		return -EBADMSG;
	if (f->header_len - fixed + f->offset + f->len > DATAGRAM_MAX)
		return -EBADMSG;
	return 0;
}

static int add(struct ul_reass *r, struct datagram *d, const struct ul_frag *f)
{
	int rc = check_end(d, f);

	if (rc == 0)
		rc = compare(d, f);
	if (rc == 1)
		return 0;		/* a repetition */
	if (rc == 0)
		rc = grow(r, d, (size_t)f->offset + f->len);
	if (rc < 0) {
		drop(r, d);
		arm(r);
		return rc;
	}
	store(d, f);
	return is_whole(d);
}

struct ul_reass *ul_reass_new(struct ul_loop *loop, ul_reass_timeout_fn fn,
			      void *arg)
{
	struct ul_reass *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->loop = loop;
	r->fn = fn;
	r->arg = arg;
	ul_timer_init(&r->timer, on_timer, r);
	ul_hash_key_random(&r->hash_key);
	ul_htab_init(&r->table);
	ul_list_init(&r->by_age4);
	ul_list_init(&r->by_age6);
	ul_list_init(&r->ports);
	return r;
}

void ul_reass_free(struct ul_reass *r)
{
	struct ul_list *n;

	if (!r)
		return;
	while ((n = ul_list_first(&r->by_age4)) ||
	       (n = ul_list_first(&r->by_age6)))
		drop(r, by_age(n));
	ul_timer_cancel(r->loop, &r->timer);
	ul_htab_fini(&r->table);
	free(r->done);
	free(r);
}

int ul_reass_add(struct ul_reass *r, const struct ul_frag *frag,
		 uint8_t **out, size_t *out_len)
{
	uint64_t hash = key_hash(r, frag);
	struct datagram *d = find(r, frag, hash);
	int rc = check_alone(frag);

	free(r->done);
	r->done = NULL;
	if (rc < 0) {
		if (d)
			drop(r, d);
		arm(r);
		return rc;
	}
	if (!d)
		d = start(r, frag, hash);
	if (!d)
		return -ENOBUFS;
	rc = add(r, d, frag);
	return rc == 1 ? finish(r, d, out, out_len) : rc;
}

uint64_t ul_reass_evicted(const struct ul_reass *r)
{
	return r->evicted;
}

void ul_reass_forget_port(struct ul_reass *r, const void *port)
{
	struct port_use *u = find_port(r, port);

	/* The last drop() frees @u. */
	for (unsigned int left = u ? u->datagrams : 0; left; left--)
		drop(r, ul_container_of(u->oldest.next, struct datagram,
					port_node));
	arm(r);
}
