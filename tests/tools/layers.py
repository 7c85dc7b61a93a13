# SPDX-License-Identifier: BSD-2-Clause
"""The order of the folders: none needs a later one, by its symbols (nm on the object files) or by its includes.

A string of ORDERS names one folder, or several that may need each other.
"""

import collections
import os
import pathlib
import re
import subprocess

ORDERS = {
    "root": ["base", "memory", "core", "loop", "channel", "spaces", "pd", "graph", "serve", "system", "selftest", "boot"],
    "lib": ["words", "regions", "ring", "string", "elf", "idl", "archive", "control", "runtime", "ext4", "idtable", "plan", "line", "client", "virtio", "vmm", "file", "sqlite", "server", "block", "nic", "linux"],
    "model": ["core", "host mechanisms", "query", "linux", "view", "live", "cmd"],
}
OBJECTS = {"root": "target", "lib": "target", "model": "hostobj"}
DEFINED = set("TDBRVWC")


def rank(area, folder):
    for number, folders in enumerate(ORDERS[area]):
        if folder in folders.split():
            return number
    raise AssertionError(f"{area}/{folder} has no place in the order of tests/tools/layers.py")


def sources(area):
    found = [path for path in pathlib.Path(area).glob("*/*") if path.suffix in (".c", ".S", ".h")]
    assert found, f"no sources in {area}/"
    return found


def symbols(build, area):
    """What each object file of a folder defines and needs: {symbol: source}, [(source, symbol)]."""
    defined, needed = {}, []
    for source in sources(area):
        object_file = build / OBJECTS[area] / source.with_suffix(".o")
        if source.suffix == ".h" or not object_file.exists():
            continue
        lines = subprocess.run(["nm", "-P", object_file], check=True, capture_output=True, text=True).stdout.splitlines()
        for name, kind in (line.split()[:2] for line in lines):
            if kind in DEFINED:  # a weak one and its replacement: the lowest will do
                other = defined.get(name, source)
                defined[name] = min(source, other, key=lambda path: rank(area, path.parts[1]))
            elif kind == "U":
                needed.append((source, name))
    assert len(defined) > 20 and len(needed) > 20, f"{area}: hardly any symbols; is it built?"
    return defined, needed


def upward(area, needs):
    """Those of (source, source needed, how) that lead to a later folder."""
    wrong = collections.defaultdict(set)
    for source, other, how in needs:
        if rank(area, source.parts[1]) < rank(area, other.parts[1]):
            wrong[f"{source} needs {other}"].add(how)
    return [f"{what}: {', '.join(sorted(how))}" for what, how in sorted(wrong.items())]


def check_symbols(build, area):
    defined, needed = symbols(build, area)
    found = upward(area, [(source, defined[name], name) for source, name in needed if name in defined])
    assert not found, "upward:\n" + "\n".join(found)


def check_includes(area):
    needs = []
    for source in sources(area):
        for include in re.findall(r'#include ["<]([^">]+)[">]', source.read_text()):
            beside = pathlib.Path(os.path.normpath(source.parent / include))
            other = beside if beside.exists() else pathlib.Path(include)
            if other.parts[0] == area and other.exists():
                needs.append((source, other, "#include"))
    assert needs, f"{area}: no includes found"
    found = upward(area, needs)
    assert not found, "upward:\n" + "\n".join(found)


def cases():
    for area in ORDERS:
        yield f"{area}_symbols", lambda context, area=area: check_symbols(context.build, area)
        yield f"{area}_includes", lambda context, area=area: check_includes(area)
