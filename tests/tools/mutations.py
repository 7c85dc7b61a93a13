# SPDX-License-Identifier: BSD-2-Clause
"""Mutations: the runner's verdict on patches of a small tree; and the patches of the repository apply."""

import pathlib
import shutil
import signal
import subprocess
import sys
import time

import mutations
from harness import clock
from harness.tool import run

PROGRAM = """\
#!/bin/sh
for wanted in ${1:-right left}; do
    case $wanted in
    right) [ 1 = 1 ] && echo PASS right || echo FAIL right: broken;;
    left) echo PASS left;;
    esac
done
"""
MAKEFILE = """\
build/tests/programs:
\tmkdir -p build/tests
\techo build/tests/unit/one > $@
build/tests/unit/one: one.sh
\tmkdir -p $(@D)
\tsh -n $< && cp $< $@ && chmod +x $@
"""
BREAK = ("    right) [ 1 = 1 ]", "    right) [ 1 = 2 ]")
# Name: its test, the line that is replaced, its replacement, and the message.
PATCHES = {
    "good": ("unit/one.right", *BREAK, "killed   good: unit/one.right "),
    "weak": ("unit/one.left", *BREAK, "SURVIVED weak: unit/one.left passes "),
    "unknown": ("unit/one.middle", *BREAK, "FAILED   unknown: unit/one.middle fails without it "),
    "old": ("unit/one.right", "    right) [ 1 = 3 ]", BREAK[1], "FAILED   old: the patch does not apply: "),
    "syntax": ("unit/one.right", BREAK[0], "    right) ((", "FAILED   syntax: it does not build: "),
    "nameless": ("", *BREAK, "FAILED   nameless: it names no test "),
}
REST = ' && echo PASS right || echo FAIL right: broken;;'


def tree(context, *names):
    top = context.folder / "tree"
    shutil.rmtree(top, ignore_errors=True)
    (top / "tests" / "mutations").mkdir(parents=True)
    for name in ("run.py", "mutations.py"):
        shutil.copy(context.top / "tests" / name, top / "tests")
    shutil.copytree(context.top / "tests" / "harness", top / "tests" / "harness")
    (top / "one.sh").write_text(PROGRAM)
    (top / "Makefile").write_text(MAKEFILE)
    for name in names:
        test, old, new, _ = PATCHES[name]
        (top / "tests" / "mutations" / f"{name}.patch").write_text(
            f"Test: {test}\nWords.\n\n--- a/one.sh\n+++ b/one.sh\n@@ -4 +4 @@\n-{old}{REST}\n+{new}{REST}\n")
    return top


def mutate(top, *words, status):
    output, _ = run(sys.executable, top / "tests" / "mutations.py", *words, status=status)
    return output.splitlines()


def test_kinds(context):
    top = tree(context, *PATCHES)
    lines = mutate(top, status=1)
    assert lines.pop() == "1 killed, 1 survived, 4 failed"
    for _, _, _, said in PATCHES.values():
        assert any(line.startswith(said) for line in lines), lines
    assert (top / "one.sh").read_text() == PROGRAM


def test_all_killed(context):
    top = tree(context, "good", "weak")
    assert mutate(top, "goo", status=0)[-1] == "1 killed, 0 survived, 0 failed"
    assert mutate(top, "*ea?", status=1)[-1] == "0 killed, 1 survived, 0 failed"
    assert mutate(top, "none", status=1) == ["no patch matches 'none'"]


def test_the_copy_follows(context):
    """Copies of an earlier run get the changes since, and nothing of an earlier patch is left."""
    top = tree(context, "good")
    mutate(top, status=0)
    (top / "one.sh").write_text(PROGRAM.replace("[ 1 = 1 ]", "[ 3 = 3 ]"))
    assert "does not apply" in mutate(top, status=1)[0]
    (top / "one.sh").write_text(PROGRAM)
    assert mutate(top, status=0)[-1] == "1 killed, 0 survived, 0 failed"


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_interrupted(context):
    """Ended by a signal, it leaves nothing running."""
    top = tree(context, "good")
    (top / "one.sh").write_text(PROGRAM.replace("#!/bin/sh\n", "#!/bin/sh\necho $$ >&2; echo $$ >pid; exec sleep 600\n"))
    with subprocess.Popen([sys.executable, top / "tests" / "mutations.py"], stdout=subprocess.DEVNULL) as process:
        pid = top / "build" / "mutations" / "0" / "pid"
        deadline = clock.now() + 60
        while not pid.exists() or not pid.read_text():
            assert clock.now() < deadline and process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    while is_running(pid.read_text().strip()):
        assert clock.now() < deadline
        time.sleep(0.1)


def test_left_over(context):
    """An interrupted copy does not affect others."""
    left = context.folder / "out" / "mutations" / "0" / "build"
    left.mkdir(parents=True, exist_ok=True)
    (left / "one.d").write_text("clean: no_such_header.h\n")
    run("make", "-C", context.top, "-n", f"O={left.parent.parent.parent}", "clean", status=0)


def test_those_of_the_repository(context):
    """Each applies to the code as it stands, and names a test of a file that there is."""
    chosen = list(mutations.patches(context.top / "tests" / "mutations"))
    assert chosen
    for patch in chosen:
        assert patch.test and patch.files, patch.name
        kind, _, rest = patch.test.partition("/")
        file = rest.partition(".")[0]
        assert list((context.top / "tests" / kind).glob(f"{file}.*")), f"{patch.name}: there is no file of {patch.test}"
        try:
            patch.apply(context.top, "--dry-run")
        except mutations.Unusable as error:
            raise AssertionError(f"{patch.name}: {error}") from None
