/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * conn_super.c - segments that stand for many, towards guests that take them
 *
 * lwIP's cost and the port's are per segment. Where the guest's port can
 * offload, pcb->mss becomes a multiple of the guest's MSS once the handshake
 * is over, and what leaves says in gso_size how the guest's kernel is to see
 * it, and has a partial checksum. pcb->mss must never shrink afterwards: lwIP
 * asserts that no segment is longer.
 *
 * The guest acknowledges in units of its own MSS, so an acknowledgement may
 * end inside of a segment. lwIP keeps that whole, and would resend all of it,
 * wait for a window that takes all of it, and split it where it is known
 * already. So it is trimmed, and what lwIP does not count until the segment
 * is done with is given back at once.
 */
#include <string.h>

#include "base/csum.h"
#include "stack/priv.h"
#include "wire/ip4.h"
#include "wire/ip6.h"

#define TCP_CSUM_AT 16
/* With IPv6's header the longest has to fit the length of a pbuf. */
#define SUPER_MAX (UINT16_MAX - UL_IP6_HLEN - TCP_HLEN)

void ul_super_begin(struct ul_conn *conn, struct tcp_pcb *pcb)
{
	struct ul_addr guest;

	ul_addr_from_lwip(&guest, &pcb->remote_ip);
	if (!ul_stack_can_offload(conn->stack, &guest))
		return;
	conn->seg_mss = pcb->mss;
	pcb->mss = LWIP_MAX(pcb->mss,
		       (u16_t)(SUPER_MAX / pcb->mss * pcb->mss));
}

static uint16_t pseudo_sum(const uint8_t *ip, const struct ul_stack_out *out)
{
	size_t len = out->len - out->ip_hdr_len;
	uint8_t tail[4] = {
		(uint8_t)(len >> 8), (uint8_t)len, 0, UL_IPPROTO_TCP,
	};
	uint32_t sum = ul_csum_add(0, tail, sizeof(tail));

	sum = out->ip_hdr_len == UL_IP6_HLEN ? ul_csum_add(sum, ip + 8, 32) :
					       ul_csum_add(sum, ip + 12, 8);
	return (uint16_t)~ul_csum_fold(sum);
}

void ul_super_describe(const struct ul_conn *conn, struct ul_stack_out *out,
		       const struct pbuf *p)
{
	uint8_t *ip = p->payload;
	struct tcp_hdr *tcp = (struct tcp_hdr *)(ip + out->ip_hdr_len);
	size_t data_len;

	if (!conn || !conn->seg_mss || out->proto != UL_IPPROTO_TCP)
		return;
	data_len = out->len - out->ip_hdr_len - TCPH_HDRLEN_BYTES(tcp);
	tcp->chksum = lwip_htons(pseudo_sum(ip, out));
	out->offload = (struct ul_offload){
		.csum = UL_CSUM_PARTIAL, .csum_start = out->ip_hdr_len,
		.csum_offset = TCP_CSUM_AT,
		.gso_size = data_len > conn->seg_mss ? conn->seg_mss : 0,
	};
}

/* Cut @len bytes off the front of the pbufs behind the first. */
static void drop_bytes(struct tcp_pcb *pcb, struct pbuf *first, size_t len)
{
	while (len) {
		struct pbuf *p = first->next;
		size_t n = LWIP_MIN(len, p->len);

		len -= n;
		if (n < p->len) {
			p->payload = (uint8_t *)p->payload + n;
			p->len -= (u16_t)n;
			p->tot_len -= (u16_t)n;
			return;
		}
		first->next = p->next;
		p->next = NULL;
		p->tot_len = p->len;
		pbuf_free(p);
		pcb->snd_queuelen--;
	}
}

/*
 * The first @len bytes are acknowledged. What lwIP split off an earlier one
 * has data of its own behind the header; all else references ours.
 */
static void trim(struct tcp_pcb *pcb, struct tcp_seg *seg, size_t len)
{
	struct pbuf *p = seg->p;
	uint8_t *own = (uint8_t *)seg->tcphdr + TCPH_HDRLEN_BYTES(seg->tcphdr);
	size_t own_len = (size_t)((uint8_t *)p->payload + p->len - own);
	size_t n = LWIP_MIN(len, own_len);

	memmove(own, own + n, own_len - n);
	p->len -= (u16_t)n;
	drop_bytes(pcb, p, len - n);
	p->tot_len -= (u16_t)len;
	seg->len -= (u16_t)len;
	seg->tcphdr->seqno = lwip_htonl(lwip_ntohl(seg->tcphdr->seqno) +
					(uint32_t)len);
}

/* How many bytes of @seg are acknowledged, when not all are. */
static size_t acked_part(const struct tcp_pcb *pcb, const struct tcp_seg *seg)
{
	uint32_t done;

	if (!seg)
		return 0;
	done = pcb->lastack - lwip_ntohl(seg->tcphdr->seqno);
	return (int32_t)done > 0 && done < seg->len ? done : 0;
}

void ul_super_trim(struct ul_conn *conn)
{
	struct tcp_pcb *pcb = conn->pcb;
	struct tcp_seg *seg = pcb->unacked;
	size_t done = acked_part(pcb, seg);

	if (!done) {		/* or it waits to be sent again */
		seg = pcb->unsent;
		done = acked_part(pcb, seg);
	}
	if (!conn->seg_mss || !done)
		return;
	trim(pcb, seg, done);
	pcb->snd_buf += (tcpwnd_size_t)done;
	ul_tx_acked(conn, done);
	conn->events |= UL_CONN_ROOM;
}

/*
 * lwIP sends a segment that fits the guest's window or, with nothing in
 * flight, waits until its timer cuts it. A long one is cut at once.
 */
void ul_super_fit_window(struct ul_conn *conn)
{
	struct tcp_pcb *pcb = conn->pcb;
	const struct tcp_seg *seg = pcb->unsent;
	uint32_t room = LWIP_MIN(pcb->snd_wnd, UINT16_MAX);

	if (!conn->seg_mss || !seg || pcb->unacked || seg->len <= room)
		return;
	room -= room % conn->seg_mss;
	if (room && tcp_split_unsent_seg(pcb, (u16_t)room) == ERR_OK)
		tcp_output(pcb);
}
