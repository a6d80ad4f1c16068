#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""seeds.py - write the seed corpora of the wire parsers

Run it in tests/fuzz; it writes corpus-NAME/SEED for each seed below and
leaves other files (inputs that a fuzzer found) alone. A seed is meant to
reach one path: the valid message, and one for each kind of option or fault.
"""
import os
import socket
import struct

GUEST, GATEWAY = "10.0.2.15", "10.0.2.2"
GUEST6, GATEWAY6 = "fd00::15", "fd00::2"
MAC = bytes.fromhex("525400123456")
TCP, UDP, ICMP6, FRAGMENT, DEST = 6, 17, 58, 44, 60


def ip4(text):
    return socket.inet_pton(socket.AF_INET, text)


def ip6(text):
    return socket.inet_pton(socket.AF_INET6, text)


def csum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def v4_packet(payload=b"payload!", proto=UDP, options=b"", frag=0, extra=0):
    length = 20 + len(options) + len(payload) + extra
    head = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0, length, 7,
                       frag, 64, proto, 0) + ip4(GUEST) + ip4(GATEWAY)
    head += options
    return (head[:10] + struct.pack("!H", csum(head)) + head[12:] + payload)


def v6_packet(nxt, payload, src=GUEST6):
    return (struct.pack("!IHBB", 6 << 28, len(payload), nxt, 64) + ip6(src) +
            ip6(GATEWAY6) + payload)


def ext(nxt, length=0):
    return bytes([nxt, length, 1, 4 + length * 8]) + bytes(4 + length * 8)


def frag6(nxt, offset, more, ident=1):
    return struct.pack("!BBHI", nxt, 0, offset | more, ident)


def tcp(options=b"", flags=2, data=b""):
    options += b"\1" * (-len(options) % 4)
    return (struct.pack("!HHIIBBHHH", 40000, 80, 1, 0,
                        (5 + len(options) // 4) << 4, flags, 65535, 0, 0) +
            options + data)


def nd(kind, option=b"", target="fd00::2", code=0):
    return (struct.pack("!BBHI", kind, code, 0, 0) + ip6(target) + option)


def ra(options=b"", flags=0xC0):
    return struct.pack("!BBHBBHII", 134, 0, 0, 64, flags, 1800, 0, 0) + options


def dnssl(name, pad=2):
    return (struct.pack("!BBHI", 31, 1 + (len(name) + pad) // 8, 0, 600) +
            name + bytes(pad))


def dhcp6(kind, *options):
    return bytes([kind, 0x12, 0x34, 0x56]) + b"".join(options)


def opt6(code, value=b""):
    return struct.pack("!HH", code, len(value)) + value


def ia6(iaid, *options):
    return opt6(3, struct.pack("!III", iaid, 0, 0) + b"".join(options))


DUID = opt6(1, b"\0\3\0\1" + MAC)
SERVER6 = opt6(2, b"\0\3\0\1" + MAC)
IA_ADDR = opt6(5, ip6("fd00::1:5") + struct.pack("!II", 300, 400))


def row6(*messages):
    return b"".join(struct.pack("!BH", 9, len(m)) + m for m in messages)


RA_PREFIX = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 5400, 2700, 0) + \
    ip6("fd00::")
RA_DNS = struct.pack("!BBHI", 25, 3, 0, 600) + ip6("fd00::3")
RA_DOMAIN = dnssl(b"\3lab\x08internal\0")


def opt(code, value=b""):
    return bytes([code, len(value)]) + value


def dhcp(options, op=1, sname=b"", file=b""):
    return (struct.pack("!BBBBIHH", op, 1, 6, 0, 0xDEADBEEF, 0, 0x8000) +
            ip4("0.0.0.0") * 4 + MAC + bytes(10) + sname.ljust(64, b"\0") +
            file.ljust(128, b"\0") + b"\x63\x82\x53\x63" + options)


def dns(name=b"\3www\7example\3com\0", flags=0x0100, counts=(1, 0, 0, 0),
        more=b""):
    return (struct.pack("!HHHHHH", 0x1234, flags, *counts) + name +
            struct.pack("!HH", 1, 1) + more)


def zone(name, kind=1, told="db", more=b"", counts=(1, 0, 0, 0)):
    """A question to fuzz_dns_zone, a guest being called @told."""
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
    return (bytes([len(told)]) + told.encode() +
            struct.pack("!HHHHHH", 0x1234, 0x0100, *counts) + labels + b"\0" +
            struct.pack("!HH", kind, 1) + more)


EDNS = b"\0" + struct.pack("!HHIH", 41, 1232, 0, 0)
END = b"\xff"
DISCOVER = opt(53, b"\1") + opt(61, b"\1" + MAC) + opt(55, b"\1\3\6\x0f\x1a")

SEEDS = {
    "eth": {
        "ipv4": b"\xff" * 6 + MAC + b"\x08\x00payload",
        "ipv6": bytes.fromhex("333300000001") + MAC + b"\x86\xdd",
        "mac-text": b"52:54:00:12:34:56",
        "mac-text-long": b"52:54:00:12:34:56:78",
        "short": MAC,
    },
    "arp": {
        "request": struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + MAC +
        ip4(GUEST) + bytes(6) + ip4(GATEWAY),
        "reply-padded": struct.pack("!HHBBH", 1, 0x800, 6, 4, 2) + MAC +
        ip4(GUEST) + MAC + ip4(GATEWAY) + bytes(18),
        "wrong-sizes": struct.pack("!HHBBH", 1, 0x800, 255, 255, 1) +
        bytes(20),
        "short": struct.pack("!HHBBH", 1, 0x800, 6, 4, 1) + MAC,
    },
    "ip4": {
        "udp": v4_packet(),
        "options": v4_packet(options=b"\x94\4\0\0" + b"\1" * 36),
        "first-fragment": v4_packet(frag=0x2000),
        "last-fragment": v4_packet(frag=0x1FFF),
        "padded": v4_packet() + bytes(18),
        "too-long": v4_packet(extra=1),
        "bad-checksum": v4_packet()[:11] + b"\0" + v4_packet()[12:],
    },
    "ip6": {
        "tcp": v6_packet(TCP, tcp()),
        "hop-by-hop": v6_packet(0, ext(TCP) + tcp()),
        "all-headers": v6_packet(0, ext(DEST) + ext(51, 1) +
                                 bytes([43, 2]) + bytes(14) +
                                 bytes([UDP, 0, 0, 0]) + bytes(4) + b"data"),
        "eight-headers": v6_packet(DEST, ext(DEST) * 7 + ext(TCP)),
        "nine-headers": v6_packet(DEST, ext(DEST) * 8 + ext(TCP)),
        "fragment": v6_packet(FRAGMENT, frag6(UDP, 1448, 1) + b"datadata"),
        "fragment-behind": v6_packet(DEST, ext(FRAGMENT) +
                                     frag6(UDP, 0, 0) + b"data"),
        "source-route": v6_packet(43, bytes([TCP, 0, 0, 1]) + bytes(4)),
        "mapped": v6_packet(TCP, tcp(), src="::ffff:127.0.0.1"),
        "jumbo": v6_packet(0, b"")[:40] + bytes.fromhex("0600c20400010000"),
        "none": v6_packet(59, b""),
    },
    "icmp": {
        "echo": b"\x08\0\0\0\x12\x34\0\1payload",
        "too-big": b"\2\0\0\0\0\0\5\0" + v6_packet(UDP, b"12345678"),
        "unreachable": b"\3\4\0\0\0\0\5\x78" + v4_packet(),
        "prohibited": b"\3\x0d\0\0\0\0\0\0" + v4_packet(),
        "prohibited6": b"\1\1\0\0\0\0\0\0" + v6_packet(TCP, tcp()),
        "short": b"\x08\0\0\0",
    },
    "ra": {
        "solicitation": struct.pack("!BBHI", 133, 0, 0, 0) + b"\1\1" + MAC,
        "solicitation-bare": struct.pack("!BBHI", 133, 0, 0, 0),
        "whole": ra(b"\1\1" + MAC + struct.pack("!BBHI", 5, 1, 0, 1500) +
                    RA_PREFIX + RA_DNS + RA_DOMAIN),
        "bare": ra(flags=0),
        "prefixes": ra(RA_PREFIX * 3),
        "servers": ra(struct.pack("!BBHI", 25, 9, 0, 600) +
                      ip6("fd00::3") * 4 + RA_DNS),
        "servers-even": ra(b"\x19\2" + bytes(14)),
        "name-pointer": ra(dnssl(b"\3lab\xc0\0")),
        "name-endless": ra(dnssl(b"\1a" * 131, 0)),
        "name-strange": ra(dnssl(b"\4a\nb.\0")),
        "prefix-long": ra(RA_PREFIX[:2] + b"\x81" + RA_PREFIX[3:]),
        "option-zero": ra(b"\3\0" + bytes(6)),
        "option-beyond": ra(b"\3\4" + bytes(6)),
    },
    "dhcp6": {
        "solicit": dhcp6(1, DUID, ia6(7), opt6(14), opt6(8, b"\0\0"),
                         opt6(6, b"\0\x17\0\x18")),
        "request": dhcp6(3, DUID, SERVER6, ia6(7, IA_ADDR)),
        "reply": dhcp6(7, DUID, SERVER6, ia6(7, IA_ADDR, opt6(13, b"\0\2no")),
                       opt6(13, b"\0\0"), opt6(23, ip6("fd00::3") * 3),
                       opt6(24, b"\3lab\0\1b\0")),
        "inform": dhcp6(11),
        "relay": dhcp6(12, DUID),
        "associations": dhcp6(5, *[ia6(n, IA_ADDR * 3) for n in range(4)]),
        "mapped": dhcp6(4, ia6(7, opt6(5, ip6("::ffff:10.0.2.2") + bytes(8)))),
        "address-short": dhcp6(3, ia6(7, opt6(5, bytes(23)))),
        "duid-empty": dhcp6(1, opt6(1)),
        "duid-long": dhcp6(1, opt6(1, bytes(131))),
        "name-pointer": dhcp6(7, opt6(24, b"\3lab\xc0\0")),
        "option-beyond": dhcp6(1, b"\0\1\0\xff\1"),
        "nested-beyond": dhcp6(1, ia6(7, b"\0\5\0\xff\1")),
    },
    "dhcp6_srv": {
        "lease": row6(dhcp6(1, DUID, ia6(7)),
                      dhcp6(3, DUID, SERVER6, ia6(7, IA_ADDR)),
                      dhcp6(5, DUID, SERVER6, ia6(7, IA_ADDR)),
                      dhcp6(6, DUID, ia6(7, IA_ADDR), ia6(8, IA_ADDR)),
                      dhcp6(8, DUID, SERVER6, ia6(7, IA_ADDR))),
        "many": row6(*[dhcp6(1, opt6(1, b"c%d" % n), ia6(7), opt6(14))
                       for n in range(20)]),
        "decline": row6(dhcp6(3, DUID, SERVER6, ia6(7, IA_ADDR)),
                        dhcp6(9, DUID, SERVER6, ia6(7, IA_ADDR)),
                        dhcp6(3, DUID, SERVER6, ia6(7, IA_ADDR))),
        "confirm": row6(dhcp6(4, DUID, ia6(7, IA_ADDR)), dhcp6(4, DUID)),
        "inform": row6(dhcp6(11), dhcp6(11, DUID, SERVER6)),
        "not-ours": row6(dhcp6(3, DUID, DUID, ia6(7)), dhcp6(7, DUID),
                         dhcp6(1)),
    },
    "nd": {
        "solicitation": nd(135, b"\1\1" + MAC),
        "advertisement": nd(136, b"\2\1" + MAC),
        "no-option": nd(135),
        "nonce": nd(135, b"\x0e\2" + bytes(14) + b"\1\1" + MAC),
        "option-zero": nd(135, b"\1\0" + MAC),
        "option-long": nd(135, b"\1\2" + MAC),
        "multicast-target": nd(135, b"\1\1" + MAC, target="ff02::1"),
        "router-advertisement": nd(134),
    },
    "udp": {
        "datagram": struct.pack("!HHHH", 1024, 53, 15, 0) + b"payload",
        "empty": struct.pack("!HHHH", 0, 0, 8, 0),
        "trailing": struct.pack("!HHHH", 1, 2, 9, 0xFFFF) + b"pxxx",
        "too-long": struct.pack("!HHHH", 1, 2, 16, 0) + b"payload",
        "too-short": struct.pack("!HHHH", 1, 2, 7, 0),
    },
    "tcp": {
        "syn": tcp(b"\2\4\5\xb4\4\2\x08\x0a\0\0\0\1\0\0\0\0\1\3\3\7"),
        "syn-small-mss": tcp(b"\2\4\0\1"),
        "syn-two-mss": tcp(b"\2\4\xff\xff\2\4\0\0"),
        "data": tcp(flags=0x18, data=b"GET / HTTP/1.0\r\n\r\n"),
        "urgent": tcp(flags=0x38, data=b"x"),
        "ack-with-mss": tcp(b"\2\4\0\1", flags=0x10, data=b"data"),
        "sack": tcp(b"\1\1\5\x12" + bytes(16), flags=0x10),
        "sack-odd": tcp(b"\5\7" + bytes(5), flags=0x10),
        "wscale-200": tcp(b"\3\3\xc8"),
        "option-zero": tcp(b"\2\0\5\xb4"),
        "option-long": tcp(b"\xfe\xff\0\0"),
        "mss-cut": tcp(b"\1\1\2\4"),
        "end": tcp(b"\0\2\4\5\xb4"),
        "bad-offset": tcp()[:12] + b"\x40" + tcp()[13:],
    },
    "socks5": {
        "name": b"\5\1\0\5\1\0\3\3web\0\x50",
        "v4": b"\5\2\2\0\5\1\0\1" + ip4(GUEST) + b"\0\x16",
        "v6": b"\5\1\0\5\1\0\4\xfd" + bytes(14) + b"\x15\1\xbb",
        "no-method": b"\5\0",
        "socks4": b"\4\1\0\x50" + ip4(GUEST) + b"\0",
        "http": b"CONNECT web:80 HTTP/1.1\r\n\r\n",
        "no-name": b"\5\1\0\5\1\0\3\0\0\x50",
        "zero-in-name": b"\5\1\0\5\1\0\3\3w\0b\0\x50",
        "kind-2": b"\5\1\0\5\1\0\2" + bytes(8),
        "long": b"\5\xff" + bytes(255) + b"\5\1\0\3\xff" + b"a" * 257,
    },
    "qframe": {
        "frames": b"\0\0\0\3abc\0\0\0\1d\0\0\0\2ef",
        "cut": b"\0\0\0\3abc\0\0\0\5d",
        "zero": b"\0\0\0\3abc\0\0\0\0",
        "huge": b"\0\1\x10\1aaaa",
        "header-cut": b"\0\0",
    },
    "dhcp4": {
        "discover": dhcp(DISCOVER + opt(12, b"vm") + opt(57, b"\2\x40") +
                         END + bytes(20)),
        "request": dhcp(opt(53, b"\3") + opt(50, ip4(GUEST)) +
                        opt(54, ip4(GATEWAY)) + opt(80) + END),
        "ack": dhcp(opt(53, b"\5") + opt(54, ip4(GATEWAY)) +
                    opt(51, b"\0\1\x51\x80") + opt(58, b"\0\0\xa8\xc0") +
                    opt(59, b"\0\1\x27\x50") + opt(1, b"\xff\xff\xff\0") +
                    opt(3, ip4(GATEWAY)) + opt(6, ip4(GATEWAY) * 9) +
                    opt(15, b"lab.internal") + opt(26, b"\xff\xf0") + END,
                    op=2),
        "bootp": dhcp(END),
        "overload": dhcp(opt(52, b"\3") + DISCOVER + END,
                         file=opt(12, b"fi") + END,
                         sname=opt(12, b"le") + END),
        "overload-endless": dhcp(opt(52, b"\1") + END,
                                 file=opt(12, b"x" * 126)),
        "joined": dhcp(opt(12, b"a" * 200) + opt(12, b"b" * 55) + END),
        "joined-too-long": dhcp(opt(61, b"a" * 200) + opt(61, b"b" * 56) +
                                END),
        "unknown": dhcp(b"\0" + opt(224, b"xyz") + opt(82, b"\1\2ab") + END),
        "length-beyond": dhcp(b"\x35\xff\1"),
        "no-end": dhcp(DISCOVER),
        "no-cookie": dhcp(b"")[:236] + b"\0" * 64,
        "short": dhcp(b"")[:100],
    },
    "dns_zone": {
        "guest": zone("web.lab.internal"),
        "short-name": zone("web"),
        "told": zone("db.internal", 28),
        "told-fqdn": zone("db.internal", told="Db.example.org"),
        "told-strange": zone("?.internal", told="a b\x7f"),
        "told-web": zone("14.2.0.10.in-addr.arpa", 12, told="web"),
        "domain": zone("db.example.org"),
        "alias": zone("host.docker.internal", 255),
        "nobody": zone("no.lab.internal", more=EDNS, counts=(1, 0, 0, 1)),
        "badvers": zone("web", more=EDNS[:6] + b"\1" + EDNS[7:],
                        counts=(1, 0, 0, 1)),
        "ptr": zone("15.2.0.10.in-addr.arpa", 12),
        "ptr-net": zone("2.0.10.in-addr.arpa", 12),
        "ptr6": zone("2" + ".0" * 29 + ".d.f.ip6.arpa", 12),
        "elsewhere": zone("www.example.com"),
    },
    "dns": {
        "query": dns(),
        "edns": dns(counts=(1, 0, 0, 1), more=EDNS),
        "answer": dns(flags=0x8180, counts=(1, 1, 0, 0),
                      more=b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) +
                      ip4(GATEWAY)),
        "chain": dns(flags=0x8180, counts=(1, 2, 1, 1),
                     more=b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 60, 4) +
                     b"\1a\xc0\x10" + b"\xc0\x2d" +
                     struct.pack("!HHIH", 1, 1, 60, 4) + ip4(GATEWAY) +
                     b"\xc0\x18" + struct.pack("!HHIH", 6, 1, 60, 22) +
                     b"\0\0" + bytes(19) + b"\5" + EDNS),
        "root": dns(name=b"\0"),
        "label-cut": dns(name=b"\x3fwww"),
        "pointer-loop": dns(name=b"\xc0\x0c"),
        "long-name": dns(name=(b"\x3f" + b"a" * 63) * 3 + b"\x3d" +
                         b"b" * 61 + b"\0"),
        "too-long-name": dns(name=(b"\x3f" + b"a" * 63) * 4 + b"\0"),
        "two-questions": dns(counts=(2, 0, 0, 0)),
        "many-records": dns(counts=(1, 65535, 65535, 65535), more=EDNS),
        "short": dns()[:11],
    },
}


def main():
    for name, seeds in SEEDS.items():
        directory = "corpus-" + name
        os.makedirs(directory, exist_ok=True)
        for seed, data in seeds.items():
            with open(os.path.join(directory, seed), "wb") as f:
                f.write(data)


if __name__ == "__main__":
    main()
