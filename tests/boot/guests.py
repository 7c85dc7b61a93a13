# SPDX-License-Identifier: BSD-2-Clause
"""Virtual machines: a guest of a few instructions (tests/guests/bare.S) with its timer, its serial port, its ends."""

import re

from harness import archive, executables, figures, initrd

SECONDS = 120
COMPARE = False  # a guest prints when it has something to say
PROMPT = "^cell> "
ROUNDS = 100
WORDS = "console=ttyAMA0 quiet cryptomgr.notests"  # for Linux


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
    return machine.expect(rf"^ +{number} bare +\d+ +\d+ ([a-z ]+?) +PD_").group(1)


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
        assert states == ["crashed", "runs", "ended", "runs"], states
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
    """Started and stopped again and again, nothing is left. (The root task keeps memory of its own for each piece of the
    machine's that was ever used: so figures count when many have been started as fast as they can be.)"""
    with context.start(system="vm") as machine:
        begin(machine)
        for number in range(2, ROUNDS + 2):
            machine.type("vm start --memory 2 bare")
            machine.type(f"vm stop {number}")
        before = figures.figures_at_rest(machine)
        for number in range(ROUNDS + 2, 2 * ROUNDS + 2):
            machine.type("vm start --memory 2 bare")
            machine.expect(rf"^machine {number}: PD_\w+$")
            machine.type(f"vm stop {number}")
            machine.expect(PROMPT)
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def checked(machine, number, *words):
    """A guest that checks its machine says that all is well."""
    machine.expect(PROMPT)
    machine.type(" ".join(["vm start", *words, "checks"]))
    machine.expect(f"^machine {number}: ")
    machine.type(f"vm console {number}")
    machine.expect(f"^what you type goes to machine {number}")
    before = machine.seen()
    machine.expect("^checks: (all ok|some failed)$")
    said = machine.transcript()[before:machine.seen()]
    assert "checks: all ok" in said and "FAILED" not in said, said
    machine.expect("^vmm: [a-z0-9-]+: power off$")
    leave(machine)
    machine.type(f"vm stop {number}")
    return said.count("ok cpu answers")


def test_checks(context):
    """Power, interrupts, timers, clock, pairs of registers, and 1, 2 and 4 CPUs, as the guest itself sees them."""
    with context.start(system="vm") as machine:
        before = begin(machine)
        assert checked(machine, 2, "--memory 8") == 0
        assert checked(machine, 3, "--cpus 2 --memory 8") == 2
        assert checked(machine, 4, "--cpus 4 --memory 8 --name many") == 6
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_pause(context):
    """A machine that is paused does nothing, whatever it did before, and goes on where it was; its registers can be seen."""
    with context.start(system="vm") as machine:
        before = begin(machine)
        started(machine, 2)
        machine.expect(PROMPT)
        machine.type("vm pause 2")
        assert state_of(machine, 2) == "paused"
        machine.type("vm pause 2")
        machine.expect("^vm: 2: it does not run$")
        machine.type("vm console 2")
        machine.type("hey")
        leave(machine)
        machine.type("vm resume 2")
        machine.expect("^hey$")  # the guest's: what was typed has waited
        machine.expect(PROMPT)
        machine.type("vm resume 2")
        machine.expect("^vm: 2: it is not paused$")
        machine.type("vm console 2")
        machine.type("s")  # spins
        leave(machine)
        machine.type("run sleep 1")
        machine.expect(PROMPT)
        machine.type("vm registers 2")
        spins = machine.expect(r"^CPU 0\n +pc (0x0000000040[0-9a-f]+) ").group(1)
        machine.expect(PROMPT)
        machine.type("vm pause 2")
        machine.expect(PROMPT)
        machine.type("vm resume 2")
        machine.expect(PROMPT)
        machine.type("vm registers 2")
        machine.expect(rf"^CPU 0\n +pc {spins} ")
        machine.expect(PROMPT)
        machine.type("vm reboot 2")
        for line in ("hello", "device tree", "tick", "tick", "tick"):
            machine.expect(f"guest: {line}$")
        machine.type("vm stop 2")
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_reset(context):
    """A guest that asks for it begins again, as often as it likes."""
    with context.start(system="vm") as machine:
        before = begin(machine)
        started(machine, 2)
        machine.type("vm console 2")
        for _ in range(3):
            machine.type("r")
            machine.expect("^vmm: guest-2: reset$")
            for line in ("hello", "device tree", "tick", "tick", "tick"):
                machine.expect(f"guest: {line}$")
        leave(machine)
        machine.type("vm stop 2")
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_forged(context):
    """A guest that sends the monitor messages of its own, shorter than the kernel's, ends; others do not notice."""
    with context.start(system="vm") as machine:
        before = begin(machine)
        started(machine, 2, "--memory 8")
        started(machine, 3, "--memory 8")
        machine.type("vm console 2")
        machine.type("f")
        machine.expect("^vmm: guest-2: sent a message of its own 0x[0-9a-f]+ ")
        leave(machine)
        assert [state_of(machine, number) for number in (2, 3)] == ["crashed", "runs"]
        for number in (2, 3):
            machine.type(f"vm stop {number}")
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


