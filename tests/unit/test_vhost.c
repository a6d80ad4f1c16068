/* SPDX-License-Identifier: BSD-3-Clause */
/* test_vhost.c - the messages of a machine, well meant or not */
#include "fake/vhost_lab.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>

static bool is_over(void)
{
	return seen.detached;
}

static void send_ack(struct ul_vhost_msg msg, const int *fds,
		     unsigned int count)
{
	msg.wants_reply = true;
	fake_machine_send(&m, &msg, fds, count);
}

/* REPLY_ACK, RARP and others. */
#define PROTOCOL 0x901e

static uint64_t ask(enum ul_vhost_request request)
{
	struct ul_vhost_msg reply, msg = { .request = request };

	fake_machine_send(&m, &msg, NULL, 0);
	ck_assert(fake_machine_reply(&m, &reply, NULL));
	ck_assert_int_eq(reply.request, request);
	return reply.u64;
}

START_TEST(what_is_offered_is_told)
{
	uint64_t features = ask(UL_VHOST_GET_FEATURES);

	ck_assert_uint_eq(features & FAKE_F_MODERN, FAKE_F_MODERN);
	ck_assert(features & FAKE_F_PACKED);
	ck_assert_uint_eq(ask(UL_VHOST_GET_PROTOCOL_FEATURES), PROTOCOL);
	ck_assert_uint_eq(ask(UL_VHOST_GET_QUEUE_NUM), 1);
	ck_assert_uint_eq(ask(UL_VHOST_GET_MAX_MEM_SLOTS),
			  UL_GUEST_MEM_REGIONS_MAX);
}
END_TEST

static const struct ul_vhost_msg refused[] = {
	{ .request = UL_VHOST_SET_FEATURES, .body = UL_VHOST_BODY_U64,
	  .u64 = 1ull << 63 },
	{ .request = UL_VHOST_SET_FEATURES, .body = UL_VHOST_BODY_U64,
	  .u64 = 1ull << 10 },
	{ .request = UL_VHOST_SET_PROTOCOL_FEATURES,
	  .body = UL_VHOST_BODY_U64, .u64 = 1 },
	{ .request = UL_VHOST_SET_VRING_NUM, .body = UL_VHOST_BODY_VRING,
	  .vring = { 2, 64 } },
	{ .request = UL_VHOST_SET_VRING_NUM, .body = UL_VHOST_BODY_VRING,
	  .vring = { UINT32_MAX, 64 } },
	{ .request = UL_VHOST_SET_VRING_NUM, .body = UL_VHOST_BODY_VRING,
	  .vring = { 0, 0 } },
	{ .request = UL_VHOST_SET_VRING_NUM, .body = UL_VHOST_BODY_VRING,
	  .vring = { 0, 32769 } },
	{ .request = UL_VHOST_SET_VRING_BASE, .body = UL_VHOST_BODY_VRING,
	  .vring = { 2, 0 } },
	{ .request = UL_VHOST_SET_VRING_ENABLE, .body = UL_VHOST_BODY_VRING,
	  .vring = { 2, 1 } },
	{ .request = UL_VHOST_SET_VRING_ENABLE, .body = UL_VHOST_BODY_VRING,
	  .vring = { 0, 2 } },
	{ .request = UL_VHOST_SET_VRING_ADDR, .body = UL_VHOST_BODY_ADDR,
	  .addr = { .index = 2 } },
	{ .request = UL_VHOST_SET_VRING_KICK, .body = UL_VHOST_BODY_U64,
	  .u64 = UL_VHOST_RING_NOFD },
	{ .request = UL_VHOST_SET_VRING_CALL, .body = UL_VHOST_BODY_U64,
	  .u64 = UL_VHOST_RING_NOFD | 2 },
	{ .request = UL_VHOST_SET_LOG_BASE, .body = UL_VHOST_BODY_LOG,
	  .log = { 4096, 0 } },
	{ .request = UL_VHOST_NET_SET_MTU, .body = UL_VHOST_BODY_U64,
	  .u64 = 67 },
	{ .request = UL_VHOST_NET_SET_MTU, .body = UL_VHOST_BODY_U64,
	  .u64 = 65536 },
	{ .request = UL_VHOST_REM_MEM_REG, .body = UL_VHOST_BODY_REGION,
	  .region = { 0, 4096, 0, 0 } },
};
#define REFUSED ((int)(sizeof(refused) / sizeof(refused[0])))

