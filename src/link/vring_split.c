/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vring_split.c - a split virtqueue (VIRTIO 1.2 section 2.7)
 *
 * A table of descriptors, the driver's ring of those that are available, the
 * device's of those that were used. Both rings count chains with 16 bits; a
 * driver that is further ahead than its table is long tells nonsense.
 */
#include "link/vring_priv.h"

#include <errno.h>

/* Offsets in the driver's and in the device's ring: flags, idx, entries. */
#define RING_FLAGS 0
#define RING_IDX 2
#define RING_ENTRIES 4
#define AVAIL_LEN 2
#define USED_LEN 8

#define AVAIL_F_NO_INTERRUPT 1u
#define USED_F_NO_NOTIFY 1u

static uint8_t *used_event_of(const struct ul_vring *vr)
{
	return vr->driver + RING_ENTRIES + vr->conf.size * AVAIL_LEN;
}

static uint8_t *avail_event_of(const struct ul_vring *vr)
{
	return vr->device + RING_ENTRIES + vr->conf.size * USED_LEN;
}

static int find(struct ul_vring *vr)
{
	const struct ul_vring_conf *c = &vr->conf;
	uint64_t event = c->has_event_idx ? 2 : 0, gpa;
	uint8_t *desc = ul_guest_mem_at(vr->mem, c->desc,
					c->size * UL_DESC_LEN, 16, &gpa);
	uint8_t *driver = ul_guest_mem_at(vr->mem, c->avail, RING_ENTRIES +
					  c->size * AVAIL_LEN + event, 2,
					  &gpa);
	uint8_t *device = ul_guest_mem_at(vr->mem, c->used, RING_ENTRIES +
					  c->size * USED_LEN + event, 4, &gpa);

	if (!desc || !driver || !device)
		return -EFAULT;
	vr->desc = desc;
	vr->driver = driver;
	vr->device = device;
	return 0;
}

static void start(struct ul_vring *vr, uint32_t base)
{
	vr->avail = vr->avail_seen = (uint16_t)base;
	vr->used = ul_load16(vr->device + RING_IDX);
}

static uint32_t base(const struct ul_vring *vr)
{
	return vr->avail;
}

static void store(struct ul_vring *vr, uint8_t *p, uint16_t v)
{
	ul_store16(p, v);
	ul_guest_mem_wrote(vr->mem, p, sizeof(v));
}

static struct ul_desc fetch(const uint8_t *table, uint32_t i)
{
	struct ul_desc d;

	ul_fetch(&d, table + i * UL_DESC_LEN, UL_DESC_LEN);
	d.addr = le64toh(d.addr);
	d.len = le32toh(d.len);
	d.flags = le16toh(d.flags);
	d.last = le16toh(d.last);
	return d;
}

/* Follow the chain in @table of @count descriptors, from @i on. */
static int walk(struct ul_vring *vr, struct ul_chain *c, const uint8_t *table,
		uint32_t count, uint32_t i)
{
	struct ul_desc d;

	for (uint32_t n = 0; n < UL_CHAIN_SEGS_MAX; n++) {
		if (i >= count)
			return -EPROTO;
		d = fetch(table, i);
		if (d.flags & UL_DESC_INDIRECT || ul_chain_add(vr, c, &d) < 0)
			return -EPROTO;
		if (!(d.flags & UL_DESC_NEXT))
			return 0;
		i = d.last;
	}
	return -EPROTO;
}

static int walk_indirect(struct ul_vring *vr, struct ul_chain *c,
			 const struct ul_desc *d)
{
	struct iovec table;
	int count = ul_vring_indirect(vr, d, &table);

	if (count < 0)
		return count;
	return walk(vr, c, table.iov_base, (uint32_t)count, 0);
}

/* What is in front of an indirect table is allowed; behind it is nothing. */
static int collect(struct ul_vring *vr, struct ul_chain *c, uint32_t i)
{
	struct ul_desc d;

	for (uint32_t n = 0; n < UL_CHAIN_SEGS_MAX; n++) {
		if (i >= vr->conf.size)
			return -EPROTO;
		d = fetch(vr->desc, i);
		if (d.flags & UL_DESC_INDIRECT)
			return d.flags & UL_DESC_NEXT ? -EPROTO :
			       walk_indirect(vr, c, &d);
		if (ul_chain_add(vr, c, &d) < 0)
			return -EPROTO;
		if (!(d.flags & UL_DESC_NEXT))
			return 0;
		i = d.last;
	}
	return -EPROTO;
}

/* 1 there are chains; 0 none; -EPROTO more than can be. */
static int look(struct ul_vring *vr)
{
	if (vr->avail != vr->avail_seen)
		return 1;
	vr->avail_seen = ul_load16(vr->driver + RING_IDX);
	if ((uint16_t)(vr->avail_seen - vr->avail) > vr->conf.size)
		return -EPROTO;
	return vr->avail != vr->avail_seen;
}

static int pop(struct ul_vring *vr, struct ul_chain *c)
{
	int ret = look(vr);

	if (ret <= 0)
		return ret;
	c->id = ul_load16(vr->driver + RING_ENTRIES +
			  (vr->avail & (vr->conf.size - 1)) * AVAIL_LEN);
	c->slots = 1;
	c->out_count = c->in_count = 0;
	c->out_len = c->in_len = 0;
	ret = collect(vr, c, c->id);
	if (ret < 0)
		return ret;
	vr->avail++;
	return 1;
}

static void push(struct ul_vring *vr, uint16_t id, uint16_t slots,
		 uint32_t len)
{
	uint8_t *entry = vr->device + RING_ENTRIES +
			 (vr->used & (vr->conf.size - 1)) * USED_LEN;
	uint32_t word[2] = { htole32(id), htole32(len) };

	memcpy(entry, word, sizeof(word));
	ul_guest_mem_wrote(vr->mem, entry, sizeof(word));
	vr->used++;
	vr->added++;
}

static bool publish(struct ul_vring *vr)
{
	store(vr, vr->device + RING_IDX, vr->used);
	/* The driver looks at the index after it said what it wants. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (vr->conf.has_event_idx)
		return ul_is_event(ul_load16(used_event_of(vr)), vr->used,
				   (uint16_t)(vr->used - vr->added));
	return !(ul_load16(vr->driver + RING_FLAGS) & AVAIL_F_NO_INTERRUPT);
}

/* With event indexes it is enough not to move ours on. */
static void refuse_kicks(struct ul_vring *vr)
{
	if (!vr->conf.has_event_idx)
		store(vr, vr->device + RING_FLAGS, USED_F_NO_NOTIFY);
}

static bool want_kicks(struct ul_vring *vr, struct ul_vring_mark seen)
{
	if (vr->conf.has_event_idx)
		store(vr, avail_event_of(vr), seen.avail);
	else
		store(vr, vr->device + RING_FLAGS, 0);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return ul_load16(vr->driver + RING_IDX) != seen.avail;
}

const struct ul_vring_kind ul_vring_split = {
	.find = find, .start = start, .base = base, .pop = pop, .push = push,
	.publish = publish, .refuse_kicks = refuse_kicks,
	.want_kicks = want_kicks,
};
