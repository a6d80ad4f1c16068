#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""seeds_others.py - write the seeds of those targets that main() lists, of
messages and of the texts that people write"""
import pathlib
import struct

from packets import *

HERE = pathlib.Path(__file__).parent
GUEST, ROUTER = "10.0.2.15", "10.0.2.2"
HW = "52:54:00:12:34:56"


def dhcp4_messages():
    params = opt(55, bytes([1, 3, 6, 12, 15, 26, 51]))
    yield "discover", dhcp4(1, HW, params + opt(12, b"vm") +
                            opt(61, b"\1" + mac(HW)) + opt(57, b"\2\x40"))
    yield "request", dhcp4(3, HW, opt(50, addr(GUEST)) +
                           opt(54, addr(ROUTER)) + params)
    yield "renew", dhcp4(3, HW, params, ciaddr=GUEST)
    yield "inform", dhcp4(8, HW, params, ciaddr=GUEST)
    yield "release", dhcp4(7, HW, opt(54, addr(ROUTER)), ciaddr=GUEST)
    yield "decline", dhcp4(4, HW, opt(50, addr(GUEST)) +
                           opt(54, addr(ROUTER)))
    yield "rapid", dhcp4(1, HW, opt(80, b"") + params, flags=0x8000)
    yield "pieces", dhcp4(1, HW, opt(12, b"left") + opt(12, b"right"))
    yield "no-end", dhcp4(1, HW)[:243]
    yield "overload", (dhcp4(1, HW, opt(52, b"\3"))[:44] +
                       (opt(12, b"in-sname") + b"\xff").ljust(64, b"\0") +
                       (opt(15, b"in-file") + b"\xff").ljust(128, b"\0") +
                       dhcp4(1, HW, opt(52, b"\3"))[236:])
    reply = opt(1, b"\xff\xff\xff\0") + opt(3, addr(ROUTER) * 5) + opt(
        6, addr(ROUTER) * 9) + opt(26, b"\5\xdc") + opt(51, bytes(3) + b"\1")
    yield "lists", dhcp4(5, HW, reply + opt(58, bytes(4)) + opt(15, b"lab"))


def dhcp4_srv_seeds():
    def row(*messages):
        return b"".join(struct.pack("!BH", 1, len(m)) + m for m in messages)
    by_name = dict(dhcp4_messages())
    for name, message in by_name.items():
        yield name, row(message)
    yield "lease", row(*(by_name[n] for n in (
        "discover", "request", "renew", "inform", "release", "discover")))
    yield "declined", row(*(by_name[n] for n in (
        "discover", "request", "decline", "discover")))
    yield "three-guests", row(*(
        dhcp4(kind, "52:54:00:00:00:0%d" % n, opt(54, addr(ROUTER)) +
              opt(50, addr("10.0.2.%d" % (15 + n)))) for n in range(4)
        for kind in (1, 3)))


def resolv_seeds():
    yield "usual", (b"search lab.internal\nnameserver 192.0.2.1\n"
                    b"nameserver 2001:db8::1\noptions ndots:2\n")
    yield "scoped", b"nameserver fe80::1%lo\nnameserver fe80::1%nothing\n"
    yield "many", b"nameserver 192.0.2.1\n" * 9
    yield "blanks", b"\t nameserver\t 192.0.2.1 # first\r\n;nameserver 1.1\n"
    yield "empty", b""
    yield "no-newline", b"nameserver 127.0.0.53"


def forward_spec_seeds():
    yield "usual", b"8080:80"
    yield "named", b"*:8080-8081:web.lab.internal:80-81/udp"
    yield "ipv6", b"[::1]:8080:[fd00::15]:80/tcp"
    yield "address", b"192.0.2.1:8080:10.0.2.15:80"
    yield "free", b"80"
    yield "free-zero", b"0:web:80"
    yield "free-host", b"[2001:db8::1]::80"
    yield "unix", b"unix:/run/x.sock:web:80"
    yield "unix-abstract", b"unix:@x:[fd00::15]:80/tcp"
    yield "when-listening", b"8080:web:80/tcp,when-listening"


def hosts_file_seeds():
    yield "usual", (b"127.0.0.1\tlocalhost\n127.0.1.1\tmyhost\n\n"
                    b"::1 localhost ip6-localhost\nff02::1 ip6-allnodes\n"
                    b"192.0.2.1 nas.home nas # the box\n")
    yield "block", b"0.0.0.0 ads.example\n:: ads.example\n"
    yield "odd", b" 192.0.2.1 A.b. ..  a$b\r\nfe80::1%lo x\n192.0.2.1"
    yield "nul", b"192.0.2.1 a\0b\n\0\n"


def host_spec_seeds():
    yield "mac", b"web=52:54:00:00:00:01"
    yield "addresses", b"web=52:54:00:00:00:01,10.0.2.80,fd00::80"
    yield "id", b"db=id:ff00112233,10.0.2.81"
    yield "id-colons", b"db=id:01:52:54:00:00:00:02"
    yield "id-addr6", b"db=id:01,fd00::80"
    yield "two-addresses", b"web=52:54:00:00:00:01,10.0.2.80,10.0.2.81"
    yield "own-name", b"gateway=52:54:00:00:00:01"


def dns_spec_seeds():
    yield "usual", b"corp.example=192.0.2.1"
    yield "port", b"Corp.Example.=192.0.2.1#5353"
    yield "ipv6", b"_x.a-b.example=2001:db8::1#53"
    yield "domain", b"corp.example"
    yield "long", b"a" * 63 + b"." + b"b" * 63 + b"=::1"
    yield "bad-port", b"a=192.0.2.1#65536"
    yield "any", b"a=0.0.0.0"


def dns_stream_seeds():
    query = struct.pack("!6H", 7, 0x100, 1, 0, 0, 0) + b"\1a\4test\0\0\1\0\1"
    framed = struct.pack("!H", len(query)) + query
    yield "one", b"\xff" + framed
    yield "bytewise", b"\0" + framed * 2
    yield "many", b"\xff" + framed * 70
    yield "odd-cuts", b"\6" + framed * 9
    yield "empty", b"\1" + b"\0\0" * 3 + framed
    yield "long", b"\7" + framed + b"\x04\xd1" + framed
    yield "longest", b"\7" + b"\x04\xd0" + query.ljust(1232, b"\0") + framed
    yield "cut", b"\7" + framed + framed[:-1]
    yield "answer", b"\7" + framed[:4] + b"\x81\x80" + framed[6:]
    yield "update", b"\7" + framed[:4] + b"\x28\0" + framed[6:]


def dns_answer_seeds():
    name = b"\3www\7example\3com\0"
    opt = b"\0" + struct.pack("!HHIH", 41, 1232, 0, 0)
    a = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + b"\xc0\0\2\1"
    soa = (b"\xc0\x10" + struct.pack("!HHIH", 6, 1, 300, 22) + bytes(18) +
           struct.pack("!I", 60))

    def msg(flags, counts, more=b"", ident=0x40, question=name):
        return (struct.pack("!HHHHHH", ident, flags, *counts) + question +
                struct.pack("!HH", 1, 1) + more)

    def both(query, answer):
        return struct.pack("!H", len(query)) + query + answer

    plain, edns = msg(0x100, (1, 0, 0, 0)), msg(0x100, (1, 0, 0, 1), opt)
    yield "positive", both(plain, msg(0x8180, (1, 1, 0, 0), a))
    yield "edns", both(edns, msg(0x8180, (1, 1, 0, 1), a + opt))
    yield "edns-options", both(
        msg(0x100, (1, 0, 0, 1), opt[:-2] + b"\0\x0c\0\x0a\0\x08" + bytes(8)),
        msg(0x8180, (1, 1, 0, 1), a + opt))
    yield "far-option", both(
        msg(0x100, (1, 0, 0, 1), opt[:-2] + b"\0\4\0\3\0\0"),
        msg(0x8180, (1, 1, 0, 1), a + opt))
    yield "nxdomain", both(edns, msg(0x8183, (1, 0, 1, 1), soa + opt))
    yield "nodata", both(plain, msg(0x8180, (1, 0, 1, 0), soa))
    yield "spelling", both(plain, msg(
        0x8180, (1, 1, 0, 0), a, question=name.upper()))
    yield "many", both(edns, msg(0x8180, (1, 90, 0, 0), a * 90))
    yield "by-tcp", both(msg(0x100, (1, 0, 0, 0), ident=1),
                         msg(0x8180, (1, 90, 0, 0), a * 90))
    yield "opt-first", both(edns, msg(0x8180, (1, 0, 0, 2), opt + a))
    yield "badvers", both(msg(0x100, (1, 0, 0, 1), opt[:6] + b"\1" + opt[7:]),
                          b"")
    yield "extended", both(edns, msg(0x8180, (1, 0, 0, 1),
                                     opt[:5] + b"\1" + opt[6:]))
    yield "two-opts", both(msg(0x100, (1, 0, 0, 2), opt * 2), b"")
    yield "cut", both(plain, msg(0x8180, (1, 1, 0, 0), a[:-1]))
    yield "truncated", both(plain, msg(0x8380, (1, 0, 0, 0)))
    yield "axfr", both(plain[:-4] + b"\0\xfc\0\1", b"")


def guestfwd_spec_seeds():
    yield "unix", b"tcp:10.0.2.100:80=unix:/run/web.sock"
    yield "abstract", b"169.254.169.254:80=unix:@metadata"
    yield "tcp", b"[fd00::5]:80=tcp:[::1]:8080"
    yield "exec", b"10.0.2.2:79=exec:/bin/sh -c 'date; id' \"a b\" c\\ d ''"
    yield "no-program", b"10.0.2.2:79=exec: ''"
    yield "open", b"10.0.2.2:79=exec:a 'b"
    yield "backslash", b"10.0.2.2:79=exec:a \\"
    yield "words", b"10.0.2.2:79=exec:" + b"a " * 65


def rule_spec_seeds():
    yield "usual", b"allow 10.1.0.0/16 tcp 443;deny any"
    yield "host", b"allow host tcp 8080-8090; deny host"
    yield "ipv6", b"deny fc00::/7;allow 2001:db8::1 udp 53"
    yield "names", b"allow *.Example.com. tcp 443;deny example.org 25"
    yield "named", b"allow 169.254.169.254 tcp 80;allow fd00:ec2::254"
    yield "icmp", b"deny any icmp;"
    yield "loopback", b"allow 127.0.0.1"
    yield "blank", b" ; \t;"
    yield "root-dot", b"allow any.;allow a.com.;deny Host."


def conf_seeds():
    yield "empty", b""
    yield "whole", b"""# a lab
