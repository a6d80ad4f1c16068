/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * network.c - one network: switch, ports, router and uplinks put together
 *
 * Every mode is made of the same parts; what conf says of them (has_router,
 * listens, uplinks ...) decides which are there. A port lives from the moment
 * its guest attaches until the guest is gone: the hub unplugs it then, and it
 * is freed at the end of the turn, when no caller can hold it any more.
 */
#include "net/network.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/guestfwd_spec.h"
#include "link/dgram.h"
#include "link/gso.h"
#include "link/stream.h"
#include "link/tap.h"
#include "link/vhost_net.h"
#include "net/net_ports.h"
#include "net/network_priv.h"
#include "wire/eth.h"

#define FRAME_OVERHEAD 18	/* Ethernet's header and a VLAN tag */

struct ul_attachment *ul_network_find(struct ul_network *n,
				      const struct ul_port *port)
{
	struct ul_list *pos, *tmp;

	ul_list_for_each_safe(pos, tmp, &n->attachments) {
		struct ul_attachment *a = ul_container_of(
			pos, struct ul_attachment, node);

		if (a->port == port)
			return a;
	}
	return NULL;
}

unsigned int ul_network_guests(const struct ul_network *n)
{
	unsigned int count = 0;

	for (struct ul_list *l = n->attachments.next; l != &n->attachments;
	     l = l->next) {
		struct ul_attachment *a = ul_container_of(
			l, struct ul_attachment, node);

		count += ul_hub_conf_of(a->port)->kind != UL_PLUG_UPLINK;
	}
	return count;
}

static void free_attachment(struct ul_attachment *a)
{
	ul_list_remove(&a->node);
	ul_port_free(a->port);
	g_free(a->detail);
	g_free(a);
}

static void reap(void *arg)
{
	struct ul_network *n = arg;
	struct ul_list *pos, *tmp;

	ul_list_for_each_safe(pos, tmp, &n->gone)
		free_attachment(ul_container_of(pos, struct ul_attachment,
						node));
}

/* Its plug is out: forget it, and free it when nobody looks. */
static void let_go(struct ul_network *n, struct ul_port *port)
{
	struct ul_attachment *a = ul_network_find(n, port);

	if (!a)
		return;
	ul_network_forwards_end_with(n, port);
	if (n->router)
		ul_router_detached(n->router, port);
	ul_list_move_tail(&n->gone, &a->node);
	ul_defer_schedule(n->loop, &n->reap);
}

void ul_network_drop(struct ul_network *n, struct ul_port *port)
{
	ul_network_tell_disconnected(n, port);
	ul_hub_unplug(n->hub, port);
	let_go(n, port);
}

/* Has the process lost its reason to be? */
static void end_if_alone(struct ul_network *n)
{
	if (ul_network_guests(n))
		return;
	if (n->conf->one_off || !n->listeners->len)
		n->ended(n->arg);
}

void ul_network_kick(struct ul_network *n, struct ul_port *port)
{
	ul_network_drop(n, port);
	end_if_alone(n);
}

/* What the switch tells. */

static void on_to_router(struct ul_port *port, struct ul_frame *frame,
			 void *arg)
{
	struct ul_network *n = arg;

	ul_router_input(n->router, port, frame);
}

static void on_batch_end(struct ul_port *port, void *arg)
{
	struct ul_network *n = arg;

	if (n->router)
		ul_router_batch_end(n->router);
}

static void on_has_room(struct ul_port *port, void *arg)
{
	struct ul_network *n = arg;

	if (n->router)
		ul_router_resume(n->router, port);
}

static void log_leaving(const struct ul_network *n, const struct ul_port *port)
{
	bool may_return = n->listeners->len && !n->conf->one_off;

	if (ul_hub_conf_of(port)->kind == UL_PLUG_UPLINK)
		ul_log(WARN, "port", "%s: the uplink is gone",
		       ul_hub_name(port));
	else
		ul_log(INFO, "port", "%s: the guest is gone%s",
		       ul_hub_name(port),
		       may_return ? "; it may come back" : "");
}

static void on_detached(struct ul_port *port, void *arg)
{
	struct ul_network *n = arg;

	log_leaving(n, port);
	ul_network_tell_disconnected(n, port);
	let_go(n, port);
	end_if_alone(n);
}

