/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * slirp_debug.c - how much the library says on stderr
 *
 * Refusals are told; what SLIRP_DEBUG in the environment, or the host, asks
 * for comes on top, for all instances of the process.
 */
#include "qemu-glue/slirp_priv.h"

#include <stdlib.h>

#include <glib.h>

#include "base/log.h"

static const GDebugKey words[] = {
	{ "call", SLIRP_DBG_CALL },
	{ "misc", SLIRP_DBG_MISC },
	{ "error", SLIRP_DBG_ERROR },
	{ "tftp", SLIRP_DBG_TFTP },
	{ "verbose_call", SLIRP_DBG_VERBOSE_CALL },
};

static unsigned int flags;
static bool has_environment;

static void apply(void)
{
	enum ul_log_level level = UL_LOG_WARN;

	if (flags & SLIRP_DBG_ERROR)
		level = UL_LOG_INFO;
	if (flags & ~(unsigned int)SLIRP_DBG_ERROR)
		level = UL_LOG_DEBUG;
	ul_log_set_level(level);
}

void ul_slirp_debug_init(void)
{
	if (!has_environment)
		flags |= g_parse_debug_string(getenv("SLIRP_DEBUG"), words,
					      G_N_ELEMENTS(words));
	has_environment = true;
	apply();
}

void slirp_set_debug(unsigned int more)
{
	ul_slirp_engine_lock();
	flags |= more;
	apply();
	ul_slirp_engine_unlock();
}

void slirp_reset_debug(unsigned int less)
{
	ul_slirp_engine_lock();
	flags &= ~less;
	apply();
	ul_slirp_engine_unlock();
}
