/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conn_resend.c - bytes that the guest misses, sent once more
 *
 * lwIP can only send a whole segment of its list again, which may stand for
 * forty of the guest's, and then puts it in front of what was not sent yet.
 * So the segments here are made anew, of just those bytes, from the buffers
 * of conn_tx.c, which keep them until they are acknowledged; lwIP's lists do
 * not change.
 */
#include "stack/priv.h"

#include "lwip/inet_chksum.h"

/* Where byte @seq of the stream is, and how many follow it in one piece. */
static const uint8_t *find(const struct ul_conn *conn, uint32_t seq,
			   size_t *len)
{
	size_t skip = seq - conn->tx_seq;

	for (const struct ul_tx *tx = conn->tx_first; tx; tx = tx->next) {
		size_t n = tx->end - tx->start;

		if (skip < n) {
			*len = n - skip;
			return tx->buf->data + tx->start + skip;
		}
		skip -= n;
	}
	return NULL;
}

/* A reference to @len bytes from @seq on, at the end of @p. */
static bool add_data(const struct ul_conn *conn, struct pbuf *p, uint32_t seq,
		     size_t len)
{
	while (len) {
		size_t there = 0;
		const uint8_t *data = find(conn, seq, &there);
		u16_t n = (u16_t)LWIP_MIN(len, there);
		struct pbuf *part;

		part = n ? pbuf_alloc(PBUF_RAW, n, PBUF_ROM) : NULL;
		if (!part)
			return false;
		part->payload = (void *)data;
		pbuf_cat(p, part);
		seq += n;
		len -= n;
	}
	return true;
}

static void write_header(struct tcp_pcb *pcb, struct tcp_hdr *hdr,
			 uint32_t seq, uint8_t flags)
{
	hdr->src = lwip_htons(pcb->local_port);
	hdr->dest = lwip_htons(pcb->remote_port);
	hdr->seqno = lwip_htonl(seq);
	hdr->ackno = lwip_htonl(pcb->rcv_nxt);
	TCPH_HDRLEN_FLAGS_SET(hdr, TCP_HLEN / 4, flags);
	hdr->wnd = lwip_htons(TCPWND_MIN16(RCV_WND_SCALE(pcb,
							 pcb->rcv_ann_wnd)));
	hdr->chksum = 0;
	hdr->urgp = 0;
	pcb->rcv_ann_right_edge = pcb->rcv_nxt + pcb->rcv_ann_wnd;
}

static bool send_segment(struct ul_conn *conn, uint32_t seq, size_t len,
			 uint8_t flags)
{
	struct tcp_pcb *pcb = conn->pcb;
	struct netif *netif = &conn->stack->netif;
	struct pbuf *p = pbuf_alloc(PBUF_IP, TCP_HLEN, PBUF_RAM);
	bool is_sent = false;

	if (!p)
		return false;
	write_header(pcb, p->payload, seq, flags);
	if (!add_data(conn, p, seq, len))
		goto out;
	IF__NETIF_CHECKSUM_ENABLED(netif, NETIF_CHECKSUM_GEN_TCP) {
		struct tcp_hdr *hdr = p->payload;

		hdr->chksum = ip_chksum_pseudo(p, IP_PROTO_TCP, p->tot_len,
					       &pcb->local_ip,
					       &pcb->remote_ip);
	}
	is_sent = ip_output_if(p, &pcb->local_ip, &pcb->remote_ip, pcb->ttl,
			       pcb->tos, IP_PROTO_TCP, netif) == ERR_OK;
out:
	pbuf_free(p);
	return is_sent;
}

size_t ul_resend(struct ul_conn *conn, uint32_t seq, size_t len)
{
	const struct tcp_pcb *pcb = conn->pcb;
	uint32_t end = pcb->snd_nxt;
	bool has_fin = conn->fin_queued && pcb->snd_nxt == pcb->snd_lbb;
	size_t rest;

	if (has_fin)
		end--;
	rest = end - seq;
	if (has_fin && !rest)
		return send_segment(conn, seq, 0, TCP_FIN | TCP_ACK);
	len = LWIP_MIN(LWIP_MIN(len, rest), pcb->mss);
	return len && send_segment(conn, seq, len, TCP_PSH | TCP_ACK) ? len :
									0;
}
