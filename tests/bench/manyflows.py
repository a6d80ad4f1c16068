# SPDX-License-Identifier: BSD-3-Clause
"""manyflows.py - the throughput of several TCP flows at once"""

import subprocess

from kit import Failed, Table, forgiven

FLOWS = 8
WAYS = (("up", "guest->host Gb/s", "CPU-s/GB"),
        ("down", "host->guest Gb/s", "CPU-s/GB "))


def at_once(bench, space, what, to, port):
    """Bytes of FLOWS programs together, and the longest one's seconds."""
    running = [space.popen(bench.loadgen, what, to, port, bench.seconds,
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
               for _ in range(FLOWS)]
    try:
        said = [one.communicate(timeout=bench.seconds * 3 + 6)[0].split()
                for one in running]
    except subprocess.TimeoutExpired:
        raise Failed(f"{what}: no end") from None
    finally:
        for one in running:
            one.kill()
            one.wait()
    if any(len(words) != 2 for words in said):
        raise Failed(f"{what}: a flow failed")
    return (sum(float(size) for size, _ in said),
            max(float(seconds) for _, seconds in said))


def throughput(bench, mtu, tools, port):
    table = Table(f"{FLOWS} TCP flows, namespace guest, MTU {mtu}",
                  [column for _, rate, cost in WAYS
                   for column in ((rate, ".2f"), (cost, ".2f"))])
    for _ in bench.rounds_of(table):
        for tool in tools:
            table.row(tool.name)
            with forgiven(), bench.attached(tool, mtu) as space:
                for what, rate, cost in WAYS:
                    with forgiven():
                        before = tool.cpu_s()
                        size, seconds = at_once(bench, space, what,
                                                tool.server, port)
                        table.add(tool.name, rate, size * 8 / seconds / 1e9)
                        if before is not None:
                            table.add(tool.name, cost,
                                      (tool.cpu_s() - before) / size * 1e9)
    table.show()
