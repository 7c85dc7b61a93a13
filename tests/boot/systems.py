# SPDX-License-Identifier: BSD-2-Clause
"""The systems: their graphs are the predicted ones, and show what the systems are examples of."""

import random
import re

from harness import archive, clock, graph, tool

SECONDS = 60
# Kinds of regions that presets copy.
COPIED = ("ELF_DATA", "HEAP")


def extract(context, system, copied=(), compare=True, **options):
    """Boots the system, checks its graph, and compares it with the prediction. What is `copied`, kinds of regions, is shared
    until a PD writes, which no plan can predict: these regions and their memory are left out of the comparison."""
    path = context.folder / f"{system}.csv"
    predicted = context.folder / f"{system}.predicted.csv"
    with context.start(system=system, options="extract=1", model=path, **options) as machine:
        assert machine.exit_status() == 0
        assert machine.errors() == "", machine.errors()
    cellmodel = context.build / "host" / "cellmodel"
    tool.run(cellmodel, "check", path)
    if not compare:
        return None
    text, _ = tool.run(context.build / "host" / "cellplan", "predict", context.top / "systems" / system,
                       context.build / "programs")
    predicted.write_text(text)
    graph.assert_same(path, predicted, copied)

    def metric(*arguments):
        return tool.run(cellmodel, arguments[0], path, *arguments[1:])[0].splitlines()

    return metric


def check(context, system, rules, copied=()):
    """The rules hold for the graph (cellmodel expect)."""
    extract(context, system, copied)
    path = context.folder / "rules"
    path.write_text(rules)
    tool.run(context.build / "host" / "cellmodel", "expect", context.folder / f"{system}.csv", path)


def test_two_processes(context):
    metric = extract(context, "two-processes")
    lines = {line.split()[1]: line.split()[2] for line in metric("rsi", "client", "server")}
    # One page, which the client gave; the toy that the server manages; the core.
    assert lines.pop("MO").startswith("1/"), lines
    assert lines.pop("PCPU") == "1/1" and lines.pop("TOY") == "1/1"
    assert all(value.startswith("0/") for value in lines.values()), lines
    assert metric("fr", "client", "server") == ["FR 0"]


def test_large_pages(context):
    metric = extract(context, "large-pages")
    # Two pages of 2 MiB are shared; they are counted in units of 4 KiB.
    lines = {line.split()[1]: line.split()[2] for line in metric("rsi", "main", "sharer")}
    assert int(lines["MO"].split("/")[0]) >= 1024, lines


def test_restart(context):
    extract(context, "restart")


def test_faults(context):
    extract(context, "faults")
    text = (context.folder / "faults.csv").read_text()
    number = {name: pd for pd, name in re.findall(r"^PD,PD_(\w+),(\w+),", text, re.MULTILINE)}
    assert re.findall(r",FAULT,PD_(\w+),PD_(?!0,)(\w+),", text) == [(number[name], number["handler"]) for name in ("one", "two")]


def test_shell(context):
    extract(context, "shell")


def test_ramdisk(context):
    extract(context, "ramdisk")


def test_virtio_blk(context):
    image = context.folder / "disk.img"
    image.write_bytes(bytes(1 << 20))
    extract(context, "virtio-blk", disks=[image])


def test_vm(context):
    extract(context, "vm")


def test_vm_net(context):
    extract(context, "vm-net", net=True)


def test_vm_two(context):
    extract(context, "vm-two")


def test_vm_disk(context):
    extract(context, "vm-disk")


def test_vm_virtio(context):
    image = context.folder / "disk.img"
    with open(image, "wb") as file:
        file.truncate(16 << 20)
    extract(context, "vm-virtio", disks=[image])


def test_files_ramdisk(context):
    extract(context, "files-ramdisk")


def file_system(context):
    image = context.folder / "disk.img"
    with open(image, "wb") as file:
        file.truncate(16 << 20)
    tool.run("mke2fs", "-q", "-t", "ext4", image)
    return image


