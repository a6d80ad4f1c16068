# SPDX-License-Identifier: BSD-3-Clause
"""slirp.py - any libslirp.so.0 under a test's hands, and a guest for it.

The library is loaded by its path, so that the distribution's and ours can be
asked the same in one program.  The guest is as simple as can be: it sends
the frames that it is told to and keeps those that it gets.
"""

import ctypes
import glob
import select
import socket
import struct

SECOND = 1_000_000_000
BROADCAST = b"\xff" * 6
ARP, IP4 = 0x0806, 0x0800
ICMP, TCP, UDP = 1, 6, 17
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16

WRITE = ctypes.CFUNCTYPE(ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_size_t,
                         ctypes.c_void_p)
READ = WRITE
ADD_POLL = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_int,
                            ctypes.c_void_p)
GET_REVENTS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
CALLBACKS = (
    ("send_packet", WRITE),
    ("guest_error", ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_void_p)),
    ("clock_get_ns", ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)),
    ("timer_new", ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p,
                                   ctypes.c_void_p, ctypes.c_void_p)),
    ("timer_free", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)),
    ("timer_mod", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64,
                                   ctypes.c_void_p)),
    ("register_poll_fd", ctypes.CFUNCTYPE(None, ctypes.c_int,
                                          ctypes.c_void_p)),
    ("unregister_poll_fd", ctypes.CFUNCTYPE(None, ctypes.c_int,
                                            ctypes.c_void_p)),
    ("notify", ctypes.CFUNCTYPE(None, ctypes.c_void_p)),
)


class Callbacks(ctypes.Structure):
    """SlirpCb of a configuration that is older than version 4."""

    _fields_ = CALLBACKS


class In4(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_ubyte * 4)]


class In6(ctypes.Structure):
    _fields_ = [("words", ctypes.c_uint8 * 16)]


class Config(ctypes.Structure):
    """SlirpConfig, all of version 5 (6 added nothing here)."""

    _fields_ = [
        ("version", ctypes.c_uint32), ("restricted", ctypes.c_int),
        ("in_enabled", ctypes.c_bool), ("vnetwork", ctypes.c_uint32),
        ("vnetmask", ctypes.c_uint32), ("vhost", ctypes.c_uint32),
        ("in6_enabled", ctypes.c_bool), ("vprefix_addr6", In6),
        ("vprefix_len", ctypes.c_uint8), ("vhost6", In6),
        ("vhostname", ctypes.c_char_p), ("tftp_server_name", ctypes.c_char_p),
        ("tftp_path", ctypes.c_char_p), ("bootfile", ctypes.c_char_p),
        ("vdhcp_start", ctypes.c_uint32), ("vnameserver", ctypes.c_uint32),
        ("vnameserver6", In6), ("vdnssearch", ctypes.c_void_p),
        ("vdomainname", ctypes.c_char_p), ("if_mtu", ctypes.c_size_t),
        ("if_mru", ctypes.c_size_t), ("disable_host_loopback", ctypes.c_bool),
        ("enable_emu", ctypes.c_bool), ("outbound_addr", ctypes.c_void_p),
        ("outbound_addr6", ctypes.c_void_p), ("disable_dns", ctypes.c_bool),
        ("disable_dhcp", ctypes.c_bool), ("mfr_id", ctypes.c_uint32),
        ("oob_eth_addr", ctypes.c_uint8 * 6),
    ]


def distribution():
    """The path of the distribution's library, or None."""
    found = sorted(glob.glob("/usr/lib/*/libslirp.so.0"))
    return found[0] if found else None


def ip4(text):
    return socket.inet_aton(text)


def ip4_number(text):
    """An address as it lies in a struct in_addr of this machine."""
    return struct.unpack("=I", ip4(text))[0]


def ip6(text):
    return In6((ctypes.c_uint8 * 16)(*socket.inet_pton(socket.AF_INET6, text)))


