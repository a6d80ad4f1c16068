/* SPDX-License-Identifier: BSD-3-Clause */
/* test_ctl_cmd.c - what the commands of the control socket do */
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/client.h"
#include "fake/ctl_ask.h"
#include "harness.h"

START_TEST(the_network_is_told)
{
	json_t *o = query("query-network");

	ck_assert_str_eq(text_of(o, "name"), "lab");
	ck_assert_str_eq(text_of(o, "mode"), "nat-network");
	ck_assert_str_eq(text_of(o, "subnet"), "10.0.2.0/24");
	ck_assert_str_eq(text_of(o, "gateway"), "10.0.2.2");
	ck_assert_str_eq(text_of(o, "gateway6"), "fd00::2");
	ck_assert_str_eq(text_of(o, "egress"), "any");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "guests")), 2);
	ck_assert_int_eq(json_integer_value(json_object_get(o, "uptime")), 5);
	json_decref(o);
	lab.network.is_bare = true;
	o = query("query-network");
	ck_assert_ptr_null(json_object_get(o, "subnet"));
	ck_assert_uint_eq(json_array_size(json_object_get(o, "uplinks")), 0);
	json_decref(o);
}
END_TEST

START_TEST(ports_are_told)
{
	json_t *list = query("query-ports");
	json_t *web = json_array_get(list, 0), *db = json_array_get(list, 1);
	json_t *counters = json_object_get(web, "counters");

	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_str_eq(text_of(web, "name"), "web");
	ck_assert_str_eq(text_of(web, "kind"), "guest");
	ck_assert_str_eq(text_of(web, "mac"), "52:54:00:00:00:01");
	ck_assert_int_eq(json_integer_value(
		json_object_get(web, "attached")), 61);
	/* More than JSON's reader takes, told as the most that it does. */
	ck_assert_int_eq(json_integer_value(
		json_object_get(counters, "rx-bytes")), INT64_MAX);
	ck_assert_ptr_null(json_object_get(db, "mac"));
	ck_assert_str_eq(text_of(json_object_get(db, "conflict"), "with"),
			 "web");
	json_decref(list);
}
END_TEST

START_TEST(flows_are_told_in_pages)
{
	json_t *o = query("query-flows 'limit':2,'port':'web'");
	json_t *list = json_object_get(o, "flows");
	json_t *one = json_array_get(list, 0), *two = json_array_get(list, 1);

	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_int_eq(int_of(o, "total"), FAKE_FLOWS);
	ck_assert(json_is_true(json_object_get(o, "truncated")));
	ck_assert_int_eq(int_of(o, "next"), 2);
	ck_assert_str_eq(text_of(one, "protocol"), "udp");
	ck_assert_str_eq(text_of(one, "direction"), "out");
	ck_assert_int_eq(int_of(one, "peers"), 3);
	ck_assert_int_eq(int_of(one, "from-guest"), INT64_MAX);
	ck_assert_int_eq(int_of(one, "age-ms"), 61000);
	ck_assert_int_eq(int_of(one, "idle-ms"), 1);
	ck_assert_ptr_null(json_object_get(one, "reason"));
	ck_assert_str_eq(text_of(two, "direction"), "in");
	ck_assert_str_eq(text_of(two, "local"), "192.0.2.2:50000");
	ck_assert_ptr_null(json_object_get(two, "peers"));
	json_decref(o);
	o = query("query-flows 'after':2,'protocol':'icmp','ended':true");
	ck_assert_uint_eq(json_array_size(json_object_get(o, "flows")), 1);
	ck_assert(json_is_false(json_object_get(o, "truncated")));
	ck_assert_uint_eq(lab.network.flows_asked.limit, 128);
	ck_assert_uint_eq(lab.network.flows_asked.proto, UL_IPPROTO_ICMP);
	json_decref(o);
	ctl_lab_expect(ask("query-flows 'limit':513"), "GenericError");
	ctl_lab_expect(ask("query-flows 'protocol':'sctp'"), "GenericError");
	ctl_lab_expect(ask("query-flows 'after':-1"), "GenericError");
}
END_TEST

