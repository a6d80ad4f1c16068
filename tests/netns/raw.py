#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""raw.py - packets that a kernel would not send, out of a guest's interface

raw.py DEVICE VERB [ARGUMENT]...

Frames are written and read by a packet socket, so what the guest's kernel
thinks of the addresses does not matter. Each verb prints what came back.
"""
import socket
import struct
import subprocess
import sys
import time

ETH_IP4, ETH_IP6 = 0x0800, 0x86dd
ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
GUEST4, GUEST6 = '10.0.2.15', 'fd00:2::15'
GATE4, GATE6 = '10.0.2.2', 'fd00:2::2'
MORE = 0x2000           # flag of a fragment that is not the last


def inet_sum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def is_v6(addr):
    return ':' in addr


def packed(addr):
    return socket.inet_pton(socket.AF_INET6 if is_v6(addr)
                            else socket.AF_INET, addr)


def ip4(src, dst, proto, payload, ident=0, frag=0, ttl=64, options=b''):
    """An IPv4 packet; frag is the field of flags and offset."""
    length = 20 + len(options)
    head = struct.pack('!BBHHHBBH4s4s', 0x40 | length // 4, 0,
                       length + len(payload), ident, frag, ttl, proto, 0,
                       packed(src), packed(dst)) + options
    return (head[:10] + struct.pack('!H', inet_sum(head)) + head[12:] +
            payload)


def ip6(src, dst, proto, payload, hops=64):
    return struct.pack('!IHBB16s16s', 6 << 28, len(payload), proto, hops,
                       packed(src), packed(dst)) + payload


def ip(src, dst, proto, payload):
    return (ip6 if is_v6(dst) else ip4)(src, dst, proto, payload)


def pseudo_sum(src, dst, proto, payload):
    return inet_sum(packed(src) + packed(dst) +
                    struct.pack('!II', len(payload), proto) + payload)


def udp(src, sport, dst, dport, data, bad=0):
    seg = struct.pack('!HHHH', sport, dport, 8 + len(data), 0) + data
    check = pseudo_sum(src, dst, UDP, seg) or 0xffff
    return seg[:6] + struct.pack('!H', check ^ bad) + seg[8:]


def tcp_syn(src, sport, dst, dport, bad=0):
    seg = struct.pack('!HHIIBBHHH', sport, dport, 0x01020304, 0, 0x50, 2,
                      65535, 0, 0)
    check = pseudo_sum(src, dst, TCP, seg)
    return seg[:16] + struct.pack('!H', check ^ bad) + seg[18:]


def echo(src, dst, ident, data):
    """An echo request of either family."""
    if is_v6(dst):
        msg = struct.pack('!BBHHH', 128, 0, 0, ident, 1) + data
        check = pseudo_sum(src, dst, ICMP6, msg)
    else:
        msg = struct.pack('!BBHHH', 8, 0, 0, ident, 1) + data
        check = inet_sum(msg)
    return msg[:2] + struct.pack('!H', check) + msg[4:]


class Reply:
    """What a received frame says: addresses, protocol, payload."""

    def __init__(self, frame):
        kind, = struct.unpack('!H', frame[12:14])
        packet = frame[14:]
        self.proto, self.body, self.src, self.frag = 0, b'', '', 0
        self.is_v6 = kind == ETH_IP6
        if kind == ETH_IP4 and len(packet) >= 20:
            total, = struct.unpack('!H', packet[2:4])
            self.frag = struct.unpack('!H', packet[6:8])[0] & 0x3fff
            self.src = socket.inet_ntop(socket.AF_INET, packet[12:16])
            self.proto = packet[9]
            self.body = packet[(packet[0] & 15) * 4:total]
        elif kind == ETH_IP6 and len(packet) >= 40:
            self.src = socket.inet_ntop(socket.AF_INET6, packet[8:24])
            self.proto = packet[6]
            self.body = packet[40:]

    def is_error(self):
        if self.proto == ICMP:
            return self.body[0] not in (0, 8)
        return self.proto == ICMP6 and self.body[0] < 128

    def text(self):
        """'RST', 'SYN', 'ICMP 3/13', 'UDP 12', 'ECHO 56'."""
        if self.proto == TCP:
            flags = self.body[13]
            return 'RST' if flags & 4 else 'SYN' if flags & 2 else 'TCP'
        if self.proto == UDP:
            return 'UDP %d' % (len(self.body) - 8)
        if self.proto in (ICMP, ICMP6) and self.body[0] in (0, 129):
            return 'ECHO %d' % (len(self.body) - 8)
        if self.proto in (ICMP, ICMP6):
            return 'ICMP %d/%d' % (self.body[0], self.body[1])
        return 'IP %d' % self.proto

    def quoted(self):
        """The packet that an error is about, from its IP header on."""
        return self.body[8:]


class Wire:
    def __init__(self, device):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                  socket.htons(3))
        self.sock.bind((device, 0))
        self.mac = self.sock.getsockname()[4]
        self.gate = self.find_gateway(device)

    def find_gateway(self, device):
        """The gateway's MAC, which the kernel asks for with ARP."""
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for _ in range(50):
            probe.sendto(b'', (GATE4, 9))
            out = subprocess.run(['ip', 'neigh', 'show', GATE4, 'dev',
                                  device], capture_output=True, text=True,
                                 check=False).stdout.split()
            if 'lladdr' in out:
                mac = out[out.index('lladdr') + 1]
                time.sleep(0.1)
                self.drain()
                return bytes(int(x, 16) for x in mac.split(':'))
            time.sleep(0.05)
        sys.exit('raw.py: the gateway does not answer ARP')

    def send(self, packet, mac=None):
        kind = ETH_IP6 if packet[0] >> 4 == 6 else ETH_IP4
        self.sock.send((mac or self.gate) + self.mac +
                       struct.pack('!H', kind) + packet)

    def drain(self):
        self.sock.setblocking(False)
        try:
            while True:
                self.sock.recv(70000)
        except BlockingIOError:
            pass

    def replies(self, seconds):
        """Frames from others until the time is over."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0:
                return
            self.sock.settimeout(left)
            try:
                frame, addr = self.sock.recvfrom(70000)
            except socket.timeout:
                return
            if addr[2] != socket.PACKET_OUTGOING and len(frame) >= 34:
                yield Reply(frame)

    def ask(self, packet, wanted, seconds=1.0):
        """Send; the text of the first reply that wanted() takes."""
        self.drain()
        self.send(packet)
        for r in self.replies(seconds):
            if wanted(r):
                return r.text()
        return 'SILENCE'


def source_for(dst):
    return GUEST6 if is_v6(dst) else GUEST4


def answers(sport, payload):
    """Is a reply about the packet that left from @sport?"""
    def wanted(r):
        if r.proto in (TCP, UDP):
            return struct.unpack('!H', r.body[2:4])[0] == sport
        return r.is_error() and payload[:8] in r.quoted()
    return wanted


def verb_try(wire, port, *dsts):
    """A SYN and a datagram to each address: what answers, and how fast."""
    sport = 40000
    for dst in dsts:
        src = source_for(dst)
        for name, proto, make in (
                ('tcp', TCP, lambda: tcp_syn(src, sport, dst, port)),
                ('udp', UDP, lambda: udp(src, sport, dst, port, b'x'))):
            sport += 1
            payload = make()
            begin = time.monotonic()
            what = wire.ask(ip(src, dst, proto, payload),
                            answers(sport, payload), 0.5)
            took = (time.monotonic() - begin) * 1000
            print(dst, name, what, 'fast' if took < 100 else 'slow')


def verb_protocols(wire, dst):
    """Other IP protocols."""
    src = source_for(dst)
    for proto in (2, 4, 41, 47, 50, 132, 253):
        if proto == 50 and is_v6(dst):
            continue
        payload = bytes([proto]) * 16
        print(proto, wire.ask(
            ip(src, dst, proto, payload),
            lambda r, p=payload: r.is_error() and p[:8] in r.quoted()))


def verb_silent(wire, port, *dsts):
    """Datagrams and SYNs that nobody may answer, not even with an error."""
    for dst in dsts:
        src = source_for(dst)
        mac = b'\xff' * 6
        if is_v6(dst):
            mac = b'\x33\x33' + packed(dst)[12:]
        elif 224 <= packed(dst)[0] < 240:
            mac = b'\x01\x00\x5e' + bytes([packed(dst)[1] & 127]) + \
                packed(dst)[2:]
        for proto, payload in (
                (UDP, udp(src, 41000, dst, port, b'nobody')),
                (TCP, tcp_syn(src, 41001, dst, port))):
            wire.send(ip(src, dst, proto, payload), mac)
            wire.send(ip(src, dst, proto, payload))
    heard = [r.text() for r in wire.replies(1.0)
             if r.is_error() or r.proto in (TCP, UDP)]
    print(' '.join(heard) or 'SILENCE')


def fragments(src, dst, proto, payload, ident, size):
    """Pieces of an IPv4 packet, each of size bytes of payload."""
    out = []
    for at in range(0, len(payload), size):
        more = MORE if at + size < len(payload) else 0
        out.append(ip4(src, dst, proto, payload[at:at + size], ident,
                       more | at // 8))
    return out


def fragments6(src, dst, proto, payload, ident, size):
    out = []
    for at in range(0, len(payload), size):
        more = 1 if at + size < len(payload) else 0
        head = struct.pack('!BBHI', proto, 0, at | more, ident)
        out.append(ip6(src, dst, 44, head + payload[at:at + size]))
    return out


def bound(port, family=socket.AF_INET):
    """A socket that makes the guest's kernel want the answers."""
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.bind(('', port))
    s.settimeout(2)
    return s


