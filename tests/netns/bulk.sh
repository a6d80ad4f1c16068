#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# bulk.sh - 100 MB arrive unharmed, each way, at each MTU, IPv4 and IPv6
. "$(dirname "$0")/lib.sh"

LEN=100000000
WANT=$("$PEER" digest - 0 seed=7 len=$LEN)

transfer() {
	for addr in $WORLD4 $WORLD6; do
		for verb in put get; do
			step "$ATTACH, MTU $MTU: $verb $addr"
			got=$(guest_peer $verb $addr 5000 seed=7 len=$LEN)
			expect "$got" "$WANT" "$verb $addr"
		done
	done
}

run() {
	for MTU in 1500 9000 65520; do
		start_network "$1"
		transfer
		next_network
	done
}

# A frame for each packet, as before taps could do more.
run_plain() {
	UL_ARGS=--no-offload
	for MTU in 1500 65520; do
		start_network tap
		transfer
		next_network
	done
	UL_ARGS=
}

start_world
serve world sink any 5000
both run
run_plain
step "passed"
