# SPDX-License-Identifier: BSD-2-Clause
"""The key-value store in its configurations: the client checks every answer; and the PDs that end with its disk."""

import re

from harness import archive, graph
from harness.boot import PROMPT

SECONDS = 60
ROUNDS = 300
# How the client reaches the store, and how many clients there are.
SYSTEMS = {"kv1": ("called", 1), "kv2": ("asked", 1), "kv3": ("asked", 1), "kv4": ("asked", 1), "kv5": ("library", 1), "kv6": ("asked", 1),
           "kv7": ("asked", 2), "kv8": ("asked", 1)}


def check_answers(context, system):
    way, clients = SYSTEMS[system]
    with context.start(system=system) as machine:
        for _ in range(clients):
            machine.expect(f"^kvclient: {way}: {ROUNDS} operations, all answers right$", timeout=40)
        assert machine.errors() == "", machine.errors()


# ---- The end of the disk: client -> store -> files -> ramdisk ---------------------------------------------------------------

PDS = {"ramdisk", "files", "store", "client"}
SPACES = {"BLOCK", "FILE", "KVSTORE"}
# PD depth, space depth: the PDs and spaces that end, and the client's error.
ENDS = {
    (0, 0): ({"ramdisk"}, {"BLOCK"}, "the file system can only be read"),
    (0, 1): ({"ramdisk"}, {"BLOCK", "FILE"}, "the server, or the object, is gone"),
    (0, 2): ({"ramdisk"}, SPACES, "the server, or the object, is gone"),
    (1, 0): ({"ramdisk", "files"}, {"BLOCK", "FILE"}, "the server, or the object, is gone"),
    (1, 1): ({"ramdisk", "files"}, {"BLOCK", "FILE"}, "the server, or the object, is gone"),
    (1, 2): ({"ramdisk", "files"}, SPACES, "the server, or the object, is gone"),
    (2, 0): ({"ramdisk", "files", "store"}, SPACES, "the server, or the object, is gone"),
    (2, "all"): ({"ramdisk", "files", "store"}, SPACES, "the server, or the object, is gone"),
    (3, 0): (PDS, SPACES, None),
    ("all", "all"): (PDS, SPACES, None),
}


def only_through_the_store(context):
    """systems/kv8, with a client that has no files of its own, so that it is three hops from the disk."""
    blocks = (context.top / "systems" / "kv8").read_text().split("\n\n")
    client = next(i for i, block in enumerate(blocks) if block.startswith("pd client"))
    blocks[client] = re.sub(r" log=\S+", "", "\n".join(line for line in blocks[client].splitlines() if "FILE" not in line))
    return "\n\n".join(blocks)


def check_end(context, depths):
    pds, spaces, told = ENDS[depths]
    with archive.start(context, only_through_the_store(context)) as machine:
        machine.expect(f"^kvclient: asked: {ROUNDS} operations, all answers right$", timeout=40)
        machine.type("kill --pd-depth {} --space-depth {} ramdisk".format(*depths))
        if told:
            machine.expect(f"^kvclient: set: {told}$")
        machine.type("run sleep 1")
        machine.expect(PROMPT)
        assert graph.left(machine, context.folder / "model.csv", PDS, SPACES) == (PDS - pds, SPACES - spaces)


def test_disk_ends_kv8(context):
    """The client of kv8 has files of its own: two hops from the disk, it ends with the store."""
    with context.start(system="kv8") as machine:
        machine.expect(f"^kvclient: asked: {ROUNDS} operations, all answers right$", timeout=40)
        machine.type("kill --pd-depth 2 ramdisk")
        machine.type("run sleep 1")
        machine.expect(PROMPT)
        assert graph.left(machine, context.folder / "model.csv", PDS, SPACES) == (set(), set())


def cases():
    for system in SYSTEMS:
        yield f"answers_{system}", lambda context, system=system: check_answers(context, system)
    for depths in ENDS:
        yield "disk_ends_{}_{}".format(*depths), lambda context, depths=depths: check_end(context, depths)
