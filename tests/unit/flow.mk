# unit tests of src/flow and src/sys
flow_test_libs = src/flow/libul_flow.la src/sys/libul_sys.la \
	src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_rate
TESTS += %D%/test_rate
%C%_test_rate_SOURCES = %D%/test_rate.c tests/harness.h
%C%_test_rate_CFLAGS = $(UNIT_CFLAGS)
%C%_test_rate_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_rate_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_host
TESTS += %D%/test_host
%C%_test_host_SOURCES = %D%/test_host.c tests/harness.h
%C%_test_host_CFLAGS = $(UNIT_CFLAGS)
%C%_test_host_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_host_LDADD = $(flow_test_libs)

check_PROGRAMS += %D%/test_policy
TESTS += %D%/test_policy
%C%_test_policy_SOURCES = %D%/test_policy.c tests/harness.h
%C%_test_policy_CFLAGS = $(UNIT_CFLAGS)
%C%_test_policy_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_policy_LDADD = $(flow_test_libs)