/* Who asks to be told is told, and goes on. */
START_TEST(a_false_message_is_refused)
{
	struct ul_vhost_msg reply;

	fake_machine_send_u64(&m, UL_VHOST_SET_PROTOCOL_FEATURES, PROTOCOL,
			      -1);
	send_ack(refused[_i], NULL, 0);
	ck_assert(fake_machine_reply(&m, &reply, NULL));
	ck_assert_uint_eq(reply.u64, 1);
	ck_assert(!is_over());
	fake_machine_start(&m, FAKE_F_MODERN);
	lab_transmit_plain("0123456789abcdef", 16);
	ck_assert_uint_eq(seen.frames, 1);
}
END_TEST

/* Who does not is let go. */
START_TEST(a_false_message_is_the_end)
{
	fake_machine_send(&m, &refused[_i], NULL, 0);
	ck_assert(is_over());
}
END_TEST

/* Not more than one port may be hurt by bytes. */
static const struct {
	uint32_t word[4];
	unsigned int words;
} malformed[] = {
	{ { 1, 0, 0 }, 3 },		/* no version */
	{ { 1, 5, 0 }, 3 },		/* a reply */
	{ { 1, 1, 0xffffffff }, 3 },
	{ { 1, 1, 265 }, 3 },
	{ { 1, 1, 4, 0 }, 4 },
	{ { 0, 1, 0 }, 3 },
	{ { 28, 1, 0 }, 3 },
	{ { 5, 1, 4, 1 }, 4 },
	{ { 1000, 9, 0 }, 3 },
};
#define MALFORMED ((int)(sizeof(malformed) / sizeof(malformed[0])))

START_TEST(malformed_bytes_are_the_end)
{
	size_t len = malformed[_i].words * 4;

	ck_assert_int_eq(send(m.sock, malformed[_i].word, len, 0), (int)len);
	fake_machine_turn(&m);
	ck_assert(is_over());
}
END_TEST

START_TEST(a_message_may_come_in_pieces)
{
	uint32_t word[5] = { UL_VHOST_SET_FEATURES, 1, 8 };
	uint64_t features = FAKE_F_MODERN;

	memcpy(word + 3, &features, 8);
	for (size_t i = 0; i < sizeof(word); i++) {
		ck_assert_int_eq(send(m.sock, (char *)word + i, 1, 0), 1);
		fake_machine_turn(&m);
		ck_assert(!port->can_offload || i == sizeof(word) - 1);
	}
	ck_assert(port->can_offload);
}
END_TEST

