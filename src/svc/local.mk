noinst_LTLIBRARIES += %D%/libul_svc.la
%C%_libul_svc_la_SOURCES = \
	%D%/dhcp4_probe.c %D%/dhcp4_probe.h \
	%D%/dhcp4_srv.c %D%/dhcp4_srv.h \
	%D%/dhcp6_srv.c %D%/dhcp6_srv.h \
	%D%/dns_addrs.c %D%/dns_addrs.h \
	%D%/dns_relay.c %D%/dns_relay.h \
	%D%/dns_zone.c %D%/dns_zone.h \
	%D%/lease.c %D%/lease.h \
	%D%/lease6.c %D%/lease6.h \
	%D%/lease_file.c %D%/lease_file.h \
	%D%/ra_srv.c %D%/ra_srv.h
