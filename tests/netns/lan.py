#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""lan.py - what many guests do at once, from one process

lan.py pings PID=ADDR...
    Each pings each other; prints how many pairs of those answered.
lan.py idle SOCKET COUNT
    So many guests attach, speak a little, and are quiet for ever.
lan.py mdns-answer 4|6 NAME
    Answers the first question for NAME with its address-less record, TXT.
lan.py mdns-ask 4|6 NAME
    Asks by multicast and prints the name that is answered.
lan.py datagrams ADDR PORT LENGTH COUNT
    Sends so many.
lan.py churn COUNT KIND=SOCKET...
    So many guests come, speak, and go; some in the middle of a frame.
lan.py share [ROUNDS=n] [SECONDS=n] [stall=PID] [flood=SOCKET] 
             [udp=PID=ADDR=LENGTH=PAUSE_US]
             FROM=TO=ADDR...
    A TCP sender in namespace FROM for each receiver in TO at ADDR. Measures
    their throughput in quiet rounds and in rounds with disturbance, turn by
    turn; prints what is kept in percent, of all and of the pair that keeps
    least, and megabytes a second quiet and disturbed. All are medians.
"""
import ctypes
import fcntl
import mmap
import os
import select
import signal
import socket
import statistics
import struct
import sys
import time

CLONE_NEWNET = 0x40000000
SIOCDARP = 0x8953
PORT = 5999
SETTLE = 0.15
GROUP = 4		# neighbours asked for at once by each
LIBC = ctypes.CDLL(None, use_errno=True)


def enter(pid):
    fd = os.open(f'/proc/{pid}/ns/net', os.O_RDONLY)
    if LIBC.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), 'setns')
    os.close(fd)


def checksum(data):
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def echo(ident, seq):
    head = struct.pack('!BBHHH', 8, 0, 0, ident, seq)
    return head[:2] + struct.pack('!H', checksum(head)) + head[4:]


class Pinger:
    """One guest's raw socket."""

    def __init__(self, pid, addr):
        enter(pid)
        self.addr = addr
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                  socket.IPPROTO_ICMP)
        self.sock.setblocking(False)

    def fileno(self):
        return self.sock.fileno()

    def ping(self, addr, seq):
        self.sock.sendto(echo(os.getpid() & 0xffff, seq), (addr, 0))

    def answers(self):
        """The addresses that answered."""
        while True:
            try:
                data, peer = self.sock.recvfrom(2048)
            except BlockingIOError:
                return
            if data[20] == 0:
                yield peer[0]

    def forget(self, addr):
        """Drop @addr from the neighbours."""
        pa = struct.pack('!HH4s8x', 0, 0, socket.inet_aton(addr))
        pa = struct.pack('=H', socket.AF_INET) + pa[2:]
        req = pa + bytes(16) + struct.pack('=i', 0) + bytes(16) + \
            b'tap0'.ljust(16, b'\0')
        try:
            fcntl.ioctl(self.sock, SIOCDARP, req)
        except OSError:
            pass


def ping_group(pingers, pairs):
    """Ask until each of the @pairs answered, thrice at most."""
    done = set()
    for seq in range(3):
        for a, b in pairs - done:
            pingers[a].ping(b, seq)
        end = time.monotonic() + 3
        while pairs - done and time.monotonic() < end:
            for p in select.select(list(pingers.values()), [], [], 0.1)[0]:
                done.update((p.addr, addr) for addr in p.answers())
        if not pairs - done:
            break
    for a, b in pairs:
        pingers[a].forget(b)
        pingers[b].forget(a)
    return done & pairs


def verb_pings(*words):
    guests = [w.split('=') for w in words]
    pingers = {addr: Pinger(pid, addr) for pid, addr in guests}
    addrs = list(pingers)
    done = 0
    for first in range(1, len(addrs), GROUP):
        pairs = {(a, addrs[(i + shift) % len(addrs)])
                 for i, a in enumerate(addrs)
                 for shift in range(first, min(first + GROUP, len(addrs)))}
        good = ping_group(pingers, pairs)
        for a, b in sorted(pairs - good)[:5]:
            print('no answer:', a, 'from', b, file=sys.stderr)
        done += len(good)
    print(done, 'of', len(addrs) * (len(addrs) - 1))


def spawn(fn, *args):
    pid = os.fork()
    if pid:
        return pid
    try:
        fn(*args)
    finally:
        os._exit(1)


def receive(pid, addr, counters, index):
    enter(pid)
    server = socket.create_server((addr, PORT))
    conn = server.accept()[0]
    buf = bytearray(1 << 18)
    total = 0
    while True:
        n = conn.recv_into(buf)
        if not n:
            return
        total += n
        counters[index] = total


