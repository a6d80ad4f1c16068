/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * stack.c - lwIP as the network's own IP stack
 *
 * lwIP keeps its connections in global linked lists and looks a segment up by
 * walking them. Here a keyed hash in front has found the connection already,
 * so between enter and leave the global lists hold that connection's pcb and
 * nothing else: every walk is one step, connections of two networks never
 * meet, and leave tells from the lists what became of the pcb.
 *
 * netif->output is called inside. It hands the packet to conf.output, which
 * only queues. A queue that is full makes lwIP keep the segment unsent.
 */
#include "stack/stack.h"

#include <errno.h>
#include <string.h>

#include <glib.h>

#include "stack/priv.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

/* More of a packet than this is copied into a buffer, not into a head. */
#define HEAD_MAX 108
#define UDP_CSUM_AT 6
#define PACKET_BUDGET (32u << 20)
#define SEND_SLACK 2	/* above the maximum there are fair shares, conn_tx.c */
#define COMPACT_BUDGET SIZE_MAX	/* bounded by stack->pinned instead */

/* The network that is entered; lwIP's hooks have no argument of ours. */
static struct ul_stack *entered;
static struct tcp_pcb_listen *listener;
static struct raw_pcb *raw_udp, *raw_icmp4, *raw_icmp6;
static bool raw_taken;

static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err);

struct netif *ul_lwip_route4(const void *src, const void *dest)
{
	return entered ? &entered->netif : NULL;
}

struct netif *ul_lwip_route6(const void *src, const void *dest)
{
	return entered ? &entered->netif : NULL;
}

void ul_addr_to_lwip(ip_addr_t *out, const struct ul_addr *a)
{
	size_t len;
	const uint8_t *b = ul_addr_bytes(a, &len);

	memset(out, 0, sizeof(*out));
	if (len == 4) {
		memcpy(&ip_2_ip4(out)->addr, b, 4);
		IP_SET_TYPE(out, IPADDR_TYPE_V4);
	} else {
		memcpy(ip_2_ip6(out)->addr, b, 16);
		IP_SET_TYPE(out, IPADDR_TYPE_V6);
	}
}

void ul_addr_from_lwip(struct ul_addr *out, const ip_addr_t *a)
{
	if (IP_IS_V6(a))
		memcpy(out->b, ip_2_ip6(a)->addr, 16);
	else
		*out = ul_addr_v4(lwip_ntohl(ip_2_ip4(a)->addr));
}

static bool is_referenced(const struct pbuf *p)
{
	return !(p->type_internal & PBUF_TYPE_FLAG_STRUCT_DATA_CONTIGUOUS);
}

/* One piece per pbuf; false when that is not possible, see flatten(). */
static bool describe(struct ul_stack_out *out, const struct pbuf *p)
{
	size_t copied = 0;

	for (; p; p = p->next) {
		struct ul_stack_piece *piece = &out->piece[out->count];
		bool is_ref = is_referenced(p);

		if (!p->len)
			continue;
		if (out->count == UL_STACK_PIECES_MAX ||
		    (!is_ref && out->count))
			return false;
		copied += is_ref ? 0 : p->len;
		if (copied > HEAD_MAX)
			return false;
		piece->data = p->payload;
		piece->len = p->len;
		piece->buf = is_ref ? ul_buf_of(p->payload, UL_SEND_BUF_SIZE) :
				      NULL;
		out->count++;
	}
	return true;
}

/* The whole packet in one buffer. The caller drops the reference. */
static struct ul_buf *flatten(struct ul_stack *stack, struct ul_stack_out *out,
			      const struct pbuf *p)
{
	struct ul_buf *buf = ul_buf_get(stack->packet_pool);

	if (!buf)
		return NULL;
	pbuf_copy_partial(p, buf->data, p->tot_len, 0);
	out->piece[0] = (struct ul_stack_piece){ buf->data, p->tot_len, buf };
	out->count = 1;
	return buf;
}

