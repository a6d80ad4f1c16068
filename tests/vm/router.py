#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""router.py - a machine or a shell of this host is the router of a network.

    VM 2 -- lab (internal) -- VM 1 -- wan (nat-network) -- server 10.77.0.1
                10.99.0.0/24  nft, udhcpd, RA               of the host fd77::1

    VM 3 -- cell (host-only) -- userlan shell -- wan (nat-network) -- server

The network of the inside has no way out of its own; what comes through is
checked by its hash, and that it came by the router by closing that.
"""

import hashlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import image
import lab
import spaces
from run import Tool

SERVER = {4: "10.77.0.1", 6: "fd77::1"}
PORT = 8000
SIZE = 6 << 20
NAT = ("nft add table ip nat; "
       "nft add chain ip nat post '{ type nat hook postrouting priority 100; "
       "}'; nft add rule ip nat post oifname %s masquerade")
UDHCPD = r"""start 10.99.0.50\nend 10.99.0.60\ninterface eth1\n""" \
    r"""option subnet 255.255.255.0\noption router 10.99.0.1\n""" \
    r"""option dns 10.0.2.3\nlease_file /tmp/leases\n"""


class Rig:
    """The host with a server, the tool, and a guest that has nft."""

    def __init__(self, it):
        self.it = it
        nft = shutil.which("nft", path=os.environ["PATH"] + ":/usr/sbin")
        probe = Path(os.environ.get("top_builddir", ".")) / "tests/vm/probe"
        if not nft or not probe.exists():
            raise lab.Skip("no nft here, or tests/vm/probe is not built")
        self.nft = nft
        spaces.sh("ip", "link", "set", "lo", "up")
        spaces.sh("ip", "link", "add", "br0", "type", "bridge")
        spaces.sh("ip", "link", "set", "br0", "up")
        spaces.address(spaces.Here(), "br0", SERVER[4] + "/24",
                       SERVER[6] + "/64")
        where = it.dir / "guest"
        where.mkdir()
        it.image = image.add_programs(it.image, where, [nft, probe])
        self.tool = Tool(it)
        self.serve()

    def serve(self):
        www = self.it.dir / "www"
        www.mkdir()
        body = os.urandom(SIZE)
        (www / "file").write_bytes(body)
        self.want = hashlib.sha256(body).hexdigest()
        server = subprocess.Popen(
            ["python3", "-m", "http.server", str(PORT), "--bind", "::",
             "-d", str(www)], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.it.closing.callback(server.wait)
        self.it.closing.callback(server.kill)

    def up(self, net, *args):
        log = str(self.it.dir / f"{net}.log")
        done = self.tool("up", net, *args, "--log-file", log)
        self.it.check(f"up {net}", done.returncode == 0, done.stderr.strip())
        self.it.closing.callback(self.tool, "down", net, "--force")

    def boot(self, name, *nets):
        words = [word for net in nets for word in ("--net", net)]
        return self.it.boot(None, prefix=self.tool.run(
            *words, "--name", name), env=self.tool.env)

    def download(self, vm, family):
        """The hash of what @vm gets, and what it says else."""
        addr = SERVER[family] if family == 4 else f"[{SERVER[family]}]"
        return vm.run(f"timeout 20 wget -q -O - http://{addr}:{PORT}/"
                      "file | sha256sum", 60)[1]

    def check_download(self, name, vm, family):
        said = self.download(vm, family)
        self.it.check(f"{name}, IPv{family}", said.split()[:1] ==
                      [self.want], said[-70:])


def test(it):
    rig = Rig(it)
    rig.up("wan", "--subnet", "10.0.2.0/24", "--ipv6-prefix", "fd00:9::/64")
    with it.stage():
        vm_routes(it, rig)
    with it.stage():
        shell_routes(it, rig)


def vm_routes(it, rig):
    rig.up("lab", "--mode", "internal")
    router = rig.boot("router", "wan", "lab")
    make_router(it, router)
    inner = rig.boot("inner", "lab")
    inner.run("echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad")
    lease = inner.dhcp()
    it.check("a lease of VM 1's", lease.get("server") == "10.99.0.1" and
             lease.get("ip", "").startswith("10.99.0.5"), lease)
    _, said = inner.run(
        "for i in $(seq 50); do ip -6 route | grep -q ^default && "
        "break; usleep 200000; done; ip -6 addr show eth0 scope global; "
        "ip -6 route show default")
    it.check("an address and a route by VM 1's RA", "inet6 fd99:" in said and
             "default via fe80:" in said, said)
    for family in 4, 6:
        rig.check_download("through VM 1", inner, family)
    router.run("sysctl -w net.ipv4.ip_forward=0 "
               "net.ipv6.conf.all.forwarding=0")
    for family in 4, 6:
        said = rig.download(inner, family)
        it.check(f"not past VM 1, IPv{family}", rig.want not in said)


def make_router(it, vm):
    """A lease and NAT on wan; DHCP and RA on lab; forwarding between."""
    lease = vm.dhcp()
    it.check("VM 1 leases on wan", lease.get("ip") == "10.0.2.15/24", lease)
    for words in ("echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad; "
                  "for i in eth0 eth1; do "
                  "echo 0 >/proc/sys/net/ipv6/conf/$i/accept_dad; done",
                  "sysctl -w net.ipv4.ip_forward=1 "
                  "net.ipv6.conf.all.forwarding=1",
                  "ip -6 addr add fd00:9::10/64 dev eth0",
                  "ip -6 route add default via fd00:9::2",
                  "ip link set eth1 up",
                  "ip addr add 10.99.0.1/24 dev eth1",
                  "ip -6 addr add fd99::1/64 dev eth1",
                  "while read -r m; do insmod /modules/$m; done </modules/nat",
                  NAT % "eth0",
                  f"printf '{UDHCPD}' >/etc/udhcpd.conf; >/tmp/leases; "
                  "udhcpd -S /etc/udhcpd.conf",
                  "probe router eth1 fd99:: >/tmp/ra 2>&1 &"):
        status, said = vm.run(words)
        if status:
            it.check("VM 1 is a router", False, f"{words}: {said}")


def shell_routes(it, rig):
    """`userlan shell cell --net wan` with what userlan(1) shows."""
    rig.up("cell", "--mode", "host-only", "--subnet", "192.168.56.0/24",
           "--ipv6-prefix", "fd00:56::/64")
    script = ("set -e; sysctl -qw net.ipv4.ip_forward=1; "
              f"{NAT % 'eth1'}; echo inside; exec sleep 1000")
    shell = subprocess.Popen(
        [str(rig.tool.path), "shell", "cell", "--name", "router", "--net",
         "wan", "--", "sh", "-c", script.replace("nft ", rig.nft + " ")],
        env=rig.tool.env, stdout=subprocess.PIPE, text=True)
    it.closing.callback(shell.wait)
    it.closing.callback(shell.terminate)
    it.check("the router", shell.stdout.readline() == "inside\n")
    ports = json.loads(rig.tool("status", "cell", "--json").stdout)["ports"]
    via = next(p["addresses"][0] for p in ports if p["name"] == "router")
    vm = rig.boot("vm", "cell")
    lease = vm.dhcp()
    it.check("a lease without a way out", lease.get("router") == "", lease)
    said = rig.download(vm, 4)
    it.check("no way out", rig.want not in said)
    vm.run("ip route add default via 192.168.56.1")
    start = time.monotonic()
    said = rig.download(vm, 4)
    it.check("none by the gateway", rig.want not in said and
             time.monotonic() - start < 3, said[:80])
    vm.run(f"ip route replace default via {via}")
    rig.check_download("through the shell", vm, 4)


if __name__ == "__main__":
    lab.fetch_image()  # while there is a network to fetch it by
    spaces.enter()
    lab.main(test)
