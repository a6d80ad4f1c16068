/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ctl.c - clients of the control socket, the patient and the hostile */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/client.h"
#include "ctl/event.h"
#include "ctl/framer.h"
#include "fake/ctl_client.h"
#include "harness.h"

#define WHICH "{\"execute\":\"query-version\"}"
#define READY "{\"execute\":\"qmp_capabilities\"}"
#define SECOND 1000000ll

static struct ctl_lab lab;
static unsigned int fds_before;

static unsigned int open_fds(void)
{
	unsigned int count = 0;
	DIR *dir = opendir("/proc/self/fd");

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void setup(void)
{
	fds_before = open_fds();
	ctl_lab_init(&lab);
}

/* Every test ends with the descriptors that it began with. */
static void teardown(void)
{
	ctl_lab_fini(&lab);
	ck_assert_uint_eq(open_fds(), fds_before);
}

static void expect_over(int fd)
{
	bool is_over = false;

	for (int i = 0; i < 100 && !is_over; i++)
		json_decref(ctl_lab_read(&lab, fd, &is_over));
	ck_assert(is_over);
	close(fd);
	ctl_lab_turns(&lab, 2);
}

static void expect_alive(int fd)
{
	ctl_lab_expect(ctl_lab_ask(&lab, fd, WHICH), "");
}

START_TEST(a_client_is_greeted_as_by_qemu)
{
	int fd = ctl_lab_connect(&lab);
	json_t *greeting = ctl_lab_read(&lab, fd, NULL);
	const char *package;
	json_t *list;
	int major = -1, minor = -1, micro = -1;

	ck_assert_int_eq(json_unpack_ex(
		greeting, NULL, JSON_STRICT,
		"{s:{s:{s:{s:i, s:i, s:i}, s:s}, s:o}}", "QMP", "version",
		"qemu", "major", &major, "minor", &minor, "micro", &micro,
		"package", &package, "capabilities", &list), 0);
	ck_assert(major >= 0 && minor >= 0 && micro >= 0);
	ck_assert(strstr(package, "userlan"));
	ck_assert(json_is_array(list) && !json_array_size(list));
	json_decref(greeting);
	close(fd);
}
END_TEST

START_TEST(nothing_is_done_before_the_capabilities)
{
	int fd = ctl_lab_connect(&lab);

	json_decref(ctl_lab_read(&lab, fd, NULL));
	ctl_lab_expect(ctl_lab_ask(&lab, fd, WHICH), "CommandNotFound");
	ctl_lab_expect(ctl_lab_ask(&lab, fd, READY), "");
	ctl_lab_expect(ctl_lab_ask(&lab, fd, READY), "CommandNotFound");
	expect_alive(fd);
	close(fd);
}
END_TEST

static const char *const ids[] = {
	"1", "\"a\"", "null", "{\"deep\":[true,{}]}", "[]", "-7.5",
};

START_TEST(the_id_comes_back)
{
	int fd = ctl_lab_join(&lab);
	json_t *id = json_loads(ids[_i], JSON_DECODE_ANY, NULL);
	g_autofree char *good = g_strdup_printf(
		"{\"id\":%s,\"execute\":\"query-version\"}", ids[_i]);
	g_autofree char *bad = g_strdup_printf(
		"{\"execute\":\"no\",\"id\":%s}", ids[_i]);
	json_t *answer = ctl_lab_ask(&lab, fd, good);

	ck_assert(json_equal(json_object_get(answer, "id"), id));
	ctl_lab_expect(answer, "");
	answer = ctl_lab_ask(&lab, fd, bad);
	ck_assert(json_equal(json_object_get(answer, "id"), id));
	ctl_lab_expect(answer, "CommandNotFound");
	json_decref(id);
	close(fd);
}
END_TEST

static const char *const malformed[] = {
	"{\"execute\":}\n",
	"{\"execute\":\"query-version\",}\n",
	"{\"execute\":\"query-version\"]\n",
	"{'execute':'query-version'}\n",
	"{\"execute\":\"query-version\",\"execute\":\"quit\"}\n",
	"{\"execute\":\"query-version\",\"id\":{\"a\":1,\"a\":1}}\n",
	"{\"execute\":\"query-version\n",
	"{\"execute\":\"\\ud800\"}\n",
	"{\"execute\":\"\\u0000\"}\n",
	"{\"execute\":\"\xff\xfe\"}\n",
	"{\"execute\":\"\xc0\xaf\"}\n",
	"{\"id\":99999999999999999999}\n",
	"{\"id\":1e999}\n",
	"{\"id\":01}\n",
	"{\"id\":NaN}\n",
	"{\"a\":\"\x01\"}\n",
	"{}{",
	"[]\n",
	"\xff\n",
	"quit\n",
	"}\n",
	"{\"execute\":1}\n",
	"{\"execute\":\"query-version\",\"arguments\":[]}\n",
	"{\"execute\":\"query-version\",\"arguments\":null}\n",
	"{\"execute\":\"query-version\",\"control\":{}}\n",
	"{\"exec-oob\":\"query-version\"}\n",
	"{\"execute\":\"query-version\",\"arguments\":{\"x\":1}}\n",
};

/* One error, and the next command is understood. */
START_TEST(malformed_requests_are_errors_and_no_more)
{
	int fd = ctl_lab_join(&lab);

	ctl_lab_expect(ctl_lab_ask(&lab, fd, malformed[_i]), "GenericError");
	if (g_str_has_suffix(malformed[_i], "\n"))
		expect_alive(fd);
	close(fd);
}
END_TEST

START_TEST(bytes_of_zero_are_errors)
{
	static const char bytes[] = "{\"a\":\0}\n";
	int fd = ctl_lab_join(&lab);

	ck_assert_int_eq(send(fd, bytes, sizeof(bytes) - 1, 0),
			 sizeof(bytes) - 1);
	ctl_lab_expect(ctl_lab_read(&lab, fd, NULL), "GenericError");
	expect_alive(fd);
	close(fd);
}
END_TEST

static const char getfd[] =
	"{\"execute\":\"getfd\",\"arguments\":{\"fdname\":\"f\"}}";

/* Each truncation: no answer, no harm, and no descriptor left behind. */
START_TEST(a_client_may_go_in_the_middle)
{
	int fd = ctl_lab_join(&lab);
	int pass = open("/dev/null", O_RDONLY);
	g_autofree char *cut = g_strndup(getfd, (gsize)_i);

	ctl_lab_send_fds(fd, cut, &pass, 1);
	ck_assert_ptr_null(ctl_lab_read(&lab, fd, NULL));
	close(fd);
	close(pass);
	ctl_lab_turns(&lab, 3);
	ck_assert_uint_eq(ul_ctl_clients(lab.ctl), 0);
}
END_TEST

START_TEST(a_request_may_come_byte_by_byte)
{
	int fd = ctl_lab_join(&lab);

	for (const char *s = WHICH; *s; s++) {
		ck_assert_int_eq(send(fd, s, 1, 0), 1);
		ctl_lab_turns(&lab, 1);
	}
	ctl_lab_expect(ctl_lab_read(&lab, fd, NULL), "");
	close(fd);
}
END_TEST

START_TEST(requests_in_a_row_are_answered_in_order)
{
	int fd = ctl_lab_join(&lab);
	GString *all = g_string_new(NULL);

	for (int i = 0; i < 1000; i++)
		g_string_append_printf(all, "{\"execute\":\"query-policy\","
				       "\"id\":%d}", i);
	ctl_lab_send(fd, all->str);
	for (int i = 0; i < 1000; i++) {
		json_t *answer = ctl_lab_read(&lab, fd, NULL);

		ck_assert_int_eq(json_integer_value(
			json_object_get(answer, "id")), i);
		ctl_lab_expect(answer, "");
	}
	g_string_free(all, TRUE);
	close(fd);
}
END_TEST

/* Its commands count although it hears none of the answers. */
START_TEST(a_client_may_talk_and_leave)
{
	int fd = ctl_lab_join(&lab);

	ctl_lab_send(fd, WHICH WHICH WHICH
		     "{\"execute\":\"policy-set\",\"arguments\":"
		     "{\"egress\":\"none\"}}");
	close(fd);
	ctl_lab_turns(&lab, 5);
	ck_assert_str_eq(lab.network.egress, "none");
	ck_assert_uint_eq(ul_ctl_clients(lab.ctl), 0);
}
END_TEST

START_TEST(a_client_may_say_that_it_has_said_all)
{
	int fd = ctl_lab_join(&lab);

	ctl_lab_send(fd, WHICH WHICH);
	shutdown(fd, SHUT_WR);
	ctl_lab_expect(ctl_lab_read(&lab, fd, NULL), "");
	ctl_lab_expect(ctl_lab_read(&lab, fd, NULL), "");
	expect_over(fd);
	ck_assert_uint_eq(ul_ctl_clients(lab.ctl), 0);
}
END_TEST

START_TEST(a_message_that_is_too_long_ends_its_client)
{
	int fd = ctl_lab_join(&lab), other = ctl_lab_join(&lab);
	char chunk[1024];
	ssize_t sent = 0, n = 1;

	memset(chunk, ' ', sizeof(chunk));
	chunk[0] = '{';
	for (int i = 0; i < 200 && n > 0; i++) {
		n = send(fd, chunk, sizeof(chunk), MSG_NOSIGNAL);
		sent += n > 0 ? n : 0;
		chunk[0] = ' ';
		ctl_lab_turns(&lab, 1);
	}
	ck_assert_int_gt(sent, UL_FRAMER_MAX - 1024);
	ck_assert_int_lt(sent, 3 * UL_FRAMER_MAX);
	ctl_lab_expect(ctl_lab_read(&lab, fd, NULL), "GenericError");
	expect_over(fd);
	expect_alive(other);
	close(other);
}
END_TEST

START_TEST(a_deep_message_is_an_error)
{
	int fd = ctl_lab_join(&lab);
	GString *deep = g_string_new("{\"id\":");

	for (int i = 0; i < 5000; i++)
		g_string_append_c(deep, '[');
	for (int i = 0; i < 5000; i++)
		g_string_append_c(deep, ']');
	g_string_append_c(deep, '}');
	ctl_lab_send(fd, deep->str);
	ctl_lab_expect(ctl_lab_read(&lab, fd, NULL), "GenericError");
	expect_alive(fd);
	g_string_free(deep, TRUE);
	close(fd);
}
END_TEST

START_TEST(clients_are_counted)
{
	int fds[UL_CTL_CLIENTS_MAX];
	int more;

	for (int i = 0; i < UL_CTL_CLIENTS_MAX; i++)
		fds[i] = ctl_lab_join(&lab);
	more = ctl_lab_connect(&lab);
	ctl_lab_expect(ctl_lab_read(&lab, more, NULL), "GenericError");
	expect_over(more);
	close(fds[0]);
	ctl_lab_turns(&lab, 2);
	fds[0] = ctl_lab_join(&lab);
	for (int i = 0; i < UL_CTL_CLIENTS_MAX; i++) {
		expect_alive(fds[i]);
		close(fds[i]);
	}
}
END_TEST

static void emit(int count)
{
	while (count--)
		fake_network_all_events(&lab.network);
}

START_TEST(a_client_that_reads_no_events_is_dropped)
{
	int fd = ctl_lab_join(&lab), other = ctl_lab_join(&lab);

	/* Within the rate of events, and long before it counts as stalled. */
	for (int i = 0; i < 1000 && ul_ctl_clients(lab.ctl) == 2; i++) {
		lab.now_us += SECOND / UL_EVENT_GUEST_RATE;
		emit(1);
		ctl_lab_turns(&lab, 1);
		for (int n = 1; n > 0;) {
			char sink[65536];

			n = (int)recv(other, sink, sizeof(sink), 0);
		}
	}
	ck_assert_uint_eq(ul_ctl_clients(lab.ctl), 1);
	expect_alive(other);
	close(fd);
	close(other);
}
END_TEST

START_TEST(a_long_answer_is_no_reason_to_be_dropped)
{
	int fd = ctl_lab_join(&lab);
	json_t *answer;

	fake_network_fill(&lab.network);
	ctl_lab_send(fd, "{\"execute\":\"query-ports\"}");
	ctl_lab_turns(&lab, 3);
	emit(3);
	answer = ctl_lab_read(&lab, fd, NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(answer, "return")),
			  FAKE_PORTS_MAX);
	json_decref(answer);
	answer = ctl_lab_read(&lab, fd, NULL);
	ck_assert_ptr_nonnull(json_object_get(answer, "event"));
	json_decref(answer);
	close(fd);
}
END_TEST

