/* SPDX-License-Identifier: BSD-3-Clause */
/* net_forward.c - forwards of a network that runs: listed, added, removed */
#include "net/net_forward.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "conf/forward_check.h"
#include "conf/forward_spec.h"
#include "net/network_priv.h"

static int parse(struct ul_forward_conf **out, const char *spec, char **error)
{
	g_autofree char *why = NULL;
	int rc = ul_forward_spec_parse(out, spec, &why);

	if (rc)
		*error = g_strdup_printf("forward %s: %s", spec, why);
	return rc;
}

/* The port that a forward shall live as long as. */
static int find_tie(struct ul_network *n, const char *name,
		    const struct ul_port **out, char **error)
{
	*out = name ? ul_hub_find_name(n->hub, name) : NULL;
	if (*out || !name)
		return 0;
	*error = g_strdup_printf("there is no port %s", name);
	return -ENOENT;
}

static int option_of(int fd, int option)
{
	socklen_t len = sizeof(int);
	int value = -1;

	if (getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0)
		return -1;
	return value;
}

static bool is_unix_listener(int fd)
{
	return option_of(fd, SO_DOMAIN) == AF_UNIX &&
	       option_of(fd, SO_TYPE) == SOCK_STREAM &&
	       option_of(fd, SO_ACCEPTCONN) == 1;
}

/* A path is the client's to open, and the socket is what it says. */
static int check_fd(const struct ul_forward_conf *conf, int fd, char **error)
{
	int flags = fd < 0 ? 0 : fcntl(fd, F_GETFL);

	if (!conf->path && fd < 0)
		return 0;
	if (!conf->path)
		return ul_refuse(error, "forward %s: a descriptor is for "
				 "unix:PATH", conf->text);
	if (fd < 0)
		return ul_refuse(error, "forward %s: the path is the client's "
				 "to open: send the listening socket with "
				 "getfd and name it in fdname", conf->text);
	if (!is_unix_listener(fd) || flags < 0 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return ul_refuse(error, "forward %s: the descriptor is no UNIX "
				 "stream socket that listens", conf->text);
	return 0;
}

int ul_network_forward_add(struct ul_network *n, const char *spec,
			   const char *port, int take_fd,
			   ul_forward_info_fn fn, void *arg, char **error)
{
	struct ul_forward_conf *conf = NULL;
	struct ul_forward_info info;
	const struct ul_port *tie;
	struct ul_forward *f;
	int rc = parse(&conf, spec, error);

	if (!rc)
		rc = ul_forward_check(n->conf, conf, "forward", error);
	if (!rc)
		rc = check_fd(conf, take_fd, error);
	if (!rc)
		rc = find_tie(n, port, &tie, error);
	if (!rc)
		rc = ul_router_forward(n->router, conf, tie,
				       take_fd < 0 ? NULL : &take_fd, &f,
				       error);
	if (take_fd >= 0)
		close(take_fd);
	if (!rc) {
		ul_forward_info(f, &info);
		fn(&info, arg);
	}
	ul_forward_conf_free(conf);
	return rc;
}

static bool has_key(const struct ul_forward_info *info, void *arg)
{
	return !strcmp(info->key, arg);
}

/* The rule with the port that it took is the one that is looked for. */
static bool took_port(const struct ul_forward_info *info, void *arg)
{
	struct ul_forward_conf *conf = NULL;
	g_autofree char *why = NULL;
	g_autofree char *key = NULL;

	if (!info->is_free || !info->host_count ||
	    ul_forward_spec_parse(&conf, info->text, &why))
		return false;
	conf->host_first = conf->host_last = info->host[0].port;
	key = ul_forward_spec_text(conf);
	ul_forward_conf_free(conf);
	return !strcmp(key, arg);
}

struct count {
	const char *key;
	unsigned int found;
};

static bool is_second(const struct ul_forward_info *info, void *arg)
{
	struct count *c = arg;

	return !strcmp(info->key, c->key) && c->found++;
}

/* Rules for free ports may look alike. */
static bool is_unique(const struct ul_forwards *all, const char *key)
{
	struct count c = { .key = key };

	return !ul_forwards_find(all, is_second, &c);
}

static int find(const struct ul_network *n, const struct ul_forward_conf *conf,
		struct ul_forward **out, char **error)
{
	g_autofree char *key = ul_forward_spec_text(conf);
	const struct ul_forwards *all;

	*out = NULL;
	if (n->router) {
		all = ul_router_forwards(n->router);
		*out = ul_forwards_find(all, has_key, key);
		if (*out && !conf->host_first && !is_unique(all, key)) {
			*error = g_strdup_printf("forward %s: several are so; write the port that the one has taken, as in 40000:web:80",
						 conf->text);
			return -ENOTUNIQ;
		}
		if (!*out)
			*out = ul_forwards_find(all, took_port, key);
	}
	if (*out)
		return 0;
	*error = g_strdup_printf("there is no forward %s", conf->text);
	return -ENOENT;
}

int ul_network_forward_remove(struct ul_network *n, const char *spec,
			      enum ul_forward_open open, char **error)
{
	struct ul_forward_conf *conf = NULL;
	struct ul_forward *f;
	int rc = parse(&conf, spec, error);

	if (!rc)
		rc = find(n, conf, &f, error);
	if (!rc)
		ul_forward_remove(f, open);
	ul_forward_conf_free(conf);
	return rc;
}

void ul_network_each_forward(struct ul_network *n, ul_forward_info_fn fn,
			     void *arg)
{
	if (n->router)
		ul_forwards_each(ul_router_forwards(n->router), fn, arg);
}

void ul_network_forwards_end_with(struct ul_network *n,
				  const struct ul_port *port)
{
	if (n->router)
		ul_forwards_untie(ul_router_forwards(n->router), port);
}

void ul_network_forward_failed(const struct ul_forward_failure *failure,
			       void *arg)
{
	struct ul_network *n = arg;

	if (n->events && n->events->forward_failed)
		n->events->forward_failed(failure, n->events_arg);
}
