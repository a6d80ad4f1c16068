# unit tests of qemu-glue
check_PROGRAMS += %D%/test_slirp_state
TESTS += %D%/test_slirp_state
%C%_test_slirp_state_SOURCES = %D%/test_slirp_state.c tests/harness.h \
	qemu-glue/state.c qemu-glue/state.h
%C%_test_slirp_state_CFLAGS = $(UNIT_CFLAGS)
%C%_test_slirp_state_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)
%C%_test_slirp_state_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_slirp_info
TESTS += %D%/test_slirp_info
%C%_test_slirp_info_SOURCES = %D%/test_slirp_info.c tests/harness.h \
	qemu-glue/info.c qemu-glue/info.h
%C%_test_slirp_info_CFLAGS = $(UNIT_CFLAGS)
%C%_test_slirp_info_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)
%C%_test_slirp_info_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_slirp_ncsi
TESTS += %D%/test_slirp_ncsi
%C%_test_slirp_ncsi_SOURCES = %D%/test_slirp_ncsi.c tests/harness.h \
	qemu-glue/ncsi.c qemu-glue/ncsi.h
%C%_test_slirp_ncsi_CFLAGS = $(UNIT_CFLAGS)
%C%_test_slirp_ncsi_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)
%C%_test_slirp_ncsi_LDADD = src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_tcp_pair
TESTS += %D%/test_tcp_pair
%C%_test_tcp_pair_SOURCES = %D%/test_tcp_pair.c tests/harness.h
%C%_test_tcp_pair_CFLAGS = $(UNIT_CFLAGS)
%C%_test_tcp_pair_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_tcp_pair_LDADD = src/sys/libul_sys.la src/base/libul_base.la $(UNIT_LIBS)

# As any program: by the header and the shared library alone.
if LIBSLIRP
check_PROGRAMS += %D%/test_slirp
TESTS += %D%/test_slirp
endif
%C%_test_slirp_SOURCES = %D%/test_slirp.c tests/fake/slirp_host.h \
	tests/harness.h
%C%_test_slirp_CFLAGS = $(UNIT_CFLAGS)
%C%_test_slirp_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/include
%C%_test_slirp_LDADD = qemu-glue/libslirp.la $(UNIT_LIBS)

if LIBSLIRP
check_PROGRAMS += %D%/test_slirp_threads
TESTS += %D%/test_slirp_threads
endif
%C%_test_slirp_threads_SOURCES = %D%/test_slirp_threads.c \
	tests/fake/slirp_host.h tests/harness.h
%C%_test_slirp_threads_CFLAGS = $(UNIT_CFLAGS)
%C%_test_slirp_threads_CPPFLAGS = $(UNIT_CPPFLAGS) -I$(top_srcdir)/include
%C%_test_slirp_threads_LDADD = qemu-glue/libslirp.la $(UNIT_LIBS)
