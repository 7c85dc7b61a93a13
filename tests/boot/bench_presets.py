# SPDX-License-Identifier: BSD-2-Clause
"""The report of ./cellulos bench presets: each preset, cleanup policy and pair of operations has its rows, within their bounds."""

import json
import sys

from harness import tool

SECONDS = 300
# The figures of docs/presets.md; a third more is a regression.
MOST = {"thread: create": 26232, "process: create": 58368, "process: destroy": 25627, "fork: create": 117090, "library: create": 88760,
        "library: request": 6650, "context: request": 3272, "lock: take and give back": 48, "cleanup: PD depth 3, space depth 0": 236262}


def long_rows(context):
    rows, _ = tool.run(sys.executable, context.top / "bench" / "system" / "presets.py", "--build", context.build)
    totals = {row["name"]: row["total"] for row in map(json.loads, rows.splitlines())}
    for preset in ("thread", "thread-isolated-stack", "thread-isolated-heap", "process", "fork", "library", "context", "snapshot"):
        assert f"{preset}: create" in totals and f"{preset}: destroy" in totals, totals
    for name, most in MOST.items():
        assert totals[name] < most * 4 / 3, (name, totals[name])
    for name in ("frame", "map", "address space", "CPU", "capability transfer"):
        assert 0 < totals[f"bare kernel: framework: {name}"] < totals[f"framework: {name}"], name
    assert 0 < totals["bare kernel: process: create"] < totals["process: create"]
