#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""whole.py - a server that answers with what it was sent, when that ends

whole.py PORT|PATH

It greets with "hello" at once. Then it reads to the end, and
sends the SHA-256 of that in hex, a newline and all of it back.
"""
import hashlib
import socket
import sys
import threading


def answer(conn):
    with conn:
        conn.sendall(b"hello\n")
        got = b"".join(iter(lambda: conn.recv(1 << 16), b""))
        conn.sendall(hashlib.sha256(got).hexdigest().encode() + b"\n" + got)


def main():
    if "/" in sys.argv[1]:
        server = socket.socket(socket.AF_UNIX)
        server.bind(sys.argv[1])
        server.listen()
    else:
        server = socket.create_server(("", int(sys.argv[1])),
                                      family=socket.AF_INET6,
                                      dualstack_ipv6=True)
    print("ready", flush=True)
    while True:
        conn, peer = server.accept()
        print("from", peer[0] if peer else "here", flush=True)
        threading.Thread(target=answer, args=(conn,), daemon=True).start()


main()
