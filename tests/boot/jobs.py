# SPDX-License-Identifier: BSD-2-Clause
"""Programs in the background, Ctrl-C, and several that print at once."""
import re

from harness.boot import PROMPT

SECONDS = 120
COMPARE = False  # who prints first is not said


def test_background(context):
    with context.start() as machine:
        machine.command("run sleep 1000 &")
        pd = machine.expect(r"^sleep is (PD_\w+)$").group(1)
        machine.command("run hello &")
        machine.type("wait hello")
        machine.expect(r"^hello \(PD_\w+\) exited with 0$")
        machine.type("kill sleep")
        machine.type("wait")
        machine.expect(rf"^sleep \({pd}\) was killed$")
        machine.type("wait " + pd)
        machine.expect(rf"^(wait: no PD '{pd}'|{pd} \({pd}\) was killed)$")  # it may not have ended yet


def test_control_c(context):
    with context.start() as machine:
        machine.command("run spin")
        machine.expect_frame("ready")
        machine.send("\x03")
        machine.expect(r"^spin \(PD_\w+\) was killed$")
        # Typed ahead, it still reaches the program that is started by then.
        machine.send("run spin\n\x03echo next\n")
        machine.expect(r"^spin \(PD_\w+\) was killed$")
        machine.expect("^next$")


def test_control_c_ends_the_waiting(context):
    """Wrong words for `wait`: neither a job, nor `all`, nor a PD that the shell started."""
    with context.start() as machine:
        machine.command("run sleep 1000 &")
        pd = machine.expect(r"^sleep is (PD_\w+)$").group(1)
        for line in ("wait", "wait sleep", "wait toy"):
            machine.send(f"{line}\n\x03jobs\n")
            machine.expect(r"^\^C$")
            machine.expect(rf"^{pd} +running +sleep$")
        machine.type("kill sleep")
        machine.type("wait sleep")
        machine.expect(rf"^sleep \({pd}\) was killed$")
        machine.type("run toy-client create get &")
        machine.type("wait")
        machine.expect(r"^toy-client \(PD_\w+\) exited with 0$")
        machine.type("jobs")
        machine.type("echo none")
        machine.expect(r"^cell> jobs\ncell> echo none\nnone$")


def test_output_does_not_mix(context):
    """Each line of each of several writers comes in one piece."""
    with context.start() as machine:
        machine.expect(PROMPT)
        line = "x" * 60
        for name in "abcdefgh":
            machine.type(f"run hello {name}{line}{name} &")
        machine.type("wait")
        machine.type("echo all done")
        machine.expect("^all done$")
        text = machine.transcript()
        for name in "abcdefgh":
            assert re.search(f"^(cell> )?hello, {name}{line}{name}$", text, re.MULTILINE), name


def test_finished_line_does_not_come_back(context):
    """Output while no line is being typed has lines of its own, and the prompt comes back empty."""
    with context.start() as machine:
        machine.command("run toy-client create nap=1 get &")
        machine.expect(r"^toy-client is PD_\w+$")
        machine.expect("^toy-client: get: 0$")
        machine.type("echo there")
        machine.expect("^there$")
        assert machine.transcript().count("cell> run toy-client") == 1, machine.transcript()
