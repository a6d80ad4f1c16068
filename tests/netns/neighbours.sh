#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# neighbours.sh - guests find each other by mDNS and neighbour discovery
#
# Multicast DNS by IPv4 and IPv6, both ways; an address that another guest has
# already is found to be double, and the first goes on with it.
. "$(dirname "$0")/lib.sh"
. "$HERE/lan.sh"

is_tentative() { at "$1" ip -6 addr show dev tap0 | grep -q tentative; }
is_settled() { ! is_tentative "$1"; }
has_failed() { at "$1" ip -6 addr show dev tap0 | grep -q 'dadfailed'; }
linklocal() {
	at "$1" ip -6 -o addr show dev tap0 scope link |
		sed 's/.*inet6 \([^/]*\).*/\1/'
}

# mdns FROM TO 4|6: TO answers by multicast the question of FROM.
mdns() {
	nsenter -t "$(pid_of "$2")" -n -- python3 "$LAN" mdns-answer "$3" \
		"host$2.local" >"$DIR/answer" 2>&1 &
	wait_until 5 "the responder" grep -q ready "$DIR/answer"
	expect "$(at "$1" python3 "$LAN" mdns-ask "$3" "host$2.local")" \
		"host$2.local" "mDNS of guest $1 to $2 by IPv$3"
	kill $!
	wait $! 2>/dev/null
}

start_lan --mode "${MODE:-nat-network}" --subnet 10.0.2.0/24 \
	--socket "$DIR/net.sock"
for i in 1 2 3; do
	join $i "$DIR/net.sock"
	wait_until 10 "guest $i" grep -q '^up' "$DIR/guest$i.said"
	# Here the kernel asks whether an address is somebody's already.
	at $i sysctl -qw net.ipv6.conf.tap0.accept_dad=1 \
		net.ipv6.conf.tap0.dad_transmits=1 \
		net.ipv6.conf.tap0.accept_ra=0
	plugged $i
	at $i ip addr add 10.0.2.10$i/24 dev tap0
done
for i in 1 2 3; do
	wait_until 5 "a link-local address" is_settled $i
	at $i ip route add 224.0.0.0/4 dev tap0
done

step "mDNS by IPv4 and IPv6"
mdns 1 2 4
mdns 2 1 4
mdns 1 3 6
mdns 3 1 6

step "neighbour discovery finds link-local and static addresses"
at 1 ping -6 -c 1 -W 3 "$(linklocal 2)%tap0" >/dev/null ||
	fail "no answer from the link-local address of guest 2"
at 1 ip -6 neigh show dev tap0 | grep -q "$(linklocal 2) lladdr $(mac_of 2)" ||
	fail "guest 1 knows: $(at 1 ip -6 neigh)"
at 1 ip -6 addr add fd00:2::77/64 dev tap0
wait_until 5 "guest 1 has its address" is_settled 1
at 3 ip -6 addr add fd00:2::33/64 dev tap0
wait_until 5 "guest 3 has its address" is_settled 3
at 3 ping -c 1 -W 3 fd00:2::77 >/dev/null || fail "no answer from fd00:2::77"

step "a double address is seen by the second, and stays with the first"
at 2 ip -6 addr add fd00:2::77/64 dev tap0
wait_until 5 "guest 2 finds its address double" has_failed 2
at 1 ip -6 addr show dev tap0 | grep -q dadfailed &&
	fail "the first guest gave its address up"
at 3 ip -6 neigh flush dev tap0
at 3 ping -c 2 -W 3 fd00:2::77 >/dev/null || fail "no answer any more"
at 3 ip -6 neigh show dev tap0 | grep -q "fd00:2::77 lladdr $(mac_of 1)" ||
	fail "guest 3 knows: $(at 3 ip -6 neigh)"
step "an address of the router's is double too"
at 2 ip -6 addr add $GATE6/64 dev tap0
wait_until 5 "the router defends its address" \
	sh -c "nsenter -t $guest_2 -n ip -6 addr show dev tap0 |
		grep -q '$GATE6/64.*dadfailed'"
finish
