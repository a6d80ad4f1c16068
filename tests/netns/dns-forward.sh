#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# dns-forward.sh - the forwarder as dig sees it: cache, TCP, domains, loss
#
#   guest: dig --- userland --- 192.0.2.2     dnsmasq, logs each query
#                           \-- 192.0.2.2#5353 dnsmasq, for corp.test
#                           \-- 192.0.2.3     loses a tenth, then 192.0.2.2
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lan.sh"

for program in dnsmasq dig; do
	command -v $program >/dev/null || skip "there is no $program"
done
MANY=2000 LOSSY=1000
LOSSY4=192.0.2.3

start_resolvers() {
	long=$(printf '%0200d' 0)
	resolver -q --listen-address=$WORLD4,$WORLD6 --local-ttl=300 \
		-A /many.test/198.51.100.7 -A /a.test/198.51.100.9 \
		-A /a.test/2001:db8::9 -A /none.test/ \
		--txt-record=txt.test,hello --mx-host=mx.test,a.test,10 \
		--srv-host=_x._tcp.test,a.test,80 --cname=alias.test,n.test \
		--host-record=n.test,198.51.100.8 \
		--naptr-record=naptr.test,1,2,s,sip,,a.test \
		--caa-record=caa.test,0,issue,ca.test \
		--ptr-record=9.100.51.198.in-addr.arpa,a.test \
		--dns-rr=x.test,65,00010000010003026832 \
		--txt-record=long.test,$long,$long,$long,$long,$long,$long,$long
	in_world dnsmasq -d -h -R -q --bind-interfaces -p 5353 -a $WORLD4 \
		-A /corp.test/198.51.100.77 >"$DIR/corp.log" 2>&1 &
	wait_until 5 "the other dnsmasq" grep -q started "$DIR/corp.log"
	in_world ip addr add $LOSSY4/24 dev h0
	: >"$DIR/lossy.log"
	in_world python3 "$HERE/dnsload.py" relay $LOSSY4 $WORLD4 10 \
		>"$DIR/lossy.log" 2>&1 &
	wait_until 5 "the lossy relay" grep -q ready "$DIR/lossy.log"
}

dig_at() {
	server=$1
	shift
	in_guest dig "@$server" +tries=1 +time=8 "$@" 2>&1
}

short() { dig_at "$@" +short | tr '\n' ' '; }

# asked NAME: how often the resolver was asked for it.
asked() { grep -ci "query\[[A-Z0-9]*\] $1 " "$DIR/dnsmasq.log"; }

every_type() {
	step "every type, at $1"
	expect "$(short $1 a.test A)" "198.51.100.9 " A
	expect "$(short $1 a.test AAAA)" "2001:db8::9 " AAAA
	expect "$(short $1 alias.test A)" "n.test. 198.51.100.8 " CNAME
	expect "$(short $1 txt.test TXT)" '"hello" ' TXT
	expect "$(short $1 mx.test MX)" "10 a.test. " MX
	expect "$(short $1 _x._tcp.test SRV)" "* 80 a.test. " SRV
	expect "$(short $1 naptr.test NAPTR)" '1 2 "s" "sip" "" a.test. ' NAPTR
	expect "$(short $1 caa.test CAA)" '0 issue "ca.test" ' CAA
	expect "$(short $1 x.test HTTPS)" '1 . alpn="h2" ' HTTPS
	expect "$(short $1 -x 198.51.100.9)" "a.test. " PTR
	expect "$(dig_at $1 none.test)" "*status: NXDOMAIN*" "no such name"
}

is_cached() {
	step "the second time nobody is asked: by UDP, TCP, with EDNS and not"
	before=$(asked c.many.test)
	for how in +edns +noedns +tcp +bufsize=4096 +nocookie; do
		expect "$(short $DNS4 C.many.test $how)" "198.51.100.7 " "$how"
	done
	expect "$(short $DNS6 c.many.test)" "198.51.100.7 " "by IPv6"
	expect "$(($(asked c.many.test) - before))" 1 "questions"
	sleep 1.1
	expect "$(dig_at $DNS4 c.many.test +noall +answer)" \
		"c.many.test.*29[0-9]*IN*A*" "its TTL, counted down"
	expect "$(dig_at $DNS4 c.many.test +dnssec)" "*flags: do;*" "DNSSEC"
	at_most 2 "$(asked c.many.test)" "questions with DO"
}

