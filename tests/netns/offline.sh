#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# offline.sh - the host's networks come and go, the guest's does not
#
# With nothing but loopback a guest is told within 100 ms that there is no
# way. When an interface, another address, another gateway appear, the next
# connection uses them; what is open where it can still be goes on.
. "$(dirname "$0")/lib.sh"

FAST_MS=100
[ -z "$UL_SANITIZED" ] || FAST_MS=400

refused_at_once() {
	prompt "E*UNREACH" $FAST_MS "connect to $1" \
		guest_peer connect "$1" 81 timeout=3000
	prompt "E*UNREACH" $FAST_MS "a datagram to $1" \
		guest_peer udp-probe "$1" 81 timeout=3000
}

reached() {
	prompt "OK*" $FAST_MS "connect to $1" \
		guest_peer connect "$1" "$2" timeout=3000
	expect "$(guest_peer udp-probe "$1" "$2" from=30000)" "OK*" \
		"a datagram to $1"
}

ATTACH=stream start_userland
guest_peer connect $GATE4 81 >/dev/null		# neighbours are found
guest_peer connect $GATE6 81 >/dev/null
step "only loopback: no way out, said at once"
refused_at_once 203.0.113.1
refused_at_once 2001:db8:ff::1
prompt ECONNREFUSED $FAST_MS "the host, which serves nothing" \
	guest_peer connect $GATE4 5000 timeout=3000

step "a network appears: it is used at once"
start_world
serve world sink any 5000
serve host here any 5100
host_peer connect $WORLD4 81 >/dev/null		# the host's neighbours are
host_peer connect $WORLD6 81 >/dev/null		# found: that takes its time
reached $WORLD4 5000
reached $WORLD6 5000
reached $GATE4 5100
reached $GATE6 5100

step "the host gets another address: the gateway stands for it at once"
ip addr del 192.0.2.1/24 dev w0
ip addr add 192.0.2.9/24 dev w0
ip route replace default via 192.0.2.2
host_peer connect $WORLD4 81 >/dev/null
reached $GATE4 5100
reached $WORLD4 5000
grep -q 'tcp open 192.0.2.9 ' "$DIR/here.log" ||
	fail "the host was not reached by its new address"

step "the network goes: refused at once again"
ip link del w0
refused_at_once $WORLD4
refused_at_once $WORLD6
finish
