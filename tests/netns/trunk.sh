#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# trunk.sh - two userlands joined by a trunk are one switch, and are again
#
#   guest ns                                                 far ns
#   +----------+       +----------+  trunk   +----------+       +----------+
#   | 10.0.5.1 |=relay=| userland |==========| userland |=relay=| 10.0.5.2 |
#   | fd05::1  |       | waits    |          | dials    |       | fd05::2  |
#   +----------+       +----------+          +----------+       +----------+
. "$(dirname "$0")/lib.sh"

LEN=50000000
WANT=$("$PEER" digest - 0 seed=7 len=$LEN)

# switch NAME UPLINK: a userland of internal mode; its pid in $NAME_switch.
switch() {
	rm -f "$DIR/ready.$1"
	mkfifo "$DIR/ready.$1"
	# shellcheck disable=SC2086
	"$UL" $UL_ARGS -f --ready-fd 9 --mode internal \
		--socket "$DIR/$1.sock" --uplink "$2" \
		9>"$DIR/ready.$1" >>"$DIR/userland.log" 2>&1 &
	eval "$1_switch=$!"
	timeout 10 head -c 1 "$DIR/ready.$1" >"$DIR/is_ready.$1"
	[ -s "$DIR/is_ready.$1" ] || fail "userland did not start ($2)"
}

# plug NAME ADDR4 ADDR6: the guest of a switch, in the namespace of its name.
plug() {
	new_ns "$1"
	eval "ns=\$$1_ns"
	nsenter -t "$ns" -n -- "$RELAY" "$DIR/$1.sock" tap0 \
		>"$DIR/relay-$1.log" 2>&1 &
	wait_until 5 "relay of $1" grep -q '^up' "$DIR/relay-$1.log"
	nsenter -t "$ns" -n ip link set tap0 up
	nsenter -t "$ns" -n ip addr add "$2" dev tap0
	nsenter -t "$ns" -n ip addr add "$3" dev tap0 nodad
}

end() {
	kill -TERM "$1"
	wait_until 5 "userland ends" gone "$1"
	wait "$1" || fail "userland ended with status $?"
	check_log
}

far_answers() { in_guest ping -q -c 1 -W 1 10.0.5.2; }

# check WHAT: both families, both directions.
check() {
	step "$1: data both ways"
	for addr in 10.0.5.2 fd05::2; do
		for verb in put get; do
			expect "$(guest_peer $verb $addr 5000 seed=7 len=$LEN)" \
				"$WANT" "$verb $addr"
		done
		expect "$(guest_peer udp-sizes $addr 5000 len=65507 \
			timeout=2000)" OK "datagrams to $addr"
	done
}

# over ADDRESS WHAT
over() {
	switch guest "trunk:listen:$1"
	switch far "trunk:$1"
	wait_until 10 "the trunk is up" far_answers
	check "$2"

	step "$2: the side that waits comes back"
	end "$guest_switch"
	switch guest "trunk:listen:$1"
	wait_until 15 "the trunk is up again" far_answers

	step "$2: the side that dials comes back"
	end "$far_switch"
	switch far "trunk:$1"
	wait_until 15 "the trunk is up again" far_answers
	end "$far_switch"
	end "$guest_switch"
}

# The first pair has its guests plugged in; the relays dial again after.
switch guest "trunk:listen:$DIR/first"
switch far "trunk:$DIR/first"
plug guest 10.0.5.1/24 fd05::1/64
plug far 10.0.5.2/24 fd05::2/64
serve far far any 5000
end "$far_switch"
end "$guest_switch"

over "$DIR/trunk.sock" "UNIX socket"
over "@ul-trunk-test" "abstract socket"
over 127.0.0.1:7000 "TCP"
over "[::1]:7000" "TCP over IPv6"
step "passed"
