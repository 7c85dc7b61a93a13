# SPDX-License-Identifier: BSD-2-Clause
"""apps/file-exercise.c on a disk from outside: the system, the disk, the clients, and e2fsck's check."""

import os

from harness import tool
from harness.boot import PROMPT

CLIENTS = 4
os.environ["PATH"] += ":/usr/sbin:/sbin"


def mapped(context):
    """The system with a disk from outside, whose file server maps."""
    text = (context.top / "systems" / "files-virtio").read_text()
    new = text.replace("program=files\n", "program=files\n  args mapped=16\n")
    assert new != text
    return new


def new_image(context, size="64M"):
    image = context.folder / "disk.img"
    image.unlink(missing_ok=True)
    tool.run("mke2fs", "-q", "-t", "ext4", "-b", "4096", image, size)
    return image


def check(image):
    """e2fsck replays the journal, and finds nothing else to say."""
    tool.run("e2fsck", "-y", "-E", "journal_only", image)
    tool.run("e2fsck", "-fn", image)


def run(machine, word, rounds, seconds=100, clients=CLIENTS):
    for _ in range(clients - 1):
        machine.expect(PROMPT)
        machine.type(f"run file-exercise {word} {rounds} &")
    machine.expect(PROMPT)
    machine.type(f"run file-exercise {word} {rounds}")
    for _ in range(clients):
        machine.expect(f"file-exercise: {word}: as it should be$", timeout=seconds)
