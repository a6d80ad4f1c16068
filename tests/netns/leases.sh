#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# leases.sh - DHCP and TFTP as their own clients know them
#
#   guest ns: tap0 == relay == stream socket == userland, which has a host
#   "web", a directory of files and something to boot
#
# The clients are those that machines have: busybox, ISC, dhcpcd; and for
# files busybox, tftp-hpa and curl. Those that are not installed are named.
. "$(dirname "$0")/lib.sh"

command -v busybox >/dev/null || skip "there is no busybox"
busybox udhcpc --help 2>&1 | grep -q Usage || skip "busybox has no udhcpc"

WEB=52:54:00:00:00:01
FILES=$DIR/files
LEASES=$DIR/leases.txt

# Which of the clients there are; a test without any of them proves nothing.
have() { command -v "$1" >/dev/null || { say "without $1"; false; }; }
# dhcpcd gives up root's rights for another user's, who must be there.
has_users() {
	awk '{ exit $3 < 1000 }' /proc/self/uid_map ||
		{ say "without dhcpcd, which wants to be another user"; false; }
}

mac() {
	in_guest ip link set tap0 down
	in_guest ip link set tap0 address "$1" up
	in_guest ip -4 addr flush dev tap0
	in_guest ip -4 route flush dev tap0
}

# What a client was told, one "name=value" a line, in $DIR/told.
cat >"$DIR/told.sh" <<'END'
#!/bin/sh
case ${1:-$reason} in
bound|BOUND|REBOOT|TEST) env | sort >"$TOLD" ;;
esac
END
chmod +x "$DIR/told.sh"
export TOLD="$DIR/told"
told() { sed -n "s/^$1=//p" "$TOLD"; }

busybox_client() {
	rm -f "$TOLD"
	in_guest busybox udhcpc -n -q -f -t 5 -T 1 -i tap0 \
		-s "$DIR/told.sh" "$@" >"$DIR/udhcpc.log" 2>&1 ||
		fail "busybox has no lease"
}

isc_client() {
	rm -f "$TOLD" "$DIR/isc.leases"
	: >"$DIR/isc.leases"
	cat >"$DIR/isc.conf" <<-'END'
	send host-name "isc";
	request subnet-mask, routers, domain-name, domain-search, host-name,
	    tftp-server-name, bootfile-name, interface-mtu;
	END
	in_guest env TOLD="$TOLD" dhclient -1 -4 -d -sf "$DIR/told.sh" \
		-e TOLD="$TOLD" -cf "$DIR/isc.conf" -lf "$DIR/isc.leases" \
		-pf "$DIR/isc.pid" tap0 >"$DIR/isc.log" 2>&1 &
	client=$!
	wait_until 10 "ISC's lease" test -s "$TOLD"
	kill $client
	wait $client 2>/dev/null
}

# Its own files are elsewhere; it wants to be alone with them.
dhcpcd_client() {
	rm -f "$TOLD"
	mkdir -p "$DIR/dhcpcd"
	mount --bind "$DIR/dhcpcd" /var/lib/dhcpcd
	in_guest dhcpcd -4 -1 -B -t 10 -A -L --noconfigure \
		-e TOLD="$TOLD" -c "$DIR/told.sh" -f /dev/null \
		-o classless_static_routes,domain_name tap0 \
		>"$DIR/dhcpcd.log" 2>&1
	umount /var/lib/dhcpcd
	[ -s "$TOLD" ] || fail "dhcpcd has no lease"
}

mkdir "$FILES" "$FILES/boot"
echo "the first" >"$FILES/boot/first"
head -c 3000001 /dev/urandom >"$FILES/big"
echo secret >"$DIR/secret"
ln -s ../secret "$FILES/out"
start_world
network() {
	start_network stream --mode nat-network --name lab \
		--host "web=$WEB,10.0.2.80" --tftp "$FILES" \
		--bootfile boot/first --bootfile ipxe:boot/script \
		--lease-file "$LEASES" "$@"
}
MTU=1500 network

step "busybox: a static lease and what there is to boot"
mac $WEB
busybox_client -O search -O staticroutes -O tftp -O bootfile -O hostname \
	-O domain -F me.there
