# SPDX-License-Identifier: BSD-2-Clause
"""For the tests of cellmodel linux: the rights of the test here, starting example programs, the model as the tool printed it, and a
page map reader of our own that it must agree with.

As root, "without frames" is a process of another user, read by that user. An ordinary user cannot do otherwise.
"""

import atexit
import collections
import csv
import ctypes
import io
import itertools
import os
import pathlib
import platform
import shutil
import struct
import subprocess
import tempfile

import driver
from harness import clock

PAGE = os.sysconf("SC_PAGESIZE")
NOBODY = 65534


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
    """A model as the tool printed it, in a file of its own."""

    numbers = itertools.count()

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
        self.path = driver.write(f"linux{next(Model.numbers)}.csv", text)
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
                return vmr, kind, {mo: self.weight(mo) for mo in self.edges["MAP", vmr] if mo.startswith("MO_")}
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


class Joined(Model):
    """A model of this computer with guests; what is inside one is named by (process here, process there)."""

    def pd(self, pid):
        return f"PD_{pid[0]:x}g{pid[1]:x}" if isinstance(pid, tuple) else super().pd(pid)

    def frames_below(self, gmo):
        """The frames of this computer behind a guest's memory."""
        memory = [self.nodes[mo]["EXTRA"].rsplit("_", 2) for mo in self.edges["MAP", gmo]]
        return {int(first, 16) // PAGE + i for first, pages, _ in memory for i in range(int(pages))}

    def frames_of(self, pid, address):
        """The same for a guest's mapping."""
        vmr, _, _ = self.mapping(pid, address)
        return set().union(*(self.frames_below(gmo) for gmo in self.edges["MAP", vmr] if gmo.startswith("GMO_")))

    def ask(self, command, *pids):
        return driver.ask(command, self.path, *(pid if isinstance(pid, str) else self.pd(pid) for pid in pids))


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
    """All page frames of a process, by reading its page map entry by entry; the tool's must be the same."""
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
