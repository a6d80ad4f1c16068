# SPDX-License-Identifier: BSD-3-Clause
"""packets.py - packets by their fields, for the seeds of the fuzzers."""
import ipaddress
import struct


def addr(text):
    return ipaddress.ip_address(text).packed


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def csum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pseudo(src, dst, proto, length):
    src, dst = addr(src), addr(dst)
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, proto, length)
    return src + dst + struct.pack("!II", length, proto)


def with_csum(data, off, before=b""):
    """data with its checksum at off, which covers before too."""
    return data[:off] + struct.pack("!H", csum(before + data)) + data[off + 2:]


def eth(dst, src, kind, payload):
    return mac(dst) + mac(src) + struct.pack("!H", kind) + payload


def arp(op, sha, spa, tha, tpa):
    return (struct.pack("!HHBBH", 1, 0x800, 6, 4, op) +
            mac(sha) + addr(spa) + mac(tha) + addr(tpa))


def ip4(src, dst, proto, payload, ttl=64, ident=1, flags=2, offset=0, tos=0,
        options=b""):
    """flags: 2 is DF, 1 is MF; offset in bytes."""
    head = struct.pack("!BBHHHBBH4s4s", 0x45 + len(options) // 4, tos,
                       20 + len(options) + len(payload), ident,
                       flags << 13 | offset // 8, ttl, proto, 0,
                       addr(src), addr(dst)) + options
    return with_csum(head, 10) + payload


def ip6(src, dst, nxt, payload, hops=64, tc=0, flow=0):
    return struct.pack("!IHBB16s16s", 6 << 28 | tc << 20 | flow, len(payload),
                       nxt, hops, addr(src), addr(dst)) + payload


def ext(nxt, units=0, body=b""):
    """An extension header of 8 + 8 * units bytes."""
    return (bytes([nxt, units]) + body).ljust(8 + 8 * units, b"\0")


def frag6(nxt, offset, more, ident):
    return struct.pack("!BBHI", nxt, 0, offset | more, ident)


def udp(src, dst, sport, dport, payload):
    length = 8 + len(payload)
    data = struct.pack("!HHHH", sport, dport, length, 0) + payload
    return with_csum(data, 6, pseudo(src, dst, 17, length))


FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32


def tcp(src, dst, sport, dport, seq, ack, flags, window=65535, options=b"",
        payload=b""):
    options = options.ljust((len(options) + 3) // 4 * 4, b"\1")
    data = struct.pack("!HHIIBBHHH", sport, dport, seq, ack,
                       (20 + len(options)) // 4 << 4, flags, window, 0,
                       0) + options + payload
    return with_csum(data, 16, pseudo(src, dst, 6, len(data)))


def mss(value):
    return struct.pack("!BBH", 2, 4, value)


def wscale(shift):
    return bytes([3, 3, shift])


SACK_OK = bytes([4, 2])


def sack(*blocks):
    return bytes([1, 1, 5, 2 + 8 * len(blocks)]) + b"".join(
        struct.pack("!II", *b) for b in blocks)


def icmp4(kind, code, rest, payload=b""):
    return with_csum(struct.pack("!BBHI", kind, code, 0, rest) + payload, 2)


def icmp6(src, dst, kind, code, rest, payload=b""):
    data = struct.pack("!BBHI", kind, code, 0, rest) + payload
    return with_csum(data, 2, pseudo(src, dst, 58, len(data)))


def lladdr(kind, text):
    return bytes([kind, 1]) + mac(text)


def dhcp4(kind, hw, options=b"", xid=0x1234, ciaddr="0.0.0.0", flags=0):
    return (struct.pack("!BBBBIHH", 1, 1, 6, 0, xid, 0, flags) +
            addr(ciaddr) + bytes(12) + mac(hw).ljust(16, b"\0") + bytes(192) +
            bytes.fromhex("63825363") + bytes([53, 1, kind]) + options +
            b"\xff").ljust(60, b"\0")


def opt(code, value):
    return bytes([code, len(value)]) + value


def dns_query(ident, name, kind=1):
    labels = b"".join(bytes([len(p)]) + p.encode() for p in name.split("."))
    return (struct.pack("!HHHHHH", ident, 0x0100, 1, 0, 0, 0) + labels +
            struct.pack("!BHH", 0, kind, 1))
