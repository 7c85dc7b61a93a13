# SPDX-License-Identifier: BSD-2-Clause
"""Bounds that docs/limitations.md names: each has an exact error, and everything below it works."""

import re

from harness import tool
from harness.boot import PROMPT

SECONDS = 120
COMPARE = False  # who prints first is not said
OWED = 150


def test_answers_owed(context):
    """rule: tables-without-total. A server can owe as many answers as there are clients that wait; all get one, too, when it
    dies, and the room goes with it."""
    with context.start() as machine:
        machine.command("run toy-client create ready await=1 &")
        machine.expect("^toy-client: ready: 0$")
        for _ in range(OWED):
            machine.type("run toy-client create await=1 &")
        machine.type("run toy-client create add=3 get")
        machine.expect("^toy-client: get: 3$", timeout=120)
        machine.type("run sleep 1")
        machine.type("kill toy")
        machine.type("wait")
        machine.type("echo all told")
        machine.expect("^all told$", timeout=120)
        assert machine.transcript().count("toy-client: await=1: the server, or the object, is gone") == OWED + 1
        assert "in use" not in machine.transcript()


def test_memory(context):
    """RAM beyond 4 GiB of addresses: all of it is there."""
    if context.board != tool.usual_board():
        raise tool.Skip("the board has less")
    if context.kernel:
        raise tool.Skip("what memory there is, another kernel may have from its build")
    with context.start(memory=4096) as machine:
        machine.command("mem")
        free = int(machine.expect(r"^pages +(\d+) of \d+ free").group(1))
        assert free > (4096 - 600) * 256, free
        machine.type("run hello")
        machine.expect("^hello, world$")


def test_arguments(context):
    with context.start() as machine:
        machine.expect(PROMPT)
        for typed, said in ((r"""'a"b'\''c'""", "a\"b'c"), (r"'a\b'", r"a\b"), (r"'\\n \n'", r"\\n \n"), (r"a\ \\", "a \\"),
                            ("'# |&;'", "# |&;")):
            machine.type(f"run hello {typed}")
            machine.expect("^hello, " + re.escape(said) + "$")


def test_long_line(context):
    """4 095 bytes and the line end are one line."""
    with context.start() as machine:
        machine.expect(PROMPT)
        word = "x" * (4095 - len("echo "))
        machine.type(f"echo {word}")
        machine.expect(f"^{word}$")
