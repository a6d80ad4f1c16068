/* SPDX-License-Identifier: BSD-3-Clause */
/* test_vhost_net.c - frames through the virtqueues of a vhost-user port */
#include <errno.h>

#include "fake/vhost_lab.h"
#include "link/txq.h"

#define SMALL 100
#define BUF 1536

static const uint64_t kinds[] = {
	FAKE_F_MODERN,
	FAKE_F_MODERN & ~FAKE_F_EVENT,
	FAKE_F_MODERN | FAKE_F_PACKED,
	(FAKE_F_MODERN | FAKE_F_PACKED) & ~FAKE_F_EVENT,
	FAKE_F_MODERN & ~FAKE_F_MRG,
	/* Of before VIRTIO 1.0, and with no messages beyond the oldest. */
	0, FAKE_F_MRG, FAKE_F_GUEST_CSUM | FAKE_F_TSO,
};
#define KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

static uint8_t small[SMALL] = "a small frame";

START_TEST(frames_come_and_go)
{
	uint8_t out[FAKE_TX_BUF_LEN];
	size_t hlen = kinds[_i] & (FAKE_F_MRG | FAKE_F_VERSION_1) ? 12 : 10;

	fake_machine_start(&m, kinds[_i]);
	for (unsigned int i = 1; i < 300; i++) {
		memcpy(small + 50, &i, 4);
		lab_transmit_plain(small, SMALL);
		ck_assert_uint_eq(seen.frames, i);
		ck_assert_uint_eq(seen.len, SMALL);
		ck_assert_mem_eq(seen.data, small, SMALL);
		fake_machine_offer(&m, 1, BUF);
		ck_assert_int_eq(lab_send(small, SMALL, NULL), 0);
		fake_machine_turn(&m);
		ck_assert_uint_eq(fake_machine_receive(&m, out, sizeof(out),
						       NULL), hlen + SMALL);
		ck_assert_mem_eq(out + hlen, small, SMALL);
	}
	ck_assert_uint_eq(port->stats.rx_frames, 299);
	ck_assert_uint_eq(port->stats.tx_bytes, 299 * SMALL);
	ck_assert_uint_eq(port->stats.rx_bad, 0);
}
END_TEST

/* In one piece or many, direct or by a table. */
START_TEST(a_chain_of_pieces_is_one_frame)
{
	fake_machine_start(&m, FAKE_F_MODERN);
	for (unsigned int pieces = 1; pieces <= 16; pieces++) {
		struct ul_vnet h = { 0 };

		lab_transmit(&h, small, SMALL, pieces);
		ck_assert_uint_eq(seen.frames, pieces);
		ck_assert_mem_eq(seen.data, small, SMALL);
	}
}
END_TEST

START_TEST(super_frames_pass_whole)
{
	static uint8_t out[FAKE_TX_BUF_LEN];
	static const enum ul_vnet_gso gso[] = {
		UL_VNET_GSO_UDP, UL_VNET_GSO_UDP,
		UL_VNET_GSO_TCP4, UL_VNET_GSO_TCP6,
	};
	static struct super_frame s;
	struct ul_vnet h = { 0 };
	struct ul_rd r;
	unsigned int buffers;
	size_t len;

	super_frame_make(&s, &super_kinds[_i]);
	h.offload = s.offload;
	h.gso = gso[s.is_tcp * 2 + s.is_v6];
	fake_machine_start(&m, FAKE_F_MODERN | FAKE_F_USO);
	lab_transmit(&h, s.frame, s.len, 7);
	ck_assert_uint_eq(seen.frames, 1);
	ck_assert_uint_eq(seen.len, s.len);
	ck_assert_mem_eq(seen.data, s.frame, s.len);
	ck_assert_int_eq(seen.offload.csum, UL_CSUM_PARTIAL);
	ck_assert_uint_eq(seen.offload.csum_start, s.offload.csum_start);
	ck_assert_uint_eq(seen.offload.csum_offset, s.offload.csum_offset);
	ck_assert_uint_eq(seen.offload.gso_size, s.offload.gso_size);
	fake_machine_offer(&m, 60, BUF);
	ck_assert_int_eq(lab_send(s.frame, s.len, &s.offload), 0);
	fake_machine_turn(&m);
	len = fake_machine_receive(&m, out, sizeof(out), &buffers);
	ck_assert_uint_eq(len, 12 + s.len);
	ck_assert_uint_eq(buffers, (12 + s.len + BUF - 1) / BUF);
	ck_assert_mem_eq(out + 12, s.frame, s.len);
	r = ul_rd_new(out, 12);
	ck_assert_int_eq(ul_vnet_parse(&h, &r, 12), 0);
	ck_assert_uint_eq(h.offload.gso_size, s.offload.gso_size);
	ck_assert_uint_eq(h.hdr_len, s.hdr_len);
}
END_TEST

