# SPDX-License-Identifier: BSD-2-Clause
"""Programs that copy themselves: memory, handles, and the traces of a creation that fails."""

import re

from harness import graph, tool
from harness.boot import PROMPT
from harness.figures import check_same, figures_at_rest

SECONDS = 180
NOT_COMPARED = ("thread", "fails_at_each_step")  # who prints first is not said; how many steps there are depends on the kernel's objects


def test_memory(context):
    """Child and parent keep all their memory, whatever the other one writes."""
    with context.start() as machine:
        machine.command("run fork")
        machine.expect("^fork: child: all there, another PD$")
        machine.expect("^fork: parent: nothing changed, the child exited with 17$")


def test_handles(context):
    """Handles and edges are in the same places, also after a place that is empty."""
    with context.start() as machine:
        machine.command("run fork toys")
        machine.expect("^fork: child: ok, the toy is 7$")
        machine.expect("^fork: parent: 0, the toy is 7$")


def test_thread(context):
    """A thread with edges outside its root CNode copies itself; both use them, and nothing is left."""
    with context.start() as machine:
        machine.command("repeat 2 fork thread")
        before = figures_at_rest(machine)
        machine.command("run fork thread")
        machine.expect("^fork: thread: all there, ok, 7$")
        machine.expect("^fork: the thread exited with 19$")
        check_same(machine, before)
        assert len(re.findall("^fork: child: all there, ok, 7$", machine.transcript(), re.M)) == 3


def test_rounds(context):
    with context.start() as machine:
        machine.command("repeat 5 fork deep 5")
        machine.type("repeat 5 fork")
        before = figures_at_rest(machine)
        machine.command("repeat 60 fork deep 5")
        machine.type("repeat 60 fork")
        machine.type("echo repeated")
        machine.expect("^repeated$", timeout=120)
        check_same(machine, before)
        assert len(re.findall("^fork: 5 copies$", machine.transcript(), re.M)) == 65


def test_model(context):
    """The child has all regions of its maker; those that can be written are on memory of its own."""
    path = context.folder / "model.csv"
    with context.start() as machine:
        machine.command("run fork hold &")
        machine.expect("^fork: both hold$")
        graph.from_shell(machine, path, "model")
    cellmodel = context.build / "host" / "cellmodel"
    text = path.read_text()
    regions = {}
    for name in ("fork", "child"):
        pd = re.search(rf"^PD,(PD_\w+),{name},", text, re.M)[1]
        space = re.search(rf",HOLD,{pd},ADS_SPACE_(\w+),", text)[1]
        regions[name] = re.findall(rf"^RESOURCE,VMR_{space}_\w+,VMR,,,,(\w+)$", text, re.M)
    assert sorted(regions["fork"]) == sorted(regions["child"]) and len(regions["fork"]) > 6, regions
    rules = context.folder / "rules"
    rules.write_text("rsi fork child VMR == 0\nrsi fork child MO < 0.2\n")
    tool.run(cellmodel, "expect", path, rules)


def test_fails_at_each_step(context):
    """Creation runs into a limit of objects, slots or pages at each step in turn: nothing is left."""
    with context.start() as machine:
        machine.command("run fork")
        machine.type("run keeper")
        before = figures_at_rest(machine)
        refused = 0
        for program, worked in (("fork", "nothing changed"), ("keeper", "returns 7")):
            for unit, first, last in (("objects", 40, 96), ("pages", 20, 60), ("slots", 8, 48)):
                machine.expect(PROMPT)
                begin = len(machine.transcript())
                # Each page that is copied takes a slot to be mapped.
                for most in [*range(first, last), 1000]:
                    machine.type(f"run {unit}={most} {program}")
                machine.type("echo all")
                machine.expect("^all$", timeout=60)
                text = machine.transcript()[begin:]
                refused += text.count("beyond the limit")
                assert unit == "pages" or worked in text, (program, unit, text)
        assert refused > 40, refused
        check_same(machine, before)
