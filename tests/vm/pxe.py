#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""pxe.py - a VM without a disk boots from the network.

QEMU's own ROM, iPXE, leases an address, is told of a server and a file by
DHCP, and reads a script from there by TFTP; the script reads the kernel and
the initramfs of the test guest, which then leases the same address.
"""

import shutil
from pathlib import Path

import guest
import lab

ROM = Path("/usr/lib/ipxe/qemu/efi-virtio.rom")
BOOT_S = 180
SCRIPT = f"""#!ipxe
kernel vmlinuz {guest.APPEND}
initrd initramfs
boot
"""


def test(it):
    if not ROM.exists():
        raise lab.Skip(f"no {ROM} here: install ipxe-qemu")
    files = it.dir / "files"
    (files / "boot").mkdir(parents=True)
    shutil.copy(it.image.kernel, files / "vmlinuz")
    shutil.copy(it.image.initramfs, files / "initramfs")
    # Found beside the script, as a link of a web page would be.
    (files / "boot/vmlinuz").symlink_to("../vmlinuz")
    (files / "boot/initramfs").symlink_to("../initramfs")
    (files / "boot/script").write_text(SCRIPT)
    path = it.dir / "vm.sock"
    net = it.userland("--socket", str(path), "--mtu", "1500", "--tftp",
                      str(files), "--bootfile", "nobody-wants-this",
                      "--bootfile", "ipxe:boot/script", "--host",
                      f"web={guest.MAC},10.0.2.80")
    vm = it.boot(f"stream,server=off,addr.type=unix,addr.path={path}",
                 from_net=True, wait_s=BOOT_S, memory=256)
    it.check("booted by TFTP", True, f"{vm.boot_s:.1f} s")
    lease = vm.dhcp()
    it.check("lease", lease.get("ip") == "10.0.2.80/24", str(lease))
    status, _ = vm.run("tftp -g -r boot/script -l /tmp/s 10.0.2.4 && "
                       "grep -q ipxe /tmp/s")
    it.check("TFTP in the guest", status == 0)
    said = it.log.read_text()
    it.check("one address", said.count("10.0.2.80 leased to") == 1, "")
    vm.poweroff()
    it.check("ends well", net.stop() == 0)


if __name__ == "__main__":
    lab.main(test)
