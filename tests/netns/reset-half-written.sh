#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# reset-half-written.sh - a reset while a frame of its flow is half written
#
# The relay stops reading the socket in the middle of a download: what is in
# flight is more than the socket takes, so frames of the flow wait in
# userland, the first of them half written. The guest resets the connection,
# which frees it; its data must live until the frames are out, and the
# framing must stay whole, which the next transfers show. Under ASan the
# former is certain.
. "$(dirname "$0")/lib.sh"

# With its flows gone, only waiting frames still hold userland's buffers.
frames_wait() {
	flow_table >"$DIR/table"
	grep -q 'status: pinned.* send buffers [1-9]' "$DIR/table"
}

stopped() { [ "$(grep -c stopped "$DIR/relay.log")" -gt "$stops" ]; }

# Rounds until frames waited in two of them: a busy machine may take long to
# bring enough in flight.
run() {
	waited=0
	for i in 1 2 3 4 5 6 7 8 9 10; do
		: >"$DIR/client.log"
		nsenter -t "$guest_ns" -n -- "$PEER" reset-many $1 5000 \
			count=$FLOWS len=4000000000 gap=100000 \
			>"$DIR/client.log" 2>&1 &
		client=$!
		wait_until 10 "$FLOWS flows" grep -q open "$DIR/client.log"
		sleep 0.2
		stops=$(grep -c stopped "$DIR/relay.log")
		kill -USR2 "$relay_pid"
		wait_until 5 "the relay stops" stopped
		sleep 0.2
		kill -USR1 $client
		wait $client || fail "the client"
		sleep 0.1
		frames_wait && waited=$((waited + 1))
		kill -HUP "$relay_pid"
		got=$(guest_peer get $1 5000 len=1000000)
		expect "$got" "$WANT" "a transfer after reset $i"
		[ $waited -lt 2 ] || return 0
	done
	fail "no frame ever waited: the test shows nothing"
}

# Half a megabyte of each is in flight; a socket takes up to eight.
FLOWS=80
WANT=$("$PEER" digest - 0 len=1000000)
start_world
serve world sink any 5000
for MTU in 1500 65520; do
	start_network stream
	step "MTU $MTU"
	run $WORLD4
	run $WORLD6
	next_network
done
step "passed"
