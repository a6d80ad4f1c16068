#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""demo-fails.py - the demo's "ok" is earned: take a thing away, see FAIL.

The demo runs whole, then without the server, the forward and the guest's
httpd. Each time exactly the lines that need the missing part must fail.
"""

import subprocess
import sys
from pathlib import Path

import lab

DEMO = Path(__file__).resolve().parent / "demo"
LINES = {"user", "boot", "lease", "name", "download", "upload", "ping",
         "ping out", "forward", "refused", "end"}
RUNS = (
    ((), set()),
    (("--without-server",), {"download", "upload"}),
    (("--without-forward",), {"forward"}),
    (("--without-httpd",), {"forward"}),
)


def test(it):
    for switches, wanted in RUNS:
        done = subprocess.run([sys.executable, "-B", DEMO, *switches, "."],
                              capture_output=True, text=True, timeout=120)
        lines = [(text[:4].strip(), text[6:16].strip())
                 for text in done.stdout.splitlines()]
        good = {name for word, name in lines if word in ("ok", "--")}
        bad = {name for word, name in lines if word == "FAIL"}
        if not it.check(" ".join(switches) or "whole", bad == wanted and
                        good == LINES - wanted and
                        done.returncode == (1 if wanted else 0),
                        "fails: " + (", ".join(sorted(bad)) or "nothing")):
            print(done.stdout + done.stderr)


if __name__ == "__main__":
    lab.main(test)
