noinst_LTLIBRARIES += %D%/libul_svc.la
%C%_libul_svc_la_SOURCES = \
	%D%/lease.c %D%/lease.h
