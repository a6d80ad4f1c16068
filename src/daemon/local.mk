# The program without its main(), for tests.
noinst_LTLIBRARIES += %D%/libul_daemon.la
%C%_libul_daemon_la_SOURCES = \
	%D%/args.c %D%/args.h \
	%D%/background.c %D%/background.h \
	%D%/log_file.c %D%/log_file.h \
	%D%/reload.c %D%/reload.h \
	%D%/setup.c %D%/setup.h \
	%D%/pidfile.c %D%/pidfile.h \
	%D%/subnet.c %D%/subnet.h

bin_PROGRAMS += %D%/userland
%C%_userland_SOURCES = %D%/main.c
%C%_userland_LDADD = %D%/libul_daemon.la src/ctl/libul_ctl.la \
	src/net/libul_net.la \
	src/svc/libul_svc.la src/flow/libul_flow.la src/link/libul_link.la \
	src/stack/libul_stack.la lwip-port/liblwip.la src/conf/libul_conf.la \
	src/sys/libul_sys.la src/loop/libul_loop.la src/wire/libul_wire.la \
	src/base/libul_base.la $(JANSSON_LIBS) $(GLIB_LIBS)
EXTRA_DIST += %D%/userland.8.in
man_MANS += %D%/userland.8
