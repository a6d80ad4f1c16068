/* SPDX-License-Identifier: BSD-3-Clause */
/* linkinfo.h - what the kernel says of an interface of our namespace */
#ifndef UL_SYS_LINKINFO_H
#define UL_SYS_LINKINFO_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UL_LINK_KIND_LEN 16

enum ul_macvtap_mode {
	UL_MACVTAP_UNKNOWN,	/* no macvtap, or out of our sight */
	UL_MACVTAP_PRIVATE,
	UL_MACVTAP_VEPA,
	UL_MACVTAP_BRIDGE,
	UL_MACVTAP_PASSTHRU,
	UL_MACVTAP_SOURCE,
};
#define UL_MACVTAP_COUNT (UL_MACVTAP_SOURCE + 1)

struct ul_linkinfo {
	char name[IFNAMSIZ];
	int index;
	unsigned int mtu;
	uint8_t mac[6];
	bool is_up;
	int master;			/* index of its bridge; 0: none */
	/* "tun" (taps too), "macvtap", "bridge" ...; "" for hardware */
	char kind[UL_LINK_KIND_LEN];
	/* Of a tun alone. */
	bool is_tap, has_pi, is_multi_queue, has_owner, has_group;
	uint32_t owner, group;
	/* Of a macvtap alone. */
	enum ul_macvtap_mode mode;
};

/* 0; -ENODEV when there is none of that name; -errno. */
int ul_linkinfo_get(struct ul_linkinfo *out, const char *name);
int ul_linkinfo_get_index(struct ul_linkinfo *out, int index);

/* One RTM_NEWLINK of the kernel's. 0 or -EBADMSG. */
int ul_linkinfo_parse(struct ul_linkinfo *out, const void *msg, size_t len);

/* "private", "vepa", "bridge", "passthru", "source", "unknown". */
const char *ul_macvtap_mode_name(enum ul_macvtap_mode mode);

#endif
