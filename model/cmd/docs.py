#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes docs/model-commands.md from what the commands say about themselves: `make model-docs`. A test compares."""

import subprocess
import sys

INTRODUCTION = """\
# cellmodel: all commands

Made from `cellmodel COMMAND --help`; do not edit (`make model-docs`).

`./cellulos cellmodel COMMAND FILE ...` builds the tool when needed and asks a model something. FILE is a model in CSV,
node-link JSON or GraphML ([the model file](model-format.md)), `-` is standard input. A PD is named by its id, or by its
name if no other PD has it. The measures are explained in [the metrics](model-metrics.md).

Exit status: 0 success; 1 something is wrong with the model, or the answer is no; 2 wrong usage, or the computer's fault.
"""


def run(tool, *arguments):
    return subprocess.run([tool, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def commands(tool):
    """The names that `cellmodel --help` lists."""
    lines = run(tool, "--help").split("\n\n")[1].splitlines()
    return [line.split()[0] for line in lines]


def document(tool):
    parts = [INTRODUCTION]
    for name in commands(tool):
        text = "".join(f"    {line}".rstrip() + "\n" for line in run(tool, name, "--help").splitlines())
        parts.append(f"\n## {name}\n\n{text}")
    return "".join(parts)


if __name__ == "__main__":
    sys.stdout.write(document(sys.argv[1]))
