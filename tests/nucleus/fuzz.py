# SPDX-License-Identifier: BSD-2-Clause
"""The fuzzer of the kernel's interface (tests/nucleus/fuzz) on nucleus' checking build, or on the kernel given. A kernel
that stops, or whose memory is not whole after a round, is a failure."""

import re

SECONDS = 3600
SHORT_SECONDS = 100
SHORT = [(1, 300_000), (2, 300_000), (3, 300_000)]
# A debug build of another kernel may print a line for each call that it refuses, which is most of them.
OTHER_KERNEL_STEPS = 20_000
LONG = [(seed, 5_000_000) for seed in range(100, 108)]


def fuzz(context, seed, steps, seconds):
    kernel = context.kernel or context.build / "nucleus" / "checked" / "kernel.elf"
    machine = context.start(root=context.build / "tests" / "nucleus" / "fuzz.elf", kernel=kernel, icount=True,
                            options=f"seed={seed} steps={steps}", seconds=seconds)
    machine.expect(r"^\| END$", timeout=seconds)
    text = machine.transcript()
    assert "STOP" not in text, "the harness was refused something"
    done = re.search(r"^\| done: steps: (\d+)$", text, re.MULTILINE)
    assert done and int(done[1]) >= steps


def short(context, seed, steps):
    fuzz(context, seed, OTHER_KERNEL_STEPS if context.kernel else steps, SHORT_SECONDS)


def cases():
    for seed, steps in SHORT:
        yield f"seed_{seed}", lambda context, s=seed, n=steps: short(context, s, n)


def long_millions(context):
    for seed, steps in LONG:
        fuzz(context, seed, steps, SECONDS)
        context.machines[-1].stop()
