# SPDX-License-Identifier: BSD-3-Clause
"""spaces.py - network namespaces for tests that are written in Python.

A test calls enter() first: it is then run again in a network and mount
namespace of its own (and a user namespace, when not root), which stands for
the host. Space makes the others; they end with the process that holds them.
"""

import os
import subprocess
import sys

INSIDE = "USERLAN_TEST_INSIDE"
HOLD_S = 3600


def enter():
    """Run this program again where all the network is the test's own."""
    if INSIDE in os.environ:
        return
    os.environ[INSIDE] = "1"
    user = [] if os.geteuid() == 0 else ["-Ur"]
    os.execvp("unshare", ["unshare", *user, "-nm", "--", sys.executable, "-B",
                          *sys.argv])


def sh(*argv, timeout=10):
    """Run a command here; what it printed."""
    return subprocess.run([str(a) for a in argv], check=True, text=True,
                          capture_output=True, timeout=timeout).stdout


class Space:
    """A network namespace, held open by a sleeping process."""

    def __init__(self, name):
        self.name = name
        self.holder = subprocess.Popen(
            ["unshare", "-n", "sh", "-c", f"echo; exec sleep {HOLD_S}"],
            stdout=subprocess.PIPE)
        self.holder.stdout.read(1)
        self.pid = self.holder.pid
        self.into = ["nsenter", "-t", str(self.pid), "-n"]
        self.sh("ip", "link", "set", "lo", "up")

    def sh(self, *argv, timeout=10):
        return sh(*self.into, *argv, timeout=timeout)

    def popen(self, *argv, **kw):
        return subprocess.Popen([*self.into, *map(str, argv)], text=True,
                                **kw)

    def close(self):
        self.holder.kill()
        self.holder.wait()


class Here:
    """The namespace that the test itself is in, with the same methods."""

    name = "host"
    into = []

    @staticmethod
    def sh(*argv, timeout=10):
        return sh(*argv, timeout=timeout)

    @staticmethod
    def popen(*argv, **kw):
        return subprocess.Popen([str(a) for a in argv], text=True, **kw)

    @staticmethod
    def close():
        pass


def join(one, name, other, other_name):
    """A veth between two spaces, both ends up."""
    one.sh("ip", "link", "add", name, "type", "veth", "peer", "name",
           other_name, "netns", other.pid)
    one.sh("ip", "link", "set", name, "up")
    other.sh("ip", "link", "set", other_name, "up")


def address(space, device, *addresses):
    """Addresses that count at once."""
    for a in addresses:
        nodad = ["nodad"] if ":" in a else []
        space.sh("ip", "addr", "add", a, "dev", device, *nodad)
