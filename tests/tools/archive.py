# SPDX-License-Identifier: BSD-2-Clause
"""The archive packer and lister: files come out as they went in, and exact refusals."""

from harness.tool import refused, run, usual_board


def files(context, **contents):
    for name, content in contents.items():
        (context.folder / name).write_bytes(content)
        yield context.folder / name


def test_round_trip(context):
    a, b = files(context, a=b"A" * 5000, b=b"B")
    archive = context.folder / "archive"
    run(context.build / "host" / "cellar", "-o", archive, f"systems/zoo={b}", f"hello={a}")
    listing, _ = run(context.build / "host" / "cellar", "--list", archive)
    assert [line.split() for line in listing.splitlines()] == [
        ["0x1000", "5000", "hello"], ["0x3000", "1", "systems/zoo"]]
    content = archive.read_bytes()
    assert len(content) == 4 * 4096
    assert content[4096:9096] == b"A" * 5000 and content[9096:12288] == bytes(3192)
    assert content[12288:12290] == b"B\0"


def test_same_bytes_again(context):
    a, b = files(context, a=b"A", b=b"B")
    tool = context.build / "host" / "cellar"
    run(tool, "-o", context.folder / "one", f"a={a}", f"b={b}")
    run(tool, "-o", context.folder / "two", f"b={b}", f"a={a}")
    assert (context.folder / "one").read_bytes() == (context.folder / "two").read_bytes()


def test_many(context):
    """The table may take more than a page."""
    (a,) = files(context, a=b"A")
    tool, archive = context.build / "host" / "cellar", context.folder / "archive"
    run(tool, "-o", archive, *(f"name-{i}={a}" for i in range(1000)))
    assert len(run(tool, "--list", archive)[0].splitlines()) == 1000


def test_refusals(context):
    a, b = files(context, a=b"A", b=b"B")
    tool, out = context.build / "host" / "cellar", context.folder / "out"
    refused("x: is there twice: " + f"{a} and {b}", tool, "-o", out, f"x={a}", f"x={b}")
    name = "n" * 48
    refused(f"{name}: the name has 48 bytes, at most 47 are possible", tool, "-o", out, f"{name}={a}")
    refused(f"{context.folder}/gone: No such file or directory", tool, "-o", out, f"x={context.folder}/gone")
    refused("cellar: 'x' is not NAME=PATH", tool, "-o", out, "x", status=2)
    refused("cellar: '=x' is not NAME=PATH", tool, "-o", out, "=x", status=2)
    refused("cellar: -o ARCHIVE is missing", tool, f"x={a}", status=2)
    assert not out.exists()


def test_too_large(context):
    big, out = context.folder / "big", context.folder / "out"
    with open(big, "wb") as stream:
        stream.truncate(385 << 20)
    refused(f"{out}: would have {(385 << 20) + 4096} bytes, at most {(384 << 20) - (4 << 20)} fit into {usual_board()}",
            context.build / "host" / "cellar", "-o", out, f"x={big}")
    big.unlink()


def test_list_damaged(context):
    (a,) = files(context, a=b"A" * 5000)
    tool, archive = context.build / "host" / "cellar", context.folder / "archive"
    run(tool, "-o", archive, f"hello={a}")
    content = archive.read_bytes()
    archive.write_bytes(content[:-1])
    refused(f"{archive}: the archive is cut short", tool, "--list", archive)
    archive.write_bytes(b"X" + content[1:])
    refused(f"{archive}: not an archive", tool, "--list", archive)
    archive.write_bytes(content[:72] + b"\1" + content[73:])
    refused(f"{archive}: entry 0: a file is not where one can be", tool, "--list", archive)
