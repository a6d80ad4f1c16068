# Tests. Each group has a fragment of its own.
EXTRA_DIST += %D%/check-floors.sh
TESTS += %D%/check-floors.sh

if HAVE_CHECK
UNIT_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
UNIT_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
UNIT_LIBS = $(CHECK_LIBS) $(GLIB_LIBS)
include %D%/unit/base.mk
include %D%/unit/wire.mk
include %D%/unit/loop.mk
include %D%/unit/conf.mk
include %D%/unit/link.mk
include %D%/unit/stack.mk
include %D%/unit/flow.mk
include %D%/unit/svc.mk
endif
include %D%/fuzz/local.mk
include %D%/netns/local.mk
include %D%/vm/local.mk
include %D%/bench/local.mk
