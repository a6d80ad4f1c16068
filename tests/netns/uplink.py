#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""uplink.py - for the test of uplinks: descriptors, and frames as they are

uplink.py with-tap NAME N COMMAND...   open the tap NAME as descriptor N, and
                                       become COMMAND
uplink.py with-node PATH N COMMAND...  the same with a macvtap's device
uplink.py hear DEVICE FILE MARK COUNT  write COUNT frames that have MARK in
                                       them to FILE, one in a line of hex, in
                                       the order in which they come
uplink.py say DEVICE DST MARK          send an IPv4 datagram with MARK, with
                                       options and an odd TTL, to the MAC DST
"""
import fcntl
import os
import socket
import struct
import sys
import time

TUNSETIFF = 0x400454ca
IFF_TAP, IFF_NO_PI = 2, 0x1000
SECONDS = 10


def become(fd, number, command):
    os.dup2(fd, int(number))
    os.execvp(command[0], command)


def with_tap(name, number, *command):
    fd = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH22x', name.encode(),
                                           IFF_TAP | IFF_NO_PI))
    become(fd, number, command)


def with_node(path, number, *command):
    become(os.open(path, os.O_RDWR), number, command)


def wire(device):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    s.bind((device, 0))
    return s


def hear(device, path, mark, count):
    s = wire(device)
    s.settimeout(SECONDS)
    left, end = int(count), time.monotonic() + SECONDS
    print('ready', flush=True)
    with open(path, 'w') as out:
        while left and time.monotonic() < end:
            try:
                frame = s.recv(70000)
            except socket.timeout:
                break
            if mark.encode() in frame:
                out.write(frame.hex() + '\n')
                left -= 1


def inet_sum(data):
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def say(device, dst, mark):
    s = wire(device)
    data = struct.pack('!HHHH', 7, 7, 8 + len(mark), 0) + mark.encode()
    # Eight bytes of options, an odd TTL, TOS and id: all must arrive.
    head = struct.pack('!BBHHHBBH4s4s', 0x47, 0xb8, 28 + len(data), 0xbeef,
                       0x4000, 3, 17, 0, socket.inet_aton('198.51.100.7'),
                       socket.inet_aton('203.0.113.9')) + b'\1' * 8
    head = head[:10] + struct.pack('!H', inet_sum(head)) + head[12:]
    s.send(bytes.fromhex(dst.replace(':', '')) + s.getsockname()[4] +
           b'\x08\x00' + head + data)


VERBS = {'with-tap': with_tap, 'with-node': with_node, 'hear': hear,
         'say': say}
VERBS[sys.argv[1]](*sys.argv[2:])
