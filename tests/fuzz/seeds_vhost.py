#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
# seeds_vhost.py - seeds of fuzz_vring, memory in which there is a virtqueue,
# and of fuzz_vhost, what a machine and its guest do one after the other
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


def message(request, payload=b"", fds=0, flags=1):
    data = struct.pack("=III", request, flags, len(payload)) + payload
    return b"m" + struct.pack("<H", len(data)) + data + bytes([fds])


def write(off, data):
    return b"w" + struct.pack(">HH", off // 64, len(data)) + data


def ring_at(off, head):
    """A chain of one descriptor in the split ring of 64 at @off."""
    return (write(off, struct.pack("<QIHH", 0x3000, 80, head, 0)) +
            write(off + 1024, struct.pack("<HHH", 0, 1, 0)))


def steps():
    region = struct.pack("=4Q", 0, 0x10000, 0x7f1200000000, 0)
    for kind in range(4):
        start = b"u" + bytes([kind])
        yield "start-%d" % kind, start + b"k\1s\1k\0s\xff"
        yield "frame-%d" % kind, (
            start + write(0x3000, bytes(10) + b"RTRTRTRTRTRT" + bytes(58)) +
            ring_at(0x40000, 0) + b"k\1")
        yield "receive-%d" % kind, start + ring_at(0, 2) + b"k\0s\0s\1"
        yield "again-%d" % kind, start + b"s\5s\6" + message(
            11, struct.pack("=II", 0, 0)) + message(
                11, struct.pack("=II", 1, 0)) + start + b"k\1"
        yield "table-%d" % kind, start + message(
            5, struct.pack("=II", 2, 0) + region + struct.pack(
                "=4Q", 0x100000, 0x1000, 0x7f1300000000, 0), 2) + b"k\1"
        yield "log-%d" % kind, start + message(
            37, bytes(8) + struct.pack("=4Q", 1 << 40, 0x1000, 1 << 40, 0),
            1) + message(38, bytes(8) + region, 0) + b"k\1s\1"
    for request in (1, 3, 4, 15, 17, 36):
        yield "empty-%d" % request, message(request)
    yield "inflight", message(31, struct.pack("=QQHHI", 0, 0, 2, 256, 0))
    yield "rarp", b"u\0" + message(19, bytes(8))
    yield "garbage", b"m\x04\0abcd\0"


def main():
    for name, made in (("vring", seeds), ("vhost", steps)):
        corpus = HERE / ("corpus-" + name)
        corpus.mkdir(exist_ok=True)
        for seed_name, data in made():
            (corpus / seed_name).write_bytes(data)


if __name__ == "__main__":
    main()
