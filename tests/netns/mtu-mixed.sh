#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# mtu-mixed.sh - guests of MTU 1500 and 65520 on one network
#
#   tap, 1500 or 65520 (--netns) == userland == 1: stream socket, 65520
#                                            == 2: stream socket, 1500
#
# TCP between all; a frame that is too long for the tap's MTU is dropped,
# counted at the tap's port, and named by both kinds of status.
. "$(dirname "$0")/lib.sh"
. "$HERE/lan.sh"

LEN=20000000
XDG_RUNTIME_DIR=$DIR/run
export XDG_RUNTIME_DIR
mkdir -m 700 "$DIR/run" "$DIR/run/userlan"

transfer() {
	expect "$(at "$1" "$PEER" put "$2" 5000 len=$LEN)" "$WANT" \
		"network $NET_MTU, guest $1 to $2"
	expect "$(at "$1" "$PEER" get "$2" 5000 len=$LEN)" "$WANT" \
		"network $NET_MTU, guest $1 from $2"
	at "$1" ip route get "$2" | grep -q 'cache.*mtu' &&
		fail "guest $1 learnt a path MTU to $2: $(at "$1" ip route get "$2")"
	return 0
}

# The count of "too long" at the tap's port, 0 without a line.
too_long() {
	flow_table >"$DIR/table"
	sed -n 's/.* dropped:.* too long \([0-9]*\).*/\1/p' "$DIR/table" |
		grep . || echo 0
}

run() {
	new_ns guest
	guest_0=$guest_ns
	start_lan --mode nat-network --name lan --subnet 10.0.2.0/24 \
		--gateway $GATE4 --mtu "$NET_MTU" --netns "$guest_ns" \
		--socket "$DIR/net.sock" --control "$DIR/run/userlan/lan.ctl"
	at 0 ip -6 addr replace fd00:2::100/64 dev tap0 nodad
	tap4=$(at 0 ip -4 -o addr show tap0 | sed 's/.*inet \([^/]*\).*/\1/')
	serve_at 0 sink0 5000
	for i in 1 2; do
		join $i "$DIR/net.sock"
		plugged $i $((i == 1 ? 65520 : 1500))
		at $i ip addr add 10.0.2.10$i/24 dev tap0
		at $i ip -6 addr add fd00:2::10$i/64 dev tap0 nodad
		at $i ip route add default via $GATE4
		serve_at $i sink$i 5000
	done
	step "network of MTU $NET_MTU: TCP between a tap and two sockets"
	expect "$(at 0 ip link show tap0)" "*mtu $NET_MTU *" "the tap's MTU"
	transfer 1 "$tap4"
	transfer 1 fd00:2::100
	transfer 0 10.0.2.101
	transfer 2 "$tap4"
	transfer 2 fd00:2::101
	transfer 1 10.0.2.102
	step "the path MTU to the world"
	transfer 1 $WORLD4
	transfer 0 $WORLD4
}

end() {
	leave 1
	leave 2
	stop_userland
	kill "$guest_ns"
	wait "$guest_ns" 2>/dev/null
}

WANT=$("$PEER" digest - 0 len=$LEN)
start_world
serve world sink any 5000

NET_MTU=65520
run
expect "$(too_long)" 0 "frames too long"
end

NET_MTU=1500
run
expect "$(too_long)" 0 "frames too long before there was one"
step "frames that are too long for the tap are dropped and counted"
at 1 python3 "$LAN" datagrams "$tap4" 5000 9000 5
expect "$(too_long)" 5 "datagrams of 9 000 bytes"
at 1 python3 "$LAN" datagrams fd00:2::100 5000 9000 3
expect "$(too_long)" 8 "with those of IPv6"
at 1 python3 "$LAN" datagrams "$tap4" 5000 1472 5
expect "$(too_long)" 8 "none of those that fit"
at 1 python3 "$LAN" datagrams 10.0.2.102 5000 9000 5
expect "$(too_long)" 8 "none to a socket"
expect "$(grep -c '^udp.* len 9000' "$DIR/sink0.log")" 0 "long ones at the tap"
said=$("$BUILD/src/cli/userlan" status lan)
expect "$said" "*too long: 8 frames for *" "userlan status"
step "the guest that sent them goes on"
transfer 1 "$tap4"
end
step "passed"