static void on_mac_conflict(struct ul_port *owner, struct ul_port *intruder,
			    const uint8_t mac[6], void *arg)
{
	struct ul_network *n = arg;
	char text[UL_MAC_STRLEN];
	struct ul_conflict_info info = {
		.owner = ul_hub_name(owner), .intruder = ul_hub_name(intruder),
		.remedy = "give each VM a MAC of its own: -device virtio-net-pci,mac=52:54:00:...",
	};

	memcpy(info.mac, mac, sizeof(info.mac));
	ul_log_limited(&n->log_limit, ul_loop_now(n->loop), UL_LOG_WARN,
		       "port", "%s uses %s, which is the MAC of %s: it gets no lease and no frames; %s",
		       info.intruder, ul_mac_str(mac, text), info.owner,
		       info.remedy);
	ul_network_tell_conflict(n, &info);
}

/* Say so where an uplink delivers to one MAC alone, and this is another. */
static void check_uplinks(struct ul_network *n, struct ul_port *port,
			  const uint8_t mac[6])
{
	char text[UL_MAC_STRLEN];

	for (guint i = 0; i < n->uplinks->len; i++)
		if (!ul_uplink_serves(n->uplinks->pdata[i], mac))
			ul_log_limited(&n->log_limit, ul_loop_now(n->loop),
				       UL_LOG_WARN, "port",
				       "%s uses %s: its uplink is a macvtap and delivers to its own MAC alone; give the VM that one",
				       ul_hub_name(port),
				       ul_mac_str(mac, text));
}

static void on_learned(struct ul_port *port, const uint8_t mac[6], void *arg)
{
	struct ul_network *n = arg;

	check_uplinks(n, port, mac);
	ul_network_learned(n, port, mac);
}

static int write_capture(const struct ul_piece *piece, unsigned int count,
			 void *arg)
{
	ul_pcap_write(arg, piece, count);
	return 0;
}

/* Whoever reads a capture wants to see what a wire would have carried. */
static void on_seen(struct ul_port *from, const struct ul_piece *piece,
		    unsigned int count, const struct ul_offload *offload,
		    void *arg)
{
	struct ul_network *n = arg;

	if (n->pcap)
		ul_gso_split(piece, count, offload, write_capture, n->pcap);
	if (n->captures)
		ul_network_capture_seen(n, from, piece, count, offload);
}

static const struct ul_hub_handler hub_handler = {
	.to_router = on_to_router,
	.batch_end = on_batch_end,
	.has_room = on_has_room,
	.detached = on_detached,
	.mac_conflict = on_mac_conflict,
	.learned = on_learned,
	.seen = on_seen,
	.sent = ul_network_capture_sent,
};

/* What the router asks of its segment. */

static int link_send(const struct ul_piece *piece, unsigned int count,
		     const struct ul_offload *offload, void *arg)
{
	struct ul_network *n = arg;

	return ul_hub_send(n->hub, piece, count, offload);
}

static struct ul_port *link_port_of(const uint8_t mac[6], void *arg)
{
	struct ul_network *n = arg;

	return ul_hub_find(n->hub, mac);
}

/* A port that is out has no name any more, while its flows are let go. */
static const char *link_name_of(const struct ul_port *port, void *arg)
{
	return port->plug ? ul_hub_name(port) : NULL;
}

static bool link_is_told(const struct ul_port *port, void *arg)
{
	return port->plug && ul_hub_is_told(port);
}

static void link_leases_changed(void *arg)
{
	struct ul_network *n = arg;

	ul_lease_watch_changed(n->lease_watch);
	ul_net_leases_changed(n->leases);
}

static void link_leased(const uint8_t mac[6], const struct ul_addr *addr,
			void *arg)
{
	struct ul_network *n = arg;

	ul_network_tell_leased(n, addr);
}

/*
 * An interface may have come up with addresses that the network has too.
 * Said once, and again when that was over in between.
 */
