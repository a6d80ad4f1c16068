/* SPDX-License-Identifier: BSD-3-Clause */
/* uplink_help.h - what uplinks there are and what root does for each */
#ifndef UL_CONF_UPLINK_HELP_H
#define UL_CONF_UPLINK_HELP_H

/*
 * The rest of an error about a missing uplink: a list of lines, each kind
 * with the command that root runs for this user. The caller's.
 */
char *ul_uplink_help(void);

#endif