expect "$(told ip)" 10.0.2.80 "the address"
expect "$(told hostname)" web "the name"
expect "$(told search)" lab.internal "the search list"
expect "$(told staticroutes)" "0.0.0.0/0 10.0.2.2" "the routes"
expect "$(told siaddr)/$(told tftp)" 10.0.2.4/10.0.2.4 "the next server"
expect "$(told boot_file)/$(told bootfile)" boot/first/boot/first "the file"

step "another machine does not get it, even when it asks for it"
mac 52:54:00:00:00:02
busybox_client -r 10.0.2.80
expect "$(told ip)" "10.0.2.1[5-9]" "another's address"
dynamic=$(told ip)

if have dhclient; then
	step "ISC's client"
	mac $WEB
	isc_client
	expect "$(told new_ip_address)" 10.0.2.80 "the address"
	expect "$(told new_host_name)" web "the name"
	expect "$(told new_routers)" 10.0.2.2 "the router"
	expect "$(told new_domain_search)" "lab.internal*" "the search list"
	expect "$(told new_bootfile_name)" boot/first "the file"
	expect "$(told new_tftp_server_name)" 10.0.2.4 "the server"
fi
if have dhcpcd && has_users; then
	step "dhcpcd"
	mac 52:54:00:00:00:03
	dhcpcd_client
	expect "$(told new_ip_address)" "10.0.2.1[5-9]" "the address"
	expect "$(told new_classless_static_routes)" "0.0.0.0/0 10.0.2.2" \
		"the routes"
	expect "$(told new_domain_name)" lab.internal "the domain"
	third=$(told new_ip_address)
fi

step "files"
mac $WEB
in_guest ip addr add 10.0.2.80/24 dev tap0
in_guest ip -6 addr replace $GUEST6/64 dev tap0 nodad
cd "$DIR" || exit 1
# get CLIENT ADDRESS FILE: prints its sum
get() {
	rm -f got
	case $1 in
	busybox) in_guest busybox tftp -g -l got -r "$3" "$2" ;;
	hpa) in_guest tftp -m binary "$2" -c get "$3" got ;;
	curl) in_guest curl -sS --tftp-blksize 1400 -m 20 -o got \
		"tftp://$2/$3" ;;
	esac >"get-$1.log" 2>&1
	[ ! -s got ] || md5sum <got
}
sum=$(md5sum <"$FILES/big")
for client in busybox hpa curl; do
	case $client in
	hpa) have tftp || continue ;;
	curl) have curl && curl --version | grep -q tftp || continue ;;
	esac
	expect "$(get $client 10.0.2.4 big)" "$sum" "$client, IPv4"
	[ $client = busybox ] ||
		expect "$(get $client "$(case $client in
			curl) echo '[fd00:2::4]' ;;
			*) echo fd00:2::4 ;;
			esac)" big)" "$sum" "$client, IPv6"
	for name in none out ../secret /etc/passwd boot; do
		expect "$(get $client 10.0.2.4 $name)" "" "$client, $name"
	done
done
cd / || exit 1

step "leases are there after a restart, in one who is killed, too"
wait_until 10 "the file" grep -q "$dynamic" "$LEASES"
# It is written every two seconds at most; dhcpcd's machine came last.
[ -z "$third" ] || wait_until 10 "dhcpcd's" grep -q "$third" "$LEASES"
kill -KILL "$userland_pid"
wait "$userland_pid" 2>/dev/null
kill "$relay_pid" 2>/dev/null
wait "$relay_pid" 2>/dev/null
relay_pid=
kill "$guest_ns"
wait "$guest_ns" 2>/dev/null
guest_ns=
rm -f "$DIR/net.sock" "$DIR"/ready.*
MTU=1500 network
mac 52:54:00:00:00:99
busybox_client -r "$dynamic"
[ "$(told ip)" != "$dynamic" ] || fail "a new machine has $dynamic"
mac 52:54:00:00:00:02
busybox_client
expect "$(told ip)" "$dynamic" "the address of before"
if [ -n "$third" ]; then
	mac 52:54:00:00:00:03
	busybox_client
	expect "$(told ip)" "$third" "dhcpcd's machine, by its MAC"
fi
finish
