#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""guests.py - two guests on one stream socket, written frame by frame

guests.py SOCKET VERB [ARGUMENT]...
"""
import os
import select
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
from raw import (ETH_IP4, GATE4, GUEST4, ICMP, MORE, echo, fragments, packed)

ROUTER = bytes.fromhex('5255') + packed(GATE4)


class Guest:
    """One connection to the socket, and a MAC."""

    def __init__(self, path, mac):
        self.mac = bytes.fromhex(mac)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(path)
        self.rest = b''

    def send(self, packet):
        frame = ROUTER + self.mac + struct.pack('!H', ETH_IP4) + packet
        self.sock.sendall(struct.pack('!I', len(frame)) + frame)

    def frames(self, seconds):
        """Each frame until nothing came for so long."""
        while True:
            while len(self.rest) >= 4:
                size = struct.unpack('!I', self.rest[:4])[0]
                if len(self.rest) < 4 + size:
                    break
                yield self.rest[4:4 + size]
                self.rest = self.rest[4 + size:]
            if not select.select([self.sock], [], [], seconds)[0]:
                return
            data = self.sock.recv(65536)
            if not data:
                return
            self.rest += data

    def hears_echo(self):
        """Did an echo reply come?"""
        return any(f[12:14] == b'\x08\x00' and f[23] == ICMP and f[34] == 0
                   for f in self.frames(0.5))


def verb_fragments(path):
    """Two guests with one address use one id for the same bytes."""
    a = Guest(path, '525400000001')
    b = Guest(path, '525400000002')
    first, last = fragments(GUEST4, GATE4, ICMP,
                            echo(GUEST4, GATE4, 7, bytes(1592)), 4711, 800)
    assert struct.unpack('!H', first[6:8])[0] & MORE
    a.send(first)
    b.send(last)
    print('mixed', a.hears_echo() or b.hears_echo())
    b.send(first)
    print('second', b.hears_echo())
    a.send(last)
    print('first', a.hears_echo())


def main():
    globals()['verb_' + sys.argv[2]](sys.argv[1], *sys.argv[3:])


if __name__ == '__main__':
    main()
