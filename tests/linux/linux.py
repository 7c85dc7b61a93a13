# SPDX-License-Identifier: BSD-2-Clause
"""cellmodel linux as a command: processes that come and go, or may not be read; the tutorial."""

import ctypes
import os
import pathlib
import re
import subprocess
import sys
import time

import driver
from machine import Example, FRAMES, HERE, Mode, Model, NOBODY, NOBODY_WORKS, read


# ---- What comes and goes, what may not be read -----------------------------------


def test_refusals():
    """Ids that are malformed, are gone, are zombies or kernel threads: exact words, and status 1 or 2."""
    assert read(HERE)[:2] == (2, "") and read(HERE, "x")[0] == 2 and read(HERE, "--all", 1)[0] == 2
    ended = subprocess.Popen(["true"])
    ended.wait()
    status, output, errors = read(HERE, ended.pid)
    assert status == 1 and errors == f"cellmodel: linux: {ended.pid}: no such process (any more)\n"
    assert [n for n in Model(output).nodes if n.startswith("PD_") and "SPACE" not in n] == ["PD_0"]
    zombie = subprocess.Popen(["true"])
    while pathlib.Path(f"/proc/{zombie.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
        time.sleep(0.01)
    status, _, errors = read(HERE, zombie.pid)
    zombie.wait()
    assert status == 1 and f"{zombie.pid}: no address space of its own" in errors
    assert read(HERE, "--name", "no such name")[0] == 1


def test_not_permitted():
    """A process that may not be read is reported on standard error, by the status, and in the model."""
    if NOBODY_WORKS and os.geteuid() == 0:
        reader, other = Mode(False, NOBODY), Example(Mode(False, None), "plain")
    elif os.geteuid() != 0 and not os.access("/proc/1/maps", os.R_OK):
        reader, other = Mode(False, None), None
    else:
        raise driver.Skip("nobody is to be found here who may not read a process")
    pid = other.id if other else 1
    status, output, errors = read(reader, pid)
    assert status == 1, errors
    assert errors == f"cellmodel: linux: {pid}: its memory and files may not be read (that takes the right to trace it)\n"
    model = Model(output)
    assert model.nodes[model.pd(pid)]["EXTRA"] == "partial" and not model.held(pid, "VMR")
    assert model.held(pid, "CGROUP") or not pathlib.Path(f"/proc/{pid}/cgroup").read_text()
    status, output, errors = read(reader, "--all")
    assert status == 0 and f"{pid}: its memory" in errors and Model(output).nodes[model.pd(pid)]["EXTRA"] == "partial"
    if other:
        other.__exit__()


def test_all():
    """All processes, while others come and go."""
    # Parentheses and line ends in a name, a process that maps and unmaps all the time, short-lived ones.
    busy = subprocess.Popen([sys.executable, "-c", "import mmap, os\nparent = os.getppid()\n"
                             "while os.getppid() == parent: [mmap.mmap(-1, 4096) for i in range(50)]"])
    churn = subprocess.Popen(["sh", "-c", "while kill -0 $PPID; do true & /bin/true; done"], stderr=subprocess.DEVNULL)
    odd = subprocess.Popen([sys.executable, "-c", "import ctypes, sys, time\n"
                            "ctypes.CDLL(None).prctl(15, b'a) (b\\n%', 0, 0, 0)\nprint(); sys.stdout.flush()\ntime.sleep(999)"],
                           stdout=subprocess.PIPE)
    odd.stdout.readline()
    try:
        changed = False
        for _ in range(3):
            status, output, errors = read(HERE, "--all")
            assert status == 0, errors
            model = Model(output)
            assert model.pd(odd.pid) in model.nodes, (odd.poll(), output[:2000], errors)
            assert model.nodes[model.pd(odd.pid)]["DATA"] == f"{odd.pid} a) (b%0A%25"
            known = ("changed while it was read", "may not be", "in swap", "private pages")
            assert all(any(words in line for words in known) for line in errors.splitlines()), errors
        for _ in range(200):
            status, output, errors = read(HERE, busy.pid)
            assert status == 0 and Model(output), errors
            changed = changed or f"{busy.pid}: changed while it was read" in errors
            if changed:
                break
        assert changed, errors
    finally:
        for process in (busy, churn, odd):
            process.kill()
            process.wait()
        odd.stdout.close()
    named = subprocess.Popen(["sleep", "999"])
    time.sleep(0.1)
    assert named.pid in [int(r["DATA"].split()[0]) for r in Model(read(HERE, "--name", "sleep")[1]).rows
                         if r["DATA"].endswith(" sleep")]
    named.kill()
    named.wait()



# ---- The tutorial ----------------------------------------------------------------


def test_tutorial():
    """The commands of docs/tutorial-linux.md, as they are there; without the right to make namespaces those are left out. The
    viewer has tests of its own."""
    text = (driver.TOP / "docs" / "tutorial-linux.md").read_text(encoding="utf-8").replace(" -o\nboth.html", "")
    commands = re.findall(r"^    ((?:sleep|unshare|head|\./cellulos cellmodel) .*)$", text, re.M)
    assert len(commands) >= 13, commands
    may_unshare = subprocess.run(["unshare", "--uts", "--ipc", "--net", "--mount", "true"], stderr=subprocess.DEVNULL)
    script = ["trap 'kill $a $b $c' EXIT"]
    for command in commands:
        if may_unshare.returncode != 0:
            command = re.sub("^unshare .* sleep", "sleep", command)
        if " view " not in command:
            script.append(command.replace("./cellulos cellmodel", driver.TOOL))
            script += ["sleep 0.3"] if command.endswith("$!") else []
    folder = driver.SCRATCH / "tutorial"
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["bash", "-e", "-c", "\n".join(script)], cwd=folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert ("page frames may not be read" in done.stderr) == (not FRAMES), done.stderr
    expected = ["two.csv: legal", "RSI VMR 0/", "SHARED MO", "FR 1", "FR inf"]
    expected += ["RSI NSNET 0/2", "RSI NSMNT 0/2", "RSI NSPID 1/1"] if may_unshare.returncode == 0 else []
    for words in expected:
        assert words in done.stdout, (words, done.stdout)


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
