#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# guests64.sh - 64 guests on one network
#
#   guest 1 .. 64 -- stream socket == userland (nat-network)
#
# Each leases an address of its own and reaches each other. Then eight pairs
# transfer while one guest does not read and another floods: they keep 80 % of
# what they have in quiet. Both are measured turn by turn in one run.
. "$(dirname "$0")/lib.sh"
. "$HERE/lan.sh"

COUNT=64
PAIRS=8
KEEP=80

command -v busybox >/dev/null || skip "there is no busybox"
busybox udhcpc --help 2>&1 | grep -q Usage || skip "busybox has no udhcpc"

cat >"$DIR/lease.sh" <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev tap0
ip link set tap0 mtu "$mtu"
echo "$ip" >"$LEASE"
END
chmod +x "$DIR/lease.sh"

lease() {
	LEASE="$DIR/lease$1" at "$1" busybox udhcpc -n -q -f -t 9 -T 1 \
		-i tap0 -O mtu -s "$DIR/lease.sh" >"$DIR/udhcpc$1.said" 2>&1
}
all_leased() { [ "$(cat "$DIR"/lease[0-9]* 2>/dev/null | wc -l)" = $COUNT ]; }
addr_of() { cat "$DIR/lease$1"; }

start_lan --mode nat-network --subnet 10.0.2.0/24 --socket "$DIR/net.sock"
step "$COUNT guests join"
for i in $(seq $COUNT); do
	join "$i" "$DIR/net.sock"
done
for i in $(seq $COUNT); do
	plugged "$i"
	lease "$i" &
done
wait_until 40 "$COUNT leases" all_leased
step "leased; no two have one address"
expect "$(cat "$DIR"/lease[0-9]* | sort -u | wc -l)" $COUNT "addresses"

step "each pings each"
set --
for i in $(seq $COUNT); do
	set -- "$@" "$(pid_of "$i")=$(addr_of "$i")"
done
expect "$(python3 "$LAN" pings "$@")" \
	"$((COUNT * (COUNT - 1))) of $((COUNT * (COUNT - 1)))" "all pairs"

step "$PAIRS pairs transfer, beside a stalled and a flooding guest"
set --
for i in $(seq $PAIRS); do
	to=$((i + PAIRS))
	set -- "$@" "$(pid_of "$i")=$(pid_of $to)=$(addr_of $to)"
done
# A machine that others use may spoil one measurement, not three.
for try in 1 2 3; do
	share stall="$(pid_of $COUNT)" flood="$DIR/net.sock" "$@"
	[ "$kept" -lt $KEEP ] || break
done
[ "$kept" -ge $KEEP ] || fail "they keep $kept %, wanted are $KEEP"
[ "$least" -ge $((KEEP / 2)) ] || fail "one pair keeps $least % only"
finish
