/* SPDX-License-Identifier: BSD-3-Clause */
/* test_trunk.c - both ends of a trunk, on real sockets and a virtual clock */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>

#include "base/addr.h"
#include "harness.h"
#include "link/stream.h"
#include "link/trunk.h"

#define PORTS_MAX 64

/* One of the two processes. */
struct side {
	bool refuses;
	bool hangs_up;			/* frees each port at once */
	unsigned int attached, detached, frames;
	size_t last_len;
	struct ul_port *port;		/* the last that attached and is left */
	struct ul_port *over[PORTS_MAX];
	unsigned int over_count;
};

static int64_t now;
static struct ul_loop *loop;
static struct side here, there;
static struct ul_listener *dialer, *waiter;
static char path[64];

static int64_t fake_clock(void *arg)
{
	return now;
}

static void on_frame(struct ul_port *p, struct ul_frame *f, void *arg)
{
	struct side *s = arg;

	s->frames++;
	s->last_len = f->len;
}

static void on_event(struct ul_port *p, void *arg)
{
}

static void on_detached(struct ul_port *p, void *arg)
{
	struct side *s = arg;

	s->detached++;
	s->port = NULL;
	ck_assert_uint_lt(s->over_count, PORTS_MAX);
	s->over[s->over_count++] = p;
}

static const struct ul_port_handler port_handler = {
	.frame = on_frame, .batch_end = on_event, .has_room = on_event,
	.detached = on_detached,
};

static bool may_attach(const char **why, void *arg)
{
	struct side *s = arg;

	*why = "the test has it so";
	return !s->refuses;
}

static void on_attached(struct ul_port *take_port, void *arg)
{
	struct side *s = arg;

	s->attached++;
	if (s->hangs_up) {
		ul_port_free(take_port);
		return;
	}
	ck_assert_ptr_null(s->port);
	ul_port_set_handler(take_port, &port_handler, s);
	s->port = take_port;
}

static const struct ul_listener_handler handler = {
	.may_attach = may_attach, .attached = on_attached,
};

static void free_over(struct side *s)
{
	while (s->over_count)
		ul_port_free(s->over[--s->over_count]);
}

static void turns(int n)
{
	while (n--) {
		ck_assert_int_eq(ul_loop_turn(loop, 0), 0);
		free_over(&here);
		free_over(&there);
	}
}

/* Turn while @us of the virtual clock go by. */
static void pass(int64_t us)
{
	for (int64_t end = now + us; now < end; now += 50000)
		turns(4);
}

static void set_up(void)
{
	memset(&here, 0, sizeof(here));
	memset(&there, 0, sizeof(there));
	now = 1;
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	dialer = waiter = NULL;
	snprintf(path, sizeof(path), "/tmp/ul-trunk-%d.sock", getpid());
}

static void tear_down(void)
{
	ul_listener_free(dialer);
	ul_listener_free(waiter);
	ul_port_free(here.port);
	ul_port_free(there.port);
	ul_loop_free(loop);
	unlink(path);
}

enum kind { ABSTRACT, FILE_PATH, TCP4, TCP6 };
#define KINDS (TCP6 + 1)

/* A TCP port that is free now. */
static socklen_t free_tcp(struct sockaddr_storage *sa, const char *addr)
{
	struct ul_ep ep = { .port = 0 };
	socklen_t len;
	int fd;

	ul_addr_parse(&ep.addr, addr);
	len = ul_ep_to_sa(&ep, sa);
	fd = socket(sa->ss_family, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)sa, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)sa, &len), 0);
	close(fd);
	return len;
}

static socklen_t make_address(struct sockaddr_storage *sa, enum kind kind)
{
	struct sockaddr_un *sun = (struct sockaddr_un *)sa;
	size_t base = offsetof(struct sockaddr_un, sun_path);

	if (kind == TCP4 || kind == TCP6)
		return free_tcp(sa, kind == TCP4 ? "127.0.0.1" : "::1");
	memset(sa, 0, sizeof(*sa));
	sun->sun_family = AF_UNIX;
	strcpy(sun->sun_path, path);
	if (kind == FILE_PATH)
		return (socklen_t)(base + strlen(path) + 1);
	sun->sun_path[0] = '\0';
	return (socklen_t)(base + strlen(path));
}

static void dial(const struct sockaddr_storage *sa, socklen_t len)
{
	dialer = ul_trunk_dial(loop, (const struct sockaddr *)sa, len, NULL,
			       &handler, &here);
}

static void wait_for(const struct sockaddr_storage *sa, socklen_t len)
{
	char *error = NULL;

	waiter = ul_trunk_wait(loop, (const struct sockaddr *)sa, len, NULL,
			       &handler, &there, &error);
	ck_assert_msg(waiter != NULL, "%s", error);
}

static void send_frame(struct side *from, size_t len)
{
	static uint8_t data[100];
	struct ul_piece piece = { data, len, NULL };

	ck_assert_int_eq(ul_port_send(from->port, &piece, 1, NULL), 0);
	turns(3);
}

static void check_cable(size_t len)
{
	ck_assert_ptr_nonnull(here.port);
	ck_assert_ptr_nonnull(there.port);
	send_frame(&here, len);
	ck_assert_uint_eq(there.last_len, len);
	send_frame(&there, len + 1);
	ck_assert_uint_eq(here.last_len, len + 1);
}

START_TEST(both_ends_get_a_port)
{
	struct sockaddr_storage sa;
	socklen_t len = make_address(&sa, (enum kind)_i);

	wait_for(&sa, len);
	dial(&sa, len);
	ck_assert_uint_eq(here.attached, 0);	/* within a turn only */
	turns(5);
	ck_assert_uint_eq(here.attached, 1);
	ck_assert_uint_eq(there.attached, 1);
	check_cable(60);
}
END_TEST

