# SPDX-License-Identifier: BSD-2-Clause
"""cellmodel as a static program, and on Linux for arm64: example programs and the static cellmodel run in an emulated
machine under Debian's own kernel, and the model that comes out is compared with what is true by construction. Two such
machines, and the processes that run them, are one model.

The kernel (21 MB) is fetched from Debian, so the machine is started with --long only.
"""

import collections
import os
import pathlib
import re
import struct
import subprocess
import sys
import threading

import authority
import driver
import guest_linux
import machine
import places

BUILD = pathlib.Path(driver.TOOL).parent.parent
MACHINES = {"x86_64": 62, "aarch64": 183}  # e_machine, by uname
SECONDS = 240


# ---- Static programs -------------------------------------------------------------


def test_static_programs():
    """Both are for their machine and ask for no interpreter; this machine's gives what the other one gives."""
    native = os.uname().machine
    for architecture in {native, "aarch64"}:
        image = (BUILD / "static" / f"cellmodel-{architecture}").read_bytes()
        assert image[:5] == b"\x7fELF\x02" and struct.unpack_from("<H", image, 18)[0] == MACHINES[architecture]
        offset, size, count = struct.unpack_from("<Q", image, 32)[0], *struct.unpack_from("<HH", image, 54)
        kinds = [struct.unpack_from("<I", image, offset + i * size)[0] for i in range(count)]
        assert 3 not in kinds and 2 not in kinds, f"{architecture}: an interpreter or dynamic section"
    with machine.Example(machine.HERE, "bare", "private", 3) as example:
        done = subprocess.run([BUILD / "static" / f"cellmodel-{native}", "linux", str(example.id)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=True)
        assert done.stdout == machine.read(machine.HERE, example.id)[1]


# ---- A guest ---------------------------------------------------------------------


def make_initrd():
    programs = {"init": "guest-init", "bare": "bare", "plain-static": "plain-static",
                "namespaces-static": "namespaces-static", "threads-static": "threads-static"}
    members = {"proc": None, "sys": None}
    members |= {name: (BUILD / "tests" / "linux-arm64" / file).read_bytes() for name, file in programs.items()}
    members["cellmodel"] = (BUILD / "static" / "cellmodel-aarch64").read_bytes()
    driver.SCRATCH.mkdir(parents=True, exist_ok=True)
    (driver.SCRATCH / "initrd").write_bytes(guest_linux.initrd(members))


class Guest:
    """A guest that was started; leaving the `with` ends it."""

    def __init__(self, name):
        self.monitor, self.lines = driver.SCRATCH / f"{name}.qmp", []
        command = ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-m", "512", "-smp", "2", "-nodefaults", "-nographic",
                   "-serial", "stdio", "-no-reboot", "-kernel", guest_linux.kernel(BUILD), "-initrd", driver.SCRATCH / "initrd",
                   "-qmp", f"unix:{self.monitor},server=on,wait=off", "-append",
                   "console=ttyAMA0 quiet loglevel=1 cryptomgr.notests panic=-1"]
        self.run = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.id = self.run.pid
        self.late = threading.Timer(SECONDS, self.run.kill)
        self.late.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.late.cancel()
        self.run.kill()
        self.run.wait()

    def read_to(self, last=None):
        """Reads the console to a line, or to its end."""
        while not self.lines or self.lines[-1] != last:
            line = self.run.stdout.readline()
            assert line or last is None, self.lines[-20:]
            if not line:
                return
            self.lines.append(line.decode(errors="replace").replace("\r", "").rstrip("\n"))


GuestExample = collections.namedtuple("GuestExample", "id regions children lines")


def examples_of(lines):
    """The examples' output, in the order of their start."""
    found = {}
    for line in lines:
        match = re.fullmatch(r"example (\d+) (.*)", line)
        if match:
            example = found.setdefault(match[1], GuestExample(int(match[1]), {}, [], []))
            words = match[2].split()
            example.lines.append(match[2])
            if words[0] == "process":
                example.children.append(int(words[1]))
            elif len(words) == 3 and words[2].isdigit():
                example.regions[words[0]] = machine.Region(int(words[1], 16), int(words[2]))
    return list(found.values())


