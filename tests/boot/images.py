# SPDX-License-Identifier: BSD-2-Clause
"""Executables for Linux that are prepared once (servers/images): which processes share their code, and which do not."""

import pathlib
import shutil
import sys
import types

from harness import archive, executables, tool
from harness.figures import check_same, figures_at_rest

SECONDS = 120
NOT_COMPARED = ("libraries",)  # how often it looks until both programs wait is not said
SOURCES = pathlib.Path(__file__).parent / "linux"


def disk(context):
    """A disk with two versions of a program, equally long, that no process has run yet."""
    tree = context.folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    for version in (1, 2):
        made = executables.compiled(context, SOURCES / "code.c", "-static", f"-DVERSION={version}", name=f"code{version}")
        shutil.copy(made, tree / ("one" if version == 1 else "two"))
    image = context.folder / "disk.img"
    tool.run(context.top / "cellulos", "disk", "create", "--force", image, "--from", tree)
    return image


def shares(machine, a, b):
    """{type: (shared by two PDs, all of the first)}."""
    lines = machine.answer(f"rsi {a} {b}")
    return {line.split()[1]: tuple(map(int, line.split()[2].split("/"))) for line in lines if line.startswith("RSI ")}


def wait(machine, path):
    machine.command(f"{path} wait &")
    name = machine.expect(r"^\w+ is (PD_\w+)$")[1]
    machine.expect("waiting")
    machine.type("")
    return name


def test_shared(context):
    """Processes that run the same file share its code, others do not; the model shows both."""
    with context.start(system="shell-disk", disks=(disk(context),)) as machine:
        first, second, other = (wait(machine, path) for path in ("/one", "/one", "/two"))
        same, different = shares(machine, first, second), shares(machine, first, other)
        assert same["PROGRAM"] == (1, 1) and different["PROGRAM"] == (0, 2), (same, different)
        assert same["MO"][0] > different["MO"][0] + 100, (same, different)
        machine.type(f"kill {first}\nkill {second}\nkill {other}")
        figures = figures_at_rest(machine)
        machine.command("repeat 5 /one")
        check_same(machine, figures, objects=5, slots=5)


def test_libraries(context):
    """Two programs that share a file, a mapping and their libraries (bench/programs/sharing.c): that is what they have in common."""
    sys.path.append(str(context.top / "bench" / "programs"))
    import report
    import sharing

    arguments = types.SimpleNamespace(build=context.build, kernel=None)
    image = sharing.make_disk(arguments, context.folder)
    description = context.folder / "measured"
    description.write_text(report.system("ext4"))
    members = archive.archive(context, **{"systems/measured": description, report.IMAGE: image})
    with context.start(archive=members, system="measured") as machine:
        pair = []
        for number in (1, 2):
            machine.command(f"/bin/sharing-{number} / &")
            pair.append(machine.expect(r"^\w+-\d is (PD_\w+)$")[1])
        while any("not found" in line for line in machine.answer("ls /ready-1") + machine.answer("ls /ready-2")):
            pass
        found = shares(machine, *pair)
    assert found["PROGRAM"] == (2, 4) and found["FILE"][0] == found["FILE"][1] and found["MO"][0] > 300, found  # libraries; the files that are open


def test_own_code(context):
    """A program that writes to its code writes to a copy; a file that has changed is prepared anew."""
    with context.start(system="shell-disk", disks=(disk(context),)) as machine:
        for _ in range(2):
            assert machine.answer("/one") == ["number 1", "number 99"]
        assert machine.answer("cp /two /one") == []
        assert machine.answer("/one") == ["number 2", "number 99"]


def test_little_memory(context):
    """Without room for an image a program is prepared for one process alone; an image that no process runs makes room for the next."""
    text = (context.top / "systems" / "shell-disk").read_text()
    small = context.folder / "small"
    for mebibytes, kept in ((0, 0), (1, 1)):
        small.write_text(text.replace("serves PROGRAM\n", f"serves PROGRAM\n  args memory={mebibytes}\n"))
        members = archive.archive(context, **{"systems/small": small})
        with context.start(archive=members, system="small", disks=(disk(context),)) as machine:
            for path, number in (("/one", 1), ("/two", 2), ("/one", 1)):
                assert machine.answer(path) == [f"number {number}", "number 99"]
            first, second = wait(machine, "/one"), wait(machine, "/one")
            assert shares(machine, first, second).get("PROGRAM", (0, 0))[0] == kept


def test_second_start(context):
    """The second start of a program scans nothing: few instructions pass between two stamps."""
    members = archive.archive(context, stamp=context.build / "bench" / "stamp")
    with context.start(archive=members, system="files-mapped", icount=True) as machine:
        stamps = [int(line.split()[1]) for line in machine.answer("repeat 3 stamp") if line.startswith("stamp ")]
        assert stamps[2] - stamps[1] < 800000, stamps
