# SPDX-License-Identifier: BSD-3-Clause
"""syscalls.py - the system calls of a daemon for a connection, by strace -c

They cost a fraction of what the kernel does in them, but unlike times they
are the same on every machine and under every load.
"""

import contextlib
import re
import shutil
import signal
import subprocess

from kit import Failed, Table, forgiven

LOADS = (("connect", "connect+close"), ("exchange", "connect+1 B+close"),
         ("rr", "1 B round trip"))
TAP = {"read", "write", "writev"}
WAIT = {"epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll",
        "select", "pselect6"}
LINE = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$",
                  re.MULTILINE)
LEAST_S = 4     # some thousands of connections, slowed down


def of_connections(bench):
    table = Table("System calls of the daemon, namespace guest, MTU 1500", (
        ("calls", ".2f"), ("on host sockets", ".2f"), ("on the tap", ".2f"),
        ("to wait", ".2f")),
        "Each connection, or round trip; errors and what the daemon does "
        "beside it are counted, too.")
    strace = shutil.which("strace")
    if not strace:
        print("\nNo strace: system calls are not counted.")
        return
    table.rounds = 1
    for tool in bench.tools:
        for load, words in LOADS:
            table.row(f"{tool.name}, {words}")
            bench.say(f"{table.title}: {tool.name}, {words}")
            with forgiven(), bench.attached(tool, 1500) as space:
                with forgiven():
                    one_load(bench, table, f"{tool.name}, {words}", tool,
                             space, load, strace)
    bench.say("")
    table.show()


def one_load(bench, table, row, tool, space, load, strace):
    kept, bench.seconds = bench.seconds, max(bench.seconds, LEAST_S)
    try:
        with counted(strace, tool.pid, bench.scratch / "strace") as calls:
            count = bench.load(space, load)[0]
    finally:
        bench.seconds = kept
    if not calls or not count:
        raise Failed(f"{row}: nothing was counted")
    tap = sum(n for name, n in calls.items() if name in TAP)
    wait = sum(n for name, n in calls.items() if name in WAIT)
    every = sum(calls.values())
    for column, number in (("calls", every), ("on the tap", tap),
                           ("on host sockets", every - tap - wait),
                           ("to wait", wait)):
        table.add(row, column, number / count)


@contextlib.contextmanager
def counted(strace, pid, path):
    """A dict that has the numbers of calls by their names, afterwards."""
    calls = {}
    tracer = subprocess.Popen([strace, "-c", "-f", "-o", path, "-p",
                               str(pid)], stderr=subprocess.PIPE)
    try:
        tracer.stderr.readline()    # attached
        yield calls
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=10)
    for number, name in LINE.findall(path.read_text()):
        if name != "total":
            calls[name] = int(number)
