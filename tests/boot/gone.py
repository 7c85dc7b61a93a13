# SPDX-License-Identifier: BSD-2-Clause
"""What becomes of clients when their server dies, and of the system when it hangs."""

SECONDS = 120
COMPARE = False  # who prints first is not said
PROMPT = "^cell> "
GONE = "the server, or the object, is gone"


def settle(machine):
    """Until the programs that were started have nothing left to do but to wait."""
    machine.type("run sleep 1")
    machine.type("echo settled")
    machine.expect("^settled$")


def test_server_dies(context):
    """One client waits for its reply, one was put off, one is queued: all get `gone`."""
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.type("run toy-client create await=1 &")
        machine.expect("^toy-client: create: 0$")
        machine.type("run toy-client loop &")
        settle(machine)
        machine.type("run toy-client create &")
        settle(machine)
        machine.type("kill toy")
        machine.type("wait")
        text = ""
        for _ in range(3):
            text += machine.expect(rf"^(cell> )?toy-client: .*: {GONE}$").group()
        for action in ("await=1", "loop", "create"):
            assert f"toy-client: {action}: {GONE}" in text, text
        machine.expect("exited with 1")
        machine.type("run toy-client")
        machine.expect("^toy-client: no request edge for TOY$")


def test_server_loops(context):
    """Extraction does not wait for it, and says that its part is missing."""
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.type("run toy-client create loop &")
        machine.expect("^toy-client: create: 0$")
        settle(machine)
        machine.type("model")
        machine.expect(r"^PD,PD_\w+,toy,,,,partial$", timeout=20)
        machine.expect(PROMPT)
        machine.type("kill toy")
        machine.type("run hello")
        machine.expect("^hello, world$")
