# SPDX-License-Identifier: BSD-2-Clause
"""Debian's Linux for arm64 as a guest: its kernel and modules, and a first file system for it. For tests and benchmarks."""

import pathlib
import re

import debian

PACKAGE = "linux-image-cloud-arm64"
# The modules of the devices that a guest has here.
DEVICES = ("virtio_mmio", "virtio_blk", "virtio_rng", "virtio_console", "virtio_net")
# Modules for disks, consoles, random numbers and networks are among these; ext4 is built in.
MODULES = r"lib/modules/[^/]+/kernel/(drivers/(virtio|block|char|net)|net/core)/.+\.ko"


def package(folder):
    """The package of the kernel, kept in the folder. Raises debian.Failure."""
    kept = pathlib.Path(folder) / "linux-arm64.deb"
    if not kept.exists():
        with debian.Archive(pathlib.Path(folder) / "apt-arm64", debian.PROGRAMS_SUITE, "arm64") as archive:
            version = next(name for name in archive.depends(PACKAGE) if name.startswith("linux-image-"))
            archive.fetch(version).rename(kept)
    return kept


def kernel(folder):
    """The kernel's image, kept in the folder."""
    kept = pathlib.Path(folder) / "linux-arm64"
    if not kept.exists():
        (image,) = debian.members(package(folder), r"boot/vmlinuz-.*").values()
        new = kept.with_suffix(".new")
        new.write_bytes(image)
        new.rename(kept)
    return kept


def needs(module):
    """The modules that a module needs to be loaded before it."""
    for words in re.findall(rb"\0depends=([^\0]*)\0", module):
        yield from (word.decode().replace("-", "_") for word in words.split(b",") if word)


def modules(folder, names):
    """{name: content} of modules and what they need, each behind what it needs. What is built in is left out."""
    known = {pathlib.Path(path).stem.replace("-", "_"): content
             for path, content in debian.members(package(folder), MODULES).items()}
    found = {}

    def add(name):
        if name in known and name not in found:
            for needed in needs(known[name]):
                add(needed)
            found[name] = known[name]

    for name in names:
        add(name)
    return found


# ---- A first file system ---------------------------------------------------------


def entry(number, name, mode, content=b"", device=(0, 0)):
    """A file of a cpio archive of the format newc (Linux, driver-api/early-userspace/buffer-format)."""
    fields = [number, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(name) + 1, 0]
    out = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    out += bytes(-len(out) % 4) + content
    return out + bytes(-len(out) % 4)


def initrd(files):
    """An archive that the kernel unpacks: {path: content, None for a folder}; with the console, which it opens for /init."""
    out = entry(1, "dev", 0o40755) + entry(2, "dev/console", 0o20600, device=(5, 1))
    for number, (name, content) in enumerate(files.items(), 3):
        out += entry(number, name, 0o40755) if content is None else entry(number, name, 0o100755, content)
    return out + entry(0, "TRAILER!!!", 0)


INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
{commands}
exec /bin/busybox init
"""


def with_login(folder, loads=(), commands="", console="ttyAMA0", more=None):
    """A first file system with Debian's busybox, which loads modules, does what is said, and brings up a login, where root needs no password.
    `more` files: {path: bytes, None for a folder}."""
    loaded = modules(folder, loads) if loads else {}
    lines = [f"insmod /modules/{name}.ko" for name in loaded] + [commands]
    files = dict.fromkeys(("bin", "proc", "sys", "etc", "root", "tmp", "mnt", "modules"))
    files |= {"bin/busybox": (debian.program(folder, "busybox-static") / "bin" / "busybox").read_bytes(),
              "init": INIT.format(commands="\n".join(lines)).encode(),
              "etc/inittab": f"::respawn:/bin/getty -L 115200 {console} vt100\n".encode(),
              "etc/passwd": b"root::0:0:root:/root:/bin/sh\n"}
    return initrd(files | {f"modules/{name}.ko": content for name, content in loaded.items()} | (more or {}))
