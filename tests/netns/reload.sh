#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# reload.sh - a file of a network is read anew while connections are open
#
#   web: shell ns == lab (nat-network) -- host ns -- world
#
# The file opens one port of the host in place of another, keeps an address,
# resolves nothing, and lets the machine out no more.
. "$(dirname "$0")/lib.sh"

command -v busybox >/dev/null || skip "there is no busybox"
XDG_RUNTIME_DIR=$DIR/run
XDG_CONFIG_HOME=$DIR/config
export XDG_RUNTIME_DIR XDG_CONFIG_HOME
mkdir -m 700 "$DIR/run"
mkdir -p "$DIR/config/userlan"
FILE=$DIR/config/userlan/lab.conf

userlan() { "$BUILD/src/cli/userlan" "$@"; }
file() {
	cat >"$FILE" <<END
[network]
subnet=10.0.9.0/24
log-file=$DIR/lab.log
forward=$1
$2

[port *]
isolated=$3
END
}
# A connection of the machine's to the world.
goes_out() {
	nsenter -t "$web_ns" -n -- "$PEER" connect $WORLD4 5000
}

WANT=$("$PEER" digest - 0 len=1000000)
start_world
serve world server any 5000
file 8080:web:5000 egress=any false
userlan up lab >/dev/null 2>"$DIR/said" || fail "up lab: $(cat "$DIR/said")"
grep -q "options of lab are read from $FILE" "$DIR/said" || fail "not said"
userlan shell lab --name web -- sh -c 'echo pid $$
	"$0" serve any 5000 ports=3 & echo pid $!
	exec sleep 100' "$PEER" >"$DIR/web.log" 2>&1 &
wait_until 5 "web on lab" grep -q ready "$DIR/web.log"
web_ns=$(sed -n 's/^pid //p' "$DIR/web.log" | head -n 1)
expect "$(host_peer put 127.0.0.1 8080 len=1000000)" "$WANT" "before"
expect "$(goes_out)" "OK*" "out, before"

step "what the file says of forwards and egress is so, open ones go on"
"$PEER" many 127.0.0.1 8080 count=3 gap=100000 >"$DIR/many.log" 2>&1 &
many_pid=$!
wait_until 10 "connections" grep -q open "$DIR/many.log"
file "8081:web:5000; 9000-9002:web:5000-5002" egress=none true
userlan reload lab >"$DIR/said" || fail reload
expect "$(grep -c 'now$' "$DIR/said")" 5 "changes: $(cat "$DIR/said")"
expect "$(host_peer connect 127.0.0.1 8080)" "ECONNREFUSED *" "the old port"
for port in 8081 9000 9002; do
	expect "$(host_peer put 127.0.0.1 $port len=1000000)" "$WANT" $port
done
expect "$(goes_out)" "ECONNRE*" "out, now"
kill -USR1 $many_pid
wait $many_pid || fail "cut: $(cat "$DIR/many.log")"

step "a port that somebody has: nothing of the file is so"
python3 -c 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 8083)); s.listen(); print("ready", flush=True)
time.sleep(100)' >"$DIR/taken" &
taken_pid=$!
wait_until 5 "who has it" grep -q ready "$DIR/taken"
file "8082:web:5000; 8083:web:5000" egress=any false
userlan reload lab >"$DIR/said" 2>&1 && fail "it was taken"
grep -q "8083.*in use" "$DIR/said" || fail "$(cat "$DIR/said")"
expect "$(host_peer put 127.0.0.1 8081 len=1000000)" "$WANT" "8081 still"
expect "$(host_peer connect 127.0.0.1 8082)" "ECONNREFUSED *" "8082"
expect "$(goes_out)" "ECONNRE*" "out, still"
kill $taken_pid
wait $taken_pid 2>/dev/null
userlan reload lab >/dev/null || fail "reload once it is free"
expect "$(host_peer put 127.0.0.1 8083 len=1000000)" "$WANT" "8083"
expect "$(goes_out)" "OK*" "out, again"

for pid in $(sed -n 's/^pid //p' "$DIR/web.log"); do
	kill "$pid"
done
userlan down lab --force || fail down
step "passed"
