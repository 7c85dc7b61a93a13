# SPDX-License-Identifier: BSD-2-Clause
"""Executables for Linux, as a Linux compiler makes them, run beside other programs."""

import itertools
import json
import pathlib
import re

from harness import archive, executables, tool
from harness.figures import check_same, figures_at_rest

SECONDS = 120
NOT_COMPARED = ("threads",)  # how many PDs were made, and so their numbers, depends on how long threads that have exited were kept
PROMPT = "^cell> "
SOURCES = pathlib.Path(__file__).parent / "linux"


def start(context, **members):
    return context.start(archive=archive.archive(context, **members))


def test_hello(context):
    """A static executable, and one that may lie anywhere: run by its name or with `run`; its status is printed."""
    fixed = executables.compiled(context, SOURCES / "hello.c", "-static")
    movable = executables.compiled(context, SOURCES / "hello.c", "-static-pie", name="movable")
    with start(context, fixed=fixed, movable=movable) as machine:
        for line, said in (("fixed", "hello from fixed"), ("run fixed a 'b c'", "hello from fixed [a] [b c]"),
                           ("movable x", "hello from movable [x]")):
            lines = machine.answer(line)
            assert lines[0] == said and lines[1].endswith("exited with 7"), lines
        assert machine.answer("hello") == ["hello, world"]
        assert machine.answer("nothing") == ["shell: no command or program 'nothing'; 'help' lists them"]


def test_description(context):
    """In a description, too, `linux` runs it; other errors are reported."""
    fixed = executables.compiled(context, SOURCES / "hello.c", "-static")
    wrong, right = context.folder / "wrong", context.folder / "right"
    wrong.write_text("pd greet process program=fixed\n")
    right.write_text(archive.CONSOLE + "pd greet process program=linux\n  args --strace fixed a\n  rde MO rights=rwx\n  rde CONSOLE from console\n"
                     "  essential\n")
    members = {"fixed": fixed, "systems/wrong": wrong, "systems/right": right}
    with context.start(archive=archive.archive(context, **members), system="wrong") as machine:
        assert machine.exit_status() != 0
        assert "systems/wrong:1:26: program: 'fixed' is made for Linux: 'program=linux' with 'args fixed' runs it" in machine.errors()
    with context.start(archive=archive.archive(context, **members), system="right") as machine:
        assert machine.exit_status() == 7
        lines = machine.transcript().splitlines()
    assert "hello from fixed [a]" in lines and 'write(1, "hello from fixed [a]\\n", 21) = 21' in lines, lines


FAULTS = ["wild pointers", "a fault runs its handler", "and once more", "a handler can repair it", "raise", "kept back",
          "and delivered", "on another stack", "a call of written code"]


def test_faults(context):
    """EFAULT for wild pointers, signals for faults and by kill; a signal without a handler ends the program, with a report."""
    faults = executables.compiled(context, SOURCES / "faults.c", "-static")
    with start(context, faults=faults) as machine:
        expected = [f"{what}: ok" for what in FAULTS]
        assert machine.answer("faults") == expected
        lines = machine.answer("faults abort")
        assert lines[:-1] == expected and lines[-1].endswith("exited with 134"), lines
        lines = machine.answer("faults thread")
        assert lines[-1].endswith("exited with 139") and re.fullmatch(r"linux: thread \d+ faulted at 0x[0-9a-f]+, address 0xdead000", lines[-2]), lines
        lines = machine.answer("faults null")
        assert lines[-1].endswith("faulted") and any("tried to write address 0xdead002" in line for line in lines), lines
        assert machine.answer("hello") == ["hello, world"]


