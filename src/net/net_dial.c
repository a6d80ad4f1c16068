/* SPDX-License-Identifier: BSD-3-Clause */
/* net_dial.c - connections from the host to a guest of a network, by name */
#include "net/net_dial.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/foreign_fd.h"
#include "net/network_priv.h"
#include "net/router_priv.h"

struct ul_net_dial {
	struct ul_network *network;
	struct ul_guest_dial *dial;
	struct ul_ep guest;
	void (*fn)(const struct ul_ep *guest, enum ul_greeting how, void *arg);
	void *arg;
};

static const char *const names[] = {
	[UL_GREETING_ACCEPTED] = "accepted",
	[UL_GREETING_REFUSED] = "refused",
	[UL_GREETING_UNREACHABLE] = "unreachable",
	[UL_GREETING_SILENT] = "no-answer",
	[UL_GREETING_ENDED] = "ended",
};
static_assert(G_N_ELEMENTS(names) == UL_GREETING_COUNT, "one each");

const char *ul_greeting_name(enum ul_greeting how)
{
	return names[how];
}

/* Who does not even say which card has its address is not there. */
static void on_outcome(enum ul_greeting how, void *arg)
{
	struct ul_net_dial *d = arg;

	if (how == UL_GREETING_SILENT &&
	    !ul_router_is_found(d->network->router, &d->guest.addr))
		how = UL_GREETING_UNREACHABLE;
	d->fn(&d->guest, how, d->arg);
	g_free(d);
}

static int find(struct ul_network *n, const struct ul_net_dial_conf *conf,
		struct ul_ep *out, char **error)
{
	out->port = conf->port;
	if (!n->router) {
		*error = g_strdup_printf("a network of mode %s has no router "
					 "to connect from: userlan shell "
					 "--as-guest is a way in",
					 ul_mode_parts(n->conf->mode)->name);
		return -ENETUNREACH;
	}
	if (!ul_router_find_guest(n->router, conf->guest, UL_V4, &out->addr) ||
	    !ul_router_find_guest(n->router, conf->guest, UL_V6, &out->addr))
		return 0;
	*error = g_strdup_printf("no guest of this network is %s now",
				 conf->guest);
	return -ENOENT;
}

static int fail(int rc, const struct ul_net_dial_conf *conf, char **error)
{
	if (rc == -ENOBUFS)
		*error = g_strdup_printf("too many connections to %s, or to "
					 "all guests, wait for an answer: try "
					 "again", conf->guest);
	else
		*error = g_strdup_printf("a connection to %s cannot be made: "
					 "%s", conf->guest, g_strerror(-rc));
	return rc;
}

/* @fd is -1 for one that only knocks. */
static int begin(struct ul_network *n, const struct ul_net_dial_conf *conf,
		 int fd, struct ul_net_dial **out, char **error)
{
	struct ul_guest_dial_conf dc = {
		.wait_us = conf->wait_us, .first_len = conf->first_len,
		.fn = on_outcome,
	};
	struct ul_net_dial *d;
	int rc = find(n, conf, &dc.guest, error);

	if (rc < 0)
		return rc;
	if (conf->first_len > sizeof(dc.first))
		return fail(-EMSGSIZE, conf, error);
	if (conf->first_len)
		memcpy(dc.first, conf->first, conf->first_len);
	d = g_new0(struct ul_net_dial, 1);
	d->network = n;
	d->guest = dc.guest;
	d->fn = conf->fn;
	d->arg = conf->arg;
	dc.arg = d;
	if (fd >= 0)
		rc = ul_guest_dial(n->router->dials, &dc, fd, &d->dial);
	else
		rc = ul_guest_probe(n->router->dials, &dc, &d->dial);
	if (rc < 0) {
		g_free(d);
		return fail(rc, conf, error);
	}
	*out = d;
	return 0;
}

/* It may be anything: only a stream with someone at its other end is right. */
static int check_socket(int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss), type_len = sizeof(int);
	int type, flags = fcntl(fd, F_GETFL);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) < 0 ||
	    type != SOCK_STREAM ||
	    getpeername(fd, (struct sockaddr *)&ss, &len) < 0)
		return -EINVAL;
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -EINVAL;
	return 0;
}

int ul_network_dial(struct ul_network *n, const struct ul_net_dial_conf *conf,
		    int take_fd, struct ul_net_dial **out, char **error)
{
	int rc = check_socket(take_fd);

	if (rc < 0)
		*error = g_strdup("the descriptor must be a connected stream "
				  "socket, as one end of a socketpair is");
	else
		rc = begin(n, conf, take_fd, out, error);
	if (rc < 0)
		ul_foreign_fd_close(take_fd);
	return rc;
}

int ul_network_probe(struct ul_network *n, const struct ul_net_dial_conf *conf,
		     struct ul_net_dial **out, char **error)
{
	return begin(n, conf, -1, out, error);
}

void ul_network_dial_cancel(struct ul_net_dial *d)
{
	ul_guest_dial_cancel(d->dial);
	g_free(d);
}
