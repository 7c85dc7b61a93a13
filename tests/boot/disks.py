# SPDX-License-Identifier: BSD-2-Clause
"""Disks (idl/block.idl): the one in memory, its ranges, and hostile clients."""

import struct

from harness import archive, tool
from harness.figures import check_same, figures_at_rest

SECONDS = 120


def start(context):
    return context.start(system="ramdisk")


def disk(machine, actions, result="done"):
    machine.command(f"run disk {actions}")
    machine.expect(rf"^disk: {result}$")


def test_contents(context):
    """A disk of a million blocks costs only the blocks written, and keeps them for the next client."""
    with start(context) as machine:
        disk(machine, "take")
        before = figures_at_rest(machine)
        assert before["pages"] > 100000, "the disk is larger than the memory, and yet there is some"
        disk(machine, "take about zero=0,256 write=5,300,7 verify=5,300,7 zero=305,10 zero=1048560,16 flush")
        disk(machine, "take verify=5,300,7 discard=5,10 zero=5,10 verify=15,290,7")
        check_same(machine, before, pages=300 + 40, objects=20, slots=40)
        disk(machine, "take write=1048000,20,1 verify=1048000,20,1 zero=1047999,1 zero=1048020,1")
        machine.power_off()


def test_ranges(context):
    with start(context) as machine:
        disk(machine, "take=100,10 expect=27 take=105,10 expect=27 take=0,101 take=110,5 take=90,10")
        # All are given up with their client.
        disk(machine, "take=0,0 expect=27 take=1048575,1")
        disk(machine, "take=100,10 part=2,3,1 expect=20 write=0,1,1 zero=0,3 expect=23 zero=0,4 expect=23 zero=3,1")
        disk(machine, "take=100,10 part=2,3,3 write=0,3,5 expect=23 write=1,3,5 expect=20 part=0,1,15 part=1,1 expect=23 zero=1,1")
        firsts = (100, 10, 50, 200, 300, 400, 30, 70, 150, 350)
        disk(machine, " ".join(f"take={first},5" for first in firsts) + " " +
             " ".join(f"expect=27 take={first + 4},1 take={first + 5},1 expect=27 take={first - 1},2" for first in firsts))
        # A part outlives the range that it is a part of, and no other client gets its blocks.
        disk(machine, "take=100,10 keep part=2,3,3 drop-kept take=105,5 expect=27 take=104,1 expect=27 take=100,10 take=100,2")
        disk(machine, "expect=23 take=1048576,1 expect=23 take=1048575,2 expect=23 take=0xffffffffffffffff,2 "
                      "expect=23 take=1,0xffffffffffffffff take=1048575,1")
        machine.power_off()


def test_mapped(context):
    """A client's writes to its mapping of the disk are read by others, and the other way round."""
    with start(context) as machine:
        disk(machine, "take map put=400,20,9 verify=400,20,9 zero=500,2 write=600,3,4 look=600,3,4")
        disk(machine, "take verify=400,20,9 verify=600,3,4 part=0,1048575 expect=31 map")
        machine.power_off()


def test_forget(context):
    with start(context) as machine:
        disk(machine, "take zero=0,1 forget expect=21 zero=0,1")
        machine.power_off()


def test_rings(context):
    """Requests by a ring: several under way, a client that lies, memory as before, and a server that ends."""
    with start(context) as machine:
        ring(machine, "many")
        ring(machine, "liar")
        before = figures_at_rest(machine)
        for what in ("many", "liar", "liar"):
            ring(machine, what)
        check_same(machine, before, pages=20)
        machine.type("run ring-check stay &")
        machine.expect("^ring-check: it stays$")
        machine.type("kill ramdisk")
        machine.expect("^ring-check: stay: as it should be$")
        machine.power_off()


def test_ring_of_a_driver(context):
    with start_virtio(context, make_image(context, 100)) as machine:
        for what in ("many", "liar"):
            ring(machine, what)
        machine.power_off()


def ring(machine, what):
    machine.command(f"run ring-check {what}")
    machine.expect(rf"^ring-check: {what}: as it should be$")


def attack(machine, what):
    machine.command(f"run disk-attacks {what}")
    assert machine.expect(rf"^disk-attacks: {what.split()[0]}: (as it should be|wrong)$", timeout=60).group(1) == "as it should be"


