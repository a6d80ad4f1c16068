/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slirp_guestfwd.c - addresses of the guest's that lead to the host
 *
 * A second one at the same address and port is accepted, as hosts are used
 * to, and comes to life when the first is removed.
 */
#include "qemu-glue/slirp_priv.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "qemu-glue/channel.h"

/* Where QEMU's users expect services that have no address of their own. */
#define HOST_PART 0x0204
#define PORT_MAX 65535

struct guestfwd {
	struct Slirp *s;
	struct ul_ep at;
	char *text;			/* what it leads to */
	char *path;
	char **argv;
	SlirpWriteCb write_cb;		/* NULL: not one of these */
	void *opaque;
	struct ul_channels *channels;
};

static void fwd_free(void *data)
{
	struct guestfwd *g = data;

	ul_channels_free(g->channels);
	g_strfreev(g->argv);
	g_free(g->path);
	g_free(g->text);
	g_free(g);
}

void ul_slirp_guestfwds_init(struct Slirp *s)
{
	s->guestfwds = g_ptr_array_new_with_free_func(fwd_free);
}

void ul_slirp_guestfwds_fini(struct Slirp *s)
{
	if (s->guestfwds)
		g_ptr_array_unref(s->guestfwds);
}

static struct ul_ep ep_of(struct in_addr addr, int port)
{
	return (struct ul_ep){
		ul_addr_v4(ntohl(addr.s_addr)), (uint16_t)port,
	};
}

static struct guestfwd *find(const struct Slirp *s, const struct ul_ep *at)
{
	for (guint i = 0; i < s->guestfwds->len; i++) {
		struct guestfwd *g = s->guestfwds->pdata[i];

		if (ul_ep_eq(&g->at, at))
			return g;
	}
	return NULL;
}

static int on_open(void *arg)
{
	struct guestfwd *g = arg;

	return ul_channels_open(g->channels);
}

static void on_changed(void *arg)
{
	struct guestfwd *g = arg;

	g->s->has_guestfwd_news = true;
}

/* Settle where it is. False when that is not on the guest's network. */
static bool place(struct Slirp *s, struct guestfwd *g,
		  struct in_addr *guest_addr, int guest_port)
{
	const struct ul_prefix *net = &s->conf->subnet;

	if (!guest_addr->s_addr)
		guest_addr->s_addr = htonl(ul_addr_to_v4(&net->addr) |
					   HOST_PART);
	g->at = ep_of(*guest_addr, guest_port);
	return guest_port > 0 && guest_port <= PORT_MAX &&
	       !s->conf->slirp.no_ipv4 && ul_prefix_has(net, &g->at.addr);
}

static int add(struct Slirp *s, struct guestfwd *take_fwd,
	       struct in_addr *guest_addr, int guest_port)
{
	struct ul_channels_conf cc = {
		.loop = s->loop, .changed = on_changed, .arg = take_fwd,
	};
	struct ul_embed_guestfwd fwd = {
		.path = take_fwd->path, .argv = take_fwd->argv,
		.text = take_fwd->text, .arg = take_fwd,
	};

	take_fwd->s = s;
	if (!place(s, take_fwd, guest_addr, guest_port)) {
		fwd_free(take_fwd);
		errno = EINVAL;
		return -1;
	}
	fwd.at = take_fwd->at;
	ul_slirp_enter(s);
	if (take_fwd->write_cb) {
		take_fwd->channels = ul_channels_new(&cc);
		fwd.open = on_open;
	}
	g_ptr_array_add(s->guestfwds, take_fwd);
	ul_embed_add_guestfwd(s->net, &fwd);
	ul_slirp_leave(s);
	return 0;
}

int slirp_add_exec(Slirp *s, const char *cmdline, struct in_addr *guest_addr,
		   int guest_port)
{
	struct guestfwd *g = g_new0(struct guestfwd, 1);

	if (!g_shell_parse_argv(cmdline, NULL, &g->argv, NULL)) {
		fwd_free(g);
		errno = EINVAL;
		return -1;
	}
	g->text = g_strdup(cmdline);
	return add(s, g, guest_addr, guest_port);
}

