#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the tests; `./cellulos test` builds first and then calls this.

A test has a name, KIND/FILE.FUNCTION; its kind is the folder of its subject. Tests are

* host programs (HOST_TESTS in the makefiles, in build/tests/KIND/) that print "PASS name",
  "FAIL name: why" or "SKIP name: why" for each of their tests
* functions of Python files, in the folders of PYTHON_KINDS, that boot a machine or call a tool

In a Python file, every function test_NAME(context) is a test, long_NAME one
that only runs with --long, and a function cases() yields (name, function) pairs
for tests that come from a list. A test fails by raising an exception; Skip says that
this computer lacks what it needs, and why. A file without tests fails. SECONDS in
the file is its time limit, COMPARE = False keeps its transcripts from being
compared between kernels, NOT_COMPARED = (NAME, …) those of some tests.

Bottom-up: collecting, running one, comparing transcripts, reporting.
"""

import argparse
import concurrent.futures
import fnmatch
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time
import traceback

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests"))

from harness import boot, clock, transcript
from harness.tool import Skip, usual_board  # noqa: E402

KINDS = ["unit", "root", "ext4", "runtime", "nucleus", "boot", "model", "linux", "tools", "web", "db"]
PYTHON_KINDS = ["ext4", "runtime", "nucleus", "boot", "tools"]
# In a run of all tests, those that fail run once more, one after the other, if they are not more than this.
TRIED_AGAIN = 3
PROGRAM_SECONDS = 300
LONG_PROGRAM_SECONDS = 3600


class Test:
    """One entry of the list: a Python function, or a host test program."""

    def __init__(self, name, kind, function=None, module=None, program=None):
        self.name = name
        self.kind = kind
        self.function = function
        self.module = module
        self.program = program
        self.only = None  # the one test of a program that is wanted


class Result:
    """`why` it failed or was skipped; `unsteady` if it failed, and then passed when nothing else ran."""

    unsteady = False

    def __init__(self, name, kind, why=None, seconds=0.0, skipped=False):
        self.name, self.kind, self.why, self.seconds, self.skipped = name, kind, why, seconds, skipped
        self.failed = why is not None and not skipped


# ---- Collecting -------------------------------------------------------------


def load_module(path):
    name = "cell_test_" + "_".join(path.relative_to(TOP).with_suffix("").parts)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tests_of_module(path, kind, long_tests):
    try:
        module = load_module(path)
    except Exception:  # a file that cannot be read is a failed test
        text = traceback.format_exc()

        def broken(_context):
            raise AssertionError("the test file does not load:\n" + text)

        yield Test(f"{kind}/{path.stem}", kind, broken)
        return
    pairs = list(module.cases()) if hasattr(module, "cases") else []
    waiting = 0  # for --long
    for name, value in vars(module).items():
        if name.startswith("test_") and callable(value):
            pairs.append((name[len("test_"):], value))
        elif name.startswith("long_") and callable(value) and long_tests:
            pairs.append((name[len("long_"):], value))
        elif name.startswith("long_") and callable(value):
            waiting += 1
    if not pairs and not waiting:

        def empty(_context):
            raise AssertionError("the test file has no tests")

        yield Test(f"{kind}/{path.stem}", kind, empty)
    for name, function in pairs:
        yield Test(f"{kind}/{path.stem}.{name}", kind, function, module)


def collect(build, long_tests):
    programs = build / "tests" / "programs"
    for line in programs.read_text().split() if programs.exists() else []:
        path = pathlib.Path(line)
        yield Test(f"{path.parent.name}/{path.name}", path.parent.name, program=line)
    for kind in PYTHON_KINDS:
        for path in sorted((TOP / "tests" / kind).glob("*.py")):
            yield from tests_of_module(path, kind, long_tests)


def matches(name, pattern):
    return pattern is None or pattern in name or fnmatch.fnmatch(name, pattern)


def chosen(tests, pattern, exact):
    """The tests that a pattern asks for. PROGRAM.TEST asks a host program for one of its tests."""
    for test in tests:
        if test.program and pattern and pattern.startswith(test.name + "."):
            test.only = pattern[len(test.name) + 1:]
            yield test
        elif test.name == pattern if exact else matches(test.name, pattern):
            yield test


# ---- Running ----------------------------------------------------------------


def run_program(test, arguments):
    """A host test program is as many tests as it prints."""
    limit = LONG_PROGRAM_SECONDS if arguments.long else PROGRAM_SECONDS
    environment = dict(os.environ, CELL_TEST_LONG="1" if arguments.long else "0")
    started = time.monotonic()
    try:
        run = clock.run([test.program, *([test.only] if test.only else [])], limit, cwd=TOP, env=environment,
                        stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
        output, status = run.stdout, run.returncode
    except subprocess.TimeoutExpired as error:
        output = error.stdout or ""
        status = f"no end within {limit} seconds"
    except OSError as error:
        output, status = "", str(error)
    seconds = time.monotonic() - started
    results = []
    waiting = 0  # for --long
    for line in output.splitlines():
        word, _, rest = line.partition(" ")
        waiting += word == "WAIT"
        if word == "PASS":
            results.append(Result(f"{test.name}.{rest}", test.kind))
        elif word == "FAIL":
            name, _, why = rest.partition(": ")
            results.append(Result(f"{test.name}.{name}", test.kind, why or "failed"))
        elif word == "SKIP":
            name, _, why = rest.partition(": ")
            results.append(Result(f"{test.name}.{name}", test.kind, why, skipped=True))
    failed = any(result.failed for result in results)
    if (status != 0 and not failed) or not (results or waiting):
        tail = "\n".join(output.splitlines()[-30:])
        results.append(Result(test.name, test.kind, f"ended with {status} after {len(results)} tests\n{tail}"))
    if results:
        results[-1].seconds = seconds
    return results


class Context:
    """The argument of a Python test: context.start(...) boots a machine (harness/boot.py)."""

    def __init__(self, test, build, kernel, long_tests, folder, compared):
        self.top = TOP
        self.build = build
        self.board = build.name if (TOP / "board" / build.name / "board.mk").exists() else usual_board()  # that all is built for
        self.kernel = kernel
        self.compared = compared  # what its consoles show is, between two kernels
        self.long = long_tests
        self.folder = folder / test.name.replace("/", ".")
        self.seconds = getattr(test.module, "SECONDS", 60)
        self.machines = []

    def start(self, **options):
        machine = boot.Machine(self, **options)
        self.machines.append(machine)
        return machine

    def close(self):
        for machine in self.machines:
            machine.stop()

    def tidy(self):
        """Leaves the transcripts only: the archives and disks of all tests together are several GB."""
        kept = {machine.transcript_path for machine in self.machines}
        for path in set(self.folder.iterdir()) - kept:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def tails(self):
        for machine in self.machines:
            lines = machine.transcript().splitlines()[-40:]
            yield f"--- {machine.transcript_path.relative_to(self.build.parent)}, its end:\n" + "\n".join(lines)


def run_python(test, arguments, kernel, folder):
    context = Context(test, arguments.build, kernel, arguments.long, folder, arguments.kernel is not None)
    context.folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    why, skipped = None, False
    try:
        test.function(context)
    except Skip as error:
        why, skipped = str(error), True
    except AssertionError as error:
        # The innermost line of the test's own file.
        frames = traceback.extract_tb(error.__traceback__)
        own = [f for f in frames if f.filename == getattr(test.module, "__file__", None)]
        line = (own or frames)[-1]
        why = f"{pathlib.Path(line.filename).name}:{line.lineno}: {str(error) or line.line}"
    except Exception:
        why = traceback.format_exc()
    finally:
        context.close()
    if why and not skipped:
        why = "\n".join([why, *context.tails()])
    else:
        context.tidy()
    return Result(test.name, test.kind, why, time.monotonic() - started, skipped), context


def run_test(test, arguments):
    folder = arguments.build / "tests"
    if test.program:
        return run_program(test, arguments)
    result, context = run_python(test, arguments, arguments.kernel, folder)
    results = [result]
    wanted = (test.kind == "boot" and getattr(test.module, "COMPARE", True)
              and test.name.rpartition(".")[2] not in getattr(test.module, "NOT_COMPARED", ()))
    if arguments.kernel and wanted and not result.why:
        other, reference = run_python(test, arguments, None, folder / "nucleus")
        why = other.why or transcript.difference(context.machines, reference.machines)
        results.append(Result("same/" + test.name, "boot", why, other.seconds))
    return results


# ---- Reporting --------------------------------------------------------------


class Report:
    """Prints results as they come, and counts."""

    def __init__(self):
        self.lock = threading.Lock()
        self.results = []

    def add(self, results):
        with self.lock:
            for result in results:
                self.results.append(result)
                if result.skipped:
                    print(f"SKIP {result.name}: {result.why}", flush=True)
                elif result.failed:
                    print(f"FAIL {result.name}: {result.why}", flush=True)
                else:
                    taken = f" ({result.seconds:.1f} s)" if result.seconds >= 1 else ""
                    print(f"PASS {result.name}{taken}", flush=True)

    def try_again(self, tests, arguments):
        """Runs failed tests once more: a busy computer is no fault, but a fault that comes every hundredth time is one, so the test is named at the end."""
        failed = [result for result in self.results if result.failed]
        if len(failed) > TRIED_AGAIN:
            return
        for result in failed:
            again = [one for test in chosen(tests, result.name, True) for one in run_test(test, arguments)]
            if again and not any(one.why for one in again):
                result.why, result.failed, result.unsteady = None, False, True
                print(f"PASS {result.name}, alone, after it had failed", flush=True)

    def close(self):
        """The table by kind, the names of failed tests, and the closing line."""
        print()
        for kind in KINDS:
            mine = [result for result in self.results if result.kind == kind]
            if mine:
                print(f"{kind + ' tests':14} {sum(r.why is None for r in mine):5} of {len(mine)} passed")
        failed = [result for result in self.results if result.failed]
        skipped = sum(result.skipped for result in self.results)
        passed = len(self.results) - len(failed) - skipped
        for result in self.results:
            if result.failed or result.unsteady:
                print(f"{'failed' if result.failed else 'unsteady'}: {result.name}")
        print(f"{passed} passed, {len(failed)} failed" + (f", {skipped} skipped" if skipped else ""))
        return 1 if failed or not self.results else 0


def parse():
    parser = argparse.ArgumentParser(prog="cellulos test", allow_abbrev=False)
    parser.add_argument("--long", action="store_true", help="the long tests as well")
    parser.add_argument("--kernel", metavar="ELF",
                        help="on this kernel, and compare the consoles with nucleus")
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build", help=argparse.SUPPRESS)
    parser.add_argument("--list", action="store_true", help="print names only")
    parser.add_argument("--exact", action="store_true", help=argparse.SUPPRESS)  # PATTERN is the whole name
    parser.add_argument("pattern", metavar="PATTERN", nargs="?",
                        help="only tests whose names contain or match this")
    arguments = parser.parse_args()
    if arguments.kernel and not os.path.exists(arguments.kernel):
        parser.error(f"{arguments.kernel}: No such file or directory")
    arguments.build = arguments.build.resolve()
    return arguments


def main():
    arguments = parse()
    tests = list(chosen(collect(arguments.build, arguments.long), arguments.pattern, arguments.exact))
    if arguments.list:
        print("\n".join(test.name for test in tests))
        return 0
    report = Report()
    if not tests:
        print(f"no test matches '{arguments.pattern}'")
    with concurrent.futures.ThreadPoolExecutor(max_workers=2 * os.cpu_count()) as pool:
        running = [pool.submit(run_test, test, arguments) for test in tests]
        for future in concurrent.futures.as_completed(running):
            report.add(future.result())
    if not arguments.pattern:
        report.try_again(tests, arguments)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
