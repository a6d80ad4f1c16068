#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""vhost-move.py - a VM with a vhost-user card moves to another QEMU.

While it moves a stopped program's socket fills: what userland writes into the
guest's buffers meanwhile, and no CPU of the guest's touches, has to be in the
log of dirty pages, or what the program reads afterwards is not what was sent.

    QEMU 1  --migrates-->  QEMU 2     both on one network of userland's
"""

import time

import farend
import lab
import qmp
import vhost

MIB = 1 << 20
GATEWAY = "10.0.2.2"
SIZE = 4 * MIB
RATE = 24 << 10     # bytes/s: some in each round of the migration
SPEED = 12 * MIB    # of the migration


def boot(it, number, incoming=None):
    path = it.dir / f"qmp{number}"
    vm = it.boot(None, memory=vhost.MEMORY, incoming=incoming, more=[
        "-qmp", f"unix:{path},server=on,wait=off",
        *vhost.card(it.dir / "vhost.sock", "split", "52:54:00:00:00:01")])
    wait_for(path.exists)
    return vm, it.serve(qmp.Qmp(path))


def wait_for(is_so, seconds=60):
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
    return is_so()


def test(it):
    web = it.serve(farend.Web())
    net = it.userland(
        "--vhost-user", str(it.dir / "vhost.sock"), "--mode", "nat-network",
        "--subnet", "10.0.2.0/24", "--subnet-overlap",
        "--control", f"{it.dir}/lab.ctl", f"--host-loopback={web.port}")
    control = it.serve(qmp.Qmp(it.dir / "lab.ctl"))
    vm, monitor = boot(it, 1)
    it.check("lease", vm.dhcp().get("ip") == "10.0.2.15/24")
    name = control("query-ports")[0]["name"]
    control("port-set", name=name, **{"rate-out": RATE})
    vm.run(f"wget -q -O /tmp/f http://{GATEWAY}:{web.port}/{SIZE} "
           ">/dev/null 2>&1 & usleep 700000; killall -STOP wget")
    where = f"unix:{it.dir}/move"
    other, other_monitor = boot(it, 2, incoming=where)
    monitor("migrate-set-parameters", **{"max-bandwidth": SPEED})
    monitor("migrate", uri=where)
    wait_for(lambda: monitor("query-migrate")["status"] in
             ("completed", "failed"))
    said = monitor("query-migrate")
    it.check("moved", said["status"] == "completed",
             f"{said.get('ram', {}).get('dirty-sync-count')} rounds")
    vm.kill()
    wait_for(lambda: other_monitor("query-status")["status"] == "running")
    control("port-set", name=control("query-ports")[0]["name"],
            **{"rate-out": 0})
    received(it, other)
    works(it, other, web)
    other.poweroff()
    it.check("ends well", net.stop() == 0)


def received(it, vm):
    """What the program had read, then what its socket held."""
    _, before = vm.run("stat -c %s /tmp/f")
    vm.run("killall -CONT wget; sleep 1; killall wget; sleep 1")
    _, after = vm.run("stat -c %s /tmp/f")
    size = int(after)
    _, said = vm.run("sha256sum </tmp/f")
    it.check("memory is whole", size - int(before) > 20000 and
             said.split()[:1] == [farend.payload_hash(size)],
             f"{before} bytes were read, {size} had come")


def works(it, vm, web):
    status = 1
    for _ in range(10):
        status, _ = vm.run(f"ping -c 1 -W 1 {GATEWAY}")
        if not status:
            break
    it.check("on the network", not status)
    vhost.download(it, 0, vm, web, 4 * MIB)


if __name__ == "__main__":
    lab.main(test)
