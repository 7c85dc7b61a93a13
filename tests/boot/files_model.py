# SPDX-License-Identifier: BSD-2-Clause
"""What the model says of files: the blocks where e2fsprogs finds them, one file in several namespaces, while the server serves."""

import os
import re

from harness import archive, graph, tool

SECONDS = 60
NOT_COMPARED = ("places",)  # the places of regions and their order in a model may differ
UNIT = 4096
# A server that waits for a slow disk of the host does not finish in time; the rows that it has written meanwhile are kept.
PATIENCE = 20
os.environ["PATH"] += ":/usr/sbin:/sbin"


def say(machine, line, answer=None):
    machine.expect("^cell> ")
    machine.type(line)
    if answer is not None:
        machine.expect(answer)


def sparse(path, pieces, every):
    with open(path, "wb") as file:
        for i in range(pieces):
            file.seek(i * every)
            file.write(b"%d" % i)


def make_image(context, block_size, pieces, size="32M"):
    folder = context.folder / "tree"
    (folder / "app").mkdir(parents=True, exist_ok=True)
    sparse(folder / "sparse", pieces, 2 * block_size)
    (folder / "app" / "x").write_bytes(b"x" * 100)
    (folder / "large").write_bytes(b"x" * 10000)
    image = context.folder / f"{block_size}.img"
    image.unlink(missing_ok=True)
    tool.run("mke2fs", "-q", "-t", "ext4", "-b", str(block_size), "-d", folder, image, size)
    return image


def debugfs(image, command):
    return tool.run("debugfs", "-R", command, image)[0]


