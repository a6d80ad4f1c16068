# tests/fuzz: one target per parser, and fuzz_frames. With --enable-fuzz they are fuzzers
# (noinst_PROGRAMS: run one as tests/fuzz/fuzz_NAME CORPUS_DIRECTORY); without
# it they link replay.c and replay tests/fuzz/corpus-NAME under make check.
# A new target needs its name in both lists below, a stanza and a corpus.
if LIBSLIRP
fuzz_library = %D%/fuzz_slirp_input
else
fuzz_library =
endif
fuzz_programs = $(fuzz_library) \
	%D%/fuzz_arp \
	%D%/fuzz_boot_spec \
	%D%/fuzz_conf \
	%D%/fuzz_ctl \
	%D%/fuzz_dhcp4 \
	%D%/fuzz_dhcp4_srv \
	%D%/fuzz_dhcp6 \
	%D%/fuzz_dhcp6_srv \
	%D%/fuzz_dns \
	%D%/fuzz_dns_answer \
	%D%/fuzz_dns_spec \
	%D%/fuzz_dns_stream \
	%D%/fuzz_dns_zone \
	%D%/fuzz_eth \
	%D%/fuzz_frames \
	%D%/fuzz_gso \
	%D%/fuzz_vhost \
	%D%/fuzz_vhost_msg \
	%D%/fuzz_vnet \
	%D%/fuzz_vring \
	%D%/fuzz_guard \
	%D%/fuzz_guestfwd_spec \
	%D%/fuzz_host_spec \
	%D%/fuzz_lease_file \
	%D%/fuzz_icmp \
	%D%/fuzz_ip4 \
	%D%/fuzz_ip6 \
	%D%/fuzz_macshare \
	%D%/fuzz_nd \
	%D%/fuzz_network \
	%D%/fuzz_qframe \
	%D%/fuzz_ra \
	%D%/fuzz_hosts_file \
	%D%/fuzz_resolv \
	%D%/fuzz_rule_spec \
	%D%/fuzz_socks5 \
	%D%/fuzz_slirp_ncsi \
	%D%/fuzz_slirp_state \
	%D%/fuzz_stream \
	%D%/fuzz_sums \
	%D%/fuzz_tcp \
	%D%/fuzz_forward_spec \
	%D%/fuzz_tftp \
	%D%/fuzz_tftp_srv \
	%D%/fuzz_udp \
	%D%/fuzz_uplink_spec \
	%D%/fuzz_vxlan_port \
	%D%/fuzz_vxlan
EXTRA_DIST += %D%/packets.py %D%/seeds.py %D%/seeds_ctl.py \
	%D%/seeds_macshare.py %D%/seeds_frames.py \
	%D%/seeds_network.py %D%/seeds_others.py %D%/seeds_vhost.py \
	%D%/corpus-arp \
	%D%/corpus-boot_spec \
	%D%/corpus-conf \
	%D%/corpus-ctl \
	%D%/corpus-dhcp4 \
	%D%/corpus-dhcp4_srv \
	%D%/corpus-dhcp6 \
	%D%/corpus-dhcp6_srv \
	%D%/corpus-dns \
	%D%/corpus-dns_answer \
	%D%/corpus-dns_spec \
	%D%/corpus-dns_stream \
	%D%/corpus-dns_zone \
	%D%/corpus-eth \
	%D%/corpus-frames \
	%D%/corpus-gso \
	%D%/corpus-vhost \
	%D%/corpus-vhost_msg \
	%D%/corpus-vnet \
	%D%/corpus-vring \
	%D%/corpus-guard \
	%D%/corpus-guestfwd_spec \
	%D%/corpus-host_spec \
	%D%/corpus-lease_file \
	%D%/corpus-icmp \
	%D%/corpus-ip4 \
	%D%/corpus-ip6 \
	%D%/corpus-macshare \
	%D%/corpus-nd \
	%D%/corpus-network \
	%D%/corpus-qframe \
	%D%/corpus-ra \
	%D%/corpus-hosts_file \
	%D%/corpus-resolv \
	%D%/corpus-rule_spec \
	%D%/corpus-socks5 \
	%D%/corpus-slirp_input \
	%D%/corpus-slirp_ncsi \
	%D%/corpus-slirp_state \
	%D%/corpus-stream \
	%D%/corpus-sums \
	%D%/corpus-tcp \
	%D%/corpus-tftp \
	%D%/corpus-tftp_srv \
	%D%/corpus-udp \
	%D%/corpus-forward_spec \
	%D%/corpus-uplink_spec \
	%D%/corpus-vxlan_port \
	%D%/corpus-vxlan

