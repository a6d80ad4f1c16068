/* SPDX-License-Identifier: BSD-3-Clause */
/* test_forward.c - host ports that lead to a guest: binding and accepting */
#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>

#include "fake/accounts.h"
#include "fake/own_net.h"
#include "fake/tcp_guest.h"
#include "flow/forward.h"
#include "flow/policy.h"
#include "harness.h"
#include "sys/unixfd.h"

static struct wire wire;
static struct ul_flow_ctx ctx;
static struct ul_tcp_proxy *tcp;
static struct ul_udp_proxy *udp;
static struct ul_forwards *forwards;
static struct ul_addr loopback[2];
static struct ul_forward_rule rule;
static struct ul_forward *added;
static struct ul_buf_pool *frames;
static struct guest guest;

/* What the one name leads to; a family that is none: nobody has it. */
static struct ul_addr web;
static enum ul_family web_family;

static int find_guest(const char *name, enum ul_family family,
		      struct ul_addr *out, void *arg)
{
	if ((name && strcmp(name, "web")) || family != web_family)
		return -ENOENT;
	*out = web;
	return 0;
}

static unsigned int failures;
static char *why_failed;

static void on_failed(const struct ul_forward_failure *f, void *arg)
{
	failures++;
	g_free(why_failed);
	why_failed = g_strdup(f->reason);
	ck_assert_str_eq(f->forward->text, "the rule as written");
	ck_assert(ul_addr_is_loopback(&f->client.addr));
}
static char *error;

static void setup(void)
{
	struct ul_policy_conf pc = { .has_v6 = true };

	wire_init(&wire);
	ul_prefix_parse(&pc.prefix4, "10.0.2.0/24");
	ul_prefix_parse(&pc.prefix6, "fd00:1::/64");
	pc.gateway4 = ctx.gateway4 = ul_prefix_nth(&pc.prefix4, 2);
	pc.gateway6 = ctx.gateway6 = ul_prefix_nth(&pc.prefix6, 2);
	ctx.loop = ul_loop_new();
	ctx.stack = wire_stack_new(&wire);
	ctx.policy = ul_policy_new(&pc);
	ctx.limits = (struct ul_flow_limits){
		.tcp_flows = 100, .tcp_half_open = 100,
	};
	ctx.find_guest = find_guest;
	ctx.forward_failed = on_failed;
	ul_addr_parse(&web, "10.0.2.20");
	web_family = UL_V4;
	failures = 0;
	accounts_init(&ctx);
	frames = ul_buf_pool_new(2048, 1 << 20);
	tcp = ul_tcp_proxy_new(&ctx, NULL, NULL);
	udp = ul_udp_proxy_new(&ctx);
	forwards = ul_forwards_new(&ctx, tcp, udp);
	ul_addr_parse(&loopback[0], "127.0.0.1");
	ul_addr_parse(&loopback[1], "::1");
	rule = (struct ul_forward_rule){
		.proto = UL_IPPROTO_TCP, .host_addrs = loopback,
		.host_addr_count = 1, .guest_first = 80,
		.text = "the rule as written", .key = "key",
		.guest = ul_prefix_nth(&pc.prefix4, 15),
	};
}

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

static void teardown(void)
{
	g_clear_pointer(&error, g_free);
	g_clear_pointer(&why_failed, g_free);
	ul_forwards_free(forwards);
	ul_udp_proxy_free(udp);
	ul_tcp_proxy_free(tcp);
	ul_accounts_free(ctx.accounts);
	wire_clear(&wire);
	ul_stack_free(ctx.stack);
	ul_policy_free(ctx.policy);
	ul_buf_pool_free(frames);
	ul_loop_free(ctx.loop);
}

/* A socket on 127.0.0.1 and @port (0: any), or -1; where it is. */
static int bind_host(uint8_t proto, uint16_t *port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(*port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, proto == UL_IPPROTO_TCP ? SOCK_STREAM :
							   SOCK_DGRAM, 0);

	if (bind(fd, (struct sockaddr *)&sin, len) < 0) {
		close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)&sin, &len);
	*port = ntohs(sin.sin_port);
	return fd;
}

