#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# fragments.sh - fragments join with their own datagram and no other
#
# Equal identification to two destinations and in two protocols, interleaved
# and backwards; overlaps; a first fragment that stays alone; two guests with
# one address and one identification.
. "$(dirname "$0")/lib.sh"

run() {
	start_network "$@"
	step "$ATTACH: interleaved datagrams of one id"
	expect "$(guest_raw fragments 5000 $WORLD4 $FAR4)" \
		"interleaved True True
backwards True True" "IPv4"
	expect "$(guest_raw fragments6 5000 $WORLD6 $FAR6)" \
		"interleaved True True" "IPv6"
	step "$ATTACH: overlapping fragments are dropped with their datagram"
	expect "$(guest_raw overlap 5000 $WORLD4)" "overlap None
after True" "overlap"
	step "$ATTACH: options are passed by"
	expect "$(guest_raw options 5000 $WORLD4)" "options True" "options"
	step "$ATTACH: damaged packets are dropped"
	expect "$(guest_raw corrupt 5000 $WORLD4)" SILENCE "damaged, IPv4"
	expect "$(guest_raw corrupt 5000 $WORLD6)" SILENCE "damaged, IPv6"
	grep -q 'port 5000 len 7' "$DIR/sink.log" &&
		fail "a damaged datagram reached the server"
	if [ "$ATTACH" = stream ]; then
		step "$ATTACH: a lonely fragment times out"
		expect "$(guest_raw lonely 5000 $WORLD4)" "ICMP 11/1" "lonely"
	fi
	next_network
}

start_world
serve world sink any 5000
serve far far any 5000
both run
ATTACH=stream start_userland --mode nat-network --subnet 10.0.2.0/24 \
	--gateway $GATE4
step "two guests: fragments stay with their guest"
expect "$(python3 "$HERE/guests.py" "$DIR/net.sock" fragments)" \
	"mixed False
second True
first True" "two guests"
finish