def heard(sock):
    """The whole datagram that comes to a socket, or None."""
    try:
        return sock.recvfrom(70000)[0]
    except socket.timeout:
        return None


def verb_fragments(wire, port, one, two):
    """Equal ids to two destinations and in two protocols do not mix."""
    a = bytes(range(256)) * 12
    b = bytes(reversed(range(256))) * 12
    s, t = bound(42001), bound(42002)
    pieces = list(zip(
        fragments(GUEST4, one, UDP, udp(GUEST4, 42001, one, port, a), 77, 1000),
        fragments(GUEST4, two, UDP, udp(GUEST4, 42002, two, port, b), 77, 1000),
        fragments(GUEST4, one, ICMP, echo(GUEST4, one, 99, a), 77, 1000)))
    for group in pieces:
        for piece in group:
            wire.send(piece)
    print('interleaved', heard(s) == a, heard(t) == b)
    for group in reversed(pieces):
        for piece in reversed(group[:2]):
            wire.send(piece)
    print('backwards', heard(s) == a, heard(t) == b)


def verb_fragments6(wire, port, one, two):
    a = bytes(range(256)) * 12
    b = bytes(reversed(range(256))) * 12
    s, t = bound(42003, socket.AF_INET6), bound(42004, socket.AF_INET6)
    for group in zip(
            fragments6(GUEST6, one, UDP, udp(GUEST6, 42003, one, port, a),
                       77, 1000),
            fragments6(GUEST6, two, UDP, udp(GUEST6, 42004, two, port, b),
                       77, 1000)):
        for piece in group:
            wire.send(piece)
    print('interleaved', heard(s) == a, heard(t) == b)