if FUZZ
fuzz_main =
noinst_PROGRAMS += $(fuzz_programs)
else
fuzz_main = %D%/replay.c
check_PROGRAMS += $(fuzz_programs)
TESTS += $(fuzz_programs)
endif

fuzz_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
fuzz_cflags = $(AM_CFLAGS) $(FUZZ_CFLAGS)
fuzz_ldflags = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
fuzz_wire_libs = src/wire/libul_wire.la src/base/libul_base.la $(GLIB_LIBS)

%C%_fuzz_arp_SOURCES = %D%/fuzz_arp.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_arp_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_arp_CFLAGS = $(fuzz_cflags)
%C%_fuzz_arp_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_arp_LDADD = $(fuzz_wire_libs)

%C%_fuzz_ctl_SOURCES = %D%/fuzz_ctl.c %D%/fuzz.h $(fuzz_main) \
	tests/fake/fake_forward.c \
	tests/fake/fake_network.c tests/fake/fake_network.h
%C%_fuzz_ctl_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_ctl_CFLAGS = $(fuzz_cflags) $(JANSSON_CFLAGS)
%C%_fuzz_ctl_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_ctl_LDADD = src/ctl/libul_ctl.la src/conf/libul_conf.la \
	src/loop/libul_loop.la $(fuzz_wire_libs) $(JANSSON_LIBS)

%C%_fuzz_dhcp4_SOURCES = %D%/fuzz_dhcp4.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_dhcp4_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_dhcp4_CFLAGS = $(fuzz_cflags)
%C%_fuzz_dhcp4_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_dhcp4_LDADD = $(fuzz_wire_libs)

%C%_fuzz_dns_SOURCES = %D%/fuzz_dns.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_dns_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_dns_CFLAGS = $(fuzz_cflags)
%C%_fuzz_dns_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_dns_LDADD = $(fuzz_wire_libs)

%C%_fuzz_eth_SOURCES = %D%/fuzz_eth.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_eth_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_eth_CFLAGS = $(fuzz_cflags)
%C%_fuzz_eth_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_eth_LDADD = $(fuzz_wire_libs)

%C%_fuzz_icmp_SOURCES = %D%/fuzz_icmp.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_icmp_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_icmp_CFLAGS = $(fuzz_cflags)
%C%_fuzz_icmp_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_icmp_LDADD = $(fuzz_wire_libs)

%C%_fuzz_ip4_SOURCES = %D%/fuzz_ip4.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_ip4_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_ip4_CFLAGS = $(fuzz_cflags)
%C%_fuzz_ip4_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_ip4_LDADD = $(fuzz_wire_libs)

%C%_fuzz_ip6_SOURCES = %D%/fuzz_ip6.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_ip6_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_ip6_CFLAGS = $(fuzz_cflags)
%C%_fuzz_ip6_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_ip6_LDADD = $(fuzz_wire_libs)

%C%_fuzz_nd_SOURCES = %D%/fuzz_nd.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_nd_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_nd_CFLAGS = $(fuzz_cflags)
%C%_fuzz_nd_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_nd_LDADD = $(fuzz_wire_libs)

%C%_fuzz_dhcp6_SOURCES = %D%/fuzz_dhcp6.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_dhcp6_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_dhcp6_CFLAGS = $(fuzz_cflags)
%C%_fuzz_dhcp6_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_dhcp6_LDADD = $(fuzz_wire_libs)

%C%_fuzz_ra_SOURCES = %D%/fuzz_ra.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_ra_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_ra_CFLAGS = $(fuzz_cflags)
%C%_fuzz_ra_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_ra_LDADD = $(fuzz_wire_libs)

%C%_fuzz_socks5_SOURCES = %D%/fuzz_socks5.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_socks5_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_socks5_CFLAGS = $(fuzz_cflags)
%C%_fuzz_socks5_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_socks5_LDADD = $(fuzz_wire_libs)

%C%_fuzz_qframe_SOURCES = %D%/fuzz_qframe.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_qframe_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_qframe_CFLAGS = $(fuzz_cflags)
%C%_fuzz_qframe_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_qframe_LDADD = $(fuzz_wire_libs)

