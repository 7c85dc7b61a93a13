# SPDX-License-Identifier: BSD-2-Clause
"""The file system's library and e2fsprogs on the same images: the library reads what mke2fs has written; e2fsck finds images that the
library has written clean, and debugfs reads the same from them."""

import os
import pathlib
import random
import shutil
import stat
import subprocess
import zlib

from harness import tool

SECONDS = 120
SPARSE = ("sparse", "second name")  # 5 GB, of which nothing but a few bytes is read
BLOCK_SIZES = (1024, 2048, 4096)
os.environ["PATH"] += ":/usr/sbin:/sbin"


def program(context):
    return context.build / "tests" / "ext4" / "tool"


def make_image(context, block_size, *options, size="24M", name="disk.img"):
    image = context.folder / name
    image.unlink(missing_ok=True)
    tool.run("mke2fs", "-q", "-t", "ext4", "-b", str(block_size), *options, image, size)
    return image


def on_image(context, image, lines, status=0, options=()):
    """Carries out commands; returns what they print."""
    script = context.folder / "commands"
    script.write_text("\n".join(lines) + "\n")
    with open(script, encoding="utf-8") as commands:
        return tool.run(program(context), *options, image, "-", status=status, stdin=commands)[0]


def check(image):
    """e2fsck finds nothing to say about it."""
    done = subprocess.run(["e2fsck", "-fn", image], capture_output=True, text=True)
    assert done.returncode == 0, f"e2fsck -fn {image}: status {done.returncode}\n{done.stdout}"


def line_of(path, name):
    """The line of the tool's `tree` for a file of the host."""
    about = os.lstat(path)
    size = 0 if stat.S_ISDIR(about.st_mode) else about.st_size
    line = f"{name} {about.st_mode:o} {about.st_uid} {about.st_gid} {{}} {size} {int(about.st_mtime)}"
    links = about.st_nlink
    if stat.S_ISREG(about.st_mode):
        line += f" {zlib.crc32(path.read_bytes()):08x}"
    elif stat.S_ISLNK(about.st_mode):
        line += " " + os.readlink(path)
    elif stat.S_ISDIR(about.st_mode):
        links = 2 + sum(entry.is_dir(follow_symlinks=False) for entry in os.scandir(path))
    return line.format(links)


def below(folder):
    """All that is in a folder; links are not followed, some of which lead to names that are too long."""
    for place, folders, names in os.walk(folder):
        yield from (pathlib.Path(place) / name for name in [*folders, *names])


def tree_of(folder):
    return sorted(line_of(path, path.relative_to(folder)) for path in below(folder) if path.name not in SPARSE)


def read_tree(context, image):
    out = on_image(context, image, ["tree /"], options=["-r"])
    return sorted(line for line in out.splitlines() if not line.startswith(("lost+found", *SPARSE)))