int slirp_add_unix(Slirp *s, const char *unixsock, struct in_addr *guest_addr,
		   int guest_port)
{
	struct guestfwd *g = g_new0(struct guestfwd, 1);

	g->path = g_strdup(unixsock);
	g->text = g_strdup(unixsock);
	return add(s, g, guest_addr, guest_port);
}

int slirp_add_guestfwd(Slirp *s, SlirpWriteCb write_cb, void *opaque,
		       struct in_addr *guest_addr, int guest_port)
{
	struct guestfwd *g = g_new0(struct guestfwd, 1);

	g->write_cb = write_cb;
	g->opaque = opaque;
	g->text = g_strdup("guestfwd");
	return add(s, g, guest_addr, guest_port);
}

int slirp_remove_guestfwd(Slirp *s, struct in_addr guest_addr, int guest_port)
{
	struct ul_ep at = ep_of(guest_addr, guest_port);
	struct guestfwd *g;

	ul_slirp_enter(s);
	g = find(s, &at);
	if (g) {
		ul_embed_remove_guestfwd(s->net, &at);
		g_ptr_array_remove(s->guestfwds, g);
	}
	ul_slirp_leave(s);
	if (g)
		return 0;
	errno = ENOENT;
	return -1;
}

size_t slirp_socket_can_recv(Slirp *s, struct in_addr guest_addr,
			     int guest_port)
{
	struct ul_ep at = ep_of(guest_addr, guest_port);
	struct guestfwd *g;
	size_t room;

	ul_slirp_lock(s);
	g = find(s, &at);
	room = g && g->channels ? ul_channels_room(g->channels) : 0;
	ul_slirp_unlock(s);
	return room;
}

void slirp_socket_recv(Slirp *s, struct in_addr guest_addr, int guest_port,
		       const uint8_t *buf, int size)
{
	struct ul_ep at = ep_of(guest_addr, guest_port);
	struct guestfwd *g;

	if (size <= 0)
		return;
	ul_slirp_enter(s);
	g = find(s, &at);
	if (g && g->channels)
		ul_channels_write(g->channels, buf, (size_t)size);
	ul_slirp_leave(s);
}

/* What one of them has for the host: false, there is nothing. */
static bool take(struct Slirp *s, uint8_t *data, size_t *len,
		 SlirpWriteCb *write_cb, void **opaque)
{
	for (guint i = 0; i < s->guestfwds->len; i++) {
		struct guestfwd *g = s->guestfwds->pdata[i];

		*len = g->channels ? ul_channels_read(g->channels, data) : 0;
		*write_cb = g->write_cb;
		*opaque = g->opaque;
		if (*len)
			return true;
	}
	return false;
}

static bool take_has_room(struct Slirp *s)
{
	bool has_room = false;

	for (guint i = 0; i < s->guestfwds->len; i++) {
		struct guestfwd *g = s->guestfwds->pdata[i];

		if (g->channels)
			has_room |= ul_channels_take_has_room(g->channels);
	}
	return has_room;
}

void ul_slirp_guestfwds_deliver(struct Slirp *s)
{
	g_autofree uint8_t *data = NULL;
	SlirpWriteCb write_cb;
	void *opaque;
	size_t len;

	if (!s->has_guestfwd_news)
		return;
	s->has_guestfwd_news = false;
	data = g_malloc(UL_CHANNEL_READ);
	while (!s->is_dying && take(s, data, &len, &write_cb, &opaque)) {
		ul_slirp_unlock(s);
		write_cb(data, len, opaque);
		ul_slirp_lock(s);
	}
	if (s->is_dying || !take_has_room(s))
		return;
	ul_slirp_unlock(s);
	ul_slirp_cb_notify(s);
	ul_slirp_lock(s);
}
