#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# traceroute.sh - traceroute by UDP, ICMP and TCP shows every hop
. "$(dirname "$0")/lib.sh"

command -v traceroute >/dev/null || skip "there is no traceroute"

hops() {
	in_guest traceroute -n -q 1 -w 2 -m 6 "$@" 2>&1 |
		awk 'NR > 1 { printf "%s%s", sep, $2; sep = " " }'
}

run() {
	start_network "$@"
	for how in "" -I "-T -p 81"; do
		step "$ATTACH: traceroute $how"
		# shellcheck disable=SC2086
		expect "$(hops $how $FAR4)" "$GATE4 192.0.2.2 $FAR4" "IPv4 $how"
		# shellcheck disable=SC2086
		expect "$(hops -6 $how $FAR6)" \
			"$GATE6 2001:db8:1::2 $FAR6" "IPv6 $how"
	done
	step "$ATTACH: an open port, by TCP"
	expect "$(hops -T -p 5000 $FAR4)" "$GATE4 192.0.2.2 $FAR4" "open port"
	next_network
}

sysctl -qw net.ipv4.ping_group_range="0 0"
start_world
serve far far any 5000
both run
step "passed"
