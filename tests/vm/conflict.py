#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""conflict.py - two QEMUs that were started by hand have the same MAC.

    VM 1, VM 2 (both 52:54:00:12:34:56, QEMU's default) -- lab (nat-network)

The first keeps the MAC; the second is named with what to do about it, and
works when the first has ended. One that comes back later is no conflict.
"""

import contextlib

import lab
import qmp
from run import Tool

MAC = "52:54:00:12:34:56"
GATEWAY = "10.0.2.2"
LEASE = "udhcpc -i eth0 -n -q -f -t 3 -T 1 -s /etc/udhcpc.script"


def boot(it):
    """As somebody does who has never thought of MACs."""
    return it.boot(None, more=[
        "-netdev", "stream,id=n0,server=off,addr.type=unix,"
        f"addr.path={it.dir}/userlan/lab.sock",
        "-device", "virtio-net-pci,netdev=n0,romfile="])


def ping(vm):
    return vm.run(f"ping -c 2 -i 0.2 -W 2 {GATEWAY}")[0] == 0


def conflicts(control):
    return {port["name"]: port["conflict"]["with"]
            for port in control("query-ports") if "conflict" in port}


def test(it):
    tool = Tool(it)
    log = it.dir / "lab.log"
    done = tool("up", "lab", "--subnet", "10.0.2.0/24", "--subnet-overlap",
                "--log-file", str(log))
    it.check("up", done.returncode == 0, done.stderr.strip())
    it.closing.callback(tool, "down", "lab", "--force")
    control = it.closing.enter_context(contextlib.closing(
        qmp.Qmp(it.dir / "userlan/lab.ctl")))

    first = boot(it)
    _, said = first.run("cat /sys/class/net/eth0/address")
    it.check("QEMU's default MAC", said == MAC, said)
    lease = first.dhcp()
    it.check("the first leases", lease.get("ip") == "10.0.2.15/24", lease)
    it.check("no conflict yet", not conflicts(control))

    second = boot(it)
    status, said = second.run(LEASE)
    it.check("the second gets no lease", status != 0 and "no lease" in said,
             said[-60:])
    event = control.heard("MAC_CONFLICT")
    it.check("event", event.get("mac") == MAC and
             event.get("owner") == "port1" and
             event.get("intruder") == "port2" and
             "mac=" in event.get("remedy", ""), event)
    it.check("one event", len(control.all_heard("MAC_CONFLICT")) == 1)
    told(it, tool, log)
    it.check("the first works on", ping(first))
    it.check("the second has no way", not ping(second))

    first.poweroff()
    lease = second.dhcp()
    it.check("the first ended: a lease", lease.get("ip") == "10.0.2.15/24",
             lease)
    it.check("the second works", ping(second))
    it.check("no conflict any more", not conflicts(control) and
             "conflict" not in tool("status", "lab").stdout)

    second.poweroff()
    third = boot(it)
    lease = third.dhcp()
    it.check("one comes back", lease.get("ip") == "10.0.2.15/24" and
             ping(third), lease)
    it.check("that is no conflict", not conflicts(control) and
             len(control.all_heard("MAC_CONFLICT")) == 1)


def told(it, tool, log):
    """Log and status name both ports and what to do."""
    said = tool("status", "lab").stdout
    lines = [x for x in said.splitlines() if "mac=" in x or "MAC of" in x]
    it.check("status", all(word in " ".join(lines) for word in
                           ("port1", "port2", MAC, "mac=")), lines)
    lines = [x for x in log.read_text().splitlines() if "gets no lease" in x]
    it.check("log", len(lines) == 1 and all(
        word in lines[0] for word in ("port1", "port2", MAC, "mac=")), lines)


if __name__ == "__main__":
    lab.main(test)
