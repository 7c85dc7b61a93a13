# SPDX-License-Identifier: BSD-2-Clause
"""Executables for Linux on AArch64: compiled for a test, and put into a boot archive beside the project's programs."""

import pathlib

from harness import tool

COMPILER = "aarch64-linux-gnu-gcc"


def compiled(context, source, *flags, name=None):
    """Compiles a source file of the tests; the executable's path."""
    source = pathlib.Path(source)
    made = context.folder / (name or source.stem)
    tool.run(COMPILER, "-O2", "-Wall", "-Wextra", "-Werror", *flags, source, "-o", made)
    return made
