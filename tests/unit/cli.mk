# unit tests of src/cli and what it alone takes from src/sys
cli_test_libs = src/cli/libul_cli.la src/conf/libul_conf.la \
	src/sys/libul_sys.la src/wire/libul_wire.la src/base/libul_base.la \
	$(JANSSON_LIBS) $(UNIT_LIBS)

check_PROGRAMS += %D%/test_cli_nic
TESTS += %D%/test_cli_nic
%C%_test_cli_nic_SOURCES = %D%/test_cli_nic.c tests/harness.h
%C%_test_cli_nic_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_cli_nic_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_cli_nic_LDADD = $(cli_test_libs)

check_PROGRAMS += %D%/test_cli_paths
TESTS += %D%/test_cli_paths
%C%_test_cli_paths_SOURCES = %D%/test_cli_paths.c tests/harness.h
%C%_test_cli_paths_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_cli_paths_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_cli_paths_LDADD = $(cli_test_libs)

check_PROGRAMS += %D%/test_cli_qmp
TESTS += %D%/test_cli_qmp
%C%_test_cli_qmp_SOURCES = %D%/test_cli_qmp.c tests/harness.h
%C%_test_cli_qmp_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_cli_qmp_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_cli_qmp_LDADD = $(cli_test_libs)

check_PROGRAMS += %D%/test_cli_table
TESTS += %D%/test_cli_table
%C%_test_cli_table_SOURCES = %D%/test_cli_table.c tests/harness.h
%C%_test_cli_table_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_cli_table_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_cli_table_LDADD = $(cli_test_libs)

check_PROGRAMS += %D%/test_cli_usage
TESTS += %D%/test_cli_usage
%C%_test_cli_usage_SOURCES = %D%/test_cli_usage.c tests/harness.h
%C%_test_cli_usage_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_cli_usage_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_cli_usage_LDADD = $(cli_test_libs)

check_PROGRAMS += %D%/test_userns
TESTS += %D%/test_userns
%C%_test_userns_SOURCES = %D%/test_userns.c tests/harness.h
%C%_test_userns_CFLAGS = $(UNIT_CFLAGS)
%C%_test_userns_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_userns_LDADD = src/sys/libul_sys.la src/base/libul_base.la $(UNIT_LIBS)

# The program itself, against a network that is played.
TESTS += %D%/userlan.py %D%/userlan_watch.py
dist_noinst_SCRIPTS += %D%/userlan.py %D%/userlan_watch.py

check_PROGRAMS += %D%/test_cli_dial
TESTS += %D%/test_cli_dial
%C%_test_cli_dial_SOURCES = %D%/test_cli_dial.c tests/harness.h
%C%_test_cli_dial_CFLAGS = $(UNIT_CFLAGS) $(JANSSON_CFLAGS)
%C%_test_cli_dial_CPPFLAGS = $(UNIT_CPPFLAGS)
%C%_test_cli_dial_LDADD = $(cli_test_libs)
TESTS += %D%/userlan.py %D%/userlan_watch.py %D%/userlan_complete.py
dist_noinst_SCRIPTS += %D%/userlan.py %D%/userlan_watch.py %D%/userlan_complete.py
