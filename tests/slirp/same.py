#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""same.py - our library and the distribution's say the same, line by line.

One guest is on each.  Both do the same, and what `info usernet' would show,
the neighbours, the saved state and NC-SI's answers are compared.  Host ports
that the kernel chose, numbers of descriptors and seconds that pass differ;
they are made alike before.
"""

import os
import re
import socket
import struct
import sys
from pathlib import Path

import slirp

SAME_FOR_BOTH = (
    (r"\[\d+ sec\]", "[N sec]"),
    (r"^(  \S+(?: sec\])?) +-?\d+ ", r"\1 FD "),
)
NCSI = 0x88f8


class Failed(Exception):
    """The two do not say the same."""


def check(what, one, other):
    if one != other:
        raise Failed(f"{what}:\nlibslirp: {one}\nours:     {other}")
    print(f"ok    {what}")


def normal(text, ports):
    """@text without what must differ; @ports: number to name."""
    for pattern, instead in SAME_FOR_BOTH:
        text = re.sub(pattern, instead, text, flags=re.M)
    for port, name in ports.items():
        text = re.sub(rf"(?<= ){port:5}(?= )", f"{name:>5}", text)
    return text


class Side:
    """A guest on one of the libraries, and the far end that it talks to."""

    def __init__(self, path):
        self.guest = slirp.Guest(slirp.Library(path), version=1)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.far_port = self.server.getsockname()[1]
        self.ports = {self.far_port: "FAR"}
        self.got = []

    def info(self):
        self.guest.turn()
        for line in self.guest.info().splitlines():
            if found := re.search(r"HOST_FORWARD\] +\d+ +\S+ +(\d+) +"
                                  r"\S+ +(\d+)", line):
                self.ports.setdefault(int(found[1]), f"F{found[2]}")
        return normal(self.guest.info(), self.ports)


def each(sides, what, do):
    """Let both @do the same; it says the same."""
    check(what, *(do(side) for side in sides))


def lease(side):
    return side.guest.lease()


def neighbors(side):
    """After a guest's first question: libslirp believes DHCP already."""
    side.guest.arp("10.0.2.2")
    side.guest.turn(5)
    return side.guest.neighbors()


def forwards(side):
    guest = side.guest
    return (guest.hostfwd(0, 22), guest.hostfwd(0, 80, host="0.0.0.0"),
            guest.hostfwd(0, 53, udp=True),
            guest.hostfwd(0, 443, guest="10.0.2.99"))


def remove(side):
    port = next(p for p, name in side.ports.items() if name == "F22")
    return (side.guest.hostfwd_remove(port), side.guest.hostfwd_remove(port),
            side.guest.hostfwd_remove(port, udp=True))


def out(side):
    """A connection out, with bytes that the guest has not acknowledged."""
    side.conn = side.guest.connect("10.0.2.2", side.far_port)
    opened = side.conn.open()
    side.far, _ = side.server.accept()
    side.conn.write(b"to the host")
    side.far.settimeout(5)
    heard = side.far.recv(100) if side.guest.turn_until(
        lambda: side.far in ready(side.far)) else None
    side.far.sendall(b"x" * 3000)
    for _ in range(5):
        side.guest.turn(5)
    return opened, heard


def ready(sock):
    import select
    return select.select([sock], [], [], 0)[0]


def acknowledge(side):
    side.conn.expect(3000)
    side.guest.turn(5)
    return len(side.conn.got)


def far_closes(side):
    side.far.close()
    side.guest.turn_until(lambda: side.conn.read() and False or
                          side.conn.has_fin)
    side.guest.turn(5)
    return side.conn.has_fin


def guest_closes(side):
    side.conn.close()
    for _ in range(5):
        side.guest.turn(5)
        side.conn.read()


def come_in(side):
    """A client of a forward; the guest answers its SYN."""
    guest = side.guest
    port = next(p for p, name in side.ports.items() if name == "F80")
    side.client = socket.create_connection(("127.0.0.1", port), 5)
    side.ports[side.client.getsockname()[1]] = "CLNT"
    segment = guest.turn_until(lambda: guest.received(slirp.TCP, 80))
    src_port, _, seq = struct.unpack("!HHI", segment[:8])
    conn = slirp.Conn(guest, "10.0.2.2", src_port, 80)
    conn.ack = seq + 1
    conn.send(slirp.SYN | slirp.ACK)
    conn.write(b"from the guest")
    side.inner = conn
    side.client.settimeout(5)
    guest.turn_until(lambda: side.client in ready(side.client))
    return side.client.recv(100)


def datagram(side):
    side.guest.udp("10.0.2.2", side.far_port, b"hello", own=4001)
    side.guest.turn(5)


def save(side):
    saved = side.guest.save()
    return saved[:1] + saved[3:]    # without the last packet's id


def load_each_other(sides):
    """What one saved, the other reads, and gives the guest its address."""
    for one, other in (sides, sides[::-1]):
        saved = one.guest.save()
        fresh = slirp.Guest(other.guest.library)
        with fresh:
            check("loads the other's", (0, 131), fresh.load(saved))
            fresh.mac = bytes.fromhex("020000000001")
            check("another guest's address", "10.0.2.16", fresh.lease())
            fresh.mac = one.guest.mac
            check("the guest's address", "10.0.2.15", fresh.lease())


def load_connections(sides):
    """What libslirp saved of a guestfwd's connection is read over."""
    theirs, ours = (side.guest.library for side in sides)
    with slirp.Guest(theirs) as guest:
        guest.lease()
        guest.guestfwd("10.0.2.100", 80, lambda data: None)
        conn = guest.connect("10.0.2.100", 80)
        check("guestfwd", True, conn.open())
        conn.write(b"x" * 1000)
        guest.to_guest("10.0.2.100", 80, b"y" * 1000)
        saved = guest.save()
    with slirp.Guest(ours) as guest:
        check("a connection is read over", (0, len(saved)),
              guest.load(saved))
        check("what is saved then", saved[-128:], guest.save()[-128:])
        for cut in (0, 1, 40, 200, len(saved) - 1):
            check(f"cut at {cut}", True, guest.load(saved[:cut])[0] < 0)
        check("version 5", True, guest.load(saved, version=5)[0] < 0)
    check("version", theirs.c.slirp_state_version(),
          ours.c.slirp_state_version())


def ncsi(side):
    """The answers to all commands that libslirp has answers to."""
    guest, answers = side.guest, []
    known = [*range(0x0f), *range(0x10, 0x15), *range(0x16, 0x1c), 0x51, 0x52]
    for command in (c for c in known if c != 0x51):
        guest.frames.clear()
        guest.send(NCSI, struct.pack("!BBBBBBHII", 1, 1, 0, 9, command, 2,
                                     0, 0, 0))
        answers.append(guest.frames[0].ljust(60, b"\0"))
    return answers


def scenes(sides):
    each(sides, "at rest", Side.info)
    each(sides, "state at rest", lambda side: side.guest.save())
    each(sides, "lease", lease)
    each(sides, "neighbours", neighbors)
    each(sides, "forwards", forwards)
    each(sides, "forwards shown", Side.info)
    each(sides, "forward removed", remove)
    each(sides, "removed, shown", Side.info)
    each(sides, "a connection out", out)
    each(sides, "unacknowledged", Side.info)
    each(sides, "acknowledged", acknowledge)
    each(sides, "acknowledged, shown", Side.info)
    each(sides, "a connection in", come_in)
    each(sides, "both shown", Side.info)
    each(sides, "datagram", datagram)
    each(sides, "datagram shown", Side.info)
    each(sides, "the far end closes", far_closes)
    each(sides, "half closed", Side.info)
    each(sides, "closed", guest_closes)
    each(sides, "closed, shown", Side.info)
    each(sides, "state", save)
    load_each_other(sides)
    load_connections(sides)
    each(sides, "NC-SI", ncsi)


def main():
    theirs = slirp.distribution()
    ours = Path(os.environ["top_builddir"]) / "qemu-glue/.libs/libslirp.so.0"
    if not theirs or not ours.exists():
        print("libslirp0 is not installed" if ours.exists() else
              "our library was not built")
        return 77
    sides = [Side(theirs), Side(str(ours))]
    try:
        scenes(sides)
    except Failed as why:
        print(f"FAIL  {why}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
