# SPDX-License-Identifier: BSD-2-Clause
"""Executables for Linux on AArch64: compiled for a test, and put into a boot archive beside the project's programs."""

import importlib.util
import pathlib
import threading

from harness import tool

COMPILER = "aarch64-linux-gnu-gcc"
DEBIAN = pathlib.Path(__file__).parents[1] / "linux" / "debian.py"
FETCHING = threading.Lock()  # an apt at a time


def compiled(context, source, *flags, name=None):
    """Compiles a source file of the tests; the executable's path."""
    source = pathlib.Path(source)
    made = context.folder / (name or source.stem)
    tool.run(COMPILER, "-O2", "-Wall", "-Wextra", "-Werror", *flags, source, "-o", made)
    return made


def fetch(build, name, folder):
    specification = importlib.util.spec_from_file_location("debian", DEBIAN)
    debian = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(debian)
    try:
        fetched = debian.Archive(build / "apt-arm64", "arm64").fetch(name)
    except AssertionError as error:
        raise tool.Skip(f"{name} cannot be fetched: {str(error).splitlines()[-1]}") from error
    new = folder.with_suffix(".new")
    new.mkdir(parents=True, exist_ok=True)
    tool.run("dpkg-deb", "-x", fetched, new)
    new.rename(folder)


def package(context, name):
    """Debian's package for arm64, unpacked: the folder, kept in build/. Skips the test where there is no network."""
    folder = context.build / "debian-arm64" / name
    with FETCHING:
        if not folder.exists():
            fetch(context.build, name, folder)
    return folder
