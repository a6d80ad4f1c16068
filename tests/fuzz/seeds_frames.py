#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""seeds_frames.py - write the seeds of fuzz_frames to corpus-frames

Each seed is a story, told in the records of fuzz_frames.c. What the fuzzer
found lies beside them under the hash of its bytes.
"""
import pathlib
import struct

from packets import *

DRAIN, CONNECTS, PROMPT, SMALL_MTU, SMALL_LIMITS = 1, 2, 4, 8, 16
NO_TURN = 0x80
USUAL, SMALL, LARGE, ONE_SACK, SACKS, STAMP, BROKEN = range(1, 8)
(WEB, GATEWAY, DNS, WEB6, GATEWAY6, DNS6, LOOPBACK, NEIGHBOUR, BROADCAST,
 METADATA, LINKLOCAL6, MULTICAST6, WEB2, METADATA6, ANY, FAR_DNS) = range(16)
(REFUSED, TIMEDOUT, NETUNREACH, HOSTUNREACH, ACCES, ADDRNOTAVAIL, MFILE,
 NOBUFS, CONNRESET, MSGSIZE, AGAIN, PERM, INVAL, NOMEM) = range(14)

GUEST, GUEST6 = "10.0.2.15", "fd00::15"
ROUTER, ROUTER6 = "10.0.2.2", "fd00::2"
FAR, FAR6 = "198.51.100.7", "2001:db8::7"
HW, HW_ROUTER = "52:54:00:12:34:56", "52:55:0a:00:02:02"
HW_ALL = "ff:ff:ff:ff:ff:ff"


# One function per operation of fuzz_frames.c.

def frame(data):
    return struct.pack("!BH", 0, len(data)) + data


def packet(data):
    return struct.pack("!BH", 1, len(data)) + data


def seg(conn, flags, length=0, seq=0, ack=0, window=65535, options=0):
    return struct.pack("!BBBhhHBH", 2, conn, flags, seq, ack, window, options,
                       length)


def syn(conn, target=WEB, options=USUAL):
    return seg(conn, SYN, ack=target, options=options)


def datagram(port, target, length, frag=0, ttl=64):
    return struct.pack("!BBBHBB", 3, port, target, length, frag // 8, ttl)


def echo(ident, target, length=56, ttl=64):
    return struct.pack("!BBBHB", 4, ident, target, length, ttl)


def ms(time):
    return struct.pack("!BH", 5, time)


def seconds(time):
    return struct.pack("!BH", 5, 0x8000 | time)


def host(action, value=0, sock=0):
    return struct.pack("!BBBH", 6, sock, action, value)


(CONNECTED, NOT_CONNECTED, DATA, EOF, BROKEN_HOST, ROOM, CLIENT, DATAGRAM,
 REPLY, ICMP, TOO_LONG) = range(11)


def world(what, value=0):
    return struct.pack("!BBH", 7, what, value)


(CONNECT_ERROR, SEND_ERROR, SOCKET_ERROR, WIRE_ROOM, WIRE_CHUNK, ATTACH,
 DETACH, PROMPTNESS, CONNECTING) = range(9)


def wire(data):
    return struct.pack("!BB", 8, len(data)) + data


def batch(*records):
    """Records that the loop sees in one turn."""
    return b"".join(bytes([r[0] | NO_TURN]) + r[1:] for r in records[:-1]
                    ) + records[-1]


# Sockets are counted in the order of their descriptors, and the forwards'
# four (TCP and UDP, in both families) come first.
FIRST = 4


def far(action, value=0):
    return host(action, value, FIRST)


OPEN = syn(0) + far(CONNECTED) + seg(0, ACK)
OPEN6 = syn(0, WEB6) + far(CONNECTED) + seg(0, ACK)


def tcp_seeds():
    yield "guest-fin-first", DRAIN, (
        OPEN + seg(0, ACK | PSH, 100) + far(DATA, 100) + seg(0, ACK) +
        seg(0, ACK | FIN) + far(EOF) + seg(0, ACK) + seconds(3))
    yield "host-fin-first", DRAIN, (
        OPEN + far(DATA, 20) + far(EOF) + seg(0, ACK) +
        seg(0, ACK, 1000) + seg(0, ACK | FIN) + seconds(3))
    yield "fins-cross", DRAIN, (
        OPEN + far(EOF) + batch(seg(0, ACK | FIN, ack=-1), seg(0, ACK)) +
        seconds(2) + syn(0) + far(CONNECTED) + seg(0, ACK))
    yield "guest-reset", 0, (
        OPEN + seg(0, ACK, 10) + far(DATA, 10) + seg(0, RST) + seconds(1))
    yield "guest-reset-while-dialling", 0, syn(0) + seg(0, RST)
    yield "host-reset", DRAIN, (
        OPEN + far(DATA, 10) + far(BROKEN_HOST, CONNRESET))
    yield "host-reset-by-send", 0, (
        OPEN + batch(far(BROKEN_HOST, CONNRESET), seg(0, ACK, 10)))
    yield "prompt-bulk", CONNECTS | PROMPT | DRAIN, (
        syn(0) + far(DATA, 20000) + ms(10) + far(DATA, 60000) + ms(50) +
        far(EOF) + seconds(2))
    yield "prompt-bulk-6", CONNECTS | PROMPT | SMALL_MTU, (
        syn(0, WEB6) + far(DATA, 30000) + ms(10) + far(DATA, 30000) + ms(10))
    yield "large-mss", CONNECTS | PROMPT, (
        syn(0, WEB, LARGE) + far(DATA, 60000) + ms(10) + far(DATA, 60000) +
        ms(50) + far(DATA, 60000) + far(DATA, 60000) + ms(100))
    yield "upload", CONNECTS | DRAIN, (
        syn(0) + seg(0, ACK) + b"".join(
            batch(*[seg(0, ACK, 1460)] * 8) for _ in range(6)) +
        far(ROOM, 60000) + seg(0, ACK | FIN, 700))
    yield "stalled-host", CONNECTS | DRAIN, (
        syn(0) + seg(0, ACK) + far(ROOM, 0) +
        batch(*[seg(0, ACK | PSH, 1)] * 20) + seg(0, ACK, 40000) +
        seg(0, ACK, 40000) + batch(*[seg(0, ACK | PSH, 3)] * 20) + ms(300) +
        far(ROOM, 100) + ms(300) + far(ROOM, 40000) + seg(0, ACK | FIN))
    yield "pinned-over-budget", CONNECTS | SMALL_LIMITS | DRAIN, (
        syn(0) + seg(0, ACK) + far(ROOM, 0) +
        b"".join(batch(*[seg(0, ACK, 9000)] * 4) for _ in range(6)) +
        seg(0, ACK, 50, seq=2000) + far(ROOM, 60000) + ms(200) +
        seg(0, ACK, 1000))
    yield "stalled-guest", CONNECTS | DRAIN, (
        syn(0) + seg(0, ACK) + far(DATA, 60000) + seg(0, ACK, window=0) +
        seconds(1) + seconds(2) + seconds(5) + seg(0, ACK, window=0) +
        seconds(10) + seg(0, ACK, window=65535) + seconds(1))
    yield "closed-window-from-the-start", CONNECTS | DRAIN, (
        seg(0, SYN, ack=WEB, window=0) + seg(0, ACK, window=0) +
        far(DATA, 1000) + seconds(1) + far(EOF) + seconds(3) +
        seg(0, ACK, window=1000) + seconds(1) + seg(0, ACK))
    yield "fast-retransmit", CONNECTS | DRAIN, (
        syn(0) + seg(0, ACK) + far(DATA, 3000) +
        b"".join(seg(0, ACK, ack=-20000) for _ in range(5)) +
        seg(0, ACK, ack=-10000) + seg(0, ACK, ack=-3000) + seg(0, ACK) +
        far(DATA, 100) + seg(0, ACK))
    yield "sack", CONNECTS | DRAIN, (
        syn(0) + seg(0, ACK) + far(DATA, 6000) +
        seg(0, ACK, ack=-30000, options=ONE_SACK) +
        seg(0, ACK, ack=-30000, options=SACKS) +
        seg(0, ACK, ack=-28540, options=ONE_SACK) +
        seg(0, ACK, ack=-20000, options=ONE_SACK) + ms(400) + seg(0, ACK))
    yield "sack-nonsense", CONNECTS, (
        syn(0) + seg(0, ACK) + far(DATA, 600) +
        seg(0, ACK, ack=100, options=ONE_SACK) +
        seg(0, ACK, ack=-32768, options=SACKS) +
        seg(0, ACK, ack=-3000, options=SACKS))
    yield "rto", CONNECTS | DRAIN, (
        syn(0) + seg(0, ACK) + far(DATA, 100) + ms(200) + ms(200) + ms(400) +
        seconds(1) + seconds(2) + seconds(4) + seg(0, ACK))
    yield "out-of-order", CONNECTS | DRAIN, (
        syn(0) + seg(0, ACK) + seg(0, ACK, 500, seq=500) +
        seg(0, ACK, 100, seq=1500) + seg(0, ACK | FIN, 100, seq=1600) +
        seg(0, ACK, 700, seq=200) + seg(0, ACK, 250) + seg(0, ACK, 1400) +
        seconds(1))
    yield "old-and-overlapping", CONNECTS, (
        syn(0) + seg(0, ACK) + seg(0, ACK, 1000) +
        seg(0, ACK, 1000, seq=-1000) + seg(0, ACK, 1000, seq=-500) +
        seg(0, ACK, 1, seq=-1) + seg(0, ACK, 0, seq=-1) +
        seg(0, ACK, 10, seq=-32000) + seg(0, ACK, 10, seq=32000))
    yield "bad-acks", CONNECTS, (
        syn(0) + seg(0, ACK, ack=5) + seg(0, ACK, ack=-5) + seg(0, 0, 10) +
        seg(0, ACK) + seg(0, ACK, 5, ack=1000) + seg(0, RST, seq=7) +
        seg(0, SYN | ACK) + seg(0, RST | ACK, seq=-3))
    yield "urgent", CONNECTS, (
        syn(0) + seg(0, ACK) + seg(0, ACK | URG | PSH, 10) + seg(0, ACK, 10))
    yield "options", CONNECTS, (
        syn(0, WEB, STAMP) + seg(0, ACK, options=STAMP) +
        seg(0, ACK, 5, options=BROKEN) + syn(1, WEB2, BROKEN) +
        syn(2, WEB, SMALL) + seg(2, ACK) + host(DATA, 1000, FIRST + 2) +
        seg(2, ACK))
    yield "syn-again", 0, (
        syn(0) + syn(0) + ms(100) + syn(0, WEB, SMALL) + far(CONNECTED) +
        syn(0) + seg(0, ACK) + syn(0) + seg(0, ACK))
    yield "time-wait", CONNECTS, (
        syn(0) + seg(0, ACK) + far(EOF) + seg(0, ACK) + seg(0, ACK | FIN) +
        seg(0, ACK, seq=-1) + syn(0) + seg(0, ACK) + seconds(2))
    yield "refused", DRAIN, b"".join(
        syn(n % 8, WEB6 if n % 2 else WEB) + far(NOT_CONNECTED, n)
        for n in range(14))
    yield "connect-fails-at-once", 0, b"".join(
        world(CONNECT_ERROR, n) + syn(n % 8, WEB6 if n % 3 else WEB)
        for n in range(14))
    yield "unreachable-by-icmp", 0, (
        syn(0) + far(ICMP, 0x0301) + far(NOT_CONNECTED, HOSTUNREACH) +
        syn(1) + far(ICMP, 0x0b00) + far(NOT_CONNECTED, HOSTUNREACH) +
        syn(2, WEB6) + far(ICMP, 0x0100) + far(NOT_CONNECTED, NETUNREACH) +
        syn(3) + far(ICMP, 0x0301) + far(CONNECTED) + far(ICMP, 0x0301))
    yield "no-descriptors", 0, (
        world(SOCKET_ERROR, MFILE) + syn(0) + world(SOCKET_ERROR, NOBUFS) +
        datagram(0, WEB, 10) + world(SOCKET_ERROR, ACCES) + echo(1, WEB) +
        world(SOCKET_ERROR, MFILE) + echo(1, WEB) +
        world(SOCKET_ERROR, MFILE) + host(CLIENT, 0, 0) + ms(500))
    yield "over-limits", SMALL_LIMITS | DRAIN, (
        b"".join(syn(n) for n in range(6)) + world(CONNECTING, 1) +
        far(CONNECTED) + far(CONNECTED) +
        b"".join(syn(n, WEB2) for n in range(6)) +
        b"".join(datagram(n, WEB, 10) + echo(n, WEB) for n in range(5)))
    yield "forbidden", CONNECTS, b"".join(
        syn(n % 8, n) + datagram(n, n, 20) + echo(n, n) for n in range(16))
    yield "ttl", CONNECTS, (
        datagram(0, WEB, 10, ttl=1) + datagram(0, WEB, 10, ttl=2) +
        datagram(0, WEB6, 10, ttl=1) + echo(1, WEB, ttl=1) +
        echo(1, GATEWAY, ttl=1) + echo(1, WEB6, ttl=3))
    yield "idle", CONNECTS | DRAIN | PROMPT, (
        syn(0) + seg(0, ACK, 10) + seconds(7300) + seconds(20) +
        seg(0, ACK) + seconds(5))
    yield "nobody-knows-it", 0, (
        seg(0, SYN | ACK) + syn(0, FAR_DNS) + far(NOT_CONNECTED, TIMEDOUT) +
        seg(0, ACK, 10) + seg(0, FIN | ACK) + seg(0, RST))
    yield "slow-wire", CONNECTS | PROMPT | DRAIN, (
        syn(0) + world(WIRE_ROOM, 100) + far(DATA, 60000) + ms(10) +
        world(WIRE_ROOM, 3000) + ms(10) + datagram(0, WEB, 10) +
        host(REPLY, 0, FIRST + 1) + world(WIRE_ROOM, 65535) + ms(100))
    yield "full-wire", CONNECTS | DRAIN, (
        b"".join(syn(n, WEB, LARGE) + seg(n, ACK) for n in range(8)) +
        world(WIRE_ROOM, 7) +
        b"".join(host(DATA, 65000, FIRST + n) for n in range(8)) +
        b"".join(seg(n, ACK, 100) for n in range(8)) + ms(200) +
        b"".join(host(DATA, 65000, FIRST + n) for n in range(8)) +
        seg(1, RST) + host(EOF, 0, FIRST) + world(WIRE_ROOM, 40000) +
        ms(100) + world(WIRE_ROOM, 65535) + ms(200))
    yield "send-over-budget", CONNECTS | SMALL_LIMITS | DRAIN, (
        b"".join(syn(n, WEB, LARGE) + seg(n, ACK, window=65535)
                 for n in range(4)) +
        b"".join(host(DATA, 65000, FIRST + n) for n in range(4)) +
        datagram(0, WEB, 10) + host(REPLY, 0, FIRST + 4) + echo(1, WEB) +
        host(REPLY, 0, FIRST + 5) + ms(200) + seg(0, ACK) + seg(1, RST) +
        ms(200))
    yield "detached-half-written", CONNECTS | PROMPT | DRAIN, (
        syn(0) + world(WIRE_ROOM, 777) + far(DATA, 60000) + ms(10) +
        world(DETACH) + world(WIRE_ROOM, 65535) + ms(300) +
        far(DATA, 10) + world(ATTACH) + ms(500) + syn(1))


def forward_seeds():
    yield "forward", PROMPT | DRAIN, (
        datagram(0, WEB, 1) + host(CLIENT, 0, 0) + host(DATA, 500, 4) +
        seg(8, ACK, 300) + host(EOF, 0, 4) + seconds(1) +
        host(CLIENT, 1, 0) + host(CLIENT, 2, 0) + seconds(1) +
        seg(9, ACK | FIN) + seg(10, RST))
    yield "forward-refused", DRAIN, (
        datagram(0, WEB, 1) + host(CLIENT, 0, 0) + seg(8, RST | ACK) +
        host(CLIENT, 3, 0) + seg(9, SYN | ACK, options=SMALL) +
        seg(9, ACK, 100) + host(DATA, 500, 4) + seg(9, ACK))
    yield "forward-to-nobody", DRAIN, host(CLIENT, 0, 0) + seconds(30)
    yield "forward-udp", DRAIN, b"".join(
        host(DATAGRAM, n * 700, 2) for n in range(5)) + (
        datagram(0, WEB, 1) + host(DATAGRAM, 100, 2) +
        packet(ip4(GUEST, "203.0.113.9", 17, udp(
            GUEST, "203.0.113.9", 53, 5000, b"answer"))) +
        packet(ip4(GUEST, ROUTER, 17, udp(
            GUEST, ROUTER, 53, 40000, b"answer"))) +
        host(ICMP, 0x0303, 2) + seconds(200))


def datagram_seeds():
    sizes = 0, 1, 1472, 1473, 9000, 65507
    yield "udp-sizes", DRAIN, b"".join(
        datagram(0, WEB, n) + far(REPLY) for n in sizes)
    yield "udp-sizes-6", DRAIN | SMALL_MTU, b"".join(
        datagram(0, WEB6, n, frag=1400) + far(REPLY) for n in sizes[1:])
    yield "udp-many", DRAIN, b"".join(
        batch(*[datagram(n, (WEB, WEB2, WEB6)[n % 3], 100)] * 3)
        for n in range(8)) + b"".join(
        host(DATAGRAM, 100, 4 + n) for n in range(8)) * 3 + seconds(400)
    yield "udp-errors", 0, (
        datagram(0, WEB, 100) + far(ICMP, 0x0303) + far(ICMP, 0x0304) +
        far(ICMP, 0x0b00) + far(TOO_LONG, 1400) + datagram(0, WEB, 2000) +
        b"".join(world(SEND_ERROR, n) + datagram(0, WEB, 100)
                 for n in range(14)) + far(BROKEN_HOST, REFUSED) +
        datagram(1, GATEWAY, 10) + host(ICMP, 0x0303, 5) +
        datagram(2, WEB6, 10) + host(ICMP, 0x0104, 6) +
        host(ICMP, 0x0200, 6) + host(TOO_LONG, 1300, 6))
    yield "fragments", DRAIN, (
        datagram(0, WEB, 4000, frag=1480) + far(REPLY) +
        datagram(0, WEB6, 4000, frag=1400) + datagram(0, WEB, 40, frag=8) +
        datagram(0, WEB, 65507, frag=1480))
    whole = udp(GUEST, FAR, 7, 8, bytes(100))
    yield "fragment-replays", DRAIN, b"".join(packet(ip4(
        GUEST, FAR, 17, whole[at:end], flags=more, offset=at, ident=ident))
        for ident, at, end, more in (
            (9, 0, 48, 1), (9, 0, 48, 1), (9, 40, 108, 0),      # overlap
            (10, 48, 108, 0), (10, 0, 48, 1),                   # turned round
            (11, 0, 40, 1), (11, 48, 108, 0),                   # a hole
            (12, 0, 41, 1),                                     # odd
            (14, 0, 8, 1), (14, 8, 8, 0),                       # empty
        )) + packet(ip4(GUEST, FAR, 17, bytes(100), flags=1, offset=65528)) + (
        seconds(16) + seconds(50))
    whole6 = udp(GUEST6, FAR6, 7, 8, bytes(100))
    yield "fragment-replays-6", DRAIN, b"".join(packet(ip6(
        GUEST6, FAR6, 60, ext(44) + frag6(17, at, more, ident) +
        whole6[at:end])) for ident, at, end, more in (
            (9, 0, 48, 1), (9, 48, 108, 0), (10, 0, 48, 1),
            (10, 40, 108, 0), (11, 0, 48, 1), (12, 48, 108, 0),
        )) + packet(ip6(GUEST6, FAR6, 44, frag6(17, 0, 0, 5) + whole6)) + (
        seconds(61))
    yield "ping", DRAIN, (
        echo(1, GATEWAY) + echo(1, GATEWAY6) + echo(1, DNS) + echo(1, WEB) +
        far(REPLY) + echo(2, WEB6) + host(REPLY, 0, 5) + echo(1, WEB, 5000) +
        far(REPLY) + far(ICMP, 0x0301) + far(ICMP, 0x0b00) +
        host(ICMP, 0x0300, 5) + far(TOO_LONG, 1300) +
        world(SEND_ERROR, HOSTUNREACH) + echo(1, WEB) +
        world(SEND_ERROR, MSGSIZE) + echo(1, WEB) + seconds(100))
    unreachable = ip4(FAR, GUEST, 17, udp(FAR, GUEST, 1, 2, bytes(20)))
    syn = tcp(FAR, GUEST, 9, 22, 1, 0, 2)
    syn6 = tcp(FAR6, GUEST6, 9, 22, 1, 0, 2)
    yield "icmp-rejected", 0, (
        packet(ip4(GUEST, FAR, 1, icmp4(3, 3, 0, ip4(FAR, GUEST, 6, syn)))) +
        packet(ip4(GUEST, FAR, 1, icmp4(3, 4, 0, ip4(FAR, GUEST, 6, syn)))) +
        packet(ip4(GUEST, FAR, 1, icmp4(3, 13, 0, ip4(
            FAR, GUEST, 6, syn, options=bytes([1] * 4))))) +
        packet(ip4(GUEST, FAR, 1, icmp4(3, 3, 0, bytes(40)))) +
        packet(ip6(GUEST6, FAR6, 58, icmp6(GUEST6, FAR6, 1, 4, 0, ip6(
            FAR6, GUEST6, 6, syn6)))) +
        packet(ip6(GUEST6, FAR6, 58, icmp6(GUEST6, FAR6, 1, 1, 0,
                                           bytes(60)))))
    yield "icmp-others", 0, (
        packet(ip4(GUEST, FAR, 1, icmp4(3, 3, 0, unreachable))) +
        packet(ip4(GUEST, FAR, 1, icmp4(13, 0, 0, bytes(12)))) +
        packet(ip4(GUEST, FAR, 1, icmp4(0, 0, 1))) +
        packet(ip6(GUEST6, FAR6, 58, icmp6(GUEST6, FAR6, 2, 0, 1280,
                                           bytes(60)))) +
        packet(ip4(GUEST, FAR, 132, bytes(20))) +
        packet(ip4(GUEST, FAR, 50, bytes(20))) +
        packet(ip6(GUEST6, FAR6, 132, bytes(20))) +
        packet(ip6(GUEST6, FAR6, 59, b"")) +
        packet(ip4(GUEST, FAR, 6, bytes(10))))


def service_seeds():
    hello = eth(HW_ALL, HW, 0x806, arp(1, HW, GUEST, "0:0:0:0:0:0".replace(
        "0", "00"), ROUTER))
    target = addr(ROUTER6)
    group = "ff02::1:ff00:2"

    def ns(src, options):
        return frame(eth("33:33:ff:00:00:02", HW, 0x86dd, ip6(
            src, group, 58, icmp6(src, group, 135, 0, 0, target + options),
            hops=255)))
    yield "arp", 0, (
        frame(hello) + frame(hello[:30]) + frame(eth(
            HW_ROUTER, HW, 0x806, arp(2, HW, GUEST, HW_ROUTER, ROUTER))) +
        frame(eth(HW_ALL, HW, 0x806, arp(1, HW, "0.0.0.0", HW, GUEST))) +
        frame(eth(HW_ALL, HW, 0x806, arp(1, HW, ROUTER, HW, ROUTER))) +
        frame(eth(HW, HW, 0x806, hello[14:])) + frame(b"\0" * 13))
    yield "ndp", 0, (
        ns(GUEST6, lladdr(1, HW)) + ns("::", b"") + ns(GUEST6, b"\1\0") +
        frame(eth(HW_ROUTER, HW, 0x86dd, ip6(
            GUEST6, ROUTER6, 58, icmp6(GUEST6, ROUTER6, 136, 0, 0x60000000,
                                       addr(GUEST6) + lladdr(2, HW)),
            hops=255))) +
        frame(eth("33:33:00:00:00:02", HW, 0x86dd, ip6(
            "fe80::1", "ff02::2", 58, icmp6("fe80::1", "ff02::2", 133, 0, 0),
            hops=255))))

    def dhcp(kind, options=b"", src="0.0.0.0", dst="255.255.255.255", **kw):
        return packet(ip4(src, dst, 17, udp(src, dst, 68, 67, dhcp4(
            kind, HW, options, **kw))))
    asked = opt(55, bytes([1, 3, 6, 12, 15, 26, 51, 58, 59, 119, 121]))
    lease = (dhcp(1, asked + opt(12, b"vm") + opt(61, b"\1" + mac(HW))) +
             dhcp(3, asked + opt(50, addr(GUEST)) + opt(54, addr(ROUTER))))
    yield "dhcp", 0, (
        lease + dhcp(3, asked, GUEST, ROUTER, ciaddr=GUEST) +
        dhcp(8, asked, GUEST, ROUTER, ciaddr=GUEST) +
        dhcp(3, opt(50, addr("10.9.9.9")) + opt(54, addr(ROUTER))) +
        dhcp(4, opt(50, addr(GUEST)) + opt(54, addr(ROUTER))) +
        dhcp(7, opt(54, addr(ROUTER)), GUEST, ROUTER, ciaddr=GUEST) +
        dhcp(1, opt(80, b"") + opt(52, b"\3"), flags=0x8000) + dhcp(2))

    def dns(payload, port=4000, server="10.0.2.3"):
        return packet(ip4(GUEST, server, 17, udp(GUEST, server, port, 53,
                                                 payload)))
    query = dns_query(0x4242, "www.example.org")
    yield "dns", DRAIN, (
        dns(query) + far(REPLY, 0x0280) + dns(query) + dns(query) +
        seconds(2) + far(REPLY, 0x0282) + seconds(5) +
        dns(dns_query(7, "other.example", 28), 4001) + far(REPLY, 0x0280) +
        dns(query[:11]) + dns(query[:-3]) + dns(b"\0" * 12) +
        dns(query[:2] + b"\x81\x80" + query[4:]) +
        dns(query[:4] + b"\0\2" + query[6:]) + dns(query, 4002) +
        far(ICMP, 0x0303) + far(DATAGRAM, 600) + seconds(9))
    yield "dns-6", DRAIN, (
        packet(ip6(GUEST6, "fd00::3", 17, udp(GUEST6, "fd00::3", 4000, 53,
                                              query))) + far(REPLY, 0x0280))
    yield "dns-tcp", CONNECTS | PROMPT, (
        syn(0, DNS) + seg(0, ACK, 30) + far(DATA, 10) + syn(1, DNS6))
    yield "dns-no-socket", 0, (
        world(SOCKET_ERROR, MFILE) + dns(query) +
        world(CONNECT_ERROR, NETUNREACH) + dns(query, 4001) +
        world(SEND_ERROR, REFUSED) + dns(query, 4002) + seconds(3))
    yield "dns-other-port", 0, (
        packet(ip4(GUEST, "10.0.2.3", 17, udp(GUEST, "10.0.2.3", 1, 54,
                                              b"x"))) +
        syn(0, DNS))


def hostile_seeds():
    data = udp(GUEST, FAR, 1024, 53, b"data")
    data6 = udp(GUEST6, FAR6, 1024, 53, b"data")
    good = ip4(GUEST, FAR, 17, data)
    yield "ip4", 0, (
        packet(ip4(GUEST, FAR, 17, data, options=b"\1" * 40)) +
        packet(ip4(GUEST, FAR, 6, tcp(GUEST, FAR, 3000, 80, 1, 0, SYN),
                   options=bytes([7, 7, 4, 0, 0, 0, 0, 0]))) +
        packet(good[:-3]) + packet(good + bytes(30)) +
        packet(b"\x44" + good[1:]) + packet(b"\x4f" + good[1:]) +
        packet(good[:2] + b"\0\x13" + good[4:]) +
        packet(good[:2] + b"\xff\xff" + good[4:]) +
        packet(ip4(ROUTER, FAR, 17, data)) +
        packet(ip4("10.0.2.255", FAR, 17, data)) +
        packet(ip4("192.0.2.9", FAR, 17, data)) +
        packet(ip4("127.0.0.1", FAR, 17, data)) +
        packet(ip4(GUEST, GUEST, 17, data)) +
        packet(ip4(GUEST, FAR, 17, data[:4] + b"\0\7" + data[6:])) +
        packet(ip4(GUEST, FAR, 17, data[:4] + b"\0\xff" + data[6:])) +
        frame(eth(HW_ROUTER, HW, 0x800, b"")) +
        frame(eth(HW_ROUTER, HW, 0x800, good[:10] + b"\0\0" + good[12:])) +
        frame(eth(HW_ROUTER, HW, 0x800, good[:-1] + b"x")) +
        frame(eth(HW_ROUTER, HW, 0x86dd, good)) +
        frame(eth(HW_ROUTER, HW, 0x88cc, good)) +
        frame(eth(HW_ROUTER, "01:00:00:00:00:00", 0x800, good)))
    yield "ip6", 0, (
        packet(ip6(GUEST6, FAR6, 0, ext(60) + ext(43) + ext(51, 1) +
                   ext(17, 0, b"\4\4") + data6)) +
        packet(ip6(GUEST6, FAR6, 43, ext(17, 2, b"\0\1") + data6)) +
        packet(ip6(GUEST6, FAR6, 60, ext(60) * 8 + ext(17) + data6)) +
        packet(ip6(GUEST6, FAR6, 60, ext(17, 200) + data6)) +
        packet(ip6("::ffff:10.0.2.15", FAR6, 17, data6)) +
        packet(ip6(GUEST6, "::ffff:127.0.0.1", 17, data6)) +
        packet(ip6("fe80::5054:ff:fe12:3456", FAR6, 17, data6)) +
        packet(ip6("::1", FAR6, 17, data6)) +
        packet(ip6(GUEST6, FAR6, 6, tcp(GUEST6, FAR6, 3000, 80, 1, 0, SYN))) +
        packet(ip6(GUEST6, FAR6, 17, data6[:6] + b"\0\0" + data6[8:])) +
        frame(eth(HW_ROUTER, HW, 0x86dd, ip6(
            GUEST6, FAR6, 17, data6[:6] + b"\0\0" + data6[8:]))))
    yield "framing", 0, (
        wire(b"\0\0\0\0") + world(ATTACH) + world(ATTACH) +
        wire(b"\0\0\0\x20" + bytes(10)) + world(DETACH) + world(ATTACH) +
        wire(b"\0\2\0\0") + world(ATTACH) + world(WIRE_CHUNK, 3) +
        datagram(0, WEB, 50) + echo(1, GATEWAY))


def main():
    corpus = pathlib.Path(__file__).parent / "corpus-frames"
    corpus.mkdir(exist_ok=True)
    for seeds in (tcp_seeds, forward_seeds, datagram_seeds, service_seeds,
                  hostile_seeds):
        for name, flags, records in seeds():
            (corpus / name).write_bytes(bytes([flags]) + records)


if __name__ == "__main__":
    main()
