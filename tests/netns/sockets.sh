#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# sockets.sh - guests on stream, seqpacket and dgram sockets are one network
#
# TCP between each two in both directions, and with the host's world.
. "$(dirname "$0")/lib.sh"
. "$HERE/lan.sh"

LEN=30000000

plug() {
	join "$1" "$2"
	plugged "$1" "$MTU"
	at "$1" ip addr add "10.0.2.10$1/24" dev tap0
	at "$1" ip -6 addr add "fd00:2::10$1/64" dev tap0 nodad
	at "$1" ip route add default via $GATE4
	serve_at "$1" "sink$1" 5000
}

transfer() {
	expect "$(at "$1" "$PEER" put "$2" 5000 len=$LEN)" "$WANT" \
		"MTU $MTU, guest $1 to $2"
	expect "$(at "$1" "$PEER" get "$2" 5000 len=$LEN)" "$WANT" \
		"MTU $MTU, guest $1 from $2"
}

run() {
	start_lan --mode nat-network --subnet 10.0.2.0/24 --gateway $GATE4 \
		--mtu "$MTU" --socket "$DIR/net.sock" \
		--seqpacket "$DIR/seq.sock" --dgram "$DIR/dgram.sock"
	plug 1 "stream:$DIR/net.sock"
	plug 2 "seqpacket:$DIR/seq.sock"
	plug 3 "dgram:$DIR/dgram.sock"
	plug 4 "$DIR/net.sock"
	for pair in 1/2 1/3 2/3 4/1; do
		step "MTU $MTU: guests $pair"
		transfer ${pair%/*} 10.0.2.10${pair#*/}
		transfer ${pair#*/} fd00:2::10${pair%/*}
	done
	for i in 1 2 3; do
		step "MTU $MTU: guest $i and the world"
		transfer $i $WORLD4
	done
	for i in 1 2 3 4; do
		leave $i
	done
	stop_userland
}

WANT=$("$PEER" digest - 0 len=$LEN)
start_world
serve world sink any 5000
for MTU in 1500 65520; do
	run
done
step "passed"
