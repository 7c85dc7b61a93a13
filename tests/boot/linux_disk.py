# SPDX-License-Identifier: BSD-2-Clause
"""Programs for Linux from a disk that ./cellulos disk made, run by their paths (systems/shell-disk)."""

import contextlib
import os
import pathlib
import re
import shutil
import sqlite3

from harness import executables, tool
from harness.boot import PROMPT
from harness.figures import check_same, figures_at_rest

SECONDS = 240
SOURCES = pathlib.Path(__file__).parent / "linux"


def disk(context, *words):
    tool.run(context.top / "cellulos", "disk", *words, seconds=300)


def debian(context, packages):
    """A disk with Debian's packages; skips the test where they cannot be fetched."""
    image = context.folder / "debian.img"
    try:
        with executables.FETCHING:
            disk(context, "create", "--force", image, "--deb", packages)
    except AssertionError as error:
        if "could not be fetched" in str(error):
            raise tool.Skip(str(error).splitlines()[-1]) from error
        raise
    return image


LONG_NAME = "a-program-whose-name-is-longer-than-that-of-a-pd-may-be"


def test_paths(context):
    """A program is found by its path, also through links; its PD is named after the path's last part. Files that cannot be run give the reason."""
    tree = context.folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    (tree / "usr" / "bin").mkdir(parents=True)
    fixed = executables.compiled(context, SOURCES / "hello.c", "-static")
    for name in ("greet", LONG_NAME):
        shutil.copy(fixed, tree / "usr" / "bin" / name)
    (tree / "bin").symlink_to("usr/bin")
    (tree / "text").write_text("no program\n")
    (tree / "locked").write_text("no program\n")
    (tree / "text").chmod(0o755)
    (tree / "empty").touch(0o755)
    image = context.folder / "disk.img"
    disk(context, "create", "--force", image, "--from", tree)
    with context.start(system="shell-disk", disks=(image,)) as machine:
        for path in ("/usr/bin/greet", "/bin/greet", "//bin/../bin/./greet"):
            lines = machine.answer(f"{path} a 'b c'")
            assert lines[0] == f"hello from {path} [a] [b c]", lines
            assert re.fullmatch(r"greet \(PD_\w+\) exited with 7", lines[1]), lines
        lines = machine.answer(f"/bin/{LONG_NAME}")
        assert lines[0] == f"hello from /bin/{LONG_NAME}" and lines[1].startswith(LONG_NAME[:31] + " (PD_"), lines
        lines = machine.answer("run --strace pages=400 /bin/greet")
        assert any(line.startswith('write(1, "hello from /bin/greet\\n"') for line in lines), lines
        for path, why in (("/nothing", "No such file or directory"), ("/usr/bin", "Permission denied"),
                          ("/locked", "Permission denied"), ("/text", "not an ELF file"), ("/empty", "not an ELF file"),
                          ("/text/more", "Not a directory"),
                          ("/", "Permission denied")):
            lines = machine.answer(path)
            assert lines[0] == f"{path}: {why}" and lines[1].endswith("exited with 126"), (path, lines)
        # The memory needed to load a file is given back.
        before = figures_at_rest(machine)
        machine.expect(PROMPT)
        machine.type("repeat 5 /bin/greet")
        check_same(machine, before, objects=5, slots=5)


def test_select(context):
    image = context.folder / "disk.img"
    disk(context, "create", "--force", image)
    disk(context, "put", image, executables.compiled(context, SOURCES / "select.c", "-static"), "/select")
    with context.start(system="shell-disk", disks=(image,)) as machine:
        lines = machine.answer("/select")
        assert len(lines) == 14 and all(line.endswith(": ok") for line in lines), lines


def test_debian(context):
    """A disk of Debian's packages has them where Debian has them, and they run."""
    image = debian(context, "busybox-static")
    with context.start(system="shell-disk", disks=(image,)) as machine:
        assert machine.answer("/bin/busybox sh -c 'cd /usr/bin; pwd; echo *'") == ["/usr/bin", "busybox"]
        assert machine.answer("/usr/bin/busybox sh -c 'echo hello >/tmp/f'") == []
        assert machine.answer("/bin/busybox md5sum /tmp/f") == ["b1946ac92492d2347c6235b4d2611184  /tmp/f"]


# What programs of Debian say on Linux.
PROGRAMS = [
    ("/usr/bin/sqlite3 /t.db 'create table t(a); insert into t values(1),(2),(40);'", []),
    ("/usr/bin/sqlite3 /t.db 'select sum(a), count(*) from t;'", ["43|3"]),
    ("/usr/bin/lua5.4 -e 'print(2^10, string.rep(\"ab\", 3), (\"x\"):byte())'", ["1024.0\tababab\t120"]),
    ("/usr/bin/lua5.4 -e 'for line in io.lines(\"/etc/passwd\") do print(line) end'", ["root:x:0:0:root:/root:/bin/sh"]),
    ("/usr/bin/python3.11 -c 'print(sum(i * i for i in range(1000)), hex(2**70))'", ["332833500 0x400000000000000000"]),
    ("/usr/bin/python3.11 -c 'import hashlib; print(hashlib.md5(b\"hello\\n\").hexdigest())'", ["b1946ac92492d2347c6235b4d2611184"]),
    ("/usr/bin/python3.11 -c 'import threading as t; l = []; w = [t.Thread(target=l.append, args=[i]) for i in range(5)]; "
     "[x.start() for x in w]; [x.join() for x in w]; print(sorted(l))'", ["[0, 1, 2, 3, 4]"]),
]


def long_debian(context):
    """Programs with their loader and libraries from the disk, at the prompt and in their own dialogue."""
    image = debian(context, "sqlite3,lua5.4,busybox-static,python3.11-minimal")
    with context.start(system="shell-disk", disks=(image,), seconds=600) as machine:
        for line, expected in PROGRAMS:
            assert machine.answer(line) == expected, line
        lines = machine.answer("/usr/bin/sqlite3 /t.db", ("sqlite> ", "select sum(a) - 1 from t;"), ("^42$", ".quit"))
        assert "SQLite version" in lines[0], lines
        lines = machine.answer("/usr/bin/lua5.4", ("> ", "print(6 * 7)"), ("^42$", "os.exit()"))
        assert "Lua 5.4" in lines[0], lines
        machine.answer("sync")
        machine.expect(PROMPT)
        machine.type("poweroff")
        assert machine.exit_status() == 0
    disk(context, "check", image)
    disk(context, "get", "--force", image, "/t.db", context.folder / "t.db")
    with contextlib.closing(sqlite3.connect(context.folder / "t.db")) as database:
        assert database.execute("select sum(a) from t").fetchall() == [(43,)]


def long_lua(context):
    """Lua's own tests, the portable part: CELLULOS_LUA_TESTS names the folder `testes` of Lua's sources, version 5.4.4."""
    tests = os.environ.get("CELLULOS_LUA_TESTS")
    if tests is None:
        raise tool.Skip("CELLULOS_LUA_TESTS names no folder with Lua's tests")
    image = context.folder / "lua.img"
    try:
        with executables.FETCHING:
            disk(context, "create", "--force", image, "--size", "64", "--from", tests, "--deb", "lua5.4")
    except AssertionError as error:
        raise tool.Skip(str(error).splitlines()[-1]) from error
    with context.start(system="shell-disk", disks=(image,), seconds=1500) as machine:
        machine.expect(PROMPT)
        machine.type("run env=PATH=/usr/bin /usr/bin/lua5.4 -e '_port=true _soft=true _nomsg=true' all.lua")
        machine.expect("^final OK !!!$", timeout=1400)
