# SPDX-License-Identifier: BSD-2-Clause
"""Clients when their server dies, and the system when a server hangs or lies."""

import time

from harness import clock, graph
from harness.boot import PROMPT

SECONDS = 120
COMPARE = False  # who prints first is not said
GONE = "the server, or the object, is gone"
PATIENCE = 1.0  # root/graph/graph.h: GRAPH_PATIENCE, in seconds


def settle(machine):
    """Waits until the programs that were started only wait."""
    machine.type("run sleep 1")
    machine.type("echo settled")
    machine.expect("^settled$")


def test_server_dies(context):
    """One client waits for its reply, the answer to one is deferred, one is queued: all get `gone`."""
    with context.start() as machine:
        machine.command("run toy-client create await=1 &")
        machine.expect("^toy-client: create: 0$")
        machine.type("run toy-client loop &")
        machine.expect("^toy: loops forever$")
        machine.type("run toy-client create &")
        settle(machine)
        machine.type("kill toy")
        machine.type("wait")
        text = ""
        for _ in range(3):
            text += machine.expect(rf"^(cell> )?toy-client: .*: {GONE}$").group()
        for action in ("await=1", "loop", "create"):
            assert f"toy-client: {action}: {GONE}" in text, text
        machine.expect("exited with 1")
        machine.type("run toy-client")
        machine.expect("^toy-client: no request edge for TOY$")


# ---- Extraction and servers that do not answer -----------------------------------

def model(context, machine, command="model"):
    """What the shell's `model` prints, which is legal: its rows, and the seconds until it began, of the wall and of the
    clock for limits."""
    path = context.folder / f"{command.replace(' ', '-')}.csv"
    begin = time.monotonic(), clock.now()
    rows = graph.from_shell(machine, path, command)
    took = time.monotonic() - begin[0], clock.now() - begin[1]
    return rows, took


def row_of(rows, name):
    """How a PD is marked: "", "partial", or None if it is not there."""
    found = [row.split(",") for row in rows if row.startswith("PD,") and row.split(",")[2] == name]
    assert len(found) <= 1, found
    return found[0][6] if found else None


def people(rows):
    """The rows without those of memory: the memory of a program's code is kept for the next start."""
    return [row for row in rows if "MO_" not in row]


def assert_prompt(took):
    """The extraction waited for no server. (Printing takes a while.)"""
    assert took[1] < PATIENCE + 4, took


def test_server_loops(context):
    """Extraction waits for a looping server no longer than the limit, and marks its part as missing; other
    requests are not delayed."""
    with context.start() as machine:
        machine.command("run toy-client create loop &")
        machine.expect("^toy-client: create: 0$")
        machine.expect("^toy: loops forever$")
        rows, took = model(context, machine)
        assert row_of(rows, "toy") == "partial" and row_of(rows, "console") == "", rows[:6]
        # The root task's own part is there: the toy, and its holders.
        assert any(row.startswith("RESOURCE,TOY_") for row in rows)
        assert PATIENCE * 0.9 <= took[0]
        assert_prompt(took)
        rows, took = model(context, machine, "model console")
        assert row_of(rows, "console") == "" and row_of(rows, "toy") is None
        rows, took = model(context, machine, "model toy-client")
        assert row_of(rows, "toy") == "partial" and row_of(rows, "toy-client") == ""
        machine.type("kill toy")
        machine.type("run hello")
        machine.expect("^hello, world$")


def start_liar(machine, how, options=""):
    machine.type(f"run serves=* {options}liar {how} &")
    machine.expect(f"^liar: {how}$")


def test_server_does_not_tell(context):
    """A server loops, does not answer, never receives, or reports a failure: it is marked, and its known rows are there."""
    for how in ("loop", "silent", "asleep", "error"):
        with context.start() as machine:
            machine.expect(PROMPT)
            start_liar(machine, how)
            for _ in range(2):
                rows, took = model(context, machine)
                assert row_of(rows, "liar") == "partial", (how, rows[:6])
                assert row_of(rows, "toy") == "" and row_of(rows, "shell") == "", (how, rows[:6])
                assert sum(row.startswith("RESOURCE,LIE_") and row.endswith(",one") for row in rows) == 1
                assert_prompt(took)
            assert how == "error" or took[0] >= PATIENCE * 0.9, took
            machine.type("kill liar")
            rows, took = model(context, machine)
            assert row_of(rows, "liar") is None and not any("LIE" in row for row in rows)


def test_server_dies_while_asked(context):
    """The server has a marked row, and nothing else; the others have all of theirs."""
    for how in ("exit", "fault"):
        with context.start() as machine:
            machine.expect(PROMPT)
            before, _ = model(context, machine)
            start_liar(machine, how)
            rows, took = model(context, machine)
            assert row_of(rows, "liar") == "partial", (how, rows[:6])
            assert not any("LIE" in row for row in rows), how
            assert_prompt(took)
            after, _ = model(context, machine)
            assert row_of(after, "liar") is None
            assert people(after) == people(before), how


def test_server_lies(context):
    """rule: lies. Whatever a server answers, the model is legal, and the others' parts are unchanged."""
    with context.start() as machine:
        machine.expect(PROMPT)
        before, _ = model(context, machine)
        start_liar(machine, "lie")
        model(context, machine)
        settle(machine)
        rows, _ = model(context, machine)
        own = sum(row.startswith("RESOURCE,LIE_") for row in rows)
        assert own > 150, own
        for command in ("model liar", "model shell", "model toy"):
            model(context, machine, command)
        machine.type("kill liar")
        machine.type("wait")
        machine.expect(r"^liar \(PD_\w+\) was killed$")
        after, _ = model(context, machine)
        assert people(after) == people(before)


def test_server_tells_too_much(context):
    """The server's answer does not end: its rows up to the limit are there."""
    with context.start() as machine:
        machine.expect(PROMPT)
        start_liar(machine, "much", "objects=2000 ")
        rows, took = model(context, machine)
        assert row_of(rows, "liar") == "partial"
        assert 10 < sum(row.startswith("RESOURCE,LIE_") for row in rows) < 2000
        assert_prompt(took)
