# SPDX-License-Identifier: BSD-3-Clause
"""qmp.py - a client of the control socket, for VM tests."""

import json
import socket
import time

WAIT_S = 10


class Qmp:
    """Connected and greeted; what it hears meanwhile is in @events."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(WAIT_S)
        self.sock.connect(str(path))
        self.rest = b""
        self.events = []
        self._message()
        self("qmp_capabilities")

    def __call__(self, command, **arguments):
        """What "return" holds."""
        line = json.dumps({"execute": command, "arguments": arguments})
        self.sock.sendall(line.encode())
        while True:
            said = self._message()
            if "event" in said:
                self.events.append(said)
                continue
            if "error" in said:
                raise RuntimeError(said["error"]["desc"])
            return said["return"]

    def heard(self, name, seconds=WAIT_S):
        """Data of the first event @name; {} when none came in that time."""
        end = time.monotonic() + seconds
        while not (found := self.all_heard(name)):
            if time.monotonic() >= end:
                return {}
            self("query-version")   # what came before its answer is read
            time.sleep(0.05)
        return found[0]

    def all_heard(self, name):
        return [e["data"] for e in self.events if e["event"] == name]

    def close(self):
        self.sock.close()

    def _message(self):
        while b"\n" not in self.rest:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionError("the control socket was closed")
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)
