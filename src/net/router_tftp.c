/* SPDX-License-Identifier: BSD-3-Clause */
/* router_tftp.c - files of one directory, for guests that boot */
#include <unistd.h>

#include <glib.h>

#include "base/error.h"
#include "flow/icmp_error.h"
#include "net/router_priv.h"
#include "sys/rootdir.h"

static int on_open(const char *name, uint64_t *size, void *arg)
{
	struct ul_router *r = arg;

	return ul_rootdir_file(r->tftp_root, name, size);
}

int ul_router_start_tftp(struct ul_router *r, char **error)
{
	struct ul_tftp_srv_conf tc = {
		.loop = r->ctx.loop, .open = on_open,
		.send = ul_router_reply, .arg = r,
	};
	int fd;

	if (!r->conf->tftp_dir)
		return 0;
	fd = ul_rootdir_open(r->conf->tftp_dir);
	if (fd < 0)
		return ul_fail(error, fd, "--tftp %s: %s", r->conf->tftp_dir,
			       g_strerror(-fd));
	r->tftp_root = fd;
	r->tftp = ul_tftp_srv_new(&tc);
	return 0;
}

void ul_router_free_tftp(struct ul_router *r)
{
	if (!r->tftp)
		return;
	ul_tftp_srv_free(r->tftp);
	close(r->tftp_root);
}

/*
 * Where the gateway's address is the server's, too, its other ports are the
 * host's; at an address of its own there is nothing else.
 */
bool ul_router_tftp(struct ul_router *r, const struct ul_pkt *pkt,
		    const struct ul_udp *udp)
{
	const struct ul_conf *c = r->conf;
	struct ul_ep guest = { pkt->src, udp->src_port };
	struct ul_ep service = { pkt->dst, udp->dst_port };
	bool is_shared = ul_addr_eq(&pkt->dst, &c->gateway4);

	if (!r->tftp || !(ul_addr_eq(&pkt->dst, &c->tftp4) ||
			  (c->has_ipv6 && ul_addr_eq(&pkt->dst, &c->tftp6))))
		return false;
	if (is_shared && !ul_tftp_srv_has_port(r->tftp, udp->dst_port))
		return false;
	if (ul_stack_dgram_in(r->ctx.stack, pkt) < 0)
		return true;
	if (ul_tftp_srv_has_port(r->tftp, udp->dst_port))
		ul_tftp_srv_input(r->tftp, &guest, &service, pkt->port,
				  pkt->l4 + UL_UDP_HLEN,
				  udp->len - (size_t)UL_UDP_HLEN);
	else
		ul_icmp_error_send(&r->ctx, pkt, UL_ICMP_PORT_UNREACHABLE, 0);
	return true;
}
