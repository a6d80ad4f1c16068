# unit tests of src/net
check_PROGRAMS += %D%/test_network
TESTS += %D%/test_network
%C%_test_network_SOURCES = %D%/test_network.c tests/harness.h
%C%_test_network_CFLAGS = $(UNIT_CFLAGS)
%C%_test_network_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_network_LDADD = src/net/libul_net.la \
	src/svc/libul_svc.la src/flow/libul_flow.la src/link/libul_link.la \
	src/stack/libul_stack.la lwip-port/liblwip.la src/conf/libul_conf.la \
	src/sys/libul_sys.la src/loop/libul_loop.la src/wire/libul_wire.la \
	src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_router
TESTS += %D%/test_router
%C%_test_router_SOURCES = %D%/test_router.c tests/harness.h tests/fake/router_lab.h \
	tests/fake/own_net.c tests/fake/own_net.h
%C%_test_router_CFLAGS = $(UNIT_CFLAGS)
%C%_test_router_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_router_LDADD = $(%C%_test_network_LDADD)

check_PROGRAMS += %D%/test_router_names
TESTS += %D%/test_router_names
%C%_test_router_names_SOURCES = %D%/test_router_names.c tests/harness.h tests/fake/router_lab.h \
	tests/fake/own_net.c tests/fake/own_net.h
%C%_test_router_names_CFLAGS = $(UNIT_CFLAGS)
%C%_test_router_names_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_router_names_LDADD = $(%C%_test_network_LDADD)

check_PROGRAMS += %D%/test_lease_watch
TESTS += %D%/test_lease_watch
%C%_test_lease_watch_SOURCES = %D%/test_lease_watch.c tests/harness.h
%C%_test_lease_watch_CFLAGS = $(UNIT_CFLAGS)
%C%_test_lease_watch_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_lease_watch_LDADD = src/net/libul_net.la src/loop/libul_loop.la \
	src/base/libul_base.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_net_reload
TESTS += %D%/test_net_reload
%C%_test_net_reload_SOURCES = %D%/test_net_reload.c tests/harness.h
%C%_test_net_reload_CFLAGS = $(UNIT_CFLAGS)
%C%_test_net_reload_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_net_reload_LDADD = $(%C%_test_network_LDADD)
