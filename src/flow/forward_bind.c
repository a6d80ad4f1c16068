/* SPDX-License-Identifier: BSD-3-Clause */
/* forward_bind.c - the host's side of a forward: sockets for each port */
#include "flow/forward_bind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/congestion.h"
#include "sys/unixfd.h"
#include "wire/pkt.h"

#define FREE_PORT_TRIES 16

static int bind_socket(const struct ul_forward_rule *rule,
		       const struct ul_ep *host)
{
	bool is_v4 = ul_addr_is_v4(&host->addr), is_tcp;
	struct sockaddr_storage ss;
	socklen_t len = ul_ep_to_sa(host, &ss);
	int one = 1, ret, fd;

	is_tcp = rule->proto == UL_IPPROTO_TCP;
	fd = socket(is_v4 ? AF_INET : AF_INET6,
			(is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK |
			SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (is_tcp)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (is_tcp && ul_congestion_is_paced_on(fd))
		ul_congestion_unpace(fd);
	if (!is_v4)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&ss, len) < 0 ||
	    (is_tcp && !rule->when_listening &&
	     listen(fd, UL_FORWARD_BACKLOG) < 0)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

static uint16_t bound_port(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct ul_ep ep = { .port = 0 };

	if (!getsockname(fd, (struct sockaddr *)&ss, &len))
		ul_ep_from_sa(&ep, (struct sockaddr *)&ss);
	return ep.port;
}

static int unprivileged_start(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "re");
	int start = 1024;

	if (!f)
		return start;
	if (fscanf(f, "%d", &start) != 1)
		start = 1024;
	fclose(f);
	return start;
}

static char *bind_error(const struct ul_forward_rule *rule,
			const struct ul_ep *host, int err)
{
	char ep[UL_EP_STRLEN];

	ul_ep_str(host, ep);
	if (err == EACCES)
		return g_strdup_printf(
			"forward %s: cannot bind %s: port %u is below net.ipv4.ip_unprivileged_port_start (%d); use a port from there on, or lower that sysctl",
			rule->text, ep, host->port, unprivileged_start());
	return g_strdup_printf("forward %s: cannot bind %s: %s", rule->text,
			       ep, strerror(err));
}

/* The host may lack a family; one bound address is enough. */
static bool is_missing_family(int err)
{
	return err == EADDRNOTAVAIL || err == EAFNOSUPPORT;
}

/*
 * One host port on every address of the rule, into @b: how many, or -errno.
 * An fd of -1 is of an address that was passed over. With @port 0 all get the
 * port that is free for the first.
 */
static int bind_all(const struct ul_forward_rule *rule, uint16_t port,
		    struct ul_forward_bound *b, char **error)
{
	struct ul_ep host = { .port = port };
	int bound = 0, err = 0;

	for (unsigned int i = 0; i < rule->host_addr_count; i++) {
		host.addr = rule->host_addrs[i];
		b[i].fd = bind_socket(rule, &host);
		if (b[i].fd >= 0) {
			host.port = bound_port(b[i].fd);
			b[i].host = host;
			bound++;
			continue;
		}
		err = -b[i].fd;
		b[i].fd = -1;
		if (rule->host_addr_count > 1 && is_missing_family(err))
			continue;
		bound = 0;
		break;
	}
	if (bound)
		return bound;
	*error = bind_error(rule, &host, err);
	for (unsigned int i = 0; i < rule->host_addr_count; i++) {
		if (b[i].fd >= 0)
			close(b[i].fd);
		b[i].fd = -1;
	}
	return -err;
}

/* One port of the rule. */
static int bind_port(const struct ul_forward_rule *rule, uint16_t port,
		     uint16_t offset, GArray *out, char **error)
{
	struct ul_forward_bound b[2] = { { .fd = -1 }, { .fd = -1 } };
	int tries = port ? 1 : FREE_PORT_TRIES;
	int ret;

	do {
		g_clear_pointer(error, g_free);
		ret = bind_all(rule, port, b, error);
	} while (ret == -EADDRINUSE && --tries);
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < G_N_ELEMENTS(b); i++) {
		b[i].offset = offset;
		if (b[i].fd >= 0)
			g_array_append_val(out, b[i]);
	}
	return 0;
}

static int bind_path(const struct ul_forward_rule *rule, GArray *out,
		     char **error)
{
	g_autofree char *why = NULL;
	struct ul_forward_bound b = { .fd = -1 };
	int ret = 0;

	if (rule->take_fd) {
		b.fd = *rule->take_fd;
		*rule->take_fd = -1;
	} else {
		ret = ul_unix_listen(&b.fd, rule->path, &why);
	}
	if (ret < 0)
		*error = g_strdup_printf("forward %s: %s", rule->text, why);
	else
		g_array_append_val(out, b);
	return ret;
}

int ul_forward_bind(const struct ul_forward_rule *rule, GArray *out,
		    char **error)
{
	unsigned int count = rule->host_last - rule->host_first + 1u;

	if (rule->path)
		return bind_path(rule, out, error);
	if (rule->host_addr_count > 2)
		return -EINVAL;
	for (unsigned int i = 0; i < count; i++) {
		uint16_t port = rule->host_first ?
				(uint16_t)(rule->host_first + i) : 0;
		int ret = bind_port(rule, port, (uint16_t)i, out, error);

		if (ret < 0)
			return ret;
	}
	return 0;
}
