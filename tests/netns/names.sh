#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# names.sh - machines on a network reach each other by name
#
#   web, db: shell ns == lab (nat-network) -- host ns -- world (resolver)
#   web:     shell ns == cell (host-only)
#
# Every question that is the network's own is answered here, found or not; a
# resolver that says yes to all proves that it was not asked.
. "$(dirname "$0")/lib.sh"

for program in busybox dnsmasq; do
	command -v $program >/dev/null || skip "there is no $program"
done
SAYS=203.0.113.9

# What it remembers is this test's alone.
export XDG_STATE_HOME="$DIR/state"
userlan() { XDG_RUNTIME_DIR=$DIR/run "$BUILD/src/cli/userlan" "$@"; }
# inside NET COMMAND...: in the shell "asker" of NET
inside() {
	pid=$(sed -n 's/^pid //p' "$DIR/$1-asker.log")
	shift
	nsenter -t "$pid" -n -m -- "$@"
}
# ask NET SERVER NAME TYPE
ask() { inside "$1" python3 "$HERE/dnsq.py" "$2" "$3" "$4" 2>&1; }

# A machine that stays: hold NET NAME [OPTIONS]
hold() {
	net=$1 name=$2
	shift 2
	XDG_RUNTIME_DIR=$DIR/run "$BUILD/src/cli/userlan" shell "$net" \
		--name "$name" "$@" -- \
		sh -c 'echo pid $$; ip -4 -o addr show eth0; exec sleep 100' \
		>"$DIR/$net-$name.log" 2>&1 &
	eval "${name}_pid=$!"
	wait_until 5 "$name on $net" grep -q inet "$DIR/$net-$name.log"
}
address_of() { sed -n 's,.*inet \([0-9.]*\)/.*,\1,p' "$DIR/$1-$2.log"; }
asked() { cat "$DIR"/dnsmasq*.log | grep 'query\[' | grep -c "$1"; }

mkdir "$DIR/run"
chmod 700 "$DIR/run"
start_world
# /etc/hosts of the host ns, and room to replace it in.
mkdir "$DIR/etc"
printf '127.0.0.1 localhost\n127.0.1.1 thishost\n192.0.2.10 nas.home nas\n' \
	>"$DIR/etc/hosts"
mount --bind "$DIR/etc/hosts" /etc/hosts || skip "/etc/hosts cannot be mounted"
resolver -q -a $WORLD4 -A /#/$SAYS
printf 'nameserver %s\n' $WORLD4 >"$DIR/resolv.conf"
userlan up lab --log-file "$DIR/lab.log" >/dev/null || fail "up lab"

step "machines have names while they are there"
dns=10.0.2.3
dns6=$(userlan status lab | sed -n 's/^ *dns6 *//p')
hold lab web
hold lab db
hold lab asker
web=$(address_of lab web) db=$(address_of lab db)
for name in web web.internal web.lab.internal WEB.Lab.Internal; do
	expect "$(ask lab $dns $name A)" "NOERROR $web" "$name"
