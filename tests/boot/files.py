# SPDX-License-Identifier: BSD-2-Clause
"""The file server (servers/files) on a disk in memory: programs for files, a client that tries each operation, and hostile
clients."""

import os
import pathlib
import re

from harness import archive, tool
from harness.boot import PROMPT
from harness.figures import check_same, figures_at_rest

SECONDS = 120
DOCS = pathlib.Path(__file__).parents[2] / "docs"
os.environ["PATH"] += ":/usr/sbin:/sbin"


def start(context, system="files-ramdisk"):
    return context.start(system=system)


def say(machine, line, answer):
    machine.expect(PROMPT)
    machine.type(line)
    if answer is not None:
        machine.expect(answer)


def check(machine, what, program="file-check"):
    say(machine, f"run {program} {what}", None)
    assert machine.expect(rf"^{program}: {what.split()[0]}: (as it should be|wrong)$").group(1) == "as it should be"


def finish(machine):
    machine.expect(PROMPT)
    machine.type("poweroff")
    assert machine.exit_status() == 0


def end_of_input(machine):
    machine.expect(PROMPT)
    machine.close_input()
    assert machine.exit_status() == 0


def cut_power(machine):
    machine.expect(PROMPT)
    machine.stop()


def test_programs(context):
    """ls, mkdir, cp, cat, mv, rm, df, sync."""
    with start(context) as machine:
        say(machine, "ls", "^lost\\+found/$")
        say(machine, "mkdir /a /a/b", None)
        say(machine, "ls -l /", "^d0755   3     4096 a/$")
        say(machine, "mv /a/b /c", None)
        say(machine, "ls /", "^c/$")
        say(machine, "rm -d /c", None)
        say(machine, "rm /nothing", "^rm: /nothing: not found$")
        say(machine, "cp /nothing /a", "^cp: /nothing: not found$")
        say(machine, "cat /a", "^cat: /a: it is a directory$")
        say(machine, "df", r"^16384 blocks of 4096 bytes, \d+ free; 4096 files, 4084 free$")
        say(machine, "sync", None)
        finish(machine)


def test_input_and_output(context):
    """<, > and >> of programs and of the shell's own commands; errors stay on the console; no page or block is lost."""
    with start(context) as machine:
        say(machine, "echo one two > x", None)
        say(machine, "echo three >>/x", None)
        say(machine, "cat <x", "^one two\nthree$")
        say(machine, "cat /x /x > y", None)
        say(machine, "cat /nothing >> y", "^cat: /nothing: not found$")
        say(machine, "ls -l /", r"^-0644 +1 +28 y$")
        say(machine, "ls > x", None)
        say(machine, "cat x", r"^lost\+found/$")
        say(machine, "ls >/no/x", "^ls: /no/x: not found$")
        say(machine, "echo >/no/x", "^save: /no/x: not found$")
        say(machine, "cat <no", "^cat: no: not found$")
        say(machine, "model > model", None)
        say(machine, "cat /model", "^NODE_TYPE.*$")
        before = figures_at_rest(machine)
        for _ in range(10):
            say(machine, "ps > x", None)
        check_same(machine, before, pages=60, objects=4, slots=8)
        finish(machine)


def test_operations(context):
    """Each operation does what it says, again and again; no block of the disk and no page of the machine is lost."""
    with start(context) as machine:
        check(machine, "work")
        check(machine, "rights")
        say(machine, "df", r"^16384 blocks of 4096 bytes, (\d+) free; 4096 files, 4085 free$")
        before = figures_at_rest(machine)
        check(machine, "work 5")
        check(machine, "many 300")
        check(machine, "die")
        say(machine, "df", r"^16384 blocks of 4096 bytes, (\d+) free; 4096 files, 4085 free$")
        check_same(machine, before, pages=3000, objects=40, slots=40)
        finish(machine)


