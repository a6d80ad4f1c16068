#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# modes-offline.sh - networks on a host that has only loopback, and later not
#
#   vm1, vm2, the host's shell == hostonly | internal | natnet -- host ns
#
# The guests are shells that attach as guests do. They start, lease, talk to
# each other and to the host's shell while there is no network at all; when
# one appears, and when its address, gateway and resolver change, the same
# lease goes on working.
. "$(dirname "$0")/lib.sh"

FAST_MS=100
[ -z "$UL_SANITIZED" ] || FAST_MS=400
TOOL=$BUILD/src/cli/userlan

# guest NET NAME [OPTIONS]: a shell that stays; $NAME_pid is inside.
guest() {
	net=$1 name=$2
	shift 2
	: >"$DIR/$name.log"
	"$TOOL" shell "$net" --as-guest --name "$name" "$@" -- \
		sh -c 'echo inside $$; exec sleep 1000' >"$DIR/$name.log" 2>&1 &
	eval "${name}_shell=$!"
	wait_until 10 "guest $name" grep -q inside "$DIR/$name.log"
	eval "${name}_pid=$(awk '/inside/ { print $2 }' "$DIR/$name.log")"
}
inside() {
	eval "pid=\$$1_pid"
	shift
	nsenter -t "$pid" -U -n --preserve-credentials -- "$@"
}
address_of() {
	inside "$1" ip -4 -o addr show dev eth0 | sed 's/.*inet \([0-9.]*\).*/\1/'
}
up() {
	net=$1
	shift
	"$TOOL" up "$net" "$@" --log-file "$DIR/$net.log" >"$DIR/up.log" ||
		fail "up $net: $(cat "$DIR/up.log")"
}

# Each sees the other, by ping and by TCP.
talk() {
	vm2=$(address_of vm2)
	inside vm1 ping -q -c 1 -W 2 "$vm2" >/dev/null || fail "no ping to $vm2"
	# shellcheck disable=SC2154
	nsenter -t "$vm2_pid" -U -n --preserve-credentials -- \
		"$PEER" serve any 7000 >"$DIR/served.log" 2>&1 &
	served_pid=$!
	wait_until 5 "vm2's server" grep -q ^ready "$DIR/served.log"
	expect "$(inside vm1 "$PEER" connect "$vm2" 7000)" "OK *" \
		"vm1 to vm2 on $1"
	kill $served_pid
}

refused_at_once() {
	for addr in 203.0.113.1 2001:db8:ff::1; do
		prompt "E*UNREACH" $FAST_MS "$1 to $addr" \
			inside vm1 "$PEER" connect $addr 81 timeout=3000
	done
}

# Its own kernel knows: a lease of these modes names no router.
no_route() {
	for addr in 203.0.113.1 2001:db8:ff::1; do
		expect "$(inside vm1 "$PEER" connect $addr 81 2>&1)" \
			"*ENETUNREACH*" "$1 to $addr"
	done
}

end_guests() {
	# shellcheck disable=SC2154
	kill "$vm1_shell" "$vm2_shell"
	wait "$vm1_shell" "$vm2_shell" 2>/dev/null
}

mkdir -m 700 "$DIR/run"
XDG_RUNTIME_DIR=$DIR/run XDG_STATE_HOME=$DIR/run
export XDG_RUNTIME_DIR XDG_STATE_HOME

for mode in host-only internal; do
	step "$mode, with loopback alone"
	if [ $mode = internal ]; then
		up internal --mode internal --dhcp
	else
		up $mode --mode $mode
	fi
	guest $mode vm1
	guest $mode vm2
	talk $mode
	no_route $mode
	if [ $mode = host-only ]; then
		"$TOOL" shell $mode -- ping -q -c 1 -W 2 "$(address_of vm1)" \
			>/dev/null || fail "the host does not reach vm1"
	fi
	end_guests
	"$TOOL" down $mode --force >/dev/null || fail "down $mode"
done

step "nat-network, with loopback alone"
up natnet --mode nat-network
guest natnet vm1
guest natnet vm2
lease=$(address_of vm1)
talk natnet
refused_at_once natnet
"$TOOL" shell natnet -- ping -q -c 1 -W 2 "$lease" >/dev/null ||
	fail "the host does not reach vm1"

# The world, one resolver or the other, seen by the same lease.
works() {
	expect "$(address_of vm1)" "$lease" "the lease"
	expect "$(inside vm1 "$PEER" connect "$1" 5000 timeout=3000)" "OK *" \
		"vm1 to $1"
	expect "$(inside vm1 python3 "$HERE/dnsq.py" "${lease%.*}.3" \
		www.test A)" "NOERROR*$2*" "the name"
}

step "a network appears: the same lease reaches it"
start_world
serve world sink any 5000
resolver --listen-address=$WORLD4 --address=/www.test/192.0.2.99
echo "nameserver $WORLD4" >"$DIR/resolv.conf"
host_peer connect $WORLD4 81 >/dev/null
works $WORLD4 192.0.2.99

step "address, gateway and resolver change"
veth $$ y0 198.18.0.1/24 2001:db8:9::1/64 \
	"$world_ns" y1 198.18.0.2/24 2001:db8:9::2/64
resolver --listen-address=198.18.0.2 --address=/www.test/192.0.2.98
echo "nameserver 198.18.0.2" >"$DIR/resolv.conf"
ip link del w0
ip route add default via 198.18.0.2
host_peer connect 198.18.0.2 81 >/dev/null
works 198.18.0.2 192.0.2.98

step "and goes away: refused at once again"
ip link del y0
refused_at_once natnet
expect "$(address_of vm1)" "$lease" "the lease"
end_guests
"$TOOL" down natnet --force >/dev/null || fail "down natnet"
grep -hiE 'assert|Sanitizer|runtime error' "$DIR"/*.log && fail "complaints"
step "passed"
exit 0
