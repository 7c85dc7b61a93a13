# SPDX-License-Identifier: BSD-2-Clause
"""The PDs and spaces that end with a server: four PDs in a row, and a second disk."""

import re

from harness import archive, graph
from harness.boot import PROMPT

SECONDS = 120

# app -> database -> files -> disk-1 and disk-2.
SYSTEM = archive.CONSOLE + "  essential\n" + """
pd disk-1 process program=layer
  rde RESSPC
  serves BLOCKA
  args BLOCKA

pd disk-2 process program=layer
  rde RESSPC
  serves BLOCKB
  args BLOCKB

pd files process program=layer
  rde RESSPC
  rde BLOCKA from disk-1
  rde BLOCKB from disk-2
  serves FILES
  args FILES BLOCKA BLOCKB

pd database process program=layer
  rde RESSPC
  rde FILES from files
  serves TABLES
  args TABLES FILES

pd app process program=layer
  rde MO
  rde CONSOLE from console
  rde TABLES from database
  args - TABLES

""" + archive.SHELL
ALL = {"disk-1", "disk-2", "files", "database", "app"}
SPACES = {"BLOCKA", "BLOCKB", "FILES", "TABLES"}
# PD depth, space depth: which PDs and spaces are gone.
TABLE = {
    (0, 0): ({"disk-1"}, {"BLOCKA"}),
    (0, 1): ({"disk-1"}, {"BLOCKA", "FILES"}),
    (0, 2): ({"disk-1"}, {"BLOCKA", "FILES", "TABLES"}),
    (1, 0): ({"disk-1", "files"}, {"BLOCKA", "FILES"}),
    (1, 1): ({"disk-1", "files"}, {"BLOCKA", "FILES"}),
    (1, 2): ({"disk-1", "files"}, {"BLOCKA", "FILES", "TABLES"}),
    (2, 0): ({"disk-1", "files", "database"}, {"BLOCKA", "FILES", "TABLES"}),
    (2, 2): ({"disk-1", "files", "database"}, {"BLOCKA", "FILES", "TABLES"}),
    (3, 0): ({"disk-1", "files", "database", "app"}, {"BLOCKA", "FILES", "TABLES"}),
    ("all", "all"): ({"disk-1", "files", "database", "app"}, {"BLOCKA", "FILES", "TABLES"}),
}


def row(context, depths):
    """rule: depths. One row of the table: the predicted PDs and spaces end; the app gets an error or ends, too."""
    pds, spaces = TABLE[depths]
    options = f"--pd-depth {depths[0]} --space-depth {depths[1]}"
    with archive.start(context, SYSTEM) as machine:
        machine.expect("^layer: TABLES answers 4$", timeout=60)
        machine.command(f"kill --dry-run {options} disk-1")
        found = machine.expect(r"^(\d+) PDs, and (\d+) spaces of others: --if (0x\w+)$")
        foreseen = set(re.findall(r"^PD_\w+ ([\w-]+)$", machine.transcript(), re.M))
        assert foreseen == pds and int(found[1]) == len(pds), (foreseen, found[0])
        served = {"disk-1": "BLOCKA", "files": "FILES", "database": "TABLES"}
        assert int(found[2]) == len(spaces - {served[pd] for pd in pds if pd in served}), found[0]
        machine.command(f"kill --if 1 {options} disk-1")
        machine.expect("^kill: disk-1: it has changed meanwhile$")
        machine.expect(PROMPT)
        assert graph.left(machine, context.folder / "model.csv", ALL, SPACES) == (ALL, SPACES)
        machine.type(f"kill --if {found[3]} {options} disk-1")
        if "app" not in pds:
            machine.expect("^layer: TABLES: the server, or the object, is gone$")
        machine.type("run sleep 1")
        machine.expect(PROMPT)
        assert graph.left(machine, context.folder / "model.csv", ALL, SPACES) == (ALL - pds, SPACES - spaces)


def cases():
    for depths in TABLE:
        yield "pd_{}_space_{}".format(*depths), lambda context, depths=depths: row(context, depths)


def test_booted_with(context):
    """rule: booted-depths. The depths of the boot options are those of an ordinary `kill`."""
    for options, pds, spaces in (("pd_depth=0 space_depth=all", {"disk-1"}, {"BLOCKA", "FILES", "TABLES"}),
                                 ("pd_depth=1", {"disk-1", "files"}, {"BLOCKA", "FILES"})):
        with archive.start(context, SYSTEM, options=options) as machine:
            machine.expect("^layer: TABLES answers 4$", timeout=60)
            machine.command("kill disk-1")
            machine.expect("^layer: TABLES: the server, or the object, is gone$")
            machine.type("run sleep 1")
            machine.expect(PROMPT)
            assert graph.left(machine, context.folder / "model.csv", ALL, SPACES) == (ALL - pds, SPACES - spaces)


def test_changed(context):
    """A number from before something changed is refused, and so is a depth beyond the caller's authority."""
    with archive.start(context, SYSTEM) as machine:
        machine.expect("^layer: TABLES answers 4$", timeout=60)
        machine.command("kill --dry-run --pd-depth 3 disk-1")
        number = machine.expect(r"^4 PDs, and 0 spaces of others: --if (0x\w+)$")[1]
        machine.command("kill app")
        machine.command(f"kill --if {number} --pd-depth 3 disk-1")
        machine.expect("^kill: disk-1: it has changed meanwhile$")
        machine.command("kill --dry-run --pd-depth 3 disk-1")
        machine.expect("^3 PDs, and 0 spaces of others")
