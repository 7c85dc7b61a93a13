# SPDX-License-Identifier: BSD-2-Clause
"""The machine ends when no program is left that a person could talk to."""

SECONDS = 60
REPORTED = 71


def killed(context, name):
    with context.start() as machine:
        machine.command(f"kill {name}")
        assert machine.exit_status() == REPORTED
        assert f"{name} (PD_" in machine.errors(), machine.errors()
        assert "without which the system cannot be, was ended" in machine.errors(), machine.errors()


def test_console_killed(context):
    killed(context, "console")


def test_shell_killed(context):
    killed(context, "shell")


def test_toy_killed(context):
    """It is not essential: the shell goes on."""
    with context.start() as machine:
        machine.command("kill toy")
        machine.type("echo alive")
        machine.expect("^alive$")
        machine.close_input()
        assert machine.exit_status() == 0


def test_nobody_reads(context):
    """Without essential PDs the end of input ends a system that is ready."""
    with context.start(system="two-processes") as machine:
        machine.close_input()
        assert machine.exit_status() == 0
        assert len(machine.frames("ready")) == 2, machine.frames()


def test_input_goes_on(context):
    """And only the end of input does."""
    with context.start(system="two-processes") as machine:
        while len(machine.frames("ready")) < 2:
            machine.expect_frame("ready")
        machine.send("x")
        while len(machine.frames("heartbeat")) < 3:
            machine.expect_frame("heartbeat")
        machine.close_input()
        assert machine.exit_status() == 0
