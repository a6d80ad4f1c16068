#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# pmtu.sh - a narrow place on the way is made known to the guest
. "$(dirname "$0")/lib.sh"

NARROW=1400

# The guest's kernel must have learnt the path's MTU.
knows() {
	in_guest ip route get "$1" | grep -q "mtu $NARROW"
}

learns() {
	step "$ATTACH: datagrams that may not be cut, $1"
	in_guest traceroute -n -q 1 -w 1 -m 6 --mtu "$1" \
		>"$DIR/traceroute" 2>&1
	grep -q "F=$NARROW" "$DIR/traceroute" ||
		fail "not learnt: $(cat "$DIR/traceroute")"
	knows "$1" || fail "the kernel does not know: $(in_guest ip route \
		get "$1")"
}

run() {
	start_network "$@"
	for far in $(reached $FAR4 $FAR6); do
		learns $far
		step "$ATTACH: TCP passes both ways"
		expect "$(guest_peer put $far 5000 len=1000000)" "$WANT" put
		expect "$(guest_peer get $far 5000 len=1000000)" "$WANT" get
	done
	step "$ATTACH: datagrams that may be cut pass"
	for far in $(reached $FAR4); do
		expect "$(guest_peer udp-sizes $far 5000 len=65507)" OK "sizes"
	done
	next_network
}

command -v traceroute >/dev/null || skip "there is no traceroute"
WANT=$("$PEER" digest - 0 len=1000000)
start_world
in_world ip link set w1 mtu $NARROW
in_far ip link set f0 mtu $NARROW
serve far far any 5000
both run
auto6 run
step "passed"
