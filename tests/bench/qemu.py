# SPDX-License-Identifier: BSD-3-Clause
"""qemu.py - a VM's way to the outside: ours, passt and QEMU's own libslirp

    VM in QEMU  <--->  daemon under test  <--->  server namespace (see run)

Every VM is booted before the first round and waits, idle, for its turns: a
round is a few seconds of each, one right after the other, so that a busy
spell of the machine hits all alike. QEMU gives libslirp no MTU but 1500.
"""

import contextlib
import shutil

import guest
from kit import Failed, Table, cpu_s, forgiven

SERVER, PORT = "10.99.0.2", 7000
WAYS = (("up", "guest->host", ""), ("down", "host->guest", " "))


def one_flow(bench, userland, passt):
    """The table; @userland and @passt make a tool of a binary each."""
    accel = guest.best_accel(bench.image)
    columns = []
    for _, way, mark in WAYS:
        columns += [(f"{way} Gb/s", ".2f"),
                    (f"daemon CPU-s/GB{mark}", ".2f"),
                    (f"QEMU CPU-s/GB{mark}", ".2f")]
    table = Table(f"One TCP flow, VM in QEMU ({accel}), virtio-net", columns,
                  "-netdev user runs inside QEMU: its share is in QEMU's "
                  "column.")
    with contextlib.ExitStack() as ends:
        machines = []
        for row, tool, mtu in rows(bench, userland, passt):
            table.row(row)
            with forgiven():
                machines.append((row, tool, start(bench, ends, row, tool,
                                                  mtu, accel)))
        for _ in bench.rounds_of(table):
            for row, tool, machine in machines:
                for what, way, mark in WAYS:
                    with forgiven():
                        one_run(bench, table, row, tool, machine, what, way,
                                mark)
    table.show()


def rows(bench, userland, passt):
    found = shutil.which("passt")
    for mtu in (1500, 65520):
        yield f"userland, MTU {mtu}", userland(bench.binary), mtu
        if found:
            yield f"passt, MTU {mtu}", passt(found), mtu
    yield "-netdev user, MTU 1500", None, 1500


def start(bench, ends, row, tool, mtu, accel):
    netdev = "user"
    if tool:
        sock = bench.scratch / f"vm-{tool.name}-{mtu}.sock"
        ends.callback(tool.stop)
        tool.start_vm(sock, mtu, bench.scratch)
        netdev = f"stream,server=off,addr.type=unix,addr.path={sock}"
    machine = ends.enter_context(guest.Guest(bench.image, netdev,
                                             accel=accel))
    if not machine.dhcp():
        raise Failed(f"{row}: no lease")
    return machine


def one_run(bench, table, row, tool, machine, what, way, mark):
    daemon = cpu_s(tool.pid) if tool else 0
    qemu = cpu_s(machine.pid)
    status, said = machine.run(
        f"loadgen {what} {SERVER} {PORT} {bench.seconds}",
        bench.seconds * 3 + 10)
    if status:
        raise Failed(f"{row}: {said}")
    size, seconds = map(float, said.split())
    table.add(row, f"{way} Gb/s", size * 8 / seconds / 1e9)
    if tool:
        table.add(row, f"daemon CPU-s/GB{mark}",
                  (cpu_s(tool.pid) - daemon) / size * 1e9)
    table.add(row, f"QEMU CPU-s/GB{mark}",
              (cpu_s(machine.pid) - qemu) / size * 1e9)
