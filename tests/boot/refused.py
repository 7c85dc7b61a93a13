# SPDX-License-Identifier: BSD-2-Clause
"""Making one of each preset, with each allocation and each operation of the kernel failing once: all or nothing."""

import re

from harness.figures import check_same, figures_at_rest

SECONDS = 240
COMPARE = False  # how many allocations there are is the kernel's business
TRIES = 600
ERRORS = {"ok", "no memory left", "it exists already", "not supported here"}


def refused(context, preset, least, options=""):
    """The root task of tests/root/failing.c lets the first 40 succeed."""
    with context.start(root=context.build / "root" / "failing.elf", archive=context.build / "archive.cellar") as machine:
        machine.command(f"run {options}crowd rounds {preset} 40")
        # The memory that the root task keeps for the next time is there after the first pass.
        for _ in range(2):
            before = figures_at_rest(machine)
            machine.command(f"run {options}crowd tries {preset} {TRIES}")
            last = int(machine.expect(rf"^crowd: tries of {preset}: the last that failed was (\d+) of {TRIES}$", timeout=120).group(1))
        counts = {text: int(count) for count, text in re.findall(rf"^crowd: tries of {preset}: (\d+) times (.*)$", machine.transcript(), re.M)}
        assert set(counts) <= ERRORS and "the end failed" not in machine.transcript(), counts
        # It reached the last allocation, and went past it.
        assert least <= last < TRIES - 50 and TRIES - counts["ok"] >= least * 3 // 4, (last, counts)
        # The number that waits to be given back differs, and so do the leaves of the root task's CSpace, which are kept.
        check_same(machine, before, pages=120)
        assert "fault:" not in machine.transcript()


def long_process(context):
    refused(context, "process", 50)


def long_thread(context):
    refused(context, "thread", 20)


def long_thread_isolated_stack(context):
    refused(context, "thread-isolated-stack", 50)


def long_thread_isolated_heap(context):
    refused(context, "thread-isolated-heap", 50)


def long_library(context):
    refused(context, "library", 50)


def long_fork(context):
    refused(context, "fork", 50)


def long_context(context):
    refused(context, "context", 40)


def long_snapshot(context):
    refused(context, "snapshot", 50)


def long_guest(context):
    """With two pages of 2 MiB."""
    refused(context, "guest", 20, "serves=CROWD ")
