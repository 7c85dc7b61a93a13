#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Breaks the code on purpose and checks that the tests notice; `./cellulos test --mutations` calls this.

tests/mutations/NAME.patch is one small error and names the one test that must fail (tests/mutations/README.md). Each is
applied to a copy of the source tree with a build folder of its own, which stays for the next time; as many copies work
at once as there are processors. A test that fails without the patch proves nothing, so each is run without it first.

Bottom-up: a patch, running programs, a copy of the tree, trying one patch, all of them.
"""

import argparse
import concurrent.futures
import filecmp
import fnmatch
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import time

from run import PYTHON_KINDS

TOP = pathlib.Path(__file__).resolve().parent.parent
BUILD_SECONDS = 1800
TEST_SECONDS = 600
# A test that waits for something that never comes is ended before its own limit.
LEAST_SECONDS, TIMES_LONGER = 15, 5
NOT_COPIED = {".git", "build", "__pycache__"}


class Unusable(Exception):
    """Why a patch proves nothing: it does not apply, for example."""


class Patch:
    """Header lines, `Test: NAME` among them, and a unified diff (-p1)."""

    def __init__(self, path):
        self.name = path.stem
        self.path = path
        text = path.read_text()
        named = re.search(r"^Test: (\S+)$", text, re.MULTILINE)
        self.test = named[1] if named else None
        self.files = sorted(set(re.findall(r"^(?:---|\+\+\+) [ab]/(\S+)", text, re.MULTILINE)))

    def apply(self, tree, *options):
        """Applies it, context lines as they stand; raises Unusable."""
        status, output = call(["patch", "-p1", "--fuzz=0", "--force", "--no-backup-if-mismatch", "--reject-file=-",
                               *options, "-i", self.path], tree)
        if status != 0:
            raise Unusable("the patch does not apply: " + " | ".join(output.splitlines()[-3:]))


def patches(folder, pattern=None):
    """The patches of a folder whose names contain or match a pattern."""
    for path in sorted(folder.glob("*.patch")):
        if pattern is None or pattern in path.stem or fnmatch.fnmatch(path.stem, pattern):
            yield Patch(path)


# ---- Running programs -----------------------------------------------------------


def set_environment(build):
    """For make and tests in the copies: nothing of this tree but its C library, which need not be fetched again."""
    for name in ("CELLULOS_BUILD", "MAKEFLAGS", "MAKELEVEL"):
        os.environ.pop(name, None)
    library = build / "picolibc" / "tree" / "usr" / "lib" / "picolibc" / "aarch64-linux-gnu"
    if library.is_dir():
        os.environ["PICOLIBC"] = str(library)


# What call() has started; each leads a group of its own, which the terminal's Ctrl-C does not reach.
_running = set()


def end_all(*_):
    """A signal's handler: nothing is left running."""
    for process in list(_running):
        os.killpg(process.pid, signal.SIGTERM)
    os._exit(130)


def call(command, folder, seconds=BUILD_SECONDS):
    """Runs a program and its children; returns (status, output); the status is None if it did not end in time."""
    with subprocess.Popen([str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          start_new_session=True) as process:
        _running.add(process)
        try:
            output, _ = process.communicate(timeout=seconds)
            return process.returncode, output
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            return None, process.communicate()[0]
        finally:
            _running.discard(process)


# ---- A copy of the tree -----------------------------------------------------------


def source_files(top, build):
    """Names of the files of a tree, without what was built."""
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name not in NOT_COPIED and pathlib.Path(folder, name) != build]
        for name in names:
            yield (pathlib.Path(folder) / name).relative_to(top)


def copy_file(name, source, tree):
    """Makes a file of the tree the same as in the source. It counts as new, so that make builds what depends on it."""
    source, target = source / name, tree / name
    if not source.exists():
        target.unlink(missing_ok=True)
    elif not target.exists() or not filecmp.cmp(source, target, shallow=False):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        shutil.copymode(source, target)


def copy_tree(source, tree, build):
    tree.mkdir(parents=True, exist_ok=True)
    names = set(source_files(source, build))
    for name in names:
        copy_file(name, source, tree)
    for name in set(source_files(tree, tree / "build")) - names:
        (tree / name).unlink()