def test_hostile_clients(context):
    with start(context) as machine:
        attack(machine, "wild 20000")
        attack(machine, "small")
        attack(machine, "copy")
        # The root task keeps some memory for the next time.
        for _ in range(5):
            attack(machine, "crowd")
        before = figures_at_rest(machine)
        for what in ("wild 2000", "small", "crowd", "crowd"):
            attack(machine, what)
        machine.command("repeat 20 disk-attacks die")
        check_same(machine, before, pages=20)
        disk(machine, "take zero=100,10 write=100,10,3 verify=100,10,3")
        machine.power_off()


def test_poor_client(context):
    """Memory that a client lends has all its pages before the server uses it; else it is refused."""
    text = (context.top / "systems" / "ramdisk").read_text()
    poor = """
pd poor process program=disk-attacks
  limits pages=500 objects=300 slots=2000
  rde MO
  rde ADS
  rde BLOCK from ramdisk
  rde CONSOLE from console
  args poor
"""
    with archive.start(context, text + poor) as machine:
        machine.expect("^disk-attacks: poor: as it should be$")
        figures_at_rest(machine)  # its range is free when it has ended
        disk(machine, "take zero=0,1")
        machine.power_off()


def test_out_of_memory(context):
    """A disk at its limit refuses a write, and goes on serving."""
    text = (context.top / "systems" / "ramdisk").read_text()
    with archive.start(context, text.replace("args blocks=1048576", "args blocks=1048576\n  limits pages=300 objects=100 slots=1000")) as machine:
        disk(machine, "take write=0,200,1 expect=19 write=200,200,2 verify=0,200,1 zero=5000,10 write=0,100,3 verify=0,100,3")
        machine.power_off()


def test_model(context):
    """Nested ranges are pieces in the model, each once, held by all PDs that have a range around them."""
    with start(context) as machine:
        machine.command("run disk take=0,100 part=10,20 part=5,5 hold &")
        machine.type("run disk take=200,10 part=0,10,1 part=2,8,1 hold &")
        machine.type("run sleep 1")
        machine.command("model")
        machine.expect(r"^NODE_TYPE.*\n")
        machine.power_off()
    text = machine.transcript()
    text = text[text.index("NODE_TYPE"):]
    path = context.folder / "model.csv"
    path.write_text(text[:text.index("cell> ")])
    tool.run(context.build / "host" / "cellmodel", "check", path)
    rows = [line.split(",") for line in path.read_text().splitlines()]
    pieces = {row[1]: row[6] for row in rows if row[0] == "RESOURCE" and row[2] == "BLOCK"}
    assert sorted(pieces.values()) == ["0_10", "10_5", "15_5", "200_2", "202_8", "20_10", "30_70"], pieces
    held = [row for row in rows if row[3] == "HOLD" and row[5] in pieces]
    mapped = [row for row in rows if row[3] == "MAP" and row[4] in pieces]
    assert len(held) == len(mapped) == 7 and all(row[6] == "rwxg" for row in held), (held, mapped)


def test_image(context):
    """A disk whose first content is a file of the boot archive; only blocks that are written cost memory."""
    image = make_image(context, 500)
    text = (context.top / "systems" / "ramdisk").read_text()
    assert "  rde MO\n" in text
    text = text.replace("  rde MO\n", "  rde MO rights=rwx\n", 1)
    members = {"disks/one": image}
    with context.start(archive=archive.own_system(context, text.replace("args blocks=1048576", "args image=disks/one"), **members),
                       system="own") as machine:
        disk(machine, "take verify=0,500,1 expect=31 map")
        before = figures_at_rest(machine)
        disk(machine, "take verify=0,500,1 write=250,1,2 verify=250,1,2 verify=0,250,1 verify=251,249,1")
        check_same(machine, before, pages=10)
        disk(machine, "take verify=250,1,2 verify=499,1,1 expect=23 verify=500,1,1")
        machine.power_off()
    text = text.replace("args blocks=1048576", "args image=disks/one blocks=600")
    with context.start(archive=archive.own_system(context, text, **members), system="own") as machine:
        disk(machine, "take verify=0,500,1 zero=500,100")
        machine.power_off()


# ---- A disk from outside -----------------------------------------------------------------

BLOCK = 4096


