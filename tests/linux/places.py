# SPDX-License-Identifier: BSD-2-Clause
"""cellmodel linux: namespaces, control groups, root folders, open files of example programs."""

import itertools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import driver
from machine import common, Example, FRAMES, HERE, KCMP, lines_of_maps, Mode, Model, model_of, MODES, read, ROOM


NAMESPACES = {"mnt": "NSMNT", "uts": "NSUTS", "ipc": "NSIPC", "net": "NSNET", "pid": "NSPID", "user": "NSUSER",
              "cgroup": "NSCGROUP", "time": "NSTIME"}


# ---- Namespaces, containers ------------------------------------------------------


def test_namespaces():
    """New namespaces are not shared, all others are."""
    for mode in MODES:
        kinds = ["mnt", "uts", "ipc", "net", "pid", "cgroup", "time"]
        if mode.user is not None or os.geteuid() != 0:
            kinds.insert(0, "user")
        with Example(mode, "plain") as a, Example(mode, "namespaces", *kinds, ready=2) as b:
            child = b.children[0]
            model = model_of(mode, a.id, child)
            new = {line.split()[1] for line in b.lines if line.startswith("new ")}
            denied = {line.split()[1].rstrip(":") for line in b.lines if line.startswith("denied ")}
            assert new | denied == set(kinds) and not new & denied
            assert new or (not FRAMES or mode.user is not None), b.lines
            rsi = model.rsi(a.id, child)
            for kind, type_ in NAMESPACES.items():
                if os.path.exists(f"/proc/{a.id}/ns/{kind}"):
                    # New user and PID namespaces lie within the old ones, so that their processes are in both.
                    apart = (1, 2) if kind in ("user", "pid") else (0, 2)
                    assert rsi[type_] == (apart if kind in new else (1, 1)), (mode, kind, rsi)
            assert sum(model.memory(b, "own", child).values()) == 20
            if mode.frames:
                assert rsi["MO"] == model.memory_of(a.id, child)
                model = model_of(mode, a.id, child, "--no-frames")
            # A time namespace has a page of clocks of its own.
            clocks = [model.mapping(pid, int(line.split("-")[0], 16))[2]
                      for pid in (a.id, child) for line in lines_of_maps(pid, "[vvar]")]
            if len(clocks) == 2 and all(clocks):
                assert (common(*clocks) == 0) == ("time" in new), (mode, clocks)


def mounts_of(pid):
    """The mounts below the root folder of a process: (device, folder of its file system)."""
    with open(f"/proc/{pid}/mountinfo", encoding="utf-8") as mounts:
        return {tuple(line.split()[2:4]) for line in mounts}


def lies_in(inner, outer):
    """Of two (device, folder)."""
    return inner[0] == outer[0] and (inner[1] + "/").startswith(outer[1].rstrip("/") + "/")


