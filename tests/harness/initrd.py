# SPDX-License-Identifier: BSD-2-Clause
"""A first file system for Linux in a guest: a busybox that brings up a login, where root needs no password."""

import pathlib

from harness import executables

import guest_linux

INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
{commands}
exec /bin/busybox init
"""


def made(context, console="ttyAMA0", commands="", name="initrd", more=None):
    """The archive's path. `commands` run before the login comes; `more` files: {path: bytes, None for a folder}."""
    busybox = (executables.package(context, "busybox-static") / "bin" / "busybox").read_bytes()
    files = dict.fromkeys(("bin", "proc", "sys", "etc", "root", "tmp", "mnt", "modules"))
    files |= {"bin/busybox": busybox, "init": INIT.format(commands=commands).encode(),
              "etc/inittab": f"::respawn:/bin/getty -L 115200 {console} vt100\n".encode(),
              "etc/passwd": b"root::0:0:root:/root:/bin/sh\n"} | (more or {})
    path = pathlib.Path(context.folder) / name
    path.write_bytes(guest_linux.initrd(files))
    return path
