#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""slirp.py - unmodified QEMU, `-netdev user`, on our libslirp.

    guest (QEMU)                 libslirp.so.0, in QEMU     far ends, here
    udhcpc wget nc ping tftp <-> 10.0.2.2 .3 .100 .101 <->  127.0.0.1

Runs in namespaces of its own: the library asks whom /etc/resolv.conf names,
and that is the test's own server, on port 53.
"""

import contextlib
import http.client
import os
import shutil
import socket
import sys
import threading
import time
from pathlib import Path

import farend
import lab

MIB = 1 << 20
WGET = "timeout 60 wget -q -O -"


class Monitor:
    """QEMU's, for people."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(str(path))
        self._answer()

    def __call__(self, command):
        self.sock.sendall(command.encode() + b"\n")
        return self._answer()

    def _answer(self):
        said = b""
        while not said.endswith(b"(qemu) "):
            said += self.sock.recv(65536)
        return said.decode(errors="replace")

    def forwarded_port(self, guest_port):
        """The host's port that leads to the guest's, from `info usernet'."""
        for line in self("info usernet").splitlines():
            words = line.split()
            if "[HOST_FORWARD]" in line and words[-3] == str(guest_port):
                return int(words[3])
        return None


def enter_namespaces():
    """Become root of namespaces of our own, once."""
    if "UL_SLIRP_INSIDE" in os.environ:
        return
    os.environ["UL_SLIRP_INSIDE"] = "1"
    if shutil.which("unshare"):
        os.execvp("unshare", ["unshare", "-rmn", sys.executable, "-B",
                              *sys.argv])
    print("skipped: no unshare here")
    sys.exit(lab.SKIP)


def set_up(it):
    build = Path(os.environ.get("top_builddir", "."))
    library = (build / "qemu-glue/.libs").resolve()
    if not (library / "libslirp.so.0").exists():
        raise lab.Skip("libslirp is not built")
    conf = it.dir / "resolv.conf"
    conf.write_text("nameserver 127.0.0.1\n")
    if os.system("ip link set lo up") or os.system(
            f"mount --bind {conf} $(readlink -f /etc/resolv.conf)"):
        raise lab.Skip("no namespaces here")
    return library


def boot(it, library, name, *options, more=()):
    path = it.dir / name
    env = dict(os.environ, LD_LIBRARY_PATH=str(library))
    vm = it.boot(",".join(("user", *options)), env=env,
                 more=[*more, "-monitor", f"unix:{path},server=on,wait=off"])
    maps = Path(f"/proc/{vm.pid}/maps").read_text()
    it.check(f"{name}: our library", str(library) in maps)
    return vm, Monitor(path)


def test(it):
    library = set_up(it)
    web = it.serve(farend.Web())
    names = it.serve(farend.Names({"far.test": "10.0.2.2"}))
    serve_port_53(it, names)
    files = it.dir / "files"
    files.mkdir()
    (files / "boot").write_text("by TFTP\n")
    chardev = it.dir / "chardev"
    vm, hmp = boot(it, library, "user", "hostfwd=tcp:127.0.0.1:0-:80",
                   "guestfwd=tcp:10.0.2.100:7-cmd:cat",
                   "guestfwd=tcp:10.0.2.101:99-chardev:c0", f"tftp={files}",
                   "hostname=bob", "domainname=user.test",
                   more=["-chardev",
                         f"socket,id=c0,path={chardev},server=on,wait=off"])
    addresses(it, vm)
    transfers(it, vm, web)
    forwards(it, vm, hmp)
    guestfwds(it, vm, chardev)
    stop_and_go(it, vm, hmp, web)
    second_card(it, vm, hmp)
    vm.poweroff()
    restricted(it, library, web)