[network]
  mode = nat-network
name=lab
subnet=10.9.0.0/24
forward=2222:web:22; *:8080:web:80 ;
no-ipv6=true
host-loopback=80;90-91
rules=allow 10.1.0.0/16 tcp 443;deny any
dns=192.0.2.53
dns-for=corp.example=192.0.2.54
max-pinned=64M

[host web]
mac=52:54:00:00:00:01
address=10.9.0.80
[port web]
mac=52:54:00:00:00:01
pinned=true
host-loopback=80;90-91
[port *]
isolated=true
rate-out=10M
storm=100
"""
    yield "crlf", b"[network]\r\nmtu=1500\r\n[host id]\r\nid=0102\r\n"
    yield "escapes", (b"[network]\nsocket=a\\;b;\\s\\\\c;\\td\npid=\\sx\\n"
                      b"\nlog-file=y;z\n")
    yield "ordered", (b"[network]\ndeny=10.0.0.1\nallow=10.0.0.2;a.example"
                      b"\nrules=deny any\n")
    yield "uplinks", (b"[network]\nmode=bridged\nuplink=tap:x,mac=shared;"
                      b"vxlan:42@192.0.2.1=192.0.2.2,192.0.2.3\n")
    yield "internal", b"[network]\nmode=internal\ndhcp=1\negress=none\n"
    yield "twice", b"[network]\nmtu=1\nmtu=2\n"
    yield "no-group", b"mtu=1\n"
    yield "locale", b"[network]\nname[de]=x\n"
    yield "utf8", "[network]\npid=/\u00e4\n[port \u00e4]\nmac=x\n".encode()


def lease_file_seeds():
    head = b"userlan-leases 1\n"
    v4 = b"10.0.2.15 52:54:00:00:00:01 1800000000 01aabb - web\n"
    bare = b"10.0.2.16 52:54:00:00:00:02 0 - - -\n"
    v6 = b"fd00::1:1 52:54:00:00:00:01 1800000000 00030001525400000001 7 -\n"
    yield "both", head + v4 + bare + v6 + b"end 3\n"
    yield "none", head + b"end 0\n"
    yield "cut", head + v4 + v6[:20]
    yield "count", head + v4 + b"end 2\n"
    yield "bad-line", head + v4 + b"10.0.2.17 x\n" + v6 + b"end 3\n"


def tftp_seeds():
    yield "rrq", b"\0\1boot/file\0octet\0"
    yield "rrq-options", (b"\0\1f\0octet\0blksize\x001432\0tsize\x000\0"
                          b"timeout\x003\0windowsize\x0016\0")
    yield "wrq", b"\0\2f\0netascii\0"
    yield "data", b"\0\3\0\1data"
    yield "ack", b"\0\4\0\1"
    yield "error", b"\0\5\0\1no such file\0"
    yield "oack", b"\0\6blksize\x008\0"
    yield "cut", b"\0\1f\0octet\0blksize"


def tftp_srv_seeds():
    def say(who, tenths, msg):
        return bytes([who, tenths, len(msg)]) + msg
    rrq = b"\0\1f\0octet\0"
    wide = b"\0\1f\0octet\0blksize\x00700\0windowsize\x004\0tsize\x000\0"
    acks = [b"\0\4" + struct.pack("!H", n) for n in range(12)]
    yield "plain", say(1, 0, rrq) + b"".join(say(0x81, 1, a)
                                             for a in acks[1:])
    yield "window", say(1, 0, wide) + b"".join(
        say(0x81, 1, acks[n]) for n in (0, 4, 2, 2, 6, 8))
    yield "silent", say(1, 0, wide) + say(2, 30, rrq) + say(3, 50, b"\0\4")
    yield "shrunk", say(1, 0, b"\0\1fxxx\0octet\0") + b"".join(
        say(0x81, 1, a) for a in acks[1:])
    yield "stranger", say(1, 0, rrq) + say(0x82, 0, acks[1]) + say(
        0x81, 0, b"\0\5\0\0stop\0")
    yield "refused", say(1, 0, b"\0\2f\0octet\0") + say(
        1, 0, b"\0\1f\0netascii\0") + say(1, 0, b"\0\1none\0octet\0")


def boot_spec_seeds():
    yield "file", b"pxelinux.0"
    yield "class", b"efi64:dir/grub.efi"
    yield "url", b"ipxe:http://10.0.2.2/boot"
    yield "empty", b"bios:"


def uplink_spec_seeds():
    yield "fd", b"fd:3"
    yield "tap", b"tap:tap0,mac=shared"
    yield "helper", b"helper:br0"
    yield "trunk-path", b"trunk:/run/lab.sock"
    yield "trunk-abstract", b"trunk:listen:@lab"
    yield "trunk-tcp", b"trunk:[2001:db8::1]:7000"
    yield "vxlan4", b"vxlan:42@192.0.2.1=192.0.2.2,192.0.2.3:8472"
    yield "vxlan6", b"vxlan:42@[2001:db8::1]:4789=2001:db8::2"
    yield "families", b"vxlan:42@192.0.2.1=2001:db8::2"


def sums_frames():
    a4, b4, a6, b6 = "10.0.5.1", "10.0.5.2", "fd00::1", "fd00::2"
    t4 = tcp(a4, b4, 40000, 80, 1, 2, ACK, payload=b"hello")
    t6 = tcp(a6, b6, 40000, 80, 1, 2, ACK, payload=b"hello")
    u6 = udp(a6, b6, 68, 67, b"odd")

    def partial(l4, src, dst, proto, off):
        left = ~csum(pseudo(src, dst, proto, len(l4))) & 0xffff
        return l4[:off] + struct.pack("!H", left) + l4[off + 2:]

    def v4(proto, l4, **more):
        return eth(HW, HW, 0x800, ip4(a4, b4, proto, l4, **more))

    def v6(proto, l4):
        return eth(HW, HW, 0x86dd, ip6(a6, b6, proto, l4))
    yield "tcp4", v4(6, t4)
    yield "tcp4-wrong", v4(6, t4[:-1] + b"x")
    yield "tcp4-partial", v4(6, partial(t4, a4, b4, 6, 16))
    yield "tcp6-partial", v6(6, partial(t6, a6, b6, 6, 16))
    yield "udp6", v6(17, u6)
    yield "udp6-none", v6(17, u6[:6] + b"\0\0" + u6[8:])
    yield "icmp4", v4(1, with_csum(bytes([8]) + bytes(15), 2))
    yield "icmp6", v6(58, with_csum(bytes([128]) + bytes(15), 2,
                                    pseudo(a6, b6, 58, 16)))
    yield "fragment", v4(17, t4, flags=1)
    yield "tagged", (v6(6, t6)[:12] + bytes.fromhex("88a80001810000020800") +
                     ip4(a4, b4, 6, t4))
    yield "extension", v6(60, ext(6) + t6)


def vxlan_seeds():
    yield "plain", bytes([8, 0, 0, 0, 0, 0, 42, 0]) + b"frame"
    yield "reserved", bytes([0xff] * 8)
    yield "no-flag", bytes([0, 0, 0, 0, 0, 0, 42, 0])
    yield "short", bytes([8, 0, 0, 0, 0, 0, 42])

def super_frame(packet, l4, off, size, csum=2, cut=0, kind=None, vlan=b""):
    """The facts (fuzz_gso.c) and the frame; l4: the transport's offset."""
    kind = kind or (0x86DD if packet[0] >> 4 == 6 else 0x800)
    frame = bytes(12) + vlan + struct.pack("!H", kind) + packet
    return struct.pack("!BHHHB", csum, 14 + len(vlan) + l4, off, size,
                       cut) + frame


