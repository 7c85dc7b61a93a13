# SPDX-License-Identifier: BSD-2-Clause
"""Programs of apps/ in the build: warnings are shown and stop nobody, but our own have none; one that is broken is left
out, and the others are there."""

import shutil

from harness import clock

SECONDS = 600


def make(folder, output, *words):
    return clock.run(["make", "-s", f"O={output}", *words], SECONDS, cwd=folder, encoding="utf-8")


def test_own_have_no_warnings(context):
    """All are compiled with warnings as errors."""
    names = [path.relative_to(context.top).with_suffix("") for path in sorted((context.top / "apps").rglob("*.c"))]
    assert len(names) > 20
    output = context.folder / "out"
    done = make(context.top, output, "-k", "APPS_WARNINGS=", *(f"{output}/target/{name}.o" for name in names))
    assert done.returncode == 0, done.stderr


def test_broken(context):
    """In a copy with a program that has warnings, and one with an error."""
    copy = context.folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(context.top, copy, symlinks=True,
                    ignore=lambda folder, names: [".git", "build", "__pycache__"] if folder == str(context.top) else [])
    (copy / "apps" / "careless.c").write_text("int main(void)\n{\n    int unused;\n\n    return 0;\n}\n")
    (copy / "apps" / "broken.c").write_text("int main(void)\n{\n    return nothing;\n}\n")
    shutil.copytree(context.build, copy / "build", symlinks=True, ignore=shutil.ignore_patterns("mutations", "tests", ".lock"))
    broken = make(copy, "build", "broken-apps")
    assert (broken.returncode, broken.stdout) == (0, "broken\n"), broken
    assert make(copy, "build", "build/archive.cellar").returncode != 0
    done = make(copy, "build", "build/archive.cellar", "BROKEN=broken")
    assert done.returncode == 0, done.stderr
    members = (copy / "build" / "archive.list").read_text().split()
    assert any(member.startswith("careless=") for member in members)
    assert not any(member.startswith("broken=") for member in members)
    shutil.rmtree(copy)
