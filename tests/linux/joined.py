# SPDX-License-Identifier: BSD-2-Clause
"""cellmodel linux --guest: a recorded guest (guest.csv, from an arm64 machine with 512 MiB at 0x40000000) in a process that has
such memory, as QEMU has it; what QEMU's monitor says is recorded, too. `--long` of guest.py does the same with QEMU."""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

import driver
from machine import FRAMES, HERE, PAGE, Joined, Mode, NOBODY, NOBODY_WORKS, ROOM, frame_of, read

GUEST = pathlib.Path(__file__).with_name("guest.csv")
BASE, SIZE = 0x40000000, 512 << 20
A, B = 0x54, 0x55  # the two processes of the guest

# Has memory of its own ("own"), or of a file that is only read so far, as one that was started from a snapshot. Touches the
# pages whose numbers it is given.
MONITOR = """
import ctypes, mmap, sys
flags = mmap.MAP_PRIVATE | 0x4000
if sys.argv[1] == "own":
    ram = mmap.mmap(-1, %d, flags=flags | mmap.MAP_ANONYMOUS)
else:
    file = open(sys.argv[1], "rb")
    ram = mmap.mmap(file.fileno(), %d, flags=flags, prot=3)
ram.madvise(15)
for page in map(int, sys.argv[2:]):
    if sys.argv[1] == "own":
        ram[page * 4096] = 1
    else:
        ram[page * 4096]
print(ctypes.addressof(ctypes.c_char.from_buffer(ram)), flush=True)
sys.stdin.read()
""" % (SIZE, SIZE)


def memory_of_guest():
    """{MO: numbers of its pages, counted from the start of RAM}"""
    found = {}
    with open(GUEST, encoding="utf-8") as rows:
        for row in rows:
            if row.startswith("RESOURCE,MO_"):
                address, pages, _ = row.rstrip("\n").rsplit(",", 1)[1].split("_")
                first = (int(address, 16) - BASE) // PAGE
                found[row.split(",")[1]] = range(first, first + int(pages))
    return found


MEMORY = memory_of_guest()


class Monitor:
    """A process that runs the guest; `touched`: the MOs of the guest that it has in memory."""

    def __init__(self, kind="own", touched=tuple(MEMORY)):
        pages = [str(page) for mo in touched for page in MEMORY[mo]]
        self.run = subprocess.Popen([sys.executable, "-IS", "-c", MONITOR, kind, *pages], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, text=True)
        self.id, self.host = self.run.pid, int(self.run.stdout.readline())
        while pathlib.Path(f"/proc/{self.id}/stat").read_text().rsplit(")", 1)[1].split()[0] != "S":
            time.sleep(0.01)  # until it waits, and touches no more memory
        self.table = driver.write(f"ram{self.id}", f"# RAM\n\n {BASE:#x} {SIZE} {self.host:#x}  # all\n")
        self.word = f"--guest={self.id},{self.table},{GUEST}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.run.communicate()

    def frames(self, mo):
        """By the page map."""
        return {frame_of(self.host + page * PAGE, self.id) for page in MEMORY[mo]} - {0}


def needs_frames():
    if not FRAMES:
        raise driver.Skip("reading page frames takes root")


def test_memory():
    """Each page of the guest's is where the process has it; what is not in memory is reported."""
    needs_frames()
    *touched, left = MEMORY
    with Monitor(touched=touched) as monitor:
        status, output, errors = read(HERE, monitor.word)
        assert status == 0, errors
        assert errors == f"cellmodel: linux: {monitor.id}: {len(MEMORY[left])} pages of its guest are not in memory here\n"
        model = Joined(output)
        for mo in MEMORY:
            gmo = f"GMO_{monitor.id:x}g{mo[3:]}"
            assert model.frames_below(gmo) == monitor.frames(mo) and bool(model.frames_below(gmo)) == (mo != left), mo
            assert all(model.rights[gmo, below] == "rwx" for below in model.edges["MAP", gmo]), mo
        assert model.writable((monitor.id, A), (monitor.id, B)) == 0 < model.writable((monitor.id, A), monitor.id)
        assert model.nodes[model.pd((monitor.id, A))]["DATA"] == f"{monitor.id}/{A} plain-static"
        assert model.edges["LINK", model.pd((monitor.id, 0))] == [model.pd(monitor.id)]


