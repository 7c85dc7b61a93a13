# SPDX-License-Identifier: BSD-2-Clause
"""The figures of the shell's `mem` in a machine under test."""

NAMES = ("pages", "objects", "slots", "handles", "spaces", "PDs")
ROUNDS = 20


def figures(machine):
    machine.command("mem")
    return {name: int(machine.expect(rf"^{name} +(\d+)\s").group(1)) for name in NAMES}


def _a_second_later(machine):
    machine.command("run sleep 1")
    return figures(machine)


def figures_at_rest(machine):
    """The same once background programs have ended, and servers know of it."""
    last = figures(machine)
    for _ in range(ROUNDS):
        now = _a_second_later(machine)
        if now == last:
            return now
        last = now
    raise AssertionError(f"figures still change: {now}")


def check_same(machine, before, pages=40, objects=0, slots=0):
    """Servers may take a moment; the root task keeps some memory for the next time."""
    for _ in range(ROUNDS):
        after = _a_second_later(machine)
        if all(after[name] == before[name] for name in ("handles", "spaces", "PDs")) \
                and after["objects"] <= before["objects"] + objects and after["slots"] <= before["slots"] + slots \
                and after["pages"] >= before["pages"] - pages:
            return
    raise AssertionError(f"{before} before, {after} after")
