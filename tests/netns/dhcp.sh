#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# dhcp.sh - a guest on the stream socket leases its address, twice the same
. "$(dirname "$0")/lib.sh"

command -v busybox >/dev/null || skip "there is no busybox"
busybox udhcpc --help 2>&1 | grep -q Usage || skip "busybox has no udhcpc"

# What udhcpc calls with each lease: write it down, and configure tap0.
cat >"$DIR/lease.sh" <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
echo "ip=$ip mask=$mask router=$router dns=$dns mtu=$mtu lease=$lease" \
	>"$LEASE"
ip addr flush dev tap0 scope global
ip addr add "$ip/$mask" dev tap0
ip route add default via "$router"
END
chmod +x "$DIR/lease.sh"
export LEASE="$DIR/lease"

lease() {
	rm -f "$LEASE"
	in_guest busybox udhcpc -n -q -f -t 5 -T 1 -i tap0 -O mtu \
		-s "$DIR/lease.sh" >"$DIR/udhcpc.log" 2>&1 || fail "no lease"
	expect "$(cat "$LEASE")" "$1" "the lease"
}

forget() {
	in_guest ip -4 addr flush dev tap0
	in_guest ip -4 route flush dev tap0
}

start_world
serve world sink any 5000
MTU=9000 start_network stream
forget
step "the first lease"
lease "ip=10.0.2.15 mask=24 router=10.0.2.2 dns=10.0.2.3 mtu=9000 lease=*"
expect "$(guest_peer put $WORLD4 5000 len=10000)" \
	"$("$PEER" digest - 0 len=10000)" "a transfer"
step "the guest comes back, by a new connection"
ups=$(grep -c '^up' "$DIR/relay.log")
kill -USR1 "$relay_pid"
wait_until 5 "the link is back" \
	sh -c "[ \$(grep -c '^up' '$DIR/relay.log') -gt $ups ]"
forget
lease "ip=10.0.2.15 *"
step "another guest gets another address"
in_guest ip link set tap0 down
in_guest ip link set tap0 address 52:54:00:00:00:99 up
forget
lease "ip=10.0.2.1[6-9] *"
step "--no-dhcp: nobody answers"
next_network
start_network stream --no-dhcp
rm -f "$LEASE"
in_guest busybox udhcpc -n -q -f -t 2 -T 1 -i tap0 -s "$DIR/lease.sh" \
	>"$DIR/udhcpc.log" 2>&1 && fail "a lease: $(cat "$LEASE")"
finish
