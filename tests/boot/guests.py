# SPDX-License-Identifier: BSD-2-Clause
"""Virtual machines: a guest of a few instructions (tests/guests/bare.S) with its timer, its serial port, its ends."""

from harness import figures

SECONDS = 120
COMPARE = False  # a guest prints when it has something to say
PROMPT = "^cell> "
ROUNDS = 20


def started(machine, number, *words):
    machine.type(" ".join(["vm start", *words, "bare"]))
    machine.expect(rf"^machine {number}: PD_\w+$")
    for line in ("hello", "device tree", "tick", "tick", "tick"):
        machine.expect(f"guest: {line}$")


def begin(machine, *words):
    """What the machine has when it has had a guest: the monitor keeps tables of pages for the next one."""
    machine.expect(PROMPT)
    machine.type(" ".join(["vm start", *words, "bare"]))
    machine.expect("^machine 1: ")
    machine.type("vm stop 1")
    return figures.figures_at_rest(machine)


def state_of(machine, number):
    machine.type("vm list")
    return machine.expect(rf"^ +{number} bare +\d+ ([a-z ]+?) +PD_").group(1)


def leave(machine):
    machine.type("~.")
    machine.expect(PROMPT)


def test_life(context):
    """It is told its machine, takes interrupts of its timer while it waits, gets what is typed, and powers off."""
    with context.start(system="vm") as machine:
        before = begin(machine)
        started(machine, 2)
        machine.type("vm console 2")
        machine.expect("^what you type goes to machine 2")
        machine.type("hey")
        machine.expect("^hey$")
        machine.expect("^hey$")  # the guest's
        machine.type("q")
        machine.expect("^guest: bye$")
        machine.expect("^vmm: guest-2: power off$")
        leave(machine)
        assert state_of(machine, 2) == "powered off"
        machine.type("vm stop 2")
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_ends(context):
    """One that pokes where nothing is, one that spins, one whose PD is killed: the others go on, and all of it comes back."""
    with context.start(system="vm") as machine:
        before = begin(machine)
        for number in (2, 3, 4, 5):
            started(machine, number, "--memory", "8")
        machine.type("vm console 2")
        machine.type("c")
        machine.expect(r"^vmm: guest-2: there is nothing at 0x20000000 \(syndrome 0x9[0-9a-f]{7}\)$")
        machine.expect("^  pc 0x4008[0-9a-f]{4} ")
        leave(machine)
        machine.type("vm console 3")
        machine.type("s")
        leave(machine)
        machine.type("kill guest-4")
        states = [state_of(machine, number) for number in (2, 3, 4, 5)]
        assert states[:2] == ["crashed", "runs"] and states[3] == "runs", states
        machine.type("vm console 5")
        machine.type("q")
        machine.expect("^vmm: guest-5: power off$")
        leave(machine)
        for number in (2, 3, 4, 5):
            machine.type(f"vm stop {number}")
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_refused(context):
    """Words that name nothing, or too much."""
    with context.start(system="vm") as machine:
        before = begin(machine)
        for words, why in (("start nothing", "nothing: not found"), ("start hello", "hello: an argument is out of range"),
                           ("start --memory 0 bare", "bare: an argument is out of range"),
                           ("start --memory x bare", "'x' is not a number"),
                           ("start --memory 4000 bare", "bare: no memory left"),
                           ("start --memory 1 bare initrd=shell", "bare: too large"),
                           ("start bare initrd=nothing", "bare: not found"), ("stop 2", "there is no machine 2"),
                           ("start", "start: the name of a kernel image is missing")):
            machine.type(f"vm {words}")
            machine.expect(rf"^vm: {why}$")
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_monitor_dies(context):
    """The guests of a monitor that is killed go with it, and nothing else does."""
    with context.start(system="vm") as machine:
        machine.expect(PROMPT)
        started(machine, 1)
        machine.type("kill vmm")
        machine.expect(PROMPT)
        machine.type("vm start bare")
        machine.expect("^vm: bare: the server, or the object, is gone$")
        machine.type("ps")
        machine.expect(r"^PD_3 +running .* shell$")
        rest = machine.expect(PROMPT).string
        assert "guest-1" not in rest[rest.rindex("PD_0"):]
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_rounds(context):
    """Started and stopped again and again, nothing is left."""
    with context.start(system="vm") as machine:
        before = begin(machine)
        for number in range(2, ROUNDS + 2):
            machine.type("vm start --memory 2 bare")
            machine.expect(rf"^machine {number}: PD_\w+$")
            machine.type(f"vm stop {number}")
            machine.expect(PROMPT)
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0
