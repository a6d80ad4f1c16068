#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""seeds.py - what the distribution's library saves, as seeds for the fuzzer

usage: seeds.py DIR    (tests/fuzz/corpus-slirp_state)

A connection has two buffers of 128 KiB, which are cut to a few bytes here:
the seeds are in the repository.
"""

import struct
import sys
from pathlib import Path

import slirp

RING = 4 + 2 * 8 + 7    # where a connection keeps its first buffer
REST = 119              # its TCP state, behind the second


def cut_ring(saved, at, size):
    """The buffer at @at cut to @size bytes; they are not even set there."""
    used, whole, _, _ = struct.unpack("!IIII", saved[at:at + 16])
    head = struct.pack("!IIII", min(used, size), size, size - 1, 0)
    return saved[:at] + head + bytes(size) + saved[at + 16 + whole:]


def cut_connection(saved, at, size):
    saved = cut_ring(saved, at + 1 + RING, size)
    return cut_ring(saved, at + 1 + RING + 16 + size, size)


def main(out):
    lib = slirp.Library(slirp.distribution())
    with slirp.Guest(lib) as guest:
        seed(out, "rest", guest.save())
        guest.lease()
        for i in range(15):
            guest.mac = bytes([2, 0, 0, 0, 0, i])
            guest.lease()
        seed(out, "leases", guest.save())
    with slirp.Guest(lib) as guest:
        guest.lease()
        for host in (100, 101):
            address = f"10.0.2.{host}"
            guest.guestfwd(address, 80, lambda data: None)
            conn = guest.connect(address, 80, own=5000 + host)
            assert conn.open()
            conn.write(b"from the guest")
            guest.to_guest(address, 80, b"to the guest")
        saved = cut_connection(guest.save(), 0, 24)
        second = 1 + RING + 2 * (16 + 24) + REST
        saved = cut_connection(saved, second, 30)
        seed(out, "connections", saved)
        assert len(saved) == second * 2 + 12 + 131, len(saved)


def seed(out, name, saved):
    (out / name).write_bytes(b"\4" + saved)
    for version in (1, 2, 3):
        if name == "leases":
            (out / f"{name}-{version}").write_bytes(bytes([version]) + saved)


main(Path(sys.argv[1]))
