#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""hub.py - VM to VM: userland's switch beside vde_switch

    guest namespace                                   guest namespace
    loadgen  tap0  card  <-->  switch  <-->  card  tap0  loadgen serve
             10.98.0.1                            10.98.0.2

A card joins tap and switch: tests/bench/plug on a stream socket, which does
what QEMU and the kernel in a VM do; the same with one system call a frame
("plain"); vde_plug2tap. Or there is none, and the taps are ports themselves:
`hub.py SOCKET` in a guest's namespace makes one and gives it away over the
control socket.
"""

import contextlib
import fcntl
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

from kit import (Failed, Namespace, START_S, Table, cpu_s, forgiven,
                 rss_kb)
import guest    # noqa: E402 - kit knows where it is

PORT = 7000
FAR = "10.98.0.2"
IDLE_PORTS = 256
SETTLE_S = 5        # ports give their buffers back after a while
IDLE_S = 5
TUNSETIFF = 0x400454ca
TAP_FLAGS = 0x0002 | 0x1000 | 0x4000    # IFF_TAP, IFF_NO_PI, IFF_VNET_HDR


def await_that(what, is_true):
    deadline = time.monotonic() + START_S
    while not is_true():
        if time.monotonic() > deadline:
            raise Failed(f"{what} does not start")
        time.sleep(0.02)


def end(process):
    if process:
        process.kill()
        process.wait()


class Switch:
    """A switch under test, and the cards of its guests."""

    def __init__(self, scratch):
        self.scratch = Path(scratch)
        self.process = None
        self.cards = []

    def start(self, argv, sign, **kw):
        self.process = subprocess.Popen(
            list(map(str, argv)), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, **kw)
        await_that(argv[0], sign.exists)

    def cards_cpu_s(self):
        return sum(cpu_s(card.pid) for card in self.cards)

    def stop(self):
        for process in [*self.cards, self.process]:
            end(process)


class Userland(Switch):
    """By the kind of card: "plug", "plain" or "tap"."""

    def __init__(self, bench, scratch, card, mode, mtu):
        super().__init__(scratch)
        self.plug = bench.loadgen.parent / "plug"
        self.card = card
        self.sock = self.scratch / "s"
        self.control = self.scratch / "c"
        self.start([bench.binary, "-f", "-q", "--mode", mode, "--mtu", mtu,
                    "--socket", self.sock, "--control", self.control],
                   self.control, stdin=subprocess.DEVNULL)

    def join(self, space):
        if self.card == "tap":
            space.run(sys.executable, "-B", __file__, self.control)
            return
        words = ["plain"] if self.card == "plain" else []
        card = space.popen(self.plug, self.sock, "tap0", *words,
                           stdout=subprocess.PIPE)
        self.cards.append(card)
        if card.stdout.readline() != "ready\n":
            raise Failed("plug does not start")

    def netdev(self):
        return f"stream,server=off,addr.type=unix,addr.path={self.sock}"

    def join_quiet(self, number):
        """A port of a guest that says little; what ends it."""
        near = socket.socket(socket.AF_UNIX)
        near.connect(str(self.sock))
        frame = small_frame(number)
        near.send(struct.pack(">I", len(frame)) + frame)
        return near.close


class Vde(Switch):
    def __init__(self, scratch):
        super().__init__(scratch)
        self.dir = self.scratch / "vde"
        # It ends with its standard input.
        self.start(["vde_switch", "-n", IDLE_PORTS + 8, "-s", self.dir],
                   self.dir / "ctl", stdin=subprocess.PIPE)

    def join(self, space):
        self.cards.append(space.popen(
            "vde_plug2tap", "-s", self.dir, "tap0",
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        await_that("vde_plug2tap",
                   lambda: "tap0" in space.run("ip", "-o", "link"))

    def netdev(self):
        return f"vde,sock={self.dir}"

    def join_quiet(self, number):
        plug = subprocess.Popen(
            ["vde_plug", f"vde://{self.dir}"], stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        frame = small_frame(number)
        plug.stdin.write(struct.pack(">H", len(frame)) + frame)
        plug.stdin.flush()
        return lambda: end(plug)


def small_frame(number):
    """To all, from a MAC of @number's own."""
    return b"\xff" * 6 + struct.pack(">HI", 0x0200, number) + bytes(48)


@contextlib.contextmanager
def lan(make_switch, mtu):
    """Two guests on a switch: it, and the first one."""
    switch = None
    guests = []
    try:
        switch = make_switch()
        for number in (1, 2):
            space = Namespace("-n")
            guests.append(space)
            space.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
            switch.join(space)
            space.run("ip", "link", "set", "tap0", "mtu", mtu, "up")
            space.run("ip", "addr", "add", f"10.98.0.{number}/24", "dev",
                      "tap0")
        yield switch, *guests
    finally:
        if switch:
            switch.stop()
        for space in guests:
            space.close()