START_TEST(a_client_that_reads_no_answers_waits_and_is_dropped)
{
	int fd = ctl_lab_join(&lab), other = ctl_lab_join(&lab);
	ssize_t n = 0;

	/* It cannot make us keep more: its own socket fills up. */
	for (int i = 0; i < 20000; i++) {
		n = send(fd, WHICH, strlen(WHICH), MSG_NOSIGNAL);
		ctl_lab_turns(&lab, 1);
	}
	ck_assert_int_eq(n, -1);
	ck_assert_int_eq(errno, EAGAIN);
	lab.now_us += UL_CLIENT_STALL_US - SECOND;
	ctl_lab_turns(&lab, 2);
	ck_assert_uint_eq(ul_ctl_clients(lab.ctl), 2);
	lab.now_us += 2 * SECOND;
	ctl_lab_turns(&lab, 2);
	ck_assert_uint_eq(ul_ctl_clients(lab.ctl), 1);
	expect_alive(other);
	close(fd);
	close(other);
}
END_TEST

START_TEST(a_slow_reader_gets_all)
{
	int fd = ctl_lab_join(&lab);
	int asked = 0, got = 0;

	while (got < 3000) {
		json_t *answer;

		while (asked < 3000 && send(fd, WHICH, strlen(WHICH),
					    MSG_NOSIGNAL) > 0)
			asked++;
		answer = ctl_lab_read(&lab, fd, NULL);
		ctl_lab_expect(answer, "");
		got++;
		lab.now_us += SECOND;
	}
	close(fd);
}
END_TEST

