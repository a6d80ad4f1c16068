/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ip_frag.c - cutting and joining is the identity */
#include <errno.h>

#include "base/csum.h"
#include "flow/ip_frag.h"
#include "flow/reass.h"
#include "harness.h"
#include "link/port.h"

#define SEED 4711u

static struct ul_loop *loop;
static struct ul_reass *reass;

/* What the fragments of one packet are checked against. */
struct seen {
	bool is_v4;
	uint16_t mtu;
	uint32_t id;
	size_t count;
	int rc;			/* of the last ul_reass_add() */
	uint8_t *out;
	size_t out_len;
	int answer;		/* what the callback returns */
};

static void on_timeout(const struct ul_frag *first, void *arg)
{
	ck_abort_msg("no datagram is left incomplete");
}

static void setup(void)
{
	srand(SEED);
	loop = ul_loop_new();
	ck_assert_ptr_nonnull(loop);
	reass = ul_reass_new(loop, on_timeout, NULL);
}

static void teardown(void)
{
	ul_reass_free(reass);
	ul_loop_free(loop);
}

static uint32_t get(const uint8_t *p, int bytes)
{
	uint32_t v = 0;

	while (bytes--)
		v = v << 8 | *p++;
	return v;
}

/* Copy the pieces together as a port would, within a port's limits. */
static uint8_t *linear(const struct ul_stack_out *pkt)
{
	uint8_t *p = malloc(pkt->len);
	size_t at = 0, copied = 0;

	ck_assert_uint_le(pkt->count, UL_STACK_PIECES_MAX);
	for (unsigned int i = 0; i < pkt->count; i++) {
		ck_assert_uint_le(at + pkt->piece[i].len, pkt->len);
		memcpy(p + at, pkt->piece[i].data, pkt->piece[i].len);
		at += pkt->piece[i].len;
		if (!pkt->piece[i].buf)
			copied += pkt->piece[i].len;
	}
	ck_assert_uint_eq(at, pkt->len);
	ck_assert_uint_le(copied, UL_PORT_HEAD_MAX - 14);
	return p;
}

/* Parse one fragment from its bytes and give it to the joiner. */
static int on_frag(const struct ul_stack_out *frag, void *arg)
{
	struct seen *s = arg;
	uint8_t *p = linear(frag);
	struct ul_frag f = { .port = s, .header = p };

	s->count++;
	if (s->answer < 0) {
		free(p);
		return s->answer;
	}
	ck_assert_uint_le(frag->len, s->mtu);
	f.src = ul_addr_v4(1);
	f.dst = ul_addr_v4(2);
	if (s->is_v4) {
		f.header_len = (p[0] & 15u) * 4;
		ck_assert_uint_eq(get(p + 2, 2), frag->len);
		ck_assert_uint_eq(ul_csum_fold(ul_csum_add(0, p,
							   f.header_len)), 0);
		f.id = get(p + 4, 2);
		ck_assert_uint_eq(f.id, s->id & 0xffff);
		f.more = get(p + 6, 2) >> 13 & 1;
		ck_assert(!(p[6] & 0x40));
		f.offset = (uint16_t)((get(p + 6, 2) & 0x1fff) * 8);
		f.proto = p[9];
		f.data = p + f.header_len;
		f.len = frag->len - f.header_len;
	} else {
		f.src.b[0] = 0xfd;
		f.header_len = 40;
		ck_assert_uint_eq(get(p + 4, 2), frag->len - 40);
		ck_assert_uint_eq(p[6], 44);
		ck_assert_uint_eq(p[41], 0);
		f.proto = p[40];
		f.offset = (uint16_t)(get(p + 42, 2) & 0xfff8);
		f.more = p[43] & 1;
		f.id = get(p + 44, 4);
		ck_assert_uint_eq(f.id, s->id);
		f.data = p + 48;
		f.len = frag->len - 48;
	}
	s->rc = ul_reass_add(reass, &f, &s->out, &s->out_len);
	free(p);
	return 1;		/* positive answers go on */
}

/* Not looked into: pieces only need to have one. */
static struct ul_buf some_buf;

/* A packet of @len bytes in 1 to 6 pieces over @bytes. */
static struct ul_stack_out make(uint8_t *bytes, size_t len, bool is_v4,
				unsigned int pieces)
{
	struct ul_stack_out pkt = {
		.dst = ul_addr_v4(2),
		.ip_hdr_len = 20,
		.len = len,
	};
	size_t at;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)rand();
	if (is_v4) {
		bytes[0] = 0x45;
		bytes[2] = (uint8_t)(len >> 8);
		bytes[3] = (uint8_t)len;
		bytes[6] = bytes[7] = 0;
		bytes[10] = bytes[11] = 0;
		at = ul_csum_fold(ul_csum_add(0, bytes, 20));
		bytes[10] = (uint8_t)(at >> 8);
		bytes[11] = (uint8_t)at;
	} else {
		pkt.dst.b[0] = 0xfd;
		memset(pkt.dst.b + 10, 0, 2);
		pkt.ip_hdr_len = 40;
		bytes[0] = 0x60;
		bytes[4] = (uint8_t)((len - 40) >> 8);
		bytes[5] = (uint8_t)(len - 40);
	}
	/* The header, with a transport header behind it half of the time. */
	at = pkt.ip_hdr_len + (rand() % 2 ? 8u : 0u);
	if (at > len || pieces == 1)
		at = len;
	pkt.piece[0] = (struct ul_stack_piece){ bytes, at,
						pieces == 1 ? &some_buf :
							      NULL };
	pkt.count = 1;
	while (at < len) {
		size_t n = pkt.count + 1 == pieces ? len - at :
			   1 + (size_t)rand() % (len - at);

		pkt.piece[pkt.count++] =
			(struct ul_stack_piece){ bytes + at, n, &some_buf };
		at += n;
	}
	return pkt;
}

