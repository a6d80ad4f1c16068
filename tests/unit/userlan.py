#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""userlan.py - userlan(1) against a network that is played here.

The program is copied beside a `userland` of ours, which writes down how it
was called; the control sockets are this process's.
"""

import array
import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

NETWORK = {"name": "lab", "mode": "nat-network", "mtu": 1500, "router": True,
           "dhcp": True, "subnet": "10.0.2.0/24", "gateway": "10.0.2.2",
           "dns": "10.0.2.3", "domain": "lab.internal", "egress": "any",
           "ports": 1, "guests": 1, "tcp-flows": 3, "udp-flows": 0,
           "uptime": 77}
COUNTERS = {"rx-bytes": 1000, "tx-bytes": 2000, "tx-dropped": 1,
            "guarded": 2}
WEB = {"name": "web", "kind": "guest", "wire": "stream", "link": True,
       "mac": "52:54:00:00:00:01", "macs": ["52:54:00:00:00:01"],
       "addresses": ["10.0.2.15"], "counters": COUNTERS}
EVIL = {"name": "evil\u001b[2J", "kind": "guest", "wire": "stream",
        "link": True, "macs": ["52:54:00:00:00:01"], "addresses": [],
        "conflict": {"mac": "52:54:00:00:00:01", "with": "web"},
        "counters": COUNTERS}
UPLINK = {"name": "uplink", "kind": "uplink", "wire": "tap", "link": True,
          "detail": "macvtap mv0, for one VM with that MAC",
          "macs": [], "addresses": [], "counters": COUNTERS,
          "wire-counters": {"rx-stranger": 0, "tx-failed": 6}}
LEASE = {"address": "10.0.2.15", "mac": "52:54:00:00:00:01", "host": "web",
         "port": "web", "expires": 86000}
FLOWS = [{"id": i, "protocol": "tcp", "direction": "in" if i == 2 else "out",
          "state": "open", "port": "evil\u001b[2J", "guest": "10.0.2.15:4000",
          "outside": "10.0.2.2:80" if i == 1 else "192.0.2.1:80",
          "local": "127.0.0.1:5000", "remote": "192.0.2.1:80",
          "from-guest": 999, "to-guest": 123456789, "waiting-out": 1,
          "waiting-in": 2, "pinned": 0, "age-ms": 61500, "idle-ms": 7}
         for i in range(1, 5)]
HOSTS = [{"name": "web", "mac": "52:54:00:00:00:01", "address": "10.0.2.80",
          "address6": "fd00::80", "leases": ["10.0.2.80"], "port": "web"},
         {"name": "db", "client-id": "01ff", "leases": []}]

FORWARDS = [
    {"spec": "9000-9001:web:80-81", "protocol": "tcp", "host":
     ["127.0.0.1:9000", "[::1]:9000"], "host-port": 9000, "ports": 2,
     "guest": "web", "address": "10.0.2.15", "guest-port": 80,
     "state": "ready", "open": 1,
     "counters": {"connections": 7, "failed": 3},
     "reason": "the VM refused the connection", "failed-ago": 4},
    {"spec": "*:53:[fd00::15]:53/udp", "protocol": "udp", "host":
     ["0.0.0.0:53"], "host-port": 53, "ports": 1, "guest": "fd00::15",
     "guest-port": 53, "state": "no-guest", "open": 0,
     "counters": {"connections": 0, "failed": 0}}]

FAKE_USERLAND = """#!/bin/sh
printf '%s\\n' "$@" >"$0.args"
exit "${FAKE_STATUS:-0}"
"""
FAKE_QEMU = """#!/bin/sh
[ "$1" = --version ] && echo "QEMU emulator version $FAKE_VERSION" && exit
printf '%s\\n' "$@" >"$0.args"
fd=$(sed -n 's/.*addr.str=//p; s/.*,fd=//p' "$0.args" | head -n 1)
[ -z "$fd" ] || printf 'from qemu' >&"$fd"
exit "${FAKE_STATUS:-0}"
"""

failed = 0


def check(name, is_good, seen=""):
    global failed
    failed += not is_good
    print(f"{'ok  ' if is_good else 'FAIL'}  {name}"
          + ("" if is_good else f": {seen}"), flush=True)


class Network:
    """The control socket of a network, and what it was asked for."""

    def __init__(self, path, network=NETWORK, ports=(WEB,)):
        self.answers = {"query-network": network, "query-ports": list(ports),
                        "query-leases": [LEASE], "query-hosts": HOSTS,
                        "qmp_capabilities": {},
                        "getfd": {}, "port-add": {}, "quit": {}}
        self.asked = []
        self.fds = []
        self.events = []        # said after one of these commands
        self.before_events = ()
        self.before_end = ()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        # `down` waits for the process that listened to be gone.
        listener = os.fork()
        if not listener:
            self.socket.listen(8)
            os._exit(0)
        os.waitpid(listener, 0)
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def close(self):
        # Its thread must not come to accept on the descriptor's next owner.
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join(10)
        self.socket.close()

    def arguments(self, command):
        return [a for c, a in self.asked if c == command]

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                conn, _ = self.socket.accept()
                with contextlib.suppress(OSError), conn:
                    self._serve(conn)

    def _serve(self, conn):
        conn.sendall(b'{"QMP": {"version": {}, "capabilities": []}}\r\n')
        text = b""
        while True:
            data, control, _, _ = conn.recvmsg(65536, 1024)
            for _, _, raw in control:
                fds = array.array("i")
                fds.frombytes(raw)
                self.fds += list(fds)
            text += data
            if not data:
                return
            while b"\n" in text:
                line, _, text = text.partition(b"\n")
                if self._answer(conn, json.loads(line)):
                    return

    def _answer(self, conn, said):
        command = said["execute"]
        self.asked.append((command, said.get("arguments")))
        answer = self.answers.get(command, {})
        if callable(answer):
            answer = answer(said.get("arguments"))
        if isinstance(answer, str):
            out = {"error": {"class": "GenericError", "desc": answer}}
        else:
            out = {"return": answer}
        conn.sendall(json.dumps({**out, "id": said["id"]}).encode() + b"\r\n")
        if command in self.before_events:
            for event in self.events:
                conn.sendall(json.dumps(event).encode() + b"\r\n")
        return command == "quit" or command in self.before_end


class Ground:
    """A runtime directory, the program and what it starts."""

    def __init__(self, path):
        self.dir = Path(path)
        self.bin = self.dir / "bin"
        self.bin.mkdir()
        build = Path(os.environ.get("top_builddir", "."))
        shutil.copy(build / "src/cli/userlan", self.bin)
        for name, text in (("userland", FAKE_USERLAND),
                           ("qemu-system-fake", FAKE_QEMU)):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)
        self.sockets = self.dir / "run/userlan"
        self.sockets.mkdir(parents=True, mode=0o700)
        self.env = dict(os.environ, XDG_RUNTIME_DIR=str(self.dir / "run"),
                        XDG_STATE_HOME=str(self.dir / "state"),
                        XDG_CONFIG_HOME=str(self.dir / "config"),
                        FAKE_VERSION="7.2.0")

    def __call__(self, *args, **env):
        done = subprocess.run([str(self.bin / "userlan"), *args], text=True,
                              capture_output=True, timeout=30,
                              env={**self.env, **env},
                              stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr

    def args_of(self, program):
        return (self.bin / f"{program}.args").read_text().splitlines()

    @contextlib.contextmanager
    def network(self, name, *args):
        path = self.sockets / f"{name}.ctl"
        network = Network(path, *args)
        yield network
        network.close()
        path.unlink(missing_ok=True)

    def leave_dead(self, name):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(self.sockets / f"{name}.ctl"))


USAGE = (
    ((), "Usage: userlan VERB"),
    (("flows",), "NET is missing"),
    (("stats", "lab", "--watch", "0"), "seconds from 1 to 3600"),
    (("port-set", "lab"), "VM is missing"),
    (("port-set", "lab", "web", "frob=1"), "frob=1: write KEY=VALUE"),
    (("port-set", "lab", "web", "loss=x"), "loss=x: write percent"),
    (("port-set", "lab", "web", "delay=1e3"), "delay=1e3: write millisec"),
    (("port-set", "lab", "web", "isolated=1"), "isolated=1: say yes or no"),
    (("flows", "lab", "--proto", "sctp"), "--proto is tcp, udp or icmp"),
    (("flows", "lab", "--limit", "0"), "--limit is a number from 1 on"),
    (("flows", "lab", "--close", "x"), "--close is a number from 1 on"),
    (("frob",), "'frob' is no verb"),
    (("--socket", "/x"), "--socket is an option of userland(8)"),
    (("--socket=/x",), "is an option of userland(8)"),
    (("-p", "1:2"), "-p is an option of userland(8)"),
    (("--frob",), "--frob is no option"),
    (("up",), "the network's name comes first"),
    (("up", "--mode", "nat"), "the network's name comes first"),
    (("up", "lab", "--socket=/x"), "--socket is settled by"),
    (("up", "lab", "--control", "/x"), "--control is settled by"),
    (("up", "a/b"), "'a/b' is no name of a network"),
    (("statsu",), "did you mean userlan status?"),
    (("down",), "NET is missing: userlan down NET"),
    (("down", "a", "b"), "'b' is not wanted here: userlan down NET"),
    (("down", "--frob", "a"), "--frob is no option of this verb"),
    (("ls", "lab"), "'lab' is not wanted here"),
    (("status", "a", "b"), "'b' is not wanted here"),
    (("run",), "which VM?"),
    (("run", "--net"), "--net needs a value"),
    (("run", "--name=a b", "--", "x"), "--name a b: "),
    (("run", "--nic", "a,b", "--", "x"), "'a,b' is no model"),
    (("run", "--net", "lab,x=1", "--", "x"), "'x=1' is none of"),
    (("run", "--net", "lab", "--mode", "nat", "--", "x"), "--mode is for"),
    (("run", "--config", "/none", "--", "x"), "/none: No such file"),
    (("run", "--net", "lab", "--config", "/dev/null", "--", "x"),
     "/dev/null: is no regular file"),
    (("up", "lab", "--config", "/none"), "/none: No such file"),
    (("run", *("--net", "lab") * 9, "--", "x"), "more than 8 cards"),
    (("shell",), "the network's name comes first"),
    (("shell", "lab", "--frob"), "--frob is no option"),
    (("shell", "lab", "--address", "10.0.2.9"), "--address 10.0.2.9: write"),
    (("shell", "lab", "--address", "10.0.2.9/31"), "--address 10.0.2.9/31"),
    (("shell", "lab", "--as-guest=1"), "--as-guest takes no value"),
)


def usage(it):
    for args, says in USAGE:
        status, out, err = it(*args)
        check(f"usage: {' '.join(args)[:50]}", status == 2 and says in err
              and not out, (status, out, err))
    for args in (("--help",), ("-h",), ("up", "--help"), ("run", "-h"),
                 ("down", "--help"), ("ls", "-h"), ("status", "--help"),
                 ("shell", "lab", "--help"), ("--version",)):
        status, out, err = it(*args)
        check(f"help: {' '.join(args)}", status == 0 and "userlan" in out
              and not err, (status, out, err))


def down_networks(it):
    """What is said of a network that is not there, and of a dead one."""
    it.leave_dead("dead")
    for verb in (("status", "lab"), ("down", "lab"), ("shell", "lab"),
                 ("run", "--net", "lab", "--", "true"), ("status", "dead")):
        name = "dead" if "dead" in verb else "lab"
        status, _, err = it(*verb)
        check(f"not up: {' '.join(verb)}", status == 1 and
              f"to make it: userlan up {name}" in err, (status, err))
    status, out, _ = it("ls")
    check("a dead one is listed as that", "dead" in out.split() and
          status == 0, out)
    (it.sockets / "dead.ctl").unlink()
    status, out, _ = it("ls", "--json")
    check("none is an empty list", json.loads(out) == [], out)
    for verb in ("ls", "status"):
        status, out, err = it(verb)
        check(f"none is said by {verb}", status == 0 and not out and
              "userlan up NET" in err, err)
    it.sockets.chmod(0o755)
    status, _, err = it("ls")
    check("an open directory", status == 1 and "0700" in err, err)
    it.sockets.chmod(0o700)
    status, _, err = it("up", "lab", XDG_RUNTIME_DIR="/" + "d" * 120)
    check("a long path", status == 1 and "107" in err, err)


def up(it):
    status, out, _ = it("up", "lab", "--mtu", "1500", "-p", "1:2")
    want = ["--name=lab", f"--socket={it.sockets}/lab.sock",
            f"--control={it.sockets}/lab.ctl",
            f"--log-dir={it.dir}/state/userlan", "--mode=nat-network",
            "--mtu", "1500", "-p", "1:2"]
    check("up: how userland is called", it.args_of("userland") == want,
          it.args_of("userland"))
    it("up", "lab", "--mode", "internal", "--log-file=/x")
    check("up: a mode and a log are left alone",
          it.args_of("userland")[3:] == ["--mode", "internal",
          "--log-file=/x"], it.args_of("userland"))
    status, _, err = it("up", "lab", XDG_STATE_HOME="/dev/null")
    check("up: without a place for the log", status == 0 and
          "no log of lab is kept: /dev/null/userlan: " in err and
          "--mode=nat-network" in it.args_of("userland")[3], err)
    config = it.dir / "config/userlan/lab.conf"
    config.parent.mkdir(parents=True)
    config.write_text("[network]\nmode=internal\nlog-file=/x\n")
    status, out, err = it("up", "lab", "--mtu=1500")
    check("up: the network's own file", status == 0 and
          f"options of lab are read from {config}" in err and
          it.args_of("userland")[3:] == [f"--config={config}", "--mtu=1500"],
          (err, it.args_of("userland")))
    it("up", "other")
    check("up: another network has no file",
          it.args_of("userland")[4:] == ["--mode=nat-network"],
          it.args_of("userland"))
    (it.dir / "mine").write_text("[network]\n")
    status, out, err = it("up", "lab", "--config", f"{it.dir}/mine")
    check("up: a file of one's choice", status == 0 and not err and
          it.args_of("userland")[4:] == ["--mode=nat-network", "--config",
                                         f"{it.dir}/mine"],
          (err, it.args_of("userland")))
    config.write_text("[network]\nmood=internal\n")
    status, out, err = it("up", "lab")
    check("up: a file that is wrong", status == 2 and
          f"{config}:2: [network] mood: there is no such key; did you mean "
          "mode?" in err, err)
    config.unlink()
    for want in (1, 2):
        status, _, _ = it("up", "lab", FAKE_STATUS=str(want))
        check(f"up: status {want}", status == want, status)
    with it.network("lab"):
        status, _, err = it("up", "lab")
        check("up: it is up already", status == 1 and "lab (nat-network, "
              "10.0.2.0/24) is up already" in err, err)


def look(it):
    with it.network("lab", NETWORK, (WEB, EVIL, UPLINK)):
        status, out, _ = it("ls")
        row = out.splitlines()[1].split()
        check("ls", row == ["lab", "up", "nat-network", "10.0.2.0/24", "1",
                            "77", "s"], out)
        status, out, _ = it("status", "lab")
        check("status: no escape", status == 0 and "\x1b" not in out and
              "evil?[2J" in out, out)
        for part in ("nat-network", "10.0.2.15", "52:54:00:00:00:01", "2000",
                     "86000 s", "conflict: evil?[2J and web both have",
                     "uplink: uplink is macvtap mv0, for one VM with",
                     "dropped on the wire of uplink: tx-failed 6\n"):
            check(f"status: {part}", part in out, out)
        _, everything, _ = it("status")
        check("status: of all", everything == out, everything)
        _, out, _ = it("status", "lab", "--json")
        said = json.loads(out)
        check("status --json", said["network"] == NETWORK and
              said["ports"][0] == WEB and said["leases"] == [LEASE], out)


STATS = {"uptime": 9, "tcp": {"open": 3, "refused": 0},
         "ports": [{"name": "web", "counters": {"tx-dropped": 4},
                    "wire-counters": {"rx-stranger": 5}}]}


def stats(it):
    with it.network("lab") as lab:
        lab.answers["query-stats"] = STATS
        _, out, _ = it("stats", "lab")
        check("stats: what is not 0", [r.split() for r in out.splitlines()] ==
              [["COUNTER", "VALUE"], ["tcp.open", "3"],
               ["web.tx-dropped", "4"], ["web.rx-stranger", "5"]], out)
        _, out, _ = it("stats", "lab", "--all")
        check("stats: all", "tcp.refused" in out, out)
        _, out, _ = it("stats", "lab", "--json")
        check("stats --json", json.loads(out) == STATS, out)
        counted = iter(range(0, 1000, 10))

        def growing(_):
            n = next(counted)
            if n == 20:
                return "it ends here"
            return {**STATS, "tcp": {"open": n, "refused": 1}}
        lab.answers["query-stats"] = growing
        status, out, err = it("stats", "lab", "--watch", "1")
        check("stats --watch", status == 1 and "it ends here" in err and
              out.splitlines()[1].split() == ["tcp.open", "10", "10"] and
              len(out.splitlines()) == 3, (out, err))


def port_set(it):
    with it.network("lab") as lab:
        status, _, err = it("port-set", "lab", "web", "link=down",
                            "delay=12.5", "loss=0.1%", "direction=in",
                            "isolated=yes", "rate-in=10M", "storm=0")
        check("port-set", status == 0 and lab.arguments("port-set") == [
            {"name": "web", "link": "down", "delay-us": 12500,
             "loss-ppm": 1000, "direction": "in", "isolated": True,
             "rate-in": 10 << 20, "storm": 0}], (lab.asked, err))
    slow = {"delay-us": 12500, "jitter-us": 0, "loss-ppm": 1000}
    rules = {"link": "down", "in": slow, "out": {}, "isolated": True,
             "pinned": False, "rate-in": 10 << 20, "rate-out": 1001,
             "burst": 0, "macs-max": 3}
    web = dict(WEB, rules=rules)
    shown = {"name": "web", "mac": WEB["mac"], "rules": rules}
    with it.network("lab", NETWORK, (EVIL, web)) as lab:
        for words in ((), ("link=down",)):
            status, out, err = it("port-set", "lab", "web", *words)
            rows = dict(r.split(None, 1) for r in out.splitlines())
            check(f"port-set: what it has {words}", not status and not err
                  and (rows["link"], rows["delay"], rows["jitter"],
                       rows["loss"], rows["isolated"], rows["pinned"]) ==
                  ("down", "12.5 in, 0 out", "0", "0.1 in, 0 out", "yes",
                   "no") and (rows["rate-in"], rows["rate-out"],
                              rows["burst"], rows["mac"], rows["storm"]) ==
                  ("10M", "1001", "0", WEB["mac"], "-"), out)
            status, out, _ = it("port-set", "lab", "web", "--json", *words)
            check(f"port-set --json {words}", not status and
                  json.loads(out) == shown, out)
        check("port-set: asks only for what is named",
              lab.arguments("port-set") == [{"name": "web",
                                             "link": "down"}] * 2, lab.asked)
        status, out, err = it("port-set", "lab", "db", "rename=web")
        check("port-set: by its new name", not status and "12.5 in" in out,
              err)
        status, out, err = it("port-set", "lab", "db")
        check("port-set: no such port", status == 1 and not out and
              "no port of network lab is called 'db'" in err, err)
        lab.answers["port-set"] = "no port is called 'x'"
        status, out, err = it("port-set", "lab", "x", "link=up")
        check("port-set: refused", status == 1 and not out and
              "no port is called 'x'" in err, err)
        _, out, _ = it("status", "lab")
        check("status: a bad line", "line from web: delay 12.5 ms, jitter 0 "
              "ms, loss 0.1 %" in out and "line to web" not in out and
              "down" in out, out)


def wait(it):
    with it.network("lab") as lab:
        lab.answers["probe"] = {"listening": True, "outcome": "accepted"}
        for words, more in ((("web",), {}), (("WEB.lab.internal:22",),
                                             {"port": 22}),
                            (("10.0.2.15:22",), {"port": 22})):
            status, out, err = it("wait", "lab", *words, "--json")
            said = json.loads(out or "{}")
            check(f"wait --json {words[0]}", not status and not err and
                  said.pop("seconds", 99) < 10 and said ==
                  {"vm": words[0].split(":")[0], "result": "ok",
                   "addresses": ["10.0.2.15"], **more}, (out, err))
        status, out, err = it("wait", "lab", "db", "--timeout", "0",
                              "--json")
        said = json.loads(out or "{}")
        check("wait --json: not there", status == 1 and said["result"] ==
              "timeout" and said["addresses"] == [] and
              "db is not on the network" in said["reason"] and
              said["reason"] in err, (out, err))
        status, out, err = it("wait", "lab", "web")
        check("wait: without a word", (status, out, err) == (0, "", ""), out)


def proxy(it):
    """It ends with its network."""
    with it.network("lab") as lab:
        lab.before_end = ("qmp_capabilities",)
        status, out, _ = it("proxy", "lab", "--json")
        said = json.loads(out or "{}")
        check("proxy --json", status == 1 and said.pop("port", 0) and said ==
              {"network": "lab", "protocol": "socks5",
               "address": "127.0.0.1"}, out)


def flow_page(args):
    """Three pages: of two flows, of one, of the rest."""
    if args["ended"]:
        return {"flows": [dict(FLOWS[0], reason="refused")], "total": 9,
                "truncated": True, "next": 0, "forgotten": 5}
    at = args["after"]
    part = FLOWS[at:at + min(2 if not at else 1, args["limit"])]
    return {"flows": part, "total": 4, "truncated": at + len(part) < 4,
            "next": at + len(part), "forgotten": 0}


def flows(it):
    with it.network("lab") as lab:
        lab.answers["query-flows"] = flow_page
        status, out, err = it("flows", "lab")
        rows = [line.split() for line in out.splitlines()[1:]]
        check("flows: all pages", status == 0 and not err and
              [r[0] for r in rows] == ["1", "2", "3", "4"], (out, err))
        check("flows: no escape", "evil?[2J" in rows[0], rows[0])
        check("flows: the host's end of the gateway", "-> 10.0.2.2:80" in out
              and "127.0.0.1:5000 -> 192.0.2.1:80" in out, out)
        check("flows: where they come from", "<- 192.0.2.1:80" in out, out)
        check("flows: amounts", " ".join(rows[0][-10:]) ==
              "999 B 123.5 MB 3 B 61.5 s 7 ms", rows[0])
        status, out, err = it("flows", "lab", "--limit", "3", "--port", "web",
                              "--proto", "udp", "--json")
        check("flows: a limit", [f["id"] for f in json.loads(out)["flows"]] ==
              [1, 2, 3] and json.loads(out)["truncated"], out)
        check("flows: what is asked for", lab.arguments("query-flows")[-1] ==
              {"ended": False, "after": 2, "limit": 1, "port": "web",
               "protocol": "udp"}, lab.asked[-1])
        status, out, err = it("flows", "lab", "--ended")
        check("flows: the end", "refused" in out and "first 1 of 9" in err,
              (out, err))
        it("flows", "lab", "--close", "3")
        check("flows: one is cut", lab.arguments("flow-close") == [{"id": 3}],
              lab.asked[-1])


def leases_and_hosts(it):
    with it.network("lab") as network:
        network.answers["query-leases"] = [
            LEASE, {**LEASE, "address": "10.0.2.80", "name": "www",
                    "static": True, "expires": 90061}]
        status, out, _ = it("leases", "lab")
        rows = [line.split() for line in out.splitlines()]
        check("leases", status == 0 and rows[1:] == [
            ["10.0.2.15", "52:54:00:00:00:01", "web", "web", "dynamic",
             "23:53:20"],
            ["10.0.2.80", "52:54:00:00:00:01", "www", "web", "static", "1d",
             "01:01:01"]], out)
        _, out, _ = it("leases", "lab", "--json")
        check("leases --json", len(json.loads(out)) == 2, out)
        status, out, _ = it("host", "ls", "lab")
        rows = [line.split() for line in out.splitlines()]
        check("host ls", status == 0 and rows[1:] == [
            ["web", "52:54:00:00:00:01", "10.0.2.80,fd00::80", "10.0.2.80",
             "web"], ["db", "id:01ff", "-", "-", "-"]], out)
        status, out, err = it("host", "add", "lab", "a=1", "b=2")
        check("host add", (status, out, err) == (0, "", "") and
              network.arguments("host-add") == [{"spec": "a=1"},
                                                {"spec": "b=2"}], err)
        status, _, err = it("host", "rm", "lab", "a")
        check("host rm", status == 0 and
              network.arguments("host-remove") == [{"name": "a"}], err)
        network.answers["host-add"] = "host a: is not right"
        status, _, err = it("host", "add", "lab", "a", "b")
        check("host add: refused", status == 1 and
              "host a: is not right" in err, err)


def forwards(it):
    with it.network("lab") as network:
        network.answers.update({"query-forwards": FORWARDS,
                                "forward-add": FORWARDS[0]})
        status, out, _ = it("forward", "ls", "lab")
        rows = [line.split() for line in out.splitlines()]
        check("forward ls", status == 0 and rows[1:] == [
            ["127.0.0.1:9000-9001,[::1]:9000-9001", "tcp", "web:80-81",
             "10.0.2.15", "ready", "1", "7", "3", *"the VM refused the "
             "connection".split()],
            ["0.0.0.0:53", "udp", "[fd00::15]:53", "-", "no-guest", "0", "0",
             "0", "-"]], out)
        _, out, _ = it("forward", "ls", "lab", "--json")
        check("forward ls --json", json.loads(out) == FORWARDS, out)
        status, out, err = it("forward", "add", "lab", "9000-9001:web:80-81")
        check("forward add", status == 0 and out ==
              "127.0.0.1:9000-9001,[::1]:9000-9001/tcp leads to "
              "web:80-81\n", (out, err))
        _, out, _ = it("forward", "add", "lab", "0:web:80", "--json")
        check("forward add --json", json.loads(out) == FORWARDS[0], out)
        check("forward add: what it asks", network.arguments("forward-add")
              == [{"spec": "9000-9001:web:80-81"}, {"spec": "0:web:80"}],
              network.asked)
        it("forward", "rm", "lab", "80:web:80")
        status, out, _ = it("forward", "rm", "lab", "80:web:80",
                            "--close-flows")
        check("forward rm", (status, out) == (0, "") and
              network.arguments("forward-remove") ==
              [{"spec": "80:web:80", "close-flows": False},
               {"spec": "80:web:80", "close-flows": True}], network.asked)
        network.answers["forward-add"] = "forward 80:web:80: no"
        status, _, err = it("forward", "add", "lab", "80:web:80")
        check("forward add: refused", status == 1 and
              "forward 80:web:80: no" in err, err)


def run_forwards(it):
    """A VM's own forwards: its name, its port, and before it starts."""
    qemu = it.bin / "qemu-system-fake"
    args = Path(f"{qemu}.args")
    with it.network("lab") as lab, it.network("wan") as wan:
        args.unlink(missing_ok=True)
        status, _, err = it("run", "--net", "lab", "--net", "wan", "--name",
                            "web", "-p", "8080:80", "-p", "0:53/udp", "-p",
                            "[::1]:81:db:80", "--", str(qemu))
        check("run -p on a network", status == 0 and args.exists() and
              lab.arguments("forward-add") == [
                  {"spec": "8080:web:80", "port": "web"},
                  {"spec": "0:web:53/udp", "port": "web"},
                  {"spec": "[::1]:81:db:80", "port": "web"}] and
              not wan.arguments("forward-add"), (lab.asked, err))
        path = it.dir / "web.sock"
        seen = []
        lab.answers["forward-add"] = lambda _: seen.append(
            (path.is_socket(), path.stat().st_mode & 0o777)) or {}
        status, _, err = it("run", "--net", "lab", "--name", "web", "-p",
                            f"unix:{path}:80", "--", str(qemu))
        check("run -p: a UNIX socket", status == 0 and
              lab.arguments("forward-add")[-1] == {
                  "spec": f"unix:{path}:web:80", "port": "web",
                  "fdname": "forward"} and seen == [(True, 0o600)] and
              not path.exists(), (lab.asked[-2:], seen, err))
        with socket.socket(fileno=os.dup(lab.fds[-1])) as sock:
            check("run -p: it listens", sock.getsockopt(
                socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1)
        args.unlink(missing_ok=True)
        status, _, err = it("run", "--net", "lab", "--name", "7", "-p",
                            "8080:80", "--", str(qemu))
        check("run -p: a VM without a name", status == 1 and
              "-p 8080:80: this VM is called 7" in err and
              not args.exists(), err)
        status, _, err = it("run", "--net", "lab", "-p", "8080:0", "--",
                            str(qemu))
        check("run -p: no rule", status == 1 and
              "-p 8080:0: '0' is no port of the guest" in err and
              not args.exists(), err)
        lab.answers["forward-add"] = "forward 8080:web:80: cannot bind"
        status, _, err = it("run", "--net", "lab", "--name", "web", "-p",
                            "8080:80", "--", str(qemu))
        check("run -p: refused before the VM starts", status == 1 and
              "forward 8080:web:80: cannot bind" in err and
              not args.exists(), err)


def reload(it):
    change = {"option": "egress", "from": "any", "to": "none"}
    with it.network("lab") as network:
        network.answers["reload"] = {"changed": [change], "needs-restart": [
            {"option": "forward", "to": "80:web:80"}], "overridden": [
            {"option": "mtu", "from": "1500", "to": "9000"}]}
        status, out, _ = it("reload", "lab")
        rows = [line.split() for line in out.splitlines()]
        check("reload: a change", status == 0 and
              ["egress", "any", "none", "now"] in rows, out)
        check("reload: what waits", rows[-2][0] == "forward" and
              "after a restart\n" in out, out)
        check("reload: what the command line says", out.endswith(
              "1500  9000         never: the command line wins\n"), out)
        status, out, _ = it("reload", "lab", "--json")
        check("reload --json", json.loads(out)["changed"] == [change], out)
        network.answers["reload"] = {"changed": [], "needs-restart": []}
        status, out, _ = it("reload", "lab")
        check("reload: nothing", (status, out) == (0, "nothing has changed\n"),
              out)
        network.answers["reload"] = "lab.conf:7: [network] mtu=7: no"
        status, out, err = it("reload", "lab")
        check("reload: a file that is wrong", status == 1 and
              "lab.conf:7: [network] mtu=7: no" in err, err)


def down(it):
    with it.network("lab", NETWORK, (WEB, UPLINK)) as network:
        status, _, err = it("down", "lab")
        check("down: refused while one is attached", status == 1 and
              "1 attached (web)" in err and "--force" in err and
              not network.arguments("quit"), err)
        status, _, err = it("down", "lab", "--force")
        check("down --force", status == 0 and
              network.arguments("quit") == [{"force": True}], err)
    with it.network("lab", NETWORK, (dict(WEB, link=False), UPLINK)):
        status, _, err = it("down", "lab")
        check("down: nobody is attached", status == 0, err)


def run_on(it):
    with it.network("lab") as lab, it.network("wan") as wan:
        status, _, err = it("run", "--net", "lab", "--net",
                            "wan,mac=52:54:00:00:00:09,model=e1000", "--net",
                            "lab", "--name", "web", "--",
                            "qemu-system-fake", "-m", "1G",
                            PATH=f"{it.bin}:{os.environ['PATH']}",
                            FAKE_STATUS="5")
        said = it.args_of("qemu-system-fake")
        check("run: status", status == 5, (status, err))
        check("run: three cards", said[:2] == ["-m", "1G"] and
              said.count("-netdev") == 3 and
              said[5].startswith("virtio-net-pci,netdev=userlan0,"
                                 "mac=52:54:00:d6:3e:98,host_mtu=1500") and
              said[9] == "e1000,netdev=userlan1,mac=52:54:00:00:00:09" and
              "mac=52:54:00:fb:4a:47" in said[13], said)
        check("run: what the network is told", lab.arguments("port-add") == [
            {"fdname": "vm", "name": "web", "mac": "52:54:00:d6:3e:98"},
            {"fdname": "vm", "name": "web-2", "mac": "52:54:00:fb:4a:47"}],
            lab.asked)
        check("run: the other network", wan.arguments("port-add") == [
            {"fdname": "vm", "name": "web", "mac": "52:54:00:00:00:09"}],
            wan.asked)
    with it.network("lab") as lab:
        it("run", "--net", "lab", "--", str(it.bin / "qemu-system-fake"),
           "-name", "db", FAKE_VERSION="6.2.0")
        said = it.args_of("qemu-system-fake")
        check("run: an older QEMU, its own name", "socket,id=userlan0,fd="
              in said[3] and lab.arguments("port-add")[0]["name"] == "db",
              said)
        with socket.socket(fileno=lab.fds[0]) as end:
            end.settimeout(5)
            check("run: the sockets are a pair", end.recv(99) == b"from qemu")
            check("run: and end together", end.recv(99) == b"")
        lab.answers["port-add"] = "a port is called 'web' already"
        status, _, err = it("run", "--net", "lab", "--", "true")
        check("run: refused by the network", status == 1 and
              "network lab: a port is called" in err, err)


def shell(it):
    for mode in ("internal", "bridged"):
        with it.network("lab", dict(NETWORK, mode=mode)) as lab:
            status, _, err = it("shell", "lab", "--", "true")
            check(f"shell: {mode} keeps the host out", status == 1 and
                  f"network lab is {mode}" in err and "--as-guest" in err
                  and not lab.arguments("port-add"), err)


def main():
    with tempfile.TemporaryDirectory(prefix="ul-cli-") as path:
        it = Ground(path)
        for test in (usage, down_networks, up, look, flows, stats, port_set,
                     wait, proxy, reload, down, run_on, shell,
                     leases_and_hosts, forwards, run_forwards):
            test(it)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
