/* SPDX-License-Identifier: BSD-3-Clause */
/* guest_priv.h - shared by guest.c and guest_check.c */
#ifndef UL_TESTS_GUEST_PRIV_H
#define UL_TESTS_GUEST_PRIV_H

#include "fuzz/guest.h"
#include "wire/tcp.h"

enum guest_state {
	GUEST_CLOSED,
	GUEST_SYN_SENT,
	GUEST_OPEN,		/* or closing: the numbers are known */
};

struct guest_conn {
	enum guest_state state;
	struct ul_ep own, peer;
	uint32_t isn, snd_nxt, snd_max;
	uint32_t irs, rcv_nxt;
	bool has_end;		/* a FIN was sent: nothing is behind it */
	uint32_t end;
};

struct guest {
	uint16_t mtu;
	bool is_prompt;
	unsigned int generation;	/* of connections */
	unsigned int next_forward;
	struct guest_conn conn[GUEST_CONNS];
	uint8_t partial[70000];		/* of a frame on the wire */
	size_t partial_len;
};

extern struct guest guest;
extern const uint8_t guest_mac[6], guest_router_mac[6];

#endif
