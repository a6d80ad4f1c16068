# SPDX-License-Identifier: BSD-3-Clause
"""vhost_user.py - VMs by vhost-user: to the outside, to each other, and at rest

    VM in QEMU  <--->  daemon under test  <--->  server namespace (see run)
    VM in QEMU  <--->  userland  <--->  VM in QEMU

Beside them the same on a stream socket, and passt's vhost-user where the
passt of this machine has it; BENCH_PASST names another one, as Debian's before
trixie has it not. All VMs are booted before the first round.
"""

import contextlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import daemon
import guest
from kit import Failed, Table, cpu_s, forgiven
from qmp import Qmp

SERVER, PORT = "10.99.0.2", 7000
FAR_PORT = 7001
WAYS = (("up", "guest->host", ""), ("down", "host->guest", " "))
FLOWS = (1, 8)
IDLE_VMS, IDLE_MEMORY, IDLE_S, SETTLE_S = 16, 96, 10, 5
MEMORY = 192
VM_SECONDS = 3      # at least: a VM without KVM is slow to find its pace


def vm_of(bench, sock, is_vhost, number, memory=MEMORY, accel=None):
    """A VM, booted; the emulated one crashes with MSI-X, so vectors=0."""
    mac = f"52:54:00:00:01:{number:02x}"
    if is_vhost:
        more = ["-object",
                f"memory-backend-memfd,id=m,size={memory}M,share=on",
                "-numa", "node,memdev=m",
                "-chardev", f"socket,id=c,path={sock}",
                "-netdev", "vhost-user,id=n0,chardev=c",
                "-device", "virtio-net-pci,netdev=n0,vectors=0,romfile=,"
                f"mac={mac}"]
    else:
        more = ["-netdev", "stream,id=n0,server=off,addr.type=unix,"
                f"addr.path={sock}", "-device",
                f"virtio-net-pci,netdev=n0,romfile=,mac={mac}"]
    machine = guest.Guest(bench.image, None, memory=memory, more=more,
                          accel=accel or guest.best_accel(bench.image))
    if not machine.dhcp():
        machine.kill()
        raise Failed("no lease")
    return machine


class Net:
    """A network of ours for any number of VMs."""

    def __init__(self, bench, name, mode, *options):
        self.dir = bench.scratch / name
        self.dir.mkdir(exist_ok=True)
        self.socks = {True: self.dir / "vhost.sock",
                      False: self.dir / "stream.sock"}
        self.daemon = daemon.Userland(bench.binary, [
            "--vhost-user", str(self.socks[True]), "--socket",
            str(self.socks[False]), "--mode", mode, "--subnet",
            "10.0.2.0/24", "--subnet-overlap", "--mtu", "1500",
            "--control", str(self.dir / "ctl"), *options],
            self.dir / "log")
        self.qmp = Qmp(self.dir / "ctl")

    def boot(self, bench, is_vhost, number, **how):
        return vm_of(bench, self.socks[is_vhost], is_vhost, number, **how)

    @property
    def pid(self):
        return self.daemon.pid

    def notes(self):
        """Kicks from all guests and calls to them, so far."""
        kicks = calls = 0
        for port in self.qmp("query-ports"):
            wire = port.get("wire-counters", {})
            kicks += wire.get("rx-kicks", 0) + wire.get("tx-kicks", 0)
            calls += wire.get("rx-calls", 0) + wire.get("tx-calls", 0)
        return kicks, calls

    def stop(self):
        self.qmp.close()
        self.daemon.stop()


class Passt:
    """passt by vhost-user; None from make() where it cannot."""

    @staticmethod
    def make(bench):
        found = shutil.which(os.environ.get("BENCH_PASST", "passt"))
        if not found or "--vhost-user" not in subprocess.run(
                [found, "--help"], capture_output=True, text=True).stdout:
            return None
        return Passt(bench, found)

    def __init__(self, bench, found):
        self.sock = bench.scratch / "passt-vhost.sock"
        pid_file = bench.scratch / "passt-vhost.pid"
        subprocess.run([found, "--vhost-user", "-m", "1500", "--socket",
                        str(self.sock), "--pid", str(pid_file)], check=True,
                       capture_output=True, timeout=10)
        self.pid = int(pid_file.read_text())

    def boot(self, bench, is_vhost, number):
        return vm_of(bench, self.sock, is_vhost, number)

    def notes(self):
        return None

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            subprocess.run(["kill", str(self.pid)])


