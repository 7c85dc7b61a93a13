# SPDX-License-Identifier: BSD-2-Clause
"""The order of nucleus' file groups: an object uses only symbols of its own group and of those above it in the table of
nucleus/README.md."""

import re
import subprocess

NM = "aarch64-linux-gnu-gcc-nm"  # objects are compiled for link time optimisation


def groups(context):
    """Number of the group by file."""
    text = (context.top / "nucleus/README.md").read_text()
    rows = re.findall(r"^\| [a-z ]+ \| (`.*`) \|$", text, re.MULTILINE)
    return {file: number for number, row in enumerate(rows) for file in re.findall(r"`([^`]+)`", row)}


def symbols(objects):
    """What each file defines, and what it uses."""
    defined, used = {}, {}
    for path in objects:
        output = subprocess.run([NM, path], check=True, capture_output=True, text=True).stdout
        for line in output.splitlines():
            kind, name = line.split()[-2:]
            if kind == "U":
                used.setdefault(path.stem, set()).add(name)
            elif kind.isupper():
                defined[name] = path.stem
    return defined, used


def upward(order, defined, used):
    """Pairs of files, with a symbol, where the first uses the second against the order."""
    for file, names in sorted(used.items()):
        for name in sorted(names):
            if name in defined and order[defined[name]] > order[file]:
                yield f"{file} uses {name} of {defined[name]}"


def test_every_file_has_a_group(context):
    files = {path.name for path in (context.top / "nucleus").glob("*.[cS]")}
    assert files == set(groups(context)), files ^ set(groups(context))


def test_order(context):
    order = groups(context)
    for build in ("release", "checked"):
        folder = context.build / "nucleus" / build
        objects = [path for path in sorted(folder.glob("*.o")) if path.stem in order]  # the others are left from before
        defined, used = symbols(objects)
        assert len(objects) > 40 and len(defined) > 200, f"{len(objects)} objects, {len(defined)} symbols"
        found = list(upward(order, defined, used))
        assert not found, "\n".join(found)


def test_an_upward_use_is_found(_context):
    order = {"a.c": 0, "b.c": 1}
    assert not list(upward(order, {"f": "a.c"}, {"b.c": {"f"}}))
    assert list(upward(order, {"f": "b.c"}, {"a.c": {"f"}})) == ["a.c uses f of b.c"]
