#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""run.py - `userlan run` with a real QEMU.

    userlan run ... -- qemu                   a network of the VM's own

    userlan run --net lab --name web -- qemu --+
                                               |-- lab -- userlan shell
    userlan run --net lab --name db -- qemu ---+
"""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import farend
import lab

GATEWAY = "10.0.2.2"
SIZE = 5 << 20


class Tool:
    """The program `userlan` with a runtime directory of the test's own."""

    def __init__(self, it):
        build = Path(os.environ.get("top_builddir", "."))
        self.path = Path(os.environ.get("USERLAN") or
                         build / "src/cli/userlan").resolve()
        self.env = dict(os.environ, XDG_RUNTIME_DIR=str(it.dir))

    def run(self, *args):
        """`userlan run ARGS --`, as the start of a command line."""
        return (str(self.path), "run", *args, "--")

    def __call__(self, *args, timeout=30):
        return subprocess.run([str(self.path), *args], text=True,
                              capture_output=True, env=self.env,
                              stdin=subprocess.DEVNULL, timeout=timeout)


def mac_of(text):
    """As userlan(1) promises it."""
    digest = hashlib.sha256(text.encode()).digest()
    return "52:54:00:" + digest[:3].hex(":")


def children(pid, name):
    """Processes called @name that @pid started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            head, _, rest = stat.read_text().rpartition(")")
            number, _, comm = head.partition(" (")
            if int(rest.split()[1]) == pid and comm.startswith(name):
                found.append(int(number))
    return found


def is_gone(pid, timeout=5):
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return True
        if state.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test(it):
    tool = Tool(it)
    private(it, tool)
    statuses(it, tool)
    killed(it, tool)
    shared(it, tool)


def private(it, tool):
    web = it.serve(farend.Web())
    port, = lab.free_ports(1)
    vm = it.boot(None, prefix=tool.run("--name", "web", "-p", f"{port}:80"),
                 env=tool.env)
    userland = children(vm.pid, "userland")
    it.check("a network of its own", len(userland) == 1, userland)
    lease = vm.dhcp()
    it.check("lease", lease.get("ip") == "10.0.2.15/24", lease)
    it.check("mtu by host_mtu", "mtu 65520" in
             vm.run("ip link show eth0")[1])
    _, said = vm.run("cat /sys/class/net/eth0/address")
    it.check("MAC by name", said == mac_of("nat/web"), said)
    vm.run("mkdir -p /www; echo hello >/www/index.html; httpd -h /www")
    said = subprocess.run(
        ["python3", "-c", "import sys, urllib.request as u; print(u.urlopen("
         f"'http://127.0.0.1:{port}/', timeout=10).read().decode())"],
        capture_output=True, text=True, timeout=20).stdout
    it.check("forward", said.strip() == "hello", said.strip())
    _, said = vm.run(f"nc -w 5 {GATEWAY} {web.port}")
    it.check("loopback closed", "refused" in said.lower(), said)
    vm.poweroff()
    it.check("exit status 0", vm.qemu.returncode == 0, vm.qemu.returncode)
    it.check("its network is gone", all(map(is_gone, userland)))


def statuses(it, tool):
    """Of anything that is run in a VM's place."""
    for command, want in (("exit 7", 7), ("kill -9 $$", 137),
                          ("kill -TERM $$", 143)):
        done = tool(*tool.run()[1:], "sh", "-c", command)
        it.check(f"sh -c '{command}'", done.returncode == want,
                 done.returncode)
    done = tool(*tool.run()[1:], "no-such-qemu")
    it.check("no such program", done.returncode == 1 and
             "no-such-qemu: there is no such program" in done.stderr,
             done.stderr.strip().splitlines()[-1:])


def killed(it, tool):
    """Signals are passed on; what kills the VM is told as shells do."""
    vm = it.boot(None, prefix=tool.run(), env=tool.env)
    userland = children(vm.pid, "userland")
    _, said = vm.run("cat /sys/class/net/eth0/address")
    it.check("MAC without a name", said == mac_of("nat/vm"), said)
    os.kill(vm.pid, signal.SIGTERM)
    status = vm.qemu.wait(20)
    it.check("TERM is passed on", status == 0 and
             "terminating on signal 15" in vm.seen, status)
    it.check("its network is gone", all(map(is_gone, userland)))

    vm = it.boot(None, prefix=tool.run(), env=tool.env)
    userland = children(vm.pid, "userland")
    qemu, = children(vm.pid, "qemu")
    os.kill(qemu, signal.SIGKILL)
    status = vm.qemu.wait(20)
    it.check("a killed VM is 137", status == 137, status)
    it.check("its network is gone", all(map(is_gone, userland)))


