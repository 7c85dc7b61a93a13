# SPDX-License-Identifier: BSD-2-Clause
"""./cellulos disk: images of disks with an ext4 file system, by mke2fs, debugfs and e2fsck, without root.

A journal that a machine left is replayed before anything is read or written: debugfs would not see blocks that are only there, and
what it writes would be overwritten by a later replay. An image that a machine uses is left alone.

Bottom-up: messages, e2fsprogs, paths, packages, one function per command, the command line.
"""

import argparse
import fcntl
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile

import debian

MIB = 1 << 20
SMALLEST = 64  # MiB, unless --size says less
# A file of its own for every so many bytes, as mke2fs has it.
BYTES_PER_FILE = 16384
NAME_MOST = 255


class Failure(Exception):
    """What could not be done, and why."""


# ---- e2fsprogs -------------------------------------------------------------------


def run(*command):
    """Runs a tool of e2fsprogs, which are where only root looks; (status, stdout, stderr)."""
    try:
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                              errors="surrogateescape", check=False,
                              env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", LC_ALL="C"))
    except FileNotFoundError as error:
        raise Failure(f"{command[0]} is missing; it comes with the Debian package e2fsprogs") from error
    return done.returncode, done.stdout, done.stderr


class Image:
    """An image that nobody else uses meanwhile, with its journal replayed."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        try:
            self._file = open(self.path, "r+b")
        except OSError as error:
            raise Failure(f"{path}: {error.strerror}") from error
        try:  # QEMU locks bytes of the images that it uses
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Failure(f"{path}: a running machine uses it") from error
        status, said, errors = run("e2fsck", "-y", "-E", "journal_only", self.path)
        if status & ~1 and "not supported" not in errors:
            raise Failure(f"{path}: no ext4 file system that can be used: {last_line(said + errors)}")

    def debug(self, *command):
        """The output of a command of debugfs."""
        return self._debugfs(command[-1], "-R", debug_line(*command))

    def debug_all(self, commands, write=False):
        """Commands of debugfs, one after the other."""
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", errors="surrogateescape") as file:
            file.write("".join(debug_line(*command) + "\n" for command in commands))
            file.flush()
            self._debugfs("debugfs", *(["-w"] if write else []), "-f", file.name)

    def _debugfs(self, what, *words):
        """debugfs ends well whatever happened, so anything on stderr is a failure."""
        status, said, errors = run("debugfs", *words, self.path)
        _, _, errors = errors.partition("\n")  # its version
        if status != 0 or errors.strip():
            raise Failure(f"{self.path}: {what}: {last_line(errors) or 'debugfs failed'}")
        return said

    def entries(self, path):
        """[(kind and permissions, size, name)] of a folder."""
        for line in self.debug("ls -p", path).splitlines():
            if line.startswith("/"):
                _, node, mode, _, _, name, size, _ = line.split("/")
                if node != "0":  # of room for names
                    yield int(mode, 8), int(size or 0), name

    def mode(self, path):
        """Kind and permissions of a path in the image; 0: it does not exist."""
        if path == "/":
            return stat.S_IFDIR | 0o755
        folder, _, name = path.rpartition("/")
        if folder and not stat.S_ISDIR(self.mode(folder)):
            return 0
        return next((mode for mode, _, found in self.entries(folder or "/") if found == name), 0)


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def debug_line(command, *words):
    """A line for debugfs."""
    return " ".join([command, *('"' + str(word).replace('"', '""') + '"' for word in words)])


# ---- Paths -------------------------------------------------------------------------


def inside(path):
    """A path within an image, from its root."""
    names = [name for name in path.split("/") if name not in ("", ".")]
    if ".." in names:
        raise Failure(f"{path}: '..' in a path within an image")
    one_line(path)
    for name in names:
        if len(os.fsencode(name)) > NAME_MOST:
            raise Failure(f"{path}: a name of more than {NAME_MOST} bytes")
    return "/" + "/".join(names)


def one_line(path):
    """debugfs takes a command a line."""
    if "\n" in str(path) or "\r" in str(path):
        raise Failure(f"{str(path)!r}: a name with a line end")


def must_be(image, path, directory=None):
    """The mode of a path that has to be there."""
    mode = image.mode(path)
    if mode == 0:
        raise Failure(f"{image.path}: {path}: not found")
    if directory and not stat.S_ISDIR(mode):
        raise Failure(f"{image.path}: {path}: not a directory")
    return mode


# ---- Contents of a new image ----------------------------------------------------------


def unpack_packages(names, tree, build):
    """Debian's packages for arm64, and what they depend on, as Debian lays them out."""
    for name in ("bin", "lib", "sbin"):
        (tree / "usr" / name).mkdir(parents=True)
        (tree / name).symlink_to("usr/" + name)
    for name in ("dev", "etc", "proc", "root", "tmp"):
        (tree / name).mkdir()
    print(f"cellulos: fetching {', '.join(names)} of Debian {debian.PROGRAMS_SUITE}", file=sys.stderr, flush=True)
    with debian.Archive(build / "apt-arm64", debian.PROGRAMS_SUITE, "arm64") as archive:
        packages = archive.fetch_all(names)
        for package in packages:
            debian.unpack(package, tree)
    users = tree / "etc" / "passwd"  # which a script of a package makes
    if not users.exists():
        users.write_text("root:x:0:0:root:/root:/bin/sh\n")
    for package in packages:
        print(f"cellulos: {package.name.split('_')[0]} {debian.version(package)}", file=sys.stderr)


