#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# dns.sh - the guest's resolver relays to the host's, by UDP and TCP
#
# The first of the host's servers may be dead or silent: the next answers.
. "$(dirname "$0")/lib.sh"

command -v dnsmasq >/dev/null || skip "there is no dnsmasq"

start_resolver() {
	long=$(printf '%0200d' 0)
	resolver --listen-address=$WORLD4,$WORLD6 \
		-A /a.test/198.51.100.9 -A /a.test/2001:db8::9 \
		-A /none.test/ --txt-record=txt.test,hello \
		--txt-record=long.test,$long,$long,$long,$long,$long,$long \
		--srv-host=_x._tcp.test,a.test,80
}

ask() { in_guest python3 "$HERE/dnsq.py" "$@"; }

answers() {
	step "$ATTACH: questions to $1"
	expect "$(ask $1 a.test A)" "NOERROR 198.51.100.9" A
	expect "$(ask $1 a.test AAAA)" "NOERROR 2001:db8::9" AAAA
	expect "$(ask $1 txt.test TXT)" "NOERROR TXT:6" TXT
	expect "$(ask $1 _x._tcp.test SRV)" "NOERROR TYPE33" SRV
	expect "$(ask $1 none.test A)" "NXDOMAIN" "no such name"
	expect "$(ask $1 a.test A tcp)" "NOERROR 198.51.100.9" "A by TCP"
	expect "$(ask $1 long.test TXT)" "NOERROR TRUNCATED*" "long by UDP"
	expect "$(ask $1 long.test TXT tcp)" "NOERROR TXT:1206" "long by TCP"
}

with() {
	printf 'nameserver %s\n' "$@" >"$DIR/resolv.conf"
	step "$ATTACH: the host's servers are $*"
}

run() {
	with $WORLD4
	start_network "$@"
	answers $DNS4
	answers $DNS6
	next_network

	with $FAR4 $WORLD4	# refuses
	start_network "$@"
	expect "$(ask $DNS4 a.test A)" "NOERROR 198.51.100.9" "after a refusal"
	next_network

	with 203.0.113.1 $WORLD4	# silent
	start_network "$@"
	expect "$(ask $DNS4 a.test A)" "NOERROR 198.51.100.9" "after silence"
	step "$ATTACH: resolv.conf is followed"
	with $WORLD6
	sleep 0.5
	expect "$(ask $DNS4 a.test A)" "NOERROR 198.51.100.9" "the new server"
	next_network

	with 203.0.113.1
	start_network "$@" --dns $WORLD4
	step "$ATTACH: --dns comes before resolv.conf"
	expect "$(ask $DNS4 a.test A)" "NOERROR 198.51.100.9" "by --dns"
	next_network
}

start_world
start_resolver
both run
step "passed"
