# SPDX-License-Identifier: BSD-2-Clause
"""Servers that are started again: how often, what is left of the old one, and the edges of its clients."""

import re

from harness import archive, graph
from harness.boot import PROMPT
from harness.figures import check_same, figures

SECONDS = 120
NOT_COMPARED = ("row",)  # who prints first is not said
GONE = "the server, or the object, is gone"
TOY = """
pd toy process program=toy
  rde RESSPC
  rde CONSOLE from console
  serves TOY as dolls
  {}
"""
SHELL = f"\n{archive.SHELL}  serves *\n"


def system(*lines, edges="rde TOY from dolls pass-on"):
    return archive.CONSOLE + "  essential\n" + TOY.format("\n  ".join(lines)) + f"{SHELL}  {edges}\n"


def blocks(machine):
    """The rows of `restarts`: for each block its PD, state, restarts, and its last end."""
    machine.command("restarts")
    machine.expect("^PD +state +restarts")
    machine.type("echo told")
    machine.expect("^told$")
    rows = re.findall(r"^([0-9a-f]+) +([a-z ]+?) +(\d+)  (\S+) +(\S.*)$", machine.transcript(), re.M)
    return {name: (pd, state, int(count), end) for pd, state, count, name, end in rows}


def ends_and_is_asked(context, machine, misbehaves, how):
    """An old client reaches the new server by its old edge; a new client reaches it, too."""
    machine.command(f"run toy-client create set=5 {misbehaves} get again get")
    machine.expect(f"^toy-client: {misbehaves}: {GONE}$", timeout=30)
    machine.expect("^toy-client: get: ")  # the old resource is gone; the message may differ
    machine.expect("^toy-client: again: 0$", timeout=30)
    machine.expect("^toy-client: get: 0$")
    assert "toy-client: get: 5" not in machine.transcript()
    assert blocks(machine)["toy"][1:] == ("runs", 1, how)
    machine.type("run toy-client")
    machine.expect("^toy-client: get: 3$")


def test_faults(context):
    """With the report of the old server, and the model of the moment before, which is legal."""
    with context.start(system="restart") as machine:
        ends_and_is_asked(context, machine, "null", "faulted")
        machine.command("restarts toy")
        machine.expect(r"^fault: PD_2 \(toy\) tried to read address 0x0")
        path = context.folder / "before.csv"
        rows = graph.from_shell(machine, path, "restarts toy model")
        assert "PD,PD_2,toy,,,," in rows, rows
        # The toy that was held when the server ended; it exists nowhere now.
        assert any(row.startswith("RESOURCE,TOY_") for row in rows), rows
        now = graph.from_shell(machine, context.folder / "now.csv", "model")
        assert not [row for row in now if row.startswith("PD,PD_2,") or row.startswith("RESOURCE,TOY_")]
        assert [row for row in now if re.fullmatch(r",,TOY,REQUEST,PD_3,PD_\w+,TOY_SPACE_\w+", row)], now


def test_exits(context):
    """After an exit with a status other than 0 a server is started again; after status 0 it is not."""
    with archive.start(context, system("restart 2 in 60")) as machine:
        machine.command("run toy-client exit=3 again")
        machine.expect("^toy-client: again: 0$", timeout=30)
        assert blocks(machine)["toy"][1:] == ("runs", 1, "exited with 3")
        machine.type("run toy-client exit=0 again")
        machine.expect(f"^toy-client: again: {GONE}$", timeout=60)
        assert blocks(machine)["toy"][1:] == ("ended", 1, "exited with 0")
        machine.type("run toy-client")
        machine.expect("^toy-client: no request edge for TOY$")


def test_hangs(context):
    """A server that hangs is found, and the report has what a person needs to find the fault."""
    with context.start(system="restart") as machine:
        ends_and_is_asked(context, machine, "loop", "faulted")
        assert re.search(r"^fault: PD_2 \(toy\) hangs: it has not answered the root task for 2 seconds\n"
                         r"  at: \S+ loop_for_ever", machine.transcript(), re.M)


def test_hangs_without_restart(context):
    """A hanging server is ended, its waiting clients get an error, and nothing else happens."""
    with archive.start(context, system("watch 1")) as machine:
        machine.command("run toy-client loop")
        machine.expect(f"^toy-client: loop: {GONE}$", timeout=30)
        assert blocks(machine)["toy"][1] == "ended"


def test_slow_is_no_hang(context):
    """A server that is busy for less than the limit is left alone, again and again."""
    with archive.start(context, system("restart 1 in 60", "watch 3")) as machine:
        machine.expect(PROMPT)
        for _ in range(3):
            machine.type("run toy-client nap=2")
            machine.expect("^toy-client: nap=2: 0$", timeout=30)
        assert blocks(machine)["toy"][1:] == ("runs", 0, "-")


