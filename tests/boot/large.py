# SPDX-License-Identifier: BSD-2-Clause
"""Memory objects of pages of 2 MiB and 1 GiB: exact errors where they cannot be divided, or none are left."""

import re

from harness import archive, graph, tool
from harness.figures import check_same, figures_at_rest

SECONDS = 120
MEMORY = 3000  # MiB, with a whole GiB that nothing was taken from

PART = "an argument is out of range"
FIRST = f"""a part of a page: {PART}
allocate: ok
page size: ok
attach: ok
attach anywhere: ok
aligned: 1
both: 77 0
remove a part of a page: {PART}
rights of a part of a page: {PART}
rights: ok
"""
COPY = """copy: ok
attach the copy: ok
copy: 77 of 78
remove a page: ok
remove the copy: ok
release the copy: ok
"""
LAST = """move: ok
moved: 0
remove: ok
remove: ok
release: ok
"""
TOUCH = f"""allocate small: ok
attach: ok
remove: ok
allocate on touch: ok
attach: ok
touched: 0 5
punch: in use
remove: ok
punch a part of a page: {PART}
punch: ok
resize to a part of a page: {PART}
resize: ok
release: ok
"""


def said(machine, what):
    return "".join(line.removeprefix("large: ") + "\n" for line in machine.answer(f"run large {what}"))


def test_2m(context):
    with context.start() as machine:
        assert said(machine, "2M") == FIRST + COPY + LAST + TOUCH + "done\n"
        before = figures_at_rest(machine)
        said(machine, "2M")
        check_same(machine, before, pages=200)


def test_all(context):
    """All that there are, and as many again; then memory for small pages is there, too."""
    with context.start() as machine:
        assert said(machine, "all") == "no more: no memory left\n" * 2 + "as many: 1\ndone\n"
        machine.command("run pages=600 large 2M")
        machine.expect("^large: allocate: beyond the limit of this protection domain$")
        before = figures_at_rest(machine)
        said(machine, "all")
        check_same(machine, before, pages=200)  # of tables 8 for each 2 MiB that small pages were in; a large page is 512


def test_zero(context):
    """Zeroed piece by piece, whatever was there."""
    with context.start() as machine:
        assert said(machine, "zero") == "not zero: 0 0\n"


def needs_memory(context):
    if context.kernel:
        raise tool.Skip("what memory there is, another kernel may have from its build")


def test_1g(context):
    needs_memory(context)
    with context.start(memory=MEMORY) as machine:
        assert said(machine, "1G") == FIRST + LAST + "done\n"
        before = figures_at_rest(machine)
        assert said(machine, "1G") == FIRST + LAST + "done\n"
        check_same(machine, before, pages=200)


HUGE = """pd main process program=pair
  region 0x80000000 disjoint pages=262144 page=1G

pd sharer process of main program=pair
  region 0x80000000 shared rights=r
"""


def test_1g_by_configuration(context):
    """A description's region of one such page, shared with another PD: in the machine as predicted."""
    needs_memory(context)
    own, path, predicted = (context.folder / name for name in ("own", "model.csv", "predicted.csv"))
    own.write_text(HUGE)
    with context.start(archive=archive.archive(context, **{"systems/own": own}), system="own", options="extract=1 ready_timeout=100",
                       model=path, memory=MEMORY) as machine:
        assert machine.exit_status() == 0 and machine.errors() == "", machine.errors()
    text, _ = tool.run(context.build / "host" / "cellplan", "predict", own, context.build / "programs")
    predicted.write_text(text)
    graph.assert_same(path, predicted)
    lines = tool.run(context.build / "host" / "cellmodel", "rsi", path, "main", "sharer")[0].splitlines()
    assert [line.startswith("RSI MO 2621") for line in lines if line.startswith("RSI MO ")] == [True], lines


def test_no_1g(context):
    with context.start() as machine:
        assert said(machine, "1G") == f"a part of a page: {PART}\nallocate: no memory left\ndone\n"


def test_model(context):
    """The model has the size of a page."""
    path = context.folder / "model.csv"
    with context.start() as machine:
        machine.command("run large 2M hold &")
        machine.expect("^large: held$")
        graph.from_shell(machine, path, "model")
    assert re.search("^RESOURCE,MO_1_\\w+,MO,,,,0x[1-9a-f][0-9a-f]*00000_3_21$|^RESOURCE,MO_1_\\w+,MO,,,,0x0_3_21$", path.read_text(), re.MULTILINE)
