# SPDX-License-Identifier: BSD-2-Clause
"""Disks (idl/block.idl): the one in memory, its ranges, and clients that mean it no good."""

from harness import archive
from harness.figures import PROMPT, check_same, figures_at_rest

SECONDS = 120


def start(context):
    return context.start(system="ramdisk")


def disk(machine, actions, result="done"):
    machine.expect(PROMPT)
    machine.type(f"run disk {actions}")
    machine.expect(rf"^disk: {result}$")


def finish(machine):
    machine.expect(PROMPT)
    machine.type("poweroff")
    assert machine.exit_status() == 0


def test_contents(context):
    """A disk of a million blocks costs what is written to it, and keeps it whoever takes it."""
    with start(context) as machine:
        disk(machine, "take")
        before = figures_at_rest(machine)
        assert before["pages"] > 100000, "the disk is larger than the memory, and yet there is some"
        disk(machine, "take about zero=0,256 write=5,300,7 verify=5,300,7 zero=305,10 zero=1048560,16 flush")
        disk(machine, "take verify=5,300,7 discard=5,10 zero=5,10 verify=15,290,7")
        check_same(machine, before, pages=300 + 40, objects=20, slots=40)
        disk(machine, "take write=1048000,20,1 verify=1048000,20,1 zero=1047999,1 zero=1048020,1")
        finish(machine)


def test_ranges(context):
    with start(context) as machine:
        disk(machine, "take=100,10 expect=27 take=105,10 expect=27 take=0,101 take=110,5 take=90,10")
        # All are given up with their client.
        disk(machine, "take=0,0 expect=27 take=1048575,1")
        disk(machine, "take=100,10 part=2,3,1 expect=20 write=0,1,1 zero=0,3 expect=23 zero=0,4 expect=23 zero=3,1")
        disk(machine, "take=100,10 part=2,3,3 write=0,3,5 expect=23 write=1,3,5 expect=20 part=0,1,15 part=1,1 expect=23 zero=1,1")
        # A part lasts longer than what it is a part of, and nobody else takes it.
        disk(machine, "take=100,10 keep part=2,3,3 drop-kept take=105,5 expect=27 take=104,1 expect=27 take=100,10 take=100,2")
        disk(machine, "expect=23 take=1048576,1 expect=23 take=1048575,2 expect=23 take=0xffffffffffffffff,2 "
                      "expect=23 take=1,0xffffffffffffffff take=1048575,1")
        finish(machine)


def test_mapped(context):
    """What a client writes where it maps the disk is what others read, and the other way round."""
    with start(context) as machine:
        disk(machine, "take map put=400,20,9 verify=400,20,9 zero=500,2 write=600,3,4 look=600,3,4")
        disk(machine, "take verify=400,20,9 verify=600,3,4 part=0,1048575 expect=31 map")
        finish(machine)


def test_forget(context):
    with start(context) as machine:
        disk(machine, "take zero=0,1 forget expect=21 zero=0,1")
        finish(machine)


def attack(machine, what):
    machine.expect(PROMPT)
    machine.type(f"run disk-attacks {what}")
    machine.expect(rf"^disk-attacks: {what.split()[0]}: as it should be$", timeout=60)


def test_hostile_clients(context):
    with start(context) as machine:
        attack(machine, "wild 20000")
        attack(machine, "small")
        # The root task keeps some memory for the next time.
        for _ in range(5):
            attack(machine, "crowd")
        before = figures_at_rest(machine)
        for what in ("wild 2000", "small", "crowd", "crowd"):
            attack(machine, what)
        machine.expect(PROMPT)
        machine.type("repeat 20 disk-attacks die")
        check_same(machine, before, pages=20)
        disk(machine, "take zero=100,10 write=100,10,3 verify=100,10,3")
        finish(machine)


def test_out_of_memory(context):
    """A disk at its limit refuses a write, and serves on."""
    text = (context.top / "systems" / "ramdisk").read_text()
    with archive.start(context, text.replace("args blocks=1048576", "args blocks=1048576\n  limits pages=300 objects=100 slots=1000")) as machine:
        disk(machine, "take write=0,200,1 expect=19 write=200,200,2 verify=0,200,1 zero=5000,10 write=0,100,3 verify=0,100,3")
        finish(machine)
