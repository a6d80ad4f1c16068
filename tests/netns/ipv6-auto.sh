#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# ipv6-auto.sh - a guest comes to IPv6 by itself, and only while the host has it
#
# Nothing is configured in the guest: its kernel makes an address from the
# router's advertisement and takes the default route by it, as long as the
# host has one. Then ISC's dhclient leases an address by DHCPv6.
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip "there is no python3"
AT_ONCE_MS=2000

# Instead of lib.sh's: the link is up, the rest is the kernel's. What a tap of
# userland's has already is taken away.
configure_guest() {
	in_guest ip link set tap0 mtu "$1" up
	in_guest ip -6 route flush default
	in_guest ip -6 addr flush dev tap0 scope global
	in_guest ip -4 addr replace 10.0.2.15/24 dev tap0
}
guest6() {
	in_guest ip -6 -o addr show dev tap0 scope global -tentative |
		grep -o "fd00:2::5054[0-9a-f:]*"
}
default6() { in_guest ip -6 route show default dev tap0; }
has_route() { default6 | grep -q "via fe80::5055:.*proto ra"; }
has_none() { [ -z "$(default6)" ]; }
# Since $begin, until COMMAND.
soon() {
	wait_until 5 "$1" "$2"
	at_most $(($(date +%s%3N) - begin)) $AT_ONCE_MS "ms until $1"
}
advert() {
	in_guest python3 "$HERE/ra.py" tap0 ||
		fail "no advertisement for who asks"
}
join() {
	new_ns guest
	in_guest sysctl -qw net.ipv6.conf.default.accept_ra=1
	start_userland "$@"
}
# The kernel makes the address from this MAC.
set_mac() {
	in_guest ip link set tap0 down
	in_guest ip link set tap0 address 52:54:00:00:00:15
	in_guest ip link set tap0 up
}

reach() {
	for addr in "$@"; do
		expect "$(guest_peer put "$addr" 5000 len=300000)" "$WANT" \
			"put $addr"
		expect "$(guest_peer get "$addr" 5000 len=300000)" "$WANT" \
			"get $addr"
		expect "$(guest_peer udp-sizes "$addr" 5000 len=20000)" OK \
			"udp $addr"
		in_guest ping -nqc 1 -W 2 -s 3000 "$addr" >/dev/null ||
			fail "ping $addr"
	done
}

# Every hop on the way to the far server, as from an address by hand.
hops() {
	command -v traceroute >/dev/null || return 0
	for how in "" -I "-T -p 5000"; do
		expect "$(in_guest traceroute -6nq 1 -w 2 -m 6 $how $FAR6 2>&1 |
			awk 'NR > 1 { printf "%s ", $2 }')" \
			"$GATE6 2001:db8:1::2 $FAR6 " "traceroute $how"
	done
}

auto() {
	join --name lab
	set_mac
	step "$ATTACH: the guest has an address and a default route"
	wait_until 5 "an address" guest6
	wait_until 5 "a default route" has_route
	expect "$(advert)" "from=fe80::5055:* lifetime=1800 managed=1 other=1\
 hops=64 mac=52:55:0a:00:02:02 mtu=1500 prefix=fd00:2::/64 auto=1 valid=5400\
 preferred=2700 dns=fd00:2::3 domain=lab.internal" "the advertisement"
	step "$ATTACH: and reaches everything"
	reach $GATE6 $HOST6 $WORLD6 $FAR6
	hops
	grep "$(guest6)" "$DIR"/sink.log "$DIR"/here.log &&
		fail "a server saw the guest's own address"

	step "$ATTACH: the host loses its route, and so does the guest"
	begin=$(date +%s%3N)
	ip -6 route del default
	soon "the route is gone" has_none
	expect "$(guest_peer connect $WORLD6 5000 2>&1)" "*(ENETUNREACH)" \
		"the world without a route"
	expect "$(advert)" "* lifetime=0 * dns=fd00:2::3 *" "what is told now"
	reach $GATE6
	step "$ATTACH: the host has it again, and so has the guest"
	begin=$(date +%s%3N)
	ip -6 route add default via 2001:db8:1::2
	soon "the route is back" has_route
	reach $WORLD6
	next_network
}

