# unit tests of src/loop
check_PROGRAMS += %D%/test_loop
TESTS += %D%/test_loop
%C%_test_loop_SOURCES = %D%/test_loop.c tests/harness.h
%C%_test_loop_CFLAGS = $(UNIT_CFLAGS)
%C%_test_loop_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_loop_LDADD = src/loop/libul_loop.la src/base/libul_base.la \
	$(UNIT_LIBS)