START_TEST(events_are_for_those_who_joined)
{
	int fd = ctl_lab_connect(&lab);
	json_t *json;

	json_decref(ctl_lab_read(&lab, fd, NULL));
	emit(1);
	ck_assert_ptr_null(ctl_lab_read(&lab, fd, NULL));
	ctl_lab_expect(ctl_lab_ask(&lab, fd, READY), "");
	emit(1);
	for (int i = 0; i < UL_EVENT_SHUTDOWN; i++) {
		json_int_t seconds = 0, us = -1;
		const char *name;
		json_t *data;

		json = ctl_lab_read(&lab, fd, NULL);
		ck_assert_int_eq(json_unpack_ex(
			json, NULL, JSON_STRICT, "{s:s, s:o, s:{s:I, s:I}}",
			"event", &name, "data", &data, "timestamp",
			"seconds", &seconds, "microseconds", &us), 0);
		ck_assert_str_eq(name, ul_event_names[i]);
		ck_assert(json_is_object(data) && json_object_size(data));
		ck_assert(seconds > 1500000000 && us >= 0 && us < 1000000);
		json_decref(json);
	}
	ul_ctl_say_shutdown(lab.ctl, "signal");
	json = ctl_lab_read(&lab, fd, NULL);
	ck_assert_str_eq(json_string_value(json_object_get(json, "event")),
			 "SHUTDOWN");
	json_decref(json);
	close(fd);
}
END_TEST

