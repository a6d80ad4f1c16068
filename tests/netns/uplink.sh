#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# uplink.sh - bridged: guests are on a real LAN
#
#	guest ns            host ns                     lan ns
#	+-------+ stream  +----------+ tap   +-----+   +------------------+
#	| tap0  |=========| userland |-------| br0 |---| l0 10.9.0.1      |
#	| DHCP  |         +----------+       +-----+   | dnsmasq, servers |
#	+-------+                 or a macvtap on m0 --| m1 (in lan's br) |
#	                                               +------------------+
#
# The LAN's own dnsmasq leases the address; a LAN host opens a connection to
# the guest; frames are compared byte for byte at both ends.

. "$(dirname "$0")/lib.sh"

PY="python3 $HERE/uplink.py"
LAN4=10.9.0.1
SOCK=$DIR/net.sock
SOMEBODY=12345		# a uid

[ -w /dev/net/tun ] || skip "/dev/net/tun may not be opened"
command -v dnsmasq >/dev/null || skip "there is no dnsmasq"
ip link add br0 type bridge 2>/dev/null || skip "this kernel has no bridges"

in_lan() { nsenter -t "$lan_ns" -n -- "$@"; }

start_lan() {
	new_ns lan
	ip link set br0 up
	ip link add b0 type veth peer name l0 netns "$lan_ns"
	ip link set b0 master br0 up
	in_lan ip link add lbr type bridge
	in_lan ip link set lbr up
	in_lan ip link set l0 master lbr up
	in_lan ip addr add $LAN4/24 dev lbr
	in_lan ip -6 addr add fd09::1/64 dev lbr nodad
	# Where a macvtap sits: another port of the same LAN.
	ip link add m0 type veth peer name m1 netns "$lan_ns"
	ip link set m0 up
	in_lan ip link set m1 master lbr up
	: >"$DIR/dnsmasq.log"
	in_lan dnsmasq -d -p 0 --interface=lbr --bind-interfaces \
		--dhcp-range=10.9.0.50,10.9.0.99,10m \
		--dhcp-option=3,$LAN4 --leasefile-ro --dhcp-authoritative \
		--log-dhcp >"$DIR/dnsmasq.log" 2>&1 &
	wait_until 5 dnsmasq grep -q started "$DIR/dnsmasq.log"
	serve lan web any 80
}

# Start userland with what is left of the words: a launcher, or nothing.
start_bridged() {
	uplink=$1
	shift
	rm -f "$DIR/ready" && mkfifo "$DIR/ready"
	# shellcheck disable=SC2086
	"$@" "$UL" -f --ready-fd 9 --mode bridged --socket "$SOCK" \
		--uplink "$uplink" 9>"$DIR/ready" >>"$DIR/userland.log" 2>&1 &
	userland_pid=$!
	timeout 10 head -c 1 "$DIR/ready" >"$DIR/is_ready" ||
		fail "userland is not ready after 10 seconds"
	[ -s "$DIR/is_ready" ] || fail "userland did not start ($uplink)"
}

# refused UPLINK TEXT: userland does not start and says TEXT.
refused() {
	out=$(timeout 20 "$UL" -f --mode bridged --socket "$DIR/no.sock" \
		--uplink "$1" 2>&1 </dev/null) && fail "--uplink $1 was taken"
	expect "$out" "*$2*" "--uplink $1"
}

# attach_guest [MAC]: a new guest namespace with its relay
attach_guest() {
	new_ns guest
	: >"$DIR/relay.log"
	nsenter -t "$guest_ns" -n -- "$RELAY" "$SOCK" tap0 \
		>"$DIR/relay.log" 2>&1 &
	relay_pid=$!
	wait_until 5 "relay is connected" grep -q '^up' "$DIR/relay.log"
	[ -z "$1" ] || in_guest ip link set tap0 address "$1"
	in_guest ip link set tap0 up
	guest_mac=$(in_guest ip -br link show tap0 | awk '{ print $3 }')
}

cat >"$DIR/udhcpc" <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr replace "$ip/$mask" dev "$interface"
ip route replace default via "$router"
echo "$ip" >"$UL_LEASE"
END
chmod +x "$DIR/udhcpc"

# A real client leases from the LAN; $lease is its address.
lease() {
	rm -f "$DIR/lease"
	UL_LEASE=$DIR/lease in_guest busybox udhcpc -i tap0 -n -q -f -t 5 -T 1 \
		-s "$DIR/udhcpc" >"$DIR/udhcpc.log" 2>&1 ||
		fail "no lease: $(cat "$DIR/udhcpc.log")"
	lease=$(cat "$DIR/lease")
	expect "$lease" "10.9.0.*" "the LAN's lease"
}

