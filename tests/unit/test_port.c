/* SPDX-License-Identifier: BSD-3-Clause */
/* test_port.c - a frame to a port, as the port can take it */
#include "link/port.h"

#include <errno.h>

#include "fake/super_frame.h"
#include "harness.h"

struct fake {
	struct ul_port port;
	unsigned int frames, room;
	size_t last_len;
	struct ul_offload last;
};

static int fake_send(struct ul_port *port, const struct ul_piece *piece,
		     unsigned int count, const struct ul_offload *offload)
{
	struct fake *f = (struct fake *)port;

	if (f->frames == f->room)
		return -ENOBUFS;
	f->frames++;
	f->last_len = ul_pieces_len(piece, count);
	f->last = offload ? *offload : (struct ul_offload){ 0 };
	return 0;
}

static const struct ul_port_ops fake_ops = { .send = fake_send };

static int send_to(struct fake *f, const struct super_frame *s)
{
	struct ul_piece piece = { s->frame, s->len, NULL };

	f->port.ops = &fake_ops;
	return ul_port_send(&f->port, &piece, 1, &s->offload);
}

START_TEST(who_cannot_take_it_gets_segments)
{
	struct fake f = { .room = 1000 };
	struct super_frame s;

	super_frame_make(&s, &super_kinds[0]);
	ck_assert_int_eq(send_to(&f, &s), 0);
	ck_assert_uint_eq(f.frames, 45);
	ck_assert_uint_eq(f.last_len, s.hdr_len + 65000 - 44 * 1448);
	ck_assert_int_eq(f.last.csum, UL_CSUM_UNKNOWN);
}
END_TEST

START_TEST(who_can_gets_it_whole)
{
	struct fake f = { .room = 1000, .port.can_offload = true };
	struct super_frame s;

	super_frame_make(&s, &super_kinds[0]);
	ck_assert_int_eq(send_to(&f, &s), 0);
	ck_assert_uint_eq(f.frames, 1);
	ck_assert_uint_eq(f.last_len, s.len);
	ck_assert_uint_eq(f.last.gso_size, s.offload.gso_size);
	s.offload.gso_size = 0;
	ck_assert_int_eq(send_to(&f, &s), 0);
	ck_assert_int_eq(f.last.csum, UL_CSUM_PARTIAL);
}
END_TEST

/* super_kinds[6] is UDP. */
START_TEST(udp_is_another_ability)
{
	struct fake f = { .room = 1000, .port.can_offload = true };
	struct super_frame s;

	super_frame_make(&s, &super_kinds[6]);
	ck_assert_int_eq(send_to(&f, &s), 0);
	ck_assert_uint_eq(f.frames, 7);
	f.port.can_uso = true;
	ck_assert_int_eq(send_to(&f, &s), 0);
	ck_assert_uint_eq(f.frames, 8);
}
END_TEST

START_TEST(only_the_first_segment_is_held_back)
{
	struct fake f = { .room = 0 };
	struct super_frame s;

	super_frame_make(&s, &super_kinds[0]);
	ck_assert_int_eq(send_to(&f, &s), -ENOBUFS);
	f.room = 3;
	ck_assert_int_eq(send_to(&f, &s), 0);
	ck_assert_uint_eq(f.frames, 3);
}
END_TEST

START_TEST(lies_are_refused)
{
	struct fake f = { .room = 1000 };
	struct super_frame s;

	super_frame_make(&s, &super_kinds[0]);
	s.offload.csum_start = 60000;
	ck_assert_int_eq(send_to(&f, &s), -EBADMSG);
	ck_assert_uint_eq(f.frames, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("port");
	TCase *tc = tcase_create("port");

	tcase_add_test(tc, who_cannot_take_it_gets_segments);
	tcase_add_test(tc, who_can_gets_it_whole);
	tcase_add_test(tc, udp_is_another_ability);
	tcase_add_test(tc, only_the_first_segment_is_held_back);
	tcase_add_test(tc, lies_are_refused);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
