#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""control.py - userland's control socket, by a client written from QMP's text

The client knows what the protocol says and nothing of userland: a greeting,
qmp_capabilities, one JSON object a line, answers by id, events between.
"""

import array
import json
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fuzz"))
import packets as p

SKIP = 77
WAIT_S = 10
MACS = [f"52:54:00:00:00:{n:02x}" for n in range(1, 9)]
GATEWAY = "52:55:0a:00:02:02"
BROADCAST = "ff:ff:ff:ff:ff:ff"


def find_binary():
    build = Path(os.environ.get("top_builddir", "."))
    place = Path(os.environ.get("USERLAND", build / "src/daemon/userland"))
    return place.resolve() if os.access(place, os.X_OK) else None


BINARY = find_binary()


class QmpError(Exception):
    def __init__(self, error):
        super().__init__(error["desc"])
        self.kind = error["class"]


class Qmp:
    """A client of the QEMU Machine Protocol."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(WAIT_S)
        self.sock.connect(str(path))
        self.lines = self.sock.makefile("r", newline="\r\n")
        self.events = []
        self.last_id = 0
        self.greeting = self.message()["QMP"]
        self.call("qmp_capabilities")

    def message(self):
        line = self.lines.readline()
        if not line:
            raise EOFError
        return json.loads(line)

    def call(self, name, /, fds=(), **arguments):
        self.last_id += 1
        request = {"execute": name, "id": self.last_id}
        if arguments:
            request["arguments"] = {key.replace("_", "-"): value
                                    for key, value in arguments.items()}
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                   array.array("i", fds))] if fds else []
        self.sock.sendmsg([json.dumps(request).encode()], rights)
        while True:
            answer = self.message()
            if "event" in answer:
                self.events.append(answer)
                continue
            assert answer["id"] == self.last_id, answer
            if "error" in answer:
                raise QmpError(answer["error"])
            return answer["return"]

    def wait_event(self, name):
        """The data of the first event of that name; earlier ones are lost."""
        while True:
            event = self.events.pop(0) if self.events else self.message()
            if event.get("event") == name:
                assert event["timestamp"]["seconds"] > 1.5e9, event
                return event["data"]

    def close(self):
        self.lines.close()
        self.sock.close()


class Nic:
    """A guest's card on a stream socket; speaks when asked to."""

    def __init__(self, sock, mac):
        self.sock = sock
        self.mac = mac

    def send(self, kind, payload, dst=BROADCAST):
        frame = p.eth(dst, self.mac, kind, payload)
        self.sock.sendall(struct.pack("!I", len(frame)) + frame)

    def send_ip(self, proto, src, dst, payload, to):
        self.send(0x800, p.ip4(src, dst, proto, payload), to)

    def announce(self):
        self.send(0x806, p.arp(1, self.mac, "0.0.0.0", "00:00:00:00:00:00",
                               "10.9.9.9"))

    def dhcp(self, kind, options=b"", ciaddr="0.0.0.0"):
        self.send_ip(17, "0.0.0.0", "255.255.255.255", p.udp(
            "0.0.0.0", "255.255.255.255", 68, 67,
            p.dhcp4(kind, self.mac, options, ciaddr=ciaddr)), BROADCAST)

    def wait_frame(self, fits):
        """The first frame that fits; others are passed over."""
        while True:
            size, = struct.unpack("!I", self.take(4))
            frame = self.take(size)
            if fits(frame):
                return frame

    def take(self, size):
        data = b""
        while len(data) < size:
            data += self.sock.recv(size - len(data))
        return data

    def lease(self, addr, server="10.0.2.2"):
        self.dhcp(1)
        self.dhcp(3, p.opt(50, p.addr(addr)) + p.opt(54, p.addr(server)) +
                  p.opt(12, b"vm"))