static void link_host_changed(void *arg)
{
	struct ul_network *n = arg;
	const struct ul_conf *c = n->conf;
	char own[UL_ADDR_STRLEN], other[UL_ADDR_STRLEN];
	struct ul_connected found;
	bool overlaps = ul_ifaddrs_overlap(&c->subnet, &found);
	bool is_news = overlaps && !n->overlaps;

	n->overlaps = overlaps;
	if (!is_news)
		return;
	ul_log(WARN, "network", "%s/%u of %s overlaps the subnet %s/%u: guests cannot reach hosts there",
	       ul_addr_str(&found.prefix.addr, other), found.prefix.len,
	       found.ifname, ul_addr_str(&c->subnet.addr, own),
	       c->subnet.len);
	ul_network_tell_overlap(n, &found);
}

static void link_denied(const struct ul_denied_info *info, void *arg)
{
	struct ul_network *n = arg;

	if (n->events && n->events->flow_denied)
		n->events->flow_denied(info, n->events_arg);
}

/* Ports. */

static const char *const attached_what[] = {
	[UL_PLUG_GUEST] = "a guest",
	[UL_PLUG_HOST] = "the host",
	[UL_PLUG_UPLINK] = "an uplink",
};
static_assert(G_N_ELEMENTS(attached_what) == UL_PLUG_KIND_COUNT, "each kind");

int ul_network_plug_in(struct ul_network *n, struct ul_port *take_port,
		       const char *wire, const struct ul_plug_conf *asked)
{
	struct ul_plug_conf conf = ul_network_plug_conf(n, asked);
	struct ul_attachment *a = g_new0(struct ul_attachment, 1);
	int ret;

	a->port = take_port;
	a->wire = wire;
	a->attached_us = ul_loop_now(n->loop);
	ul_list_init(&a->node);
	ret = ul_hub_plug(n->hub, take_port, &conf);
	if (ret < 0) {
		free_attachment(a);
		return ret;
	}
	ul_list_append(&n->attachments, &a->node);
	if (n->router && conf.kind != UL_PLUG_UPLINK)
		ul_router_attached(n->router, take_port);
	ul_log(INFO, "port", "%s: %s attached", ul_hub_name(take_port),
	       attached_what[conf.kind]);
	ul_network_tell_connected(n, take_port);
	return 0;
}

static bool may_attach(const char **why, void *arg)
{
	struct ul_network *n = arg;
	unsigned int count = ul_network_guests(n);
	bool may = true;

	if (count && !ul_mode_parts(n->conf->mode)->has_many_ports) {
		*why = "one is attached already";
		return false;
	}
	for (guint i = 0; i < n->uplinks->len && may; i++)
		may = ul_uplink_takes_guest(n->uplinks->pdata[i], count, why);
	return may;
}

static void attach(struct ul_network *n, struct ul_port *take_port,
		   const char *wire)
{
	if (ul_network_plug_in(n, take_port, wire, NULL) < 0)
		ul_log_limited(&n->log_limit, ul_loop_now(n->loop),
			       UL_LOG_WARN, "port",
			       "refused a guest: there are %d ports already",
			       UL_HUB_PORTS_MAX);
}

static void on_stream(struct ul_port *take_port, void *arg)
{
	attach(arg, take_port, "stream");
}

static const struct ul_listener_handler stream_handler = {
	.may_attach = may_attach, .attached = on_stream,
};

static void on_seqpacket(struct ul_port *take_port, void *arg)
{
	attach(arg, take_port, "seqpacket");
}

static const struct ul_listener_handler seqpacket_handler = {
	.may_attach = may_attach, .attached = on_seqpacket,
};

static void on_dgram(struct ul_port *take_port, void *arg)
{
	attach(arg, take_port, "dgram");
}

static const struct ul_listener_handler dgram_handler = {
	.may_attach = may_attach, .attached = on_dgram,
};

static void on_vhost(struct ul_port *take_port, void *arg)
{
	struct ul_network *n = arg;

	take_port->frame_max = n->conf->mtu + FRAME_OVERHEAD;
	attach(n, take_port, "vhost-user");
}

static const struct ul_listener_handler vhost_handler = {
	.may_attach = may_attach, .attached = on_vhost,
};

struct ul_allow ul_network_allow(const struct ul_network *n)
{
	return (struct ul_allow){
		.uid = (const uid_t *)n->conf->allowed_uids->data,
		.count = n->conf->allowed_uids->len,
	};
}

