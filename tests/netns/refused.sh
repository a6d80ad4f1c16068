#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# refused.sh - a guest learns at once why a connection cannot be, or nothing
#
# Refused is refused within 50 ms. A destination that a router calls
# unreachable or prohibited is so for the guest. One that swallows packets
# stays silent, and is not turned into any answer.
. "$(dirname "$0")/lib.sh"

FAST_MS=50
[ -z "$UL_SANITIZED" ] || FAST_MS=200

try() {
	step "$ATTACH: $1 is $2"
	prompt "$2" "$3" "connect to $1" \
		guest_peer connect "$1" 81 timeout=3000
}

run() {
	start_network "$@"
	guest_peer connect $WORLD4 81 >/dev/null	# neighbours are found
	guest_peer connect $WORLD6 81 >/dev/null
	for addr in $(reached $WORLD4 $WORLD6 $FAR4 $FAR6 $GATE4 $GATE6 \
		$HOST4); do
		try $addr ECONNREFUSED $FAST_MS
	done
	# What the router says, as a kernel tells it: for IPv4 "prohibited" is
	# host unreachable, for IPv6 an unreachable route is "no route".
	try 2001:db8:ff:1::1 ENETUNREACH $FAST_MS
	try 2001:db8:ff:2::1 EACCES $FAST_MS
	[ -n "$AUTO6" ] || for_long
	next_network
}

for_long() {
	try 2001:db8:ff::1 SILENCE 3100
	try 203.0.113.70 EHOSTUNREACH $FAST_MS
	try 203.0.113.140 EHOSTUNREACH $FAST_MS
	try 203.0.113.1 SILENCE 3100
	step "$ATTACH: a destination without a route on the host"
	ip route add unreachable 203.0.113.200
	try 203.0.113.200 E*UNREACH $FAST_MS
	ip route del unreachable 203.0.113.200
	try $WORLD4 ECONNREFUSED $FAST_MS
}

start_world
both run
auto6 run
step "passed"
