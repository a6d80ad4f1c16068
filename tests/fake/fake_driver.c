/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_driver.c - a guest's driver of virtqueues, in memory of its own */
#include "fake/fake_driver.h"

#include <assert.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PACKED_AVAIL 0x80u
#define PACKED_USED 0x8000u

struct fake_mem fake_mem_new(void)
{
	struct fake_mem m = {
		.fd = memfd_create("guest", MFD_CLOEXEC | MFD_ALLOW_SEALING),
		.region = {
			{ 0, FAKE_LOW_LEN, FAKE_UVA, 0 },
			{ FAKE_HIGH_GPA, FAKE_HIGH_LEN,
			  FAKE_UVA + 0x10000000, FAKE_LOW_LEN },
		},
	};

	assert(m.fd >= 0 && !ftruncate(m.fd, FAKE_MEM_LEN));
	m.data = mmap(NULL, FAKE_MEM_LEN, PROT_READ | PROT_WRITE, MAP_SHARED,
		      m.fd, 0);
	assert(m.data != MAP_FAILED);
	return m;
}

void fake_mem_free(struct fake_mem *m)
{
	munmap(m->data, FAKE_MEM_LEN);
	close(m->fd);
}

uint64_t fake_gpa(size_t off)
{
	return off < FAKE_LOW_LEN ? off : FAKE_HIGH_GPA + off - FAKE_LOW_LEN;
}

uint64_t fake_uva(size_t off)
{
	return off < FAKE_LOW_LEN ? FAKE_UVA + off :
	       FAKE_UVA + 0x10000000 + off - FAKE_LOW_LEN;
}

static void put16(struct fake_ring *r, size_t off, uint16_t v)
{
	memcpy(r->mem->data + off, &v, 2);
}

static void put32(struct fake_ring *r, size_t off, uint32_t v)
{
	memcpy(r->mem->data + off, &v, 4);
}

static void put64(struct fake_ring *r, size_t off, uint64_t v)
{
	memcpy(r->mem->data + off, &v, 8);
}

static uint16_t get16(const struct fake_ring *r, size_t off)
{
	uint16_t v;

	memcpy(&v, r->mem->data + off, 2);
	return v;
}

static uint32_t get32(const struct fake_ring *r, size_t off)
{
	uint32_t v;

	memcpy(&v, r->mem->data + off, 4);
	return v;
}

void fake_ring_init(struct fake_ring *r, struct fake_mem *m, size_t off,
		    const struct ul_vring_conf *conf)
{
	size_t size = conf->size;

	assert(size <= FAKE_SIZE_MAX && off % 4096 == 0);
	*r = (struct fake_ring){
		.mem = m, .conf = *conf, .desc = off,
		.driver = off + size * 16,
		.wrap = true, .used_wrap = true,
	};
	r->device = (r->driver + 8 + size * 2 + 63) & ~(size_t)63;
	r->table = (r->device + 8 + size * 8 + 63) & ~(size_t)63;
	memset(m->data + off, 0, r->table + size * 256 - off);
	r->conf.desc = fake_uva(r->desc);
	r->conf.avail = fake_uva(r->driver);
	r->conf.used = fake_uva(r->device);
}

static void write_desc(struct fake_ring *r, size_t at, uint64_t gpa,
		       uint32_t len, uint16_t flags, uint16_t last)
{
	put64(r, at, gpa);
	put32(r, at + 8, len);
	put16(r, at + 12, r->conf.is_packed ? last : flags);
	put16(r, at + 14, r->conf.is_packed ? flags : last);
}

void fake_ring_desc(struct fake_ring *r, uint16_t i, uint64_t gpa,
		    uint32_t len, uint16_t flags, uint16_t last)
{
	write_desc(r, r->desc + i * 16u, gpa, len, flags, last);
}

void fake_ring_avail(struct fake_ring *r, uint16_t i, uint16_t head)
{
	put16(r, r->driver + 4 + (i & (r->conf.size - 1)) * 2, head);
}

void fake_ring_set_avail_idx(struct fake_ring *r, uint16_t idx)
{
	r->avail_idx = idx;
	put16(r, r->driver + 2, idx);
}

static uint16_t packed_flags(const struct fake_ring *r)
{
	return r->wrap ? PACKED_AVAIL : PACKED_USED;
}

static void step(struct fake_ring *r)
{
	if (++r->next == r->conf.size) {
		r->next = 0;
		r->wrap = !r->wrap;
	}
}

static uint16_t seg_flags(const struct fake_seg *seg, bool is_last)
{
	return (seg->is_in ? FAKE_DESC_WRITE : 0) |
	       (is_last ? 0 : FAKE_DESC_NEXT);
}

static void offer_split(struct fake_ring *r, uint16_t head)
{
	fake_ring_avail(r, r->avail_idx, head);
	fake_ring_set_avail_idx(r, (uint16_t)(r->avail_idx + 1));
	r->unsaid++;
}

