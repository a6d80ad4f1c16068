# tests/bench: what `make bench` runs; see RESULTS.md.
EXTRA_DIST += %D%/RESULTS.md %D%/busy.py %D%/dns.py %D%/forwards.py %D%/hub.py \
	%D%/kit.py %D%/libslirp.py %D%/manyflows.py %D%/plot %D%/qemu.py %D%/results.svg \
	%D%/run %D%/scale.py %D%/syscalls.py %D%/vhost_user.py %D%/wan.py

# Static and free of our hardening flags: it also runs inside the test guest.
noinst_PROGRAMS += %D%/loadgen
%C%_loadgen_SOURCES = %D%/loadgen.c
%C%_loadgen_CFLAGS = -std=gnu11 $(WARN_CFLAGS)
%C%_loadgen_LDFLAGS = -all-static

noinst_PROGRAMS += %D%/farline
%C%_farline_SOURCES = %D%/farline.c
%C%_farline_CFLAGS = -std=gnu11 $(WARN_CFLAGS)

noinst_PROGRAMS += %D%/talk
%C%_talk_SOURCES = %D%/talk.c
%C%_talk_CFLAGS = -std=gnu11 $(WARN_CFLAGS)

noinst_PROGRAMS += %D%/dnsload
%C%_dnsload_SOURCES = %D%/dnsload.c
%C%_dnsload_CFLAGS = -std=gnu11 $(WARN_CFLAGS)

noinst_PROGRAMS += %D%/stackbench
%C%_stackbench_SOURCES = %D%/stackbench.c
%C%_stackbench_LDADD = src/stack/libul_stack.la lwip-port/liblwip.la \
	src/wire/libul_wire.la src/base/libul_base.la $(GLIB_LIBS)

noinst_PROGRAMS += %D%/flowbench
%C%_flowbench_SOURCES = %D%/flowbench.c
%C%_flowbench_LDADD = src/flow/libul_flow.la src/sys/libul_sys.la \
	src/stack/libul_stack.la lwip-port/liblwip.la \
	src/wire/libul_wire.la src/loop/libul_loop.la \
	src/base/libul_base.la $(GLIB_LIBS)

noinst_PROGRAMS += %D%/portbench
%C%_portbench_SOURCES = %D%/portbench.c
%C%_portbench_LDADD = src/link/libul_link.la src/wire/libul_wire.la \
	src/loop/libul_loop.la src/base/libul_base.la $(GLIB_LIBS)

noinst_PROGRAMS += %D%/vhostbench
%C%_vhostbench_SOURCES = %D%/vhostbench.c tests/fake/fake_driver.c \
	tests/fake/fake_driver.h tests/fake/fake_machine.c \
	tests/fake/fake_machine.h tests/fake/super_frame.h
%C%_vhostbench_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
%C%_vhostbench_LDADD = src/link/libul_link.la src/sys/libul_sys.la \
	src/wire/libul_wire.la src/loop/libul_loop.la \
	src/base/libul_base.la $(GLIB_LIBS)

noinst_PROGRAMS += %D%/plug
%C%_plug_SOURCES = %D%/plug.c
%C%_plug_LDADD = src/link/libul_link.la src/sys/libul_sys.la \
	src/wire/libul_wire.la src/base/libul_base.la $(GLIB_LIBS)
