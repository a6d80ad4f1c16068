#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# many.sh - 2 000 connections at once carry data, and leave nothing behind
. "$(dirname "$0")/lib.sh"

COUNT=2000

run() {
	start_network "$@"
	fds=$(fd_count)
	for addr in $WORLD4 $WORLD6; do
		step "$ATTACH: $COUNT connections to $addr"
		got=$(guest_peer many $addr 5000 ports=16 count=$COUNT len=20000)
		expect "$got" "open
OK" "2 000 connections"
	done
	wait_until 5 "descriptors come back" few_fds "$fds"
	next_network
}
few_fds() { [ "$(fd_count)" -le $(($1 + 2)) ]; }

start_world
serve world sink any 5000 ports=16
both run
step "passed"