START_TEST(counters_are_told_by_groups)
{
	json_t *o = query("query-stats");
	const json_t *port = json_array_get(json_object_get(o, "ports"), 0);

	ck_assert_int_eq(int_of(o, "uptime"), 5);
	ck_assert_int_eq(int_of(json_object_get(o, "tcp"), "open"), 7);
	ck_assert_int_eq(int_of(json_object_get(o, "udp"), "dropped"),
			 INT64_MAX);
	ck_assert_int_eq(int_of(json_object_get(o, "dhcp"), "leases"), 1);
	ck_assert_str_eq(text_of(port, "name"), "web");
	ck_assert_int_eq(int_of(json_object_get(port, "counters"), "spoofed"),
			 3);
	ck_assert_int_eq(int_of(json_object_get(port, "wire-counters"),
				"rx-stranger"), 5);
	json_decref(o);
	lab.network.is_bare = true;
	o = query("query-stats");
	ck_assert_ptr_null(json_object_get(o, "tcp"));
	ck_assert_ptr_nonnull(json_object_get(o, "ports"));
	json_decref(o);
}
END_TEST

START_TEST(a_capture_takes_a_descriptor)
{
	int pipe_fds[2];
	json_t *o;
	char text[8];

	ck_assert_int_eq(pipe(pipe_fds), 0);
	ctl_lab_expect(ask("capture-start 'fdname':'none'"), "GenericError");
	give_fd("a", pipe_fds[1], "");
	ctl_lab_expect(ask("capture-start 'fdname':'a','port':'gone'"),
		       "DeviceNotFound");
	ctl_lab_expect(ask("capture-start 'fdname':'a'"), "GenericError");
	give_fd("a", pipe_fds[1], "");
	close(pipe_fds[1]);
	o = query("capture-start 'fdname':'a','count':7,'snaplen':96");
	ck_assert_int_eq(int_of(o, "id"), 5);
	json_decref(o);
	ck_assert_int_eq(read(pipe_fds[0], text, sizeof(text)), 8);
	ck_assert_int_eq(read(pipe_fds[0], text, sizeof(text)), 6);
	ck_assert_int_eq(read(pipe_fds[0], text, sizeof(text)), 0);
	ctl_lab_expect(ask("capture-stop 'id':5"), "");
	ctl_lab_expect(ask("capture-stop 'id':6"), "GenericError");
	o = query("query-captures");
	ck_assert_str_eq(text_of(json_array_get(o, 0), "reason"), "stopped");
	json_decref(o);
	close(pipe_fds[0]);
}
END_TEST

START_TEST(a_flow_is_closed_by_its_number)
{
	ctl_lab_expect(ask("flow-close 'id':3"), "");
	ctl_lab_expect(ask("flow-close 'id':4"), "GenericError");
	ctl_lab_expect(ask("flow-close"), "GenericError");
	ctl_lab_expect(ask("flow-close 'id':'3'"), "GenericError");
}
END_TEST

START_TEST(a_lease_can_be_had)
{
	json_t *o = query("lease-add 'mac':'52:54:00:00:00:63','host':'sh'");

	ck_assert_str_eq(text_of(o, "address"), "10.0.2.99");
	json_decref(o);
	ctl_lab_expect(ask("lease-add 'mac':'01:00:00:00:00:01'"),
		       "GenericError");
	ctl_lab_expect(ask("lease-add 'mac':'02:00:00:00:00:01','host':'a b'"),
		       "GenericError");
	ctl_lab_expect(ask("lease-add"), "GenericError");
	lab.network.is_bare = true;
	ctl_lab_expect(ask("lease-add 'mac':'02:00:00:00:00:01'"),
		       "GenericError");
}
END_TEST

START_TEST(hosts_are_told_and_changed)
{
	json_t *list = query("query-hosts");

	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert_str_eq(text_of(json_array_get(list, 0), "spec"),
			 "www=52:54:00:00:00:01,10.0.2.80,fd00::80");
	ck_assert_str_eq(text_of(json_array_get(list, 1), "client-id"),
			 "01ff");
	json_decref(list);
	json_decref(query("host-add 'spec':'new=52:54:00:00:00:09'"));
	json_decref(query("host-remove 'name':'www'"));
	ctl_lab_expect(ask("host-add 'spec':'new'"), "GenericError");
	ctl_lab_expect(ask("host-add 'spec':'old=52:54:00:00:00:09'"),
		       "GenericError");
	ctl_lab_expect(ask("host-remove 'name':'old'"), "DeviceNotFound");
}
END_TEST

START_TEST(leases_are_told)
{
	json_t *list = query("query-leases");
	json_t *lease = json_array_get(list, 0);

	ck_assert_uint_eq(json_array_size(list), 1);
	ck_assert_str_eq(text_of(lease, "address"), "10.0.2.15");
	ck_assert_int_eq(json_integer_value(
		json_object_get(lease, "expires")), 86400);
	json_decref(list);
}
END_TEST

