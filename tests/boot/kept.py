# SPDX-License-Identifier: BSD-2-Clause
"""Records that servers keep for clients when they have no memory left: the client lends the memory, and others are served."""

from harness import archive
from harness.archive import CONSOLE, SHELL
from harness.figures import check_same, figures_at_rest

SECONDS = 180
COMPARE = False  # how many there are of something depends on the kernel's objects

SERVERS = CONSOLE + """pd toy process program=toy
  rde RESSPC
  rde CONSOLE from console
  serves TOY
pd template process program=template
  rde RESSPC
  rde CONSOLE from console
  serves SAMPLE
pd disk process program=ramdisk
  rde MO
  rde RESSPC
  rde CONSOLE from console
  serves BLOCK
  args size=16
pd ramdisk process program=ramdisk
  rde MO
  rde RESSPC
  rde CONSOLE from console
  serves BLOCK
  args size=16
pd files process program=files
  rde MO
  rde RESSPC
  rde CONSOLE from console
  rde BLOCK from ramdisk
  serves FILE
  args make
pd store process program=kvstore
  rde MO
  rde RESSPC
  rde CONSOLE from console
  rde FILE from files
  serves KVSTORE
  args kv.db
""" + SHELL + """  rde TOY from toy pass-on
  rde SAMPLE from template pass-on
  rde BLOCK from disk pass-on
  rde FILE from files pass-on
  rde KVSTORE from store pass-on
"""
# Server, the things that `hoard` takes from it, and how many make it grow.
KEPT = [("toy", "toys", 600), ("template", "samples", 600), ("disk", "ranges", 600), ("files", "files", 600), ("store", "stores", 100),
        ("console", "texts", 40)]


def all_taken(machine, what, count):
    said = machine.expect(rf"^hoard: (\d+) {what}: (.*)$", timeout=60)
    assert (int(said[1]), said[2]) == (count, "all"), said[0]


def fill(machine, what, count):
    """One client takes many; so does another one; and one that comes later gets some. Then all of them end."""
    takers = []
    for _ in range(2):
        machine.command(f"run hoard {what} {count} keep &")
        takers.append(machine.expect(r"^hoard is (PD_\w+)$")[1])
        all_taken(machine, what, count)
        machine.type("")
    machine.command(f"run hoard {what} 3")
    all_taken(machine, what, 3)
    for taker in takers:
        machine.command(f"kill --family {taker}")
    machine.command("wait")


def test_clients_lend(context):
    """rule: kept-for-clients. Servers that get no more memory of their own go on serving: each client pays for its records."""
    with archive.start(context, SERVERS) as machine:
        for server, what, count in KEPT:
            machine.command(f"run hoard {what} 1")
            all_taken(machine, what, 1)  # it is ready
            machine.command(f"limit {server} pages=1 objects=1 slots=1")
            fill(machine, what, count)
            machine.command(f"limit {server} pages=100000 objects=100000 slots=100000")
        machine.command("limit toy pages=1 objects=1 slots=1")
        before = figures_at_rest(machine)
        fill(machine, "toys", 600)
        check_same(machine, before)
        machine.power_off()
