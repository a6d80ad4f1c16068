#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# line.sh - a machine's cable is taken out, and its line made slow and lossy
#
# What port-set asks for is measured by the guest's kernel: round trips by
# ping, loss by what it counts, the carrier by what it sees.
. "$(dirname "$0")/lib.sh"

mkdir -m 700 "$DIR/run" "$DIR/run/userlan"
XDG_RUNTIME_DIR=$DIR/run
export XDG_RUNTIME_DIR
PINGS=600

userlan() { "$BUILD/src/cli/userlan" "$@"; }
set_line() { userlan port-set lab port1 "$@" || fail "port-set $*"; }
# "MIN AVG" of ten round trips, in microseconds.
round_trips() {
	in_guest ping -qnc 10 -i 0.02 $GATE4 | awk -F'[/= ]+' '
		/^rtt/ { printf "%d %d\n", $6 * 1000, $7 * 1000 }'
}
# near LIMIT WHAT: the least of ten round trips is late by no more than 2 ms;
# one that waited for a processor is not the line's fault.
near() {
	for try in 1 2 3; do
		got=$(round_trips)
		least=${got% *}
		[ "${least:-0}" -ge "$1" ] && [ "$least" -le $(($1 + 2000)) ] &&
			return
	done
	fail "$2: $got us, wanted $1"
}
no_carrier() { in_guest ip link show tap0 | grep -q NO-CARRIER; }
carrier() { in_guest ip link show tap0 | grep -q LOWER_UP; }

run() {
	start_network "$@" --name lab --control "$DIR/run/userlan/lab.ctl"
	in_guest ping -qc 2 -i 0.1 $GATE4 >/dev/null || fail "ping"

	step "$ATTACH: late by what was asked for"
	set_line delay=25
	near 50000 "25 ms each way"
	set_line delay=0.5 direction=in
	near 25500 "0.5 ms there and 25 ms back"
	userlan status lab | grep -q "line to port1: delay 25 ms" ||
		fail "$(userlan status lab)"
	expect "$(guest_peer get $WORLD4 5000 len=2000000)" \
		"$(host_peer digest - 0 len=2000000)" "a transfer, late"
	set_line delay=0
	near 0 "a good line again"

	step "$ATTACH: lossy by what was asked for"
	set_line loss=20 direction=in
	in_guest ping -qnfc $PINGS $GATE4 >"$DIR/ping"
	got=$(sed -n 's/.* \([0-9]*\) received.*/\1/p' "$DIR/ping")
	# Within five standard deviations of four fifths.
	[ "$got" -gt $((PINGS * 4 / 5 - 50)) ] &&
		[ "$got" -lt $((PINGS * 4 / 5 + 50)) ] ||
		fail "of $PINGS pings $got came back with a loss of 20 %"
	set_line loss=1
	expect "$(guest_peer put $WORLD4 5000 len=2000000)" \
		"$(host_peer digest - 0 len=2000000)" "a transfer, lossy"
	set_line loss=0

	step "$ATTACH: no cable"
	set_line link=down
	in_guest ping -qc 1 -W 1 $GATE4 >/dev/null 2>&1 && fail "it passes"
	[ "$ATTACH" != tap ] || wait_until 5 "no carrier" no_carrier
	userlan status lab | grep -q "port1 .* down " ||
		fail "$(userlan status lab)"
	userlan down lab 2>/dev/null && fail "a machine without cable is there"
	set_line link=up
	[ "$ATTACH" != tap ] || wait_until 5 "carrier" carrier
	wait_until 10 "it passes again" in_guest ping -qc 1 -W 1 $GATE4
	next_network
}

start_world
serve world sink any 5000
both run
said=$("$UL" --check --port 'web=52:54:00:00:00:01,delay=20,loss=0.1' 2>&1) ||
	fail "--port with a bad line: $said"
step "passed"
