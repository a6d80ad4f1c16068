# The tool without its main(), for tests.
noinst_LTLIBRARIES += %D%/libul_cli.la
%C%_libul_cli_la_SOURCES = \
	%D%/child.c %D%/child.h \
	%D%/cli.c %D%/cli.h \
	%D%/dial.c %D%/dial.h \
	%D%/complete.c %D%/complete.h \
	%D%/forward.c %D%/forward.h \
	%D%/launch.c %D%/launch.h \
	%D%/nic.c %D%/nic.h \
	%D%/vhost_at.c %D%/vhost_at.h \
	%D%/vm_memory.c %D%/vm_memory.h \
	%D%/paths.c %D%/paths.h \
	%D%/qmp.c %D%/qmp.h \
	%D%/query.c %D%/query.h \
	%D%/reach.c %D%/reach.h \
	%D%/relay.c %D%/relay.h \
	%D%/table.c %D%/table.h \
	%D%/usage.c %D%/usage.h
%C%_libul_cli_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)

bin_PROGRAMS += %D%/userlan
%C%_userlan_SOURCES = %D%/main.c %D%/verbs.h
%C%_userlan_SOURCES += %D%/verb_connect.c
%C%_userlan_SOURCES += %D%/verb_capture.c
%C%_userlan_SOURCES += %D%/verb_dns.c
%C%_userlan_SOURCES += %D%/verb_down.c
%C%_userlan_SOURCES += %D%/verb_events.c
%C%_userlan_SOURCES += %D%/verb_flows.c
%C%_userlan_SOURCES += %D%/verb_forward.c
%C%_userlan_SOURCES += %D%/verb_host.c
%C%_userlan_SOURCES += %D%/verb_leases.c
%C%_userlan_SOURCES += %D%/verb_logs.c
%C%_userlan_SOURCES += %D%/verb_log_level.c
%C%_userlan_SOURCES += %D%/verb_ls.c
%C%_userlan_SOURCES += %D%/verb_policy.c
%C%_userlan_SOURCES += %D%/verb_proxy.c
%C%_userlan_SOURCES += %D%/verb_reload.c
%C%_userlan_SOURCES += %D%/verb_port_set.c
%C%_userlan_SOURCES += %D%/verb_run.c
%C%_userlan_SOURCES += %D%/verb_shell.c
%C%_userlan_SOURCES += %D%/verb_stats.c
%C%_userlan_SOURCES += %D%/verb_status.c
%C%_userlan_SOURCES += %D%/verb_up.c
%C%_userlan_SOURCES += %D%/verb_wait.c
%C%_userlan_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
%C%_userlan_LDADD = %D%/libul_cli.la src/conf/libul_conf.la \
	src/sys/libul_sys.la src/wire/libul_wire.la src/base/libul_base.la \
	$(JANSSON_LIBS) $(GLIB_LIBS)
EXTRA_DIST += %D%/userlan.1.in
man_MANS += %D%/userlan.1
# Named as the command, or bash-completion does not find it.
bashcompdir = $(datadir)/bash-completion/completions
dist_bashcomp_DATA = %D%/completion/userlan.bash %D%/completion/userland.bash
