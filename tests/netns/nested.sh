#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# nested.sh - the host is itself a guest with the guest's addresses
#
#   guest 10.0.2.15 == userland, host 10.0.2.15 -- world: gateway 10.0.2.2,
#                                                  resolver 10.0.2.3, 192.0.2.2
#
# As in a VM of QEMU's user network: everything must work all the same.
. "$(dirname "$0")/lib.sh"

command -v dnsmasq >/dev/null || skip "there is no dnsmasq"

start_outer_network() {
	new_ns world
	veth $$ w0 10.0.2.15/24 fec0::15/64 "$world_ns" h0 10.0.2.2/24 fec0::2/64
	in_world ip addr add 10.0.2.3/24 dev h0
	in_world ip addr add 192.0.2.2/32 dev lo
	ip route add default via 10.0.2.2
	echo "nameserver 10.0.2.3" >"$DIR/resolv.conf"
	resolver --listen-address=10.0.2.3 -A /a.test/192.0.2.2
}

run() {
	start_network "$@"
	step "$ATTACH: names"
	expect "$(in_guest python3 "$HERE/dnsq.py" $DNS4 a.test A)" \
		"NOERROR 192.0.2.2" "a name"
	step "$ATTACH: TCP, UDP"
	expect "$(guest_peer put 192.0.2.2 5000 len=1000000)" "$WANT" put
	expect "$(guest_peer get 192.0.2.2 5000 len=1000000)" "$WANT" get
	expect "$(guest_peer udp-sizes 192.0.2.2 5000 len=65507)" OK udp
	expect "$(tail -n 1 "$DIR/sink.log")" "udp 10.0.2.15 *" "the host is seen"
	step "$ATTACH: the gateway is our host, not the outer one"
	expect "$(guest_peer put $GATE4 5500 len=1000000)" "$WANT" "put"
	grep -q '^tcp open 10.0.2' "$DIR/all.log" || fail "not our host"
	: >"$DIR/all.log"
	next_network
}

WANT=$("$PEER" digest - 0 len=1000000)
start_outer_network
serve world sink 192.0.2.2 5000
serve host all any 5500
both run
step "passed"
