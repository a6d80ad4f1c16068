#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""socks.py - a client of a SOCKS5 proxy, bytes as in RFC 1928

socks.py PROXY-PORT HOST PORT [COUNT]

Asks for HOST and PORT, sends what standard input has, ends its direction and
prints the proxy's reply and what it reads to the end, on COUNT connections at
once (default: 1), each of which must read the same. A HOST with a dot or colon
that is an address goes as one, else as a name.
"""
import ipaddress
import socket
import struct
import sys
import threading


def encode(host):
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return b"\3" + bytes([len(host)]) + host.encode()
    return (b"\1" if address.version == 4 else b"\4") + address.packed


def exactly(conn, count):
    data = b""
    while len(data) < count:
        part = conn.recv(count - len(data))
        if not part:
            sys.exit(f"the proxy hung up after {data!r}")
        data += part
    return data


def ask(port, host, to, data, results):
    conn = socket.create_connection(("127.0.0.1", port), timeout=30)
    request = b"\5\1\0" + encode(host) + struct.pack("!H", to)
    for piece in (b"\5", b"\2\2\0" + request[:3], request[3:]):
        conn.sendall(piece)     # as a network may cut them
    assert exactly(conn, 2) == b"\5\0"
    reply = exactly(conn, 10)
    if reply[1]:
        assert conn.recv(1) == b""
        results.append(b"reply %d\n" % reply[1])
        return
    sender = threading.Thread(target=lambda: (conn.sendall(data),
                                              conn.shutdown(socket.SHUT_WR)))
    sender.start()
    results.append(b"".join(iter(lambda: conn.recv(1 << 16), b"")))
    sender.join()


def main():
    port, host, to = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    data, results = sys.stdin.buffer.read(), []
    threads = [threading.Thread(target=ask, args=(port, host, to, data,
                                                  results))
               for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(results) != count or len(set(results)) != 1:
        sys.exit(f"{len(results)} of {count}, {len(set(results))} kinds")
    sys.stdout.buffer.write(results[0])


main()
