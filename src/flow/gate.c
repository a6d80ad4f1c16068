/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * gate.c - is something there behind a forward? asked again and again
 *
 * Either the timer is armed or a probe is under way. A hint that comes during
 * a probe may be what the probe was too early for: then the next step is the
 * smallest again.
 */
#include "flow/gate.h"

#include <errno.h>

#include <glib.h>

#define BUSY_US 200000		/* when no more probes may be under way */

struct ul_gate {
	struct ul_gate_conf conf;
	struct ul_timer next;
	struct ul_guest_dial *probe;	/* NULL: none is under way */
	int64_t step_us, asked_us;
	bool is_open;
};

static void wait_for(struct ul_gate *g, int64_t us)
{
	ul_timer_set(g->conf.loop, &g->next, ul_loop_now(g->conf.loop) + us);
}

static void on_no(struct ul_gate *g)
{
	bool was_open = g->is_open;

	/* What was there a moment ago may be back in another. */
	if (was_open)
		g->step_us = UL_GATE_STEP_MIN_US;
	wait_for(g, g->step_us);
	g->step_us = MIN(2 * g->step_us, UL_GATE_STEP_MAX_US);
	g->is_open = false;
	if (was_open)
		g->conf.change(false, g->conf.arg);
}

static void on_yes(struct ul_gate *g)
{
	if (!g->is_open && !g->conf.change(true, g->conf.arg)) {
		on_no(g);
		return;
	}
	g->is_open = true;
	wait_for(g, UL_GATE_CHECK_US);
	g->step_us = UL_GATE_STEP_MIN_US;
}

static void on_outcome(enum ul_greeting how, void *arg)
{
	struct ul_gate *g = arg;

	g->probe = NULL;
	switch (how) {
	case UL_GREETING_ACCEPTED:
		on_yes(g);
		break;
	case UL_GREETING_REFUSED:
	case UL_GREETING_UNREACHABLE:
	case UL_GREETING_SILENT:
		on_no(g);
		break;
	case UL_GREETING_ENDED:		/* that says nothing of the guest */
		wait_for(g, UL_GATE_STEP_MIN_US);
		break;
	}
}

static void on_next(int64_t now_us, void *arg)
{
	struct ul_gate *g = arg;
	struct ul_guest_dial_conf dc = {
		.wait_us = UL_GATE_WAIT_US, .fn = on_outcome, .arg = g,
	};

	g->asked_us = now_us;
	if (g->conf.find(&dc.guest, g->conf.arg) < 0)
		on_no(g);
	else if (ul_guest_probe(g->conf.dials, &dc, &g->probe) < 0)
		wait_for(g, BUSY_US);
}

struct ul_gate *ul_gate_new(const struct ul_gate_conf *conf)
{
	struct ul_gate *g = g_new0(struct ul_gate, 1);

	g->conf = *conf;
	g->step_us = UL_GATE_STEP_MIN_US;
	ul_timer_init(&g->next, on_next, g);
	wait_for(g, 0);
	return g;
}

void ul_gate_free(struct ul_gate *g)
{
	if (!g)
		return;
	ul_timer_cancel(g->conf.loop, &g->next);
	if (g->probe)
		ul_guest_dial_cancel(g->probe);
	g_free(g);
}

/* A guest may make things happen without end, and others are asked for it. */
void ul_gate_hurry(struct ul_gate *g)
{
	int64_t now = ul_loop_now(g->conf.loop);

	g->step_us = UL_GATE_STEP_MIN_US;
	if (!g->probe)
		ul_timer_set(g->conf.loop, &g->next,
			     MAX(now, g->asked_us + UL_GATE_PACE_US));
}

bool ul_gate_is_open(const struct ul_gate *g)
{
	return g->is_open;
}
