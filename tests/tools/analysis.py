# SPDX-License-Identifier: BSD-2-Clause
"""What static analysis says about the code that others have to trust: nothing, but for the named exceptions."""

import os
import subprocess

from harness.tool import usual_board

SECONDS = 300
LIST = "tests/tools/cppcheck.txt"
FOLDERS = ["root", "lib", "servers", "tools", "apps/shell"]


def cppcheck(context, *folders):
    command = ["cppcheck", "-q", "--enable=warning,portability", "--std=c11", "-I.", f"-Iboard/{usual_board()}",
               f"-I{context.build / 'include'}", f"--suppressions-list={LIST}", "--error-exitcode=3",
               f"-j{os.cpu_count()}", *folders]
    return subprocess.run(command, cwd=context.top, capture_output=True, text=True)


def test_cppcheck(context):
    result = cppcheck(context, *FOLDERS)
    assert result.returncode == 0, result.stderr


def test_cppcheck_notices(context):
    """It does look: a file with an index behind the end of an array."""
    wrong = context.folder / "wrong.c"
    wrong.write_text("int main(void)\n{\n    int a[2] = {0, 1};\n    return a[2];\n}\n")
    result = cppcheck(context, wrong)
    assert result.returncode == 3 and "arrayIndexOutOfBounds" in result.stderr, result.stderr


def long_analyzer(context):
    """gcc's own analyser over everything that runs on the machine."""
    flags = subprocess.run(["make", "-s", "-C", context.top, f"O={context.build}", "print-target-flags"],
                           capture_output=True, text=True, check=True).stdout.split()
    faults = []
    for folder in ("root", "lib", "servers", "apps/shell"):
        for path in sorted((context.top / folder).glob("**/*.c")):
            run = subprocess.run(["aarch64-linux-gnu-gcc", *flags, "-Wno-error", "-fanalyzer", "-c", path.relative_to(context.top),
                                  "-o", "/dev/null"], cwd=context.top, capture_output=True, text=True)
            faults += [line for line in run.stderr.splitlines() if "warning:" in line and "-Wanalyzer" in line]
    assert not faults, "\n".join(faults)
