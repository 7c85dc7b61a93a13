# SPDX-License-Identifier: BSD-2-Clause
"""The C library as a program sees it: functions that docs/runtime.md calls missing at link are, and those beside them are there."""

import re
import subprocess

PRESENT = ("printf", "fmemopen", "getline", "strtod", "qsort", "strftime", "mktime", "setenv", "raise", "kill", "abort", "atexit",
           "_Exit", "getpid", "regcomp", "setjmp", "iconv_open", "wcslen", "getopt", "rand_r")


def link_line(context):
    """How `hello` is linked, with another object and another output in place of its own."""
    said = subprocess.run(["make", "-n", "-W", "lib/runtime/program.ld", f"O={context.build}", f"{context.build}/programs/hello.elf"],
                          cwd=context.top, check=True, capture_output=True, text=True).stdout
    line = [line for line in said.splitlines() if "programs/hello.elf" in line and "program.ld" in line][-1]
    line = line.replace(f"{context.build}/target/apps/hello.o", str(context.folder / "names.o"))
    return re.sub(r"-o \S+", f"-o {context.folder / 'names.elf'}", line)


def link(context, line, names):
    """The linker's messages about a program that names these functions."""
    source = context.folder / "names.c"
    source.write_text("".join(f"extern char {name}[];\n" for name in names) +
                      "void *volatile table[] = {" + ", ".join(names) + "};\n"
                      "int main(void) { return table[0] != 0; }\n")
    subprocess.run(["aarch64-linux-gnu-gcc", "-w", "-fno-builtin", "-ffreestanding", "-c", source,
                    "-o", context.folder / "names.o"], check=True)
    return subprocess.run(line, shell=True, cwd=context.top, capture_output=True, text=True).stderr


def test_missing(context):
    text = (context.top / "docs" / "runtime.md").read_text()
    section = text[text.index("## What is missing at link"):]
    items = "\n".join(re.findall(r"^- .*(?:\n  .*)*", section, re.MULTILINE))
    names = re.findall(r"`(\w+)`", items)
    assert len(names) > 60, names
    line = link_line(context)
    there = [name for name in names if "undefined reference" not in link(context, line, [name])]
    assert there == [], there


def test_present(context):
    assert "undefined reference" not in link(context, link_line(context), PRESENT)
