# SPDX-License-Identifier: BSD-2-Clause
"""cellmodel as a static program, and on Linux for arm64: example programs and the static cellmodel run in an emulated
machine under Debian's own kernel, and the model that comes out is compared with what is true by construction.

The kernel (21 MB) is fetched from Debian, so the machine is started with --long only.
"""

import collections
import os
import pathlib
import re
import struct
import subprocess
import sys

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


def run_guest():
    """Boots the guest; returns what its console showed, in lines."""
    programs = {"init": "guest-init", "bare": "bare", "plain-static": "plain-static",
                "namespaces-static": "namespaces-static", "threads-static": "threads-static"}
    members = {"proc": None, "sys": None}
    members |= {name: (BUILD / "tests" / "linux-arm64" / file).read_bytes() for name, file in programs.items()}
    members["cellmodel"] = (BUILD / "static" / "cellmodel-aarch64").read_bytes()
    initrd = driver.SCRATCH / "initrd"
    driver.SCRATCH.mkdir(parents=True, exist_ok=True)
    initrd.write_bytes(guest_linux.initrd(members))
    command = ["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-m", "512", "-nodefaults", "-nographic", "-serial",
               "stdio", "-no-reboot", "-kernel", guest_linux.kernel(BUILD), "-initrd", initrd, "-append",
               "console=ttyAMA0 quiet loglevel=1 cryptomgr.notests panic=-1"]
    with open(driver.SCRATCH / "console.txt", "wb") as console:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT, timeout=SECONDS, check=True)
    return (driver.SCRATCH / "console.txt").read_text(errors="replace").replace("\r", "").splitlines()


GuestExample = collections.namedtuple("GuestExample", "id regions children lines")


def examples_of(lines):
    """What the examples said, in the order of their start."""
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


def long_guest():
    lines = run_guest()
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
            assert rsi[type_] == ((0, 2) if kind in new else (1, 1)), (kind, rsi)
    # Threads.
    by_thread = extraction(lines, "all-threads")
    names = [row["DATA"] for row in by_thread.rows if row["NODE_TYPE"] == "PD" and row["DATA"].endswith(" threads-static")]
    assert len(names) == 3, names
    rsi = by_thread.rsi(threads.id, int(names[1].split()[0]))
    assert rsi["VMR"][0] == rsi["VMR"][1] and rsi["MO"][0] == rsi["MO"][1] > 20
    # Without frames, on a kernel without the scan: the zero page looks like one's own.
    model = extraction(lines, "hidden")
    assert "page frames may not be read" in model.errors
    shared, of_a, of_b = text + vdso + 3, of_a + 5, of_b + 9
    assert model.rsi(hidden_a.id, hidden_b.id)["MO"] == (shared, shared + of_a + of_b)


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
