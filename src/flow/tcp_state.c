/* SPDX-License-Identifier: BSD-3-Clause */
/* tcp_state.c - the life of a proxied TCP connection, as a table */
#include "flow/tcp_state.h"

#include <assert.h>

#define DIAL UL_TCP_DIAL
#define GREET UL_TCP_GREET
#define OPEN UL_TCP_OPEN
#define GDONE UL_TCP_GUEST_DONE
#define HDONE UL_TCP_HOST_DONE
#define BDONE UL_TCP_BOTH_DONE
#define DRAIN UL_TCP_DRAIN
#define LING UL_TCP_LINGER
#define END UL_TCP_END

static const unsigned char next[UL_TCP_STATE_COUNT][UL_TCP_EVENT_COUNT] = {
	/*	   HOST_CON GUEST_CON GUEST_FIN HOST_EOF G_CLOSED DRAINED FAIL */
	[DIAL]	= { GREET, DIAL,  DIAL,  DIAL,  END,   DIAL,  END },
	[GREET]	= { GREET, OPEN,  GDONE, GREET, END,   GREET, END },
	[OPEN]	= { OPEN,  OPEN,  GDONE, HDONE, DRAIN, OPEN,  END },
	[GDONE]	= { GDONE, GDONE, GDONE, BDONE, DRAIN, GDONE, END },
	[HDONE]	= { HDONE, HDONE, BDONE, HDONE, DRAIN, HDONE, END },
	[BDONE]	= { BDONE, BDONE, BDONE, BDONE, DRAIN, BDONE, END },
	[DRAIN]	= { DRAIN, DRAIN, DRAIN, DRAIN, DRAIN, LING,  END },
	[LING]	= { LING,  LING,  LING,  LING,  LING,  LING,  END },
	[END]	= { END,   END,   END,   END,   END,   END,   END },
};

static const char *const names[] = {
	[DIAL] = "DIAL", [GREET] = "GREET", [OPEN] = "OPEN",
	[GDONE] = "GUEST_DONE", [HDONE] = "HOST_DONE", [BDONE] = "BOTH_DONE",
	[DRAIN] = "DRAIN", [LING] = "LINGER", [END] = "END",
};
static_assert(sizeof(names) / sizeof(*names) == UL_TCP_STATE_COUNT,
	      "every state has a name");

static const char *const words[] = {
	[DIAL] = "connecting", [GREET] = "greeting", [OPEN] = "open",
	[GDONE] = "guest-done", [HDONE] = "outside-done",
	[BDONE] = "both-done", [DRAIN] = "draining", [LING] = "closed",
	[END] = "closed",
};
static_assert(sizeof(words) / sizeof(*words) == UL_TCP_STATE_COUNT,
	      "every state has a word");

enum ul_tcp_state ul_tcp_next(enum ul_tcp_state state,
			      enum ul_tcp_event event)
{
	return (enum ul_tcp_state)next[state][event];
}

const char *ul_tcp_state_name(enum ul_tcp_state state)
{
	return names[state];
}

const char *ul_tcp_state_word(enum ul_tcp_state state)
{
	return words[state];
}
