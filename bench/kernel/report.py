#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the benchmark of kernel operations on nucleus, and with --kernel on another kernel as well: the same root task,
the same counting of instructions. Prints a JSON row for each operation and kernel on stdout,

    {"name": ..., "kernel": ..., "total": ..., "kernel_only": ..., "samples": ...}

and with --kernel a table of both on stderr. total counts the user level's stubs on both sides too."""

import argparse
import json
import pathlib
import subprocess
import sys

SECONDS = 120
MARK = "| "
END = "END"


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
            fields = line[len(MARK):].split("|") if line.startswith(MARK) else []
            if len(fields) == 4:
                rows.append((fields[0], *map(int, fields[1:])))
    sys.exit(f"bench kernel: {kernel} stopped after {len(rows)} rows" + (f", {rows[-1][0]}" if rows else ""))


def table(first, second, results):
    """Both kernels side by side, in instructions of the kernel alone."""
    ours = {row[0]: row for row in results[first]}
    width = max(len(name) for name in ours)
    print(f"{'kernel only, instructions':{width}} {first:>10} {second[-24:]:>24}", file=sys.stderr)
    for name, _, kernel_only, _ in results[second]:
        if name in ours:
            print(f"{name:{width}} {ours[name][2]:>10} {kernel_only:>24} {ours[name][2] / max(kernel_only, 1):6.2f}",
                  file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(prog="cellulos bench kernel")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--kernel")
    parser.add_argument("--only", action="store_true", help="the kernel of --kernel alone")
    arguments = parser.parse_args()
    kernels = {} if arguments.only else {"nucleus": arguments.build / "nucleus" / "release" / "kernel.elf"}
    if arguments.kernel:
        kernels[arguments.kernel] = arguments.kernel
    results = {}
    for name, path in kernels.items():
        results[name] = run(arguments.build, path)
        for operation, total, kernel_only, samples in results[name]:
            print(json.dumps({"name": operation, "kernel": name, "total": total, "kernel_only": kernel_only,
                              "samples": samples}), flush=True)
    if len(results) == 2:
        table("nucleus", arguments.kernel, results)


if __name__ == "__main__":
    main()
