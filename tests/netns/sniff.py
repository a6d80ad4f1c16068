#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""sniff.py - a line for each packet on any interface of this namespace

"INTERFACE in|out BYTES-IN-HEX" of Ethernet's type and the first bytes behind
it. Only what a kernel says by itself is left out: neighbour discovery and
the groups of multicast, in IPv6. ARP is not: it tells that somebody asked.
"""
import socket
import struct

ETH_P_ALL = 3
ETH_P_IPV6 = 0x86dd
ICMP6 = 58
OF_ITSELF = (130, 131, 132, 133, 134, 135, 136, 143)
SHOWN = 80


def is_of_itself(kind, data):
    if kind != ETH_P_IPV6 or len(data) < 49:
        return False
    at = 40
    if data[6] == 0:    # MLD is behind a hop-by-hop header of eight bytes
        at = 48
    return ICMP6 in (data[6], data[40]) and data[at] in OF_ITSELF


def main():
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                         socket.htons(ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    print('listening', flush=True)
    while True:
        data, (name, kind, how, *_) = sock.recvfrom(65536)
        if is_of_itself(kind, data):
            continue
        way = 'out' if how == socket.PACKET_OUTGOING else 'in'
        print(name, way, struct.pack('!H', kind).hex(),
              data[:SHOWN].hex(), flush=True)


main()
