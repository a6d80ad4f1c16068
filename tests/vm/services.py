#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""services.py - names, forwards and policy of a network that VMs are on.

    VM web --+                               server 10.77.0.1 (fd77::1)
             +-- lab (nat-network) -- host -- server 10.77.0.2, not allowed
    VM db ---+        |
                userlan shell, forwards, policy, events

Everything is changed while it runs, by userlan(1).
"""

import hashlib
import json
import subprocess
import threading
import time
import urllib.request

import farend
import lab
import spaces
from run import Tool

SERVER, CLOSED = "10.77.0.1", "10.77.0.2"
SERVER6 = "fd77::1"
PREFIX6 = "fd00:9::/64"
SIZE = 24 << 20
FAST_S = 2


def test(it):
    spaces.sh("ip", "link", "set", "lo", "up")
    spaces.sh("ip", "link", "add", "br0", "type", "bridge")
    spaces.sh("ip", "link", "set", "br0", "up")
    spaces.address(spaces.Here(), "br0", SERVER + "/24", CLOSED + "/24",
                   SERVER6 + "/64")
    tool = Tool(it)
    done = tool("up", "lab", "--ipv6-prefix", PREFIX6, "--log-file",
                str(it.dir / "lab.log"))
    it.check("up", done.returncode == 0, done.stderr.strip())
    it.closing.callback(tool, "down", "lab", "--force")
    web, db = (boot(it, tool, name) for name in ("web", "db"))
    names(it, web, db)
    from_host(it, tool)
    forwards(it, tool, web)
    policy(it, tool, web)


def boot(it, tool, name):
    vm = it.boot(None, prefix=tool.run("--net", "lab", "--name", name),
                 env=tool.env)
    lease = vm.dhcp()
    it.check(f"{name}: lease", "ip" in lease, lease)
    _, said = vm.run("for i in $(seq 50); do ip -6 addr show eth0 scope "
                     "global | grep -v tentative | grep inet6 && break; "
                     "usleep 200000; done")
    it.check(f"{name}: IPv6", PREFIX6.partition("::")[0] in said, said)
    vm.run(f"mkdir -p /www; echo page of {name} >/www/index.html; "
           f"head -c {SIZE} /dev/urandom >/www/file; "
           "httpd -h /www; httpd -h /www -p '[::]:81'")
    return vm


def names(it, web, db):
    time.sleep(2)   # the router hears of an address a moment after it is made
    for asker, other in ((web, "db"), (db, "web")):
        for name in (other, f"{other}.lab.internal"):
            for family in 4, 6:
                status, said = asker.run(f"ping -{family} -c 1 -W 2 {name}")
                it.check(f"ping {name}, IPv{family}", not status and
                         "1 packets received" in said,
                         said.splitlines()[0] if said else "nothing")
        _, said = asker.run(f"timeout 10 wget -q -O - http://{other}/")
        it.check(f"page of {other}", said == f"page of {other}", said)
    status, said = web.run("nslookup nobody.lab.internal")
    it.check("no such name", status and "NXDOMAIN" in said, said[-60:])


def from_host(it, tool):
    """The host inside the LAN, by name."""
    done = tool("shell", "lab", "--", "python3", "-c",
                "import urllib.request as u; print(u.urlopen("
                "'http://web/', timeout=10).read().decode())")
    it.check("from the host's shell", done.stdout.strip() == "page of web",
             (done.stdout + done.stderr).strip()[-99:])


class Download(threading.Thread):
    """Of /file at a port of the host, slowly enough to be in the middle."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.port = port
        self.hash, self.size = hashlib.sha256(), 0

    def run(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/file",
                                    timeout=30) as body:
            while data := body.read(1 << 16):
                self.hash.update(data)
                self.size += len(data)
                if self.size > SIZE // 4:
                    self.begun.set()
                    self.go_on.wait(30)


def page(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/",
                                    timeout=10) as body:
            return body.read().decode().strip()
    except OSError as why:
        return str(getattr(why, "reason", why))


def forwards(it, tool, web):
    """One is added and one removed while bytes go through it."""
    first, second = lab.free_ports(2)
    done = tool("forward", "add", "lab", f"{first}:web:80")
    it.check("forward add", done.returncode == 0, done.stderr.strip())
    download = Download(first)
    download.start()
    it.check("a download began", download.begun.wait(30), download.size)
    done = tool("forward", "add", "lab", f"{second}:db:80")
    it.check("another is added", done.returncode == 0, done.stderr.strip())
    it.check("and leads to db", page(second) == "page of db", page(second))
    done = tool("forward", "rm", "lab", f"{first}:web:80")
    it.check("the first is removed", done.returncode == 0,
             done.stderr.strip())
    said = page(first)
    it.check("and is closed", "refused" in said.lower(), said)
    download.go_on.set()
    download.join(60)
    _, want = web.run("sha256sum /www/file")
    it.check("the download is whole", want.split()[:1] ==
             [download.hash.hexdigest()], download.size)
    said = json.loads(tool("forward", "ls", "lab", "--json").stdout)
    it.check("one is left", len(said) == 1, said)


class Events:
    """`userlan events lab --json`, as somebody who watches has it."""

    def __init__(self, it, tool):
        self.seen = []
        self.process = subprocess.Popen(
            [str(tool.path), "events", "lab", "--json"], env=tool.env,
            stdout=subprocess.PIPE, text=True)
        it.closing.callback(self.process.wait)
        it.closing.callback(self.process.kill)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.seen.append(json.loads(line))

    def wait(self, name, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for event in self.seen:
                if event["event"] == name:
                    return event["data"]
            time.sleep(0.05)
        return {}


def policy(it, tool, web):
    here = it.serve(farend.Web(SERVER))
    closed = it.serve(farend.Web(CLOSED))
    ask = "timeout 10 wget -q -O - http://{}:{}/3 | wc -c"
    for address, server in ((SERVER, here), (CLOSED, closed)):
        _, said = web.run(ask.format(address, server.port))
        it.check(f"{address} is allowed", said == "3", said)
    events = Events(it, tool)
    time.sleep(0.5)
    rule = f"{CLOSED} tcp {closed.port}"
    done = tool("policy", "deny", "lab", rule)
    it.check("a rule is added", done.returncode == 0, done.stderr.strip())
    begin = time.monotonic()
    status, said = web.run(f"nc -w 10 {CLOSED} {closed.port} </dev/null")
    took = time.monotonic() - begin
    it.check("denied at once", status and took < FAST_S and
             "refused" in said.lower(), f"{said} {took:.2f} s")
    event = events.wait("FLOW_DENIED")
    it.check("who, where and why", event.get("port") == "web" and
             CLOSED in json.dumps(event) and rule in json.dumps(event), event)
    _, said = web.run(ask.format(SERVER, here.port))
    it.check("the other goes on", said == "3", said)


if __name__ == "__main__":
    lab.fetch_image()  # while there is a network to fetch it by
    spaces.enter()
    lab.main(test)
