#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# short.sh - 20 000 short connections leave no descriptor and no memory
#
# Every other one is ended by the server. They are spread over 16 ports, as
# the host's own TIME_WAIT would use up its ports to a single one. Memory is
# measured after a first 2 000, when the allocator has what it keeps.
. "$(dirname "$0")/lib.sh"

COUNT=20000 WARM=2000 SLACK_KB=1024

run() {
	start_network "$@"
	fds=$(fd_count)
	got=$(guest_peer short $WORLD4 5000 ports=16 count=$WARM)
	expect "$got" OK "first $WARM"
	wait_until 10 "descriptors come back" few_fds "$fds"
	kb=$(rss_kb)
	step "$ATTACH: $COUNT short connections; now $fds fds, $kb kB"
	got=$(guest_peer short $WORLD4 5000 ports=16 count=$COUNT)
	expect "$got" OK "$COUNT short connections"
	wait_until 10 "descriptors come back" few_fds "$fds"
	after=$(rss_kb)
	step "after: $(fd_count) fds, $after kB"
	[ -n "$UL_SANITIZED" ] ||
		at_most $((after - kb)) $SLACK_KB "growth of memory in kB"
	next_network
}
few_fds() { [ "$(fd_count)" -le "$1" ]; }

[ -z "$UL_SANITIZED" ] || COUNT=5000
start_world
serve world sink any 5000 ports=16
both run
step "passed"
