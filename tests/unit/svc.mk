# unit tests of src/svc
check_PROGRAMS += %D%/test_lease
TESTS += %D%/test_lease
%C%_test_lease_SOURCES = %D%/test_lease.c tests/harness.h
%C%_test_lease_CFLAGS = $(UNIT_CFLAGS)
%C%_test_lease_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_lease_LDADD = src/svc/libul_svc.la src/base/libul_base.la $(UNIT_LIBS)