def test_files_virtio(context):
    extract(context, "files-virtio", disks=[file_system(context)])


def test_shell_disk(context):
    extract(context, "shell-disk", disks=[file_system(context)])


def test_vm_files(context):
    extract(context, "vm-files", compare=False, disks=[file_system(context)])


# ---- The key-value store: the values are derived in docs/kvstore.md ----------------------------------------------------------

# The PDs that all may ask.
EVERYBODYS = ("--not-direct", "--without", "PD_0", "--without", "console")


def check_store(context, system, rules, indirect, copied=()):
    """The rules hold; `indirect` holds for the fault radius without requests between the two."""
    check(context, system, rules, copied)
    path = context.folder / "rules"
    path.write_text(indirect)
    tool.run(context.build / "host" / "cellmodel", "expect", context.folder / f"{system}.csv", path, *EVERYBODYS)


def shared(context, system, one, other, kind):
    """The resources that two PDs share, and all that they reach."""
    lines = tool.run(context.build / "host" / "cellmodel", "rsi", context.folder / f"{system}.csv", one, other)[0].splitlines()
    return map(int, next(line for line in lines if line.startswith(f"RSI {kind} ")).split()[2].split("/"))


def check_processes(context, system, clients=(("client", "store"),)):
    """The memory that processes share is the pages of the memory disk that hold the files they share, and no other."""
    for client, store in clients:
        blocks, pages = (next(shared(context, system, client, store, kind)) for kind in ("BLOCK", "MO"))
        assert 0 < blocks == pages, (blocks, pages)


def processes(client, store, files=0.5):
    """What a client shares with its store: the store, the file that it is kept in, and the root of a common file server, of four
    files in all."""
    return (f"rsi {client} {store} KVSTORE == 1\nrsi {client} {store} FILE == {files}\n"
            f"rsi {client} {store} VMR == 0\nfr {client} {store} == 0\n")


def test_files_mapped(context):
    """As files-ramdisk; what clients map is in its model once they do (boot/files.mapped_in_the_model)."""
    extract(context, "files-mapped")


def test_kv1(context):
    check_store(context, "kv1", "rsi client client MO == 1\nrsi client client FILE == 1\nfr client client == 0\n", "")


def test_kv2(context):
    check_store(context, "kv2", processes("client", "store"), "fr client store == 1\n")
    check_processes(context, "kv2")


def test_kv3(context):
    """Each has a root of its own: of five files, both reach that of the database, the client through the store."""
    check_store(context, "kv3", processes("client", "store", files=0.2), "fr client store == 1\n")
    check_processes(context, "kv3")


def test_kv4(context):
    check_store(context, "kv4", processes("client", "store", files=0.2), "fr client store == 2\n")
    check_processes(context, "kv4")


def test_kv5(context):
    """Code, stack, IPC buffer and what both have handles of, pages of the disk included, against data, heap and start block of each."""
    check_store(context, "kv5", "rsi client store FILE == 1\nrsi client store MO > 0\nrsi client store MO < 1\n"
                "rsi client store VMR == 0\nfr client store == 1\n", "fr client store == 1\n", copied=COPIED)
    common, union = shared(context, "kv5", "client", "store", "MO")
    blocks, _ = shared(context, "kv5", "client", "store", "BLOCK")
    regions = [line.split(",")[6].split("_") for line in (context.folder / "kv5.csv").read_text().splitlines()
               if re.match(r"RESOURCE,VMR_5_", line)]
    pages = {kind: sum(int(region[-2]) for region in regions if "_".join(region[1:-2]) == kind)
             for kind in ("ELF_CODE", "ELF_DATA", "STACK", "IPC_BUF", "HEAP", "OSM_DATA")}
    both = pages["ELF_CODE"] + pages["STACK"] + pages["IPC_BUF"] + 2 * 16 + blocks
    assert common == both and union == both + 2 * (pages["ELF_DATA"] + pages["HEAP"] + pages["OSM_DATA"]), (common, union, pages)


