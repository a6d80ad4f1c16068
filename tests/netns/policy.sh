#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# policy.sh - what guests may reach, by egress, by rules, by name, live
#
#   guest ns          host ns                    world ns
#   10.0.2.15  ====== userland 192.0.2.1 ------- 192.0.2.2, .53 resolver
#                              10.77.0.1 ------- 10.77.0.2
#                              fd77::1           fd77::2     a private network
#
# The kernel is the guest. What is refused must be so at once, and told to a
# client of the control socket that only listens.
. "$(dirname "$0")/lib.sh"

command -v dnsmasq >/dev/null || skip "there is no dnsmasq"
FAST_MS=100
[ -z "$UL_SANITIZED" ] || FAST_MS=400
PRIVATE4=10.77.0.2 PRIVATE6=fd77::2

ctl() { python3 "$HERE/qmp.py" "$DIR/ctl" "$@"; }
set_policy() {
	said=$(ctl policy-set "$@" 2>&1) || fail "policy-set $*: $said"
}
# The rules of --rules, live.
set_rules() {
	"$BUILD/src/cli/userlan" policy set net --rules "$1" 2>"$DIR/set.log" ||
		fail "rules $1: $(cat "$DIR/set.log")"
}

reached() {
	for addr in $1; do
		expect "$(guest_peer connect "$addr" "$2")" "OK *" \
			"tcp $addr $2"
	done
}
# TCP and UDP are refused at once, with the right word.
refused() {
	for addr in $1; do
		prompt ECONNREFUSED $FAST_MS "tcp $addr $2" \
			guest_peer connect "$addr" "$2" timeout=3000
		case $addr in
		*:*) word=EACCES ;;
		*) word=EHOSTUNREACH ;;
		esac
		prompt $word $FAST_MS "udp $addr $2" \
			guest_peer udp-probe "$addr" "$2" timeout=3000
	done
}
lookup() {
	in_guest python3 "$HERE/dnsq.py" $DNS4 "$1" "${2:-A}" $3
}
asked() { grep -c "query\[[A-Z]*\] $1 " "$DIR/dnsmasq.log"; }
cut() { ctl query-policy | sed 's/.*"cut": \([0-9]*\).*/\1/'; }
# The last event, from when $1 was the time: its delay must be short.
told() {
	wait_until 2 "the event" grep -q "$2" "$DIR/events.log"
	at=$(grep "$2" "$DIR/events.log" | tail -n 1 | cut -d ' ' -f 1)
	at_most $((at - $1)) $((2 * FAST_MS + $(stalled_ms) - stalled_then)) \
		"milliseconds until the event"
}

start_world
veth $$ p0 10.77.0.1/24 fd77::1/64 "$world_ns" p1 $PRIVATE4/24 $PRIVATE6/64
in_world ip addr add 192.0.2.53/24 dev h0
resolver -q -a 192.0.2.53 -A /www.test/192.0.2.2 -A /any.test/192.0.2.9 \
	-A /deep.www.test/$PRIVATE4
serve world sink any 5000 ports=2
serve far distant any 5000
serve host here any 5100
mkdir -m 700 "$DIR/run" "$DIR/run/userlan"
export XDG_RUNTIME_DIR="$DIR/run"
ln -s "$DIR/ctl" "$DIR/run/userlan/net.ctl"
start_network stream --control "$DIR/ctl" --egress internet
python3 "$HERE/flowing.py" events "$DIR/ctl" >"$DIR/events.log" &
wait_until 5 "a listener" grep -q ready "$DIR/events.log"

step "the internet alone: not the host, not private networks"
reached "$WORLD4 $WORLD6 $FAR4" 5000
expect "$(guest_peer udp-probe $WORLD4 5000)" "OK *" "udp $WORLD4"
refused "$PRIVATE4 $PRIVATE6" 5000
refused "$GATE4 $GATE6 $HOST4 $HOST6 10.77.0.1" 5100
expect "$(lookup www.test)" "NOERROR 192.0.2.2" "a name"
in_guest ping -q -c 1 -W 2 $GATE4 >/dev/null || fail "no ping to the gateway"
grep -q '10.77.0.2:5000.*private network' "$DIR/events.log" ||
	fail "no event says why"

step "an address that the host gets is its own from then on"
reached $FAR4 5000
ip addr add $FAR4/32 dev lo
refused $FAR4 5000
grep -q "$FAR4:5000.*the host itself" "$DIR/events.log" ||
	fail "no event says that it is the host"
ip addr del $FAR4/32 dev lo
reached $FAR4 5000

step "rules open and close, by address, protocol and port"
set_rules "allow $PRIVATE4 tcp 5000;allow fd77::/64;allow host tcp 5100;
	deny $WORLD4 5001"
reached "$PRIVATE4 $PRIVATE6" 5000
reached $PRIVATE6 5001
reached "$GATE4 $GATE6 $HOST4" 5100
refused $WORLD4 5001
prompt ECONNREFUSED $FAST_MS "another port" \
	guest_peer connect $PRIVATE4 5001 timeout=3000
