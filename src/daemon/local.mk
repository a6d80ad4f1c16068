# The program without its main(), for tests.
noinst_LTLIBRARIES += %D%/libul_daemon.la
%C%_libul_daemon_la_SOURCES = \
	%D%/args.c %D%/args.h
