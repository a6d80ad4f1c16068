#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# host-only.sh - nothing leaves a host-only network until an operator opens it
#
#   guest ns            host ns                      world ns
#   192.168.56.101 ==== userland --- 127.0.0.53      192.0.2.2
#   (stream, DHCP)      --egress none  resolver ---- 192.0.2.53 resolver
#
# A capture on every interface of host and world, with the resolvers' own
# logs, is what says that nothing left. That it would show it is proved in the
# same run, by the same questions with the network open.
. "$(dirname "$0")/lib.sh"

for program in busybox dnsmasq; do
	command -v $program >/dev/null || skip "there is no $program"
done
FAST_MS=100
[ -z "$UL_SANITIZED" ] || FAST_MS=400
GUEST4=192.168.56.101 GATE4=192.168.56.1 NAMES=1000

# What udhcpc calls: all that was offered, and what a usual client makes of it.
cat >"$DIR/lease.sh" <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
echo "ip=$ip routers='$router' far_routes='$staticroutes' dns=$dns" >"$LEASE"
ip addr add "$ip/$mask" dev tap0
for hop in $router; do
	ip route add default via "$hop"
done
END
chmod +x "$DIR/lease.sh"
export LEASE="$DIR/lease"

# Instead of lib.sh's: by DHCP, and by router advertisements.
configure_guest() {
	in_guest sysctl -qw net.ipv6.conf.tap0.accept_ra=1
	in_guest ip link set tap0 mtu "$1" txqueuelen 10000 up
	in_guest busybox udhcpc -n -q -f -t 5 -T 1 -i tap0 -O staticroutes \
		-O router -s "$DIR/lease.sh" >"$DIR/udhcpc.log" 2>&1 ||
		fail "no lease"
	in_guest ip -6 addr replace $GUEST6/64 dev tap0 nodad
}
routes_by_hand() {
	in_guest ip route add default via $GATE4
	in_guest ip -6 route add default via $GATE6
}

start_resolvers() {
	in_world ip addr add 192.0.2.53/24 dev h0
	resolver -q -a 192.0.2.53 -A /#/203.0.113.9
	dnsmasq -d -h -R -q --bind-interfaces -a 127.0.0.53 -A /#/203.0.113.9 \
		>"$DIR/dnsmasq-here.log" 2>&1 &
	wait_until 5 dnsmasq grep -q started "$DIR/dnsmasq-here.log"
	printf 'nameserver 127.0.0.53\nnameserver 192.0.2.53\n' \
		>"$DIR/resolv.conf"
}

# From now on, a capture in each namespace: $1.host.cap and $1.world.cap.
watch() {
	capture=$1
	python3 "$HERE/sniff.py" >"$DIR/$1.host.cap" &
	sniff_host=$!
	nsenter -t "$world_ns" -n -- python3 "$HERE/sniff.py" \
		>"$DIR/$1.world.cap" &
	sniff_world=$!
	for where in host world; do
		wait_until 5 "capture in $where" \
			grep -q listening "$DIR/$1.$where.cap"
	done
}
seen() {
	sleep 0.3	# for a packet on its way
	kill $sniff_host $sniff_world
	grep -hv listening "$DIR/$capture.host.cap" \
		"$DIR/$capture.world.cap" | sort | uniq -c
}
asked() { cat "$DIR"/dnsmasq*.log | grep -c 'query\['; }

set_egress() {
	said=$(python3 "$HERE/qmp.py" "$DIR/ctl" policy-set egress="$1" 2>&1) ||
		fail "policy-set: $said"
	expect "$(python3 "$HERE/qmp.py" "$DIR/ctl" query-policy)" \
		'{"egress": "'"$1"'",*' "query-policy"
}

is_closed() {
	for addr in $WORLD4 $WORLD6 $FAR4 $FAR6 $HOST4 $HOST6; do
		prompt "ECONNREFUSED" $FAST_MS "connect to $addr" \
			guest_peer connect $addr 5000 timeout=3000
		case $addr in
		*:*) word=EACCES from="From $GATE6 *prohibited" ;;
		*) word=EHOSTUNREACH from="From $GATE4 *filtered" ;;
		esac
		prompt $word $FAST_MS "a datagram to $addr" \
			guest_peer udp-probe $addr 5000 timeout=3000
		expect "$(in_guest ping -nc 1 -W 2 $addr)" "*$from*" \
			"ping $addr"
	done
}