/* What lwIP cannot say of the datagram that it is sending. */
static void describe_super(const struct ul_stack *stack,
			   struct ul_stack_out *out)
{
	if (!stack->gso_size)
		return;
	out->offload = (struct ul_offload){
		.csum = UL_CSUM_PARTIAL, .csum_start = out->ip_hdr_len,
		.csum_offset = UDP_CSUM_AT, .gso_size = stack->gso_size,
	};
}

static err_t send_packet(const struct pbuf *p, const ip_addr_t *dst)
{
	struct ul_stack *stack = entered;
	struct ul_stack_out out = { .len = p->tot_len };
	const uint8_t *hdr = p->payload;
	struct ul_buf *flat = NULL;
	int ret;

	ul_addr_from_lwip(&out.dst, dst);
	if (IP_IS_V6(dst)) {
		out.ip_hdr_len = UL_IP6_HLEN;
		out.proto = hdr[6];
	} else {
		out.ip_hdr_len = UL_IP4_HLEN;
		out.proto = hdr[9];
	}
	ul_super_describe(stack->talking, &out, p);
	describe_super(stack, &out);
	if (!describe(&out, p)) {
		flat = flatten(stack, &out, p);
		if (!flat)
			return ERR_MEM;
	}
	ret = stack->conf.output(&out, stack->conf.arg);
	ul_buf_unref(flat);
	if (ret == -ENOBUFS) {
		stack->output_failed = true;
		return ERR_WOULDBLOCK;
	}
	return ERR_OK;
}

static err_t output4(struct netif *netif, struct pbuf *p,
		     const ip4_addr_t *addr)
{
	ip_addr_t dst;

	ip_addr_copy_from_ip4(dst, *addr);
	return send_packet(p, &dst);
}

static err_t output6(struct netif *netif, struct pbuf *p,
		     const ip6_addr_t *addr)
{
	ip_addr_t dst;

	ip_addr_copy_from_ip6(dst, *addr);
	return send_packet(p, &dst);
}

/* Take whatever passed lwIP's input; ul_stack_dgram_in() goes on from there. */
static u8_t on_raw(void *arg, struct raw_pcb *pcb, struct pbuf *p,
		   const ip_addr_t *addr)
{
	raw_taken = true;
	pbuf_free(p);
	return 1;
}

static struct raw_pcb *raw_new_any(uint8_t proto)
{
	struct raw_pcb *pcb = raw_new_ip_type(IPADDR_TYPE_ANY, proto);

	if (!pcb)
		g_error("no memory for lwIP");
	raw_recv(pcb, on_raw, NULL);
	pcb->chksum_reqd = 0;	/* whoever sends fills it in */
	return pcb;
}

/* Once in a process: lwIP itself, the listener and the raw pcbs. */
static void init_lwip(void)
{
	struct tcp_pcb *pcb;

	if (listener)
		return;
	lwip_init();
	raw_udp = raw_new_any(UL_IPPROTO_UDP);
	raw_icmp4 = raw_new_any(UL_IPPROTO_ICMP);
	raw_icmp6 = raw_new_any(UL_IPPROTO_ICMP6);
	pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);
	pcb = pcb ? tcp_listen(pcb) : NULL;
	if (!pcb)
		g_error("no memory for lwIP");
	tcp_accept(pcb, on_accept);
	listener = (struct tcp_pcb_listen *)pcb;
	tcp_listen_pcbs.listen_pcbs = NULL;
	tcp_bound_pcbs = NULL;
}

static err_t init_netif(struct netif *netif)
{
	netif->output = output4;
	netif->output_ip6 = output6;
	netif->flags |= NETIF_FLAG_LINK_UP;
	return ERR_OK;
}

