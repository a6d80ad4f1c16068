/* SPDX-License-Identifier: BSD-3-Clause */
/* port_spec.h - how a guest's port is treated, from text */
#ifndef UL_CONF_PORT_SPEC_H
#define UL_CONF_PORT_SPEC_H

#include "conf/conf.h"

/*
 * "NAME=MAC[,RULE]...", of the guest with that MAC, or "*[,RULE]...", of all
 * others. A RULE is one of isolated, promiscuous, pinned, macs-max=N,
 * rate-in=SIZE and rate-out=SIZE (bytes a second), burst=SIZE and storm=N
 * (flooded frames a second), and host-loopback or host-loopback=PORTS, these
 * as in 80,8000-8010. 0 and in *@out the caller's, or -EINVAL
 * and in *@why half a sentence (the caller's) that says what would be right.
 */
int ul_port_spec_parse(struct ul_port_conf **out, const char *text,
		       char **why);
void ul_port_conf_free(struct ul_port_conf *port);

#endif
