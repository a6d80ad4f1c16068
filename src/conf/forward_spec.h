/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * forward_spec.h - the rule of `-p`, from text
 *
 *	[HOSTIP:]HPORT[-HPORT]:[GUEST:]GPORT[-GPORT][/tcp|/udp]
 *	GPORT[/...]	0:GPORT[/...]	HOSTIP::GPORT[/...]
 *	unix:PATH:[GUEST:]GPORT
 *
 * TCP ports of the host may be followed by ",when-listening".
 *
 * HOSTIP and GUEST are addresses, IPv6 in brackets; HOSTIP may be `*`, and
 * GUEST a name: labels (RFC 1123 2.1) with a letter somewhere. The three short
 * forms ask for a free host port. PATH is absolute or, from '@' on, abstract,
 * and has no colon.
 */
#ifndef UL_CONF_FORWARD_SPEC_H
#define UL_CONF_FORWARD_SPEC_H

#include "conf/conf.h"

/*
 * Parse @text. 0 and the caller's rule in *@out, or -EINVAL and in *@why half a
 * sentence (the caller's) that says what would be right.
 * Whether the guest's address is one of the network is ul_conf_check()'s to
 * say, and whether the host port can be bound is the kernel's.
 */
int ul_forward_spec_parse(struct ul_forward_conf **out, const char *text,
			  char **why);

/* The rule in the one form that all of its forms are; the caller's. */
char *ul_forward_spec_text(const struct ul_forward_conf *f);

/*
 * "80", "8000-8010": ports from 1 on, in order. 0 or -EINVAL.
 */
int ul_ports_parse(struct ul_conf_ports *out, const char *text);

#endif
