# SPDX-License-Identifier: BSD-2-Clause
"""Locks, conditions and barriers between threads and processes: no thread waits for one that has ended."""

from harness.figures import check_same, figures_at_rest

SECONDS = 120
ANSWERS = (
    # One thread: the root task is not asked.
    "asked 0 times", "first: taken", "again: has it", "tried: 0, given back: 1, again: 0", "no signal: too late", "has it: 1",
    # Invalid words.
    "nobody's: owner ended", "another's: too late",
    "counted 8000",
    # Four in a row: 0 and 1 are ended while they have the lock, so 1 and 2 are told.
    "came 00 11 21 30, word 0", "half given back: taken", "woken and ended: 1 came, taken",
    # A page that another process maps at another address.
    "barrier: taken", "ball: taken", "child ended with it: owner ended", "then: taken", "barrier without it: too late",
    "reader waits: no answer in time, wakes: the rights do not allow it",
    # The C library's own.
    "a stream goes on", "the heap is closed: 1", "end")


def test_locks(context):
    """rule: locks, words. Threads and processes are told of a lock whose owner ends, in each state of the lock."""
    with context.start() as machine:
        machine.command("run locks")
        for answer in ANSWERS:
            machine.expect(f"^locks: {answer}$", timeout=60)


def test_nothing_left(context):
    """Owners and waiting threads leave nothing behind."""
    with context.start() as machine:
        for _ in range(2):
            machine.command("run locks")
            machine.expect("^locks: end$", timeout=60)
        before = figures_at_rest(machine)
        machine.command("run locks")
        machine.expect("^locks: end$", timeout=60)
        check_same(machine, before)
