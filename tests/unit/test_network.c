/* SPDX-License-Identifier: BSD-3-Clause */
/* test_network.c - a whole network whose guest comes and goes */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "conf/forward_spec.h"
#include "conf/port_spec.h"
#include "harness.h"
#include "net/net_info.h"
#include "net/network.h"
#include "wire/arp.h"
#include "wire/eth.h"

#define LEASE_S 60
#define SECOND 1000000ll

static struct ul_loop *loop;
static struct ul_network *net;
static struct ul_conf *conf;
static int64_t now_us;
static uint16_t port;
static char path[] = "/tmp/ul-net-XXXXXX";

static int64_t fake_clock(void *arg)
{
	return now_us;
}

static void on_ended(void *arg)
{
}

static void turns(int count)
{
	while (count--)
		ck_assert_int_eq(ul_loop_turn(loop, 5), 0);
}

static void pass(int64_t us)
{
	now_us += us;
	turns(4);
}

static uint16_t free_port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	close(fd);
	return ntohs(sin.sin_port);
}

static int unix_socket(struct sockaddr_un *sun)
{
	sun->sun_family = AF_UNIX;
	snprintf(sun->sun_path, sizeof(sun->sun_path), "%s/s", path);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
}

static void add_forward(void)
{
	struct ul_forward_conf *f;
	char *why = NULL;
	char text[64];

	port = free_port();
	snprintf(text, sizeof(text), "127.0.0.1:%u:7", port);
	ck_assert_int_eq(ul_forward_spec_parse(&f, text, &why), 0);
	g_ptr_array_add(conf->forwards, f);
}

static void setup(void)
{
	struct sockaddr_un sun;
	char *error = NULL;
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(path));
	now_us = 1000 * SECOND;
	loop = ul_loop_new();
	ul_loop_set_clock(loop, fake_clock, NULL);
	conf = ul_conf_new();
	conf->lease_time_s = LEASE_S;
	conf->mtu = UL_CONF_MTU_STREAM;
	add_forward();
	fd = unix_socket(&sun);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(ul_network_start(&net, loop, conf, on_ended, NULL,
					  &error), 0);
	ck_assert_int_eq(ul_network_listen(net, UL_LISTEN_STREAM, fd,
					   &error), 0);
}

static void teardown(void)
{
	char *name = g_strdup_printf("%s/s", path);

	ul_network_free(net);
	ul_conf_free(conf);
	ul_loop_free(loop);
	g_unlink(name);
	g_rmdir(path);
	g_free(name);
}

/* The guest says who it is, as one does when it gets its address. */
static void announce(int fd)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
	uint8_t bytes[4 + UL_ETH_HLEN + UL_ARP_LEN];
	struct ul_wr w = ul_wr_new(bytes, sizeof(bytes));
	struct ul_eth eth = { .type = UL_ETHERTYPE_ARP };
	struct ul_arp arp = {
		.op = UL_ARP_REQUEST, .spa = conf->guest4, .tpa = conf->guest4,
	};

	memset(eth.dst, 0xff, 6);
	memcpy(eth.src, mac, 6);
	memcpy(arp.sha, mac, 6);
	ul_wr_u32(&w, UL_ETH_HLEN + UL_ARP_LEN);
	ul_eth_emit(&w, &eth);
	ul_arp_emit(&w, &arp);
	ck_assert_int_eq(write(fd, bytes, w.len), (ssize_t)w.len);
	turns(2);
}

static void add_rule(const char *text)
{
	struct ul_port_conf *rule;
	char *why = NULL;

	ck_assert_int_eq(ul_port_spec_parse(&rule, text, &why), 0);
	g_ptr_array_add(conf->ports, rule);
}

/* Any frame of the MAC that ends in @last. */
static void speak(int fd, uint8_t last)
{
	uint8_t bytes[4 + 60] = { [3] = 60 };

	memset(bytes + 4, 0xff, 6);
	memcpy(bytes + 10, (uint8_t[]){ 0x52, 0x54, 0, 0, 0, last }, 6);
	ck_assert_int_eq(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
	turns(2);
}

static bool is_isolated(const char *name)
{
	struct ul_plug_conf pc;
	char *error = NULL;

	ck_assert_int_eq(ul_network_port_conf(net, name, &pc, &error), 0);
	return pc.is_isolated;
}

static int attach_guest(void)
{
	struct sockaddr_un sun;
	int fd = unix_socket(&sun);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	turns(2);
	announce(fd);
	return fd;
}

static int client(void)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	turns(2);
	return fd;
}

