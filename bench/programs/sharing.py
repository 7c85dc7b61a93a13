# SPDX-License-Identifier: BSD-2-Clause
"""./cellulos bench sharing: two programs for Linux that share a file, memory and libraries (sharing.c), here and on Debian's Linux for arm64: what
part of what they reach they have in common, for each type of resource, as one table in Markdown.

Here the shell prints the model of the system while both wait; there `cellmodel linux` does. `cellmodel rsi` reads both.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import report

LIBRARIES = pathlib.Path("/usr/aarch64-linux-gnu/lib")
HEAD = "NODE_TYPE,NODE_ID,DATA,EDGE_TYPE,EDGE_FROM,EDGE_TO,EXTRA"
ROW = re.compile(r"(PD|RESOURCE|RESOURCE_SPACE|),.*,.*,.*,.*,.*,")


def libraries():
    """{name: file} of what a dynamic program needs."""
    return {"lib/ld-linux-aarch64.so.1": LIBRARIES / "ld-linux-aarch64.so.1",
            "lib/aarch64-linux-gnu/libc.so.6": LIBRARIES / "libc.so.6"}


def make_disk(arguments, scratch):
    tree, image = scratch / "tree", scratch / "disk.img"
    shutil.rmtree(tree, ignore_errors=True)
    for name, path in libraries().items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tree / name)
    (tree / "bin").mkdir()
    for number in (1, 2):
        shutil.copy(arguments.build / "bench" / f"sharing-{number}", tree / "bin")
    (tree / "common").write_bytes(bytes(16 * 4096))
    subprocess.run([sys.executable, report.TOP / "tools" / "disk.py", "--build", arguments.build, "create", "--force", image, "--size",
                    str(report.IMAGE_MIB), "--from", tree], check=True)
    return image


def rows_of(shown):
    """The rows of a model that are shown, from its head on."""
    lines = shown.split(HEAD + "\n", maxsplit=1)[1].splitlines()
    end = next((i for i, line in enumerate(lines) if not ROW.match(line)), len(lines))
    return "\n".join([HEAD, *lines[:end], ""])


def present(rows):
    """A model without the pages of memory objects that are not there: Linux knows of no such pages."""
    absent = set(re.findall(r"^RESOURCE,(MO_[^,]*),MO,,,,0x0_", rows, re.M))
    return "".join(row for row in rows.splitlines(True) if absent.isdisjoint(row.strip().split(",")))


def indices(arguments, scratch, rows, pair):
    """{type: what cellmodel rsi says}"""
    path = scratch / "model.csv"
    path.write_text(rows)
    said = subprocess.run([arguments.build / "host" / "cellmodel", "rsi", path, *pair], stdout=subprocess.PIPE, text=True, check=True).stdout
    return dict(re.findall(r"^RSI (\S+) (.*)$", said, re.M))


def here(arguments, scratch, image):
    commands = ["/bin/sharing-1 / &", "/bin/sharing-2 / &", "busybox sh /sharing-wait.sh /", "model"]
    wait = report.TOP / "bench" / "programs" / "sharing-wait.sh"
    shown = report.on_cellulos(arguments, "ext4", commands, image, scratch, {"busybox": report.executable(arguments.build, "busybox"), "sharing-wait.sh": wait})
    return indices(arguments, scratch, present(rows_of(shown)), re.findall(r"^sharing-\d is (PD_\w+)$", shown, re.M))


def on_linux(arguments, scratch, image):
    folder = report.TOP / "bench" / "programs"
    files = {name: path for name, path in libraries().items()}
    files |= {name: folder / name for name in ("sharing-wait.sh", "sharing-linux.sh")}
    files["cellmodel"] = arguments.build / "static" / "cellmodel-aarch64"
    shown = report.on_linux(arguments, {"ext4": ["busybox sh /sharing-linux.sh"]}, image, scratch, files)["ext4"]
    return indices(arguments, scratch, rows_of(shown), re.search(r"^model of (PD_\w+) (PD_\w+)$", shown, re.M).groups())


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    arguments.build, arguments.kernel = arguments.build.resolve(), None
    try:
        with tempfile.TemporaryDirectory(prefix="cellulos-bench-") as folder:
            scratch = pathlib.Path(folder)
            image = make_disk(arguments, scratch)
            mine, other = here(arguments, scratch, image), on_linux(arguments, scratch, image)
    except (report.Failure, report.debian.Failure) as failure:
        print(f"cellulos bench: {failure}", file=sys.stderr)
        return 1
    print("| RSI of two programs | here | Linux |\n| --- | --- | --- |")
    for kind in sorted(mine.keys() | other.keys()):
        print(f"| {kind} | {mine.get(kind, '–')} | {other.get(kind, '–')} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