static unsigned int open_fds(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Descriptors that are too many, or with the wrong message, are closed. */
START_TEST(descriptors_do_not_leak)
{
	int fds[UL_VHOST_FDS_MAX + 1];
	unsigned int before = open_fds();
	struct ul_vhost_msg msg = { .request = UL_VHOST_SET_OWNER };

	for (unsigned int i = 0; i <= UL_VHOST_FDS_MAX; i++)
		fds[i] = m.mem.fd;
	fake_machine_send(&m, &msg, fds, (unsigned int)_i);
	ck_assert(is_over());
	ck_assert_uint_eq(open_fds(), before - 1);
}
END_TEST

/* What we watch or write to must not be able to make us wait. */
START_TEST(kicks_and_calls_are_by_eventfd)
{
	static const enum ul_vhost_request requests[] = {
		UL_VHOST_SET_VRING_KICK, UL_VHOST_SET_VRING_CALL,
	};
	int pair[2];

	ck_assert_int_eq(pipe(pair), 0);
	fake_machine_send_u64(&m, requests[_i % 2], 0, m.call[0]);
	ck_assert(!is_over());
	fake_machine_send_u64(&m, requests[_i % 2], 0,
			      _i / 2 == 0 ? pair[1] : _i / 2 == 1 ? m.mem.fd :
			      m.sock);
	ck_assert(is_over());
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(rings_leave_no_descriptor)
{
	unsigned int before = open_fds();

	fake_machine_send_table(&m);
	ck_assert_uint_eq(open_fds(), before);

	for (int i = 0; i < 20; i++) {
		fake_machine_start(&m, FAKE_F_MODERN);
		fake_machine_stop_ring(&m, FAKE_RX);
		fake_machine_stop_ring(&m, FAKE_TX);
	}
	ck_assert_uint_le(open_fds(), before + 2);
	fake_machine_start(&m, FAKE_F_MODERN);
	close(m.sock);
	m.sock = -1;
	fake_machine_turn(&m);
	ck_assert(is_over());
	ck_assert_uint_le(open_fds(), before - 2);
	/* Our end of a kick is gone from the loop, though others have it. */
	fake_machine_kick(&m, FAKE_TX);
}
END_TEST

START_TEST(a_region_may_come_and_go)
{
	struct ul_vhost_msg reply, msg = {
		.request = UL_VHOST_REM_MEM_REG, .body = UL_VHOST_BODY_REGION,
		.region = m.mem.region[1],
	};
	uint8_t frame[64] = { 1 };

	fake_machine_start(&m, FAKE_F_MODERN);
	fake_machine_send_u64(&m, UL_VHOST_SET_PROTOCOL_FEATURES, PROTOCOL,
			      -1);
	send_ack(msg, NULL, 0);
	ck_assert(fake_machine_reply(&m, &reply, NULL));
	ck_assert_uint_eq(reply.u64, 0);
	msg.request = UL_VHOST_ADD_MEM_REG;
	send_ack(msg, &m.mem.fd, 1);
	ck_assert(fake_machine_reply(&m, &reply, NULL));
	ck_assert_uint_eq(reply.u64, 0);
	send_ack(msg, &m.mem.fd, 1);
	ck_assert(fake_machine_reply(&m, &reply, NULL));
	ck_assert_uint_eq(reply.u64, 1);
	lab_transmit_plain(frame, sizeof(frame));
	ck_assert_uint_eq(seen.frames, 1);
}
END_TEST

START_TEST(features_stay_while_rings_run)
{
	fake_machine_start(&m, FAKE_F_MODERN);
	fake_machine_send_u64(&m, UL_VHOST_SET_FEATURES,
			      FAKE_F_MODERN | FAKE_F_PACKED, -1);
	ck_assert(is_over());
}
END_TEST

START_TEST(an_inflight_region_is_made)
{
	struct ul_vhost_msg reply, msg = {
		.request = UL_VHOST_GET_INFLIGHT_FD,
		.body = UL_VHOST_BODY_INFLIGHT, .inflight = { 0, 0, 2, 64 },
	};
	int fd;

	fake_machine_send(&m, &msg, NULL, 0);
	ck_assert(fake_machine_reply(&m, &reply, &fd));
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(lseek(fd, 0, SEEK_END), (off_t)reply.inflight.len);
	ck_assert_uint_ge(reply.inflight.len, 2 * 64 * 16);
	msg.request = UL_VHOST_SET_INFLIGHT_FD;
	msg.inflight = reply.inflight;
	fake_machine_send(&m, &msg, &fd, 1);
	ck_assert(!is_over());
	/* The base may be a stale one then; what was used counts. */
	m.base[FAKE_TX] = 0;
	fake_machine_start(&m, FAKE_F_MODERN);
	for (int i = 0; i < 5; i++)
		lab_transmit_plain(m.mem.data, 64);
	fake_machine_stop_ring(&m, FAKE_TX);
	m.base[FAKE_TX] = 0;
	fake_machine_start_ring(&m, FAKE_TX);
	lab_transmit_plain(m.mem.data, 64);
	ck_assert_uint_eq(seen.frames, 6);
	msg.request = UL_VHOST_GET_INFLIGHT_FD;
	msg.inflight.queues = 17;
	fake_machine_send(&m, &msg, NULL, 0);
	ck_assert(is_over());
	close(fd);
}
END_TEST

START_TEST(a_machine_that_reads_no_replies_is_let_go)
{
	struct ul_vhost_msg msg = { .request = UL_VHOST_GET_FEATURES };

	for (int i = 0; i < 100000 && !is_over(); i++)
		fake_machine_send(&m, &msg, NULL, 0);
	ck_assert(is_over());
}
END_TEST

int main(void)
{
	Suite *s = suite_create("vhost");
	TCase *tc = tcase_create("vhost");

	tcase_add_checked_fixture(tc, lab_setup, lab_teardown);
	tcase_add_test(tc, what_is_offered_is_told);
	tcase_add_loop_test(tc, a_false_message_is_refused, 0, REFUSED);
	tcase_add_loop_test(tc, a_false_message_is_the_end, 0, REFUSED);
	tcase_add_loop_test(tc, malformed_bytes_are_the_end, 0, MALFORMED);
	tcase_add_test(tc, a_message_may_come_in_pieces);
	tcase_add_loop_test(tc, descriptors_do_not_leak, 1,
			    UL_VHOST_FDS_MAX + 2);
	tcase_add_loop_test(tc, kicks_and_calls_are_by_eventfd, 0, 6);
	tcase_add_test(tc, rings_leave_no_descriptor);
	tcase_add_test(tc, a_region_may_come_and_go);
	tcase_add_test(tc, features_stay_while_rings_run);
	tcase_add_test(tc, an_inflight_region_is_made);
	tcase_add_test(tc, a_machine_that_reads_no_replies_is_let_go);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
