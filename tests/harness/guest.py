# SPDX-License-Identifier: BSD-2-Clause
"""Steps with virtual machines at the shell: starting the guest of tests/guests/bare.S, its console, the model."""

from harness import figures

PROMPT = "^cell> "
TICKS = ("hello", "device tree", "tick", "tick", "tick")


def begins(machine):
    """Waits until a guest prints that it has started."""
    for line in TICKS:
        machine.expect(f"guest: {line}$")


def started(machine, number, *words):
    machine.type(" ".join(["vm start", *words, "bare"]))
    machine.expect(rf"^machine {number}: PD_\w+$")
    begins(machine)


def rest(machine, *words):
    """The machine's figures after a first guest: the monitor keeps page tables for the next one."""
    machine.expect(PROMPT)
    machine.type(" ".join(["vm start", *words, "bare"]))
    machine.expect("^machine 1: ")
    machine.type("vm stop 1")
    return figures.figures_at_rest(machine)


def front(machine, number):
    machine.expect(PROMPT)
    machine.type(f"vm console {number}")
    machine.expect(f"^what you type goes to machine {number}")


def leave(machine):
    machine.type("~.")
    machine.expect(PROMPT)


def type_to(machine, number, text, *answers):
    front(machine, number)
    machine.type(text)
    for answer in answers:
        machine.expect(answer)
    machine.type("~.")


def fork(machine, number, of, *words):
    machine.expect(PROMPT)
    machine.type(" ".join(["vm fork", *words, str(of)]))
    machine.expect(rf"^machine {number}: PD_\w+$")


def state_of(machine, number):
    machine.type("vm list")
    return machine.expect(rf"^ +{number} bare +\d+ +\d+ ([a-z ]+?) +PD_").group(1)


def checked(machine, number, *words):
    """A guest checks its machine, and all checks pass."""
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


def asked(machine, question):
    """The lines of the answer, with the next prompt."""
    machine.type(question)
    machine.expect(f"{question}$")
    before = machine.seen()
    machine.expect(PROMPT)
    return machine.transcript()[before:machine.seen()].strip().splitlines()