def vm_to_vm(bench):
    table = Table("VM to VM: two guests on one switch", (
        ("Gb/s", ".2f"), ("times vde", ".1f"), ("switch CPU-s/GB", ".2f"),
        ("cards CPU-s/GB", ".2f"), ("64 B frames/s", ".0f"),
        ("switch us/frame", ".2f"), ("round trip p50 us", ".1f"),
        ("p99 us", ".1f")),
        "\"times vde\" is against vde_switch at MTU 1500 in the same round, "
        "which is the most that it carries.")
    for _ in bench.rounds_of(table):
        reference = None
        for row, mtu, make_switch in rows(bench):
            table.row(row)
            with forgiven(), lan(make_switch, mtu) as (switch, near, far):
                speed = one_row(bench, table, row, switch, near, far)
                if row.startswith("vde"):
                    reference = speed
                if reference:
                    table.add(row, "times vde", speed / reference)
    table.show()


def rows(bench):
    """What is measured: a name, an MTU, and what makes it."""
    all_rows = []
    if shutil.which("vde_switch") and shutil.which("vde_plug2tap"):
        all_rows.append(("vde_switch, 1500", 1500,
                         lambda: Vde(fresh_dir(bench))))
    for card, mode, words in (("plug", "internal", "stream"),
                              ("plug", "nat-network", "stream, nat-network"),
                              ("plain", "internal", "stream, plain cards"),
                              ("tap", "internal", "taps")):
        all_rows.append((f"userland, 1500, {words}", 1500,
                         ours(bench, card, mode, 1500)))
    for card, words in (("plug", "stream"), ("tap", "taps")):
        all_rows.append((f"userland, 65520, {words}", 65520,
                         ours(bench, card, "internal", 65520)))
    return all_rows


def ours(bench, card, mode, mtu):
    return lambda: Userland(bench, fresh_dir(bench), card, mode, mtu)


def fresh_dir(bench):
    path = bench.scratch / f"hub{time.monotonic_ns()}"
    path.mkdir()
    return path


def one_row(bench, table, row, switch, near, far):
    pid = switch.process.pid
    server = far.popen(bench.loadgen, "serve", PORT, stdout=subprocess.PIPE)
    try:
        server.stdout.readline()
        before, cards_before = cpu_s(pid), switch.cards_cpu_s()
        size, seconds = load(bench, near, "up")
        table.add(row, "Gb/s", size * 8 / seconds / 1e9)
        table.add(row, "switch CPU-s/GB", (cpu_s(pid) - before) / size * 1e9)
        if switch.cards:
            table.add(row, "cards CPU-s/GB",
                      (switch.cards_cpu_s() - cards_before) / size * 1e9)
        with forgiven():
            before = cpu_s(pid)
            count, took = load(bench, near, "udp-up")
            table.add(row, "64 B frames/s", count / took)
            table.add(row, "switch us/frame",
                      (cpu_s(pid) - before) / count * 1e6)
        with forgiven():
            _, p50, p99 = load(bench, near, "rr")
            table.add(row, "round trip p50 us", p50)
            table.add(row, "p99 us", p99)
        return size * 8 / seconds / 1e9
    finally:
        end(server)


def load(bench, space, what):
    return bench.load(space, what, to=FAR)


def idle_ports(bench):
    table = Table(f"{IDLE_PORTS} idle ports", (
        ("KiB per port", ".1f"), (f"CPU ms in {IDLE_S} s", ".2f")),
        "Each guest sent a frame to all, then nothing.")
    makers = [("userland", lambda: Userland(bench, fresh_dir(bench), "plug",
                                            "internal", 1500))]
    if shutil.which("vde_switch"):
        makers.append(("vde_switch", lambda: Vde(fresh_dir(bench))))
    for _ in bench.rounds_of(table):
        for row, make_switch in makers:
            table.row(row)
            with forgiven(), contextlib.ExitStack() as ends:
                switch = make_switch()
                ends.callback(switch.stop)
                pid = switch.process.pid
                at_start = rss_kb(pid)
                for number in range(IDLE_PORTS):
                    ends.callback(switch.join_quiet(number))
                time.sleep(SETTLE_S)
                before = cpu_s(pid)
                time.sleep(IDLE_S)
                table.add(row, f"CPU ms in {IDLE_S} s",
                          (cpu_s(pid) - before) * 1e3)
                table.add(row, "KiB per port",
                          (rss_kb(pid) - at_start) / IDLE_PORTS)
    table.show()