%C%_fuzz_tcp_SOURCES = %D%/fuzz_tcp.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_tcp_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_tcp_CFLAGS = $(fuzz_cflags)
%C%_fuzz_tcp_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_tcp_LDADD = $(fuzz_wire_libs)

%C%_fuzz_tftp_srv_SOURCES = %D%/fuzz_tftp_srv.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_tftp_srv_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_tftp_srv_CFLAGS = $(fuzz_cflags)
%C%_fuzz_tftp_srv_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_tftp_srv_LDADD = src/svc/libul_svc.la src/sys/libul_sys.la \
	src/loop/libul_loop.la $(fuzz_wire_libs)

%C%_fuzz_tftp_SOURCES = %D%/fuzz_tftp.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_tftp_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_tftp_CFLAGS = $(fuzz_cflags)
%C%_fuzz_tftp_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_tftp_LDADD = $(fuzz_wire_libs)

%C%_fuzz_udp_SOURCES = %D%/fuzz_udp.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_udp_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_udp_CFLAGS = $(fuzz_cflags)
%C%_fuzz_udp_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_udp_LDADD = $(fuzz_wire_libs)

# The whole stack: a router, its port and all below, on a host that is not.
%C%_fuzz_frames_SOURCES = %D%/fuzz_frames.c %D%/fuzz.h $(fuzz_main) \
	%D%/fake_calls.c \
	%D%/fake_host.c %D%/fake_host.h \
	%D%/guest.c %D%/guest.h \
	%D%/guest_check.c %D%/guest_priv.h
%C%_fuzz_frames_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_frames_CFLAGS = $(fuzz_cflags)
%C%_fuzz_frames_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_frames_LDADD = src/net/libul_net.la src/svc/libul_svc.la \
	src/flow/libul_flow.la src/link/libul_link.la \
	src/stack/libul_stack.la lwip-port/liblwip.la \
	src/conf/libul_conf.la src/sys/libul_sys.la src/loop/libul_loop.la \
	$(fuzz_wire_libs)

# The same of a whole network: hub, guests' ports, router.
%C%_fuzz_network_SOURCES = %D%/fuzz_network.c %D%/fuzz.h $(fuzz_main) \
	%D%/fake_calls.c %D%/fake_host.c %D%/fake_host.h
%C%_fuzz_network_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_network_CFLAGS = $(fuzz_cflags)
%C%_fuzz_network_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_network_LDADD = $(%C%_fuzz_frames_LDADD)

%C%_fuzz_dhcp4_srv_SOURCES = %D%/fuzz_dhcp4_srv.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_dhcp4_srv_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_dhcp4_srv_CFLAGS = $(fuzz_cflags)
%C%_fuzz_dhcp4_srv_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_dhcp4_srv_LDADD = src/svc/libul_svc.la $(fuzz_wire_libs)

%C%_fuzz_dhcp6_srv_SOURCES = %D%/fuzz_dhcp6_srv.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_dhcp6_srv_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_dhcp6_srv_CFLAGS = $(fuzz_cflags)
%C%_fuzz_dhcp6_srv_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_dhcp6_srv_LDADD = src/svc/libul_svc.la $(fuzz_wire_libs)

%C%_fuzz_dns_answer_SOURCES = %D%/fuzz_dns_answer.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_dns_answer_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_dns_answer_CFLAGS = $(fuzz_cflags)
%C%_fuzz_dns_answer_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_dns_answer_LDADD = src/svc/libul_svc.la $(fuzz_wire_libs)

%C%_fuzz_dns_spec_SOURCES = %D%/fuzz_dns_spec.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_dns_spec_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_dns_spec_CFLAGS = $(fuzz_cflags)
%C%_fuzz_dns_spec_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_dns_spec_LDADD = src/conf/libul_conf.la $(fuzz_wire_libs)

%C%_fuzz_dns_stream_SOURCES = %D%/fuzz_dns_stream.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_dns_stream_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_dns_stream_CFLAGS = $(fuzz_cflags)
%C%_fuzz_dns_stream_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_dns_stream_LDADD = src/svc/libul_svc.la src/sys/libul_sys.la \
	src/wire/libul_wire.la src/loop/libul_loop.la src/base/libul_base.la \
	$(GLIB_LIBS)

