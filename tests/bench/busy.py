# SPDX-License-Identifier: BSD-3-Clause
"""busy.py - what others feel of one flow that takes all it can get

Fairness: 100 connections of one guest send a byte each 100 ms, beside one
that sends or receives without end. Queues: the guest pings the server through
its own saturated port; and through one whose guest takes no more than so many
Mb/s, which is `plug` with a rate: a slow VM.

    guest namespace               host namespace        server namespace
    talk, ping, loadgen  tap  <->  daemon        veth    loadgen serve
    ... tap0  plug  <-- stream socket -->  daemon
"""

import contextlib
import re
import shutil
import statistics
import subprocess

from kit import Failed, Table, forgiven

TALKERS = 100
TALK_MS = 100
PING_S = 0.01
PORT = 7000
WAYS = (("alone", None), ("host->guest", "down"), ("guest->host", "up"))


@contextlib.contextmanager
def bulk(bench, space, what, to, seconds):
    """One flow in the background; its Gb/s are in the list at the end."""
    gbits = []
    if not what:
        yield gbits
        return
    load = space.popen(bench.loadgen, what, to, PORT, seconds,
                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        yield gbits
        said, _ = load.communicate(timeout=seconds * 3 + 10)
        size, took = map(float, said.split())
        gbits.append(size * 8 / took / 1e9)
    finally:
        load.kill()
        load.wait()


def talk(bench, space, to):
    """p50 and p99 of the answers, in us."""
    said = space.run(bench.loadgen.parent / "talk", to, PORT,
                     bench.seconds, TALKERS, TALK_MS,
                     timeout=bench.seconds + 20)
    _, p50, p99, _ = map(float, said.split())
    return p50, p99


def ping(bench, space, to):
    count = int(bench.seconds / PING_S)
    said = space.run("ping", "-n", "-i", PING_S, "-c", count, "-W", 2, to,
                     timeout=bench.seconds + 20)
    ms = sorted(float(t) for t in re.findall(r"time=([\d.]+) ms", said))
    if len(ms) < count / 2:
        raise Failed(f"ping: {len(ms)} of {count} came back")
    return statistics.median(ms) * 1e3, ms[len(ms) * 99 // 100] * 1e3


def columns(p50, p99):
    return [(f"{name} {what}", spec) for name, flow in WAYS
            for what, spec in ((p50, ".0f"), (p99, ".0f"), ("Gb/s", ".2f"))
            if flow or what != "Gb/s"]


def one(bench, table, tool, space, measure):
    """All three ways of one row."""
    for name, flow in WAYS:
        with forgiven():
            # It goes on for a little longer on both sides.
            with bulk(bench, space, flow, tool.server,
                      bench.seconds + 0.6) as gbits:
                space.run("sleep", "0.3")
                p50, p99 = measure(bench, space, tool.server)
            table.add(tool.name, f"{name} p50 us", p50)
            table.add(tool.name, f"{name} p99 us", p99)
            if gbits:
                table.add(tool.name, f"{name} Gb/s", gbits[0])


def fairness(bench):
    table = Table(f"{TALKERS} quiet flows beside a greedy one, MTU 1500",
                  columns("p50 us", "p99 us"),
                  f"Each sends a byte every {TALK_MS} ms; the time until its "
                  "answer, and what the greedy one got.")
    run(bench, table, talk)


def queues(bench):
    subprocess.run(["sysctl", "-qw", "net.ipv4.ping_group_range=0 0"],
                   check=True)
    table = Table("Ping through a saturated port, MTU 1500",
                  columns("p50 us", "p99 us"),
                  "The guest's own flow saturates it.")
    run(bench, table, ping)


def run(bench, table, measure):
    for _ in bench.rounds_of(table):
        for tool in [*bench.tools, bench.veth()]:
            table.row(tool.name)
            with forgiven(), bench.attached(tool, 1500) as space:
                one(bench, table, tool, space, measure)
    table.show()
