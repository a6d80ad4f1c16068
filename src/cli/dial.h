/* SPDX-License-Identifier: BSD-3-Clause */
/* dial.h - a TCP port of a VM, by the control socket of its network */
#ifndef UL_CLI_DIAL_H
#define UL_CLI_DIAL_H

#include <stdint.h>

#include "cli/qmp.h"

struct ul_dial_target {
	char *vm;		/* a name or an address */
	uint16_t port;		/* 0: none was said */
};

/* From 1 to 65535. 0, or -EINVAL. */
int ul_dial_parse_port(uint16_t *out, const char *text);
/* "VM", "VM:PORT", "10.0.2.15:22", "[fd00::15]:22". 0, or -EINVAL. */
int ul_dial_parse_target(struct ul_dial_target *out, const char *text);
void ul_dial_target_clear(struct ul_dial_target *target);

/*
 * Connect to the target: a socket, or -errno and a sentence: -ECONNREFUSED,
 * -EHOSTUNREACH, -ETIMEDOUT, -ENOENT when the network has no such VM, or as
 * ul_qmp_execute().
 */
int ul_dial_connect(struct ul_qmp *qmp, const char *net,
		    const struct ul_dial_target *target, char **error);

/* Does it listen? 1, 0 and in *@why a sentence, or as above. */
int ul_dial_probe(struct ul_qmp *qmp, const struct ul_dial_target *target,
		  char **why);

#endif
