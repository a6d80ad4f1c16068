#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""userlan_complete.py - completion, by `userlan --complete` and by bash."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import userlan
from userlan import Ground, check, NETWORK, WEB

FILES, COMMANDS = 3, 4
HERE = Path(__file__).resolve().parent
BASH_FILE = HERE.parent.parent / "src/cli/completion/userlan.bash"

# Names that guests gave themselves, and one that is right.
NAMES = ("web", "$(touch x)", "a b", "-rf", "`id`", "a;b", "x\ny", "w" * 65)

CASES = (
    (("statu",), "status", 0),
    (("--",), "--help --version", 0),
    (("frob", ""), "", 0),
    (("host", ""), "add rm ls", 0),
    (("host", "frob", ""), "", 0),
    (("status", ""), "lab wan", 0),
    (("status", "l"), "lab", 0),
    (("status", "lab", ""), "", 0),
    (("status", "--json", "w"), "wan", 0),
    (("status", "--j"), "--json", 0),
    (("log-level", "lab", ""), "error warn info debug", 0),
    (("log-level", "lab", "w"), "warn", 0),
    (("logs", "-n", "3", "l"), "lab", 0),
    (("logs", "--lines", ""), "", 0),
    (("port-set", "lab", "w"), "web", 0),
    (("port-set", "lab", "web", "--"), "--json --help", 0),
    (("wait", "lab", "web", "--j"), "--json", 0),
    (("logs", "lab", "--j"), "--json", 0),
    (("proxy", "lab", "--j"), "--json", 0),
    (("events", "lab", "--only", "LEASE_A"), "LEASE_ADDED", 0),
    (("flows", "lab", "--port", ""), "web", 0),
    (("flows", "lab", "--port=w"), "--port=web", 0),
    (("flows", "lab", "--port", "=", "w"), "web", 0),
    (("flows", "lab", "--port", "="), "web", 0),
    (("flows", "gone", "--port", ""), "", 0),
    (("up", ""), "old", 0),
    (("up", "lab", "--mode", "b"), "bridged", 0),
    (("up", "lab", "--mode=host"), "--mode=host-only", 0),
    (("up", "lab", "--mode", "=", "i"), "internal", 0),
    (("up", "lab", "--log-file", ""), "", FILES),
    (("up", "lab", "-p", "80", ":", "w"), "", 0),
    (("up", "lab", "-p", "80", ":", "80", "--mo"), "--mode", 0),
    (("run", "--net", ""), "lab wan", 0),
    (("run", "--net", "lab,name", "=", "web", "--ni"), "--nic", 0),
    (("run", ""), "", COMMANDS),
    (("run", "--", "qe"), "", COMMANDS),
    (("run", "--", "qemu", "-d"), "", FILES),
    (("run", "qemu", "--net", ""), "", FILES),
    (("shell", ""), "lab wan", 0),
    (("shell", "lab", "--", ""), "", COMMANDS),
    (("shell", "lab", "ls", "x"), "", FILES),
)


def ports():
    return [dict(WEB, name=name) for name in NAMES]


def cases(it):
    (it.dir / "state/userlan").mkdir(parents=True)
    for name in ("old.log", "old.log.1", "x.subnet", "a b.log"):
        (it.dir / "state/userlan" / name).touch()
    with it.network("lab", NETWORK, ports()) as lab, it.network("wan"):
        lab.answers["query-events"] = [{"name": "LEASE_ADDED"},
                                       {"name": "SHUTDOWN"}]
        for words, want, code in CASES:
            status, out, err = it("--complete", *words)
            check(f"complete: {' '.join(words)}_", out.split() ==
                  want.split() and status == code and not err,
                  (status, out, err))


def verbs(it):
    """Each verb of the help, and each option of a verb's help."""
    _, text, _ = it("--help")
    there = [line.split()[0] for line in text.splitlines()
             if line.startswith("  ")]
    status, out, err = it("--complete")
    check("complete: nothing typed", out.split() == there and not status
          and not err, (out, there))
    for verb in there:
        _, text, _ = it(verb, "--help")
        named = {word.rstrip(",;:.)") for line in text.splitlines()[2:]
                 for word in line.split()[:2] if line.startswith("  -")
                 and word.startswith("--")}
        _, out, _ = it("--complete", verb, "--")
        check(f"complete: the options of {verb}",
              named <= set(out.split()), (named, out))


def silent_network(it):
    """One that takes a connection and says nothing."""
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(it.sockets / "mute.ctl"))
        mute.listen(8)
        start = time.monotonic()
        _, out, err = it("--complete", "flows", "mute", "--port", "")
        took = time.monotonic() - start
    (it.sockets / "mute.ctl").unlink()
    check("complete: a mute network", not out and not err and took < 5,
          (out, err, took))
    status, out, err = it("--complete", "status", "", XDG_RUNTIME_DIR="rel")
    check("complete: no directory", not status and not out and not err, err)


SCRIPT = """
. "$1"
program=$2; shift 2
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
"_$program"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def ask_bash(it, *words):
    done = subprocess.run(
        ["bash", "--norc", "-c", SCRIPT, "bash", str(BASH_FILE), words[0],
         *words], env={**it.env, "PATH": f"{it.bin}:{os.environ['PATH']}"},
        capture_output=True, text=True, timeout=30)
    return done.stdout.split(), done.stderr


def bash(it):
    with it.network("lab", NETWORK, ports()):
        for words, want in (
                (("userlan", "statu"), {"status"}),
                (("userlan", "flows", "lab", "--port", ""), {"web"}),
                (("userlan", "up", "lab", "--mode", "=", "b"), {"bridged"}),
                (("userlan", "status", "z"), set()),
                (("userlan", "shell", "lab", "--", "userla"),
                 {"userlan", "userland"}),
                (("userland", "--mode", "h"), {"host-only"}),
                (("userland", "--host-lo"), {"--host-loopback"})):
            out, err = ask_bash(it, *words)
            check(f"bash: {' '.join(words)}_", set(out) == want and not err,
                  (out, err))
    out, err = ask_bash(it, "userlan", "up", "lab", "--log-file", "")
    check("bash: files are bash's own", not out and not err, (out, err))


def main():
    with tempfile.TemporaryDirectory(prefix="ul-complete-") as path:
        it = Ground(path)
        for test in (cases, verbs, silent_network, bash):
            test(it)
    sys.exit(1 if userlan.failed else 0)


if __name__ == "__main__":
    main()