static int count_events(int fd, const char *name, json_int_t *left_out)
{
	json_t *json;
	int count = 0;

	*left_out = 0;
	while ((json = ctl_lab_read(&lab, fd, NULL)) != NULL) {
		json_t *data = json_object_get(json, "data");

		if (!strcmp(name, json_string_value(
			    json_object_get(json, "event")))) {
			*left_out += json_integer_value(
				json_object_get(data, "left-out"));
			count++;
		}
		json_decref(json);
	}
	return count;
}

START_TEST(events_that_guests_cause_are_held_to_a_rate)
{
	int fd = ctl_lab_join(&lab);
	json_int_t left_out;

	emit(UL_EVENT_BURST + 7);
	ck_assert_int_eq(count_events(fd, "FLOW_DENIED", &left_out),
			 UL_EVENT_BURST);
	lab.now_us += 1 * SECOND;
	ctl_lab_turns(&lab, 1);
	emit(1);
	ck_assert_int_eq(count_events(fd, "FLOW_DENIED", &left_out), 1);
	ck_assert_int_eq(left_out, 7);
	close(fd);
}
END_TEST

/* A guest that attaches and leaves without end, or leases all addresses. */
START_TEST(ports_and_leases_are_held_to_a_rate)
{
	static const char *const names[] = {
		"PORT_CONNECTED", "PORT_DISCONNECTED", "LEASE_ADDED",
		"LEASE_EXPIRED",
	};
	int fd = ctl_lab_join(&lab), count = 0;
	json_int_t left_out;

	for (int i = 0; i < UL_EVENT_GUEST_BURST + 9; i++) {
		emit(1);
		if (i % 64 == 0)
			count += count_events(fd, names[_i], &left_out);
	}
	count += count_events(fd, names[_i], &left_out);
	ck_assert_int_eq(count, UL_EVENT_GUEST_BURST);
	lab.now_us += 1 * SECOND;
	ctl_lab_turns(&lab, 1);
	emit(1);
	ck_assert_int_eq(count_events(fd, names[_i], &left_out), 1);
	ck_assert_int_eq(left_out, 9);
	close(fd);
}
END_TEST

