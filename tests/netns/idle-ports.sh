#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# idle-ports.sh - 256 ports that are quiet cost no time and little memory
#
# Each sends and hears a little first, so that what a port needs is there.
. "$(dirname "$0")/lib.sh"
. "$HERE/lan.sh"

COUNT=256
PORT_BYTES_MAX=16384
CPU_MS_MAX=20

cpu_ms() {
	awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, "")
		printf "%d", ($12 + $13) * 1000 / hz }' \
		"/proc/$userland_pid/stat"
}

start_lan --mode nat-network --subnet 10.0.0.0/16 --socket "$DIR/net.sock"
sleep 1
before=$(rss_kb)
python3 "$LAN" idle "$DIR/net.sock" $COUNT >"$DIR/idle" 2>&1 &
idle_pid=$!
wait_until 20 "$COUNT ports" grep -q '^idle' "$DIR/idle"
sleep 3
busy=$(rss_kb)
from=$(cpu_ms)
sleep 5
spent=$(($(cpu_ms) - from))
port=$((($(rss_kb) - before) * 1024 / COUNT))
step "$COUNT idle ports: $spent ms of CPU in 5 s, $port bytes for each ($((busy - before)) kB in all)"
kill -0 $idle_pid || fail "the guests are gone: $(cat "$DIR/idle")"
expect "$(grep -c 'a guest attached' "$DIR/userland.log")" $COUNT "ports"
expect "$(cat "$DIR/idle")" "idle 255*" "what the least of them heard"
at_most "$spent" $CPU_MS_MAX "milliseconds of CPU"
[ -n "$UL_SANITIZED" ] || at_most $port $PORT_BYTES_MAX "bytes for a port"
kill $idle_pid
finish