%C%_fuzz_dns_zone_SOURCES = %D%/fuzz_dns_zone.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_dns_zone_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_dns_zone_CFLAGS = $(fuzz_cflags)
%C%_fuzz_dns_zone_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_dns_zone_LDADD = src/svc/libul_svc.la $(fuzz_wire_libs)

%C%_fuzz_hosts_file_SOURCES = %D%/fuzz_hosts_file.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_hosts_file_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_hosts_file_CFLAGS = $(fuzz_cflags)
%C%_fuzz_hosts_file_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_hosts_file_LDADD = src/sys/libul_sys.la $(fuzz_wire_libs)

%C%_fuzz_resolv_SOURCES = %D%/fuzz_resolv.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_resolv_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_resolv_CFLAGS = $(fuzz_cflags)
%C%_fuzz_resolv_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_resolv_LDADD = src/sys/libul_sys.la $(fuzz_wire_libs)

%C%_fuzz_rule_spec_SOURCES = %D%/fuzz_rule_spec.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_rule_spec_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_rule_spec_CFLAGS = $(fuzz_cflags)
%C%_fuzz_rule_spec_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_rule_spec_LDADD = src/conf/libul_conf.la $(fuzz_wire_libs)

%C%_fuzz_forward_spec_SOURCES = %D%/fuzz_forward_spec.c %D%/fuzz.h \
	$(fuzz_main)
%C%_fuzz_forward_spec_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_forward_spec_CFLAGS = $(fuzz_cflags)
%C%_fuzz_forward_spec_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_forward_spec_LDADD = src/conf/libul_conf.la $(fuzz_wire_libs)

%C%_fuzz_uplink_spec_SOURCES = %D%/fuzz_uplink_spec.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_uplink_spec_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_uplink_spec_CFLAGS = $(fuzz_cflags)
%C%_fuzz_uplink_spec_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_uplink_spec_LDADD = src/conf/libul_conf.la $(fuzz_wire_libs)

%C%_fuzz_guestfwd_spec_SOURCES = %D%/fuzz_guestfwd_spec.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_guestfwd_spec_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_guestfwd_spec_CFLAGS = $(fuzz_cflags)
%C%_fuzz_guestfwd_spec_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_guestfwd_spec_LDADD = src/conf/libul_conf.la $(fuzz_wire_libs)

%C%_fuzz_boot_spec_SOURCES = %D%/fuzz_boot_spec.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_boot_spec_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_boot_spec_CFLAGS = $(fuzz_cflags)
%C%_fuzz_boot_spec_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_boot_spec_LDADD = src/conf/libul_conf.la $(fuzz_wire_libs)

%C%_fuzz_host_spec_SOURCES = %D%/fuzz_host_spec.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_host_spec_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_host_spec_CFLAGS = $(fuzz_cflags)
%C%_fuzz_host_spec_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_host_spec_LDADD = src/conf/libul_conf.la $(fuzz_wire_libs)

%C%_fuzz_lease_file_SOURCES = %D%/fuzz_lease_file.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_lease_file_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_lease_file_CFLAGS = $(fuzz_cflags)
%C%_fuzz_lease_file_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_lease_file_LDADD = src/svc/libul_svc.la $(fuzz_wire_libs)

%C%_fuzz_sums_SOURCES = %D%/fuzz_sums.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_sums_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_sums_CFLAGS = $(fuzz_cflags)
%C%_fuzz_sums_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_sums_LDADD = $(fuzz_wire_libs)

%C%_fuzz_vxlan_SOURCES = %D%/fuzz_vxlan.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_vxlan_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_vxlan_CFLAGS = $(fuzz_cflags)
%C%_fuzz_vxlan_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_vxlan_LDADD = $(fuzz_wire_libs)

%C%_fuzz_gso_SOURCES = %D%/fuzz_gso.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_gso_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_gso_CFLAGS = $(fuzz_cflags)
%C%_fuzz_gso_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_gso_LDADD = src/link/libul_link.la src/sys/libul_sys.la \
	src/loop/libul_loop.la \
	$(fuzz_wire_libs)

%C%_fuzz_vhost_msg_SOURCES = %D%/fuzz_vhost_msg.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_vhost_msg_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_vhost_msg_CFLAGS = $(fuzz_cflags)
%C%_fuzz_vhost_msg_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_vhost_msg_LDADD = $(fuzz_wire_libs)

%C%_fuzz_vring_SOURCES = %D%/fuzz_vring.c %D%/fuzz.h $(fuzz_main) \
	tests/fake/fake_driver.c tests/fake/fake_driver.h