# Commands for busybox, and their output on Linux.
APPLETS = [
    ("echo hello world", ["hello world"]),
    ("expr 6 '*' 7", ["42"]),
    ("seq 3", ["1", "2", "3"]),
    ("uname -m", ["aarch64"]),
    ("sh -c 'for i in 1 2 3; do echo turn $i; done; echo $((1<<40)); type echo'",
     ["turn 1", "turn 2", "turn 3", "1099511627776", "echo is a shell builtin"]),
    ("sh -c 'echo gone > /dev/null && echo full > /dev/full'", ["sh: write error: No space left on device"]),
    ("awk 'BEGIN { for (i = 0; i < 3; i++) s = s i; print s, length(s), 7 / 2 }'", ["012 3 3.5"]),
    ("grep -c pd /systems/shell", ["3"]),
    ("md5sum /nothing", ["md5sum: can't open '/nothing': No such file or directory"]),
]


def test_busybox(context):
    """Debian's busybox, as it is in the package."""
    busybox = executables.package(context, "busybox-static") / "bin" / "busybox"
    with start(context, busybox=busybox) as machine:
        for arguments, expected in APPLETS:
            lines = machine.answer(f"busybox {arguments}")
            said = [line for line in lines if "exited with" not in line]
            assert said == expected, (arguments, lines)
        assert machine.answer("run env=WHERE=here busybox sh -c 'echo $WHERE'") == ["here"]


def test_musl(context):
    """A static executable with another C library."""
    musl = executables.package(context, "musl-dev") / "usr"
    made = context.folder / "small"
    library = musl / "lib" / "aarch64-linux-musl"
    included, _ = tool.run(executables.COMPILER, "-print-file-name=include")
    tool.run(executables.COMPILER, "-O2", "-static", "-nostdinc", "-isystem", musl / "include" / "aarch64-linux-musl", "-isystem",
             included.strip(), "-nostdlib", "-nostartfiles", library / "crt1.o", library / "crti.o", SOURCES / "hello.c", "-o", made,
             "-Wl,--start-group", library / "libc.a", "-lgcc", "-Wl,--end-group", library / "crtn.o")
    with start(context, small=made) as machine:
        assert machine.answer("small a")[0] == "hello from small [a]"


THREADS = ["a mutex", "thread-local variables", "a condition", "one after the other", "a thread of a thread",
           "a signal to another one", "a signal to one just made", "a thread that unmaps its stack",
           "what a thread begins with"]


def test_threads(context):
    """Threads are PDs; any of them ends all by exit(), also after the first one has ended. Nothing is left."""
    threads = executables.compiled(context, SOURCES / "threads.c", "-static")
    with start(context, threaded=threads) as machine:
        for line in ("threaded", "threaded leave"):
            lines = machine.answer(line)
            assert lines[:-1] == [f"{what}: ok" for what in THREADS] and lines[-1].endswith("exited with 3"), lines
        assert machine.answer("threaded out") == [f"{what}: ok" for what in THREADS]
        before = machine.answer("mem")
        machine.answer("repeat 5 threaded")
        after = machine.answer("mem")
        assert [line.split()[:2] for line in before[3:]] == [line.split()[:2] for line in after[3:]], (before, after)
        assert abs(int(before[0].split()[1]) - int(after[0].split()[1])) < 8, (before, after)


CROSS = pathlib.Path("/usr/aarch64-linux-gnu/lib")
LIBRARIES = "lib/aarch64-linux-gnu"


def libraries(folders, names):
    """Members of an archive for shared libraries, where the loader looks for them."""
    members = {}
    for name in names:
        found = [folder / name for folder in folders if (folder / name).exists()]
        place = "lib" if name.startswith("ld-") else LIBRARIES
        members[f"{place}/{name}"] = found[0].resolve()
    return members


def test_dynamic(context):
    """Executables that a loader of shared libraries brings into memory: its own, and one C library."""
    members = libraries([CROSS], ["ld-linux-aarch64.so.1", "libc.so.6"])
    members["greet"] = executables.compiled(context, SOURCES / "hello.c")
    members["threaded"] = executables.compiled(context, SOURCES / "threads.c")
    members["faults"] = executables.compiled(context, SOURCES / "faults.c")
    with start(context, **members) as machine:
        assert machine.answer("greet a")[0] == "hello from greet [a]"
        assert machine.answer("threaded")[:-1] == [f"{what}: ok" for what in THREADS]
        assert machine.answer("faults") == [f"{what}: ok" for what in FAULTS]
        before = machine.answer("mem")
        machine.answer("repeat 3 greet")
        after = machine.answer("mem")
        assert [line.split()[:2] for line in before[2:]] == [line.split()[:2] for line in after[2:]], (before, after)


