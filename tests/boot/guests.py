# SPDX-License-Identifier: BSD-2-Clause
"""Virtual machines: a guest of a few instructions (tests/guests/bare.S) with its timer, its serial port, its ends."""

import re

from harness import figures, tool
from harness.guest import PROMPT, asked, begins, checked, leave, rest, started, state_of

SECONDS = 120
COMPARE = False  # a guest prints when it has something to say
ROUNDS = 100


def test_life(context):
    """A guest gets its device tree, takes timer interrupts while it waits, reads typed input, and powers off."""
    with context.start(system="vm") as machine:
        before = rest(machine)
        started(machine, 2)
        machine.type("vm console 2")
        machine.expect("^what you type goes to machine 2")
        machine.type("hey")
        machine.expect("^hey$")
        machine.expect("^hey$")  # the guest's
        machine.type("q")
        machine.expect("^guest: bye$")
        machine.expect("^vmm: guest-2: power off$")
        leave(machine)
        assert state_of(machine, 2) == "powered off"
        machine.type("vm stop 2")
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_ends(context):
    """A guest that accesses empty addresses, one that spins, one whose PD is killed: the others go on, and all memory comes back."""
    with context.start(system="vm") as machine:
        before = rest(machine)
        for number in (2, 3, 4, 5):
            started(machine, number, "--memory", "8")
        machine.type("vm console 2")
        machine.type("c")
        machine.expect(r"^vmm: guest-2: there is nothing at 0x20000000 \(syndrome 0x9[0-9a-f]{7}\)$")
        machine.expect("^  pc 0x4008[0-9a-f]{4} ")
        leave(machine)
        machine.type("vm console 3")
        machine.type("s")
        leave(machine)
        machine.type("kill guest-4")
        states = [state_of(machine, number) for number in (2, 3, 4, 5)]
        assert states == ["crashed", "runs", "ended", "runs"], states
        machine.type("vm console 5")
        machine.type("q")
        machine.expect("^vmm: guest-5: power off$")
        leave(machine)
        for number in (2, 3, 4, 5):
            machine.type(f"vm stop {number}")
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_refused(context):
    """Commands with wrong names, or too many words."""
    with context.start(system="vm") as machine:
        before = rest(machine)
        for words, why in (("start nothing", "nothing: not found"), ("start hello", "hello: an argument is out of range"),
                           ("start --memory 0 bare", "bare: an argument is out of range"),
                           ("start --memory x bare", "'x' is not a number"),
                           ("start --memory 4000 bare", "bare: no memory left"),
                           ("start --memory 1 bare initrd=shell", "bare: too large"),
                           ("start bare initrd=nothing", "bare: not found"),
                           ("start --disk /file bare", "bare: its monitor can ask no server for such a disk"),
                           ("start --disk all bare", "bare: its monitor can ask no server for such a disk"), ("stop 2", "there is no machine 2"),
                           ("start", "start: the name of a kernel image is missing")):
            machine.type(f"vm {words}")
            machine.expect(rf"^vm: {why}$")
        figures.check_same(machine, before, pages=1000)  # one's memory may still be going back when the next one takes some
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_monitor_dies(context):
    """The guests of a monitor that is killed end with it, and nothing else does."""
    with context.start(system="vm") as machine:
        machine.expect(PROMPT)
        started(machine, 1)
        machine.type("kill vmm")
        machine.expect(PROMPT)
        machine.type("vm start bare")
        machine.expect("^vm: bare: the server, or the object, is gone$")
        machine.type("ps")
        machine.expect(r"^PD_3 +running .* shell$")
        listed = machine.expect(PROMPT).string
        assert "guest-1" not in listed[listed.rindex("PD_0"):]
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_two_monitors(context):
    """Guests of two monitors: the model says which guests share one, and a monitor that dies ends only its own guests."""
    with context.start(system="vm-two") as machine:
        for number, (monitor, name) in enumerate(((1, "one"), (2, "two"), (2, "three")), 1):
            machine.expect(PROMPT)
            machine.type(f"vm start --monitor {monitor} --memory 2 --name {name} bare")
            machine.expect(rf"^machine {number}: PD_\w+$")
            for _ in range(3):
                machine.expect("guest: tick$")
        machine.expect(PROMPT)
        path = context.folder / "model.csv"
        path.write_text("\n".join(asked(machine, "model")[:-1]) + "\n")
        named = dict(re.findall(r"^PD,(PD_\w+),([a-z0-9-]+),", path.read_text(), re.MULTILINE))
        for monitor, guests in (("vmm", {"one"}), ("vmm-2", {"two", "three"})):
            text, _ = tool.run(context.build / "host" / "cellmodel", "blast", path, monitor)
            assert {named[pd] for pd in re.findall(r"^PD 0 (PD_\w+)$", text, re.MULTILINE)} == {monitor} | guests, text
        text, _ = tool.run(context.build / "host" / "cellmodel", "rsi", path, "one", "three")
        assert "RSI MO 2/" in text, text  # the interrupt interface, which is the hardware's
        machine.type("vm start --monitor 3 bare")
        machine.expect("^vm: there is no monitor 3$")
        machine.expect(PROMPT)
        machine.type("kill vmm-2")
        machine.expect(PROMPT)
        machine.type("vm console 1")
        machine.type("hey")
        for _ in range(2):
            machine.expect("^hey$")
        leave(machine)
        machine.type("ps")
        machine.expect(r"^PD_\w+ +running .* one$")
        listed = machine.expect(PROMPT).string
        assert "three" not in listed[listed.rindex("PD_0"):]
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_rounds(context):
    """Guests are started and stopped again and again; nothing is left. (The root task keeps tables for each piece of the
    machine's memory that was ever used: so the figures count once many have been started in quick succession.)"""
    with context.start(system="vm") as machine:
        rest(machine)
        for number in range(2, ROUNDS + 2):
            machine.type("vm start --memory 2 bare")
            machine.type(f"vm stop {number}")
        before = figures.figures_at_rest(machine)
        for number in range(ROUNDS + 2, 2 * ROUNDS + 2):
            machine.type("vm start --memory 2 bare")
            machine.expect(rf"^machine {number}: PD_\w+$")
            machine.type(f"vm stop {number}")
            machine.expect(PROMPT)
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_checks(context):
    """Power, interrupts, timers, clock, pairs of registers, and 1, 2 and 4 CPUs, as the guest itself sees them."""
    with context.start(system="vm") as machine:
        before = rest(machine)
        assert checked(machine, 2, "--memory 8") == 0
        assert checked(machine, 3, "--cpus 2 --memory 8") == 2
        assert checked(machine, 4, "--cpus 4 --memory 8 --name many") == 6
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_devices(context):
    """Disk, console and random numbers by virtio, as a driver sees them; each rule of the queues broken, and used again."""
    with context.start(system="vm-disk") as machine:
        machine.expect(PROMPT)
        machine.type("vm start --memory 8 --disk 16+256 devices")
        machine.expect("^machine 1: ")
        machine.type("vm console 1")
        machine.expect("^console: hello$")
        machine.expect("^console: type$")
        machine.type("hello")
        machine.expect("^checks: (all ok|some failed)$", timeout=120)
        said = machine.transcript()
        assert "checks: all ok" in said and "FAILED" not in said, said
        leave(machine)
        # Its blocks are its own until it is stopped.
        machine.type("vm start --disk 200+1 bare")
        machine.expect("^vm: bare: something is there already$")
        machine.expect(PROMPT)
        machine.type("vm stop 1")
        machine.expect(PROMPT)
        machine.type("run sleep 1")
        machine.expect(PROMPT)
        for words, why in (("0+0 bare", None), ("1048576+1 bare", "bare: an argument is out of range"), ("x bare", "start: --disk FIRST")):
            machine.type(f"vm start --memory 2 --disk {words}")
            machine.expect(f"^vm: {why}" if why else "^machine 2: ")
            machine.expect(PROMPT)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_network(context):
    """Two machines on a network find each other and get only their own frames; a third one on another network finds no machine; a copy
    is on no network, or on another one."""
    with context.start(system="vm") as machine:
        before = rest(machine)
        for number, network in ((2, "lan"), (3, "other"), (4, "lan")):
            machine.type(f"vm start --memory 2 --net {network} net")
            machine.expect(f"^machine {number}: ")
            machine.expect("net: looks for another one$")
        for _ in range(2):
            machine.expect("checks: (all ok|some failed)$")
        machine.expect(PROMPT)
        machine.type("vm fork --net other 3")
        machine.expect("^vm: 3: something is there already$")
        machine.expect(PROMPT)
        machine.type("vm fork --net third 3")
        machine.expect("^machine 5: ")
        machine.expect(PROMPT)
        machine.type("vm start --memory 2 --net other net")
        machine.expect("^machine 6: ")
        for _ in range(2):
            machine.expect("checks: (all ok|some failed)$")
        machine.expect(PROMPT)
        machine.type("vm list")
        states = [machine.expect(rf"^ +{number} net +\d+ +\d+ ([a-z ]+?) +PD_").group(1) for number in (6, 5, 4, 3, 2)]
        assert states == ["powered off", "runs", "powered off", "powered off", "powered off"], states
        assert "FAILED" not in machine.transcript() and "some failed" not in machine.transcript()
        started(machine, 7)
        machine.expect(PROMPT)
        machine.type("vm fork --net lan 7")
        machine.expect("^vm: 7: an argument is out of range$")
        for number in range(2, 8):
            machine.type(f"vm stop {number}")
        figures.check_same(machine, before, pages=1000, objects=100, slots=100)  # the monitor's tables for four machines
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_outside(context):
    """Machines of two monitors are on one network of a switch, which leads to the computer's network card: they find each other, and
    its gateway answers each of them. Machines on another network reach nothing."""
    with context.start(system="vm-net", net=True) as machine:
        machine.expect(PROMPT)
        for number, monitor in ((1, 1), (2, 2)):
            machine.type(f"vm start --memory 2 --monitor {monitor} --net lan outside")
            machine.expect(f"^machine {number}: ")
            machine.expect("outside: the gateway is at 52550a000202$")
            machine.expect("checks: all ok$")
        for number, monitor, network in ((3, 1, "lan"), (4, 2, "other"), (5, 2, "lan")):
            machine.type(f"vm start --memory 2 --monitor {monitor} --net {network} net")
            machine.expect(f"^machine {number}: ")
        for _ in range(2):
            machine.expect("checks: (all ok|some failed)$")
        said = machine.transcript()
        assert said.count("checks: all ok") == 4 and "FAILED" not in said, said
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_restarts(context):
    """A switch that is killed is started again, and so is the driver of the card outside: cards are connected again, with their
    old addresses, and a machine started then is on the same network."""
    with context.start(system="vm-net", net=True) as machine:
        machine.expect(PROMPT)
        machine.type("vm start --memory 2 --net lan bare")  # it has the first address
        machine.expect("^machine 1: ")
        machine.type("vm start --memory 2 --net lan outside rounds=3")
        machine.expect("^machine 2: ")
        for _ in range(2):
            assert machine.expect("(outside: reached|checks: some failed)$").group(1) == "outside: reached"
            machine.type("kill switch")
        machine.expect("checks: all ok$")
        machine.type("kill virtio-net")
        machine.expect("switch: the card outside is gone$")
        machine.type("vm start --memory 2 --monitor 2 --net lan outside")
        machine.expect("^machine 3: ")
        machine.expect("checks: (all ok|some failed)$")
        said = machine.transcript()
        assert said.count("the gateway is at 52550a000202") == 4 and "FAILED" not in said, said
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_disk_file(context):
    """A machine's disk is a file of the file server: the same requests as for a range; no other client writes it meanwhile; files that
    cannot be a disk are refused."""
    image, written = context.folder / "disk.img", context.folder / "written"
    folder = context.folder / "files"
    folder.mkdir(exist_ok=True)
    (folder / "disk").write_bytes(bytes(256 * 4096 + 700))
    (folder / "short").write_bytes(bytes(511))
    image.unlink(missing_ok=True)
    tool.run("mke2fs", "-q", "-t", "ext4", "-d", folder, image, "32M")
    with context.start(system="vm-files", disks=(image,)) as machine:
        machine.expect(PROMPT)
        machine.type("vm start --memory 8 --disk /disk devices")
        machine.expect("^machine 1: ")
        machine.type("vm console 1")
        machine.expect("^console: hello$")
        machine.expect("^console: type$")
        machine.type("hello")
        machine.expect("^checks: (all ok|some failed)$", timeout=120)
        said = machine.transcript()
        assert "checks: all ok" in said and "FAILED" not in said, said
        leave(machine)
        for words, why in (("/disk bare", "bare: something is there already"), ("/none bare", "bare: not found"),
                           ("/short bare", "bare: an argument is out of range"), ("/ bare", "bare: it is a directory"),
                           ("/disk", "start: the name of a kernel image is missing")):
            machine.type(f"vm start --memory 2 --disk {words}")
            assert machine.expect(r"^vm: (.+)$|^machine \d+: ").group(1) == why
            machine.expect(PROMPT)
        machine.type("vm stop 1")
        machine.expect(PROMPT)
        machine.type("vm start --memory 2 --disk /disk bare")
        machine.expect("^machine 2: ")
        machine.type("poweroff")
        assert machine.exit_status() == 0
    tool.run("e2fsck", "-y", "-E", "journal_only", image)
    tool.run("debugfs", "-R", f"dump /disk {written}", image)
    data = written.read_bytes()
    assert len(data) == 256 * 4096 + 700 and any(data[:65536])


