#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""daemon.py - how `userland` starts, says so, and ends."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

SKIP = 77
WAIT_S = 10


def find_binary():
    build = Path(os.environ.get("top_builddir", "."))
    place = Path(os.environ.get("USERLAND", build / "src/daemon/userland"))
    return place.resolve() if os.access(place, os.X_OK) else None


BINARY = find_binary()


def wait_until(fact, what):
    deadline = time.monotonic() + WAIT_S
    while not fact():
        if time.monotonic() > deadline:
            raise AssertionError(f"never: {what}")
        time.sleep(0.01)


def free_ports(count):
    """Of which nobody has one at the moment."""
    held = [socket.socket() for _ in range(count)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def is_gone(pid):
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True
    return text.rpartition(")")[2].split()[0] == "Z"


class Daemon(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="ul-daemon-")
        self.dir = Path(self.tmp.name)
        self.sock = self.dir / "s.sock"
        self.pid_file = self.dir / "pid"
        self.log = self.dir / "log"
        self.pids = []

    def tearDown(self):
        for pid in self.pids:
            if not is_gone(pid):
                os.kill(pid, signal.SIGKILL)
        self.tmp.cleanup()

    def run_it(self, *args, pass_fds=(), env=None):
        """Run to the end of the first process."""
        done = subprocess.run(
            [BINARY, *map(str, args)], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=WAIT_S, cwd=self.dir,
            pass_fds=pass_fds, env={**os.environ, **(env or {})})
        return done.returncode, done.stdout, done.stderr

    def start(self, *args, **kw):
        """Into the background; its pid."""
        status, out, err = self.run_it("--pid", "pid", "--log-file", "log",
                                       *args, **kw)
        self.assertEqual((status, out), (0, ""), err)
        pid = int(self.pid_file.read_text())
        self.pids.append(pid)
        return pid

    def end(self, pid, number=signal.SIGTERM):
        os.kill(pid, number)
        wait_until(lambda: is_gone(pid), "it ends")

    def foreground(self, *args, pass_fds=()):
        """In the foreground, ready."""
        said, ready = os.pipe()
        process = subprocess.Popen(
            [BINARY, "-f", "--ready-fd", str(ready), *map(str, args)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, cwd=self.dir,
            pass_fds=(ready, *pass_fds))
        self.pids.append(process.pid)
        os.close(ready)
        self.assertEqual(os.read(said, 9), b"1")
        self.assertEqual(os.read(said, 9), b"", "closed after its byte")
        os.close(said)
        return process

    def test_background(self):
        pid = self.start("--socket", "s.sock")
        self.assertEqual(stat.S_IMODE(self.sock.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.log.stat().st_mode), 0o600)
        self.assertEqual(os.readlink(f"/proc/{pid}/cwd"), "/")
        for fd in range(3):
            self.assertEqual(os.readlink(f"/proc/{pid}/fd/{fd}"), "/dev/null")
        self.assertNotIn(os.getsid(pid), (os.getsid(0), pid))
        self.end(pid)
        self.assertFalse(self.sock.exists())
        self.assertFalse(self.pid_file.exists())
        self.assertIn("is ready on s.sock", self.log.read_text())

    def test_failure_in_the_background_reaches_the_terminal(self):
        self.sock.write_text("x")
        status, out, err = self.run_it("--socket", "s.sock", "--pid", "pid")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("no socket is there already", err)
        self.assertFalse(self.pid_file.exists())
        self.assertEqual(self.sock.read_text(), "x")

    def test_unwritable_pid_file_leaves_no_socket(self):
        status, _, err = self.run_it("--socket", "s.sock", "--pid", "no/pid")
        self.assertEqual(status, 1)
        self.assertIn("--pid no/pid: No such file", err)
        self.assertFalse(self.sock.exists())

    def test_unwritable_log_file(self):
        status, _, err = self.run_it("--socket", "s.sock", "--log-file",
                                     "no/log")
        self.assertEqual(status, 1)
        self.assertIn("--log-file no/log", err)

    def test_live_socket_is_left_alone(self):
        pid = self.start("--socket", "s.sock")
        status, _, err = self.run_it("--socket", "s.sock")
        self.assertEqual(status, 1)
        self.assertIn("listens there already", err)
        self.assertTrue(self.sock.exists())
        self.end(pid)

    def test_stale_socket_is_replaced(self):
        self.end(self.start("--socket", "s.sock"), signal.SIGKILL)
        self.assertTrue(self.sock.exists())
        self.end(self.start("--socket", "s.sock"))

    def test_other_pid_file_stays(self):
        pid = self.start("--socket", "s.sock")
        self.pid_file.write_text("1\n")
        self.end(pid)
        self.assertTrue(self.pid_file.exists())

    def test_signals_of_the_foreground(self):
        for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
            with self.subTest(number):
                process = self.foreground("--socket", "s.sock")
                process.send_signal(number)
                out, _ = process.communicate(timeout=WAIT_S)
                self.assertEqual(process.returncode, 0, out)
                self.assertIn(f"ends on signal {number.value}", out)
                self.assertFalse(self.sock.exists())

    def test_status_goes_to_the_log(self):
        pid = self.start("--socket", "s.sock")
        before = len(self.log.read_text())
        os.kill(pid, signal.SIGUSR1)
        wait_until(lambda: len(self.log.read_text()) > before, "a status")
        self.assertFalse(is_gone(pid))
        self.end(pid)

    def test_quiet(self):
        process = self.foreground("--socket", "s.sock", "-q")
        process.terminate()
        out, _ = process.communicate(timeout=WAIT_S)
        self.assertNotIn(" info ", out)

    def test_file_limit_is_raised(self):
        pid = self.start("--socket", "s.sock")
        limits = Path(f"/proc/{pid}/limits").read_text()
        line = next(x for x in limits.splitlines() if "open files" in x)
        soft, hard = line.split()[3:5]
        self.assertEqual(soft, hard)
        self.end(pid)

    def test_inherited_socket_ends_with_its_guest(self):
        ours, theirs = socket.socketpair()
        process = self.foreground("--fd", ours.fileno(),
                                  pass_fds=(ours.fileno(),))
        ours.close()
        theirs.close()
        out, _ = process.communicate(timeout=WAIT_S)
        self.assertEqual(process.returncode, 0, out)

    def test_inherited_socket_may_be_stdin(self):
        ours, theirs = socket.socketpair()
        done = subprocess.run(
            [BINARY, "--fd", "0", "--pid", "pid"], stdin=ours, cwd=self.dir,
            capture_output=True, text=True, timeout=WAIT_S)
        ours.close()
        self.assertEqual(done.returncode, 0, done.stderr)
        pid = int(self.pid_file.read_text())
        self.pids.append(pid)
        self.assertFalse(is_gone(pid))
        theirs.close()
        wait_until(lambda: is_gone(pid), "it ends with its guest")

    def test_inherited_file_is_refused(self):
        with open("/dev/null", "rb") as null:
            status, _, err = self.run_it("--fd", null.fileno(),
                                         pass_fds=(null.fileno(),))
        self.assertEqual(status, 1)
        self.assertIn("is not a socket", err)

    def test_one_off_socket_ends_with_its_guest(self):
        process = self.foreground("--socket", "s.sock", "-1")
        guest = socket.socket(socket.AF_UNIX)
        guest.connect(str(self.sock))
        time.sleep(0.05)
        self.assertIsNone(process.poll())
        guest.close()
        out, _ = process.communicate(timeout=WAIT_S)
        self.assertEqual(process.returncode, 0, out)
        self.assertFalse(self.sock.exists())

    def test_default_socket(self):
        env = {"XDG_RUNTIME_DIR": str(self.dir)}
        pid = self.start("--name", "lab", env=env)
        home = self.dir / "userlan"
        self.assertEqual(stat.S_IMODE(home.stat().st_mode), 0o700)
        self.assertTrue((home / "lab.sock").is_socket())
        self.end(pid)
        self.assertEqual(list(home.iterdir()), [])
        home.chmod(0o755)
        status, _, err = self.run_it("--name", "lab", env=env)
        self.assertEqual(status, 1)
        self.assertIn("with mode 0700", err)

    def test_usage(self):
        for args, says in (
                (["--frob"], "--frob is no option"),
                (["--mtu", "7"], "--mtu 7: write a number"),
                (["--check", "--socket", "a", "--fd", "0"],
                 "exclude each other"),
                (["--socket", "x" * 108], "108 bytes long"),
                (["--fd", "99"], "is not an open descriptor")):
            with self.subTest(args):
                status, out, err = self.run_it(*args)
                self.assertEqual((status, out), (2, ""))
                self.assertIn(says, err)
                self.assertTrue(err.startswith("userland: "))

    def test_what_ends_at_once(self):
        for args, says in ((["--check", "--socket", "s.sock"], "\nsocket=s.sock\n"),
                           (["--version"], "userland "),
                           (["-h"], "--host-loopback")):
            with self.subTest(args):
                status, out, err = self.run_it(*args)
                self.assertEqual((status, err), (0, ""))
                self.assertIn(says, out)
        self.assertFalse(self.sock.exists())

    def write_conf(self, text, name="lab.conf"):
        path = self.dir / name
        path.write_text(text)
        return path

    def test_config(self):
        self.write_conf("[network]\nname=lab\nsocket=s.sock\nmtu=9000\n"
                        "[host web]\nmac=52:54:00:00:00:01\n")
        status, out, err = self.run_it("--check", "--config", "lab.conf",
                                       "--mtu", "1400", "--dns", "192.0.2.1")
        self.assertEqual((status, err), (0, ""))
        for line in ("[network]", "name=lab", "socket=s.sock", "mtu=1400",
                     "dns=192.0.2.1", "#mode=nat", "#subnet=10.0.2.0/24",
                     "[host web]", "mac=52:54:00:00:00:01"):
            self.assertIn(line, out.splitlines())
        self.assertNotIn("mtu=9000", out)
        self.assertFalse(self.sock.exists())
        # What was written is a file that says the same again.
        self.write_conf(out, "again.conf")
        self.assertEqual(self.run_it("--check", "--config", "again.conf"),
                         (0, out, ""))
        self.assertEqual(self.run_it("--check", "-q", "--config",
                                     "again.conf"), (0, "", ""))
        pid = self.start("--config", "lab.conf")
        self.assertTrue(self.sock.is_socket())
        self.assertIn("network lab (nat) is ready", self.log.read_text())
        self.end(pid)

    def test_config_that_is_wrong(self):
        for text, says in (
                ("[network]\nmtu=7\n",
                 "lab.conf:2: [network] mtu=7: write a number"),
                ("[network]\nmtu=1\nmtu=2\n",
                 "lab.conf:3: [network] has mtu twice, first in line 2"),
                ("[network]\nmode=internal\n\negress=any\n",
                 "contradict each other: the mode has no way out through "
                 "this host (lab.conf:2: [network] mode=internal; "
                 "lab.conf:4: [network] egress=any)"),
                ("[network]\nforward=80:80;*:80:80\n",
                 "want the same host port (lab.conf:2: [network] "
                 "forward=80:80; lab.conf:2: [network] forward=*:80:80)"),
                ("[network]\nchek=1\n", "no such key"),
                ("[network]\nfoo\0=1\n", "byte 0x00 is no text")):
            with self.subTest(text):
                self.write_conf(text)
                for more in ([], ["--check"]):
                    status, out, err = self.run_it(
                        "--config", "lab.conf", *more,
                        env={"XDG_RUNTIME_DIR": str(self.dir)})
                    self.assertEqual((status, out), (2, ""), err)
                    self.assertIn(says, err)
        status, _, err = self.run_it("--config", "none.conf")
        self.assertEqual(status, 2)
        self.assertIn("none.conf: No such file", err)
        os.mkfifo(self.dir / "fifo")
        status, _, err = self.run_it("--config", "fifo")
        self.assertEqual(status, 2)
        self.assertIn("fifo: is no regular file", err)

    def test_the_command_line_wins(self):
        self.write_conf("[network]\nmode=nat-network\ndhcp=true\n"
                        "dns=192.0.2.1;192.0.2.2\nforward=8080:web:80\n"
                        "[port web]\nmac=52:54:00:00:00:01\n"
                        "isolated=true\n[port db]\n"
                        "mac=52:54:00:00:00:02\n")
        status, out, err = self.run_it(
            "--check", "--config", "lab.conf", "--no-dhcp", "--dns",
            "192.0.2.9", "--dns", "192.0.2.2", "-p", "8081:web:81", "--port",
            "web=52:54:00:00:00:01,pinned", "--mode", "nat-network",
            env={"XDG_RUNTIME_DIR": str(self.dir)})
        self.assertEqual((status, err), (0, ""))
        lines = out.splitlines()
        for line in ("no-dhcp=true", "dns=192.0.2.9;192.0.2.2;192.0.2.1",
                     "forward=8081:web:81;8080:web:80", "pinned=true", "[port db]"):
            self.assertIn(line, lines)
        for line in ("dhcp=true", "isolated=true"):
            self.assertNotIn(line, lines)
        self.assertEqual(lines.count("[port web]"), 1)

    def ask(self, path, command):
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(WAIT_S)
            control.connect(str(path))
            lines = control.makefile("rw")
            lines.readline()
            for execute in ("qmp_capabilities", command):
                lines.write(json.dumps({"execute": execute}) + "\n")
                lines.flush()
                answer = json.loads(lines.readline())
            return answer

    def start_lab(self, text):
        self.write_conf("[network]\nmode=nat-network\nsocket=s.sock\n"
                        "control=lab.ctl\nsubnet=10.77.1.0/24\n"
                        "subnet-overlap=true\n" + text)
        return self.start("--config", "lab.conf")

    def rewrite(self, old, new):
        path = self.dir / "lab.conf"
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    @staticmethod
    def is_bound(port):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", port)) == 0

    def test_reload(self):
        control = self.dir / "lab.ctl"
        port, other = free_ports(2)
        pid = self.start_lab(f"egress=any\nmtu=9000\nforward={port}:web:80\n"
                             "[host web]\nmac=52:54:00:00:00:01\n"
                             "address=10.77.1.30\n")
        none = {"changed": [], "needs-restart": [], "overridden": []}
        self.assertEqual(self.ask(control, "reload"), {"return": none})
        self.assertTrue(self.is_bound(port))
        self.rewrite("egress=any", "egress=none\n"
                     "rules=allow 192.0.2.1; deny any\nhost-loopback=80\n"
                     "dns=192.0.2.53\ndns-for=lab.test=192.0.2.54")
        self.rewrite("mtu=9000\n", "")
        self.rewrite(f"forward={port}:web:80", f"forward={other}:db:80")
        self.rewrite("10.77.1.30", "10.77.1.31")
        said = self.ask(control, "reload")["return"]
        mac = "web=52:54:00:00:00:01"
        self.assertCountEqual(said["changed"], [
            {"option": "host", "from": f"{mac},10.77.1.30",
             "to": f"{mac},10.77.1.31"},
            {"option": "egress", "from": "any", "to": "none"},
            {"option": "rules", "to": "allow 192.0.2.1;deny any"},
            {"option": "host-loopback", "to": "80"},
            {"option": "dns", "to": "192.0.2.53"},
            {"option": "dns-for", "to": "lab.test=192.0.2.54"},
            {"option": "forward", "from": f"{port}:web:80"},
            {"option": "forward", "to": f"{other}:db:80"}])
        self.assertEqual(said["needs-restart"], [
            {"option": "mtu", "from": "9000", "to": "65520"}])
        self.assertFalse(self.is_bound(port))
        self.assertTrue(self.is_bound(other))
        policy = self.ask(control, "query-policy")["return"]
        self.assertEqual(policy["egress"], "none")
        self.assertEqual([r["rule"] for r in policy["rules"]],
                         ["allow 192.0.2.1", "deny any"])
        self.assertIn("80", str(policy["host-loopback"]))
        hosts = self.ask(control, "query-hosts")["return"]
        self.assertEqual([h["address"] for h in hosts], ["10.77.1.31"])
        # What waits for a restart is said again, what was done is not.
        said = self.ask(control, "reload")["return"]
        self.assertEqual([len(said[k]) for k in ("changed", "needs-restart")],
                         [0, 1])
        log = self.log.read_text()
        self.assertIn("egress was any, is none", log)
        self.assertIn("mtu was 9000, is 65520: that takes a restart", log)
        self.end(pid)

    def test_reload_of_what_the_command_line_says(self):
        self.write_conf("[network]\nname=lab\n")
        pid = self.start("--config", "lab.conf", "--mode", "nat-network",
                         "--socket", "s.sock", "--control", "lab.ctl",
                         "--subnet", "10.77.1.0/24", "--subnet-overlap")
        self.write_conf("[network]\nname=lab\nmode=internal\n")
        said = self.ask(self.dir / "lab.ctl", "reload")["return"]
        self.assertEqual(said, {"changed": [], "needs-restart": [],
                                "overridden": [
            {"option": "mode", "from": "nat-network", "to": "internal"}]})
        self.end(pid)

    def test_reload_of_what_is_wrong_changes_nothing(self):
        control = self.dir / "lab.ctl"
        port, other = free_ports(2)
        pid = self.start_lab(f"egress=any\nforward={port}:web:80\n"
                             "[port *]\nisolated=true\n"
                             "[host web]\nmac=52:54:00:00:00:01\n")
        self.rewrite("egress=any", "egress=none")
        self.rewrite(f"{port}:web:80", f"{other}:web:80;{port}:x y:80")
        error = self.ask(control, "reload")["error"]["desc"]
        self.assertIn("lab.conf:8: [network] forward=", error)
        # A port that another program has: the rest is taken back.
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            number = taken.getsockname()[1]
            self.rewrite(f"{other}:web:80;{port}:x y:80",
                         f"{other}:web:80;{number}:web:80")
            self.rewrite("[host web]", "[host db]")
            error = self.ask(control, "reload")["error"]["desc"]
            self.assertIn(f"{number}:web:80", error)
            self.assertIn("in use", error)
        self.assertTrue(self.is_bound(port))
        self.assertFalse(self.is_bound(other))
        self.assertEqual(self.ask(control, "query-policy")["return"]["egress"],
                         "any")
        hosts = self.ask(control, "query-hosts")["return"]
        self.assertEqual([h["name"] for h in hosts], ["web"])
        # An address that only the new subnet has waits for a restart.
        self.rewrite(f"{other}:web:80;{number}:web:80", f"{port}:web:80")
        self.rewrite("subnet=10.77.1.0/24", "subnet=10.77.2.0/24")
        self.rewrite("[host db]\n", "[host db]\naddress=10.77.2.30\n")
        error = self.ask(control, "reload")["error"]["desc"]
        self.assertIn("before a restart this does not fit the rest: ", error)
        self.assertIn("10.77.2.30", error)
        (self.dir / "lab.conf").unlink()
        error = self.ask(control, "reload")["error"]["desc"]
        self.assertIn("lab.conf: No such file", error)
        self.end(pid)

    def test_hangup(self):
        pid = self.start_lab("egress=any\n")
        self.rewrite("egress=any", "egress=none")
        os.kill(pid, signal.SIGHUP)
        wait_until(lambda: "egress was any, is none" in self.log.read_text(),
                   "it reads the file")
        self.rewrite("egress=none", "egress=never")
        os.kill(pid, signal.SIGHUP)
        wait_until(lambda: "egress=never: write" in self.log.read_text(),
                   "it says what is wrong")
        self.assertIn("nothing has changed", self.log.read_text())
        self.end(pid)
        # Who has no file ends, as ever.
        pid = self.start("--socket", "s.sock")
        self.end(pid, signal.SIGHUP)

    def test_reload_without_a_file(self):
        pid = self.start("--socket", "s.sock", "--control", "lab.ctl")
        error = self.ask(self.dir / "lab.ctl", "reload")["error"]["desc"]
        self.assertIn("was started without a file", error)
        self.end(pid)


if __name__ == "__main__":
    if not BINARY:
        print("userland is not built")
        sys.exit(SKIP)
    unittest.main()
