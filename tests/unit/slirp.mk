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