# Debian's own programs, and their output.
DEBIAN = [
    ("sqlite3 :memory: 'create table t(a); insert into t values(1),(2),(40); select sum(a), count(*) from t;'", "43|3"),
    ("sqlite3 :memory: \"with recursive c(x) as (select 1 union all select x+1 from c where x<20000) select sum(x*x) from c;\"",
     "2666866670000"),
    ("sqlite3 /t.db 'create table t(a); insert into t values(1),(2),(40);'", None),
    ("sqlite3 /t.db 'select sum(a), count(*) from t;'", "43|3"),
    ("lua -e 'print(2^10, string.rep(\"ab\", 3), (\"x\"):byte())'", "1024.0\tababab\t120"),
]
PACKAGES = ["libc6", "libsqlite3-0", "libreadline8", "libtinfo6", "zlib1g", "sqlite3", "lua5.4"]


def long_debian(context):
    """Programs of Debian with their libraries, as they are in the packages."""
    folders = [executables.package(context, name) for name in PACKAGES]
    places = [folder / place / "aarch64-linux-gnu" for folder in folders for place in ("lib", "usr/lib")]
    members = libraries(places, ["ld-linux-aarch64.so.1", "libc.so.6", "libm.so.6", "libreadline.so.8", "libtinfo.so.6",
                                 "libz.so.1", "libsqlite3.so.0"])
    members["sqlite3"] = folders[5] / "usr" / "bin" / "sqlite3"
    members["lua"] = folders[6] / "usr" / "bin" / "lua5.4"
    with context.start(archive=archive.archive(context, **members), system="files-ramdisk") as machine:
        for line, expected in DEBIAN:
            said = machine.answer(line)
            assert expected is None or expected in said, (line, said)


VDSO = ["clocks", "no clock", "resolution", "time of day", "a wrong address is the program's fault", "a handler's end by the vDSO",
        "a thread by a call of written code"]


def test_vdso(context):
    """The vDSO gives the time without a system call; system calls in code that was not replaced work, too."""
    members = {name: executables.compiled(context, SOURCES / f"{name}.c", "-static") for name in ("vdso", "times")}
    with start(context, **members) as machine:
        assert machine.answer("vdso") == [f"{what}: ok" for what in VDSO]
        lines = machine.answer("run --strace times")
        assert "1000 times: ok" in lines and not [line for line in lines if "clock_get" in line or "gettimeofday" in line], lines


def attack_all(machine, repeats, rounds):
    """Attacks of each kind; other programs are unharmed, and the attackers' memory is given back."""
    for name in ("calls", "own", "map"):
        assert machine.answer(f"attack {name}") == ["it goes on"], name
    assert machine.answer("attack leak")[0].endswith(" descriptors")
    for name in ("stub", "overwrite", "all"):
        lines = machine.answer(f"attack {name} {rounds}")
        assert re.search(r"faulted|exited with 1\d\d$", lines[-1]), (name, lines)
    before = figures_at_rest(machine)
    for name in ("calls", "own", "map", "stub", "overwrite", "leak"):
        machine.answer(f"attack {name}")
    machine.expect(PROMPT)
    machine.type(f"repeat {repeats} attack all {rounds}")
    machine.expect(f"{rounds}$")
    machine.expect(PROMPT, timeout=1200)
    machine.type("")
    check_same(machine, before, objects=5, slots=5)
    assert machine.answer("hello") == ["hello, world"]


