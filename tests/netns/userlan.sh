#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# userlan.sh - networks and shells on them, as an ordinary user
#
#   shell ns == lab (nat-network) -- host ns -- world
#   shell ns == cell (host-only) == router shell == wan (nat-network) -- world
#
# Root is given up where it can be: userlan and all that it starts are uid
# 1000, whose namespaces are its own.
. "$(dirname "$0")/lib.sh"

# What uid 1000 may run and write.
prepare_user() {
	chmod 711 "$DIR"
	mkdir "$DIR/bin" "$DIR/run"
	cp "$BUILD/src/cli/userlan" "$UL" "$PEER" "$DIR/bin"
	cp "$HERE/dnsq.py" "$DIR"
	chmod 755 "$DIR/bin" "$DIR"/bin/* "$DIR/dnsq.py"
	chmod 700 "$DIR/run"
	XDG_RUNTIME_DIR=$DIR/run
	HOME=$DIR/run
	unset XDG_STATE_HOME
	# No directory in it that only root may search.
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	export XDG_RUNTIME_DIR HOME
	drop=
	setpriv --reuid 1000 --regid 1000 --clear-groups true 2>/dev/null ||
		return 0
	drop="setpriv --reuid 1000 --regid 1000 --clear-groups"
	chown 1000:1000 "$DIR/run"
	# The node's mode is the host's business; here it is what udev makes.
	mknod -m 666 "$DIR/tun" c 10 200 &&
		mount --bind "$DIR/tun" /dev/net/tun
}

userlan() { $drop "$DIR/bin/userlan" "$@"; }

# up NET [OPTIONS]
up() { userlan up "$@" --log-file "$DIR/run/$1.log" >/dev/null || fail "up $*"; }

# refused "WORDS" ARGS: fails with 1 and says so
refused() {
	want=$1
	shift
	userlan "$@" >"$DIR/said" 2>&1
	rc=$?
	expect $rc 1 "status of userlan $*: $(cat "$DIR/said")"
	grep -q -e "$want" "$DIR/said" || fail "userlan $*: $(cat "$DIR/said")"
}

# A shell that stays: hold NET NAME [OPTIONS]; its log is NAME.log.
hold() {
	net=$1 name=$2
	shift 2
	rm -f "$DIR/$name.log"
	# Not by the function: its pid would be a subshell's.
	$drop "$DIR/bin/userlan" shell "$net" --name "$name" "$@" -- \
		sh -c 'echo inside; exec sleep 1000' >"$DIR/$name.log" 2>&1 &
	eval "${name}_pid=$!"
	wait_until 5 "shell $name" grep -q inside "$DIR/$name.log"
}

# The address of port NAME on NET.
address_of() {
	userlan status "$1" --json | python3 -c '
import json, sys
for port in json.load(sys.stdin)["ports"]:
    if port["name"] == sys.argv[1]:
        print(*port["addresses"])' "$2"
}
has_ports() {
	expect_ports=$2
	got=$(userlan status "$1" --json | python3 -c '
import json, sys
print(*sorted(p["name"] for p in json.load(sys.stdin)["ports"]))')
	[ "$got" = "$expect_ports" ]
}

prepare_user
start_world
serve world sink any 5000
say "userlan runs as uid $($drop id -u)"

step "a network is made once"
refused "userlan up lab" status lab
up lab
expect "$(stat -c %a "$DIR/run/userlan")" 700 "mode of the directory"
expect "$(stat -c %a "$DIR/run/userlan/lab.ctl")" 600 "mode of the socket"
refused "lab (nat-network, 10.0.2.0/24) is up already" up lab
userlan ls | grep -q '^lab *up *nat-network' || fail "$(userlan ls)"

step "a shell leases, resolves by the network and reaches the world"
said=$(userlan shell lab -- ip -4 -o addr show eth0)
expect "$said" "*inet 10.0.2.15/24*" "the address"
said=$(userlan shell lab ip route)
expect "$said" "default via 10.0.2.2 dev eth0*" "the route"
said=$(userlan shell lab -- cat /etc/resolv.conf)
expect "$said" "*nameserver 10.0.2.3*search lab.internal*" "resolv.conf"
expect "$(cat /etc/resolv.conf)" "nameserver 192.0.2.53" "our resolv.conf"
[ -z "$(find "$DIR/run" -name 'resolv-*')" ] || fail "a file is left behind"
said=$(userlan shell lab -- "$DIR/bin/peer" put $WORLD4 5000 len=5000000)
expect "$said" "$("$PEER" digest - 0 len=5000000)" "5 MB to the world"
said=$(userlan shell lab -- "$DIR/bin/peer" get $WORLD6 5000 len=5000000)
expect "$said" "$("$PEER" digest - 0 len=5000000)" "5 MB by IPv6"
said=$(userlan shell lab --no-dns -- cat /etc/resolv.conf)
expect "$said" "nameserver 192.0.2.53" "resolv.conf with --no-dns"

step "it is root inside, and nobody outside"
expect "$(userlan shell lab -- id -u)" 0 "uid inside"
userlan shell lab -- touch "$DIR/run/made"
expect "$(stat -c %u "$DIR/run/made")" "$(stat -c %u "$DIR/run")" "the owner"
userlan shell lab -- sysctl -qw net.ipv4.ip_forward=1 || fail "no root inside"

step "its status is the command's"
userlan shell lab -- sh -c 'exit 7'
expect $? 7 "exit 7"
userlan shell lab -- sh -c 'kill -9 $$'
expect $? 137 "kill -9"
userlan shell lab -- true </dev/null || fail "true"
refused "there is no such program" shell lab -- no-such-program

step "two shells see each other; ports go with their namespaces"
hold lab one
hold lab two
one=$(address_of lab one) two=$(address_of lab two)
[ "$one" != "$two" ] || fail "both are $one"
userlan shell lab -- ping -qc 2 -i 0.2 "$two" >/dev/null || fail "ping $two"
wait_until 5 "two ports" has_ports lab "one two"
refused "called one already" shell lab --name one -- true
refused "2 attached (one, two)" down lab
inside=$(pgrep -P "$one_pid")
kill -9 "$one_pid"
sleep 0.3
has_ports lab "one two" || fail "the command lives, and its port is gone"
kill -9 "$inside"
kill "$two_pid"
wait_until 5 "both ports are gone" has_ports lab ""

step "an address that another shell takes over is that one's at once"
hold lab watcher
watcher=$(pgrep -P "$watcher_pid")
for name in first second; do
	hold lab $name --address 10.0.2.77/24
	nsenter -t "$watcher" -n ping -qc 1 -W 1 10.0.2.77 >/dev/null ||
		fail "10.0.2.77 of shell $name does not answer"
	eval "kill \$${name}_pid"
	wait_until 5 "its port is gone" has_ports lab watcher
done
kill "$watcher_pid"
wait_until 5 "all ports are gone" has_ports lab ""

step "down ends it, and what a killed one leaves is no hindrance"
userlan down lab || fail "down"
[ ! -e "$DIR/run/userlan/lab.ctl" ] || fail "its sockets are left behind"
up lab --pid "$DIR/run/lab.pid"
hold lab one
kill -9 "$(cat "$DIR/run/lab.pid")"
wait_until 5 "it is dead" sh -c "! kill -0 $(cat "$DIR/run/lab.pid")"
userlan ls | grep -q '^lab *dead' || fail "$(userlan ls)"
refused "userlan up lab" shell lab -- true
kill "$one_pid"
up lab
userlan shell lab -- true || fail "a shell on the one that came back"
hold lab one
userlan down lab --force || fail "down --force"
kill "$one_pid"

step "nat has one port"
up one-vm --mode nat
hold one-vm one
refused "." shell one-vm -- true
kill "$one_pid"
userlan down one-vm --force

step "internal keeps the host out, but as a guest"
up inner --mode internal
refused "inner is internal.*--as-guest" shell inner -- true
hold inner one --as-guest --address 172.30.0.1/24
userlan shell inner --as-guest --address 172.30.0.2/24 -- \
	ping -qc 2 -i 0.2 172.30.0.1 >/dev/null || fail "ping on internal"
said=$(userlan shell inner --as-guest --address 172.30.0.2/24 -- ip route)
expect "$said" "172.30.0.0/24 dev eth0*" "on-link only"
kill "$one_pid"
wait_until 5 "its port is gone" has_ports inner ""
userlan down inner || fail "down inner"

step "what forbids namespaces is named"
up lab
$drop unshare -Ur sh -c "echo 0 >/proc/sys/user/max_user_namespaces
	exec '$DIR/bin/userlan' shell lab -- true" >"$DIR/said" 2>&1
expect $? 1 "without namespaces"
grep -q "sysctl -w user.max_user_namespaces=" "$DIR/said" ||
	fail "$(cat "$DIR/said")"

step "host-only leads nowhere; a shell on two networks is a router"
up cell --mode host-only
said=$(userlan shell cell -- ip route)
expect "$said" "*/24 dev eth0*" "on-link only"
case $said in *default*) fail "a default route: $said" ;; esac
said=$(userlan shell cell -- "$DIR/bin/peer" connect $WORLD4 5000 2>&1)
expect "$said" "*ENETUNREACH*" "outside from host-only"
if command -v nft >/dev/null; then
	cat >"$DIR/router" <<-END
	set -e
	sysctl -qw net.ipv4.ip_forward=1
	nft add table ip nat
	nft add chain ip nat post '{ type nat hook postrouting priority 100; }'
	nft add rule ip nat post oifname eth1 masquerade
	echo inside
	exec sleep 1000
	END
	$drop "$DIR/bin/userlan" shell cell --name router --net lab -- \
		sh "$DIR/router" >"$DIR/router.log" 2>&1 &
	router_pid=$!
	wait_until 5 "the router" grep -q inside "$DIR/router.log"
	router=$(address_of cell router)
	said=$(userlan shell cell -- sh -c "ip route add default via $router
		exec '$DIR/bin/peer' put $WORLD4 5000 len=1000000")
	expect "$said" "$("$PEER" digest - 0 len=1000000)" "by the router"
	kill $router_pid
else
	say "there is no nft: the router is not tried"
fi
userlan down cell --force
userlan down lab --force
for log in "$DIR"/run/*.log; do
	bad=$(grep -iE 'assert|Sanitizer|runtime error' "$log") &&
		fail "userland complained: $bad"
done
step "passed"
