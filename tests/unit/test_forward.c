/* SPDX-License-Identifier: BSD-3-Clause */
/* test_forward.c - host ports that lead to a guest: rules and their sockets */
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "fake/forward_lab.h"
#include "fake/own_net.h"
#include "sys/unixfd.h"

/* The kernel's limit of watches (max_user_watches), as if it were near. */
static int watches_left = -1;

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	if (op == EPOLL_CTL_ADD && watches_left >= 0 && !watches_left--) {
		watches_left = 0;
		errno = ENOSPC;
		return -1;
	}
	return (int)syscall(SYS_epoll_ctl, epfd, op, fd, event);
}

static bool is_bound(uint8_t proto, uint16_t port)
{
	int fd = bind_host(proto, &port);

	if (fd >= 0)
		close(fd);
	return fd < 0;
}

static const uint8_t proto_of[] = { UL_IPPROTO_TCP, UL_IPPROTO_UDP };

START_TEST(busy_port_names_the_rule)
{
	uint16_t port = 0;
	int fd;

	rule.proto = proto_of[_i];
	fd = bind_host(rule.proto, &port);
	if (!_i)
		listen(fd, 1);
	rule.host_first = rule.host_last = port;
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &added,
					 &error),
			 -EADDRINUSE);
	ck_assert_ptr_nonnull(strstr(error, "the rule as written"));
	ck_assert_ptr_nonnull(strstr(error, "127.0.0.1"));
	close(fd);
}
END_TEST

START_TEST(address_that_is_not_there_names_the_rule)
{
	struct ul_addr far;

	ul_addr_parse(&far, "192.0.2.77");
	rule.host_addrs = &far;
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &added,
					 &error),
			 -EADDRNOTAVAIL);
	ck_assert_ptr_nonnull(strstr(error, "the rule as written"));
	ck_assert_ptr_nonnull(strstr(error, "192.0.2.77"));
}
END_TEST

START_TEST(range_leads_port_by_port)
{
	uint16_t first;

	rule.host_first = first = free_ports(UL_IPPROTO_TCP, 4);
	rule.host_last = (uint16_t)(first + 3);
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &added,
					 &error), 0);
	for (uint16_t i = 0; i < 4; i++) {
		int fd = connect_host((uint16_t)(first + i));
		struct seg *s;

		ck_assert_int_ge(fd, 0);
		for (int t = 0; t < 100 && !wire.count; t++)
			ul_loop_turn(ctx.loop, 10);
		s = wire_next(&wire);
		ck_assert_ptr_nonnull(s);
		ck_assert_uint_eq(s->h.flags, UL_TCP_SYN);
		ck_assert_uint_eq(s->h.dst_port, 80 + i);
		ck_assert(ul_addr_eq(&s->dst, &rule.guest));
		ck_assert(ul_addr_eq(&s->src, &ctx.gateway4));
		free(s);
		close(fd);
	}
	ul_forwards_free(forwards);
	forwards = NULL;
	ck_assert_int_lt(connect_host(first), 0);
}
END_TEST

/* The last of a range is busy: the others are given back. */
START_TEST(range_is_bound_whole_or_not_at_all)
{
	uint16_t first, last;
	int fd;

	rule.proto = proto_of[_i];
	rule.host_first = first = free_ports(rule.proto, 4);
	rule.host_last = last = (uint16_t)(first + 3);
	fd = bind_host(rule.proto, &last);
	ck_assert_int_ge(fd, 0);
	if (!_i)
		listen(fd, 1);
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &added,
					 &error),
			 -EADDRINUSE);
	for (uint16_t i = 0; i < 3; i++)
		ck_assert(!is_bound(rule.proto, (uint16_t)(first + i)));
	close(fd);
}
END_TEST

/* The loop cannot watch the last of them: the others are given back. */
START_TEST(range_is_started_whole_or_not_at_all)
{
	uint16_t first;

	rule.proto = proto_of[_i];
	rule.host_first = first = free_ports(rule.proto, 4);
	rule.host_last = (uint16_t)(first + 3);
	watches_left = 3;
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &added,
					 &error), -ENOSPC);
	ck_assert_ptr_nonnull(strstr(error, "the rule as written"));
	watches_left = -1;
	for (uint16_t i = 0; i < 4; i++)
		ck_assert(!is_bound(rule.proto, (uint16_t)(first + i)));
	g_clear_pointer(&error, g_free);
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &added,
					 &error), 0);
	for (uint16_t i = 0; i < 4; i++)
		ck_assert(is_bound(rule.proto, (uint16_t)(first + i)));
}
END_TEST