def outside(bench):
    columns = []
    for _, way, mark in WAYS:
        columns += [(f"{way} Gb/s", ".2f"), (f"8 flows{mark}", ".2f"),
                    (f"daemon CPU-s/GB{mark}", ".2f"),
                    (f"QEMU CPU-s/GB{mark}", ".2f"),
                    (f"kicks/GB{mark}", ".0f"), (f"calls/GB{mark}", ".0f")]
    table = Table("VM by vhost-user to the outside, MTU 1500 (QEMU, "
                  f"{guest.best_accel(bench.image)})", columns,
                  "CPU, kicks (the guest's) and calls (ours) are those of "
                  "one flow.")
    with contextlib.ExitStack() as ends:
        machines = []
        for row, is_vhost, make in outside_rows(bench):
            with forgiven():
                net = make()
                if not net:
                    continue
                ends.callback(net.stop)
                machine = ends.enter_context(
                    net.boot(bench, is_vhost, len(machines) + 1))
                machines.append((row, net, machine))
        for _ in bench.rounds_of(table):
            for row, net, machine in machines:
                table.row(row)
                for way in WAYS:
                    with forgiven():
                        one_way(bench, table, row, net, machine, *way)
    table.show()


def outside_rows(bench):
    yield "userland, vhost-user", True, lambda: Net(bench, "out-v", "nat-"
                                                    "network")
    yield "userland, stream", False, lambda: Net(bench, "out-s",
                                                 "nat-network")
    yield "passt, vhost-user", True, lambda: Passt.make(bench)


def one_way(bench, table, row, net, machine, what, way, mark):
    daemon_s, qemu_s, notes = cpu_s(net.pid), cpu_s(machine.pid), net.notes()
    size, seconds = load(machine, what, bench.seconds, 1)
    table.add(row, f"{way} Gb/s", size * 8 / seconds / 1e9)
    table.add(row, f"daemon CPU-s/GB{mark}",
              (cpu_s(net.pid) - daemon_s) / size * 1e9)
    table.add(row, f"QEMU CPU-s/GB{mark}",
              (cpu_s(machine.pid) - qemu_s) / size * 1e9)
    if notes:
        for name, before, after in zip(("kicks", "calls"), notes,
                                       net.notes()):
            table.add(row, f"{name}/GB{mark}", (after - before) / size * 1e9)
    size, seconds = load(machine, what, bench.seconds, FLOWS[1])
    table.add(row, f"8 flows{mark}", size * 8 / seconds / 1e9)


def load(machine, what, length, flows, server=SERVER, port=PORT):
    """Bytes of all flows, and the longest's time."""
    one = f"loadgen {what} {server} {port} {length} & "
    status, said = machine.run(one * flows + "wait", length * 4 + 20)
    words = [list(map(float, line.split())) for line in said.splitlines()
             if len(line.split()) == 2]
    if status or len(words) != flows:
        raise Failed(said)
    return sum(size for size, _ in words), max(time for _, time in words)


def vm_to_vm(bench):
    table = Table("VM to VM, MTU 1500 (QEMU, "
                  f"{guest.best_accel(bench.image)})", (
                      ("Gb/s", ".2f"), ("switch CPU-s/GB", ".2f"),
                      ("QEMUs' CPU-s/GB", ".2f"), ("kicks/GB", ".0f"),
                      ("calls/GB", ".0f"), ("64 B frames/s", ".0f"),
                      ("round trip p50 us", ".0f")))
    with contextlib.ExitStack() as ends:
        pairs = []
        for row, is_vhost in (("both vhost-user", True),
                              ("both stream", False)):
            with forgiven():
                net = Net(bench, f"pair-{is_vhost}", "internal", "--dhcp")
                ends.callback(net.stop)
                vms = [ends.enter_context(net.boot(bench, is_vhost, n))
                       for n in (1, 2)]
                vms[1].run(f"loadgen serve {FAR_PORT} >/dev/null 2>&1 & "
                           "sleep 1")
                pairs.append((row, net, vms))
        for _ in bench.rounds_of(table):
            for row, net, vms in pairs:
                table.row(row)
                with forgiven():
                    one_pair(bench, table, row, net, vms)
    table.show()