def test_kv6(context):
    check_store(context, "kv6", "rsi client store KVSTORE == 1\nrsi client store FILE == 1\nrsi client store MO == 1\n"
                "rsi client store VMR == 1\nfr client store == 0\n", "fr client store == 1\n")


def test_kv7(context):
    pairs = processes("client-1", "store-1") + processes("client-2", "store-2")
    strangers = ""
    for one, other in (("client-1", "client-2"), ("store-1", "store-2"), ("client-1", "store-2"), ("client-2", "store-1")):
        pairs += f"rsi {one} {other} KVSTORE == 0\nrsi {one} {other} FILE == 0.2\n"
        strangers += f"fr {one} {other} == 1\n"
    # The file server's heap grows as its cache does, which no line says.
    check_store(context, "kv7", pairs, strangers, copied=("HEAP",))
    check_processes(context, "kv7", (("client-1", "store-1"), ("client-2", "store-2")))


def test_kv8(context):
    check_store(context, "kv8", processes("client", "store", files=0.2), "fr client store == 1\n")
    check_processes(context, "kv8")


def test_files_two_namespaces(context):
    """Each PD has its own file, and sees no other: that is what apps/namespaces.c says when it is so."""
    extract(context, "files-two-namespaces")
    check_apart(context, "files-two-namespaces", "files")


def test_files_two_servers_one_disk(context):
    extract(context, "files-two-servers-one-disk")
    check_apart(context, "files-two-servers-one-disk", "ramdisk")


def check_apart(context, system, meeting):
    """Two PDs have no file in common, but a common server."""
    path = context.folder / f"{system}.csv"
    rows = path.read_text()
    assert len([row for row in rows.splitlines() if row.startswith("RESOURCE,FILE_")]) == 4
    cellmodel = context.build / "host" / "cellmodel"
    lines = tool.run(cellmodel, "rsi", path, "app", "lib")[0].splitlines()
    assert "RSI FILE 0/4 0.0000" in lines, lines
    radius = tool.run(cellmodel, "fr", path, "app", "lib", "--without", "PD_0", "--without", "console", "--json")[0]
    number = next(row.split(",")[1] for row in rows.splitlines() if row.startswith("PD,") and f",{meeting}," in row)
    assert f'"at": "{number}"' in radius, radius


def test_all_are_here(context):
    """Every system of the repository is extracted by a test, except those of `bench` and `fairness`, whose programs have ended by then."""
    source = (context.top / "tests" / "boot" / "systems.py").read_text()
    systems = {path.name for path in (context.top / "systems").iterdir()} - {"README.md", "bench", "bench-files", "bench-presets", "fairness"}
    assert len(systems) > 3 and all(f'(context, "{name}"' in source for name in systems), systems


def test_two_threads(context):
    check(context, "two-threads", "rsi main worker VMR == 1\nrsi main worker MO == 1\nfr main worker == 1\n")


def test_library(context):
    check(context, "library", "rsi main library VMR == 0\nrsi main library MO > 0\nrsi main library MO < 1\nfr main library == 1\n",
          copied=COPIED)


def test_three_clients(context):
    metric = extract(context, "three-clients")
    lines = {line.split()[1]: line.split()[2] for line in metric("rsi", "client-1", "client-3")}
    # Code and constants come from one copy in the boot archive; nothing else is shared.
    assert lines.pop("PCPU") == "1/1"
    lines.pop("MO")
    assert all(value.startswith("0/") for value in lines.values()), lines
    assert metric("fr", "client-1", "client-2") == ["FR 1"]


