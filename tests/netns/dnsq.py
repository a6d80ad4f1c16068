#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""dnsq.py - ask one DNS question and print the answer

dnsq.py SERVER NAME TYPE [tcp]

Prints the response code and then each answer's type and data: text for A,
AAAA, PTR and TXT (its length), the type's number alone for others.
"""
import socket
import struct
import sys

TYPES = {'A': 1, 'PTR': 12, 'TXT': 16, 'AAAA': 28, 'SRV': 33}
CODES = {0: 'NOERROR', 2: 'SERVFAIL', 3: 'NXDOMAIN', 5: 'REFUSED'}
IDENT = 0x1234


def query(name, kind):
    labels = b''.join(bytes([len(x)]) + x.encode() for x in name.split('.'))
    return (struct.pack('!6H', IDENT, 0x0100, 1, 0, 0, 0) + labels + b'\0' +
            struct.pack('!HH', TYPES[kind], 1))


def skip_name(msg, at):
    while msg[at] and msg[at] < 0xc0:
        at += 1 + msg[at]
    return at + (2 if msg[at] >= 0xc0 else 1)


def name_text(msg, at):
    labels = []
    while msg[at] and msg[at] < 0xc0:
        labels.append(msg[at + 1:at + 1 + msg[at]].decode())
        at += 1 + msg[at]
    return '.'.join(labels)


def answer_texts(msg):
    count, = struct.unpack('!H', msg[6:8])
    at = skip_name(msg, 12) + 4
    for _ in range(count):
        at = skip_name(msg, at)
        kind, _, _, length = struct.unpack('!HHIH', msg[at:at + 10])
        data = msg[at + 10:at + 10 + length]
        start, at = at + 10, at + 10 + length
        if kind in (1, 28):
            family = socket.AF_INET if kind == 1 else socket.AF_INET6
            yield socket.inet_ntop(family, data)
        elif kind == 12:
            yield name_text(msg, start)
        elif kind == 16:
            yield 'TXT:%d' % length
        else:
            yield 'TYPE%d' % kind


def ask(server, message, over_tcp):
    family = socket.AF_INET6 if ':' in server else socket.AF_INET
    kind = socket.SOCK_STREAM if over_tcp else socket.SOCK_DGRAM
    s = socket.socket(family, kind)
    s.settimeout(8)
    s.connect((server, 53))
    if not over_tcp:
        s.send(message)
        return s.recv(65536)
    s.sendall(struct.pack('!H', len(message)) + message)
    stream = s.makefile('rb')
    length, = struct.unpack('!H', stream.read(2))
    return stream.read(length)


def main():
    server, name, kind, *rest = sys.argv[1:]
    try:
        msg = ask(server, query(name, kind), rest == ['tcp'])
    except socket.timeout:
        print('SILENCE')
        return
    except OSError as e:
        print(e.strerror)
        return
    ident, flags = struct.unpack('!HH', msg[:4])
    if ident != IDENT:
        sys.exit('dnsq.py: the answer has another id')
    cut = ['TRUNCATED'] if flags & 0x200 else []
    print(' '.join([CODES.get(flags & 15, str(flags & 15))] + cut +
                   list(answer_texts(msg))))


main()
