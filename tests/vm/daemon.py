# SPDX-License-Identifier: BSD-3-Clause
"""daemon.py - start `userland` for a test and end it again."""

import os
import select
import subprocess
import time
from pathlib import Path

READY_S = 10


class DaemonError(Exception):
    """userland did not start, or did not end, as it should."""


def find_binary(build="."):
    """The built program: $USERLAND, or where make leaves it, or None."""
    named = os.environ.get("USERLAND")
    places = [Path(named)] if named else [
        Path(build) / "userland", Path(build) / "src/daemon/userland"]
    for place in places:
        if os.access(place, os.X_OK):
            return place.resolve()
    return None


class Userland:
    """`userland -f ARGS`, ready when the constructor returns."""

    def __init__(self, binary, args, log, pass_fds=()):
        self.log = Path(log)
        said, ready = os.pipe()
        argv = [str(binary), "-f", "--ready-fd", str(ready), *args]
        self.argv = argv
        try:
            with open(log, "ab") as out:
                self.process = subprocess.Popen(
                    argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                    pass_fds=(ready, *pass_fds))
        finally:
            os.close(ready)
        try:
            self._await_ready(said)
        except BaseException:
            self.stop()
            raise
        finally:
            os.close(said)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        return self.process.pid

    def is_alive(self):
        return self.process.poll() is None

    def words(self):
        """What it logged so far."""
        return self.log.read_text(errors="replace")

    def stop(self, timeout=5):
        """End it; its exit status, negative for a signal."""
        if self.is_alive():
            self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise DaemonError("userland did not end on SIGTERM") from None

    def _await_ready(self, said):
        deadline = time.monotonic() + READY_S
        while (left := deadline - time.monotonic()) > 0:
            if select.select([said], [], [], left)[0]:
                if os.read(said, 1):
                    return
                break
        why = "gave up" if self.process.poll() is not None else "not ready"
        last = self.words().strip().splitlines()[-3:]
        raise DaemonError(f"userland {why}: " + " | ".join(last))