%C%_fuzz_vring_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_vring_CFLAGS = $(fuzz_cflags)
%C%_fuzz_vring_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_vring_LDADD = src/link/libul_link.la src/sys/libul_sys.la \
	src/loop/libul_loop.la $(fuzz_wire_libs)

%C%_fuzz_vhost_SOURCES = %D%/fuzz_vhost.c %D%/fuzz.h $(fuzz_main) \
	tests/fake/fake_driver.c tests/fake/fake_driver.h \
	tests/fake/fake_machine.c tests/fake/fake_machine.h
%C%_fuzz_vhost_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_vhost_CFLAGS = $(fuzz_cflags)
%C%_fuzz_vhost_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_vhost_LDADD = src/link/libul_link.la src/sys/libul_sys.la \
	src/loop/libul_loop.la $(fuzz_wire_libs)

%C%_fuzz_vnet_SOURCES = %D%/fuzz_vnet.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_vnet_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_vnet_CFLAGS = $(fuzz_cflags)
%C%_fuzz_vnet_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_vnet_LDADD = $(fuzz_wire_libs)

%C%_fuzz_vxlan_port_SOURCES = %D%/fuzz_vxlan_port.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_vxlan_port_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_vxlan_port_CFLAGS = $(fuzz_cflags)
%C%_fuzz_vxlan_port_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_vxlan_port_LDADD = src/link/libul_link.la src/sys/libul_sys.la \
	src/loop/libul_loop.la $(fuzz_wire_libs)
%C%_fuzz_macshare_SOURCES = %D%/fuzz_macshare.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_macshare_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_macshare_CFLAGS = $(fuzz_cflags)
%C%_fuzz_macshare_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_macshare_LDADD = src/link/libul_link.la src/loop/libul_loop.la \
	$(fuzz_wire_libs)

%C%_fuzz_stream_SOURCES = %D%/fuzz_stream.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_stream_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_stream_CFLAGS = $(fuzz_cflags)
%C%_fuzz_stream_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_stream_LDADD = src/link/libul_link.la src/loop/libul_loop.la \
	src/sys/libul_sys.la $(fuzz_wire_libs)
%C%_fuzz_guard_SOURCES = %D%/fuzz_guard.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_guard_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_guard_CFLAGS = $(fuzz_cflags)
%C%_fuzz_guard_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_guard_LDADD = src/link/libul_link.la $(fuzz_wire_libs)

%C%_fuzz_conf_SOURCES = %D%/fuzz_conf.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_conf_CPPFLAGS = $(fuzz_cppflags)
%C%_fuzz_conf_CFLAGS = $(fuzz_cflags)
%C%_fuzz_conf_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_conf_LDADD = src/conf/libul_conf.la $(fuzz_wire_libs)

%C%_fuzz_slirp_state_SOURCES = %D%/fuzz_slirp_state.c %D%/fuzz.h $(fuzz_main) \
	qemu-glue/state.c qemu-glue/state.h
%C%_fuzz_slirp_state_CPPFLAGS = $(fuzz_cppflags) -I$(top_srcdir)
%C%_fuzz_slirp_state_CFLAGS = $(fuzz_cflags)
%C%_fuzz_slirp_state_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_slirp_state_LDADD = $(fuzz_wire_libs)

%C%_fuzz_slirp_ncsi_SOURCES = %D%/fuzz_slirp_ncsi.c %D%/fuzz.h $(fuzz_main) \
	qemu-glue/ncsi.c qemu-glue/ncsi.h
%C%_fuzz_slirp_ncsi_CPPFLAGS = $(fuzz_cppflags) -I$(top_srcdir)
%C%_fuzz_slirp_ncsi_CFLAGS = $(fuzz_cflags)
%C%_fuzz_slirp_ncsi_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_slirp_ncsi_LDADD = $(fuzz_wire_libs)

%C%_fuzz_slirp_input_SOURCES = %D%/fuzz_slirp_input.c %D%/fuzz.h $(fuzz_main)
%C%_fuzz_slirp_input_CPPFLAGS = $(fuzz_cppflags) -I$(top_srcdir)/include
%C%_fuzz_slirp_input_CFLAGS = $(fuzz_cflags)
%C%_fuzz_slirp_input_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_slirp_input_LDADD = qemu-glue/libslirp.la
