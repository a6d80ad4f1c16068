noinst_LTLIBRARIES += %D%/libul_conf.la
%C%_libul_conf_la_SOURCES = \
	%D%/conf.c %D%/conf.h
