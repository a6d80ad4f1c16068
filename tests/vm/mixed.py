#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""mixed.py - cards of different kinds and MTUs on one network.

    VM 1, virtio-net-pci: takes the MTU of 65520 that DHCP offers
    VM 2, e1000: cannot, and stays at 1500              -- lab (nat-network)
    this host, `userlan shell` with its tap at 1500

VM 2 has Debian's full kernel: the small one has no driver for real cards.
"""

import hashlib
import struct
import subprocess

import farend
import image
import lab
from run import Tool

MIB = 1 << 20
SMALL = 1500
BIG = 65520
ETH = 14
NAMES = ("virtio-net-pci", "e1000")
MACS = ("52:54:00:00:00:01", "52:54:00:00:00:02")


def boot(it, number, booted_from=None):
    return it.boot(None, booted_from=booted_from, more=[
        "-netdev", "stream,id=n0,server=off,addr.type=unix,"
        f"addr.path={it.dir}/userlan/lab.sock", "-device",
        f"{NAMES[number]},netdev=n0,romfile=,mac={MACS[number]}"])


def longest(pcap):
    """{(source, destination): length of the longest frame}"""
    data, at, found = pcap.read_bytes(), 24, {}
    while at + 16 <= len(data):
        _, _, kept, length = struct.unpack("=4I", data[at:at + 16])
        frame = data[at + 16:at + 16 + kept]
        key = frame[6:12].hex(":"), frame[:6].hex(":")
        found[key] = max(found.get(key, 0), length)
        at += 16 + kept
    return found


def between(it, number, vm, address, megabytes):
    """A file of VM @number's to a server at @address that hashes it."""
    vm.run(f"head -c {megabytes * MIB} /dev/urandom >/tmp/up")
    _, want = vm.run("sha256sum </tmp/up")
    _, said = vm.run(f"timeout 60 nc {address} 81 </tmp/up", 90)
    it.check(f"TCP from {NAMES[number]}", said.split()[:1] ==
             want.split()[:1], f"{megabytes} MiB to {address}")
    vm.run("rm /tmp/up")


def with_host(it, number, vm, web):
    """Both directions between VM @number and a server of the host's."""
    _, said = vm.run(f"timeout 60 wget -q -O - http://10.0.2.2:{web.port}/"
                     f"{8 * MIB} | sha256sum", 90)
    it.check(f"download, {NAMES[number]}", said.split()[:1] ==
             [farend.payload_hash(8 * MIB)])
    vm.run("head -c 1000000 /dev/urandom | base64 >/tmp/up")
    _, want = vm.run("sha256sum </tmp/up")
    _, said = vm.run("timeout 60 wget -q -O - --post-file=/tmp/up "
                     f"http://10.0.2.2:{web.port}/", 90)
    it.check(f"upload, {NAMES[number]}", said == want.split()[0])


def from_shell(it, tool, number, address):
    """This host inside the network, with an MTU of 1500 of its own."""
    body = b"".join(farend.payload(2 * MIB))
    sender = ("import socket, sys; s = socket.create_connection("
              f"('{address}', 81), 10); s.sendall(sys.stdin.buffer.read()); "
              "s.shutdown(1); print(s.makefile().read())")
    done = subprocess.run(
        [str(tool.path), "shell", "lab", "--", "sh", "-c",
         f"ip link set eth0 mtu {SMALL} && exec python3 -c \"{sender}\""],
        input=body, capture_output=True, env=tool.env, timeout=60)
    why = done.stderr.decode()
    if "namespace of its own" in why or "/dev/net/tun" in why:
        it.check("tap at 1500", True, f"not tried: {why.strip()}")
        return
    it.check(f"tap at 1500 to {NAMES[number]}",
             done.stdout.decode().split()[:1] ==
             [hashlib.sha256(body).hexdigest()], why.strip()[-80:])


def test(it):
    tool = Tool(it)
    web = it.serve(farend.Web())
    pcap = it.dir / "lab.pcap"
    done = tool("up", "lab", "--subnet", "10.0.2.0/24", "--subnet-overlap",
                f"--host-loopback={web.port}", "--log-file",
                str(it.dir / "lab.log"), "--pcap", str(pcap))
    it.check("up", done.returncode == 0, done.stderr.strip())
    it.closing.callback(tool, "down", "lab", "--force")
    full = lab.fetch_image("guest-full", image.FULL)
    vms = [boot(it, 0), boot(it, 1, full)]
    leases = [vm.dhcp() for vm in vms]
    for number, mtu in ((0, BIG), (1, SMALL)):
        it.check(f"MTU, {NAMES[number]}", leases[number].get("mtu") ==
                 str(mtu) and leases[number].get("offered_mtu") == str(BIG),
                 leases[number])
    addresses = [lease.get("ip", "none").partition("/")[0]
                 for lease in leases]
    for vm in vms:
        vm.run("nc -ll -p 81 -e sha256sum & usleep 200000")
    for number in (0, 1):
        between(it, number, vms[number], addresses[1 - number], 8)
        with_host(it, number, vms[number], web)
        from_shell(it, tool, number, addresses[number])
    for vm in vms:
        vm.poweroff()
    done = tool("down", "lab", "--force")
    it.check("down", done.returncode == 0, done.stderr.strip())
    sizes(it, longest(pcap))


def sizes(it, found):
    """Who is given how much at once: each as much as it takes."""
    router = "52:55:0a:00:02:02"
    for key, least, most in (((router, MACS[0]), SMALL + 1, BIG),
                             ((MACS[0], router), SMALL + 1, BIG),
                             ((router, MACS[1]), SMALL - 100, SMALL),
                             ((MACS[0], MACS[1]), SMALL - 100, SMALL),
                             ((MACS[1], MACS[0]), SMALL - 100, SMALL)):
        size = found.get(key, 0) - ETH
        it.check("longest packet", least <= size <= most,
                 f"{key[0]} to {key[1]}: {size}")


if __name__ == "__main__":
    lab.main(test)
