# SPDX-License-Identifier: BSD-2-Clause
"""Namespaces of the file server: no client leaves its own, names its files from another, or exceeds its limits; they are revoked while
in use, and end with their makers."""

from harness import archive
from harness.boot import PROMPT
from harness.figures import check_same, figures_at_rest

SECONDS = 120


def start(context, system="files-ramdisk", **options):
    return context.start(system=system, **options)


def say(machine, line, answer):
    machine.expect(PROMPT)
    machine.type(line)
    if answer is not None:
        machine.expect(answer)


def check(machine, what):
    say(machine, f"run namespaces {what}", rf"^namespaces: {what.split()[0]}: as it should be$")


def finish(machine):
    machine.expect(PROMPT)
    machine.type("poweroff")
    assert machine.exit_status() == 0


def test_leaving(context):
    """Absolute paths, `..`, links, handles of another namespace, a root that moves; a file linked into two is the same file; when one is
    ended, all in it is gone, also the namespaces in it, and nothing is lost of the disk or of the machine."""
    with start(context) as machine:
        check(machine, "work")
        check(machine, "visit")
        before = figures_at_rest(machine)
        for _ in range(3):
            check(machine, "work")
            check(machine, "visit")
            check(machine, "many 50")
        check_same(machine, before, pages=200, objects=40, slots=40)
        say(machine, "df", r"^16384 blocks of 4096 bytes, \d+ free; 4096 files, 4085 free$")
        finish(machine)


def test_limits(context):
    """Limits of blocks and files, also of nested namespaces, and of files that exist already."""
    with start(context) as machine:
        check(machine, "limits")
        say(machine, "df", r"^16384 blocks of 4096 bytes, 15098 free; 4096 files, 4085 free$")
        finish(machine)


def test_maker_dies(context):
    """`mount` lists namespaces and their directories; a namespace ends when its maker is killed, and its directory stays."""
    with start(context) as machine:
        say(machine, "run namespaces maker /m &", "^namespaces: maker: /m$")
        say(machine, "mount", r"^/: FILE_SPACE_[0-9a-f]+\n/m: FILE_SPACE_[0-9a-f]+ '/m'$")
        say(machine, "kill namespaces", None)
        say(machine, "run sleep 1", None)
        say(machine, "mount", r"^/: FILE_SPACE_[0-9a-f]+\ncell> $")
        machine.type("ls /")
        machine.expect("^m/$")
        finish(machine)


def test_arguments(context):
    """The value of `namespace=` is checked."""
    text = (context.top / "systems" / "files-ramdisk").read_text()
    for word, fault in (("relative", "namespace 'relative': "), ("/a:x", "namespace '/a': "), ("/no/such", "namespace '/no/such': not found")):
        own = context.folder / "own"
        own.write_text(text.replace("args make", f"args make namespace={word}"))
        with start(context, "own", archive=archive.archive(context, **{"systems/own": own})) as machine:
            machine.expect(f"^files: {fault}")
