/* SPDX-License-Identifier: BSD-3-Clause */
/* test_conn_share.c - what a stalled connection leaves to the others */
#include "fake/tcp_guest.h"
#include "harness.h"

#define SEGMENT 1400
#define FRAMES 64	/* of the port, together */

static struct wire wire;
static struct ul_stack *stack;
static struct ul_buf_pool *frames;
static struct guest g;
static uint8_t bytes[2 * FRAMES * SEGMENT], got[sizeof(bytes)];

static void setup(void)
{
	wire_init(&wire);
	stack = wire_stack_new(&wire);
	frames = ul_buf_pool_new(2048, FRAMES * 2048);
	guest_init(&g, stack, &wire, frames, true, 1000);
	stream_fill(bytes, 0, sizeof(bytes));
}

static void teardown(void)
{
	guest_fini(&g);
	wire_clear(&wire);
	ck_assert_uint_eq(ul_stack_pinned_bytes(stack), 0);
	ck_assert_uint_eq(ul_buf_pool_in_use(frames), 0);
	ul_stack_free(stack);
	ul_buf_pool_free(frames);
}

/* Frames that are kept are no longer the port's to receive with. */
START_TEST(half_of_the_port_stays_free)
{
	guest_open(&g, guest_usual_options, sizeof(guest_usual_options));
	for (size_t at = 0; at < sizeof(bytes); at += SEGMENT) {
		guest_send(&g, bytes + at, SEGMENT);
		ul_conn_settle(g.conn);
		ck_assert_uint_le(ul_buf_pool_in_use(frames),
				  ul_buf_pool_max(frames) / 2);
	}
	/* Some were kept: copying all would be no answer. */
	ck_assert_uint_ge(ul_buf_pool_in_use(frames),
			  ul_buf_pool_max(frames) / 4);
	ck_assert_uint_eq(host_receive(&g, got, sizeof(got)), sizeof(bytes));
	ck_assert_mem_eq(got, bytes, sizeof(bytes));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("conn_share");
	TCase *tc = tcase_create("conn_share");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, half_of_the_port_stays_free);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
