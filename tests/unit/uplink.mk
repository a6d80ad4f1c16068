# unit tests of the uplinks: src/sys and src/link
UPLINK_SYS_LIBS = src/sys/libul_sys.la src/base/libul_base.la $(UNIT_LIBS)
check_PROGRAMS += %D%/test_linkinfo
TESTS += %D%/test_linkinfo
%C%_test_linkinfo_SOURCES = %D%/test_linkinfo.c tests/harness.h
%C%_test_linkinfo_CFLAGS = $(UNIT_CFLAGS)
%C%_test_linkinfo_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_linkinfo_LDADD = $(UPLINK_SYS_LIBS)

check_PROGRAMS += %D%/test_tapdev
TESTS += %D%/test_tapdev
%C%_test_tapdev_SOURCES = %D%/test_tapdev.c tests/harness.h
%C%_test_tapdev_CFLAGS = $(UNIT_CFLAGS)
%C%_test_tapdev_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_tapdev_LDADD = $(UPLINK_SYS_LIBS)

check_PROGRAMS += %D%/test_bridge_helper
TESTS += %D%/test_bridge_helper
%C%_test_bridge_helper_SOURCES = %D%/test_bridge_helper.c tests/harness.h
%C%_test_bridge_helper_CFLAGS = $(UNIT_CFLAGS)
%C%_test_bridge_helper_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_bridge_helper_LDADD = $(UPLINK_SYS_LIBS)

check_PROGRAMS += %D%/test_addr_book
TESTS += %D%/test_addr_book
%C%_test_addr_book_SOURCES = %D%/test_addr_book.c tests/harness.h
%C%_test_addr_book_CFLAGS = $(UNIT_CFLAGS)
%C%_test_addr_book_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_addr_book_LDADD = $(LINK_LIBS)

check_PROGRAMS += %D%/test_macshare
TESTS += %D%/test_macshare
%C%_test_macshare_SOURCES = %D%/test_macshare.c tests/fake/macshare_lab.h tests/harness.h
%C%_test_macshare_CFLAGS = $(UNIT_CFLAGS)
%C%_test_macshare_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_macshare_LDADD = $(LINK_LIBS)

check_PROGRAMS += %D%/test_uplink_tap
TESTS += %D%/test_uplink_tap
%C%_test_uplink_tap_SOURCES = %D%/test_uplink_tap.c tests/harness.h
%C%_test_uplink_tap_CFLAGS = $(UNIT_CFLAGS)
%C%_test_uplink_tap_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_uplink_tap_LDADD = src/link/libul_link.la \
	src/sys/libul_sys.la src/wire/libul_wire.la src/loop/libul_loop.la \
	src/base/libul_base.la $(UNIT_LIBS)
