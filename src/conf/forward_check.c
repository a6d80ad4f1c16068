/* SPDX-License-Identifier: BSD-3-Clause */
/* forward_check.c - may a network have a forward? */
#include "conf/forward_check.h"

#include "base/error.h"

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

static int check_addr(const struct ul_conf *conf,
		      const struct ul_forward_conf *f, const char *option,
		      char **error)
{
	const struct ul_prefix *p = &conf->subnet;
	char buf[UL_ADDR_STRLEN];

	if (!ul_addr_is_v4(&f->guest)) {
		if (!conf->has_ipv6)
			return ul_refuse(error, "%s %s: leads to an IPv6 "
					 "address, and --no-ipv6 leaves none",
					 option, f->text);
		p = &conf->prefix6;
	}
	if (!is_guest_addr(conf, &f->guest))
		return ul_refuse(error, "%s %s: no guest can have that "
				 "address; take one of %s/%u, not the "
				 "gateway's or the DNS server's", option,
				 f->text, ul_addr_str(&p->addr, buf), p->len);
	return 0;
}

static bool is_for_host_alone(const struct ul_forward_conf *f)
{
	for (unsigned int i = 0; i < f->host_addr_count; i++)
		if (!ul_addr_is_loopback(&f->host_addrs[i]))
			return false;
	return true;
}

/* By its mode, or because there is one way in that one alone can come. */
static bool has_one_guest(const struct ul_conf *conf)
{
	return !ul_mode_parts(conf->mode)->has_many_ports ||
	       (!conf->listens->len &&
		conf->fds->len + (conf->netns != NULL) == 1);
}

/* In a network of guests and the host nobody else has a way in. */
static int check_mode(const struct ul_conf *conf,
		      const struct ul_forward_conf *f, const char *option,
		      char **error)
{
	const struct ul_mode_parts *mode = ul_mode_parts(conf->mode);

	if (!conf->reaches_host)
		return ul_refuse(error, "%s %s and --mode %s contradict each "
				 "other: the mode keeps the host out", option,
				 f->text, mode->name);
	if (conf->mode == UL_MODE_HOST_ONLY && !is_for_host_alone(f))
		return ul_refuse(error, "%s %s and --mode host-only "
				 "contradict each other: other machines would "
				 "reach the VM; leave the host's address out, "
				 "or take --mode nat-network", option,
				 f->text);
	if (!f->has_guest && !f->guest_name && !has_one_guest(conf))
		return ul_refuse(error, "%s %s: which VM? The mode %s has "
				 "many: write its name, as in 8080:web:80, or "
				 "its address", option, f->text, mode->name);
	return 0;
}

int ul_forward_check(const struct ul_conf *conf,
		     const struct ul_forward_conf *f, const char *option,
		     char **error)
{
	int rc = check_mode(conf, f, option, error);

	if (!rc && f->has_guest)
		rc = check_addr(conf, f, option, error);
	return rc;
}

static bool addrs_meet(const struct ul_addr *a, const struct ul_addr *b)
{
	if (ul_addr_is_v4(a) != ul_addr_is_v4(b))
		return false;
	return ul_addr_eq(a, b) || ul_addr_is_any(a) || ul_addr_is_any(b);
}

/* Would both bind the same port of the same address, or the same path? */
static bool forwards_meet(const struct ul_forward_conf *a,
			  const struct ul_forward_conf *b)
{
	if (a->path && b->path)
		return !strcmp(a->path, b->path);
	if (a->proto != b->proto || !a->host_first || !b->host_first ||
	    a->host_last < b->host_first || b->host_last < a->host_first)
		return false;
	for (unsigned int i = 0; i < a->host_addr_count; i++)
		for (unsigned int j = 0; j < b->host_addr_count; j++)
			if (addrs_meet(&a->host_addrs[i], &b->host_addrs[j]))
				return true;
	return false;
}

int ul_forwards_check(const struct ul_conf *conf, char **error)
{
	int rc = 0;

	for (guint i = 0; i < conf->forwards->len && !rc; i++) {
		const struct ul_forward_conf *f = conf->forwards->pdata[i];

		rc = ul_forward_check(conf, f, "--forward", error);
		for (guint j = 0; j < i && !rc; j++) {
			const struct ul_forward_conf *g =
				conf->forwards->pdata[j];

			if (forwards_meet(f, g))
				rc = ul_refuse(error, "--forward %s and "
					       "--forward %s want the same "
					       "%s", g->text, f->text,
					       f->path ? "socket" :
							 "host port");
		}
	}
	return rc;
}