START_TEST(the_network_may_go_first)
{
	int fd = ctl_lab_join(&lab);

	ul_ctl_say_shutdown(lab.ctl, "quit");
	ctl_lab_fini(&lab);
	ctl_lab_init(&lab);
	/* What was said is there still. */
	json_decref(ctl_lab_read(&lab, fd, NULL));
	expect_over(fd);
}
END_TEST

/* Only who runs it, and root, who may be the same. */
START_TEST(the_socket_lets_its_user_in)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	g_autofree char *dir = g_dir_make_tmp("ul-ctl-XXXXXX", NULL);
	json_t *greeting;

	g_snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/s", dir);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sun, sizeof(sun)),
			 0);
	ck_assert_int_eq(listen(listener, 4), 0);
	ck_assert_int_eq(ul_ctl_listen(lab.ctl, listener), 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	greeting = ctl_lab_read(&lab, fd, NULL);
	ck_assert_ptr_nonnull(json_object_get(greeting, "QMP"));
	json_decref(greeting);
	close(fd);
	g_unlink(sun.sun_path);
	g_rmdir(dir);
}
END_TEST

START_TEST(reload_tells_changes_or_why_there_are_none)
{
	static const char reload[] = "{\"execute\":\"reload\"}";
	int fd = ctl_lab_join(&lab);
	json_t *answer = ctl_lab_ask(&lab, fd, reload);
	json_t *o = json_object_get(answer, "return");
	json_t *waits = json_object_get(o, "needs-restart");

	ck_assert_uint_eq(json_array_size(json_object_get(o, "changed")), 2);
	ck_assert_uint_eq(json_array_size(waits), 1);
	ck_assert_str_eq(json_string_value(json_object_get(
				json_array_get(waits, 0), "option")), "mtu");
	json_decref(answer);
	lab.reload_error = "lab.conf:7: no";
	answer = ctl_lab_ask(&lab, fd, reload);
	o = json_object_get(answer, "error");
	ck_assert_str_eq(json_string_value(json_object_get(o, "desc")),
			 "lab.conf:7: no");
	json_decref(answer);
	ck_assert_uint_eq(lab.reloads, 2);
	close(fd);
	ctl_lab_turns(&lab, 2);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl");
	TCase *tc = tcase_create("clients");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_client_is_greeted_as_by_qemu);
	tcase_add_test(tc, reload_tells_changes_or_why_there_are_none);
	tcase_add_test(tc, nothing_is_done_before_the_capabilities);
	tcase_add_loop_test(tc, the_id_comes_back, 0, G_N_ELEMENTS(ids));
	tcase_add_loop_test(tc, malformed_requests_are_errors_and_no_more, 0,
			    G_N_ELEMENTS(malformed));
	tcase_add_test(tc, bytes_of_zero_are_errors);
	tcase_add_loop_test(tc, a_client_may_go_in_the_middle, 1,
			    sizeof(getfd) - 1);
	tcase_add_test(tc, a_request_may_come_byte_by_byte);
	tcase_add_test(tc, requests_in_a_row_are_answered_in_order);
	tcase_add_test(tc, a_client_may_talk_and_leave);
	tcase_add_test(tc, a_client_may_say_that_it_has_said_all);
	tcase_add_test(tc, a_message_that_is_too_long_ends_its_client);
	tcase_add_test(tc, a_deep_message_is_an_error);
	tcase_add_test(tc, clients_are_counted);
	tcase_add_test(tc, a_client_that_reads_no_events_is_dropped);
	tcase_add_test(tc, a_long_answer_is_no_reason_to_be_dropped);
	tcase_add_test(tc, a_client_that_reads_no_answers_waits_and_is_dropped);
	tcase_add_test(tc, a_slow_reader_gets_all);
	tcase_add_test(tc, events_are_for_those_who_joined);
	tcase_add_test(tc, events_that_guests_cause_are_held_to_a_rate);
	tcase_add_loop_test(tc, ports_and_leases_are_held_to_a_rate, 0, 4);
	tcase_add_test(tc, the_network_may_go_first);
	tcase_add_test(tc, the_socket_lets_its_user_in);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
