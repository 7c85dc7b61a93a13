# SPDX-License-Identifier: BSD-2-Clause
"""Memory that presets share stays shared when it grows or is replaced; if one PD cannot get the change, no PD does."""

import re

from harness import graph
from harness.boot import PROMPT
from harness.figures import check_same, figures_at_rest

SECONDS = 180


def follows(context, what):
    with context.start() as machine:
        machine.command(f"run follow {what}")
        machine.type("echo ended")
        machine.expect("^ended$", timeout=60)
        said = re.findall("^follow: (.*)$", machine.transcript(), re.MULTILINE)
        assert said == ["grown: 11 11 11", "grown by another: 12 12 12", "attached: 21 21 21", "removed: 0 0 0", "replaced: 22 22 22",
                        "removed by another: 22 0 22", "removed at last: 0 0 0", "in the way: 0 0 13", "malloc: 0",
                        "attach: something is there already", "nothing has changed: 0 0 13", "out of the way: 16 16 16", "done"], said


def test_stack(context):
    """Two PDs that share the heap of a third: each may make it longer, for all; an obstacle in one of them is an error for the PD that asked."""
    follows(context, "stack")


def test_context(context):
    follows(context, "context")


def test_attack(context):
    """A sharer that puts regions in the way, removes what it shares, and is ended in the middle of that, keeps nobody else from having the same,
    and leaves nothing behind."""
    with context.start() as machine:
        for round in range(2):
            assert machine.answer("run follow attack") == ["follow: attack: refused at least thrice: 1, wrong: 0"]
            if round == 0:
                before = figures_at_rest(machine)
        check_same(machine, before)


def test_model(context):
    """The model shows the same memory objects behind the heap of each."""
    path = context.folder / "model.csv"
    with context.start() as machine:
        machine.command("run follow hold &")
        machine.expect("^follow: held$")
        graph.from_shell(machine, path, "model")
    text = path.read_text()
    heaps = {}
    for pd in re.findall(r"^PD,(PD_\w+),(?:follow|sharer),", text, re.MULTILINE):
        space = re.search(rf",HOLD,{pd},ADS_SPACE_(\w+),", text)[1]
        regions = re.findall(rf"^RESOURCE,(VMR_{space}_\w+),VMR,,,,\w*_HEAP_\w+$", text, re.MULTILINE)
        heaps[pd] = sorted(re.search(rf",MAP,{region},(MO_\w+)", text)[1] for region in regions)
    first, *others = heaps.values()
    assert len(others) == 2 and len(first) >= 3 and others == [first, first], heaps


def run_into_limits(machine, unit, limits):
    machine.expect(PROMPT)
    begin = len(machine.transcript())
    for most in limits:
        machine.type(f"run {unit}={most} follow context")
    machine.type("echo all")
    machine.expect("^all$", timeout=100)
    text = machine.transcript()[begin:]
    assert re.search("^follow: done$", text, re.MULTILINE) and re.search("beyond the limit|: 0 0 0$", text, re.MULTILINE), (unit, text)
    # All have the same.
    for own, *others in re.findall(r"^follow: grown.*: (\d+) (\d+) (\d+)$", text, re.MULTILINE):
        assert others == [own, own], (unit, text)


def test_limits(context):
    """A program that runs into a limit of objects, slots or pages, at each step in turn, leaves nothing behind; the root
    task keeps the tables of the first round."""
    units = {"objects": range(60, 150, 5), "slots": range(300, 6000, 380), "pages": range(60, 1000, 94)}
    with context.start() as machine:
        for unit, limits in units.items():
            run_into_limits(machine, unit, limits)
        before = figures_at_rest(machine)
        for unit, limits in units.items():
            run_into_limits(machine, unit, limits)
        check_same(machine, before)
