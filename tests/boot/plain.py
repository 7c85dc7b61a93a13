# SPDX-License-Identifier: BSD-2-Clause
"""A kernel with seL4's default configuration: no timer, counter, PMU and no SMC for user level. nucleus' build `plain`
is used for it."""


def start(context, **options):
    return context.start(kernel=context.build / "nucleus" / "plain" / "kernel.elf", **options)


def test_to_the_prompt_and_back(context):
    with start(context) as machine:
        machine.expect("^cell> ")
        machine.type("echo hello")
        machine.expect("^hello$")
        machine.type("ps")
        machine.expect("shell")
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_clock_of_seconds(context):
    """Clock and sleep use the real-time clock."""
    with start(context) as machine:
        machine.expect("^cell> ")
        machine.type("run sleep 1")
        machine.expect("^cell> ")
        machine.type("run hello")
        machine.expect("^hello, world$")
        machine.type("poweroff")
        assert machine.exit_status() == 0
