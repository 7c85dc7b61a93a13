# SPDX-License-Identifier: BSD-2-Clause
"""The core of the root task alone on the kernel: its self-tests, its heartbeat, its own death."""
import re
from pathlib import Path

SECONDS = 60
SOURCES = Path(__file__).parents[2] / "root" / "selftest"


def start(context, test, **options):
    return context.start(root=context.build / "root" / "core.elf", options=f"selftest={test}", **options)


def test_selftests(context):
    with start(context, "all") as machine:
        status = machine.exit_status()
        lines = machine.frames("log")
        assert status == 0, lines
        names = {name for path in SOURCES.glob("*.c") for name in re.findall(r'\{"([\w-]+)", test_', path.read_text())}
        assert sorted(lines) == sorted(f"selftest: {name} ok" for name in names), lines


def test_heartbeat_and_poweroff(context):
    with context.start(root=context.build / "root" / "core.elf", watch=True) as machine:
        assert machine.expect_frame("heartbeat") == "1"
        while len(machine.frames("heartbeat")) < 7:
            machine.expect_frame("heartbeat")
        # Main is alive: the monitor would have stopped by now otherwise.
        machine.close_input()


def test_own_fault_is_reported(context):
    with start(context, "fault", watch=True) as machine:
        assert machine.exit_status() == 71
        assert "root task: memory access at address 0x8" in machine.errors()
        assert "called from 0x" in machine.errors()


def test_stack_has_a_guard(context):
    """rule: stack-guard"""
    with start(context, "stack", watch=True) as machine:
        assert machine.exit_status() == 71
        assert "the stack has overflowed" in machine.errors(), machine.errors()


def test_own_bug_is_reported(context):
    with start(context, "bug", watch=True) as machine:
        assert machine.exit_status() == 71
        assert "root task: this was asked for" in machine.errors()


def test_endless_loop_is_noticed(context):
    with start(context, "loop", watch=True) as machine:
        assert machine.exit_status() == 70
        assert machine.frames("heartbeat")