START_TEST(commands_are_told)
{
	json_t *list = query("query-commands");
	size_t i;
	json_t *o;
	bool has_self = false;

	json_array_foreach(list, i, o)
		has_self |= !strcmp(text_of(o, "name"), "query-commands");
	ck_assert(has_self);
	json_decref(list);
}
END_TEST

START_TEST(the_policy_is_set_live)
{
	json_t *o;

	ctl_lab_expect(ask("policy-set 'egress':'none'"), "");
	o = query("query-policy");
	ck_assert_str_eq(text_of(o, "egress"), "none");
	json_decref(o);
	lab.network.is_bare = true;
	ctl_lab_expect(ask("policy-set 'egress':'any'"), "GenericError");
}
END_TEST

/* "allow host | deny any": the rules as they are. */
static char *rules_now(void)
{
	json_t *o = query("query-policy"), *one;
	GString *text = g_string_new(NULL);
	size_t i;

	json_array_foreach(json_object_get(o, "rules"), i, one) {
		ck_assert_int_eq(json_integer_value(
			json_object_get(one, "number")), (int)i + 1);
		g_string_append_printf(text, "%s%s", i ? " | " : "",
				       text_of(one, "rule"));
	}
	json_decref(o);
	return g_string_free(text, FALSE);
}

static void expect_rules(const char *want)
{
	g_autofree char *have = rules_now();

	ck_assert_str_eq(have, want);
}

START_TEST(rules_are_changed_live)
{
	expect_rules("allow host");
	ctl_lab_expect(ask("policy-set 'add':'deny any'"), "");
	expect_rules("allow host | deny any");
	ctl_lab_expect(ask("policy-set 'add':'allow *.A.com tcp 443','at':2"),
		       "");
	expect_rules("allow host | allow *.a.com tcp 443 | deny any");
	ctl_lab_expect(ask("policy-set 'add':'deny 10.0.0.0/8','at':1"), "");
	expect_rules("deny 10.0.0.0/8 | allow host | allow *.a.com tcp 443 | "
		     "deny any");
	ctl_lab_expect(ask("policy-set 'remove':2,'egress':'internet'"), "");
	expect_rules("deny 10.0.0.0/8 | allow *.a.com tcp 443 | deny any");
	ck_assert_str_eq(lab.network.egress, "internet");
	ctl_lab_expect(ask("policy-set 'egress':'none'"), "");
	expect_rules("deny 10.0.0.0/8 | allow *.a.com tcp 443 | deny any");
	ctl_lab_expect(ask("policy-set 'rules':['deny host','allow any']"),
		       "");
	expect_rules("deny host | allow any");
	ctl_lab_expect(ask("policy-set 'rules':[]"), "");
	expect_rules("");
	ctl_lab_expect(ask("policy-set 'add':'deny any'"), "");
	ctl_lab_expect(ask("policy-set 'host-loopback':'80'"), "");
	expect_rules("deny any");
	ck_assert_str_eq(lab.network.loopback, "80");
}
END_TEST

START_TEST(a_verdict_is_explained)
{
	json_t *o = query("explain 'dest':'192.0.2.9','port':80,'guest':'web'");
	json_t *list = json_object_get(o, "verdicts");
	json_t *one = json_array_get(list, 0);

	ck_assert_uint_eq(json_array_size(list), 1);
	ck_assert_ptr_null(json_object_get(o, "lookup"));
	ck_assert_str_eq(text_of(one, "address"), "192.0.2.9");
	ck_assert_str_eq(text_of(one, "rule-text"), "allow host");
	ck_assert_str_eq(text_of(one, "host"), "192.0.2.9:80");
	json_decref(o);
	o = query("explain 'dest':'WWW.example.com'");
	ck_assert(json_is_true(json_object_get(o, "lookup")));
	one = json_array_get(json_object_get(o, "verdicts"), 0);
	ck_assert_str_eq(text_of(one, "host"), "192.0.2.7");
	json_decref(o);
	ctl_lab_expect(ask("explain 'dest':'192.0.2.9','guest':'nobody'"),
		       "DeviceNotFound");
	ctl_lab_expect(ask("policy-set 'rules':['deny any']"), "");
	o = query("explain 'dest':'192.0.2.9'");
	one = json_array_get(json_object_get(o, "verdicts"), 0);
	ck_assert(json_is_false(json_object_get(one, "allowed")));
	ck_assert_ptr_null(json_object_get(one, "host"));
	json_decref(o);
}
END_TEST

