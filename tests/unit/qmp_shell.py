#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""qmp_shell.py - what QEMU's own clients expect of a control socket

Written from the text of the QMP specification: greeting, negotiation, ids,
errors, events, and what qmp-shell does with them. Limits are userlan's own.
"""

import array
import json
import socket
import sys
import unittest

import control

MESSAGE_MAX = 65536
DEPTH_MAX = 32
CLIENTS_MAX = 32


class Raw:
    """A connection that has not been greeted yet."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(control.WAIT_S)
        self.sock.connect(str(path))
        self.file = self.sock.makefile("rb")

    def send(self, text):
        self.sock.sendall(text if isinstance(text, bytes) else text.encode())

    def read(self):
        line = self.file.readline()
        return json.loads(line) if line else None

    def ask(self, text):
        self.send(text)
        return self.read()

    def close(self):
        self.file.close()
        self.sock.close()


class QmpShell(control.Control):
    def setUp(self):
        super().setUp()
        self.start()

    def raw(self, ready=True):
        raw = Raw(self.path)
        self.open.append(raw)
        greeting = raw.read()
        if ready:
            self.assertEqual(raw.ask('{"execute":"qmp_capabilities"}'),
                             {"return": {}})
        return raw, greeting

    def test_greeting(self):
        _, greeting = self.raw(ready=False)
        self.assertEqual(list(greeting), ["QMP"])
        self.assertEqual(set(greeting["QMP"]), {"version", "capabilities"})
        version = greeting["QMP"]["version"]
        self.assertTrue(all(isinstance(version["qemu"][n], int)
                            for n in ("major", "minor", "micro")))
        self.assertIsInstance(version["package"], str)
        self.assertEqual(greeting["QMP"]["capabilities"], [])

    def test_negotiation(self):
        raw, _ = self.raw(ready=False)
        answer = raw.ask('{"execute":"query-version"}')
        self.assertEqual(answer["error"]["class"], "CommandNotFound")
        self.assertEqual(raw.ask('{"execute":"qmp_capabilities",'
                                 '"arguments":{"enable":[]}}'), {"return": {}})
        self.assertIn("return", raw.ask('{"execute":"query-version"}'))
        answer = raw.ask('{"execute":"qmp_capabilities"}')
        self.assertEqual(answer["error"]["class"], "CommandNotFound")

    def test_id_is_any_value(self):
        raw, _ = self.raw()
        for value in (1, "a", [1, {"b": None}], {"c": 1.5}, True, None):
            answer = raw.ask(json.dumps({"execute": "query-version",
                                         "id": value}))
            self.assertEqual(answer["id"], value)
            answer = raw.ask(json.dumps({"execute": "frob", "id": value}))
            self.assertEqual((answer["id"], answer["error"]["class"]),
                             (value, "CommandNotFound"))

    def test_messages_need_nothing_between(self):
        raw, _ = self.raw()
        raw.send('{"execute":"query-version","id":1}{"execute":\n'
                 '"query-version","id"\r\n:2}\r\n\r\n'
                 ' {"execute":"query-version","id":3}')
        self.assertEqual([raw.read()["id"] for _ in range(3)], [1, 2, 3])

    def test_errors(self):
        raw, _ = self.raw()
        for text in ("{}", '{"execute":1}', '{"execute":"quit","x":1}',
                     '{"execute":"getfd"}', '{"execute":"query-version",'
                     '"arguments":[]}', '{"execute":"query-version",'
                     '"arguments":{"x":1}}', '{"execute":"log-level",'
                     '"arguments":{"level":"x"}}', '{"a" 1}', '{"a":"\xff"}',
                     'frob\n', '[]\n'):
            answer = raw.ask(text.encode("latin-1"))
            self.assertEqual(set(answer), {"error"}, (text, answer))
            self.assertEqual(set(answer["error"]), {"class", "desc"}, text)
        self.assertIn("return", raw.ask('{"execute":"query-version"}'))

    def test_what_a_shell_completes_by(self):
        raw, _ = self.raw()
        names = [c["name"] for c in
                 raw.ask('{"execute":"query-commands"}')["return"]]
        self.assertLess({"quit", "query-network", "getfd"}, set(names))
        names = [e["name"] for e in
                 raw.ask('{"execute":"query-events"}')["return"]]
        self.assertIn("SHUTDOWN", names)

    def test_limits(self):
        raw, _ = self.raw()
        deep = "[" * DEPTH_MAX + "]" * DEPTH_MAX
        answer = raw.ask('{"execute":"query-version","id":' + deep + "}")
        self.assertIn(str(DEPTH_MAX), answer["error"]["desc"])
        self.assertIn("return", raw.ask('{"execute":"query-version"}'))
        answer = raw.ask('{"execute":"' + "x" * MESSAGE_MAX)
        self.assertIn(str(MESSAGE_MAX), answer["error"]["desc"])
        try:
            self.assertIsNone(raw.read())
        except ConnectionError:
            pass

    def test_clients(self):
        self.open += [Raw(self.path) for _ in range(CLIENTS_MAX - 1)]
        for raw in self.open[-(CLIENTS_MAX - 1):]:
            self.assertIn("QMP", raw.read())
        one_more = Raw(self.path)
        self.open.append(one_more)
        self.assertIn(str(CLIENTS_MAX), one_more.read()["error"]["desc"])
        self.assertIsNone(one_more.read())

    def test_events(self):
        raw, _ = self.raw()
        silent, _ = self.raw(ready=False)
        other, _ = self.raw()
        ours, theirs = socket.socketpair()
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                   array.array("i", [theirs.fileno()]))]
        other.sock.sendmsg([b'{"execute":"getfd","arguments":'
                            b'{"fdname":"n"}}'], rights)
        theirs.close()
        self.open.append(ours)
        self.assertEqual(other.read(), {"return": {}})
        other.send('{"execute":"port-add","arguments":{"fdname":"n",'
                   '"name":"web"}}')
        event = raw.read()
        self.assertEqual(set(event), {"event", "data", "timestamp"})
        self.assertEqual((event["event"], event["data"]["name"]),
                         ("PORT_CONNECTED", "web"))
        self.assertEqual(set(event["timestamp"]), {"seconds", "microseconds"})
        self.assertLess(event["timestamp"]["microseconds"], 1000000)
        # Who has not negotiated hears of nothing.
        answer = silent.ask('{"execute":"qmp_capabilities","id":7}')
        self.assertEqual(answer, {"return": {}, "id": 7})

    def test_names(self):
        raw, _ = self.raw()

        def ask(command, /, **arguments):
            return raw.ask(json.dumps({"execute": command,
                                       "arguments": arguments}))

        self.assertEqual(ask("dns-add", name="git", address="192.0.2.7"),
                         {"return": {}})
        for arguments, says in (
                ({}, "either 'server'"),
                ({"server": "x", "name": "y"}, "either 'server'"),
                ({"server": "a.b=1.1.1.1", "address": "1.1.1.1"}, "'name'"),
                ({"name": "git"}, "needs an 'address'"),
                ({"name": "git", "address": "192.0.2.7"}, "already"),
                ({"name": "a b", "address": "192.0.2.7"}, "no name"),
                ({"name": "git", "address": "x"}, "not the address"),
                ({"name": "git", "address": "ff02::1"}, "not the address"),
                ({"name": "git", "address": "::1"}, "machine's own")):
            answer = ask("dns-add", **arguments)
            self.assertIn(says, answer["error"]["desc"], arguments)
        self.assertEqual(ask("query-dns")["return"]["records"],
                         [{"name": "git", "address": "192.0.2.7"}])
        answer = ask("dns-remove", name="git", address="192.0.2.8")
        self.assertEqual(answer["error"]["class"], "DeviceNotFound")
        self.assertEqual(ask("dns-remove", name="git"), {"return": {}})
        self.assertEqual(ask("query-dns")["return"]["records"], [])


def main():
    if not control.BINARY:
        print("userland is not built")
        sys.exit(control.SKIP)
    # Not what it inherits, which control.py runs.
    suite = unittest.TestSuite(QmpShell(name) for name in vars(QmpShell)
                               if name.startswith("test_"))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