def csum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Library:
    """libslirp.so.0 of a path."""

    def __init__(self, path):
        self.path = path
        self.c = ctypes.CDLL(path)
        pointer = ctypes.c_void_p
        for name, result, *arguments in (
                ("slirp_new", pointer, pointer, pointer, pointer),
                ("slirp_cleanup", None, pointer),
                ("slirp_input", None, pointer, ctypes.c_char_p, ctypes.c_int),
                ("slirp_pollfds_fill", None, pointer, pointer, ADD_POLL,
                 pointer),
                ("slirp_pollfds_poll", None, pointer, ctypes.c_int,
                 GET_REVENTS, pointer),
                ("slirp_add_hostfwd", ctypes.c_int, pointer, ctypes.c_int,
                 In4, ctypes.c_int, In4, ctypes.c_int),
                ("slirp_remove_hostfwd", ctypes.c_int, pointer, ctypes.c_int,
                 In4, ctypes.c_int),
                ("slirp_add_guestfwd", ctypes.c_int, pointer, WRITE, pointer,
                 pointer, ctypes.c_int),
                ("slirp_socket_can_recv", ctypes.c_size_t, pointer, In4,
                 ctypes.c_int),
                ("slirp_socket_recv", None, pointer, In4, ctypes.c_int,
                 ctypes.c_char_p, ctypes.c_int),
                ("slirp_connection_info", pointer, pointer),
                ("slirp_neighbor_info", pointer, pointer),
                ("slirp_state_save", None, pointer, WRITE, pointer),
                ("slirp_state_load", ctypes.c_int, pointer, ctypes.c_int,
                 READ, pointer),
                ("slirp_state_version", ctypes.c_int),
                ("slirp_version_string", ctypes.c_char_p)):
            function = getattr(self.c, name)
            function.restype = result
            function.argtypes = arguments

    def text(self, pointer):
        """A string that the library gave us, freed."""
        words = ctypes.string_at(pointer).decode()
        free = ctypes.CDLL(None).free
        free.argtypes = [ctypes.c_void_p]
        free(pointer)
        return words