def new_folder(folder):
    """A folder without files of an earlier run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


def fill_folder(folder, seed):
    """A few hundred files of all kinds."""
    chance = random.Random(seed)
    new_folder(folder)
    folders = [folder]
    for number in range(60):
        folders.append(chance.choice(folders) / f"folder-{number}")
        folders[-1].mkdir()
    for number in range(300):
        name = f"{number}-" + "n" * chance.choice([1, 5, 20, 100, 245])
        path = chance.choice(folders) / name[:255]
        path.write_bytes(chance.randbytes(chance.choice([0, 1, 100, 1023, 1024, 4096, 5000, 70000])))
        path.chmod(chance.choice([0o644, 0o600, 0o755, 0o4711]))
    for number in range(40):
        (chance.choice(folders) / f"link-{number}").symlink_to("t" * chance.choice([1, 59, 60, 61, 500, 1000]))
    many = folder / "many"
    many.mkdir()
    for number in range(700):
        (many / f"entry with a longer name {number}").touch()
    with open(folder / "sparse", "wb") as file:
        for at in (0, 3_000_000, 90_000_000, 5_000_000_000):
            file.seek(at)
            file.write(b"here" * 1000)
    os.link(folder / "sparse", folder / "second name")
    os.mkfifo(folder / "fifo")
    os.utime(folder / "fifo", (1, 2_000_000_000))  # mke2fs -d knows no later times than 2038


def cases():
    for block_size in BLOCK_SIZES:
        yield f"read_{block_size}", lambda context, block_size=block_size: read_back(context, block_size)
        yield f"written_{block_size}", lambda context, block_size=block_size: written(context, block_size)


def read_back(context, block_size):
    folder = context.folder / "tree"
    fill_folder(folder, block_size)
    image = make_image(context, block_size, "-d", folder, size="64M")
    for _ in range(2):  # then with the indices that e2fsck -D makes
        got, expected = read_tree(context, image), tree_of(folder)
        assert got == expected, "\n".join(sorted(set(got) ^ set(expected))[:20])
        subprocess.run(["e2fsck", "-fyD", image], capture_output=True, check=False)
    assert on_image(context, image, ["seek sparse 100000 0", "seek sparse 95000000 0", "seek sparse 0 1"], options=["-r"]).split() \
        == [str(at // block_size * block_size) for at in (3_000_000, 5_000_000_000)] + [str(-(-4000 // block_size) * block_size)]


def debugfs(image, command):
    return tool.run("debugfs", "-R", command, image)[0]


def written(context, block_size):
    image = make_image(context, block_size)
    source = context.folder / "source"
    source.write_bytes(random.Random(block_size).randbytes(3_000_000))
    out = on_image(context, image, f"""
        mkdir a
        mkdir a/b
        put big {source}
        write a/far 5000000000 3000 2
        symlink short a/s
        symlink {"x" * 200} a/long
        link big a/b/second
        rename a/b b 0
        mkfifo p
        sync
        put a/copy {source}
        unlink a/copy
        put over {source}
        create under
        rename under over 0
        put part {source}
        resize part 1000001
        punch part 10000 500000
        allocate part 2000000 500000
        mkdir swapped
        rename swapped b 2""".splitlines())
    assert out == "", out
    check(image)
    assert names_in(context, image) == ["a", "a/far", "a/long", "a/s", "b", "big", "over", "p", "part", "swapped",
                                               "swapped/second"]
    back = context.folder / "back"
    debugfs(image, f"dump /big {back}")
    assert back.read_bytes() == source.read_bytes()
    debugfs(image, f"dump /part {back}")
    data = source.read_bytes()
    assert back.read_bytes() == data[:10000] + bytes(500000) + data[510000:1000001] + bytes(2500000 - 1000001)
    assert "Size: 5000003000" in debugfs(image, "stat /a/far")
    assert f'Fast link dest: "short"' in debugfs(image, "stat /a/s")


def names_in(context, image):
    out = on_image(context, image, ["list /"], options=["-r"])
    return sorted(line for line in out.splitlines() if line != "lost+found")


def test_made(context):
    """An empty file system that the library makes is one to e2fsck, whatever was on the disk."""
    for size in (7_000_000, 134_217_728, 135_000_000, 400_000_000):
        image = context.folder / "disk.img"
        image.write_bytes(b"old" * 100000)
        os.truncate(image, size)
        on_image(context, image, ["mkdir a", "write a/b 0 2000000 1"], options=["-m"])
        check(image)
        assert names_in(context, image) == ["a", "a/b"]
    os.truncate(image, 4_000_000)
    assert on_image(context, image, [], status=1, options=["-m"]) == "mount: no space left on the disk\n"


def has_index(image, name):
    return "Root node dump" in debugfs(image, f"htree_dump {name}")


def test_indices_made(context):
    """A directory gets an index with its second block, of two levels when it is large; e2fsck finds each name at its hash, whether bytes
    of names count as signed or not. A listing while others make files has each file once."""
    for block_size, flags in ((1024, 1), (4096, 2), (1024, 2)):
        image = make_image(context, block_size, "-N", "20000", size="48M")
        tool.run("debugfs", "-w", "-R", f"set_super_value flags {flags}", image)
        on_image(context, image, ["mkdir d", "create d/a"])
        assert not has_index(image, "/d")
        assert on_image(context, image, ["churn d 6000 2"]).startswith("churn: 0 wrong")
        check(image)
        assert has_index(image, "/d") and f"Indirect levels: {1 if block_size == 1024 else 0}" in debugfs(image, "htree_dump /d")
        on_image(context, image, ["mkdir e", "rename d e/f 0", "rename e/f d 0"])
        check(image)
        assert has_index(image, "/d")


def test_indices_full(context):
    """Where an index can have no more nodes, a further name is refused, and nothing changes."""
    image = make_image(context, 1024, "-N", "1000", size="64M")
    lines = [f"link x d/{number:0250}" for number in range(60000)]
    out = on_image(context, image, ["mkdir d", "create x", *lines, "statfs"], status=1)
    assert set(out.splitlines()[:-1]) == {"link x: no space left on the disk"}, out[:200]
    blocks, free = out.splitlines()[-1].split()[1:3]
    assert int(free) > int(blocks) // 4
    check(image)


def test_indices_changed(context):
    """A directory with an index that e2fsck has made is changed: the index stays, and is right."""
    folder = context.folder / "tree"
    new_folder(folder)
    for number in range(3000):
        (folder / f"entry with a longer name {number}").touch()
    for block_size in BLOCK_SIZES:
        image = make_image(context, block_size, "-d", folder, "-N", "6000")
        subprocess.run(["e2fsck", "-fyD", image], capture_output=True, check=False)
        assert has_index(image, "/")
        on_image(context, image, ["create new", "write more 0 5 1"])
        check(image)
        assert has_index(image, "/")
        names = names_in(context, image)
        assert len(names) == 3002 and "new" in names, len(names)


def test_features(context):
    """Unknown features are refused, or read only, by their names."""
    for options, said in ((("-O", "inline_data"), "feature inline_data: not supported"),
                          (("-O", "encrypt"), "feature encrypt: not supported"),
                          (("-O", "meta_bg,^resize_inode"), "feature meta_bg: not supported"),
                          (("-O", "^extent,^64bit"), "feature extent: missing; this is an older file system than ext4")):
        image = make_image(context, 4096, *options)
        out, errors = tool.run(program(context), image, "statfs", status=1)
        assert (out, errors.strip()) == ("mount: not supported here\n", said), (out, errors)
    for options, said in ((("-O", "quota"), "feature quota: allows only to read"),
                          (("-O", "^has_journal"), "feature has_journal: missing, so that it can only be read"),
                          (("-O", "^metadata_csum,uninit_bg"), "feature uninit_bg: allows only to read")):
        image = make_image(context, 4096, *options)
        out, errors = tool.run(program(context), image, "create", "x", status=1)
        assert (out, errors.strip()) == ("create x: the file system can only be read\n", said), (out, errors)
    for options in ("metadata_csum_seed", "orphan_file", "^metadata_csum", "^64bit", "^flex_bg", "^metadata_csum,^64bit,^resize_inode"):
        image = make_image(context, 1024, "-O", options)
        on_image(context, image, ["mkdir a", "write a/b 0 100000 1", "symlink x y"])
        check(image)
        assert names_in(context, image) == ["a", "a/b", "y"], options


def test_names_looked_for(context):
    """A cached look-up of a name is not used for another file that got the number of its directory; nor after the name was made, removed,
    or given to another file."""
    image = make_image(context, 1024)
    out = on_image(context, image, """
        mkdir d
        resize d/x 0
        rmdir d
        create d
        resize d/x 0
        create y
        rename d z 0
        resize d 5
        resize z 5
        rename y z 0
        resize y 5
        resize z 6
        unlink z
        resize z 7""".split("\n")[1:], status=1)
    assert out.splitlines() == ["resize d/x: not found", "resize d/x: not a directory", "resize d: not found", "resize y: not found",
                                "resize z: not found"], out
    check(image)


def test_full(context):
    """A full disk gives an error, and is not harmed; all blocks come back."""
    for block_size in BLOCK_SIZES:
        image = make_image(context, block_size, size="8M")
        before = on_image(context, image, ["statfs"])
        out = on_image(context, image, ["write a 0 20000000 1", "write b 0 20000000 1", "mkdir d"], status=1)
        assert out.splitlines() == ["write a: no space left on the disk", "write b: no space left on the disk",
                                    "mkdir d: no space left on the disk"], out
        check(image)
        on_image(context, image, ["unlink a", "mkdir d", "rmdir d", "unlink b"])
        check(image)
        assert on_image(context, image, ["statfs"]) == before


def test_many(context):
    """10 000 files in a directory, made and removed: everything is free again."""
    image = make_image(context, 1024, "-N", "12000", size="32M")
    before = on_image(context, image, ["mkdir d", "sync", "statfs"])
    on_image(context, image, [f"create d/some-file-{number}" for number in range(10000)])
    check(image)
    on_image(context, image, [f"unlink d/some-file-{number}" for number in range(10000)])
    check(image)
    on_image(context, image, ["rmdir d", "mkdir d"])
    assert on_image(context, image, ["statfs"]) == before