/* @count ports of the host in a row, free a moment ago. */
static uint16_t free_ports(uint8_t proto, unsigned int count)
{
	for (int tries = 0; tries < 100; tries++) {
		uint16_t first = 0;
		int fd[8];
		unsigned int n = 0;

		fd[n++] = bind_host(proto, &first);
		while (n < count) {
			uint16_t port = (uint16_t)(first + n);

			fd[n] = bind_host(proto, &port);
			if (fd[n++] < 0)
				break;
		}
		for (unsigned int i = 0; i < n; i++)
			if (fd[i] >= 0)
				close(fd[i]);
		if (n == count && fd[n - 1] >= 0)
			return first;
	}
	ck_abort_msg("no free ports");
	return 0;
}

static int connect_host(uint16_t port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
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

/* Of the rule that was added. */
static struct ul_forward_info info(void)
{
	struct ul_forward_info i;

	ul_forward_info(added, &i);
	return i;
}

static void turns(int count)
{
	while (count--)
		ul_loop_turn(ctx.loop, 10);
}

/* A TCP rule for one free port that leads to @name; the port. */
static uint16_t add(const char *name)
{
	rule.guest_name = name;
	ck_assert_int_eq(ul_forwards_add(forwards, &rule, &added, &error), 0);
	return info().host[0].port;
}

/* How the client's connection ended: errno, 0 in order, -1 not yet. */
static int ending(int fd)
{
	char c;
	ssize_t n = recv(fd, &c, 1, MSG_DONTWAIT);

	if (n == 0)
		return 0;
	return errno == EAGAIN ? -1 : errno;
}

/* The guest sees a SYN, which @guest will answer. */
static void meet(const char *want)
{
	struct ul_addr addr;
	struct seg *s;

	for (int i = 0; i < 100 && !wire.count; i++)
		turns(1);
	s = wire_next(&wire);
	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(s->h.flags, UL_TCP_SYN);
	ul_addr_parse(&addr, want);
	ck_assert(ul_addr_eq(&s->dst, &addr));
	guest = (struct guest){ .stack = ctx.stack, .wire = &wire,
				.frames = frames };
	guest.own = (struct ul_ep){ s->dst, s->h.dst_port };
	guest.peer = (struct ul_ep){ s->src, s->h.src_port };
	guest.seq = 5000;
	guest.ack = s->h.seq + 1;
	free(s);
}

static void answer(uint8_t flags)
{
	struct guest_seg s = { .seq = guest.seq, .ack = guest.ack,
			       .flags = flags, .window = 65535 };
	struct ul_pkt pkt = guest_pkt(&guest, &s);

	ul_tcp_proxy_input(tcp, &pkt);
	ul_buf_unref(pkt.buf);
	turns(2);
}

START_TEST(a_name_is_looked_up_for_each_client)
{
	uint16_t port = add("web");
	int one = connect_host(port), two;

	meet("10.0.2.20");
	ul_addr_parse(&web, "10.0.2.77");
	two = connect_host(port);
	meet("10.0.2.77");
	ul_addr_parse(&web, "fd00:1::77");
	web_family = UL_V6;
	close(one);
	one = connect_host(port);
	meet("fd00:1::77");
	ck_assert_uint_eq(info().connections, 3);
	ck_assert(info().has_guest);
	close(one);
	close(two);
}
END_TEST

/* A client hears that at once, and as a reset: no end is an answer. */
START_TEST(without_a_guest_clients_are_reset)
{
	uint16_t port = add("web");
	int fd;

	web_family = 0;
	fd = connect_host(port);
	turns(2);
	ck_assert_int_eq(ending(fd), ECONNRESET);
	close(fd);
	ck_assert_uint_eq(wire.count, 0);
	ck_assert_uint_eq(info().failed, 1);
	ck_assert_uint_eq(info().connections, 1);
	ck_assert_uint_eq(info().open, 0);
	ck_assert(!info().has_guest);
	ck_assert_str_eq(info().reason, "no VM of that name has an address "
			 "now");
	ck_assert_uint_eq(failures, 1);
	ck_assert_str_eq(why_failed, info().reason);
	web_family = UL_V4;	/* it comes back */
	fd = connect_host(port);
	meet("10.0.2.20");
	close(fd);
}
END_TEST

START_TEST(a_guest_that_refuses_resets_the_client)
{
	int fd = connect_host(add(NULL));

	meet("10.0.2.15");
	ck_assert_int_eq(ending(fd), -1);
	answer(UL_TCP_RST | UL_TCP_ACK);
	ck_assert_int_eq(ending(fd), ECONNRESET);
	ck_assert_uint_eq(info().failed, 1);
	ck_assert_uint_eq(info().open, 0);
	ck_assert_str_eq(info().reason, "the VM refused the connection");
	ck_assert_uint_eq(failures, 1);
	close(fd);
}
END_TEST

/* What ends later, or was the client's wish, is no failure. */
START_TEST(a_guest_that_accepts_is_no_failure)
{
	uint16_t port = add(NULL);
	int fd = connect_host(port), other = connect_host(port);

	meet("10.0.2.15");
	answer(UL_TCP_SYN | UL_TCP_ACK);
	wire_clear(&wire);
	guest.seq++;
	ck_assert_uint_eq(info().open, 2);
	answer(UL_TCP_RST | UL_TCP_ACK);
	ck_assert_int_eq(ending(fd), ECONNRESET);
	close(other);
	turns(2);
	ck_assert_uint_eq(info().failed, 0);
	ck_assert_uint_eq(failures, 0);
	close(fd);
}
END_TEST

START_TEST(a_guest_with_too_many_is_a_failure)
{
	uint16_t port = add(NULL);
	int one = connect_host(port), two;

	ctx.limits.tcp_flows = 1;
	meet("10.0.2.15");
	two = connect_host(port);
	turns(2);
	ck_assert_int_eq(ending(two), ECONNRESET);
	ck_assert_uint_eq(failures, 1);
	ck_assert_uint_eq(info().open, 1);
	close(one);
	close(two);
}
END_TEST

/* What is open goes on, unless that is to be cut too. */
START_TEST(a_removed_rule_closes_its_port)
{
	enum ul_forward_open how = _i ? UL_FORWARD_CUT : UL_FORWARD_KEEP;
	uint16_t port = add("web");
	int fd = connect_host(port);

	meet("10.0.2.20");
	answer(UL_TCP_SYN | UL_TCP_ACK);
	ul_forward_remove(added, how);
	ck_assert_int_lt(connect_host(port), 0);
	ck_assert_int_eq(ending(fd), _i ? ECONNRESET : -1);
	ck_assert_uint_eq(ul_tcp_proxy_count(tcp), _i ? 0 : 1);
	ck_assert_uint_eq(failures, 0);
	close(fd);
	turns(2);
}
END_TEST

START_TEST(a_tied_rule_ends_with_what_it_is_tied_to)
{
	uint16_t port, other;
	int tie, fd;

	rule.tie = &tie;
	port = add("web");
	rule.tie = &fd;
	other = add("web");
	fd = connect_host(port);
	meet("10.0.2.20");
	ul_forwards_untie(forwards, &tie);
	ck_assert_int_eq(ending(fd), ECONNRESET);
	ck_assert_int_lt(connect_host(port), 0);
	close(fd);
	fd = connect_host(other);
	ck_assert_int_ge(fd, 0);
	close(fd);
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

/* The only VM is where it is found, or where it is by custom. */
START_TEST(the_only_vm_is_looked_for)
{
	uint16_t port;
	int one, two;

	rule.is_vm = true;
	port = add(NULL);
	one = connect_host(port);
	meet("10.0.2.20");
	web_family = 0;
	two = connect_host(port);
	meet("10.0.2.15");
	ck_assert_uint_eq(info().failed, 0);
	close(one);
	close(two);
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
	tcase_add_test(tc, a_name_is_looked_up_for_each_client);
	tcase_add_test(tc, without_a_guest_clients_are_reset);
	tcase_add_test(tc, a_guest_that_refuses_resets_the_client);
	tcase_add_test(tc, a_guest_that_accepts_is_no_failure);
	tcase_add_test(tc, a_guest_with_too_many_is_a_failure);
	tcase_add_loop_test(tc, a_removed_rule_closes_its_port, 0, 2);
	tcase_add_test(tc, a_tied_rule_ends_with_what_it_is_tied_to);
	tcase_add_test(tc, rules_are_listed_and_found);
	tcase_add_test(tc, a_range_is_one_rule);
	tcase_add_loop_test(tc, a_unix_socket_leads_to_a_guest, 0, 2);
	tcase_add_test(tc, a_path_in_use_names_the_rule);
	tcase_add_test(tc, the_only_vm_is_looked_for);
	tcase_add_test(tc, a_privileged_port_names_the_sysctl);
	tcase_add_test(tc, sockets_are_bounded);
	tcase_add_test(tc, sockets_leave_less_for_flows);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