/* What the guest did not agree to take is made whole for it. */
START_TEST(a_guest_without_offload_gets_whole_frames)
{
	static uint8_t out[FAKE_TX_BUF_LEN];
	static struct super_frame s;
	unsigned int frames = 0;

	super_frame_make(&s, &super_kinds[0]);
	fake_machine_start(&m, FAKE_F_MODERN & ~FAKE_F_TSO);
	fake_machine_offer(&m, 60, BUF);
	ck_assert_int_eq(lab_send(s.frame, s.len, &s.offload), 0);
	fake_machine_turn(&m);
	while (fake_machine_receive(&m, out, sizeof(out), NULL)) {
		ck_assert_uint_eq(out[0], 0);
		frames++;
	}
	ck_assert_uint_eq(frames, (s.payload_len + 1447) / 1448);
}
END_TEST

START_TEST(a_lying_header_is_counted_and_the_next_frame_passes)
{
	static uint8_t huge[FAKE_TX_BUF_LEN - 12];
	struct ul_vnet lie = {
		.offload = { UL_CSUM_PARTIAL, 34, 16, 1448 },
		.gso = UL_VNET_GSO_TCP4,
	};
	struct ul_vnet none = { 0 };
	struct { const void *data; size_t len; const struct ul_vnet *h; } bad[]
	= {
		{ small, SMALL, &lie }, { small, 0, &none },
		{ huge, sizeof(huge), &none }, { huge, 65554, &none },
	};

	fake_machine_start(&m, kinds[_i]);
	for (unsigned int i = 0; i < 4; i++) {
		uint16_t id;
		uint32_t len;

		lab_transmit(bad[i].h, bad[i].data, bad[i].len, 1);
		ck_assert_uint_eq(port->stats.rx_bad, i + 1);
		ck_assert(fake_ring_used(&m.ring[FAKE_TX], &id, &len));
	}
	lab_transmit_plain(small, SMALL);
	ck_assert_uint_eq(seen.frames, 1);
	/* The longest that there is. */
	lab_transmit_plain(huge, 65553);
	ck_assert_uint_eq(seen.len, 65553);
}
END_TEST

/* Without buffers frames wait, then are refused; later all goes on. */
START_TEST(a_guest_without_buffers_is_waited_for)
{
	uint8_t out[FAKE_TX_BUF_LEN];
	unsigned int sent = 0, got = 0;

	fake_machine_start(&m, kinds[_i]);
	while (!lab_send(small, SMALL, NULL))
		sent++;
	ck_assert_uint_eq(sent, UL_TXQ_FRAMES);
	fake_machine_turn(&m);
	ck_assert(port->is_stalled);
	ck_assert_int_eq(lab_send(small, SMALL, NULL), -ENOBUFS);
	while (got < sent) {
		fake_machine_offer(&m, 8, BUF);
		for (int i = 0; i < 8; i++, got++)
			ck_assert(fake_machine_receive(&m, out, sizeof(out),
						       NULL));
	}
	ck_assert_uint_eq(seen.has_room, 1);
	ck_assert(!port->is_stalled);
	ck_assert(!fake_machine_receive(&m, out, sizeof(out), NULL));
}
END_TEST

/* Half a super-frame's buffers: none is given back until all are there. */
START_TEST(a_super_frame_waits_for_all_its_buffers)
{
	static uint8_t out[FAKE_TX_BUF_LEN];
	static struct super_frame s;
	unsigned int buffers;

	super_frame_make(&s, &super_kinds[0]);
	fake_machine_start(&m, kinds[_i]);
	fake_machine_offer(&m, 20, BUF);
	ck_assert_int_eq(lab_send(s.frame, s.len, &s.offload), 0);
	ck_assert_int_eq(lab_send(small, SMALL, NULL), 0);
	fake_machine_turn(&m);
	ck_assert(!fake_machine_receive(&m, out, sizeof(out), NULL));
	fake_machine_offer(&m, 40, BUF);
	ck_assert_uint_eq(fake_machine_receive(&m, out, sizeof(out), &buffers),
			  12 + s.len);
	ck_assert_mem_eq(out + 12, s.frame, s.len);
	ck_assert_uint_eq(fake_machine_receive(&m, out, sizeof(out), &buffers),
			  12 + SMALL);
}
END_TEST

