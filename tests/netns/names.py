#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""names.py - ask for many random names, one after the other

names.py COUNT SERVER...

Prints how often each answer came ("REFUSED=1000") and the longest wait in
milliseconds. Types of question and servers take turns.
"""
import collections
import random
import socket
import string
import struct
import sys
import time

TYPES = (1, 28, 15, 16, 2, 12, 33, 65)
CODES = {0: 'NOERROR', 2: 'SERVFAIL', 3: 'NXDOMAIN', 5: 'REFUSED'}
PATIENCE_S = 2


def random_name():
    labels = [''.join(random.choices(string.ascii_lowercase + string.digits,
                                     k=random.randint(1, 30)))
              for _ in range(random.randint(1, 5))]
    return b''.join(bytes([len(x)]) + x.encode() for x in labels) + b'\0'


def ask(server, number):
    family = socket.AF_INET6 if ':' in server else socket.AF_INET
    query = struct.pack('!6H', number, 0x0100, 1, 0, 0, 0) + random_name() + \
        struct.pack('!HH', TYPES[number % len(TYPES)], 1)
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE_S)
        sock.connect((server, 53))
        try:
            sock.send(query)
            ident, flags = struct.unpack('!HH', sock.recv(65536)[:4])
        except socket.timeout:
            return 'SILENCE'
        except OSError as error:
            return error.strerror
    if ident != number:
        return 'ANOTHER-ID'
    return CODES.get(flags & 15, str(flags & 15))


def main():
    count, servers = int(sys.argv[1]), sys.argv[2:]
    said, longest = collections.Counter(), 0.0
    for number in range(count):
        start = time.monotonic()
        said[ask(servers[number % len(servers)], number)] += 1
        longest = max(longest, time.monotonic() - start)
    print(*(f'{code}={n}' for code, n in sorted(said.items())),
          int(longest * 1000))


main()