def block(seed, number):
    """The bytes that `disk write=…` makes from a seed (apps/disk.c)."""
    words = []
    for at in range(BLOCK // 8):
        mixed = ((seed << 40 ^ number << 9 ^ at) * 0x9e3779b97f4a7c15) & (1 << 64) - 1
        words.append(mixed ^ mixed >> 31)
    return struct.pack(f"<{len(words)}Q", *words)


def make_image(context, blocks, name="disk.img"):
    """A file of blocks made from seed 1."""
    image = context.folder / name
    image.write_bytes(b"".join(block(1, number) for number in range(blocks)))
    return image


def start_virtio(context, *disks):
    return context.start(system="virtio-blk", disks=disks)


def test_virtio_contents(context):
    """The guest reads what the host wrote, and its writes are in the host's file."""
    image = make_image(context, 1000)
    with start_virtio(context, image) as machine:
        disk(machine, "take about verify=0,1000,1 write=10,700,2 verify=10,700,2 verify=0,10,1 verify=710,290,1 flush")
        disk(machine, "take=20,5 part=1,2,3 write=0,2,3 flush expect=23 zero=1,2")
        machine.power_off()
    expected = [block(2 if 10 <= number < 710 else 1, number) for number in range(1000)]
    expected[21], expected[22] = block(3, 0), block(3, 1)
    contents = image.read_bytes()
    wrong = [number for number in range(1000) if contents[number * BLOCK:(number + 1) * BLOCK] != expected[number]]
    assert len(contents) == 1000 * BLOCK and not wrong, wrong[:20]


def until_free(machine):
    """Waits until the driver has finished the requests of a client that was killed, and its range is free again."""
    for _ in range(100):
        machine.command("run disk take=0,1000")
        if machine.expect("^disk: (done|take=0,1000: something is there already)$").group(1) == "done":
            return
    raise AssertionError("the range of a client that was killed does not come back")


def many_at_once(machine):
    """Eight clients with requests under way at the same time, then five that are ended meanwhile."""
    for client in range(8):
        machine.type(f"run disk take={client * 1000},1000 write=0,1000,{client + 2} verify=0,1000,{client + 2} flush &")
    for _ in range(8):
        machine.expect("^disk: done$", timeout=60)
    for _ in range(5):
        machine.type("run disk take=0,1000 again=write=0,1000,9 &")
        machine.expect("again=write=0,1000,9 &$")
        pd = machine.expect(r"^disk is (PD_\w+)$")[1]
        machine.type("run sleep 0")
        machine.type(f"kill {pd}")  # by its number: others that are done may not have ended yet
    until_free(machine)
    disk(machine, "take=1000,1000 verify=0,1000,3")


def test_virtio_many_at_once(context):
    """Clients whose requests are under way at the same time, and some that are ended meanwhile. The first round is for
    what is kept: 8 pages of slots for each 2 MiB of memory that was ever in use, page tables of the driver where it had
    mapped the memory of that many clients, and its heap. How many are there at the same time is not the same in each."""
    image = make_image(context, 8000)
    with start_virtio(context, image) as machine:
        many_at_once(machine)
        before = figures_at_rest(machine)
        for _ in range(6):  # 78 clients
            many_at_once(machine)
        check_same(machine, before, pages=70, objects=8)
        machine.power_off()
    contents = image.read_bytes()
    for client in range(1, 8):
        start = client * 1000 * BLOCK
        assert contents[start:start + BLOCK] == block(client + 2, 0), client
        assert contents[start + 999 * BLOCK:start + 1000 * BLOCK] == block(client + 2, 999), client


def test_virtio_read_only(context):
    image = make_image(context, 100)
    with start_virtio(context, f"{image},ro") as machine:
        disk(machine, "take about verify=0,100,1 expect=20 write=0,1,2 verify=0,100,1")
        assert "disk: first 0, count 100, flags 5, in flight 32" in machine.transcript()
        machine.power_off()
    assert image.read_bytes() == b"".join(block(1, number) for number in range(100))


def test_virtio_no_disk(context):
    """Without the device its driver says so, and the system starts without it."""
    with start_virtio(context) as machine:
        machine.expect("^virtio-blk: cannot serve BLOCK: not found$")
        machine.power_off()


def test_virtio_hostile_clients(context):
    image = make_image(context, 2000)
    with start_virtio(context, image) as machine:
        attack(machine, "wild 3000")
        attack(machine, "small")
        attack(machine, "copy")
        for _ in range(3):
            attack(machine, "crowd")
        before = figures_at_rest(machine)
        for what in ("wild 1000", "small", "copy", "crowd"):
            attack(machine, what)
        machine.command("repeat 10 disk-attacks die")
        check_same(machine, before, pages=20)
        machine.power_off()