static struct ul_listener *make_listener(struct ul_network *n,
					 enum ul_listen_kind kind, int take_fd)
{
	struct ul_allow allow = ul_network_allow(n);

	switch (kind) {
	case UL_LISTEN_STREAM:
	case UL_LISTEN_TCP:
		return ul_stream_listener_new(n->loop, take_fd, &allow,
					      &stream_handler, n);
	case UL_LISTEN_SEQPACKET:
		return ul_seqpacket_listener_new(n->loop, take_fd, &allow,
						 &seqpacket_handler, n);
	case UL_LISTEN_DGRAM:
		return ul_dgram_listener_new(n->loop, take_fd, &allow,
					     &dgram_handler, n);
	case UL_LISTEN_VHOST_USER:
		return ul_vhost_net_listener_new(n->loop, take_fd, &allow,
						 &vhost_handler, n);
	}
	return NULL;
}

int ul_network_listen(struct ul_network *n, enum ul_listen_kind kind,
		      int take_fd, char **error)
{
	struct ul_listener *l = make_listener(n, kind, take_fd);

	if (!l) {
		*error = g_strdup_printf("a listening socket cannot be watched: %s",
					 g_strerror(errno));
		return -EINVAL;
	}
	g_ptr_array_add(n->listeners, l);
	return 0;
}

/*
 * What @fd is: 0 and the kind of port, or -EINVAL. It may come from a control
 * client that left it blocking, and a tap is read until it says EAGAIN.
 */
static int make_port(struct ul_network *n, int take_fd,
		     struct ul_port **port, const char **wire)
{
	struct stat st;
	int type, flags = fcntl(take_fd, F_GETFL);
	socklen_t len = sizeof(type);