/* Buffers that can never hold the frame, and are not to be merged. */
START_TEST(a_frame_that_fits_no_buffer_is_dropped)
{
	static uint8_t out[FAKE_TX_BUF_LEN];
	static struct super_frame s;

	super_frame_make(&s, &super_kinds[0]);
	fake_machine_start(&m, FAKE_F_MODERN & ~FAKE_F_MRG);
	fake_machine_offer(&m, 8, BUF);
	ck_assert_int_eq(lab_send(s.frame, s.len, &s.offload), 0);
	ck_assert_int_eq(lab_send(small, SMALL, NULL), 0);
	fake_machine_turn(&m);
	ck_assert_uint_eq(fake_machine_receive(&m, out, sizeof(out), NULL),
			  12 + SMALL);
}
END_TEST

/* A guest whose buffers are crumbs does not have us pick them up. */
START_TEST(a_frame_in_too_many_pieces_is_dropped)
{
	static uint8_t out[FAKE_TX_BUF_LEN], frame[16 * 4 * 40];
	struct fake_seg seg[16];

	fake_machine_start(&m, kinds[_i]);
	for (unsigned int i = 0; i < 60 * 16; i++) {
		seg[i % 16] = (struct fake_seg){ FAKE_RX_BUFS + i * 4, 4, true };
		if (i % 16 == 15)
			fake_ring_add_indirect(&m.ring[FAKE_RX], seg, 16);
	}
	fake_machine_kick(&m, FAKE_RX);
	ck_assert_int_eq(lab_send(frame, sizeof(frame), NULL), 0);
	fake_machine_turn(&m);
	ck_assert(!fake_ring_used(&m.ring[FAKE_RX], &(uint16_t){ 0 },
				  &(uint32_t){ 0 }));
	ck_assert(!port->is_stalled);
	ck_assert_int_eq(lab_send(frame, 16 * 4 * 30, NULL), 0);
	fake_machine_turn(&m);
	m.rx_buf_len = 64;
	ck_assert_uint_eq(fake_machine_receive(&m, out, sizeof(out), NULL),
			  12 + 16 * 4 * 30);
}
END_TEST

/* Whoever keeps frames keeps copies: the guest has its descriptors back. */
START_TEST(a_stalled_receiver_does_not_hold_the_ring)
{
	uint16_t id;
	uint32_t len;

	fake_machine_start(&m, kinds[_i]);
	seen.keeps = true;
	for (unsigned int i = 1; i <= 1000; i++) {
		lab_transmit_plain(small, SMALL);
		ck_assert_uint_eq(seen.frames, i);
		ck_assert(fake_ring_used(&m.ring[FAKE_TX], &id, &len));
	}
	for (unsigned int i = 0; i < 1000; i++)
		ul_buf_unref(seen.kept[i]);
}
END_TEST

/* With all of our buffers kept the guest waits in its ring, and goes on. */
START_TEST(a_guest_waits_while_all_buffers_are_kept)
{
	static uint8_t large[60000];
	unsigned int frames;

	fake_machine_start(&m, kinds[_i]);
	seen.keeps = true;
	do {
		frames = seen.frames;
		lab_transmit_plain(large, sizeof(large));
		/* The ring has 64 places, its driver no memory of them. */
		uint16_t id;
		uint32_t len;
		fake_ring_used(&m.ring[FAKE_TX], &id, &len);
	} while (seen.frames > frames);
	ck_assert_uint_eq(frames, (64 << 20) / (128 << 10));
	ul_buf_unref(seen.kept[0]);
	now += 2000;
	fake_machine_turn(&m);
	ck_assert_uint_eq(seen.frames, frames + 1);
	for (unsigned int i = 1; i <= frames; i++)
		ul_buf_unref(seen.kept[i]);
}
END_TEST

START_TEST(a_driver_that_is_not_there_costs_nothing)
{
	ck_assert_int_eq(lab_send(small, SMALL, NULL), 0);
	fake_machine_turn(&m);
	ck_assert(!port->is_stalled);
	fake_machine_start(&m, FAKE_F_MODERN);
	fake_machine_stop_ring(&m, FAKE_RX);
	ck_assert_int_eq(lab_send(small, SMALL, NULL), 0);
	ck_assert(!port->is_stalled);
}
END_TEST

