#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# reset-half-written.sh - a reset while a frame of its flow is half written
#
# The relay stops reading the socket while the guest downloads: frames of
# the flow wait in userland, one of them half written. The guest resets the
# connection, which frees it; its data must live until the frame is out, and
# the framing must stay whole, which the next transfers show. Under ASan the
# former is certain.
. "$(dirname "$0")/lib.sh"

run() {
	for i in 1 2 3 4 5; do
		kill -USR2 "$relay_pid"
		# also=1 asks for a stream that it never reads (task get).
		guest_peer reset $1 5000 also=1 len=50000000 gap=300 &
		client=$!
		sleep 0.2
		kill -HUP "$relay_pid"
		sleep 0.02
		kill -USR2 "$relay_pid"
		wait $client
		sleep 0.2
		kill -HUP "$relay_pid"
		got=$(guest_peer get $1 5000 len=1000000)
		expect "$got" "$WANT" "a transfer after reset $i"
	done
}

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