def units(runs, block_size):
    return {byte // UNIT for first, last in runs for byte in range(first * block_size, (last + 1) * block_size, 1024)}


def runs_in(text):
    return [(int(first), int(last or first)) for first, last in re.findall(r"(\d+)(?:-(\d+))?", text)]


def places_of(image, name, block_size):
    """The units of the file's data, and of the nodes of its tree, by debugfs."""
    text = debugfs(image, f"stat {name}").split("EXTENTS:")[1]
    found = re.findall(r"\((ETB)?[^)]*\):(\d+(?:-\d+)?)", text)
    return tuple(units(runs_in(" ".join(place for kind, place in found if bool(kind) == nodes)), block_size)
                 for nodes in (False, True))


def bookkeeping_of(image, block_size):
    """The file system's own blocks by dumpe2fs, and the journal's by debugfs."""
    text = tool.run("dumpe2fs", image)[0].split("\n\n\n", 1)[1]
    places = re.findall(r"(?:superblock|descriptors|GDT blocks|bitmap|table) at (\d+(?:-\d+)?)", text)
    return units(runs_in(" ".join(places)), block_size) | places_of(image, "<8>", block_size)[0]


def names_on(image):
    """The names of all files, by debugfs."""
    ahead, found = ["/"], []
    while ahead:
        folder = ahead.pop()
        for line in tool.run("debugfs", "-R", f"ls -p {folder}", image)[0].splitlines():
            fields = line.split("/")
            if len(fields) > 5 and fields[5] not in ("", ".", ".."):
                found.append(fields[5])
                ahead += [f"{folder.rstrip('/')}/{fields[5]}"] if fields[2].startswith("04") else []
    return found


class Model:
    def __init__(self, context, machine, name):
        path = context.folder / f"{name}.csv"
        for _ in range(PATIENCE):
            machine.expect("^cell> ")
            graph.from_shell(machine, path)
            machine.type("")
            if ",partial\n" not in path.read_text():
                break
        else:
            raise AssertionError("a server never tells all its part")
        self.read(context, path)

    @classmethod
    def of(cls, context, path):
        """A model that is extracted already."""
        model = cls.__new__(cls)
        model.read(context, path)
        return model

    def read(self, context, path):
        tool.run(context.build / "host" / "cellmodel", "check", path)
        self.nodes, self.edges = graph.read(path)

    def named(self, kind, name):
        return [node for node, text in self.nodes.items() if text.startswith(f"RESOURCE {kind} {name} ")]

    def held(self, pd):
        number = next(node for node, text in self.nodes.items() if text.startswith(f"PD {pd} "))
        return {target for kind, source, target, _ in self.edges if kind == "HOLD" and source == number}

    def leads_to(self, node, kind):
        return {target for edge, source, target, _ in self.edges if edge == kind and source == node}

    def units(self, node, kind):
        found = set()
        for target in self.leads_to(node, kind):
            if self.nodes[target].startswith("RESOURCE BLOCK "):
                first, count = map(int, self.nodes[target].split()[2].split("_"))
                found |= set(range(first, first + count))
        return found


def test_places(context):
    """Blocks of an open file, of its tree of extents and of the file system's own bookkeeping; also when the file has grown."""
    for block_size in (1024, 4096):
        image = make_image(context, block_size, 10)
        before = places_of(image, "sparse", block_size)
        with context.start(system="files-virtio", disks=(image,)) as machine:
            say(machine, "run file-hold hold sparse &", "^file-hold: hold: they are open$")
            model = Model(context, machine, "first")
            file, = model.named("FILE", "sparse")
            assert (model.units(file, "MAP"), model.units(file, "META")) == before
            assert before[1], "the file has more pieces than its inode can tell of"
            space, = [node for node, text in model.nodes.items() if text.startswith("RESOURCE_SPACE FILE")]
            assert model.units(space, "META") == bookkeeping_of(image, block_size)
            say(machine, "cat /large >> sparse")
            say(machine, "rm /app/x")
            model = Model(context, machine, "second")
            say(machine, "poweroff")
            assert machine.exit_status() == 0
        tool.run("e2fsck", "-y", "-E", "journal_only", image)
        data, nodes = places_of(image, "sparse", block_size)
        assert data != before[0]
        assert (model.units(file, "MAP"), model.units(file, "META")) == (data, nodes)


def test_one_file(context):
    """A file that is open in two namespaces is a resource of the one that it belongs to; the other's resource maps onto it."""
    image = make_image(context, 4096, 1)
    text = (context.top / "systems" / "files-virtio").read_text()
    text = text.replace("  serves FILE\n", "  serves FILE\n  args namespace=/app\n")
    for name, space, path in (("all", "", "/app/x"), ("app", " space=/app", "/x")):
        text += (f"\npd {name} process program=file-hold\n  rde RESSPC\n  rde CONSOLE from console\n"
                 f"  rde FILE from files{space}\n  args hold {path}\n")
    with archive.start(context, text, disks=(image,)) as machine:
        for _ in range(2):
            machine.expect("^(cell> )?file-hold: hold: they are open$")
        model = Model(context, machine, "model")
        files = model.named("FILE", "x")
        of_all, = model.held("all") & set(files)
        of_app, = model.held("app") & set(files)
        assert model.leads_to(of_all, "MAP") == {of_app}
        assert len(model.units(of_app, "MAP")) == 1
        say(machine, "rsi all app", "^RSI FILE 1/")
        say(machine, "poweroff")
        assert machine.exit_status() == 0


def test_all_files(context):
    """The boot option `files` shows files that no client has open, too, each once, with its blocks and those of its tree."""
    image = make_image(context, 4096, 10)
    link = context.folder / "names"
    link.write_text("mkdir deep\nmkdir deep/er\ncd deep/er\nwrite /dev/null nothing\nln /sparse again\n")
    tool.run("debugfs", "-w", "-f", link, image)
    path = context.folder / "all.csv"
    with context.start(system="files-virtio", options="extract=1 files=1", model=path, disks=(image,)) as machine:
        assert machine.exit_status() == 0
    model = Model.of(context, path)
    shown = sorted(text.split()[2] for text in model.nodes.values() if text.startswith("RESOURCE FILE "))
    wanted = sorted(name for name in names_on(image) if name != "again")
    assert shown == wanted, (shown, wanted)
    for name in ("sparse", "large"):
        file, = model.named("FILE", name)
        assert (model.units(file, "MAP"), model.units(file, "META")) == places_of(image, name, 4096), name
    few = context.folder / "few.csv"
    with context.start(system="files-virtio", options="extract=1", model=few, disks=(image,)) as machine:
        assert machine.exit_status() == 0
    assert not [text for text in Model.of(context, few).nodes.values() if text.startswith("RESOURCE FILE ")]


def test_in_pieces(context):
    """While the server lists the blocks of a file of many pieces, it answers others. The whole list takes far longer."""
    image = make_image(context, 1024, 6000)
    text = (context.top / "systems" / "files-ramdisk").read_text()
    text = text.replace("args size=64", "args image=disk.img").replace("  rde MO\n", "  rde MO rights=rwx\n", 1)
    with context.start(archive=archive.own_system(context, text, **{"disk.img": image}), system="own", icount=True) as machine:
        say(machine, "run file-hold hold sparse &", "^file-hold: hold: they are open$")
        say(machine, "run file-hold extract &")
        say(machine, "run file-hold longest 3000 &")
        longest = int(machine.expect(r"file-hold: longest: (\d+) microseconds").group(1))
        whole = int(machine.expect(r"file-hold: extract: ok, \d+ rows in (\d+) microseconds").group(1))
        most = 5000 if context.kernel else 1000  # 3 900 were measured on seL4
        assert longest <= most and whole >= 10000, (longest, whole)
        say(machine, "poweroff")
        assert machine.exit_status() == 0
