# SPDX-License-Identifier: BSD-2-Clause
"""The image packer: one bad input per message, and the contents of a good image."""

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


# ---- Settings of nucleus ----


def image_of(context, *options, kernel="release", root=None):
    """An image of a real kernel and root task: path, and what the packer wrote to stderr."""
    image = context.folder / "real.image"
    root = root or context.build / "tests" / "nucleus" / "conformance" / "bootinfo.elf"
    _, errors = run(context.build / "host" / "cellimage", "--kernel", context.build / "nucleus" / kernel / "kernel.elf",
                    "--root", root, *options, "-o", image)
    return image, errors


def boot_of(context, image):
    machine = context.start(image=image, watch=False)
    machine.expect(r"^\| END$")
    machine.stop()
    return machine.transcript()


def test_root_cnode_bits(context):
    """The kernel makes its root CNode of the size in the image; bootinfo and all that depends on it follow."""
    image, _ = image_of(context)
    usual = boot_of(context, image)
    assert "| root CNode bits: 12\n" in usual
    image, _ = image_of(context, "--root-cnode-bits", "15")
    larger = boot_of(context, image)
    assert "| root CNode bits: 15\n" in larger and "| root CNode's slots end: 32768\n" in larger
    image, _ = image_of(context, "--root-cnode-bits", "8")
    assert "| root CNode bits: 8\n" in boot_of(context, image)


def test_root_cnode_bits_refused(context):
    out = ["-o", context.folder / "out"]
    root = context.folder / "root.elf"
    root.write_bytes(elf(ROOT))
    kernel = context.folder / "kernel.elf"
    kernel.write_bytes(elf(KERNEL))
    cellimage = context.build / "host" / "cellimage"
    refused(f"{kernel}: is not nucleus; its root CNode got its size when the kernel was built", cellimage, "--kernel", kernel,
            "--root", root, "--root-cnode-bits", "15", *out)
    for bits in ("7", "23", "x", "", "15x", "-1"):
        refused(f"cellimage: --root-cnode-bits is a number from 8 to 22, not '{bits}'", cellimage, "--root", root, "--root-cnode-bits",
                bits, *out, status=2)


def test_debug_calls_are_told(context):
    """A root task that was built for a debug kernel."""
    def program(*instructions):
        path = context.folder / "debug.elf"
        code = b"".join(struct.pack("<I", word) for word in instructions)
        path.write_bytes(elf([(0x400010, 0x400010, code, len(code))]))
        return path

    movn, svc, nop = 0x92800107, 0xD4000001, 0xD503201F  # mov x7, #-9: put a character
    root = program(nop, movn, nop, svc)
    assert "debug.elf: makes debug system calls (at 0x400014)" in image_of(context, root=root)[1]
    assert image_of(context, root=root, kernel="debug")[1] == ""
    for harmless in ([movn] + [nop] * 20, [0x92800007, svc], [0x92800108, svc], [0x928001C7, svc]):
        assert image_of(context, root=program(*harmless))[1] == "", harmless
    assert image_of(context, root=context.build / "programs" / "root.elf")[1] == ""
