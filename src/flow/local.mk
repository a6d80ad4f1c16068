noinst_LTLIBRARIES += %D%/libul_flow.la
%C%_libul_flow_la_SOURCES = \
	%D%/ctx.h \
	%D%/policy.c %D%/policy.h \
	%D%/recverr.c %D%/recverr.h
