#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# forwards.sh - host ports lead to the guest: TCP, UDP, ranges, IPv6
. "$(dirname "$0")/lib.sh"

carries() {
	step "$ATTACH: $1 port $2 carries TCP"
	got=$(host_peer put "$1" "$2" len=1000000)
	expect "$got" "$WANT" "put"
	got=$(host_peer get "$1" "$2" len=1000000)
	expect "$got" "$WANT" "get"
	expect "$(host_peer echo "$1" "$2" len=10000)" OK "half-close"
}

# who PROTO: the client of the last line, as the guest's server saw it.
who() { grep "^$1" "$DIR/inside.log" | grep -v end | tail -n 1; }

run() {
	start_network "$@" -p 8080:5000 -p 8081:5000/udp \
		-p 9000-9003:5000-5003 -p 9100-9101:5001-5002/udp \
		-p '[::1]:8082:5000' -p '192.0.2.1:8083:5000' \
		-p '*:8084:5000' -p '*:8084:5000/udp' -p 8090:5999 \
		-p 8091:5998 \
		-p 8085:10.0.2.15:5000 -p '[::]:8086:5000'
	serve guest inside any 5000 ports=4

	carries 127.0.0.1 8080
	expect "$(who tcp)" "tcp open $GATE4 *" "a loopback client is the gateway"
	carries ::1 8080
	carries ::1 8082
	carries $HOST4 8083
	carries $HOST4 8084
	carries $HOST6 8084
	carries $HOST6 8086
	carries 127.0.0.1 8085
	for i in 0 1 2 3; do
		carries 127.0.0.1 900$i
		expect "$(who tcp)" "* port 500$i" "the range's port"
	done

	step "$ATTACH: closed to others unless opened"
	expect "$(in_world "$PEER" connect $HOST4 8080)" "ECONNREFUSED *" \
		"a forward on loopback, from outside"
	expect "$(host_peer connect 127.0.0.1 8083)" "ECONNREFUSED *" \
		"a forward on one address, from another"

	step "$ATTACH: the guest sees a client from outside as it is"
	expect "$(in_world "$PEER" put $HOST4 8084 len=1000000)" "$WANT" put
	expect "$(who tcp)" "tcp open $WORLD4 *" "the client"
	expect "$(in_world "$PEER" udp-sizes $HOST4 8084 len=65507)" OK udp
	expect "$(who udp)" "udp $WORLD4 *" "the client's datagrams"

	step "$ATTACH: UDP"
	for to in "127.0.0.1 8081" "::1 8081" "127.0.0.1 9101"; do
		# shellcheck disable=SC2086
		expect "$(host_peer udp-sizes $to len=65507)" OK "sizes $to"
		# shellcheck disable=SC2086
		expect "$(host_peer udp-many $to count=100)" OK "ports $to"
	done

	step "$ATTACH: a guest that refuses is a reset, never an end"
	host_peer reset 127.0.0.1 8090 >/dev/null 2>&1
	got=$(host_peer get-reset 127.0.0.1 8090 len=1 2>&1)
	case $got in
	*ECONNRE*) ;;
	*) fail "a refusing guest looked like: $got" ;;
	esac
	rejecting
	next_network
}

# The guest's kernel has rules of its own for what comes to a port: its answer
# to SYN is "prohibited" by ICMP, as that of many firewalls.
rejecting() {
	step "$ATTACH: a guest that rejects by ICMP is a reset, at once"
	in_guest sysctl -qw net.ipv4.ip_forward=1
	in_guest ip rule add pref 10 lookup local
	in_guest ip rule del pref 0
	in_guest ip rule add pref 5 ipproto tcp dport 5998 prohibit
	expect "$(host_peer get-reset 127.0.0.1 8091 len=1 timeout=2000 2>&1)" \
		"*ECONNRE*" "a guest that rejects"
	in_guest ip rule del pref 5
}

# A guest that made its own address: its forwards are IPv6 all the way.
forward_add() {
	said=$(python3 "$HERE/qmp.py" "$DIR/ctl" forward-add spec="$1") ||
		fail "forward-add $1: $said"
}
run_auto6() {
	start_network "$@" --control "$DIR/ctl"
	serve guest inside any 5000
	forward_add "[::1]:8082:[$GUEST6]:5000"
	forward_add "*:8084:[$GUEST6]:5000"
	forward_add "*:8084:[$GUEST6]:5000/udp"
	forward_add "[::1]:8090:[$GUEST6]:5999"
	step "$AUTO6: forwards to $GUEST6"
	carries ::1 8082
	expect "$(who tcp)" "tcp open $GATE6 *" "a loopback client is the gateway"
	expect "$(in_world "$PEER" put $HOST6 8084 len=1000000)" "$WANT" put
	expect "$(who tcp)" "tcp open $WORLD6 *" "the client"
	expect "$(in_world "$PEER" udp-sizes $HOST6 8084 len=65507)" OK udp
	expect "$(who udp)" "udp $WORLD6 *" "the client's datagrams"
	expect "$(host_peer get-reset ::1 8090 len=1 2>&1)" "*ECONNRE*" \
		"a guest that refuses"
	next_network
}

busy() {
	step "a busy port is refused at start, and its rule is named"
	for rule in 6000:22 6001-6003:22-24 6002:22/udp '192.0.2.1:6001:80'; do
		"$UL" -f --socket "$DIR/busy.sock" -p "$rule" \
			>"$DIR/busy" 2>&1 &
		pid=$!
		wait_until 5 "userland gives up" gone $pid
		wait $pid && fail "$rule: started although the port is busy"
		grep -qF -e "$rule" "$DIR/busy" ||
			fail "$rule is not named: $(cat "$DIR/busy")"
	done
}

WANT=$("$PEER" digest - 0 len=1000000)
start_world
serve host busy any 6000 ports=3
busy
both run
auto6 run_auto6
step "passed"
