# SPDX-License-Identifier: BSD-3-Clause
"""scale.py - what a flow costs among many: memory, segments, timer ticks

The flows are flowbench's: all that the daemon keeps of a connection, without
a socket for each. Instructions are callgrind's and the same in every run;
nanoseconds have the kernel's sendmsg() and what the caches miss in them.
"""

import re
import shutil
import subprocess

from kit import Failed, Table, forgiven

ROWS = ((1, 64), (1, 1), (1000, 64), (10000, 64), (100000, 64))
SEGMENTS = 100000
COUNTED_SEGMENTS = 6400
TICKS = 20
COLUMNS = (("segments", "segment", SEGMENTS, COUNTED_SEGMENTS,
            "measured_batch"),
           ("ticks", "tick", TICKS, TICKS, "measured_ticks"))


def of_flows(bench):
    table = Table("Flows of src/flow and src/stack, without sockets", (
        ("B/flow", ".0f"), ("RSS B/flow", ".0f"),
        ("instructions/segment", ".0f"), ("ns/segment", ".0f"),
        ("instructions/tick", ".0f"), ("ns/tick", ".0f")),
        "Segments of 1460 bytes, in turn over the flows, as many in a turn of "
        "the loop as the row says; a tick is 50 ms, with one flow that waits "
        "for its guest and the others idle. Instructions are those of the "
        "daemon's code; the time of a segment is mostly sendmsg()'s.")
    program = bench.loadgen.parent / "flowbench"
    valgrind = shutil.which("valgrind")
    rows = ROWS[:-1] if bench.rounds == 1 else ROWS
    for number in bench.rounds_of(table):
        for flows, batch in rows:
            row = f"{flows}, {batch} in a turn"
            table.row(row)
            with forgiven():
                times(table, row, program, flows, batch)
    table.rounds = bench.rounds
    for flows, batch in rows if valgrind else ():
        bench.say(f"{table.title}: counting instructions of {flows}")
        with forgiven():
            instructions(table, f"{flows}, {batch} in a turn", valgrind,
                         program, flows, batch, bench.rounds)
    bench.say("")
    table.show()


def times(table, row, program, flows, batch):
    for what, unit, count, _, _ in COLUMNS:
        said = subprocess.run([program, what, str(flows), str(batch),
                               str(count)], check=True, text=True, timeout=120,
                              capture_output=True).stdout.split()
        table.add(row, f"ns/{unit}", float(said[2]))
    if flows >= 1000:
        table.add(row, "B/flow", float(said[0]))
        table.add(row, "RSS B/flow", float(said[1]))


def instructions(table, row, valgrind, program, flows, batch, rounds):
    for what, unit, _, count, function in COLUMNS:
        said = subprocess.run(
            [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null",
             f"--toggle-collect={function}", program, what, str(flows),
             str(batch), str(count)], check=True, text=True, timeout=300,
            capture_output=True).stderr
        found = re.search(r"Collected : (\d+)", said)
        if not found:
            raise Failed("callgrind counted nothing")
        for _ in range(rounds):     # they are the same each time
            table.add(row, f"instructions/{unit}", int(found[1]) / count)
