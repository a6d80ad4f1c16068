noinst_LTLIBRARIES += %D%/libul_net.la
%C%_libul_net_la_SOURCES = \
	%D%/embed.c %D%/embed.h \
	%D%/embed_forward.c \
	%D%/lease_watch.c %D%/lease_watch.h \
	%D%/net_dial.c %D%/net_dial.h \
	%D%/net_dns.c %D%/net_dns.h \
	%D%/net_capture.c %D%/net_capture.h \
	%D%/net_flows.c %D%/net_flows.h \
	%D%/net_hosts.c %D%/net_hosts.h \
	%D%/net_forward.c %D%/net_forward.h \
	%D%/net_leases.c %D%/net_leases.h \
	%D%/net_info.c %D%/net_info.h \
	%D%/net_policy.c %D%/net_policy.h \
	%D%/net_records.c %D%/net_records.h \
	%D%/net_ports.c %D%/net_ports.h \
	%D%/net_reload.c %D%/net_reload.h \
	%D%/net_stats.c %D%/net_stats.h \
	%D%/network.c %D%/network.h %D%/network_priv.h \
	%D%/router.c %D%/router.h \
	%D%/router_auto6.c \
	%D%/router_claims.c \
	%D%/router_guestfwd.c \
	%D%/router_dad.c \
	%D%/router_forward.c \
	%D%/router_dns.c \
	%D%/router_guests.c %D%/router_local.c \
	%D%/router_dhcp.c \
	%D%/router_hosts.c \
	%D%/router_names.c \
	%D%/router_mac.c \
	%D%/router_policy.c \
	%D%/router_priv.h \
	%D%/router_tftp.c \
	%D%/router_records.c \
	%D%/router_status.c \
	%D%/uplink.c %D%/uplink.h
