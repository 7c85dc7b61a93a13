# SPDX-License-Identifier: BSD-2-Clause
"""Several address spaces of one PD: a key in one of them, and snapshots."""

import re

from harness import graph
from harness.boot import PROMPT
from harness.figures import check_same, figures_at_rest

SECONDS = 180
NOT_COMPARED = ("fails_at_each_step",)  # how many steps there are depends on the kernel's objects
CONTEXTS = "^contexts: "


def test_key(context):
    with context.start() as machine:
        machine.command("run contexts")
        machine.expect(CONTEXTS + "sealed 0x5ec2e6, outside 0, in another 0, kept inside$")
        machine.expect(CONTEXTS + "drop where it runs: in use$")
        machine.expect(CONTEXTS + "drop: ok, again: not found, switch: not found$")


def test_search(context):
    """The key of a context is in no memory of another one, and in no answer of the root task or a server to requests that name its address."""
    with context.start() as machine:
        machine.command("run contexts search")
        machine.expect(CONTEXTS + "seen 1 inside, 0 outside, 0 in another$", timeout=60)


def test_fault(context):
    """A fault in a context is reported, with the stack that is shared."""
    with context.start() as machine:
        machine.command("run contexts faults")
        machine.expect(r"^fault: PD_\w+ \(contexts\) tried to write address 0x8")
        machine.expect(r"called from:")
        machine.expect(r"^contexts \(PD_\w+\) faulted$")


def test_rounds(context):
    """A thousand returns to a snapshot, and contexts that end with their program: nothing is left."""
    with context.start() as machine:
        machine.command("run contexts back 500")
        machine.expect(CONTEXTS + "500 times back$", timeout=60)
        machine.type("run contexts many 100")
        machine.expect(CONTEXTS + "100, each with its own$")
        before = figures_at_rest(machine)
        machine.command("run contexts back 500")
        machine.expect(CONTEXTS + "500 times back$", timeout=120)
        machine.type("repeat 5 contexts many 100")
        machine.type("echo repeated")
        machine.expect("^repeated$", timeout=120)
        # Tables of the root task: 8 pages for each 2 MiB that were ever in use. Of the thousand that came and went, a page each is far more.
        check_same(machine, before, pages=120)


def test_model(context):
    """One PD that holds three address spaces, and runs in one of them."""
    path = context.folder / "model.csv"
    with context.start() as machine:
        machine.command("run contexts hold &")
        machine.expect(CONTEXTS + "held$")
        graph.from_shell(machine, path, "model contexts")
    text = path.read_text()
    pd = re.search(r"^PD,(PD_\w+),contexts,", text, re.M)[1]
    spaces = re.findall(rf",HOLD,{pd},ADS_SPACE_(\w+),rwx$", text, re.M)
    regions = [sorted(re.findall(rf"^RESOURCE,VMR_{space}_\w+,VMR,,,,(\w+)$", text, re.M)) for space in spaces]
    assert len(spaces) == 3 and regions[0] == regions[1] == regions[2] and len(regions[0]) > 6, (spaces, regions)
    assert len(re.findall(r"^RESOURCE,VCPU_", text, re.M)) == 1, text


def test_fails_at_each_step(context):
    """Making contexts runs into a limit of objects, slots or pages at each step in turn: nothing is left."""
    with context.start() as machine:
        machine.command("repeat 20 contexts back 20")
        machine.type("run contexts many 20")
        before = figures_at_rest(machine)
        for program, works in (("contexts many 2", "each with its own"), ("contexts back 2", "2 times back")):
            for unit, first, last, step in (("objects", 40, 110, 1), ("slots", 8, 60, 1), ("slots", 64, 545, 32)):
                machine.expect(PROMPT)
                begin = len(machine.transcript())
                for most in range(first, last, step):
                    machine.type(f"run {unit}={most} {program}")
                machine.type("echo all")
                machine.expect("^all$", timeout=60)
                text = machine.transcript()[begin:]
                ends = {("objects", 110), ("slots", 545)}
                assert works in text or (unit, last) not in ends, (program, unit, text)
        check_same(machine, before)
