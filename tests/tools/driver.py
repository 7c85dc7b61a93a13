# SPDX-License-Identifier: BSD-2-Clause
"""The test driver itself: its counts, and its comparison of consoles."""

import os
import shutil
import sys

from harness import transcript
from harness.tool import elf, run

TESTS = '''
def test_good(context):
    pass

def test_bad(context):
    assert 1 == 2, "one is not two"

def test_error(context):
    raise KeyError("lost")

def long_one(context):
    pass

def cases():
    yield "listed", lambda context: None
'''


def tree(context, **files):
    """A small tree of tests with a copy of the driver."""
    top = context.folder / "tree"
    shutil.rmtree(top, ignore_errors=True)
    (top / "tests" / "tools").mkdir(parents=True)
    (top / "build" / "tests").mkdir(parents=True)
    shutil.copy(context.top / "tests" / "run.py", top / "tests")
    shutil.copytree(context.top / "tests" / "harness", top / "tests" / "harness")
    shutil.copytree(context.top / "board", top / "board")
    for name, text in files.items():
        (top / "tests" / "tools" / f"{name}.py").write_text(text)
    return top


def drive(top, *words, status):
    output, _ = run(sys.executable, top / "tests" / "run.py", *words, status=status)
    return output.splitlines()


def test_counts(context):
    lines = drive(tree(context, some=TESTS), status=1)
    assert lines[-1] == "2 passed, 2 failed"
    assert "PASS tools/some.good" in lines and "PASS tools/some.listed" in lines
    assert "FAIL tools/some.bad: some.py:6: one is not two" in lines
    assert "failed: tools/some.error" in lines


UNSTEADY = '''
import pathlib

def test_good(context):
    pass

def fails_at_first(context):
    seen = pathlib.Path(context.folder) / "seen"
    if not seen.exists():
        seen.touch()
        raise AssertionError("not yet")

def cases():
    for number in range(COUNT):
        yield f"unsteady_{number}", fails_at_first
'''


def test_tried_again(context):
    """A test that fails once is named; one that fails again, or with many others, has failed; so has one that was asked for by its name."""
    lines = drive(tree(context, some=UNSTEADY.replace("COUNT", "3")), status=0)
    assert lines[-1] == "4 passed, 0 failed", lines
    for number in range(3):
        assert f"unsteady: tools/some.unsteady_{number}" in lines, lines
        assert any(line.startswith(f"FAIL tools/some.unsteady_{number}: ") for line in lines), lines
    assert "unsteady: tools/some.good" not in lines
    top = tree(context)
    program = top / "build" / "tests" / "unit" / "some"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho PASS good\n[ -e {top}/seen ] && echo PASS bad || echo FAIL bad: why\ntouch {top}/seen\n")
    program.chmod(0o755)
    (top / "build" / "tests" / "programs").write_text(str(program))
    lines = drive(top, status=0)
    assert lines[-1] == "2 passed, 0 failed" and lines[-2] == "unsteady: unit/some.bad", lines
    assert drive(tree(context, some=UNSTEADY.replace("COUNT", "4")), status=1)[-1] == "1 passed, 4 failed"
    assert drive(tree(context, some=UNSTEADY.replace("COUNT", "1")), "tools/", status=1)[-1] == "1 passed, 1 failed"


LEAVES = '''
def leave(context):
    (context.folder / "image").touch()
    (context.folder / "folder").mkdir(exist_ok=True)
    (context.folder / "link").symlink_to("folder")

def test_passes(context):
    leave(context)

def test_fails(context):
    leave(context)
    raise AssertionError
'''


def test_left(context):
    """A test that passes leaves no files but transcripts, one that fails leaves all."""
    top = tree(context, some=LEAVES)
    drive(top, status=1)
    made = {name: sorted(path.name for path in (top / "build" / "tests" / f"tools.some.{name}").iterdir())
            for name in ("passes", "fails")}
    assert made == {"passes": [], "fails": ["folder", "image", "link"]}, made


def test_pattern(context):
    top = tree(context, some=TESTS)
    assert drive(top, "some.good", status=0)[-1] == "1 passed, 0 failed"
    assert drive(top, "tools/*.listed", status=0)[-1] == "1 passed, 0 failed"
    lines = drive(top, "nothing", status=1)
    assert lines[0] == "no test matches 'nothing'" and lines[-1] == "0 passed, 0 failed"
    assert drive(top, "--long", "--list", status=0) == [
        "tools/some.listed", "tools/some.good", "tools/some.bad", "tools/some.error", "tools/some.one"]


