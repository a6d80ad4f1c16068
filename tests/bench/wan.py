# SPDX-License-Identifier: BSD-3-Clause
"""wan.py - a long and bad line before the server, or before the guest

Host's side: what userland's own socket meets, beside the same socket without
userland. All of TCP that matters here is the kernel's.

    guest namespace         host namespace              server namespace
    loadgen  tap0  <------>  userland  far0 ==== far1  loadgen serve

Guest's side: the line is between guest and userland, so that the stack in
userland has to fill it and to mend what it loses; beside it the kernel at both
ends of the same line.

    guest namespace          port's namespace          host    server
    loadgen  far0 ==== far1  bridge  tap0  <--> userland  veth  loadgen serve
    loadgen  far0 ===================================== far1  loadgen serve

==== is tests/bench/farline. Half of the delay is added each way, so that it is
what a round trip takes; frames are lost both ways. Sockets of both kernels and
userland's stack have buffers of 4 MiB at most.
"""

import contextlib
import os
import select
import subprocess

from kit import Failed, Namespace, START_S, Table, forgiven

ALL = (       # name, round trip in ms, loss in ppm
    ("good", 0, 0), ("10 ms", 10, 0), ("50 ms", 50, 0), ("100 ms", 100, 0),
    ("0.1 %", 0, 1000), ("1 %", 0, 10000), ("5 %", 0, 50000),
    ("10 ms, 0.1 %", 10, 1000), ("10 ms, 1 %", 10, 10000),
    ("100 ms, 0.1 %", 100, 1000))
LINES = [line for line in ALL
         if line[0] in os.environ.get("BENCH_LINES", line[0]).split(";")]
SECONDS_MIN = 3     # slow start over a long line takes a second
BUFFERS = {"net.ipv4.tcp_rmem": "4096 131072 4194304",
           "net.ipv4.tcp_wmem": "4096 16384 4194304"}
WAYS = {"up": "guest->host", "down": "host->guest"}
PORT = 7000
NEAR, FAR = "10.97.0.1", "10.97.0.2"
GUEST, GATE = "10.0.2.20", "10.0.2.2"