/* A guest reboots: rings stop, another driver starts others. */
START_TEST(a_new_driver_may_want_other_features)
{
	uint8_t out[BUF];

	for (int i = 0; i < KINDS; i++) {
		fake_machine_start(&m, kinds[i]);
		lab_transmit_plain(small, SMALL);
		ck_assert_uint_eq(seen.frames, i + 1);
		ck_assert_int_eq(lab_send(small, SMALL, NULL), 0);
		fake_machine_turn(&m);
		fake_machine_offer(&m, 4, BUF);
		ck_assert(fake_machine_receive(&m, out, sizeof(out), NULL));
		/* What waits for the old driver is not the new one's. */
		for (int n = 0; n < 10; n++)
			lab_send(small, SMALL, NULL);
		fake_machine_turn(&m);
		fake_machine_stop_ring(&m, FAKE_RX);
		fake_machine_stop_ring(&m, FAKE_TX);
		ck_assert(!port->is_stalled);
	}
	ck_assert(port->is_attached);
}
END_TEST

/* Memory comes anew while all runs, as when a machine maps another BIOS. */
START_TEST(memory_may_change_while_rings_run)
{
	uint8_t out[BUF];

	fake_machine_start(&m, kinds[_i]);
	for (unsigned int i = 1; i < 10; i++) {
		fake_machine_offer(&m, 1, BUF);
		lab_send(small, SMALL, NULL);
		fake_machine_send_table(&m);
		ck_assert(fake_machine_receive(&m, out, sizeof(out), NULL));
		lab_transmit_plain(small, SMALL);
		ck_assert_uint_eq(seen.frames, i);
	}
}
END_TEST

/* Calls and kicks are as few as batches. */
START_TEST(a_batch_is_one_call)
{
	fake_machine_start(&m, kinds[_i]);
	fake_machine_offer(&m, 40, BUF);
	fake_ring_want_calls(&m.ring[FAKE_RX], true);
	for (int i = 0; i < 40; i++)
		lab_send(small, SMALL, NULL);
	ck_assert_uint_eq(fake_machine_calls(&m, FAKE_RX), 0);
	fake_machine_turn(&m);
	ck_assert_uint_eq(fake_machine_calls(&m, FAKE_RX), 1);
	fake_ring_want_calls(&m.ring[FAKE_RX], false);
	fake_machine_offer(&m, 10, BUF);
	for (int i = 0; i < 10; i++)
		lab_send(small, SMALL, NULL);
	fake_machine_turn(&m);
	ck_assert_uint_eq(fake_machine_calls(&m, FAKE_RX), 0);
}
END_TEST

START_TEST(a_broken_ring_costs_its_own_port_only)
{
	fake_machine_start(&m, FAKE_F_MODERN);
	fake_ring_desc(&m.ring[FAKE_TX], 0, UINT64_MAX, 1, 0, 0);
	fake_ring_avail(&m.ring[FAKE_TX], 0, 0);
	fake_ring_set_avail_idx(&m.ring[FAKE_TX], 1);
	fake_machine_kick(&m, FAKE_TX);
	fake_machine_kick(&m, FAKE_TX);
	ck_assert_uint_eq(seen.frames, 0);
	ck_assert(port->is_attached);
	fake_machine_stop_ring(&m, FAKE_TX);
	fake_machine_stop_ring(&m, FAKE_RX);
	fake_machine_start(&m, FAKE_F_MODERN);
	lab_transmit_plain(small, SMALL);
	ck_assert_uint_eq(seen.frames, 1);
}
END_TEST

START_TEST(memory_that_is_taken_away_ends_the_port)
{
	fake_machine_start(&m, FAKE_F_MODERN);
	fake_machine_offer(&m, 1, BUF);
	ck_assert_int_eq(ftruncate(m.mem.fd, 0), 0);
	ck_assert_int_eq(lab_send(small, SMALL, NULL), 0);
	fake_machine_turn(&m);
	ck_assert_uint_eq(seen.detached, 1);
	ck_assert(!port->is_attached);
	ck_assert_int_eq(lab_send(small, SMALL, NULL), -ENOTCONN);
	fake_machine_send_u64(&m, UL_VHOST_SET_OWNER, 0, -1);
}
END_TEST

START_TEST(rarp_speaks_for_the_guest)
{
	uint64_t mac = 0;

	memcpy(&mac, "\x52\x54\0\1\2\3", 6);
	fake_machine_start(&m, FAKE_F_MODERN);
	fake_machine_send_u64(&m, UL_VHOST_SEND_RARP, mac, -1);
	ck_assert_uint_eq(seen.frames, 1);
	ck_assert_uint_eq(seen.len, 60);
	ck_assert_mem_eq(seen.data, "\xff\xff\xff\xff\xff\xff"
			 "\x52\x54\0\1\2\3\x80\x35\0\1\x08\0\6\4\0\3"
			 "\x52\x54\0\1\2\3\0\0\0\0\x52\x54\0\1\2\3", 38);
}
END_TEST

