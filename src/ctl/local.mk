noinst_LTLIBRARIES += %D%/libul_ctl.la
%C%_libul_ctl_la_SOURCES = \
	%D%/client.c %D%/client.h \
	%D%/cmd.c %D%/cmd.h \
	%D%/cmd_base.c \
	%D%/cmd_capture.c \
	%D%/cmd_dial.c \
	%D%/cmd_flow.c \
	%D%/cmd_dns.c \
	%D%/cmd_host.c \
	%D%/cmd_stats.c \
	%D%/cmd_forward.c \
	%D%/cmd_net.c \
	%D%/cmd_policy.c \
	%D%/cmd_port.c \
	%D%/cmd_reload.c \
	%D%/ctl.c %D%/ctl.h \
	%D%/describe.c %D%/describe.h \
	%D%/event.c %D%/event.h \
	%D%/framer.c %D%/framer.h \
	%D%/json.c %D%/json.h \
	%D%/later.c %D%/later.h
%C%_libul_ctl_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
EXTRA_DIST += %D%/userland-qmp.7.in
man_MANS += %D%/userland-qmp.7