# Both ways by connections of the kernels' own, both families.
talk() {
	expect "$(guest_peer connect $LAN4 80)" "OK *" "guest to LAN"
	serve guest inner any 8080
	expect "$(in_lan "$PEER" connect "$lease" 8080)" "OK *" "LAN to guest"
	kill "$inner_pid"
	in_guest ip -6 addr replace fd09::77/64 dev tap0 nodad
	in_guest ping -6 -q -c 2 -i 0.2 -W 2 fd09::1 >/dev/null ||
		fail "no IPv6 from the guest to the LAN"
	in_lan ip -6 neigh flush dev lbr
	in_lan ping -6 -q -c 2 -i 0.2 -W 2 fd09::77 >/dev/null ||
		fail "no IPv6 from the LAN to the guest"
}

# listen WHERE DEVICE FILE MARK
listen() {
	nsenter -t "$1" -n -- $PY hear "$2" "$DIR/$3" "$4" 1 >"$DIR/$3.said" &
	wait_until 5 "$3 hears" grep -q ready "$DIR/$3.said"
	hear_pid=$!
}

# One odd datagram each way: the very bytes arrive, TTL 3 too.
unchanged() {
	lan_mac=$(in_lan ip -br link show lbr | awk '{ print $3 }')
	listen "$guest_ns" tap0 guest.sent mark-out
	sent=$hear_pid
	listen "$lan_ns" lbr lan.heard mark-out
	in_guest $PY say tap0 "$lan_mac" mark-out
	wait "$hear_pid" "$sent"
	[ -s "$DIR/lan.heard" ] || fail "the LAN heard nothing"
	cmp "$DIR/guest.sent" "$DIR/lan.heard" ||
		fail "a frame changed on its way to the LAN"
	listen "$lan_ns" lbr lan.sent mark-in
	sent=$hear_pid
	listen "$guest_ns" tap0 guest.heard mark-in
	in_lan $PY say lbr "$guest_mac" mark-in
	wait "$hear_pid" "$sent"
	[ -s "$DIR/guest.heard" ] || fail "the guest heard nothing"
	cmp "$DIR/lan.sent" "$DIR/guest.heard" ||
		fail "a frame changed on its way to the guest"
}

end_guest() {
	kill "$relay_pid" "$guest_ns" 2>/dev/null
	wait "$relay_pid" "$guest_ns" 2>/dev/null
	relay_pid= guest_ns=
}

end_all() {
	stop_userland
	end_guest
}

whole_round() {
	attach_guest "$1"
	lease
	talk
	unchanged
}

start_lan
guest_mac=

step "tap:NAME, a tap of the user's"
refused tap:vm0 "there is no interface vm0; root makes it by: ip tuntap add"
ip tuntap add vm0 mode tap user "$(id -u)"
ip link set vm0 master br0 up
start_bridged tap:vm0
expect "$(cat "$DIR/userland.log")" "*tap vm0 on bridge br0*" "what it is"
refused tap:vm0 "another program has it open"
whole_round
grep -q "DHCPACK(lbr) $lease $guest_mac" "$DIR/dnsmasq.log" ||
	fail "the LAN does not know the guest's MAC"
end_all

if [ "$(id -u)" = 0 ] && setpriv --reuid $SOMEBODY --clear-groups \
	"$UL" --version >/dev/null 2>&1; then
	step "tap:NAME, for an ordinary user"
	mount -t tmpfs none /dev/net
	mknod -m 666 /dev/net/tun c 10 200
	ip tuntap add vm1 mode tap user $SOMEBODY
	ip link set vm1 master br0 up
	chmod 711 "$DIR"
	mkdir "$DIR/his"
	chown $SOMEBODY "$DIR/his"
	SOCK=$DIR/his/net.sock
	start_bridged tap:vm1 setpriv --reuid $SOMEBODY --clear-groups
	expect "$(awk '/^Uid|^CapEff/ { print $2 }' \
		"/proc/$userland_pid/status" | tr '\n' ' ')" \
		"$SOMEBODY 0000000000000000 " "who it is"
	whole_round
	end_all
	ip link del vm1
	SOCK=$DIR/net.sock
else
	say "left out: an ordinary user, who cannot be had here"
fi

step "fd:N, an inherited tap"
start_bridged fd:7 $PY with-tap vm0 7
whole_round
end_all
refused fd:7 "is not open"