def measure(tree):
    """(bytes in blocks, number of files) of a folder."""
    size, count = 0, 0
    for folder, folders, files in os.walk(tree):
        count += 1 + len(files)
        size += 4096
        for name in files + folders:
            about = os.lstat(os.path.join(folder, name))
            size += (about.st_size + 4095) // 4096 * 4096 if stat.S_ISREG(about.st_mode) else 0
    return size, count


def make(target, size, tree):
    """Makes the file system; `size` in MiB; None: twice what the contents need."""
    contents, files = measure(tree) if tree else (0, 0)
    if size is None:
        size = max(SMALLEST, 2 * contents // MIB + 32)
    if size < 1:
        raise Failure("--size: a disk has at least 1 MiB")
    with open(target, "wb") as file:
        try:
            file.truncate(size * MIB)
        except OSError as error:
            raise Failure(f"--size {size}: {error.strerror}") from error
    nodes = max(size * MIB // BYTES_PER_FILE, files + files // 4 + 64)
    status, said, errors = run("mke2fs", "-q", "-F", "-t", "ext4", "-b", 4096, "-m", 0, "-N", nodes, "-E", "root_owner=0:0",
                               *(["-d", tree] if tree else []), target)
    if status != 0:
        raise Failure(f"{size} MiB for {contents / MIB:.1f} MiB of contents: {last_line(errors or said)}")


def contents_of(arguments, scratch):
    """The folder that a new image is filled from; None: nothing."""
    if arguments.folder and not os.path.isdir(arguments.folder):
        raise Failure(f"--from {arguments.folder}: not a folder")
    if not arguments.deb:
        return arguments.folder
    names = [name for name in arguments.deb.split(",") if name]
    tree = pathlib.Path(scratch) / "tree"
    unpack_packages(names, tree, arguments.build)
    if arguments.folder:
        shutil.copytree(arguments.folder, tree, symlinks=True, dirs_exist_ok=True)
    return tree


# ---- Commands ----------------------------------------------------------------------------


def create(arguments):
    """A new image, which appears when it is complete."""
    target = pathlib.Path(arguments.image)
    refuse_existing(target, arguments.force)
    if not target.parent.is_dir():
        raise Failure(f"{target}: No such file or directory")
    part = target.with_name(target.name + ".part")
    with tempfile.TemporaryDirectory(prefix="cellulos-disk-") as scratch:
        try:
            make(part, arguments.size, contents_of(arguments, scratch))
            part.replace(target)
        except OSError as error:
            raise Failure(f"{error.filename or target}: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)


def refuse_existing(path, force):
    if os.path.lexists(path) and not force:
        raise Failure(f"{path} exists; --force replaces it")


def list_path(arguments):
    """As the shell's `ls -l`, and the names in order."""
    image, path = Image(arguments.image), inside(arguments.path)
    mode = must_be(image, path)
    if stat.S_ISDIR(mode):
        found = [entry for entry in image.entries(path) if entry[2] not in (".", "..")]
    else:
        folder, _, name = path.rpartition("/")
        found = [entry for entry in image.entries(folder or "/") if entry[2] == name]
    for mode, size, name in sorted(found, key=lambda entry: entry[2]):
        print(f"{stat.filemode(mode)[0]}{mode & 0o7777:04o} {size:10} {name}{'/' if stat.S_ISDIR(mode) else ''}")


def get(arguments):
    image, path = Image(arguments.image), inside(arguments.path)
    mode = must_be(image, path)
    target = pathlib.Path(arguments.file or pathlib.PurePosixPath(path).name or "root")
    if target.is_dir():
        target = target / pathlib.PurePosixPath(path).name
    refuse_existing(target, arguments.force)
    if not target.parent.is_dir():
        raise Failure(f"{target}: No such file or directory")
    dumps = []
    fetch(image, path, mode, target, dumps)
    image.debug_all(("dump -p", path, file) for path, file in dumps)


def fetch(image, path, mode, target, dumps):
    """Copies a link or a folder out of the image; files are added to `dumps`, which are to be made."""
    one_line(target)
    if stat.S_ISDIR(mode):
        target.mkdir(exist_ok=True)
        for below, _, name in list(image.entries(path)):
            if name not in (".", ".."):
                fetch(image, f"{path.rstrip('/')}/{name}", below, target / name, dumps)
    elif stat.S_ISLNK(mode):
        with tempfile.NamedTemporaryFile() as text:  # of long ones; short ones are in the inode
            said = image.debug("stat", path)
            _, found, destination = said.partition('Fast link dest: "')
            if found:
                destination = destination.rpartition('"')[0]
            else:
                image.debug("dump", path, text.name)
                destination = os.fsdecode(text.read())
        target.unlink(missing_ok=True)
        target.symlink_to(destination)
    elif stat.S_ISREG(mode):
        dumps.append((path, target))
    else:
        raise Failure(f"{image.path}: {path}: neither a file nor a folder nor a link")


def put(arguments):
    image, source = Image(arguments.image), pathlib.Path(arguments.file)
    if not os.path.lexists(source):
        raise Failure(f"{source}: No such file or directory")
    path = inside(arguments.path or source.name)
    there = image.mode(path)
    if stat.S_ISDIR(there):
        path = inside(f"{path}/{source.resolve().name}")
        there = image.mode(path)
    if there and not arguments.force:
        raise Failure(f"{image.path}: {path} exists; --force replaces it")
    if stat.S_ISDIR(there):
        raise Failure(f"{image.path}: {path} is a directory, which is not replaced")
    must_be(image, path.rpartition("/")[0] or "/", directory=True)
    commands = [("rm", path)] if there else []
    size = store(source, path, commands)
    free = int(image.debug("show_super_stats -h").split("Free blocks:")[1].split()[0]) * 4096
    if size > free:
        raise Failure(f"{image.path}: {source} has {size} bytes, and {free} are free")
    image.debug_all(commands, write=True)


def store(source, path, commands):
    """Adds the commands that copy a file, a link or a folder into an image; returns the bytes that files have."""
    about = source.lstat()
    one_line(source)
    if stat.S_ISDIR(about.st_mode):
        commands += [("mkdir", path), ("set_inode_field", path, "mode", f"0{about.st_mode:o}")]
        return sum(store(source / name, f"{path}/{name}", commands) for name in sorted(os.listdir(source)))
    if stat.S_ISLNK(about.st_mode):
        one_line(os.readlink(source))
        commands.append(("symlink", path, os.readlink(source)))
    elif stat.S_ISREG(about.st_mode):
        commands.append(("write", source, path))
        return about.st_size
    else:
        raise Failure(f"{source}: neither a file nor a folder nor a link")
    return 0


def check(arguments):
    """e2fsck's opinion, behind a replay of the journal; nothing is repaired."""
    image = Image(arguments.image)
    status, said, errors = run("e2fsck", "-fn", image.path)
    if status != 0:
        sys.stderr.write(said + errors)
        raise Failure(f"{image.path}: the file system is damaged")
    print(last_line(said))


# ---- The command line -----------------------------------------------------------------------


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f"cellulos disk: {message}\nTry './cellulos --help'.", file=sys.stderr)
        sys.exit(2)


def number(word):
    if not word.isascii() or not word.isdigit():
        raise argparse.ArgumentTypeError(f"'{word}' is not a number")
    return int(word)


# By name: what does it, and what it takes behind the image.
COMMANDS = {
    "create": (create, [("--size", {"type": number}), ("--from", {"dest": "folder"}), ("--deb", {})]),
    "ls": (list_path, [("path", {"nargs": "?", "default": "/"})]),
    "get": (get, [("path", {"metavar": "PATH"}), ("file", {"nargs": "?"})]),
    "put": (put, [("file", {"metavar": "FILE"}), ("path", {"nargs": "?"})]),
    "check": (check, []),
}


def parse(words):
    """The words behind `--build FOLDER`, which ./cellulos adds."""
    parser = Parser(add_help=False, allow_abbrev=False)
    if len(words) < 3:
        parser.error(f"a command is missing; there are: {', '.join(COMMANDS)}")
    if words[2] not in COMMANDS:
        parser.error(f"unknown command '{words[2]}'; there are: {', '.join(COMMANDS)}")
    function, options = COMMANDS[words[2]]
    parser.add_argument("image", metavar="IMAGE")
    for name, settings in options:
        parser.add_argument(name, **settings)
    if function in (create, get, put):
        parser.add_argument("--force", action="store_true")
    return parser.parse_args(words[3:], argparse.Namespace(function=function, build=pathlib.Path(words[1])))


def main():
    arguments = parse(sys.argv[1:])
    try:
        arguments.function(arguments)
    except (Failure, debian.Failure) as failure:
        words, _, told = str(failure).partition("\n")
        sys.stderr.write("".join(line + "\n" for line in told.splitlines()[-20:]))
        print(f"cellulos disk: {words}".encode("utf-8", "backslashreplace").decode(), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