# ---- Debian's kernel ------------------------------------------------------------------


def linux(context, **options):
    members = {"vmlinuz": executables.kernel(context), "initrd": initrd.made(context)}
    return context.start(archive=archive.archive(context, **members), system="vm", seconds=600, **options)


def start_linux(machine, number, *words):
    machine.expect(PROMPT)
    machine.type(f"vm start {' '.join(words)} vmlinuz initrd=initrd {WORDS}")
    machine.expect(rf"^machine {number}: ")


def login(machine, number):
    """Goes to its console and logs in there."""
    machine.type(f"vm console {number}")
    machine.expect(f"^what you type goes to machine {number}")
    machine.type("")
    machine.expect("login: $", timeout=180)
    machine.type("root")
    machine.expect(r"^\S* # ", timeout=60)


def ask(machine, command, answer):
    machine.type(command)
    machine.expect(rf"{re.escape(command)}$")
    return machine.expect(f"^{answer}$", timeout=60)


def long_linux(context):
    """Debian's kernel to its login; root logs in, types, logs out, reboots, powers off; all pages come back."""
    with linux(context) as machine:
        before = begin(machine, "--memory 128")
        start_linux(machine, 2, "--memory 128")
        login(machine, 2)
        ask(machine, "uname -sm", "Linux aarch64")
        ask(machine, "nproc", "1")
        assert int(ask(machine, "date +%Y", r"\d+").group(0)) >= 2026
        ask(machine, "echo $((6 * 7)) done", "42 done")
        machine.type("exit")
        machine.expect("login: $", timeout=60)
        machine.type("root")
        machine.expect(r"^\S* # ", timeout=60)
        machine.type("reboot -f")
        machine.expect("^vmm: guest-2: reset$", timeout=60)
        leave(machine)
        login(machine, 2)
        machine.type("poweroff -f")
        machine.expect("^vmm: guest-2: power off$", timeout=60)
        leave(machine)
        machine.type("vm stop 2")
        figures.check_same(machine, before, pages=200, objects=20)  # tables for the kernel's image
        machine.type("poweroff")
        assert machine.exit_status() == 0


def long_linux_cpus(context):
    """The same kernel with 2 and 4 CPUs."""
    with linux(context) as machine:
        for number, cpus in ((1, 2), (2, 4)):
            start_linux(machine, number, "--memory 128", f"--cpus {cpus}")
            login(machine, number)
            ask(machine, "nproc", str(cpus))
            ask(machine, "grep -c IPI0 /proc/interrupts", "1")
            ask(machine, "for i in 1 2 3 4; do sleep 1 & done; wait; echo all", "all")
            machine.type("poweroff -f")
            machine.expect(f"^vmm: guest-{number}: power off$", timeout=60)
            leave(machine)
            machine.type(f"vm stop {number}")
        machine.expect(PROMPT)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def long_linux_four(context):
    """Four guests of 64 MB at once, each with its console; one is killed while the others go on."""
    with linux(context) as machine:
        before = begin(machine)
        for number in (2, 3, 4, 5):
            start_linux(machine, number, "--memory 64")
        for number in (2, 3, 4, 5):
            login(machine, number)
            ask(machine, f"echo I am $(({number} * 11))", f"I am {number * 11}")
            leave(machine)
        machine.type("kill guest-3")
        for number in (2, 4, 5):
            machine.type(f"vm console {number}")
            machine.expect(f"^what you type goes to machine {number}")
            ask(machine, f"echo still $(({number} * 11))", f"still {number * 11}")
            leave(machine)
        for number in (2, 3, 4, 5):
            machine.type(f"vm stop {number}")
        figures.check_same(machine, before, pages=2500, objects=200, slots=40)  # the monitor's tables for four machines
        machine.type("poweroff")
        assert machine.exit_status() == 0