def both_ways(*words):
    """The model, and that of the same with --merge."""
    models = []
    for more in ((), ("--merge",)):
        status, output, errors = read(HERE, *words, *more)
        assert status == 0 and not errors, errors
        models.append(Joined(output))
    return models


def test_two_guests():
    """Guests of one file share its pages until they write; besides, they share only the host's kernel, three requests away."""
    needs_frames()
    with tempfile.NamedTemporaryFile() as file:
        file.truncate(SIZE)
        with Monitor(file.name) as one, Monitor(file.name) as other, Monitor() as own:
            status, output, errors = read(HERE, one.word, other.word, own.word)
            assert status == 0 and not errors, errors
            model = Joined(output)
            a, b, c = ((monitor.id, A) for monitor in (one, other, own))
            shared, together = model.rsi(a, b)["MO"]
            assert shared == together > 100 and model.writable(a, b) == 0, "read only, so nobody can write to the other"
            assert model.rsi(a, c)["MO"][0] == 0 and model.writable(c, own.id) > 20 and model.writable(a, one.id) == 0
            assert model.ask("fr", a, b) == "FR 3\n" and model.ask("fr", a, b, "--without=PD_0") == "FR inf\n"
            assert model.ask("fr", a, (one.id, B)) == "FR 1\n" and model.ask("fr", a, one.id) == "FR 0\n"
            trusted = [line.split(" ", 2)[1:] for line in model.ask("trusted", a).splitlines()]
            names = [name for name, _ in trusted]
            assert {model.pd((one.id, 0)), model.pd(one.id), "PD_0"} <= set(names), trusted
            pairs = ((a, b), (a, c), (c, own.id), (a, one.id))
            for _ in range(10):  # the kernel moves pages at any time
                plain, merged = both_ways(one.word, other.word, own.word)
                if all(plain.rsi(*pair) == merged.rsi(*pair) for pair in pairs):
                    break
            for pair in pairs:
                assert (merged.rsi(*pair), merged.writable(*pair)) == (plain.rsi(*pair), plain.writable(*pair)), pair
            assert len(merged.nodes) < len(plain.nodes)
            # Not its neighbour, though the process around both reaches what either writes; not the other guests.
            assert not [name for name in names if "g" in name and name != model.pd((one.id, 0))], trusted


ANSWERS = {
    "info mtree -f": "FlatView #0\r\n AS \"I/O\", root: io\r\n Root memory region: io\r\n  0000000000000000-000000000000ffff (prio 0, "
                     "i/o): io\r\n\r\nFlatView #2\r\n AS \"memory\", root: system\r\n AS \"cpu-memory-0\", root: system\r\n Root memory "
                     "region: system\r\n  0000000000000000-0000000003ffffff (prio 0, romd): virt.flash0\r\n  0000000009020000-"
                     "0000000009020007 (prio 0, i/o): fwcfg.data\r\n  0000000040000000-000000005fffffff (prio 0, ram): "
                     "mach-virt.ram\r\n  0000004010000000-000000401fffffff (prio 0, i/o): pcie-mmcfg-mmio\r\n\r\n",
    "gpa2hva 0x40000000": "Host virtual address for 0x40000000 (mach-virt.ram) is {host:#x}\r\n",
    "info cpus": "* CPU #0: thread_id={id}\r\n  CPU #1: thread_id={id}\r\n",
}


@contextlib.contextmanager
def qmp(answers, **facts):
    """A socket on which one client is answered as QEMU answers, with an event between."""
    path = driver.SCRATCH / "qmp"
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def serve():
        client, _ = listener.accept()
        with client, client.makefile("rw") as lines, contextlib.suppress(OSError):
            lines.write('{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}\n')
            lines.flush()
            for request in lines:
                command = json.loads(request).get("arguments", {}).get("command-line")
                answer = {} if command is None else answers.get(command)
                if answer is None:
                    return
                lines.write('{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "RTC_CHANGE"}\n')
                text = answer.format(**facts) if isinstance(answer, str) else answer
                lines.write(json.dumps(text if "error" in answer else {"return": text}) + "\n")
                lines.flush()

    server = threading.Thread(target=serve)
    server.start()
    yield path
    server.join()
    listener.close()


