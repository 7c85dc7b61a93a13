# SPDX-License-Identifier: BSD-2-Clause
"""Virtual machines that are copied while they run, and kept in files: the guest of tests/guests/bare.S. (Linux: guests.py.)"""

from harness import figures, tool
from harness.guest import PROMPT, TICKS, fork, started, type_to

SECONDS = 120
COMPARE = False  # a guest prints when it has something to say


def shared(machine, one, other):
    """How many pages of memory both guests share, and how many only one of them has."""
    machine.expect(PROMPT)
    machine.type(f"rsi {one} {other}")
    return [int(count) for count in machine.expect(r"^RSI MO (\d+)/(\d+) ").groups()]


def test_copy(context):
    """A copy goes on from the state of the original: registers, devices and memory; after that neither sees the other's changes."""
    with context.start(system="vm") as machine:
        machine.expect(PROMPT)
        started(machine, 1, "--memory", "4")
        for number in (2, 3):
            fork(machine, number, number - 1)
        type_to(machine, 3, "v", "^guest: kept$")
        type_to(machine, 1, "v", "^guest: kept$")
        type_to(machine, 2, "hey", "^hey$", "^hey$")
        type_to(machine, 1, "q", "^guest: bye$", "^vmm: guest-1: power off$")
        type_to(machine, 3, "c", "^vmm: guest-3: there is nothing at 0x20000000")
        type_to(machine, 2, "r", "^vmm: guest-2: reset$", *(f"guest: {line}$" for line in TICKS))
        type_to(machine, 2, "v", "^guest: kept$")
        machine.expect(PROMPT)
        machine.type("vm list")
        for number, state in ((3, "crashed"), (2, "runs"), (1, "powered off")):
            machine.expect(rf"^ +{number} bare +4 +1 {state} ")
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_gives_back(context):
    """A copy costs no frames until it is written; a machine that ends gives all back, whichever ends first."""
    with context.start(system="vm") as machine:
        machine.expect(PROMPT)
        for first in (1, 4):
            started(machine, first, "--memory", "8")
            fork(machine, first + 1, first)
            fork(machine, first + 2, first + 1, "--name", "third")
            for number in (first, first + 1):
                machine.type(f"vm stop {number}")
            type_to(machine, first + 2, "hey", "^hey$", "^hey$")
            machine.type(f"vm stop {first + 2}")
            if first == 1:
                before = figures.figures_at_rest(machine)
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_in_the_model(context):
    """Pages belong to both guests until one writes them; the interrupt interface is the hardware's."""
    with context.start(system="vm") as machine:
        machine.expect(PROMPT)
        started(machine, 1, "--memory", "4")
        fork(machine, 2, 1)
        both, of_any = shared(machine, "guest-1", "guest-2")
        assert both >= 1024 and of_any - both <= 8, (both, of_any)
        type_to(machine, 2, "hey", "^hey$", "^hey$")  # it writes to its stack
        now, of_any_now = shared(machine, "guest-1", "guest-2")
        assert now < both and of_any_now > of_any, (now, of_any_now)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_ten(context):
    """Any two of ten copies of one snapshot share its pages until they write: the model says how many."""
    with context.start(system="vm") as machine:
        machine.expect(PROMPT)
        started(machine, 1, "--memory", "4")
        fork(machine, 2, 1, "--name", "kept")
        machine.expect(PROMPT)
        machine.type("vm pause 2")
        for number in range(3, 13):
            fork(machine, number, 2)
        for one, other in (("kept", "guest-3"), ("guest-3", "guest-12")):
            both, of_any = shared(machine, one, other)
            assert both >= 1024 and of_any - both <= 12, (both, of_any)
        type_to(machine, 12, "hey", "^hey$", "^hey$")
        now, _ = shared(machine, "guest-3", "guest-12")
        assert both - 8 <= now < both, (both, now)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_at_once(context):
    """A copy is copied before it runs: the second copy waits until the first has all its registers."""
    with context.start(system="vm") as machine:
        machine.expect(PROMPT)
        started(machine, 1, "--memory", "4")
        machine.send("".join(f"vm fork {number}\n" for number in range(1, 6)))
        for number in range(2, 7):
            machine.expect(rf"^machine {number}: PD_\w+$")
        for number in range(1, 7):
            type_to(machine, number, "v", "^guest: kept$")
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_inside(context):
    """A machine is copied while it handles an interrupt and another is pending, and so is its copy; each finishes
    the interrupt in its own time, and gets further ones."""
    with context.start(system="vm") as machine:
        machine.expect(PROMPT)
        started(machine, 1, "--memory", "4")
        type_to(machine, 1, "i")
        for number in (2, 3):
            fork(machine, number, number - 1)
        machine.expect(PROMPT)
        machine.type("vm pause 2")
        fork(machine, 4, 2)
        machine.expect(PROMPT)
        machine.type("vm resume 2")
        for number in (3, 1, 2, 4):
            type_to(machine, number, "x", "^guest: inside$", "guest: tick$")
            type_to(machine, number, "hey", "hey$", "hey$")  # the x that it shows may stand in front
            type_to(machine, number, "v", "guest: kept$")
        # An interrupt that it had already: on seL4 it comes again, as that does not refuse one that the guest is handling (docs/guests.md).
        assert context.kernel or "did not ask" not in machine.transcript()
        machine.type("poweroff")
        assert machine.exit_status() == 0


