# SPDX-License-Identifier: BSD-2-Clause
"""The control channel through a real QEMU, both ways (control_probe.c)."""

import os
import pty
import subprocess

from harness import clock
from harness.tool import elf


def test_both_ways(context):
    root, frames = context.folder / "root.elf", context.folder / "frames"
    root.write_bytes(elf([(0x400000, 0, b"R", 1)]))
    main, side = pty.openpty()
    command = [context.build / "host" / "cellrun", "--no-archive", "--root", root, "--frames", frames,
               "--kernel", context.build / "tests" / "tools" / "control_probe.elf", "--timeout", "30"]
    # A person types Ctrl-A p.
    with subprocess.Popen([str(word) for word in command], stdin=side, stdout=subprocess.PIPE) as process:
        os.write(main, b"\x01p")
        output, _ = clock.communicate(process, 60)
    os.close(main)
    os.close(side)
    assert output == b"@poweroff 0\n"
    assert process.returncode == 9
    assert frames.read_text().splitlines() == ["ready probe", "exit 9"]