is_truncated() {
	step "too long for UDP: TC, and all of it by TCP"
	said=$(dig_at $DNS4 long.test TXT +ignore)
	expect "$said" "*flags: qr*tc*ANSWER: 0*" "by UDP alone"
	expect "$said" "*udp: 1232*" "our size"
	expect "$(dig_at $DNS4 long.test TXT)" "*ANSWER: 1,*rcvd: 14*" "by TCP"
	in_guest python3 "$HERE/dnspipe.py" $DNS4 long.test 16 \
		>"$DIR/pipe.out" || fail "pipelined queries"
	expect "$(cat "$DIR/pipe.out")" "16 answers" "pipelined"
}

edns() {
	step "EDNS: a version that nobody knows, an option, a flag"
	expect "$(dig_at $DNS4 a.test +edns=1 +noednsnegotiation)" \
		"*status: BADVERS*" "version 1"
	expect "$(dig_at $DNS4 a.test +nsid)" "*198.51.100.9*" "an option"
	expect "$(dig_at $DNS4 a.test AXFR)" "*ransfer failed*" AXFR
	expect "$(dig_at $DNS4 a.test ANY)" "*status: NOERROR*" ANY
	expect "$(dig_at $DNS4 +norecurse a.test)" "*198.51.100.9*" "no RD"
}

many() {
	step "$MANY questions"
	before=$(grep -c 'query\[' "$DIR/dnsmasq.log")
	said=$(in_guest python3 "$HERE/dnsload.py" ask $DNS4 $MANY 500 \
		198.51.100.7 64)
	expect "$said" "right=$MANY *" "what came"
	asked=$(($(grep -c 'query\[' "$DIR/dnsmasq.log") - before))
	expect "$asked" 500 "questions to the resolver"
}

many_lossy() {
	step "$LOSSY names, a tenth of the datagrams is lost"
	said=$(in_guest python3 "$HERE/dnsload.py" ask $DNS4 $LOSSY $LOSSY \
		198.51.100.7 64)
	expect "$said" "right=$LOSSY *" "what came"
}

# Guest 1 asks for what nobody answers, as fast as it can; guest 2 must not
# notice: without its part a question of it would wait for seconds.
flooded() {
	start_lan --mode nat-network --socket "$DIR/lan.sock" \
		--dns-for dead.test=203.0.113.1 --dns-cache 0
	for number in 1 2; do
		join $number "$DIR/lan.sock"
		plugged $number
		at $number ip addr add 10.0.2.2$number/24 dev tap0
	done
	step "one guest floods the server, another asks"
	at 1 python3 "$HERE/dnsload.py" flood $DNS4 4 >"$DIR/flood.log" &
	sleep 0.5
	said=$(at 2 python3 "$HERE/dnsload.py" ask $DNS4 300 300 198.51.100.7 4)
	expect "$said" "right=300 *" "what came in the flood"
	at_most "${said##* }" 600 "ms, the 99th percentile in the flood"
	[ ! -s "$DIR/flood.log" ] || fail "the flood was over before"
}

run() {
	printf 'nameserver %s\n' $WORLD4 >"$DIR/resolv.conf"
	start_network stream --dns-for corp.test=$WORLD4#5353 --dns-deny evil.test
	every_type $DNS4
	every_type $DNS6
	is_cached
	is_truncated
	edns
	many
	step "a domain of its own, and one that is denied"
	expect "$(short $DNS4 www.corp.test)" "198.51.100.77 " "corp.test"
	expect "$(asked www.corp.test)" 0 "questions elsewhere"
	said=$(dig_at $DNS4 www.evil.test +tcp)
	expect "$said" "*status: REFUSED*" "a denied name"
	expect "$said" "*EDE: 15 (Blocked)*" "and why"
	expect "$(asked www.evil.test)" 0 "questions about it"
	next_network

	printf 'nameserver %s\n' $LOSSY4 >"$DIR/resolv.conf"
	start_network stream --dns-cache 0
	many_lossy
	next_network

	printf 'nameserver %s\n' $WORLD4 >"$DIR/resolv.conf"
	flooded
}

start_world
start_resolvers
run
step "passed"
