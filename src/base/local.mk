noinst_LTLIBRARIES += %D%/libul_base.la
%C%_libul_base_la_SOURCES = \
	%D%/addr.c %D%/addr.h \
	%D%/buf.c %D%/buf.h %D%/poison.h \
	%D%/csum.c %D%/csum.h %D%/csum_vector.h \
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
if CPU_X86_64
%C%_libul_base_la_SOURCES += %D%/csum_avx2.c
else
if CPU_AARCH64
%C%_libul_base_la_SOURCES += %D%/csum_neon.c
else
%C%_libul_base_la_SOURCES += %D%/csum_none.c
endif
endif
