# SPDX-License-Identifier: BSD-2-Clause
"""Programs that run without an error."""

from harness import archive
from harness.archive import CONSOLE

SECONDS = 120


def test_hello(context):
    with context.start() as machine:
        machine.command("run hello")
        machine.expect("^hello, world$")
        machine.command("run hello 'a person'")
        machine.expect("^hello, a person$")
        machine.power_off()


def test_runtime(context):
    with context.start() as machine:
        machine.command("run rttest")
        result = machine.expect(r"^(FAIL .*|rttest: (\d+) of \2 passed)$", timeout=60).group()
        assert result.startswith("rttest:"), result
        machine.power_off()


def test_threads(context):
    with context.start() as machine:
        machine.command("run threads 5")
        machine.expect("^threads: thread 4: ok, sum 10$")
        machine.power_off()


def test_thread_local(context):
    """100 KB of thread-local variables; each thread has its own."""
    with context.start() as machine:
        machine.command("run threadlocal")
        machine.expect("^threadlocal: each has its own$")
        machine.power_off()


def test_constructors(context):
    """Threads that are there before the process has run: constructors run once and before them, destructors once, at the end of
    the process; a thread that exits, or fails an assertion, ends alone."""
    description = (
        CONSOLE + "pd one process program=construct\n  rde CONSOLE from console\n  priority 50\n  essential\n"
        "pd two thread of one entry=worker\n  rde CONSOLE from console\n  priority 110\n"
        "pd three thread of one entry=asserting\n  rde CONSOLE from console\n  priority 50\n")
    with archive.start(context, description) as machine:
        assert machine.exit_status() == 3
        lines = machine.transcript().splitlines()
    asserted = [line for line in lines if "assert" in line]
    assert len(asserted) == 1 and "constructed == 77" in asserted[0], lines
    lines.remove(asserted[0])
    assert lines == ["construct: constructor 1", "construct: a thread finds 1", "construct: main goes on",
                     "construct: destructor 1"], lines


def test_reading(context):
    with context.start() as machine:
        machine.command("run cat")
        machine.type("some words")
        machine.expect("^some words\nsome words$")
        machine.send("\x04")
        machine.power_off()
