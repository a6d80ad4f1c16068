#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""seeds_ctl.py - write the seeds of fuzz_ctl"""
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
SEND, SEND_FD, TURN, EVENTS, PASS_TIME, READ, SAY_LESS, LEAVE = (
    bytes([n]) for n in range(8))
OTHER = 8


def say(data, fd=False, whose=0):
    data = data if isinstance(data, bytes) else data.encode()
    return struct.pack("!BH", int(fd) + whose, len(data)) + data


def command(name, /, fd=False, whose=0, **arguments):
    request = {"execute": name, "id": [name, 1]}
    if arguments:
        request["arguments"] = {
            key.replace("_", "-"): value for key, value in arguments.items()}
    return say(json.dumps(request), fd, whose)


def seeds():
    yield "queries", b"".join(command(name) for name in (
        "query-version", "query-commands", "query-network", "query-ports",
        "query-leases", "query-policy")) + READ
    yield "policy", command("policy-set", egress="none") + READ
    yield "rules", command("policy-set", rules=[
        "allow *.example.com tcp 443", "deny any"]) + command(
        "policy-set", add="deny 10.0.0.0/8", at=1) + command(
        "policy-set", remove=2, egress="internet") + command(
        "policy-set", rules=[]) + READ
    yield "explain", command("explain", dest="192.0.2.7", port=80,
                             proto="udp", guest="web") + command(
        "explain", dest="www.example.com") + READ
    yield "port-add", command("getfd", fd=True, fdname="nic") + command(
        "port-add", fdname="nic", name="vm", mac="52:54:00:00:00:07",
        kind="host", isolated=True) + READ
    yield "port-set", command(
        "port-set", name="web", rename="www", pinned=True, promiscuous=False,
        macs_max=8, rate_in=1 << 40, rate_out=0, burst=1500,
        storm=100) + READ
    yield "line", command("port-set", name="db", link="down",
                          delay_us=20000, jitter_us=10 ** 7, loss_ppm=10 ** 6,
                          direction="in") + command(
        "port-set", name="db", link="loose", loss_ppm=-1) + READ
    yield "flows", command("query-flows", after=1, limit=1, port="web",
                           protocol="udp") + command(
        "query-flows", ended=True, limit=512) + command(
        "query-flows", limit=513) + command("flow-close", id=3) + command(
        "flow-close", id=(1 << 63) - 1) + command("query-stats") + READ
    yield "captures", command("getfd", fd=True, fdname="a") + command(
        "capture-start", fdname="a", port="web", snaplen=96,
        count=7) + command("capture-start", fdname="a") + command(
        "query-captures") + command("capture-stop", id=5) * 2 + READ
    yield "port-kick", command("port-kick", name="db") + EVENTS + READ
    yield "connect", command("getfd", fd=True, fdname="a") + command(
        "connect", fdname="a", guest="web", port=22, first="0500") + command(
        "probe", guest="web", port=80, timeout=1) + EVENTS + READ
    yield "owed", command("probe", guest="web", port=80) * 70 + SAY_LESS + (
        READ + EVENTS + READ) + command("probe", whose=OTHER, guest="web",
                                        port=80) + LEAVE
    yield "closefd", command("getfd", fd=True, fdname="a") * 2 + command(
        "closefd", fdname="a") * 2
    yield "fds", say("{", fd=True) * 17 + say("}") + READ
    yield "quit", command("quit", force=True) + command("quit")
    yield "events", EVENTS * 60 + TURN + READ + PASS_TIME + EVENTS + READ
    yield "pipelined", say(b'{"execute":"query-ports"}' * 40) + TURN * 3
    yield "deaf", command("query-ports") * 30 + LEAVE + TURN
    yield "half", command("query-ports") + SAY_LESS + READ
    yield "stall", say(b'{"execute":"query-commands"}' * 99,
                       whose=OTHER) * 9 + PASS_TIME * 3 + TURN * 3 + READ
    yield "broken", say('{"execute":}\n[]\n{"a":1,"a":2}{"x": "\\ud800"}\n'
                        '{"id": 1e999}{"execute": 7}\0\xff\n') + READ
    yield "open-string", say('{"execute": "quit\n{"execute": "quit"}')
    yield "deep", say('{"id":' + "[" * 40 + "]" * 40 + "}") + READ
    yield "long", say("{" + " " * 60000) + say(" " * 6000) + READ
    yield "arguments", say('{"execute":"port-set","arguments":{"name":"web",'
                           '"rate-in":-1,"macs-max":1.5,"x":null},'
                           '"control":{}}') + READ


def main():
    corpus = HERE / "corpus-ctl"
    corpus.mkdir(exist_ok=True)
    for name, data in seeds():
        (corpus / name).write_bytes(data)


if __name__ == "__main__":
    main()