# Two VMs in QEMU.

VM_SECONDS = 3      # at least: a VM without KVM is slow to find its pace


def two_vms(bench):
    """All pairs are booted first and wait for their turns."""
    accel = guest.best_accel(bench.image)
    table = Table(f"VM to VM: two VMs in QEMU ({accel}), virtio-net", (
        ("Gb/s", ".2f"), ("times vde", ".1f"), ("switch CPU-s/GB", ".2f"),
        ("QEMUs' CPU-s/GB", ".2f"), ("64 B frames/s", ".0f"),
        ("round trip p50 us", ".0f"), ("p99 us", ".0f")),
        f"Runs of {max(bench.seconds, VM_SECONDS):g} s.")
    makers = [(f"userland, MTU {mtu}", mtu, ours(bench, "plug", "internal",
                                                 mtu))
              for mtu in (1500, 65520)]
    if shutil.which("vde_switch"):
        makers.insert(0, ("vde_switch, -netdev vde, MTU 1500", 1500,
                          lambda: Vde(fresh_dir(bench))))
    with contextlib.ExitStack() as ends:
        pairs = [(row, *pair(bench, ends, accel, mtu, make_switch))
                 for row, mtu, make_switch in makers]
        for _ in bench.rounds_of(table):
            reference = None
            for row, switch, vms in pairs:
                table.row(row)
                with forgiven():
                    speed = one_vm_row(bench, table, row, switch, vms)
                    reference = reference or speed
                    if makers[0][0].startswith("vde"):
                        table.add(row, "times vde", speed / reference)
    table.show()


def pair(bench, ends, accel, mtu, make_switch):
    """Two VMs on a switch of their own, the second with a server in it."""
    switch = make_switch()
    ends.callback(switch.stop)
    vms = [ends.enter_context(boot(bench, switch, accel, number, mtu))
           for number in (1, 2)]
    vms[1].run(f"loadgen serve {PORT} >/dev/null 2>&1 & sleep 1")
    return switch, vms


def boot(bench, switch, accel, number, mtu):
    machine = guest.Guest(
        bench.image, switch.netdev(), accel=accel,
        mac=f"52:54:00:00:00:{number:02x},host_mtu={mtu}")
    status, said = machine.run(f"ip link set eth0 up mtu {mtu} && "
                               f"ip addr add 10.98.0.{number}/24 dev eth0")
    if status:
        machine.kill()
        raise Failed(said)
    return machine


def one_vm_row(bench, table, row, switch, vms):
    """The numbers of one pair; its throughput."""
    pid = switch.process.pid
    length = max(bench.seconds, VM_SECONDS)

    def ask_vm(what):
        status, said = vms[0].run(
            f"loadgen {what} {FAR} {PORT} {length}", length * 3 + 10)
        if status:
            raise Failed(f"{row}: {what}: {said}")
        return [float(word) for word in said.split()]

    before, qemus = cpu_s(pid), sum(cpu_s(vm.pid) for vm in vms)
    size, seconds = ask_vm("up")
    speed = size * 8 / seconds / 1e9
    table.add(row, "Gb/s", speed)
    table.add(row, "switch CPU-s/GB", (cpu_s(pid) - before) / size * 1e9)
    table.add(row, "QEMUs' CPU-s/GB",
              (sum(cpu_s(vm.pid) for vm in vms) - qemus) / size * 1e9)
    with forgiven():
        count, seconds = ask_vm("udp-up")
        table.add(row, "64 B frames/s", count / seconds)
    _, p50, p99 = ask_vm("rr")
    table.add(row, "round trip p50 us", p50)
    table.add(row, "p99 us", p99)
    return speed


# In a guest's namespace: a tap as a port.

def give_tap(control):
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", b"tap0", TAP_FLAGS))
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(control)
        said = sock.makefile()
        said.readline()
        ask(sock, said, [], "qmp_capabilities")
        ask(sock, said, [tap], "getfd", fdname="tap")
        ask(sock, said, [], "port-add", fdname="tap")


def ask(sock, said, fds, command, **arguments):
    words = json.dumps({"execute": command, "arguments": arguments})
    socket.send_fds(sock, [words.encode() + b"\n"], fds)
    while True:
        answer = json.loads(said.readline())
        if "error" in answer:
            sys.exit(f"{command}: {answer['error']['desc']}")
        if "return" in answer:
            return


if __name__ == "__main__":
    give_tap(sys.argv[1])
