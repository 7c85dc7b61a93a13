# SPDX-License-Identifier: BSD-2-Clause
"""Running host tools in tests, and making small files for them."""

import pathlib
import re
import struct

from harness import clock

BOARDS = pathlib.Path(__file__).parents[2] / "board"
EM_AARCH64 = 183
ET_EXEC = 2


class Skip(Exception):
    """The computer lacks what a test needs; the text says what."""


def usual_board():
    """The machine that is the default."""
    return re.search(r"^BOARD \?= (.*)$", (BOARDS / "board.mk").read_text(), re.M).group(1)


def run(*command, status=0, seconds=60, **options):
    """Runs a tool; checks its exit status; returns (stdout, stderr)."""
    done = clock.run(command, seconds, encoding="utf-8", errors="replace", **options)
    assert done.returncode == status, (
        f"{command[0]} gave status {done.returncode}, not {status}; stderr: {done.stderr.strip()}")
    return done.stdout, done.stderr


def refused(expected, *command, status=1, **options):
    """Runs a tool that has to refuse with exactly `expected` as its first line on stderr."""
    _, errors = run(*command, status=status, **options)
    first = errors.splitlines()[0] if errors else ""
    assert first == expected, f"it said '{first}', not '{expected}'"


def elf(segments, entry=None, machine=EM_AARCH64, kind=ET_EXEC, bits=2, phentsize=56):
    """An ELF file with loadable `segments`: (virtual, physical, bytes, memory size)."""
    offset = 64 + 56 * len(segments)
    headers, data = b"", b""
    for virtual, physical, content, memory_size in segments:
        headers += struct.pack("<IIQQQQQQ", 1, 7, offset + len(data), virtual, physical,
                               len(content), memory_size, 4096)
        data += content
    if entry is None:
        entry = segments[0][0] if segments else 0
    ident = b"\x7fELF" + bytes([bits, 1, 1]) + bytes(9)
    header = ident + struct.pack("<HHIQQQIHHHHHH", kind, machine, 1, entry, 64, 0, 0, 64,
                                 phentsize, len(segments), 64, 0, 0)
    return header + headers + data