step "mac=shared: two guests are one MAC to the LAN"
start_bridged tap:vm0,mac=shared
attach_guest
lease
talk
expect "$(in_lan ip neigh show "$lease")" "*lladdr*" "the LAN's neighbour"
seen=$(in_lan ip neigh show "$lease" | sed 's/.*lladdr \([^ ]*\).*/\1/')
[ "$seen" != "$guest_mac" ] || fail "the LAN sees the guest's own MAC"
grep -q "VMs are $seen outside" "$DIR/userland.log" ||
	fail "the LAN sees $seen, which is not the shared MAC"
first=$guest_ns first_relay=$relay_pid first_lease=$lease
attach_guest
lease
[ "$lease" != "$first_lease" ] || fail "two guests have one lease"
talk
expect "$(in_lan ip neigh show "$lease")" "*lladdr $seen*" "one MAC"
in_lan ping -q -c 1 -W 2 "$first_lease" >/dev/null ||
	fail "the first guest is not reached any more"
in_guest ping -q -c 1 -W 2 "$first_lease" >/dev/null ||
	fail "the guests do not reach each other"
in_lan bridge fdb show br lbr | grep -q "$guest_mac" &&
	fail "the guest's MAC is seen outside"
kill "$first" "$first_relay"
end_all
ip link del vm0

if [ "$(id -u)" = 0 ] && [ -x /usr/lib/qemu/qemu-bridge-helper ]; then
	step "helper:BRIDGE"
	refused helper:br9 "there is no bridge br9; root makes it by"
	# An /etc of this test's: the helper's list is there and nowhere else.
	cp -a /etc "$DIR/etc"
	mkdir -p "$DIR/etc/qemu"
	mount --bind "$DIR/etc" /etc
	echo "deny all" >/etc/qemu/bridge.conf
	refused helper:br0 "echo 'allow br0' >>/etc/qemu/bridge.conf"
	echo "allow br0" >/etc/qemu/bridge.conf
	start_bridged helper:br0
	whole_round
	end_all
	umount /etc
else
	say "left out: helper:, which takes root and qemu-bridge-helper"
fi

# An index of our own: /dev/tapINDEX is shared by all namespaces.
make_macvtap() {
	index=$((200000 + $(date +%N | sed 's/^0*//') % 700000))
	ip link add link m0 name mv0 index $index type macvtap mode "$1" \
		2>/dev/null && ip link set mv0 allmulticast on up &&
		wait_until 2 "/dev/tap$index" [ -w "/dev/tap$index" ] &&
		mv_mac=$(ip -br link show mv0 | awk '{ print $3 }')
}

if [ "$(id -u)" = 0 ] && grep -q macvtap /proc/devices; then
	for mode in bridge passthru; do
		step "a macvtap in mode $mode"
		make_macvtap $mode
		start_bridged fd:7 $PY with-node "/dev/tap$index" 7
		grep -q "macvtap mv0, mode $mode, $mv_mac" \
			"$DIR/userland.log" || fail "mode and MAC are not said"
		whole_round "$mv_mac"
		grep "its own MAC alone" "$DIR/userland.log" &&
			fail "warned of the right MAC"
		# Its own host is out of its reach.
		ip addr add 10.9.0.2/24 dev m0
		in_guest ping -q -c 1 -W 1 10.9.0.2 >/dev/null &&
			fail "a macvtap's guest reached its own host"
		ip addr del 10.9.0.2/24 dev m0
		: >"$DIR/second.log"
		new_ns second
		nsenter -t "$second_ns" -n -- "$RELAY" "$SOCK" tap0 \
			>"$DIR/second.log" 2>&1 &
		second_relay=$!
		if [ $mode = bridge ]; then
			wait_until 5 "the second VM is refused" grep -q \
				"macvtap, which carries one VM" \
				"$DIR/userland.log"
		else
			wait_until 5 "a second guest" sh -c \
				"[ \$(grep -c 'a guest attached' \
				'$DIR/userland.log') -ge 2 ]"
		fi
		kill $second_relay "$second_ns"
		end_all
		ip link del mv0
		: >"$DIR/userland.log"
	done
	step "a guest whose MAC is not the macvtap's is warned of"
	make_macvtap bridge
	start_bridged fd:7 $PY with-node "/dev/tap$index" 7
	attach_guest
	in_guest ping -q -c 1 -W 1 10.9.0.77 >/dev/null
	wait_until 5 "the warning" grep -q "delivers to its own MAC alone" \
		"$DIR/userland.log"
	end_all
	ip link del mv0
	: >"$DIR/userland.log"
	step "a macvtap by its name, shared by guests with other MACs"
	make_macvtap bridge
	start_bridged tap:mv0,mac=shared
	attach_guest
	lease
	talk
	end_all
else
	say "left out: macvtap, which takes root and the kernel's macvtap"
fi
step passed
exit 0
