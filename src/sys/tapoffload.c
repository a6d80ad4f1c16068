/* SPDX-License-Identifier: BSD-3-Clause */
/* tapoffload.c - what a tap or macvtap may leave to its reader */
#include "sys/tapoffload.h"

#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#define VNET_HLEN 10
/* Linux 6.2 has them; headers may be older. */
#define OFFLOAD_USO4 0x20
#define OFFLOAD_USO6 0x40

struct ul_tap_offload ul_tap_offload_take(int fd)
{
	struct ul_tap_offload offload = { 0 };
	unsigned long all = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 |
			    TUN_F_TSO_ECN;
	struct ifreq ifr = { .ifr_name = "" };
	int len = VNET_HLEN, one = 1;

	if (ioctl(fd, TUNGETIFF, &ifr) < 0 ||
	    !(ifr.ifr_flags & IFF_VNET_HDR))
		return offload;
	offload.vnet_hlen = VNET_HLEN;
	ioctl(fd, TUNSETVNETLE, &one);
	ioctl(fd, TUNSETVNETHDRSZ, &len);	/* whatever it was before */
	if (ioctl(fd, TUNSETOFFLOAD, all | OFFLOAD_USO4 | OFFLOAD_USO6) == 0)
		offload.has_uso = true;
	else
		ioctl(fd, TUNSETOFFLOAD, all);
	return offload;
}
