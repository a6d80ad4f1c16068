# SPDX-License-Identifier: BSD-3-Clause
"""guest.py - boot the test guest in QEMU and run commands inside it.

The guest's serial console is QEMU's stdin and stdout.  init (in the guest)
reads one command per line and answers with what the command printed and a
line "@@ exit N".  A thread collects the console, so a test that fails can
show all of it.

KVM is used when it works, which only a boot can tell: some machines have a
/dev/kvm whose guests never start.  So it is tried once, with a time limit,
and the answer is kept beside the image until the host is started anew.
"""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time

QEMU = "qemu-system-x86_64"
MAC = "52:54:00:12:34:56"
BOOT_S = 60
KVM_PROBE_S = 12
# On a busy machine an emulated timer ticks late, and without no_timer_check
# the kernel then takes it for broken and panics.
APPEND = ("console=ttyS0 quiet loglevel=3 panic=-1 rdinit=/init "
          "mitigations=off random.trust_cpu=on no_timer_check")
UP = "@@ up"
EXIT = re.compile(r"^@@ exit (\d+)$", re.M)


class GuestError(Exception):
    """The guest did not do what it was asked in time."""


class Guest:
    """A running QEMU; use it with `with` so that it always ends."""

    def __init__(self, image, netdev, accel=None, mac=MAC, pass_fds=(),
                 memory=192, wait_s=BOOT_S, prefix=(), more=(), env=None,
                 from_net=False, incoming=None):
        accel = accel or best_accel(image)
        argv = [*prefix, QEMU, "-nodefaults", "-no-user-config", "-no-reboot",
                "-display", "none", "-serial", "stdio",
                "-accel", accel, "-m", str(memory), "-smp", "1"]
        argv += ["-boot", "n"] if from_net else [
            "-kernel", str(image.kernel),
            "-initrd", str(image.initramfs), "-append", APPEND]
        if netdev:
            argv += ["-netdev", f"{netdev},id=n0", "-device",
                     f"virtio-net-pci,netdev=n0,mac={mac}" +
                     ("" if from_net else ",romfile=")]
        if incoming:
            # It goes on where another QEMU left it; nothing says "up".
            argv += ["-incoming", incoming]
        argv += more
        self.has_prefix = bool(prefix)
        self.seen = ""
        self.changed = threading.Condition()
        self.ended = False
        self.started_at = time.monotonic()
        self.qemu = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, pass_fds=pass_fds, env=env)
        threading.Thread(target=self._collect, daemon=True).start()
        try:
            if not incoming:
                self._expect(re.compile(f"^{UP}$", re.M), 0, wait_s, "boot")
        except BaseException:
            self.kill()
            raise
        self.boot_s = time.monotonic() - self.started_at

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    @property
    def pid(self):
        return self.qemu.pid

    def run(self, command, timeout=30):
        """Run one shell line in the guest: (exit status, what it printed)."""
        start = len(self.seen)
        self.qemu.stdin.write(command.encode() + b"\n")
        self.qemu.stdin.flush()
        found = self._expect(EXIT, start, timeout, command)
        return int(found.group(1)), self.seen[start:found.start()].strip()

    def dhcp(self):
        """Lease an address on eth0: its words as a dict, empty if none."""
        _, said = self.run("udhcpc -i eth0 -n -q -f -t 10 -T 1 -O mtu "
                           "-s /etc/udhcpc.script", 40)
        for line in said.splitlines():
            if line.startswith("lease "):
                return dict(w.split("=", 1) for w in line.split()[1:])
        return {}

    def reboot(self, timeout=BOOT_S):
        """Start the guest anew in the same QEMU (-action reboot=reset)."""
        start = len(self.seen)
        self.qemu.stdin.write(b"reboot -f\n")
        self.qemu.stdin.flush()
        self._expect(re.compile(f"^{UP}$", re.M), start, timeout, "reboot")

    def poweroff(self, timeout=20):
        """Power the guest off and wait for QEMU to end."""
        self.qemu.stdin.write(b"poweroff -f\n")
        self.qemu.stdin.flush()
        try:
            self.qemu.wait(timeout)
        except subprocess.TimeoutExpired:
            raise GuestError("the guest did not power off") from None

    def kill(self):
        """End it; what started QEMU for us gets time to end it, too."""
        if self.has_prefix and self.qemu.poll() is None:
            self.qemu.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.qemu.wait(5)
        if self.qemu.poll() is None:
            self.qemu.send_signal(signal.SIGKILL)
        self.qemu.wait()

    def _collect(self):
        out = self.qemu.stdout.fileno()
        while True:
            data = os.read(out, 65536)
            with self.changed:
                text = data.decode(errors="replace")
                self.seen += text.replace("\r", "")
                self.ended = not data
                self.changed.notify_all()
            if not data:
                return

    def _expect(self, pattern, start, timeout, what):
        deadline = time.monotonic() + timeout
        with self.changed:
            while not (found := pattern.search(self.seen, start)):
                left = deadline - time.monotonic()
                if self.ended or left <= 0:
                    why = "QEMU ended" if self.ended else f"{timeout} s"
                    tail = self.seen[start:][-2000:]
                    raise GuestError(f"{what}: {why}\n{tail}")
                self.changed.wait(left)
        return found


def best_accel(image):
    """"kvm" when a guest starts with it, else "tcg"."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    with open("/proc/sys/kernel/random/boot_id") as boot:
        host = boot.read().strip()
    kept = image.dir / "accel"
    if kept.exists():
        word = kept.read_text().split()
        if len(word) == 2 and word[0] == host:
            return word[1]
    try:
        with Guest(image, None, accel="kvm", wait_s=KVM_PROBE_S):
            accel = "kvm"
    except GuestError:
        accel = "tcg"
    try:
        kept.write_text(f"{host} {accel}\n")
    except OSError:
        pass    # another user's image: asked again next time
    return accel
