/* SPDX-License-Identifier: BSD-3-Clause */
/* test_uplink_spec.c - rules of --uplink: every form, every error */
#include <errno.h>
#include <glib.h>
#include <stddef.h>
#include <sys/un.h>

#include "conf/uplink_spec.h"
#include "harness.h"

/* What each is told as by describe(). */
static const struct {
	const char *text, *told;
} good[] = {
	{ "fd:3", "fd 3" },
	{ "fd:2147483647", "fd 2147483647" },
	{ "fd:5,mac=shared", "fd 5 shared" },
	{ "tap:tap0", "tap tap0" },
	{ "tap:a23456789012345,mac=shared", "tap a23456789012345 shared" },
	{ "helper:br0", "helper br0" },
	{ "helper:br-lan.7,mac=shared", "helper br-lan.7 shared" },
	{ "trunk:/run/lab.sock", "trunk /run/lab.sock" },
	{ "trunk:./a:b", "trunk ./a:b" },
	{ "trunk:@lab", "trunk @lab" },
	{ "trunk:@lab/2", "trunk @lab/2" },
	{ "trunk:127.0.0.1:7000", "trunk 127.0.0.1:7000" },
	{ "trunk:[2001:db8::1]:7000", "trunk [2001:db8::1]:7000" },
	{ "trunk:listen:/run/lab.sock", "trunk listens /run/lab.sock" },
	{ "trunk:listen:@lab", "trunk listens @lab" },
	{ "trunk:listen:0.0.0.0:7000", "trunk listens 0.0.0.0:7000" },
	{ "trunk:listen:[::]:7000", "trunk listens [::]:7000" },
	{ "vxlan:42@192.0.2.1=192.0.2.2",
	  "vxlan 42 192.0.2.1:4789 192.0.2.2:4789" },
	{ "vxlan:0@192.0.2.1:8472=192.0.2.2,192.0.2.3:4789",
	  "vxlan 0 192.0.2.1:8472 192.0.2.2:8472 192.0.2.3:4789" },
	{ "vxlan:16777215@2001:db8::1=2001:db8::2,[2001:db8::3]:5000",
	  "vxlan 16777215 [2001:db8::1]:4789 [2001:db8::2]:4789 "
	  "[2001:db8::3]:5000" },
	{ "vxlan:7@[::]:5000=2001:db8::2",
	  "vxlan 7 [::]:5000 [2001:db8::2]:5000" },
	{ "vxlan:7@127.0.0.1:5000=127.0.0.1:5001",
	  "vxlan 7 127.0.0.1:5000 127.0.0.1:5001" },
};