def test_locks(context):
    """rule: kept-for-clients. Locks at random, compared with a list; as many as the paying client's edge allows, twice; waiting for one
    whose owner ends; none is left."""
    with start(context) as machine:
        for what in ("work 20000", "most 1000 1024", "wait"):
            say(machine, f"run file-locks {what}", rf"^file-locks: {what.split()[0]}: as it should be$")
        say(machine, "run objects=200 file-locks most 20 200", "^file-locks: most: as it should be$")
        before = figures_at_rest(machine)
        for what in ("work 1000", "most 1000 1024", "wait"):
            say(machine, f"run file-locks {what}", rf"^file-locks: {what.split()[0]}: as it should be$")
        check_same(machine, before, pages=40, objects=20, slots=20)
        finish(machine)


def test_hostile_client(context):
    with start(context) as machine:
        check(machine, "wild 20000")
        check(machine, "work")
        finish(machine)


def test_mapped(context):
    """Data written on one path is read on the other, however the size changes; nothing is lost, even by clients that keep
    what they should not, or end."""
    with start(context, "files-mapped") as machine:
        check(machine, "rights", "file-mapped")
        check(machine, "both", "file-mapped")
        check(machine, "shrink", "file-mapped")
        before = figures_at_rest(machine)
        for _ in range(4):
            check(machine, "keep", "file-mapped")
            check(machine, "both", "file-mapped")
        say(machine, "run file-mapped hold &", None)
        check(machine, "random 2000", "file-mapped")
        say(machine, "kill file-mapped", None)
        say(machine, "rm /hold", None)
        check(machine, "work")
        check(machine, "both", "file-mapped")
        check_same(machine, before, pages=3000, objects=40, slots=40)
        finish(machine)


def test_not_mapped(context):
    """Without `mapped=` there is only the path by requests; clients then use it."""
    with start(context) as machine:
        say(machine, "run file-mapped both", "^file-mapped: map: not supported here and not ok$")
        check(machine, "work")
        finish(machine)


def test_mapped_in_the_model(context):
    """Client and server reach 16 pages for requests, and six of the disk; and if the client has mapped a file, its five pages and the page
    that describes them."""
    for system, shared in (("files-ramdisk", 22), ("files-mapped", 28)):
        with start(context, system) as machine:
            say(machine, "run file-mapped hold &", "^file-mapped: hold: it waits$")
            say(machine, "rsi file-mapped files", rf"^RSI MO {shared}/")
            finish(machine)


def long_mapped_random(context):
    """A million operations on both paths, four clients at once."""
    with start(context, "files-mapped") as machine:
        for _ in range(3):
            say(machine, "run file-mapped random 250000 &", None)
        machine.expect(PROMPT)
        machine.type("run file-mapped random 250000")
        for _ in range(4):
            machine.expect("file-mapped: random: as it should be$", timeout=7200)
        finish(machine)


def image_of(context, block_size):
    image = context.folder / f"{block_size}.img"
    image.unlink(missing_ok=True)
    tool.run("mke2fs", "-q", "-t", "ext4", "-b", str(block_size), "-d", DOCS, image, "64M")
    return image


def test_disk_from_outside(context):
    """An image that mke2fs has filled is read and changed; after the power is cut, e2fsck replays the journal, finds nothing
    else to say, and debugfs sees the same. Blocks of 1 KiB are smaller than those of the disk's interface."""
    for block_size in (1024, 4096):
        image = image_of(context, block_size)
        with context.start(system="files-virtio", disks=(image,)) as machine:
            say(machine, "cat /storage.md", "^# Files and disks$")
            say(machine, "cp /tutorial.md /copy.md", None)
            say(machine, "mkdir /new", None)
            say(machine, "mv /tutorial.md /new", None)
            check(machine, "work")
            figures_at_rest(machine)  # what it had open, without names, is given up
            say(machine, "sync", None)
            cut_power(machine)
        tool.run("e2fsck", "-y", "-E", "journal_only", image)
        tool.run("e2fsck", "-fn", image)
        for name in ("/copy.md", "/new/tutorial.md"):
            back = context.folder / "back"
            tool.run("debugfs", "-R", f"dump {name} {back}", image)
            assert back.read_bytes() == (DOCS / "tutorial.md").read_bytes(), name


