/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gate.h - is something there behind a forward? asked again and again
 *
 * A gate is open while its guest's port listens. Closed, it is probed in
 * steps that double from UL_GATE_STEP_MIN_US to UL_GATE_STEP_MAX_US; open,
 * every UL_GATE_CHECK_US.
 */
#ifndef UL_FLOW_GATE_H
#define UL_FLOW_GATE_H

#include "flow/guest_dial.h"

#define UL_GATE_STEP_MIN_US 500000ll
#define UL_GATE_STEP_MAX_US 30000000ll
#define UL_GATE_CHECK_US 10000000ll
#define UL_GATE_PACE_US 200000ll	/* at least, whatever happens */
#define UL_GATE_WAIT_US 1000000ll	/* for the guest's answer */

struct ul_gate;

struct ul_gate_conf {
	struct ul_loop *loop;
	struct ul_guest_dials *dials;
	/* Where it leads now: 0, or -ENOENT. */
	int (*find)(struct ul_ep *guest, void *arg);
	/* It opens, or closes. False: it cannot open now. */
	bool (*change)(bool is_open, void *arg);
	void *arg;
};

/* Closed; the first probe leaves in this turn. @conf is copied. */
struct ul_gate *ul_gate_new(const struct ul_gate_conf *conf);
/* NULL is fine. */
void ul_gate_free(struct ul_gate *gate);

/*
 * Something happened: probe now, or a moment after the last time, and in small
 * steps from there on.
 */
void ul_gate_hurry(struct ul_gate *gate);
bool ul_gate_is_open(const struct ul_gate *gate);

#endif
