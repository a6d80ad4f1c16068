#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# when-listening.sh - a host port that is open while the guest's is
. "$(dirname "$0")/lib.sh"

XDG_RUNTIME_DIR=$DIR/run
export XDG_RUNTIME_DIR
mkdir -p -m 700 "$DIR/run/userlan"
CTL=$DIR/run/userlan/lab.ctl

userlan() { "$BUILD/src/cli/userlan" "$@"; }

# state SPEC NAME: what query-forwards tells of it
state() {
	python3 "$HERE/qmp.py" "$CTL" query-forwards | python3 -c '
import json, sys
for forward in json.load(sys.stdin):
    if forward["spec"] == sys.argv[1]:
        print(forward[sys.argv[2]])' "$1,when-listening" "$2"
}

# open_guest PORT, close_guest PORT: a server in the guest
open_guest() {
	: >"$DIR/guest$1.log"
	nsenter -t "$guest_ns" -n -- python3 "$HERE/whole.py" "$1" \
		>"$DIR/guest$1.log" 2>&1 &
	eval "guest$1_pid=$!"
	wait_until 5 "the guest's $1" grep -q ready "$DIR/guest$1.log"
}
close_guest() {
	eval "kill \$guest$1_pid"
	eval "wait \$guest$1_pid" 2>/dev/null
}

is_open() { expect_open "$1" "$2" && grep -q hello "$DIR/hello"; }
expect_open() {
	python3 -c '
import socket, sys
conn = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5)
print(conn.recv(6).decode())' "$1" "$2" >"$DIR/hello" 2>&1
}
is_closed() {
	got=$(host_peer connect "$1" "$2" 2>&1)
	[ "${got% *}" = ECONNREFUSED ]
}

comes_and_goes() {
	step "closed when the guest refuses, and open again"
	seen=$(grep -c from "$DIR/guest5000.log")
	expect "$seen" 2 "connections that the guest's program saw"
	close_guest 5000
	expect_open 127.0.0.1 8080	# is told by a reset
	wait_until 5 "8080 closes" is_closed 127.0.0.1 8080
	is_closed ::1 8080 || fail "8080 is open by IPv6"
	expect "$(state 8080:5000 state)" not-listening "state"
	open_guest 5000
	wait_until 5 "8080 opens again" is_open 127.0.0.1 8080
	is_open ::1 8080 || fail "8080 by IPv6: $(cat "$DIR/hello")"

	step "a free port is the same one each time"
	open_guest 5001
	wait_until 5 "$free opens" is_open 127.0.0.1 "$free"
	close_guest 5001
	expect_open 127.0.0.1 "$free"
	wait_until 5 "$free closes" is_closed 127.0.0.1 "$free"
	open_guest 5001
	wait_until 5 "$free opens again" is_open 127.0.0.1 "$free"
	expect "$(state 5001 host-port)" "$free" "the port"

	step "added and removed while the network runs"
	userlan forward rm lab 8080:5000 || fail "forward rm"
	is_closed 127.0.0.1 8080 || fail "8080 is open"
	userlan forward add lab 8081:5000,when-listening || fail "forward add"
	wait_until 5 "8081 opens" is_open 127.0.0.1 8081
}

run() {
	start_network "$@" --name lab --control "$CTL" \
		-p 8080:5000,when-listening -p 5001,when-listening \
		-p 9000-9001:5002-5003/tcp,when-listening
	sleep 0.2
	step "closed while nothing listens"
	is_closed 127.0.0.1 8080 || fail "8080 is open"
	is_closed ::1 8080 || fail "8080 is open by IPv6"
	is_closed 127.0.0.1 9001 || fail "9001 is open"
	expect "$(state 8080:5000 state)" not-listening "state"
	free=$(state 5001 host-port)
	is_closed 127.0.0.1 "$free" || fail "$free is open"

	step "open when it listens, each port for itself"
	open_guest 5000
	wait_until 5 "8080 opens" is_open 127.0.0.1 8080
	is_open ::1 8080 || fail "8080 by IPv6: $(cat "$DIR/hello")"
	expect "$(state 8080:5000 state)" ready "state"
	is_closed 127.0.0.1 9000 || fail "9000 is open"
	open_guest 5003
	wait_until 5 "9001 opens" is_open 127.0.0.1 9001
	is_closed 127.0.0.1 9000 || fail "9000 is open"

	comes_and_goes
	next_network
}

run tap
step "passed"
