# SPDX-License-Identifier: BSD-2-Clause
"""Virtual machines whose memory has pages of 2 MiB: how they run, their copies, and the model."""

import re

from harness import figures, tool
from harness.guest import PROMPT, asked, checked, fork, started, type_to

SECONDS = 120
COMPARE = False  # a guest prints when it has something to say
LARGE = "--pages 2M"


def rows(machine, context):
    """The model, which is legal."""
    path = context.folder / "model.csv"
    path.write_text("\n".join(asked(machine, "model")[:-1]) + "\n")
    tool.run(context.build / "host" / "cellmodel", "check", path)
    return path.read_text()


def test_large(context):
    """A machine's checks of itself pass; its memory is a few large pages, and all of them come back."""
    with context.start(system="vm") as machine:
        machine.expect(PROMPT)
        machine.type(f"vm start {LARGE} --memory 8 bare")
        machine.expect("^machine 1: ")
        machine.type("vm stop 1")
        before = figures.figures_at_rest(machine)
        assert checked(machine, 2, LARGE, "--memory 8 --cpus 2") == 2
        started(machine, 3, LARGE, "--memory 8")
        machine.expect(PROMPT)
        text = rows(machine, context)
        memory = re.search(r",MAP,VM_\w+_3,(GMO_\w+),", text).group(1)
        behind = set(re.findall(rf",MAP,{memory},(MO_\w+),", text))
        pages = [re.search(rf"^RESOURCE,{mo},MO,,,,0x([0-9a-f]+)_(\d+)_21$", text, re.MULTILINE) for mo in behind]
        assert all(pages) and sum(int(page[2]) for page in pages) == 5, (behind, pages)  # the last is the monitor's
        assert all(int(page[1], 16) % (2 << 20) == 0 for page in pages), pages
        region = re.search(r"^RESOURCE,(VMR_\w+),VMR,,,,0x40000000_", text, re.MULTILINE).group(1)
        assert behind == set(re.findall(rf",MAP,{region},(MO_\w+),", text)), behind
        machine.type(f"vm start {LARGE} --memory 3 bare")
        machine.expect("^vm: bare: an argument is out of range$")
        machine.expect(PROMPT)
        machine.type("vm start --pages 1G bare")
        machine.expect("^vm: start: --pages 4K, or --pages 2M$")
        machine.expect(PROMPT)
        machine.type("vm stop 3")
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_large_copies(context):
    """A copy has large pages of its own at once, and goes on from the other's state; one restored from a file has pages of 4 KiB."""
    image = context.folder / "disk.img"
    image.unlink(missing_ok=True)
    tool.run("mke2fs", "-q", "-t", "ext4", image, "32M")
    with context.start(system="vm-files", disks=(image,)) as machine:
        machine.expect(PROMPT)
        started(machine, 1, LARGE, "--memory 2")
        for number in (2, 3):
            fork(machine, number, number - 1)
        machine.expect(PROMPT)
        shares = " ".join(asked(machine, "rsi guest-1 guest-3"))
        assert "RSI MO 2/" in shares, shares  # the interrupt interface
        machine.type("vm snapshot 3 /snapshot")
        machine.expect(PROMPT)
        machine.type("vm restore /snapshot")
        machine.expect("^machine 4: ")
        for number in range(1, 5):
            type_to(machine, number, "v", "^guest: kept$")
        machine.expect(PROMPT)
        text = rows(machine, context)
        sizes = []
        for number in range(1, 5):
            memory = re.search(rf",MAP,VM_\w+_{number},(\w+),", text).group(1)
            mo = re.search(rf",MAP,{memory},(MO_\w+),", text).group(1)
            sizes.append(re.search(rf"^RESOURCE,{mo},MO,,,,0x[0-9a-f]+_\d+_(\d+)$", text, re.MULTILINE).group(1))
        assert sizes == ["21", "21", "21", "12"], sizes
        machine.type("poweroff")
        assert machine.exit_status() == 0
