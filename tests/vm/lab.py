# SPDX-License-Identifier: BSD-3-Clause
"""lab.py - the frame around a VM test: what it needs, its checks, its end.

A test is run from the build tree. It ends with 0, with 1 when a check failed
(and then shows what the guest and the daemon said), with 77 and a reason when
this machine cannot run it.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

import daemon
import guest
import image

SKIP = 77
PORTS_FIRST, PORTS_COUNT, PORTS_EACH = 16384, 14400, 16


class Skip(Exception):
    """This machine cannot run the test; the text says why."""


class Lab:
    """A scratch directory, the program, the guest image and the verdicts."""

    def __init__(self):
        build = os.environ.get("top_builddir", ".")
        self.binary = daemon.find_binary(build)
        if not self.binary:
            raise Skip("userland is not built")
        if not shutil.which(guest.QEMU):
            raise Skip(f"no {guest.QEMU} here")
        try:
            self.image = fetch_image()
        except image.Missing as why:
            raise Skip(str(why)) from None
        self.failed = 0
        self.guests = []
        self.log = None
        self.closing = contextlib.ExitStack()
        name = self.closing.enter_context(tempfile.TemporaryDirectory())
        self.dir = Path(name)
        # Leases of this test alone.
        os.environ["XDG_STATE_HOME"] = name

    def userland(self, *args, pass_fds=()):
        self.log = self.dir / "userland.log"
        started = daemon.Userland(self.binary, args, self.log, pass_fds)
        return self.closing.enter_context(started)

    @contextlib.contextmanager
    def stage(self):
        """What is started inside ends with it."""
        outer = self.closing
        with contextlib.ExitStack() as self.closing:
            try:
                yield
            finally:
                self.closing, inner = outer, self.closing
                inner.close()

    def boot(self, netdev, pass_fds=(), booted_from=None, **how):
        booted = guest.Guest(booted_from or self.image, netdev,
                             accel=guest.best_accel(self.image),
                             pass_fds=pass_fds, **how)
        self.guests.append(booted)
        return self.closing.enter_context(booted)

    def serve(self, server):
        """Have a far end closed with the test."""
        return self.closing.enter_context(contextlib.closing(server))

    def check(self, name, is_good, seen=""):
        """One verdict, printed; @seen is what the far side or guest said."""
        self.failed += not is_good
        word = "ok  " if is_good else "FAIL"
        print(f"{word}  {name:<22} {seen}".rstrip(), flush=True)
        return is_good

    def show(self):
        for number, one in enumerate(self.guests, 1):
            print(f"--- console of guest {number}\n{one.seen[-4000:]}")
        if self.log:
            print(f"--- userland\n{self.log.read_text()[-4000:]}")


def fetch_image(name="guest", kernel=image.CLOUD):
    """A guest, made when it is not there."""
    build = os.environ.get("top_builddir", ".")
    return image.make(Path(build) / "tests/vm" / name, kernel)


def host_address():
    """An IPv4 address of this machine that is not loopback, or None."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        out = subprocess.run(["ip", "-o", "-4", "addr", "show", "up",
                              "scope", "global"], capture_output=True,
                             text=True, timeout=5, check=True).stdout
        for line in out.splitlines():
            return line.split()[3].partition("/")[0]
    return None


def free_ports(count):
    """TCP ports of 127.0.0.1 that nothing listens on just now.

    They are below those that the kernel gives to connections, and begin
    where no other test begins that runs at the same time.
    """
    ports = []
    port = PORTS_FIRST + os.getpid() * PORTS_EACH % PORTS_COUNT
    while len(ports) < count:
        with contextlib.suppress(OSError):
            socket.create_server(("127.0.0.1", port)).close()
            ports.append(port)
        port += 1
    return ports


def main(test):
    """Run @test(lab) and end the process with its verdict."""
    start = time.monotonic()
    try:
        lab = Lab()
    except Skip as why:
        print(f"skipped: {why}")
        sys.exit(SKIP)
    with lab.closing:
        try:
            test(lab)
        except Skip as why:
            print(f"skipped: {why}")
            sys.exit(SKIP)
        except Exception:
            traceback.print_exc(file=sys.stdout)
            lab.failed += 1
        if lab.failed:
            lab.show()
    print(f"{time.monotonic() - start:.1f} s")
    sys.exit(1 if lab.failed else 0)
