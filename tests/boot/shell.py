# SPDX-License-Identifier: BSD-2-Clause
"""The shell: right input, wrong input, and its end."""

from harness.boot import PROMPT

SECONDS = 90


def test_prompt(context):
    with context.start() as machine:
        machine.command("echo one 'two  three' \"four\\\"\" # not this")
        machine.expect("^one two  three four\"$")
        machine.power_off()


def test_status(context):
    with context.start() as machine:
        machine.command("poweroff 7")
        assert machine.exit_status() == 7


def test_end_of_input(context):
    with context.start() as machine:
        machine.send("ps\necho last")
        machine.close_input()
        machine.expect("^last$")
        assert machine.exit_status() == 0


def test_help(context):
    with context.start() as machine:
        machine.command("help")
        for command in ("help", "ps", "run", "kill", "wait", "jobs", "mem", "rde", "held", "model", "rsi", "fr",
                        "echo", "poweroff"):
            assert machine.expect(rf"^{command} .*$")
        machine.power_off()


# The input, and the line that must appear.
WRONG = [
    ("nosuch", "shell: no command or program 'nosuch'; 'help' lists them"),
    ("run", "run: too few arguments; usage: run [OPTION=N] PROGRAM [ARG] [&]"),
    ("run nosuch", "run: no program 'nosuch'"),
    ("run pages=10", "run: no program is named"),
    ("run pages=x hello", "run: pages=x: limits: 'x' is not a number"),
    ("run pages=10 priority=999 hello", "run: priority=999: priority: 999 is above 200"),
    ("run 'a b'", "run: no program 'a b'"),
    ("run hello | cat", "shell: '|' is not an operator here; in quotes it is an ordinary character"),
    ("ps >", "shell: < and > may each stand once, behind a command, and need a path behind them"),
    ("run hello > x", "hello: x: the server, or the object, is gone"),
    ("jobs 1", "jobs: takes no arguments; usage: jobs"),
    ("ps all", "ps: takes no arguments; usage: ps"),
    ("mem 1", "mem: takes no arguments; usage: mem"),
    ("kill", "kill: too few arguments; usage: kill [OPTION] PD"),
    ("kill nobody", "kill: no PD 'nobody'"),
    ("kill 999", "kill: no PD '999'"),
    ("kill 1 2", "kill: '2' is too much"),
    ("kill --bla 1", "kill: '--bla' is not --family, --pd-depth N, --space-depth N, --dry-run or --if NUMBER"),
    ("kill --pd-depth 999 1", "kill: a depth is at most 253, or all"),
    ("kill --if", "kill: '--if' is not --family, --pd-depth N, --space-depth N, --dry-run or --if NUMBER"),
    ("kill --dry-run", "kill: which PD?"),
    ("kill --family --dry-run 1", "kill: --family cannot be combined with --dry-run or --if"),
    ("wait nobody", "wait: no PD 'nobody'"),
    ("held nobody", "held: no PD 'nobody'"),
    ("rde nobody", "rde: no PD 'nobody'"),
    ("model nobody", "model: no PD 'nobody'"),
    ("rsi shell", "rsi: too few arguments; usage: rsi PD PD"),
    ("rsi shell nobody", "rsi: no PD 'nobody'"),
    ("fr nobody shell", "fr: no PD 'nobody'"),
    ("repeat x hello", "repeat: 'x' is not a number"),
    ("limit shell sheep=1", "limit: 'sheep=1' is not pages=N, objects=N or slots=N"),
    ("limit shell pages=x", "limit: 'x' is not a number"),
    ("poweroff 256", "poweroff: '256' is not a status from 0 to 255"),
    ("poweroff now", "poweroff: 'now' is not a status from 0 to 255"),
    ("echo 'open", "shell: a quote is not closed"),
    ("ps &", "ps: cannot run in the background; usage: ps"),
    ("run spin & echo", "shell: & may only stand at the end of a command"),
]


def test_wrong(context):
    with context.start() as machine:
        for line, answer in WRONG:
            machine.command(line)
            words = machine.expect(r"^(?!cell> )(.+)\n").group(1)
            assert words == answer, f"'{line}' gives '{words}'"
        machine.command("echo still here")
        machine.expect("^still here$")
        machine.power_off()


def test_editing(context):
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.send("ecko one\x1b[D\x1b[D\x1b[D\x1b[D\x1b[D\x7fh\x05 two\n")
        machine.expect("^one two$")
        machine.expect(PROMPT)
        machine.send("\x1b[A three\n")
        machine.expect("^one two three$")
        machine.send("garbage\x03echo after\n")
        machine.expect("^after$")
        machine.power_off()


def test_fast_typing(context):
    """Input that is typed ahead is not lost."""
    with context.start() as machine:
        machine.send("".join(f"echo line {i} of many, with some length to it\n" for i in range(2000)))
        for i in range(2000):
            machine.expect(f"^line {i} of many, with some length to it$", timeout=60)
        machine.power_off()


def test_long_line(context):
    with context.start() as machine:
        machine.expect(PROMPT)
        words = " ".join(f"word{i}" for i in range(1500))
        machine.type("echo " + words)
        assert machine.expect("^(word0 .* word1499)$").group(1) == words
        machine.power_off()


def milliseconds(machine, name):
    """The processor time in ps's next row for a program of that name; "-": the kernel does not count it."""
    return machine.expect(rf"^PD_\w+ +running +\d+ +\d+ +\d+ +(\S+)  {name}$").group(1)


def test_cpu_time(context):
    """Programs that compute get nearly all processor time, in equal shares; one that sleeps gets almost none. Measured in counted
    instructions, since time that the computer takes from the machine would be charged to some program."""
    with context.start(icount=True) as machine:
        machine.expect(PROMPT)
        for program in ("spin", "spin", "sleep 9"):
            machine.type(f"run {program} &")
        machine.type("run sleep 1")
        machine.type("ps")
        times = [milliseconds(machine, name) for name in ("spin", "spin", "sleep")]
        if context.kernel and "-" in times:
            assert times == ["-"] * 3, times
        else:
            first, second, asleep = map(int, times)
            assert min(first, second) >= 100 and max(first, second) <= 1.5 * min(first, second) and asleep <= 20, times
        machine.power_off()


def test_ps(context):
    with context.start() as machine:
        machine.command("ps")
        machine.expect(r"^PD +STATE +PAGES +OBJECTS +SLOTS +CPU ms +NAME$")
        machine.expect(r"^PD_0 +root .* ROOT_TASK$")
        machine.expect(r"^PD_\w+ +running +\d+ +\d+ +\d+ +\S+  console$")
        machine.expect(r"^PD_\w+ +running +\d+ +\d+ +\d+ +\S+  shell$")
        machine.type("mem")
        machine.expect(r"^pages +\d+ of \d+ free")
        machine.type("rde shell")
        machine.expect(r"^CONSOLE +CONSOLE_SPACE_\w+ +PD_\w+$")
        machine.type("held shell")
        machine.expect(r"^0x\w+ +r?w?x?g? +\w+$")
        machine.power_off()
