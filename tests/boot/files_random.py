# SPDX-License-Identifier: BSD-2-Clause
"""Clients of the file server that make random file operations, on both paths for data, each compared with a model in memory
(apps/file-exercise.c): alone, four at once, and with cuts of the power; e2fsck checks the disk afterwards."""

import random
import re

from harness import archive, tool
from harness.exercise import CLIENTS, check, mapped, new_image, run
from harness.boot import PROMPT

SECONDS = 120
NOT_COMPARED = ("four_clients",)  # who prints first is not said


def exercise(context, rounds, seconds):
    """Runs without a difference, and the used blocks are free again."""
    image = new_image(context)
    with archive.start(context, mapped(context), disks=(image,), seconds=seconds) as machine:
        machine.expect(PROMPT)
        machine.type("df")
        free = machine.expect(r"^\d+ blocks of 4096 bytes, \d+ free; \d+ files, \d+ free$")[0]
        run(machine, "random", rounds, seconds)
        machine.expect(PROMPT)
        machine.type("df")
        machine.expect("^" + re.escape(free) + "$")
        machine.expect(PROMPT)
        machine.type("poweroff")
        assert machine.exit_status() == 0
    check(image)


def test_four_clients(context):
    exercise(context, 1000, 100)


def long_four_clients_1000000(context):
    exercise(context, 250000, 7200)


def test_left(context):
    """Files that a client has synced and listed are found by debugfs after a cut of the power."""
    image = new_image(context)
    with archive.start(context, mapped(context), disks=(image,)) as machine:
        run(machine, "leave", 500, clients=1)
        machine.expect(PROMPT)
        shown = machine.transcript()
        machine.stop()
    check(image)
    left = re.findall(r"^left (\S+) (\d+) ([0-9a-f]{8})$", shown, re.M)
    assert left
    names = tool.run(context.build / "tests" / "ext4" / "tool", "-r", image, "tree", "/")[0]
    for name, size, crc in left:
        assert re.search(rf"^{name} 100640 0 0 \d+ {size} \d+ {crc}$", names, re.M), (name, size, crc, names)


def cut_at_random(context, cuts, rounds):
    """After each cut of the power the file system is consistent, and is used again."""
    image, chance = new_image(context), random.Random(11)
    for _ in range(cuts):
        with archive.start(context, mapped(context), disks=(image,)) as machine:
            for _ in range(CLIENTS):
                machine.expect(PROMPT)
                machine.type(f"run file-exercise random {rounds} &")
            machine.expect(PROMPT)
            machine.type(f"run sleep {chance.randrange(1, 6)}")
            machine.expect(PROMPT)
            assert "wrong" not in machine.transcript(), machine.transcript()
            machine.stop()
        check(image)


def long_cut_at_random(context):
    cut_at_random(context, 30, 1000000)
