noinst_LTLIBRARIES += %D%/libul_svc.la
%C%_libul_svc_la_SOURCES = \
	%D%/dhcp4_srv.c %D%/dhcp4_srv.h \
	%D%/dns_relay.c %D%/dns_relay.h \
	%D%/lease.c %D%/lease.h \
	%D%/ra_srv.c %D%/ra_srv.h