def send(pid, addr):
    enter(pid)
    for _ in range(100):
        try:
            conn = socket.create_connection((addr, PORT), 5)
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    conn.settimeout(None)
    data = bytes(1 << 18)
    while True:
        conn.sendall(data)


def frame(dst, kind, payload):
    data = dst + bytes.fromhex('52540000ff01') + struct.pack('!H', kind) + \
        payload
    data = data.ljust(60, b'\0')
    return struct.pack('!I', len(data)) + data


def flood(path):
    """Broadcast and unknown unicast; only a socket that is full stops us."""
    os.nice(19)		# a guest's own CPU time is no matter of the network
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(path)
    arp = bytes.fromhex('0001080006040001' '52540000ff01' '0a0002fa'
                        '000000000000' '0a0002fb')
    batch = b''.join(frame(b'\xff' * 6, 0x0806, arp) +
                     frame(b'\x52\x54\0\xee' + struct.pack('!H', i), 0x88b5,
                           b'') for i in range(500))
    while True:
        sock.sendall(batch)


def verb_datagrams(addr, port, length, count):
    family = socket.AF_INET6 if ':' in addr else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    for _ in range(int(count)):
        sock.sendto(bytes(int(length)), (addr, int(port)))
    time.sleep(0.2)


def datagrams(pid, addr, length, pause_us):
    """One after another, to somebody who may not take them."""
    enter(pid)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    data = bytes(int(length))
    while True:
        try:
            sock.sendto(data, (addr, 9))
        except OSError:
            pass
        time.sleep(int(pause_us) / 1e6)


def verb_idle(path, count):
    guests = []
    for i in range(int(count)):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.connect(path)
        guests.append(sock)
    time.sleep(1)	# all are in before the first speaks
    for i, sock in enumerate(guests):
        data = b'\xff' * 6 + struct.pack('!IHH', 0x52540001, i, 0x88b5)
        data = struct.pack('!I', 1000) + data.ljust(1000, b'\0')
        sock.sendall(data)
    heard = [0] * len(guests)
    end = time.monotonic() + 15
    while min(heard) < len(guests) - 1 and time.monotonic() < end:
        for sock in select.select(guests, [], [], 1)[0]:
            heard[guests.index(sock)] += len(sock.recv(1 << 16)) / 1004
    print('idle', min(heard), flush=True)
    signal.pause()


MDNS_PORT = 5353
MDNS = {'4': '224.0.0.251', '6': 'ff02::fb'}
TXT = 16


def mdns_socket(family):
    index = socket.if_nametoindex('tap0')
    if family == '4':
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                        struct.pack('=4s4si', socket.inet_aton(MDNS['4']),
                                    bytes(4), index))
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        sock.bind((MDNS['4'], MDNS_PORT))
        return sock, (MDNS['4'], MDNS_PORT)
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                    struct.pack('=16si', socket.inet_pton(socket.AF_INET6,
                                                          MDNS['6']), index))
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    sock.bind((MDNS['6'], MDNS_PORT, 0, index))
    return sock, (MDNS['6'], MDNS_PORT, 0, index)


def dns_name(name):
    return b''.join(bytes([len(part)]) + part.encode()
                    for part in name.split('.')) + b'\0'


def verb_mdns_answer(family, name):
    sock, group = mdns_socket(family)
    print('ready', flush=True)
    question = dns_name(name) + struct.pack('!HH', TXT, 1)
    while True:
        data = sock.recv(9000)
        if data[2] & 0x80 or question not in data:
            continue
        sock.sendto(struct.pack('!HHHHHH', 0, 0x8400, 0, 1, 0, 0) +
                    dns_name(name) + struct.pack('!HHIH', TXT, 0x8001, 120, 1)
                    + b'\0', group)


def verb_mdns_ask(family, name):
    sock, group = mdns_socket(family)
    sock.settimeout(1)
    for _ in range(5):
        sock.sendto(struct.pack('!HHHHHH', 0, 0, 1, 0, 0, 0) +
                    dns_name(name) + struct.pack('!HH', TXT, 1), group)
        try:
            data = sock.recv(9000)
        except TimeoutError:
            continue
        if data[2] & 0x80 and data[12:].startswith(dns_name(name)):
            print(name)
            return
    print('silence')


KINDS = {'stream': socket.SOCK_STREAM, 'seqpacket': socket.SOCK_SEQPACKET,
         'dgram': socket.SOCK_DGRAM}


def churned_frame(number, dst):
    data = dst + struct.pack('!HIH', 0x5254, number, 0x88b5)
    return data.ljust(200, b'\0')


