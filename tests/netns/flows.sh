#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# flows.sh - what goes through the router is shown as it is, and why it ended
#
# The guest's own socket and the far end's say what must be told; each way in
# which a flow can end is made to happen and asked for.
. "$(dirname "$0")/lib.sh"

COUNT=3000
mkdir -m 700 "$DIR/run" "$DIR/run/userlan"
XDG_RUNTIME_DIR=$DIR/run
export XDG_RUNTIME_DIR

userlan() { "$BUILD/src/cli/userlan" "$@"; }
flows() { userlan flows lab --json "$@"; }
tell() { python3 "$HERE/flows.py" "$@"; }
far() { in_guest python3 "$HERE/flows.py" "$@"; }

# shown OPTIONS -- FIELD=VALUE...: there is one such flow; $id is its number.
shown() {
	options=
	while [ "$1" != -- ]; do
		options="$options $1"
		shift
	done
	shift
	# shellcheck disable=SC2086
	flows $options >"$DIR/flows" || fail "userlan flows $options"
	id=$(tell check "$@" <"$DIR/flows" 2>"$DIR/said") ||
		fail "$(cat "$DIR/said")"
}
# The flow to PORT ended because of WHY.
ended() { wait_until 5 "an end: $*" is_ended "$@"; }
is_ended() {
	to=$1 why=$2
	shift 2
	flows --ended | tell check outside="$to" reason="$why" "$@"
}

two_lines() { [ "$(wc -l <"$1")" = 2 ]; }

start_world
sysctl -qw net.ipv4.ping_group_range="0 2147483647"
serve world sink any 5000 ports=16
nsenter -t "$world_ns" -n -- python3 "$HERE/flows.py" serve \
	>"$DIR/far.log" 2>&1 &
wait_until 5 "the far end" grep -q ready "$DIR/far.log"
start_network stream --name lab --control "$DIR/run/userlan/lab.ctl" \
	-p 127.0.0.1:7000:7000

step "a connection: both ends, both sockets, bytes"
nsenter -t "$guest_ns" -n -- python3 "$HERE/flows.py" hold $WORLD4 6000 6000 \
	>"$DIR/hold.log" 2>&1 &
wait_until 10 "two connections" two_lines "$DIR/hold.log"
read -r own seen <"$DIR/hold.log"
shown --proto tcp -- guest="$own" outside=$WORLD4:6000 local="$seen" \
	remote=$WORLD4:6000 state=open direction=out port=port1 \
	from-guest=1003 to-guest=$((1000 + ${#seen})) waiting-out=0
userlan flows lab | grep -q "$own *-> $WORLD4:6000 *open *$seen " ||
	fail "$(userlan flows lab)"

step "it is cut by its number, the other is not"
cut=$id
userlan flows lab --close "$cut" || fail "userlan flows --close"
wait_until 5 "the guest's reset" grep -q "reset by peer" "$DIR/hold.log"
wait_until 5 "the far end's reset" grep -q "reset by peer" "$DIR/far.log"
ended $WORLD4:6000 cut guest="$own" local="$seen" from-guest=1003
shown --proto tcp -- state=open
said=$(userlan flows lab --close "$cut" 2>&1) && fail "it is cut twice"
expect "$said" "*no flow that is open has the number $cut*" "cut twice"

step "UDP and ping"
said=$(far udp $WORLD4 6000)
shown --proto udp -- guest="${said#* }" outside=$WORLD4:6000 \
	remote=$WORLD4:6000 from-guest=500 to-guest=500 peers=1
in_guest ping -qc 2 -i 0.2 $WORLD4 >/dev/null || fail "ping"
shown --proto icmp -- outside=$WORLD4 remote=$WORLD4 from-guest=112 \
	to-guest=112

step "each end has its reason"
far end $WORLD4 81 close >/dev/null
ended $WORLD4:81 refused
far end $WORLD4 6001 wait >/dev/null
ended $WORLD4:6001 outside-reset
far end $WORLD4 6002 wait >/dev/null
ended $WORLD4:6002 outside-closed
far end 203.0.113.70 80 close >/dev/null
ended 203.0.113.70:80 unreachable
far end $WORLD4 6000 reset
ended $WORLD4:6000 guest-reset
far end $WORLD4 6000 close
ended $WORLD4:6000 guest-closed
tell end 127.0.0.1 7000 wait >/dev/null
wait_until 5 "a forward that the guest refuses" sh -c "
	'$BUILD/src/cli/userlan' flows lab --json --ended | python3 \
	'$HERE/flows.py' check reason=guest-refused direction=in \
	guest=$GUEST4:7000 local=127.0.0.1:7000"
python3 "$HERE/qmp.py" "$DIR/run/userlan/lab.ctl" policy-set egress=none \
	>/dev/null
ended $WORLD4:6000 policy protocol=tcp
python3 "$HERE/qmp.py" "$DIR/run/userlan/lab.ctl" policy-set egress=any \
	>/dev/null

step "$COUNT connections are told in pages, while they live"
hold_many $WORLD4 5000 ports=16 count=$COUNT len=100
# What went before may linger: those that lead to the sink are counted.
flows | python3 -c '
import json, sys
said = json.load(sys.stdin)
ids = [f["id"] for f in said["flows"]]
sink = [f for f in said["flows"] if f["outside"].startswith("'$WORLD4':50")]
assert ids == sorted(set(ids)), "not in order"
assert len(sink) == '$COUNT', len(sink)
assert not said["truncated"] and said["total"] == len(ids), said["total"]
' || fail "pages"
said=$(userlan flows lab --limit 7 2>&1 >"$DIR/said")
expect "$(wc -l <"$DIR/said")" 8 "lines with --limit 7"
expect "$said" "the first 7 of $COUNT*" "what is left out"
release_many
finish
