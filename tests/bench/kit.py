# SPDX-License-Identifier: BSD-3-Clause
"""kit.py - what the benchmarks have in common: namespaces, tables, CPU time"""

import contextlib
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "vm"))

import guest    # noqa: E402

START_S = 10


class Failed(Exception):
    """A run that gave no number."""


# Namespaces.

class Namespace:
    """A network namespace held open by a sleeping process."""

    def __init__(self, *flags):
        self.holder = subprocess.Popen(
            ["unshare", *flags, "sh", "-c", "echo; exec sleep 100000"],
            stdout=subprocess.PIPE)
        self.holder.stdout.read(1)
        self.pid = self.holder.pid
        own_user = "-U" in flags or "-Urn" in flags
        self.enter = ["nsenter", "-t", str(self.pid), "-n"] + (
            ["-U", "--preserve-credentials"] if own_user else [])

    def run(self, *argv, timeout=10):
        return subprocess.run([*self.enter, *map(str, argv)], check=True,
                              capture_output=True, text=True,
                              timeout=timeout).stdout

    def popen(self, *argv, **kw):
        return subprocess.Popen([*self.enter, *map(str, argv)], text=True,
                                **kw)

    def tap(self):
        """The interface that the daemon made."""
        for line in self.run("ip", "-o", "link").splitlines():
            name = line.split()[1].rstrip(":").partition("@")[0]
            if name != "lo":
                return name
        raise Failed("no interface in the guest")

    def await_route(self):
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if "default" in self.run("ip", "route"):
                return
            time.sleep(0.05)
        raise Failed("no route in the guest")

    def close(self):
        self.holder.kill()
        self.holder.wait()


def few_time_waits(run):
    """Ports held in TIME_WAIT would soon bound the connection rates."""
    run("sysctl", "-qw", "net.ipv4.tcp_max_tw_buckets=1000")


def sh(*argv):
    subprocess.run(argv, check=True, timeout=10)


def cpu_s(pid):
    """CPU seconds of all threads, in the scheduler's nanoseconds."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def rss_kb(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise Failed("no VmRSS")


# Results.

class Table:
    """Cells by row and column; a cell collects one number a round."""

    shown = []      # what a file of them all will hold

    def __init__(self, title, columns, note=""):
        self.title = title
        self.columns = columns
        self.note = note
        self.cells = {}
        self.rounds = 0

    def add(self, row, column, number):
        self.cells.setdefault(row, {}).setdefault(column, []).append(number)

    def row(self, row):
        self.cells.setdefault(row, {})

    def text(self, row, column, spec):
        numbers = self.cells[row].get(column)
        if not numbers:
            return "-"
        part = ""
        if len(numbers) < self.rounds:
            part = f" ({len(numbers)}/{self.rounds})"
        return format(statistics.median(numbers), spec) + part

    def facts(self):
        """Plain values of everything, every run's number too."""
        rows = []
        for row, cells in self.cells.items():
            rows.append({"name": row, "cells": [
                {"column": name.strip(), "runs": cells[name],
                 "median": statistics.median(cells[name])}
                for name, _ in self.columns if cells.get(name)]})
        return {"title": self.title, "rounds": self.rounds,
                "note": self.note, "rows": rows}

    def show(self):
        Table.shown.append(self)
        lines = [["", *(name for name, _ in self.columns)]]
        for row in self.cells:
            lines.append([row, *(self.text(row, name, spec)
                                 for name, spec in self.columns)])
        widths = [max(map(len, column)) for column in zip(*lines)]
        print(f"\n### {self.title}\n")
        for number, line in enumerate(lines):
            print("| " + " | ".join(cell.ljust(width) for cell, width
                                    in zip(line, widths)) + " |")
            if number == 0:
                print("|" + "|".join("-" * (w + 2) for w in widths) + "|")
        if self.note:
            print(f"\n{self.note}")
        sys.stdout.flush()


@contextlib.contextmanager
def forgiven():
    """A run that fails leaves its cells short of a number."""
    try:
        yield
    except (Failed, guest.GuestError, subprocess.SubprocessError,
            OSError, ValueError) as why:
        print(f"\n  failed: {str(why)[:200]}", file=sys.stderr)
