#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""hold.py - a TCP connection that is open until the other side ends it

hold.py serve ADDRESS PORT	accept one
hold.py connect ADDRESS PORT	open one

Says "open" when a byte went each way, and then how it ended: "reset",
"closed", another error, or "open still" after half a minute; and the
milliseconds of the day, so that two such ends can be compared.
"""
import socket
import sys
import time

PATIENCE_S = 30


def ending(sock):
    try:
        return 'closed' if not sock.recv(1) else 'more data'
    except socket.timeout:
        return 'open still'
    except ConnectionResetError:
        return 'reset'
    except OSError as error:
        return error.strerror


def main():
    verb, address, port = sys.argv[1:]
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    if verb == 'serve':
        listener = socket.create_server((address, int(port)), family=family)
        print('ready', flush=True)
        listener.settimeout(PATIENCE_S)
        sock, _ = listener.accept()
    else:
        sock = socket.create_connection((address, int(port)), PATIENCE_S)
    sock.settimeout(PATIENCE_S)
    sock.sendall(b'x')
    if sock.recv(1) == b'x':
        print('open', flush=True)
    said = ending(sock)
    print(said, int(time.time() * 1000), flush=True)


main()