# A mode without a way out: addresses, but no route.
inside() {
	step "$*: addresses, and no default route"
	join --name lab "$@"
	wait_until 5 "an address" guest6_any
	expect "$(advert)" "* lifetime=0 * prefix=fd00:2::/64 *" "$*"
	expect "$(default6)" "" "the default route"
	[ -z "$REACHES_HOST" ] || reach $GATE6
	next_network
}
guest6_any() {
	in_guest ip -6 addr show dev tap0 scope global | grep -q fd00:2::
}

start_world
WANT=$("$PEER" digest - 0 len=300000)
sysctl -qw net.ipv4.ping_group_range="0 65535"
serve world sink $WORLD6 5000
serve far far $FAR6 5000
serve host here any 5000
MTU=1500
both auto
ATTACH=stream
REACHES_HOST=yes inside --mode host-only --subnet 10.0.2.0/24 --gateway 10.0.2.2
REACHES_HOST= inside --mode internal --dhcp

leased6() {
	in_guest ip -6 -o addr show dev tap0 scope global |
		grep -o "fd00:2::1:[0-9a-f]*"
}
leases() { python3 "$HERE/qmp.py" "$DIR/ctl" query-leases; }
# dhclient calls it with all but the path taken from its environment.
write_script() {
	cat >"$DIR/dhclient-script" <<-END
	#!/bin/sh
	case \$reason in
	BOUND6) ip -6 addr replace \$new_ip6_address/64 dev tap0 nodad ;;
	RELEASE6) ip -6 addr del \$old_ip6_address/64 dev tap0 ;;
	esac
	echo "\$reason \$new_ip6_address dns=\$new_dhcp6_name_servers" \
		"search=\$new_dhcp6_domain_search" >>"$DIR/leases"
	END
	chmod +x "$DIR/dhclient-script"
}
by_dhclient() {
	in_guest dhclient -6 "$@" -1 -v -lf "$DIR/leases6" -pf "$DIR/dhc.pid" \
		-sf "$DIR/dhclient-script" tap0 >"$DIR/dhclient.log" 2>&1 ||
		fail "dhclient $*"
}
dhcp6() {
	command -v dhclient >/dev/null || return 0
	step "DHCPv6: an address, DNS and the domain"
	write_script
	join --name lab --control "$DIR/ctl"
	wait_until 5 "an address" guest6_any
	by_dhclient
	first=$(leased6) || fail "no address: $(cat "$DIR/leases")"
	expect "$(cat "$DIR/leases")" \
		"*BOUND6 $first dns=$DNS6 search=lab.internal*" "the lease"
	expect "$(leases)" "*\"$first\"*" "query-leases"
	in_guest ping -nqc 1 -W 2 -I "$first" $WORLD6 >/dev/null ||
		fail "ping from the leased address"
	step "DHCPv6: given back, and had again"
	by_dhclient -r
	leased6 && fail "the address is still there"
	expect "$(leases)" "*[]*" "query-leases"
	by_dhclient
	expect "$(leased6)" "$first" "the second lease"
	by_dhclient -r
	step "DHCPv6: the rest alone, for who has an address"
	: >"$DIR/leases"
	by_dhclient -S
	expect "$(cat "$DIR/leases")" "*dns=$DNS6 search=lab.internal*" "dns"
	in_guest dhclient -6 -x -pf "$DIR/dhc.pid" tap0 >/dev/null 2>&1
	next_network
}

dhcp6
step "--no-ipv6: nothing is told"
PREFIX6= join --no-ipv6
in_guest python3 "$HERE/ra.py" tap0 && fail "there is an advertisement"
guest6_any && fail "there is an address"
finish
