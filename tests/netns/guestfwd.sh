#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# guestfwd.sh - addresses of the guest's network that are services of the host
. "$(dirname "$0")/lib.sh"

# talk HOST PORT: what the guest hears there to the end, having sent its input
talk() {
	in_guest timeout 10 python3 -c '
import socket, sys
conn = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=9)
conn.sendall(sys.stdin.buffer.read())
conn.shutdown(socket.SHUT_WR)
for data in iter(lambda: conn.recv(1 << 16), b""):
    sys.stdout.buffer.write(data)' "$1" "$2" 2>&1
}

# No program of ours, by a word of its command line, runs.
none_runs() { ! pgrep -f "$1" >/dev/null; }

unruly() {
	step "$ATTACH: a program that floods is held back, and ends in time"
	pids=
	for i in 1 2 3; do
		nsenter -t "$guest_ns" -n -- python3 -c '
import socket, time
conn = socket.create_connection(("10.0.2.100", 9))
time.sleep(60)' &
		pids="$pids $!"
	done
	wait_until 5 "three programs" three_flood
	sleep 0.5
	[ -n "$UL_SANITIZED" ] || at_most "$(rss_kb)" 100000 "kB beside floods"
	kill $pids
	wait $pids 2>/dev/null
	wait_until 5 "the floods end" none_runs "^yes flood$$"

	step "$ATTACH: a program that does not want to end"
	expect "$(guest_peer reset 10.0.2.100 10 len=1)" "*" "reset"
	wait_until 8 "it is killed" none_runs "^sleep 7$$"
}
three_flood() { [ "$(pgrep -fc "^yes flood$$")" = 3 ]; }

run() {
	cp /bin/cat "$DIR/program"
	PREFIX6=fd00:2::/64
	start_network "$@" --egress none \
		--guestfwd "10.0.2.100:80=unix:$DIR/web" \
		--guestfwd "tcp:10.0.2.100:81=tcp:127.0.0.1:5000" \
		--guestfwd "[fd00:2::100]:81=tcp:[::1]:5000" \
		--guestfwd "198.51.100.77:7=exec:cat" \
		--guestfwd "[fd00:2::100]:7=exec:cat" \
		--guestfwd "169.254.169.254:80=exec:printf '%s|' 'a b' \$HOME" \
		--guestfwd "$GATE4:13=exec:$DIR/program" \
		--guestfwd "10.0.2.100:9=exec:yes flood$$" \
		--guestfwd "10.0.2.100:10=exec:sh -c 'trap \"\" TERM; sleep 7$$'"
	python3 "$HERE/whole.py" "$DIR/web" >"$DIR/web.log" 2>&1 &
	wait_until 5 "the UNIX server" grep -q ready "$DIR/web.log"
	# A guest's own way to such an address is by its router.
	[ "$ATTACH" = tap ] ||
		in_guest ip route replace 169.254.0.0/16 dev tap0

	step "$ATTACH: to a UNIX socket"
	head -c 3000000 /dev/urandom >"$DIR/sent"
	{ echo hello; sha256sum "$DIR/sent" | cut -c 1-64; cat "$DIR/sent"; } \
		>"$DIR/wanted"
	talk 10.0.2.100 80 <"$DIR/sent" >"$DIR/got"
	cmp "$DIR/got" "$DIR/wanted" || fail "through the UNIX socket"

	step "$ATTACH: to an address of the host, both families"
	want=$("$PEER" digest - 0 len=5000000)
	for addr in 10.0.2.100 fd00:2::100; do
		expect "$(guest_peer put $addr 81 len=5000000)" "$want" put
		expect "$(guest_peer get $addr 81 len=5000000)" "$want" get
		expect "$(guest_peer echo $addr 81 len=10000)" OK "half-close"
	done

	step "$ATTACH: to programs, whose words are as they were written"
	for addr in 198.51.100.77 fd00:2::100; do
		head -c 100000 "$DIR/sent" >"$DIR/wanted"
		talk $addr 7 <"$DIR/wanted" >"$DIR/got"
		cmp "$DIR/got" "$DIR/wanted" || fail "through cat at $addr"
	done
	expect "$(talk 169.254.169.254 80 </dev/null)" 'a b|$HOME|' "words"
	expect "$(echo hi | talk $GATE4 13)" hi "at the gateway's address"

	step "$ATTACH: nothing else is opened by it"
	expect "$(guest_peer connect 10.0.2.100 82)" "ECONNREFUSED *" "a port"
	expect "$(guest_peer connect 198.51.100.77 8)" "E* *" "the world"
	in_guest ping -c 1 -W 2 10.0.2.100 >/dev/null || fail "its address"

	[ "$ATTACH" = stream ] || unruly

	step "$ATTACH: a program that is gone refuses at once"
	rm "$DIR/program"
	expect "$(guest_peer connect $GATE4 13)" "ECONNREFUSED *" "no program"
	grep -q "a guest was refused: No such file" "$DIR/userland.log" ||
		fail "the log does not say why"
	rm "$DIR/web"
	expect "$(guest_peer connect 10.0.2.100 80)" "ECONNREFUSED *" "no socket"
	next_network
	wait_until 5 "no program is left" none_runs "$DIR/program"
}

refused_at_start() {
	step "a program that cannot be run is refused at the start"
	"$UL" -f --socket "$DIR/bad.sock" \
		--guestfwd "10.0.2.100:7=exec:/no/such $$" >"$DIR/bad" 2>&1 &&
		fail "it started"
	grep -q "exec:/no/such $$: cannot run /no/such: No such file" \
		"$DIR/bad" || fail "said: $(cat "$DIR/bad")"
}

refused_at_start
serve host lo any 5000
both run
step "passed"