def test_disk_rounds(context):
    """Machines with disks that are stopped in the middle of their work leave nothing behind. The first is not counted, as
    the disk keeps what it wrote; each is gone before the next begins, as the root task keeps 8 pages of slots for each
    2 MiB of memory that was ever in use."""
    with context.start(system="vm-disk") as machine:
        machine.expect(PROMPT)
        for number in range(1, 31):
            machine.type("vm start --memory 2 --disk 1000+256 devices")
            machine.expect(f"^machine {number}: ")
            if number == 1:
                machine.type("vm console 1")
                machine.expect("^console: type$")
                leave(machine)
            machine.type(f"vm stop {number}")
            if number == 5:
                before = figures.figures_at_rest(machine)
            while number > 5 and figures.figures(machine)["handles"] != before["handles"]:
                pass
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def fuzzed(context, steps, seeds, seconds):
    """Guests that make random accesses, beside one that must not notice."""
    with context.start(system="vm-disk", seconds=seconds) as machine:
        rest(machine, "--memory 8")
        started(machine, 2, "--memory 8")
        for number, seed in enumerate(seeds, 3):
            machine.type(f"vm start --memory 8 --disk {number}000+256 fuzz steps={steps} seed={seed}")
            machine.expect(f"^machine {number}: ")
        for number in range(3, 3 + len(seeds)):
            machine.type(f"vm console {number}")
            machine.expect("^fuzz: done$", timeout=seconds)
            machine.expect(f"^vmm: guest-{number}: power off$")
            leave(machine)
            machine.type(f"vm stop {number}")
        machine.type("vm console 2")
        machine.expect("^what you type goes to machine 2")
        machine.type("hey")
        machine.expect("^hey$")
        machine.expect("^hey$")  # the guest's
        machine.type("q")
        machine.expect("^vmm: guest-2: power off$")
        leave(machine)
        machine.type("vm stop 2")
        after = figures.figures_at_rest(machine)
        machine.expect(PROMPT)
        machine.type("vm start --memory 8 bare")
        machine.expect("guest: tick$")
        machine.expect(PROMPT)
        machine.type(f"vm stop {3 + len(seeds)}")
        figures.check_same(machine, after)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_fuzz(context):
    fuzzed(context, 3000, (1, 2), 300)


