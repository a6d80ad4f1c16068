#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""ra.py IFACE [SRC] - ask for a router advertisement, print what it says

A line of KEY=VALUE words; nothing and status 1 after three questions.
"""
import socket
import struct
import sys

ALL_ROUTERS = "ff02::2"
ICMP6_FILTER = 1


def address(data):
    return socket.inet_ntop(socket.AF_INET6, data)


def name(data):
    labels = []
    while data and data[0]:
        labels.append(data[1:1 + data[0]].decode())
        data = data[1 + data[0]:]
    return ".".join(labels)


def options(data):
    while data:
        kind, size = data[0], data[1] * 8
        value, data = data[2:size], data[size:]
        if kind == 1:
            yield "mac=" + value.hex(":")
        elif kind == 3:
            length, flags, valid, preferred = struct.unpack("!BBII", value[:10])
            yield (f"prefix={address(value[14:])}/{length} auto={flags >> 6 & 1}"
                   f" valid={valid} preferred={preferred}")
        elif kind == 5:
            yield f"mtu={struct.unpack('!I', value[2:])[0]}"
        elif kind == 25:
            yield "dns=" + address(value[6:22])
        elif kind == 31:
            yield "domain=" + name(value[6:])


def main():
    sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58)
    index = socket.if_nametoindex(sys.argv[1])
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    sock.setsockopt(58, ICMP6_FILTER, struct.pack("=8I", *(
        0xFFFFFFFF ^ (1 << 134 % 32 if i == 134 // 32 else 0)
        for i in range(8))))
    sock.settimeout(1)
    for _ in range(3):
        sock.sendto(struct.pack("!BBHI", 133, 0, 0, 0),
                    (ALL_ROUTERS, 0, 0, index))
        try:
            data, source = sock.recvfrom(2000)
        except socket.timeout:
            continue
        hops, flags, lifetime = struct.unpack("!BBH", data[4:8])
        print(f"from={source[0].split('%')[0]} lifetime={lifetime} "
              f"managed={flags >> 7} other={flags >> 6 & 1} hops={hops}",
              *options(data[16:]))
        return 0
    return 1


sys.exit(main())