/* What leaves with the final ACK of a handshake is recorded by the pcb. */
static err_t on_accept(void *arg, struct tcp_pcb *pcb, err_t err)
{
	struct ul_conn *conn = arg;

	if (err != ERR_OK || !conn)
		return ERR_VAL;
	conn->events |= UL_CONN_ESTABLISHED;
	ul_super_begin(conn, pcb);
	return ERR_OK;
}

struct tcp_pcb_listen *ul_stack_listener(void)
{
	return listener;
}

struct ul_stack *ul_stack_new(const struct ul_stack_conf *conf)
{
	struct ul_stack *stack = g_new0(struct ul_stack, 1);
	ip4_addr_t any = { 0 };

	init_lwip();
	stack->conf = *conf;
	stack->send_pool = ul_buf_pool_new(UL_SEND_BUF_SIZE,
					   SEND_SLACK * conf->send_bytes_max);
	stack->packet_pool = ul_buf_pool_new(UL_SEND_BUF_SIZE, PACKET_BUDGET);
	stack->compact_pool = ul_buf_pool_new(UL_COMPACT_BUF_SIZE,
					      COMPACT_BUDGET);
	netif_list = NULL;
	netif_add(&stack->netif, &any, &any, &any, stack, init_netif, NULL);
	netif_set_up(&stack->netif);
	stack->netif.mtu = conf->mtu;
	netif_list = NULL;
	return stack;
}

void ul_stack_free(struct ul_stack *stack)
{
	if (!stack)
		return;
	ul_buf_pool_free(stack->send_pool);
	ul_buf_pool_free(stack->packet_pool);
	ul_buf_pool_free(stack->compact_pool);
	g_free(stack);
}

const struct ul_stack_stats *ul_stack_stats(const struct ul_stack *stack)
{
	return &stack->stats;
}

size_t ul_stack_send_bytes(const struct ul_stack *stack)
{
	return ul_buf_pool_in_use(stack->send_pool);
}

size_t ul_stack_pinned_bytes(const struct ul_stack *stack)
{
	return stack->pinned;
}

struct ul_buf *ul_stack_buf_get(struct ul_stack *stack)
{
	return ul_buf_get(stack->packet_pool);
}

bool ul_stack_buf_is_scarce(const struct ul_stack *stack)
{
	return ul_buf_pool_in_use(stack->packet_pool) >
	       ul_buf_pool_max(stack->packet_pool) / 2;
}

void ul_stack_trim(struct ul_stack *stack, size_t keep_bytes)
{
	ul_buf_pool_trim(stack->send_pool, keep_bytes);
	ul_buf_pool_trim(stack->packet_pool, keep_bytes);
	ul_buf_pool_trim(stack->compact_pool, keep_bytes);
}

void ul_stack_set_time(struct ul_stack *stack, int64_t now_us)
{
	stack->now_us = now_us;
	stack->slow_ticks = (uint32_t)(now_us / (2 * UL_CONN_TICK_US));
}

static void enter(struct ul_stack *stack, const struct ul_conn *conn)
{
	bool is_partial = conn && conn->seg_mss;

	entered = stack;
	stack->talking = conn;
	/* The sum would be made over all the data, and not be used. */
	NETIF_SET_CHECKSUM_CTRL(&stack->netif, NETIF_CHECKSUM_ENABLE_ALL &
				~(is_partial ? NETIF_CHECKSUM_GEN_TCP : 0));
	stack->output_failed = false;
	netif_list = netif_default = &stack->netif;
	tcp_ticks = stack->slow_ticks;
}

void ul_stack_enter(struct ul_stack *stack, struct tcp_pcb *pcb)
{
	enter(stack, pcb ? pcb->callback_arg : NULL);
	tcp_active_pcbs = NULL;
	tcp_tw_pcbs = NULL;
	if (!pcb)
		return;
	pcb->next = NULL;
	if (pcb->state == TIME_WAIT)
		tcp_tw_pcbs = pcb;
	else if (pcb->state != CLOSED)
		tcp_active_pcbs = pcb;
}