START_TEST(a_port_is_set_in_what_is_named_alone)
{
	struct fake_port *p = fake_network_port(&lab.network, "web");

	ctl_lab_expect(ask("port-set 'name':'web','isolated':true,"
			   "'rate-in':1000000,'storm':5"), "");
	ck_assert(p->conf.is_isolated && !p->conf.is_pinned && p->conf.has_mac);
	ck_assert_uint_eq(p->conf.rate_in, 1000000);
	ctl_lab_expect(ask("port-set 'name':'web','pinned':true,'rate-in':0,"
			   "'rename':'www','mac':'52:54:00:00:00:09'"), "");
	ck_assert(p->conf.is_isolated && p->conf.is_pinned);
	ck_assert_uint_eq(p->conf.rate_in, 0);
	ck_assert_uint_eq(p->conf.storm_pps, 5);
	ck_assert_uint_eq(p->conf.mac[5], 9);
	ck_assert_str_eq(p->name, "www");
	ctl_lab_expect(ask("port-set 'name':'web'"), "DeviceNotFound");
}
END_TEST

START_TEST(a_line_is_made_bad_one_way_or_both)
{
	struct fake_port *p = fake_network_port(&lab.network, "web");
	json_t *list, *rules;

	ctl_lab_expect(ask("port-set 'name':'web','link':'down',"
			   "'delay-us':20000,'loss-ppm':1000"), "");
	ck_assert(p->conf.is_down);
	ck_assert_uint_eq(p->conf.impair_in.delay_us, 20000);
	ck_assert_uint_eq(p->conf.impair_out.delay_us, 20000);
	ctl_lab_expect(ask("port-set 'name':'web','delay-us':5,"
			   "'jitter-us':7,'direction':'in'"), "");
	ctl_lab_expect(ask("port-set 'name':'web','loss-ppm':0,"
			   "'direction':'out','link':'up'"), "");
	ck_assert(!p->conf.is_down);
	list = query("query-ports");
	rules = json_object_get(json_array_get(list, 0), "rules");
	ck_assert_str_eq(text_of(rules, "link"), "up");
	ck_assert_int_eq(int_of(json_object_get(rules, "in"), "delay-us"), 5);
	ck_assert_int_eq(int_of(json_object_get(rules, "in"), "loss-ppm"),
			 1000);
	ck_assert_int_eq(int_of(json_object_get(rules, "out"), "delay-us"),
			 20000);
	ck_assert_int_eq(int_of(json_object_get(rules, "out"), "jitter-us"),
			 0);
	ck_assert_int_eq(int_of(json_object_get(rules, "out"), "loss-ppm"),
			 0);
	json_decref(list);
	ctl_lab_expect(ask("port-set 'name':'web','link':'loose'"),
		       "GenericError");
	ctl_lab_expect(ask("port-set 'name':'web','loss-ppm':1000001"),
		       "GenericError");
	ctl_lab_expect(ask("port-set 'name':'web','delay-us':10000001"),
		       "GenericError");
}
END_TEST

START_TEST(a_port_is_kicked)
{
	json_t *event;

	g_autofree char *request = request_of("port-kick 'name':'db'");

	ctl_lab_send(fd, request);
	event = ctl_lab_read(&lab, fd, NULL);
	ck_assert_str_eq(text_of(event, "event"), "PORT_DISCONNECTED");
	json_decref(event);
	ctl_lab_expect(ctl_lab_read(&lab, fd, NULL), "");
	ck_assert_ptr_null(fake_network_port(&lab.network, "db"));
	ctl_lab_expect(ask("port-kick 'name':'db'"), "DeviceNotFound");
}
END_TEST