/* Any number of rules may ask for a free port; both families get the same. */
START_TEST(free_ports_are_found)
{
	rule.proto = proto_of[_i];
	rule.host_addr_count = 2;
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(ul_forwards_add(forwards, &rule, &added,
					 &error), 0);
	ck_assert_ptr_null(error);
}
END_TEST

static bool is_udp(const struct ul_forward_info *i, void *arg)
{
	return i->is_udp;
}

static void count(const struct ul_forward_info *i, void *arg)
{
	++*(unsigned int *)arg;
}

START_TEST(rules_are_listed_and_found)
{
	unsigned int n = 0;
	struct ul_forward_info i;

	rule.proto = UL_IPPROTO_UDP;
	rule.host_addr_count = 2;
	add("web");
	rule.proto = UL_IPPROTO_TCP;
	rule.host_addr_count = 1;
	add(NULL);
	ul_forwards_each(forwards, count, &n);
	ck_assert_uint_eq(n, 2);
	added = ul_forwards_find(forwards, is_udp, NULL);
	i = info();
	ck_assert_str_eq(i.guest_name, "web");
	ck_assert_str_eq(i.key, "key");
	ck_assert(i.is_free);
	ck_assert_uint_eq(i.host_count, 2);
	ck_assert_uint_ne(i.host[0].port, 0);
	ck_assert_uint_eq(i.host[0].port, i.host[1].port);
	ck_assert_uint_eq(i.port_count, 1);
	ck_assert(ul_addr_eq(&i.guest.addr, &web));
	ck_assert_uint_eq(i.guest.port, 80);
	ck_assert_ptr_null(i.reason);
	ul_forward_remove(added, UL_FORWARD_KEEP);
	ck_assert_ptr_null(ul_forwards_find(forwards, is_udp, NULL));
}
END_TEST

/* A listed range has its first ports, and how many follow. */
START_TEST(a_range_is_one_rule)
{
	rule.host_first = free_ports(UL_IPPROTO_TCP, 3);
	rule.host_last = (uint16_t)(rule.host_first + 2);
	add(NULL);
	ck_assert_uint_eq(info().host[0].port, rule.host_first);
	ck_assert_uint_eq(info().host_count, 1);
	ck_assert_uint_eq(info().port_count, 3);
	ck_assert(!info().is_free);
}
END_TEST

START_TEST(sockets_are_bounded)
{
	rule.host_first = 1024;
	rule.host_last = 1024 + UL_FORWARD_SOCKETS_MAX;
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &added, &error),
			 -ENOSPC);
	ck_assert_ptr_nonnull(strstr(error, "the rule as written: it takes "
				     "8193 sockets, and 0 of the 8192"));
	/* Nearly all open files, and none for flows. */
	g_clear_pointer(&error, g_free);
	rule.host_first = 1;
	rule.host_last = 65535;
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &added, &error),
			 -EMFILE);
	ck_assert_ptr_nonnull(strstr(error, "the rule as written: it takes "
				     "65535 sockets, and forwards may have "
				     "half of all open files"));
}
END_TEST

/* Sockets of rules are descriptors that flows cannot have. */
START_TEST(sockets_leave_less_for_flows)
{
	unsigned int had = ul_accounts_fds_max(ctx.accounts);

	for (int i = 0; i < 40; i++)
		add(NULL);
	ck_assert_uint_eq(ul_accounts_fds_max(ctx.accounts), had - 8);
	ul_forwards_free(forwards);
	forwards = NULL;
	ck_assert_uint_eq(ul_accounts_fds_max(ctx.accounts), had);
}
END_TEST

static int connect_path(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	g_strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* One byte that comes with a descriptor. */
static void send_fd(int fd)
{
	union { struct cmsghdr h; char room[CMSG_SPACE(sizeof(int))]; } u;
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &u, .msg_controllen = sizeof(u),
	};

	memset(&u, 0, sizeof(u));
	u.h = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET,
				SCM_RIGHTS };
	memcpy(CMSG_DATA(&u.h), &fd, sizeof(fd));
	ck_assert_int_eq(sendmsg(fd, &msg, 0), 1);
}