def gso_seeds():
    near, far, near6, far6 = "10.0.2.15", "192.0.2.1", "fd00::15", "fd00::1"
    data = bytes(range(256)) * 4
    seg = tcp(near, far, 40000, 7, 0xFFFFFF00, 1, FIN | PSH | ACK,
              options=b"\1" * 12, payload=data)
    seg6 = tcp(near6, far6, 40000, 7, 1, 1, PSH | ACK, payload=data)
    dgram = udp(near, far, 5000, 7, data)
    v4 = ip4(near, far, 6, seg)
    v6 = ip6(near6, far6, 6, seg6)
    yield "tcp4", super_frame(v4, 20, 16, 300)
    yield "tcp4-cut", super_frame(v4, 20, 16, 301, cut=67)
    yield "tcp4-vlan", super_frame(v4, 20, 16, 300, vlan=b"\x81\0\0\7")
    yield "tcp4-options", super_frame(
        ip4(near, far, 6, seg, options=b"\1" * 8), 28, 16, 300)
    yield "tcp6", super_frame(v6, 40, 16, 300)
    yield "tcp6-options", super_frame(
        ip6(near6, far6, 60, ext(6) + seg6), 48, 16, 300)
    yield "tcp6-too-long", super_frame(
        ip6(near6, far6, 60, ext(6, 7) + seg6), 104, 16, 300)
    yield "udp4", super_frame(ip4(near, far, 17, dgram), 20, 6, 300)
    yield "udp6", super_frame(
        ip6(near6, far6, 17, udp(near6, far6, 5000, 7, data)), 40, 6, 300)
    yield "tiny", super_frame(v4, 20, 16, 8)
    yield "one", super_frame(v4, 20, 16, 60000)
    yield "size-zero", super_frame(v4, 20, 16, 0)
    yield "size-one", super_frame(v4, 20, 16, 1)
    yield "fragment", super_frame(ip4(near, far, 6, seg, flags=1), 20, 16,
                                  300)
    yield "padded", super_frame(v4 + b"\0", 20, 16, 300)
    yield "start-beyond", super_frame(v4, 65000, 16, 0)
    yield "offset-beyond", super_frame(v4, 20, 65535, 0)
    yield "icmp-partial", super_frame(v4, 20, 2, 0, kind=0x1234)
    yield "whole", super_frame(v4, 20, 16, 0, csum=1)


