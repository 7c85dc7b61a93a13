# SPDX-License-Identifier: BSD-2-Clause
"""Executables for Linux, as the compiler for it makes them, run beside other programs."""

import pathlib

from harness import archive, executables

SECONDS = 120
PROMPT = "^cell> "
SOURCES = pathlib.Path(__file__).parent / "linux"


def start(context, **members):
    return context.start(archive=archive.archive(context, **members))


def run(machine, line):
    """Types a line; what the machine says until the next prompt."""
    machine.expect(PROMPT)
    machine.type(line)
    machine.expect(f"{line}$")
    before = machine.seen()
    machine.expect(PROMPT)
    machine.type("")
    return machine.transcript()[before:machine.seen()].strip("\n").removesuffix("cell> ").splitlines()


def test_hello(context):
    """A static executable, and one that may lie anywhere: run by its name or with `run`; its status is told."""
    fixed = executables.compiled(context, SOURCES / "hello.c", "-static")
    movable = executables.compiled(context, SOURCES / "hello.c", "-static-pie", name="movable")
    with start(context, fixed=fixed, movable=movable) as machine:
        for line, said in (("fixed", "hello from fixed"), ("run fixed a 'b c'", "hello from fixed [a] [b c]"),
                           ("movable x", "hello from movable [x]")):
            lines = run(machine, line)
            assert lines[0] == said and lines[1].endswith("exited with 7"), lines
        assert run(machine, "hello") == ["hello, world"]
        assert run(machine, "nothing") == ["shell: no command or program 'nothing'; 'help' lists them"]


def test_description(context):
    """In a description, too, it is `linux` that runs it; what is wrong otherwise is said."""
    fixed = executables.compiled(context, SOURCES / "hello.c", "-static")
    wrong, right = context.folder / "wrong", context.folder / "right"
    wrong.write_text("pd greet process program=fixed\n")
    right.write_text(archive.CONSOLE + "pd greet process program=linux\n  args --strace fixed a\n  rde MO\n  rde CONSOLE from console\n"
                     "  essential\n")
    members = {"fixed": fixed, "systems/wrong": wrong, "systems/right": right}
    with context.start(archive=archive.archive(context, **members), system="wrong") as machine:
        assert machine.exit_status() != 0
        assert "line 1: program: 'fixed' is made for Linux: 'program=linux' with 'args fixed' runs it" in machine.errors()
    with context.start(archive=archive.archive(context, **members), system="right") as machine:
        assert machine.exit_status() == 7
        lines = machine.transcript().splitlines()
    assert "hello from fixed [a]" in lines and 'write(1, "hello from fixed [a]\\n", 21) = 21' in lines, lines
