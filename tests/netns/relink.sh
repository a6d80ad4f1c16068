#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# relink.sh - the guest's link is cut in mid-transfer and comes back
#
# A transfer that was under way may go on or fail, but never with wrong
# data; new ones work at once. Cuts also fall into the middle of a frame.
# A second guest is refused while one is there.
. "$(dirname "$0")/lib.sh"

LEN=200000000

new_one_works() {
	got=$(guest_peer get $WORLD4 5000 len=100000 timeout=3000 2>&1)
	[ "$got" = "$SMALL" ]
}

cut() {
	ups=$(grep -c '^up' "$DIR/relay.log")
	guest_peer $1 $2 5000 len=$LEN timeout=8000 >"$DIR/cut" 2>&1 &
	client=$!
	sleep 0.15
	kill -USR1 "$relay_pid"
	wait_until 5 "the link is back" more_ups "$ups"
	wait_until 5 "a new transfer works" new_one_works
	wait $client
	if [ -s "$DIR/cut" ] && ! grep -q '^peer:' "$DIR/cut"; then
		expect "$(cat "$DIR/cut")" "$LARGE" "the one that was cut"
		step "$1 $2 went on after the cut"
	else
		step "$1 $2 ended: $(cat "$DIR/cut")"
	fi
}
more_ups() { [ "$(grep -c '^up' "$DIR/relay.log")" -gt "$1" ]; }
few_fds() { [ "$(fd_count)" -le "$1" ]; }

second() {
	step "a second guest is refused, and the first one works"
	in_guest timeout 1 "$RELAY" "$DIR/net.sock" tap9 >"$DIR/second.log" 2>&1
	grep -q '^down' "$DIR/second.log" || fail "it was let in"
	new_one_works || fail "the first guest was disturbed"
}

SMALL=$("$PEER" digest - 0 len=100000)
LARGE=$("$PEER" digest - 0 len=$LEN)
start_world
serve world sink any 5000
for half in 0 1; do
	RELAY_ARGS="down=150 half=$half"
	MTU=$((half ? 65520 : 1500))
	step "cuts with half=$half, MTU $MTU"
	start_network stream
	fds=$(fd_count)
	for addr in $WORLD4 $WORLD6; do
		cut put $addr
		cut get $addr
	done
	second
	wait_until 15 "descriptors come back" few_fds "$fds"
	next_network
done
step "passed"