def vnet_seeds():
    yield "tcp4", struct.pack("<BBHHHHH", 1, 1, 66, 1448, 34, 16, 1)
    yield "tcp6-ecn", struct.pack("<BBHHHHH", 1, 0x84, 86, 1428, 54, 16, 1)
    yield "udp", struct.pack("<BBHHHH", 1, 5, 42, 1200, 34, 6)
    yield "valid", struct.pack("<BBHHHH", 2, 0, 0, 0, 0, 0)
    yield "none", bytes(10)
    yield "ufo", struct.pack("<BBHHHH", 1, 3, 42, 1200, 34, 6)
    yield "no-size", struct.pack("<BBHHHH", 1, 1, 66, 0, 34, 16)
    yield "no-sum", struct.pack("<BBHHHH", 0, 1, 66, 1448, 34, 16)


def vhost_msg(request, payload=b"", flags=1):
    return struct.pack("=III", request, flags, len(payload)) + payload


def vhost_msg_seeds():
    region = struct.pack("=4Q", 0, 0xa0000, 0x7f0000000000, 0)
    for request in (1, 3, 4, 7, 15, 17, 36):
        yield "empty-%d" % request, vhost_msg(request)
    for request in (2, 12, 13, 14, 16, 19, 20):
        yield "u64-%d" % request, vhost_msg(
            request, struct.pack("=Q", request), flags=9)
    for request in (8, 10, 11, 18):
        yield "vring-%d" % request, vhost_msg(
            request, struct.pack("=II", 1, 256))
    yield "addr", vhost_msg(9, struct.pack("=II4Q", 0, 1, 1, 2, 3, 4))
    yield "table", vhost_msg(5, struct.pack("=II", 2, 0) + region * 2)
    yield "table-lies", vhost_msg(5, struct.pack("=II", 9, 0) + region * 2)
    for request in (37, 38):
        yield "region-%d" % request, vhost_msg(request, bytes(8) + region)
    yield "log", vhost_msg(6, struct.pack("=QQ", 4096, 0))
    for request, pad in ((31, 4), (32, 0)):
        yield "inflight-%d" % request, vhost_msg(
            request, struct.pack("=QQHH", 4096, 0, 2, 256) + bytes(pad))
    yield "reply", vhost_msg(1, struct.pack("=Q", 1), flags=5)
    yield "unknown", vhost_msg(28)