class Line:
    """farline between the namespaces of two processes."""

    def __init__(self, bench, near, far):
        program = bench.loadgen.parent / "farline"
        self.process = subprocess.Popen(
            [program, f"{near}:far0", f"{far}:far1"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.hear("ready")
        except Failed:
            self.close()
            raise

    def hear(self, word):
        if not select.select([self.process.stdout], [], [], START_S)[0] or (
                self.process.stdout.readline().strip() != word):
            raise Failed(f"farline: no '{word}'")

    def set(self, rtt_ms, loss_ppm):
        self.process.stdin.write(f"{rtt_ms * 500} {loss_ppm}\n")
        self.process.stdin.flush()
        self.hear("set")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Here:
    """The host's namespace: that of this process."""

    pid = os.getpid()

    @staticmethod
    def run(*argv, timeout=10):
        return subprocess.run(list(map(str, argv)), check=True, text=True,
                              capture_output=True, timeout=timeout).stdout


def raise_far(run, name):
    """Its end of the line; a burst of a whole window must find room."""
    run("ip", "link", "set", name, "txqueuelen", "10000", "up")


def give(space, name, addr):
    space.run("ip", "addr", "add", f"{addr}/24", "dev", name)


def names(space):
    return [line.split()[1].rstrip(":").partition("@")[0]
            for line in space.run("ip", "-o", "link").splitlines()]


@contextlib.contextmanager
def same_buffers(*spaces):
    """For the host and the server, whose namespaces others use as well."""
    before = [(space.run, key, space.run("sysctl", "-n", key).strip())
              for space in spaces for key in BUFFERS]
    for space in spaces:
        set_buffers(space.run)
    try:
        yield
    finally:
        for run, key, words in before:
            run("sysctl", "-qw", f"{key}={words}")


def set_buffers(run):
    for key, words in BUFFERS.items():
        run("sysctl", "-qw", f"{key}={words}")


class Path:
    """A way to the server over a line, and who sends along it."""

    def __init__(self, bench, line, run, to):
        self.bench = bench
        self.line = line
        self.run = run
        self.to = to

    def gbits(self, what, rtt_ms, loss_ppm, seconds):
        self.line.set(rtt_ms, loss_ppm)
        try:
            said = self.run(self.bench.loadgen, what, self.to, PORT, seconds,
                            timeout=seconds * 3 + 10)
        except subprocess.TimeoutExpired:
            raise Failed(f"{what}: no end") from None
        except subprocess.CalledProcessError as why:
            raise Failed(f"{what}: {why.stderr.strip()}") from None
        size, took = map(float, said.split())
        return size * 8 / took / 1e9


@contextlib.contextmanager
def a_line(bench, near, far):
    line = Line(bench, near.pid, far.pid)
    try:
        raise_far(near.run, "far0")
        raise_far(far.run, "far1")
        yield line
    finally:
        line.close()


@contextlib.contextmanager
def a_guest():
    """A namespace that is configured by hand: the line makes its card."""
    space = Namespace("-n")
    try:
        set_buffers(space.run)
        yield space
    finally:
        space.close()


@contextlib.contextmanager
def hosts_side(bench):
    """The line is between host and server."""
    far = bench.rig.far
    with a_line(bench, Here, far) as line, bench.attached(
            bench.tools[0], 1500) as space:
        give(Here, "far0", NEAR)
        give(far, "far1", FAR)
        set_buffers(space.run)
        yield {"direct": Path(bench, line, Here.run, FAR),
               "userland": Path(bench, line, space.run, FAR)}


@contextlib.contextmanager
def kernels_path(bench):
    with a_guest() as guest, a_line(bench, guest, bench.rig.far) as line:
        give(guest, "far0", NEAR)
        give(bench.rig.far, "far1", FAR)
        yield Path(bench, line, guest.run, FAR)


@contextlib.contextmanager
def userlands_path(bench):
    """The tap of its port is bridged with the line, and is nobody's own."""
    with bench.attached(bench.tools[0], 1500) as port, a_guest() as guest, \
            a_line(bench, guest, port) as line:
        tap = next(name for name in names(port) if name.startswith("tap"))
        port.run("ip", "link", "add", "br0", "type", "bridge")
        port.run("ip", "addr", "flush", "dev", tap)
        for name in (tap, "far1"):
            port.run("ip", "link", "set", name, "master", "br0")
        port.run("ip", "link", "set", "br0", "up")
        give(guest, "far0", GUEST)
        guest.run("ip", "route", "add", "default", "via", GATE)
        yield Path(bench, line, guest.run, bench.tools[0].server)


@contextlib.contextmanager
def guests_side(bench):
    """The line is between guest and userland."""
    with kernels_path(bench) as direct, userlands_path(bench) as ours:
        yield {"kernel": direct, "userland": ours}


def measure(bench, title, paths, direct):
    columns = [(f"{who} {way}", spec) for way in WAYS.values()
               for who, spec in ((direct, ".3f"), ("userland", ".3f"),
                                 ("ratio", ".2f"))]
    control = Here.run("sysctl", "-n", "net.ipv4.tcp_congestion_control")
    table = Table(title, columns, "Gb/s; the ratio is the median of the "
                  f"rounds' own. The kernel's TCP uses {control.strip()}.")
    for _ in bench.rounds_of(table):
        with forgiven(), same_buffers(Here, bench.rig.far), \
                paths(bench) as path:
            for name, rtt_ms, loss_ppm in LINES:
                table.row(name)
                for what, way in WAYS.items():
                    with forgiven():
                        compare(table, name, way, direct, lambda who: path[
                            who].gbits(what, rtt_ms, loss_ppm,
                                       max(bench.seconds, SECONDS_MIN)))
    table.show()


def compare(table, row, way, direct, gbits):
    theirs = gbits(direct)
    table.add(row, f"{direct} {way}", theirs)
    ours = gbits("userland")
    table.add(row, f"userland {way}", ours)
    table.add(row, f"ratio {way}", ours / theirs)


def before_hosts(bench):
    measure(bench, "A long or bad line on the host's side", hosts_side,
            "direct")


def before_guests(bench):
    measure(bench, "A long or bad line on the guest's side", guests_side,
            "kernel")
