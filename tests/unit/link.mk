# unit tests of src/link
LINK_LIBS = src/link/libul_link.la src/wire/libul_wire.la \
	src/loop/libul_loop.la src/base/libul_base.la $(UNIT_LIBS)
check_PROGRAMS += %D%/test_neigh
TESTS += %D%/test_neigh
%C%_test_neigh_SOURCES = %D%/test_neigh.c tests/harness.h
%C%_test_neigh_CFLAGS = $(UNIT_CFLAGS)
%C%_test_neigh_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_neigh_LDADD = $(LINK_LIBS)
check_PROGRAMS += %D%/test_pcap
TESTS += %D%/test_pcap
%C%_test_pcap_SOURCES = %D%/test_pcap.c tests/harness.h
%C%_test_pcap_CFLAGS = $(UNIT_CFLAGS)
%C%_test_pcap_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_pcap_LDADD = $(LINK_LIBS)
