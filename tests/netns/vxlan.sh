#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# vxlan.sh - one segment with the Linux kernel's vxlan device, both ways
#
#   guest ns            host ns                           kernel ns
#   +----------+        +----------+   veth, MTU 1500     +---------------+
#   | tap0     | relay  | userland |====================== | k0      vx0   |
#   | 10.0.5.1 |========| 10.9.0.1 |  VNI 42, port 4789   | .0.2  10.0.5.2|
#   | fd05::1  | socket | fd09::1  |                      | ::2   fd05::2 |
#   +----------+        +----------+                      +---------------+
#
# The underlay is IPv4 in the first half and IPv6 in the second.
. "$(dirname "$0")/lib.sh"

LEN=20000000
WANT=$("$PEER" digest - 0 seed=7 len=$LEN)

in_kernel() { nsenter -t "$kernel_ns" -n -- "$@"; }
kernel_peer() { in_kernel "$PEER" "$@"; }

# kernel_vxlan LOCAL REMOTE: the kernel's end; it chooses the inner MTU.
kernel_vxlan() {
	in_kernel ip link del vx0 2>/dev/null
	in_kernel ip link add vx0 type vxlan id 42 local "$1" remote "$2" \
		dstport 4789 dev k0 2>"$DIR/vxlan.err" ||
		skip "no vxlan device: $(cat "$DIR/vxlan.err")"
	in_kernel ip addr add 10.0.5.2/24 dev vx0
	in_kernel ip addr add fd05::2/64 dev vx0 nodad
	in_kernel ip link set vx0 up
}

# segment UPLINK INNER_MTU: userland and the guest at our end of it.
segment() {
	new_ns guest
	rm -f "$DIR/is_ready"
	mkfifo "$DIR/ready.$$" 2>/dev/null
	# shellcheck disable=SC2086
	"$UL" $UL_ARGS -f --ready-fd 9 --mode internal \
		--socket "$DIR/net.sock" --uplink "$1" \
		9>"$DIR/ready.$$" >>"$DIR/userland.log" 2>&1 &
	userland_pid=$!
	timeout 10 head -c 1 "$DIR/ready.$$" >"$DIR/is_ready"
	[ -s "$DIR/is_ready" ] || fail "userland did not start ($1)"
	start_relay
	in_guest ip link set tap0 mtu "$2" up
	in_guest ip addr add 10.0.5.1/24 dev tap0
	in_guest ip addr add fd05::1/64 dev tap0 nodad
}

pings() {
	step "$1: the guest pings the kernel and the other way round"
	in_guest ping -q -c 3 -i 0.2 -W 2 "$3" >"$DIR/ping.log" ||
		fail "guest to $3: $(cat "$DIR/ping.log")"
	in_kernel ping -q -c 3 -i 0.2 -W 2 "$2" >"$DIR/ping.log" ||
		fail "kernel to $2: $(cat "$DIR/ping.log")"
	step "$1: with 5000 bytes, in fragments"
	in_guest ping -q -c 3 -i 0.2 -s 5000 -W 2 "$3" >"$DIR/ping.log" ||
		fail "guest to $3: $(cat "$DIR/ping.log")"
}

transfer() {
	for verb in put get; do
		step "$1: TCP, guest's $verb"
		expect "$(guest_peer $verb "$3" 5000 seed=7 len=$LEN)" \
			"$WANT" "guest $verb"
		step "$1: TCP, kernel's $verb"
		expect "$(kernel_peer $verb "$2" 5000 seed=7 len=$LEN)" \
			"$WANT" "kernel $verb"
	done
}

datagrams() {
	step "$1: UDP of all sizes up to 65507, both ways"
	expect "$(guest_peer udp-sizes "$3" 5000 len=65507 timeout=2000)" OK \
		"guest's datagrams"
	expect "$(kernel_peer udp-sizes "$2" 5000 len=65507 timeout=2000)" OK \
		"kernel's datagrams"
}

# check WHAT GUEST KERNEL
check() {
	pings "$@"
	transfer "$@"
	datagrams "$@"
}

# Another VNI, and machines that are not listed, are not on the segment.
strangers() {
	step "another VNI does not reach the guest"
	in_kernel ip link add vx1 type vxlan id 43 local 10.9.0.2 \
		remote 10.9.0.1 dstport 4789 dev k0
	in_kernel ip addr add 10.0.6.2/24 dev vx1
	in_kernel ip link set vx1 up
	in_guest ip addr add 10.0.6.1/24 dev tap0
	in_kernel ping -q -c 2 -i 0.2 -W 1 10.0.6.1 >/dev/null &&
		fail "VNI 43 reached the guest of VNI 42"
	in_kernel ip link del vx1

	step "who is not listed does not reach the guest"
	in_kernel ip addr add 10.9.0.3/24 dev k0
	kernel_vxlan 10.9.0.3 10.9.0.1
	in_kernel ping -q -c 2 -i 0.2 -W 1 10.0.5.1 >/dev/null &&
		fail "10.9.0.3 reached the guest"
	grep -q 'a datagram of 10.9.0.3:.* not among the remotes' \
		"$DIR/userland.log" || fail "the stranger is not in the log"
	kernel_vxlan 10.9.0.2 10.9.0.1
	in_kernel ping -q -c 1 -W 2 10.0.5.1 >/dev/null ||
		fail "the listed one does not reach the guest again"
}

run() {
	kernel_vxlan "$2" "$3"
	segment "vxlan:42@$3=$2" "$4"
	expect "$(in_kernel ip -o link show vx0)" "* mtu $4 *" "the kernel's MTU"
	serve guest guest any 5000
	check "$1, IPv4 inside" 10.0.5.1 10.0.5.2
	check "$1, IPv6 inside" fd05::1 fd05::2
	[ "$1" != "IPv4 underlay" ] || strangers
	next_network
}

new_ns kernel
ip link add k1 type veth peer name k0 netns "$kernel_ns"
ip addr add 10.9.0.1/24 dev k1
ip addr add fd09::1/64 dev k1 nodad
ip link set k1 up
in_kernel ip addr add 10.9.0.2/24 dev k0
in_kernel ip addr add fd09::2/64 dev k0 nodad
in_kernel ip link set k0 up
serve kernel kernel any 5000

run "IPv4 underlay" 10.9.0.2 10.9.0.1 1450
run "IPv6 underlay" fd09::2 fd09::1 1430
step "passed"
