# SPDX-License-Identifier: BSD-2-Clause
"""Waiting for words of memory: the only way in which threads wait."""

SECONDS = 120


def test_words(context):
    """rule: words. The right to wait, the threads woken, and the ends of a wait."""
    with context.start() as machine:
        machine.command("run words")
        for answer in ("timeout: no answer in time", "it was long enough", "another value: ok, 0", "nobody: 0",
                       "not aligned: an argument is out of range", "nothing there: an argument is out of range",
                       "waking a constant: the rights do not allow it", "waiting for it: no answer in time",
                       "signalled: not now: wait for the notification, then ask again, woken 1, signal",
                       "replaced: 0 still wait",
                       "interrupted: ok, mark 1, signalled", "going on: interrupted",
                       # 50 for each word; threads 1 and 2 are killed while they wait.
                       "one: 1", "the others of one word: 48", "49 came, in their order", "of the other word: 49",
                       "process: ok, code 7", "end"):
            machine.expect(f"^words: {answer}$")


def test_nothing_left(context):
    """A thread that waited leaves nothing behind."""
    with context.start() as machine:
        counts = []
        for _ in range(3):
            machine.command("run words")
            machine.expect("^words: end$")
            machine.command("mem")
            counts.append([int(machine.expect(rf"^{name} +(\d+)").group(1)) for name in ("objects", "slots", "handles", "PDs")])
        assert counts[1] == counts[2], counts
