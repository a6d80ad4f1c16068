#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# lossy.sh - 10 MB each way within 60 s while 5 % of the frames are lost
#
# The relay loses, reorders, copies and delays frames on the guest's side,
# both ways, by a fixed seed. What must recover towards the guest is our own
# TCP.
. "$(dirname "$0")/lib.sh"

LEN=10000000 LIMIT_MS=60000
WANT=$("$PEER" digest - 0 len=$LEN)

timed() {
	begin=$(date +%s%3N)
	got=$(guest_peer $1 $2 5000 len=$LEN timeout=$LIMIT_MS)
	took=$(($(date +%s%3N) - begin))
	expect "$got" "$WANT" "$1 $2"
	step "$1 $2 took $took ms"
	at_most $took $LIMIT_MS "milliseconds for $1 $2"
}

spoil() {
	RELAY_ARGS="seed=$1 $2"
	step "MTU $MTU: $RELAY_ARGS"
	start_network stream
	timed put $WORLD4
	timed get $WORLD4
	timed get $WORLD6
	next_network
}

start_world
serve world sink any 5000
MTU=1500
spoil 11 "gloss=500 hloss=500"
spoil 12 "greorder=500 hreorder=500"
spoil 13 "gloss=500 hloss=500 greorder=200 hreorder=200 gdup=200 hdup=200 \
	gdelay=2 hdelay=2"
MTU=65520
spoil 14 "gloss=500 hloss=500"
step "passed"