class Guest:
    """An instance of the library, and the machine on its wire."""

    def __init__(self, library, mac="52:54:00:12:34:56", **settings):
        self.library = library
        self.mac = bytes.fromhex(mac.replace(":", ""))
        self.address = ip4("10.0.2.15")
        self.frames = []
        self.errors = []
        self.now_ns = SECOND
        self.timers = {}
        self.ident = 0
        self.kept = []      # what C points to lives as long as we do
        self.callbacks = Callbacks(**{
            name: kind(getattr(self, "_" + name)) for name, kind in CALLBACKS})
        config = Config(
            version=1, in_enabled=True, in6_enabled=True,
            vnetwork=ip4_number("10.0.2.0"),
            vnetmask=ip4_number("255.255.255.0"),
            vhost=ip4_number("10.0.2.2"), vprefix_addr6=ip6("fec0::"),
            vprefix_len=64, vhost6=ip6("fec0::2"),
            vdhcp_start=ip4_number("10.0.2.15"),
            vnameserver=ip4_number("10.0.2.3"), vnameserver6=ip6("fec0::3"))
        for name, value in settings.items():
            setattr(config, name, value)
        self.config = config
        self.slirp = library.c.slirp_new(ctypes.byref(config),
                                         ctypes.byref(self.callbacks), None)
        if not self.slirp:
            raise ValueError("slirp_new")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.library.c.slirp_cleanup(self.slirp)

    def _send_packet(self, data, length, _):
        self.frames.append(ctypes.string_at(data, length))
        return length

    def _guest_error(self, words, _):
        self.errors.append(words)

    def _clock_get_ns(self, _):
        return self.now_ns

    def _timer_new(self, call, arg, _):
        self.timers[len(self.timers) + 1] = [call, arg, None]
        return len(self.timers)

    def _timer_free(self, timer, _):
        self.timers.pop(timer)

    def _timer_mod(self, timer, at_ms, _):
        self.timers[timer][2] = at_ms

    def _register_poll_fd(self, fd, _):
        pass

    def _unregister_poll_fd(self, fd, _):
        pass

    def _notify(self, _):
        pass

    # --- the host's main loop

    def turn(self, wait_ms=0):
        """One turn of a host's loop; the clock moves on by @wait_ms."""
        asked = []
        timeout = ctypes.c_uint32(wait_ms)

        def add(fd, events, _):
            asked.append((fd, events))
            return len(asked) - 1

        self.library.c.slirp_pollfds_fill(self.slirp, ctypes.byref(timeout),
                                          ADD_POLL(add), None)
        poll = select.poll()
        bits = ((1, select.POLLIN), (2, select.POLLOUT), (4, select.POLLPRI),
                (8, select.POLLERR), (16, select.POLLHUP))
        wanted = {}
        for fd, events in asked:
            wanted[fd] = wanted.get(fd, 0) | sum(
                there for bit, there in bits if events & bit)
        for fd, events in wanted.items():
            poll.register(fd, events)
        ready = dict(poll.poll(min(timeout.value, wait_ms)))

        def revents(index, _):
            fd, events = asked[index]
            return sum(bit for bit, there in bits
                       if ready.get(fd, 0) & there) & (events | 24)

        self.now_ns += wait_ms * 1_000_000
        self.library.c.slirp_pollfds_poll(self.slirp, 0,
                                          GET_REVENTS(revents), None)

    def turn_until(self, is_done, turns=200):
        """Turns of 5 ms until @is_done says so; what it said."""
        for _ in range(turns):
            if said := is_done():
                return said
            self.turn(5)
        return is_done()

    # --- the API's own

    def info(self):
        return self.library.text(
            self.library.c.slirp_connection_info(self.slirp))

    def neighbors(self):
        return self.library.text(
            self.library.c.slirp_neighbor_info(self.slirp))

    def save(self):
        saved = bytearray()

        def write(data, length, _):
            saved.extend(ctypes.string_at(data, length))
            return length

        self.library.c.slirp_state_save(self.slirp, WRITE(write), None)
        return bytes(saved)

    def load(self, saved, version=4):
        """What slirp_state_load() says, and how much of @saved it took."""
        at = 0

        def read(data, length, _):
            nonlocal at
            part = saved[at:at + length]
            ctypes.memmove(data, part, len(part))
            at += len(part)
            return len(part)

        return self.library.c.slirp_state_load(self.slirp, version,
                                               READ(read), None), at

    def hostfwd(self, port, guest_port, host="127.0.0.1", guest="0.0.0.0",
                udp=False):
        return self.library.c.slirp_add_hostfwd(
            self.slirp, udp, In4(tuple(ip4(host))), port,
            In4(tuple(ip4(guest))), guest_port)

    def hostfwd_remove(self, port, host="127.0.0.1", udp=False):
        return self.library.c.slirp_remove_hostfwd(
            self.slirp, udp, In4(tuple(ip4(host))), port)

    def guestfwd(self, address, port, write):
        """@write takes bytes of the guest's."""
        call = WRITE(lambda data, length, _: write(
            ctypes.string_at(data, length)) or length)
        self.kept.append(call)
        where = ctypes.create_string_buffer(ip4(address), 4)
        self.kept.append(where)
        return self.library.c.slirp_add_guestfwd(
            self.slirp, call, None, ctypes.cast(where, ctypes.c_void_p), port)

    def to_guest(self, address, port, data):
        """Data for the guest's connection to a guestfwd."""
        self.library.c.slirp_socket_recv(
            self.slirp, In4(tuple(ip4(address))), port, data, len(data))

    def room(self, address, port):
        return self.library.c.slirp_socket_can_recv(
            self.slirp, In4(tuple(ip4(address))), port)

    # --- the guest

    def send(self, kind, payload, to=None):
        to = to or bytes.fromhex("52550a000202")
        frame = to + self.mac + struct.pack("!H", kind) + payload
        self.library.c.slirp_input(self.slirp, frame, len(frame))

    def send_ip(self, protocol, to, payload, src=None, ttl=64, mac=None):
        self.ident += 1
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload),
                           self.ident, 0, ttl, protocol, 0)
        head += (self.address if src is None else ip4(src)) + ip4(to)
        head = head[:10] + struct.pack("!H", csum(head)) + head[12:]
        self.send(IP4, head + payload, mac)

    def send_l4(self, protocol, to, head, at, data=b"", **how):
        """A segment or datagram whose checksum is at @at of @head."""
        src = self.address if how.get("src") is None else ip4(how["src"])
        pseudo = src + ip4(to) + struct.pack("!HH", protocol,
                                             len(head) + len(data))
        whole = head[:at] + struct.pack("!H", csum(pseudo + head + data)) + \
            head[at + 2:] + data
        self.send_ip(protocol, to, whole, **how)

    def udp(self, to, port, data, own=4000, **how):
        head = struct.pack("!HHHH", own, port, 8 + len(data), 0)
        self.send_l4(UDP, to, head, 6, data, **how)

    def ping(self, to, ident=7, sequence=1, data=b"echo"):
        message = struct.pack("!BBHHH", 8, 0, 0, ident, sequence) + data
        self.send_ip(ICMP, to, message[:2] + struct.pack("!H", csum(message)) +
                     message[4:])

    def arp(self, about, operation=1):
        self.send(ARP, struct.pack("!HHBBH", 1, IP4, 6, 4, operation) +
                  self.mac + self.address + bytes(6) + ip4(about), BROADCAST)

    def answer_arp(self):
        """Answer who asked for us; the frames that were no such question."""
        frames, self.frames = self.frames, []
        for frame in frames:
            if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\1" and \
                    frame[38:42] == self.address:
                self.send(ARP, struct.pack("!HHBBH", 1, IP4, 6, 4, 2) +
                          self.mac + self.address + frame[22:32], frame[6:12])
            else:
                self.frames.append(frame)

    def received(self, protocol, port=None):
        """Take the oldest packet of @protocol to our @port: its IP payload."""
        self.answer_arp()
        for frame in self.frames:
            if frame[12:14] != b"\x08\x00" or frame[23] != protocol:
                continue
            payload = frame[34:14 + struct.unpack("!H", frame[16:18])[0]]
            if port is None or payload[2:4] == struct.pack("!H", port):
                self.frames.remove(frame)
                return payload
        return None

    def wait_for(self, protocol, port=None):
        return self.turn_until(lambda: self.received(protocol, port), 20)

    def dhcp(self, kind, wanted=None, server="10.0.2.2"):
        """Send a DHCP message; the answer's type and address, or None."""
        options = bytes([53, 1, kind])
        if wanted:
            options += b"\x32\x04" + ip4(wanted)
        message = struct.pack("!BBBBIHH", 1, 1, 6, 0, 0x1234, 0, 0x8000) + \
            bytes(16) + self.mac + bytes(10 + 64 + 128) + \
            bytes.fromhex("63825363") + options + b"\xff"
        message = message.ljust(300, b"\0")
        self.udp("255.255.255.255", 67, message, 68, src="0.0.0.0",
                 mac=BROADCAST)
        answer = self.wait_for(UDP, 68)
        if not answer:
            return None
        at = 8 + 240
        while answer[at] != 255:
            if answer[at] == 53:
                return answer[at + 2], socket.inet_ntoa(answer[24:28])
            at += 2 + answer[at + 1]
        return None

    def lease(self):
        """Take a lease as a client does; the address."""
        _, address = self.dhcp(1)
        kind, address = self.dhcp(3, address)
        assert kind == 5, kind
        self.address = ip4(address)
        return address

    def connect(self, to, port, own=5000):
        conn = Conn(self, to, port, own)
        conn.send(SYN, options=struct.pack("!BBH", 2, 4, 1460))
        return conn


