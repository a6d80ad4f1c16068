#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# ping.sh - pings pass where ping sockets are open, else are prohibited
#
# The gateway answers by itself in either state.
. "$(dirname "$0")/lib.sh"

try_ping() { in_guest ping -n -c 1 -W 2 "$@" 2>&1; }
can_ping() { try_ping "$@" >"$DIR/ping" || fail "ping $*: $(cat "$DIR/ping")"; }
cannot_ping() {
	want=$1
	shift
	# The world's kernel rations such errors to one a second.
	for _ in 1 2 3; do
		try_ping "$@" >"$DIR/ping" && fail "ping $* was answered"
		grep -q "$want" "$DIR/ping" && return
	done
	fail "ping $*: $(cat "$DIR/ping")"
}

closed() {
	start_network "$@"
	step "$ATTACH: ping sockets are closed"
	can_ping $GATE4
	can_ping $GATE6
	begin=$(date +%s%3N)
	cannot_ping "Packet filtered\|ommunication .*rohibited" $WORLD4
	cannot_ping "rohibited" $WORLD6
	at_most $(($(date +%s%3N) - begin)) 1000 "milliseconds for both"
	grep -q ping_group_range "$DIR/userland.log" ||
		fail "the log does not name ping_group_range"
	next_network
}

open() {
	start_network "$@"
	step "$ATTACH: ping sockets are open"
	for addr in $GATE4 $GATE6 $WORLD4 $WORLD6 $FAR4 $FAR6; do
		can_ping $addr
		can_ping -s 0 $addr
		can_ping -s 1472 $addr
		can_ping -s 20000 $addr
	done
	step "$ATTACH: many at once keep their own answers"
	pids=
	for i in 1 2 3 4 5 6 7 8; do
		in_guest ping -n -q -c 20 -i 0.01 -p "$i$i" $WORLD4 \
			>"$DIR/ping$i" 2>&1 &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || fail "one of many pings: $(cat "$DIR"/ping[1-8])"
	done
	grep -L ' 0% packet loss' "$DIR"/ping[1-8] | grep . &&
		fail "answers were lost: $(cat "$DIR"/ping[1-8])"
	grep -q 'wrong data' "$DIR"/ping[1-8] && fail "answers were mixed"
	step "$ATTACH: errors come from the router that sent them"
	cannot_ping "From 192.0.2.2 .*Host Unreachable" 203.0.113.70
	cannot_ping "From 192.0.2.2 .*iltered" 203.0.113.140
	cannot_ping "From 2001:db8:1::2 .*nreachable" 2001:db8:ff:1::1
	cannot_ping "From 192.0.2.2 .*exceeded" -t 2 $FAR4
	next_network
}

start_world
# A new namespace's group range is empty, and cannot be made so again where
# group 1 is not mapped.
both closed
sysctl -qw net.ipv4.ping_group_range="0 0"
both open
step "passed"
