#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# forward-live.sh - forwards by name, added and removed while all runs
#
#   web: shell ns == lab (nat-network) -- host ns -- world
#
# The machine comes and goes; its name is all that the forwards know of it.
. "$(dirname "$0")/lib.sh"

command -v busybox >/dev/null || skip "there is no busybox"
XDG_RUNTIME_DIR=$DIR/run
export XDG_RUNTIME_DIR
mkdir -m 700 "$DIR/run"
CTL=$DIR/run/userlan/lab.ctl

userlan() { "$BUILD/src/cli/userlan" "$@"; }
qmp() { python3 "$HERE/qmp.py" "$CTL" "$@" 2>&1; }
# of RULE FIELD: what the listing says of it
of() {
	userlan forward ls lab --json | python3 -c '
import json, sys
for rule in json.load(sys.stdin):
    if rule["spec"] == sys.argv[1]:
        print({**rule, **rule["counters"]}.get(sys.argv[2]))' "$1" "$2"
}
# refused "WORDS" ARGS: fails with 1 and says so
refused() {
	want=$1
	shift
	userlan "$@" >"$DIR/said" 2>&1
	expect $? 1 "status of userlan $*: $(cat "$DIR/said")"
	grep -qF -e "$want" "$DIR/said" || fail "userlan $*: $(cat "$DIR/said")"
}
carries() {
	expect "$(host_peer put "$1" "$2" len=1000000)" "$WANT" "put $1 $2"
	expect "$(host_peer get "$1" "$2" len=1000000)" "$WANT" "get $1 $2"
}
# The client is told at once, and by a reset.
is_reset() {
	got=$(host_peer get-reset 127.0.0.1 "$1" len=1 2>&1)
	case $got in
	*ECONNRE*) ;;
	*) fail "port $1: no reset but $got" ;;
	esac
}

# The machine "web" on lab or NET, whose server is ready: come [NET]
come() {
	userlan shell "${1:-lab}" --name web -- sh -c 'echo pid $$
		"$0" serve any 5000 ports=3 & echo pid $!
		exec sleep 100' "$PEER" \
		>"$DIR/web.log" 2>&1 &
	web_pid=$!
	wait_until 5 "web on lab" grep -q ready "$DIR/web.log"
	[ "$1" ] || wait_until 5 "its address" is_state ready
}
is_state() { [ "$(of 8080:web:5000 state)" = "$1" ]; }
go() {
	for pid in $(sed -n 's/^pid //p' "$DIR/web.log"); do
		kill "$pid"
	done
}
leave() {
	go
	wait $web_pid
	wait_until 5 "nobody is web" is_state no-guest
}

WANT=$("$PEER" digest - 0 len=1000000)
start_world
userlan up lab --log-file "$DIR/lab.log" -p 8080:web:5000 \
	-p "unix:$DIR/conf.sock:web:5000" >/dev/null || fail "up lab"
python3 - "$CTL" >"$DIR/events.log" 2>&1 <<'EOF' &
import json, socket, sys
sock = socket.socket(socket.AF_UNIX)
sock.connect(sys.argv[1])
sock.sendall(b'{"execute": "qmp_capabilities"}')
for line in sock.makefile():
    if '"return"' in line:
        print("ready", flush=True)
    if '"FORWARD_FAILED"' in line:
        print(json.loads(line)["data"], flush=True)
EOF
events_pid=$!
wait_until 5 "a client" grep -q ready "$DIR/events.log"

step "a name that nobody has"
expect "$(of 8080:web:5000 state)" no-guest state
is_reset 8080
wait_until 5 "the event" grep -q "'spec': '8080:web:5000'" "$DIR/events.log"
expect "$(of 8080:web:5000 failed)" 1 failed
expect "$(of 8080:web:5000 reason)" "no VM of that name has an address now" why

step "the machine comes, goes and comes"
come
carries 127.0.0.1 8080
carries ::1 8080
leave
is_reset 8080
come
carries 127.0.0.1 8080

step "added live: every form, UDP, a range, to the LAN"
for rule in 8081:web.lab.internal:5000 '*:8082:web:5000' \
	8083:web:5000/udp '[::1]:8084:web:5000' 9000-9002:WEB:5000-5002; do
	userlan forward add lab "$rule" >"$DIR/said" || fail "add $rule"
done
carries 127.0.0.1 8081
carries ::1 8084
for port in 9000 9001 9002; do
	carries 127.0.0.1 $port
done
expect "$(host_peer udp-sizes 127.0.0.1 8083 len=65507)" OK UDP
expect "$(of 8083:web:5000/udp open)" 1 "clients of UDP"
expect "$(in_world "$PEER" put $HOST4 8082 len=1000000)" "$WANT" "from the LAN"
grep -q "tcp open $WORLD4 " "$DIR/web.log" || fail "not seen as it is"
# Its IPv6 address has its name once it was heard of.
gate6=$(userlan status lab --json |
	sed -n 's/.*"gateway6": "\(.*\)".*/\1/p')
