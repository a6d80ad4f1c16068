noinst_LTLIBRARIES += %D%/libul_sys.la
%C%_libul_sys_la_SOURCES = \
	%D%/hostaddr.c %D%/hostaddr.h \
	%D%/resolv.c %D%/resolv.h \
	%D%/sockdiag.c %D%/sockdiag.h
