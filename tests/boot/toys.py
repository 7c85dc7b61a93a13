# SPDX-License-Identifier: BSD-2-Clause
"""The toy server: use, sharing, and a fault in it."""

SECONDS = 120
GONE = "the server, or the object, is gone"


def test_use(context):
    with context.start() as machine:
        machine.command("run toy-client create=5 add=3 get set=9 get share add=1 await=10 destroy get")
        machine.expect("^toy-client: add=3: 8$")
        machine.expect("^toy-client: get: 8$")
        machine.expect("^toy-client: get: 9$")
        machine.expect("^toy-client: share: 9$")
        machine.expect("^toy-client: add=1: 10$")
        machine.expect("^toy-client: await=10: 10$")
        machine.expect("^toy-client: destroy: 0$")
        machine.expect(f"^toy-client: get: {GONE}$")
        machine.power_off()


def test_given_to_another(context):
    with context.start() as machine:
        machine.command("run toy-client create=1 child")
        machine.expect("^toy-client: add=10: 11$")
        machine.expect("^toy-client: child: 11$")
        machine.power_off()


def test_server_faults(context):
    with context.start() as machine:
        machine.command("run toy-client null")
        machine.expect(f"^toy-client: null: {GONE}$")
        machine.expect(r"toy.*0x0\b")
        machine.power_off()
