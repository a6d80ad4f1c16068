/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * subnet.c - the network's subnet beside the ones that this host has
 *
 * Each network that chose for itself has a file NAME.subnet, so that it is
 * found again and no other network of the same user takes it, up or down.
 */
#include "daemon/subnet.h"

#include <errno.h>

#include <glib/gstdio.h>

#include "base/log.h"
#include "sys/ifaddrs.h"

#define SUFFIX ".subnet"
#define CANDIDATES 256		/* third octets, from the mode's on, round */
#define CHOSEN_LEN 24

static char *file_of(const char *state_dir, const char *name)
{
	g_autofree char *base = g_strconcat(name, SUFFIX, NULL);

	return g_build_filename(state_dir, base, NULL);
}

/* What a file remembers; false when there is none, or no such thing in it. */
static bool recall(const char *file, struct ul_prefix *out)
{
	g_autofree char *text = NULL;

	if (!g_file_get_contents(file, &text, NULL, NULL))
		return false;
	g_strchomp(text);
	return !ul_prefix_parse(out, text) && ul_addr_is_v4(&out->addr) &&
	       out->len == CHOSEN_LEN;
}

static void remember(const char *state_dir, const struct ul_conf *conf)
{
	g_autofree char *file = NULL;
	g_autofree char *text = NULL;
	char addr[UL_ADDR_STRLEN];

	if (!state_dir)
		return;
	file = file_of(state_dir, conf->name);
	text = g_strdup_printf("%s/%u\n",
			       ul_addr_str(&conf->subnet.addr, addr),
			       conf->subnet.len);
	if (g_mkdir_with_parents(state_dir, 0700) < 0 ||
	    !g_file_set_contents(file, text, -1, NULL))
		ul_log(WARN, "daemon", "cannot remember the subnet in %s: %s",
		       file, g_strerror(errno));
}

/* Does another network of this user's have @prefix? */
static bool is_taken(const char *state_dir, const char *own,
		     const struct ul_prefix *prefix)
{
	g_autofree char *own_file = g_strconcat(own, SUFFIX, NULL);
	GDir *dir = state_dir ? g_dir_open(state_dir, 0, NULL) : NULL;
	const char *entry;
	bool found = false;

	while (dir && !found && (entry = g_dir_read_name(dir))) {
		g_autofree char *file = g_build_filename(state_dir, entry,
							 NULL);
		struct ul_prefix other;

		if (!g_str_has_suffix(entry, SUFFIX) ||
		    !strcmp(entry, own_file) || !recall(file, &other))
			continue;
		found = ul_addr_eq(&other.addr, &prefix->addr);
	}
	if (dir)
		g_dir_close(dir);
	return found;
}

static bool is_free(const char *state_dir, const char *own,
		    const struct ul_prefix *prefix)
{
	struct ul_connected c;

	return !ul_ifaddrs_overlap(prefix, &c) &&
	       !is_taken(state_dir, own, prefix);
}

static int choose(struct ul_conf *conf, const char *state_dir, char **error)
{
	uint32_t first = ul_mode_parts(conf->mode)->first_subnet;
	g_autofree char *file = state_dir ? file_of(state_dir, conf->name) :
					    NULL;
	struct ul_prefix p = { .len = CHOSEN_LEN };

	if (file && recall(file, &p) && is_free(state_dir, conf->name, &p)) {
		ul_conf_set_subnet(conf, &p);
		return 0;
	}
	for (uint32_t i = 0; i < CANDIDATES; i++) {
		uint32_t third = ((first >> 8) + i) & 0xff;

		p.addr = ul_addr_v4((first & 0xffff0000u) | third << 8);
		p.len = CHOSEN_LEN;
		if (!is_free(state_dir, conf->name, &p))
			continue;
		ul_conf_set_subnet(conf, &p);
		if (!conf->check_only)
			remember(state_dir, conf);
		return 0;
	}
	*error = g_strdup("no /24 is free for the network: say --subnet");
	return -EADDRNOTAVAIL;
}

static int check_given(const struct ul_conf *conf, char **error)
{
	char own[UL_ADDR_STRLEN], other[UL_ADDR_STRLEN];
	struct ul_connected c;

	if (conf->may_overlap || !ul_ifaddrs_overlap(&conf->subnet, &c))
		return 0;
	ul_addr_str(&conf->subnet.addr, own);
	ul_addr_str(&c.prefix.addr, other);
	if (conf->mode == UL_MODE_NAT) {
		ul_log(WARN, "daemon",
		       "the subnet %s/%u overlaps %s/%u of %s: guests cannot reach hosts there",
		       own, conf->subnet.len, other, c.prefix.len, c.ifname);
		return 0;
	}
	*error = g_strdup_printf("--subnet %s/%u overlaps %s/%u of the "
				 "interface %s: guests could not reach hosts "
				 "there; take another, or say "
				 "--subnet-overlap", own, conf->subnet.len,
				 other, c.prefix.len, c.ifname);
	return -EADDRINUSE;
}

int ul_subnet_settle(struct ul_conf *conf, const char *state_dir,
		     char **error)
{
	if (!conf->reaches_host)
		return 0;
	if (conf->has_free_subnet)
		return choose(conf, state_dir, error);
	return check_given(conf, error);
}