uint16_t fake_ring_add(struct fake_ring *r, const struct fake_seg *seg,
		       unsigned int count)
{
	uint16_t head = r->next, first = packed_flags(r);
	uint16_t size = (uint16_t)r->conf.size;

	for (unsigned int i = 0; i < count; i++) {
		uint16_t flags = seg_flags(&seg[i], i + 1 == count);

		if (r->conf.is_packed)
			flags |= i ? packed_flags(r) : 0;
		fake_ring_desc(r, r->next, fake_gpa(seg[i].off), seg[i].len,
			       flags, r->conf.is_packed ? head :
			       (uint16_t)((r->next + 1) % size));
		step(r);
	}
	if (!r->conf.is_packed) {
		offer_split(r, head);
		return head;
	}
	r->slots[head] = (uint16_t)count;
	r->unsaid += count;
	put16(r, r->desc + head * 16u + 14,
	      seg_flags(&seg[0], count == 1) | first);
	return head;
}

uint16_t fake_ring_add_indirect(struct fake_ring *r,
				const struct fake_seg *seg, unsigned int count)
{
	uint16_t head = r->next;
	size_t table = r->table + head * 256u;

	assert(count <= 16);
	for (unsigned int i = 0; i < count; i++)
		write_desc(r, table + i * 16, fake_gpa(seg[i].off),
			   seg[i].len, seg_flags(&seg[i], i + 1 == count),
			   (uint16_t)(i + 1));
	fake_ring_desc(r, head, fake_gpa(table), count * 16,
		       FAKE_DESC_INDIRECT |
		       (r->conf.is_packed ? packed_flags(r) : 0), head);
	r->slots[head] = 1;
	step(r);
	if (r->conf.is_packed)
		r->unsaid++;
	else
		offer_split(r, head);
	return head;
}

static bool is_passed(uint16_t event, uint16_t now, uint16_t old)
{
	return (uint16_t)(now - event - 1) < (uint16_t)(now - old);
}

bool fake_ring_must_kick(struct fake_ring *r)
{
	uint16_t unsaid = (uint16_t)r->unsaid, at, flags;

	r->unsaid = 0;
	if (!unsaid)
		return false;
	if (!r->conf.is_packed && r->conf.has_event_idx)
		return is_passed(get16(r, r->device + 4 + r->conf.size * 8),
				 r->avail_idx,
				 (uint16_t)(r->avail_idx - unsaid));
	if (!r->conf.is_packed)
		return !(get16(r, r->device) & 1);
	at = get16(r, r->device);
	flags = get16(r, r->device + 2);
	if (flags != 2)
		return flags == 0;
	if (!!(at & 0x8000) != r->wrap)
		at = (uint16_t)((at & 0x7fff) - r->conf.size);
	else
		at &= 0x7fff;
	return is_passed(at, r->next, (uint16_t)(r->next - unsaid));
}

static bool used_split(struct fake_ring *r, uint16_t *id, uint32_t *len)
{
	size_t entry = r->device + 4 + (r->used_idx % r->conf.size) * 8;

	if (get16(r, r->device + 2) == r->used_idx)
		return false;
	*id = (uint16_t)get32(r, entry);
	*len = get32(r, entry + 4);
	r->used_idx++;
	return true;
}

static bool used_packed(struct fake_ring *r, uint16_t *id, uint32_t *len)
{
	size_t d = r->desc + r->used_idx * 16u;
	uint16_t flags = get16(r, d + 14);

	if (!!(flags & PACKED_AVAIL) != r->used_wrap ||
	    !!(flags & PACKED_USED) != r->used_wrap)
		return false;
	*id = get16(r, d + 12);
	*len = get32(r, d + 8);
	r->used_idx = (uint16_t)(r->used_idx + r->slots[*id]);
	if (r->used_idx >= r->conf.size) {
		r->used_idx = (uint16_t)(r->used_idx - r->conf.size);
		r->used_wrap = !r->used_wrap;
	}
	return true;
}

bool fake_ring_used(struct fake_ring *r, uint16_t *id, uint32_t *len)
{
	return r->conf.is_packed ? used_packed(r, id, len) :
				   used_split(r, id, len);
}

void fake_ring_want_calls(struct fake_ring *r, bool wants)
{
	uint16_t at = r->used_idx;

	if (r->conf.is_packed) {
		put16(r, r->driver, (uint16_t)(at | (r->used_wrap ? 0x8000 :
						     0)));
		put16(r, r->driver + 2, !wants ? 1 :
		      r->conf.has_event_idx ? 2 : 0);
	} else if (r->conf.has_event_idx) {
		put16(r, r->driver + 4 + r->conf.size * 2,
		      wants ? at : (uint16_t)(at - 1));
	} else {
		put16(r, r->driver, !wants);
	}
}
