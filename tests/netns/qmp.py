#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""qmp.py - one command for a control socket, and its answer

qmp.py SOCKET COMMAND [NAME=TEXT | NAME:=JSON]...

Prints what "return" holds, as JSON; what "error" says goes to the standard
error, with status 1.
"""
import json
import socket
import sys


def argument(word):
    name, value = word.split('=', 1)
    if name.endswith(':'):
        return name[:-1], json.loads(value)
    return name, value


def main():
    path, command, *words = sys.argv[1:]
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(10)
    sock.connect(path)
    lines = sock.makefile('rw')
    lines.readline()
    for name, arguments in (('qmp_capabilities', {}),
                            (command, dict(argument(w) for w in words))):
        lines.write(json.dumps({'execute': name, 'arguments': arguments}))
        lines.flush()
        while 'event' in (said := json.loads(lines.readline())):
            pass
        if 'error' in said:
            sys.exit(said['error']['desc'])
    print(json.dumps(said['return']))


main()
