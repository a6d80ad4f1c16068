/* SPDX-License-Identifier: BSD-3-Clause */
/* test_vnet.c - the header in front of each frame of virtio-net */
#include "wire/vnet.h"

#include <errno.h>
#include <linux/virtio_net.h>

#include "harness.h"
#include "unit/poison.h"

static const struct ul_vnet headers[] = {
	{ { 0 }, UL_VNET_GSO_NONE, false, 0 },
	{ { UL_CSUM_VALID, 0, 0, 0 }, UL_VNET_GSO_NONE, false, 66 },
	{ { UL_CSUM_PARTIAL, 34, 6, 0 }, UL_VNET_GSO_NONE, false, 42 },
	{ { UL_CSUM_PARTIAL, 34, 16, 1448 }, UL_VNET_GSO_TCP4, false, 66 },
	{ { UL_CSUM_PARTIAL, 54, 16, 1428 }, UL_VNET_GSO_TCP6, true, 86 },
	{ { UL_CSUM_PARTIAL, 0x1234, 0x5678, 0x9abc }, UL_VNET_GSO_UDP,
	  false, 0xdef0 },
};
#define HEADERS ((int)(sizeof(headers) / sizeof(headers[0])))

static void ck_assert_same(const struct ul_vnet *a, const struct ul_vnet *b)
{
	ck_assert_int_eq(a->gso, b->gso);
	ck_assert_int_eq(a->has_cwr, b->has_cwr);
	ck_assert_uint_eq(a->hdr_len, b->hdr_len);
	ck_assert_int_eq(a->offload.csum, b->offload.csum);
	ck_assert_uint_eq(a->offload.csum_start, b->offload.csum_start);
	ck_assert_uint_eq(a->offload.csum_offset, b->offload.csum_offset);
	ck_assert_uint_eq(a->offload.gso_size, b->offload.gso_size);
}

static void check_round_trip(const struct ul_vnet *h, size_t hlen)
{
	uint8_t buf[UL_VNET_HLEN_MRG];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct ul_rd r;
	struct ul_vnet out;

	ul_vnet_emit(&w, h, hlen);
	ck_assert(!w.bad);
	ck_assert_uint_eq(w.len, hlen);
	for (size_t len = 0; len < hlen; len++) {
		uint8_t *cut = exact_copy(buf, len);

		r = ul_rd_new(cut, len);
		poison(&out);
		ck_assert_int_eq(ul_vnet_parse(&out, &r, hlen), -EBADMSG);
		ck_assert(is_poisoned(&out));
		ck_assert_uint_eq(r.left, len);
		free(cut);
	}
	r = ul_rd_new(buf, hlen);
	ck_assert_int_eq(ul_vnet_parse(&out, &r, hlen), 0);
	ck_assert_uint_eq(r.left, 0);
	ck_assert_same(&out, h);
}

START_TEST(parse_undoes_emit_and_no_less_will_do)
{
	check_round_trip(&headers[_i], UL_VNET_HLEN);
	check_round_trip(&headers[_i], UL_VNET_HLEN_MRG);
}
END_TEST

/* As the kernel's own header has it. */
START_TEST(fields_are_where_the_kernel_has_them)
{
	uint8_t buf[UL_VNET_HLEN_MRG];
	struct ul_wr w = ul_wr_new(buf, sizeof(buf));
	struct virtio_net_hdr_mrg_rxbuf k;

	ul_vnet_emit(&w, &headers[4], UL_VNET_HLEN_MRG);
	memcpy(&k, buf, sizeof(k));
	ck_assert_uint_eq(k.hdr.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	ck_assert_uint_eq(k.hdr.gso_type,
			  VIRTIO_NET_HDR_GSO_TCPV6 | VIRTIO_NET_HDR_GSO_ECN);
	ck_assert_uint_eq(le16toh(k.hdr.hdr_len), 86);
	ck_assert_uint_eq(le16toh(k.hdr.gso_size), 1428);
	ck_assert_uint_eq(le16toh(k.hdr.csum_start), 54);
	ck_assert_uint_eq(le16toh(k.hdr.csum_offset), 16);
	ck_assert_uint_eq(le16toh(k.num_buffers), 1);
}
END_TEST

static const struct {
	uint8_t flags, type, gso_size;
	int result;
} refused[] = {
	{ 1, 1, 0, -EBADMSG },		/* a super-frame of nothing */
	{ 0, 1, 100, -EBADMSG },	/* without a partial sum */
	{ 2, 1, 100, -EBADMSG },
	{ 1, 5, 0, -EBADMSG },
	{ 1, 3, 100, -EPROTO },		/* UFO */
	{ 1, 2, 100, -EPROTO },
	{ 1, 6, 100, -EPROTO },
	{ 1, 0x7f, 100, -EPROTO },
	{ 1, 0x85, 100, -EBADMSG },	/* ECN without TCP */
	{ 0, 0x80, 0, -EBADMSG },
};
#define REFUSED ((int)(sizeof(refused) / sizeof(refused[0])))

START_TEST(nonsense_is_refused)
{
	uint8_t buf[UL_VNET_HLEN] = {
		refused[_i].flags, refused[_i].type, 0, 0,
		refused[_i].gso_size, 0, 34, 0, 16, 0,
	};
	struct ul_rd r = ul_rd_new(buf, sizeof(buf));
	struct ul_vnet out;

	poison(&out);
	ck_assert_int_eq(ul_vnet_parse(&out, &r, sizeof(buf)),
			 refused[_i].result);
	ck_assert(is_poisoned(&out));
	ck_assert_uint_eq(r.left, sizeof(buf));
}
END_TEST

/* A size without a type, an offset without a sum: not said, so not there. */
START_TEST(what_does_not_count_is_not_read)
{
	uint8_t buf[UL_VNET_HLEN] = { 0, 0, 0, 0, 9, 9, 9, 9, 9, 9 };
	struct ul_rd r = ul_rd_new(buf, sizeof(buf));
	struct ul_vnet out;

	ck_assert_int_eq(ul_vnet_parse(&out, &r, sizeof(buf)), 0);
	ck_assert_same(&out, &headers[0]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vnet");
	TCase *tc = tcase_create("vnet");

	tcase_add_loop_test(tc, parse_undoes_emit_and_no_less_will_do, 0,
			    HEADERS);
	tcase_add_test(tc, fields_are_where_the_kernel_has_them);
	tcase_add_loop_test(tc, nonsense_is_refused, 0, REFUSED);
	tcase_add_test(tc, what_does_not_count_is_not_read);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
