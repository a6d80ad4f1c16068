# unit tests of src/link
LINK_LIBS = src/link/libul_link.la src/sys/libul_sys.la \
	src/wire/libul_wire.la src/loop/libul_loop.la src/base/libul_base.la \
	$(UNIT_LIBS)
check_PROGRAMS += %D%/test_dgram
TESTS += %D%/test_dgram
%C%_test_dgram_SOURCES = %D%/test_dgram.c tests/fake/dgram_lab.h \
	tests/harness.h
%C%_test_dgram_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dgram_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dgram_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_listener
TESTS += %D%/test_listener
%C%_test_listener_SOURCES = %D%/test_listener.c tests/harness.h
%C%_test_listener_CFLAGS = $(UNIT_CFLAGS)
%C%_test_listener_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_listener_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_neigh
TESTS += %D%/test_neigh
%C%_test_neigh_SOURCES = %D%/test_neigh.c tests/harness.h
%C%_test_neigh_CFLAGS = $(UNIT_CFLAGS)
%C%_test_neigh_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_neigh_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_capture
TESTS += %D%/test_capture
%C%_test_capture_SOURCES = %D%/test_capture.c tests/harness.h
%C%_test_capture_CFLAGS = $(UNIT_CFLAGS)
%C%_test_capture_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_capture_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_impair
TESTS += %D%/test_impair
%C%_test_impair_SOURCES = %D%/test_impair.c tests/harness.h
%C%_test_impair_CFLAGS = $(UNIT_CFLAGS)
%C%_test_impair_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_impair_LDADD = $(LINK_LIBS) -lm
check_PROGRAMS += %D%/test_hub_impair
TESTS += %D%/test_hub_impair
%C%_test_hub_impair_SOURCES = %D%/test_hub_impair.c tests/harness.h tests/fake/hub_lab.h \
	tests/fake/super_frame.h
%C%_test_hub_impair_CFLAGS = $(UNIT_CFLAGS)
%C%_test_hub_impair_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_hub_impair_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_pcap
TESTS += %D%/test_pcap
%C%_test_pcap_SOURCES = %D%/test_pcap.c tests/harness.h
%C%_test_pcap_CFLAGS = $(UNIT_CFLAGS)
%C%_test_pcap_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_pcap_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_seqpacket
TESTS += %D%/test_seqpacket
%C%_test_seqpacket_SOURCES = %D%/test_seqpacket.c tests/fake/dgram_lab.h \
	tests/harness.h
%C%_test_seqpacket_CFLAGS = $(UNIT_CFLAGS)
%C%_test_seqpacket_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_seqpacket_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_stream
TESTS += %D%/test_stream
%C%_test_stream_SOURCES = %D%/test_stream.c tests/harness.h
%C%_test_stream_CFLAGS = $(UNIT_CFLAGS)
%C%_test_stream_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_stream_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_tap
TESTS += %D%/test_tap
%C%_test_tap_SOURCES = %D%/test_tap.c tests/harness.h
%C%_test_tap_CFLAGS = $(UNIT_CFLAGS)
%C%_test_tap_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_tap_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_txq
TESTS += %D%/test_txq
%C%_test_txq_SOURCES = %D%/test_txq.c tests/harness.h
%C%_test_txq_CFLAGS = $(UNIT_CFLAGS)
%C%_test_txq_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_txq_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_pending
TESTS += %D%/test_pending
%C%_test_pending_SOURCES = %D%/test_pending.c tests/harness.h
%C%_test_pending_CFLAGS = $(UNIT_CFLAGS)
%C%_test_pending_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_pending_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_gso
TESTS += %D%/test_gso
%C%_test_gso_SOURCES = %D%/test_gso.c tests/fake/super_frame.h tests/harness.h
%C%_test_gso_CFLAGS = $(UNIT_CFLAGS)
%C%_test_gso_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_gso_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_hub
TESTS += %D%/test_hub
%C%_test_hub_SOURCES = %D%/test_hub.c tests/harness.h tests/fake/hub_lab.h
%C%_test_hub_CFLAGS = $(UNIT_CFLAGS)
%C%_test_hub_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_hub_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_mac_table
TESTS += %D%/test_mac_table
%C%_test_mac_table_SOURCES = %D%/test_mac_table.c tests/harness.h
%C%_test_mac_table_CFLAGS = $(UNIT_CFLAGS)
%C%_test_mac_table_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_mac_table_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_port
TESTS += %D%/test_port
%C%_test_port_SOURCES = %D%/test_port.c tests/fake/super_frame.h tests/harness.h
%C%_test_port_CFLAGS = $(UNIT_CFLAGS)
%C%_test_port_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_port_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_vxlan_port
TESTS += %D%/test_vxlan_port
%C%_test_vxlan_port_SOURCES = %D%/test_vxlan_port.c tests/harness.h \
	tests/fake/super_frame.h
