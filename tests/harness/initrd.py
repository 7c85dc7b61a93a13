# SPDX-License-Identifier: BSD-2-Clause
"""A first file system for Linux in a guest: a busybox that brings up a login, where root needs no password."""

import pathlib

from harness import executables

import guest_linux


def made(context, console="ttyAMA0", commands="", name="initrd", more=None, loads=()):
    """The archive's path. `loads`: modules; `commands` run before the login comes; `more` files: {path: bytes, None for a folder}."""
    path = pathlib.Path(context.folder) / name
    path.write_bytes(executables.fetched(guest_linux.with_login, context.build, loads, commands, console, more))
    return path