def one_pair(bench, table, row, net, vms):
    length = max(bench.seconds, VM_SECONDS)
    _, address = vms[1].run("ip -4 -o addr show eth0")
    far = address.split()[3].partition("/")[0]
    before, qemus = cpu_s(net.pid), sum(cpu_s(vm.pid) for vm in vms)
    notes = net.notes()
    size, seconds = load(vms[0], "up", length, 1, far, FAR_PORT)
    table.add(row, "Gb/s", size * 8 / seconds / 1e9)
    table.add(row, "switch CPU-s/GB", (cpu_s(net.pid) - before) / size * 1e9)
    table.add(row, "QEMUs' CPU-s/GB",
              (sum(cpu_s(vm.pid) for vm in vms) - qemus) / size * 1e9)
    for name, old, new in zip(("kicks", "calls"), notes, net.notes()):
        table.add(row, f"{name}/GB", (new - old) / size * 1e9)
    for what, column in (("udp-up", "64 B frames/s"),
                         ("rr", "round trip p50 us")):
        status, said = vms[0].run(
            f"loadgen {what} {far} {FAR_PORT} {length}", length * 3 + 10)
        if status:
            raise Failed(f"{row}: {what}: {said}")
        words = list(map(float, said.split()))
        table.add(row, column, words[1] if what == "rr" else
                  words[0] / words[1])


def switches(pid):
    """How often a process was put to sleep so far, and so woken up."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("voluntary_ctxt_switches"):
            return int(line.split()[1])
    raise Failed("no such process")


def idle(bench):
    table = Table(f"{IDLE_VMS} idle VMs by vhost-user", (
        (f"wake-ups in {IDLE_S} s", ".0f"), (f"CPU ms in {IDLE_S} s", ".1f"),
        ), "IPv6 is off, and with it what guests say by themselves.")
    with contextlib.ExitStack() as ends:
        net = Net(bench, "idle", "nat-network", "--no-ipv6")
        ends.callback(net.stop)
        for number in range(1, IDLE_VMS + 1):
            vm = ends.enter_context(net.boot(bench, True, number,
                                             memory=IDLE_MEMORY))
            vm.run("echo 1 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6")
        for _ in bench.rounds_of(table):
            table.row("userland")
            time.sleep(SETTLE_S)
            before, cpu = switches(net.pid), cpu_s(net.pid)
            time.sleep(IDLE_S)
            table.add("userland", f"wake-ups in {IDLE_S} s",
                      switches(net.pid) - before)
            table.add("userland", f"CPU ms in {IDLE_S} s",
                      (cpu_s(net.pid) - cpu) * 1e3)
    table.show()


# A driver in one process with the port: tests/bench/vhostbench.

RING_BATCH, RING_FRAMES, COUNTED_FRAMES = 16, 64000, 3200
COLLECTED = re.compile(r"Collected : (\d+)")


def rings(bench):
    table = Table("A port by vhost-user alone", (
        ("ns/frame", ".0f"), ("instructions/frame", ".0f"),
        ("kicks/GB", ".0f"), ("calls/GB", ".0f"),
        ("kicks/GB if deaf", ".0f"), ("calls/GB if deaf", ".0f")),
        f"{RING_BATCH} frames at a time, of 60 bytes, or super-frames of 64 "
        "KiB which the guest receives into 43 buffers of 1536 bytes. A deaf "
        "driver kicks for each frame or buffer and always wants to be called: "
        "how it were without suppression. Instructions are callgrind's, of "
        "the port's turns alone; the driver's share of the time is in ns.")
    cases = [(way, length, kind) for length in (65536, 60)
             for way in ("up", "down") for kind in ("split", "packed")]
    for _ in bench.rounds_of(table):
        for way, length, kind in cases:
            row = f"{'from' if way == 'up' else 'to'} the guest, " \
                  f"{'64 KiB' if length > 60 else '60 bytes'}, {kind}"
            table.row(row)
            with forgiven():
                one_ring(bench, table, row, [way, str(length)], kind)
    table.show()


def one_ring(bench, table, row, load_words, kind):
    program = [str(bench.loadgen.parent / "vhostbench"), *load_words]
    for suffix, words in (("", ""), ("-deaf", " if deaf")):
        _, size, ns, kicks, calls = map(float, ring_run(
            [*program, kind + suffix, str(RING_BATCH), str(RING_FRAMES)])
            .stdout.split())
        if not suffix:
            table.add(row, "ns/frame", ns)
        table.add(row, f"kicks/GB{words}", kicks / size * 1e9)
        table.add(row, f"calls/GB{words}", calls / size * 1e9)
    counted = table.cells[row].get("instructions/frame")
    if counted:     # the same each time
        table.add(row, "instructions/frame", counted[0])
        return
    if not shutil.which("valgrind"):
        return
    said = ring_run(["valgrind", "--tool=callgrind",
                     "--toggle-collect=device_turn",
                     "--callgrind-out-file=/dev/null", *program, kind,
                     str(RING_BATCH), str(COUNTED_FRAMES)]).stderr
    table.add(row, "instructions/frame",
              int(COLLECTED.search(said)[1]) / COUNTED_FRAMES)


def ring_run(argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True,
                          timeout=60)