static const char *const wrong[] = {
	"policy-set",
	"policy-set 'egress':true",
	"policy-set 'egress':'all'",
	"policy-set 'egress':'any','x':1",
	"policy-set 'rules':'deny any'",
	"policy-set 'rules':[7]",
	"policy-set 'rules':['deny any','deny']",
	"policy-set 'rules':['allow 127.0.0.1']",
	"policy-set 'rules':[],'add':'deny any'",
	"policy-set 'add':'deny any','remove':1",
	"policy-set 'at':1",
	"policy-set 'add':'any'",
	"policy-set 'add':'deny any','at':0",
	"policy-set 'add':'deny any','at':3",
	"policy-set 'remove':0",
	"policy-set 'remove':2",
	"policy-set 'egress':'none','remove':2",
	"explain",
	"explain 'dest':'a..b'",
	"explain 'dest':'192.0.2.7','proto':'tcp'",
	"explain 'dest':'192.0.2.7','proto':'udp','port':0",
	"explain 'dest':'192.0.2.7','proto':'icmp','port':1",
	"explain 'dest':'192.0.2.7','port':65536",
	"explain 'dest':'192.0.2.7','proto':'sctp'",
	"port-set 'name':''",
	"port-set 'name':1",
	"port-set 'isolated':true",
	"port-set 'name':'web','isolated':'yes'",
	"port-set 'name':'web','isolated':1",
	"port-set 'name':'web','rate-in':-1",
	"port-set 'name':'web','rate-in':1.5",
	"port-set 'name':'web','rate-in':9223372036854775807",
	"port-set 'name':'web','macs-max':100000",
	"port-set 'name':'web','mac':'52:54:00'",
	"port-set 'name':'web','mac':'01:00:5e:00:00:01'",
	"port-set 'name':'web','mac':'00:00:00:00:00:00'",
	"port-set 'name':null",
	"port-add 'fdname':'none'",
	"port-add 'fdname':'none','kind':'uplink'",
	"port-kick",
	"qmp_capabilities 'enable':'oob'",
	"getfd",
	"getfd 'fdname':'f'",
	"closefd 'fdname':'f'",
	"quit 'force':1",
	"quit 'force':'yes'",
	"quit",
};

START_TEST(wrong_arguments_change_nothing)
{
	struct ul_plug_conf before =
		fake_network_port(&lab.network, "web")->conf;
	json_t *answer = ask(wrong[_i]);

	ctl_lab_expect(answer, "GenericError");
	ck_assert(!memcmp(&before, &fake_network_port(&lab.network, "web")->conf,
			  sizeof(before)));
	ck_assert_uint_eq(lab.quits, 0);
}
END_TEST

START_TEST(a_long_name_is_refused)
{
	g_autofree char *name = g_strnfill(300, 'n');
	g_autofree char *command = g_strdup_printf("port-kick 'name':'%s'",
						   name);

	ctl_lab_expect(ask(command), "GenericError");
}
END_TEST

START_TEST(a_passed_descriptor_becomes_a_port)
{
	struct fake_port *p;
	json_t *event;
	int sv[2];
	char c;

	g_autofree char *request = request_of(
		"port-add 'fdname':'nic','name':'mail','isolated':true,"
		"'mac':'52:54:00:00:00:07','kind':'host'");

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	give_fd("nic", sv[1], "");
	close(sv[1]);
	ctl_lab_send(fd, request);
	event = ctl_lab_read(&lab, fd, NULL);
	ck_assert_str_eq(text_of(event, "event"), "PORT_CONNECTED");
	ck_assert_str_eq(text_of(json_object_get(event, "data"), "name"),
			 "mail");
	json_decref(event);
	ctl_lab_expect(ctl_lab_read(&lab, fd, NULL), "");
	p = fake_network_port(&lab.network, "mail");
	ck_assert(p->conf.is_isolated && p->conf.has_mac);
	ck_assert_int_eq(p->conf.kind, UL_PLUG_HOST);
	/* It is the one that was passed, and the name is free again. */
	ck_assert_int_eq(write(p->fd, "x", 1), 1);
	ck_assert_int_eq(read(sv[0], &c, 1), 1);
	ctl_lab_expect(ask("port-add 'fdname':'nic'"), "GenericError");
	close(sv[0]);
}
END_TEST

/* The other end of a pair tells whether anybody has it still. */
static bool is_open(int fd_of_pair)
{
	char c;

	return recv(fd_of_pair, &c, 1, MSG_DONTWAIT) < 0;
}

START_TEST(descriptors_go_with_their_client)
{
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	give_fd("a", sv[1], "");
	close(sv[1]);
	ck_assert(is_open(sv[0]));
	close(fd);
	ctl_lab_turns(&lab, 3);
	ck_assert(!is_open(sv[0]));
	close(sv[0]);
	fd = ctl_lab_join(&lab);
	ctl_lab_expect(ask("closefd 'fdname':'a'"), "GenericError");
}
END_TEST

