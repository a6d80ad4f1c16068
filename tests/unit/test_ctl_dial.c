/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ctl_dial.c - commands whose outcome takes time: connect and probe */
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/later.h"
#include "fake/ctl_client.h"
#include "harness.h"

static struct ctl_lab lab;
static int fd;

static void setup(void)
{
	ctl_lab_init(&lab);
	fd = ctl_lab_join(&lab);
}

static void teardown(void)
{
	close(fd);
	ctl_lab_fini(&lab);
}

/* @command is a name, or a name and its arguments: "closefd 'fdname':'a'". */
static char *request_of(const char *command)
{
	g_autofree char *quoted = g_strdelimit(g_strdup(command), "'", '"');
	char *args = strchr(quoted, ' ');

	if (!args)
		return g_strdup_printf("{\"execute\":\"%s\"}", quoted);
	*args++ = '\0';
	return g_strdup_printf("{\"execute\":\"%s\",\"arguments\":{%s}}",
			       quoted, args);
}

static json_t *ask(const char *command)
{
	g_autofree char *request = request_of(command);

	return ctl_lab_ask(&lab, fd, request);
}

/* The value of "return": the caller's. */
static json_t *query(const char *command)
{
	json_t *answer = ask(command);
	json_t *result = json_incref(json_object_get(answer, "return"));

	ctl_lab_expect(answer, "");
	return result;
}

static const char *text_of(const json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

/* What waits for a guest holds up nobody, this client neither. */
START_TEST(an_outcome_is_answered_when_it_is_known)
{
	int other = ctl_lab_join(&lab);
	json_t *answer;

	ctl_lab_send(fd, "{\"execute\":\"probe\",\"id\":[1],\"arguments\":"
		     "{\"guest\":\"web\",\"port\":22}}");
	ck_assert_ptr_null(ctl_lab_read(&lab, fd, NULL));
	ctl_lab_expect(ask("query-version"), "");
	ctl_lab_expect(ctl_lab_ask(&lab, other,
				   "{\"execute\":\"query-version\"}"), "");
	ck_assert_uint_eq(lab.network.dial_count, 1);
	fake_network_answer(&lab.network, _i ? UL_GREETING_ACCEPTED :
					       UL_GREETING_REFUSED);
	answer = ctl_lab_read(&lab, fd, NULL);
	ck_assert_int_eq(json_integer_value(json_array_get(
		json_object_get(answer, "id"), 0)), 1);
	ck_assert_int_eq(json_is_true(json_object_get(
		json_object_get(answer, "return"), "listening")), _i);
	json_decref(answer);
	close(other);
}
END_TEST

START_TEST(a_descriptor_is_connected)
{
	int sv[2];
	char byte;
	json_t *result;

	lab.network.is_prompt = true;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	ctl_lab_send_fds(fd, "{\"execute\":\"getfd\",\"arguments\":"
			 "{\"fdname\":\"a\"}}", &sv[1], 1);
	ctl_lab_expect(ctl_lab_read(&lab, fd, NULL), "");
	close(sv[1]);
	result = query("connect 'guest':'web','port':22,'fdname':'a',"
		       "'first':'0aFF'");
	ck_assert_str_eq(text_of(result, "outcome"), "accepted");
	ck_assert_str_eq(text_of(result, "address"), "10.0.2.15");
	ck_assert(json_is_true(json_object_get(result, "connected")));
	json_decref(result);
	ctl_lab_expect(ask("closefd 'fdname':'a'"), "GenericError");
	ck_assert_int_eq(read(sv[0], &byte, 1), 0);	/* the fake's end */
	close(sv[0]);
}
END_TEST

static const char *const bad_dials[][2] = {
	{ "probe 'guest':'web','port':0", "GenericError" },
	{ "probe 'guest':'web','port':65536", "GenericError" },
	{ "probe 'guest':'web','port':1,'timeout':0", "GenericError" },
	{ "probe 'guest':'web','port':1,'timeout':61", "GenericError" },
	{ "probe 'guest':'nobody','port':1", "DeviceNotFound" },
	{ "connect 'guest':'web','port':1,'fdname':'none'", "GenericError" },
	{ "connect 'guest':'web','port':1,'fdname':'a','first':'5'",
	  "GenericError" },
	{ "connect 'guest':'web','port':1,'fdname':'a','first':'5g'",
	  "GenericError" },
};

START_TEST(a_bad_dial_is_refused_at_once)
{
	ctl_lab_expect(ask(bad_dials[_i][0]), bad_dials[_i][1]);
	ck_assert_uint_eq(lab.network.dial_count, 0);
}
END_TEST

/* The limit; and with the client all that it waits for ends. */
START_TEST(what_waits_ends_with_its_client)
{
	static const char probe[] = "{\"execute\":\"probe\",\"arguments\":"
				    "{\"guest\":\"web\",\"port\":22}}";
	int other = ctl_lab_join(&lab);

	for (int i = 0; i < UL_LATERS_MAX; i++)
		ctl_lab_send(other, probe);
	ck_assert_ptr_null(ctl_lab_read(&lab, other, NULL));
	ctl_lab_expect(ctl_lab_ask(&lab, other, probe), "GenericError");
	ck_assert_uint_eq(lab.network.dial_count, UL_LATERS_MAX);
	shutdown(other, SHUT_WR);	/* it listens yet */
	ctl_lab_turns(&lab, 3);
	ck_assert_uint_eq(lab.network.dial_count, UL_LATERS_MAX);
	close(other);
	ctl_lab_turns(&lab, 3);
	ck_assert_uint_eq(lab.network.dial_count, 0);
	ck_assert_uint_eq(ul_ctl_clients(lab.ctl), 1);
}
END_TEST

/* A dial may cost another its place, and that is an event for this client. */
START_TEST(an_event_meanwhile_finds_nobody)
{
	int other = ctl_lab_join(&lab);

	lab.network.is_crowded = true;
	ctl_lab_send(other, "{\"execute\":\"probe\",\"arguments\":"
		     "{\"guest\":\"web\",\"port\":22}}");
	close(other);
	ctl_lab_turns(&lab, 3);
	ck_assert_uint_eq(lab.network.dial_count, 0);
	ck_assert_uint_eq(ul_ctl_clients(lab.ctl), 1);
}
END_TEST

START_TEST(who_says_no_more_is_answered_yet)
{
	bool is_over = false;
	int other = ctl_lab_join(&lab);

	ctl_lab_send(other, "{\"execute\":\"probe\",\"arguments\":"
		     "{\"guest\":\"web\",\"port\":22}}");
	ctl_lab_turns(&lab, 2);
	shutdown(other, SHUT_WR);
	ctl_lab_turns(&lab, 3);
	fake_network_answer(&lab.network, UL_GREETING_ACCEPTED);
	ctl_lab_expect(ctl_lab_read(&lab, other, NULL), "");
	ck_assert_ptr_null(ctl_lab_read(&lab, other, &is_over));
	ck_assert(is_over);
	close(other);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl_dial");
	TCase *tc = tcase_create("dial");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, an_outcome_is_answered_when_it_is_known, 0, 2);
	tcase_add_test(tc, a_descriptor_is_connected);
	tcase_add_loop_test(tc, a_bad_dial_is_refused_at_once, 0,
			    G_N_ELEMENTS(bad_dials));
	tcase_add_test(tc, what_waits_ends_with_its_client);
	tcase_add_test(tc, an_event_meanwhile_finds_nobody);
	tcase_add_test(tc, who_says_no_more_is_answered_yet);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