def test_live(context):
    """The shell's rsi and fr are cellmodel's on the model that the shell prints."""
    with context.start() as machine:
        machine.expect("^cell> ")
        machine.type("run toy-client create share hold &")
        machine.expect("^toy-client: share: 0$")
        machine.type("model")
        machine.expect(r"^NODE_TYPE.*\n")
        begin = machine.transcript().index("NODE_TYPE")
        machine.expect("^cell> ", timeout=60)
        text = machine.transcript()[begin:]
        path = context.folder / "live.csv"
        path.write_text(text[:text.index("cell> ")])
        cellmodel = context.build / "host" / "cellmodel"
        tool.run(cellmodel, "check", path)
        for command in ("rsi toy-client toy", "fr toy-client toy", "fr toy-client shell", "rsi shell shell",
                        "rsi console toy-client", "fr console console"):
            machine.type(command)
            expected, _ = tool.run(cellmodel, command.split()[0], path, *command.split()[1:])
            for line in expected.splitlines():
                machine.expect(f"^{line}$")
        for command, fault in (("rsi toy nosuch", "rsi: no PD 'nosuch'"), ("fr 99 toy", "fr: no PD '99'"),
                               ("model nosuch", "model: no PD 'nosuch'"), ("fr toy-client", None)):
            machine.type(command)
            machine.expect(f"^{fault}$" if fault else "^(usage: )?fr")
            machine.expect("^cell> ")


# ---- At random -----------------------------------------------------------------

SERVER = "pd server process program=toy\n  rde RESSPC\n  serves TOY\n  priority 110\n"


def random_rights(some, letters):
    return some.choice(["", " rights=" + "".join(c for c in letters if c == "r" or some.random() < 0.6)])


def random_line(some):
    names = ["server", "one", "root"]
    return some.choice([
        lambda: f"rde {some.choice(['TOY', 'MO', 'PD', 'ADS'])}" + random_rights(some, "rwx") + some.choice(["", " pass-on"]),
        lambda: "serves *",
        lambda: f"hold {some.choice(names)}" + random_rights(some, "rwxg"),
        lambda: f"region 0x400000 {some.choice(['shared', 'copied'])} at=0x30000000" + random_rights(some, "rx"),
        lambda: "region 0x50000000 disjoint pages=3" + random_rights(some, "rwx") + some.choice(["", " guard", " on-touch"]),
        lambda: f"region {some.choice(['0x60000000', '0x60001000'])} disjoint pages={some.choice([512, 513])} page=2M",
        lambda: f"fault {some.choice(names)}" + some.choice(["", " badge=9"]), lambda: "linked", lambda: "irq 40", lambda: "limits pages=1000",
    ])()


def random_description(some):
    text = SERVER
    for number, name in enumerate(("one", "two", "three")):
        if number and some.random() < 0.5:
            preset = some.choice(["thread", "thread-isolated-stack", "thread-isolated-heap", "library"])
            head = f"pd {name} {preset} of one entry=worker\n"
        else:
            head = f"pd {name} process{' of one' if number and some.random() < 0.5 else ''} program=pair\n"
        text += head + "".join(f"  {random_line(some)}\n" for _ in range(some.choice([0, 1, 2, 3, 4])))
    return text


def random_case(context, number):
    """rule: same-words. A random description that can be planned has the graph that is predicted."""
    some = random.Random(f"systems {number}")
    system, paper, path = (context.folder / name for name in ("system", "paper.csv", "model.csv"))
    while True:
        system.write_text(random_description(some))
        done = clock.run([context.build / "host" / "cellplan", "predict", system, context.build / "programs"], 60,
                         encoding="utf-8")
        if done.returncode == 0:
            break
    paper.write_text(done.stdout)
    own = archive.archive(context, **{"systems/own": system})
    with context.start(archive=own, system="own", options="extract=1 ready_timeout=40", model=path) as machine:
        assert machine.exit_status() == 0, machine.errors()
        assert machine.errors() == "", machine.errors()
    tool.run(context.build / "host" / "cellmodel", "check", path)
    copied = any(preset in system.read_text() for preset in (" library ", " thread-isolated-heap "))
    graph.assert_same(path, paper, COPIED if copied else ())


def cases():
    for number in range(4):
        yield f"random_{number}", lambda context, number=number: random_case(context, number)


def long_random_500(context):
    """The same for more descriptions."""
    context.seconds = 60
    for number in range(4, 504):
        random_case(context, number)