start_world
start_resolvers
serve world sink any 5000
serve host here any 5100
start_network stream --mode host-only --name cell --subnet 192.168.56.0/24 \
	--control "$DIR/ctl"

step "the lease has no way out, nor has the routing table"
. "$LEASE"
expect "$ip" $GUEST4 "the lease"
expect "$routers$far_routes" "" "options 3 and 121"
expect "$(in_guest ip -4 route)" \
	"192.168.56.0/24 dev tap0*src $GUEST4 " "the routing table"
made_by_ra() { in_guest ip -6 -o addr show dev tap0 | grep -q dynamic; }
wait_until 5 "an address from a router advertisement" made_by_ra
expect "$(in_guest ip -6 route show default)" "" "default route of IPv6"
expect "$(guest_peer connect $WORLD4 5000 2>&1)" "*(ENETUNREACH)" "out"
expect "$(guest_peer connect $GATE4 5100)" "OK*" "the host by the gateway"
expect "$(guest_peer connect $GATE6 5100)" "OK*" "the host by IPv6"

step "$NAMES random names are refused at once, and nobody hears of them"
watch closed
prompt "REFUSED=$NAMES" $FAST_MS "random names" \
	in_guest python3 "$HERE/names.py" $NAMES "$dns" $DNS6
said=$(in_guest python3 "$HERE/dnsq.py" "$dns" www.example A tcp)
expect "$said" "REFUSED" "a name by TCP"

step "routes by hand: refused at once, nothing leaves"
routes_by_hand
is_closed
expect "$(seen)" "" "packets at the host and beyond"
expect "$(asked)" 0 "questions at the resolvers"

step "opened by the operator: the same now works, and is seen"
set_egress any
watch open
for server in "$dns" $DNS6; do
	said=$(in_guest python3 "$HERE/dnsq.py" $server www.example A)
	expect "$said" "NOERROR 203.0.113.9" "a name, open"
done
for addr in $WORLD4 $WORLD6; do
	expect "$(guest_peer connect $addr 5000)" "OK*" "connect to $addr"
	expect "$(guest_peer udp-probe $addr 5000)" "OK*" "datagram to $addr"
done
said=$(seen)
expect "$said" "* h0 in * lo in *" "packets at the host and beyond"
[ "$(asked)" -ge 2 ] || fail "$(asked) questions at the resolvers"

step "closed again: what is open is cut on both sides, at once"
for n in 4 6; do
	eval "addr=\$WORLD$n"
	nsenter -t "$world_ns" -n -- python3 "$HERE/hold.py" serve $addr 600$n \
		>"$DIR/held$n.log" &
	wait_until 5 "server $n" grep -q ready "$DIR/held$n.log"
	nsenter -t "$guest_ns" -n -- python3 "$HERE/hold.py" connect $addr \
		600$n >"$DIR/holder$n.log" &
	wait_until 5 "flow $n" grep -q open "$DIR/holder$n.log"
done
set_egress none
closed_ms=$(date +%s%3N) stalled_then=$(stalled_ms)
for side in held4 holder4 held6 holder6; do
	wait_until 5 "$side sees it" grep -qE 'reset|closed' "$DIR/$side.log"
	said=$(tail -n 1 "$DIR/$side.log")
	expect "$said" "reset *" "$side"
	lost=$(($(stalled_ms) - stalled_then))
	at_most $((${said#* } - closed_ms - lost)) $FAST_MS \
		"until $side saw it"
done
watch again
is_closed
prompt "REFUSED=10" $FAST_MS "random names, closed again" \
	in_guest python3 "$HERE/names.py" 10 "$dns" $DNS6
expect "$(seen)" "" "packets at the host and beyond"
expect "$(guest_peer connect $GATE4 5100)" "OK*" "the host by the gateway"
finish
