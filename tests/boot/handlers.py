# SPDX-License-Identifier: BSD-2-Clause
"""Faults of PDs that another PD deals with, because a configuration says so."""

import re

from harness import archive
from harness.boot import PROMPT
from harness.figures import check_same, figures_at_rest

SECONDS = 120
COMPARE = False  # how often it is asked whether a PD stands in its fault differs
BLOCKS = """pd handler process program=handler
  rde CONSOLE from console
  args {0}

pd worker process program=mended
  args 2
  rde CONSOLE from console
  fault handler{1}
"""


FORGER = BLOCKS.replace("mended\n  args 2", "forge")


def start(context, **descriptions):
    """The default system, and descriptions that the shell can start."""
    members = {}
    for name, text in descriptions.items():
        members[name] = context.folder / name
        members[name].write_text(text)
    return context.start(archive=archive.archive(context, **members))


def said(machine, name):
    """What handler and worker say, from the start of a description until the worker has ended, by its end; and the worker's number."""
    machine.expect(PROMPT)
    begin = len(machine.transcript())
    machine.type(f"run -f {name}")
    end = machine.expect(r"^worker \((PD_\w+)\) (.*)$", timeout=60)
    text = machine.transcript()[begin:]
    return {who: re.findall(f"^{who}: (.*)$", text, re.MULTILINE) for who in ("handler", "mended", "fault")} | {"end": end.group(2), "pd": end.group(1)}


def end_handler(machine):
    machine.command("kill handler")
    machine.expect(r"^handler \(PD_\w+\) was killed$")


def check_emulated(machine, name, badge):
    told = said(machine, name)
    number = int(told["pd"][3:], 16)
    badge = badge or number
    head = f"{told['pd']}, badge {badge}: kind"
    assert told["handler"][:2] == [f"{head} 5 at 7000000000, access 1, why 1", f"{head} 5 at 7000001000, access 1, why 1"], told
    assert told["handler"][2].startswith(head) and len(told["handler"]) == 3, told
    assert told["mended"] == [f"read {0x70000000 + badge + i * 16:x}" for i in range(2)], told
    assert told["end"] == "faulted" and told["fault"][0].startswith(f"{told['pd']} (worker) executed a breakpoint"), told
    end_handler(machine)


def test_emulates(context):
    """The handler reads what happened, sets registers and the PD goes on with them; what it lets end has a report. Its badge is the
    configuration's, or the PD's number."""
    with start(context, waits=BLOCKS.format("''", " badge=7"), signals=BLOCKS.format("signal", ""),
               largest=BLOCKS.format("''", " badge=0x1ffffffff")) as machine:
        check_emulated(machine, "waits", 7)
        before = figures_at_rest(machine)
        check_emulated(machine, "signals", None)
        check_emulated(machine, "waits", 7)
        check_same(machine, before)


def test_goes_on_faulting(context):
    """A PD that goes on as it stands faults again, until the handler lets it end."""
    with start(context, own=BLOCKS.format("again", "")) as machine:
        told = said(machine, "own")
        assert len(told["handler"]) == 4 and len(set(told["handler"])) == 1, told
        assert told["mended"] == [] and told["end"] == "faulted" and "tried to read address 0x7000000000" in told["fault"][0], told


def test_handler_ends(context):
    """By itself, or killed: what it had to deal with ends the PD, as without a handler; with a depth of 1 the PD goes with it."""
    with start(context, leaves=BLOCKS.format("leave", ""), deaf=BLOCKS.format("deaf", "")) as machine:
        told = said(machine, "leaves")
        assert len(told["handler"]) == 1 and told["end"] == "faulted" and told["fault"], told
        before = figures_at_rest(machine)
        for depth, end in ((0, "faulted"), (1, "went with a PD that it depends on")):
            machine.command("run -f deaf &")
            worker = machine.expect(r"^worker is (PD_\w+)$").group(1)
            wait_until_faulted(machine)
            machine.command(f"kill --pd-depth {depth} handler")
            machine.until_told(rf"worker \({worker}\) {end}$")
        check_same(machine, before)


def wait_until_faulted(machine, name="worker"):
    while True:
        machine.command("ps")
        if machine.expect(rf"^PD_\w+ +(running|faulted) .* {name}$").group(1) == "faulted":
            return


def test_ends_while_it_stands(context):
    """A PD that stands in a fault can be killed; its handler goes on."""
    with start(context, deaf=BLOCKS.format("deaf", "")) as machine:
        machine.expect(PROMPT)
        for round in range(3):
            machine.type("run -f deaf &")
            machine.expect(r"^worker is PD_\w+$")
            wait_until_faulted(machine)
            machine.command("kill worker")
            machine.expect(r"^worker \(PD_\w+\) was killed$")
            end_handler(machine)
            if round == 0:
                before = figures_at_rest(machine)
        check_same(machine, before)


def test_forged(context):
    """What a PD sends itself as a fault message is no fault that its handler hears of."""
    with start(context, own=FORGER.format("''", "")) as machine:
        told = said(machine, "own")
        assert told["handler"] == [] and told["end"] == "faulted" and "sent a forged fault message" in "".join(told["fault"]), told


def test_nothing_besides(context):
    """rule: fault-handlers. The handler gets authority over the registers of a PD that stands in its fault, and over nothing else; the
    one of another handler stands meanwhile."""
    with start(context, other=BLOCKS.format("deaf", "").replace("handler", "deaf").replace("=deaf", "=handler").replace("worker", "other"),
               own=BLOCKS.format("try", " badge=1")) as machine:
        machine.command("run -f other &")
        machine.expect(r"^other is PD_\w+$")
        wait_until_faulted(machine, "other")
        told = said(machine, "own")
        assert told["handler"][1:] == ["got 0 that it should not"] and told["mended"] == ["read 70000001"], told


def test_many(context):
    """A handler of 40 PDs tells them apart by their badges."""
    count = 40
    blocks = BLOCKS.format("''", "").split("\n\n")
    workers = [blocks[1].replace("worker", f"worker{i}") .replace("fault handler", f"fault handler badge={1000 + i}") for i in range(count)]
    with start(context, own="\n\n".join([blocks[0], *workers])) as machine:
        machine.command("run -f own &")
        read = [machine.expect(r"^mended: read (\w+)$").group(1) for _ in range(2 * count)]
        assert sorted(int(word, 16) for word in read) == sorted(0x70000000 + 1000 + 16 * k + i for i in range(count) for k in (0, 1)), read
