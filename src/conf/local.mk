noinst_LTLIBRARIES += %D%/libul_conf.la
%C%_libul_conf_la_SOURCES = \
	%D%/conf.c %D%/conf.h \
	%D%/forward_spec.c %D%/forward_spec.h
