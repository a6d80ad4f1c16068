/* SPDX-License-Identifier: BSD-3-Clause */
/* vring.c - one virtqueue, of either kind */
#include "link/vring.h"

#include <assert.h>
#include <errno.h>

#include "link/vring_priv.h"

static const struct ul_vring_kind *kind_of(const struct ul_vring *vr)
{
	return vr->conf.is_packed ? &ul_vring_packed : &ul_vring_split;
}

static bool is_power_of_2(uint32_t n)
{
	return !(n & (n - 1));
}

int ul_vring_start(struct ul_vring *vr, struct ul_guest_mem *mem,
		   const struct ul_vring_conf *conf, uint32_t base)
{
	struct ul_vring own = { .conf = *conf, .mem = mem };
	int ret;

	if (!conf->size || conf->size > UL_VRING_SIZE_MAX ||
	    (!conf->is_packed && !is_power_of_2(conf->size)))
		return -EINVAL;
	ret = kind_of(&own)->find(&own);
	if (ret < 0)
		return ret;
	own.is_started = own.is_placed = true;
	kind_of(&own)->start(&own, base);
	*vr = own;
	return 0;
}

int ul_vring_move(struct ul_vring *vr)
{
	int ret = vr->is_started ? kind_of(vr)->find(vr) : 0;

	vr->is_placed = !ret;
	return ret;
}

void ul_vring_stop(struct ul_vring *vr)
{
	vr->is_started = false;
}

uint32_t ul_vring_base(const struct ul_vring *vr)
{
	return kind_of(vr)->base(vr);
}

uint32_t ul_vring_used_base(const struct ul_vring *vr)
{
	return vr->used;
}

static bool is_usable(const struct ul_vring *vr)
{
	return vr->is_started && vr->is_placed && !vr->is_broken;
}

int ul_vring_pop(struct ul_vring *vr, struct ul_chain *out)
{
	int ret;

	if (!is_usable(vr))
		return vr->is_broken ? -EPROTO : 0;
	ret = kind_of(vr)->pop(vr, out);
	if (ret < 0)
		vr->is_broken = true;
	return ret;
}

void ul_vring_push(struct ul_vring *vr, uint16_t id, uint16_t slots,
		   uint32_t len)
{
	assert(vr->is_started);
	kind_of(vr)->push(vr, id, slots, len);
}

bool ul_vring_publish(struct ul_vring *vr)
{
	bool is_wanted;

	if (!is_usable(vr) || !vr->added)
		return false;
	is_wanted = kind_of(vr)->publish(vr);
	vr->added = 0;
	return is_wanted;
}

void ul_vring_refuse_kicks(struct ul_vring *vr)
{
	if (is_usable(vr))
		kind_of(vr)->refuse_kicks(vr);
}

bool ul_vring_want_kicks(struct ul_vring *vr, struct ul_vring_mark seen)
{
	return is_usable(vr) && kind_of(vr)->want_kicks(vr, seen);
}

/*
 * Nothing may be empty, as with QEMU: it would be walked for nothing. A chain
 * has less than 2^32 bytes (2.7.5), so that no sum wraps.
 */
int ul_chain_add(struct ul_vring *vr, struct ul_chain *c,
		 const struct ul_desc *d)
{
	unsigned int n = c->out_count + c->in_count;
	int added;

	if (!d->len || d->len > UINT32_MAX - c->out_len - c->in_len)
		return -EPROTO;
	if (!(d->flags & UL_DESC_WRITE) && c->in_count)
		return -EPROTO;
	added = ul_guest_mem_find(vr->mem, d->addr, d->len, c->seg + n,
				  UL_CHAIN_SEGS_MAX - n);
	if (added < 0)
		return -EPROTO;
	if (d->flags & UL_DESC_WRITE) {
		c->in_count += (unsigned int)added;
		c->in_len += d->len;
	} else {
		c->out_count += (unsigned int)added;
		c->out_len += d->len;
	}
	return 0;
}

int ul_vring_indirect(struct ul_vring *vr, const struct ul_desc *d,
		      struct iovec *table)
{
	if (!vr->conf.has_indirect || !d->len || d->len % UL_DESC_LEN ||
	    d->len / UL_DESC_LEN > UL_CHAIN_SEGS_MAX ||
	    ul_guest_mem_find(vr->mem, d->addr, d->len, table, 1) != 1)
		return -EPROTO;
	return (int)(d->len / UL_DESC_LEN);
}