/* A new userland goes on in the rings where the old one was. */
START_TEST(another_back_end_goes_on)
{
	uint8_t out[BUF];

	fake_machine_start(&m, kinds[_i]);
	for (unsigned int i = 1; i < 20; i++) {
		lab_transmit_plain(small, SMALL);
		ck_assert_uint_eq(seen.frames, i);
		for (unsigned int r = 0; r < 2; r++)
			fake_machine_stop_ring(&m, r);
		for (unsigned int r = 0; r < 2; r++)
			fake_machine_start_ring(&m, r);
		fake_machine_offer(&m, 1, BUF);
		lab_send(small, SMALL, NULL);
		fake_machine_turn(&m);
		ck_assert(fake_machine_receive(&m, out, sizeof(out), NULL));
	}
}
END_TEST

START_TEST(what_the_guest_receives_is_in_the_log)
{
	struct fake_mem bits = fake_mem_new();
	struct ul_vhost_msg msg = {
		.request = UL_VHOST_SET_LOG_BASE, .body = UL_VHOST_BODY_LOG,
		.log = { FAKE_MEM_LEN, 0 },
	};
	size_t page;

	fake_machine_start(&m, FAKE_F_MODERN);
	fake_machine_send(&m, &msg, &bits.fd, 1);
	fake_machine_send_u64(&m, UL_VHOST_SET_FEATURES,
			      FAKE_F_MODERN | FAKE_F_LOG, -1);
	ck_assert(port->is_attached);
	fake_machine_offer(&m, 1, BUF);
	lab_send(small, SMALL, NULL);
	fake_machine_turn(&m);
	page = fake_gpa(FAKE_RX_BUFS) / 4096;
	ck_assert(bits.data[page / 8] & 1 << page % 8);
	page = fake_gpa(m.ring[FAKE_RX].device) / 4096;
	ck_assert(bits.data[page / 8] & 1 << page % 8);
	memset(bits.data, 0, FAKE_MEM_LEN);
	fake_machine_send_u64(&m, UL_VHOST_SET_FEATURES, FAKE_F_MODERN, -1);
	fake_machine_offer(&m, 1, BUF);
	lab_send(small, SMALL, NULL);
	fake_machine_turn(&m);
	ck_assert_uint_eq(bits.data[page / 8], 0);
	fake_mem_free(&bits);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vhost_net");
	TCase *tc = tcase_create("vhost_net");

	tcase_add_checked_fixture(tc, lab_setup, lab_teardown);
	tcase_add_loop_test(tc, frames_come_and_go, 0, KINDS);
	tcase_add_test(tc, a_chain_of_pieces_is_one_frame);
	tcase_add_loop_test(tc, super_frames_pass_whole, 0, SUPER_KINDS);
	tcase_add_test(tc, a_guest_without_offload_gets_whole_frames);
	tcase_add_loop_test(tc,
			    a_lying_header_is_counted_and_the_next_frame_passes,
			    0, KINDS);
	tcase_add_loop_test(tc, a_guest_without_buffers_is_waited_for, 0,
			    KINDS);
	tcase_add_loop_test(tc, a_super_frame_waits_for_all_its_buffers, 0, 4);
	tcase_add_test(tc, a_frame_that_fits_no_buffer_is_dropped);
	tcase_add_loop_test(tc, a_frame_in_too_many_pieces_is_dropped, 0,
			    4);
	tcase_add_loop_test(tc, a_stalled_receiver_does_not_hold_the_ring, 0,
			    KINDS);
	tcase_add_loop_test(tc, a_guest_waits_while_all_buffers_are_kept, 0,
			    KINDS);
	tcase_add_test(tc, a_driver_that_is_not_there_costs_nothing);
	tcase_add_test(tc, a_new_driver_may_want_other_features);
	tcase_add_loop_test(tc, memory_may_change_while_rings_run, 0, KINDS);
	tcase_add_loop_test(tc, a_batch_is_one_call, 0, KINDS);
	tcase_add_test(tc, a_broken_ring_costs_its_own_port_only);
	tcase_add_test(tc, memory_that_is_taken_away_ends_the_port);
	tcase_add_test(tc, rarp_speaks_for_the_guest);
	tcase_add_loop_test(tc, another_back_end_goes_on, 0, KINDS);
	tcase_add_test(tc, what_the_guest_receives_is_in_the_log);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
