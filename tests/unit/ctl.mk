# unit tests of src/ctl
ctl_test_libs = src/ctl/libul_ctl.la src/conf/libul_conf.la \
	src/loop/libul_loop.la src/wire/libul_wire.la src/base/libul_base.la \
	$(JANSSON_LIBS) $(UNIT_LIBS)

check_PROGRAMS += %D%/test_framer
TESTS += %D%/test_framer
%C%_test_framer_SOURCES = %D%/test_framer.c tests/harness.h
%C%_test_framer_CFLAGS = $(UNIT_CFLAGS)
%C%_test_framer_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_framer_LDADD = src/ctl/libul_ctl.la $(UNIT_LIBS)

check_PROGRAMS += %D%/test_ctl
TESTS += %D%/test_ctl
%C%_test_ctl_SOURCES = %D%/test_ctl.c tests/harness.h \
	tests/fake/fake_forward.c \
	tests/fake/fake_network.c tests/fake/fake_network.h \
	tests/fake/ctl_client.c tests/fake/ctl_client.h
%C%_test_ctl_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_ctl_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ctl_LDADD = $(ctl_test_libs)

check_PROGRAMS += %D%/test_ctl_cmd
TESTS += %D%/test_ctl_cmd
%C%_test_ctl_cmd_SOURCES = %D%/test_ctl_cmd.c tests/harness.h \
	tests/fake/fake_forward.c \
	tests/fake/fake_network.c tests/fake/fake_network.h \
	tests/fake/ctl_ask.h \
	tests/fake/ctl_client.c tests/fake/ctl_client.h
%C%_test_ctl_cmd_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_ctl_cmd_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ctl_cmd_LDADD = $(ctl_test_libs)

check_PROGRAMS += %D%/test_ctl_dial
TESTS += %D%/test_ctl_dial
%C%_test_ctl_dial_SOURCES = %D%/test_ctl_dial.c tests/harness.h \
	tests/fake/fake_forward.c \
	tests/fake/fake_network.c tests/fake/fake_network.h \
	tests/fake/ctl_ask.h \
	tests/fake/ctl_client.c tests/fake/ctl_client.h
%C%_test_ctl_dial_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_ctl_dial_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ctl_dial_LDADD = $(ctl_test_libs)

check_PROGRAMS += %D%/test_ctl_dns
TESTS += %D%/test_ctl_dns
%C%_test_ctl_dns_SOURCES = %D%/test_ctl_dns.c tests/harness.h \
	tests/fake/fake_forward.c \
	tests/fake/fake_network.c tests/fake/fake_network.h \
	tests/fake/ctl_client.c tests/fake/ctl_client.h
%C%_test_ctl_dns_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_ctl_dns_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ctl_dns_LDADD = $(ctl_test_libs)

check_PROGRAMS += %D%/test_ctl_forward
TESTS += %D%/test_ctl_forward
%C%_test_ctl_forward_SOURCES = %D%/test_ctl_forward.c tests/harness.h \
	tests/fake/fake_forward.c \
	tests/fake/fake_network.c tests/fake/fake_network.h \
	tests/fake/ctl_ask.h \
	tests/fake/ctl_client.c tests/fake/ctl_client.h
%C%_test_ctl_forward_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_ctl_forward_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ctl_forward_LDADD = $(ctl_test_libs)

check_PROGRAMS += %D%/test_ctl_doc
TESTS += %D%/test_ctl_doc
%C%_test_ctl_doc_SOURCES = %D%/test_ctl_doc.c tests/harness.h \
	tests/fake/fake_forward.c \
	tests/fake/fake_network.c tests/fake/fake_network.h \
	tests/fake/ctl_client.c tests/fake/ctl_client.h
%C%_test_ctl_doc_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_ctl_doc_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_ctl_doc_LDADD = $(ctl_test_libs)

# The socket of the program itself, by a client that knows QMP alone.
TESTS += %D%/control.py %D%/qmp_shell.py
dist_noinst_SCRIPTS += %D%/control.py %D%/qmp_shell.py
