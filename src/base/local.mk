noinst_LTLIBRARIES += %D%/libul_base.la
%C%_libul_base_la_SOURCES = \
	%D%/addr.c %D%/addr.h \
	%D%/buf.c %D%/buf.h %D%/poison.h \
	%D%/csum.c %D%/csum.h \
	%D%/error.c %D%/error.h \
	%D%/cursor.h \
	%D%/foreign_fd.c %D%/foreign_fd.h \
	%D%/hash.c %D%/hash.h \
	%D%/htab.c %D%/htab.h \
	%D%/list.h \
	%D%/log.c %D%/log.h \
	%D%/rate.c %D%/rate.h \
	%D%/rule.c %D%/rule.h \
	%D%/special.c %D%/special.h