def test_roots():
    """A process with another root folder, or other mounts, reaches less of the file system, as mountinfo says. A process that reaches
    a folder reaches those within, wherever they are mounted."""
    if os.geteuid() != 0:
        raise driver.Skip("changing the root folder takes root")
    inner = ROOM.path / "inner"
    inner.mkdir()
    shutil.copy(ROOM.path / "plain-static", inner)
    ways = {"here": [ROOM.path / "plain-static", ROOM.file],
            "chroot": ["chroot", inner, "/plain-static", "/plain-static"],
            "mounts": ["unshare", "--mount", "sh", "-c", f"mount -t tmpfs none {inner} && mount --bind /usr /mnt && "
                       f"exec {ROOM.path}/plain-static {ROOM.file}"],
            "both": ["unshare", "--mount", "sh", "-c", f"mount --bind {inner} {inner} && exec chroot {inner} /plain-static /plain-static"]}
    runs = {name: subprocess.Popen(list(map(str, way)), stdin=subprocess.PIPE, stdout=subprocess.PIPE) for name, way in ways.items()}
    try:
        for name, run in runs.items():
            assert any(line == b"ready\n" for line in run.stdout), name
        ids = {name: run.pid for name, run in runs.items()}
        model = model_of(HERE, *ids.values())
        true = {name: mounts_of(pid) for name, pid in ids.items()}
        roots = {name: [model.nodes[n]["EXTRA"] for n in model.held(pid, "ROOT")] for name, pid in ids.items()}
        assert [len(found) for found in roots.values()] == [1] * 4 and len({found[0] for found in roots.values()}) == 4, roots
        assert roots["here"][0].startswith("/ (") and all(roots[name][0].startswith(f"{inner} (") for name in ("chroot", "both")), roots
        assert true["both"] and true["mounts"] > true["here"]
        known = set().union(*true.values())
        reached = {name: {m for m in known if any(lies_in(m, own) for own in mounts)} for name, mounts in true.items()}
        assert reached["here"] > true["here"], "the folder inner, which one has as a mount"
        for a, b in itertools.combinations(ids, 2):
            rsi = model.rsi(ids[a], ids[b])
            together = reached[a] | reached[b]
            assert rsi.get("MOUNT", (0, 0)) == (len(reached[a] & reached[b]), len(together)), (a, b, rsi)
            assert rsi["ROOT"] == (0, 2), (a, b)
    finally:
        for run in runs.values():
            run.communicate()


def group_folder():
    """Where control groups can be made, if anywhere."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        found = [line.split()[1] for line in mounts if line.split()[2] == "cgroup2"]
    return found[0] if found else "/sys/fs/cgroup"


def test_limits():
    """A control group's own limits follow its name, not those of the group around it."""
    outer = pathlib.Path("/sys/fs/cgroup/pids/cellmodel-limits")
    inner = outer / "inner"
    try:
        inner.mkdir(parents=True)
        (outer / "pids.max").write_text("77")
        run = subprocess.Popen(["sleep", "1000"])
        (inner / "cgroup.procs").write_text(str(run.pid))
    except OSError as error:
        raise driver.Skip(f"control groups of version 1 for tasks cannot be made: {error}") from None
    try:
        model = Model(read(HERE, run.pid)[1])
        texts = [model.nodes[node]["EXTRA"] for node in model.nodes if node.startswith("CGROUP_") and "limits" in model.nodes[node]["EXTRA"]]
        assert sorted(text.split(":")[2] for text in texts) == ["/cellmodel-limits tasks=77", "/cellmodel-limits/inner"], texts
    finally:
        run.kill()
        run.wait()
        inner.rmdir()
        outer.rmdir()


def test_sandbox():
    """A container: nothing shared but the program's text, the kernel's pages, the cores and what it was given."""
    for mode in MODES:
        root = pathlib.Path(tempfile.mkdtemp(dir=ROOM.path))
        root.chmod(0o755)
        with Example(mode, "plain-static", ROOM.file) as a, \
             Example(mode, "sandbox-static", group_folder(), root, ready=2) as b:
            child = b.children[0]
            has = {line.split()[1] for line in b.lines if line.startswith("has ")}
            lacks = [line for line in b.lines if line.startswith("lacks ")]
            reader = Mode(mode.frames, mode.user)
            status, output, errors = read(reader, a.id, b.id, child)
            groups = [line.split()[1] for line in b.lines if line.startswith("group ")]
            try:
                if status == 1:  # dropped privileges or new namespaces keep an ordinary user from reading it
                    assert mode.user is not None or os.geteuid() != 0, errors
                    assert f"{child}: its memory and files may not be read" in errors or \
                        f"{b.id}: its memory and files may not be read" in errors, errors
                    assert Model(output).nodes[f"PD_{child:x}"]["EXTRA"] == "partial" or \
                        Model(output).nodes[f"PD_{b.id:x}"]["EXTRA"] == "partial"
                    continue
                assert status == 0, errors
                model = Model(output, errors)
                assert {"filter"} <= has, b.lines
                rsi = model.rsi(a.id, child)
                for type_ in ("NSMNT", "NSUTS", "NSIPC", "NSNET", "NSPID", "NSCGROUP"):
                    apart = (1, 2) if type_ == "NSPID" else (0, 2)
                    assert rsi[type_] == (apart if "namespaces" in has else (1, 1)), (mode, type_, rsi, lacks)
                assert (rsi["CGROUP"][0] < rsi["CGROUP"][1]) == ("group" in has), (mode, rsi, lacks)
                assert rsi["FILE"][0] <= 1, rsi  # standard error, where it is the same
                assert rsi["PCPU"][0] == rsi["PCPU"][1]
                assert sum(model.memory(b, "own", child).values()) == 20
                shared = common(model.memory(b, "own", child), model.memory(a, "own"))
                assert shared == 0 and rsi["MO"][0] < rsi["MO"][1] // 2
                if mode.frames:
                    model = model_of(mode, a.id, child)
                    assert model.rsi(a.id, child)["MO"] == model.memory_of(a.id, child)
            finally:
                b.run.stdin.close()
                b.run.wait(10)
                b.run.stdin = open(os.devnull, "wb")
                for group in groups:
                    remove_group(group)


