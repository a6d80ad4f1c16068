#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# bulk.sh - 100 MB arrive unharmed, each way, at each MTU, IPv4 and IPv6
. "$(dirname "$0")/lib.sh"

LEN=100000000
WANT=$("$PEER" digest - 0 seed=7 len=$LEN)

transfer() {
	for server in $(reached $WORLD4 $WORLD6); do
		for verb in put get; do
			step "$ATTACH, MTU $MTU: $verb $server"
			got=$(guest_peer $verb $server 5000 seed=7 len=$LEN)
			expect "$got" "$WANT" "$verb $server"
		done
	done
}

run() {
	for MTU in 1500 9000 65520; do
		start_network "$1"
		transfer
		next_network
	done
}

# What is sent into the tap is paced by nobody, whatever the host does.
check_pacing() {
	case $(sysctl -n net.ipv4.tcp_congestion_control) in
	bbr*) want="*congctl reno*" ;;
	*) want="default via $1 *" ;;
	esac
	expect "$(in_guest ip "$2" route show default via "$1") " "$want" \
		"the route"
}

# A frame for each packet, as before taps could do more.
run_plain() {
	UL_ARGS=--no-offload
	for MTU in 1500 65520; do
		start_network tap
		check_pacing $GATE4 -4
		check_pacing $GATE6 -6
		transfer
		next_network
	done
	UL_ARGS=
}

run_auto6() {
	MTU=1500
	start_network "$1"
	transfer
	next_network
}

start_world
serve world sink any 5000
both run
auto6 run_auto6
run_plain
step "passed"
