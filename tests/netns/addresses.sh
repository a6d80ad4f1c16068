#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# addresses.sh - servers see the host, never the guest; the host is reached
#
# The host port in a server's log is the one that userland's flow table
# shows, so that a complaint about a connection can be traced to its guest.
. "$(dirname "$0")/lib.sh"

# table_has LINE-PATTERN: is there a line with all the given words?
table_has() {
	for word in "$@"; do
		grep -F -e "$word" "$DIR/table" >"$DIR/table.part" || return 1
		cp "$DIR/table.part" "$DIR/table"
	done
}

flows() {
	step "$ATTACH: $1 has the port of the flow table"
	hold_many $1 5000 count=1 len=100
	port=$(grep '^tcp open' "$DIR/sink.log" | tail -n 1 |
		awk '{ print $4 }')
	inside=$(in_guest ss -tnH state established dst "$2" |
		awk '{ print $3 }' | sed 's/.*://')
	flow_table >"$DIR/table"
	cp "$DIR/table" "$DIR/whole"
	table_has "$3:$inside" "$port" ||
		fail "no line with $3:$inside and $port in: $(cat "$DIR/whole")"
	release_many

	guest_peer udp-probe $1 5000 from=7878 >/dev/null
	port=$(grep '^udp' "$DIR/sink.log" | tail -n 1 | awk '{ print $3 }')
	flow_table >"$DIR/table"
	cp "$DIR/table" "$DIR/whole"
	table_has "$3:7878" "$port" ||
		fail "no line with $3:7878 and $port in: $(cat "$DIR/whole")"
}

reach() {
	step "$ATTACH: the guest reaches the host by $1"
	expect "$(guest_peer put $1 5500 len=100000)" "$WANT" "put $1"
	expect "$(guest_peer get $1 5500 len=100000)" "$WANT" "get $1"
	expect "$(guest_peer udp-sizes $1 5500 len=65507)" OK "udp $1"
}

run() {
	start_network "$@"
	flows $WORLD4 $WORLD4 $GUEST4
	flows $WORLD6 "[$WORLD6]" "[$GUEST6]"
	for addr in $GATE4 $HOST4 $GATE6 $HOST6; do
		reach $addr
	done
	grep -E "$GUEST4|$GUEST6|10\.0\.2\." "$DIR/sink.log" "$DIR/all.log" &&
		fail "a server saw the guest's own address"
	grep '^tcp open' "$DIR/sink.log" | grep -v -e " $HOST4 " -e " $HOST6 " &&
		fail "a server saw somebody else"
	next_network
}

WANT=$("$PEER" digest - 0 len=100000)
start_world
serve world sink any 5000
serve host all any 5500
both run
step "passed"