static void identity(bool is_v4, uint16_t mtu, size_t len,
		     unsigned int pieces)
{
	uint8_t *bytes = malloc(len);
	struct ul_stack_out pkt = make(bytes, len, is_v4, pieces);
	struct seen s = { .is_v4 = is_v4, .mtu = mtu,
			  .id = (uint32_t)rand() };

	ck_assert_int_eq(ul_ip_frag(&pkt, mtu, s.id, on_frag, &s), 0);
	ck_assert_int_eq(s.rc, 1);
	ck_assert_uint_eq(s.out_len, len);
	if (is_v4) {		/* the identification stays the fragments' */
		ck_assert_mem_eq(s.out, bytes, 4);
		ck_assert_mem_eq(s.out + 6, bytes + 6, 4);
		ck_assert_mem_eq(s.out + 12, bytes + 12, len - 12);
	} else {
		ck_assert_mem_eq(s.out, bytes, len);
	}
	free(bytes);
}

START_TEST(cut_and_join_is_identity_v4)
{
	for (uint16_t mtu = 576; mtu <= 1500; mtu += 7) {
		identity(true, mtu, mtu + 1u + (size_t)rand() % 5000,
			 1 + (unsigned int)rand() % 5);
		if (mtu % 10 == 0)
			identity(true, mtu, 65535, 5);
	}
	identity(true, 68, 4000, 3);
	identity(true, 65520, 65535, 5);
}
END_TEST

START_TEST(cut_and_join_is_identity_v6)
{
	for (uint16_t mtu = 1280; mtu <= 1500; mtu += 3) {
		identity(false, mtu, mtu + 1u + (size_t)rand() % 5000,
			 1 + (unsigned int)rand() % 5);
		if (mtu % 10 == 0)
			identity(false, mtu, 65535 + 40, 5);
	}
	identity(false, 65520, 65535 + 40, 5);
}
END_TEST

START_TEST(what_fits_stays_as_it_is)
{
	struct seen s = { .answer = -EBUSY };
	uint8_t bytes[1500];
	struct ul_stack_out pkt = make(bytes, sizeof(bytes), true, 2);

	ck_assert_int_eq(ul_ip_frag(&pkt, 1500, 1, on_frag, &s), -EBUSY);
	ck_assert_uint_eq(s.count, 1);
}
END_TEST

START_TEST(walk_ends_where_the_taker_refuses)
{
	struct seen s = { .answer = -ENOBUFS };
	uint8_t bytes[9000];
	struct ul_stack_out pkt = make(bytes, sizeof(bytes), true, 2);

	ck_assert_int_eq(ul_ip_frag(&pkt, 1500, 1, on_frag, &s), -ENOBUFS);
	ck_assert_uint_eq(s.count, 1);
}
END_TEST

START_TEST(impossible_packets_are_refused)
{
	struct seen s = { .answer = -EINVAL };
	uint8_t bytes[2000];
	struct ul_stack_out pkt = make(bytes, sizeof(bytes), true, 2);

	ck_assert_int_eq(ul_ip_frag(&pkt, 67, 1, on_frag, &s), -EMSGSIZE);
	pkt.ip_hdr_len = 64;
	ck_assert_int_eq(ul_ip_frag(&pkt, 576, 1, on_frag, &s), -EMSGSIZE);
	pkt = make(bytes, sizeof(bytes), false, 2);
	ck_assert_int_eq(ul_ip_frag(&pkt, 1279, 1, on_frag, &s), -EMSGSIZE);
	pkt.piece[0].len = 39;
	ck_assert_int_eq(ul_ip_frag(&pkt, 1280, 1, on_frag, &s), -EMSGSIZE);
	ck_assert_uint_eq(s.count, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ip_frag");
	TCase *tc = tcase_create("ip_frag");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, cut_and_join_is_identity_v4);
	tcase_add_test(tc, cut_and_join_is_identity_v6);
	tcase_add_test(tc, what_fits_stays_as_it_is);
	tcase_add_test(tc, walk_ends_where_the_taker_refuses);
	tcase_add_test(tc, impossible_packets_are_refused);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
