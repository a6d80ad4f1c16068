noinst_LTLIBRARIES += %D%/libul_sys.la
%C%_libul_sys_la_SOURCES = \
	%D%/bridge_helper.c %D%/bridge_helper.h \
	%D%/hostaddr.c %D%/hostaddr.h \
	%D%/linkinfo.c %D%/linkinfo.h \
	%D%/ifaddrs.c %D%/ifaddrs.h \
	%D%/ns.c %D%/ns.h \
	%D%/netwatch.c %D%/netwatch.h \
	%D%/resolv.c %D%/resolv.h \
	%D%/rootdir.c %D%/rootdir.h \
	%D%/sockdiag.c %D%/sockdiag.h \
	%D%/statefile.c %D%/statefile.h \
	%D%/spawn.c %D%/spawn.h \
	%D%/tapdev.c %D%/tapdev.h \
	%D%/tapif.c %D%/tapif.h \
	%D%/tapoffload.c %D%/tapoffload.h \
	%D%/unixfd.c %D%/unixfd.h \
	%D%/userns.c %D%/userns.h
