#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# seeds_vhost.py - seeds of fuzz_vring: memory in which there is a virtqueue
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent

PACKED, EVENT, INDIRECT = 1, 2, 4
NEXT, WRITE, TABLE = 1, 2, 4
LOG_SIZE = 3
SIZE = 1 << LOG_SIZE
AVAIL = 0x80
DATA = 0x8000


def desc(kind, addr, length, flags, last):
    if kind & PACKED:
        return struct.pack("<QIHH", addr, length, last, flags)
    return struct.pack("<QIHH", addr, length, flags, last)


def driver_area(kind, heads):
    if kind & PACKED:
        return struct.pack("<HH", 0x8003, 2)
    ring = list(heads) + [0] * (SIZE - len(heads))
    return struct.pack("<HH%dHH" % SIZE, 0, len(heads), *ring, 2)


def seed(kind, table, heads=(0,), rounds=20, behind=b""):
    table = b"".join(table).ljust(SIZE * 16, b"\0")
    memory = (table + driver_area(kind, heads)).ljust(1024, b"\0") + behind
    return bytes([kind | LOG_SIZE << 4, rounds]) + memory


def seeds():
    for kind in range(8):
        on = AVAIL if kind & PACKED else 0
        yield "chain-%d" % kind, seed(kind, [
            desc(kind, DATA, 12, on | NEXT, 1),
            desc(kind, DATA + 64, 60, on | NEXT | WRITE, 2),
            desc(kind, 0x100000000, 1500, on | WRITE, 3)])
        yield "table-%d" % kind, seed(kind, [
            desc(kind, 1024, 32, on | TABLE, 0)], behind=desc(
                kind, DATA, 12, NEXT, 1) + desc(kind, DATA, 99, WRITE, 2))
        yield "many-%d" % kind, seed(kind, [
            desc(kind, DATA * i, 12, on | (WRITE if i % 2 else 0), i)
            for i in range(SIZE)], heads=range(SIZE), rounds=60)
        yield "loop-%d" % kind, seed(kind, [
            desc(kind, DATA, 12, on | NEXT, (i + 1) % SIZE)
            for i in range(SIZE)])
        yield "outside-%d" % kind, seed(kind, [
            desc(kind, 0xfffff, 12, on, 0)])
    yield "ahead", seed(0, [], heads=range(SIZE))[:2 + 130] + b"\xff\xff"
    yield "nothing", bytes(2)


def main():
    corpus = HERE / "corpus-vring"
    corpus.mkdir(exist_ok=True)
    for name, data in seeds():
        (corpus / name).write_bytes(data)


if __name__ == "__main__":
    main()
