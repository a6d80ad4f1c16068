#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""vhost.py - VMs whose cards are virtqueues in shared memory.

    VM 1: vhost-user, split rings
    VM 2: vhost-user, packed rings    -- one network (nat-network)
    VM 3: stream

Each leases, transfers both ways and to all others; VM 1 reboots, and finds
its network again when userland is started anew under it.
"""

import os
import time

import farend
import lab
from run import Tool

MIB = 1 << 20
GATEWAY = "10.0.2.2"
MEMORY = 192
# VHOST_MIB=1024 takes some minutes; a run of all tests has less time.
SIZE = int(os.environ.get("VHOST_MIB", "16")) * MIB
# Of one transfer: busybox sends some 4 MiB/s.
LONG_S = 240 + SIZE // MIB
KINDS = ("split", "packed", "stream")


def card(path, kind, mac):
    """Arguments of QEMU: the emulated one crashes with MSI-X, so vectors=0."""
    if kind == "stream":
        return ["-netdev", "stream,id=n0,server=off,addr.type=unix,"
                f"addr.path={path}", "-device",
                f"virtio-net-pci,netdev=n0,romfile=,mac={mac}"]
    return ["-object",
            f"memory-backend-memfd,id=m,size={MEMORY}M,share=on",
            "-numa", "node,memdev=m", "-action", "reboot=reset",
            "-chardev", f"socket,id=c,path={path},reconnect=1",
            "-netdev", "vhost-user,id=n0,chardev=c",
            "-device", "virtio-net-pci,netdev=n0,vectors=0,romfile=,"
            f"packed={'on' if kind == 'packed' else 'off'},mac={mac}"]


def boot(it, number):
    kind = KINDS[number]
    path = it.dir / ("stream.sock" if kind == "stream" else "vhost.sock")
    return it.boot(None, memory=MEMORY, more=card(
        path, kind, f"52:54:00:00:00:0{number + 1}"))


def start(it, *servers):
    return it.userland(
        "--vhost-user", str(it.dir / "vhost.sock"),
        "--socket", str(it.dir / "stream.sock"), "--mode", "nat-network",
        "--subnet", "10.0.2.0/24", "--subnet-overlap",
        "--host-loopback=" + ",".join(str(s.port) for s in servers))


def test(it):
    web, echo = it.serve(farend.Web()), it.serve(farend.Echo())
    net = start(it, web, echo)
    vms = [boot(it, number) for number in range(len(KINDS))]
    addresses = []
    for number, vm in enumerate(vms):
        lease = vm.dhcp()
        addresses.append(lease.get("ip", "none").partition("/")[0])
        it.check(f"lease, {KINDS[number]}", lease.get("ip") ==
                 f"10.0.2.{15 + number}/24" and lease.get("mtu") == "1500",
                 lease)
        vm.run("nc -ll -p 81 -e sha256sum & usleep 200000")
        download(it, number, vm, web, SIZE)
        upload(it, number, vm, echo)
    offload(it, vms[0])
    for number, vm in enumerate(vms):
        between(it, number, vm, addresses)
    for vm in vms[1:]:
        vm.poweroff()
    reboot(it, vms[0], web)
    it.check("ends well", net.stop() == 0)
    net = start(it, web)
    came_back(it, vms[0], web)
    vms[0].poweroff()
    it.check("ends well", net.stop() == 0)
    by_userlan(it, web)
    it.check("no ring broke", "virtqueue" not in net.words() and
             "machine" not in net.words())


def download(it, number, vm, web, size):
    before = time.monotonic()
    _, said = vm.run(f"wget -q -O - http://{GATEWAY}:{web.port}/{size} |"
                     " sha256sum", LONG_S)
    seconds = time.monotonic() - before
    it.check(f"download, {KINDS[number]}", said.split()[:1] ==
             [farend.payload_hash(size)],
             f"{size / MIB / seconds:.0f} MiB/s")


def upload(it, number, vm, echo):
    """One block again and again: the guest has little memory."""
    vm.run(f"head -c {MIB} /dev/urandom >/tmp/up")
    source = f"for i in $(seq {SIZE // MIB}); do cat /tmp/up; done"
    _, want = vm.run(f"({source}) | sha256sum", LONG_S)
    before = time.monotonic()
    _, said = vm.run(f"({source}) | timeout {LONG_S} nc {GATEWAY} {echo.port}",
                     LONG_S + 10)
    seconds = time.monotonic() - before
    it.check(f"upload, {KINDS[number]}", said ==
             f"{SIZE} {want.split()[0]}", f"{SIZE / MIB / seconds:.0f} MiB/s")
    vm.run("rm /tmp/up")


def offload(it, vm):
    """The guest's card says what it takes over."""
    _, said = vm.run("cat /sys/class/net/eth0/device/features")
    bits = [at for at, bit in enumerate(said.strip()) if bit == "1"]
    it.check("offload", {0, 1, 7, 8, 11, 12, 15, 28, 29, 32} <= set(bits),
             bits)


def between(it, number, vm, addresses):
    vm.run(f"head -c {4 * MIB} /dev/urandom >/tmp/up")
    _, want = vm.run("sha256sum </tmp/up")
    for other, address in enumerate(addresses):
        if other == number:
            continue
        _, said = vm.run(f"timeout 60 nc {address} 81 </tmp/up", 90)
        it.check(f"{KINDS[number]} to {KINDS[other]}", said.split()[:1] ==
                 want.split()[:1], address)
    vm.run("rm /tmp/up")


def reboot(it, vm, web):
    vm.reboot()
    lease = vm.dhcp()
    it.check("reboot", lease.get("ip") == "10.0.2.15/24", lease.get("ip"))
    download(it, 0, vm, web, 4 * MIB)


def came_back(it, vm, web):
    """QEMU tries again each second; the guest keeps its address."""
    for _ in range(20):
        status, _ = vm.run(f"ping -c 1 -W 1 {GATEWAY}")
        if not status:
            break
    it.check("back", not status, "userland was started anew")
    download(it, 0, vm, web, 4 * MIB)


def by_userlan(it, web):
    """It adds memory, chardev and device by itself."""
    tool = Tool(it)
    config = it.dir / "own.conf"
    config.write_text(f"[network]\nhost-loopback={web.port}\n")
    vm = it.boot(None, prefix=tool.run("--vhost-user", "--config",
                                       str(config)), env=tool.env)
    lease = vm.dhcp()
    it.check("userlan run", lease.get("ip") == "10.0.2.15/24" and
             lease.get("mtu") == "1500", lease)
    offload(it, vm)
    download(it, 0, vm, web, 4 * MIB)
    vm.poweroff()
    done = tool("run", "--vhost-user", "--nic", "e1000", "--", "true")
    it.check("another model", done.returncode == 1 and "e1000" in
             done.stderr, done.stderr.strip()[-70:])
    tool("up", "lab", "--subnet", "10.0.2.0/24", "--subnet-overlap",
         "--mtu", "1500", f"--host-loopback={web.port}")
    it.closing.callback(tool, "down", "lab", "--force")
    vm = it.boot(None, prefix=tool.run("--vhost-user", "--net", "lab"),
                 env=tool.env)
    it.check("userlan run --net", vm.dhcp().get("ip") == "10.0.2.15/24")
    download(it, 0, vm, web, 4 * MIB)
    ports = tool("status", "lab").stdout
    it.check("status", "vhost-user" in ports, ports.strip()[-70:])
    vm.poweroff()


if __name__ == "__main__":
    lab.main(test)
