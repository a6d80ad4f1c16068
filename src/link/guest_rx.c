/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_rx.c - a frame into the buffers of a guest's receive ring
 *
 * Buffers are filled as they are popped. When the ring runs out all of them
 * are put back: the guest looks at none before it is given back.
 */
#include "link/guest_rx.h"

#include <errno.h>
#include <string.h>

#include "wire/vnet.h"

/* Where bytes go, or come from, one after the other. */
struct place {
	const struct iovec *iov;
	unsigned int count;
	size_t off;			/* in the first */
};

/* The bytes that are in one piece there; none at the end. */
static struct iovec here(struct place *p)
{
	while (p->count && p->off == p->iov->iov_len) {
		p->iov++;
		p->count--;
		p->off = 0;
	}
	if (!p->count)
		return (struct iovec){ 0 };
	return (struct iovec){
		(uint8_t *)p->iov->iov_base + p->off, p->iov->iov_len - p->off,
	};
}

/* Copy until one of both is at its end; how much. */
static size_t copy(struct ul_vring *vr, struct place *to, struct place *from,
		   size_t max)
{
	size_t done = 0;

	while (done < max) {
		struct iovec dst = here(to), src = here(from);
		size_t n = dst.iov_len < src.iov_len ? dst.iov_len :
						       src.iov_len;

		if (n > max - done)
			n = max - done;
		if (!n)
			break;
		memcpy(dst.iov_base, src.iov_base, n);
		ul_guest_mem_wrote(vr->mem, dst.iov_base, n);
		to->off += n;
		from->off += n;
		done += n;
	}
	return done;
}

static struct place room_of(const struct ul_chain *c)
{
	return (struct place){ c->seg + c->out_count, c->in_count, 0 };
}

/* Say in the header, which is in the first chain, how many there are. */
static void write_count(struct ul_guest_rx *rx, struct ul_vring *vr,
			unsigned int chains)
{
	uint8_t count[2] = { (uint8_t)chains, (uint8_t)(chains >> 8) };
	struct iovec iov = { count, sizeof(count) };
	struct place from = { &iov, 1, 0 }, to = room_of(&rx->first);
	size_t skip = UL_VNET_HLEN;

	while (skip) {
		struct iovec dst = here(&to);
		size_t n = dst.iov_len < skip ? dst.iov_len : skip;

		to.off += n;
		skip -= n;
	}
	copy(vr, &to, &from, sizeof(count));
}

static bool is_at_end(struct place *p)
{
	return !here(p).iov_len;
}

/* The first chain gets the header, with room for the count. */
static size_t fill_first(struct ul_guest_rx *rx, struct ul_vring *vr,
			 struct place *from)
{
	static const uint8_t zero[2];
	struct iovec iov = { (void *)zero, sizeof(zero) };
	struct place to = room_of(&rx->first), room = { &iov, 1, 0 };
	size_t n = copy(vr, &to, from, UL_VNET_HLEN);

	if (rx->has_count)
		n += copy(vr, &to, &room, sizeof(zero));
	return n + copy(vr, &to, from, SIZE_MAX);
}

static void give_back(const struct ul_guest_rx *rx, struct ul_vring *vr,
		      unsigned int chains)
{
	for (unsigned int i = 0; i < chains; i++)
		ul_vring_push(vr, rx->filled[i].id, rx->filled[i].slots,
			      rx->filled[i].len);
}

/* Fill one chain more: 1; 0 there is none; -EMSGSIZE it is of no use. */
static int fill(struct ul_guest_rx *rx, struct ul_vring *vr,
		struct place *from, unsigned int n)
{
	struct ul_chain *c = n ? &rx->next : &rx->first;
	struct place to;
	size_t len;
	int ret = ul_vring_pop(vr, c);

	if (ret <= 0)
		return ret;
	rx->segs += c->in_count + c->out_count;
	if (c->in_len < UL_VNET_HLEN_MRG || rx->segs > UL_GUEST_RX_SEGS_MAX)
		return -EMSGSIZE;
	to = room_of(c);
	len = n ? copy(vr, &to, from, SIZE_MAX) : fill_first(rx, vr, from);
	rx->filled[n].id = c->id;
	rx->filled[n].slots = c->slots;
	rx->filled[n].len = (uint32_t)len;
	return 1;
}

int ul_guest_rx_put(struct ul_guest_rx *rx, struct ul_vring *vr,
		    const struct iovec *iov, unsigned int count)
{
	unsigned int max = rx->is_merging ? UL_GUEST_RX_CHAINS_MAX : 1;
	struct ul_vring_mark at = ul_vring_tell(vr);
	struct place from = { iov, count, 0 };
	unsigned int n = 0;
	int ret = 1;

	rx->segs = 0;
	while (ret == 1 && !is_at_end(&from)) {
		ret = n < max ? fill(rx, vr, &from, n) : -EMSGSIZE;
		n += ret == 1;
	}
	if (ret != 1) {
		rx->seen = ul_vring_tell(vr);
		ul_vring_seek(vr, at);
		return ret;
	}
	if (rx->has_count)
		write_count(rx, vr, n);
	give_back(rx, vr, n);
	return 1;
}
