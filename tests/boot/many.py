# SPDX-License-Identifier: BSD-2-Clause
"""Many programs, one after the other and at once: nothing is left behind."""
import re
import time

from harness.boot import PROMPT
from harness.figures import figures, figures_at_rest
from harness.figures import check_same as same_at_rest

SECONDS = 300


def check_same(machine, before):
    """Servers may take a moment to clean up."""
    for _ in range(20):
        after = figures(machine)
        if after == before:
            return
        time.sleep(0.2)
    raise AssertionError(f"{before} before, {after} after")


def run_many(context, command, times, word, first=5, seconds=1):
    """The first rounds, `first` a second for some seconds, fill what is kept: memory of servers, the last fault reports."""
    with context.start() as machine:
        machine.expect(PROMPT)
        for _ in range(seconds):
            machine.type(f"repeat {first} {command}")
            machine.type("run sleep 1")
        before = figures(machine)
        machine.command(f"repeat {times} {command}")
        machine.type("echo repeated")
        machine.expect("^repeated$", timeout=240)
        machine.type("run sleep 1")
        check_same(machine, before)
        found = len(re.findall(word, machine.transcript(), re.MULTILINE))
        assert found == times + first * seconds, found


def test_hello_1000_times(context):
    run_many(context, "hello", 1000, "^hello, world$")


def test_toys_200_times(context):
    run_many(context, "toy-client create share add=3 get", 200, "^toy-client: get: 3$")


def test_threads_100_times(context):
    run_many(context, "threads 3", 100, "^threads: thread 2: ok, sum 3$")


def test_faults_100_times(context):
    # 64 reports are kept, and at most eight a second of one budget are written.
    run_many(context, "null", 100, r"^null \(PD_\w+\) faulted$", 8, 9)


def test_500_at_once(context):
    with context.start() as machine:
        before = figures(machine)
        machine.send("run sleep 100000 &\n" * 500)
        machine.type("echo started")
        machine.expect("^started$", timeout=240)
        during = figures(machine)
        assert during["PDs"] == before["PDs"] + 500, during
        machine.command("ps")
        machine.expect(PROMPT, timeout=60)
        assert len(re.findall(r"^PD_\w+ +running .* sleep$", machine.transcript(), re.MULTILINE)) == 500
        for pd in re.findall(r"^sleep is (PD_\w+)$", machine.transcript(), re.MULTILINE):
            machine.type("kill " + pd)
        machine.type("wait")
        machine.type("echo ended")
        machine.expect("^ended$", timeout=240)
        after = figures(machine)
        assert after["PDs"] == before["PDs"], after


def crowd_once(machine, what, count):
    """Starts a crowd and ends it; returns figures with none of it, with all of it, and afterwards."""
    before = figures(machine)
    machine.type(f"run crowd {what} {count} &")
    first = machine.expect(rf"^crowd: {count} {what}, the first is (PD_\w+)$", timeout=240).group(1)
    during = figures(machine)
    machine.type(f"kill {first}")
    machine.expect("^crowd: ended$", timeout=240)
    machine.type("wait")
    machine.expect(r"^crowd \(PD_\w+\) exited with 0$")
    return before, during, figures(machine)


def bytes_each(before, during, count):
    return (before["pages"] - during["pages"]) * 4096 // count


def crowd(context, what, count, most_bytes):
    """This many at once, killed while they wait: no slot, handle or object is left, and no more memory than the first time."""
    with context.start() as machine:
        for _ in range(2):
            before, during, _ = crowd_once(machine, what, count)
            assert bytes_each(before, during, count) <= most_bytes, (before, during)
        before, _, after = crowd_once(machine, what, count)
        del before["pages"], after["pages"]
        assert after == before, (before, after)


def test_1000_processes_at_once(context):
    crowd(context, "processes", 1000, 48000)


def test_1000_threads_at_once(context):
    crowd(context, "threads", 1000, 20500)


def test_990_full_processes_at_once(context):
    """They fill the machine."""
    with context.start() as machine:
        before, during, _ = crowd_once(machine, "full", 990)
        assert bytes_each(before, during, 990) <= 533000, (before, during)


PRESETS = ("thread", "thread-isolated-stack", "thread-isolated-heap", "process", "library", "fork", "context", "snapshot", "guest")
SERVES = "serves=CROWD "  # a guest's messages come to its maker


def rounds(context, count):
    """This many of each preset are made and ended, one after the other: nothing is left. The root task keeps tables for all that ever existed at
    once, and ended PDs may wait to be given back while the next are made: so the test counts once as many have been made twice."""
    with context.start(seconds=context.seconds) as machine:
        for _ in range(3):
            machine.command("run sleep 1")
            before = figures(machine)
            for preset in PRESETS:
                machine.command(f"run {SERVES if preset == 'guest' else ''}crowd rounds {preset} {count}")
                machine.expect(f"^crowd: {count} rounds of {preset}: ok$", timeout=context.seconds)
        # The number that waited at once may differ; a page or object lost in each round would count `count` times.
        same_at_rest(machine, before, pages=min(40, count), objects=2)


def test_100_rounds(context):
    rounds(context, 100)


def long_10000_rounds(context):
    context.seconds = 8000
    rounds(context, 10000)


def fails_at_each_step(context, preset):
    """Making one fails at a limit of objects, slots or pages, at each step in turn: nothing is left."""
    with context.start() as machine:
        machine.command(f"run crowd rounds {preset} 50")
        for limit in range(10, 40):
            machine.type(f"run pages={limit} crowd rounds {preset} 1")
        machine.type("run sleep 1")
        before = figures_at_rest(machine)
        answers = set()
        for unit, first, last, step in (("objects", 38, 110, 1), ("slots", 8, 60, 1), ("slots", 64, 545, 32), ("pages", 6, 60, 1), ("pages", 64, 256, 16)):
            machine.expect(PROMPT)
            begin = len(machine.transcript())
            for most in range(first, last, step):
                machine.type(f"run {unit}={most} crowd rounds {preset} 1")
            machine.type("echo all")
            machine.expect("^all$", timeout=120)
            answers |= set(re.findall(rf"^crowd: (.) rounds of {preset}: ", machine.transcript()[begin:], re.MULTILINE))
        assert answers == {"0", "1"}, answers
        same_at_rest(machine, before)


# Those of fork, contexts and snapshots: fork.py, contexts.py.
def test_process_fails_at_each_step(context):
    fails_at_each_step(context, "process")


def test_library_fails_at_each_step(context):
    fails_at_each_step(context, "library")


def test_isolated_heap_fails_at_each_step(context):
    fails_at_each_step(context, "thread-isolated-heap")


def long_thread_fails_at_each_step(context):
    fails_at_each_step(context, "thread")


def long_isolated_stack_fails_at_each_step(context):
    fails_at_each_step(context, "thread-isolated-stack")


def long_10000_mixed(context):
    """One more of each preset costs at most a fifth more with 10 000 PDs of all presets than with 10."""
    with context.start(icount=True, memory=4096, seconds=1800) as machine:
        machine.command("run crowd mixed 10000")
        for preset in PRESETS[:-1]:
            few, many = map(int, machine.expect(rf"^crowd: one more {preset}: (\d+) with 10, (\d+) with 10010$", timeout=1500).groups())
            assert many <= few * 1.2, (preset, few, many)
        machine.expect("^crowd: mixed: ok$")


def long_10000_processes_at_once(context):
    crowd(context, "processes", 10000, 48000)


def long_10000_threads_at_once(context):
    crowd(context, "threads", 10000, 20500)
