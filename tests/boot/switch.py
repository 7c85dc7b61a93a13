# SPDX-License-Identifier: BSD-2-Clause
"""The switch (servers/switch) and its clients: the receivers of each frame, and a client's wrong requests (apps/nic-check.c)."""

from harness import figures

SECONDS = 120
PROMPT = "^cell> "


def say(machine, what):
    machine.expect(PROMPT)
    machine.type(f"run nic-check {what}")
    assert machine.expect(rf"^nic-check: {what}: (as it should be|wrong)$").group(1) == "as it should be"


def test_clients(context):
    """Frames go to the client with the address, else to all on the network; a wrong request gives an error and nothing else; nothing is left of
    a client that ends, or is killed with requests under way."""
    with context.start(system="vm-net", net=True) as machine:
        for turn in range(3):
            machine.expect(PROMPT)
            machine.type("run nic-check hold &")
            machine.expect("^nic-check: holds$")
            machine.expect(PROMPT)
            machine.type("kill nic-check")
            say(machine, "frames")
            say(machine, "liar")
            if turn == 0:
                machine.expect(PROMPT)
                machine.type("run sleep 1")
                before = figures.figures_at_rest(machine)
        machine.expect(PROMPT)
        machine.type("run sleep 1")
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0
