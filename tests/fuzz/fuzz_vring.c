/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_vring.c - any bytes as the memory that a virtqueue is in
 *
 * The first byte says of which kind the ring is and how large, the second how
 * often it is looked at; the others are the guest's memory from its start on.
 */
#include "link/vring.h"

#include <errno.h>
#include <string.h>

#include "fake/fake_driver.h"
#include "fuzz/fuzz.h"

static void check(const struct ul_chain *c)
{
	size_t out = 0, in = 0;

	assert(c->out_count + c->in_count <= UL_CHAIN_SEGS_MAX);
	for (unsigned int i = 0; i < c->out_count + c->in_count; i++) {
		volatile uint8_t *p = c->seg[i].iov_base;

		*(i < c->out_count ? &out : &in) += c->seg[i].iov_len;
		assert(c->seg[i].iov_len);
		(void)p[0];
		p[c->seg[i].iov_len - 1] = 0;
	}
	assert(out == c->out_len && in == c->in_len);
}

static void run(struct ul_vring *vr, uint8_t rounds)
{
	static struct ul_chain chain;
	int ret = 0;

	for (unsigned int i = 0; i < rounds; i++) {
		struct ul_vring_mark at = ul_vring_tell(vr);

		ret = ul_vring_pop(vr, &chain);
		assert(ret == 1 || ret == 0 || ret == -EPROTO);
		if (ret == 1)
			check(&chain);
		if (ret == 1 && i % 3)
			ul_vring_push(vr, chain.id, chain.slots, i);
		else if (ret == 1)
			ul_vring_seek(vr, at);
		if (i % 4 == 0)
			ul_vring_publish(vr);
		if (i % 5 == 0)
			ul_vring_want_kicks(vr, at);
		else
			ul_vring_refuse_kicks(vr);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct fake_mem fake;
	static struct ul_guest_mem *mem;
	struct ul_vring_conf conf;
	struct fake_ring ring;
	struct ul_vring vr;
	int fds[2];

	if (len < 2 || len - 2 > FAKE_LOW_LEN)
		return 0;
	if (!mem) {
		fake = fake_mem_new();
		mem = ul_guest_mem_new();
		fds[0] = fds[1] = fake.fd;
		assert(!ul_guest_mem_set(mem, fake.region, fds, 2));
	}
	conf = (struct ul_vring_conf){
		.is_packed = data[0] & 1, .has_event_idx = data[0] & 2,
		.has_indirect = data[0] & 4, .size = 1u << (data[0] >> 4) % 9,
	};
	fake_ring_init(&ring, &fake, 0, &conf);
	memcpy(fake.data, data + 2, len - 2);
	assert(!ul_vring_start(&vr, mem, &ring.conf,
			       conf.is_packed ? 0x80008000 : 0));
	run(&vr, data[1]);
	return 0;
}
