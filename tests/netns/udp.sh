#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# udp.sh - datagrams of all sizes, from many ports, past dead peers
. "$(dirname "$0")/lib.sh"

sizes() {
	step "$ATTACH: sizes up to 65507 to $1 and back"
	expect "$(guest_peer udp-sizes $1 5000 len=65507 timeout=2000)" OK sizes
}

bursts() {
	step "$ATTACH: bursts keep their order and their borders, $1"
	expect "$(guest_peer udp-burst $1 5000 count=20)" OK bursts
}

ports() {
	step "$ATTACH: 500 ports of the guest to one server, $1"
	before=$(grep -c '^udp' "$DIR/sink.log")
	expect "$(guest_peer udp-many $1 5000 count=500)" OK "many ports"
	distinct=$(tail -n +1 "$DIR/sink.log" | grep '^udp' |
		tail -n +$((before + 1)) | awk '{ print $2, $3 }' |
		sort -u | wc -l)
	expect "$distinct" 500 "ports that the server saw"
}

# One port of the guest is one port of the host's, whatever the destination.
mapping() {
	step "$ATTACH: the mapping does not depend on the destination"
	for port in 5000 5001 5002; do
		guest_peer udp-probe $1 $port from=7777 >/dev/null
	done
	guest_peer udp-probe $FAR4 5000 from=7777 >/dev/null
	seen=$({ grep '^udp' "$DIR/sink.log" | tail -n 3
		grep '^udp' "$DIR/far.log" | tail -n 1; } |
		awk '{ print $2, $3 }' | sort -u | wc -l)
	expect "$seen" 1 "host endpoints of one guest port"
}

marks() {
	step "$ATTACH: TTL and TOS travel along, $1"
	guest_peer udp-probe $1 5000 ttl=33 tos=184 >/dev/null
	expect "$(grep '^udp' "$DIR/sink.log" | tail -n 1)" \
		"*ttl 32 tos 184" "marks"
}

dead() {
	step "$ATTACH: a live peer loses nothing by a dead one, $1"
	got=$(guest_peer udp-two $1 5000 also=6000 count=300 timeout=500)
	expect "$got" 300 "answers of the live peer"
	expect "$(guest_peer udp-probe $1 6000 timeout=1000)" \
		"ECONNREFUSED *" "the dead one"
}

run() {
	start_network "$@"
	for server in $(reached $WORLD4 $WORLD6); do
		sizes $server
		bursts $server
		ports $server
		marks $server
		dead $server
	done
	[ -n "$AUTO6" ] || of_ipv4
	next_network
}

of_ipv4() {
	mapping $WORLD4
	expect "$(guest_peer udp-probe 203.0.113.70 9 timeout=1000)" \
		"EHOSTUNREACH *" "datagram to an unreachable host"
}

start_world
serve world sink any 5000 ports=3
serve far far any 5000
both run
auto6 run
for MTU in 65520; do both run; done
step "passed"
