# SPDX-License-Identifier: BSD-2-Clause
"""Notifications as resources: the bits that arrive, and the rights to signal and wait."""

SECONDS = 120


def test_bits(context):
    """rule: signals. They deliver the bits of the handles that they came through; a handle that is dropped delivers one more."""
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
    """rule: signals. The right to signal is not the right to wait, and the other way round."""
    with context.start() as machine:
        machine.command("run notify steal")
        machine.expect("^notify: wait: ok, cause 2, code ")
        machine.expect("^notify: steal: 2$")  # the bit of the dropped handle
        machine.command("run notify mute")
        machine.expect("^notify: signal: ok, cause 0, code 3$")
        machine.expect("^notify: mute: nothing$")