def test_many_files(context):
    """Free blocks and files, and what the machine has, are as before; nothing of it is left on the disk."""
    many_files(context, 3000, 30)


def long_100000_files(context):
    many_files(context, 100000, 1500)


def many_files(context, count, seconds):
    image = context.folder / "many.img"
    image.unlink(missing_ok=True)
    tool.run("mke2fs", "-q", "-t", "ext4", "-N", str(count + 2000), image, "256M")
    with context.start(system="files-virtio", disks=(image,)) as machine:
        check(machine, "tree 20")
        before = figures_at_rest(machine)
        machine.expect(PROMPT)
        machine.type(f"run file-check tree {count}")
        machine.expect("^file-check: tree: as it should be$", timeout=seconds)
        check_same(machine, before, pages=9000, objects=40, slots=40)  # the cache
        finish(machine)
    tool.run("e2fsck", "-y", "-E", "journal_only", image)
    tool.run("e2fsck", "-fn", image)


def dump(image, name, to):
    tool.run("debugfs", "-R", f"dump {name} {to}", image)
    return to.read_bytes()


def test_written_in_time(context):
    """Data that no client syncs is on the disk after a while; also data that a client has written to pages that it maps."""
    image = image_of(context, 4096)
    text = (context.top / "systems" / "files-virtio").read_text()
    mapped = text.replace("program=files\n", "program=files\n  args mapped=4 writeback=2\n")
    assert mapped != text
    with archive.start(context, mapped, disks=(image,)) as machine:
        say(machine, "cp /tutorial.md /copy.md", None)
        say(machine, "run file-mapped hold &", "^file-mapped: hold: it waits$")
        say(machine, "run sleep 5", None)
        cut_power(machine)
    tool.run("e2fsck", "-y", "-E", "journal_only", image)
    tool.run("e2fsck", "-fn", image)
    assert dump(image, "/copy.md", context.folder / "back") == (DOCS / "tutorial.md").read_bytes()
    assert dump(image, "/hold", context.folder / "back")[-1:] == b"x"


def test_power_off(context):
    """Written data reaches the disk before the machine ends: by `poweroff`, and at the end of input."""
    for end in (finish, end_of_input):
        image = image_of(context, 4096)
        with context.start(system="files-virtio", disks=(image,)) as machine:
            say(machine, "cp /tutorial.md /copy.md", None)
            end(machine)
        tool.run("e2fsck", "-y", "-E", "journal_only", image)
        tool.run("e2fsck", "-fn", image)
        assert dump(image, "/copy.md", context.folder / "back") == (DOCS / "tutorial.md").read_bytes()


def test_power_off_hangs(context):
    """A file server, or a disk, that never answers holds the end of the machine up for ten seconds, and a message says so."""
    text = (context.top / "systems" / "files-ramdisk").read_text().replace("program=ramdisk", "program=bad-disk")
    with archive.start(context, text) as machine:
        say(machine, "echo 'bad-disk: hangs' > x", None)
        finish(machine)
        assert re.search("^sync: no answer within 10 seconds; what is not on the disk is lost$", machine.transcript(), re.M)


def test_killed(context):
    """The file server, or the disk's, ends while a client writes: the client gets an error, and the disk mounts and is clean."""
    for program, told in (("files", "the server, or the object, is gone"),
                          ("virtio-blk", "the server, or the object, is gone|the file system can only be read")):
        image = image_of(context, 4096)
        with context.start(system="files-virtio", disks=(image,)) as machine:
            say(machine, "run file-check on &", "^file-check: on: it goes on$")
            say(machine, f"kill {program}", f"file-check: on: ({told})$")
            finish(machine)
        with context.start(system="files-virtio", disks=(image,)) as machine:
            check(machine, "work")
            figures_at_rest(machine)  # what it had open, without names, is given up
            say(machine, "sync", None)
            finish(machine)
        tool.run("e2fsck", "-y", "-E", "journal_only", image)
        tool.run("e2fsck", "-fn", image)


