# SPDX-License-Identifier: BSD-3-Clause
# lib.sh - the ground that every namespace test stands on
#
#   guest ns                 host ns                        world ns
#   +---------------+        +---------------------+        +--------------+
#   | tap0          | tap or | userland   servers  |  veth  | servers      |
#   | 10.0.2.15     |========| lo         w0       |========| h0           |
#   | fd00:2::15    | relay  | 127.0.0.1  192.0.2.1|        | 192.0.2.2    |
#   |               | and    | ::1  2001:db8:1::1  |        |2001:db8:1::2 |
#   | peer, ping .. | socket |                     |        | w1 .3.1      |
#   +---------------+        +---------------------+        +------|-------+
#                                                             veth |
#     192.0.2.0/24    2001:db8:1::/64   host  - world         +----|-------+
#     198.51.100.0/24 2001:db8:2::/64   world - far           | far ns     |
#     203.0.113.0/24  blackhole, unreachable, prohibited      | .100.2     |
#                     parts, in world (see start_world)       +------------+
#
# A test is a script that sources this file first. It is then run again in
# user, network, mount and pid namespaces of its own: the host ns is all the
# network there is, nothing of the test is left when it ends, and it needs no
# root. When it hangs it is killed, after $TEST_SECONDS.
#
# Variables of the one who runs it:
#   UL_PROGRAM	the userland to test (default: the one built here)
#   UL_SANITIZED	not "no": its sanitizers; memory is not measured then
#   UL_VERBOSE	set: show each step's commands
#   TEST_SECONDS	far more than any takes on a busy machine (default: 400)

ME=$(basename "$0" .sh)
BUILD=${UL_BUILD:-${top_builddir:-$PWD}}
HERE=$(cd "$(dirname "$0")" && pwd)
PEER=$BUILD/tests/netns/peer
RELAY=$BUILD/tests/netns/relay
TEST_SECONDS=${TEST_SECONDS:-400}

GUEST4=10.0.2.15 GATE4=10.0.2.2 DNS4=10.0.2.3
GUEST6=fd00:2::15 GATE6=fd00:2::2 DNS6=fd00:2::3
HOST4=192.0.2.1 HOST6=2001:db8:1::1
WORLD4=192.0.2.2 WORLD6=2001:db8:1::2
FAR4=198.51.100.2 FAR6=2001:db8:2::2
PREFIX6=fd00:2::/64

say() { echo "$ME: $*"; }
skip() { say "skipped: $*"; exit 77; }

find_userland() {
	for UL in "$UL_PROGRAM" "$BUILD/userland" "$BUILD/src/userland" \
		"$BUILD/src/daemon/userland"; do
		[ -x "$UL" ] && return
	done
	say "there is no userland to test in $BUILD"
	exit 1
}

