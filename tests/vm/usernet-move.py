#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""usernet-move.py - VMs go from libslirp to our library and back.

    QEMU, libslirp  --migrate-->  QEMU, ours  --migrate-->  QEMU, libslirp
    QEMU, ours      --savevm, loadvm-->  itself

Before, a VM on each of the libraries does the same, and `info usernet' is
compared line by line.  After each move the guest keeps its address, is still
known as who has it, and reaches the host; what it had open is reset.
"""

import os
import re
import socket
import sys
import time
from pathlib import Path

import farend
import lab
import qmp

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "slirp"))
import same     # noqa: E402
import slirp    # noqa: E402

GATEWAY = "10.0.2.2"
ADDRESS = "10.0.2.15"
FREED = "10.0.2.16"
OTHER_MAC = "52:54:00:00:00:99"
SIZE = 1 << 20


class Vm:
    """A VM on one of the libraries, and its monitor."""

    def __init__(self, it, library, incoming=None):
        Vm.count = getattr(Vm, "count", 0) + 1
        path = it.dir / f"qmp{Vm.count}"
        more = ["-qmp", f"unix:{path},server=on,wait=off"]
        self.it, self.name = it, "ours" if library else "libslirp"
        env = dict(os.environ)
        if library:
            env["LD_LIBRARY_PATH"] = library
        self.guest = it.boot("user,hostfwd=tcp:127.0.0.1:0-:80", env=env,
                             more=more, incoming=incoming)
        self.run = self.guest.run
        wait_for(path.exists, "its monitor")
        self.qmp = it.serve(qmp.Qmp(path))

    def monitor(self, line):
        return self.qmp("human-monitor-command", **{"command-line": line})

    def forward(self):
        """The host's port of the forward, as users look for it."""
        for line in self.monitor("info usernet").splitlines():
            word = line.split()
            if word[:1] == ["TCP[HOST_FORWARD]"]:
                return int(word[3])
        return 0

    def migrate_to(self, library):
        where = f"unix:{self.it.dir}/move{Vm.count}"
        other = Vm(self.it, library, incoming=where)
        self.qmp("migrate", uri=where)
        wait_for(lambda: self.qmp("query-migrate")["status"] in
                 ("completed", "failed"), "moving", 60)
        status = self.qmp("query-migrate")["status"]
        self.it.check(f"{self.name} to {other.name}", status == "completed",
                      status)
        self.guest.kill()
        wait_for(lambda: other.qmp("query-status")["status"] == "running",
                 "running where it came to")
        return other


def wait_for(is_so, what, seconds=10):
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.02)


def test(it):
    build = os.environ.get("top_builddir", ".")
    library = Path(build).resolve() / "qemu-glue/.libs"
    if not (library / "libslirp.so.0").exists():
        raise lab.Skip("our library was not built")
    if os.environ.get("UL_SANITIZED", "no") != "no":
        raise lab.Skip("a sanitized library needs its program's help")
    library = str(library)
    web = it.serve(farend.Web())
    theirs, ours = Vm(it, None), Vm(it, library)
    it.check("ours is in use", library in Path(
        f"/proc/{ours.guest.pid}/maps").read_text())
    for vm in (theirs, ours):
        lease = vm.guest.dhcp()
        it.check(f"lease on {vm.name}", lease.get("ip") == f"{ADDRESS}/24",
                 str(lease))
    compare(it, theirs, ours)
    snapshot(it, ours, web)
    ours.guest.poweroff()

    held = hold(theirs, web)
    moved = theirs.migrate_to(library)
    still_there(it, moved, web, held)
    held = hold(moved, web)
    back = moved.migrate_to(None)
    still_there(it, back, web, held)
    back.guest.poweroff()


def compare(it, *vms):
    """Both do the same; what the monitors say of it is the same."""
    far = socket.create_server(("127.0.0.1", 0))
    port = far.getsockname()[1]
    names = {port: "FAR"}
    shown = [vm.monitor("info usernet") for vm in vms]
    for vm in vms:
        names[vm.forward()] = "FWD"
        vm.run(f"(sleep 60 | nc {GATEWAY} {port} >/tmp/got) & "
               f"tftp -g -r any -l /dev/null {GATEWAY} {port} & "
               "nc -ll -p 80 -e cat & usleep 300000")
        peer, _ = far.accept()
        it.serve(peer)
        peer.sendall(b"x" * 100)
        client = it.serve(socket.create_connection(
            ("127.0.0.1", vm.forward()), 10))
        client.sendall(b"echo")
        it.check(f"forward on {vm.name}", client.recv(10) == b"echo")
    later = [vm.monitor("info usernet") for vm in vms]
    for what, said in (("at first", shown), ("with flows", later)):
        one, other = ([normal(line, names) for line in text.splitlines()]
                      for text in said)
        it.check(f"info usernet {what}", one == other and len(one) > 2,
                 f"{len(one)} lines")
        for a, b in zip(one, other):
            if a != b:
                print(f"libslirp: {a}\nours:     {b}")
        if len(one) != len(other):
            print("\n".join([*said]))
    far.close()


def normal(line, names):
    """The guest's own choice of a port counts for nothing."""
    return re.sub(r"(FD +10\.0\.2\.15 )[ \d]{5} ", r"\1  OWN ",
                  same.normal(line, names))


def snapshot(it, vm, web):
    """Saved, changed, loaded: the guest and the network are as before."""
    disk = it.dir / "disk"
    vm.qmp("blockdev-add", **{"driver": "file", "node-name": "file",
                              "filename": str(empty_file(disk))})
    run_job(vm, {"driver": "qcow2", "file": "file", "size": 1 << 20})
    vm.qmp("blockdev-add", driver="qcow2", file="file",
           **{"node-name": "disk"})
    said = vm.monitor("savevm before")
    it.check("savevm", said == "", said)
    it.check("another's lease", lease_as(vm, OTHER_MAC) == FREED)
    said = vm.monitor("loadvm before")
    it.check("loadvm", said == "", said)
    vm.run("true")
    still_there(it, vm, web, None)


def empty_file(path):
    path.touch()
    return path


def run_job(vm, options):
    vm.qmp("blockdev-create", options=options, **{"job-id": "make"})
    wait_for(lambda: vm.qmp("query-jobs")[0]["status"] == "concluded",
             "making a disk")
    vm.qmp("job-dismiss", id="make")


def lease_as(vm, mac):
    """The address that a guest with this MAC is leased."""
    _, said = vm.run(
        "mac=$(cat /sys/class/net/eth0/address); "
        f"ip link set eth0 down; ip link set eth0 address {mac}; "
        "ip link set eth0 up; "
        "udhcpc -i eth0 -n -q -f -t 10 -T 1 -s /bin/true 2>&1; "
        "ip link set eth0 down; ip link set eth0 address $mac; "
        f"ip link set eth0 up; ip route add default via {GATEWAY}", 30)
    for word in said.replace(",", " ").split():
        if word.startswith("10.0.2.") and word != GATEWAY:
            return word
    return said


def hold(vm, web):
    """A connection that waits for a line: its end ends the program."""
    vm.run(f"mkfifo /tmp/in; (nc {GATEWAY} {web.port} </tmp/in >/tmp/out; "
           "echo ended >/tmp/end) & exec 9>/tmp/in; usleep 300000")
    return True


def still_there(it, vm, web, held):
    _, said = vm.run("ip -4 addr show eth0")
    it.check("address", f"inet {ADDRESS}/24" in said)
    _, said = vm.run(f"timeout 30 wget -q -O - http://{GATEWAY}:{web.port}"
                     f"/{SIZE} | sha256sum", 40)
    it.check("reaches the host", said.split()[:1] ==
             [farend.payload_hash(SIZE)], said[:16])
    if held:
        _, said = vm.run("echo GET / >&9; sleep 1; exec 9>&-; "
                         "cat /tmp/end; rm -f /tmp/end /tmp/in")
        it.check("what was open ended", "ended" in said, said)
    it.check("another's address", lease_as(vm, OTHER_MAC) == FREED)


if __name__ == "__main__":
    if not slirp.distribution():
        print("skipped: libslirp0 is not installed")
        sys.exit(lab.SKIP)
    lab.main(test)