def test_given_up(context):
    """The third end within the time is final; the edges to the server are gone, and nothing else is."""
    with archive.start(context, system("restart 2 in 600")) as machine:
        for again in range(2):
            machine.command("run toy-client null again")
            machine.expect("^toy-client: again: 0$", timeout=30)
            assert blocks(machine)["toy"][2] == again + 1
        machine.type("run toy-client null again")
        machine.expect(f"^toy-client: again: {GONE}$", timeout=60)
        machine.until_told(r"restart: PD_\w+ \(toy\) is not started again; 2 restarts, at most 2 in 600 seconds")
        assert blocks(machine)["toy"][1:3] == ("given up", 2)
        machine.type("rde shell")
        machine.type("echo edges")
        machine.expect("^edges$")
        assert " TOY" not in machine.transcript().split("rde shell")[-1]


def test_window(context):
    """Ends longer ago than the time do not count."""
    with archive.start(context, system("restart 1 in 1")) as machine:
        for again in range(3):
            machine.command("run toy-client null again")
            machine.expect("^toy-client: again: 0$", timeout=30)
            machine.command("run sleep 2")
            assert blocks(machine)["toy"][1:3] == ("runs", again + 1)


def test_budget(context):
    """Restarts lose no memory."""
    with archive.start(context, system("restart 64 in 1")) as machine:
        before = None
        for again in range(30):
            machine.command("run toy-client create null again")
            machine.expect("^toy-client: again: 0$", timeout=30)
            if again == 2:
                machine.command("run sleep 1")
                before = figures(machine)
        check_same(machine, before)


def test_limits_stay(context):
    """Limits set since boot hold for the new server, whatever its block says."""
    with archive.start(context, system("restart 2 in 600", "limits pages=300")) as machine:
        machine.command("limit toy pages=5")
        machine.command("kill toy")
        machine.until_told(r"restart: PD_\w+ \(toy\) is not started again; 2 restarts, .*: .*limit")


def test_row(context):
    """Servers that depend on one another are all started again, each after those that it asks."""
    text = archive.CONSOLE + "  essential\n" + """
pd disk process program=layer
  rde RESSPC
  serves BLOCKA
  args BLOCKA
  restart 9 in 60

pd files process program=layer
  rde RESSPC
  rde BLOCKA from disk
  serves FILES
  args FILES BLOCKA
  restart 9 in 60

pd app process program=layer
  rde CONSOLE from console
  rde FILES from files
  args - FILES
  restart 9 in 60
""" + SHELL
    with archive.start(context, "policy space-depth=0 pd-depth=2\n" + text) as machine:
        machine.expect("^layer: FILES answers 2$", timeout=60)
        for depth, gone in (("", 3), ("--pd-depth 1 ", 2), ("--pd-depth 0 ", 1)):
            before = {name: row[2] for name, row in blocks(machine).items()}
            machine.type(f"kill {depth}disk")
            if gone == 3:
                machine.expect("^layer: FILES answers 2$", timeout=60)
            machine.command("run sleep 1")
            after = blocks(machine)
            again = {name for name, row in after.items() if row[2] == before[name] + 1}
            assert again == set(["disk", "files", "app"][:gone]), (gone, before, after)
            assert all(row[1] == "runs" for row in after.values()), after


def test_name_taken(context):
    """A PD that has the name of a block, but another maker, is not mistaken for the block's."""
    text = archive.CONSOLE + "  essential\n" + """
pd sleep process program=layer
  rde RESSPC
  serves BLOCKA
  args BLOCKA

pd friend process program=sleep
  hold sleep rights=r
  args 100000
  restart 2 in 600
""" + SHELL
    with archive.start(context, text) as machine:
        machine.command("run sleep 100000 &")
        machine.command("kill friend")
        machine.until_told("restart: .*is started again")
        machine.type("echo over")
        machine.expect("^over$")
        rows = graph.from_shell(machine, context.folder / "model.csv", "model")
        names = {row.split(",")[1]: row.split(",")[2] for row in rows if row.startswith("PD,")}
        assert list(names.values()).count("sleep") == 2, names
        friend = next(pd for pd, name in names.items() if name == "friend")
        assert f",,NONE,HOLD,{friend},PD_5_2,r" in rows, [row for row in rows if f",{friend}," in row]


def test_policy(context):
    """The description's depths hold unless a boot option gives others."""
    for options, spaces in (("", 1), ("space_depth=0", 0)):
        with archive.start(context, "policy space-depth=1\n" + archive.CONSOLE + "  essential\n" + """
pd disk process program=layer
  rde RESSPC
  serves BLOCKA
  args BLOCKA

pd files process program=layer
  rde RESSPC
  rde BLOCKA from disk
  serves FILES
  args FILES BLOCKA
""" + SHELL, options=options) as machine:
            machine.command("run sleep 1")
            machine.command("kill --dry-run disk")
            machine.expect(f"^1 PDs, and {spaces} spaces of others: ")
