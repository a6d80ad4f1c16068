#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# quotas.sh - each ceiling of a guest holds, is logged, and is left again
. "$(dirname "$0")/lib.sh"

works() {
	case $(guest_peer connect $WORLD4 5000 timeout=500) in
	OK*) ;;
	*) return 1 ;;
	esac
}

logged() {
	wait_until 3 "a log line that names $1" \
		grep -q -e "$1" "$DIR/userland.log"
}

open_flows() {
	step "--max-flows: 50 are carried, the 51st is not"
	start_network stream --max-flows 50
	works || fail "nothing works before"
	hold_many $WORLD4 5000 count=50 len=1000
	expect "$(guest_peer connect $WORLD4 5000 timeout=500)" \
		"[!O]*" "the 51st"
	logged max-flows
	release_many
	wait_until 10 "room for new ones" works
	next_network
}

half_open() {
	step "--max-half-open: SYNs into silence take all, and time out"
	sysctl -qw net.ipv4.tcp_syn_retries=1
	start_network stream --max-half-open 20
	guest_raw syns 81 203.0.113.1 40
	logged max-half-open
	expect "$(guest_peer connect $WORLD4 5000 timeout=300)" "[!O]*" \
		"a connection above the ceiling"
	wait_until 15 "room for new ones" works
	sysctl -qw net.ipv4.tcp_syn_retries=6
	next_network
}

# Mappings that only ever asked for DNS go after half a minute.
udp_ports() {
	step "--max-udp: 20 ports are carried, and forgotten again"
	start_network stream --max-udp 20
	guest_peer udp-many $WORLD4 53 count=20 from=30000 ||
		fail "20 ports"
	guest_peer udp-many $WORLD4 53 count=40 from=30000 timeout=300 \
		2>"$DIR/over" && fail "40 ports passed a ceiling of 20"
	logged max-udp
	step "those below the ceiling go on, then make room"
	expect "$(guest_peer udp-probe $WORLD4 53 from=30000)" "OK *" "a mapping"
	wait_until 40 "room for new ones" udp_works
	next_network
}
udp_works() {
	guest_peer udp-many $WORLD4 53 count=20 from=35000 timeout=300
}

pinned() {
	step "--max-pinned: a stalled server holds its share, then it goes on"
	start_network stream --max-pinned 1M
	WANT=$("$PEER" digest - 0 len=5000000)
	for i in 1 2 3 4; do
		guest_peer put $WORLD4 5000 len=5000000 stall=2000 \
			>"$DIR/put$i" &
		eval "put$i=\$!"
	done
	for i in 1 2 3 4; do
		eval "wait \$put$i"
		expect "$(cat "$DIR/put$i")" "$WANT" "stalled upload $i"
	done
	next_network
}

sending() {
	step "--max-send: guests that read nothing share the memory"
	start_network stream --max-send 1M
	for i in 1 2 3 4 5 6; do
		guest_peer get $WORLD4 5000 len=5000000 stall=2000 \
			>"$DIR/get$i" &
		eval "get$i=\$!"
	done
	for i in 1 2 3 4 5 6; do
		eval "wait \$get$i"
		expect "$(cat "$DIR/get$i")" "$WANT" "stalled download $i"
	done
	next_network
}

start_world
serve world sink any 5000
serve world names any 53
open_flows
half_open
pinned
sending
udp_ports
step "passed"