void ul_stack_enter_listening(struct ul_stack *stack, uint16_t port,
			      void *arg)
{
	enter(stack, NULL);
	tcp_active_pcbs = NULL;
	tcp_tw_pcbs = NULL;
	listener->local_port = port;
	listener->callback_arg = arg;
	listener->next = NULL;
	tcp_listen_pcbs.listen_pcbs = listener;
}

enum ul_pcb_fate ul_stack_leave(struct ul_stack *stack, struct tcp_pcb **pcb)
{
	enum ul_pcb_fate fate = UL_PCB_GONE;

	*pcb = NULL;
	if (tcp_active_pcbs) {
		*pcb = tcp_active_pcbs;
		fate = UL_PCB_ACTIVE;
	} else if (tcp_tw_pcbs) {
		*pcb = tcp_tw_pcbs;
		fate = UL_PCB_TIME_WAIT;
	}
	tcp_active_pcbs = tcp_tw_pcbs = NULL;
	tcp_listen_pcbs.listen_pcbs = NULL;
	netif_list = netif_default = NULL;
	entered = NULL;
	stack->talking = NULL;
	return fate;
}

void ul_stack_set_ip_data(struct ul_stack *stack, const struct ul_pkt *pkt)
{
	ip_data.current_netif = &stack->netif;
	ip_data.current_input_netif = &stack->netif;
	ip_data.current_ip4_header = NULL;
	ip_data.current_ip6_header = NULL;
	if (ul_addr_is_v4(&pkt->src))
		ip_data.current_ip4_header = (const struct ip_hdr *)pkt->ip;
	else
		ip_data.current_ip6_header = (struct ip6_hdr *)pkt->ip;
	ip_data.current_ip_header_tot_len = (u16_t)(pkt->l4 - pkt->ip);
	ul_addr_to_lwip(&ip_data.current_iphdr_src, &pkt->src);
	ul_addr_to_lwip(&ip_data.current_iphdr_dest, &pkt->dst);
}

/*
 * lwIP's IP layer takes what is addressed to its netif, so the netif's field
 * becomes the packet's destination. (netif_set_ipaddr() would abort flows.)
 */
static void adopt_address(struct ul_stack *stack, const struct ul_addr *dst)
{
	ip_addr_t a;

	ul_addr_to_lwip(&a, dst);
	if (IP_IS_V4(&a)) {
		ip_addr_copy(stack->netif.ip_addr, a);
	} else {
		ip_addr_copy(stack->netif.ip6_addr[0], a);
		stack->netif.ip6_addr_state[0] = IP6_ADDR_PREFERRED;
	}
}

int ul_stack_dgram_in(struct ul_stack *stack, const struct ul_pkt *pkt)
{
	struct tcp_pcb *none;
	struct pbuf *p;
	bool is_v4 = ul_addr_is_v4(&pkt->dst);

	/* IPv6 may be longer than a pbuf can say; it was checked before. */
	if (pkt->ip_len > UINT16_MAX)
		return is_v4 ? -EPROTO : 0;
	p = pbuf_alloc(PBUF_RAW, (u16_t)pkt->ip_len, PBUF_REF);
	if (!p)
		return -ENOMEM;
	p->payload = pkt->ip;
	ul_stack_enter(stack, NULL);
	adopt_address(stack, &pkt->dst);
	raw_taken = false;
	if (is_v4)
		ip4_input(p, &stack->netif);
	else
		ip6_input(p, &stack->netif);
	ul_stack_leave(stack, &none);
	return raw_taken ? 0 : -EPROTO;
}