class Conn:
    """A TCP connection of the guest's; acknowledges what arrives."""

    def __init__(self, guest, peer, port, own):
        self.guest, self.peer, self.port, self.own = guest, peer, port, own
        self.seq, self.ack = 1000, 0
        self.got = b""
        self.has_fin = self.is_reset = False

    def send(self, flags, data=b"", options=b"", seq=None):
        head = struct.pack("!HHIIBBHHH", self.own, self.port,
                           self.seq if seq is None else seq, self.ack,
                           (5 + len(options) // 4) << 4, flags, 65535, 0, 0)
        self.guest.send_l4(TCP, self.peer, head + options, 16, data)
        if seq is None:
            self.seq += len(data) + bool(flags & SYN) + bool(flags & FIN)

    def write(self, data):
        self.send(PSH | ACK, data)

    def close(self):
        self.send(FIN | ACK)

    def read(self):
        """Take all segments that are there: flags of them all."""
        seen = 0
        while segment := self.guest.received(TCP, self.own):
            seq, _, offset, flags = struct.unpack("!IIBB", segment[4:14])
            data = segment[(offset >> 4) * 4:]
            seen |= flags
            self.is_reset |= bool(flags & RST)
            if flags & SYN:
                self.ack = seq + 1
            if seq == self.ack:
                self.got += data
                self.ack += len(data)
                if flags & FIN:
                    self.has_fin = True
                    self.ack += 1
            if flags & (SYN | FIN) or data:
                self.send(ACK)
        return seen

    def open(self):
        """Wait for the handshake; did it end well?"""
        self.guest.turn_until(lambda: self.read() & (SYN | RST))
        return self.ack != 0 and not self.is_reset

    def expect(self, length):
        """Wait for so many bytes."""
        self.guest.turn_until(lambda: self.read() and False or
                              len(self.got) >= length)
        return self.got