def extraction(lines, name, status="0"):
    """The model and the messages between the marks."""
    begin, end = lines.index(f"begin {name}"), lines.index(f"end {name} {status}")
    rows = lines[begin + 1:end]
    messages = [row for row in rows if row.startswith("cellmodel:")]
    return machine.Model("\n".join(row for row in rows if not row.startswith("cellmodel:")) + "\n", "\n".join(messages))


def contents(pid, frames):
    """The contents of page frames, found through the page map of the only process that has them."""
    found = []
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps, open(f"/proc/{pid}/pagemap", "rb") as pagemap, \
         open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            start, end = (int(x, 16) for x in line.split()[0].split("-"))
            if end - start != 512 << 20:
                continue
            pagemap.seek(start // machine.PAGE * 8)
            for i, (entry,) in enumerate(struct.iter_unpack("<Q", pagemap.read((end - start) // machine.PAGE * 8))):
                if entry >> 63 and entry & (1 << 55) - 1 in frames:
                    memory.seek(start + i * machine.PAGE)
                    found.append(memory.read(machine.PAGE))
    return found


def check_joined(guests):
    """Two guests and the processes that run them: the places of their pages, and the dependences between PDs."""
    inside = [extraction(guest.lines, "all") for guest in guests]
    files = [driver.write(f"inside{i}.csv", model.text) for i, model in enumerate(inside)]
    words = [f"--guest={guest.id},{guest.monitor},{file}" for guest, file in zip(guests, files)]
    status, output, errors = machine.read(machine.HERE, *words)
    assert status == 0 and "are no RAM" not in errors and "not in memory" not in errors, errors
    model = machine.Joined(output, errors)
    for guest, own in zip(guests, inside):
        _, _, a, b, spaces, *_ = examples_of(guest.lines)
        pages = [model.frames_of((guest.id, x.id), x.regions["cached"].start) for x in (a, b)]
        assert pages[0] == pages[1] and len(pages[0]) == 5
        assert sorted(contents(guest.id, pages[0])) == [bytes([i + 1]) * machine.PAGE for i in range(5)]
        assert not model.frames_of((guest.id, a.id), a.regions["own"].start) & model.frames_of((guest.id, b.id), b.regions["own"].start)
        # The guest's description of its memory equals the host's.
        for x, y in ((a, b), (a, spaces)):
            assert model.rsi((guest.id, x.id), (guest.id, y.id))["MO"] == own.rsi(x.id, y.id)["MO"]
        assert model.writable((guest.id, a.id), guest.id) >= 20, "the process that runs it can write all of it"
        assert model.ask("fr", (guest.id, a.id), (guest.id, b.id)) == "FR 1\n"
        trusted = model.ask("trusted", (guest.id, a.id))
        assert f"TRUSTED PD_{guest.id:x} 2 implied request from PD_{guest.id:x}g0\n" in trusted
        assert f"TRUSTED PD_{guest.id:x}g{b.id:x} " not in model.ask("trusted", guest.id)
    (one, first), (other, second) = (((g.id, examples_of(g.lines)[2].id), g) for g in guests)
    assert model.rsi(one, other)["MO"][0] == 0 == model.writable(one, other)
    assert model.ask("fr", one, other) == "FR 3\n" and model.ask("fr", one, other, "--without=PD_0") == "FR inf\n"
    assert f" PD_{second.id:x}g" not in model.ask("trusted", one)
    assert f"PD 0 PD_{first.id:x}g0\n" in model.ask("blast", first.id), "the guest ends with its process"
    # With threads, each core of the guest runs on the thread that the monitor names.
    model = machine.Joined(machine.read(machine.HERE, "--threads", words[0])[1])
    cores = [n for n in model.nodes if n.startswith(f"PCPU_{first.id:x}g")]
    threads = [model.edges["MAP", core] for core in sorted(cores)]
    assert len(cores) == 2 and [len(t) for t in threads] == [1, 1] and threads[0] != threads[1], threads


def long_guest():
    make_initrd()
    with Guest("first") as guest, Guest("second") as second:
        for one in (guest, second):
            one.read_to("guest waits")
        if machine.FRAMES:
            check_joined([guest, second])
        guest.run.stdin.write(b"go on\n")
        guest.run.stdin.flush()
        guest.read_to()
    check_inside(guest.lines)


def traces(model, a, b):
    """Whether the model says that a may trace b, beside looking into it and signalling it."""
    letters = authority.rights_of(model, a.id, b.id)
    assert letters in ("rw", "rwx"), letters
    return letters == "rwx"


def check_inside(lines):
    assert "guest started" in lines and "guest ends" in lines, lines[-20:]
    a, b, plain_a, plain_b, spaces, threads, hidden_a, hidden_b = examples_of(lines)
    text, data, vdso = (a.regions[name].pages for name in ("text", "data", "vdso"))
    of_a, of_b = data + 7, data + 4 + 5 + 2
    # With frames: the zero page is one.
    model = extraction(lines, "all")
    shared = text + vdso + 3 + 1
    assert model.rsi(a.id, b.id)["MO"] == (shared, shared + of_a + of_b), model.rsi(a.id, b.id)
    for name, pages, common in (("own", 20, 0), ("cached", 5, 5), ("copied", 3, 0), ("zero", 1, 1)):
        memory = [model.memory(example, name) for example in (plain_a, plain_b)]
        assert [sum(m.values()) for m in memory] == [pages, pages] and machine.common(*memory) == common, name
    assert model.mapping(a.id, a.regions["vdso"].start)[1] == "VDSO"
    # Namespaces.
    rsi = model.rsi(a.id, spaces.children[0])
    new = {line.split()[1] for line in spaces.lines if line.startswith("new ")}
    assert {"mnt", "uts", "ipc", "net", "pid"} <= new, spaces.lines
    for kind, type_ in places.NAMESPACES.items():
        if type_ in rsi:
            # A new PID namespace lies within the old one, so that its processes are in both.
            apart = (1, 2) if kind == "pid" else (0, 2)
            assert rsi[type_] == (apart if kind in new else (1, 1)), (kind, rsi)
    # A control group of version 2, and what AppArmor knows processes as.
    texts = {model.nodes[n]["EXTRA"] for n in model.held(threads.id, "CGROUP")}
    assert texts == {"0::/limited memory=67108864 tasks=50"} and not model.held(a.id, "CGROUP"), texts
    assert {model.nodes[n]["EXTRA"] for n in model.held(a.id, "LABEL")} == {"unconfined"}
    assert traces(model, a, b)
    # Threads.
    by_thread = extraction(lines, "all-threads")
    names = [row["DATA"] for row in by_thread.rows if row["NODE_TYPE"] == "PD" and row["DATA"].endswith(" threads-static")]
    assert len(names) == 3, names
    rsi = by_thread.rsi(threads.id, int(names[1].split()[0]))
    assert rsi["VMR"][0] == rsi["VMR"][1] and rsi["MO"][0] == rsi["MO"][1] > 20
    # Without frames, on a kernel without the scan: the zero page looks like one's own.
    model = extraction(lines, "hidden")
    assert not traces(model, hidden_a, hidden_b), "Yama's scope is 1, and neither is the other's child"
    assert "page frames may not be read" in model.errors
    shared, of_a, of_b = text + vdso + 3, of_a + 5, of_b + 9
    assert model.rsi(hidden_a.id, hidden_b.id)["MO"] == (shared, shared + of_a + of_b)


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