class Control(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="ul-control-")
        self.dir = Path(self.tmp.name)
        self.process = None
        self.open = []

    def tearDown(self):
        for thing in self.open:
            thing.close()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.tmp.cleanup()

    def start(self, *args, control=None, mode="nat-network"):
        """Up, with a runtime directory of its own; a client of it."""
        args += ("--control", control) if control else ()
        said, ready = os.pipe()
        log = open(self.dir / "log", "w")
        self.process = subprocess.Popen(
            [BINARY, "-f", "--ready-fd", str(ready), "--name", "lab",
             "--mode", mode, *map(str, args)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.dir,
            pass_fds=(ready,), env={**os.environ,
                                    "XDG_RUNTIME_DIR": str(self.dir),
                                    "XDG_STATE_HOME": str(self.dir)})
        log.close()
        os.close(ready)
        byte = os.read(said, 1)
        os.close(said)
        self.assertEqual(byte, b"1", (self.dir / "log").read_text())
        self.path = self.dir / (control or "userlan/lab.ctl")
        return self.client()

    def client(self):
        qmp = Qmp(self.path)
        self.open.append(qmp)
        return qmp

    def plug(self, qmp, name, mac, **rules):
        """A guest by getfd and port-add."""
        ours, theirs = socket.socketpair()
        self.open.append(ours)
        qmp.call("getfd", fds=[theirs.fileno()], fdname="nic")
        theirs.close()
        qmp.call("port-add", fdname="nic", name=name, **rules)
        ours.settimeout(WAIT_S)
        return Nic(ours, mac)

    def ports(self, qmp):
        return {port["name"]: port for port in qmp.call("query-ports")}

    def wait_ports(self, qmp, fact):
        deadline = time.monotonic() + WAIT_S
        while not fact(self.ports(qmp)):
            self.assertLess(time.monotonic(), deadline, self.ports(qmp))
            time.sleep(0.01)
        return self.ports(qmp)

    def test_socket(self):
        qmp = self.start()
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        self.assertEqual(qmp.greeting["capabilities"], [])
        self.assertEqual(qmp.call("query-version"), qmp.greeting["version"])
        names = {c["name"] for c in qmp.call("query-commands")}
        self.assertLessEqual({"qmp_capabilities", "query-ports", "quit"},
                             names)
        with self.assertRaises(QmpError) as refused:
            qmp.call("human-monitor-command", command_line="info")
        self.assertEqual(refused.exception.kind, "CommandNotFound")
        self.process.send_signal(signal.SIGTERM)
        self.assertEqual(qmp.wait_event("SHUTDOWN"), {"reason": "signal"})
        with self.assertRaises(EOFError):
            qmp.message()
        self.assertEqual(self.process.wait(WAIT_S), 0)
        self.assertFalse(self.path.exists())

    def test_path_is_chosen(self):
        self.start(control="c.ctl")
        self.assertTrue(self.path.is_socket())
        self.assertFalse((self.dir / "userlan/lab.ctl").exists())

    def test_other_users(self):
        if os.geteuid():
            self.skipTest("only root can become another user")
        self.start(control="c.ctl")
        os.chmod(self.dir, 0o755)
        os.chmod(self.path, 0o666)
        child = os.fork()
        if not child:
            os.setresuid(65534, 65534, 65534)
            with socket.socket(socket.AF_UNIX) as sock:
                sock.connect(str(self.path))
                os._exit(len(sock.recv(99)))
        self.assertEqual(os.waitpid(child, 0)[1], 0, "nothing is said to it")
        self.assertIn("uid 65534 may not control",
                      (self.dir / "log").read_text())

    def test_network(self):
        qmp = self.start("--subnet", "10.0.2.0/24", "--subnet-overlap")
        network = qmp.call("query-network")
        self.assertEqual(
            (network["name"], network["mode"], network["subnet"],
             network["gateway"], network["egress"], network["ports"]),
            ("lab", "nat-network", "10.0.2.0/24", "10.0.2.2", "any", 0))

    def test_guests_come_and_go(self):
        qmp = self.start()
        nic = self.plug(qmp, "web", MACS[0], isolated=True)
        self.assertEqual(qmp.wait_event("PORT_CONNECTED")["name"], "web")
        nic.announce()
        self.wait_ports(qmp, lambda ports: ports["web"]["macs"] == [MACS[0]])
        port = self.ports(qmp)["web"]
        self.assertEqual((port["kind"], port["wire"], port["link"]),
                         ("guest", "stream", True))
        self.assertTrue(port["rules"]["isolated"])
        self.assertEqual(port["counters"]["rx-frames"], 1)
        with self.assertRaises(QmpError):
            self.plug(qmp, "web", MACS[1])
        nic.sock.close()
        self.assertEqual(qmp.wait_event("PORT_DISCONNECTED")["name"], "web")
        self.assertEqual(self.ports(qmp), {})

    def test_port_set_and_kick(self):
        qmp = self.start()
        nic = self.plug(qmp, "web", MACS[0])
        qmp.call("port-set", name="web", rename="www", pinned=True,
                 mac=MACS[0], rate_in=1000000)
        port = self.ports(qmp)["www"]
        self.assertEqual((port["mac"], port["rules"]["pinned"],
                          port["rules"]["rate-in"], port["rules"]["isolated"]),
                         (MACS[0], True, 1000000, False))
        qmp.call("port-kick", name="www")
        self.assertEqual(nic.sock.recv(9), b"")
        self.assertEqual(qmp.wait_event("PORT_DISCONNECTED")["name"], "www")
        with self.assertRaises(QmpError) as refused:
            qmp.call("port-kick", name="www")
        self.assertEqual(refused.exception.kind, "DeviceNotFound")

    def test_leases(self):
        qmp = self.start("--subnet", "10.0.2.0/24", "--subnet-overlap")
        nic = self.plug(qmp, "web", MACS[0])
        nic.lease("10.0.2.15")
        lease = qmp.wait_event("LEASE_ADDED")
        self.assertEqual((lease["address"], lease["mac"], lease["port"],
                          lease["host"]),
                         ("10.0.2.15", MACS[0], "web", "vm"))
        self.assertGreater(lease["expires"], 86000)
        self.assertEqual([each["address"] for each in
                          qmp.call("query-leases")], ["10.0.2.15"])
        self.assertEqual(self.ports(qmp)["web"]["addresses"], ["10.0.2.15"])
        nic.dhcp(7, p.opt(54, p.addr("10.0.2.2")), ciaddr="10.0.2.15")
        self.assertEqual(qmp.wait_event("LEASE_EXPIRED")["address"],
                         "10.0.2.15")
        self.assertEqual(qmp.call("query-leases"), [])

    def attach(self):
        """A guest at the socket, as QEMU comes: without a name."""
        end = socket.socket(socket.AF_UNIX)
        end.connect(str(self.dir / "userlan/lab.sock"))
        self.open.append(end)
        return end

    def test_hosts(self):
        """What is kept for a machine is its own, from the next renewal on."""
        qmp = self.start("--host", f"web={MACS[0]},10.0.2.80")
        qmp.call("host-add", spec=f"db={MACS[1]},10.0.2.15")
        for bad in ("db=" + MACS[3], "x=" + MACS[0], f"x={MACS[3]},10.0.2.2",
                    f"x={MACS[3]},10.0.2.80"):
            with self.assertRaises(QmpError):
                qmp.call("host-add", spec=bad)
        for mac, addr in ((MACS[0], "10.0.2.80"), (MACS[1], "10.0.2.15"),
                          (MACS[2], "10.0.2.16")):
            nic = self.plug(qmp, "vm" + mac[-1], mac)
            nic.lease(addr)
            event = qmp.wait_event("LEASE_ADDED")
            self.assertEqual((event["address"], event["mac"]), (addr, mac))
        leases = {x["address"]: x for x in qmp.call("query-leases")}
        self.assertEqual([leases["10.0.2.80"].get("name"),
                          leases["10.0.2.80"]["static"]], ["web", True])
        self.assertFalse(leases["10.0.2.16"]["static"])
        web = qmp.call("query-hosts")[0]
        self.assertEqual([web["leases"], web["address"]],
                         [["10.0.2.80"], "10.0.2.80"])
        qmp.call("host-add", spec=f"late={MACS[3]},10.0.2.16")
        nic.dhcp(3, ciaddr="10.0.2.16")     # is refused, and has none then
        self.assertEqual(qmp.wait_event("LEASE_EXPIRED")["address"], "10.0.2.16")
        qmp.call("host-remove", name="web")
        self.assertEqual([h["name"] for h in qmp.call("query-hosts")],
                         ["db", "late"])
        with self.assertRaises(QmpError) as refused:
            qmp.call("host-remove", name="web")
        self.assertEqual(refused.exception.kind, "DeviceNotFound")

    def restart(self, *args):
        self.process.terminate()
        self.assertEqual(self.process.wait(WAIT_S), 0)
        return self.start(*args)

    def test_leases_survive(self):
        """A restart, a damaged file, and one that cannot be written."""
        file = self.dir / "userlan/lab.leases"
        qmp = self.start()
        self.plug(qmp, "vm", MACS[0]).lease("10.0.2.77")
        self.assertEqual(qmp.wait_event("LEASE_ADDED")["address"],
                         "10.0.2.77")
        self.assertFalse(file.exists())         # not at each change
        qmp = self.restart()
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        lease, = qmp.call("query-leases")
        self.assertEqual(lease["address"], "10.0.2.77")
        self.assertEqual(lease["host"], "vm")
        self.assertGreater(lease["expires"], 86300)
        self.plug(qmp, "other", MACS[1]).lease("10.0.2.78")
        qmp.wait_event("LEASE_ADDED")
        deadline = time.monotonic() + WAIT_S
        while MACS[1] not in file.read_text():  # while it runs, too
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        text = file.read_text()
        self.process.kill()
        self.process.wait()
        file.write_text(text.replace("end 2", "end 7"))
        qmp = self.start()
        self.assertEqual({x["address"] for x in qmp.call("query-leases")},
                         {"10.0.2.77", "10.0.2.78"})
        self.assertTrue((self.dir / "userlan/lab.leases.damaged").exists())
        self.assertIn("line 4 is wrong or missing, 2 leases",
                      (self.dir / "log").read_text())
        qmp = self.restart("--lease-file", "none")
        self.assertEqual(qmp.call("query-leases"), [])
        qmp = self.restart("--lease-file", "/proc/none/leases")
        for mac, addr in ((MACS[0], "10.0.2.77"), (MACS[1], "10.0.2.78")):
            self.plug(qmp, "vm" + mac[-1], mac).lease(addr)
            qmp.wait_event("LEASE_ADDED")
        self.process.terminate()
        self.assertEqual(self.process.wait(WAIT_S), 0)
        log = (self.dir / "log").read_text()
        self.assertEqual(log.count("/proc/none/leases cannot be written"), 1)

    def test_an_address_that_is_in_use_is_not_offered(self):
        qmp = self.start()
        still = self.plug(qmp, "still", MACS[0])    # has .15 by hand
        other = self.plug(qmp, "other", MACS[1])
        still.announce()
        other.dhcp(1)
        asked = still.wait_frame(lambda f: f[12:14] == b"\x08\x06" and
                                 f[38:42] == p.addr("10.0.2.15"))
        self.assertEqual(asked[28:32], bytes(4))    # RFC 5227: from nobody
        still.send(0x806, p.arp(2, MACS[0], "10.0.2.15", GATEWAY, "0.0.0.0"),
                   GATEWAY)
        start = time.monotonic()
        offer = other.wait_frame(lambda f: f[12:14] == b"\x08\x00" and
                                 f[36:38] == b"\0D")
        self.assertEqual(offer[58:62], p.addr("10.0.2.16"))
        self.assertGreater(time.monotonic() - start, 0.3)
        other.dhcp(3, p.opt(50, p.addr("10.0.2.16")) +
                   p.opt(54, p.addr("10.0.2.2")))
        self.assertEqual(qmp.wait_event("LEASE_ADDED")["address"],
                         "10.0.2.16")
        self.assertIn(f"10.0.2.15 is not leased for now: {MACS[0]}",
                      (self.dir / "log").read_text())

    def test_who_is_alone_is_answered_at_once(self):
        qmp = self.start()
        nic = self.plug(qmp, "vm", MACS[0])
        nic.dhcp(1)
        nic.wait_frame(lambda f: self.assertNotEqual(f[12:14], b"\x08\x06") or
                       f[36:38] == b"\0D")

    def test_names_without_being_named(self):
        qmp = self.start(
            "--subnet", "10.0.2.0/24", "--subnet-overlap",
            "--port", f"db={MACS[1]},isolated", "--port", "*,promiscuous")
        Nic(self.attach(), MACS[0]).lease("10.0.2.15")
        self.wait_ports(qmp, lambda ports: "vm" in ports)
        Nic(self.attach(), MACS[1]).announce()
        ports = self.wait_ports(qmp, lambda ports: "db" in ports)
        # Its own rule is all that counts, and its host name nothing.
        self.assertTrue(ports["db"]["rules"]["isolated"])
        self.assertFalse(ports["db"]["rules"]["promiscuous"])
        self.assertTrue(ports["vm"]["rules"]["promiscuous"])
        Nic(self.attach(), MACS[2]).lease("10.0.2.16")
        ports = self.wait_ports(qmp, lambda ports: any(
            "10.0.2.16" in one["addresses"] for one in ports.values()))
        self.assertEqual(sorted(ports), ["db", "port3", "vm"])

    def test_conflict(self):
        qmp = self.start()
        first = self.plug(qmp, "first", MACS[0])
        first.announce()
        self.wait_ports(qmp, lambda ports: ports["first"]["macs"])
        second = self.plug(qmp, "second", MACS[0])
        second.announce()
        conflict = qmp.wait_event("MAC_CONFLICT")
        self.assertEqual((conflict["mac"], conflict["owner"],
                          conflict["intruder"]),
                         (MACS[0], "first", "second"))
        self.assertIn("mac=", conflict["remedy"])
        self.assertEqual(self.ports(qmp)["second"]["conflict"],
                         {"mac": MACS[0], "with": "first"})
        first.sock.close()
        qmp.wait_event("PORT_DISCONNECTED")
        self.assertNotIn("conflict", self.ports(qmp)["second"])

    def test_denied(self):
        qmp = self.start("--subnet", "10.0.2.0/24", "--subnet-overlap")
        nic = self.plug(qmp, "web", MACS[0])
        syn = p.tcp("10.0.2.15", "169.254.1.1", 4000, 80, 1, 0, 2)
        nic.send_ip(6, "10.0.2.15", "169.254.1.1", syn, GATEWAY)
        denied = qmp.wait_event("FLOW_DENIED")
        self.assertEqual(
            (denied["port"], denied["protocol"], denied["from"],
             denied["to"]),
            ("web", "tcp", "10.0.2.15:4000", "169.254.1.1:80"))
        qmp.call("policy-set", egress="none")
        self.assertEqual(qmp.call("query-policy")["egress"], "none")
        nic.send_ip(17, "10.0.2.15", "198.51.100.1", p.udp(
            "10.0.2.15", "198.51.100.1", 4001, 9, b"x"), GATEWAY)
        denied = qmp.wait_event("FLOW_DENIED")
        self.assertEqual((denied["protocol"], denied["to"]),
                         ("udp", "198.51.100.1:9"))
        self.assertIn("egress", denied["reason"])

    def test_a_pin_holds_to_the_lease(self):
        qmp = self.start("--subnet", "10.0.2.0/24", "--subnet-overlap")
        nic = self.plug(qmp, "web", MACS[0], pinned=True)
        nic.lease("10.0.2.15")
        qmp.wait_event("LEASE_ADDED")

        def knock(src):
            nic.send_ip(6, src, "169.254.1.1", p.tcp(
                src, "169.254.1.1", 4000, 80, 1, 0, 2), GATEWAY)

        def spoofed(count):
            self.wait_ports(qmp, lambda ports: ports["web"]["counters"][
                "spoofed"] == count)

        knock("10.0.2.15")
        qmp.wait_event("FLOW_DENIED")
        knock("10.0.2.16")
        spoofed(1)
        nic.dhcp(7, p.opt(54, p.addr("10.0.2.2")), ciaddr="10.0.2.15")
        qmp.wait_event("LEASE_EXPIRED")
        knock("10.0.2.15")
        spoofed(2)

    def test_policy_of_modes(self):
        qmp = self.start(mode="internal")
        with self.assertRaises(QmpError) as refused:
            qmp.call("policy-set", egress="any")
        self.assertIn("internal", str(refused.exception))

    def test_quit(self):
        qmp, other = self.start(), self.client()
        nic = self.plug(qmp, "web", MACS[0])
        with self.assertRaises(QmpError) as refused:
            qmp.call("quit")
        self.assertIn("force", str(refused.exception))
        qmp.call("quit", force=True)
        self.assertEqual(other.wait_event("SHUTDOWN"), {"reason": "quit"})
        self.assertEqual(self.process.wait(WAIT_S), 0)
        self.assertEqual(nic.sock.recv(9), b"")
        self.assertFalse(self.path.exists())

    def test_many_clients(self):
        self.start()
        clients = [self.client() for _ in range(31)]
        more = socket.socket(socket.AF_UNIX)
        self.open.append(more)
        more.connect(str(self.path))
        self.assertIn(b"32 clients", more.recv(999))
        clients.pop().close()
        for client in clients:
            client.call("query-network")

    def test_descriptors_do_not_leak(self):
        qmp = self.start()
        where = f"/proc/{self.process.pid}/fd"
        before = len(os.listdir(where))
        for _ in range(100):
            client = self.client()
            for n in range(3):
                client.call("getfd", fds=[0], fdname=f"fd{n}")
            client.close()
        for _ in range(100):
            nic = self.plug(qmp, "web", MACS[0])
            nic.sock.close()
            qmp.wait_event("PORT_DISCONNECTED")
        qmp.call("query-version")
        self.assertEqual(len(os.listdir(where)), before)


if __name__ == "__main__":
    if not BINARY:
        print("userland is not built")
        sys.exit(SKIP)
    unittest.main()
