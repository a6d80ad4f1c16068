# tests/vm: a real VM in QEMU, and the demo
VM_PARTS = \
	%D%/daemon.py \
	%D%/demo \
	%D%/farend.py \
	%D%/guest.py \
	%D%/image.py \
	%D%/init \
	%D%/lab.py \
	%D%/udhcpc.script

VM_TESTS = \
	%D%/demo-fails.py \
	%D%/fd.py \
	%D%/nat.py \
	%D%/run.py

EXTRA_DIST += $(VM_PARTS) $(VM_TESTS)
TESTS += $(VM_TESTS)

# The guest is made by the first test that boots it and kept for the next.
distclean-local: distclean-vm
distclean-vm:
	rm -rf %D%/guest
.PHONY: distclean-vm
