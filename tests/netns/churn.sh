#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# churn.sh - 1 000 guests come and go while others transfer
#
# On stream, seqpacket and dgram sockets, politely and in the middle of a
# frame, with frames of theirs under way. Two guests transfer all the while,
# whole and right; then descriptors and memory are what they were.
. "$(dirname "$0")/lib.sh"
. "$HERE/lan.sh"

COUNT=1000
WARM=200	# before it is measured: what is taken once and kept
RSS_KB_MAX=1024
LEN=300000000

few_fds() { [ "$(fd_count)" -le "$1" ]; }
churn() {
	python3 "$LAN" churn "$1" stream="$DIR/net.sock" \
		seqpacket="$DIR/seq.sock" dgram="$DIR/dgram.sock" ||
		fail "the guests that come and go"
}

start_lan --mode nat-network --subnet 10.0.2.0/24 --socket "$DIR/net.sock" \
	--seqpacket "$DIR/seq.sock" --dgram "$DIR/dgram.sock"
for i in 1 2; do
	join $i "$DIR/net.sock"
	plugged $i 65520
	at $i ip addr add 10.0.2.10$i/24 dev tap0
done
serve_at 2 sink 5000
[ -n "$UL_SANITIZED" ] && LEN=$((LEN / 4))
WANT=$("$PEER" digest - 0 len=$LEN)
step "$WARM guests first, beside a transfer"
at 1 "$PEER" put 10.0.2.102 5000 len=$LEN >/dev/null &
client=$!
churn $WARM >/dev/null
wait $client
sleep 4		# quiet ports give memory back
fds=$(fd_count)
kb=$(rss_kb)

step "$COUNT guests come and go beside transfers"
: >"$DIR/transfers"
(
	until [ -e "$DIR/over" ]; do
		at 1 "$PEER" put 10.0.2.102 5000 len=$LEN
	done >>"$DIR/transfers" 2>&1
) &
client=$!
expect "$(churn $COUNT)" "$COUNT" "guests"
touch "$DIR/over"
wait $client
count=$(wc -l <"$DIR/transfers")
[ "$count" -gt 0 ] || fail "no transfer"
expect "$(sort -u "$DIR/transfers")" "$WANT" "$count transfers"
step "$count transfers of $LEN bytes are whole"
# A machine on datagrams that said nothing is gone within a minute.
wait_until 70 "descriptors come back" few_fds "$fds"
sleep 4
more=$(($(rss_kb) - kb))
step "descriptors $(fd_count) of $fds before, memory $more kB more than $kb"
[ -n "$UL_SANITIZED" ] || at_most $more $RSS_KB_MAX "kB more"
flow_table >"$DIR/table"
expect "$(grep -c 'stream) rx\|dgram) rx\|seqpacket) rx' "$DIR/table")" 2 "ports"
finish
