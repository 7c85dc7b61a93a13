# SPDX-License-Identifier: BSD-2-Clause
"""Endpoints as resources: the rights to send and receive, and the end of waiting."""

SECONDS = 60


def test_endpoint(context):
    """rule: endpoints. Messages pass by the rights of handles; when no receiver is left, PDs that wait to send get an error."""
    with context.start() as machine:
        machine.expect("^cell> ")
        machine.type("run endpoint")
        machine.expect("^endpoint: received 20, with a badge$")
        machine.expect("^endpoint: call: ok, 21$")
        machine.expect("^endpoint: who may send: ok, cause 0$")
        machine.expect("^endpoint: call: the server, or the object, is gone, 0$")
        machine.expect("^endpoint: who may not: ok, cause 0$")
        machine.expect("^endpoint: who may not receive: ok, cause 2$")
        machine.expect("^endpoint: goes$")
        machine.expect("^endpoint: call: the server, or the object, is gone, 0$")
        machine.expect("^endpoint: who waited: ok, cause 0$")
        # The shell tells of faults when the command has ended.
        machine.expect(r"^fault: PD_\w+ \(endpoint-child\) used capability address 0x[0-9a-f]+, which leads nowhere$")
        machine.power_off()
