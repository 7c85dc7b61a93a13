# SPDX-License-Identifier: BSD-2-Clause
"""What a virtual machine works with is killed while it works: its disk's server, the file server, the driver, its switch, its monitor. The
monitor answers, other machines go on, and what is started again serves new machines."""

from harness import tool
from harness.guest import PROMPT, started, type_to

SECONDS = 120
COMPARE = False  # a guest prints when it has something to say
# How far the guest is when it happens: so many answers of the shell later.
STEPS = (0, 3)


def kill(machine, victim, steps):
    for _ in range(steps):
        machine.type("vm list")
        machine.expect("^ +1 bare ")
    machine.type(f"kill {victim}")


def disk(context):
    image, folder = context.folder / "disk.img", context.folder / "files"
    folder.mkdir(exist_ok=True)
    (folder / "disk").write_bytes(bytes(256 * 4096))
    image.unlink(missing_ok=True)
    tool.run("mke2fs", "-q", "-t", "ext4", "-d", folder, image, "16M")
    return image


def disk_case(context, system, victim, words, steps):
    with context.start(system=system, disks=(disk(context),)) as machine:
        machine.expect(PROMPT)
        started(machine, 1, "--memory 2")
        machine.expect(PROMPT)
        machine.type(f"vm start --memory 8 --disk {words} devices")
        machine.expect("^machine 2: ")
        kill(machine, victim, steps)
        type_to(machine, 1, "v", "guest: kept$")
        machine.type("vm list")
        machine.expect("^ +2 devices ")
        machine.type("vm stop 2")
        machine.type(f"vm start --memory 8 --disk {words} devices")
        machine.expect("^(vm: devices: .+|machine 3: .+)$")  # a file server without its disk may still know the file
        type_to(machine, 1, "v", "guest: kept$")
        machine.type("poweroff")
        assert machine.exit_status() == 0


def reached(machine, number):
    """A new machine is on the network that leads outside, as soon as there is a switch."""
    machine.expect(PROMPT)
    said = "gone"
    while said == "gone":
        machine.type("vm start --memory 2 --monitor 2 --net lan outside")
        said = machine.expect(rf"^(?:vm: outside: the server, or the object, is (gone)|(machine {number}): .*)$").group(1)
    machine.expect("checks: (all ok|some failed)$")


def network_case(context, victim, steps):
    with context.start(system="vm-net", net=True) as machine:
        machine.expect(PROMPT)
        started(machine, 1, "--monitor 2 --memory 2")
        machine.expect(PROMPT)
        machine.type("vm start --memory 2 --net lan outside rounds=2")
        machine.expect("^machine 2: ")
        kill(machine, victim, steps)
        reached(machine, 3)
        type_to(machine, 1, "v", "guest: kept$")
        assert "some failed" not in machine.transcript()
        machine.type("poweroff")
        assert machine.exit_status() == 0


def each_case(steps):
    for step in steps:
        for system, victim, words in (("vm-files", "files", "/disk"), ("vm-files", "virtio-blk", "/disk"), ("vm-virtio", "virtio-blk", "all")):
            yield f"{system}_{victim}_{step}".replace("-", "_"), \
                lambda context, case=(system, victim, words, step): disk_case(context, *case)
        for victim in ("switch", "virtio-net", "vmm"):
            yield f"vm_net_{victim}_{step}".replace("-", "_"), lambda context, case=(victim, step): network_case(context, *case)


def cases():
    yield from each_case(STEPS)


def long_more_steps(context):
    for _, run in each_case(set(range(20)) - set(STEPS)):
        run(context)
