# SPDX-License-Identifier: BSD-2-Clause
"""Executables for Linux on AArch64: compiled for a test, and put into a boot archive beside the project's programs."""

import pathlib
import sys
import threading

from harness import tool

sys.path.append(str(pathlib.Path(__file__).parents[2] / "tools"))
import debian  # noqa: E402
import guest_linux  # noqa: E402

COMPILER = "aarch64-linux-gnu-gcc"
FETCHING = threading.Lock()  # an apt at a time


def compiled(context, source, *flags, name=None):
    """Compiles a source file of the tests; the executable's path."""
    source = pathlib.Path(source)
    made = context.folder / (name or source.stem)
    tool.run(COMPILER, "-O2", "-Wall", "-Wextra", "-Werror", *flags, source, "-o", made)
    return made


def fetched(get, *arguments):
    """The result of a function of tools/ that fetches from Debian. Skips the test where there is no network."""
    with FETCHING:
        try:
            return get(*arguments)
        except debian.Failure as failure:
            raise tool.Skip(str(failure).split("\n", maxsplit=1)[0]) from failure


def package(context, name):
    """Debian's package for arm64, unpacked: the folder, kept in build/."""
    return fetched(debian.program, context.build, name)


def kernel(context):
    """Debian's arm64 kernel for virtual machines, kept in build/."""
    return fetched(guest_linux.kernel, context.build)
