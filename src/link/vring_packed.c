/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vring_packed.c - a packed virtqueue (VIRTIO 1.2 section 2.8)
 *
 * One ring of descriptors that both sides write. Two flags of each say whether
 * it is available or used, and mean the opposite in every other round. Of what
 * is given back the first descriptor gets its flags last: the driver sees all
 * of it or nothing.
 */
#include "link/vring_priv.h"

#include <errno.h>

#define DESC_AVAIL 0x80u
#define DESC_USED 0x8000u
#define DESC_OFF_LEN 8
#define DESC_OFF_ID 12
#define DESC_OFF_FLAGS 14

/* Of the areas in which each side says when it wants to be told (2.8.14). */
#define EVENT_OFF_POS 0
#define EVENT_OFF_FLAGS 2
#define EVENT_LEN 4
#define EVENT_ENABLE 0
#define EVENT_DISABLE 1
#define EVENT_AT 2

#define WRAP 0x8000u

static int find(struct ul_vring *vr)
{
	const struct ul_vring_conf *c = &vr->conf;
	uint64_t gpa;
	uint8_t *desc = ul_guest_mem_at(vr->mem, c->desc,
					c->size * UL_DESC_LEN, 16, &gpa);
	uint8_t *driver = ul_guest_mem_at(vr->mem, c->avail, EVENT_LEN, 4,
					  &gpa);
	uint8_t *device = ul_guest_mem_at(vr->mem, c->used, EVENT_LEN, 4,
					  &gpa);

	if (!desc || !driver || !device)
		return -EFAULT;
	vr->desc = desc;
	vr->driver = driver;
	vr->device = device;
	return 0;
}

/* Two halves, of what is available and of what was used; or both the same. */
static void start(struct ul_vring *vr, uint32_t base)
{
	uint16_t avail = (uint16_t)base, used = (uint16_t)(base >> 16);

	if (!used)
		used = avail;
	vr->avail = (uint16_t)((avail & ~WRAP) % vr->conf.size);
	vr->avail_wrap = avail & WRAP;
	vr->used = (uint16_t)((used & ~WRAP) % vr->conf.size);
	vr->used_wrap = used & WRAP;
}

static uint16_t position(uint16_t at, bool wrap)
{
	return (uint16_t)(at | (wrap ? WRAP : 0));
}

static uint32_t base(const struct ul_vring *vr)
{
	return position(vr->avail, vr->avail_wrap) |
	       (uint32_t)position(vr->used, vr->used_wrap) << 16;
}

static uint8_t *slot(const struct ul_vring *vr, uint32_t i)
{
	return vr->desc + i * UL_DESC_LEN;
}

static struct ul_desc fetch(const uint8_t *from)
{
	struct ul_desc d;
	uint16_t id_and_flags[2];

	ul_fetch(&d, from, UL_DESC_LEN);
	d.addr = le64toh(d.addr);
	d.len = le32toh(d.len);
	/* The other way round than in a split ring. */
	id_and_flags[0] = le16toh(d.flags);
	id_and_flags[1] = le16toh(d.last);
	d.last = id_and_flags[0];
	d.flags = id_and_flags[1];
	return d;
}

static bool is_avail(const struct ul_vring *vr, struct ul_vring_mark at)
{
	uint16_t flags = ul_load16(slot(vr, at.avail) + DESC_OFF_FLAGS);

	return !!(flags & DESC_AVAIL) == at.avail_wrap &&
	       !!(flags & DESC_USED) != at.avail_wrap;
}

static int walk_indirect(struct ul_vring *vr, struct ul_chain *c,
			 const struct ul_desc *d)
{
	struct iovec table;
	int count = ul_vring_indirect(vr, d, &table);

	if (count < 0)
		return count;
	for (int i = 0; i < count; i++) {
		struct ul_desc in = fetch((uint8_t *)table.iov_base +
					  i * UL_DESC_LEN);

		if (in.flags & UL_DESC_INDIRECT || ul_chain_add(vr, c, &in) < 0)
			return -EPROTO;
	}
	return 0;
}