	*port = NULL;
	if (flags < 0 || fcntl(take_fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fstat(take_fd, &st) < 0) {
		close(take_fd);
		return -EINVAL;
	}
	if (S_ISCHR(st.st_mode)) {
		*wire = "tap";
		*port = ul_tap_new(n->loop, take_fd, (uint16_t)n->conf->mtu,
				   NULL, NULL);
		if (!*port)
			return -EINVAL;
		(*port)->frame_max = n->conf->mtu + FRAME_OVERHEAD;
		return 0;
	}
	if (!S_ISSOCK(st.st_mode) ||
	    getsockopt(take_fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0) {
		close(take_fd);
		return -EINVAL;
	}
	if (type == SOCK_STREAM) {
		*wire = "stream";
		*port = ul_stream_new(n->loop, take_fd, NULL, NULL);
	} else {
		*wire = type == SOCK_DGRAM ? "dgram" : "seqpacket";
		*port = ul_dgram_new(n->loop, take_fd, NULL, NULL);
	}
	return *port ? 0 : -EINVAL;
}

static int make_vhost(struct ul_network *n, int take_fd,
		      struct ul_port **port, const char **wire)
{
	*wire = "vhost-user";
	*port = ul_vhost_net_new(n->loop, take_fd, NULL, NULL);
	if (!*port)
		return -EINVAL;
	(*port)->frame_max = n->conf->mtu + FRAME_OVERHEAD;
	return 0;
}

static int attach_made(struct ul_network *n, int take_fd,
		       int (*make)(struct ul_network *n, int take_fd,
				   struct ul_port **port, const char **wire),
		       const struct ul_plug_conf *conf, char **error)
{
	const char *why, *wire = NULL;
	struct ul_port *port;
	int ret;

	if (!may_attach(&why, n)) {
		close(take_fd);
		*error = g_strdup_printf("the network takes no more guests: %s",
					 why);
		return -EBUSY;
	}
	ret = make(n, take_fd, &port, &wire);
	if (ret < 0) {
		*error = g_strdup("the guest's descriptor cannot be watched: it must be a connected socket or a tap");
		return ret;
	}
	ret = ul_network_plug_in(n, port, wire, conf);
	if (ret == -EEXIST)
		*error = g_strdup_printf("a port is called %s already",
					 conf->name);
	else if (ret == -EINVAL)
		*error = g_strdup_printf("a port's name has 1 to %d bytes",
					 UL_PORT_NAME_MAX);
	else if (ret < 0)
		*error = g_strdup_printf("there are %d ports already",
					 UL_HUB_PORTS_MAX);
	return ret;
}

int ul_network_attach_fd(struct ul_network *n, int take_fd,
			 const struct ul_plug_conf *conf, char **error)
{
	return attach_made(n, take_fd, make_port, conf, error);
}

int ul_network_attach_vhost(struct ul_network *n, int take_fd,
			    const struct ul_plug_conf *conf, char **error)
{
	return attach_made(n, take_fd, make_vhost, conf, error);
}

int ul_network_add_uplink(struct ul_network *n,
			  const struct ul_uplink_conf *conf, char **error)
{
	struct ul_uplink *u;
	int ret = ul_uplink_open(&u, n, conf, error);

	if (!ret)
		g_ptr_array_add(n->uplinks, u);
	return ret;
}

unsigned int ul_network_uplink_mtu(const struct ul_uplink_conf *conf)
{
	return ul_uplink_mtu(conf);
}

/* The network as a whole. */

static int open_capture(struct ul_network *n, char **error)
{
	int ret;

	if (!n->conf->pcap_file)
		return 0;
	n->pcap = ul_pcap_open(n->conf->pcap_file);
	if (n->pcap)
		return 0;
	ret = -errno;
	*error = g_strdup_printf("--pcap %s: %s", n->conf->pcap_file,
				 g_strerror(-ret));
	return ret;
}

static void make_router(struct ul_network *n)
{
	struct ul_router_link link = {
		.send = link_send, .port_of = link_port_of,
		.name_of = link_name_of, .is_told = link_is_told,
		.leased = link_leased,
		.is_alone = ul_network_is_alone,
		.denied = link_denied,
		.forward_failed = ul_network_forward_failed,
		.host_changed = link_host_changed,
		.leases_changed = link_leases_changed,
		.opens_loopback = ul_network_opens_loopback, .arg = n,
	};
	struct ul_connected found;

	if (!n->conf->has_router)
		return;
	n->overlaps = ul_ifaddrs_overlap(&n->conf->subnet, &found);
	n->router = ul_router_new(n->loop, n->conf, &link);
}

/* What a guest must not say it has. */
static GArray *router_addrs(const struct ul_network *n)
{
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct ul_addr));
	const struct ul_conf *c = n->conf;

	g_array_append_val(list, c->gateway4);
	g_array_append_val(list, c->dns4);
	if (c->has_ipv6) {
		g_array_append_val(list, c->gateway6);
		g_array_append_val(list, c->dns6);
	}
	if (c->has_ipv6 && n->router)
		g_array_append_vals(list, ul_router_linklocal6(n->router), 1);
	if (c->tftp_dir)
		g_array_append_val(list, c->tftp4);
	if (c->tftp_dir && c->has_ipv6)
		g_array_append_val(list, c->tftp6);
	for (guint i = 0; i < c->guestfwds->len; i++) {
		const struct ul_guestfwd_conf *g = c->guestfwds->pdata[i];

		g_array_append_val(list, g->at.addr);
	}
	return list;
}

static void make_hub(struct ul_network *n)
{
	const struct ul_conf *c = n->conf;
	g_autoptr(GArray) addrs = router_addrs(n);
	struct ul_hub_conf hc = {
		.loop = n->loop, .handler = &hub_handler, .arg = n,
		.has_router = n->router != NULL,
		.router_addrs = (const struct ul_addr *)addrs->data,
		.router_addr_count = addrs->len,
	};

	if (n->router) {
		memcpy(hc.router_mac, ul_router_mac(n->router),
		       sizeof(hc.router_mac));
		if (c->has_ipv6)
			hc.auto6 = c->prefix6;
	}
	n->hub = ul_hub_new(&hc);
}

static void free_listener(gpointer data)
{
	ul_listener_free(data);
}

static void free_uplink(gpointer data)
{
	ul_uplink_free(data);
}