done
expect "$(ask lab $dns db A)" "NOERROR $db" "db"
# Its address of the prefix is known once it was heard there.
ns=$(sed -n 's/^pid //p' "$DIR/lab-web.log")
v6() { nsenter -t "$ns" -n ip -6 -o addr show eth0 scope global -tentative; }
wait_until 5 "web has an IPv6 address" eval 'v6 | grep -q inet6'
web6=$(v6 | sed -n 's,.*inet6 \([^/]*\)/.*,\1,p' | head -n 1)
inside lab ping -c 1 -W 2 "$web6" >/dev/null || fail "ping web's $web6"
nsenter -t "$ns" -n -m python3 "$HERE/dnsq.py" $dns6 web A >/dev/null
expect "$(ask lab $dns web AAAA)" "NOERROR $web6" "web's AAAA"
reverse6=$(python3 -c 'import ipaddress, sys
print(ipaddress.ip_address(sys.argv[1]).reverse_pointer)' "$web6")
expect "$(ask lab $dns "$reverse6" PTR)" "NOERROR web.lab.internal" "PTR, v6"
expect "$(ask lab $dns host.internal A)" "NOERROR 10.0.2.2" "host"
expect "$(ask lab $dns host.docker.internal A)" "NOERROR 10.0.2.2" "docker"
expect "$(ask lab $dns no.lab.internal A)" "NXDOMAIN" "no such machine"
expect "$(ask lab $dns www.example A)" "NOERROR $SAYS" "a name outside"
reverse=$(echo "$web" | awk -F. '{ print $4"."$3"."$2"."$1 }').in-addr.arpa
expect "$(ask lab $dns "$reverse" PTR)" "NOERROR web.lab.internal" "PTR"
expect "$(ask lab $dns 2.2.0.10.in-addr.arpa PTR)" \
	"NOERROR gateway.internal" "PTR of the gateway"
expect "$(ask lab $dns 200.2.0.10.in-addr.arpa PTR)" "NXDOMAIN" "PTR of none"

step "a program finds them by its resolver"
said=$(inside lab getent ahostsv4 web) || fail "getent ahostsv4 web"
expect "$said" "$web *web.lab.internal*" "getent ahostsv4 web"
said=$(inside lab getent ahostsv6 web) || fail "getent ahostsv6 web"
expect "$said" "$web6 *web.lab.internal*" "getent ahostsv6 web"
inside lab ping -c 1 -W 2 db >/dev/null || fail "ping db"

step "one whose address is set by hand has its name, and keeps it"
hold lab fixed --address 10.0.2.77/24
ns=$(sed -n 's/^pid //p' "$DIR/lab-fixed.log")
nsenter -t "$ns" -n ping -c 1 -W 2 10.0.2.2 >/dev/null || fail "ping"
expect "$(ask lab $dns fixed A)" "NOERROR 10.0.2.77" "fixed"
expect "$(ask lab $dns 77.2.0.10.in-addr.arpa PTR)" \
	"NOERROR fixed.lab.internal" "PTR of fixed"
# "asker" says that it has the addresses of fixed and of web.
for addr in 10.0.2.77 "$web"; do
	inside lab busybox arping -q -U -c 1 -I eth0 -s "$addr" "$addr"
done
expect "$(ask lab $dns fixed A)" "NOERROR 10.0.2.77" "fixed, claimed"
expect "$(ask lab $dns web A)" "NOERROR $web" "web, claimed"
expect "$(ask lab $dns asker A)" "NOERROR $(address_of lab asker)" "asker"
kill "$fixed_pid"
fixed_gone() { [ "$(ask lab $dns fixed A)" = "NOERROR $SAYS" ]; }
wait_until 10 "fixed goes" fixed_gone
expect "$(ask lab $dns 77.2.0.10.in-addr.arpa PTR)" "NXDOMAIN" "its PTR"

step "the host's hosts file is answered, as it is now"
expect "$(ask lab $dns nas.home A)" "NOERROR 192.0.2.10" "nas.home"
expect "$(ask lab $dns nas AAAA)" "NOERROR" "nas has no AAAA"
expect "$(ask lab $dns 10.2.0.192.in-addr.arpa PTR)" "NOERROR nas.home" \
	"PTR of the hosts file"
expect "$(ask lab $dns thishost A)" "NOERROR $SAYS" "the host's loopback"
[ "$(asked nas.home)" -eq 0 ] || fail "the resolver was asked for nas.home"
echo '192.0.2.11 nas.home' >/etc/hosts
edited() { [ "$(ask lab $dns nas.home A)" = "NOERROR 192.0.2.11" ]; }
wait_until 3 "the file is edited" edited
umount /etc/hosts
echo '192.0.2.12 nas.home' >"$DIR/etc/other"
mount --bind "$DIR/etc/other" /etc/hosts
replaced() { [ "$(ask lab $dns nas.home A)" = "NOERROR 192.0.2.12" ]; }
wait_until 3 "the file is another" replaced

step "records come and go while it runs"
userlan dns add lab git 192.0.2.7 || fail "dns add git"
userlan dns add lab wiki.corp 2001:db8::7 || fail "dns add wiki.corp"
expect "$(ask lab $dns git.lab.internal A)" "NOERROR 192.0.2.7" "git"
expect "$(ask lab $dns wiki.corp AAAA)" "NOERROR 2001:db8::7" "wiki.corp"
expect "$(ask lab $dns 7.2.0.192.in-addr.arpa PTR)" \
	"NOERROR git.lab.internal" "PTR of a record"
said=$(userlan dns add lab git 127.0.0.1 2>&1) && fail "loopback is taken"
expect "$said" "*is every machine's own*" "loopback"
userlan dns rm lab git || fail "dns rm git"
expect "$(ask lab $dns git.lab.internal A)" "NXDOMAIN" "git is gone"
userlan dns show lab | grep -q '^wiki.corp *2001:db8::7$' || fail "dns show"

step "and no name when they are gone"
kill "$web_pid"
gone() { [ "$(ask lab $dns web.lab.internal A)" = NXDOMAIN ]; }
wait_until 10 "web goes" gone
expect "$(ask lab $dns "$reverse" PTR)" "NXDOMAIN" "PTR of what is gone"
expect "$(ask lab $dns "$reverse6" PTR)" "NXDOMAIN" "PTR, v6, of what is gone"
expect "$(ask lab $dns db A)" "NOERROR $db" "db is still there"

step "the host's resolver heard of none of it"
[ "$(asked www.example)" -ge 1 ] || fail "it was not asked at all"
expect "$(asked 'internal\|arpa')" 0 "questions about the network's own"

step "without egress: its own names, and no others"
userlan up cell --mode host-only --subnet 192.168.56.0/24 \
	--log-file "$DIR/cell.log" >/dev/null || fail "up cell"
hold cell web
hold cell asker
web=$(address_of cell web)
cell_dns=$(inside cell sed -n 's/^nameserver //p' /etc/resolv.conf | head -n 1)
expect "$(ask cell "$cell_dns" web A)" "NOERROR $web" "web on cell"
expect "$(ask cell "$cell_dns" no.cell.internal A)" "NXDOMAIN" "none on cell"
expect "$(ask cell "$cell_dns" www.example A)" "REFUSED" "outside, from cell"
expect "$(ask cell "$cell_dns" nas.home A)" "REFUSED" "hosts file, from cell"
userlan down lab --force >/dev/null
userlan down cell --force >/dev/null
step "passed"