def test_broken_file(context):
    lines = drive(tree(context, broken="def test_x(:\n"), status=1)
    assert lines[-1] == "0 passed, 1 failed"
    assert any("the test file does not load" in line for line in lines)


def test_empty_file(context):
    """A file without tests fails, unless they wait for --long."""
    top = tree(context, empty="def helper():\n    pass\n", long="def long_one(context):\n    pass\n")
    lines = drive(top, status=1)
    assert lines[0].startswith("FAIL tools/empty: ") and lines[0].endswith("the test file has no tests")
    assert lines[-1] == "0 passed, 1 failed"
    top = tree(context, nothing="def cases():\n    return []\n")
    assert drive(top, status=1)[-1] == "0 passed, 1 failed"


def test_skipped(context):
    top = tree(context, some="from harness.tool import Skip\n\ndef test_a(context):\n    pass\n\n"
                             "def test_b(context):\n    raise Skip('no disk here')\n")
    lines = drive(top, status=0)
    assert "SKIP tools/some.b: no disk here" in lines and lines[-1] == "1 passed, 0 failed, 1 skipped"


def test_unit_programs(context):
    """A program counts as the tests that it prints; a crash is a failure."""
    top = tree(context)
    units = top / "build" / "tests" / "unit"
    units.mkdir()
    for name, body in {"good": "echo PASS a; echo PASS b", "bad": "echo PASS a; echo FAIL b: why; exit 1",
                       "crash": "echo PASS a; kill -SEGV $$", "silent": "exit 0", "lacking": "echo SKIP a: no disk"}.items():
        (units / name).write_text(f"#!/bin/sh\n{body}\n")
        (units / name).chmod(0o755)
    (units.parent / "programs").write_text(
        " ".join(str(units / name) for name in ("good", "bad", "crash", "silent", "lacking")))
    lines = drive(top, status=1)
    assert lines[-1] == "4 passed, 3 failed, 1 skipped" and "SKIP unit/lacking.a: no disk" in lines
    assert "FAIL unit/bad.b: why" in lines
    assert "FAIL unit/crash: ended with -11 after 1 tests" in lines
    assert drive(top, "unit/good.a", status=0)[-1] == "2 passed, 0 failed"  # it does not look at its argument
    assert "FAIL unit/silent: ended with 0 after 0 tests" in lines


class Shown:
    def __init__(self, text):
        self.text = text

    def transcript(self):
        return self.text


def test_comparison(context):
    seL4 = ("Bootstrapping kernel\nBooting all finished, dropped to user space\n"
            "<<seL4(CPU 0) [x T0xff80 \"idle\" @0]: y>>\ncell> mem\n  200 pages  0x60001000\n")
    assert transcript.difference([Shown(seL4)], [Shown("cell> mem\n   17 pages 0x70000000\n")]) is None
    assert transcript.difference([Shown('getrandom("a\\"1", 8) = 8\ncell>\ndone\n')], [Shown('getrandom("\\3", 8) = 8\ndone\n')]) is None
    why = transcript.difference([Shown(seL4)], [Shown("cell> mem\nno memory\n")])
    assert "-no memory" in why and "+# pages #" in why
    assert transcript.difference([], [Shown("")]) == "0 machines were started there, 1 on nucleus"


def test_half_a_line(context):
    """Expected text is searched in whole lines, even if they arrive in pieces; a prompt, and a line that is not ended,
    are found, too."""
    os.environ["FAKE_QEMU"] = """
for text in ("objects  4", "8\\nsays: ref", "used\\nopen end"):
    show(text)
    time.sleep(0.1)
time.sleep(2)
show("\\ncell> ")
time.sleep(60)
"""
    root = context.folder / "root.elf"
    root.write_bytes(elf([(0x400000, 0, b"R", 1)]))
    with context.start(root=root, qemu=context.top / "tests" / "harness" / "fake_qemu.py") as machine:
        assert machine.expect(r"^objects +(\d+)").group(1) == "48"
        assert machine.expect(r"^says: (.*)$").group(1) == "refused"
        assert machine.expect(r"^open (\w+)").group(1) == "end"
        machine.expect("^cell> ")