# Outside: make the namespaces and run this script again in them.
enter_namespaces() {
	user=
	[ "$(id -u)" = 0 ] || user=-Ur
	why=$(unshare $user -nmpf --mount-proc --kill-child \
		ip link set lo up 2>&1) ||
		skip "no namespaces on this machine: $why"
	[ -r /dev/net/tun ] && [ -w /dev/net/tun ] ||
		skip "/dev/net/tun may not be opened: taps cannot be made"
	dir=$(mktemp -d "${TMPDIR:-/tmp}/ul-$ME.XXXXXX")
	UL_INSIDE=$dir timeout -s KILL "$TEST_SECONDS" \
		unshare $user -nmpf --mount-proc --kill-child "$0" "$@"
	rc=$?
	[ $rc = 137 ] && say "killed after $TEST_SECONDS seconds" &&
		tail -n 20 "$dir"/*.log
	rm -rf "$dir"
	exit $rc
}

# ---- results --------------------------------------------------------------

STARTED=
fail() {
	for log in "$DIR"/*.log; do
		[ -s "$log" ] || continue
		echo "--- the end of $(basename "$log"):"
		tail -n 30 "$log"
	done
	say "FAILED: $*"
	exit 1
}

# Say what is shown next, and when.
step() {
	now=$(date +%s%3N)
	[ -n "$STARTED" ] || STARTED=$now
	say "[$((now - STARTED)) ms] $*"
}

# expect GOT WANTED WHAT: GOT may be a pattern of the shell's.
expect() {
	# shellcheck disable=SC2254
	case $1 in
	$2) ;;
	*) fail "$3: got '$1', wanted '$2'" ;;
	esac
}

# at_most GOT LIMIT WHAT
at_most() {
	[ "$1" -le "$2" ] || fail "$3: $1, allowed are $2"
}

# Milliseconds so far in which a program of this machine was ready to run and
# had no processor; the kernel counts them. What was late by no more than that
# may be late for no fault of userland's.
stalled_ms() {
	us=$(sed -n 's/^some .*total=//p' /proc/pressure/cpu 2>/dev/null)
	echo $((${us:-0} / 1000))
}

# prompt "RESULT" MS WHAT COMMAND...: the command prints "RESULT MS" (as peer
# connect does), and each time that result. It may take longer than allowed
# when the machine was short of processors just then, but not in ten tries.
prompt() {
	wanted=$1 limit=$2 what=$3
	shift 3
	for try in 1 2 3 4 5 6 7 8 9 10; do
		stalled=$(stalled_ms)
		got=$("$@" 2>&1)
		stalled=$(($(stalled_ms) - stalled))
		expect "${got% *}" "$wanted" "$what"
		[ "${got##* }" -gt "$limit" ] || return 0
		[ "${got##* }" -le $((limit + stalled)) ] || break
	done
	fail "$what: took ${got##* } ms, allowed are $limit (try $try)"
}

# wait_until SECONDS WHAT COMMAND...: up to three times as long when programs
# have to wait for a processor.
wait_until() {
	wait_ms=$(($1 * 1000)) what=$2
	wait_since=$(date +%s%3N) wait_stalled=$(stalled_ms)
	shift 2
	until "$@" >/dev/null 2>&1; do
		wait_now=$(($(date +%s%3N) - wait_since))
		wait_lost=$(($(stalled_ms) - wait_stalled))
		[ $wait_now -lt $wait_ms ] || {
			[ $wait_now -lt $((3 * wait_ms)) ] &&
				[ $wait_now -lt $((wait_ms + wait_lost)) ]
		} || fail "in vain: $what"
		sleep 0.05
	done
}

# ---- namespaces -----------------------------------------------------------

# No second of waiting for other owners of an address; and guests have the
# addresses that the tests give them, none that they made by themselves.
EAGER_IPV6="sysctl -qw net.ipv6.conf.all.accept_dad=0 \
	net.ipv6.conf.default.accept_dad=0 \
	net.ipv6.conf.default.accept_ra=0"

# new_ns NAME: a namespace that lives as long as its sleeper; $NAME_ns is it.
new_ns() {
	unshare -n sleep 1000 &
	eval "$1_ns=$!"
	wait_until 5 "namespace $1" other_ns "$!"
	nsenter -t $! -n sh -c "$EAGER_IPV6"
	nsenter -t $! -n ip link set lo up
}
other_ns() { [ "$(readlink /proc/$1/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; }

in_guest() { nsenter -t "$guest_ns" -n -- "$@"; }
in_world() { nsenter -t "$world_ns" -n -- "$@"; }
in_far() { nsenter -t "$far_ns" -n -- "$@"; }

# veth NS_A DEV_A ADDR4_A ADDR6_A  NS_B DEV_B ADDR4_B ADDR6_B; NS may be "$$"
veth() {
	nsenter -t "$1" -n ip link add "$2" type veth peer name "$6" netns "$5"
	nsenter -t "$1" -n ip addr add "$3" dev "$2"
	nsenter -t "$1" -n ip addr add "$4" dev "$2" nodad
	nsenter -t "$1" -n ip link set "$2" mtu 65535 up
	nsenter -t "$5" -n ip addr add "$7" dev "$6"
	nsenter -t "$5" -n ip addr add "$8" dev "$6" nodad
	nsenter -t "$5" -n ip link set "$6" mtu 65535 up
}

forwarding() {
	nsenter -t "$1" -n sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
}

# A namespace whose ICMP errors are not rationed (but those about routes of
# IPv4, five and then one a second, for which there is no setting). A mask
# that names echo requests alone takes the errors from all other limits.
errors_at_will() {
	nsenter -t "$1" -n sysctl -qw net.ipv4.icmp_ratelimit=0 \
		net.ipv4.icmp_ratemask=256 net.ipv6.icmp.ratelimit=0 \
		net.ipv6.icmp.ratemask=128
}

# The world with its far end. Parts of 203.0.113.0/24 and 2001:db8:ff::/48
# answer as routers do: .0/26 and ff:0: not at all, .64/26 and ff:1: host
# unreachable, .128/26 and ff:2: administratively prohibited.
start_world() {
	new_ns world
	new_ns far
	veth $$ w0 192.0.2.1/24 2001:db8:1::1/64 \
		"$world_ns" h0 192.0.2.2/24 2001:db8:1::2/64
	veth "$world_ns" w1 198.51.100.1/24 2001:db8:2::1/64 \
		"$far_ns" f0 198.51.100.2/24 2001:db8:2::2/64
	forwarding "$world_ns"
	errors_at_will "$world_ns"
	errors_at_will "$far_ns"
	ip route add default via 192.0.2.2
	ip -6 route add default via 2001:db8:1::2
	in_far ip route add default via 198.51.100.1
	in_far ip -6 route add default via 2001:db8:2::1
	in_world ip route add blackhole 203.0.113.0/26
	in_world ip route add unreachable 203.0.113.64/26
	in_world ip route add prohibit 203.0.113.128/26
	in_world ip -6 route add blackhole 2001:db8:ff:0::/64
	in_world ip -6 route add unreachable 2001:db8:ff:1::/64
	in_world ip -6 route add prohibit 2001:db8:ff:2::/64
}

# ---- programs -------------------------------------------------------------

# serve WHERE NAME [ADDR] PORT [ARGS]: a peer server, log in NAME.log, pid in
# $NAME_pid. WHERE is host, world, far or guest.
serve() {
	where=$1 name=$2 addr=$3 port=$4
	shift 4
	: >"$DIR/$name.log"
	case $where in
	host) "$PEER" serve "$addr" "$port" "$@" >"$DIR/$name.log" 2>&1 & ;;
	*) eval "nsenter -t \$${where}_ns -n -- \"$PEER\" serve \"$addr\" \
		\"$port\" \"\$@\"" >"$DIR/$name.log" 2>&1 & ;;
	esac
	eval "${name}_pid=$!"
	wait_until 5 "server $name" grep -q '^ready' "$DIR/$name.log"
}

# resolver ARGS: a dnsmasq in world. In its debug mode it stays who it is; an
# ordinary user's namespace allows it no other.
resolver() {
	: >"$DIR/dnsmasq.log"
	nsenter -t "$world_ns" -n -- dnsmasq -d -h -R --bind-interfaces "$@" \
		>"$DIR/dnsmasq.log" 2>&1 &
	wait_until 5 dnsmasq grep -q started "$DIR/dnsmasq.log"
}

guest_peer() { in_guest "$PEER" "$@"; }
host_peer() { "$PEER" "$@"; }

# hold_many ADDR PORT ARGS: the guest opens count= connections, which wait
# for release_many and then carry data on all. What it says is in many.log.
hold_many() {
	: >"$DIR/many.log"
	# Not by in_guest: the pid of a function is its subshell's.
	nsenter -t "$guest_ns" -n -- "$PEER" many "$@" gap=100000 \
		>"$DIR/many.log" 2>&1 &
	many_pid=$!
	wait_until 10 "connections to $1" grep -q open "$DIR/many.log"
}
release_many() {
	kill -USR1 "$many_pid"
	wait "$many_pid" || fail "those that were open: $(cat "$DIR/many.log")"
}

# Start userland for the guest of this test. $ATTACH says how (tap or
# stream), $MTU the MTU; further arguments are added.
start_userland() {
	mtu=${MTU:-1500}
	[ -n "$guest_ns" ] || new_ns guest
	[ -z "$AUTO6" ] || in_guest sysctl -qw \
		net.ipv6.conf.default.accept_ra=1 \
		net.ipv6.conf.default.accept_ra_pinfo="$(slaac_is_on)"
	mkfifo "$DIR/ready.$$" 2>/dev/null
	set -- -f --ready-fd 9 --mtu "$mtu" \
		${PREFIX6:+--ipv6-prefix "$PREFIX6"} "$@"
	if [ "$ATTACH" = tap ]; then
		set -- --netns "$guest_ns" "$@"
	else
		set -- --socket "$DIR/net.sock" "$@"
	fi
	# shellcheck disable=SC2086
	"$UL" $UL_ARGS "$@" 9>"$DIR/ready.$$" >>"$DIR/userland.log" 2>&1 &
	userland_pid=$!
	timeout 10 head -c 1 "$DIR/ready.$$" >"$DIR/is_ready" ||
		fail "userland is not ready after 10 seconds"
	[ -s "$DIR/is_ready" ] || fail "userland did not start ($*)"
	[ "$ATTACH" = tap ] || start_relay
	configure_guest "$mtu"
}

start_relay() {
	: >"$DIR/relay.log"	# the last one said "up", too
	# Not by in_guest: the pid of a function is its subshell's.
	# shellcheck disable=SC2086
	nsenter -t "$guest_ns" -n -- "$RELAY" "$DIR/net.sock" tap0 $RELAY_ARGS \
		>"$DIR/relay.log" 2>&1 &
	relay_pid=$!
	wait_until 5 "relay is connected" grep -q '^up' "$DIR/relay.log"
}

# Instead of an address and a route by hand: what the guest makes of router
# advertisements, or of the route in them and a lease of DHCPv6.
configure_auto6() {
	# A tap of userland's has both by hand, too.
	in_guest ip -6 route flush default
	in_guest ip link set tap0 down
	in_guest ip link set tap0 up
	in_guest ip route replace default via $GATE4
	wait_until 5 "a default route by RA" has_ra_route
	if [ "$AUTO6" = dhcp6 ]; then
		lease6
	else
		wait_until 5 "an address by RA" auto6_address
	fi
	GUEST6=$(auto6_address)
	[ "$(echo "$GUEST6" | wc -l)" = 1 ] || fail "the guest has $GUEST6"
}
slaac_is_on() { [ "$AUTO6" = slaac ] && echo 1 || echo 0; }
auto6_address() {
	in_guest ip -6 -o addr show dev tap0 scope global -tentative |
		grep -o "fd00:2::[0-9a-f:]*" | grep .
}
has_ra_route() {
	in_guest ip -6 route show default dev tap0 | grep -q "proto ra"
}
lease6() {
	cat >"$DIR/lease6-script" <<-END
	#!/bin/sh
	[ "\$reason" != BOUND6 ] ||
		ip -6 addr replace \$new_ip6_address/64 dev tap0 nodad
	END
	chmod +x "$DIR/lease6-script"
	rm -f "$DIR/lease6"
	in_guest dhclient -6 -1 -v -lf "$DIR/lease6" -pf "$DIR/lease6.pid" \
		-sf "$DIR/lease6-script" tap0 >"$DIR/lease6.log" 2>&1 ||
		fail "dhclient -6"
	in_guest dhclient -6 -x -pf "$DIR/lease6.pid" tap0 >/dev/null 2>&1
}

# What a tap of userland's has already is only confirmed.
configure_guest() {
	if [ "$ATTACH" != tap ]; then
		in_guest ip link set tap0 mtu "$1" txqueuelen 10000 up
		in_guest ip addr replace $GUEST4/24 dev tap0
		in_guest ip route replace default via $GATE4
	fi
	in_guest ip link set tap0 txqueuelen 10000
	if [ -n "$AUTO6" ]; then
		configure_auto6
		return
	fi
	in_guest ip -6 addr replace $GUEST6/64 dev tap0 nodad
	in_guest ip -6 route replace default via $GATE6
}

# start_network tap|stream [ARGS]: world, server in it, userland, guest
start_network() {
	ATTACH=$1
	shift
	[ -n "$world_ns" ] || start_world
	start_userland "$@"
}

rss_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$userland_pid/status"; }
fd_count() { ls "/proc/$userland_pid/fd" | wc -l; }

# Print the highest RSS in kB until the file $1 exists.
watch_rss() {
	high=0
	until [ -e "$1" ]; do
		kb=$(rss_kb)
		[ "${kb:-0}" -gt $high ] && high=$kb
		sleep 0.05
	done
	echo $high
}

# Have userland log its flow table; prints the new lines, of which the last
# are those of the ports.
flow_table() {
	before=$(wc -l <"$DIR/userland.log")
	kill -USR1 "$userland_pid"
	wait_until 10 "the flow table" table_is_whole
	tail -n +$((before + 1)) "$DIR/userland.log"
}
table_is_whole() {
	tail -n +$((before + 1)) "$DIR/userland.log" |
		grep -q ' rx [0-9]* frames .*bad [0-9]*$'
}

check_log() {
	bad=$(grep -iE 'assert|Sanitizer|runtime error|panic|core dumped' \
		"$DIR/userland.log") && fail "userland complained: $bad"
	return 0
}

# It must be alive until it is told to end, and then end by itself with 0.
stop_userland() {
	kill -0 "$userland_pid" 2>/dev/null || {
		wait "$userland_pid"
		fail "userland ended early with status $?"
	}
	kill -TERM "$userland_pid"
	wait_until 5 "userland ends after SIGTERM" gone "$userland_pid"
	wait "$userland_pid" || fail "userland ended with status $?"
	check_log
	[ -z "$relay_pid" ] || kill "$relay_pid" 2>/dev/null
	[ -z "$relay_pid" ] || wait "$relay_pid" 2>/dev/null
	userland_pid= relay_pid=
	rm -f "$DIR/ready.$$"
}
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"; }

# Another network in the same test: the guest's namespace is made anew.
next_network() {
	stop_userland
	kill "$guest_ns" 2>/dev/null
	wait "$guest_ns" 2>/dev/null
	guest_ns=
}

finish() {
	stop_userland
	step "passed"
	exit 0
}

# both FUNCTION: run it on a tap and on a stream socket.
both() {
	for ATTACH in tap stream; do
		"$1" "$ATTACH"
	done
}

# auto6 FUNCTION: run it with guests that come to IPv6 by themselves, which
# $AUTO6 says how: by router advertisements alone, and by DHCPv6.
auto6() {
	AUTO6=slaac ATTACH=stream
	"$1" stream
	AUTO6=dhcp6 ATTACH=tap
	! command -v dhclient >/dev/null || "$1" tap
	AUTO6=
}
# reached ADDR...: those of IPv6 alone when it is them that are of interest.
reached() {
	for addr in "$@"; do
		case $AUTO6,$addr in
		?*,*.*) ;;
		*) echo "$addr" ;;
		esac
	done
}

# guest_raw WHAT...: the odd packets; see raw.py.
guest_raw() { in_guest python3 "$HERE/raw.py" tap0 "$@"; }

[ -n "$UL_INSIDE" ] || {
	find_userland
	export UL
	enter_namespaces "$@"
}

DIR=$UL_INSIDE
# Leases and subnets of another run are not this one's.
export XDG_STATE_HOME="$DIR/state"
[ "$UL_SANITIZED" != no ] || UL_SANITIZED=
[ -z "$UL_VERBOSE" ] || set -x
sh -c "$EAGER_IPV6"
ip link set lo up
mount -t tmpfs none /run 2>/dev/null
ulimit -n "$(ulimit -Hn)"
# A resolver that nobody is, unless a test sets up one.
echo "nameserver 192.0.2.53" >"$DIR/resolv.conf"
mount --bind "$DIR/resolv.conf" /etc/resolv.conf
