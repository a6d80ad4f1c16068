#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# endings.sh - half-close, resets and urgent data, in both directions
. "$(dirname "$0")/lib.sh"

# The line that the sink wrote about the last connection that ended.
last_end() { grep '^tcp end' "$DIR/sink.log" | tail -n 1; }
ends() { grep -c '^tcp end' "$DIR/sink.log"; }
more_ends() { [ "$(ends)" -gt "$1" ]; }

half_closes() {
	step "$ATTACH $1: the guest ends its direction, then reads 1 MB"
	expect "$(guest_peer echo $1 5000 len=1000000)" OK "echo"
	expect "$(guest_peer echo $1 5000 len=1)" OK "echo of a byte"
	expect "$(guest_peer echo $1 5000 len=0)" OK "echo of nothing"

	step "the server ends its direction, then reads 1 MB"
	before=$(ends)
	got=$(guest_peer get $1 5000 len=5 also=1000000)
	expect "$got" "$("$PEER" digest - 0 len=5)" "get"
	wait_until 5 "the server sees the end" more_ends "$before"
	want=$("$PEER" digest - 0 len=1000000)
	expect "$(last_end)" "*get 1000000 ${want% *}" "what came after"
}

resets() {
	step "$1: the guest resets; the server sees a reset, not an end"
	before=$(ends)
	guest_peer reset $1 5000 len=100000 gap=200
	wait_until 5 "the server sees it" more_ends "$before"
	expect "$(last_end)" "*put 100000 reset" "server's view"

	step "$1: the server resets; so does the guest's connection"
	got=$(guest_peer get-reset $1 5000 len=10000)
	expect "$got" ECONNRESET "guest's view"
}

urgent() {
	step "$1: urgent bytes stay in the stream and harm nothing"
	got=$(guest_peer put $1 5000 len=1000000 chunk=1000 oob=5000)
	expect "$got" "$("$PEER" digest - 0 len=1000000)" "urgent data"
}

# The server ends first, so the near end of the guest's connection keeps
# TIME_WAIT, and the guest may use its port again as soon as its own kernel
# has the last ACK (a loaded machine may take milliseconds to bring it).
let_go() { [ -z "$(in_guest ss -Htan "sport = :33333")" ]; }
again() {
	step "$1: a port is used again and again, without a pause"
	want=$("$PEER" digest - 0 len=1000)
	for i in 1 2 3 4 5; do
		wait_until 2 "the guest has its last ACK" let_go
		got=$(guest_peer get $1 5000 len=1000 from=33333 timeout=900)
		expect "$got" "$want" "connection $i"
	done
}

run() {
	start_network "$@"
	for server in $(reached $WORLD4 $WORLD6); do
		half_closes $server
		resets $server
		urgent $server
		again $server
	done
	next_network
}

start_world
serve world sink any 5000
both run
auto6 run
step "passed"