%C%_test_vxlan_port_CFLAGS = $(UNIT_CFLAGS)
%C%_test_vxlan_port_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_vxlan_port_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_trunk
TESTS += %D%/test_trunk
%C%_test_trunk_SOURCES = %D%/test_trunk.c tests/harness.h
%C%_test_trunk_CFLAGS = $(UNIT_CFLAGS)
%C%_test_trunk_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_trunk_LDADD = src/link/libul_link.la src/wire/libul_wire.la \
	src/sys/libul_sys.la src/loop/libul_loop.la src/base/libul_base.la \
	$(UNIT_LIBS)
check_PROGRAMS += %D%/test_hub_limits
TESTS += %D%/test_hub_limits
%C%_test_hub_limits_SOURCES = %D%/test_hub_limits.c tests/harness.h tests/fake/hub_lab.h
%C%_test_hub_limits_CFLAGS = $(UNIT_CFLAGS)
%C%_test_hub_limits_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_hub_limits_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_hub_queue
TESTS += %D%/test_hub_queue
%C%_test_hub_queue_SOURCES = %D%/test_hub_queue.c tests/harness.h tests/fake/hub_lab.h
%C%_test_hub_queue_CFLAGS = $(UNIT_CFLAGS)
%C%_test_hub_queue_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_hub_queue_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_compact
TESTS += %D%/test_compact
%C%_test_compact_SOURCES = %D%/test_compact.c tests/harness.h
%C%_test_compact_CFLAGS = $(UNIT_CFLAGS)
%C%_test_compact_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_compact_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_guard
TESTS += %D%/test_guard
%C%_test_guard_SOURCES = %D%/test_guard.c tests/harness.h
%C%_test_guard_CFLAGS = $(UNIT_CFLAGS)
%C%_test_guard_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_guard_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_hub_guard
TESTS += %D%/test_hub_guard
%C%_test_hub_guard_SOURCES = %D%/test_hub_guard.c tests/harness.h tests/fake/hub_lab.h
%C%_test_hub_guard_CFLAGS = $(UNIT_CFLAGS)
%C%_test_hub_guard_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_hub_guard_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_gso_kernel
TESTS += %D%/test_gso_kernel
%C%_test_gso_kernel_SOURCES = %D%/test_gso_kernel.c \
	tests/fake/super_frame.h tests/harness.h
%C%_test_gso_kernel_CFLAGS = $(UNIT_CFLAGS)
%C%_test_gso_kernel_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_gso_kernel_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_guest_mem
TESTS += %D%/test_guest_mem
%C%_test_guest_mem_SOURCES = %D%/test_guest_mem.c tests/harness.h \
	tests/fake/fake_driver.c tests/fake/fake_driver.h
%C%_test_guest_mem_CFLAGS = $(UNIT_CFLAGS)
%C%_test_guest_mem_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_guest_mem_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_vring
TESTS += %D%/test_vring
%C%_test_vring_SOURCES = %D%/test_vring.c tests/harness.h \
	tests/fake/fake_driver.c tests/fake/fake_driver.h
%C%_test_vring_CFLAGS = $(UNIT_CFLAGS)
%C%_test_vring_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_vring_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_vhost
TESTS += %D%/test_vhost
%C%_test_vhost_SOURCES = %D%/test_vhost.c tests/harness.h \
	tests/fake/fake_driver.c tests/fake/fake_driver.h \
	tests/fake/fake_machine.c tests/fake/fake_machine.h \
	tests/fake/super_frame.h tests/fake/vhost_lab.h
%C%_test_vhost_CFLAGS = $(UNIT_CFLAGS)
%C%_test_vhost_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_vhost_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_vhost_net
TESTS += %D%/test_vhost_net
%C%_test_vhost_net_SOURCES = %D%/test_vhost_net.c tests/harness.h \
	tests/fake/fake_driver.c tests/fake/fake_driver.h \
	tests/fake/fake_machine.c tests/fake/fake_machine.h \
	tests/fake/super_frame.h tests/fake/vhost_lab.h
%C%_test_vhost_net_CFLAGS = $(UNIT_CFLAGS)
%C%_test_vhost_net_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_vhost_net_LDADD = $(LINK_LIBS)
