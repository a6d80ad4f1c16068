#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""userlan_watch.py - the verbs of userlan(1) that watch a network

Events, the log and its level, against a network that is played.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import userlan
from userlan import Ground, check


def event(name, /, **data):
    return {"event": name, "data": data,
            "timestamp": {"seconds": 1700000000, "microseconds": 42000}}


LEASE = event("LEASE_ADDED", address="10.0.2.15", host="evil\u001b[2J",
              expires=60)
PORT = event("PORT_CONNECTED", name="web", link=True,
             macs=["52:54:00:00:00:01", "52:54:00:00:00:02"],
             counters={"rx-bytes": 1}, detail="two words")
LAST = event("SHUTDOWN", reason="quit")
NAMES = [{"name": "LEASE_ADDED"}, {"name": "PORT_CONNECTED"}]


def events(it):
    with it.network("lab") as lab:
        lab.before_events = ("qmp_capabilities",)
        lab.events = [LEASE, {"return": {}, "id": 99}, PORT, LAST, LEASE]
        status, out, err = it("events", "lab")
        lines = out.splitlines()
        check("events: until the last one", status == 0 and not err and
              len(lines) == 3, (status, out, err))
        check("events: a line", lines[0].endswith(
            ":20.042 LEASE_ADDED address=10.0.2.15 host=evil?[2J expires=60"),
            lines)
        check("events: what is plain is shown", lines[1].endswith(
            " PORT_CONNECTED name=web link=yes macs=52:54:00:00:00:01,"
            "52:54:00:00:00:02 detail='two words'"), lines)
        _, out, _ = it("events", "lab", "--json")
        check("events --json", [json.loads(line) for line in
                                out.splitlines()] == [LEASE, PORT, LAST], out)


def events_of_name(it):
    with it.network("lab") as lab:
        lab.answers["query-events"] = NAMES
        lab.before_events = ("query-events",)
        lab.events = [LEASE, PORT, LAST]
        _, out, _ = it("events", "lab", "--only", "PORT_CONNECTED")
        check("events --only", len(out.splitlines()) == 1 and
              "PORT_CONNECTED" in out, out)
        status, out, err = it("events", "lab", "--only", "FROB")
        check("events: of no such name", status == 1 and not out and
              "--only FROB: there is no such event; there are LEASE_ADDED, "
              "PORT_CONNECTED" in err, err)


def events_cut_off(it):
    with it.network("lab") as lab:
        lab.before_events = lab.before_end = ("qmp_capabilities",)
        lab.events = [LEASE]
        status, out, err = it("events", "lab")
        check("events: gone without a word", status == 1 and
              "LEASE_ADDED" in out and "network lab is gone" in err,
              (status, out, err))


def log_level(it):
    with it.network("lab") as lab:
        lab.answers["log-level"] = {"level": "info", "was": "info"}
        status, out, _ = it("log-level", "lab")
        check("log-level: what it is", (status, out) == (0, "info\n"), out)
        it("log-level", "lab", "debug")
        check("log-level: what it asks for", lab.arguments("log-level") ==
              [None, {"level": "debug"}], lab.asked)
        _, out, _ = it("log-level", "lab", "--json")
        check("log-level --json", json.loads(out)["was"] == "info", out)
        lab.answers["log-level"] = "argument 'level' must be one of 'error'"
        status, _, err = it("log-level", "lab", "frob")
        check("log-level: refused", status == 1 and "must be one of" in err,
              err)


