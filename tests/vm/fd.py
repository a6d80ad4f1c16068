#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""fd.py - QEMU's addr.type=fd against `userland --fd`: a socket pair."""

import socket

import farend
import lab

GATEWAY = "10.0.2.2"
SIZE = 5 << 20


def test(it):
    web = it.serve(farend.Web())
    ours, theirs = socket.socketpair()
    net = it.userland("--fd", str(ours.fileno()), "--host-loopback",
                      "--mtu", "1500", pass_fds=(ours.fileno(),))
    ours.close()
    vm = it.boot("stream,server=off,addr.type=fd,"
                 f"addr.str={theirs.fileno()}", (theirs.fileno(),))
    theirs.close()

    lease = vm.dhcp()
    it.check("lease", lease.get("ip") == "10.0.2.15/24", str(lease))
    it.check("mtu", lease.get("mtu") == "1500", lease.get("mtu", "none"))
    _, said = vm.run("timeout 60 wget -q -O - "
                     f"http://{GATEWAY}:{web.port}/{SIZE} | sha256sum", 60)
    it.check("download", said.split()[:1] == [farend.payload_hash(SIZE)])
    _, said = vm.run(f"ping -c 2 -i 0.2 -W 2 {GATEWAY}")
    it.check("ping", "2 packets received" in said)
    vm.poweroff()
    it.check("ends well", net.stop() == 0)


if __name__ == "__main__":
    lab.main(test)