nsenter -t "$(sed -n 's/^pid //p' "$DIR/web.log" | head -n 1)" -n \
	ping -q -c 1 -W 5 "$gate6" >/dev/null || fail "web has no IPv6"
expect "$(in_world "$PEER" put $HOST6 8082 len=1000000)" "$WANT" "by IPv6"
grep -q "tcp open $WORLD6 " "$DIR/web.log" || fail "not by IPv6 as it is"
expect "$(in_world "$PEER" connect $HOST4 8081)" "ECONNREFUSED *" "loopback's"

step "free ports are told"
for rule in 0:web:5000 $HOST4::web:5000 0:web:5000; do
	port=$(userlan forward add lab "$rule" --json |
		sed -n 's/.*"host-port": \([0-9]*\).*/\1/p')
	case $rule in
	0*) carries 127.0.0.1 "$port" ;;
	*) carries $HOST4 "$port" ;;
	esac
done
refused "several are so" forward rm lab 0:web:5000
userlan forward rm lab "$port:web:5000" || fail "rm by the port taken"
userlan forward rm lab 0:web:5000 || fail "rm the one that is left"
expect "$(host_peer connect 127.0.0.1 "$port")" "ECONNREFUSED *" "removed"

step "removed during a transfer: kept, or cut"
for how in "" --close-flows; do
	: >"$DIR/many.log"
	"$PEER" many 127.0.0.1 8081 count=3 gap=100000 >"$DIR/many.log" 2>&1 &
	many_pid=$!
	wait_until 10 "connections" grep -q open "$DIR/many.log"
	expect "$(of 8081:web.lab.internal:5000 open)" 3 open
	# shellcheck disable=SC2086
	userlan forward rm lab 8081:web.lab.internal:5000 $how || fail rm
	expect "$(host_peer connect 127.0.0.1 8081)" "ECONNREFUSED *" "rm $how"
	kill -USR1 $many_pid
	wait $many_pid
	rc=$?
	[ $rc -eq 0 ] && [ -n "$how" ] && fail "not cut: $(cat "$DIR/many.log")"
	[ $rc -ne 0 ] && [ -z "$how" ] && fail "cut: $(cat "$DIR/many.log")"
	userlan forward add lab 8081:web.lab.internal:5000 >/dev/null ||
		fail "add again"
done

step "UNIX sockets: of the daemon, and live of the client"
userlan forward add lab "unix:$DIR/live.sock:web:5000" >"$DIR/said" || fail add
grep -q "unix:$DIR/live.sock/tcp leads to web:5000" "$DIR/said" || fail said
for path in "$DIR/conf.sock" "$DIR/live.sock"; do
	expect "$(stat -c %a "$path")" 600 "mode of $path"
	python3 - "$path" <<'EOF' || fail "$path"
import socket, sys
sock = socket.socket(socket.AF_UNIX)
sock.settimeout(10)
sock.connect(sys.argv[1])
sock.shutdown(socket.SHUT_WR)
while sock.recv(65536):
    pass
EOF
done
expect "$(of "unix:$DIR/live.sock:web:5000" connections)" 1 "came by a socket"
expect "$(qmp forward-add "spec=unix:$DIR/x:web:80")" "*the client's to open*" \
	"a path of a control client"
[ -e "$DIR/x" ] && fail "it was opened"
userlan forward rm lab "unix:$DIR/live.sock:web:5000" || fail "rm"
[ -e "$DIR/live.sock" ] && fail "the socket is left"

step "errors name rule and reason"
refused "forward 8081:web:80: cannot bind 127.0.0.1:8081" forward add lab \
	8081:web:80
refused "forward 80:80: which VM?" forward add lab 80:80
refused "forward 80:10.9.9.9:80: no guest can have" forward add lab \
	80:10.9.9.9:80
refused "forward x: 'x' is no port" forward add lab x
refused "there is no forward 1:web:1" forward rm lab 1:web:1
expect "$(qmp forward-add spec=81:web:80 port=none)" "*no port none*" "port"

step "the end"
expect "$(userlan forward ls lab | wc -l)" 9 "rules and a head"
kill $events_pid
go
userlan down lab --force || fail down
[ -e "$DIR/conf.sock" ] && fail "the daemon's socket is left"

step "the only machine, at the address that is kept for it"
mac=52:54:00:$(printf one/web | sha256sum |
	sed 's/^\(..\)\(..\)\(..\).*/\1:\2:\3/')
userlan up one --mode nat --subnet 10.0.3.0/24 --log-file "$DIR/one.log" \
	-p 8095:5000 --host "web=$mac,10.0.3.80" >/dev/null || fail "up one"
come one
carries 127.0.0.1 8095
expect "$(userlan status one)" "*10.0.3.80*" "its address"
go
userlan down one --force || fail down
step "passed"
