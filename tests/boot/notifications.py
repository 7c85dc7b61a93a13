# SPDX-License-Identifier: BSD-2-Clause
"""Notifications as resources: which bits arrive, and who may signal and wait."""

SECONDS = 120


def test_bits(context):
    """rule: signals. They bring the bits of the handles that they came through, and a handle that goes one more."""
    with context.start() as machine:
        machine.command("run notify")
        machine.expect("^notify: at first: nothing$")
        machine.expect("^notify: own: 0 5$")
        machine.expect("^notify: bit 60: an argument is out of range$")
        machine.expect("^notify: signal: ok, cause 0, code 3$")
        machine.expect("^notify: child: 7$")
        machine.expect("^notify: end: ok, cause 0, code 5$")
        machine.expect("^notify: ended: 9$")
        machine.expect("^notify: reader ended: nothing$")
        machine.expect("^notify: bound: ok, 0x8000000040000000$")


def test_rights(context):
    """rule: signals. Who may signal cannot wait, and who may wait cannot signal."""
    with context.start() as machine:
        machine.command("run notify steal")
        machine.expect("^notify: wait: ok, cause 2, code ")
        machine.expect("^notify: steal: 2$")  # the handle that went
        machine.command("run notify mute")
        machine.expect("^notify: signal: ok, cause 0, code 3$")
        machine.expect("^notify: mute: nothing$")