def plain(lines):
    """Calls and signals of a trace after the first change of folder; addresses, structures of calls, random bytes and process numbers are replaced by
    their kinds."""
    calls = [line for line in lines if re.match(r"\w+\(.*\) = |---|\+\+\+", line)]
    begin = next(number for number, line in enumerate(calls) if line.startswith("chdir("))
    pid = re.search(r"getpid\(\) = (\d+)", "\n".join(calls))[1]
    calls = [re.sub(rf"\b{pid}\b", "PID", line) if re.match("t?g?kill|get[pt]id|---", line) else line for line in calls[begin + 1:]]
    calls = [line if line.startswith("---") else re.sub(r"\{[^}]*\}|0x[0-9a-f]{6,}", "ADDRESS", line) for line in calls]
    return [re.sub(r"(\\x[0-9a-f]{2}){4}", "BYTES", re.sub(r"rt_sigreturn\(.*\)", "rt_sigreturn(ADDRESS)", line)) for line in calls]


def test_native_traced(context):
    """Calls of a native program cannot be shown: the request is refused. So is a variable without a name."""
    with start(context) as machine:
        lines = machine.answer("run --strace hello")
        assert lines[0] == "hello: made for this system, not for Linux" and lines[1].endswith("exited with 126") and len(lines) == 2, lines
        for word, why in (("env=", "NAME=VALUE is missing"), ("env==x", "'=x' is not NAME=VALUE"), ("env=A", "'A' is not NAME=VALUE")):
            assert machine.answer(f"run {word} hello") == [f"run: {word}: env: {why}"]
        assert machine.answer("run env=A= hello") == ["hello, world"]


def test_strace(context):
    """A trace is that of strace(1) on Linux, which made traced.txt, but for structures, whose addresses are shown here."""
    traced = executables.compiled(context, SOURCES / "traced.c", "-static", "-Wno-unused-result")
    with context.start(archive=archive.archive(context, traced=traced), system="files-ramdisk") as machine:
        said = plain(machine.answer("run --strace traced /"))
    expected = (SOURCES / "traced.txt").read_text().splitlines()
    different = [f"{one!r}, on Linux {other!r}" for one, other in itertools.zip_longest(said, expected) if one != other]
    assert not different, "\n".join(different)


def test_attacks(context):
    """A program that attacks the personality beside it harms only itself, and nothing of it is left."""
    attack = executables.compiled(context, SOURCES / "attack.c", "-static")
    with context.start(archive=archive.archive(context, attack=attack), system="files-mapped") as machine:
        attack_all(machine, 10, 1000)


def long_attacks(context):
    """A million random calls by one program; a thousand programs that make random calls, each its own."""
    attack = executables.compiled(context, SOURCES / "attack.c", "-static")
    with context.start(archive=archive.archive(context, attack=attack), system="files-mapped", seconds=3000) as machine:
        machine.expect(PROMPT)
        machine.type("attack calls 1000000")
        machine.expect("^it goes on$", timeout=1200)
        machine.type("")
        attack_all(machine, 1000, 20000)


# Bounds for the instructions of the calls in `./cellulos bench programs`.
MOST = {"getppid": 60, "clock_gettime": 60, "write_null": 280, "pread_16": 330, "pread_4096": 1000, "open_close_null": 1800,
        "raise_handler": 1500, "mmap_touch_100_munmap": 200000, "pthread_create_join": 38000}


def test_speed(context):
    """System calls take at most their bounds."""
    with context.start(archive=archive.archive(context, calls=context.build / "bench" / "calls"), icount=True) as machine:
        rows = {row["name"].removeprefix("programs."): row["total"]
                for row in map(json.loads, (line for line in machine.answer("calls") if line.startswith("{")))}
    assert MOST.keys() < rows.keys(), rows
    slower = 3 if context.kernel else 1  # mapping and making a thread take longer on seL4
    assert not [f"{name}: {rows[name]}" for name, most in MOST.items() if rows[name] > most * slower], rows


