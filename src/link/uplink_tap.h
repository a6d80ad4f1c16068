/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * uplink_tap.h - a real LAN as a port: taps and macvtaps that root made
 *
 * A macvtap (unless in passthru mode, or when its MAC is shared) delivers
 * only what is sent to its own MAC: it carries one VM, which must have that
 * MAC. And none reaches the host that it is on. Who plugs guests in asks
 * ul_uplink_may_attach(), and shows ul_uplink_describe().
 */
#ifndef UL_LINK_UPLINK_TAP_H
#define UL_LINK_UPLINK_TAP_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "link/port.h"
#include "loop/loop.h"
#include "sys/linkinfo.h"

/* What was found out of an uplink as it was opened. */
struct ul_uplink_facts {
	char ifname[IFNAMSIZ];
	char bridge[IFNAMSIZ];		/* that it is a port of, or "" */
	bool is_macvtap;
	enum ul_macvtap_mode mode;
	bool is_seen;			/* else in another namespace */
	bool is_up;
	uint8_t mac[6];			/* the interface's own */
	uint16_t mtu;
	bool shares_mac;		/* mac=shared, ul_uplink_share_mac() */
	uint8_t shared_mac[6];
};

/*
 * Open an uplink: an inherited descriptor, which is closed; a tap or macvtap
 * by name; a tap that qemu-bridge-helper makes. 0 and the caller's
 * non-blocking descriptor, or -errno and in *@error a sentence (the caller's)
 * that says what root must do.
 */
int ul_uplink_open_fd(int *out, struct ul_uplink_facts *facts, int fd,
		      char **error);
int ul_uplink_open_tap(int *out, struct ul_uplink_facts *facts,
		       const char *name, char **error);
int ul_uplink_open_helper(int *out, struct ul_uplink_facts *facts,
			  const char *bridge, char **error);

/*
 * All guests are to share one outside MAC. A macvtap's is its own; a tap's
 * own is the host's end of it, so one is made of that.
 */
void ul_uplink_share_mac(struct ul_uplink_facts *facts);

/* The port, which hides the guests' MACs when they are to share one. */
struct ul_port *ul_uplink_port_new(struct ul_loop *loop, int take_fd,
				   const struct ul_uplink_facts *facts,
				   const struct ul_port_handler *handler,
				   void *arg);

/*
 * May a guest attach where @count are already? When not, *@why is the end of
 * a sentence.
 */
bool ul_uplink_may_attach(const struct ul_uplink_facts *facts,
			  unsigned int count, const char **why);

/* Will frames from outside reach a guest with @mac? */
bool ul_uplink_reaches(const struct ul_uplink_facts *facts,
		       const uint8_t mac[6]);

/* One line for status: "macvtap mv0, mode bridge, ...". The caller's. */
char *ul_uplink_describe(const struct ul_uplink_facts *facts);

/*
 * NULL, or why nothing will pass as things are (it is down; in no bridge),
 * with what root does. The caller's.
 */
char *ul_uplink_warning(const struct ul_uplink_facts *facts);

#endif
