# SPDX-License-Identifier: BSD-2-Clause
"""Compares what consoles showed on two kernels.

Parts that may differ are removed first: lines of a debug kernel itself, random bytes, numbers
(addresses, times, sizes; a lone "-" stands for one that a kernel does not tell),
runs of blanks, and prompts with nothing behind them: what a program prints in the background brings the prompt once more, and a
test may or may not wait for the last.
"""

import difflib
import re

# The last line that a debug build of seL4 prints before user level runs.
_KERNEL_DONE = "Booting all finished, dropped to user space"
_PROMPT = "cell>"
_KERNEL_LINE = re.compile(r"^<<seL4.*?>>$", re.MULTILINE)
_RANDOM = re.compile(r'(?<=^getrandom\()"(\\.|[^"\\])*"', re.MULTILINE)
_NUMBER = re.compile(r"0x[0-9a-fA-F]+|\b[0-9][0-9a-fA-F]{7,}\b|\d+(\.\d+)?|(?<=\s)-(?=\s)")


def normalise(text):
    _, found, rest = text.partition(_KERNEL_DONE)
    text = rest if found else text
    text = _KERNEL_LINE.sub("", text)
    text = _RANDOM.sub("#", text)
    text = _NUMBER.sub("#", text)
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in text.splitlines())
    return [line for line in lines if line not in ("", _PROMPT)]


def difference(machines, others):
    """None if the transcripts of both lists agree, else what differs."""
    if len(machines) != len(others):
        return f"{len(machines)} machines were started there, {len(others)} on nucleus"
    for machine, other in zip(machines, others):
        lines = list(difflib.unified_diff(
            normalise(other.transcript()), normalise(machine.transcript()),
            "on nucleus", "on the other kernel", lineterm="", n=1))
        if lines:
            return "the consoles differ:\n" + "\n".join(lines[:60])
    return None