# Commands of busybox on a disk, in this order.
ON_DISK = [
    ("mkdir /d", []),
    ("sh -c 'cd /d && pwd && echo hello > f && read x < f && echo got $x; cd ..; pwd'", ["/d", "got hello", "/"]),
    ("ln -s f /d/s", []),
    ("readlink /d/s", ["f"]),
    ("cat /d/s", ["hello"]),
    ("mv /d/f /d/g", []),
    ("ls -1 /d", ["g", "s"]),
    ("sh -c 'echo more >> /d/g'", []),
    ("cat /d/g", ["hello", "more"]),
    ("stat -c '%s %F' /d/g", ["11 regular file"]),
    ("cat /d", ["cat: read error: Is a directory"]),
    ("rmdir /d", ["rmdir: '/d': Directory not empty"]),
    ("rm -r /d", []),
    ("ls /d", ["ls: /d: No such file or directory"]),
    ("dd if=/dev/urandom of=/big bs=100000 count=3", ["3+0 records in", "3+0 records out"]),
    ("cp /big /copy", []),
    ("cmp /big /copy", []),
    ("truncate -s 5 /copy", []),
    ("wc -c /copy", ["5 /copy"]),
]


def test_disk(context):
    """Files, directories and links of a file server, and the data that the next program finds on the disk."""
    busybox = executables.package(context, "busybox-static") / "bin" / "busybox"
    with context.start(archive=archive.archive(context, busybox=busybox), system="files-ramdisk") as machine:
        for arguments, expected in ON_DISK:
            said = [line for line in machine.answer(f"busybox {arguments}") if "exited with" not in line]
            assert said == expected, (arguments, said)
        # The server drops a client's handles soon after its end.
        before = machine.answer("mem")
        machine.answer("repeat 10 busybox wc -c /copy")
        after = machine.answer("mem")
        for old, new in zip(before[3:], after[3:]):
            assert int(new.split()[1]) < int(old.split()[1]) + 5, (before, after)


def compare(machine, name, line):
    """Runs a program whose output on Linux is beside its source: NAME.txt."""
    expected = (SOURCES / f"{name}.txt").read_text().splitlines()
    lines = machine.answer(line)
    different = [f"{said!r}, on Linux {wanted!r}" for said, wanted in itertools.zip_longest(lines, expected) if said != wanted]
    assert not different, "\n".join(different)


def test_files(context):
    """Calls about files answer as on Linux, where the same executable made files.txt."""
    files = executables.compiled(context, SOURCES / "files.c", "-static")
    with context.start(archive=archive.archive(context, calls=files), system="files-ramdisk") as machine:
        compare(machine, "files", "calls")


def test_mapped(context):
    """Files that are mapped, shared and private, beside reads, writes and changes of their size; SIGBUS behind their end: as on Linux."""
    mapped = executables.compiled(context, SOURCES / "mapped.c", "-static")
    with context.start(archive=archive.archive(context, mapped=mapped), system="files-mapped") as machine:
        compare(machine, "mapped", "mapped")


def test_stress(context):
    """Four threads map, read, write, protect and cut one file at random: all contents, and each SIGBUS, are as on Linux."""
    stress = executables.compiled(context, SOURCES / "stress.c", "-static", "-Wno-unused-result")
    with context.start(archive=archive.archive(context, stress=stress), system="files-mapped") as machine:
        compare(machine, "stress", "stress 2000 /")


# The conflicts that `locks ask` meets.
LOCKS = ["getlk: 0", "written from 10, 10 bytes, of a process", "getlk: 0", "free", "getlk: 0", "read from 30, 10 bytes, of a process",
         "getlk: 0", "written from 50, 0 bytes, of nobody", "written: EAGAIN", "beside it: 0", "read: 0", "read, written: EAGAIN",
         "of the description: EAGAIN", "whole: EAGAIN", "waiting: EINTR", "waiting for the end", "at last: 0", "whole: 0"]


# The last line of fuzz.c on Linux, by calls and seed.
FUZZ = {(5000, 1): "5184 calls, 1022 faults, 0 different, hash d6ab62e4fb1a2041",
        (1000000, 2): "1000000 calls, 216200 faults, 0 different, hash faf8c9e11c07b31f"}


def fuzz(context, rounds, seed):
    """The last line of its output."""
    made = executables.compiled(context, SOURCES / "fuzz.c", "-static")
    with context.start(archive=archive.archive(context, fuzz=made), system="files-mapped", seconds=3000) as machine:
        machine.expect(PROMPT)
        machine.type(f"fuzz {rounds} {seed} /")
        machine.expect(f"fuzz {rounds} {seed} /$")
        machine.expect("^.*hash.*$|faulted|exited with", timeout=2400)
        return machine.transcript().splitlines()


