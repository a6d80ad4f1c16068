#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""fd.py - QEMU's addr.type=fd against `userland --fd`: a socket pair.

IPv6 is tried here too, with a static address in the guest.
"""

import socket

import farend
import lab

GATEWAY = "10.0.2.2"
PREFIX = "fd00:aa:bb:cc:"
SIZE = 5 << 20


def test(it):
    web = it.serve(farend.Web())
    web6 = it.serve(farend.Web("::1"))
    ours, theirs = socket.socketpair()
    net = it.userland("--fd", str(ours.fileno()), "--host-loopback",
                      "--mtu", "1500", "--ipv6-prefix", f"{PREFIX}:/64",
                      pass_fds=(ours.fileno(),))
    ours.close()
    vm = it.boot("stream,server=off,addr.type=fd,"
                 f"addr.str={theirs.fileno()}", (theirs.fileno(),))
    theirs.close()

    lease = vm.dhcp()
    it.check("lease", lease.get("ip") == "10.0.2.15/24", str(lease))
    it.check("mtu", lease.get("mtu") == "1500", lease.get("mtu", "none"))
    download(it, vm, f"{GATEWAY}:{web.port}")
    _, said = vm.run(f"ping -c 2 -i 0.2 -W 2 {GATEWAY}")
    it.check("ping", "2 packets received" in said)
    vm.run("echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad; "
           f"ip -6 addr add {PREFIX}:15/64 dev eth0; "
           f"ip -6 route add default via {PREFIX}:2")
    download(it, vm, f"[{PREFIX}:2]:{web6.port}")
    _, said = vm.run(f"ping6 -c 2 -i 0.2 -W 2 {PREFIX}:2")
    it.check("ping IPv6", "2 packets received" in said)
    vm.poweroff()
    it.check("ends well", net.stop() == 0)


def download(it, vm, where):
    _, said = vm.run(f"timeout 60 wget -q -O - http://{where}/{SIZE} | "
                     "sha256sum", 60)
    it.check("download", said.split()[:1] == [farend.payload_hash(SIZE)],
             where)


if __name__ == "__main__":
    lab.main(test)
