# SPDX-License-Identifier: BSD-2-Clause
"""Cuts of the power at every write of the running system. QEMU logs what the driver writes and flushes (its `blklogwrites`, a log
as of Linux's dm-log-writes) while a client writes to a file that it maps, makes, renames and removes others, and notes in another file
how far that is on the disk (apps/file-exercise.c, `cuts`). Then the disk is made as a cut behind each write would leave it; and with some
of the writes since the last flush left out, as a disk with a cache may. Each is judged by e2fsck after a replay of the journal by e2fsck,
and after one by the file server's library; both have the same tree, and all data that was noted is there."""

import collections
import random
import re
import stat
import struct

from harness import archive, tool
from harness.exercise import mapped, new_image, run
from harness.boot import PROMPT

SECONDS = 240
PAGES, PAGE = 8, 4096
SECTOR, FLUSH, DISCARD = 512, 1, 4
MIB = 8
WRAPPER = """#!/bin/sh
for word; do
    shift
    case $word in
        file={image},*) word="driver=blklogwrites,file.driver=file,file.filename={image},log.driver=file,log.filename={log},if=none,id=${{word##*id=}}" ;;
    esac
    set -- "$@" "$word"
done
exec qemu-system-aarch64 "$@"
"""
Write = collections.namedtuple("Write", "sector flags data")


def recorded(context, rounds):
    """Runs the workload; returns the disk before it, and the writes."""
    image, log, qemu = new_image(context, f"{MIB}M"), context.folder / "log", context.folder / "qemu"
    before = image.read_bytes()
    log.write_bytes(bytes(64 << 20))
    qemu.write_text(WRAPPER.format(image=image, log=log))
    qemu.chmod(qemu.stat().st_mode | stat.S_IXUSR)
    with archive.start(context, mapped(context), disks=(image,), qemu=qemu) as machine:
        run(machine, "cuts", rounds, clients=1)
        machine.expect(PROMPT)
        machine.type("poweroff")
        assert machine.exit_status() == 0
    return before, list(entries(log.read_bytes()))


def entries(log):
    magic, version, count, sector_size = struct.unpack_from("<QQQL", log)
    assert (magic, version, sector_size) == (0x6a736677736872, 1, SECTOR), "no log of writes"
    at = SECTOR
    for _ in range(count):
        sector, sectors, flags, _ = struct.unpack_from("<QQQQ", log, at)
        at += SECTOR
        data = b"" if flags & DISCARD else log[at:at + sectors * SECTOR]
        at += len(data)
        yield Write(sector, flags, data)


def put(disk, write, keep=None):
    """Puts a write, or its first `keep` bytes, into a disk."""
    data = write.data if keep is None else write.data[:keep]
    disk[write.sector * SECTOR:write.sector * SECTOR + len(data)] = data


def judge(context, disk, what):
    """Both ways to mount it leave the same tree, without faults; returns the tree and the files `data` and `progress`."""
    trees = []
    for name, by_library in (("cut-e2fsck", False), ("cut-library", True)):
        image = context.folder / name
        image.write_bytes(disk)
        if by_library:
            tool.run(context.build / "tests" / "ext4" / "tool", image, "sync")
        else:
            tool.run("e2fsck", "-y", "-E", "journal_only", image)
        tool.run("e2fsck", "-fn", image)
        trees.append(sorted(tool.run(context.build / "tests" / "ext4" / "tool", "-r", image, "tree", "/")[0].splitlines()))
    assert trees[0] == trees[1], (what, trees)
    return trees[0], [dumped(context, image, name) for name in ("data", "progress")]


def dumped(context, image, name):
    to = context.folder / "dump"
    to.unlink(missing_ok=True)
    tool.run("debugfs", "-R", f"dump /{name} {to}", image)
    return to.read_bytes() if to.exists() else b""


def check_promises(tree, data, progress, what):
    """All rounds up to the noted one are there, and at most one more."""
    noted = int.from_bytes(progress, "little")
    if noted == 0:
        return 0
    assert len(data) == PAGES * PAGE, what
    for page in range(PAGES):
        last = max((n for n in range(noted + 1) if n % PAGES == page), default=0)
        words = set(struct.unpack_from(f"<{PAGE // 8}Q", data, page * PAGE))
        assert words <= {last} | ({noted + 1} if (noted + 1) % PAGES == page else set()), (what, noted, page, words)
    names = [int(match[1]) for match in (re.match(r"done-(\d+) ", line) for line in tree) if match]
    wanted = set(range(max(1, noted - 2), noted + 1))
    assert wanted <= set(names) and set(names) <= set(range(max(1, noted - 3), noted + 2)), (what, noted, names)
    return noted


def cuts(context, rounds, every, mixed):
    """Cuts after each of so many writes; after one in `mixed` of these also with a part of the writes that were not flushed."""
    chance = random.Random(rounds)
    before, writes = recorded(context, rounds)
    disk, flushed, since, seen, judged = bytearray(before), bytearray(before), [], set(), 0
    for number, write in enumerate(writes):
        if write.flags & FLUSH:
            flushed, since = bytearray(disk), []
        put(disk, write)
        since.append(write)
        if number % every:
            continue
        tree, (data, progress) = judge(context, disk, number)
        seen.add(check_promises(tree, data, progress, number))
        judged += 1
        if judged % mixed == 0:
            other = bytearray(flushed)
            for late in chance.sample(since, chance.randrange(len(since) + 1)):
                put(other, late, chance.choice([None, None, SECTOR * chance.randrange(9)]))
            tree, (data, progress) = judge(context, other, f"{number}, mixed")
            check_promises(tree, data, progress, f"{number}, mixed")
    assert max(seen) >= rounds - 1 and len(seen) >= min(rounds, judged // 8), seen
    print(f"{judged} cuts in {len(writes)} writes and flushes")


def test_some(context):
    cuts(context, 6, 4, 3)


def long_every_write(context):
    cuts(context, 20, 1, 2)
