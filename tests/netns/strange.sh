#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# strange.sh - broadcasts, multicasts and other IP protocols
#
# The first two are neither proxied nor answered, not even with errors; a
# protocol that is not carried gets "protocol unreachable".
. "$(dirname "$0")/lib.sh"

run() {
	start_network "$@"
	step "$ATTACH: broadcast and multicast"
	expect "$(guest_raw silent 5000 255.255.255.255 10.0.2.255 224.0.0.251 \
		239.1.2.3 ff02::fb ff05::2 ff0e::1234)" SILENCE "answers"
	grep -hE '^(tcp|udp)' "$DIR/host.log" "$DIR/sink.log" &&
		fail "a server heard it"
	step "$ATTACH: other protocols"
	guest_raw protocols $WORLD4 >"$DIR/v4"
	guest_raw protocols $WORLD6 >"$DIR/v6"
	grep -v 'ICMP 3/2$' "$DIR/v4" && fail "IPv4: $(cat "$DIR/v4")"
	grep -v 'ICMP 4/1$' "$DIR/v6" && fail "IPv6: $(cat "$DIR/v6")"
	[ "$(cat "$DIR/v4" "$DIR/v6" | wc -l)" = 13 ] || fail "not all tried"
	expect "$(guest_peer udp-probe $WORLD4 5000)" "OK *" "afterwards"
	: >"$DIR/sink.log"
	next_network
}

start_world
serve host host any 5000
serve world sink any 5000
both run
step "passed"
