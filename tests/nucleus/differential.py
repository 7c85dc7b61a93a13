# SPDX-License-Identifier: BSD-2-Clause
"""The same random program on two kernels (tests/nucleus/differential), every observation compared: nucleus with and without
its fast paths, or with --kernel nucleus and that kernel. `--long` takes a million steps.

A difference is narrowed down by itself: the sums of the rounds say in which one it is, and that round is run again with its
steps as text."""

import difflib
import re

SECONDS = 200
LONG_SECONDS = 3600
SHORT = [(1, 5_000), (2, 5_000)]
LONG = [(seed, 50_000) for seed in range(100, 120)]
ROUND = re.compile(r"^steps (\d+) sum: ", re.MULTILINE)


def run(context, kernel, options, seconds):
    machine = context.start(root=context.build / "tests" / "nucleus" / "differential.elf", kernel=kernel, icount=True,
                            options=options, seconds=seconds)
    machine.expect(r"^\| END$", timeout=seconds)
    machine.stop()
    return [line[2:] for line in machine.transcript().splitlines() if line.startswith("| ")]


def first_difference(ones, others):
    """The steps of the round with the first difference; None if all agree."""
    last = 0
    for one, other in zip(ones, others):
        if one != other:
            return last + 1, last + 200
        found = ROUND.match(one)
        last = int(found[1]) if found else last
    assert len(ones) == len(others)
    return None


def compare(context, kernels, seed, steps, seconds=SECONDS):
    ones, others = (run(context, kernel, f"seed={seed} steps={steps}", seconds) for kernel in kernels)
    assert not any("STOP" in line for line in ones), ones[-2:]
    assert len(ones) >= steps // 200, "the program is shorter than it was told to be"
    window = first_difference(ones, others)
    if window:
        options = f"seed={seed} steps={window[1]} first={window[0]} last={window[1]}"
        ones, others = (run(context, kernel, options, seconds) for kernel in kernels)
        text = list(difflib.unified_diff(ones, others, *map(str, kernels), lineterm="", n=25))
        raise AssertionError("\n".join(line[:400] for line in text[:80]))


def pair(context):
    ours = context.build / "nucleus"
    return ours / "release" / "kernel.elf", context.kernel or ours / "ordinary" / "kernel.elf"


def cases():
    for seed, steps in SHORT:
        yield f"seed_{seed}", lambda context, s=seed, n=steps: compare(context, pair(context), s, n)


def test_a_difference_is_found(context):
    assert first_difference(["seed: 1", "steps 200 sum: 0x1", "steps 400 sum: 0x2"],
                            ["seed: 1", "steps 200 sum: 0x1", "steps 400 sum: 0x3"]) == (201, 400)
    assert first_difference(["steps 200 sum: 0x1"], ["steps 200 sum: 0x1"]) is None


def long_million(context):
    for seed, steps in LONG:
        compare(context, pair(context), seed, steps, LONG_SECONDS)
