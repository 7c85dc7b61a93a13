# SPDX-License-Identifier: BSD-2-Clause
"""Programs that do what they must not: an exact message, and everything else goes on."""

SECONDS = 120
PROMPT = "^cell> "


def expect_alive(machine):
    machine.expect(PROMPT)
    machine.type("run hello")
    machine.expect("^hello, world$")


def finish(machine):
    expect_alive(machine)
    machine.expect(PROMPT)
    machine.type("poweroff")
    assert machine.exit_status() == 0


def fault(context, command, *patterns):
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.type("run " + command)
        for pattern in patterns:
            machine.expect(pattern)
        machine.expect(rf"^{command.split()[0]} \(PD_\w+\) faulted$")
        finish(machine)


def test_undefined_instruction(context):
    fault(context, "undef", "undefined or forbidden instruction")


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


def take_all_memory(machine):
    """Both ways; returns how many pages are free afterwards."""
    machine.expect(PROMPT)
    machine.type("run memhog")
    machine.expect(r"^memhog: after \d+ pages: no memory left$", timeout=60)
    machine.expect(PROMPT)
    machine.type("run memhog heap")
    machine.expect("guess: out of memory: the page could not be made", timeout=60)
    machine.expect(r"^memhog \(PD_\w+\) faulted$")
    expect_alive(machine)
    machine.expect(PROMPT)
    machine.type("mem")
    return machine.expect(r"^pages +(\d+) of").group(1)


def test_all_memory(context):
    with context.start() as machine:
        # The root task keeps what it needed for its tables: a little more the second time,
        # when the last memory is used for other things than the first time.
        take_all_memory(machine)
        before = take_all_memory(machine)
        after = take_all_memory(machine)
        assert abs(int(after) - int(before)) <= 2, f"{before} free pages before, {after} after"
        finish(machine)


def test_limit(context):
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.type("run pages=100 memhog")
        machine.expect(r"^memhog: after \d+ pages: beyond the limit of this protection domain$")
        finish(machine)


def test_flood(context):
    with context.start() as machine:
        for type_ in ("TOY", "CONSOLE", "MO", "PD"):
            machine.expect(PROMPT)
            machine.type(f"run flood {type_} 3000")
            machine.expect(r"^flood: \d+ of 3000: no such operation, or a request of the wrong length$")
        machine.expect(PROMPT)
        machine.type("run toy-client")
        machine.expect("^toy-client: get: 3$")
        finish(machine)


def test_garbage(context):
    with context.start() as machine:
        for seed in range(1, 5):
            machine.expect(PROMPT)
            machine.type(f"run garbage 5000 {seed}")
            machine.expect(r"^garbage: 5000 messages sent$", timeout=60)
        finish(machine)


def test_forged_faults(context):
    """Whatever the message says, the report names it what it is, and only the forger suffers."""
    with context.start() as machine:
        for label in (3, 5):
            machine.expect(PROMPT)
            machine.type(f"run forge {label}")
            machine.expect(rf"sent a forged fault message \(label {label}\)")
            machine.expect(r"^forge \(PD_\w+\) faulted$")
        for label in (0, 1, 2, 4, 6, 7, 99):
            machine.expect(PROMPT)
            machine.type(f"run forge {label}")
            machine.expect(r"^forge \(PD_\w+\) faulted$")
        finish(machine)
