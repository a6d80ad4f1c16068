/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ctl_dns.c - commands about the network's DNS */
#include <unistd.h>

#include "fake/ctl_client.h"
#include "fake/fake_network.h"
#include "harness.h"

#define SERVER(command, server) \
	"{\"execute\":\"" command "\",\"arguments\":{\"server\":\"" server "\"}}"

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

/* Each command, and the class of its error; "": it worked. */
static const struct {
	const char *request, *class;
} commands[] = {
	{ SERVER("dns-add", "corp.example=192.0.2.1"), "" },
	{ SERVER("dns-add", "corp.example"), "GenericError" },
	{ SERVER("dns-remove", "corp.example=192.0.2.1"), "" },
	{ SERVER("dns-remove", "corp.example"), "" },
	{ SERVER("dns-remove", "other.example"), "DeviceNotFound" },
	{ "{\"execute\":\"dns-add\"}", "GenericError" },
	{ "{\"execute\":\"dns-add\",\"arguments\":{\"server\":5}}",
	  "GenericError" },
};

START_TEST(servers_come_and_go)
{
	ctl_lab_expect(ctl_lab_ask(&lab, fd, commands[_i].request),
		       commands[_i].class);
}
END_TEST

START_TEST(flushing_tells_how_many)
{
	json_t *answer = ctl_lab_ask(&lab, fd, "{\"execute\":\"dns-flush\"}");
	json_t *result = json_object_get(answer, "return");

	ck_assert_int_eq(json_integer_value(json_object_get(result,
							    "flushed")), 7);
	ctl_lab_expect(answer, "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl_dns");
	TCase *tc = tcase_create("ctl_dns");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, servers_come_and_go, 0,
			    sizeof(commands) / sizeof(*commands));
	tcase_add_test(tc, flushing_tells_how_many);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