def test_fuzz(context):
    """Calls at random about memory, a file and descriptors answer as a model in memory does, and as Linux did."""
    lines = fuzz(context, 5000, 1)
    assert FUZZ[5000, 1] in lines, lines


def long_fuzz(context):
    """The same with a million calls."""
    lines = fuzz(context, 1000000, 2)
    assert FUZZ[1000000, 2] in lines, lines


def test_locks(context):
    """Locks hold against other processes until their owner ends; a signal ends a wait for one."""
    locks = executables.compiled(context, SOURCES / "locks.c", "-static")
    with context.start(archive=archive.archive(context, locks=locks), system="files-mapped") as machine:
        machine.expect(PROMPT)
        machine.type("locks hold &")
        holder = machine.expect(r"^locks is (PD_\w+)$")[1]
        machine.expect("^holding$")
        begin = machine.seen()
        machine.type("locks ask &")
        machine.expect("^waiting for the end$")
        machine.type(f"kill {holder}")
        machine.expect("^whole: 0$")
        said = [line.removeprefix("cell> ") for line in machine.transcript()[begin:machine.seen()].splitlines()]
    assert [line for line in said if line and not re.match("locks |kill ", line)] == LOCKS, said


def long_rounds(context):
    """A thousand ends give back every page, slot and object: of a program, of one with threads, of one that maps files."""
    members = {name: executables.compiled(context, SOURCES / f"{name}.c", "-static") for name in ("hello", "threads", "mapped")}
    members["greet"] = members.pop("hello")
    members["threaded"] = members.pop("threads")
    with context.start(archive=archive.archive(context, **members), system="files-mapped", seconds=1500) as machine:
        for line in ("repeat 5 greet", "repeat 5 threaded", "repeat 5 mapped"):
            machine.answer(line)
        figures = figures_at_rest(machine)
        for line in ("repeat 1000 greet", "repeat 100 threaded", "repeat 100 mapped"):
            machine.expect(PROMPT)
            machine.type(line)
            machine.expect(f"{line}$")
            machine.expect(PROMPT, timeout=1200)
            machine.type("")
        check_same(machine, figures, objects=5, slots=5)


def test_proc(context):
    """/proc and /dev describe the process, with a disk and without."""
    proc = executables.compiled(context, SOURCES / "proc.c", "-static")
    for system in ("shell", "files-ramdisk"):
        with context.start(archive=archive.archive(context, proc=proc), system=system) as machine:
            lines = machine.answer("proc a")
            assert len(lines) > 20 and all(line.endswith(": ok") for line in lines), (system, lines)


def test_terminal(context):
    """A program may read bytes as they are typed, Ctrl-C among them, and lines that are not shown; poll and select wait for them."""
    terminal = executables.compiled(context, SOURCES / "terminal.c", "-static")
    with start(context, terminal=terminal) as machine:
        machine.expect(PROMPT)
        machine.type("terminal")
        for shown, typed in (("^type x$", "x"), ("^interrupt$", "\x03"), ("^type y$", "y"), (r"^password\?$", "secret\n"), (r"^line\?$", "open\n")):
            machine.expect(shown)
            machine.send(typed)
        machine.expect("^a line: ok$")
        lines = machine.transcript().splitlines()
        assert len([line for line in lines if line.endswith(": ok")]) == 14 and not [line for line in lines if "WRONG" in line], lines
        assert "open" in lines and "ya byte that is shown: ok" in lines and not [line for line in lines if "secret" in line], lines
        # The next program finds the terminal in its usual mode.
        assert machine.answer("hello") == ["hello, world"]


def test_signals(context):
    """Signals arrive at once, in threads that compute and that wait; timers; other calls about threads and memory: as on Linux."""
    signals = executables.compiled(context, SOURCES / "signals.c", "-static")
    with start(context, signals=signals) as machine:
        compare(machine, "signals", "signals")