def in_step(machine, number):
    machine.expect(PROMPT)
    machine.type(f"vm console {number}")
    machine.expect(f"^what you type goes to machine {number}")
    machine.type("t")
    said = machine.expect("^guest: (in|out of) step$").group(1)
    machine.type("~.")
    return said == "in"


def test_counters(context):
    """The counters of a copy's CPUs agree, also in the copy of a copy of a copy."""
    with context.start(system="vm") as machine:
        machine.expect(PROMPT)
        started(machine, 1, "--cpus 2 --memory", "4")
        assert in_step(machine, 1)
        for number in (2, 3, 4):
            fork(machine, number, number - 1)
            machine.type(f"vm stop {number - 1}")
            assert in_step(machine, number)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_paused(context):
    """A paused machine can be copied: the copy runs, and the original stays paused."""
    with context.start(system="vm") as machine:
        machine.expect(PROMPT)
        started(machine, 1, "--memory", "4")
        machine.type("vm pause 1")
        for number in (2, 3):
            fork(machine, number, 1)
            type_to(machine, number, "v", "^guest: kept$")
        machine.expect(PROMPT)
        machine.type("vm list")
        for number, state in ((3, "runs"), (2, "runs"), (1, "paused")):
            machine.expect(rf"^ +{number} bare +4 +1 {state} ")
        machine.type("vm resume 1")
        type_to(machine, 1, "v", "^guest: kept$")
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_refused(context):
    """Machines that cannot be copied, and wrong words: an error, and nothing is left behind."""
    with context.start(system="vm") as machine:
        machine.expect(PROMPT)
        started(machine, 1, "--memory", "4")
        fork(machine, 2, 1)
        type_to(machine, 2, "q", "^vmm: guest-2: power off$")
        before = figures.figures_at_rest(machine)
        for words, why in (("fork 2", "2: in use$"), ("fork 3", "there is no machine 3"), ("fork", "fork: the number of a machine is missing"),
                           ("fork --memory 8 1", "fork: no option '--memory'"), ("fork --disk 0+8 1", "1: its monitor can ask no server for such a disk$")):
            machine.expect(PROMPT)
            machine.type(f"vm {words}")
            machine.expect(rf"^vm: {why}")
        figures.check_same(machine, before)
        type_to(machine, 1, "v", "^guest: kept$")
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_files(context):
    """A machine that was written to a file goes on after the computer is on again; a file that was changed is refused, or gives a
    machine that may do anything, to itself only."""
    image = context.folder / "disk.img"
    image.unlink(missing_ok=True)
    tool.run("mke2fs", "-q", "-t", "ext4", image, "32M")
    with context.start(system="vm-files", disks=(image,)) as machine:
        machine.expect(PROMPT)
        started(machine, 1, "--memory", "2")
        machine.type("vm snapshot 1 /snapshot")
        type_to(machine, 1, "v", "^guest: kept$")
        for words, why in (("snapshot 1 /no/where", "save: /no/where: not found"), ("snapshot 1", "vm: snapshot N FILE"),
                           ("restore /nothing", "vm: /nothing: that is no snapshot of a machine, or of one with another disk, or without a network card"),
                           ("restore", "vm: restore: the name of a file is missing")):
            machine.expect(PROMPT)
            machine.type(f"vm {words}")
            machine.expect(f"^{why}$")
        machine.type("poweroff")
        assert machine.exit_status() == 0
    snapshot, changed = context.folder / "snapshot", context.folder / "changed"
    snapshot.unlink(missing_ok=True)
    tool.run("e2fsck", "-y", "-E", "journal_only", image)
    tool.run("debugfs", "-R", f"dump /snapshot {snapshot}", image)
    kept = snapshot.read_bytes()
    assert len(kept) == (2 << 20) + 16384
    for name, data in (("short", kept[:-4096]), ("other", kept[:-8192] + bytes(8192)), ("cpus", kept[:-8184] + b"\xff" * 8 + kept[-8176:])):
        changed.write_bytes(data)
        tool.run("debugfs", "-w", "-R", f"write {changed} {name}", image)
    changed.write_bytes(kept[:-5000] + b"\xa5" * 5000)
    tool.run("debugfs", "-w", "-R", f"write {changed} wild", image)
    with context.start(system="vm-files", disks=(image,)) as machine:
        for number in (1, 2):
            machine.expect(PROMPT)
            machine.type("vm restore --name again /snapshot")
            machine.expect(rf"^machine {number}: PD_\w+$")
            type_to(machine, number, "v", "^guest: kept$")
        for name in ("short", "other", "cpus"):
            machine.expect(PROMPT)
            machine.type(f"vm restore /{name}")
            machine.expect(f"^vm: /{name}: that is no snapshot of a machine, or of one with another disk, or without a network card$")
        machine.type("vm restore /wild")
        type_to(machine, 2, "hey", "^hey$", "^hey$")
        machine.type("poweroff")
        assert machine.exit_status() == 0
