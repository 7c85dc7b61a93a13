# SPDX-License-Identifier: BSD-2-Clause
"""The executables of ./cellulos bench files|programs --linux, run here; with --long the whole reports, with Linux."""

import json
import re
import sys

from harness import archive, tool
from harness.boot import PROMPT

SECONDS = 300


def run(context, *commands, **options):
    """Runs programs of the benchmarks on a file system in memory; returns their output."""
    members = {path.name: path for path in (context.build / "bench" / command.split()[0] for command in commands) if path.exists()}
    with context.start(archive=archive.archive(context, **members), system="files-ramdisk", **options) as machine:
        for command in commands:
            machine.expect(PROMPT)
            machine.type(command)
            machine.expect(PROMPT, timeout=200)
            machine.type("")
        shown = machine.transcript()
    assert "exited with" not in shown, shown
    return shown


def rows(shown):
    return {row["name"]: row["total"] for row in map(json.loads, (line for line in shown.splitlines() if line.startswith("{")))}


# Instructions that a program waits for files, at most. Of the thousand small files' directory, an index makes creation cheaper by a
# third, and removal in the order of creation, where the name was the first of all, twice as dear; how names hash moves both a little.
MOST = {"pread_16": 3000, "pread_4096": 5000, "pwrite_4096": 6000, "open_close": 20000, "create_close_unlink": 35000, "stat_3_names": 35000,
        "create_write_1000_bytes": 75000, "unlink_1000_bytes": 22000, "pread_1_mib": 700000, "append_1_mib": 1500000}


def test_files(context):
    """File operations of a program: upper bounds of their cost, and nothing is left of them."""
    shown = run(context, "file-calls /", "ls /", icount=True)
    found = rows(shown)
    assert len(found) == 18, found
    slow = {name: found["files." + name] for name, most in MOST.items() if found["files." + name] > most}
    assert not slow, slow
    assert re.search(r"^cell> ls /\nlost\+found/\n+cell>", shown, re.M), shown[-300:]


def long_sqlite(context):
    """SQLite's own benchmark, unchanged: its results are the same as on this computer."""
    tool.run("make", "-s", "-C", context.top, f"O={context.build}", "bench-programs", seconds=900)
    shown = run(context, "sqlite-calls /", "speedtest1 --verify --size 1 /test.db")
    assert rows(shown).keys() == {"sqlite.insert", "sqlite.select"}
    there, _ = tool.run(context.build / "bench" / "speedtest1-host", "--verify", "--size", "1", context.folder / "test.db")
    hashes = [re.findall(r"^Verification Hash: (.*)$", text, re.M) for text in (shown, there)]
    assert len(hashes[0]) == 1 and hashes[0] == hashes[1], hashes


def report(context, what):
    """Rows of the report: {name: (here, on Linux)}."""
    said, _ = tool.run(context.top / "cellulos", "bench", what, "--linux", seconds=3000)
    found = [json.loads(line) for line in said.splitlines()]
    assert all(row["total"] > 0 and row["linux"] > 0 and abs(row["ratio"] - row["total"] / row["linux"]) < 0.001 for row in found)
    return {row["name"]: (row["total"], row["linux"]) for row in found}


def long_files_linux(context):
    context.seconds = 3000
    found = report(context, "files")
    assert len(found) == 36 and found["files.fstat.ext4"][0] < found["files.fstat.ext4"][1], found


def long_programs_linux(context):
    """speedtest1 on three sizes: hashes are compared by the report; at sizes 5 and 10 it is faster than on Linux."""
    context.seconds = 3000
    found = report(context, "programs")
    assert {"programs.ash_10000_turns.ram", "programs.start_static_exit_collect.ram", "programs.getppid.ram"} < found.keys(), found
    for place in ("ram", "ext4"):
        for size in (5, 10):
            here, there = found[f"sqlite.speedtest1_size_{size}.{place}"]
            assert here < there, (place, size, here, there)


def test_no_linux(context):
    """Skips the test where the same executables cannot run."""
    tool.refused("cellulos bench: --linux goes with 'files' or 'programs'", context.top / "cellulos", "bench", "kernel", "--linux", status=2)


def test_wrong_hash(context):
    """A report with another hash than this computer's is refused; rows have the figures of both."""
    sys.path.append(str(context.top / "bench" / "programs"))
    import report as program
    shown = 'x\n{"name": "a.b", "total": 5, "samples": 2}\nstamp 10\nstamp 30\nx\nstamp 100\nstamp 101\n' + "       TOTAL......    1.500s\n"
    assert program.rows_of(shown) == {"a.b": (5, 2), "programs.start_static_exit_collect": (20, 1),
                                      "programs.start_busybox_first": (70, 1), "programs.ash_10000_turns": (1, 1),
                                      "sqlite.speedtest1_size_1": (1500000000, 1)}
    program.COMMANDS = {"one": {"ram": ["speedtest1"]}}
    program.on_linux = lambda *_: {"ram": "Verification Hash: 1 a\n"}
    program.on_cellulos = lambda *_: "Verification Hash: 1 b\n"
    program.host_hash = lambda *_: "1 a"
    program.SIZES = (1,)

    class Arguments:
        what, build = "one", context.build

    (context.folder / "disk.img").unlink(missing_ok=True)
    try:
        program.report(Arguments, context.folder)
    except program.Failure as failure:
        assert str(failure) == "speedtest1, ram: another hash than on this computer: ['1 b']", failure
    else:
        raise AssertionError("it was not refused")