def test_monitor():
    """Addresses from QEMU's monitor are as good as those from a file; missing ones are reported."""
    with Monitor() as monitor:
        plain = read(HERE, "--no-frames", monitor.word)
        with qmp(ANSWERS, host=monitor.host, id=monitor.id) as path:
            assert read(HERE, "--no-frames", f"--guest={monitor.id},{path},{GUEST}") == plain
        assert plain[0] == 0 and f"GMO_{monitor.id:x}g" in plain[1]
        cases = [
            ({}, "it ends before it answers"),
            ({"info mtree -f": ANSWERS["info mtree -f"], "gpa2hva 0x40000000": "No memory is mapped at address 0x40000000\r\n"},
             "to `gpa2hva 0x40000000` it says `No memory is mapped at address 0x40000000 `"),
            ({"info mtree -f": {"error": {"class": "GenericError", "desc": "no"}}},
             'it says {"error": {"class": "GenericError", "desc": "no"}}'),
            ({"info mtree -f": "FlatView #0\r\n AS \"I/O\", root: io\r\n", "info cpus": ""}, "it tells of no RAM"),
        ]
        for answers, reason in cases:
            with qmp(answers) as path:
                assert read(HERE, f"--guest={monitor.id},{path},{GUEST}") == (2, "", f"cellmodel: linux: {path}: {reason}\n"), reason


def test_refused():
    """Each mistake has its message."""
    with Monitor() as monitor:
        def fails(word, reason, status=2):
            answer = read(HERE, *([word] if isinstance(word, str) else word))
            assert answer[0] == status and reason in answer[2], answer

        fails("--guest=1", "--guest 1: not PROCESS,MACHINE,FILE")
        fails(f"--guest=x,{monitor.table},{GUEST}", "not PROCESS,MACHINE,FILE")
        fails([monitor.word, monitor.word], f"--guest: process {monitor.id} runs one guest only")
        fails(f"--guest={monitor.id},/nowhere,{GUEST}", "cellmodel: linux: /nowhere: No such file or directory")
        for number, text in enumerate(("1 2", "1 2 3 4", "a 2 3", "0x40000000 0 0x1000", "1 0xffffffffffffffff 1", "-1 2 3")):
            table = driver.write(f"table{number}", f"# comment\n{text}\n")
            fails(f"--guest={monitor.id},{table},{GUEST}", f"{table}: line 2: not GUEST-ADDRESS BYTES PROCESS-ADDRESS")
        fails(f"--guest={monitor.id},{driver.write('empty', '# nothing')},{GUEST}", "it tells of no RAM")
        text = GUEST.read_text(encoding="utf-8")
        named = driver.write("named.csv", "".join(
            line.rsplit(",", 1)[0] + ",file:8:1:0_1_12\n" if line.startswith("RESOURCE,MO_") else line for line in text.splitlines(True)))
        fails(f"--guest={monitor.id},{monitor.table},{named}", "its pages have no physical addresses")
        merged = driver.write("merged.csv", "".join(
            line.rsplit(",", 1)[0] + ",0x0_1_12\n" if line.startswith("RESOURCE,MO_1_4005c,") else line for line in text.splitlines(True)))
        fails(f"--guest={monitor.id},{monitor.table},{merged}", "some of its memory has no physical address: extract it without --merge")
        fails(f"--guest={monitor.id},{monitor.table},{driver.write('rootless.csv', text.replace('PD_0', 'PD_7'))}", "it has no PD_0")
        low = driver.write("low", f"0 4096 {monitor.host}")
        fails(f"--guest={monitor.id},{low},{GUEST}", f"{monitor.id}: {sum(map(len, MEMORY.values()))} pages of its guest are no RAM", 0)
    fails(monitor.word, f"{monitor.id}: its guest is not in the model", 1)


def test_without_frames():
    """A user who may not read page frames gets the same graph, by the places of the pages in the process, or no guest at all."""
    with Monitor() as monitor:
        model = Joined(read(HERE, "--no-frames", monitor.word)[1])
        page = MEMORY["MO_1_4005c"][0]
        (mo,) = model.edges["MAP", f"GMO_{monitor.id:x}g1_4005c"]
        assert model.nodes[mo]["EXTRA"] == f"anon:{monitor.id}:{monitor.host + page * PAGE:x}_1_12"
        if NOBODY_WORKS and os.geteuid() == 0:
            here = [shutil.copy(path, ROOM.path) for path in (monitor.table, GUEST)]
            status, _, errors = read(Mode(False, NOBODY), f"--guest={monitor.id},{here[0]},{here[1]}")
            assert status == 1 and f"{monitor.id}: its guest is not in the model" in errors, errors


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
