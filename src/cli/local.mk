# The tool without its main(), for tests.
noinst_LTLIBRARIES += %D%/libul_cli.la
%C%_libul_cli_la_SOURCES = \
	%D%/child.c %D%/child.h \
	%D%/cli.c %D%/cli.h \
	%D%/launch.c %D%/launch.h \
	%D%/nic.c %D%/nic.h \
	%D%/paths.c %D%/paths.h \
	%D%/qmp.c %D%/qmp.h \
	%D%/reach.c %D%/reach.h \
	%D%/table.c %D%/table.h
%C%_libul_cli_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)

bin_PROGRAMS += %D%/userlan
%C%_userlan_SOURCES = %D%/main.c \
	%D%/verb_down.c %D%/verb_ls.c %D%/verb_run.c %D%/verb_shell.c \
	%D%/verb_status.c %D%/verb_up.c
%C%_userlan_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
%C%_userlan_LDADD = %D%/libul_cli.la src/conf/libul_conf.la \
	src/sys/libul_sys.la src/wire/libul_wire.la src/base/libul_base.la \
	$(JANSSON_LIBS) $(GLIB_LIBS)
EXTRA_DIST += %D%/userlan.1.in
man_MANS += %D%/userlan.1
