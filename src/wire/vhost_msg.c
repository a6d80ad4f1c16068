/* SPDX-License-Identifier: BSD-3-Clause */
/* vhost_msg.c - messages of vhost-user */
#include "wire/vhost_msg.h"

#include <errno.h>

#define PROTO_VERSION 1u
#define PROTO_MASK 3u
#define F_REPLY 4u
#define F_NEED_REPLY 8u

#define REGION_LEN 32
#define TABLE_HLEN 8
/* Without the padding at its end, and with it. */
#define INFLIGHT_LEN 20
#define INFLIGHT_LEN_PADDED 24

/* How many descriptors a request has; FDS_NOFD: one, unless a bit says no. */
enum fds {
	FDS_0,
	FDS_1,
	FDS_0_OR_1,
	FDS_NOFD,
	FDS_REGIONS,
};

struct rule {
	const char *name;
	enum ul_vhost_body body;
	enum fds fds;
};

static const struct rule rules[UL_VHOST_REQUESTS] = {
#define RULE(name, body, fds) \
	[UL_VHOST_##name] = { #name, UL_VHOST_BODY_##body, fds }
	RULE(GET_FEATURES, NONE, FDS_0),
	RULE(SET_FEATURES, U64, FDS_0),
	RULE(SET_OWNER, NONE, FDS_0),
	RULE(RESET_OWNER, NONE, FDS_0),
	RULE(SET_MEM_TABLE, TABLE, FDS_REGIONS),
	RULE(SET_LOG_BASE, LOG, FDS_0_OR_1),
	RULE(SET_LOG_FD, NONE, FDS_0_OR_1),
	RULE(SET_VRING_NUM, VRING, FDS_0),
	RULE(SET_VRING_ADDR, ADDR, FDS_0),
	RULE(SET_VRING_BASE, VRING, FDS_0),
	RULE(GET_VRING_BASE, VRING, FDS_0),
	RULE(SET_VRING_KICK, U64, FDS_NOFD),
	RULE(SET_VRING_CALL, U64, FDS_NOFD),
	RULE(SET_VRING_ERR, U64, FDS_NOFD),
	RULE(GET_PROTOCOL_FEATURES, NONE, FDS_0),
	RULE(SET_PROTOCOL_FEATURES, U64, FDS_0),
	RULE(GET_QUEUE_NUM, NONE, FDS_0),
	RULE(SET_VRING_ENABLE, VRING, FDS_0),
	RULE(SEND_RARP, U64, FDS_0),
	RULE(NET_SET_MTU, U64, FDS_0),
	RULE(GET_INFLIGHT_FD, INFLIGHT, FDS_0),
	RULE(SET_INFLIGHT_FD, INFLIGHT, FDS_1),
	RULE(GET_MAX_MEM_SLOTS, NONE, FDS_0),
	RULE(ADD_MEM_REG, REGION, FDS_1),
	RULE(REM_MEM_REG, REGION, FDS_0_OR_1),
#undef RULE
};

static const struct rule *rule_of(uint32_t request)
{
	if (request >= UL_VHOST_REQUESTS || !rules[request].name)
		return NULL;
	return &rules[request];
}

static uint16_t rd_16(struct ul_rd *r)
{
	uint16_t v;

	ul_rd_bytes(r, &v, sizeof(v));
	return v;
}

static uint32_t rd_32(struct ul_rd *r)
{
	uint32_t v;

	ul_rd_bytes(r, &v, sizeof(v));
	return v;
}

static uint64_t rd_64(struct ul_rd *r)
{
	uint64_t v;

	ul_rd_bytes(r, &v, sizeof(v));
	return v;
}

static void wr_16(struct ul_wr *w, uint16_t v)
{
	ul_wr_bytes(w, &v, sizeof(v));
}

static void wr_32(struct ul_wr *w, uint32_t v)
{
	ul_wr_bytes(w, &v, sizeof(v));
}

static void wr_64(struct ul_wr *w, uint64_t v)
{
	ul_wr_bytes(w, &v, sizeof(v));
}

static struct ul_vhost_region rd_region(struct ul_rd *r)
{
	struct ul_vhost_region region;

	region.gpa = rd_64(r);
	region.len = rd_64(r);
	region.uva = rd_64(r);
	region.offset = rd_64(r);
	return region;
}

static void wr_region(struct ul_wr *w, const struct ul_vhost_region *region)
{
	wr_64(w, region->gpa);
	wr_64(w, region->len);
	wr_64(w, region->uva);
	wr_64(w, region->offset);
}

static int rd_table(struct ul_vhost_table *t, struct ul_rd *r)
{
	t->count = rd_32(r);
	ul_rd_skip(r, 4);
	if (t->count > UL_VHOST_REGIONS_MAX)
		return -EBADMSG;
	for (uint32_t i = 0; i < t->count; i++)
		t->region[i] = rd_region(r);
	return 0;
}

static void rd_addr(struct ul_vhost_addr *a, struct ul_rd *r)
{
	a->index = rd_32(r);
	a->flags = rd_32(r);
	a->desc = rd_64(r);
	a->used = rd_64(r);
	a->avail = rd_64(r);
	a->log = rd_64(r);
}

static void rd_inflight(struct ul_vhost_inflight *f, struct ul_rd *r)
{
	f->len = rd_64(r);
	f->offset = rd_64(r);
	f->queues = rd_16(r);
	f->queue_size = rd_16(r);
	if (r->left == INFLIGHT_LEN_PADDED - INFLIGHT_LEN)
		ul_rd_skip(r, r->left);
}

static int rd_body(struct ul_vhost_msg *m, struct ul_rd *r)
{
	switch (m->body) {
	case UL_VHOST_BODY_NONE:
		break;
	case UL_VHOST_BODY_U64:
		m->u64 = rd_64(r);
		break;
	case UL_VHOST_BODY_VRING:
		m->vring.index = rd_32(r);
		m->vring.num = rd_32(r);
		break;
	case UL_VHOST_BODY_ADDR:
		rd_addr(&m->addr, r);
		break;
	case UL_VHOST_BODY_TABLE:
		return rd_table(&m->table, r);
	case UL_VHOST_BODY_REGION:
		ul_rd_skip(r, 8);
		m->region = rd_region(r);
		break;
	case UL_VHOST_BODY_LOG:
		m->log.len = rd_64(r);
		m->log.offset = rd_64(r);
		break;
	case UL_VHOST_BODY_INFLIGHT:
		rd_inflight(&m->inflight, r);
		break;
	}
	return 0;
}

int ul_vhost_msg_len(size_t *len, const uint8_t header[UL_VHOST_HLEN])
{
	struct ul_rd r = ul_rd_new(header, UL_VHOST_HLEN);
	uint32_t payload;

	ul_rd_skip(&r, 4);
	if ((rd_32(&r) & PROTO_MASK) != PROTO_VERSION)
		return -EBADMSG;
	payload = rd_32(&r);
	if (payload > UL_VHOST_PAYLOAD_MAX)
		return -EMSGSIZE;
	*len = payload;
	return 0;
}

int ul_vhost_msg_parse(struct ul_vhost_msg *out, struct ul_rd *r)
{
	struct ul_rd own = *r;
	struct ul_vhost_msg m = { 0 };
	uint32_t request = rd_32(&own), flags = rd_32(&own), len = rd_32(&own);
	const struct rule *rule = rule_of(request);

	if (own.bad || (flags & PROTO_MASK) != PROTO_VERSION || len != own.left ||
	    flags & F_REPLY)
		return -EBADMSG;
	if (!rule)
		return -EOPNOTSUPP;
	m.request = (enum ul_vhost_request)request;
	m.wants_reply = flags & F_NEED_REPLY;
	m.body = rule->body;
	if (rd_body(&m, &own) < 0 || own.bad || own.left)
		return -EBADMSG;
	*out = m;
	*r = own;
	return 0;
}

static void wr_addr(struct ul_wr *w, const struct ul_vhost_addr *a)
{
	wr_32(w, a->index);
	wr_32(w, a->flags);
	wr_64(w, a->desc);
	wr_64(w, a->used);
	wr_64(w, a->avail);
	wr_64(w, a->log);
}

static void wr_inflight(struct ul_wr *w, const struct ul_vhost_inflight *f)
{
	wr_64(w, f->len);
	wr_64(w, f->offset);
	wr_16(w, f->queues);
	wr_16(w, f->queue_size);
	ul_wr_zero(w, INFLIGHT_LEN_PADDED - INFLIGHT_LEN);
}

static void wr_body(struct ul_wr *w, const struct ul_vhost_msg *m)
{
	switch (m->body) {
	case UL_VHOST_BODY_NONE:
		break;
	case UL_VHOST_BODY_U64:
		wr_64(w, m->u64);
		break;
	case UL_VHOST_BODY_VRING:
		wr_32(w, m->vring.index);
		wr_32(w, m->vring.num);
		break;
	case UL_VHOST_BODY_ADDR:
		wr_addr(w, &m->addr);
		break;
	case UL_VHOST_BODY_TABLE:
		wr_32(w, m->table.count);
		wr_32(w, 0);
		for (uint32_t i = 0; i < m->table.count; i++)
			wr_region(w, &m->table.region[i]);
		break;
	case UL_VHOST_BODY_REGION:
		wr_64(w, 0);
		wr_region(w, &m->region);
		break;
	case UL_VHOST_BODY_LOG:
		wr_64(w, m->log.len);
		wr_64(w, m->log.offset);
		break;
	case UL_VHOST_BODY_INFLIGHT:
		wr_inflight(w, &m->inflight);
		break;
	}
}

static uint32_t body_len(const struct ul_vhost_msg *m)
{
	static const uint8_t len[] = {
		[UL_VHOST_BODY_NONE] = 0,
		[UL_VHOST_BODY_U64] = 8,
		[UL_VHOST_BODY_VRING] = 8,
		[UL_VHOST_BODY_ADDR] = 40,
		[UL_VHOST_BODY_TABLE] = TABLE_HLEN,
		[UL_VHOST_BODY_REGION] = 8 + REGION_LEN,
		[UL_VHOST_BODY_LOG] = 16,
		[UL_VHOST_BODY_INFLIGHT] = INFLIGHT_LEN_PADDED,
	};

	if (m->body == UL_VHOST_BODY_TABLE)
		return TABLE_HLEN + m->table.count * REGION_LEN;
	return len[m->body];
}

void ul_vhost_msg_emit(struct ul_wr *w, const struct ul_vhost_msg *m)
{
	wr_32(w, m->request);
	wr_32(w, PROTO_VERSION | (m->is_reply ? F_REPLY : 0) |
		 (m->wants_reply ? F_NEED_REPLY : 0));
	wr_32(w, body_len(m));
	wr_body(w, m);
}

bool ul_vhost_msg_takes_fds(const struct ul_vhost_msg *m, unsigned int count)
{
	switch (rules[m->request].fds) {
	case FDS_0:
		return count == 0;
	case FDS_1:
		return count == 1;
	case FDS_0_OR_1:
		return count <= 1;
	case FDS_NOFD:
		return count == !(m->u64 & UL_VHOST_RING_NOFD);
	case FDS_REGIONS:
		return count == m->table.count;
	}
	return false;
}

const char *ul_vhost_msg_name(unsigned int request)
{
	const struct rule *rule = rule_of(request);

	return rule ? rule->name : "request";
}