def long_fuzz(context):
    fuzzed(context, 10000000, (4,), 10000)


def test_model(context):
    """Machines in the model: memory, CPUs and disk of each, what two of them share, and which end together."""
    with context.start(system="vm-disk") as machine:
        machine.expect(PROMPT)
        for words in ("--cpus 2 --disk 0+10", "--name other"):
            machine.type(f"vm start --memory 8 {words} bare")
            for _ in range(3):
                machine.expect("guest: tick$")
            machine.expect(PROMPT)
        shares = {line.split()[1]: line.split()[2] for line in asked(machine, "rsi guest-1 other")[:-1]}
        # Two pages of the interrupt interface, the core.
        assert {kind for kind, share in shares.items() if not share.startswith("0/")} <= {"PCPU", "MO"}, shares
        assert shares["MO"].startswith("2/"), shares
        assert "RSI MO 2054/" in " ".join(asked(machine, "rsi guest-1 vmm"))
        assert any(line.startswith("RSI MO 2054/2054 ") for line in asked(machine, "rsi guest-1 guest-1-cpu1"))
        assert asked(machine, "fr guest-1 other")[0] == "FR 1"  # by their monitor
        path = context.folder / "model.csv"
        path.write_text("\n".join(asked(machine, "model")[:-1]) + "\n")
    tool.run(context.build / "host" / "cellmodel", "check", path)
    text = path.read_text()
    for number, made_of in ((1, ["GMO", "PD", "PD", "BLOCK"]), (2, ["GMO", "PD"])):
        maps = re.findall(rf",MAP,VM_\w+_{number},(\w+),", text)
        assert [to.split("_")[0] for to in maps] == made_of, text
        assert f"RESOURCE,{maps[0]},GMO,,,,0x40000000_2048_12\n" in text, text
        memory = set(re.findall(rf",MAP,{maps[0]},(MO_\w+),", text))
        regions = re.findall(r"^RESOURCE,(VMR_\w+),VMR,,,,0x40000000_", text, re.MULTILINE)
        mapped = [set(re.findall(rf",MAP,{region},(MO_\w+),", text)) for region in regions]
        assert memory and memory in mapped, (memory, mapped)


