/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * uplink_spec.h - the rule of `--uplink`, from text
 *
 *	fd:N[,mac=shared]		an inherited tap or macvtap
 *	tap:NAME[,mac=shared]		a tap that the user owns
 *	helper:BRIDGE[,mac=shared]	a tap that qemu-bridge-helper makes
 *	trunk:[listen:]ADDR		another userland: the path of a UNIX
 *					socket, @NAME (abstract), HOST:PORT
 *	vxlan:VNI@LOCAL[:PORT]=REMOTE[:PORT][,REMOTE[:PORT]...]
 *
 * Addresses are numbers, never names; IPv6 with a port is in brackets. A
 * path has a slash in it. A VXLAN's port is 4789 unless said, a remote's the
 * local one.
 */
#ifndef UL_CONF_UPLINK_SPEC_H
#define UL_CONF_UPLINK_SPEC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/addr.h"

#define UL_UPLINK_REMOTES_MAX 64
#define UL_UPLINK_VNI_MAX 0xffffff
#define UL_UPLINK_VXLAN_PORT 4789	/* RFC 7348 5 */

enum ul_uplink_kind {
	UL_UPLINK_FD,
	UL_UPLINK_TAP,
	UL_UPLINK_HELPER,
	UL_UPLINK_TRUNK,
	UL_UPLINK_VXLAN,
};
#define UL_UPLINK_KIND_COUNT (UL_UPLINK_VXLAN + 1)

struct ul_uplink_conf {
	enum ul_uplink_kind kind;
	char *text;			/* as the user wrote it, for errors */
	bool shares_mac;		/* mac=shared: fd, tap, helper */
	int fd;				/* fd; -1 for the others */
	char *name;			/* tap: the device; helper: the bridge */

	/* trunk: where to connect to, or to wait for others. */
	struct sockaddr_storage trunk;
	socklen_t trunk_len;
	bool trunk_listens;

	/* vxlan: all of one family. */
	uint32_t vni;
	struct ul_ep local;
	struct ul_ep remotes[UL_UPLINK_REMOTES_MAX];
	unsigned int remote_count;
};

/*
 * Parse @text. 0 and the caller's rule in *@out, or -EINVAL and in *@why half
 * a sentence (the caller's) that says what would be right. Whether there is
 * such a descriptor, device or address is the kernel's to say.
 */
int ul_uplink_spec_parse(struct ul_uplink_conf **out, const char *text,
			 char **why);

/* NULL is fine. */
void ul_uplink_conf_free(struct ul_uplink_conf *uplink);

/* Lines for people: the kinds, and what root runs once for each. */
const char *ul_uplink_spec_help(void);

/* "fd", "tap", "helper", "trunk", "vxlan". */
const char *ul_uplink_kind_name(enum ul_uplink_kind kind);

#endif
