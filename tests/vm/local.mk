# tests/vm: a real VM in QEMU, and the demo
VM_PARTS = \
	%D%/daemon.py \
	%D%/demo \
	%D%/farend.py \
	%D%/guest.py \
	%D%/image.py \
	%D%/init \
	%D%/lab.py \
	%D%/qmp.py \
	%D%/spaces.py \
	%D%/udhcpc.script

# The longest is the first, so that two at a time end together.
VM_TESTS = \
	%D%/matrix \
	%D%/conflict.py \
	%D%/demo-fails.py \
	%D%/fd.py \
	%D%/mixed.py \
	%D%/nat.py \
	%D%/pxe.py \
	%D%/router.py \
	%D%/run.py \
	%D%/services.py \
	%D%/slirp.py \
	%D%/usernet-move.py \
	%D%/usernet-smb.py \
	%D%/vhost-move.py \
	%D%/vhost.py

EXTRA_DIST += $(VM_PARTS) $(VM_TESTS)
TESTS += $(VM_TESTS)

# Static: it also runs inside the guest.
check_PROGRAMS += %D%/probe
%C%_probe_SOURCES = %D%/probe.c
%C%_probe_CFLAGS = -std=gnu11 $(WARN_CFLAGS)
%C%_probe_LDFLAGS = -all-static

# The guest is made by the first test that boots it and kept for the next.
distclean-local: distclean-vm
distclean-vm:
	rm -rf %D%/guest %D%/guest-full
.PHONY: distclean-vm
