# SPDX-License-Identifier: BSD-2-Clause
"""The image packer: one bad input per message, and what a good image holds."""

import struct

from harness.tool import elf, refused, run

KERNEL = [(0xFFC0000000, 0x60000000, b"K" * 100, 5000)]
ROOT = [(0x400010, 0x400010, b"R" * 10, 10)]


def pack(context, kernel=None, root=None, expected=None, status=1):
    """Packs the given ELF bytes; with `expected`, that message is to come, where
    KERNEL and ROOT stand for the files' names."""
    files = {"kernel": elf(KERNEL) if kernel is None else kernel,
             "root": elf(ROOT) if root is None else root}
    paths = {name: context.folder / f"{name}.elf" for name in files}
    for name, content in files.items():
        paths[name].write_bytes(content)
    image = context.folder / "out.image"
    image.unlink(missing_ok=True)
    command = [context.build / "host" / "cellimage", "--kernel", paths["kernel"],
               "--root", paths["root"], "-o", image]
    if expected:
        expected = expected.replace("KERNEL", str(paths["kernel"])).replace("ROOT", str(paths["root"]))
        refused(expected, *command, status=status)
        assert not image.exists()
        return None
    run(*command)
    return image.read_bytes()


def test_good(context):
    image = pack(context)
    assert image[56:60] == b"ARM\x64"
    assert struct.unpack_from("<Q", image, 16)[0] == len(image)
    assert b"K" * 100 in image and b"R" * 10 in image
    loader = (context.build / "loader" / "loader.bin").stat().st_size
    magic, size, physical = struct.unpack_from("<8sQQ", image, loader)
    assert (magic, size, physical) == (b"CLLBOOT1", len(image), 0x60000000)
    assert struct.unpack_from("<5Q", image, loader + 24) == (0xFFC0000000, 5000, 0xFFC0000000, 0, 2)
    assert struct.unpack_from("<5Q", image, loader + 64) == (0x400000, 4096, 0x400010, 2, 2)


def test_missing_file(context):
    gone = context.folder / "gone.elf"
    refused(f"{gone}: No such file or directory", context.build / "host" / "cellimage",
            "--root", gone, "--kernel", gone, "-o", context.folder / "out")


def test_not_elf(context):
    pack(context, root=b"#!/bin/sh\n", expected="ROOT: not an ELF file")
    pack(context, root=b"", expected="ROOT: not an ELF file")
    pack(context, kernel=b"\x7fELF", expected="KERNEL: ends inside the ELF header")


def test_wrong_machine(context):
    pack(context, root=elf(ROOT, machine=62), expected="ROOT: is for ELF machine 62, not for AArch64 (183)")
    pack(context, root=elf(ROOT, bits=1), expected="ROOT: not a 64-bit little-endian ELF file")
    pack(context, root=elf(ROOT, kind=3),
         expected="ROOT: is of ELF type 3, not an executable with fixed addresses (2)")


def test_headers(context):
    pack(context, root=elf(ROOT, phentsize=32), expected="ROOT: program headers of 32 bytes, not 56")
    pack(context, root=elf(ROOT)[:100], expected="ROOT: ends inside the program headers")
    pack(context, root=elf(ROOT)[:-1], expected="ROOT: ends inside segment 0")
    pack(context, root=elf([]), expected="ROOT: has nothing to load")


def test_segments(context):
    pack(context, root=elf([(0x400000, 0, b"R" * 10, 9)]),
         expected="ROOT: segment 0 has 0xa bytes in the file but only 0x9 in memory")
    pack(context, root=elf([(0x400000, 0, b"R", 0x1001), (0x401000, 0, b"S", 1)]),
         expected="ROOT: the segments at 0x400000 and 0x401000 overlap")
    pack(context, root=elf([(2**64 - 4096, 0, b"R", 8192)]),
         expected="ROOT: segment 0 goes past the end of the address space")
    pack(context, root=elf(ROOT, entry=0x500000), expected="ROOT: its entry point 0x500000 is in no segment")


def test_kernel_rules(context):
    pack(context, kernel=elf([(0xFFC0001000, 0x60001000, b"K", 1)]),
         expected="KERNEL: starts at 0xffc0001000 (physical 0x60001000), not at a multiple of 2 MiB")
    pack(context, kernel=elf([(0xFFC0000000, 0x60000000, b"K", 1), (0xFFC0001000, 0x60002000, b"L", 1)]),
         expected="KERNEL: the segment at 0xffc0001000 is not as far from its physical address as the first")
    pack(context, kernel=elf([(0xFFFFE00000, 0x60000000, b"K", 0x200001)]),
         expected="KERNEL: does not fit between 0xffffe00000 and the end of that gigabyte")


def test_loader(context):
    other = context.folder / "other.bin"
    other.write_bytes(bytes(4096))
    refused(f"{other}: not a loader: no arm64 Image header", context.build / "host" / "cellimage",
            "--root", other, "--loader", other, "-o", context.folder / "out")


def test_arguments(context):
    tool = context.build / "host" / "cellimage"
    refused("cellimage: --root ELF is missing", tool, "-o", "x", status=2)
    refused("cellimage: -o IMAGE is missing", tool, "--root", "x", status=2)
    refused("cellimage: --root needs a value", tool, "--root", status=2)
    refused("cellimage: unknown argument 'x'", tool, "x", status=2)
    assert run(tool, "--help")[0].startswith("usage: cellimage ")


def test_output_place(context):
    (context.folder / "root.elf").write_bytes(elf(ROOT))
    (context.folder / "kernel.elf").write_bytes(elf(KERNEL))
    place = context.folder / "no" / "such" / "place"
    refused(f"{place}: No such file or directory", context.build / "host" / "cellimage",
            "--root", context.folder / "root.elf", "--kernel", context.folder / "kernel.elf", "-o", place)