def shared(it, tool):
    """Two VMs and the host on one network."""
    done = tool("run", "--net", "lab", "--", "true")
    it.check("a network that is down", done.returncode == 1 and
             "userlan up lab" in done.stderr, done.stderr.strip())
    done = tool("up", "lab", "--log-file", str(it.dir / "lab.log"))
    it.check("up", done.returncode == 0, done.stderr.strip())
    it.closing.callback(tool, "down", "lab", "--force")
    port, other = lab.free_ports(2)
    web, db = (it.boot(None, prefix=tool.run("--net", "lab", "--name", name,
                                             "-p", f"{outer}:80"),
                       env=tool.env)
               for name, outer in (("web", port), ("db", other)))
    leases = [vm.dhcp().get("ip", "none").partition("/")[0]
              for vm in (web, db)]
    it.check("two leases", leases[0] != leases[1] and "none" not in leases,
             leases)
    _, said = web.run("cat /sys/class/net/eth0/address")
    it.check("MAC on lab", said == mac_of("lab/web"), said)
    _, said = web.run(f"ping -c 2 -i 0.2 -W 2 {leases[1]}")
    it.check("ping from VM to VM", "2 packets received" in said, said)
    ports = {port["name"]: port for port in
             json.loads(tool("status", "lab", "--json").stdout)["ports"]}
    it.check("ports by name", sorted(ports) == ["db", "web"] and
             ports["db"]["addresses"] == [leases[1]], sorted(ports))
    done = tool("run", "--net", "lab", "--name", "web", "--", "true")
    it.check("a name that is taken", done.returncode == 1 and
             "web already" in done.stderr, done.stderr.strip())
    from_host(it, tool, web, leases[0])
    own_forwards(it, tool, web, port, other)
    done = tool("down", "lab")
    it.check("down while they run", done.returncode == 1 and
             "(web, db)" in done.stderr, done.stderr.strip())
    web.poweroff()
    db.poweroff()
    done = tool("down", "lab")
    it.check("down", done.returncode == 0, done.stderr.strip())


def from_host(it, tool, web, address):
    """The host inside the LAN, where this machine lets it."""
    web.run("mkdir -p /www; echo hello >/www/index.html; httpd -h /www")
    done = tool("shell", "lab", "--", "python3", "-c",
                "import urllib.request as u; print(u.urlopen("
                f"'http://{address}/', timeout=10).read().decode())")
    if "namespace of its own" in done.stderr or "/dev/net/tun" in done.stderr:
        it.check("from the host", True, f"not tried: {done.stderr.strip()}")
        return
    it.check("from the host", done.stdout.strip() == "hello",
             (done.stdout + done.stderr).strip()[-99:])


def forwards_of(tool):
    """Each rule of lab, and what it is."""
    said = json.loads(tool("forward", "ls", "lab", "--json").stdout)
    return {forward["spec"]: forward for forward in said}


def fetch(port):
    """A page through the forward, or what went wrong."""
    return subprocess.run(
        ["python3", "-c", "import urllib.request as u\ntry: print(u.urlopen("
         f"'http://127.0.0.1:{port}/', timeout=10).read().decode())\n"
         "except OSError as e: print(getattr(e, 'reason', e))"],
        capture_output=True, text=True, timeout=20).stdout.strip()


def own_forwards(it, tool, web, port, other):
    """-p of a VM on a shared network: by its name, as long as it lives."""
    rules = forwards_of(tool)
    it.check("run --net -p", set(rules) == {f"{port}:web:80",
                                            f"{other}:db:80"} and
             rules[f"{port}:web:80"]["state"] == "ready", rules)
    said = fetch(port)
    it.check("run --net -p leads to the VM", said == "hello", said)
    said = fetch(other)
    it.check("a VM that refuses is a reset", "reset" in said, said)
    it.check("and counted", forwards_of(tool)[f"{other}:db:80"]["reason"] ==
             "the VM refused the connection")
    started = it.dir / "started"
    done = tool("run", "--net", "lab", "--name", "third", "-p", f"{port}:80",
                "--", "touch", str(started))
    it.check("a port that is taken", done.returncode == 1 and
             f"forward {port}:third:80: cannot bind 127.0.0.1:{port}" in
             done.stderr and not started.exists(), done.stderr.strip())
    third, = lab.free_ports(1)
    vm = subprocess.Popen(
        [*tool.run("--net", "lab", "--name", "third", "-p", f"{third}:80"),
         "sh", "-c", "exec sleep 1000"], env=tool.env,
        stdin=subprocess.DEVNULL)
    it.closing.callback(vm.kill)
    rule = f"{third}:third:80"
    it.check("another VM's", wait_for(lambda: rule in forwards_of(tool)))
    said = fetch(third)
    it.check("of a VM without an address is a reset", "reset" in said, said)
    sleep, = wait_for(lambda: children(vm.pid, "sleep"))
    os.kill(vm.pid, signal.SIGKILL)
    vm.wait(10)
    os.kill(sleep, signal.SIGKILL)
    it.check("ends when all is killed",
             wait_for(lambda: rule not in forwards_of(tool)))
    said = fetch(third)
    it.check("and its port is closed", "refused" in said, said)
    done = tool("forward", "rm", "lab", f"{port}:web:80")
    it.check("forward rm", done.returncode == 0 and
             "refused" in fetch(port), done.stderr.strip())
    done = tool("forward", "add", "lab", "0:web:80", "--json")
    taken = json.loads(done.stdout)["host-port"]
    it.check("forward add", fetch(taken) == "hello", done.stderr.strip())


def wait_for(ask, timeout=10):
    deadline = time.monotonic() + timeout
    while not (got := ask()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return got


if __name__ == "__main__":
    lab.main(test)
