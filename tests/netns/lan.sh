# SPDX-License-Identifier: BSD-3-Clause
# lan.sh - networks of many guests; sourced after lib.sh
#
# A guest is its relay: the process in whose namespace the tap is. Guest
# NUMBER has the pid $guest_NUMBER, the MAC 52:54:00:00:xx:xx of its number
# and the log guestNUMBER.said.
#
# The table of neighbours is one for all namespaces of a machine, so a test
# of all pairs has to forget them on the way; lan.py does.

LAN="$HERE/lan.py"

# start_lan [OPTIONS]: userland alone; its guests join.
start_lan() {
	rm -f "$DIR/ready.$$"
	mkfifo "$DIR/ready.$$"
	# shellcheck disable=SC2086
	"$UL" $UL_ARGS -f --ready-fd 9 --ipv6-prefix "$PREFIX6" "$@" \
		9>"$DIR/ready.$$" >>"$DIR/userland.log" 2>&1 &
	userland_pid=$!
	timeout 10 head -c 1 "$DIR/ready.$$" >"$DIR/is_ready" ||
		fail "userland is not ready after 10 seconds"
	[ -s "$DIR/is_ready" ] || fail "userland did not start ($*)"
}

# The MAC of guest NUMBER.
mac_of() { printf '52:54:00:00:%02x:%02x' $(($1 / 256)) $(($1 % 256)); }

# join NUMBER [KIND:]SOCKET [RELAY_ARGS]: the cable is in; see plugged.
join() {
	number=$1 socket=$2
	shift 2
	: >"$DIR/guest$number.said"
	unshare -n -- sh -c "$EAGER_IPV6; ip link set lo up
		exec \"\$@\"" sh "$RELAY" "$socket" tap0 "$@" \
		>"$DIR/guest$number.said" 2>&1 &
	eval "guest_$number=$!"
}

# plugged NUMBER [MTU]: wait for join; the interface is up.
plugged() {
	wait_until 10 "guest $1" grep -q '^up' "$DIR/guest$1.said"
	at "$1" ip link set tap0 mtu "${2:-1500}" txqueuelen 10000 \
		address "$(mac_of "$1")" up
}

pid_of() { eval "echo \$guest_$1"; }
at() {
	at_pid=$(pid_of "$1")
	shift
	nsenter -t "$at_pid" -n -- "$@"
}

# leave NUMBER: the guest is gone with its namespace.
leave() {
	kill -KILL "$(pid_of "$1")"
	wait "$(pid_of "$1")" 2>/dev/null
}

# serve_at NUMBER NAME PORT: a peer server in the guest, see lib.sh's serve.
serve_at() {
	: >"$DIR/$2.log"
	nsenter -t "$(pid_of "$1")" -n -- "$PEER" serve any "$3" \
		>"$DIR/$2.log" 2>&1 &
	wait_until 5 "server $2" grep -q '^ready' "$DIR/$2.log"
}

# How often COUNTER of status counted at the ports, from the log.
counted() {
	flow_table >"$DIR/table"
	grep -o "$1 [0-9]*" "$DIR/table" | awk '{ n += $NF } END { print n + 0 }'
}

# share WORDS of lan.py's: sets $kept and $least, in percent.
share() {
	python3 "$LAN" share "$@" >"$DIR/share" 2>"$DIR/rounds" ||
		fail "$(cat "$DIR/rounds")"
	read -r kept least quiet loud <"$DIR/share"
	cat "$DIR/rounds"
	step "they keep $kept %, the least $least %: $quiet MB/s quiet, $loud beside"
}
