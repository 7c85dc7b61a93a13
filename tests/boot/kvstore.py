# SPDX-License-Identifier: BSD-2-Clause
"""The key-value store in its configurations: the client checks every answer."""

SECONDS = 60
ROUNDS = 300
# How the client reaches the store, and how many clients there are.
SYSTEMS = {"kv1": ("called", 1), "kv2": ("asked", 1), "kv4": ("asked", 1), "kv5": ("library", 1), "kv6": ("asked", 1),
           "kv7": ("asked", 2)}


def check_answers(context, system):
    way, clients = SYSTEMS[system]
    with context.start(system=system) as machine:
        for _ in range(clients):
            machine.expect(f"^kvclient: {way}: {ROUNDS} operations, all answers right$", timeout=40)
        assert machine.errors() == "", machine.errors()


def cases():
    for system in SYSTEMS:
        yield f"answers_{system}", lambda context, system=system: check_answers(context, system)
