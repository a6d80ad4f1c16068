#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""dnsload.py - many questions at once, asked again when no answer comes

dnsload.py ask SERVER COUNT NAMES WANTED AT_ONCE
    COUNT questions for the A of 0.many.test .. NAMES-1.many.test, AT_ONCE at
    a time; each answer must have the address WANTED. Prints what came of them
    and the 99th percentile of their times in milliseconds.
dnsload.py flood SERVER SECONDS
    Questions about ever new names of dead.test, and no look at the answers.
dnsload.py relay ADDRESS SERVER PERCENT
    Pass queries on to SERVER and answers back, and lose PERCENT of both, but
    not more than three times for a name.
"""
import random
import select
import socket
import struct
import sys
import time

AGAIN_S, TRIES = 2.5, 4
LOST_MAX = 3    # of one name: a thousand have bad luck, and six tries each


def query(ident, name):
    labels = b''.join(bytes([len(x)]) + x.encode() for x in name.split('.'))
    return struct.pack('!6H', ident, 0x0100, 1, 0, 0, 0) + labels + \
        b'\0\0\1\0\1'


class Question:
    def __init__(self, server, number, names):
        family = socket.AF_INET6 if ':' in server else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.connect((server, 53))
        self.began, self.tries = time.monotonic(), 0
        self.message = query(number, f'{number % names}.many.test')
        self.send()

    def send(self):
        self.tries += 1
        self.again = time.monotonic() + AGAIN_S
        self.sock.send(self.message)

    def verdict(self, wanted):
        """What the answer is; None when it is no answer to this."""
        answer = self.sock.recv(4096)
        ident, flags = struct.unpack('!HH', answer[:4])
        if answer[:2] != self.message[:2]:
            return 'another'
        if flags & 15:
            return f'rcode{flags & 15}'
        return 'right' if answer[-4:] == wanted else 'wrong'


def ask(server, count, names, wanted, at_once):
    said, times, started, waiting = {}, [], 0, {}

    def done(question, verdict):
        said[verdict] = said.get(verdict, 0) + 1
        times.append(time.monotonic() - question.began)
        del waiting[question.sock]
        question.sock.close()

    while started < count or waiting:
        while started < count and len(waiting) < at_once:
            question = Question(server, started, names)
            waiting[question.sock] = question
            started += 1
        for sock in select.select(list(waiting), [], [], 0.1)[0]:
            done(waiting[sock], waiting[sock].verdict(wanted))
        now = time.monotonic()
        for question in list(waiting.values()):
            if now < question.again:
                continue
            if question.tries == TRIES:
                done(question, 'silence')
            else:
                question.send()
    print(*(f'{k}={v}' for k, v in sorted(said.items())),
          int(sorted(times)[len(times) * 99 // 100] * 1000))


def flood(server, seconds):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect((server, 53))
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        for _ in range(50):
            number += 1
            sock.send(query(number & 0xffff, f'{number}.dead.test'))
        time.sleep(0.005)
    print(number, 'questions')


def relay(address, server, percent):
    near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    near.bind((address, 53))
    far = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    far.connect((server, 53))
    askers, lost = {}, {}
    print('ready', flush=True)
    while True:
        for sock in select.select([near, far], [], [])[0]:
            message, source = sock.recvfrom(65536)
            name = message[12:message.index(b'\0', 12)]
            key = message[:2] + name
            if (random.random() * 100 < percent and
                    lost.setdefault(name, 0) < LOST_MAX):
                lost[name] += 1
            elif sock is near:
                askers[key] = source
                far.send(message)
            elif key in askers:
                near.sendto(message, askers[key])


if sys.argv[1] == 'ask':
    ask(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]),
        socket.inet_aton(sys.argv[5]), int(sys.argv[6]))
elif sys.argv[1] == 'flood':
    flood(sys.argv[2], float(sys.argv[3]))
else:
    relay(sys.argv[2], sys.argv[3], float(sys.argv[4]))
