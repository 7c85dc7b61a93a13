# SPDX-License-Identifier: BSD-2-Clause
"""./cellulos disk: images that e2fsprogs makes, reads and checks; refusals, in exact words."""

import fcntl
import filecmp
import os
import shutil

from harness.tool import refused, run


def disk(context, *words, status=0):
    return run(context.top / "cellulos", "disk", *words, status=status, cwd=context.folder)[0]


def wrong(context, expected, *words, status=1):
    refused(f"cellulos disk: {expected}", context.top / "cellulos", "disk", *words, status=status, cwd=context.folder)


def fresh(context):
    shutil.rmtree(context.folder)
    context.folder.mkdir()


def tree(context):
    """A folder with what folders have: names with blanks and quotes, long ones, links, an empty file, many files."""
    top = context.folder / "tree"
    (top / "a b" / "deep" / "empty").mkdir(parents=True)
    (top / "a b" / "it's \"quoted\"").write_text("quoted\n")
    (top / "a b" / ("n" * 255)).write_bytes(bytes(range(256)) * 100)
    (top / "nothing").touch()
    (top / "link").symlink_to("a b/deep")
    (top / "long link").symlink_to("x" * 200)
    (top / "program").write_text("#!/bin/sh\n")
    (top / "program").chmod(0o750)
    for number in range(300):
        (top / "a b" / "deep" / f"{number}").write_text(str(number))
    return top


def assert_same(one, other):
    """Two trees: names, kinds, permissions, contents."""
    compared = filecmp.dircmp(one, other, ignore=["lost+found"])
    assert not compared.left_only and not compared.right_only, (compared.left_only, compared.right_only)
    for name in compared.left_list:
        a, b = one / name, other / name
        assert a.is_symlink() == b.is_symlink() and a.lstat().st_mode == b.lstat().st_mode, name
        if a.is_symlink():
            assert os.readlink(a) == os.readlink(b), name
        elif a.is_dir():
            assert_same(a, b)
        else:
            assert a.read_bytes() == b.read_bytes(), name


def test_there_and_back(context):
    """The files from which a disk is made are on it, and files put there later; e2fsck finds no fault."""
    fresh(context)
    top = tree(context)
    disk(context, "create", "d.img", "--from", "tree", "--size", "16")
    assert (context.folder / "d.img").stat().st_size == 16 << 20
    disk(context, "get", "d.img", "/", "all")
    assert_same(top, context.folder / "all")
    disk(context, "put", "d.img", "tree", "/again")
    disk(context, "put", "d.img", "tree", "/again")  # into the folder
    disk(context, "get", "d.img", "/again", "back")
    shutil.rmtree(context.folder / "back" / "tree")
    assert_same(top, context.folder / "back")
    disk(context, "get", "d.img", "/again/tree", "inner")
    assert_same(top, context.folder / "inner")
    assert "files" in disk(context, "check", "d.img")
    run("e2fsck", "-fn", context.folder / "d.img")
    listed = disk(context, "ls", "d.img", "/again")
    assert listed.splitlines() == [
        "d0755          0 a b/", "l0777          8 link", "l0777        200 long link", "-0644          0 nothing",
        "-0750         10 program", "d0755          0 tree/"], listed
    assert disk(context, "ls", "d.img", "again/program") == "-0750         10 program\n"


def test_nothing_is_overwritten(context):
    fresh(context)
    tree(context)
    disk(context, "create", "d.img", "--from", "tree")
    before = (context.folder / "d.img").read_bytes()
    wrong(context, "d.img exists; --force replaces it", "create", "d.img")
    wrong(context, "d.img: /program exists; --force replaces it", "put", "d.img", "tree/nothing", "/program")
    assert (context.folder / "d.img").read_bytes() == before
    (context.folder / "program").write_text("mine")
    wrong(context, "program exists; --force replaces it", "get", "d.img", "program")
    assert (context.folder / "program").read_text() == "mine"
    disk(context, "put", "--force", "d.img", "program", "/program")
    disk(context, "get", "--force", "d.img", "/program", "tree/program")
    assert (context.folder / "tree" / "program").read_text() == "mine"
    wrong(context, "d.img: /a b/deep is a directory, which is not replaced", "put", "--force", "d.img", "tree/a b/deep", "/a b")
    disk(context, "create", "--force", "d.img")
    assert disk(context, "ls", "d.img").split()[-1:] == ["lost+found/"]


