# Tests in network namespaces; see tests/netns/lib.sh.
check_PROGRAMS += %D%/relay
%C%_relay_SOURCES = %D%/relay.c
%C%_relay_LDADD = $(GLIB_LIBS)

check_PROGRAMS += %D%/peer
%C%_peer_SOURCES = %D%/peer.c %D%/peer.h %D%/peer_data.c %D%/peer_serve.c \
	%D%/peer_tcp.c %D%/peer_udp.c
%C%_peer_LDADD = $(GLIB_LIBS)

# Each needs namespaces of its own and is skipped where there are none.
NETNS_TESTS = \
	%D%/addresses.sh \
	%D%/bulk.sh \
	%D%/capture.sh \
	%D%/churn.sh \
	%D%/connect.sh \
	%D%/dhcp.sh \
	%D%/dns-forward.sh \
	%D%/dns.sh \
	%D%/drip.sh \
	%D%/endings.sh \
	%D%/exhausted.sh \
	%D%/flows.sh \
	%D%/forbidden.sh \
	%D%/forward-live.sh \
	%D%/forwards.sh \
	%D%/fragments.sh \
	%D%/guestfwd.sh \
	%D%/guests64.sh \
	%D%/host-loopback.sh \
	%D%/host-only.sh \
	%D%/idle-ports.sh \
	%D%/ipv6-auto.sh \
	%D%/line.sh \
	%D%/leases.sh \
	%D%/lossy-tap.sh \
	%D%/lossy.sh \
	%D%/many.sh \
	%D%/modes-offline.sh \
	%D%/mtu-mixed.sh \
	%D%/names.sh \
	%D%/neighbours.sh \
	%D%/nested.sh \
	%D%/offline.sh \
	%D%/ping.sh \
	%D%/pmtu.sh \
	%D%/policy.sh \
	%D%/quotas.sh \
	%D%/refused.sh \
	%D%/reload.sh \
	%D%/relink.sh \
	%D%/reset-half-written.sh \
	%D%/short.sh \
	%D%/slow-reader.sh \
	%D%/sockets.sh \
	%D%/stalled.sh \
	%D%/start.sh \
	%D%/strange.sh \
	%D%/traceroute.sh \
	%D%/trunk.sh \
	%D%/udp.sh \
	%D%/uplink.sh \
	%D%/userlan.sh \
	%D%/vxlan.sh \
	%D%/when-listening.sh
TESTS += $(NETNS_TESTS)
EXTRA_DIST += $(NETNS_TESTS) %D%/lan.py %D%/lan.sh %D%/lib.sh %D%/dnsload.py %D%/dnspipe.py \
	%D%/dnsq.py %D%/flows.py %D%/guests.py \
	%D%/flowing.py %D%/hold.py %D%/names.py %D%/qmp.py %D%/ra.py %D%/raw.py %D%/sniff.py %D%/socks.py %D%/uplink.py %D%/whole.py