static size_t data_for_guest(void)
{
	size_t len = 0;
	struct seg *s;

	while ((s = wire_next(&wire)) != NULL) {
		len += s->len;
		free(s);
	}
	return len;
}

/* Clients of a socket are the gateway, each by a port of its own. */
START_TEST(a_unix_socket_leads_to_a_guest)
{
	g_autofree char *dir = g_dir_make_tmp("ul-fwd-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "sock", NULL);
	int one, two, taken = -1;
	struct ul_ep first;

	rule.path = path;
	rule.host_addr_count = 0;
	if (_i) {		/* it came from a client */
		ck_assert_int_eq(ul_unix_listen(&taken, path, &error), 0);
		rule.take_fd = &taken;
	}
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &added, &error), 0);
	ck_assert_int_eq(taken, -1);
	ck_assert_str_eq(info().path, path);
	ck_assert_uint_eq(info().host_count, 0);
	ck_assert(!info().is_free);
	one = connect_path(path);
	meet("10.0.2.15");
	ck_assert(ul_addr_eq(&guest.peer.addr, &ctx.gateway4));
	first = guest.peer;
	two = connect_path(path);
	meet("10.0.2.15");
	ck_assert(ul_addr_eq(&guest.peer.addr, &ctx.gateway4));
	ck_assert_uint_ne(guest.peer.port, first.port);
	answer(UL_TCP_SYN | UL_TCP_ACK);
	/* A read ends at the descriptor, and more is there. */
	send_fd(two);
	ck_assert_int_eq(write(two, "y", 1), 1);
	turns(3);
	ck_assert_uint_eq(data_for_guest(), 2);
	ck_assert_uint_eq(info().open, 2);
	ck_assert_int_eq(ending(two), -1);
	close(one);
	close(two);
	ul_forward_remove(added, UL_FORWARD_CUT);
	ck_assert_int_lt(connect_path(path), 0);
	/* Who made the file removes it. */
	ck_assert_int_eq(access(path, F_OK), _i ? 0 : -1);
	unlink(path);
	rmdir(dir);
}
END_TEST

START_TEST(a_path_in_use_names_the_rule)
{
	g_autofree char *dir = g_dir_make_tmp("ul-fwd-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "sock", NULL);
	int fd;

	ck_assert_int_eq(ul_unix_listen(&fd, path, &error), 0);
	rule.path = path;
	rule.host_addr_count = 0;
	ck_assert_int_lt(ul_forwards_add(forwards, &rule, &added, &error), 0);
	ck_assert_ptr_nonnull(strstr(error, "the rule as written"));
	ck_assert_ptr_nonnull(strstr(error, path));
	ck_assert_int_eq(access(path, F_OK), 0);
	close(fd);
	unlink(path);
	rmdir(dir);
}
END_TEST

/* Who may not bind it is told which sysctl says so. */
START_TEST(a_privileged_port_names_the_sysctl)
{
	uid_t was = geteuid();

	if (!own_net_enter() || (!was && seteuid(65534) < 0))
		return;
	rule.host_first = rule.host_last = 80;
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &added, &error),
			 -EACCES);
	ck_assert_ptr_nonnull(strstr(error, "the rule as written: cannot bind "
				     "127.0.0.1:80: port 80 is below "
				     "net.ipv4.ip_unprivileged_port_start "
				     "(1024)"));
	/* Who looks for leaks must be allowed to look. */
	ck_assert_int_eq(seteuid(was), 0);
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("forward");
	TCase *tc = tcase_create("forward");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, busy_port_names_the_rule, 0, 2);
	tcase_add_test(tc, address_that_is_not_there_names_the_rule);
	tcase_add_test(tc, range_leads_port_by_port);
	tcase_add_loop_test(tc, range_is_bound_whole_or_not_at_all, 0, 2);
	tcase_add_loop_test(tc, range_is_started_whole_or_not_at_all, 0, 2);
	tcase_add_loop_test(tc, free_ports_are_found, 0, 2);
	tcase_add_test(tc, rules_are_listed_and_found);
	tcase_add_test(tc, a_range_is_one_rule);
	tcase_add_loop_test(tc, a_unix_socket_leads_to_a_guest, 0, 2);
	tcase_add_test(tc, a_path_in_use_names_the_rule);
	tcase_add_test(tc, a_privileged_port_names_the_sysctl);
	tcase_add_test(tc, sockets_are_bounded);
	tcase_add_test(tc, sockets_leave_less_for_flows);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
