# SPDX-License-Identifier: BSD-2-Clause
"""The build: its output, interruption, and programs of apps/: warnings are shown and do not stop it, but our
own have none; one that is broken is left out, and the others are there."""

import os
import shutil
import signal
import subprocess

from harness import clock

SECONDS = 600


def make(folder, output, *words):
    return clock.run(["make", "-s", f"O={output}", *words], SECONDS, cwd=folder, encoding="utf-8")


def test_what_is_printed(context):
    """A word and a file for each step; V=1: the command; -s: nothing."""
    output = context.folder / "printed"
    target = output / "hostobj" / "lib" / "control" / "frame.o"

    def printed(*words):
        target.unlink(missing_ok=True)
        done = clock.run(["make", f"O={output}", *words, target], SECONDS, cwd=context.top, encoding="utf-8")
        assert done.returncode == 0 and target.exists(), done.stderr
        return [line for line in done.stdout.splitlines() if "frame" in line]

    printed()
    assert printed() == ["  CC   lib/control/frame.c"]
    assert printed("-s") == printed("-sj2") == []
    line, = printed("V=1")
    assert line.endswith(f"-c lib/control/frame.c -o {target}")


def test_interrupted(context):
    """A build that Ctrl-C stops, at several points, is finished by the next."""
    output = context.folder / "interrupted"
    shutil.rmtree(output, ignore_errors=True)
    for seconds in (0.3, 0.6, 1.2):
        with subprocess.Popen(["make", "-s", "-j2", f"O={output}", "host"], cwd=context.top, start_new_session=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGINT)
    done = make(context.top, output, "-j2", "host")
    assert done.returncode == 0, done.stderr
    for name in ("cellar", "cellimage", "cellrun", "cellmodel"):
        assert clock.run([output / "host" / name, "--help"], 60).returncode == 0


def test_own_have_no_warnings(context):
    """The compiler had no warnings about them; test_broken() checks that warnings would be kept."""
    sources = [path.relative_to(context.top) for path in sorted((context.top / "apps").rglob("*.c"))]
    assert len(sources) > 20
    said = {str(source): (context.build / "target" / f"{source.with_suffix('.o')}.said").read_text() for source in sources}
    assert not any(said.values()), "\n".join(said.values())


# Of what was built, for an archive.
NOT_NEEDED = ["board", "mutations", "tests", "viewer", "site", ".lock"]


def link_or_copy(source, target):
    """Compiler and linker write new files instead of changing old ones, so the copy can share the old ones."""
    (os.link if source.endswith((".o", ".a", ".elf")) else shutil.copy2)(source, target)


def test_broken(context):
    """In a copy with a program that has warnings, and one with an error."""
    copy = context.folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(context.top, copy, symlinks=True,
                    ignore=lambda folder, names: [".git", "build", "__pycache__"] if folder == str(context.top) else [])
    (copy / "apps" / "careless.c").write_text("int main(void)\n{\n    int unused;\n\n    return 0;\n}\n")
    (copy / "apps" / "broken.c").write_text("int main(void)\n{\n    return nothing;\n}\n")
    shutil.copytree(context.build, copy / "build", symlinks=True, copy_function=link_or_copy,
                    ignore=lambda folder, names: NOT_NEEDED if folder == str(context.build) else [])
    broken = make(copy, "build", "broken-apps")
    assert (broken.returncode, broken.stdout) == (0, "broken\n"), broken
    assert make(copy, "build", "build/archive.cellar").returncode != 0
    done = make(copy, "build", "build/archive.cellar", "BROKEN=broken")
    assert done.returncode == 0, done.stderr
    assert "unused" in (copy / "build" / "target" / "apps" / "careless.o.said").read_text()
    members = (copy / "build" / "archive.list").read_text().split()
    assert any(member.startswith("careless=") for member in members)
    assert not any(member.startswith("broken=") for member in members)
    shutil.rmtree(copy)
