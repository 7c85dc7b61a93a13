# SPDX-License-Identifier: BSD-2-Clause
"""A server of several types: the toy server keeps toys in chests."""

from harness import archive, graph
from harness.boot import PROMPT

SECONDS = 120


def start(context):
    """The default system, in which the toy server serves both of its types."""
    text = (context.top / "systems" / "shell").read_text().replace("serves TOY", "serves TOY\n  serves CHEST")
    return archive.start(context, text.replace("  rde TOY from toy pass-on\n",
                                               "  rde TOY from toy pass-on\n  rde CHEST from toy pass-on\n"))


def kept(rows):
    """Toys and chests of a model, and the toys that chests are made of."""
    nodes = [row.split(",")[1] for row in rows if row.startswith(("RESOURCE,TOY_", "RESOURCE,CHEST_"))]
    maps = [row.split(",")[4:6] for row in rows if row.startswith(",,NONE,MAP,CHEST_")]
    return nodes, maps


def model(context, machine):
    rows = graph.from_shell(machine, context.folder / "model.csv")
    return kept(rows)


def test_two_types(context):
    """Requests, and news of freed resources and ended clients, reach the type that they are about."""
    with start(context) as machine:
        machine.command("run toy-client create=3 chest look add=4 look release look hold &")
        machine.expect("^toy-client: look: 3$")
        machine.expect("^toy-client: look: 7$")
        # Its client has given the toy up, and the chest keeps it.
        machine.expect("^toy-client: release: 0$")
        machine.expect("^toy-client: look: 7$")
        machine.expect(PROMPT)
        nodes, maps = model(context, machine)
        assert len(nodes) == 2 and len(maps) == 1 and sorted(maps[0]) == sorted(nodes), (nodes, maps)
        machine.type("kill toy-client")
        machine.expect(PROMPT)
        assert model(context, machine) == ([], [])
        machine.type("run toy-client create=3 chest destroy look")
        machine.expect("^toy-client: destroy: 0$")
        machine.expect("^toy-client: look: not found$")


def test_one_of_two_types(context):
    """A server serves only the types that its block names."""
    with context.start() as machine:
        machine.command("run toy-client create=5 get chest")
        machine.expect("^toy-client: get: 5$")
        machine.expect("^toy-client: chest: .+$")
        machine.command("ps")
        machine.expect("toy$")
