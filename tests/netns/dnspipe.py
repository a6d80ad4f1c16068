#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""dnspipe.py - questions by TCP, all sent before the first answer is read

dnspipe.py SERVER NAME COUNT: TXT, and then it sends no more.
"""
import socket
import struct
import sys


def main():
    server, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    labels = b''.join(bytes([len(x)]) + x.encode() for x in name.split('.'))
    sock = socket.create_connection((server, 53), 8)
    for ident in range(count):
        query = struct.pack('!6H', ident, 0x0100, 1, 0, 0, 0) + labels + \
            b'\0\0\x10\0\1'
        sock.sendall(struct.pack('!H', len(query)) + query)
    sock.shutdown(socket.SHUT_WR)
    stream, seen = sock.makefile('rb'), set()
    while len(head := stream.read(2)) == 2:
        answer = stream.read(struct.unpack('!H', head)[0])
        ident, flags, _, records = struct.unpack('!4H', answer[:8])
        if not flags & 0x020f and records == 1:
            seen.add(ident)
    print(len(seen), 'answers')


main()
