#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# host-loopback.sh - what listens on loopback alone is closed until opened
. "$(dirname "$0")/lib.sh"

tcp() {
	expect "$(guest_peer connect "$1" "$2")" "$3 *" "tcp $1 $2"
}

udp() {
	expect "$(guest_peer udp-probe "$1" "$2" timeout=500)" "$3 *" \
		"udp $1 $2"
}

closed() {
	step "$ATTACH: closed: nothing bound to loopback alone is reached"
	for port in $1; do
		tcp $GATE4 "$port" ECONNREFUSED
		tcp $GATE6 "$port" ECONNREFUSED
		udp $GATE4 "$port" "E*"
		udp $GATE6 "$port" "E*"
	done
	grep -E '^(tcp|udp)' "$DIR/lo4.log" "$DIR/lo6.log" |
		grep -E " port ($(echo "$1" | tr ' ' '|'))( |$)" &&
		fail "loopback was reached"
	return 0
}

opened() {
	step "$ATTACH: open: port $1"
	tcp $GATE4 "$1" OK
	tcp $GATE6 "$1" OK
	udp $GATE4 "$1" OK
	udp $GATE6 "$1" OK
	expect "$(guest_peer put $GATE4 "$1" len=100000)" "$WANT" "put"
	grep -q '^tcp open 127.0.0.1 ' "$DIR/lo4.log" || fail "not by 127.0.0.1"
	grep -q '^tcp open ::1 ' "$DIR/lo6.log" || fail "not by ::1"
}

# The servers' logs begin anew.
fresh_servers() {
	kill "$lo4_pid" "$lo6_pid" 2>/dev/null
	wait "$lo4_pid" "$lo6_pid" 2>/dev/null
	serve host lo4 127.0.0.1 5600 ports=3
	serve host lo6 ::1 5600 ports=3
}

run() {
	fresh_servers
	start_network "$1"
	closed "5600 5601"
	grep -q -e --host-loopback "$DIR/userland.log" ||
		fail "the log does not name --host-loopback"
	next_network

	start_network "$1" --host-loopback
	opened 5600
	opened 5601
	next_network

	fresh_servers
	start_network "$1" --host-loopback=5600,5602
	opened 5600
	closed 5601
	opened 5602
	next_network

	fresh_servers
	start_network "$1" --port "vm=$ITS_MAC,host-loopback=5600"
	closed "5600 5601"
	step "$ATTACH: open to the guest whose MAC is known, at its ports"
	in_guest ip link set tap0 address $ITS_MAC
	opened 5600
	closed 5601
	next_network
}

ITS_MAC=52:54:00:00:00:11
WANT=$("$PEER" digest - 0 len=100000)
start_world
both run
step "passed"
