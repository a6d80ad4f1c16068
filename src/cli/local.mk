# The tool without its main(), for tests.
noinst_LTLIBRARIES += %D%/libul_cli.la
%C%_libul_cli_la_SOURCES = \
	%D%/nic.c %D%/nic.h \
	%D%/paths.c %D%/paths.h \
	%D%/qmp.c %D%/qmp.h \
	%D%/table.c %D%/table.h
%C%_libul_cli_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