def test_started_again(context):
    """A file server that the policy starts again serves the same disk, and its namespaces, by edges that existed before:
    synced data is there, the rest is consistent, and the disk is clean."""
    image = image_of(context, 4096)
    text = (context.top / "systems" / "files-virtio").read_text()
    text = text.replace("  serves FILE\n", "  serves FILE\n  restart 3 in 60\n  args namespace=/app\n")
    text = text.replace("\npd console", "\npolicy pd-depth=0 space-depth=1\n\npd console", 1)
    text += ("\npd app process program=file-hold\n  rde MO\n  rde RESSPC\n  rde CONSOLE from console\n"
             "  rde FILE from files space=/app\n  args again /x\n")
    with archive.start(context, text, disks=(image,)) as machine:
        say(machine, "echo one two > /app/x", None)
        say(machine, "run file-hold again /app/x &", r"^file-hold: again: /app/x is there$")
        say(machine, "sync", None)
        for times in (1, 2):
            say(machine, "kill files", None)
            machine.until_told(r"\(files\) is started again; ", times)
            machine.until_told(r"again: (/app)?/x is there again", 2)  # each says it once
            say(machine, "cat /app/x", "^one two$")
            say(machine, "cp /tutorial.md /copy.md", None)
        finish(machine)
    tool.run("e2fsck", "-y", "-E", "journal_only", image)
    tool.run("e2fsck", "-fn", image)
    assert dump(image, "/copy.md", context.folder / "back") == (DOCS / "tutorial.md").read_bytes()


def test_disk_fails(context):
    """A disk that cannot be written, or read, or is gone: the exact error, and the server goes on. If the journal cannot be written,
    nothing can be changed after that."""
    text = (context.top / "systems" / "files-ramdisk").read_text().replace("program=ramdisk", "program=bad-disk")
    for what in ("writes", "reads", "gone"):
        with archive.start(context, text) as machine:
            say(machine, f"run file-check bad {what}", "^file-check: bad: as it should be$")
            say(machine, "df", f"free{'' if what == 'reads' else '; read-only'}$")
            finish(machine)


def test_disk_holds(context):
    """While the disk does not answer, its file server answers from its cache."""
    text = (context.top / "systems" / "files-ramdisk").read_text().replace("program=ramdisk", "program=bad-disk")
    with archive.start(context, text) as machine:
        say(machine, "run ring-check held", "^ring-check: held$")
        machine.expect("^ring-check: held: as it should be$")
        finish(machine)


def test_disk_stops(context):
    """The same while a sync is under way that the disk does not answer."""
    text = (context.top / "systems" / "files-ramdisk").read_text().replace("program=ramdisk", "program=bad-disk")
    text = text.replace("  args make\n", "  args make blocks=16000\n")
    text = text.replace("  rde FILE from files pass-on", "  rde FILE from files pass-on\n  rde BLOCK from ramdisk pass-on")
    with archive.start(context, text) as machine:
        say(machine, "run ring-check stopped", "^ring-check: stopped$")
        machine.expect("^ring-check: stopped: as it should be$")
        finish(machine)


def test_disk_full(context):
    with start(context) as machine:
        check(machine, "full 2")
        check(machine, "work")
        say(machine, "df", r"^16384 blocks of 4096 bytes, (\d+) free; 4096 files, 4085 free$")
        finish(machine)


def test_not_mounted(context):
    """A disk without a file system is left alone, and the reason is printed."""
    image = context.folder / "empty.img"
    image.write_bytes(bytes(8 << 20))
    with context.start(system="files-virtio", disks=(image,)) as machine:
        machine.expect("^files: the disk is not mounted: what is on the disk contradicts itself$")
        # The server may still be ending.
        say(machine, "ls", "^ls: (there is no file server to ask|/: the server, or the object, is gone)$")
        finish(machine)
    assert image.read_bytes() == bytes(8 << 20)
