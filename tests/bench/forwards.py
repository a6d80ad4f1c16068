# SPDX-License-Identifier: BSD-3-Clause
"""forwards.py - what many forwards cost: memory, and time to add and remove

They are added over the control socket one by one, each with its answer
awaited, and bind a free port of 127.0.0.1 and of ::1.
"""

import json
import socket
import statistics
import subprocess
import time

from kit import Failed, Table, forgiven, rss_kb

COUNT = 1000
START_S = 10


class Client:
    """One connection to the control socket."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(START_S)
        deadline = time.monotonic() + START_S
        while True:
            try:
                self.sock.connect(str(path))
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise Failed("no control socket") from None
                time.sleep(0.01)
        self.said = self.sock.makefile()
        self.said.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        words = json.dumps({"execute": command, "arguments": arguments})
        self.sock.sendall(words.encode() + b"\n")
        while True:
            answer = json.loads(self.said.readline())
            if "error" in answer:
                raise Failed(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]

    def close(self):
        self.said.close()
        self.sock.close()


def each_us(client, command, specs):
    """Microseconds of each, and what was answered."""
    took, answers = [], []
    for spec in specs:
        before = time.monotonic()
        answers.append(client.ask(command, spec=spec))
        took.append((time.monotonic() - before) * 1e6)
    return took, answers


def many(bench):
    table = Table(f"{COUNT} forwards, one by one over the control socket", (
        ("KiB each", ".2f"), ("add p50 us", ".0f"), ("add p99 us", ".0f"),
        ("remove p50 us", ".0f"), ("remove p99 us", ".0f"),
        ("list all ms", ".1f")),
        "Memory is the daemon's own; the kernel's sockets are two for each.")
    for _ in bench.rounds_of(table):
        for proto in "tcp", "udp":
            table.row(proto)
            with forgiven():
                one_row(bench, table, proto)
    table.show()


def one_row(bench, table, proto):
    path = bench.scratch / f"forwards{time.monotonic_ns()}"
    process = subprocess.Popen(
        [bench.binary, "--foreground", "--quiet", "--mode", "nat-network",
         "--socket", f"{path}.sock", "--control", f"{path}.ctl"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        client = Client(f"{path}.ctl")
        at_start = rss_kb(process.pid)
        added, answers = each_us(client, "forward-add",
                                 [f"0:web{i}:80/{proto}"
                                  for i in range(COUNT)])
        table.add(proto, "KiB each", (rss_kb(process.pid) - at_start) / COUNT)
        before = time.monotonic()
        if len(client.ask("query-forwards")) != COUNT:
            raise Failed("not all are there")
        table.add(proto, "list all ms", (time.monotonic() - before) * 1e3)
        removed, _ = each_us(client, "forward-remove",
                             [one["spec"] for one in answers])
        for name, took in (("add", added), ("remove", removed)):
            cuts = statistics.quantiles(took, n=100)
            table.add(proto, f"{name} p50 us", cuts[49])
            table.add(proto, f"{name} p99 us", cuts[98])
        client.close()
    finally:
        process.terminate()
        process.wait(START_S)
