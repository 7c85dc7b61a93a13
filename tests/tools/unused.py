# SPDX-License-Identifier: BSD-2-Clause
"""Dead code: a symbol that no other object file needs is unused or could be static (nm on what was built), and so is a macro or
an inline function that is named once. Tests count as users of what
lib/ offers, and of what is used beside them."""

import collections
import pathlib
import re
import subprocess

# Other symbols that are used, and their users.
USED = {
    r"runtime_\w+|__getauxval|__wrap_\w+|__retarget_lock_\w+|getline|lseek|memalign|ftrylockfile": "the C library's, by its names",
    r"\w+_serve": "handlers, in the tables generated from idl/",
    r"cm_command_\w+": "the table in build/model/commands.c",
    r"worker|asserting|idle|orphan|client": "threads' functions of apps/, named by configurations",
    r"run_case": "of each program of the kernel's tests",
    r"server_(create_space|space_handle|delete_space|give)": "the frame's interface, for servers of several spaces",
    r"sqlite3_os_(init|end)": "SQLite's, which calls them",
    r"__stack_chk_\w+": "what libfdt was compiled to call",
    r"SIGNAL_RING\w*": "bits that are set aside for rings",
}
# Libraries that are being written.
UNFINISHED = ("lib/linux/", "lib/vmm/")
NUCLEUS_BUILDS = ("release", "checked", "ordinary")
DEFINED = set("TDBRWC")  # not V: objects that headers define, for whichever files include them


def objects(build):
    """(object file, what of) of all that is built from the sources of today."""
    for folder in ("target", "hostobj", "sanobj/tests", "roottest/tests"):
        for path in (build / folder).rglob("*.o"):
            yield path, path.relative_to(build / folder.split("/")[0]).with_suffix("")
    for path in (build / "loader").glob("*.o"):
        yield path, pathlib.Path("loader") / path.stem
    for kernel in NUCLEUS_BUILDS:
        for path in (build / "nucleus" / kernel).glob("*.o"):
            yield path, pathlib.Path("nucleus") / path.name.split(".")[0]


def symbols(build, top):
    """Where each symbol is defined, and where it is needed: {name: {what of}} twice."""
    defined, needed = collections.defaultdict(set), collections.defaultdict(set)
    known = {str(path): of for path, of in objects(build)
             if any((top / of).with_suffix(suffix).exists() for suffix in (".c", ".S"))}
    host = [path for path in known if not path.startswith((f"{build}/target/", f"{build}/loader/", f"{build}/nucleus/"))]
    for nm, paths in ("nm", host), ("aarch64-linux-gnu-gcc-nm", sorted(set(known) - set(host))):
        for line in subprocess.run([nm, "-AP", *paths], check=True, capture_output=True, text=True).stdout.splitlines():
            path, name, kind = re.match(r"(\S+?): (\S+) (\w)", line).groups()
            if kind in DEFINED | {"U"}:
                (needed if kind == "U" else defined)[name].add(known[path])
    return defined, needed


def in_own_file(top, of, name):
    """Is it used where it is defined, too?"""
    path = (top / of).with_suffix(".c")
    return path.exists() and len(re.findall(rf"\b{name}\b", code(path))) > 1


def exempt(name):
    return any(re.fullmatch(pattern, name) for pattern in USED)


def test_symbols(context):
    defined, needed = symbols(context.build, context.top)
    assert len(defined) > 1000, "hardly any symbols; is it built?"
    unused = []
    for name, places in defined.items():
        folders = {place.parts[0] for place in places}
        users = {place for place in needed[name] - places
                 if place.parts[0] != "tests" or "lib" in folders or in_own_file(context.top, min(places), name)}
        place = sorted(map(str, places))[0]
        if not users and folders != {"tests"} and not exempt(name) and not place.startswith(UNFINISHED):
            unused.append(f"{place}: {name}")
    assert not unused, "no other file needs these; remove them or make them static:\n" + "\n".join(sorted(unused))


def sources(top, *suffixes):
    for folder in sorted(top.iterdir()):
        if folder.name not in ("build", ".git"):
            yield from (path for path in sorted([folder, *folder.rglob("*")]) if path.suffix in suffixes)


def code(path):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(), flags=re.S)


def test_macros(context):
    """The interfaces in abi/ are seL4's, whole."""
    named = collections.Counter()
    places = {}
    for path in sources(context.top, ".c", ".h", ".S", ".ld", ".py", ".mk"):
        text = code(path) if path.suffix in (".c", ".h", ".S") else path.read_text()
        named.update(re.findall(r"[A-Za-z_]\w*", text))
        if path.suffix in (".c", ".h") and "abi" not in path.relative_to(context.top).parts:
            for name in re.findall(r"^ *# *define +(\w+)|^static inline (?:[\w*]+ +)*?\**(\w+)\(", text, flags=re.M):
                places["".join(name)] = path.relative_to(context.top)
    assert len(places) > 500
    unused = [f"{path}: {name}" for name, path in places.items()
              if named[name] == 1 and not name.startswith("_") and not exempt(name) and not str(path).startswith(UNFINISHED)]
    assert not unused, "named once:\n" + "\n".join(sorted(unused))
