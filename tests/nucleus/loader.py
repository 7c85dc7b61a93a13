# SPDX-License-Identifier: BSD-2-Clause
"""The loader: the values that it passes on, the places of programs, and what it refuses. A
stand-in for a kernel (probe.c) prints what it finds."""

import re
import subprocess

from harness.tool import elf, run

# Two segments, at odd places, with a gap and a tail to be zeroed.
ROOT = [(0x400123, 0, bytes(range(1, 200)) * 50, 9950), (0x404567, 0, b"data" * 33, 70000)]
LOADED = b"these bytes come from the kernel's file\0"
# Instructions from reset to the kernel's entry, all of the probe's 3 MB zeroed.
BUDGET = 180_000


def checksum(content):
    return sum((i + 1) * byte for i, byte in enumerate(content))


def root_image():
    start = 0x400000
    image = bytearray(-(-(0x404567 + 70000 - start) // 4096) * 4096)
    for virtual, _, content, _ in ROOT:
        image[virtual - start:virtual - start + len(content)] = content
    return bytes(image)


def boot(context, physical, **options):
    root = context.folder / "root.elf"
    root.write_bytes(elf(ROOT))
    machine = context.start(root=root, kernel=context.build / "tests" / "nucleus" / f"probe-{physical}.elf", **options)
    status = machine.exit_status()
    assert status == 72, f"status {status}"  # powered off by itself
    return machine.transcript()


def check(text, physical):
    found = {name: int(value, 16) for name, value in re.findall(r"^(\w+) (0x[0-9a-f]+)$", text, re.M)}
    assert found["level"] == 2 << 2
    assert found["daif"] == 0xF << 6
    assert found["sctlr"] & 0x1005 == 0x1005  # MMU, data cache, instruction cache
    assert found["dirty"] == 0
    assert found["loaded"] == checksum(LOADED)
    image = root_image()
    assert found["root_end"] - found["root_start"] == len(image)
    assert found["root_start"] % 4096 == 0
    assert physical + 3000000 < found["tree"] < found["root_start"] < physical + 3000000 + 65536
    assert found["root_offset"] == (found["root_start"] - 0x400000) % 2**64
    assert found["root_entry"] == 0x400123
    assert found["root"] == checksum(image)
    assert found["tree_magic"] == 0xEDFE0DD0
    assert int.from_bytes(found["tree_total"].to_bytes(4, "little"), "big") == found["tree_size"]
    assert found["tree"] + found["tree_size"] <= found["root_start"]
    return found


def test_hand_over(context):
    check(boot(context, "60000000"), 0x60000000)


def test_larger_memory(context):
    check(boot(context, "60000000", memory=3000), 0x60000000)


def test_instructions(context):
    found = check(boot(context, "60000000", icount=True), 0x60000000)
    used = found["ticks"] * 16  # the counter runs at 62.5 MHz; an instruction takes a nanosecond
    assert used <= BUDGET, f"{used} instructions from reset to the kernel's entry, at most {BUDGET} are wanted"


def test_zeroes_used_memory(context):
    """The kernel goes where the archive lay, so its memory is not zero from the start."""
    archive = context.folder / "archive"
    archive.write_bytes(b"\xff" * (16 << 20))
    check(boot(context, "48000000", archive=archive), 0x48000000)
    archive.unlink()


def test_refuses_the_image(context):
    text = boot(context, "40200000")
    assert text == "loader: kernel and root task would overwrite the image at 0x0000000040200000\n"


def test_refuses_the_tree(context):
    text = boot(context, "48000000")
    assert text == "loader: kernel and root task would overwrite the device tree at 0x0000000048000000\n"


def test_no_memory_there(context):
    """A kernel for an address without RAM: the exception is reported."""
    text = boot(context, "900000000")
    assert re.fullmatch(r"loader: exception, address 0x0000000900000000, "
                        r"instruction 0x[0-9a-f]{16}, syndrome 0x[0-9a-f]{16}\n", text), text


def test_wrong_level(context):
    """Started at EL1 by a machine without virtualization."""
    root, image = context.folder / "root.elf", context.folder / "image"
    root.write_bytes(elf(ROOT))
    run(context.build / "host" / "cellimage", "--root", root, "-o", image,
        "--kernel", context.build / "tests" / "nucleus" / "probe-60000000.elf")
    with subprocess.Popen(["timeout", "20", "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53",
                           "-m", "1024", "-nodefaults", "-display", "none", "-serial", "stdio", "-kernel", str(image)],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        line = process.stdout.readline()
        process.terminate()
    assert line == b"loader: needs exception level 2, was started at level 1\n"
