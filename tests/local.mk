# Tests. Each directory has fragments of its own and adds to TESTS; the
# directory decides in which part of `make check' a test runs (below).
TESTS += \
	%D%/check-floors.sh \
	%D%/check-hardening.sh \
	%D%/check-lists.sh \
	%D%/check-lwip-pristine.sh \
	%D%/check-man.sh \
	%D%/check-setup.sh \
	%D%/check-size.sh
dist_noinst_SCRIPTS += \
	%D%/check-floors.sh \
	%D%/check-hardening.sh \
	%D%/check-lists.sh \
	%D%/check-lwip-pristine.sh \
	%D%/check-man.sh \
	%D%/check-setup.sh \
	%D%/check-size.sh \
	%D%/coverage \
	%D%/timed
EXTRA_DIST += %D%/run-all.sh

# What a test may ask about the build that it belongs to. A case of a unit test
# has not 4 seconds, which a busy machine may take for any, but a minute.
AM_TESTS_ENVIRONMENT = \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	UL_PROGRAMS='$(bin_PROGRAMS)'; export UL_PROGRAMS; \
	UL_LIBRARIES='$(slirp_LTLIBRARIES)'; export UL_LIBRARIES; \
	UL_RELEASE='$(UL_RELEASE)'; export UL_RELEASE; \
	UL_SANITIZED='$(UL_SANITIZED)'; export UL_SANITIZED; \
	LWIP_DIR='$(LWIP_DIR)'; export LWIP_DIR; \
	CK_DEFAULT_TIMEOUT=60; export CK_DEFAULT_TIMEOUT; \
	UBSAN_OPTIONS=print_stacktrace=1; export UBSAN_OPTIONS;

# A test that hangs is a test that failed.
LOG_COMPILER = $(top_srcdir)/%D%/timed
AM_LOG_FLAGS = 900

# `make check' runs everything; these run a part of it.
.PHONY: check-unit check-netns check-slirp check-vm bench
check-unit: all
	$(MAKE) $(AM_MAKEFLAGS) check \
		TESTS='$(filter-out %D%/netns/% %D%/slirp/% %D%/vm/%,$(TESTS))'
check-slirp: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(filter %D%/slirp/%,$(TESTS))'
check-netns: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(filter %D%/netns/%,$(TESTS))'
check-vm: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(filter %D%/vm/%,$(TESTS))'

# Measurements against the peers, as a table.
bench: all
	top_builddir='$(abs_top_builddir)' '$(srcdir)/%D%/bench/run'

if HAVE_CHECK
UNIT_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
UNIT_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
UNIT_LIBS = $(CHECK_LIBS) $(GLIB_LIBS)
include %D%/unit/base.mk
include %D%/unit/wire.mk
include %D%/unit/loop.mk
include %D%/unit/conf.mk
include %D%/unit/link.mk
include %D%/unit/uplink.mk
include %D%/unit/stack.mk
include %D%/unit/flow.mk
include %D%/unit/svc.mk
include %D%/unit/net.mk
include %D%/unit/cli.mk
include %D%/unit/ctl.mk
include %D%/unit/slirp.mk
endif
include %D%/fuzz/local.mk
include %D%/netns/local.mk
include %D%/vm/local.mk
include %D%/slirp/local.mk
include %D%/bench/local.mk