static int collect(struct ul_vring *vr, struct ul_chain *c)
{
	uint32_t i = vr->avail;
	uint32_t max = vr->conf.size < UL_CHAIN_SEGS_MAX ? vr->conf.size :
		       UL_CHAIN_SEGS_MAX;
	struct ul_desc d;

	for (c->slots = 1; c->slots <= max; c->slots++) {
		d = fetch(slot(vr, i));
		c->id = d.last;
		if (d.flags & UL_DESC_INDIRECT)
			return d.flags & UL_DESC_NEXT || c->slots > 1 ?
			       -EPROTO : walk_indirect(vr, c, &d);
		if (ul_chain_add(vr, c, &d) < 0)
			return -EPROTO;
		if (!(d.flags & UL_DESC_NEXT))
			return 0;
		i = (i + 1) % vr->conf.size;
	}
	return -EPROTO;
}

static void advance(uint16_t *at, bool *wrap, uint32_t size, uint16_t by)
{
	uint32_t next = (uint32_t)*at + by;

	if (next >= size) {
		next -= size;
		*wrap = !*wrap;
	}
	*at = (uint16_t)next;
}

static int pop(struct ul_vring *vr, struct ul_chain *c)
{
	if (!is_avail(vr, ul_vring_tell(vr)))
		return 0;
	c->out_count = c->in_count = 0;
	c->out_len = c->in_len = 0;
	if (collect(vr, c) < 0)
		return -EPROTO;
	advance(&vr->avail, &vr->avail_wrap, vr->conf.size, c->slots);
	return 1;
}

static void push(struct ul_vring *vr, uint16_t id, uint16_t slots,
		 uint32_t len)
{
	uint8_t *d = slot(vr, vr->used);
	uint16_t flags = vr->used_wrap ? DESC_AVAIL | DESC_USED : 0;
	uint32_t written = htole32(len);
	uint16_t id_le = htole16(id);

	if (len)
		flags |= UL_DESC_WRITE;
	memcpy(d + DESC_OFF_LEN, &written, sizeof(written));
	memcpy(d + DESC_OFF_ID, &id_le, sizeof(id_le));
	if (vr->added) {
		ul_store16(d + DESC_OFF_FLAGS, flags);
	} else {
		vr->first = vr->used;
		vr->first_flags = flags;
	}
	ul_guest_mem_wrote(vr->mem, d, UL_DESC_LEN);
	advance(&vr->used, &vr->used_wrap, vr->conf.size, slots);
	vr->added = (uint16_t)(vr->added + slots);
}

static bool publish(struct ul_vring *vr)
{
	uint8_t event[EVENT_LEN];
	uint16_t at, flags;

	ul_store16(slot(vr, vr->first) + DESC_OFF_FLAGS, vr->first_flags);
	/* Whoever reads the log may have copied the page since it was pushed. */
	ul_guest_mem_wrote(vr->mem, slot(vr, vr->first), UL_DESC_LEN);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	ul_fetch(event, vr->driver, sizeof(event));
	memcpy(&at, event + EVENT_OFF_POS, sizeof(at));
	memcpy(&flags, event + EVENT_OFF_FLAGS, sizeof(flags));
	at = le16toh(at);
	flags = le16toh(flags) & 3;
	if (flags != EVENT_AT || !vr->conf.has_event_idx)
		return flags != EVENT_DISABLE;
	if (!!(at & WRAP) != vr->used_wrap)
		at = (uint16_t)((at & ~WRAP) - vr->conf.size);
	else
		at &= (uint16_t)~WRAP;
	return ul_is_event(at, vr->used, (uint16_t)(vr->used - vr->added));
}

static void set_event(struct ul_vring *vr, uint16_t flags)
{
	ul_store16(vr->device + EVENT_OFF_FLAGS, flags);
	ul_guest_mem_wrote(vr->mem, vr->device, EVENT_LEN);
}

static void refuse_kicks(struct ul_vring *vr)
{
	set_event(vr, EVENT_DISABLE);
}

static bool want_kicks(struct ul_vring *vr, struct ul_vring_mark seen)
{
	if (vr->conf.has_event_idx)
		ul_store16(vr->device + EVENT_OFF_POS,
			   position(seen.avail, seen.avail_wrap));
	set_event(vr, vr->conf.has_event_idx ? EVENT_AT : EVENT_ENABLE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return is_avail(vr, seen);
}

const struct ul_vring_kind ul_vring_packed = {
	.find = find, .start = start, .base = base, .pop = pop, .push = push,
	.publish = publish, .refuse_kicks = refuse_kicks,
	.want_kicks = want_kicks,
};
