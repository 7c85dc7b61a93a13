# SPDX-License-Identifier: BSD-2-Clause
"""Time: nobody keeps the root task, the console or the shell from answering."""
import re

SECONDS = 240
COMPARE = False
PROMPT = "^cell> "


def figures(machine):
    machine.expect(PROMPT)
    machine.type("mem")
    return {name: int(machine.expect(rf"^{name} +(\d+)\s").group(1))
            for name in ("pages", "objects", "slots", "handles", "PDs")}


def finish(machine):
    machine.expect(PROMPT)
    machine.type("poweroff")
    assert machine.exit_status() == 0


def test_chain_of_threads(context):
    """rule: no unbounded recursion"""
    with context.start() as machine:
        seen = []
        for _ in range(4):
            machine.expect(PROMPT)
            machine.type("run pressure chain 2000")
            machine.expect("^pressure: a chain of 2000 threads$", timeout=120)
            machine.expect(PROMPT)
            machine.type("run sleep 2")  # servers clean up
            seen.append(figures(machine))
        # The heap of the root task keeps what it needed.
        assert seen[-1] == seen[-2], seen
        finish(machine)


def test_arguments_at_the_edges(context):
    """rule: arithmetic on arguments does not wrap"""
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.type("run pressure edges")
        found = machine.expect(r"^pressure: (\d+) requests at the edges$", timeout=120)
        assert int(found.group(1)) > 5000, found.group(0)
        machine.expect(PROMPT)
        machine.type("run sleep 18446744073709551615 &")
        machine.expect(PROMPT)
        machine.type("run hello")
        machine.expect("^hello, world$")
        machine.expect(PROMPT)
        machine.type("ps")
        machine.expect("sleep")
        finish(machine)


def test_boot_option_that_is_no_number(context):
    """rule: arithmetic on arguments does not wrap"""
    for option in ("pd_depth=-1", "space_depth=", "heartbeat=99999999999999999999"):
        with context.start(options=option) as machine:
            assert machine.exit_status() == 71
            assert re.search(f"boot option {option.split('=')[0]}: its value is no number", machine.errors())
