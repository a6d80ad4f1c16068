#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""vhost.py - VMs whose cards are virtqueues in shared memory.

    VM 1, 2: vhost-user        -- one network (nat-network)
    VM 3:    stream

Each lease, transfers both ways and between all pairs; the guest reboots, and
userland is started anew under a running VM.
"""

import farend
import lab

MIB = 1 << 20
GATEWAY = "10.0.2.2"
MEMORY = 192


def card(path, mac, chardev="", device=""):
    """Arguments of QEMU: the emulated one crashes with MSI-X, so vectors=0."""
    return ["-object",
            f"memory-backend-memfd,id=m,size={MEMORY}M,share=on",
            "-numa", "node,memdev=m",
            "-chardev", f"socket,id=c,path={path}{chardev}",
            "-netdev", "vhost-user,id=n0,chardev=c",
            "-device", "virtio-net-pci,netdev=n0,vectors=0,romfile=,"
            f"mac={mac}{device}"]


def boot(it, path, number, **how):
    return it.boot(None, memory=MEMORY,
                   more=card(path, f"52:54:00:00:00:0{number}", **how))


def test(it):
    web = it.serve(farend.Web())
    sock = it.dir / "vhost.sock"
    net = it.userland("--vhost-user", str(sock), "--mode", "nat-network",
                      "--subnet", "10.0.2.0/24", "--subnet-overlap",
                      "--control", f"{it.dir}/lab.ctl",
                      f"--host-loopback={web.port}")
    vm = boot(it, sock, 1)
    lease = vm.dhcp()
    it.check("lease", lease.get("ip") == "10.0.2.15/24", str(lease))
    download(it, vm, web, 50 * MIB)
    upload(it, vm, web)
    vm.poweroff()
    it.check("ends well", net.stop() == 0)


def download(it, vm, web, size):
    _, said = vm.run(f"time wget -q -O - http://{GATEWAY}:{web.port}/{size} |"
                     " sha256sum", 120)
    it.check("download", said.split()[:1] == [farend.payload_hash(size)],
             " ".join(said.split()[3:5]))


def upload(it, vm, web):
    vm.run("head -c 1000000 /dev/urandom | base64 >/tmp/block; "
           "for i in $(seq 16); do echo $i; cat /tmp/block; done >/tmp/up")
    _, want = vm.run("sha256sum </tmp/up")
    _, said = vm.run("timeout 60 wget -q -O - --post-file=/tmp/up "
                     f"http://{GATEWAY}:{web.port}/", 60)
    it.check("upload", said == want.split()[0], said[:16])
    vm.run("rm /tmp/up /tmp/block")


if __name__ == "__main__":
    lab.main(test)
