/* SPDX-License-Identifier: BSD-3-Clause */
/* conf_check.c - rules between options, and what is settled by them */
#include "conf/conf_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/un.h>

#define MTU_MIN_IPV6 1280	/* RFC 8200 5 */

static int __attribute__((format(printf, 2, 3)))
refuse(char **error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*error = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int check_socket_path(const struct ul_conf *conf, char **error)
{
	size_t max = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;

	if (strlen(conf->socket_path) > max)
		return refuse(error, "--socket %s: the path is %zu bytes long "
			      "and the kernel takes %zu; choose a shorter one",
			      conf->socket_path, strlen(conf->socket_path),
			      max);
	return 0;
}

static int settle_port(struct ul_conf *conf, const char *runtime_dir,
		       char **error)
{
	int ways = (conf->socket_path != NULL) + (conf->fd >= 0) +
		   (conf->netns != NULL);

	if (ways > 1)
		return refuse(error, "--socket, --fd and --netns exclude each "
			      "other");
	if (conf->fd >= 0)
		conf->one_off = true;
	if (!ways && !runtime_dir)
		return refuse(error, "no place for the socket, since "
			      "XDG_RUNTIME_DIR is not set: say --socket PATH");
	if (!ways)
		conf->socket_path = g_strdup_printf("%s/userlan/%s.sock",
						    runtime_dir, conf->name);
	return conf->socket_path ? check_socket_path(conf, error) : 0;
}

static int check_fd(const char *option, int fd, char **error)
{
	if (fd >= 0 && fcntl(fd, F_GETFD) < 0)
		return refuse(error, "--%s %d: is not an open descriptor",
			      option, fd);
	return 0;
}

static int check_fds(const struct ul_conf *conf, char **error)
{
	int rc = check_fd("fd", conf->fd, error);

	if (!rc)
		rc = check_fd("ready-fd", conf->ready_fd, error);
	if (!rc && conf->fd >= 0 && conf->fd == conf->ready_fd)
		rc = refuse(error, "--fd and --ready-fd are both %d",
			    conf->fd);
	return rc;
}

static int settle_mtu(struct ul_conf *conf, char **error)
{
	if (!conf->mtu)
		conf->mtu = conf->netns ? UL_CONF_MTU_TAP :
					  UL_CONF_MTU_STREAM;
	if (conf->has_ipv6 && conf->mtu < MTU_MIN_IPV6)
		return refuse(error, "--mtu %u: IPv6 needs %d; say --no-ipv6 "
			      "for less", conf->mtu, MTU_MIN_IPV6);
	return 0;
}

/* Is @a one that a guest of the network can have? */
static bool is_guest_addr(const struct ul_conf *conf, const struct ul_addr *a)
{
	struct ul_addr last = ul_prefix_broadcast(&conf->subnet);

	if (ul_addr_is_v4(a))
		return ul_prefix_has(&conf->subnet, a) &&
		       !ul_addr_eq(a, &conf->subnet.addr) &&
		       !ul_addr_eq(a, &last) &&
		       !ul_addr_eq(a, &conf->gateway4) &&
		       !ul_addr_eq(a, &conf->dns4);
	return ul_prefix_has(&conf->prefix6, a) &&
	       !ul_addr_eq(a, &conf->prefix6.addr) &&
	       !ul_addr_eq(a, &conf->gateway6) &&
	       !ul_addr_eq(a, &conf->dns6);
}

static int check_forward(const struct ul_conf *conf,
			 const struct ul_forward_conf *f, char **error)
{
	const struct ul_prefix *p = &conf->subnet;
	char buf[UL_ADDR_STRLEN];

	if (!f->has_guest)
		return 0;
	if (!ul_addr_is_v4(&f->guest)) {
		if (!conf->has_ipv6)
			return refuse(error, "--forward %s: leads to an IPv6 "
				      "address, and --no-ipv6 leaves none",
				      f->text);
		p = &conf->prefix6;
	}
	if (!is_guest_addr(conf, &f->guest))
		return refuse(error, "--forward %s: no guest can have that "
			      "address; take one of %s/%u, not the gateway's "
			      "or the DNS server's", f->text,
			      ul_addr_str(&p->addr, buf), p->len);
	return 0;
}

static bool addrs_meet(const struct ul_addr *a, const struct ul_addr *b)
{
	if (ul_addr_is_v4(a) != ul_addr_is_v4(b))
		return false;
	return ul_addr_eq(a, b) || ul_addr_is_any(a) || ul_addr_is_any(b);
}

/* Would both bind the same port of the same address? */
static bool forwards_meet(const struct ul_forward_conf *a,
			  const struct ul_forward_conf *b)
{
	if (a->proto != b->proto || !a->host_first || !b->host_first ||
	    a->host_last < b->host_first || b->host_last < a->host_first)
		return false;
	for (unsigned int i = 0; i < a->host_addr_count; i++)
		for (unsigned int j = 0; j < b->host_addr_count; j++)
			if (addrs_meet(&a->host_addrs[i], &b->host_addrs[j]))
				return true;
	return false;
}

static int check_forwards(const struct ul_conf *conf, char **error)
{
	int rc = 0;

	for (guint i = 0; i < conf->forwards->len && !rc; i++) {
		const struct ul_forward_conf *f = conf->forwards->pdata[i];

		rc = check_forward(conf, f, error);
		for (guint j = 0; j < i && !rc; j++) {
			const struct ul_forward_conf *g =
				conf->forwards->pdata[j];

			if (forwards_meet(f, g))
				rc = refuse(error, "--forward %s and "
					    "--forward %s want the same host "
					    "port", g->text, f->text);
		}
	}
	return rc;
}

int ul_conf_check(struct ul_conf *conf, const char *runtime_dir, char **error)
{
	int rc = settle_port(conf, runtime_dir, error);

	if (!rc)
		rc = check_fds(conf, error);
	if (!rc)
		rc = settle_mtu(conf, error);
	if (!rc)
		rc = check_forwards(conf, error);
	return rc;
}