reached $WORLD4 5000

step "refused at once, and told with the rule to who listens"
stalled_then=$(stalled_ms)
since=$(date +%s%3N)
expect "$(guest_peer connect $WORLD4 5001)" "ECONNREFUSED *" "denied"
told "$since" '"rule": 4, "rule-text": "deny 192.0.2.2 5001"'
said=$(ctl query-policy)
expect "$said" '*"rule": "allow host tcp 5100", "hits": 3*' "query-policy"
said=$("$BUILD/src/cli/userlan" policy explain net $WORLD4 5001 udp)
expect "$said" "$WORLD4  refused: rule 4, deny 192.0.2.2 5001" "explain"
said=$("$BUILD/src/cli/userlan" policy explain net $GATE4 5100)
expect "$said" "$GATE4  allowed: rule 3, *connects to $HOST4:5100" "explain"

step "one rule more, one rule less, by its number or as it is written"
policy() {
	verb=$1
	shift
	"$BUILD/src/cli/userlan" policy "$verb" net "$@"
}
set_rules "deny any udp"
policy allow $PRIVATE4 tcp 5000 || fail "policy allow"
policy deny $PRIVATE4 --at 1 || fail "policy deny"
refused $PRIVATE4 5000
expect "$(policy show | tail -n 3)" "1  deny $PRIVATE4 *2  deny any udp*3 *" \
	"policy show"
policy rm deny $PRIVATE4/32 || fail "policy rm"
reached $PRIVATE4 5000
policy rm 1 || fail "policy rm 1"
expect "$(guest_peer udp-probe $WORLD4 5000)" "OK *" "udp again"
expect "$(policy rm 2 2>&1)" "*no rule 2: there are 1" "policy rm 2"
expect "$(policy rm deny host 2>&1)" "*has no rule 'deny host'*" "policy rm"
expect "$(policy allow 127.0.0.1 2>&1)" "*--host-loopback opens it*" "allow"

step "loopback is opened and closed live"
serve host lo4 127.0.0.1 5200
set_rules ""
refused $GATE4 5200
"$BUILD/src/cli/userlan" policy set net --host-loopback 5200-5201 ||
	fail "policy set --host-loopback"
reached $GATE4 5200
expect "$(ctl query-policy)" '*"open": "5200-5201"*' \
	"query-policy"
set_policy host-loopback=none
refused $GATE4 5200

step "names: only those that a rule allows are asked for, and open"
set_rules "allow www.test tcp 5000;allow *.www.test;deny any"
refused $WORLD4 5000
expect "$(lookup any.test)" "REFUSED" "a name that no rule allows"
expect "$(lookup any.test AAAA)" "REFUSED" "of IPv6"
expect "$(lookup any.test A tcp)" "REFUSED" "by TCP"
expect "$(asked any.test)" 0 "questions at the resolver"
expect "$(lookup WWW.test)" "NOERROR 192.0.2.2" "a name that one allows"
reached $WORLD4 5000
prompt ECONNREFUSED $FAST_MS "another port of the name" \
	guest_peer connect $WORLD4 5001 timeout=3000
refused "$FAR4 $PRIVATE4" 5000
expect "$(lookup deep.www.test)" "NOERROR $PRIVATE4" "a name below"
reached $PRIVATE4 5001
expect "$(ctl query-policy)" '*"name": "www.test", "address": "192.0.2.2"*' \
	"names heard"
set_policy egress=none
reached $WORLD4 5000

step "a change cuts a running transfer, and leaves one that is allowed"
set_rules "allow any"
for port in 6001 6002; do
	nsenter -t "$world_ns" -n -- python3 "$HERE/flowing.py" source \
		$WORLD4 $port >"$DIR/source$port.log" &
	wait_until 5 "source $port" grep -q ready "$DIR/source$port.log"
	nsenter -t "$guest_ns" -n -- python3 "$HERE/flowing.py" sink \
		$WORLD4 $port >"$DIR/sink$port.log" &
	wait_until 5 "transfer $port" grep -q at "$DIR/sink$port.log"
done
cut_then=$(cut)
stalled_then=$(stalled_ms)
since=$(date +%s%3N)
set_rules "deny $WORLD4 tcp 6001;allow any"
for side in source6001 sink6001; do
	wait_until 5 "$side sees it" grep -qE 'reset|closed' "$DIR/$side.log"
	said=$(tail -n 1 "$DIR/$side.log")
	expect "$said" "reset *" "$side"
	lost=$(($(stalled_ms) - stalled_then))
	# The tool's start is within this time, too.
	at_most $((${said#* } - since - lost)) $((5 * FAST_MS)) "until $side"
done
before=$(tail -n 1 "$DIR/sink6002.log")
goes_on() { [ "$(tail -n 1 "$DIR/sink6002.log")" != "$before" ]; }
wait_until 2 "the other goes on" goes_on
expect "$(tail -n 1 "$DIR/sink6002.log")" "at *" "the other"
expect "$(($(cut) - cut_then))" 1 "flows that were cut"
kill %% 2>/dev/null
finish
