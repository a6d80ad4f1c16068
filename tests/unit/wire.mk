# unit tests of src/wire
wire_test_libs = src/wire/libul_wire.la src/base/libul_base.la $(UNIT_LIBS)
wire_test_common = tests/harness.h %D%/poison.h

check_PROGRAMS += %D%/test_eth
TESTS += %D%/test_eth
%C%_test_eth_SOURCES = %D%/test_eth.c $(wire_test_common)
%C%_test_eth_CFLAGS = $(UNIT_CFLAGS)
%C%_test_eth_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_eth_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_pcapng
TESTS += %D%/test_pcapng
%C%_test_pcapng_SOURCES = %D%/test_pcapng.c $(wire_test_common)
%C%_test_pcapng_CFLAGS = $(UNIT_CFLAGS)
%C%_test_pcapng_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_pcapng_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_arp
TESTS += %D%/test_arp
%C%_test_arp_SOURCES = %D%/test_arp.c $(wire_test_common)
%C%_test_arp_CFLAGS = $(UNIT_CFLAGS)
%C%_test_arp_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_arp_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_ip4
TESTS += %D%/test_ip4
%C%_test_ip4_SOURCES = %D%/test_ip4.c $(wire_test_common)
%C%_test_ip4_CFLAGS = $(UNIT_CFLAGS)
%C%_test_ip4_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ip4_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_ip6
TESTS += %D%/test_ip6
%C%_test_ip6_SOURCES = %D%/test_ip6.c $(wire_test_common)
%C%_test_ip6_CFLAGS = $(UNIT_CFLAGS)
%C%_test_ip6_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ip6_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_icmp
TESTS += %D%/test_icmp
%C%_test_icmp_SOURCES = %D%/test_icmp.c $(wire_test_common)
%C%_test_icmp_CFLAGS = $(UNIT_CFLAGS)
%C%_test_icmp_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_icmp_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_nd
TESTS += %D%/test_nd
%C%_test_nd_SOURCES = %D%/test_nd.c $(wire_test_common)
%C%_test_nd_CFLAGS = $(UNIT_CFLAGS)
%C%_test_nd_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_nd_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_udp
TESTS += %D%/test_udp
%C%_test_udp_SOURCES = %D%/test_udp.c $(wire_test_common)
%C%_test_udp_CFLAGS = $(UNIT_CFLAGS)
%C%_test_udp_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_udp_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_tcp
TESTS += %D%/test_tcp
%C%_test_tcp_SOURCES = %D%/test_tcp.c $(wire_test_common)
%C%_test_tcp_CFLAGS = $(UNIT_CFLAGS)
%C%_test_tcp_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_tcp_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_qframe
TESTS += %D%/test_qframe
%C%_test_qframe_SOURCES = %D%/test_qframe.c $(wire_test_common)
%C%_test_qframe_CFLAGS = $(UNIT_CFLAGS)
%C%_test_qframe_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_qframe_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_dhcp4
TESTS += %D%/test_dhcp4
%C%_test_dhcp4_SOURCES = %D%/test_dhcp4.c $(wire_test_common)
%C%_test_dhcp4_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dhcp4_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dhcp4_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_dns
TESTS += %D%/test_dns
%C%_test_dns_SOURCES = %D%/test_dns.c $(wire_test_common)
%C%_test_dns_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dns_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dns_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_dns_rr
TESTS += %D%/test_dns_rr
%C%_test_dns_rr_SOURCES = %D%/test_dns_rr.c $(wire_test_common) \
	tests/fake/fake_dns.c tests/fake/fake_dns.h
%C%_test_dns_rr_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dns_rr_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dns_rr_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_sums
TESTS += %D%/test_sums
%C%_test_sums_SOURCES = %D%/test_sums.c $(wire_test_common)
%C%_test_sums_CFLAGS = $(UNIT_CFLAGS)
%C%_test_sums_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_sums_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_vhost_msg
TESTS += %D%/test_vhost_msg
%C%_test_vhost_msg_SOURCES = %D%/test_vhost_msg.c $(wire_test_common)
%C%_test_vhost_msg_CFLAGS = $(UNIT_CFLAGS)
%C%_test_vhost_msg_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_vhost_msg_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_vxlan
TESTS += %D%/test_vxlan
%C%_test_vxlan_SOURCES = %D%/test_vxlan.c $(wire_test_common)
%C%_test_vxlan_CFLAGS = $(UNIT_CFLAGS)
%C%_test_vxlan_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_vxlan_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_vnet
TESTS += %D%/test_vnet
%C%_test_vnet_SOURCES = %D%/test_vnet.c $(wire_test_common)
%C%_test_vnet_CFLAGS = $(UNIT_CFLAGS)
%C%_test_vnet_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_vnet_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_ra
TESTS += %D%/test_ra
%C%_test_ra_SOURCES = %D%/test_ra.c $(wire_test_common)
%C%_test_ra_CFLAGS = $(UNIT_CFLAGS)
%C%_test_ra_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ra_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_dhcp6
TESTS += %D%/test_dhcp6
%C%_test_dhcp6_SOURCES = %D%/test_dhcp6.c $(wire_test_common)
%C%_test_dhcp6_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dhcp6_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dhcp6_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_socks5
TESTS += %D%/test_socks5
%C%_test_socks5_SOURCES = %D%/test_socks5.c $(wire_test_common)
%C%_test_socks5_CFLAGS = $(UNIT_CFLAGS)
%C%_test_socks5_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_socks5_LDADD = $(wire_test_libs)

check_PROGRAMS += %D%/test_tftp
TESTS += %D%/test_tftp
%C%_test_tftp_SOURCES = %D%/test_tftp.c tests/harness.h
%C%_test_tftp_CFLAGS = $(UNIT_CFLAGS)
%C%_test_tftp_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_tftp_LDADD = src/wire/libul_wire.la src/base/libul_base.la $(UNIT_LIBS)
