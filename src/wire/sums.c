/* SPDX-License-Identifier: BSD-3-Clause */
/* sums.c - the checksums of a whole frame */
#include "wire/sums.h"

#include <errno.h>
#include <stdbool.h>

#include "base/csum.h"
#include "wire/eth.h"
#include "wire/ip4.h"
#include "wire/ip6.h"
#include "wire/pkt.h"
#include "wire/tcp.h"
#include "wire/udp.h"

#define ETHERTYPE_VLAN 0x8100	/* IEEE 802.1Q */
#define ETHERTYPE_SVLAN 0x88a8
#define VLAN_TAGS_MAX 2
#define TCP_SUM_OFF 16
#define UDP_SUM_OFF 6
#define ICMP_SUM_OFF 2
#define ICMP_MIN 4

/* The transport of a packet that is whole. */
struct l4 {
	struct ul_addr src, dst;
	uint8_t proto;
	size_t off;		/* from the start of the frame */
	const uint8_t *data;
	size_t len;
};

/* Compare the sum at @sum_off of the first @len bytes. */
static void compare(struct ul_sums *s, const struct l4 *l4, size_t len,
		    size_t sum_off, uint32_t pseudo)
{
	struct ul_rd r = ul_rd_new(l4->data, len);
	uint16_t whole = ul_csum_fold(ul_csum_add(pseudo, l4->data, len));
	uint16_t found;

	ul_rd_skip(&r, sum_off);
	found = ul_rd_u16(&r);
	s->proto = l4->proto;
	s->l4_off = l4->off;
	s->sum_off = l4->off + sum_off;
	s->state = UL_SUMS_RIGHT;
	if (!whole)
		return;
	s->state = UL_SUMS_WRONG;
	if (!pseudo || found + ul_csum_fold(pseudo) != UINT16_MAX)
		return;
	/* The field holds the pseudo-header's part: sum without adding it. */
	whole = ul_csum_fold(ul_csum_add(0, l4->data, len));
	if (l4->proto == UL_IPPROTO_UDP && !whole)
		whole = 0xffff;
	s->whole = whole;
	s->state = UL_SUMS_PARTIAL;
}

static void check_udp(struct ul_sums *s, const struct l4 *l4)
{
	struct ul_udp udp;

	if (ul_udp_parse(&udp, l4->data, l4->len) < 0 || !udp.csum)
		return;
	compare(s, l4, udp.len, UDP_SUM_OFF,
		ul_csum_pseudo(&l4->src, &l4->dst, l4->proto, udp.len));
}

static void check_l4(struct ul_sums *s, const struct l4 *l4)
{
	bool is_v4 = ul_addr_is_v4(&l4->src);
	uint32_t pseudo = ul_csum_pseudo(&l4->src, &l4->dst, l4->proto,
					 (uint32_t)l4->len);

	if (l4->proto == UL_IPPROTO_TCP && l4->len >= UL_TCP_HLEN)
		compare(s, l4, l4->len, TCP_SUM_OFF, pseudo);
	else if (l4->proto == UL_IPPROTO_UDP)
		check_udp(s, l4);
	else if (l4->len < ICMP_MIN)
		return;
	else if (l4->proto == UL_IPPROTO_ICMP && is_v4)
		compare(s, l4, l4->len, ICMP_SUM_OFF, 0);
	else if (l4->proto == UL_IPPROTO_ICMP6 && !is_v4)
		compare(s, l4, l4->len, ICMP_SUM_OFF, pseudo);
	/* No device leaves an ICMP message to be completed by the next. */
	if (s->state == UL_SUMS_PARTIAL && l4->proto == UL_IPPROTO_ICMP6)
		s->state = UL_SUMS_WRONG;
}

static void check_ip4(struct ul_sums *s, struct ul_rd *r)
{
	const uint8_t *data = r->p;
	struct ul_ip4 h;
	int ret = ul_ip4_parse(&h, data, r->left);

	if (ret == -EILSEQ)
		s->state = UL_SUMS_WRONG;
	if (ret < 0 || h.mf || h.frag_offset)
		return;
	ul_rd_skip(r, h.hdr_len);

	struct l4 l4 = {
		.src = h.src, .dst = h.dst, .proto = h.proto,
		.off = s->l3_off + h.hdr_len, .data = r->p,
		.len = (size_t)(h.total_len - h.hdr_len),
	};

	check_l4(s, &l4);
}

static void check_ip6(struct ul_sums *s, struct ul_rd *r)
{
	const uint8_t *data = r->p;
	struct ul_ip6_chain c;
	struct ul_ip6 h;

	if (ul_ip6_parse(&h, data, r->left) < 0 ||
	    ul_ip6_walk(&c, &h, data) < 0 || c.has_frag)
		return;
	ul_rd_skip(r, c.l4_off);

	struct l4 l4 = {
		.src = h.src, .dst = h.dst, .proto = c.proto,
		.off = s->l3_off + c.l4_off, .data = r->p,
		.len = UL_IP6_HLEN + h.payload_len - c.l4_off,
	};

	check_l4(s, &l4);
}

struct ul_sums ul_sums_check(const uint8_t *frame, size_t len)
{
	struct ul_sums s = { .state = UL_SUMS_NONE };
	struct ul_rd r = ul_rd_new(frame, len);
	struct ul_eth eth;

	if (ul_eth_parse(&eth, &r) < 0)
		return s;
	for (int i = 0; i < VLAN_TAGS_MAX && (eth.type == ETHERTYPE_VLAN ||
					      eth.type == ETHERTYPE_SVLAN); i++) {
		ul_rd_skip(&r, 2);
		eth.type = ul_rd_u16(&r);
	}
	if (r.bad)
		return s;
	s.l3_off = len - r.left;
	if (eth.type == UL_ETHERTYPE_IPV4)
		check_ip4(&s, &r);
	else if (eth.type == UL_ETHERTYPE_IPV6)
		check_ip6(&s, &r);
	return s;
}
