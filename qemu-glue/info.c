/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * info.c - connections and neighbours, in libslirp's own words
 *
 * libslirp has three lists of sockets and puts each new one in front. Its
 * lines have place for IPv4 only: of an IPv6 address it shows zeros, so that
 * its port can still be read, and so do we.
 */
#include "qemu-glue/info.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <stdlib.h>

#define LABEL_LEN 20	/* libslirp cuts a label to fit, its NUL counted */

static int rank(uint8_t proto)
{
	return proto == IPPROTO_TCP ? 0 : proto == IPPROTO_UDP ? 1 : 2;
}

static int by_place(const void *one, const void *other)
{
	const struct ul_slirp_conn *a = one, *b = other;

	if (rank(a->proto) != rank(b->proto))
		return rank(a->proto) - rank(b->proto);
	if (a->born != b->born)
		return a->born < b->born ? 1 : -1;
	return a->place < b->place ? 1 : -1;
}

/* Dotted in @buf; @any is what no address is called. */
static const char *dotted(char buf[INET_ADDRSTRLEN], const struct ul_addr *addr,
			  const char *any)
{
	struct in_addr in = { 0 };

	if (ul_addr_is_v4(addr))
		in.s_addr = htonl(ul_addr_to_v4(addr));
	if (in.s_addr == 0)
		return any;
	return inet_ntop(AF_INET, &in, buf, INET_ADDRSTRLEN);
}

static void label(char buf[LABEL_LEN], const struct ul_slirp_conn *c)
{
	static const char *const name[] = { "TCP", "UDP", "ICMP" };
	const char *proto = name[rank(c->proto)];

	if (c->state)
		g_snprintf(buf, LABEL_LEN, "  %s[%s]", proto, c->state);
	else
		g_snprintf(buf, LABEL_LEN, "  %s[%d sec]", proto,
			   c->seconds_left);
}

static void put_port(GString *out, const struct ul_slirp_conn *c,
		     const struct ul_ep *ep)
{
	if (rank(c->proto) == rank(IPPROTO_ICMP))
		g_string_append(out, "  -   ");
	else
		g_string_append_printf(out, " %5u", ep->port);
}

static void put_conn(GString *out, const struct ul_slirp_conn *c)
{
	char text[LABEL_LEN], src[INET_ADDRSTRLEN], dst[INET_ADDRSTRLEN];

	label(text, c);
	g_string_append_printf(out, "%-19s %3d %15s", text, c->fd,
			       dotted(src, &c->src.addr, "*"));
	put_port(out, c, &c->src);
	g_string_append_printf(out, " %15s",
			       dotted(dst, &c->dst.addr, "0.0.0.0"));
	put_port(out, c, &c->dst);
	g_string_append_printf(out, " %5zu %5zu\n", c->to_host, c->to_guest);
}

static void put_neighbor(GString *out, const struct ul_slirp_neighbor *n)
{
	char text[UL_ADDR_STRLEN];

	g_string_append_printf(out,
			       "  %5s  %02x:%02x:%02x:%02x:%02x:%02x  %s\n",
			       ul_addr_is_v4(&n->addr) ? "ARP" : "NDP",
			       n->mac[0], n->mac[1], n->mac[2],
			       n->mac[3], n->mac[4], n->mac[5],
			       ul_addr_str(&n->addr, text));
}

char *ul_slirp_conn_text(struct ul_slirp_conn *conn, size_t count)
{
	GString *out = g_string_new(
		"  Protocol[State]    FD  Source Address  Port   "
		"Dest. Address  Port RecvQ SendQ\n");

	for (size_t i = 0; i < count; i++)
		conn[i].place = i;
	if (count > 0)
		qsort(conn, count, sizeof(*conn), by_place);
	for (size_t i = 0; i < count; i++)
		put_conn(out, &conn[i]);
	return g_string_free(out, FALSE);
}

char *ul_slirp_neighbor_text(const struct ul_slirp_neighbor *n, size_t count)
{
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "  %5s  %-17s  %s\n",
			       "Table", "MacAddr", "IP Address");
	for (size_t i = 0; i < count; i++)
		if (ul_addr_is_v4(&n[i].addr))
			put_neighbor(out, &n[i]);
	for (size_t i = 0; i < count; i++)
		if (!ul_addr_is_v4(&n[i].addr))
			put_neighbor(out, &n[i]);
	return g_string_free(out, FALSE);
}
