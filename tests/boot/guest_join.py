# SPDX-License-Identifier: BSD-2-Clause
"""One graph across the border of a virtual machine: what `cellmodel linux` says in a Debian guest joins the model of the system below it."""

import re

from harness import archive, linux_guest, tool
from harness.guest import PROMPT, asked, leave
from harness.linux_guest import ask, login

SECONDS = 120
COMPARE = False  # a guest prints when it has something to say
DISK = 1 << 20
MACHINES = "--memory 64 --cpus 2"


def pages(cellmodel, path, one, other):
    """How many pages both have, and how many one of them has."""
    text, _ = tool.run(cellmodel, "rsi", path, one, other)
    return tuple(int(count) for count in re.search(r"^RSI MO (\d+)/(\d+) ", text, re.MULTILINE).groups())


def extracted(context, folder):
    """The models of a system with two Linux guests, and of the first one's inside; it and the second are paused between the two."""
    disk = context.folder / "disk"
    with open(disk, "wb") as file:
        file.truncate(DISK)
    more = {"bin/cellmodel": (context.build / "static" / "cellmodel-aarch64").read_bytes()}
    members = linux_guest.members(context, "", more=more)
    with context.start(archive=archive.archive(context, **members), system="vm-virtio", disks=[disk], seconds=600) as machine:
        for number, words in ((1, "--disk all"), (2, "--name other")):
            linux_guest.start(machine, number, MACHINES, words)
        login(machine, 1)
        ask(machine, "sleep 100000 & sleep 100000 & sleep 1; echo $(pidof sleep | wc -w) sleep", "2 sleep")
        ask(machine, "cellmodel linux --all > /tmp/model 2> /tmp/errors; echo status $?", "status 0")
        ask(machine, "dd if=/tmp/model of=/dev/vda bs=64k conv=sync,fsync 2> /dev/null; echo $(wc -c < /tmp/model) bytes", r"\d+ bytes")
        assert "no memory" not in ask(machine, "cat /tmp/errors; echo and that is all", "(?s:.*)and that is all").group(0)
        leave(machine)
        for number in (1, 2):
            machine.type(f"vm pause {number}")
            machine.expect(PROMPT)
        (folder / "system.csv").write_text("\n".join(asked(machine, "model")[:-1]) + "\n")
        machine.type("poweroff")
        assert machine.exit_status() == 0
    (folder / "guest.csv").write_bytes(disk.read_bytes().rstrip(b"\0"))


def long_linux(context):
    """The guest's pages lie in its own memory, its processes share what they say that they share, and all of it the monitor has, too; the
    other guest has none of it."""
    cellmodel, folder = context.build / "host" / "cellmodel", context.folder
    extracted(context, folder)
    system, inside, both = (folder / name for name in ("system.csv", "guest.csv", "both.csv"))
    for path in (system, inside):
        tool.run(cellmodel, "check", path)
    text, errors = tool.run(cellmodel, "join", system, f"--guest=guest-1,{inside}")
    assert errors == "", errors
    both.write_text(text)
    tool.run(cellmodel, "check", both)
    # Whose memory the guest's pages are.
    memory = re.search(r"^RESOURCE,(GMO_\w+),GMO,,,,0x40000000_16384_12$", system.read_text(), re.MULTILINE).group(1)
    behind = set(re.findall(rf",MAP,{memory},(MO_\w+),", system.read_text()))
    maps = re.findall(r",MAP,GMO_\w+g\w+,(MO_\w+)(?:\.\w+)?,", text)
    assert len(maps) > 20 and set(maps) <= behind, (len(maps), set(maps), behind)
    # Who has what.
    names = dict(re.findall(r"^PD,PD_\w+,((\d+) \w+),", inside.read_text(), re.MULTILINE))
    sleeps = [name for name in names if name.endswith(" sleep")]
    assert len(sleeps) == 2 and "1 busybox" in names, names
    for one, other in ((sleeps[0], sleeps[1]), (sleeps[0], "1 busybox")):
        common, of_any = pages(cellmodel, inside, one, other)
        assert 0 < common < of_any and pages(cellmodel, both, f"guest-1/{one}", f"guest-1/{other}") == (common, of_any)
    of_one = pages(cellmodel, inside, sleeps[0], sleeps[0])[0]
    assert pages(cellmodel, both, f"guest-1/{sleeps[0]}", "vmm")[0] == of_one == pages(cellmodel, both, f"guest-1/{sleeps[0]}", "guest-1")[0]
    assert pages(cellmodel, both, f"guest-1/{sleeps[0]}", "other")[0] == 0
    # Who ends with whom, and who relies on whom.
    blast, _ = tool.run(cellmodel, "blast", both, "vmm")
    process = re.search(rf"^PD,(PD_\w+),guest-1/{sleeps[0]},", text, re.MULTILINE).group(1)
    assert re.search(rf"^PD \d+ {process}$", blast, re.MULTILINE), blast
    trusted, _ = tool.run(cellmodel, "trusted", both, f"guest-1/{sleeps[0]}")
    monitor = re.search(r"^PD,(PD_\w+),vmm,", text, re.MULTILINE).group(1)
    assert f"TRUSTED {monitor} " in trusted, trusted
    cores = re.findall(r",MAP,PCPU_\w+g\w+,(VCPU_\w+),", text)
    assert len(cores) == 2 and len(set(cores)) == 2, cores
