/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tcp_state.h - the life of a proxied TCP connection, as a table
 *
 * Pure: next() says where an event leads, tcp_proxy.c acts on it.
 */
#ifndef UL_FLOW_TCP_STATE_H
#define UL_FLOW_TCP_STATE_H

enum ul_tcp_state {
	UL_TCP_DIAL,		/* the host side connects; the SYN is held */
	UL_TCP_GREET,		/* host connected; handshake with the guest */
	UL_TCP_OPEN,
	UL_TCP_GUEST_DONE,	/* the guest sends no more */
	UL_TCP_HOST_DONE,	/* the host's peer sends no more */
	UL_TCP_BOTH_DONE,
	UL_TCP_DRAIN,		/* the guest is through; the host is not */
	UL_TCP_LINGER,		/* host side closed; late segments may come */
	UL_TCP_END,		/* to be freed */
};
#define UL_TCP_STATE_COUNT (UL_TCP_END + 1)

enum ul_tcp_event {
	UL_TCP_EV_HOST_CONNECTED,
	UL_TCP_EV_GUEST_CONNECTED,
	UL_TCP_EV_GUEST_FIN,
	UL_TCP_EV_HOST_EOF,
	UL_TCP_EV_GUEST_CLOSED,	/* both FINs acknowledged */
	UL_TCP_EV_DRAINED,	/* the host took all, its FIN is sent */
	UL_TCP_EV_FAIL,		/* reset, timeout, on either side */
};
#define UL_TCP_EVENT_COUNT (UL_TCP_EV_FAIL + 1)

enum ul_tcp_state ul_tcp_next(enum ul_tcp_state state,
			      enum ul_tcp_event event);
/* "OPEN", for logs, and "open", for listings. */
const char *ul_tcp_state_name(enum ul_tcp_state state);
const char *ul_tcp_state_word(enum ul_tcp_state state);

#endif