def test_refusals(context):
    """Each in exact words, and nothing is left behind."""
    fresh(context)
    tree(context)
    (context.folder / "text").write_text("no disk\n" * 1000)
    disk(context, "create", "d.img", "--size", "4")
    for words, expected in (
            ((), "a command is missing; there are: create, ls, get, put, check"),
            (("format",), "unknown command 'format'; there are: create, ls, get, put, check"),
            (("ls",), "the following arguments are required: IMAGE"),
            (("create", "e.img", "--size", "1x"), "argument --size: '1x' is not a number"),
            (("ls", "d.img", "/", "more"), "unrecognized arguments: more")):
        wrong(context, expected, *words, status=2)
    for words, expected in (
            (("ls", "nothing.img"), "nothing.img: No such file or directory"),
            (("ls", "d.img", "/no/thing"), "d.img: /no/thing: not found"),
            (("get", "d.img", "/nothing"), "d.img: /nothing: not found"),
            (("get", "d.img", "/a/../b"), "/a/../b: '..' in a path within an image"),
            (("put", "d.img", "nothing"), "nothing: No such file or directory"),
            (("put", "d.img", "text", "/no/thing"), "d.img: /no: not found"),
            (("put", "d.img", "text", "n" * 256), "n" * 256 + ": a name of more than 255 bytes"),
            (("put", "d.img", "text", "/a\nrm b"), "'/a\\nrm b': a name with a line end"),
            (("put", "d.img", "/dev/null"), "/dev/null: neither a file nor a folder nor a link"),
            (("create", "no/where.img"), "no/where.img: No such file or directory"),
            (("create", "e.img", "--size", "0"), "--size: a disk has at least 1 MiB"),
            (("create", "e.img", "--from", "text"), "--from text: not a folder")):
        wrong(context, expected, *words)
    (context.folder / "large").write_bytes(b"x" * (5 << 20))
    said = run(context.top / "cellulos", "disk", "put", "d.img", "large", status=1, cwd=context.folder)[1]
    assert said.startswith("cellulos disk: d.img: large has 5242880 bytes, and ") and said.endswith(" are free\n"), said
    said = run(context.top / "cellulos", "disk", "create", "e.img", "--size", "2", "--from", ".", status=1, cwd=context.folder)[1]
    assert said.startswith("cellulos disk: 2 MiB for "), said
    said = run(context.top / "cellulos", "disk", "ls", "text", status=1, cwd=context.folder)[1]
    assert said.startswith("cellulos disk: text: no ext4 file system that can be used: "), said
    assert (context.folder / "text").read_text() == "no disk\n" * 1000
    assert sorted(path.name for path in context.folder.glob("*.img*")) == ["d.img"]


def test_damaged(context):
    """check prints e2fsck's findings, repairs nothing, and its status says whether there were any."""
    fresh(context)
    disk(context, "create", "d.img", "--size", "4")
    run("debugfs", "-w", "-R", "clri /lost+found", context.folder / "d.img")
    before = (context.folder / "d.img").read_bytes()
    said = run(context.top / "cellulos", "disk", "check", "d.img", status=1, cwd=context.folder)[1]
    assert said.endswith("cellulos disk: d.img: the file system is damaged\n") and "lost+found" in said, said
    assert (context.folder / "d.img").read_bytes() == before


def test_journal(context):
    """ls and get see changes that are only in the journal; after put the journal does not undo the new file."""
    fresh(context)
    (context.folder / "file").write_text("file\n")
    image = context.folder / "d.img"
    disk(context, "create", "d.img", "--size", "8")
    # The block of the root folder, with an entry that only the journal has.
    disk(context, "put", "d.img", "file", "/early")
    block = int(run("debugfs", "-R", "bmap / 0", image)[0])
    without = image.read_bytes()
    disk(context, "put", "d.img", "file", "/late")
    new = image.read_bytes()[block * 4096:][:4096]
    image.write_bytes(without)
    (context.folder / "new").write_bytes(new)
    commands = context.folder / "commands"
    commands.write_text(f"jo -c\njw -b {block} {context.folder / 'new'}\njc\n")
    run("debugfs", "-w", "-f", commands, image)
    assert "late" not in run("debugfs", "-R", "ls -p /", image)[0]
    assert "late" in disk(context, "ls", "d.img")
    disk(context, "put", "d.img", "file", "/later")
    names = [line.split()[-1] for line in disk(context, "ls", "d.img").splitlines()]
    assert names == ["early", "late", "later", "lost+found/"], names


def test_in_use(context):
    """An image that a machine uses is left alone; QEMU locks bytes of it."""
    fresh(context)
    disk(context, "create", "d.img", "--size", "4")
    with open(context.folder / "d.img", "rb+") as file:
        fcntl.lockf(file, fcntl.LOCK_SH, 1, 100)
        wrong(context, "d.img: a running machine uses it", "ls", "d.img")
        wrong(context, "d.img: a running machine uses it", "put", "d.img", "d.img")


def test_no_packages(context):
    """A package that Debian does not have, or that is not signed, makes no image."""
    fresh(context)
    said = run(context.top / "cellulos", "disk", "create", "d.img", "--deb", "busybox-static", status=1, cwd=context.folder,
               env=dict(os.environ, CELLULOS_DEBIAN_MIRROR=f"copy:{context.folder}/nowhere"))[1]
    assert said.endswith("cellulos disk: the package list of Debian bookworm could not be fetched or is not signed by Debian\n"), said
    assert not list(context.folder.glob("d.img*"))