static const struct {
	const char *text;
	const char *says;	/* a part of the error */
} bad[] = {
	{ "", "'' is no uplink: write fd:N, tap:NAME" },
	{ "eth0", "'eth0' is no uplink" },
	{ "bridge:br0", "'bridge' is no kind of uplink" },
	{ "VXLAN:1@192.0.2.1=192.0.2.2", "'VXLAN' is no kind" },
	{ "fd:", "'' is no inherited descriptor" },
	{ "fd:2", "write a number from 3 on" },
	{ "fd:-1", "'-1' is no inherited descriptor" },
	{ "fd:2147483648", "is no inherited descriptor" },
	{ "fd:3,", "'' is no option of fd" },
	{ "fd:3,mac=own", "'mac=own' is no option of fd: write mac=shared" },
	{ "fd:3,mac=shared,mac=shared", "is no option of fd" },
	{ "tap:", "'' is no name of an interface" },
	{ "tap:a234567890123456", "write 1 to 15 characters" },
	{ "tap:a b", "'a b' is no name" },
	{ "tap:a/b", "'a/b' is no name" },
	{ "tap:eth0:1", "'eth0:1' is no name" },
	{ "tap:..", "as in tap:tap0" },
	{ "helper:.", "as in helper:br0" },
	{ "helper:br0,shared", "'shared' is no option of helper" },
	{ "trunk:", "the trunk's address is empty" },
	{ "trunk:listen:", "the trunk's address is empty" },
	{ "trunk:@", "the abstract socket has no name" },
	{ "trunk:lab.sock", "a path with a '/' in it" },
	{ "trunk:localhost:7000", "with HOST a number" },
	{ "trunk:192.0.2.1", "the trunk's port is missing" },
	{ "trunk:2001:db8::1", "the trunk's port is missing" },
	{ "trunk:192.0.2.1:0", "is no address of a trunk" },
	{ "trunk:0.0.0.0:7000", "not the address of one host" },
	{ "trunk:224.0.0.1:7000", "not the address of one host" },
	{ "vxlan:", "the local address is missing" },
	{ "vxlan:42=192.0.2.2", "the local address is missing" },
	{ "vxlan:42@192.0.2.1", "the remotes are missing" },
	{ "vxlan:42@192.0.2.1=", "the remotes are missing" },
	{ "vxlan:@192.0.2.1=192.0.2.2", "'' is no VNI" },
	{ "vxlan:16777216@192.0.2.1=192.0.2.2", "from 0 to 16777215" },
	{ "vxlan:x@192.0.2.1=192.0.2.2", "'x' is no VNI" },
	{ "vxlan:42@=192.0.2.2", "'' is not the local address" },
	{ "vxlan:42@host=192.0.2.2", "'host' is not the local address" },
	{ "vxlan:42@224.0.0.1=192.0.2.2", "is a multicast group" },
	{ "vxlan:42@fe80::1=fe80::2", "is link-local" },
	{ "vxlan:42@192.0.2.1:0=192.0.2.2", "is not the local address" },
	{ "vxlan:42@192.0.2.1=,192.0.2.2", "'' is not the remote address" },
	{ "vxlan:42@192.0.2.1=192.0.2.2,", "'' is not the remote address" },
	{ "vxlan:42@192.0.2.1=web", "'web' is not the remote address" },
	{ "vxlan:42@192.0.2.1=239.1.1.1", "list the remotes one by one" },
	{ "vxlan:42@192.0.2.1=0.0.0.0", "not the address of one host" },
	{ "vxlan:42@192.0.2.1=255.255.255.255", "not the address of one" },
	{ "vxlan:42@192.0.2.1=2001:db8::2", "are of two families" },
	{ "vxlan:42@192.0.2.1=192.0.2.1", "is the local address" },
	{ "vxlan:42@192.0.2.1=192.0.2.2,192.0.2.2:4789", "is there twice" },
};

static void describe_trunk(const struct ul_uplink_conf *u, GString *s)
{
	const struct sockaddr_un *sun = (const struct sockaddr_un *)&u->trunk;
	char buf[UL_EP_STRLEN];
	struct ul_ep ep;

	g_string_append(s, u->trunk_listens ? " listens " : " ");
	if (u->trunk.ss_family != AF_UNIX) {
		ck_assert_int_eq(ul_ep_from_sa(&ep, (const struct sockaddr *)
					       &u->trunk), 0);
		g_string_append(s, ul_ep_str(&ep, buf));
	} else if (sun->sun_path[0]) {
		ck_assert_uint_eq(u->trunk_len, strlen(sun->sun_path) + 1 +
				  offsetof(struct sockaddr_un, sun_path));
		g_string_append(s, sun->sun_path);
	} else {
		g_string_append_printf(s, "@%.*s", (int)(u->trunk_len - 1 -
				offsetof(struct sockaddr_un, sun_path)),
				sun->sun_path + 1);
	}
}

static char *describe(const struct ul_uplink_conf *u)
{
	GString *s = g_string_new(ul_uplink_kind_name(u->kind));
	char buf[UL_EP_STRLEN];

	if (u->kind == UL_UPLINK_FD)
		g_string_append_printf(s, " %d", u->fd);
	else
		ck_assert_int_eq(u->fd, -1);
	if (u->name)
		g_string_append_printf(s, " %s", u->name);
	if (u->kind == UL_UPLINK_TRUNK)
		describe_trunk(u, s);
	if (u->kind == UL_UPLINK_VXLAN)
		g_string_append_printf(s, " %u %s", u->vni,
				       ul_ep_str(&u->local, buf));
	for (unsigned int i = 0; i < u->remote_count; i++)
		g_string_append_printf(s, " %s",
				       ul_ep_str(&u->remotes[i], buf));
	g_string_append(s, u->shares_mac ? " shared" : "");
	return g_string_free(s, FALSE);
}

