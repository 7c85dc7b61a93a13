#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Records expected/CASE.txt on a reference kernel:

    tests/nucleus/conformance/record.py --kernel ELF --build BUILD "WORDS THAT NAME THE KERNEL" [CASE...]

Not a test: `./cellulos test` compares with what was recorded on seL4."""

import argparse
import pathlib
import subprocess
import textwrap

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 60


def run(build, kernel, name):
    """The output of the case: the lines that start with the mark, up to END."""
    root = build / "tests" / "nucleus" / "conformance" / f"{name}.elf"
    command = [build / "host" / "cellrun", "--kernel", kernel, "--root", root,
               "--no-archive", "--no-watch", "--no-input", "--icount", "--timeout", str(SECONDS)]
    lines = []
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True, errors="replace") as process:
        for line in process.stdout:
            if line.startswith("| "):
                lines.append(line[2:].rstrip("\r\n"))
            if line.startswith("| END"):
                process.terminate()
                return lines
    raise SystemExit(f"{name}: no END; its last line: {lines[-1] if lines else 'none'}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kernel", required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("words")
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_args()
    header = textwrap.wrap(arguments.words, 110, initial_indent="# ", subsequent_indent="# ")
    for name in arguments.cases or sorted(path.stem for path in (HERE / "cases").glob("*.c")):
        text = "\n".join(header + run(arguments.build, arguments.kernel, name)) + "\n"
        (HERE / "expected" / f"{name}.txt").write_text(text)
        print(name)


if __name__ == "__main__":
    main()
