#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# start.sh - the program's own behaviour: ready, pid file, daemon, one-off
. "$(dirname "$0")/lib.sh"

refused() {
	want=$1
	shift
	"$UL" "$@" >"$DIR/refused" 2>&1 && fail "userland $* was accepted"
	grep -q -e "$want" "$DIR/refused" ||
		fail "userland $*: $(cat "$DIR/refused")"
}

step "wrong options are refused and named"
refused --netnz --netnz 1
refused --mtu --mtu 12
refused --subnet --subnet 10.0.2.1/24
refused --socket --socket /x --netns 1
refused 999999 --netns 999999

step "without -f it is a daemon once it is ready"
"$UL" --socket "$DIR/d.sock" --pid "$DIR/d.pid" --log-file "$DIR/d.log" ||
	fail "it did not start"
pid=$(cat "$DIR/d.pid")
kill -0 "$pid" || fail "it is not there"
[ -S "$DIR/d.sock" ] || fail "its socket is not there when it is ready"
expect "$(stat -c %a "$DIR/d.sock")" 600 "mode of the socket"

step "children are waited for, whatever the parent ignored"
env --ignore-signal=CHLD "$UL" --socket "$DIR/c.sock" --pid "$DIR/c.pid" ||
	fail "it did not start"
ignored=$(awk '/^SigIgn/ { print $2 }' "/proc/$(cat "$DIR/c.pid")/status")
[ $((0x$ignored >> 16 & 1)) = 0 ] || fail "SIGCHLD is ignored: $ignored"
kill "$(cat "$DIR/c.pid")"

step "a live socket is not taken over, a stale one is"
refused d.sock -f --socket "$DIR/d.sock"
kill -9 "$pid"
wait_until 5 "it is killed" gone "$pid"
"$UL" --socket "$DIR/d.sock" --pid "$DIR/d.pid" || fail "the stale socket"
pid=$(cat "$DIR/d.pid")
kill -TERM "$pid"
wait_until 5 "it ends" gone "$pid"
[ ! -e "$DIR/d.sock" ] || fail "its socket is left behind"

step "--one-off ends with its guest"
start_world
serve world sink any 5000
start_network stream --one-off --pcap "$DIR/frames.pcap"
expect "$(guest_peer connect $WORLD4 5000)" "OK *" "connect"
kill "$relay_pid"
wait "$relay_pid"
wait_until 5 "it ends by itself" gone "$userland_pid"
wait "$userland_pid" || fail "it ended with status $?"
check_log
magic=$(od -An -tx1 -N4 "$DIR/frames.pcap" | tr -d ' ')
case $magic in
d4c3b2a1 | 4d3cb2a1 | 0a0d0d0a) ;;
*) fail "the capture begins with $magic" ;;
esac

step "a tap that is gone ends it"
guest_ns= relay_pid=
start_network tap
kill "$guest_ns"
wait "$guest_ns" 2>/dev/null
sleep 0.5
gone "$userland_pid" || kill "$userland_pid"
wait_until 5 "it ends" gone "$userland_pid"
check_log
step "passed"
