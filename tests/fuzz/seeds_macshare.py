#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""seeds_macshare.py - write the seeds of fuzz_macshare to corpus-macshare

Each seed is a few frames, out of the network and in from its LAN, as
fuzz_macshare.c reads them.
"""
import pathlib
import struct

from packets import *

HERE = pathlib.Path(__file__).parent
SHARED, LAN, ALL = "02:aa:00:00:00:01", "02:00:00:00:00:09", "ff:ff:ff:ff:ff:ff"
A, B, NONE = "52:54:00:00:00:0a", "52:54:00:00:00:0b", "00:00:00:00:00:00"
A4, B4, LAN4, ALL4 = "10.0.0.10", "10.0.0.11", "10.0.0.9", "255.255.255.255"
A6, LAN6, ALL6 = "fd00::a", "fd00::9", "ff02::1"


def out(frame, seconds=0):
    return struct.pack("!BH", 2 * seconds, len(frame)) + frame


def into(frame, seconds=0):
    return struct.pack("!BH", 2 * seconds + 1, len(frame)) + frame


def arp_frame(dst, src, op, spa, tha, tpa):
    return eth(dst, src, 0x806, arp(op, src, spa, tha, tpa)) + bytes(18)


def v4(dst, src, a, b, proto, l4, **more):
    return eth(dst, src, 0x800, ip4(a, b, proto, l4, **more))


def v6(dst, src, a, b, l4, nxt=58):
    return eth(dst, src, 0x86dd, ip6(a, b, nxt, l4, hops=255))


def nd(dst, src, a, b, kind, body, before=b""):
    data = icmp6(a, b, kind, 0, 0, body)
    return v6(dst, src, a, b, before + data, 60 if before else 58)


def request(**more):
    return v4(ALL, A, "0.0.0.0", ALL4, 17,
              udp("0.0.0.0", ALL4, 68, 67, dhcp4(1, A, **more)))


def answer(dst):
    m = bytearray(dhcp4(5, A, opt(51, bytes(3) + b"\x99")))
    m[0] = 2
    m[16:20] = addr("10.0.0.77")
    return v4(dst, LAN, LAN4, "10.0.0.77", 17,
              udp(LAN4, "10.0.0.77", 67, 68, bytes(m)))


def seeds():
    hello = out(arp_frame(ALL, A, 1, A4, NONE, LAN4))
    to_a = into(v4(SHARED, LAN, LAN4, A4, 17, udp(LAN4, A4, 7, 7, b"data")))
    yield "arp", (hello + into(arp_frame(SHARED, LAN, 2, LAN4, SHARED, A4)) +
                  into(arp_frame(ALL, LAN, 1, LAN4, NONE, A4)) +
                  out(arp_frame(LAN, A, 2, A4, LAN, LAN4)) +
                  into(arp_frame(SHARED, LAN, 2, LAN4, SHARED, "0.0.0.0")))
    yield "announce", out(arp_frame(ALL, A, 2, A4, A, A4)) + to_a
    yield "udp", hello + to_a + out(v4(LAN, A, A4, LAN4, 17,
                                       udp(A4, LAN4, 7, 7, b"data")))
    yield "aged", hello + into(bytes(14), 127) * 5 + to_a
    yield "dhcp", (out(request()) + into(answer(ALL)) + into(answer(SHARED)) +
                   into(v4(SHARED, LAN, LAN4, "10.0.0.77", 17,
                           udp(LAN4, "10.0.0.77", 7, 7, b"x"))))
    yield "dhcp-broadcast", out(request(flags=0x8000))
    yield "dhcp-no-sum", out(request()[:40] + b"\0\0" + request()[42:])
    yield "dhcp-no-end", out(v4(ALL, A, A4, ALL4, 17, udp(
        A4, ALL4, 68, 67, dhcp4(1, A)[:243])))
    yield "fragment", hello + out(v4(LAN, A, A4, LAN4, 17, bytes(16), flags=1))
    target, sll, tll = addr(A6), lladdr(1, A), lladdr(2, A)
    yield "nd", (out(nd(ALL, A, A6, ALL6, 135, target + sll)) +
                 out(nd(LAN, A, A6, LAN6, 136, target + tll)) +
                 into(nd(SHARED, LAN, LAN6, A6, 136, addr(LAN6) +
                         lladdr(2, LAN))))
    yield "nd-options", out(nd(ALL, A, A6, ALL6, 135, target + bytes(
        [14, 1]) + bytes(6) + sll + sll))
    yield "nd-option-zero", out(nd(ALL, A, A6, ALL6, 135, target + bytes(8)))
    yield "nd-extension", out(nd(ALL, A, A6, ALL6, 135, target + sll,
                                 before=ext(58)))
    yield "dad", out(nd(ALL, A, "::", ALL6, 135, target)) + into(
        v6(SHARED, LAN, LAN6, A6, icmp6(LAN6, A6, 128, 0, 7)))
    yield "rs-ra", (out(nd(ALL, A, "fe80::a", "ff02::2", 133, sll)) +
                    out(nd(ALL, A, "fe80::a", ALL6, 134, bytes(8) + sll)))
    yield "redirect", out(nd(LAN, A, "fe80::a", LAN6, 137,
                             addr(LAN6) + target + tll))
    yield "group", into(v4(SHARED, LAN, LAN4, "224.0.0.251", 17, udp(
        LAN4, "224.0.0.251", 5353, 5353, b"m"))) + into(
        nd(SHARED, LAN, LAN6, ALL6, 134, bytes(8)))
    yield "reflected", hello + into(arp_frame(ALL, SHARED, 1, A4, NONE, LAN4))
    yield "foreign", hello + into(eth(A, LAN, 0x88b5, b"x" * 46)) + into(
        eth(B, LAN, 0x88b5, b"x" * 46)) + out(eth(LAN, A, 0x8100, bytes(40)))
    yield "short", out(bytes(13)) + into(bytes(13)) + out(bytes(14))


def main():
    corpus = HERE / "corpus-macshare"
    corpus.mkdir(exist_ok=True)
    for name, data in seeds():
        (corpus / name).write_bytes(data)


if __name__ == "__main__":
    main()
