#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# slow-reader.sh - a slow reader on either side holds the other side back
#
# Nothing is lost, and userland holds no more than its windows while 30 MB
# wait: first for seconds, then for a reader of 6 MB/s.
. "$(dirname "$0")/lib.sh"

LEN=30000000 STALL_MS=2000 RATE=6000000 LIMIT_KB=16384

# slowly WHAT ADDR: put makes the server slow, get the guest.
slowly() {
	rm -f "$DIR/done"
	before=$(rss_kb)
	watch_rss "$DIR/done" >"$DIR/high" &
	watcher=$!
	got=$(guest_peer $1 $2 5000 len=$LEN stall=$STALL_MS rate=$RATE)
	touch "$DIR/done"
	wait $watcher
	expect "$got" "$WANT" "$1 $2"
	grown=$(($(cat "$DIR/high") - before))
	step "$ATTACH: slow $1 $2 held $grown kB"
	[ -n "$UL_SANITIZED" ] ||
		at_most $grown $LIMIT_KB "growth of memory in kB"
}

run() {
	start_network "$@"
	if [ "$ATTACH" = tap ]; then
		addr=$WORLD4
	else
		addr=$WORLD6
	fi
	slowly put $addr
	slowly get $addr
	next_network
}

WANT=$("$PEER" digest - 0 len=$LEN)
start_world
serve world sink any 5000
both run
step "passed"