START_TEST(every_form_is_understood)
{
	struct ul_uplink_conf *u = NULL;
	g_autofree char *told = NULL;
	char *error = NULL;
	int rc = ul_uplink_spec_parse(&u, good[_i].text, &error);

	ck_assert_msg(rc == 0, "%s: %s", good[_i].text, error);
	ck_assert_ptr_null(error);
	ck_assert_str_eq(u->text, good[_i].text);
	told = describe(u);
	ck_assert_str_eq(told, good[_i].told);
	ul_uplink_conf_free(u);
}
END_TEST

START_TEST(every_error_names_its_reason)
{
	struct ul_uplink_conf *u = NULL;
	char *error = NULL;

	ck_assert_int_eq(ul_uplink_spec_parse(&u, bad[_i].text, &error),
			 -EINVAL);
	ck_assert_ptr_null(u);
	ck_assert_ptr_nonnull(error);
	ck_assert_msg(strstr(error, bad[_i].says) != NULL, "%s", error);
	g_free(error);
}
END_TEST

START_TEST(every_truncation_ends_well)
{
	const char *text = good[_i].text;

	for (size_t len = 0; len < strlen(text); len++) {
		struct ul_uplink_conf *u = NULL;
		char *cut = g_strndup(text, len), *error = NULL;
		int rc = ul_uplink_spec_parse(&u, cut, &error);

		ck_assert((rc == 0) == (u != NULL));
		ck_assert((rc == -EINVAL) == (error != NULL));
		ul_uplink_conf_free(u);
		g_free(error);
		g_free(cut);
	}
}
END_TEST

START_TEST(remotes_are_bounded)
{
	for (unsigned int n = UL_UPLINK_REMOTES_MAX;
	     n <= UL_UPLINK_REMOTES_MAX + 1; n++) {
		GString *s = g_string_new("vxlan:1@192.0.2.1=");
		struct ul_uplink_conf *u = NULL;
		char *error = NULL;
		int rc;

		for (unsigned int i = 0; i < n; i++)
			g_string_append_printf(s, "%s198.51.100.%u",
					       i ? "," : "", i + 1);
		rc = ul_uplink_spec_parse(&u, s->str, &error);
		ck_assert_int_eq(rc, n > UL_UPLINK_REMOTES_MAX ? -EINVAL : 0);
		ul_uplink_conf_free(u);
		g_free(error);
		g_string_free(s, TRUE);
	}
}
END_TEST

START_TEST(socket_names_are_bounded)
{
	for (size_t len = 107; len <= 108; len++) {
		g_autofree char *name = g_strnfill(len, 'x');
		g_autofree char *text = g_strconcat("trunk:", name, NULL);
		struct ul_uplink_conf *u = NULL;
		char *error = NULL;

		text[strlen("trunk:")] = '/';
		ck_assert_int_eq(ul_uplink_spec_parse(&u, text, &error),
				 len > 107 ? -EINVAL : 0);
		if (error)
			ck_assert_str_eq(error, "the socket's name has 108 "
					 "bytes and may have 107");
		ul_uplink_conf_free(u);
		g_free(error);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("uplink_spec");
	TCase *tc = tcase_create("uplink_spec");

	tcase_add_loop_test(tc, every_form_is_understood, 0,
			    G_N_ELEMENTS(good));
	tcase_add_loop_test(tc, every_error_names_its_reason, 0,
			    G_N_ELEMENTS(bad));
	tcase_add_loop_test(tc, every_truncation_ends_well, 0,
			    G_N_ELEMENTS(good));
	tcase_add_test(tc, remotes_are_bounded);
	tcase_add_test(tc, socket_names_are_bounded);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