def verb_overlap(wire, port, dst):
    """Overlapping fragments end the datagram; the next one is whole."""
    s = bound(42005)
    s.settimeout(0.5)
    payload = udp(GUEST4, 42005, dst, port, b'z' * 3000)
    cut = fragments(GUEST4, dst, UDP, payload, 78, 1000)
    wire.send(cut[0])
    wire.send(ip4(GUEST4, dst, UDP, b'!' * 1000, 78, MORE | 992 // 8))
    wire.send(cut[1])
    wire.send(cut[2])
    print('overlap', heard(s))
    for piece in fragments(GUEST4, dst, UDP, payload, 79, 1000):
        wire.send(piece)
    print('after', heard(s) == b'z' * 3000)


def verb_lonely(wire, port, dst):
    """A first fragment alone: time exceeded in reassembly after 15 s."""
    payload = udp(GUEST4, 42006, dst, port, b'y' * 2000)
    piece = fragments(GUEST4, dst, UDP, payload, 80, 1000)[0]
    print(wire.ask(piece, answers(42006, payload), 20))


def verb_corrupt(wire, port, dst):
    """Damaged packets are dropped: no answer to any."""
    src = source_for(dst)
    packets = [
        ip(src, dst, UDP, udp(src, 43000, dst, port, b'bad sum', 1)),
        ip(src, dst, TCP, tcp_syn(src, 43001, dst, port, 1)),
    ]
    if not is_v6(dst):
        good = ip4(src, dst, UDP, udp(src, 43002, dst, port, b'bad ip'))
        packets.append(good[:10] + b'\x12\x34' + good[12:])
        packets.append(good[:2] + b'\xff\xff' + good[4:])
        packets.append(good[:2] + b'\x00\x07' + good[4:])
        packets.append(b'\x41' + good[1:])
        packets.append(good[:19])
    for p in packets:
        wire.send(p)
    heard_of = [r.text() for r in wire.replies(0.5)
                if r.is_error() or r.proto in (TCP, UDP)]
    print(' '.join(heard_of) or 'SILENCE')


def verb_options(wire, port, dst):
    """IPv4 options are no obstacle."""
    payload = udp(GUEST4, 42007, dst, port, b'opt')
    s = bound(42007)
    wire.send(ip4(GUEST4, dst, UDP, payload, options=b'\x01' * 8))
    print('options', heard(s) == b'opt')


def verb_syns(wire, port, dst, count):
    """@count SYNs from as many ports."""
    for i in range(int(count)):
        wire.send(ip(source_for(dst), dst, TCP,
                     tcp_syn(source_for(dst), 20000 + i, dst, port)))


VERBS = {name[5:]: fn for name, fn in globals().items()
         if name.startswith('verb_')}


def main():
    device, verb, *rest = sys.argv[1:]
    if verb not in VERBS:
        sys.exit('raw.py: verbs are ' + ' '.join(VERBS))
    if verb != 'protocols':
        rest[0] = int(rest[0])
    VERBS[verb](Wire(device), *rest)


if __name__ == '__main__':
    main()
