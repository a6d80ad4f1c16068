/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwipopts.h - how lwIP is built for userland
 *
 * lwIP is the TCP engine and the end of the guest's UDP and ICMP. Everything
 * that guards it (parsing, reassembly, neighbours, checksums, demultiplexing,
 * limits) is ours and in front of it, so most of lwIP is switched off.
 */
#ifndef UL_LWIPOPTS_H
#define UL_LWIPOPTS_H

#include <stdint.h>

/* One thread, raw API; src/stack calls the timers itself. */
#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_TIMERS 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_STATS 0

/* No fixed pools: pcbs, segments and headers come from malloc. */
#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#define MEM_ALIGNMENT 8
#define PBUF_POOL_SIZE 0
#define PBUF_POOL_BUFSIZE 1600		/* its default overflows with our MSS */
#define LWIP_SUPPORT_CUSTOM_PBUF 1	/* received frames are not copied */

/* Link, neighbours, address configuration: handled before lwIP. */
#define LWIP_ARP 0
#define LWIP_ETHERNET 0
#define LWIP_DHCP 0
#define LWIP_DNS 0
#define LWIP_IPV4 1
#define LWIP_IPV6 1
#define LWIP_IPV6_SCOPES 0
#define LWIP_IPV6_MLD 0
#define LWIP_IPV6_AUTOCONFIG 0
#define LWIP_IPV6_SEND_ROUTER_SOLICIT 0
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS 0
#define LWIP_ND6_TCP_REACHABILITY_HINTS 0
#define LWIP_ND6_ALLOW_RA_UPDATES 0
#define LWIP_ICMP 0
#define LWIP_ICMP6 1			/* ip6.c calls it; our pcb takes all */

/*
 * Its reassembly lists are static and keyed by addresses and id only, so that
 * fragments of two guests would mix; with IP_FRAG it would cut TCP segments.
 */
#define IP_REASSEMBLY 0
#define LWIP_IPV6_REASS 0
#define IP_FRAG 0
#define LWIP_IPV6_FRAG 0
#define IP_FORWARD 0

/* UDP and ICMP end at raw pcbs: udp_input() would be a linear search. */
#define LWIP_UDP 0
#define LWIP_RAW 1
#define LWIP_TCP 1

/* What a guest sees comes from afar, as from any router: not lwIP's 255. */
#define IP_DEFAULT_TTL 64

/*
 * Replies leave with the source that the guest talked to, through the netif
 * of the network that is entered.
 */
struct netif *ul_lwip_route4(const void *src, const void *dest);
struct netif *ul_lwip_route6(const void *src, const void *dest);
#define LWIP_HOOK_IP4_ROUTE_SRC(src, dest) ul_lwip_route4(src, dest)
#define LWIP_HOOK_IP6_ROUTE(src, dest) ul_lwip_route6(src, dest)

/* Unpredictable initial sequence numbers (RFC 6528), in port.c. */
struct ip_addr;
uint32_t ul_lwip_isn(const struct ip_addr *local, uint16_t local_port,
		     const struct ip_addr *remote, uint16_t remote_port);
#define LWIP_HOOK_TCP_ISN ul_lwip_isn

/* Checksums were verified before; ours is faster where one is made. */
#define CHECKSUM_CHECK_IP 0
#define CHECKSUM_CHECK_TCP 0
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1	/* none where the guest fills it in */
uint16_t ul_lwip_chksum(const void *data, int len);
#define LWIP_CHKSUM ul_lwip_chksum

/*
 * MSS up to what an MTU of 65520 and super-segments need; windows of 4 MiB
 * with scale 7. The bytes in flight are bounded per connection at run time.
 * lwIP's sanity checks want an MSS below 16 KiB and memory pools.
 */
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1
#define TCP_MSS 65480
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 7
#define TCP_WND (4 << 20)
#define TCP_SND_BUF (4 << 20)
#define TCP_SND_QUEUELEN 0xffff
#define TCP_SNDLOWAT 65536
#define TCP_OVERSIZE 0			/* data is referenced, never copied */
#define TCP_CALCULATE_EFF_SEND_MSS 1
#define TCP_LISTEN_BACKLOG 0
#define LWIP_TCP_KEEPALIVE 1

/* Out-of-order data is kept, bounded, and reported by SACK. */
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_BYTES (4 << 20)
#define TCP_OOSEQ_MAX_PBUFS 3072
#define LWIP_TCP_SACK_OUT 1

/*
 * Ticks of 50 ms (fast) and 100 ms (slow): a guest is microseconds away, and
 * with two slow ticks as the first RTO a lost segment costs 0.2 s, not 3 s.
 */
#define TCP_TMR_INTERVAL 50
#define LWIP_TCP_RTO_TIME 200
#define TCP_SYNMAXRTX 12
#define TCP_MAXRTX 12
#define TCP_MSL 60000			/* TIME_WAIT ends earlier, in flow/ */

/* The window is announced at the end of a batch, not per segment. */
#define TCP_WND_UPDATE_THRESHOLD TCP_WND

#endif
