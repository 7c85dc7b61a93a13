# SPDX-License-Identifier: BSD-2-Clause
"""cellmodel linux: the example programs of tests/linux are started, and what they share compared with what is true by
their construction; once with the right to read page frames, where there is one, and once without.

As root, "without" is a process of another user, read by that user. An ordinary user cannot do otherwise.
"""

import atexit
import collections
import csv
import ctypes
import io
import os
import pathlib
import platform
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import driver
from harness import clock

PAGE = os.sysconf("SC_PAGESIZE")
NOBODY = 65534
NAMESPACES = {"mnt": "NSMNT", "uts": "NSUTS", "ipc": "NSIPC", "net": "NSNET", "pid": "NSPID", "user": "NSUSER",
              "cgroup": "NSCGROUP", "time": "NSTIME"}


# ---- What may be done here -------------------------------------------------------


def frame_of(address, pid="self"):
    with open(f"/proc/{pid}/pagemap", "rb") as pagemap:
        pagemap.seek(address // PAGE * 8)
        return struct.unpack("<Q", pagemap.read(8))[0] & (1 << 55) - 1


def may_read_frames():
    written = ctypes.create_string_buffer(b"x" * 2 * PAGE)
    return frame_of(ctypes.addressof(written)) != 0


def may_be_nobody():
    try:
        return subprocess.run(["true"], user=NOBODY, group=NOBODY, extra_groups=[]).returncode == 0
    except OSError:
        return False


def may_compare():
    """Whether the kernel answers kcmp(2) here: is the same file open in two processes, is this the same address space?"""
    number = {"x86_64": 312, "aarch64": 272}[platform.machine()]
    return ctypes.CDLL(None).syscall(number, os.getpid(), os.getpid(), 0, 0, 0) == 0


FRAMES = may_read_frames()
KCMP = may_compare()
NOBODY_WORKS = may_be_nobody()
# The scan that tells the zero page where frames are hidden came with Linux 6.7.
SCAN = tuple(int(n) for n in platform.release().split("-")[0].split(".")[:2]) >= (6, 7)


class Mode:
    """How the tool is run: with or without frames, as which user (None: as who runs the test)."""

    def __init__(self, frames, user):
        self.frames, self.user = frames, user

    def __repr__(self):
        return f"{'with' if self.frames else 'without'} frames, user {self.user}"


HERE = Mode(FRAMES, None)
MODES = [HERE] * FRAMES + [Mode(False, NOBODY if NOBODY_WORKS else None)]


# ---- Starting and reading --------------------------------------------------------


class Room:
    """A folder that every user may read, with the programs and a file of 64 pages."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="cellulos-linux-"))
        atexit.register(shutil.rmtree, self.path, ignore_errors=True)
        self.path.chmod(0o755)
        built = pathlib.Path(driver.TOOL).parent / "linux"
        for program in [driver.TOOL, *(p for p in built.iterdir() if os.access(p, os.X_OK))]:
            shutil.copy(program, self.path)
        self.file = self.new_file("file", 64)

    def new_file(self, name, pages):
        path = self.path / name
        path.write_bytes(os.urandom(pages * PAGE))
        path.chmod(0o666)
        return path


ROOM = Room()
Region = collections.namedtuple("Region", "start pages")


class Example:
    """A running example program; the regions and lines it printed."""

    def __init__(self, mode, program, *arguments, ready=1, keep=()):
        identity = {} if mode.user is None else {"user": mode.user, "group": mode.user, "extra_groups": []}
        self.run = subprocess.Popen([ROOM.path / program, *map(str, arguments)], cwd="/", stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, pass_fds=keep, encoding="ascii", env={}, **identity)
        self.id = self.run.pid
        self.children, self.regions, self.lines = [], {}, []
        while ready > 0:
            line = self.run.stdout.readline().rstrip("\n")
            assert line, f"{program}: ended with {self.run.wait()} after {self.lines}"
            self.lines.append(line)
            words = line.split()
            if line == "ready":
                ready -= 1
            elif words[0] == "process":
                self.children.append(int(words[1]))
            elif len(words) == 3 and words[2].isdigit():
                self.regions[words[0]] = Region(int(words[1], 16), int(words[2]))

    def pages(self, name):
        return self.regions[name].pages

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.run.stdin.close()
        try:
            self.run.wait(10)
        except subprocess.TimeoutExpired:
            self.run.kill()
            self.run.wait()
        self.run.stdout.close()


def read(mode, *arguments):
    """Runs cellmodel linux; returns (status, stdout, stderr)."""
    identity = {} if mode.user is None else {"user": mode.user, "group": mode.user, "extra_groups": []}
    done = clock.run([ROOM.path / "cellmodel", "linux", *arguments], 120, cwd="/", encoding="utf-8", **identity)
    return done.returncode, done.stdout, done.stderr


class Model:
    """A model as the tool printed it."""

    def __init__(self, text, errors=""):
        self.text, self.errors = text, errors
        self.rows = list(csv.DictReader(io.StringIO(text)))
        self.nodes = {r["NODE_ID"]: r for r in self.rows if r["NODE_ID"]}
        self.edges = collections.defaultdict(list)
        self.rights = {}
        for r in self.rows:
            if r["EDGE_TYPE"]:
                self.edges[r["EDGE_TYPE"], r["EDGE_FROM"]].append(r["EDGE_TO"])
                if r["EDGE_TYPE"] in ("HOLD", "MAP"):
                    self.rights[r["EDGE_FROM"], r["EDGE_TO"]] = r["EXTRA"]
        self.path = driver.write("linux.csv", text)
        driver.ask("check", self.path)

    def pd(self, pid):
        return f"PD_{pid:x}"

    def held(self, pid, type_):
        """What a process holds of a type; the VMRs of the address space that it runs in follow."""
        held = self.edges["HOLD", self.pd(pid)]
        if type_ == "VMR":
            return {n for n in self.nodes if n.startswith("VMR_") and set(self.edges["SUBSET", n]) & set(held)}
        return {n for n in held if n.startswith(type_ + "_")}

    def spaces(self, pid):
        return {n for n in self.held(pid, "ADS") if "_SPACE_" in n}

    def mapping(self, pid, address):
        """The VMR at an address: its id, its kind, its MOs with their pages."""
        for vmr in self.held(pid, "VMR"):
            place, rest = self.nodes[vmr]["EXTRA"].split("_", 1)
            kind, pages, _ = rest.rsplit("_", 2)
            start = int(place, 16)
            if start <= address < start + int(pages) * PAGE:
                return vmr, kind, {mo: self.weight(mo) for mo in self.edges["MAP", vmr]}
        raise AssertionError(f"nothing at {address:#x} of {pid}")

    def pages_by_rights(self, pid, region):
        """{letters: pages} of the region's MAP edges."""
        vmr, _, memory = self.mapping(pid, region.start)
        found = collections.Counter()
        for mo, pages in memory.items():
            found[self.rights[vmr, mo]] += pages
        return found

    def writable(self, a, b):
        """Pages that both can write."""
        lines = driver.ask("shared", self.path, self.pd(a), self.pd(b), "--writable", "--type=MO").splitlines()
        return sum(int(line.split()[3]) for line in lines if line.startswith("SHARED"))

    def memory(self, example, name, pid=None):
        return self.mapping(pid or example.id, example.regions[name].start)[2]

    def weight(self, mo):
        return int(self.nodes[mo]["EXTRA"].rsplit("_", 2)[1])

    def rsi(self, a, b):
        """{type: (shared, all)}"""
        lines = driver.ask("rsi", self.path, self.pd(a), self.pd(b)).splitlines()
        return {w[1]: tuple(int(n) for n in w[2].split("/")) for w in map(str.split, lines)}


def model_of(mode, *arguments):
    """The model of processes, read while none of their pages moved (the kernel compacts memory, and reclaims it). Where
    frames may be read, model.memory_of says how much of memory two of them have in common, and together."""
    ids = [argument for argument in arguments if isinstance(argument, int)]
    for _ in range(10):
        before = {pid: frames(pid) for pid in ids} if FRAMES else None
        status, output, errors = read(mode, *arguments)
        after = {pid: frames(pid) for pid in ids} if FRAMES else None
        if before == after:
            break
    assert status == 0, (status, errors)
    assert ("page frames may not be read" in errors) == (not mode.frames and "--no-frames" not in arguments), errors
    model = Model(output, errors)
    model.memory_of = lambda a, b: (len(after[a] & after[b]), len(after[a] | after[b]))
    return model


def common(a, b):
    return sum(a[mo] for mo in a.keys() & b.keys())


def frames(pid):
    """All page frames of a process, by reading its page map entry by entry: what the tool must agree with."""
    found = set()
    pid = max(int(thread) for thread in os.listdir(f"/proc/{pid}/task"))  # the first may have ended
    with open(f"/proc/{pid}/pagemap", "rb") as pagemap, open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        for line in maps:
            start, end = (int(x, 16) for x in line.split()[0].split("-"))
            if start < 1 << 63:
                pagemap.seek(start // PAGE * 8)
                entries = pagemap.read((end - start) // PAGE * 8)
                found |= {e & (1 << 55) - 1 for (e,) in struct.iter_unpack("<Q", entries) if e >> 63}
    return found


def lines_of_maps(pid, path):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        return [line for line in maps if path in line]


# ---- Every page known ------------------------------------------------------------


def test_bare():
    """Two processes of which every page is known: RSI of memory, exactly."""
    for mode in MODES:
        with Example(mode, "bare", "private", 7, "zero", 5, "file", ROOM.file, 3, "vdso") as a, \
             Example(mode, "bare", "private", 4, "zero", 9, "file", ROOM.file, 8, "vdso", "change", ROOM.file, 2) as b:
            rsi = model_of(mode, a.id, b.id).rsi(a.id, b.id)
            assert a.pages("text") == b.pages("text") and a.pages("vdso") == b.pages("vdso")
            text, data, vdso = a.pages("text"), a.pages("data"), a.pages("vdso")
            shared, of_a, of_b = text + vdso + 3, data + 7, data + 4 + 5 + 2
            if mode.frames or SCAN:
                shared += 1
            else:
                of_a, of_b = of_a + 5, of_b + 9  # the zero page looks like one's own
            assert rsi["MO"] == (shared, shared + of_a + of_b), (mode, rsi, a.lines, b.lines)
            assert rsi["VMR"][0] == 0 and rsi["VCPU"] == (0, 2)


def test_bare_shared():
    """Memory shared through a file, and what differs only."""
    for mode in MODES:
        file = ROOM.new_file("shared", 40)
        with Example(mode, "bare", "share", file, 40) as a, Example(mode, "bare", "share", file, 25) as b, \
             Example(mode, "bare", "private", 40) as c:
            model = model_of(mode, a.id, b.id, c.id)
            text, data = a.pages("text"), a.pages("data")
            assert model.rsi(a.id, b.id)["MO"] == (text + 25, text + 40 + 2 * data), mode
            assert model.rsi(a.id, c.id)["MO"] == (text, text + 80 + 2 * data), mode
            assert model.mapping(a.id, a.regions["share"].start)[1] == "FILE"
            assert model.pages_by_rights(a.id, a.regions["share"]) == {"rw": 40}, mode
            assert model.pages_by_rights(a.id, a.regions["text"]) == {"rx": text}, mode


# ---- Ordinary programs -----------------------------------------------------------


def check_regions(model, a, b, where):
    """The regions of two plain programs, however they are linked."""
    memory = {name: (model.memory(a, name), model.memory(b, name)) for name in a.regions}
    assert [sum(m.values()) for m in memory["own"]] == [20, 20] and common(*memory["own"]) == 0, where
    assert memory["untouched"] == ({}, {}), where
    assert [sum(m.values()) for m in memory["cached"]] == [5, 5] and common(*memory["cached"]) == 5, where
    assert [sum(m.values()) for m in memory["copied"]] == [3, 3] and common(*memory["copied"]) == 0, where
    assert model.writable(a.id, b.id) == 0, where
    if "with frames" in where or SCAN:
        assert memory["zero"][0] == memory["zero"][1] and list(memory["zero"][0].values()) == [1], where
    vdso = [model.mapping(e.id, int(lines_of_maps(e.id, "[vdso]")[0].split("-")[0], 16)) for e in (a, b)]
    assert vdso[0][1] == "VDSO" and vdso[0][2] and common(vdso[0][2], vdso[1][2]) > 0, where


def test_plain():
    """Two ordinary programs: libraries, page cache, zero page, vDSO."""
    for mode in MODES:
        with Example(mode, "plain", ROOM.file) as a, Example(mode, "plain", ROOM.file) as b:
            model = model_of(mode, a.id, b.id)
            check_regions(model, a, b, repr(mode))
            for example in (a, b):
                assert model.mapping(example.id, example.regions["own"].start)[1] == "GENERIC"
                assert model.mapping(example.id, example.regions["cached"].start)[1] == "FILE"
            kinds = {model.nodes[v]["EXTRA"].split("_", 1)[1].rsplit("_", 2)[0] for v in model.held(a.id, "VMR")}
            assert {"ELF_CODE", "ELF_DATA", "LIB", "HEAP", "STACK", "VDSO"} <= kinds, kinds
            code = [model.mapping(e.id, int(lines_of_maps(e.id, " r-xp ")[0].split("-")[0], 16))[2] for e in (a, b)]
            assert code[0] == code[1] and code[0], mode
            libraries = [[model.mapping(e.id, int(line.split("-")[0], 16))[2]
                          for line in lines_of_maps(e.id, "libc.so") if "r-xp" in line] for e in (a, b)]
            assert libraries[0] and common(libraries[0][0], libraries[1][0]) > 100, mode
            if mode.frames:
                assert model.rsi(a.id, b.id)["MO"] == model.memory_of(a.id, b.id)
                if SCAN:  # pages that were never shared by fork: files and names tell it all
                    model = model_of(mode, a.id, b.id, "--no-frames")
                    assert model.rsi(a.id, b.id)["MO"] == model.memory_of(a.id, b.id)


def test_static():
    """Static programs share their text and no library; with a dynamic one not even that."""
    for mode in MODES:
        with Example(mode, "plain-static", ROOM.file) as a, Example(mode, "plain-static", ROOM.file) as b, \
             Example(mode, "plain", ROOM.file) as c:
            model = model_of(mode, a.id, b.id, c.id)
            check_regions(model, a, b, repr(mode))
            check_regions(model, a, c, repr(mode))
            assert not [v for v in model.held(a.id, "VMR") if "_LIB_" in model.nodes[v]["EXTRA"]]
            text = [model.mapping(e.id, int(lines_of_maps(e.id, " r-xp ")[0].split("-")[0], 16))[2] for e in (a, b, c)]
            assert text[0] == text[1] and text[0] and common(text[0], text[2]) == 0, mode
            if mode.frames:
                for other in (b, c):
                    assert model.rsi(a.id, other.id)["MO"] == model.memory_of(a.id, other.id)


# ---- Shared memory ---------------------------------------------------------------


class SharedMemory:
    """A memfd, a System V segment, and POSIX shared memory, for `sharing`."""

    def __enter__(self):
        self.memfd = os.memfd_create("example")
        os.ftruncate(self.memfd, 11 * PAGE)
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.segment = self.libc.shmget(0, 7 * PAGE, 0o1666)
        assert self.segment >= 0, os.strerror(ctypes.get_errno())
        self.name = f"/cellulos-example-{os.getpid()}"
        self.file = pathlib.Path("/dev/shm" + self.name)
        self.file.write_bytes(bytes(5 * PAGE))
        self.file.chmod(0o666)
        self.arguments = (self.memfd, self.segment, self.name)
        return self

    def __exit__(self, *_):
        os.close(self.memfd)
        self.file.unlink()
        self.libc.shmctl(self.segment, 0, None)  # IPC_RMID


def test_sharing():
    """Every way to share memory, between programs and between parent and child."""
    for mode in MODES:
        with SharedMemory() as memory, \
             Example(mode, "sharing", *memory.arguments, ready=2, keep=[memory.memfd]) as a, \
             Example(mode, "sharing", *memory.arguments, ready=2, keep=[memory.memfd]) as b:
            child = a.children[0]
            model = model_of(mode, a.id, child, b.id)

            def both(name, pid_a, pid_b):
                m, n = model.memory(a if pid_a != b.id else b, name, pid_a), model.memory(b, name, b.id) \
                    if pid_b == b.id else model.memory(a, name, pid_b)
                return sum(m.values()), sum(n.values()), common(m, n)

            for name, pages in (("memfd", 11), ("segment", 7), ("named", 5)):
                assert both(name, a.id, b.id) == (pages,) * 3, (mode, name)
                assert model.mapping(a.id, a.regions[name].start)[1] == "SHM", name
            assert both("anonymous", a.id, b.id) == (4, 4, 0), mode
            assert both("anonymous", a.id, child)[0] == 4, mode
            # The child has not touched the rest since the fork: shared mappings are not copied.
            assert both("inherited", a.id, child) == (8, 8, 7 if mode.frames else 0), mode
            assert both("inherited", a.id, b.id) == (8, 8, 0), mode
            # Copy on write: nobody can write what both still map; the child's copy, and the original of that, are their own's.
            # What is shared otherwise the child has not touched, so it maps none of it.
            wanted = {"r": 7, "rw": 1} if mode.frames else {"rw": 8}
            for pid in (a.id, child):
                assert model.pages_by_rights(pid, a.regions["inherited"]) == wanted, (mode, pid)
            assert model.writable(a.id, child) == 0, mode
            assert model.writable(a.id, b.id) == 11 + 7 + 5, mode
            if mode.frames:
                for other in (child, b.id):
                    assert model.rsi(a.id, other)["MO"] == model.memory_of(a.id, other)


# ---- Threads ---------------------------------------------------------------------


def test_threads():
    """One PD, or one per thread; threads share all that is mapped."""
    for mode in MODES:
        with Example(mode, "threads") as a:
            assert sum(r["NODE_TYPE"] == "PD" for r in model_of(mode, a.id).rows) == 2
            model = model_of(mode, a.id, "--threads")
            ids = sorted(int(t) for t in os.listdir(f"/proc/{a.id}/task"))
            assert len(ids) == 3 and len(model.spaces(a.id)) == 1
            assert {n for n, r in model.nodes.items() if r["NODE_TYPE"] == "PD"} == {"PD_0"} | set(map(model.pd, ids))
            for other in ids[1:]:
                rsi = model.rsi(a.id, other)
                for type_ in ("MO", "VMR", "FILE", "NSMNT", "PCPU"):
                    assert rsi[type_][0] == rsi[type_][1] > 0, (type_, rsi)
                assert rsi["VCPU"] == (0, 2)
                assert model.nodes[model.pd(other)]["DATA"] == f"{other} threads"


def test_first_thread_ends():
    """A process goes on when its first thread has ended."""
    for mode in MODES:
        with Example(mode, "threads", "first-ends") as a:
            model = model_of(mode, a.id)
            assert sum(model.memory(a, "own").values()) == 20
            assert model.nodes[model.pd(a.id)]["DATA"] == f"{a.id} threads"


def test_one_space_two_processes():
    """Processes in one address space are seen as such."""
    for mode in MODES:
        with Example(mode, "threads", "relative") as a:
            model = model_of(mode, a.id, a.children[0])
            rsi = model.rsi(a.id, a.children[0])
            assert len(model.spaces(a.id)) == 1 and (model.spaces(a.id) == model.spaces(a.children[0])) == KCMP
            if not KCMP:
                continue
            assert rsi["VMR"][0] == rsi["VMR"][1] and rsi["MO"][0] == rsi["MO"][1] > 20


# ---- Namespaces, containers ------------------------------------------------------


def test_namespaces():
    """What is new is not shared, all else is."""
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
                    assert rsi[type_] == ((0, 2) if kind in new else (1, 1)), (mode, kind, rsi)
            assert sum(model.memory(b, "own", child).values()) == 20
            if mode.frames:
                assert rsi["MO"] == model.memory_of(a.id, child)
                model = model_of(mode, a.id, child, "--no-frames")
            # A time namespace has a page of clocks of its own.
            clocks = [model.mapping(pid, int(line.split("-")[0], 16))[2]
                      for pid in (a.id, child) for line in lines_of_maps(pid, "[vvar]")]
            if len(clocks) == 2 and all(clocks):
                assert (common(*clocks) == 0) == ("time" in new), (mode, clocks)


def group_folder():
    """Where control groups can be made, if anywhere."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        found = [line.split()[1] for line in mounts if line.split()[2] == "cgroup2"]
    return found[0] if found else "/sys/fs/cgroup"


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
                if status == 1:  # privileges that it dropped or namespaces that it entered shut an ordinary user out
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
                    assert rsi[type_] == ((0, 2) if "namespaces" in has else (1, 1)), (mode, type_, rsi, lacks)
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
            time.sleep(0.02)  # its last process is still on its way out


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
    """The same file is one FILE, files without a name are told apart, rights are those of all descriptors."""
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

            def named(pid, part):
                return {f for f in model.held(pid, "FILE") if "_SPACE_" not in f and part in model.nodes[f]["EXTRA"]}

            file = named(a.id, str(ROOM.file))
            assert len(file) == 1 and file == named(b.id, str(ROOM.file)) == named(child, str(ROOM.file))
            assert model.rights[model.pd(a.id), *file] == "rw"
            assert len(named(a.id, "eventpoll")) == (1 if KCMP else 2) and not named(a.id, "eventpoll") & named(b.id, "eventpoll")
            assert not KCMP or named(child, "eventpoll") > named(a.id, "eventpoll")
            assert len(named(child, "eventpoll")) == (2 if KCMP else 3)
            for stream in (a.run.stdin, a.run.stdout):
                pipe = named(a.id, f"pipe:[{os.fstat(stream.fileno()).st_ino}]")
                assert len(pipe) == 1 and pipe <= named(child, "pipe:") and not pipe & named(b.id, "pipe:")


# ---- What comes and goes, what may not be read -----------------------------------


def test_refusals():
    """Ids that are none, are gone, are zombies or kernel threads: exact words, and status 1 or 2."""
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
    """Who may not read a process says so: on standard error, by its status, in the model."""
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
            assert model.nodes[model.pd(odd.pid)]["DATA"] == f"{odd.pid} a) (b%0A%25"
            known = ("changed while it was read", "may not be", "in swap")
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


# ---- Size ------------------------------------------------------------------------


LARGE = """
import ctypes, sys
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
def room(size):
    start = libc.mmap(None, size, 3, 0x4022, -1, 0)  # private, anonymous, no reserve
    assert start != ctypes.c_void_p(-1).value
    libc.madvise(start, size, 15)  # no huge pages
    libc.munmap(start, 4096)  # so that the kernel merges it with no other
    return start + 4096
size = 1 << 30
start = room(size)
for page in range(0, size - 4096, 4096):
    ctypes.c_char.from_address(start + page).value
print("large", hex(start)[2:], size // 4096 - 1)
amount = int(sys.argv[1])
reserved = room(amount)
ctypes.c_char.from_address(reserved + amount // 3 // 4096 * 4096).value = 1
room(amount)
print("reserved", hex(reserved)[2:], 1)
print("ready"); sys.stdout.flush()
sys.stdin.read()
"""


def test_large():
    """1 GiB mapped and read, and 16 TiB reserved: read in little time, and nothing in them is missed. (Without the scan,
    what is reserved takes its time.)"""
    amount = 8 << 40 if SCAN else 128 << 30
    run = subprocess.Popen([sys.executable, "-IS", "-c", LARGE, str(amount)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        regions = {}
        for line in run.stdout:
            if line == "ready\n":
                break
            name, start, _ = line.split()
            regions[name] = int(start, 16)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        status, output, errors = read(HERE, run.pid)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert status == 0, errors
        model = Model(output)
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        assert seconds < 5, seconds
        if FRAMES or SCAN:
            assert list(model.mapping(run.pid, regions["large"])[2].values()) == [1]
        assert list(model.mapping(run.pid, regions["reserved"])[2].values()) == [1]
    finally:
        run.stdin.close()
        run.kill()
        run.wait()
        run.stdout.close()


HUGE = """
import ctypes, sys
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
size = 2 << 20
start = -libc.mmap(None, 4 * size, 3, 0x22, -1, 0) // size * -size
libc.madvise(start, size, 14)  # a huge page, please
ctypes.memset(start, 1, size)
print("huge", hex(start)[2:], size // 4096)
print("ready"); sys.stdout.flush()
sys.stdin.read()
"""


def test_runs():
    """Pages that lie together in memory and in the process are one MO: 512 of a huge page, where the kernel gives one."""
    with subprocess.Popen([sys.executable, "-IS", "-c", HUGE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        start = int(run.stdout.readline().split()[1], 16)
        run.stdout.readline()
        frames_there = [frame_of(start + page * PAGE, run.pid) for page in range(512)] if FRAMES else [0]
        model = Model(read(HERE, run.pid)[1])
        memory = model.mapping(run.pid, start)[2]
        run.stdin.close()
    if frames_there == list(range(frames_there[0], frames_there[0] + 512)):
        assert f"0x{frames_there[0] * PAGE:x}_512_12" in {model.nodes[mo]["EXTRA"] for mo in memory}, memory
    assert sum(memory.values()) >= 512


# ---- The tutorial ----------------------------------------------------------------


def test_tutorial():
    """The commands of docs/tutorial-linux.md, as they stand there; who may not make namespaces leaves those out. The
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
