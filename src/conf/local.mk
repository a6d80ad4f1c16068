noinst_LTLIBRARIES += %D%/libul_conf.la
%C%_libul_conf_la_SOURCES = \
	%D%/boot_spec.c %D%/boot_spec.h \
	%D%/conf.c %D%/conf.h \
	%D%/conf_check.c %D%/conf_check.h \
	%D%/conf_diff.c %D%/conf_diff.h \
	%D%/conf_file.c %D%/conf_file.h \
	%D%/conf_group.c %D%/conf_group.h \
	%D%/conf_merge.c %D%/conf_merge.h \
	%D%/conf_show.c %D%/conf_show.h \
	%D%/key_lines.c %D%/key_lines.h \
	%D%/nearest.c %D%/nearest.h \
	%D%/settings.c %D%/settings.h \
	%D%/conf_option.c %D%/conf_option.h \
	%D%/dns_spec.c %D%/dns_spec.h \
	%D%/option_attach.c %D%/option_limit.c %D%/option_network.c \
	%D%/option_dns.c %D%/option_policy.c %D%/option_process.c \
	%D%/option_service.c \
	%D%/option_set.h %D%/option_help.c \
	%D%/forward_check.c %D%/forward_check.h \
	%D%/forward_spec.c %D%/forward_spec.h \
	%D%/guestfwd_spec.c %D%/guestfwd_spec.h \
	%D%/host_spec.c %D%/host_spec.h \
	%D%/uplink_spec.c %D%/uplink_spec.h \
	%D%/mode.c %D%/mode.h \
	%D%/port_spec.c %D%/port_spec.h \
	%D%/rule_spec.c %D%/rule_spec.h \
	%D%/value.c %D%/value.h
EXTRA_DIST += %D%/userland.conf.5.in
man_MANS += %D%/userland.conf.5
