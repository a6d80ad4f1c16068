#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# connect.sh - a guest's ports from this host, without a forward
. "$(dirname "$0")/lib.sh"

XDG_RUNTIME_DIR=$DIR/run
export XDG_RUNTIME_DIR
mkdir -p -m 700 "$DIR/run/userlan"
CTL=$DIR/run/userlan/lab.ctl

userlan() { "$BUILD/src/cli/userlan" "$@"; }
qmp() { python3 "$HERE/qmp.py" "$CTL" "$@" 2>&1; }

# whole PORT: the server of whole.py in the guest
whole() {
	: >"$DIR/whole$1.log"
	nsenter -t "$guest_ns" -n -- python3 "$HERE/whole.py" "$1" \
		>"$DIR/whole$1.log" 2>&1 &
	eval "whole$1_pid=$!"
	wait_until 5 "server on $1" grep -q ready "$DIR/whole$1.log"
}

# What whole.py answers to $DIR/sent.
make_sent() {
	head -c "$1" /dev/urandom >"$DIR/sent"
	{ echo hello; sha256sum "$DIR/sent" | cut -c 1-64; cat "$DIR/sent"; } \
		>"$DIR/wanted"
}

# refused "WORDS" ARGS: fails with 1 and says so
refused() {
	want=$1
	shift
	userlan "$@" </dev/null >"$DIR/said" 2>&1
	expect $? 1 "status of userlan $*: $(cat "$DIR/said")"
	grep -q -e "$want" "$DIR/said" || fail "userlan $*: $(cat "$DIR/said")"
}

connect() {
	whole 7000
	step "$ATTACH: connect carries both ways, each with its own end"
	for size in 0 5 20000000; do
		make_sent $size
		for vm in $GUEST4 $GUEST6; do
			userlan connect lab $vm 7000 <"$DIR/sent" >"$DIR/got" ||
				fail "connect $vm: status $?"
			cmp "$DIR/got" "$DIR/wanted" || fail "$vm: $size bytes"
		done
	done
	expect "$(grep -c $GATE4 "$DIR/whole7000.log")" 3 "from the gateway"

	step "$ATTACH: through pipes, which are taken slowly"
	make_sent 3000000
	cat "$DIR/sent" | userlan connect lab $GUEST4 7000 |
		{ sleep 0.3; cat >"$DIR/got"; }
	cmp "$DIR/got" "$DIR/wanted" || fail "through pipes"

	step "$ATTACH: what the guest says does not wait for what we say"
	mkfifo "$DIR/in"
	userlan connect lab $GUEST4 7000 <"$DIR/in" >"$DIR/got" &
	pid=$!
	exec 7>"$DIR/in"
	wait_until 5 "the greeting" grep -q hello "$DIR/got"
	exec 7>&-
	wait $pid || fail "connect with nothing to say: status $?"
	rm "$DIR/in"

	step "$ATTACH: each no says which"
	refused "refused: nothing listens" connect lab $GUEST4 7001
	refused "no guest of this network is nobody" connect lab nobody 22
	refused "no guest of this network is $GATE4" connect lab $GATE4 22
	refused "no guest of this network is 192.0.2.2" connect lab 192.0.2.2 22
	refused "network none is not up" connect none $GUEST4 22
	userlan connect lab $GUEST4 0 2>/dev/null
	expect $? 2 "port 0"
}

probe() {
	step "$ATTACH: probe tells what it found"
	expect "$(qmp probe guest=$GUEST4 port:=7000)" \
		'*"listening": true*' "a port that listens"
	expect "$(qmp probe guest=$GUEST6 port:=7001)" \
		'*"listening": false*"refused"*' "a port that does not"
	expect "$(qmp probe guest=10.0.2.77 port:=1 timeout:=1)" \
		'*"listening": false*"unreachable"*' "an address of nobody's"
	in_guest ip route add blackhole $GATE4 2>/dev/null ||
		in_guest ip route add blackhole $GATE4/32
	expect "$(qmp probe guest=$GUEST4 port:=7000 timeout:=1)" \
		'*"listening": false*"no-answer"*' "a guest that is silent"
	in_guest ip route del blackhole $GATE4/32

	step "$ATTACH: no program hears of a probe, and nothing is left of it"
	before=$(wc -l <"$DIR/whole7000.log")
	for i in 1 2 3; do
		expect "$(qmp probe guest=$GUEST4 port:=7000)" '*true*' "probe"
	done
	expect "$(wc -l <"$DIR/whole7000.log")" "$before" "connections seen"
	expect "$(in_guest ss -Htan state syn-recv state established \
		'sport = :7000')" "" "what is left of probes"
	wait_until 5 "no flow is left" no_flows
}
no_flows() { expect "$(qmp query-network)" '*"tcp-flows": 0*' flows; }

