# libslirp.so.0: the interface of libslirp on our engine. The convenience
# libraries are compiled as libtool compiles for shared ones, and hide all of
# their symbols; the map exports the entry points.
slirp_LTLIBRARIES =
if LIBSLIRP
slirp_LTLIBRARIES += %D%/libslirp.la
endif
%C%_libslirp_la_SOURCES = \
	%D%/channel.c %D%/channel.h \
	%D%/info.c \
	%D%/info.h \
	%D%/ncsi.c \
	%D%/ncsi.h \
	%D%/slirp_api.c \
	%D%/slirp_cb.c \
	%D%/slirp_conf.c \
	%D%/slirp_debug.c \
	%D%/slirp_forward.c \
	%D%/slirp_guestfwd.c \
	%D%/slirp_info.c \
	%D%/slirp_ncsi.c \
	%D%/slirp_poll.c \
	%D%/slirp_priv.h \
	%D%/slirp_state.c \
	%D%/state.c \
	%D%/state.h
%C%_libslirp_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir) \
	-I$(top_srcdir)/include
%C%_libslirp_la_CFLAGS = -std=gnu11 -fvisibility=hidden $(WARN_CFLAGS) \
	$(HARDEN_CFLAGS) $(SAN_CFLAGS) $(GLIB_CFLAGS)
# -version-info is that of libslirp 4.7, whose file is libslirp.so.0.4.0.
%C%_libslirp_la_LDFLAGS = $(HARDEN_LDFLAGS) $(SAN_LDFLAGS) -no-undefined \
	-version-info 4:0:4 \
	-Wl,--version-script=$(top_srcdir)/%D%/libslirp.map
%C%_libslirp_la_DEPENDENCIES = %D%/libslirp.map $(SLIRP_ENGINE)
SLIRP_ENGINE = src/net/libul_net.la \
	src/svc/libul_svc.la src/flow/libul_flow.la src/link/libul_link.la \
	src/stack/libul_stack.la lwip-port/liblwip.la src/conf/libul_conf.la \
	src/sys/libul_sys.la src/loop/libul_loop.la src/wire/libul_wire.la \
	src/base/libul_base.la
%C%_libslirp_la_LIBADD = $(SLIRP_ENGINE) $(GLIB_LIBS)

if LIBSLIRP
slirpinclude_HEADERS = include/slirp/libslirp.h \
	include/slirp/libslirp-version.h
slirppkgconfig_DATA = %D%/slirp.pc
CLEANFILES += %D%/slirp.pc
endif
EXTRA_DIST += %D%/libslirp.map %D%/slirp.pc.in \
	include/slirp/libslirp.h include/slirp/libslirp-version.h

%D%/slirp.pc: %D%/slirp.pc.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) -e 's,@prefix@,$(prefix),g' \
		-e 's,@exec_prefix@,$(exec_prefix),g' \
		-e 's,@slirplibdir@,$(slirpdir),g' \
		-e 's,@slirpincludedir@,$(slirpheaders),g' \
		$< >$@.tmp && mv $@.tmp $@