def logs(it):
    log = it.dir / "state/userlan/lab.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    status, out, err = it("logs", "lab")
    check("logs: neither up nor a log", status == 1 and not out and
          "to make it: userlan up lab" in err and str(log) in err, err)
    log.write_text("".join(f"line {i}\n" for i in range(5, 9)))
    log.with_suffix(".log.1").write_text("line 1\nline \x1b[2J\n")
    _, out, _ = it("logs", "lab")
    check("logs: the old one first, no escape", out == "line 1\nline ?[2J\n"
          "line 5\nline 6\nline 7\nline 8\n", out)
    for count, want in (("0", []), ("1", ["8"]), ("4", list("5678")),
                        ("99", ["1", "?[2J"] + list("5678"))):
        _, out, _ = it("logs", "lab", "-n", count)
        check(f"logs -n {count}", out.split() == [
            w for n in want for w in ("line", n)], out)
    log.write_text("2026-01-02 03:04:05.678 warn dns: no answer: x \x1b[2J\n"
                   "runtime error \\ \"x\"\nhalf")
    _, out, _ = it("logs", "lab", "-n", "3", "--json")
    check("logs --json", [json.loads(line) for line in out.splitlines()] == [
        {"time": "2026-01-02 03:04:05.678", "level": "warn", "tag": "dns",
         "message": "no answer: x \x1b[2J"},
        {"message": 'runtime error \\ "x"'}] and "\x1b" not in out, out)
    log.write_text("x" * 70 + "\n" + ("y" * 63 + "\n") * 20000)
    _, out, _ = it("logs", "lab")
    check("logs: the last MiB, whole lines", 16380 < out.count("\n") < 16390
          and set(out.split("\n")[2:-1]) == {"y" * 63}, len(out))
    status, _, err = it("logs", "lab", "--lines", "-1")
    check("logs: no number", status == 2 and "--lines -1" in err, err)
    with it.network("lab") as lab:
        lab.answers["log-level"] = {"level": "info", "was": "info"}
        status, _, err = it("logs", "lab")
        check("logs: it keeps none", status == 1 and "keeps no log" in err,
              err)
        own = it.dir / "own"
        own.write_text("its own\n")
        lab.answers["log-level"]["file"] = str(own)
        _, out, _ = it("logs", "lab")
        check("logs: one of its own", out == "its own\n", out)
        os.mkfifo(it.dir / "pipe")
        lab.answers["log-level"]["file"] = str(it.dir / "pipe")
        status, _, err = it("logs", "lab")
        check("logs: no file", status == 1 and "pipe: " in err, err)


def logs_follow(it):
    log = it.dir / "state/userlan/web.log"
    log.write_text("one\n")
    follow = subprocess.Popen([it.bin / "userlan", "logs", "web", "-f"],
                              env=it.env, text=True, stdout=subprocess.PIPE)
    guard = threading.Timer(10, follow.kill)
    guard.start()
    seen = [follow.stdout.readline()]
    with open(log, "a", encoding="ascii") as file:
        file.write("tw")
        file.flush()
        time.sleep(0.05)
        file.write("o\n")
    seen.append(follow.stdout.readline())
    log.rename(log.with_suffix(".log.1"))
    log.write_text("three\n")
    seen.append(follow.stdout.readline())
    follow.send_signal(signal.SIGINT)
    check("logs -f: through a new file, until ^C",
          seen == ["one\n", "two\n", "three\n"] and
          follow.wait(10) == -signal.SIGINT, seen)
    guard.cancel()
    follow.stdout.close()


DNS = {"servers": [
    {"server": "192.0.2.1:53", "silent": False, "asked": 9, "answered": 8},
    {"domain": "corp.example", "server": "192.0.2.2:53", "silent": True,
     "asked": 5, "answered": 0}],
    "records": [{"name": "git", "address": "192.0.2.7"}], "hosts-file": 3,
    "cache": {"entries": 4, "bytes": 500}, "queries": {"local": 6}}


