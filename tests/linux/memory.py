# SPDX-License-Identifier: BSD-2-Clause
"""cellmodel linux: the memory of example programs, compared with the facts by which they were built; once with the right to
read page frames, where there is one, and once without."""

import collections
import ctypes
import itertools
import mmap
import os
import pathlib
import re
import resource
import struct
import subprocess
import sys
import time

import driver
from machine import (common, Example, FRAMES, frame_of, HERE, KCMP, lines_of_maps, Model, model_of, MODES, PAGE, read, ROOM, SCAN)


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
    """Memory shared through a file, and mappings that only differ."""
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


def private_pages(pid):
    """(how many private pages a process shares with others, how many it has), without the zero page, by its page map."""
    nothing = mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    nothing[0]
    zero = frame_of(ctypes.addressof(ctypes.c_char.from_buffer(nothing)))
    found = []
    with open(f"/proc/{pid}/pagemap", "rb") as pagemap, open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        for line in maps:
            start, end = (int(x, 16) for x in line.split()[0].split("-"))
            if start < 1 << 63 and "[v" not in line and line.split()[1][3] == "p":
                pagemap.seek(start // PAGE * 8)
                entries = (e for (e,) in struct.iter_unpack("<Q", pagemap.read((end - start) // PAGE * 8)) if e >> 63)
                found += [not e >> 56 & 1 for e in entries if not e >> 61 & 1 and e & (1 << 55) - 1 != zero]
    return sum(found), len(found)


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
            # Copy on write: no process can write pages that both still map; the child's copy is the child's, its original the parent's.
            # The child has not touched memory that is shared in other ways, so it maps none of it.
            for pid in (a.id, child):
                assert model.pages_by_rights(pid, a.regions["inherited"]) == {"r": 7, "rw": 1}, (mode, pid)
                # Pages shared since the fork are counted where they cannot be seen.
                told = re.search(f"{pid}: (\\d+) of its (\\d+) private pages are shared since a fork", model.errors)
                assert bool(told) != mode.frames, model.errors
                if told and FRAMES:
                    assert tuple(map(int, told.groups())) == private_pages(pid), (pid, told.groups())
            assert model.writable(a.id, child) == 0, mode
            assert model.writable(a.id, b.id) == 11 + 7 + 5, mode
            if mode.frames:
                for other in (child, b.id):
                    assert model.rsi(a.id, other)["MO"] == model.memory_of(a.id, other)


def both_ways(mode, *ids):
    """The model of processes, and that of the same pages with --merge."""
    for _ in range(10):
        model, merged = model_of(mode, *ids), model_of(mode, *ids, "--merge")
        pairs = list(itertools.combinations(ids, 2))
        moved = FRAMES and any(model.memory_of(*pair) != merged.memory_of(*pair) for pair in itertools.product(ids, ids))
        if not moved and all((model.rsi(*pair), model.writable(*pair)) == (merged.rsi(*pair), merged.writable(*pair)) for pair in pairs):
            break
    return model, merged


def test_merged():
    """--merge: the same metrics and rights; one MO of frames for all that the same mappings reach, with an address if it is one run."""
    for mode in MODES:
        with SharedMemory() as memory, Example(mode, "plain", ROOM.file) as plain, \
             Example(mode, "sharing", *memory.arguments, ready=2, keep=[memory.memfd]) as a, \
             Example(mode, "sharing", *memory.arguments, ready=2, keep=[memory.memfd]) as b:
            ids = (plain.id, a.id, a.children[0], b.id)
            model, merged = both_ways(mode, *ids)
            for one, other in itertools.combinations(ids, 2):
                assert merged.rsi(one, other) == model.rsi(one, other), (mode, one, other)
                assert merged.writable(one, other) == model.writable(one, other), (mode, one, other)
            for pid in ids:
                for region in (a if pid in (a.id, a.children[0]) else b if pid == b.id else plain).regions.values():
                    assert merged.pages_by_rights(pid, region) == model.pages_by_rights(pid, region), (mode, pid, region)
            users = collections.defaultdict(list)
            for (vmr, mo), rights in merged.rights.items():
                if mo.startswith("MO_") and merged.nodes[mo]["EXTRA"].startswith("0x"):
                    users[mo].append((vmr, rights))
            assert bool(users) == mode.frames and len(set(map(tuple, map(sorted, users.values())))) == len(users), mode
            extras = {mo: node["EXTRA"] for mo, node in model.nodes.items() if node["NODE_TYPE"] == "RESOURCE" and node["DATA"] == "MO"}
            placed = [merged.nodes[mo]["EXTRA"] for mo in users if not merged.nodes[mo]["EXTRA"].startswith("0x0_")]
            assert set(placed) <= pieces_together(extras.values()), mode
            if mode.frames:
                assert placed and len(users) < len(extras), (len(users), len(extras))


def pieces_together(extras):
    """The EXTRAs of all runs of consecutive MOs."""
    pieces = sorted((int(place, 16), int(pages)) for place, pages, _ in (e.rsplit("_", 2) for e in extras) if place.startswith("0x"))
    found = set()
    for i, (start, _) in enumerate(pieces):
        end = start
        for first, pages in pieces[i:]:
            if first != end:
                break
            end += pages * PAGE
            found.add(f"0x{start:x}_{(end - start) // PAGE}_12")
    return found


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
    """1 GiB mapped and read, and 16 TiB reserved: read in little time, and no page in them is missed. (Without the scan,
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


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
