# SPDX-License-Identifier: BSD-3-Clause
"""libslirp.py - programs that were made for libslirp, on it and on ours

    VM in QEMU, -netdev user   <-->  libslirp.so.0  <-- veth -->  server
                                                    <-- ==== -->
    guest namespace, slirp4netns <-> libslirp.so.0  <-- veth -->  server

The same program runs on the distribution's library and, by LD_LIBRARY_PATH,
on ours. ==== is wan.py's line, whose delay is what a round trip takes. A row
of ratios has the median of the rounds' own; above 1 ours is better.
"""

import contextlib
import os
import shutil

import guest
import wan
from kit import Failed, Table, cpu_s, forgiven

SERVER, PORT = "10.99.0.2", 7000
DELAYS = (0, 10, 50)    # ms
SECONDS_MIN = 3         # slow start over a long line takes a second
THEIRS, OURS, RATIO = "libslirp", "ours", "ours / libslirp"
WAYS = (("up", "guest->host", ""), ("down", "host->guest", " "))


def ours_of(bench):
    """The directory of our library, or None."""
    found = bench.loadgen.parents[2] / "qemu-glue/.libs"
    return found if (found / "libslirp.so.0").exists() else None


def add_ratio(table, row, column, seen, is_cost):
    if len(seen) == 2 and all(seen.values()):
        ratio = seen[OURS] / seen[THEIRS]
        table.add(row, column, 1 / ratio if is_cost else ratio)


class Machine:
    """A VM that waits for its turns."""

    def __init__(self, bench, ends, library):
        env = dict(os.environ)
        if library:
            env["LD_LIBRARY_PATH"] = str(library)
        self.vm = ends.enter_context(guest.Guest(
            bench.image, "user", accel=guest.best_accel(bench.image),
            env=env))
        if not self.vm.dhcp():
            raise Failed("no lease")

    def load(self, what, to, seconds):
        """loadgen's numbers, and what QEMU used meanwhile."""
        before = cpu_s(self.vm.pid)
        status, said = self.vm.run(f"loadgen {what} {to} {PORT} {seconds}",
                                   seconds * 3 + 10)
        if status:
            raise Failed(f"{what}: {said}")
        return [float(w) for w in said.split()], cpu_s(self.vm.pid) - before


def in_qemu(bench):
    columns = []
    for _, way, mark in WAYS:
        columns += [(f"{way} Gb/s", ".3f"), (f"QEMU CPU-s/GB{mark}", ".2f")]
    columns.append(("1 B round trip p50 us", ".1f"))
    accel = guest.best_accel(bench.image)
    table = Table(f"One TCP flow, VM in QEMU ({accel}), -netdev user", columns,
                  "A guest without KVM is often the limit itself.")
    library = ours_of(bench)
    with contextlib.ExitStack() as ends:
        machines = {THEIRS: Machine(bench, ends, None)}
        if library:
            machines[OURS] = Machine(bench, ends, library)
        line = ends.enter_context(wan.a_line(bench, wan.Here, bench.rig.far))
        wan.give(wan.Here, "far0", wan.NEAR)
        wan.give(bench.rig.far, "far1", wan.FAR)
        ends.enter_context(wan.same_buffers(wan.Here, bench.rig.far))
        for _ in bench.rounds_of(table):
            for delay in DELAYS:
                with forgiven():
                    one_delay(bench, table, machines, line, delay)
    table.show()


def one_delay(bench, table, machines, line, delay):
    name = f", {delay} ms" if delay else ""
    for who in (*machines, RATIO):
        table.row(f"{who}{name}")
    seconds = max(bench.seconds, SECONDS_MIN) if delay else bench.seconds
    to = wan.FAR if delay else SERVER
    if delay:
        line.set(delay, 0)
    for what, way, mark in WAYS:
        rate, cost = {}, {}
        for who, machine in machines.items():
            with forgiven():
                (size, took), cpu = machine.load(what, to, seconds)
                rate[who] = size * 8 / took / 1e9
                cost[who] = cpu / size * 1e9
                table.add(f"{who}{name}", f"{way} Gb/s", rate[who])
                table.add(f"{who}{name}", f"QEMU CPU-s/GB{mark}", cost[who])
        add_ratio(table, f"{RATIO}{name}", f"{way} Gb/s", rate, False)
        add_ratio(table, f"{RATIO}{name}", f"QEMU CPU-s/GB{mark}", cost, True)
    trip = {}
    for who, machine in machines.items():
        with forgiven():
            (_, p50, _), _ = machine.load("rr", to, 1)
            trip[who] = p50
            table.add(f"{who}{name}", "1 B round trip p50 us", p50)
    add_ratio(table, f"{RATIO}{name}", "1 B round trip p50 us", trip, True)


def in_slirp4netns(bench, tool_of):
    """@tool_of makes a tool of a command that stands for slirp4netns."""
    found = shutil.which("slirp4netns")
    library = ours_of(bench)
    table = Table("One TCP flow, namespace guest, slirp4netns", [
        (column, ".2f") for _, way, mark in WAYS
        for column in (f"{way} Gb/s", f"CPU-s/GB{mark}")])
    if not found:
        return
    tools = {THEIRS: tool_of([found])}
    if library:
        tools[OURS] = tool_of(["env", f"LD_LIBRARY_PATH={library}", found])
    for _ in bench.rounds_of(table):
        for mtu in (1500, 65520):
            with forgiven():
                one_mtu(bench, table, tools, mtu)
    table.show()


def one_mtu(bench, table, tools, mtu):
    for who in (*tools, RATIO):
        table.row(f"{who}, MTU {mtu}")
    rate, cost = ({way: {} for _, way, _ in WAYS} for _ in range(2))
    for who, tool in tools.items():
        with forgiven(), bench.attached(tool, mtu) as space:
            for what, way, mark in WAYS:
                before = tool.cpu_s()
                size, took = bench.load(space, what)
                rate[way][who] = size * 8 / took / 1e9
                cost[way][who] = (tool.cpu_s() - before) / size * 1e9
                table.add(f"{who}, MTU {mtu}", f"{way} Gb/s", rate[way][who])
                table.add(f"{who}, MTU {mtu}", f"CPU-s/GB{mark}",
                          cost[way][who])
    for _, way, mark in WAYS:
        row = f"{RATIO}, MTU {mtu}"
        add_ratio(table, row, f"{way} Gb/s", rate[way], False)
        add_ratio(table, row, f"CPU-s/GB{mark}", cost[way], True)
