#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# lossy-tap.sh - super-frames get lost, whole or in parts, and all arrives
#
#   userland == tap0 --- br0 --- v0 ==== v1 inner ns
#              guest ns            10.0.2.20
#
# What enters the bridge is lost by the super-frame; v0 may send none, so the
# kernel cuts them, and what enters v1 is lost by the segment: then the guest
# acknowledges and asks again in the middle of what userland sent as one. No
# loss is random: every Nth frame, so that all runs are alike.
. "$(dirname "$0")/lib.sh"

command -v nft >/dev/null || skip "no nft, which loses the frames"

LEN=10000000 LIMIT_MS=30000 INNER4=10.0.2.20
WANT=$("$PEER" digest - 0 len=$LEN)

in_inner() { nsenter -t "$inner_ns" -n -- "$@"; }

build_inner() {
	new_ns inner
	in_guest ip link add v0 type veth peer name v1 netns "$inner_ns"
	in_guest ip link set v0 gso_max_segs 1 up
	in_guest ip link add br0 type bridge
	in_guest ip link set br0 up
	in_guest ip link set v0 master br0
	in_guest ip addr flush dev tap0
	in_guest ip link set tap0 master br0
	in_inner ip addr add $INNER4/24 dev v1
	in_inner ip link set v1 up
	in_inner ip route add default via $GATE4
}

# lose NS DEV N: every Nth frame that comes in at DEV
lose() {
	nsenter -t "$1" -n -- nft -f - <<-END || skip "nft cannot lose frames"
		table netdev loss {
			chain in {
				type filter hook ingress device $2 priority 0;
				numgen inc mod $3 == 0 drop
			}
		}
	END
}
lose_none() {
	nsenter -t "$1" -n -- nft flush ruleset
}

timed() {
	begin=$(date +%s%3N)
	got=$(in_inner "$PEER" $1 $WORLD4 5000 len=$LEN timeout=$LIMIT_MS)
	took=$(($(date +%s%3N) - begin))
	expect "$got" "$WANT" "$1"
	step "$1 took $took ms"
	at_most $took $LIMIT_MS "milliseconds for $1"
}

start_world
serve world sink any 5000
MTU=1500
start_network tap
build_inner
timed get
timed put
lose "$guest_ns" tap0 20
step "every 20th super-frame is lost"
timed get
lose_none "$guest_ns"
for n in 1000 100 20; do
	lose "$inner_ns" v1 $n
	step "every ${n}th segment is lost"
	timed get
	lose_none "$inner_ns"
done
lose "$guest_ns" v0 50
step "every 50th frame of the guest's is lost"
timed put
timed get
step "passed"
