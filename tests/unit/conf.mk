# unit tests of src/conf and of the daemon's host side (src/sys, src/daemon)
conf_test_libs = src/conf/libul_conf.la src/wire/libul_wire.la \
	src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_conf
TESTS += %D%/test_conf
%C%_test_conf_SOURCES = %D%/test_conf.c tests/harness.h
%C%_test_conf_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conf_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conf_LDADD = $(conf_test_libs)

check_PROGRAMS += %D%/test_nearest
TESTS += %D%/test_nearest
%C%_test_nearest_SOURCES = %D%/test_nearest.c tests/harness.h
%C%_test_nearest_CFLAGS = $(UNIT_CFLAGS)
%C%_test_nearest_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_nearest_LDADD = $(conf_test_libs)

check_PROGRAMS += %D%/test_forward_spec
TESTS += %D%/test_forward_spec
%C%_test_forward_spec_SOURCES = %D%/test_forward_spec.c tests/harness.h
%C%_test_forward_spec_CFLAGS = $(UNIT_CFLAGS)
%C%_test_forward_spec_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_forward_spec_LDADD = $(conf_test_libs)

check_PROGRAMS += %D%/test_boot_spec
TESTS += %D%/test_boot_spec
%C%_test_boot_spec_SOURCES = %D%/test_boot_spec.c tests/harness.h
%C%_test_boot_spec_CFLAGS = $(UNIT_CFLAGS)
%C%_test_boot_spec_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_boot_spec_LDADD = $(conf_test_libs)

check_PROGRAMS += %D%/test_host_spec
TESTS += %D%/test_host_spec
%C%_test_host_spec_SOURCES = %D%/test_host_spec.c tests/harness.h \
	tests/fake/spec_row.h
%C%_test_host_spec_CFLAGS = $(UNIT_CFLAGS)
%C%_test_host_spec_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_host_spec_LDADD = $(conf_test_libs)

check_PROGRAMS += %D%/test_uplink_spec
TESTS += %D%/test_uplink_spec
%C%_test_uplink_spec_SOURCES = %D%/test_uplink_spec.c tests/harness.h
%C%_test_uplink_spec_CFLAGS = $(UNIT_CFLAGS)
%C%_test_uplink_spec_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_uplink_spec_LDADD = $(conf_test_libs)

check_PROGRAMS += %D%/test_conf_option
TESTS += %D%/test_conf_option
%C%_test_conf_option_SOURCES = %D%/test_conf_option.c tests/harness.h
%C%_test_conf_option_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conf_option_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conf_option_LDADD = $(conf_test_libs)

check_PROGRAMS += %D%/test_log_file
TESTS += %D%/test_log_file
%C%_test_log_file_SOURCES = %D%/test_log_file.c tests/harness.h
%C%_test_log_file_CFLAGS = $(UNIT_CFLAGS)
%C%_test_log_file_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_log_file_LDADD = src/daemon/libul_daemon.la $(conf_test_libs)

check_PROGRAMS += %D%/test_args
TESTS += %D%/test_args
%C%_test_args_SOURCES = %D%/test_args.c tests/harness.h
%C%_test_args_CFLAGS = $(UNIT_CFLAGS)
%C%_test_args_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_args_LDADD = src/daemon/libul_daemon.la $(conf_test_libs)

check_PROGRAMS += %D%/test_congestion
TESTS += %D%/test_congestion
%C%_test_congestion_SOURCES = %D%/test_congestion.c tests/harness.h
%C%_test_congestion_CFLAGS = $(UNIT_CFLAGS)
%C%_test_congestion_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_congestion_LDADD = src/sys/libul_sys.la src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_unixfd
TESTS += %D%/test_unixfd
%C%_test_unixfd_SOURCES = %D%/test_unixfd.c tests/harness.h
%C%_test_unixfd_CFLAGS = $(UNIT_CFLAGS)
%C%_test_unixfd_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_unixfd_LDADD = src/sys/libul_sys.la src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_ns
TESTS += %D%/test_ns
%C%_test_ns_SOURCES = %D%/test_ns.c tests/harness.h
%C%_test_ns_CFLAGS = $(UNIT_CFLAGS)
%C%_test_ns_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ns_LDADD = src/sys/libul_sys.la src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_dns_spec
TESTS += %D%/test_dns_spec
%C%_test_dns_spec_SOURCES = %D%/test_dns_spec.c tests/harness.h
%C%_test_dns_spec_CFLAGS = $(UNIT_CFLAGS)
%C%_test_dns_spec_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_dns_spec_LDADD = $(conf_test_libs)

check_PROGRAMS += %D%/test_rule_spec
TESTS += %D%/test_rule_spec
%C%_test_rule_spec_SOURCES = %D%/test_rule_spec.c tests/harness.h
%C%_test_rule_spec_CFLAGS = $(UNIT_CFLAGS)
%C%_test_rule_spec_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_rule_spec_LDADD = $(conf_test_libs)

# The program itself: starting, saying so, ending.
TESTS += %D%/daemon.py
dist_noinst_SCRIPTS += %D%/daemon.py

check_PROGRAMS += %D%/test_port_spec
TESTS += %D%/test_port_spec
%C%_test_port_spec_SOURCES = %D%/test_port_spec.c tests/harness.h \
	tests/fake/spec_row.h
%C%_test_port_spec_CFLAGS = $(UNIT_CFLAGS)
%C%_test_port_spec_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_port_spec_LDADD = $(conf_test_libs)

check_PROGRAMS += %D%/test_conf_file
TESTS += %D%/test_conf_file
%C%_test_conf_file_SOURCES = %D%/test_conf_file.c tests/harness.h
%C%_test_conf_file_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conf_file_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conf_file_LDADD = $(conf_test_libs)

check_PROGRAMS += %D%/test_guestfwd_spec
TESTS += %D%/test_guestfwd_spec
%C%_test_guestfwd_spec_SOURCES = %D%/test_guestfwd_spec.c tests/harness.h
%C%_test_guestfwd_spec_CFLAGS = $(UNIT_CFLAGS)
%C%_test_guestfwd_spec_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_guestfwd_spec_LDADD = $(conf_test_libs)

check_PROGRAMS += %D%/test_conf_diff
TESTS += %D%/test_conf_diff
%C%_test_conf_diff_SOURCES = %D%/test_conf_diff.c tests/harness.h
%C%_test_conf_diff_CFLAGS = $(UNIT_CFLAGS)
%C%_test_conf_diff_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_conf_diff_LDADD = $(conf_test_libs)
