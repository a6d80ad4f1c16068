#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""seeds_network.py - write the seeds of fuzz_network to corpus-network

Each seed is a byte of flags and a row of records, as fuzz_network.c reads
them: two or three guests, and one thing that they do.
"""
import pathlib
import struct

from packets import csum

HERE = pathlib.Path(__file__).parent
(ATTACH, DETACH, KICK, SET, DRAIN, ROOM, FRAME, PARTIAL, SUPER, ARP, DHCP, UDP,
 TCP, TIME, EGRESS, HOST, LEASE, STALL) = range(18)
NAT, HOST_ONLY, INTERNAL, INTERNAL_DHCP = range(4)
JAIL, PINS, CONNECTS = 4, 8, 16
ISOLATED, PROMISCUOUS, PINNED, OFFLOAD, USO, UPLINK, SMALL, HOSTPORT = (
    1 << n for n in range(8))
ROUTER, GROUP, ALL = 6, 7, 15
GATEWAY, OUTSIDE = 2, 0x87
SYN, ACK = 2, 16


def rec(op, port, *more):
    return bytes([op, port]) + b"".join(
        bytes([m]) if isinstance(m, int) else m for m in more)


def u16(n):
    return struct.pack("!H", n)


def attach(*flags):
    return b"".join(rec(ATTACH, i, f) for i, f in enumerate(flags))


def arp(port, own, to=GATEWAY, sha=0, who=ALL):
    return rec(ARP, port, who, sha, own, to)


def frame(port, who, kind=0x88B5, body=bytes(46)):
    return rec(FRAME, port, who, u16(kind), u16(len(body)), body)


def partial(port, who, kind, at, body):
    return rec(PARTIAL, port, who, u16(kind), u16(len(body)), 14, at - 14,
               body)


def dhcp(port, kind, want=15):
    return rec(DHCP, port, ALL, kind, want)


def udp(port, src, dst, sport=7, dport=3, size=100, who=ROUTER):
    return rec(UDP, port, who, src, sport, dst, dport, u16(size))


def tcp(port, src, dst, flags=SYN, seq=0, ack=0, size=0, who=ROUTER):
    return rec(TCP, port, who, src, dst, 9, flags, u16(seq), u16(ack), size)


def big(port, who, size=30000, gso=1448):
    return rec(SUPER, port, who, 15, 16, 9, ACK, u16(1), u16(1), u16(size),
               u16(gso))


def time(ms):
    return rec(TIME, 0, u16(ms))


def claims():
    """ARP of .15 whose sum, where it goes, makes the router's of it."""
    body = bytes.fromhex("0001080006040001525400000003") + \
        bytes([10, 0, 2, 15]) + bytes(6) + bytes([10, 0, 2, 2])
    pad = (csum(body) - (2 << 8 | GATEWAY)) % 0xFFFF
    yield 30, body + u16(pad)
    yield 16, body


def seeds():
    two, mixed = attach(0, 0, 0), attach(OFFLOAD, SMALL, OFFLOAD | USO)
    known = arp(2, 17) + arp(3, 18)
    yield "lan", NAT, attach(0, 0, 0, 0) + known + frame(2, 3) + frame(3, 2)
    yield "flood", INTERNAL, two + frame(0, ALL) * 3 + frame(1, GROUP)
    yield "lease", NAT, two + dhcp(2, 1) + dhcp(2, 3 | 0x20) + time(5000)
    yield "lease-named", NAT, two + frame(2, ALL) + dhcp(2, 0xF3)
    yield "lease-internal", INTERNAL_DHCP, two + dhcp(2, 0xF3) + arp(2, 15)
    yield "lease-add", NAT, two + rec(LEASE, 0x42) + frame(2, ALL)
    yield "spoof", NAT, two + arp(0, GATEWAY) + arp(2, GATEWAY, sha=0x81)
    yield "pinned", PINS, two + dhcp(2, 0xE3) + arp(2, 15) + arp(2, 16)
    yield "isolated", JAIL, two + frame(0, ALL) + frame(2, 0) + arp(2, 15)
    yield "promiscuous", NAT, attach(PROMISCUOUS, 0, 0) + frame(2, 1) * 2
    yield "conflict", NAT, two + frame(0, ALL) + frame(2, 0x1F) * 2 + \
        rec(KICK, 0) + frame(2, 0x1F)
    yield "uplink", INTERNAL, attach(UPLINK, 0, ISOLATED) + frame(0, 0x7F) + \
        frame(1, 6) + frame(0, 0x2F) + frame(2, ALL)
    yield "super", NAT, mixed + frame(2, ALL) + frame(1, ALL) + \
        big(0, 1) + big(0, 2) + big(0, ALL) + rec(DRAIN, 1)
    yield "super-router", NAT, mixed + arp(2, 17) + big(2, ROUTER)
    yield "partial-arp", NAT, attach(0, 0, OFFLOAD) + b"".join(
        partial(2, ALL, 0x806, at, body) for at, body in claims())
    yield "udp-out", NAT, two + arp(2, 17) + udp(2, 17, OUTSIDE) + \
        rec(HOST, 0, 3, u16(900)) + udp(2, 17, GATEWAY) + time(40000)
    yield "tcp-out", NAT | CONNECTS, two + arp(2, 17) + \
        tcp(2, 17, OUTSIDE) + tcp(2, 17, OUTSIDE, ACK, 1, 1) + \
        rec(HOST, 0, 1, u16(4000)) + rec(DETACH, 2) + time(0x8000 | 700)
    yield "overheard", NAT | CONNECTS, attach(PROMISCUOUS | OFFLOAD, 0, 0) + \
        arp(2, 17) + tcp(2, 17, OUTSIDE) + \
        tcp(2, 17, OUTSIDE, ACK, 1, 1, 100) + rec(DRAIN, 0)
    yield "back", NAT | CONNECTS, two + arp(2, 17) + tcp(2, 17, OUTSIDE) + \
        rec(KICK, 2) + attach(0, 0, 0) + arp(2, 17) + \
        tcp(2, 17, OUTSIDE, ACK, 1, 1)
    yield "stalled", NAT, two + rec(ROOM, 0, 1) + frame(2, ALL) * 3 + \
        rec(STALL, 0) + frame(2, ALL) + rec(DRAIN, 0) + frame(2, ALL)
    yield "egress", HOST_ONLY, two + arp(2, 17) + udp(2, 17, OUTSIDE) + \
        rec(EGRESS, 1) + udp(2, 17, OUTSIDE) + rec(EGRESS, 0)
    yield "to-host", INTERNAL_DHCP, two + arp(2, 17) + tcp(2, 17, GATEWAY) + \
        udp(2, 17, GATEWAY) + udp(2, 17, OUTSIDE) + udp(2, 17, 3)
    yield "rates", NAT, two + rec(SET, 0, SMALL) + frame(2, ALL) * 4 + \
        time(100) + rec(SET, 0, ISOLATED | PINNED)


def main():
    folder = HERE / "corpus-network"
    folder.mkdir(exist_ok=True)
    for name, flags, records in seeds():
        (folder / name).write_bytes(bytes([flags]) + records)


if __name__ == "__main__":
    main()
