# SPDX-License-Identifier: BSD-2-Clause
"""./cellulos guest: what a virtual machine starts with: Debian's Linux for arm64, and a first file system for it."""

import argparse
import pathlib
import sys

import debian
import guest_linux


class Failure(Exception):
    """What could not be done, and why."""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f"cellulos guest: {message}\nTry './cellulos --help'.", file=sys.stderr)
        sys.exit(2)


def create(arguments):
    """FOLDER/vmlinuz and FOLDER/initrd, each of which appears when it is complete."""
    folder = arguments.folder
    files = {"vmlinuz": lambda: guest_linux.kernel(arguments.build).read_bytes(),
             "initrd": lambda: guest_linux.with_login(arguments.build, guest_linux.DEVICES)}
    for name in files:
        if (folder / name).exists() and not arguments.force:
            raise Failure(f"{folder / name} exists; --force replaces it")
    if folder.exists() and not folder.is_dir():
        raise Failure(f"{folder}: not a folder")
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        part = folder / f"{name}.part"
        try:
            part.write_bytes(content())
            part.replace(folder / name)
        finally:
            part.unlink(missing_ok=True)
    print(f"""Linux as a guest:

    ./cellulos run --system vm --add {folder}/vmlinuz --add {folder}/initrd
    cell> vm start --memory 128 vmlinuz initrd=initrd console=ttyAMA0
    cell> vm console 1""")


def parse(words):
    """The words behind `--build FOLDER`, which ./cellulos adds."""
    parser = Parser(add_help=False, allow_abbrev=False)
    if words[2:3] != ["create"]:
        parser.error(f"unknown command '{words[2]}'; there is: create" if words[2:] else "a command is missing; there is: create")
    parser.add_argument("folder", metavar="FOLDER", type=pathlib.Path)
    parser.add_argument("--force", action="store_true")
    return parser.parse_args(words[3:], argparse.Namespace(build=pathlib.Path(words[1])))


def main():
    arguments = parse(sys.argv[1:])
    try:
        create(arguments)
    except (Failure, debian.Failure) as failure:
        print(f"cellulos guest: {failure}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"cellulos guest: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
