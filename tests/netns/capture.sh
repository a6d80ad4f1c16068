#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# capture.sh - captures that tcpdump reads, of files and pipes, made live
#
# The guest is a tap: its super-frames must be in the capture as a wire would
# have carried them. A reader that stops reading holds up nothing.
. "$(dirname "$0")/lib.sh"

command -v tcpdump >/dev/null || skip "there is no tcpdump"
mkdir -m 700 "$DIR/run" "$DIR/run/userlan" "$DIR/full"
XDG_RUNTIME_DIR=$DIR/run
export XDG_RUNTIME_DIR
SIZE=3000000

userlan() { "$BUILD/src/cli/userlan" "$@"; }
dump() { tcpdump --number -tnr "$@" 2>"$DIR/tcpdump.log"; }
lines() { wc -l <"$1"; }
get() {
	expect "$(guest_peer get $WORLD4 5000 len=$SIZE)" \
		"$(host_peer digest - 0 len=$SIZE)" "$1"
}
# begin NAME OPTIONS: in the background, its words in NAME.said
begin() {
	begin_name=$1
	shift
	# Not by the function: its pid would be a subshell's.
	"$BUILD/src/cli/userlan" capture lab "$@" \
		2>"$DIR/$begin_name.said" &
	eval "${begin_name}_pid=$!"
	wait_until 5 "capture $begin_name" running
}
running() { userlan capture lab --list | grep -q 'running$'; }
end() {
	eval "kill -TERM \$$1_pid; wait \$$1_pid" ||
		fail "capture $1: $(cat "$DIR/$1.said")"
}

start_world
serve world sink any 5000
start_network tap --name lab --control "$DIR/run/userlan/lab.ctl"
guest_peer connect $WORLD4 81 >/dev/null	# neighbours are found

step "a file: both ways, no frame longer than a wire carries"
begin all -w "$DIR/all.pcapng"
get "a transfer beside a capture"
end all
dump "$DIR/all.pcapng" tcp port 5000 >"$DIR/all.txt" ||
	fail "tcpdump: $(cat "$DIR/tcpdump.log")"
grep -q "EN10MB (Ethernet)" "$DIR/tcpdump.log" || fail "no Ethernet"
awk '{ n = $NF } $(NF - 1) == "length" && n > 1460 { exit 1 }' \
	"$DIR/all.txt" || fail "a frame that no wire carries"
bytes=$(awk '/192.0.2.2.5000 >/ { n += $NF } END { print n }' "$DIR/all.txt")
[ "$bytes" -ge $SIZE ] || fail "of $SIZE bytes $bytes are in the capture"
expect "$(tcpdump -vvnr "$DIR/all.pcapng" tcp port 5000 2>/dev/null |
	grep -c incorrect)" 0 "wrong checksums"
expect "$(cat "$DIR/all.said")" "* frames" "what is said at the end"
expect "$(sed 's/ .*//' "$DIR/all.said")" \
	"$(dump "$DIR/all.pcapng" | wc -l)" "frames told, and in the file"

step "a pipe, one port, so many frames"
userlan capture lab --port port1 --count 20 2>"$DIR/some.said" |
	dump - >"$DIR/some.txt" &
pipe_pid=$!
wait_until 5 "a capture" running
in_guest ping -qc 10 -i 0.05 $GATE4 >/dev/null || fail "ping"
get "a transfer beside a pipe"
wait "$pipe_pid"
expect "$(lines "$DIR/some.txt")" 20 "frames in the pipe"
grep -q 'ICMP echo request' "$DIR/some.txt" || fail "no request"
grep -q 'ICMP echo reply' "$DIR/some.txt" || fail "no reply"

step "a reader that sleeps loses frames, and the guest nothing"
mkfifo "$DIR/sleeper"
sleep 1000 <"$DIR/sleeper" &
sleeper_pid=$!
"$BUILD/src/cli/userlan" capture lab --seconds 2 >"$DIR/sleeper" \
	2>"$DIR/slow.said" &
slow_pid=$!
wait_until 5 "capture slow" running
get "a transfer beside a sleeper"
get "and another"
wait_until 5 "frames are left out" sh -c "
	'$BUILD/src/cli/userlan' capture lab --list --json |
	grep -q '\"left-out\": [1-9]'"
kill "$sleeper_pid"
wait "$slow_pid"

step "a full disk ends it, and says so"
mount -t tmpfs -o size=100k none "$DIR/full"
userlan capture lab -w "$DIR/full/file" 2>"$DIR/full.said" &
full_pid=$!
wait_until 5 "capture full" running
get "a transfer beside a full disk"
wait "$full_pid" && fail "a full disk is no failure"
grep -q "the disk is full" "$DIR/full.said" || fail "$(cat "$DIR/full.said")"
userlan capture lab --list | grep -q "the disk is full" ||
	fail "$(userlan capture lab --list)"
dump "$DIR/full/file" >"$DIR/full.txt" || fail "the file ends in a frame"
[ "$(lines "$DIR/full.txt")" -gt 10 ] || fail "$(cat "$DIR/full.txt")"

step "what is wrong is said"
said=$(userlan capture lab -w "$DIR/no/such" 2>&1) && fail "no such directory"
expect "$said" "*/no/such: No such file*" "a directory that is not there"
said=$(userlan capture lab -w "$DIR/x" --port nobody 2>&1) && fail "nobody"
expect "$said" "*no port is called 'nobody'*" "a port that is not there"
expect "$(userlan capture lab --list | grep -c running)" 0 "left running"
finish
