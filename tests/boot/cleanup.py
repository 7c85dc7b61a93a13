# SPDX-License-Identifier: BSD-2-Clause
"""What the end of a server takes with it: four PDs in a row, and a second disk."""

import re

from harness import graph, tool
from harness.figures import PROMPT

SECONDS = 120

# app -> database -> files -> disk-1 and disk-2.
SYSTEM = """
pd console process program=console
  device uart pages=1
  irq uart
  rde RESSPC
  priority 130
  serves CONSOLE
  essential

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

pd shell process program=shell
  priority 120
  rde MO
  rde ADS
  rde RESSPC
  rde PD
  rde CONSOLE from console rights=rwx
  hold root rights=rwx
  essential
"""
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


def start(context, **options):
    system, archive = context.folder / "system", context.folder / "archive"
    system.write_text(SYSTEM)
    programs = [f"{name}={context.build / 'programs' / name}.elf" for name in ("console", "layer", "shell", "sleep")]
    tool.run(context.build / "host" / "cellar", "-o", archive, f"systems/rows={system}", *programs)
    return context.start(archive=archive, system="rows", **options)


def left(context, machine, name):
    """Names of the PDs, and types of the spaces, that are in the model."""
    path = context.folder / f"{name}.csv"
    graph.from_shell(machine, path, "model")
    tool.run(context.build / "host" / "cellmodel", "check", path)
    text = path.read_text()
    return (set(re.findall(r"^PD,PD_\w+,([\w-]+),,,,$", text, re.M)) & ALL,
            set(re.findall(r"^RESOURCE_SPACE,\w+_SPACE_\w+,(\w+),", text, re.M)) & SPACES)


def row(context, depths):
    """rule: depths. One row of the table: what goes is what was foreseen, the app gets an error or goes, too."""
    pds, spaces = TABLE[depths]
    options = f"--pd-depth {depths[0]} --space-depth {depths[1]}"
    with start(context) as machine:
        machine.expect("^layer: TABLES answers 4$", timeout=60)
        machine.expect(PROMPT)
        machine.type(f"kill --dry-run {options} disk-1")
        found = machine.expect(r"^(\d+) PDs, and (\d+) spaces of others: --if (0x\w+)$")
        foreseen = set(re.findall(r"^PD_\w+ ([\w-]+)$", machine.transcript(), re.M))
        assert foreseen == pds and int(found[1]) == len(pds), (foreseen, found[0])
        served = {"disk-1": "BLOCKA", "files": "FILES", "database": "TABLES"}
        assert int(found[2]) == len(spaces - {served[pd] for pd in pds if pd in served}), found[0]
        machine.expect(PROMPT)
        machine.type(f"kill --if 1 {options} disk-1")
        machine.expect("^kill: disk-1: it has changed meanwhile$")
        machine.expect(PROMPT)
        assert left(context, machine, "before") == (ALL, SPACES)
        machine.type(f"kill --if {found[3]} {options} disk-1")
        if "app" not in pds:
            machine.expect("^layer: TABLES: the server, or the object, is gone$")
        machine.type("run sleep 1")
        machine.expect(PROMPT)
        assert left(context, machine, "after") == (ALL - pds, SPACES - spaces)


def cases():
    for depths in TABLE:
        yield "pd_{}_space_{}".format(*depths), lambda context, depths=depths: row(context, depths)


def test_booted_with(context):
    """rule: booted-depths. The depths of the boot options are those of an ordinary `kill`."""
    for options, pds, spaces in (("pd_depth=0 space_depth=all", {"disk-1"}, {"BLOCKA", "FILES", "TABLES"}),
                                 ("pd_depth=1", {"disk-1", "files"}, {"BLOCKA", "FILES"})):
        with start(context, options=options) as machine:
            machine.expect("^layer: TABLES answers 4$", timeout=60)
            machine.expect(PROMPT)
            machine.type("kill disk-1")
            machine.expect("^layer: TABLES: the server, or the object, is gone$")
            machine.type("run sleep 1")
            machine.expect(PROMPT)
            assert left(context, machine, "after") == (ALL - pds, SPACES - spaces)


def test_changed(context):
    """A number from before something changed is refused, and so is a depth beyond the caller's authority."""
    with start(context) as machine:
        machine.expect("^layer: TABLES answers 4$", timeout=60)
        machine.expect(PROMPT)
        machine.type("kill --dry-run --pd-depth 3 disk-1")
        number = machine.expect(r"^4 PDs, and 0 spaces of others: --if (0x\w+)$")[1]
        machine.expect(PROMPT)
        machine.type("kill app")
        machine.expect(PROMPT)
        machine.type(f"kill --if {number} --pd-depth 3 disk-1")
        machine.expect("^kill: disk-1: it has changed meanwhile$")
        machine.expect(PROMPT)
        machine.type("kill --dry-run --pd-depth 3 disk-1")
        machine.expect("^3 PDs, and 0 spaces of others")
