/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_gro.c - segments that follow each other, taken together */
#include "flow/tcp_gro.h"

#include <string.h>

#include <glib.h>

#define TRAIN_BYTES_MAX UINT16_MAX	/* what a pbuf can say */
#define ECN_MASK 3			/* RFC 3168 5 */
#define ECN_CE 3

struct train {
	unsigned int count;
	struct ul_tcp h;		/* of the first */
	uint32_t next_seq;
	size_t len;			/* with one header */
	struct ul_pkt pkt[UL_TCP_TRAIN_MAX];
};

struct ul_tcp_gro {
	ul_tcp_train_fn fn;
	void *arg;
	unsigned int used;		/* of order */
	struct train *order[UL_TCP_TRAINS];	/* oldest first, then unused */
	struct train train[UL_TCP_TRAINS];
};

struct ul_tcp_gro *ul_tcp_gro_new(ul_tcp_train_fn fn, void *arg)
{
	struct ul_tcp_gro *gro = g_new0(struct ul_tcp_gro, 1);

	gro->fn = fn;
	gro->arg = arg;
	for (unsigned int i = 0; i < UL_TCP_TRAINS; i++)
		gro->order[i] = &gro->train[i];
	return gro;
}

static void drop(struct train *t)
{
	for (unsigned int i = 0; i < t->count; i++)
		ul_buf_unref(t->pkt[i].buf);
	t->count = 0;
}

void ul_tcp_gro_free(struct ul_tcp_gro *gro)
{
	if (!gro)
		return;
	for (unsigned int i = 0; i < UL_TCP_TRAINS; i++)
		drop(&gro->train[i]);
	g_free(gro);
}

/* Send the train at @i of the order ahead; the younger ones move up. */
static void depart(struct ul_tcp_gro *gro, unsigned int i)
{
	struct train *t = gro->order[i];

	gro->used--;
	for (; i < gro->used; i++)
		gro->order[i] = gro->order[i + 1];
	gro->order[i] = t;
	gro->fn(t->pkt, t->count, gro->arg);
	drop(t);
}

void ul_tcp_gro_flush(struct ul_tcp_gro *gro)
{
	while (gro->used)
		depart(gro, 0);
}

static bool is_of(const struct train *t, const struct ul_pkt *pkt,
		  const struct ul_tcp *h)
{
	return t->h.src_port == h->src_port && t->h.dst_port == h->dst_port &&
	       ul_addr_eq(&t->pkt[0].src, &pkt->src) &&
	       ul_addr_eq(&t->pkt[0].dst, &pkt->dst);
}

/* Its place in the order, or the number of trains when there is none. */
static unsigned int train_of(const struct ul_tcp_gro *gro,
			     const struct ul_pkt *pkt, const struct ul_tcp *h)
{
	unsigned int i = 0;

	while (i < gro->used && !is_of(gro->order[i], pkt, h))
		i++;
	return i;
}

/* Plain data, which may follow other data, or be followed by some. */
static bool is_data(const struct ul_pkt *pkt, const struct ul_tcp *h)
{
	return (h->flags | UL_TCP_PSH) == (UL_TCP_ACK | UL_TCP_PSH) &&
	       pkt->l4_len > h->hdr_len && pkt->buf && !h->sack_count &&
	       (pkt->tos & ECN_MASK) != ECN_CE;
}

static bool has_same_options(const struct train *t, const struct ul_pkt *pkt)
{
	size_t skip = UL_TCP_HLEN, len = t->h.hdr_len - skip;

	return !memcmp(t->pkt[0].l4 + skip, pkt->l4 + skip, len);
}

static bool follows(const struct train *t, const struct ul_pkt *pkt,
		    const struct ul_tcp *h)
{
	const struct ul_pkt *first = &t->pkt[0];

	return h->seq == t->next_seq && h->ack == t->h.ack &&
	       h->window == t->h.window && h->hdr_len == t->h.hdr_len &&
	       pkt->tos == first->tos && pkt->ttl == first->ttl &&
	       pkt->port == first->port &&
	       !memcmp(pkt->mac, first->mac, sizeof(pkt->mac)) &&
	       t->len + pkt->l4_len - h->hdr_len <= TRAIN_BYTES_MAX &&
	       has_same_options(t, pkt);
}

static void append(struct train *t, const struct ul_pkt *pkt,
		   const struct ul_tcp *h)
{
	if (t->count) {
		t->len += pkt->l4_len - h->hdr_len;
	} else {
		t->h = *h;
		t->len = pkt->l4_len;
	}
	t->next_seq = h->seq + (uint32_t)(pkt->l4_len - h->hdr_len);
	t->pkt[t->count++] = *pkt;
	ul_buf_ref(pkt->buf);
}

static void begin(struct ul_tcp_gro *gro, const struct ul_pkt *pkt,
		  const struct ul_tcp *h)
{
	if (gro->used == UL_TCP_TRAINS)
		depart(gro, 0);
	append(gro->order[gro->used++], pkt, h);
}

bool ul_tcp_gro_put(struct ul_tcp_gro *gro, const struct ul_pkt *pkt,
		    const struct ul_tcp *h)
{
	unsigned int at = train_of(gro, pkt, h);
	bool is_last = h->flags & UL_TCP_PSH;

	if (at < gro->used && is_data(pkt, h) &&
	    follows(gro->order[at], pkt, h)) {
		append(gro->order[at], pkt, h);
		if (is_last || gro->order[at]->count == UL_TCP_TRAIN_MAX)
			depart(gro, at);
		return gro->used;
	}
	if (at < gro->used)
		depart(gro, at);
	if (is_last || !is_data(pkt, h) || pkt->l4_len > TRAIN_BYTES_MAX)
		gro->fn(pkt, 1, gro->arg);
	else
		begin(gro, pkt, h);
	return gro->used;
}
