# SPDX-License-Identifier: BSD-2-Clause
"""The benchmark of kernel operations: a row for every operation that it knows, in the promised form."""

import json
import re

from harness.tool import run

SECONDS = 120
FIELDS = ["name", "kernel", "total", "kernel_only", "samples"]


def test_rows(context):
    arguments = ["--build", context.build]
    if context.kernel:
        arguments += ["--only", "--kernel", context.kernel]
    out, _ = run("python3", context.top / "bench" / "kernel" / "report.py", *arguments, seconds=SECONDS)
    rows = [json.loads(line) for line in out.splitlines()]
    for row in rows:
        assert list(row) == FIELDS
        assert 0 < row["kernel_only"] <= row["total"] and row["samples"] > 0, row
    names = set()
    for path in (context.top / "bench" / "kernel").glob("*.c"):
        for first, second in re.findall(r'^    \{"([^"]+)", (?:"([^"]+)"|\w+),', path.read_text(), re.MULTILINE):
            names.update(name for name in (first, second) if name)
    assert {row["name"] for row in rows} == names
    assert len([name for name in names if not name.startswith("Interrupt latency")]) == 99