def vxlan_port_seeds():
    header = bytes([8, 0, 0, 0, 0, 0, 42, 0])

    def row(*datagrams):
        return b"".join(struct.pack("!BH", i % 2, len(d)) + d
                        for i, d in enumerate(datagrams))
    frames = dict(sums_frames())
    for name in ("tcp4", "tcp4-wrong", "tcp4-partial", "udp6-none", "tagged"):
        yield name, row(header + frames[name], header + frames["udp6"])
    big = tcp("10.0.5.1", "10.0.5.2", 40000, 80, 1, 2, ACK,
              payload=bytes(4000))
    left = ~csum(pseudo("10.0.5.1", "10.0.5.2", 6, len(big))) & 0xffff
    big = big[:16] + struct.pack("!H", left) + big[18:]
    yield "super", row(header + eth("02:00:00:00:00:01", HW, 0x800, ip4(
        "10.0.5.1", "10.0.5.2", 6, big)))
    yield "headers", row(header[:7], bytes(8), b"\x08" + bytes(40), header)


def guard_seeds():
    me, other = "52:54:00:00:00:0f", "52:54:00:00:00:10"
    all_ = "ff:ff:ff:ff:ff:ff"

    def frame(kind, payload):
        return eth(all_, me, kind, payload)

    def discovery(kind, src, target, option, hw=me):
        return ip6(src, "fd00::10", 58, icmp6(
            src, "fd00::10", kind, 0, 0, addr(target) + lladdr(option, hw)))

    for name, spa in (("own", GUEST), ("router", ROUTER),
                      ("other", "10.0.2.16"), ("probe", "0.0.0.0")):
        yield "arp-" + name, frame(0x806, arp(2, me, spa, other, ROUTER))
    request = dhcp4(1, me).ljust(300, b"\0")
    for name, src, sport, dport in (
            ("dhcp-discover", "0.0.0.0", 68, 67),
            ("dhcp-renew", GUEST, 68, 67), ("dhcp-offer", GUEST, 67, 68),
            ("dns-router", ROUTER, 53, 40000)):
        yield name, frame(0x800, ip4(src, "10.0.2.16", 17, udp(
            src, "10.0.2.16", sport, dport, request)))
    yield "frag4", frame(0x800, ip4(GUEST, ROUTER, 17, b"\0\x43\0\x44" * 2,
                                    flags=1))
    yield "frag4-late", frame(0x800, ip4(GUEST, ROUTER, 17, bytes(8),
                                         flags=0, offset=8))
    ra = icmp6("fd00::f", "ff02::1", 134, 0, 0, bytes(8))
    ra6 = ip6("fd00::f", "ff02::1", 58, ra)
    yield "ra", frame(0x86dd, ra6)
    yield "ra-vlan", frame(0x8100, b"\0\5\x86\xdd" + ra6)
    yield "ra-prio", frame(0x8100, b"\xe0\0\x86\xdd" + ra6)
    yield "ra-qinq", frame(0x88a8, bytes(2) + b"\x81\0\0\0\x86\xdd" + ra6)
    yield "ra-snap", frame(64, b"\xaa\xaa\3\0\0\0\x86\xdd" + ra6)
    yield "ra-ext", frame(0x86dd, ip6("fd00::f", "ff02::1", 60,
                                      ext(58) + ra))
    yield "ra-frag", frame(0x86dd, ip6("fd00::f", "ff02::1", 44,
                                       frag6(58, 0, 0, 1) + ra))
    yield "ra-frag-ext", frame(0x86dd, ip6("fd00::f", "ff02::1", 44,
                                           frag6(60, 0, 1, 1) + ext(58)))
    yield "redirect", frame(0x86dd, ip6("fd00::f", "ff02::1", 58, icmp6(
        "fd00::f", "ff02::1", 137, 0, 0, bytes(32))))
    yield "ns", frame(0x86dd, discovery(135, "fd00::f", "fd00::2", 1))
    yield "ns-other-mac", frame(0x86dd, discovery(
        135, "fd00::f", "fd00::2", 1, other))
    yield "na", frame(0x86dd, discovery(136, "fd00::f", "fd00::f", 2))
    yield "na-router", frame(0x86dd, discovery(136, "fd00::f", "fd00::2", 2))
    yield "dad", frame(0x86dd, ip6("::", "ff02::1:ff00:f", 58, icmp6(
        "::", "ff02::1:ff00:f", 135, 0, 0, addr("fd00::f"))))
    yield "mld", frame(0x86dd, ip6("::", "ff02::16", 0, ext(58) + icmp6(
        "::", "ff02::16", 143, 0, 0)))
    yield "dhcp6", frame(0x86dd, ip6("fd00::f", "fd00::10", 17, udp(
        "fd00::f", "fd00::10", 547, 546, b"\7\0\0\1")))
    yield "rarp", frame(0x8035, bytes(46))


