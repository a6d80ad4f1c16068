noinst_LTLIBRARIES += %D%/libul_link.la
%C%_libul_link_la_SOURCES = \
	%D%/accept.c %D%/accept.h \
	%D%/dgram.c %D%/dgram.h \
	%D%/dgram_io.c %D%/dgram_io.h \
	%D%/dgram_listener.c \
	%D%/listener.h \
	%D%/addr_book.c %D%/addr_book.h \
	%D%/callport.c %D%/callport.h \
	%D%/capture.c %D%/capture.h \
	%D%/compact.c %D%/compact.h \
	%D%/dirty_log.h \
	%D%/gso.c %D%/gso.h \
	%D%/guard.c %D%/guard.h \
	%D%/hub.c %D%/hub.h \
	%D%/hub_dispute.c %D%/hub_guard.c %D%/hub_impair.c \
	%D%/hub_path.c %D%/hub_priv.h \
	%D%/guest_mem.c %D%/guest_mem.h \
	%D%/guest_rx.c %D%/guest_rx.h \
	%D%/impair.c %D%/impair.h \
	%D%/inflight.c %D%/inflight.h \
	%D%/lease_map.c %D%/lease_map.h \
	%D%/listener.h \
	%D%/mac_table.c %D%/mac_table.h \
	%D%/macshare.c %D%/macshare.h \
	%D%/neigh.c %D%/neigh.h \
	%D%/pcap.c %D%/pcap.h \
	%D%/pending.c %D%/pending.h \
	%D%/port.c %D%/port.h \
	%D%/port.h \
	%D%/quiet.h \
	%D%/record_file.c %D%/record_file.h \
	%D%/stream.c %D%/stream.h \
	%D%/tap.c %D%/tap.h \
	%D%/trunk.c %D%/trunk.h \
	%D%/txq.c %D%/txq.h \
	%D%/uplink_tap.c %D%/uplink_tap.h \
	%D%/vhost.c %D%/vhost.h \
	%D%/vhost_net.c %D%/vhost_net.h \
	%D%/vhost_sock.c %D%/vhost_sock.h \
	%D%/vnet_frame.c %D%/vnet_frame.h \
	%D%/vring.c %D%/vring.h \
	%D%/vring_packed.c %D%/vring_priv.h %D%/vring_split.c \
	%D%/vxlan.c %D%/vxlan.h \
	%D%/vxlan_sock.c %D%/vxlan_sock.h
