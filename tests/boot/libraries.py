# SPDX-License-Identifier: BSD-2-Clause
"""Libraries in address spaces of their own: a key that stays inside, and libraries that do not return."""

from harness import graph, tool
from harness.boot import PROMPT
from harness.figures import check_same, figures_at_rest

SECONDS = 180
KEEPER = "^keeper: "


def test_key(context):
    with context.start() as machine:
        machine.command("run keeper")
        machine.expect(KEEPER + "call: ok$")
        machine.expect(KEEPER + "returns 7, 0x1234 sealed is 0x5ec2f53b, the program's key is 0(x0)?$")


def test_probe(context):
    """rule: opaque. The maker cannot read a library's key, not even by its address."""
    with context.start() as machine:
        machine.command("run keeper probe")
        machine.expect(KEEPER + "probe: refused 0$")


def test_search(context):
    """rule: opaque. The key of a library is in no memory of its maker or another library of it, and in no answer to requests that
    name its address."""
    with context.start() as machine:
        machine.command("run keeper search")
        machine.expect(KEEPER + "seen 1 where it is, 0 outside, 0 in another$", timeout=60)


def test_several(context):
    """Libraries of one PD call one another, and do not see one another's data."""
    with context.start() as machine:
        machine.command("run keeper two")
        machine.expect(KEEPER + "from the outer: ok$")
        machine.expect(KEEPER + "the outer itself: in use$")
        machine.expect(KEEPER + "call: ok$")
        machine.expect(KEEPER + "the outer returns 1, the program's key is 0$")


def contained(context, how, error):
    """The caller gets an error and goes on; nothing is left of the library."""
    with context.start() as machine:
        machine.command(f"run keeper {how}")
        before = figures_at_rest(machine)
        machine.command(f"run keeper {how}")
        machine.expect(KEEPER + f"{how}: {error}$")
        machine.expect(KEEPER + "again: the server, or the object, is gone$")
        machine.expect(KEEPER + "another: ok$")
        check_same(machine, before)


def test_faults(context):
    contained(context, "faults", "it faulted")


def test_report(context):
    """The report is about the library, and says how it was entered."""
    with context.start() as machine:
        machine.command("run keeper faults")
        machine.expect(r"^fault: PD_\w+ \(bad\) tried to write address 0x8")
        machine.expect("misbehave")


def test_exits(context):
    contained(context, "exits", "the server, or the object, is gone")


def test_loops(context):
    contained(context, "loops", "no answer in time")


def asleep(machine):
    machine.command("run keeper sleeps &")
    machine.expect(r"^keeper is PD_\w+$")
    machine.type("run sleep 1")
    machine.expect(PROMPT)


def test_ended(context):
    """A library that is ended while it is called gives the CPU back."""
    with context.start() as machine:
        asleep(machine)
        machine.type("kill bad")
        machine.expect(KEEPER + "sleeps: the server, or the object, is gone$")
        machine.expect(KEEPER + "another: ok$")


def test_caller_ends(context):
    """A caller that is ended while its CPU is in a library ends the library, too."""
    with context.start() as machine:
        machine.command("run keeper")
        before = figures_at_rest(machine)
        asleep(machine)
        machine.type("kill keeper")
        machine.expect(r"^keeper \(PD_\w+\) was killed$")
        check_same(machine, before)
        machine.command("kill bad")
        machine.expect("no PD 'bad'")


def test_many_rounds(context):
    """Made, called and ended 300 times: the same figures."""
    with context.start() as machine:
        machine.command("repeat 5 keeper two")
        before = figures_at_rest(machine)
        machine.command("repeat 150 keeper two")
        machine.type("echo repeated")
        machine.expect("^repeated$", timeout=120)
        check_same(machine, before)


def test_model(context):
    """Two PDs: code and stack are the same memory, data and heap are not."""
    path = context.folder / "model.csv"
    with context.start() as machine:
        machine.command("run keeper hold &")
        machine.expect(KEEPER + "call: ok$")
        graph.from_shell(machine, path, "model")
    cellmodel = context.build / "host" / "cellmodel"
    rules = context.folder / "rules"
    rules.write_text("rsi keeper seal VMR == 0\nrsi keeper seal MO > 0\nrsi keeper seal MO < 1\n")
    tool.run(cellmodel, "expect", path, rules)