def main():
    for name, seeds in (("conf", conf_seeds),
                        ("dhcp4_srv", dhcp4_srv_seeds),
                        ("forward_spec", forward_spec_seeds),
                        ("gso", gso_seeds),
                        ("guard", guard_seeds),
                        ("dns_answer", dns_answer_seeds),
                        ("dns_spec", dns_spec_seeds),
                        ("dns_stream", dns_stream_seeds),
                        ("hosts_file", hosts_file_seeds),
                        ("resolv", resolv_seeds),
                        ("rule_spec", rule_spec_seeds),
                        ("sums", sums_frames),
                        ("guestfwd_spec", guestfwd_spec_seeds),
                        ("host_spec", host_spec_seeds),
                        ("lease_file", lease_file_seeds),
                        ("tftp", tftp_seeds),
                        ("tftp_srv", tftp_srv_seeds),
                        ("boot_spec", boot_spec_seeds),
                        ("uplink_spec", uplink_spec_seeds),
                        ("vhost_msg", vhost_msg_seeds),
                        ("vnet", vnet_seeds),
                        ("vxlan", vxlan_seeds),
                        ("vxlan_port", vxlan_port_seeds)):
        corpus = HERE / ("corpus-" + name)
        corpus.mkdir(exist_ok=True)
        for seed, data in seeds():
            (corpus / seed).write_bytes(data)


if __name__ == "__main__":
    main()