def test_pause(context):
    """A paused machine does nothing, whatever it did before, and later goes on from there; its registers can be seen."""
    with context.start(system="vm") as machine:
        before = rest(machine)
        started(machine, 2)
        machine.expect(PROMPT)
        machine.type("vm pause 2")
        assert state_of(machine, 2) == "paused"
        machine.type("vm pause 2")
        machine.expect("^vm: 2: it does not run$")
        machine.type("vm console 2")
        machine.type("hey")
        leave(machine)
        machine.type("vm resume 2")
        machine.expect("^hey$")  # the guest's: what was typed has waited
        machine.expect(PROMPT)
        machine.type("vm resume 2")
        machine.expect("^vm: 2: it is not paused$")
        machine.type("vm console 2")
        machine.type("s")  # spins
        leave(machine)
        machine.type("run sleep 1")
        machine.expect(PROMPT)
        machine.type("vm registers 2")
        spins = machine.expect(r"^CPU 0\n +pc (0x0000000040[0-9a-f]+) ").group(1)
        machine.expect(PROMPT)
        machine.type("vm pause 2")
        machine.expect(PROMPT)
        machine.type("vm resume 2")
        machine.expect(PROMPT)
        machine.type("vm registers 2")
        machine.expect(rf"^CPU 0\n +pc {spins} ")
        machine.expect(PROMPT)
        machine.type("vm reboot 2")
        begins(machine)
        machine.type("vm stop 2")
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_reset(context):
    """A guest that asks for a reset begins again, as often as it asks."""
    with context.start(system="vm") as machine:
        before = rest(machine)
        started(machine, 2)
        machine.type("vm console 2")
        for _ in range(3):
            machine.type("r")
            machine.expect("^vmm: guest-2: reset$")
            begins(machine)
        leave(machine)
        machine.type("vm stop 2")
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0


def test_forged(context):
    """A guest that sends the monitor messages of its own, shorter than the kernel's, ends; others do not notice."""
    with context.start(system="vm") as machine:
        before = rest(machine)
        started(machine, 2, "--memory 8")
        started(machine, 3, "--memory 8")
        machine.type("vm console 2")
        machine.type("f")
        machine.expect("^vmm: guest-2: sent a message of its own 0x[0-9a-f]+ ")
        leave(machine)
        assert [state_of(machine, number) for number in (2, 3)] == ["crashed", "runs"]
        for number in (2, 3):
            machine.type(f"vm stop {number}")
        figures.check_same(machine, before)
        machine.type("poweroff")
        assert machine.exit_status() == 0
