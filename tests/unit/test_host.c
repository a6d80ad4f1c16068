/* SPDX-License-Identifier: BSD-3-Clause */
/* test_host.c - what the kernel says about the host's sockets */
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "sys/hostaddr.h"
#include "sys/sockdiag.h"

#define SKIP_UNLESS_DIAG(rc) \
	do { \
		if ((rc) < 0) \
			return;	/* no sock_diag in this kernel */ \
	} while (0)

/* A socket bound to @text on a port of the kernel's choice. */
static int bound(const char *text, int type, uint16_t *port)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ul_ep ep = { 0 };
	int fd;

	ck_assert_int_eq(ul_addr_parse(&ep.addr, text), 0);
	fd = socket(ul_addr_is_v4(&ep.addr) ? AF_INET : AF_INET6, type, 0);
	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&ss, ul_ep_to_sa(&ep, &ss)) < 0) {
		close(fd);
		return -1;
	}
	if (type == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	ck_assert_int_eq(ul_ep_from_sa(&ep, (struct sockaddr *)&ss), 0);
	*port = ep.port;
	return fd;
}

static const struct {
	const char *addr;
	int type, proto;
	int for_v4, for_v6;
} cases[] = {
	{ "0.0.0.0", SOCK_STREAM, IPPROTO_TCP, 1, 0 },
	{ "0.0.0.0", SOCK_DGRAM, IPPROTO_UDP, 1, 0 },
	{ "127.0.0.1", SOCK_STREAM, IPPROTO_TCP, 0, 0 },
	{ "127.0.0.1", SOCK_DGRAM, IPPROTO_UDP, 0, 0 },
	{ "::", SOCK_STREAM, IPPROTO_TCP, 1, 1 },
	{ "::", SOCK_DGRAM, IPPROTO_UDP, 1, 1 },
	{ "::1", SOCK_STREAM, IPPROTO_TCP, 0, 0 },
	{ "::1", SOCK_DGRAM, IPPROTO_UDP, 0, 0 },
};

START_TEST(wildcard_sockets_are_found)
{
	uint16_t port;
	int fd = bound(cases[_i].addr, cases[_i].type, &port);
	int rc;

	if (fd < 0)
		return;		/* no IPv6 here */
	rc = ul_sockdiag_has_wildcard(UL_V4, cases[_i].proto, port);
	SKIP_UNLESS_DIAG(rc);
	ck_assert_int_eq(rc, cases[_i].for_v4);
	ck_assert_int_eq(ul_sockdiag_has_wildcard(UL_V6, cases[_i].proto,
						  port), cases[_i].for_v6);
	close(fd);
	ck_assert_int_eq(ul_sockdiag_has_wildcard(UL_V4, cases[_i].proto,
						  port), 0);
}
END_TEST

START_TEST(v6only_socket_does_not_answer_ipv4)
{
	static const int on = 1;
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	socklen_t len = sizeof(sin6);
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	int rc;

	if (fd < 0)
		return;
	ck_assert_int_eq(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on,
				    sizeof(on)), 0);
	if (bind(fd, (struct sockaddr *)&sin6, len) < 0)
		return;
	ck_assert_int_eq(listen(fd, 1), 0);
	getsockname(fd, (struct sockaddr *)&sin6, &len);
	rc = ul_sockdiag_has_wildcard(UL_V4, IPPROTO_TCP,
				      ntohs(sin6.sin6_port));
	SKIP_UNLESS_DIAG(rc);
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(ul_sockdiag_has_wildcard(UL_V6, IPPROTO_TCP,
						  ntohs(sin6.sin6_port)), 1);
	close(fd);
}
END_TEST

/* Whatever this machine has, it must be an address to be known by. */
START_TEST(own_address_is_of_its_family_and_not_loopback)
{
	enum ul_family family = _i ? UL_V6 : UL_V4;
	struct ul_addr a;

	if (ul_hostaddr_find(family, &a) < 0)
		return;
	ck_assert_int_eq(ul_addr_family(&a), family);
	ck_assert(!ul_addr_is_loopback(&a));
	ck_assert(!ul_addr_is_linklocal(&a));
	ck_assert(!ul_addr_is_any(&a));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("host");
	TCase *tc = tcase_create("host");

	tcase_add_loop_test(tc, wildcard_sockets_are_found, 0,
			    sizeof(cases) / sizeof(*cases));
	tcase_add_test(tc, v6only_socket_does_not_answer_ipv4);
	tcase_add_loop_test(tc, own_address_is_of_its_family_and_not_loopback,
			    0, 2);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
