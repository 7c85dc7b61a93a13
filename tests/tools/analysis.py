# SPDX-License-Identifier: BSD-2-Clause
"""Static analysis of the trusted code: no warnings but the named exceptions."""

import concurrent.futures
import os
import re
import shlex
import subprocess

from harness.tool import usual_board

SECONDS = 300
LIST = "tests/tools/cppcheck.txt"
FOLDERS = ["root", "lib", "servers", "tools", "apps/shell"]


def cppcheck(context, *folders):
    """In the one configuration that is compiled; without its macros cppcheck would try all combinations."""
    command = ["cppcheck", "-q", "--enable=warning,portability", "--std=c11", "-D__aarch64__", "-I.", f"-Iboard/{usual_board()}",
               f"-I{context.build / 'include'}", f"--suppressions-list={LIST}", "--error-exitcode=3",
               f"-j{os.cpu_count()}", *folders]
    return subprocess.run(command, cwd=context.top, capture_output=True, text=True)


def test_cppcheck(context):
    result = cppcheck(context, *FOLDERS)
    assert result.returncode == 0, result.stderr


def test_cppcheck_notices(context):
    """cppcheck finds an error: a file with an index behind the end of an array."""
    wrong = context.folder / "wrong.c"
    wrong.write_text("int main(void)\n{\n    int a[2] = {0, 1};\n    return a[2];\n}\n")
    result = cppcheck(context, wrong)
    assert result.returncode == 3 and "arrayIndexOutOfBounds" in result.stderr, result.stderr


def analyzed(context, flags, path):
    """The analyser's warnings about a file: {(WARNING:FILE): line}."""
    run = subprocess.run(["aarch64-linux-gnu-gcc", *flags, "-Wno-error", "-fanalyzer", "-c", path.relative_to(context.top), "-o",
                          "/dev/null"], cwd=context.top, capture_output=True, text=True)
    said = {}
    for line in run.stderr.splitlines():
        found = re.match(r"(?:\./)?([^:]+):\d+:\d+: warning: .*\[-Wanalyzer-([\w-]+)\]", line)
        if found:
            said[f"{found[2]}:{found[1]}"] = line
    return said


def long_analyzer(context):
    """gcc's own analyser over everything that runs on the machine, but for the exceptions in analyzer.txt; each of them is needed."""
    flags = subprocess.run(["make", "-s", "-C", context.top, f"O={context.build}", "print-target-flags"],
                           capture_output=True, text=True, check=True).stdout
    lines = (context.top / "tests" / "tools" / "analyzer.txt").read_text().splitlines()
    named = {line for line in lines if not line.startswith("//")}
    paths = [path for folder in FOLDERS if folder != "tools" for path in sorted((context.top / folder).rglob("*.c"))]
    said = {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for one in pool.map(lambda path: analyzed(context, shlex.split(flags), path), paths):
            said.update(one)
    wrong = [line for key, line in sorted(said.items()) if key not in named]
    assert not wrong, "\n".join(wrong)
    assert named <= set(said), f"no longer said: {sorted(named - set(said))}"
