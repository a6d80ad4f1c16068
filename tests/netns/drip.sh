#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# drip.sh - single bytes into a stalled server do not fill the memory
#
# Each byte comes in a frame of its own; kept as they came, every byte would
# pin a buffer of a whole frame. The guest sends many of those, and then
# what there is until the window closes. The host's socket takes little.
. "$(dirname "$0")/lib.sh"

LIMIT_KB=16384 SINGLE=300000

rx_frames() {
	flow_table | sed -n 's/.* rx \([0-9]*\) frames.*/\1/p'
}

run() {
	start_network "$@"
	before=$(rss_kb)
	rm -f "$DIR/done"
	watch_rss "$DIR/done" >"$DIR/high" &
	watcher=$!
	sent=$(guest_peer drip $WORLD4 5000 count=$SINGLE gap=8 \
		len=100000000 stall=1000000 sndbuf=16384)
	touch "$DIR/done"
	wait $watcher
	grown=$(($(cat "$DIR/high") - before))
	frames=$(rx_frames)
	step "$ATTACH: $sent bytes in $frames frames made it grow $grown kB"
	[ -n "$UL_SANITIZED" ] ||
		at_most $grown $LIMIT_KB "growth of memory in kB"
	[ "$sent" -lt 100000000 ] || fail "the window never closed"
	[ "$frames" -gt $((SINGLE / 2)) ] || fail "bytes were joined on the way"
	next_network
}

sysctl -qw net.ipv4.tcp_wmem="4096 16384 65536"
start_world
# A small receive buffer, so that it is full soon.
serve world sink any 5000 rcvbuf=4096
both run
step "passed"
