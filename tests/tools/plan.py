# SPDX-License-Identifier: BSD-2-Clause
"""The planner on the host: whatever description it accepts has a legal model."""

import random

from harness import clock, tool

SECONDS = 60

NAMES = ["server", "client", "third", "PD_1", "root"]
TYPES = ["TOY", "OTHER", "MO", "PD"]


def rights(some, letters="rwxg"):
    return some.choice(["", " rights=" + "".join(c for c in letters if c == "r" or some.random() < 0.6)])


def line(some):
    return some.choice([
        lambda: f"rde {some.choice(TYPES)}" + some.choice(["", f" from {some.choice(NAMES)}"]) + some.choice(["", " pass-on"]),
        lambda: f"serves {some.choice(['TOY', 'OTHER', '*'])}",
        lambda: f"hold {some.choice(NAMES)}" + rights(some),
        lambda: f"region {some.choice(['code', 'data', 'heap', '0x400000'])} {some.choice(['shared', 'copied'])}"
                f" at={some.choice(['0x30000000', '0x40000000'])}" + rights(some, "rwx"),
        lambda: f"region heap {some.choice(['disjoint', 'shared'])} page={some.choice(['2M', '4K'])} pages={some.choice([512, 5])}",
        lambda: f"fault {some.choice(NAMES)}",
        lambda: f"priority {some.choice([90, 100, 110])}",
        lambda: "device 0x9000000 pages=1", lambda: f"irq {some.choice([33, 40])}", lambda: "essential", lambda: "linked",
        lambda: f"limits pages={some.choice([10, 1000])}", lambda: f"uses memory {some.choice([1, 5])}",
        lambda: f"uses resource TOY{some.choice(['', ' from server'])} name=toy",
    ])()


def description(some):
    blocks = []
    for name in NAMES[:some.randint(2, 3)]:
        if blocks and some.random() < 0.3:
            preset = some.choice(["thread", "thread-isolated-stack", "thread-isolated-heap", "library", "fork", "context"])
            head = f"pd {name} {preset} of server entry=main"
        else:
            head = f"pd {name} process" + (" of server" if blocks and some.random() < 0.5 else "") + " program=hello"
        blocks.append("\n".join([head] + [line(some) for _ in range(some.choice([0, 1, 2, 3]))]))
    return "\n".join(blocks) + "\n"


def test_legal(context):
    """Seeded random descriptions: those that can be planned predict a model that `cellmodel check` accepts."""
    some = random.Random("descriptions")
    system, model = context.folder / "system", context.folder / "model.csv"
    accepted = refused = 0
    for _ in range(300):
        system.write_text(description(some))
        done = clock.run([context.build / "host" / "cellplan", "predict", system, context.build / "programs"], 60,
                         encoding="utf-8")
        if done.returncode != 0:
            assert done.stderr.startswith(f"{system}:") and done.stdout == "", done.stderr
            refused += 1
            continue
        accepted += 1
        model.write_text(done.stdout)
        tool.run(context.build / "host" / "cellmodel", "check", model)
    assert accepted > 50 and refused > 50, (accepted, refused)
