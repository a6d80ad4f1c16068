#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""seeds_others.py - write the seeds of fuzz_dhcp4_srv, fuzz_resolv
and fuzz_uplink_spec"""
import pathlib
import struct

from packets import *

HERE = pathlib.Path(__file__).parent
GUEST, ROUTER = "10.0.2.15", "10.0.2.2"
HW = "52:54:00:12:34:56"


def dhcp4_messages():
    params = opt(55, bytes([1, 3, 6, 12, 15, 26, 51]))
    yield "discover", dhcp4(1, HW, params + opt(12, b"vm") +
                            opt(61, b"\1" + mac(HW)) + opt(57, b"\2\x40"))
    yield "request", dhcp4(3, HW, opt(50, addr(GUEST)) +
                           opt(54, addr(ROUTER)) + params)
    yield "renew", dhcp4(3, HW, params, ciaddr=GUEST)
    yield "inform", dhcp4(8, HW, params, ciaddr=GUEST)
    yield "release", dhcp4(7, HW, opt(54, addr(ROUTER)), ciaddr=GUEST)
    yield "decline", dhcp4(4, HW, opt(50, addr(GUEST)) +
                           opt(54, addr(ROUTER)))
    yield "rapid", dhcp4(1, HW, opt(80, b"") + params, flags=0x8000)
    yield "pieces", dhcp4(1, HW, opt(12, b"left") + opt(12, b"right"))
    yield "no-end", dhcp4(1, HW)[:243]
    yield "overload", (dhcp4(1, HW, opt(52, b"\3"))[:44] +
                       (opt(12, b"in-sname") + b"\xff").ljust(64, b"\0") +
                       (opt(15, b"in-file") + b"\xff").ljust(128, b"\0") +
                       dhcp4(1, HW, opt(52, b"\3"))[236:])
    reply = opt(1, b"\xff\xff\xff\0") + opt(3, addr(ROUTER) * 5) + opt(
        6, addr(ROUTER) * 9) + opt(26, b"\5\xdc") + opt(51, bytes(3) + b"\1")
    yield "lists", dhcp4(5, HW, reply + opt(58, bytes(4)) + opt(15, b"lab"))


def dhcp4_srv_seeds():
    def row(*messages):
        return b"".join(struct.pack("!BH", 1, len(m)) + m for m in messages)
    by_name = dict(dhcp4_messages())
    for name, message in by_name.items():
        yield name, row(message)
    yield "lease", row(*(by_name[n] for n in (
        "discover", "request", "renew", "inform", "release", "discover")))
    yield "declined", row(*(by_name[n] for n in (
        "discover", "request", "decline", "discover")))
    yield "three-guests", row(*(
        dhcp4(kind, "52:54:00:00:00:0%d" % n, opt(54, addr(ROUTER)) +
              opt(50, addr("10.0.2.%d" % (15 + n)))) for n in range(4)
        for kind in (1, 3)))


def resolv_seeds():
    yield "usual", (b"search lab.internal\nnameserver 192.0.2.1\n"
                    b"nameserver 2001:db8::1\noptions ndots:2\n")
    yield "scoped", b"nameserver fe80::1%lo\nnameserver fe80::1%nothing\n"
    yield "many", b"nameserver 192.0.2.1\n" * 9
    yield "blanks", b"\t nameserver\t 192.0.2.1 # first\r\n;nameserver 1.1\n"
    yield "empty", b""
    yield "no-newline", b"nameserver 127.0.0.53"


def uplink_spec_seeds():
    yield "fd", b"fd:3"
    yield "tap", b"tap:tap0,mac=shared"
    yield "helper", b"helper:br0"
    yield "trunk-path", b"trunk:/run/lab.sock"
    yield "trunk-abstract", b"trunk:listen:@lab"
    yield "trunk-tcp", b"trunk:[2001:db8::1]:7000"
    yield "vxlan4", b"vxlan:42@192.0.2.1=192.0.2.2,192.0.2.3:8472"
    yield "vxlan6", b"vxlan:42@[2001:db8::1]:4789=2001:db8::2"
    yield "families", b"vxlan:42@192.0.2.1=2001:db8::2"


def main():
    for name, seeds in (("dhcp4_srv", dhcp4_srv_seeds),
                        ("resolv", resolv_seeds),
                        ("uplink_spec", uplink_spec_seeds)):
        corpus = HERE / ("corpus-" + name)
        corpus.mkdir(exist_ok=True)
        for seed, data in seeds():
            (corpus / seed).write_bytes(data)


if __name__ == "__main__":
    main()
