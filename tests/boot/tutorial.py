# SPDX-License-Identifier: BSD-2-Clause
"""docs/tutorial.md: its commands, behind `cell>`, can be typed in order, and print the lines below them."""

import pathlib
import re
import time

SECONDS = 90
COMPARE = False  # who prints first is not said
PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
# Figures that are different from build to build and from run to run.
FIGURES = ("PD_", "RSI MO", "RSI VMR")


def commands():
    """(typed, [lines below that must come])."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("    cell> "):
            found.append((line.removeprefix("    cell> "), []))
        elif line.startswith("    ") and found and not re.match(r" +(\$|\./|…)", line):
            found[-1][1].append(line.strip())
        elif not line.startswith("    ") and line and found:
            found.append((None, []))
    return [(typed, lines) for typed, lines in found if typed is not None]


def test_session(context):
    with context.start() as machine:
        machine.expect("^cell> ")
        clients = 0
        for typed, lines in commands():
            machine.type(typed)
            for line in lines:
                if not line.startswith(FIGURES):
                    machine.expect("^(cell> )?" + re.sub(" +", " +", re.escape(line).replace(r"\ ", " ")))
            if typed.endswith("hold &"):
                clients += 1
                while machine.frames("ready").count("toy-client") < clients:
                    machine.expect_frame("ready")
                    time.sleep(0.05)
        machine.type("echo the end")
        machine.expect("^the end$")
        text = machine.transcript()
        complaint = re.search(r"^\w+: (no (command|PD|program)|too (few|many)|not found).*$", text, re.MULTILINE)
        assert complaint is None, complaint