START_TEST(it_dials_until_somebody_waits)
{
	struct sockaddr_storage sa;
	socklen_t len = make_address(&sa, (enum kind)_i);

	dial(&sa, len);
	pass(30000000);
	ck_assert_uint_eq(here.attached, 0);
	wait_for(&sa, len);
	pass(UL_TRUNK_RETRY_MAX_US + 100000);
	ck_assert_uint_eq(here.attached, 1);
	check_cable(60);
}
END_TEST

START_TEST(a_trunk_that_breaks_is_made_anew)
{
	struct sockaddr_storage sa;
	socklen_t len = make_address(&sa, (enum kind)_i);

	wait_for(&sa, len);
	dial(&sa, len);
	for (unsigned int i = 1; i <= 5; i++) {
		pass(2 * UL_TRUNK_RETRY_MAX_US);
		ck_assert_uint_eq(here.attached, i);
		ck_assert_uint_eq(there.attached, i);
		check_cable(50 + i);
		/* Each side may be the one that goes. */
		if (i % 2) {
			ul_port_free(there.port);
			there.port = NULL;
		} else {
			ul_port_free(here.port);
			here.port = NULL;
		}
		turns(3);
		ck_assert_uint_eq(here.detached + there.detached, i);
		/* One that lasted is dialled anew soon. */
		pass(UL_TRUNK_RETRY_MIN_US + 100000);
		ck_assert_uint_eq(here.attached, i + 1);
	}
}
END_TEST

/* 0.2 + 0.4 + ... + 3.2, then 5 seconds each. */
START_TEST(who_hangs_up_is_not_dialled_in_circles)
{
	struct sockaddr_storage sa;
	socklen_t len = make_address(&sa, (enum kind)_i);

	there.hangs_up = true;
	wait_for(&sa, len);
	dial(&sa, len);
	pass(60000000);
	ck_assert_uint_ge(here.attached, 14);
	ck_assert_uint_le(here.attached, 18);
	ck_assert_uint_eq(here.detached, here.attached);
	there.hangs_up = false;
	pass(UL_TRUNK_RETRY_MAX_US + 100000);
	check_cable(60);
}
END_TEST

START_TEST(an_owner_that_wants_none_gets_none)
{
	struct sockaddr_storage sa;
	socklen_t len = make_address(&sa, ABSTRACT);

	here.refuses = true;
	wait_for(&sa, len);
	dial(&sa, len);
	pass(10000000);
	ck_assert_uint_eq(here.attached, 0);
	here.refuses = false;
	pass(UL_TRUNK_RETRY_MAX_US + 100000);
	check_cable(60);
}
END_TEST

START_TEST(an_owner_may_free_the_port_at_once)
{
	struct sockaddr_storage sa;
	socklen_t len = make_address(&sa, ABSTRACT);

	here.hangs_up = true;
	wait_for(&sa, len);
	dial(&sa, len);
	pass(10000000);
	ck_assert_uint_ge(here.attached, 2);
	ck_assert_uint_le(here.attached, 8);
	ck_assert_ptr_null(here.port);
}
END_TEST

START_TEST(ports_outlive_their_makers)
{
	struct sockaddr_storage sa;
	socklen_t len = make_address(&sa, (enum kind)_i);

	wait_for(&sa, len);
	dial(&sa, len);
	turns(5);
	ul_listener_free(dialer);
	ul_listener_free(waiter);
	dialer = waiter = NULL;
	check_cable(60);
	ul_port_free(there.port);
	there.port = NULL;
	turns(3);
	ck_assert_uint_eq(here.detached, 1);
	pass(10000000);
	ck_assert_uint_eq(here.attached, 1);
}
END_TEST

START_TEST(sockets_leave_no_file)
{
	struct sockaddr_storage sa;
	socklen_t len = make_address(&sa, FILE_PATH);
	struct stat st;

	wait_for(&sa, len);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ul_listener_free(waiter);
	waiter = NULL;
	ck_assert_int_eq(stat(path, &st), -1);
}
END_TEST

START_TEST(an_address_in_use_is_named)
{
	struct sockaddr_storage sa;
	socklen_t len = make_address(&sa, (enum kind)_i);
	char *error = NULL;

	wait_for(&sa, len);
	ck_assert_ptr_null(ul_trunk_wait(loop, (struct sockaddr *)&sa, len,
					 NULL, &handler, &here, &error));
	ck_assert_ptr_nonnull(error);
	if (_i == TCP4)
		ck_assert_ptr_nonnull(strstr(error, "127.0.0.1:"));
	else if (_i == TCP6)
		ck_assert_ptr_nonnull(strstr(error, "[::1]:"));
	else
		ck_assert_ptr_nonnull(strstr(error, path + 1));
	g_free(error);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("trunk");
	TCase *tc = tcase_create("trunk");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, both_ends_get_a_port, 0, KINDS);
	tcase_add_loop_test(tc, it_dials_until_somebody_waits, 0, KINDS);
	tcase_add_loop_test(tc, a_trunk_that_breaks_is_made_anew, 0, KINDS);
	tcase_add_loop_test(tc, who_hangs_up_is_not_dialled_in_circles, 0,
			    KINDS);
	tcase_add_test(tc, an_owner_that_wants_none_gets_none);
	tcase_add_test(tc, an_owner_may_free_the_port_at_once);
	tcase_add_loop_test(tc, ports_outlive_their_makers, 0, KINDS);
	tcase_add_test(tc, sockets_leave_no_file);
	tcase_add_loop_test(tc, an_address_in_use_is_named, 0, KINDS);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