/* What read() says: -EAGAIN while the connection lives. */
static int state_of(int fd)
{
	char c;

	return recv(fd, &c, 1, 0) < 0 ? -errno : 0;
}

START_TEST(flows_of_a_guest_that_stays_away_are_reset)
{
	int guest = attach_guest();
	int conn = client();

	ck_assert_int_eq(state_of(conn), -EAGAIN);
	close(guest);
	turns(2);
	pass(59 * SECOND);
	ck_assert_int_eq(state_of(conn), -EAGAIN);
	pass(2 * SECOND);
	ck_assert_int_eq(state_of(conn), -ECONNRESET);
	close(conn);
}
END_TEST

START_TEST(flows_of_a_guest_that_returns_stay)
{
	int guest = attach_guest();
	int conn = client();

	close(guest);
	turns(2);
	pass(30 * SECOND);
	guest = attach_guest();
	pass(31 * SECOND);
	ck_assert_int_eq(state_of(conn), -EAGAIN);
	close(guest);
	close(conn);
}
END_TEST

/* A terminal stands for a tap: a file of characters that can be waited for. */
START_TEST(what_is_attached_never_blocks)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct ul_plug_conf pc = { .name = "late" };
	char *error = NULL;
	int fd = dup(master);

	ck_assert_int_ge(fd, 0);
	ck_assert(!(fcntl(master, F_GETFL) & O_NONBLOCK));
	ck_assert_int_eq(ul_network_attach_fd(net, fd, &pc, &error), 0);
	ck_assert(fcntl(master, F_GETFL) & O_NONBLOCK);
	turns(2);
	close(master);
}
END_TEST

START_TEST(no_guest_slips_out_of_its_rule)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 3 };
	struct ul_addr addr;
	char *error = NULL;
	int guest;

	add_rule("jail=52:54:00:00:00:01,isolated");
	add_rule("free=52:54:00:00:00:02");
	guest = attach_guest();
	speak(guest, 3);
	/* Nor is one called by a name that is kept for another. */
	ck_assert_int_eq(ul_network_lease(net, mac, "free", &addr, &error), 0);
	ck_assert(!is_isolated("port1"));
	speak(guest, 1);
	ck_assert(is_isolated("jail"));
	speak(guest, 2);
	ck_assert(is_isolated("jail"));
	close(guest);
}
END_TEST

static void count_lease(const struct ul_lease_info *lease, void *arg)
{
	++*(int *)arg;
}

static int leases(void)
{
	int count = 0;

	ul_network_each_lease(net, count_lease, &count);
	return count;
}

/* A shell asks once, and stays for longer than its lease lasts. */
START_TEST(what_the_host_leased_lasts_while_it_is_there)
{
	struct ul_plug_conf pc = {
		.name = "shell", .has_mac = true, .mac = { 2, [5] = 7 },
		.kind = _i ? UL_PLUG_HOST : UL_PLUG_GUEST,
	};
	struct ul_addr addr;
	char *error = NULL;
	int sv[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	ck_assert_int_eq(ul_network_attach_fd(net, sv[0], &pc, &error), 0);
	ck_assert_int_eq(ul_network_lease(net, pc.mac, "shell", &addr,
					  &error), 0);
	for (int s = 0; s < 3 * LEASE_S; s += 4)
		pass(4 * SECOND);
	ck_assert_int_eq(leases(), _i);
	close(sv[1]);
	turns(3);
	for (int s = 0; s < 2 * LEASE_S; s += 4)
		pass(4 * SECOND);
	ck_assert_int_eq(leases(), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("network");
	TCase *tc = tcase_create("guest");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, flows_of_a_guest_that_stays_away_are_reset);
	tcase_add_test(tc, flows_of_a_guest_that_returns_stay);
	tcase_add_test(tc, what_is_attached_never_blocks);
	tcase_add_test(tc, no_guest_slips_out_of_its_rule);
	tcase_add_loop_test(tc, what_the_host_leased_lasts_while_it_is_there,
			    0, 2);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
