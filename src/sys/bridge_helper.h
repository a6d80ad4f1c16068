/* SPDX-License-Identifier: BSD-3-Clause */
/* bridge_helper.h - a tap on a bridge, made by qemu-bridge-helper */
#ifndef UL_SYS_BRIDGE_HELPER_H
#define UL_SYS_BRIDGE_HELPER_H

#define UL_BRIDGE_HELPER_WAIT_MS 5000
/* Whom it serves is written there. */
#define UL_BRIDGE_HELPER_ACL "/etc/qemu/bridge.conf"

struct ul_bridge_helper_conf {
	const char *const *paths;	/* NULL-terminated; NULL: the usual */
	int wait_ms;			/* 0: the default */
};

/*
 * Have the helper make a tap that is a port of @bridge. @conf may be NULL. 0
 * and the caller's close-on-exec descriptor, or -errno and in *@error a
 * sentence (the caller's) with what root must do; -ETIMEDOUT when the helper
 * does not answer in time.
 */
int ul_bridge_helper_run(int *out, const char *bridge,
			 const struct ul_bridge_helper_conf *conf,
			 char **error);

#endif