def come(kind, path, number):
    """A guest that is attached when this returns, as far as it can be."""
    sock = socket.socket(socket.AF_UNIX, KINDS[kind])
    mine = None
    if kind == 'dgram':
        mine = f'{path}.{number % 100}'
        if os.path.exists(mine):
            os.unlink(mine)
        sock.bind(mine)
    sock.connect(path)
    sock.setblocking(False)
    return sock, mine


def speak(sock, kind, number, at_end):
    """Broadcast, unknown and known destinations, and perhaps half a frame."""
    for dst in (b'\xff' * 6, b'\x52\x54\0\0\0\x02', b'\x52\x54\0\xee\0\1'):
        data = churned_frame(number, dst)
        if kind == 'stream':
            data = struct.pack('!I', len(data)) + data
        try:
            sock.send(data[:77] if at_end and kind == 'stream' else data)
        except (BlockingIOError, BrokenPipeError, ConnectionError):
            pass
        if at_end:
            return


def verb_churn(count, *sockets):
    sockets = [w.split('=') for w in sockets]
    here = []
    for number in range(int(count)):
        kind, path = sockets[number % len(sockets)]
        sock, mine = come(kind, path, number)
        speak(sock, kind, number, False)
        here.append((sock, mine, kind, number))
        time.sleep(0.002)
        while len(here) > (0 if number == int(count) - 1 else 20):
            sock, mine, kind, number = here.pop(0)
            if number % 2:
                speak(sock, kind, number, True)
            sock.close()
            if mine and os.path.exists(mine):
                os.unlink(mine)
    print(count)


class Disturbance:
    """What is off in quiet rounds and on in the others."""

    def __init__(self):
        self.stopped = []	# stopped by SIGSTOP when off
        self.stalled = []	# relays, that stop reading when on

    def set(self, is_on):
        for pid in self.stopped:
            os.kill(pid, signal.SIGCONT if is_on else signal.SIGSTOP)
        for pid in self.stalled:
            os.kill(pid, signal.SIGUSR2 if is_on else signal.SIGHUP)


def measure(counters, count, seconds):
    time.sleep(SETTLE)
    before = counters[:count]
    start = time.monotonic()
    time.sleep(seconds)
    after = counters[:count]
    span = time.monotonic() - start
    return [(b - a) / span / 1e6 for a, b in zip(before, after)]


def percent(part, whole):
    return 100 * part / whole if whole else 0


def report(quiet, loud):
    def middle(rounds):
        return statistics.median(rounds)
    ratios = [percent(sum(l), sum(q)) for q, l in zip(quiet, loud)]
    pairs = [percent(middle(l), middle(q))
             for q, l in zip(zip(*quiet), zip(*loud))]
    before, beside = middle(map(sum, quiet)), middle(map(sum, loud))
    print('%d %d %d %d' % (percent(beside, before), min(pairs), before,
                           beside))
    print('rounds', *map(round, ratios), 'pairs', *map(round, pairs),
          file=sys.stderr)


def verb_share(*words):
    rounds, seconds, pairs, dist = 16, 0.6, [], Disturbance()
    children = []
    for word in words:
        key, value = word.split('=', 1)
        if key == 'ROUNDS':
            rounds = int(value)
        elif key == 'SECONDS':
            seconds = float(value)
        elif key == 'stall':
            dist.stalled.append(int(value))
        elif key == 'flood':
            dist.stopped.append(spawn(flood, value))
        elif key == 'udp':
            dist.stopped.append(spawn(datagrams, *value.split('=')))
        else:
            pairs.append(word.split('='))
    dist.set(False)
    # A word is stored whole, as bytes of a mmap would not be.
    counters = (ctypes.c_uint64 * 512).from_buffer(mmap.mmap(-1, 4096))
    for i, (src, dst, addr) in enumerate(pairs):
        children.append(spawn(receive, dst, addr, counters, i))
        children.append(spawn(send, src, addr))
    try:
        measure(counters, len(pairs), 1)
        quiet, loud = [], []
        # Quiet, loud, loud, quiet: what drifts is in both alike.
        for i in range(2 * rounds):
            is_on = i % 4 in (1, 2)
            dist.set(is_on)
            (loud if is_on else quiet).append(
                measure(counters, len(pairs), seconds))
        dist.set(False)
        report(quiet, loud)
    finally:
        for pid in children + dist.stopped:
            os.kill(pid, signal.SIGKILL)


def main():
    globals()['verb_' + sys.argv[1].replace('-', '_')](*sys.argv[2:])


if __name__ == '__main__':
    main()
