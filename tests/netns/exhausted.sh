#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# exhausted.sh - no descriptors or host ports left: the guest tries again
#
# Neither is the guest's fault nor lasting, so its SYN is dropped, not
# refused, and the log names what to raise. Those that are open go on.
. "$(dirname "$0")/lib.sh"

works() {
	case $(guest_peer connect $WORLD4 "$1" timeout=500) in
	OK*) ;;
	*) return 1 ;;
	esac
}

# use_up COUNT WORD: COUNT connections are what there is.
use_up() {
	works 5000 || fail "nothing works before"
	hold_many $WORLD4 5000 count=$1 len=1000
	guest_peer many $WORLD4 5000 count=$3 len=1000 timeout=1500 \
		>"$DIR/more" 2>&1 && fail "there were more than expected"
	expect "$(cat "$DIR/more")" "*nothing for*" "what the guest saw"
	wait_until 3 "a log line that names $2" \
		grep -q -e "$2" "$DIR/userland.log"
	[ -z "$4" ] || works "$4" || fail "another port is closed too"
	release_many
	wait_until 15 "room for new ones" works 5000
	[ "$(grep -c -e "$2" "$DIR/userland.log")" -lt 50 ] ||
		fail "the log is flooded"
}

start_world
serve world sink any 5000 ports=2

# The host's own TIME_WAIT is not what is tried here.
sysctl -qw net.ipv4.tcp_tw_reuse=1
step "host ports to one destination are used up; another one works"
sysctl -qw net.ipv4.ip_local_port_range="40000 40019"
start_network stream
use_up 15 ip_local_port_range 15 5001
next_network
sysctl -qw net.ipv4.ip_local_port_range="32768 60999"

step "few descriptors: the ceilings are fitted to them, and hold"
cat >"$DIR/limited" <<END
#!/bin/sh
ulimit -n 300
exec "$UL" "\$@"
END
chmod +x "$DIR/limited"
whole=$UL UL=$DIR/limited
start_network stream
UL=$whole
grep -q "300 open files leave room" "$DIR/userland.log" ||
	fail "the log does not say what is left"
use_up 150 max-flows 200 ""
next_network

step "descriptors are taken away: the log names their limit"
start_network stream
prlimit --pid "$userland_pid" --nofile=60
use_up 40 "open files" 60 ""
finish
