#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""run.py - `userlan run` with a real QEMU.

    userlan run ... -- qemu        a network of the VM's own
"""

import contextlib
import hashlib
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


if __name__ == "__main__":
    lab.main(test)