# ---- One patch ----------------------------------------------------------------------


def targets_of(test):
    """What make has to build for a test."""
    kind, _, rest = test.partition("/")
    file = rest.partition(".")[0]
    python = kind in PYTHON_KINDS and (TOP / "tests" / kind / f"{file}.py").exists()
    return ["build/tests/programs", "test-files" if python else f"build/tests/{kind}/{file}"]


def build_for(test, tree):
    """Builds what a test needs."""
    status, output = call(["make", "-s", "O=build", *targets_of(test)], tree)
    if status != 0:
        raise Unusable("it does not build: " + "\n".join(output.splitlines()[-5:]))


def fails(test, tree, seconds=TEST_SECONDS):
    """Runs a test; returns whether it fails. One that does not end in time has failed."""
    status, output = call([sys.executable, "tests/run.py", "--build", "build", "--exact", test], tree, seconds)
    if "no test " in output:
        raise Unusable(f"there is no test '{test}'")
    if re.search("^SKIP ", output, re.MULTILINE):
        raise Unusable(f"{test} is skipped here")
    # The tree's own run.py may be what the patch breaks.
    return status != 0 or re.search("^FAIL ", output, re.MULTILINE) is not None


def check_without(test, tree, seconds):
    """Raises Unusable unless the test passes without a patch; keeps how long it took."""
    if test in seconds:
        return
    build_for(test, tree)
    started = time.monotonic()
    if fails(test, tree):
        raise Unusable(f"{test} fails without it")
    seconds[test] = time.monotonic() - started


def try_patch(patch, source, tree, seconds):
    """Returns (word, why) for the report. `seconds`: tests that pass without a patch, and how long they took."""
    try:
        if patch.test is None:
            raise Unusable("it names no test")
        check_without(patch.test, tree, seconds)
        patch.apply(tree)
        build_for(patch.test, tree)
        killed = fails(patch.test, tree, LEAST_SECONDS + TIMES_LONGER * seconds[patch.test])
        return ("killed", patch.test) if killed else ("SURVIVED", f"{patch.test} passes")
    except Unusable as error:
        return "FAILED", str(error)
    finally:
        for name in patch.files:
            copy_file(name, source, tree)


# ---- All of them ----------------------------------------------------------------------


def run_all(chosen, build):
    """Tries each patch, prints how it went, and returns how often each word was the answer."""
    # The sources as they are now, even if they change meanwhile.
    source = build / "mutations" / "source"
    copy_tree(TOP, source, build)
    trees = queue.Queue()
    workers = min(os.cpu_count(), len(chosen))
    for number in range(workers):
        trees.put(build / "mutations" / str(number))
    copied, seconds = set(), {}

    def work(patch):
        tree = trees.get()
        started = time.monotonic()
        try:
            if tree not in copied:
                copy_tree(source, tree, build)
                copied.add(tree)
            return patch, *try_patch(patch, source, tree, seconds), time.monotonic() - started
        finally:
            trees.put(tree)

    counts = {"killed": 0, "SURVIVED": 0, "FAILED": 0}
    with concurrent.futures.ThreadPoolExecutor(max_workers=workers) as pool:
        for future in concurrent.futures.as_completed([pool.submit(work, patch) for patch in chosen]):
            patch, word, why, taken = future.result()
            counts[word] += 1
            print(f"{word:8} {patch.name}: {why} ({taken:.0f} s)", flush=True)
    return counts


def main():
    parser = argparse.ArgumentParser(prog="cellulos test --mutations", allow_abbrev=False)
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build", help=argparse.SUPPRESS)
    parser.add_argument("pattern", metavar="PATTERN", nargs="?", help="only patches whose names contain or match this")
    arguments = parser.parse_args()
    chosen = list(patches(TOP / "tests" / "mutations", arguments.pattern))
    if not chosen:
        print(f"no patch matches '{arguments.pattern}'" if arguments.pattern else "there are no patches")
        return 1
    set_environment(arguments.build.resolve())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end_all)
    counts = run_all(chosen, arguments.build.resolve())
    print(f"{counts['killed']} killed, {counts['SURVIVED']} survived, {counts['FAILED']} failed")
    return 0 if counts["killed"] == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
