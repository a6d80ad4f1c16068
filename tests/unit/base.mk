# unit tests of src/base
check_PROGRAMS += %D%/test_addr
TESTS += %D%/test_addr
%C%_test_addr_SOURCES = %D%/test_addr.c tests/harness.h
%C%_test_addr_CFLAGS = $(UNIT_CFLAGS)
%C%_test_addr_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_addr_LDADD = src/base/libul_base.la $(UNIT_LIBS)
