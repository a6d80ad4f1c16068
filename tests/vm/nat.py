#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""nat.py - a real VM does its day's work through `userland --socket`.

    guest (QEMU)                    userland              far ends, here
    udhcpc wget nc ping httpd  <->  --socket, forward <-> web echo names
    10.0.2.15                       10.0.2.2 .3           127.0.0.1, own address
"""

import contextlib
import hashlib
import http.client
import socket
import time

import farend
import lab

MIB = 1 << 20
GATEWAY = "10.0.2.2"
WGET = "timeout 60 wget -q -O -"


def test(it):
    web = it.serve(farend.Web())
    echo = it.serve(farend.Echo())
    hidden = it.serve(farend.Web())
    names = it.serve(farend.Names({"far.test": GATEWAY,
                                   "www.test": "198.51.100.7"}))
    forward, sums, closed = lab.free_ports(3)
    sock = it.dir / "net.sock"
    net = it.userland("--socket", str(sock),
                      "--dns", f"127.0.0.1:{names.port}",
                      f"--host-loopback={web.port},{echo.port},{closed}",
                      "-p", f"{forward}:80", "-p", f"{sums}:81")

    vm = it.boot(f"stream,server=off,addr.type=unix,addr.path={sock}")
    lease = vm.dhcp()
    it.check("lease", lease.get("ip") == "10.0.2.15/24" and
             lease.get("router") == GATEWAY and
             lease.get("dns") == "10.0.2.3", str(lease))
    it.check("mtu by option 26", lease.get("offered_mtu") == "65520" and
             lease.get("mtu") == "65520", lease.get("mtu", "none"))
    resolve(it, vm, names)
    download(it, vm, web, f"{GATEWAY}:{web.port}", 50 * MIB)
    download(it, vm, web, f"far.test:{web.port}", 1)
    upload(it, vm, web, echo)
    ping(it, vm)
    refuse(it, vm, closed, hidden, net)
    own_address(it, vm)
    forwarded(it, vm, forward)
    forwarded_half_close(it, vm, sums)
    second_vm(it, sock, net)

    vm.poweroff()
    it.check("powered off", net.is_alive(), "userland stays")
    vm = it.boot(f"stream,server=off,addr.type=unix,addr.path={sock}")
    again = vm.dhcp()
    it.check("lease kept", again.get("ip") == lease.get("ip"), again.get("ip"))
    download(it, vm, web, f"{GATEWAY}:{web.port}", 5 * MIB)
    serve_pages(vm)
    it.check("forward, second boot", "page" in fetch(forward, "/"))
    vm.poweroff()
    it.check("ends on SIGTERM", net.stop() == 0)
    it.check("socket removed", not sock.exists())


def resolve(it, vm, names):
    status, said = vm.run("nslookup www.test")
    it.check("name", status == 0 and "198.51.100.7" in said and
             names.wait(lambda e: e["name"] == "www.test"), "198.51.100.7")
    start = time.monotonic()
    status, said = vm.run("nslookup nowhere.test")
    it.check("unknown name", status != 0 and "NXDOMAIN" in said and
             time.monotonic() - start < 2, "NXDOMAIN")


def download(it, vm, web, where, size):
    web.log.clear()
    start = time.monotonic()
    _, said = vm.run(f"{WGET} http://{where}/{size} | sha256sum", 60)
    seconds = time.monotonic() - start
    seen = web.wait(lambda e: e["method"] == "GET", 2)
    it.check(f"download {size}", said.split()[:1] ==
             [farend.payload_hash(size)] and seen and
             seen["peer"] == "127.0.0.1",
             f"{where} {size / MIB / seconds:.0f} MiB/s")


def upload(it, vm, web, echo):
    vm.run("head -c 1000000 /dev/urandom | base64 >/tmp/block; "
           "for i in $(seq 16); do echo $i; cat /tmp/block; done >/tmp/up")
    _, said = vm.run("stat -c %s /tmp/up; sha256sum </tmp/up")
    size, sha256 = said.split()[:2]
    _, said = vm.run(f"{WGET} --post-file=/tmp/up "
                     f"http://{GATEWAY}:{web.port}/", 60)
    seen = web.wait(lambda e: e["method"] == "POST", 2) or {}
    it.check("upload", said == sha256 == seen.get("sha256") and
             size == str(seen.get("size")), f"{size} bytes")
    # nc ends its side when the file ends and only then hears the answer.
    _, said = vm.run(f"timeout 30 nc {GATEWAY} {echo.port} </tmp/up", 60)
    it.check("half-close", said == f"{size} {sha256}", said[:24])
    vm.run("rm /tmp/up /tmp/block")


def ping(it, vm):
    status, said = vm.run(f"ping -c 3 -i 0.2 -W 2 {GATEWAY}")
    it.check("ping gateway", status == 0 and "3 packets received" in said)


def refuse(it, vm, closed, hidden, net):
    for name, port in (("refused", closed), ("loopback closed", hidden.port)):
        start = time.monotonic()
        status, said = vm.run(f"nc -w 9 {GATEWAY} {port}")
        seconds = time.monotonic() - start
        it.check(name, status != 0 and "refused" in said.lower() and
                 seconds < 1, f"{seconds:.2f} s")
    it.check("names the option", "--host-loopback" in net.words())


def own_address(it, vm):
    address = lab.host_address()
    if not address:
        it.check("own address", True, "not tried: this machine has none")
        return
    web = it.serve(farend.Web(address))
    for where in (address, GATEWAY):
        web.log.clear()
        _, said = vm.run(f"{WGET} http://{where}:{web.port}/1000 | "
                         "sha256sum")
        seen = web.wait(lambda e: True, 2) or {}
        it.check(f"own address by {where}", said.split()[:1] ==
                 [farend.payload_hash(1000)] and
                 seen.get("peer") == address, f"from {seen.get('peer')}")


def forwarded(it, vm, forward):
    serve_pages(vm)
    it.check("forward", "page of guest" in fetch(forward, "/"))
    _, said = vm.run("sha256sum </www/big")
    got = hashlib.sha256(fetch_bytes(forward, "/big")).hexdigest()
    it.check("forward, big page", said.split()[0] == got)
    body = b"".join(farend.payload(5 * MIB))
    said = fetch_bytes(forward, "/cgi-bin/sum", body).decode()
    it.check("forward, upload", said.split()[:1] ==
             [hashlib.sha256(body).hexdigest()])
    vm.run("killall httpd")
    start = time.monotonic()
    try:
        fetch(forward, "/")
        said = "an answer"
    except OSError as why:
        said = type(why).__name__
    it.check("forward, httpd off", said == "ConnectionResetError" and
             time.monotonic() - start < 1, said)


def forwarded_half_close(it, vm, port):
    """The host ends its side first; sha256sum answers only after that."""
    vm.run("nc -ll -p 81 -e sha256sum & usleep 200000")
    body = b"".join(farend.payload(2 * MIB))
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        sock.sendall(body)
        sock.shutdown(socket.SHUT_WR)
        said = sock.makefile().read()
    it.check("forward, half-close", said.split()[:1] ==
             [hashlib.sha256(body).hexdigest()], said[:24])


def serve_pages(vm):
    vm.run("mkdir -p /www/cgi-bin; echo page of $(hostname) >/www/index.html;"
           "head -c 10000000 /dev/urandom >/www/big")
    vm.run("printf '#!/bin/sh\\necho; head -c $CONTENT_LENGTH | sha256sum\\n'"
           " >/www/cgi-bin/sum; chmod +x /www/cgi-bin/sum")
    vm.run("httpd -h /www")


def fetch_bytes(port, path, body=None):
    with contextlib.closing(http.client.HTTPConnection(
            "127.0.0.1", port, timeout=30)) as web:
        web.request("POST" if body else "GET", path, body)
        return web.getresponse().read()


def fetch(port, path):
    return fetch_bytes(port, path).decode()


def second_vm(it, sock, net):
    """While a VM is attached, another gets the end of the stream at once."""
    with socket.socket(socket.AF_UNIX) as other:
        other.settimeout(3)
        try:
            other.connect(str(sock))
            said = other.recv(1)
        except OSError as why:
            said = why
        it.check("second VM refused", said == b"" or
                 isinstance(said, ConnectionError), repr(said))


if __name__ == "__main__":
    lab.main(test)
