#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# stalled.sh - a guest that does not read slows no other
#
#   guest 1 --> 2 that stalls       1 --> 3 that reads      4 --> 5
#
# Guest 1 sends to both: what waits for the one must not take the buffers, or
# the time, of what goes to the other. In quiet rounds 2 reads and nothing is
# sent to it; in the others it does not, and 1 and 4 send it datagrams.
. "$(dirname "$0")/lib.sh"
. "$HERE/lan.sh"

KEEP=80

run() {
	start_lan --mode nat-network --subnet 10.0.2.0/24 --mtu "$1" \
		--socket "$DIR/net.sock"
	for i in 1 2 3 4 5; do
		join $i "$DIR/net.sock"
		plugged $i "$1"
		at $i ip addr add 10.0.2.10$i/24 dev tap0
	done
	step "MTU $1: two send to a guest that stalls and to one that reads"
	for try in 1 2 3; do
		share ROUNDS=8 SECONDS=1 stall="$guest_2" \
			udp="$guest_1=10.0.2.102=32768=3000" \
			udp="$guest_4=10.0.2.102=32768=3000" \
			"$guest_1=$guest_3=10.0.2.103" \
			"$guest_4=$guest_5=10.0.2.105"
		[ "$kept" -lt $KEEP ] || [ "$least" -lt $KEEP ] || break
	done
	[ "$kept" -ge $KEEP ] || fail "MTU $1: they keep $kept %"
	[ "$least" -ge $KEEP ] || fail "MTU $1: one of them keeps $least %"
	step "it reads again and is reached"
	wait_until 5 "a ping" at 1 ping -c 1 -W 1 10.0.2.102
	[ "$(counted "queue full")" -gt 0 ] || fail "nothing was dropped"
	for i in 1 2 3 4 5; do
		leave $i
	done
	stop_userland
}

run 1500
run 65520
step "passed"
