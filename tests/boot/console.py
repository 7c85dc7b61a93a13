# SPDX-License-Identifier: BSD-2-Clause
"""The console: which program reads the keyboard, how many may wait for it, and completion by the tab key."""

from harness.boot import PROMPT
from harness.figures import check_same, figures_at_rest

SECONDS = 120
COMPARE = False  # who prints first is not said
MANY = 300


def test_background_readers_wait(context):
    """rule: console-reads. However many programs in the background read, each typed line goes to the shell, or to the program in the
    foreground."""
    with context.start() as machine:
        machine.expect(PROMPT)
        for _ in range(3):
            machine.type("run cat &")
        machine.expect("^cat is .*\n(.*\n)*cat is .*\n(.*\n)*cat is .*$")
        for i in range(6):
            machine.type(f"echo line {i}")
            machine.expect(f"^line {i}$")
        machine.type("run cat")
        for i in range(4):
            machine.type(f"to the front {i}")
            machine.expect(rf"^to the front {i}\nto the front {i}$")
        machine.send("\x04")
        machine.command("echo back")
        machine.expect("^back$")


def test_made_by_the_foreground(context):
    """rule: console-reads. Threads of the program in the foreground read, too."""
    with context.start() as machine:
        machine.command("run cat &")
        machine.type("run readers 3")
        machine.expect("^readers: all started$")
        for i in range(3):
            machine.type(f"line {i}")
            machine.expect(f"^reader: got line {i}$")
        machine.expect(PROMPT)


def readers_come_and_go(machine):
    machine.type(f"run readers {MANY} &")
    machine.expect("^(cell> )?readers: all started$", timeout=60)
    machine.type("echo still here")
    machine.expect("^still here$")
    machine.type("run cat")
    machine.send("a line\n\x04")
    machine.expect("^a line\na line$")
    machine.type("kill --family readers")
    machine.type("wait")
    machine.expect(r"^readers \(PD_\w+\) was killed$")


def test_readers_of_all(context):
    """rule: tables-without-total, kept-for-clients. As many readers as a budget can pay wait in the background; the shell and
    a program in the foreground do not notice them, and readers that end give all back."""
    with context.start() as machine:
        machine.expect(PROMPT)
        for _ in range(2):  # tables for them, which stay
            readers_come_and_go(machine)
        before = figures_at_rest(machine)
        machine.expect(PROMPT)
        readers_come_and_go(machine)
        # The heaps of servers are as large as the most readers at once needed.
        check_same(machine, before, pages=60, objects=8, slots=32)
        assert "reader: " not in machine.transcript()


def long_readers_and_no_memory(context):
    """rule: reachable, kept-for-clients. The shell still reads when no memory is left, and a thousand readers that the console has no
    memory for ask again and again."""
    with context.start() as machine:
        machine.command("run readers 1500 full &")
        machine.expect("^readers: no memory left$", timeout=120)
        machine.type("run --reserve sleep 1")
        for i in range(5):
            machine.type(f"echo one {i}")
            machine.expect(f"^one {i}$")
        machine.type("echo two")
        machine.expect("^two$")
        machine.type("kill --family readers")
        machine.type("wait")
        machine.expect(r"^readers \(PD_\w+\) was killed$")


def test_tab(context):
    """A tab completes commands, programs and PDs, or the common part of several words, or lists the choices."""
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.send("ec\tone\n")
        machine.expect("^one$")
        machine.send("run hel\tyou\n")
        machine.expect("^hello, you$")
        machine.send("repeat 1 hel\tme\n")
        machine.expect("^hello, me$")
        machine.send("rde sh\t\n")
        machine.expect("^CONSOLE ")
        machine.send("r\t")
        machine.expect("^run  repeat  restarts  rde  rsi$")
        machine.expect("^cell> r")
        machine.send("un toy-\tcreate add=3 get\n")
        machine.expect("^toy-client: get: 3$")
        machine.send("echo inside\x01\x05 no\there nosuch \tthing\n")  # nothing to complete
        machine.expect("^inside nohere nosuch thing$")
        machine.send("echo two\x1b[D\x1b[D\x1b[D\x1b[D\t1\x05 end\n")  # in the middle of a line: `echo` gets its blank
        machine.expect("^1 two end$")
        machine.send("xyz\t\x03")
        machine.send("run cat\n")
        machine.send("a\tb\n\x04")  # programs get a blank
        machine.expect("^a b\na b$")


def test_end_behind_a_line(context):
    """Ctrl-D keeps the line; at the end of the input it is run anyway."""
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.send("echo ab\x04c\n")
        machine.expect("^abc$")
        assert "cell> echo ab\x07c\nabc" in machine.transcript(), machine.transcript()
        machine.send("echo last")
        machine.close_input()
        machine.expect("^last$")
        assert machine.exit_status() == 0