static struct pbuf *chain_pieces(const struct ul_stack_piece *piece,
				 unsigned int count)
{
	struct pbuf *head = NULL;

	for (unsigned int i = 0; i < count; i++) {
		struct pbuf *p = pbuf_alloc(i ? PBUF_RAW : PBUF_IP,
					    (u16_t)piece[i].len,
					    piece[i].buf ? PBUF_ROM :
							   PBUF_RAM);

		if (!p) {
			if (head)
				pbuf_free(head);
			return NULL;
		}
		if (piece[i].buf)
			p->payload = (void *)piece[i].data;
		else
			memcpy(p->payload, piece[i].data, piece[i].len);
		if (head)
			pbuf_cat(head, p);
		else
			head = p;
	}
	return head;
}

static struct raw_pcb *raw_for(uint8_t proto)
{
	if (proto == UL_IPPROTO_ICMP)
		return raw_icmp4;
	if (proto == UL_IPPROTO_ICMP6)
		return raw_icmp6;
	return proto == UL_IPPROTO_UDP ? raw_udp : NULL;
}

/*
 * An IPv6 packet with its header may be 40 bytes longer than a pbuf can say
 * (RFC 8200 3 counts the payload alone): its header is made here.
 */
static int long_dgram_out(struct ul_stack *stack,
			  const struct ul_stack_dgram *d,
			  const struct ul_stack_piece *piece,
			  unsigned int count, size_t len)
{
	struct ul_stack_out out = {
		.dst = d->dst, .proto = d->proto, .ip_hdr_len = UL_IP6_HLEN,
		.len = len, .count = count,
	};
	struct ul_ip6 ip = {
		.src = d->src, .dst = d->dst, .tc = d->tos, .next = d->proto,
		.hop_limit = d->ttl,
		.payload_len = (uint16_t)(len - UL_IP6_HLEN),
	};
	uint8_t head[UL_IP6_HLEN + HEAD_MAX];
	struct ul_wr w = ul_wr_new(head, sizeof(head));

	if (ul_addr_is_v4(&d->dst) || len - UL_IP6_HLEN > UINT16_MAX ||
	    d->gso_size || piece[0].buf || count > UL_STACK_PIECES_MAX)
		return -EMSGSIZE;
	ul_ip6_emit(&w, &ip);
	ul_wr_bytes(&w, piece[0].data, piece[0].len);
	if (w.bad)
		return -EMSGSIZE;
	memcpy(out.piece, piece, count * sizeof(*piece));
	out.piece[0] = (struct ul_stack_piece){ head, w.len, NULL };
	return stack->conf.output(&out, stack->conf.arg);
}

bool ul_stack_can_offload(const struct ul_stack *stack,
			  const struct ul_addr *guest)
{
	return stack->conf.can_offload &&
	       stack->conf.can_offload(guest, stack->conf.arg);
}

int ul_stack_dgram_out(struct ul_stack *stack, const struct ul_stack_dgram *d,
		       const struct ul_stack_piece *piece, unsigned int count)
{
	struct raw_pcb *pcb = raw_for(d->proto);
	size_t len = ul_addr_is_v4(&d->dst) ? UL_IP4_HLEN : UL_IP6_HLEN;
	struct tcp_pcb *none;
	ip_addr_t src, dst;
	struct pbuf *p;
	err_t err;

	for (unsigned int i = 0; i < count; i++)
		len += piece[i].len;
	if (!pcb || !count)
		return -EMSGSIZE;
	if (len > UINT16_MAX)
		return long_dgram_out(stack, d, piece, count, len);
	p = chain_pieces(piece, count);
	if (!p)
		return -ENOMEM;
	ul_addr_to_lwip(&src, &d->src);
	ul_addr_to_lwip(&dst, &d->dst);
	pcb->ttl = d->ttl;
	pcb->tos = d->tos;
	stack->gso_size = d->gso_size;
	ul_stack_enter(stack, NULL);
	err = raw_sendto_if_src(pcb, p, &dst, &stack->netif, &src);
	ul_stack_leave(stack, &none);
	stack->gso_size = 0;
	pbuf_free(p);
	if (err == ERR_WOULDBLOCK)
		return -ENOBUFS;
	return err == ERR_OK ? 0 : -ENOMEM;
}
