# unit tests of src/svc
check_PROGRAMS += %D%/test_lease
TESTS += %D%/test_lease
%C%_test_lease_SOURCES = %D%/test_lease.c tests/harness.h
%C%_test_lease_CFLAGS = $(UNIT_CFLAGS)
%C%_test_lease_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_lease_LDADD = src/svc/libul_svc.la src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_hosts_file
TESTS += %D%/test_hosts_file
%C%_test_hosts_file_SOURCES = %D%/test_hosts_file.c tests/harness.h
%C%_test_hosts_file_CFLAGS = $(UNIT_CFLAGS)
%C%_test_hosts_file_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_hosts_file_LDADD = src/sys/libul_sys.la src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_dns_names
TESTS += %D%/test_dns_names
%C%_test_dns_names_SOURCES = %D%/test_dns_names.c tests/harness.h
%C%_test_dns_names_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dns_names_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dns_names_LDADD = src/svc/libul_svc.la src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_resolv
TESTS += %D%/test_resolv
%C%_test_resolv_SOURCES = %D%/test_resolv.c tests/harness.h
%C%_test_resolv_CFLAGS = $(UNIT_CFLAGS)
%C%_test_resolv_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_resolv_LDADD = src/sys/libul_sys.la src/base/libul_base.la $(UNIT_LIBS)

dns_lab = tests/harness.h tests/fake/dns_lab.h \
	tests/fake/fake_dns.c tests/fake/fake_dns.h \
	tests/fake/fake_resolver.c tests/fake/fake_resolver.h
dns_lab_libs = src/svc/libul_svc.la src/sys/libul_sys.la \
	src/wire/libul_wire.la src/loop/libul_loop.la src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_dns_relay
TESTS += %D%/test_dns_relay
%C%_test_dns_relay_SOURCES = %D%/test_dns_relay.c $(dns_lab)
%C%_test_dns_relay_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dns_relay_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dns_relay_LDADD = $(dns_lab_libs)

check_PROGRAMS += %D%/test_dns_policy
TESTS += %D%/test_dns_policy
%C%_test_dns_policy_SOURCES = %D%/test_dns_policy.c $(dns_lab)
%C%_test_dns_policy_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dns_policy_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dns_policy_LDADD = $(dns_lab_libs)

check_PROGRAMS += %D%/test_dns_cache
TESTS += %D%/test_dns_cache
%C%_test_dns_cache_SOURCES = %D%/test_dns_cache.c $(dns_lab)
%C%_test_dns_cache_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dns_cache_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dns_cache_LDADD = $(dns_lab_libs)

check_PROGRAMS += %D%/test_dns_stream
TESTS += %D%/test_dns_stream
%C%_test_dns_stream_SOURCES = %D%/test_dns_stream.c $(dns_lab)
%C%_test_dns_stream_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dns_stream_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dns_stream_LDADD = $(dns_lab_libs)

check_PROGRAMS += %D%/test_dns_upstream
TESTS += %D%/test_dns_upstream
%C%_test_dns_upstream_SOURCES = %D%/test_dns_upstream.c $(dns_lab)
%C%_test_dns_upstream_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dns_upstream_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dns_upstream_LDADD = $(dns_lab_libs)

check_PROGRAMS += %D%/test_dns_addrs
TESTS += %D%/test_dns_addrs
%C%_test_dns_addrs_SOURCES = %D%/test_dns_addrs.c tests/harness.h \
	tests/fake/fake_dns.c tests/fake/fake_dns.h
%C%_test_dns_addrs_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dns_addrs_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dns_addrs_LDADD = src/svc/libul_svc.la src/wire/libul_wire.la \
	src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_dhcp4_srv
TESTS += %D%/test_dhcp4_srv
%C%_test_dhcp4_srv_SOURCES = %D%/test_dhcp4_srv.c tests/harness.h
%C%_test_dhcp4_srv_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dhcp4_srv_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dhcp4_srv_LDADD = src/svc/libul_svc.la src/wire/libul_wire.la \
	src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_dhcp4_probe
TESTS += %D%/test_dhcp4_probe
%C%_test_dhcp4_probe_SOURCES = %D%/test_dhcp4_probe.c tests/harness.h
%C%_test_dhcp4_probe_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dhcp4_probe_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dhcp4_probe_LDADD = src/svc/libul_svc.la src/loop/libul_loop.la \
	src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_lease_file
TESTS += %D%/test_lease_file
%C%_test_lease_file_SOURCES = %D%/test_lease_file.c tests/harness.h
%C%_test_lease_file_CFLAGS = $(UNIT_CFLAGS)
%C%_test_lease_file_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_lease_file_LDADD = src/svc/libul_svc.la src/wire/libul_wire.la \
	src/sys/libul_sys.la src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_tftp_srv
TESTS += %D%/test_tftp_srv
%C%_test_tftp_srv_SOURCES = %D%/test_tftp_srv.c tests/harness.h
%C%_test_tftp_srv_CFLAGS = $(UNIT_CFLAGS)
%C%_test_tftp_srv_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_tftp_srv_LDADD = src/svc/libul_svc.la src/wire/libul_wire.la \
	src/sys/libul_sys.la src/loop/libul_loop.la src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_dhcp4_boot
TESTS += %D%/test_dhcp4_boot
%C%_test_dhcp4_boot_SOURCES = %D%/test_dhcp4_boot.c tests/harness.h
%C%_test_dhcp4_boot_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dhcp4_boot_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dhcp4_boot_LDADD = src/svc/libul_svc.la src/wire/libul_wire.la \
	src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_ra_srv
TESTS += %D%/test_ra_srv
%C%_test_ra_srv_SOURCES = %D%/test_ra_srv.c tests/harness.h
%C%_test_ra_srv_CFLAGS = $(UNIT_CFLAGS)
%C%_test_ra_srv_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ra_srv_LDADD = src/svc/libul_svc.la src/wire/libul_wire.la \
	src/loop/libul_loop.la src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_dhcp6_srv
TESTS += %D%/test_dhcp6_srv
%C%_test_dhcp6_srv_SOURCES = %D%/test_dhcp6_srv.c tests/harness.h
%C%_test_dhcp6_srv_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dhcp6_srv_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dhcp6_srv_LDADD = src/svc/libul_svc.la src/wire/libul_wire.la \
	src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_dns_zone
TESTS += %D%/test_dns_zone
%C%_test_dns_zone_SOURCES = %D%/test_dns_zone.c tests/harness.h
%C%_test_dns_zone_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dns_zone_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dns_zone_LDADD = src/svc/libul_svc.la src/wire/libul_wire.la \
	src/base/libul_base.la $(UNIT_LIBS)