def dns(it):
    with it.network("lab") as lab:
        lab.answers.update({"query-dns": DNS, "dns-flush": {"flushed": 7}})
        _, out, _ = it("dns", "show", "lab")
        rows = [line.split() for line in out.splitlines()]
        check("dns show", rows[1:3] == [
            ["*", "192.0.2.1:53", "used", "9", "8"],
            ["corp.example", "192.0.2.2:53", "silent", "5", "0"]] and
            ["git", "192.0.2.7"] in rows and "hosts file: 3 names\n" in out
            and "cache: entries 4, bytes 500\n" in out, out)
        _, out, _ = it("dns", "show", "lab", "--json")
        check("dns show --json", json.loads(out) == DNS, out)
        for words in (("add", "git", "192.0.2.7"), ("rm", "git"),
                      ("rm", "git", "192.0.2.7"),
                      ("add", "--server", "corp.example=192.0.2.2"),
                      ("rm", "--server", "corp.example")):
            status, _, err = it("dns", words[0], "lab", *words[1:])
            check(f"dns {' '.join(words)}", status == 0 and not err, err)
        record = {"name": "git", "address": "192.0.2.7"}
        check("dns: what it asks for", lab.arguments("dns-add") == [
            record, {"server": "corp.example=192.0.2.2"}] and
            lab.arguments("dns-remove") == [
                {"name": "git"}, record, {"server": "corp.example"}],
            lab.asked)
        _, out, _ = it("dns", "flush", "lab")
        check("dns flush", out == "7 answers forgotten\n", out)
    for words, says in (((), "what? There are show, add, rm, flush"),
                        (("ad",), "'ad' is none of show, add, rm, flush"),
                        (("add",), "NET is missing: userlan dns add NET"),
                        (("add", "lab"), "say NAME and ADDRESS"),
                        (("add", "lab", "git"), "say NAME and ADDRESS"),
                        (("rm", "lab"), "say NAME, or --server"),
                        (("rm", "lab", "git", "--server", "x"), "either"),
                        (("show", "lab", "x"), "'x' is not wanted here")):
        status, _, err = it("dns", *words)
        check(f"dns {' '.join(words)}: usage", status == 2 and says in err,
              err)


# Of each verb about a network that is up; what comes behind NET.
NOT_UP = {
    "run": (("--net", "lab", "--", "true"),), "down": (("lab",),),
    "reload": (("lab",),), "status": (("lab",),), "events": (("lab",),),
    "flows": (("lab",),), "logs": (("lab",),), "stats": (("lab",),),
    "capture": (("lab", "-w", "/dev/null"),),
    "port-set": (("lab", "web", "link=down"),), "log-level": (("lab",),),
    "forward": (("ls", "lab"), ("add", "lab", "80:80"),
                ("rm", "lab", "80:80")),
    "leases": (("lab",),),
    "host": (("ls", "lab"), ("add", "lab", "a=52:54:00:00:00:01"),
             ("rm", "lab", "a")),
    "dns": (("show", "lab"), ("add", "lab", "a", "192.0.2.1"),
            ("rm", "lab", "a"), ("flush", "lab")),
    "policy": (("show", "lab"), ("set", "lab", "--egress", "none")),
    "connect": (("lab", "web", "22"),), "wait": (("lab", "web"),),
    "proxy": (("lab",),), "shell": (("lab", "--", "true"),),
}


def verbs(it):
    _, out, _ = it("--help")
    return [line.split()[0] for line in out.splitlines()
            if line.startswith("  ")]


def not_up(it):
    log = it.dir / "state/userlan/lab.log"
    log.unlink(missing_ok=True)
    check("not up: all verbs are tried", set(verbs(it)) - set(NOT_UP) ==
          {"up", "ls"}, set(verbs(it)) ^ set(NOT_UP))
    for verb, lines in NOT_UP.items():
        for words in lines:
            status, out, err = it(verb, *words)
            check(f"not up: {verb} {' '.join(words)}", status == 1 and
                  not out and "to make it: userlan up lab" in err, err)


def page(it):
    """Each verb has its part of userlan(1)."""
    text = (Path(__file__).resolve().parent.parent.parent /
            "src/cli/userlan.1.in").read_text()
    for verb in verbs(it):
        check(f"page: {verb}", f".Ss userlan {verb}\n" in text and
              f"\n.Cm {verb}" in text.split(".Sh DESCRIPTION")[0])


def main():
    with tempfile.TemporaryDirectory(prefix="ul-watch-") as path:
        it = Ground(path)
        for test in (events, events_of_name, events_cut_off, log_level,
                     logs, logs_follow, dns, not_up, page):
            test(it)
    sys.exit(1 if userlan.failed else 0)


if __name__ == "__main__":
    main()
