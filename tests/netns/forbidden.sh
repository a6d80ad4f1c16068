#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# forbidden.sh - what is never proxied is refused at once, in each form
#
# Servers on the host listen on every address there is, so a packet that got
# through would be in their log. The guest's raw packets carry destinations
# that its kernel would not send.
#
# Some are due no answer at all: 0.0.0.0, an old limited broadcast (RFC 1122
# 3.2.1.3); ::, never a destination (RFC 4291 2.5.2); and IPv4-mapped IPv6
# addresses, which are no packet's.
. "$(dirname "$0")/lib.sh"

V4="127.0.0.1 127.1.2.3 127.255.255.254 0.1.2.3 169.254.1.1
	169.254.169.254 240.0.0.1 10.0.2.1 10.0.2.77 10.0.2.254"
V6="::1 fe80::77 fd00:ec2::254 fd00:2::77"
MUTE="0.0.0.0 :: ::ffff:127.0.0.1 ::ffff:192.0.2.1 ::ffff:10.0.2.2"

run() {
	start_network "$@"
	# shellcheck disable=SC2086
	guest_raw try 5000 $V4 $V6 >"$DIR/tried"
	while read -r dst proto what speed; do
		step "$ATTACH: $dst $proto: $what ($speed)"
		case $proto/$what in
		tcp/RST | */ICMP*) ;;
		*) fail "$dst $proto: not refused but $what" ;;
		esac
		case "$what $speed" in
		*slow) fail "$dst $proto: refused slowly" ;;
		esac
	done <<-END
	$(sed 's/ICMP \([0-9]*\)/ICMP\1/' "$DIR/tried")
	END
	[ "$(wc -l <"$DIR/tried")" = 28 ] || fail "not all were tried"
	step "$ATTACH: no answer, and no way through: $MUTE"
	# shellcheck disable=SC2086
	guest_raw try 5000 $MUTE >"$DIR/tried"
	[ "$(grep -c SILENCE "$DIR/tried")" = 10 ] ||
		fail "answers: $(cat "$DIR/tried")"
	grep -E '^(tcp|udp)' "$DIR/host.log" &&
		fail "something reached the host"
	next_network
}

start_world
ip addr add 169.254.1.1/16 dev w0
ip addr add fd00:2::77/128 dev lo nodad
ip addr add fd00:ec2::254/128 dev lo nodad
ip addr add 10.0.2.77/32 dev lo
serve host host any 5000
both run
step "passed"