int ul_network_start(struct ul_network **out, struct ul_loop *loop,
		     const struct ul_conf *conf, void (*ended)(void *arg),
		     void *arg, char **error)
{
	struct ul_network *n = g_new0(struct ul_network, 1);
	int ret;

	n->loop = loop;
	n->conf = conf;
	n->ended = ended;
	n->arg = arg;
	n->egress = conf->egress;
	n->started_us = ul_loop_now(loop);
	n->listeners = g_ptr_array_new_with_free_func(free_listener);
	n->uplinks = g_ptr_array_new_with_free_func(free_uplink);
	ul_list_init(&n->attachments);
	ul_list_init(&n->gone);
	n->lease_watch = ul_lease_watch_new(loop, &ul_network_lease_handler,
					    n);
	ul_defer_init(&n->reap, UL_DEFER_FLUSH, reap, n);
	ret = open_capture(n, error);
	if (!ret) {
		make_router(n);
		make_hub(n);
	}
	if (!ret && conf->has_dhcp && conf->lease_file)
		n->leases = ul_net_leases_new(n, conf->lease_file);
	if (!ret && n->router)
		ret = ul_router_start_tftp(n->router, error);
	if (!ret && n->router)
		ret = ul_router_start_forwards(n->router, error);
	if (!ret && n->router)
		ret = ul_router_check_guestfwds(n->router, error);
	if (ret < 0)
		ul_network_free(n);
	else
		*out = n;
	return ret;
}

void ul_network_free(struct ul_network *n)
{
	struct ul_list *pos, *tmp;

	if (!n)
		return;
	ul_net_leases_free(n->leases);
	/* Nobody comes in any more; flows are reset through the ports. */
	g_ptr_array_unref(n->listeners);
	g_ptr_array_unref(n->uplinks);
	ul_router_free(n->router);
	ul_list_for_each_safe(pos, tmp, &n->attachments) {
		struct ul_attachment *a = ul_container_of(
			pos, struct ul_attachment, node);

		ul_hub_unplug(n->hub, a->port);
		free_attachment(a);
	}
	ul_network_capture_fini(n);
	reap(n);
	ul_defer_cancel(n->loop, &n->reap);
	ul_lease_watch_free(n->lease_watch);
	ul_hub_free(n->hub);
	ul_pcap_free(n->pcap);
	g_free(n->loopback_text);
	g_free(n);
}

/* Why frames from and to a port were dropped; nothing when none was. */
static void log_drops(const char *name, const struct ul_plug_stats *s)
{
	const struct { const char *why; uint64_t count; } drops[] = {
		{ "queue full", s->tx_dropped }, { "too long", s->too_long },
		{ "storm", s->storm }, { "over rate", s->over_rate },
		{ "spoofed", s->spoofed }, { "guarded", s->guarded },
		{ "isolated", s->isolated }, { "malformed", s->malformed },
		{ "MAC conflict", s->mac_conflicts },
		{ "too many MACs", s->macs_over }, { "looped", s->looped },
		{ "link down", s->link_down }, { "lost on purpose", s->lost },
		{ "delay full", s->delay_full },
	};
	g_autoptr(GString) text = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(drops); i++)
		if (drops[i].count)
			g_string_append_printf(text, "%s %s %" PRIu64,
					       text->len ? "," : "",
					       drops[i].why, drops[i].count);
	if (text->len)
		ul_log(INFO, "status", "%s dropped:%s", name, text->str);
}

static void log_port(const struct ul_attachment *a)
{
	const struct ul_port_stats *p = &a->port->stats;

	ul_log(INFO, "status",
	       "%s (%s) rx %" PRIu64 " frames %" PRIu64 " bytes, tx %" PRIu64 " frames %" PRIu64 " bytes, refused %" PRIu64 ", bad %" PRIu64,
	       ul_hub_name(a->port), a->wire, p->rx_frames, p->rx_bytes,
	       p->tx_frames, p->tx_bytes, p->tx_refused, p->rx_bad);
	log_drops(ul_hub_name(a->port), ul_hub_stats(a->port));
}

void ul_network_log_status(struct ul_network *n)
{
	if (n->router)
		ul_router_log_status(n->router);
	for (struct ul_list *l = n->attachments.next; l != &n->attachments;
	     l = l->next)
		log_port(ul_container_of(l, struct ul_attachment, node));
}
