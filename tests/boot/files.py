# SPDX-License-Identifier: BSD-2-Clause
"""The file server (servers/files) on a disk in memory: programs for files, a client that tries each operation, and clients that
mean it no good."""

from harness.figures import PROMPT, check_same, figures_at_rest

SECONDS = 120


def start(context):
    return context.start(system="files-ramdisk")


def say(machine, line, answer):
    machine.expect(PROMPT)
    machine.type(line)
    if answer is not None:
        machine.expect(answer)


def check(machine, what):
    say(machine, f"run file-check {what}", rf"^file-check: {what.split()[0]}: as it should be$")


def finish(machine):
    machine.expect(PROMPT)
    machine.type("poweroff")
    assert machine.exit_status() == 0


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


def test_operations(context):
    """Each operation does what it says, again and again; nothing is lost by it, neither of the disk nor of the machine."""
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


def test_hostile_client(context):
    with start(context) as machine:
        check(machine, "wild 20000")
        check(machine, "work")
        finish(machine)