START_TEST(a_descriptor_is_closed)
{
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	give_fd("a", sv[1], "");
	/* The same name again: the one before it is closed. */
	give_fd("a", STDERR_FILENO, "");
	close(sv[1]);
	ck_assert(!is_open(sv[0]));
	close(sv[0]);
	ctl_lab_expect(ask("closefd 'fdname':'a'"), "");
	ctl_lab_expect(ask("closefd 'fdname':'a'"), "GenericError");
}
END_TEST

/* A getfd that is refused keeps its descriptor from the next one's name. */
START_TEST(a_refused_getfd_leaves_nothing_behind)
{
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	give_fd("", sv[1], "GenericError");
	close(sv[1]);
	ck_assert(!is_open(sv[0]));
	close(sv[0]);
	ctl_lab_expect(ask("getfd 'fdname':'a'"), "GenericError");
}
END_TEST

START_TEST(descriptors_of_a_broken_message_are_closed)
{
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	ctl_lab_send_fds(fd, "{\"execute\":\"getfd\",}\n", &sv[1], 1);
	close(sv[1]);
	ctl_lab_expect(ctl_lab_read(&lab, fd, NULL), "GenericError");
	ck_assert(!is_open(sv[0]));
	close(sv[0]);
}
END_TEST

START_TEST(names_of_descriptors_are_counted)
{
	g_autofree char *name = NULL;

	for (int i = 0; i < UL_CLIENT_FDS_MAX; i++) {
		g_free(name);
		name = g_strdup_printf("fd%d", i);
		give_fd(name, STDERR_FILENO, "");
	}
	give_fd("more", STDERR_FILENO, "GenericError");
	give_fd("fd0", STDERR_FILENO, "");
}
END_TEST

START_TEST(descriptors_without_end_end_the_client)
{
	int many[UL_CLIENT_FDS_MAX + 1];
	bool is_over = false;
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	for (int i = 0; i <= UL_CLIENT_FDS_MAX; i++)
		many[i] = sv[1];
	ctl_lab_send_fds(fd, "{", many, G_N_ELEMENTS(many));
	close(sv[1]);
	for (int i = 0; i < 5 && !is_over; i++)
		json_decref(ctl_lab_read(&lab, fd, &is_over));
	ck_assert(is_over);
	ck_assert(!is_open(sv[0]));
	close(sv[0]);
}
END_TEST

START_TEST(quit_spares_guests_unless_forced)
{
	ctl_lab_expect(ask("quit 'force':false"), "GenericError");
	ck_assert_uint_eq(lab.quits, 0);
	ctl_lab_expect(ask("quit 'force':true"), "");
	ck_assert_uint_eq(lab.quits, 1);
	fake_network_fini(&lab.network);
	ctl_lab_expect(ask("quit"), "");
	ck_assert_uint_eq(lab.quits, 2);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ctl_cmd");
	TCase *tc = tcase_create("commands");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, the_network_is_told);
	tcase_add_test(tc, ports_are_told);
	tcase_add_test(tc, leases_are_told);
	tcase_add_test(tc, flows_are_told_in_pages);
	tcase_add_test(tc, counters_are_told_by_groups);
	tcase_add_test(tc, a_capture_takes_a_descriptor);
	tcase_add_test(tc, a_flow_is_closed_by_its_number);
	tcase_add_test(tc, hosts_are_told_and_changed);
	tcase_add_test(tc, a_lease_can_be_had);
	tcase_add_test(tc, commands_are_told);
	tcase_add_test(tc, the_policy_is_set_live);
	tcase_add_test(tc, rules_are_changed_live);
	tcase_add_test(tc, a_verdict_is_explained);
	tcase_add_test(tc, a_port_is_set_in_what_is_named_alone);
	tcase_add_test(tc, a_line_is_made_bad_one_way_or_both);
	tcase_add_test(tc, a_port_is_kicked);
	tcase_add_loop_test(tc, wrong_arguments_change_nothing, 0,
			    G_N_ELEMENTS(wrong));
	tcase_add_test(tc, a_long_name_is_refused);
	tcase_add_test(tc, a_passed_descriptor_becomes_a_port);
	tcase_add_test(tc, descriptors_go_with_their_client);
	tcase_add_test(tc, a_descriptor_is_closed);
	tcase_add_test(tc, a_refused_getfd_leaves_nothing_behind);
	tcase_add_test(tc, descriptors_of_a_broken_message_are_closed);
	tcase_add_test(tc, names_of_descriptors_are_counted);
	tcase_add_test(tc, descriptors_without_end_end_the_client);
	tcase_add_test(tc, quit_spares_guests_unless_forced);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