def remove_group(path):
    for _ in range(100):
        try:
            os.rmdir(path)
            return
        except OSError:
            time.sleep(0.02)  # its last process is still ending


# ---- Open files ------------------------------------------------------------------


SOURCE = """
import os, select, sys
if hasattr(os, "eventfd"):
    os.eventfd(0)
poll = select.epoll()
file = open(sys.argv[1], "rb"); again = os.open(sys.argv[1], os.O_WRONLY)
os.dup(poll.fileno())
child = os.fork()
if child: print("process", child)
else: another = select.epoll()
print("ready"); sys.stdout.flush()
sys.stdin.read()
"""


def test_files():
    """The same file is one FILE, files without a name are distinguished, rights are those of all descriptors."""
    for mode in MODES:
        (ROOM.path / "files").write_text(f"#!{sys.executable} -IS\n{SOURCE}")
        (ROOM.path / "files").chmod(0o755)
        identity = {} if mode.user is None else {"user": mode.user, "group": mode.user, "extra_groups": []}
        try:
            usable = subprocess.run([sys.executable, "-IS", "-c", ""], **identity).returncode == 0
        except OSError:
            usable = False
        if not usable:  # an interpreter in root's own folder
            mode, identity = HERE, {}
        with Example(mode, "files", ROOM.file, ready=2) as a, Example(mode, "files", ROOM.file, ready=2) as b:
            child = a.children[0]
            model = model_of(mode, a.id, child, b.id)

            def named(pid, part, type_="FILE"):
                return {f for f in model.held(pid, type_) if "_SPACE_" not in f and part in model.nodes[f]["EXTRA"]}

            file = named(a.id, str(ROOM.file))
            assert len(file) == 1 and file == named(b.id, str(ROOM.file)) == named(child, str(ROOM.file))
            assert model.rights[model.pd(a.id), *file] == "rw"
            assert len(named(a.id, "eventpoll")) == (1 if KCMP else 2) and not named(a.id, "eventpoll") & named(b.id, "eventpoll")
            assert not KCMP or named(child, "eventpoll") > named(a.id, "eventpoll")
            assert len(named(child, "eventpoll")) == (2 if KCMP else 3)
            for stream in (a.run.stdin, a.run.stdout):
                pipe = named(a.id, f"pipe:[{os.fstat(stream.fileno()).st_ino}]", "PIPE")
                assert len(pipe) == 1 and pipe <= named(child, "pipe:", "PIPE") and not pipe & named(b.id, "pipe:", "PIPE")
                assert model.rights[model.pd(a.id), *pipe] == ("r" if stream is a.run.stdin else "w")


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
