# sources of src/wire
noinst_LTLIBRARIES += %D%/libul_wire.la
%C%_libul_wire_la_SOURCES = \
	%D%/arp.c %D%/arp.h \
	%D%/dhcp4.c %D%/dhcp4.h \
	%D%/dhcp6.c %D%/dhcp6.h \
	%D%/dname.c %D%/dname.h \
	%D%/dns.c %D%/dns.h \
	%D%/dns_rr.c %D%/dns_rr.h \
	%D%/eth.c %D%/eth.h \
	%D%/icmp.c %D%/icmp.h \
	%D%/ip4.c %D%/ip4.h \
	%D%/ip6.c %D%/ip6.h \
	%D%/nd.c %D%/nd.h \
	%D%/offload.h \
	%D%/pcapng.c %D%/pcapng.h \
	%D%/pkt.h \
	%D%/qframe.c %D%/qframe.h \
	%D%/ra.c %D%/ra.h \
	%D%/socks5.c %D%/socks5.h \
	%D%/sums.c %D%/sums.h \
	%D%/tcp.c %D%/tcp.h \
	%D%/tftp.c %D%/tftp.h \
	%D%/udp.c %D%/udp.h \
	%D%/vhost_msg.c %D%/vhost_msg.h \
	%D%/vnet.c %D%/vnet.h \
	%D%/vxlan.c %D%/vxlan.h