waits() {
	step "$ATTACH: wait ends when a port listens, or in time"
	userlan wait lab $GUEST4:7000 || fail "wait for what listens: $?"
	userlan wait lab "[$GUEST6]:7000" || fail "wait, IPv6: $?"
	refused "after 1 s: $GUEST4 port 7002 .*refused" \
		wait lab $GUEST4:7002 --timeout 1
	refused "nobody is not on the network" wait lab nobody --timeout 0
	userlan wait lab $GUEST4:7002 --timeout 20 &
	pid=$!
	sleep 0.3
	whole 7002
	wait $pid || fail "wait for what comes: status $?"
	kill "$whole7002_pid"
}

socks() { python3 "$HERE/socks.py" "$proxy_port" "$@" 2>&1; }

proxied() {
	step "$ATTACH: proxy reaches guests by address and by name"
	mac=$(in_guest ip -br link show tap0 | awk '{ print $3 }')
	expect "$(qmp lease-add mac="$mac" host=vm)" "*\"$GUEST4\"*" "a lease"
	userlan wait lab vm --timeout 5 || fail "wait for what leased: $?"
	userlan wait lab VM.lab.internal:7000 || fail "wait, by its long name"
	expect "$(userlan connect lab vm 7000 </dev/null | head -n 1)" hello \
		"connect by name"
	userlan proxy lab >"$DIR/proxy.log" 2>&1 &
	proxy_pid=$!
	wait_until 5 "the proxy" grep -q "at 127.0.0.1:" "$DIR/proxy.log"
	proxy_port=$(sed -n 's/.*127.0.0.1://p' "$DIR/proxy.log")
	make_sent 2000000
	for host in $GUEST4 $GUEST6 vm vm.internal VM.lab.internal; do
		socks $host 7000 <"$DIR/sent" >"$DIR/got"
		cmp "$DIR/got" "$DIR/wanted" || fail "through the proxy: $host"
	done
	make_sent 1000
	socks vm 7000 100 <"$DIR/sent" >"$DIR/got"
	cmp "$DIR/got" "$DIR/wanted" || fail "a hundred: $(cat "$DIR/got")"

	step "$ATTACH: the proxy's no is the guest's"
	expect "$(socks vm 7001 </dev/null)" "reply 5" "a port that is closed"
	expect "$(socks nobody 80 </dev/null)" "reply 4" "nobody's name"
	expect "$(socks $WORLD4 80 </dev/null)" "reply 4" "the world"
	expect "$(socks $GATE4 80 </dev/null)" "reply 4" "the gateway"
	userlan proxy lab --listen 192.0.2.1:1080 2>/dev/null
	expect $? 2 "an address that is not loopback"

	step "$ATTACH: clients that say nothing keep nobody out for long"
	python3 -c '
import socket, sys, time
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        for _ in range(200)]
held[0].sendall(b"GET / HTTP/1.0\r\n\r\n")
held[0].settimeout(5)
try:
    assert held[0].recv(9) == b""
except ConnectionError:
    pass
print("held", flush=True)
time.sleep(9)' "$proxy_port" >"$DIR/held.log" 2>&1 &
	held_pid=$!
	wait_until 5 "silent clients" grep -q held "$DIR/held.log"
	expect "$(socks vm 7001 </dev/null)" "reply 5" "beside silent clients"
	kill $held_pid
	[ "$(ls "/proc/$proxy_pid/fd" | wc -l)" -lt 300 ] || fail "descriptors"
}

proxy_ends() {
	step "the proxy ends with its network"
	wait_until 5 "the proxy's end" gone "$proxy_pid"
	wait "$proxy_pid"
	expect $? 1 "the proxy's status: $(cat "$DIR/proxy.log")"
}

run() {
	start_network "$@" --name lab --control "$CTL"
	connect
	if [ "$ATTACH" = tap ]; then
		probe
		waits
	else
		proxied
	fi
	next_network
	[ "$ATTACH" = tap ] || proxy_ends
}

both run
step "passed"
