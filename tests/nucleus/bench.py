# SPDX-License-Identifier: BSD-2-Clause
"""The benchmark of kernel operations: a row for every operation that it knows, in the promised form; and the figures of
nucleus, which are the same on every computer, against seL4's and the goals."""

import csv
import json
import re

from harness.tool import run

SECONDS = 120
FIELDS = ["name", "kernel", "total", "kernel_only", "samples"]
MISSES = "above"


def report(context, *arguments):
    return run("python3", context.top / "bench" / "kernel" / "report.py", "--build", context.build, *arguments,
               seconds=SECONDS)


def known(context):
    """Names of all operations in the sources of the benchmark."""
    names = set()
    for path in (context.top / "bench" / "kernel").glob("*.c"):
        for first, second in re.findall(r'^    \{"([^"]+)", (?:"([^"]+)"|\w+),', path.read_text(), re.MULTILINE):
            names.update(name for name in (first, second) if name)
        names.update(re.findall(r'(?:measure|latency)_row\("([^"]+)"', path.read_text()))
    return names


def wanted(context):
    text = (context.top / "bench" / "kernel" / "goals.csv").read_text()
    return {row["operation"]: row for row in csv.DictReader(text.splitlines()[3:])}


def test_rows(context):
    out, _ = report(context, *(["--only", "--kernel", context.kernel] if context.kernel else []))
    rows = [json.loads(line) for line in out.splitlines()]
    for row in rows:
        assert list(row) == FIELDS
        assert 0 < row["kernel_only"] <= row["total"] and row["samples"] > 0, row
    assert {row["name"] for row in rows} == known(context)
    assert set(wanted(context)) <= known(context)


def test_goals(context):
    """No operation of nucleus takes more than on seL4, or than its goal; and the table says so."""
    out, table = report(context)
    rows = {row["name"]: row["kernel_only"] for row in map(json.loads, out.splitlines())}
    for name, limits in wanted(context).items():
        for key in ("sel4", "goal"):
            assert not limits[key] or rows[name] <= int(limits[key]), f"{name}: {rows[name]}, {key} {limits[key]}"
    assert MISSES not in table
    assert len(table.splitlines()) == 1 + len(rows)


def test_side_by_side(context):
    """A kernel of --kernel beside nucleus: the same one gives a ratio of 1 in every line."""
    _, table = report(context, "--kernel", context.build / "nucleus" / "release" / "kernel.elf")
    assert {line.split()[-2] for line in table.splitlines()[1:]} == {"1.00"}, table
