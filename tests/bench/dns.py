# SPDX-License-Identifier: BSD-3-Clause
"""dns.py - the DNS forwarder beside dnsmasq, which is nothing else

Both ask one dnsmasq in the server namespace, which knows every name. A guest
asks for 100 names over and over (cached) or for a new one each time
(forwarded): how many answers a second with 64 questions under way, how long
the slowest hundredth of the answers takes when there is one question at a
time, and what an answer costs the daemon.
"""

import contextlib
import subprocess

from kit import Failed, Namespace, Table, cpu_s, forgiven, sh

UPSTREAM = "10.99.0.2"
NEAR, NEAR_GUEST = "10.98.0.2", "10.98.0.1"
WINDOW = 64
KINDS = {"cached": 100, "forwarded": 0}
DNSMASQ = ["dnsmasq", "-d", "-h", "-R", "--bind-interfaces", "-C", "/dev/null",
           "--cache-size=10000", "--dns-forward-max=1000"]


def await_line(process, word):
    for line in process.stderr:
        if word in line:
            return
    raise Failed(f"no {word}")


class Userland:
    name = "userland"
    server = "10.0.2.3"

    def __init__(self, binary):
        self.binary = binary

    def start(self, space):
        self.process = subprocess.Popen(
            [self.binary, "-f", "-q", "--netns", str(space.pid),
             "--dns", UPSTREAM], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        space.await_route()

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Dnsmasq(Userland):
    name = "dnsmasq, by veth"
    server = NEAR

    def __init__(self):
        super().__init__(None)

    def start(self, space):
        sh("ip", "link", "add", "v3", "type", "veth", "peer", "name", "v2",
           "netns", str(space.pid))
        sh("ip", "addr", "add", f"{NEAR}/24", "dev", "v3")
        sh("ip", "link", "set", "v3", "up")
        space.run("ip", "addr", "add", f"{NEAR_GUEST}/24", "dev", "v2")
        space.run("ip", "link", "set", "v2", "up")
        self.process = subprocess.Popen(
            [*DNSMASQ, "-a", NEAR, "-S", UPSTREAM], text=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        await_line(self.process, "started")

    def stop(self):
        super().stop()
        with contextlib.suppress(subprocess.SubprocessError):
            sh("ip", "link", "del", "v3")


class Direct(Userland):
    """The upstream itself, asked from where the daemons ask it."""

    name = "the upstream, asked straight"
    server = UPSTREAM

    def __init__(self, upstream):
        super().__init__(None)
        self.process = upstream

    def stop(self):
        pass


def load(bench, space, tool, window, names):
    argv = [bench.loadgen.parent / "dnsload", tool.server, bench.seconds,
            window, names]
    try:
        said = space.run(*argv, timeout=bench.seconds + 10) if space else \
            subprocess.run([*map(str, argv)], check=True, text=True,
                           capture_output=True).stdout
    except subprocess.CalledProcessError as why:
        raise Failed(f"dnsload: {why.stderr.strip()}") from None
    return [int(word) for word in said.split()]


def one_kind(bench, table, tool, space, kind):
    names = KINDS[kind]
    if names:
        load(bench, space, tool, 1, names)
    before, pid = cpu_s(tool.process.pid), tool.process.pid
    answers, lost, _, _ = load(bench, space, tool, WINDOW, names)
    if lost > answers / 1000 or not answers:
        raise Failed(f"{lost} questions lost")
    table.add(tool.name, f"{kind} /s", answers / bench.seconds)
    table.add(tool.name, f"CPU us, {kind}",
              (cpu_s(pid) - before) / answers * 1e6)
    _, _, half, most = load(bench, space, tool, 1, names)
    table.add(tool.name, f"us, {kind}", half)
    table.add(tool.name, f"p99 us, {kind}", most)


def one_tool(bench, table, tool, with_guest):
    space = Namespace("-Urn") if with_guest else None
    try:
        if space:
            space.run("ip", "link", "set", "lo", "up")
            tool.start(space)
        for kind in KINDS:
            with forgiven():
                one_kind(bench, table, tool, space, kind)
    finally:
        tool.stop()
        if space:
            space.close()


def answers(bench):
    table = Table("DNS, namespace guest", [
        (f"{what}{kind}{tail}", ".0f" if what != "CPU us, " else ".1f")
        for kind in KINDS
        for what, tail in (("", " /s"), ("us, ", ""), ("p99 us, ", ""),
                           ("CPU us, ", ""))],
        f"Answers a second with {WINDOW} questions under way; the time of an "
        "answer, median and 99th percentile, one question at a time.")
    upstream = bench.rig.far.popen(
        *DNSMASQ, "-a", UPSTREAM, "-A", "/#/198.51.100.7", "--local-ttl=600",
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        await_line(upstream, "started")
        tools = [Userland(bench.binary), Dnsmasq(), Direct(upstream)]
        for _ in bench.rounds_of(table):
            for tool in tools:
                table.row(tool.name)
                with forgiven():
                    one_tool(bench, table, tool,
                             not isinstance(tool, Direct))
    finally:
        upstream.terminate()
        upstream.wait()
    table.show()
