# SPDX-License-Identifier: BSD-2-Clause
"""Programs that do forbidden things: an exact message, and everything else goes on."""

from harness import archive, tool

SECONDS = 120


def expect_alive(machine):
    machine.command("run hello")
    machine.expect("^hello, world$")


def finish(machine):
    expect_alive(machine)
    machine.power_off()


def fault(context, command, *patterns):
    with context.start() as machine:
        machine.command("run " + command)
        for pattern in patterns:
            machine.expect(pattern)
        machine.expect(rf"^{command.split()[0]} \(PD_\w+\) faulted$")
        finish(machine)


def test_undefined_instruction(context):
    fault(context, "undef", "executed an undefined instruction, or one that is not for programs: udf #42")


def test_null_read(context):
    fault(context, "null", "tried to read address 0x0: no region is there")


def test_null_write(context):
    fault(context, "null write", "tried to write address 0x0: no region is there")


def test_null_call(context):
    fault(context, "null call", "tried to execute address 0x0: no region is there")


def test_stack_overflow(context):
    fault(context, "stackoverflow", "stack overflow")


def test_backtrace_names_functions(context):
    fault(context, "stackoverflow", "at: 0x\\w+ deeper", "called from:", "deeper")
    fault(context, "null", "at: 0x\\w+ main")


# For each `fault KIND`: the cause, the guess (None: no guess), and the function that the report names.
STACK = r"the guard page below the STACK region .*"
WORDS = {
    "atomic": (r"tried to \w+ address 0x\w+1: alignment: .*; in the STACK region", "an atomic access through a pointer that is not aligned",
               "atomic"),
    "brk": (r"executed a breakpoint \(brk #42\)", None, "brk"),
    "trap": (r"executed a breakpoint \(brk #1000\)", "__builtin_trap", "trap"),
    "mask": (r"wrote system register s3_3_c4_c2_1 \(msr\), which is not for programs", None, "mask"),
    "mode": (r"executed an undefined instruction, or one that is not for programs: 0xd518101f", None, "mode"),
    "hvc": (r"executed an undefined instruction, or one that is not for programs: 0xd4000002", None, "hvc"),
    "pc": (r"jumped to an address that is no multiple of 4: alignment", "a wild function pointer, or a damaged return address", "pc"),
    "literal": (r"tried to write address 0x\w+: in the ELF_CODE region .*\(r--\)", "a write to a string literal or another constant",
                "literal"),
    "code": (r"tried to write address 0x\w+: in the ELF_CODE region .*\(r-x\)", "a write to code", "code"),
    "data": (r"tried to execute address 0x\w+: in the ELF_DATA region", "a jump into data: ", None),
    "nowhere": (r"tried to execute address 0x7000000000: no region is there", "a jump to where nothing is: ", None),
    "megabyte": (rf"tried to write address 0x\w+: {STACK}", "stack overflow", "megabyte"),
    "frame": (rf"tried to write address 0x\w+: {STACK}", "stack overflow", "frame"),
    "variable": (rf"tried to write address 0x\w+: {STACK}", "stack overflow", "variable"),
    "heap": (r"tried to write address 0x\w+: ", "an access beyond what malloc gave out", None),
    "wild": (r"tried to write address 0x123456789000: ", "a wild pointer", "wild"),
}


def test_words(context):
    """Each kind of fault in words, with the right guess; none is treated as the first access to a page."""
    with context.start() as machine:
        machine.command("fault")
        for kind, (cause, guess, place) in WORDS.items():
            machine.type(f"run fault {kind}")
            machine.expect(rf"^fault: PD_\w+ \(fault\) {cause}")
            report = machine.expect(r"(?s).*?^fault \(PD_\w+\) faulted$").group(0)
            guesses = [line for line in report.splitlines() if line.startswith("  guess: ")]
            assert [line.startswith(f"  guess: {guess}") for line in guesses] == ([] if guess is None else [True]), report
            assert place is None or f" {place}+0x" in report, report
        finish(machine)


def test_device_that_is_not_there(context):
    """Reading a page of the machine at which nothing answers."""
    if context.board != tool.usual_board():
        raise tool.Skip("the address is that of another board")
    own = archive.own_system(context, "pd prober process program=fault\n  essential\n  device 0x0c100000 pages=1 at=0x30000000\n"
                                  "  args device 0x30000000\n")
    with context.start(archive=own, system="own") as machine:
        assert machine.exit_status() == 71
        assert "tried to read address 0x30000000: external abort: no memory and no device answers there; in the DEVICE region" \
            in machine.errors(), machine.errors()
        assert "  guess: a device register that is not there" in machine.errors(), machine.errors()


