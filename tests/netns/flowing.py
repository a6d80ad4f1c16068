#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""flowing.py - a transfer that goes on until something ends it; and events

flowing.py source ADDRESS PORT	accept one connection, send without end
flowing.py sink ADDRESS PORT	open one, read without end
flowing.py events SOCKET	tell the events of a control socket

Says "ready" or "open", the bytes so far each tenth of a second ("at BYTES"),
and how it ended as hold.py does: "reset", "closed" or another error, and the
milliseconds of the day. An event is told as milliseconds, name and data.
"""
import json
import socket
import sys
import time

PATIENCE_S = 30
CHUNK = 65536


def say(*words):
    print(*words, flush=True)


def now_ms():
    return int(time.time() * 1000)


def move(sock, step):
    """Call step() until it fails, for the time that this may take."""
    moved, told, end = 0, 0, time.time() + PATIENCE_S
    while time.time() < end:
        try:
            count = step()
        except ConnectionResetError:
            return say('reset', now_ms())
        except OSError as error:
            return say(error.strerror, now_ms())
        if not count:
            return say('closed', now_ms())
        moved += count
        if now_ms() - told >= 100:
            told = now_ms()
            say('at', moved)
    return say('flows still', now_ms())


def transfer(verb, address, port):
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    if verb == 'sink':
        sock = socket.create_connection((address, port), PATIENCE_S)
        say('open')
        move(sock, lambda: len(sock.recv(CHUNK)))
        return
    listener = socket.create_server((address, port), family=family)
    listener.settimeout(PATIENCE_S)
    say('ready')
    sock, _ = listener.accept()
    sock.settimeout(PATIENCE_S)

    def step():
        time.sleep(0.002)   # some 30 MB/s: others need the machine, too
        return sock.send(bytes(CHUNK))
    move(sock, step)


def events(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    sock.sendall(b'{"execute": "qmp_capabilities"}\n')
    for line in sock.makefile():
        said = json.loads(line)
        if 'return' in said:
            say('ready')
        if 'event' in said:
            say(now_ms(), said['event'], json.dumps(said['data']))


def main():
    if sys.argv[1] == 'events':
        events(sys.argv[2])
    else:
        transfer(sys.argv[1], sys.argv[2], int(sys.argv[3]))


main()
