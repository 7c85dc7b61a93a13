#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the benchmark of kernel operations on nucleus, and with --kernel on another kernel as well: the same root task,
the same counting of instructions. Prints a JSON row for each operation and kernel on stdout,

    {"name": ..., "kernel": ..., "total": ..., "kernel_only": ..., "samples": ...}

total counts the user level's stubs on both sides too. Then a table on stderr, of the kernel alone: nucleus beside the
other kernel, or without --kernel beside the figures of seL4 that goals.csv has; the ratio of the two; and the goal.
Rows that miss either are marked."""

import argparse
import csv
import json
import pathlib
import subprocess
import sys

SECONDS = 120
MARK = "| "
END = "END"
STOP = "STOP: "
NUCLEUS = "nucleus"
RECORDED = "seL4 16.0.0"
FOLDER = pathlib.Path(__file__).resolve().parent


def goals():
    """By operation: seL4's figure and the goal, None where it is missing."""
    with open(FOLDER / "goals.csv", encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["operation"]: tuple(int(row[key]) if row[key] else None for key in ("sel4", "goal")) for row in rows}


def run(build, kernel):
    """The rows of one kernel: name, total, kernel only, samples."""
    command = [build / "host" / "cellrun", "--root", build / "bench" / "kernel.elf", "--no-archive", "--no-watch",
               "--no-input", "--icount", "--timeout", str(SECONDS), "--kernel", kernel]
    rows = []
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          errors="replace") as process:
        for line in process.stdout:
            line = line.rstrip("\r\n")
            if line == MARK + END:
                process.terminate()
                return rows
            if line.startswith(MARK + STOP):
                process.terminate()
                sys.exit(f"bench kernel: {kernel}, after {len(rows)} rows: {line[len(MARK + STOP):]}")
            fields = line[len(MARK):].split("|") if line.startswith(MARK) else []
            if len(fields) == 4:
                rows.append((fields[0], *map(int, fields[1:])))
    sys.exit(f"bench kernel: {kernel} stopped after {len(rows)} rows" + (f", {rows[-1][0]}" if rows else ""))


def misses(value, other, goal):
    """Words for a row that is above the other kernel or the goal."""
    said = []
    if other is not None and value > other:
        said.append("above the other")
    if goal is not None and value > goal:
        said.append("above the goal")
    return ", ".join(said)


def table(ours, others, title):
    """Lines: the operations of nucleus beside those of another kernel, in instructions of the kernel alone."""
    wanted = goals()
    width = max(map(len, ours))
    lines = [f"{'kernel only, instructions':{width}} {NUCLEUS:>10} {title:>12} {'ratio':>6} {'goal':>8}"]
    for name, value in ours.items():
        other = others.get(name)
        goal = wanted.get(name, (None, None))[1]
        ratio = f"{value / max(other, 1):.2f}" if other is not None else "-"
        line = (f"{name:{width}} {value:>10} {'-' if other is None else other:>12} {ratio:>6} "
                f"{'-' if goal is None else goal:>8}  {misses(value, other, goal)}")
        lines.append(line.rstrip())
    return lines


def main():
    parser = argparse.ArgumentParser(prog="cellulos bench kernel")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--kernel")
    parser.add_argument("--only", action="store_true", help="the kernel of --kernel alone")
    arguments = parser.parse_args()
    kernels = {} if arguments.only else {NUCLEUS: arguments.build / "nucleus" / "release" / "kernel.elf"}
    if arguments.kernel:
        kernels[arguments.kernel] = arguments.kernel
    results = {}
    for name, path in kernels.items():
        results[name] = {}
        for operation, total, kernel_only, samples in run(arguments.build, path):
            results[name][operation] = kernel_only
            print(json.dumps({"name": operation, "kernel": name, "total": total, "kernel_only": kernel_only,
                              "samples": samples}), flush=True)
    if NUCLEUS in results:
        others = results.get(arguments.kernel) or {name: sel4 for name, (sel4, _) in goals().items()}
        title = "--kernel" if arguments.kernel else RECORDED
        print("\n".join(table(results[NUCLEUS], others, title)), file=sys.stderr)


if __name__ == "__main__":
    main()