def test_error_of_the_description(context):
    """A system that cannot be started: the fault and its line, and nothing else."""
    for description, words in {
        "pd a process program=hello colour=red\n": "root task: systems/own:1:28: pd: 'colour' is not known here\n",
        "pd a process program=toy\n\npd b process program=missing\n":
            "root task: systems/own:3:22: program: there is no 'missing'\n",
    }.items():
        with context.start(archive=archive.own_system(context, description), system="own") as machine:
            assert machine.exit_status() == 71
            assert machine.errors() == words, machine.errors()
    with context.start(archive=archive.own_system(context, ""), system="other") as machine:
        assert machine.exit_status() == 71
        assert machine.errors() == "root task: the boot archive has no systems/other\n", machine.errors()
    damaged = context.folder / "damaged"
    damaged.write_bytes(b"no archive".ljust(8192, b"."))
    with context.start(archive=damaged, system="own") as machine:
        assert machine.exit_status() == 71
        assert machine.errors() == "root task: cannot read systems/own: not an archive\n", machine.errors()


def test_bad_elf(context):
    """Running a file that is no program prints the reason."""
    (context.folder / "text").write_text("this is no program\n" * 100)
    host = context.build / "host" / "cellar"
    shell = (context.top / "systems" / "shell").read_text()
    own = archive.own_system(context, shell, text=context.folder / "text", foreign=host)
    with context.start(archive=own, system="own") as machine:
        machine.command("run text")
        machine.expect(r"^run: .*program: 'text': not an ELF file$")
        machine.type("run foreign")
        machine.expect(r"^run: .*program: 'foreign': \w.*$")
        finish(machine)


def take_all_memory(machine):
    """Both ways; returns how many pages are free afterwards."""
    machine.command("run memhog")
    machine.expect(r"^memhog: after \d+ pages: no memory left$", timeout=60)
    machine.command("run memhog heap")
    machine.expect(r"^memhog: malloc after \d{5,} pages: Not enough space$", timeout=60)
    expect_alive(machine)
    machine.command("mem")
    return machine.expect(r"^pages +(\d+) of").group(1)


def test_all_memory(context):
    """rule: heap. malloc returns NULL when no memory is left."""
    with context.start() as machine:
        # The root task keeps its tables, which need a little more the second time,
        # when the last memory is used for other things than the first time.
        take_all_memory(machine)
        before = take_all_memory(machine)
        after = take_all_memory(machine)
        assert abs(int(after) - int(before)) <= 2, f"{before} free pages before, {after} after"
        finish(machine)


def test_limit(context):
    """rule: heap. The same at a limit."""
    with context.start() as machine:
        machine.command("run pages=100 memhog")
        machine.expect(r"^memhog: after \d+ pages: beyond the limit of this protection domain$")
        for limit in (60, 100, 300):
            machine.command(f"run pages={limit} memhog heap")
            pages = machine.expect(r"^memhog: malloc after (\d+) pages: Not enough space$").group(1)
            assert limit - 40 < int(pages) < limit, pages
        finish(machine)


def test_on_touch(context):
    """rule: heap. Pages that are made on first access fault when there is no memory: the report names the limit."""
    with context.start() as machine:
        machine.command("run pages=40 fault touch")
        machine.expect(r"guess: out of memory: beyond the limit of its budget, 40 of 40 pages used")
        machine.expect(r"^fault \(PD_\w+\) faulted$")
        machine.command("run fault touch")
        machine.expect(r"guess: out of memory: the machine has no page left for it", timeout=60)
        machine.expect(r"^fault \(PD_\w+\) faulted$")
        finish(machine)


def test_flood(context):
    with context.start() as machine:
        for type_ in ("TOY", "CONSOLE", "MO", "PD"):
            machine.command(f"run flood {type_} 3000")
            machine.expect(r"^flood: \d+ of 3000: no such operation, or a request of the wrong length$")
        machine.command("run toy-client")
        machine.expect("^toy-client: get: 3$")
        finish(machine)


def test_garbage(context):
    with context.start() as machine:
        for seed in range(1, 5):
            machine.command(f"run garbage 5000 {seed}")
            machine.expect(r"^garbage: 5000 messages sent$", timeout=60)
        finish(machine)


def test_forged_faults(context):
    """Whatever a program sends as a fault message, only that program is stopped; a message that could be a real one is reported as forged."""
    with context.start() as machine:
        for label in (3, 5):
            machine.command(f"run forge {label}")
            machine.expect(rf"sent a forged fault message \(label {label}\)")
            machine.expect(r"^forge \(PD_\w+\) faulted$")
        for label in (0, 1, 2, 4, 6, 7, 99):
            machine.command(f"run forge {label}")
            machine.expect(r"^forge \(PD_\w+\) faulted$")
        finish(machine)
