noinst_LTLIBRARIES += %D%/libul_loop.la
%C%_libul_loop_la_SOURCES = \
	%D%/loop.c %D%/loop.h \
	%D%/timer.c %D%/timer.h