def serve_port_53(it, names):
    """farend's server is on any port: what comes to 53 is passed on."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind(("127.0.0.1", 53))
    ask = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ask.settimeout(5)

    def relay():
        while True:
            query, client = door.recvfrom(4096)
            ask.sendto(query, ("127.0.0.1", names.port))
            with contextlib.suppress(TimeoutError):
                door.sendto(ask.recv(4096), client)

    threading.Thread(target=relay, daemon=True).start()


def addresses(it, vm):
    lease = vm.dhcp()
    it.check("lease", lease.get("ip") == "10.0.2.15/24" and
             lease.get("router") == "10.0.2.2" and
             lease.get("dns") == "10.0.2.3", str(lease))
    _, said = vm.run("cat /etc/resolv.conf")
    it.check("domain", "search user.test" in said)
    status, _ = vm.run("ping -c 1 -W 2 10.0.2.2")
    it.check("ping the host", status == 0)
    _, said = vm.run("arp -n")
    it.check("the host's MAC", "52:55:0a:00:02:02" in said)
    status, said = vm.run("nslookup far.test")
    it.check("a name", status == 0 and "10.0.2.2" in said)
    vm.run("echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6")
    status, said = vm.run("for i in $(seq 50); do ip -6 addr show eth0 | "
                          "grep fec0: | grep -v tentative && break; "
                          "usleep 100000; done; ping -6 -c 1 -W 2 fec0::2")
    it.check("IPv6", status == 0, said.splitlines()[0].strip())


def transfers(it, vm, web):
    for size in 1, 10 * MIB:
        _, said = vm.run(f"{WGET} http://10.0.2.2:{web.port}/{size} | "
                         "sha256sum", 90)
        it.check(f"download {size}", farend.payload_hash(size) in said)
    start = time.monotonic()
    status, _ = vm.run("wget -q -T 5 -O - http://10.0.2.2:1/")
    it.check("refused at once", status and time.monotonic() - start < 4)


def fetch(port):
    try:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        link.request("GET", "/")
        return link.getresponse().read().decode()
    except OSError as why:
        return type(why).__name__


def forwards(it, vm, hmp):
    vm.run("mkdir -p /www; echo page >/www/index.html; httpd -h /www; "
           "httpd -p 81 -h /www")
    port = hmp.forwarded_port(80)
    it.check("hostfwd, port 0", port and "page" in fetch(port), str(port))
    hmp("hostfwd_add tcp:127.0.0.1:0-:81")
    port = hmp.forwarded_port(81)
    it.check("hostfwd_add, port 0", port and "page" in fetch(port), str(port))
    said = hmp(f"hostfwd_remove tcp:127.0.0.1:{port}")
    it.check("hostfwd_remove", "removed" in said)
    it.check("and it is closed", "Refused" in fetch(port), fetch(port))
    said = hmp(f"hostfwd_remove tcp:127.0.0.1:{port}")
    it.check("not found again", "not found" in said)


def guestfwds(it, vm, chardev):
    status, said = vm.run("echo word | timeout 10 nc 10.0.2.100 7")
    it.check("guestfwd, command", status == 0 and said == "word", said)
    host = socket.socket(socket.AF_UNIX)
    host.settimeout(20)
    host.connect(str(chardev))
    vm.run("(echo to the host; sleep 3) | timeout 20 nc 10.0.2.101 99 "
           ">/tmp/said & usleep 300000")
    heard = host.recv(100)
    host.sendall(b"to the guest\n")
    _, said = vm.run("wait; cat /tmp/said", 40)
    it.check("guestfwd, chardev", heard == b"to the host\n" and
             "to the guest" in said, f"{heard} {said}")
    host.close()
    status, said = vm.run("tftp -g -r boot -l - 10.0.2.2")
    it.check("TFTP", said == "by TFTP", said)


def stop_and_go(it, vm, hmp, web):
    vm.run(f"({WGET} http://10.0.2.2:{web.port}/{40 * MIB} | sha256sum "
           ">/tmp/sum) >/dev/null 2>&1 & usleep 50000")
    hmp("stop")
    time.sleep(2)
    hmp("cont")
    _, said = vm.run("wait; cat /tmp/sum", 90)
    it.check("stop and cont", farend.payload_hash(40 * MIB) in said, said)


def second_card(it, vm, hmp):
    """Another instance with the same addresses comes, and goes at work."""
    hmp("netdev_add user,id=n1,net=10.0.2.0/24,hostfwd=tcp:127.0.0.1:0-:82")
    it.check("two networks", hmp("info usernet").count("(n") == 2)
    it.check("its forward", hmp.forwarded_port(82) is not None)
    said = hmp("netdev_del n1")
    it.check("one is gone", "Error" not in said and
             hmp("info usernet").count("(n") == 1)
    status, _ = vm.run("ping -c 1 -W 2 10.0.2.2")
    it.check("the other lives", status == 0)


def restricted(it, library, web):
    vm, hmp = boot(it, library, "restrict", "restrict=on",
                   "hostfwd=tcp:127.0.0.1:0-:80",
                   "guestfwd=tcp:10.0.2.100:7-cmd:cat")
    lease = vm.dhcp()
    it.check("restrict: lease", lease.get("ip") == "10.0.2.15/24" and
             not lease.get("router") and not lease.get("dns"), str(lease))
    status, _ = vm.run(f"wget -q -T 3 -O - http://10.0.2.2:{web.port}/1")
    it.check("restrict: no host", status != 0)
    vm.run("mkdir -p /www; echo page >/www/index.html; httpd -h /www")
    it.check("restrict: hostfwd", "page" in fetch(hmp.forwarded_port(80)))
    _, said = vm.run("echo word | timeout 10 nc 10.0.2.100 7")
    it.check("restrict: guestfwd", said == "word", said)
    vm.poweroff()


if __name__ == "__main__":
    enter_namespaces()
    lab.main(test)
