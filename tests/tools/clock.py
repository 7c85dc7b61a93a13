# SPDX-License-Identifier: BSD-2-Clause
"""The clock of the time limits, on a system that the test makes up; and that the limits of the harness follow it."""

import subprocess
import sys
import time

from harness import clock


class System:
    """Counts `threads` for a time that the test moves on."""

    def __init__(self, threads):
        self.threads, self.time = threads, 100.0

    def clock(self, **options):
        return clock.Clock(threads=lambda: self.threads, wall=lambda: self.time, processors=2, **options)

    def second_of(self, its_clock):
        """How much of a second passes on the clock, when the load has been so for a while."""
        self.time += 60
        before = its_clock.now()
        self.time += 1
        return its_clock.now() - before


def test_follows_the_load(_context):
    for threads, wanted in ((0, 1), (1, 1), (2, 1), (4, 0.5), (16, 0.125), (100000, 1 / clock.SLOWEST)):
        system = System(threads)
        found = system.second_of(system.clock(slowness=1))
        assert abs(found - wanted) < 0.001, (threads, found)
    system = System(4)
    assert abs(system.second_of(system.clock(slowness=3)) - 1 / 6) < 0.001


def test_a_moment_is_no_load(_context):
    """A single look at many threads hardly counts."""
    system = System(1)
    it = system.clock(slowness=1)
    it.now()
    system.threads = 200
    system.time += 0.001
    it.now()
    system.threads = 1
    before = it.now()
    system.time += 1
    assert it.now() - before > 0.9


def test_of_this_system(_context):
    """Threads that want to run are counted: three for each processor, and the one that counts."""
    processors = clock.Clock()._processors
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3 * processors)]
    try:
        time.sleep(1)
        seen = max(clock.threads_now() for _ in range(5))
    finally:
        for process in busy:
            process.kill()
            process.wait()
    assert seen > 2 * processors, seen


def test_limits(_context):
    """A command that takes too long is ended, and what it wrote is there; a short one is not held up."""
    command = [sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(600)"]
    try:
        clock.run(command, 1.5, encoding="utf-8")
        raise AssertionError("it was not ended")
    except subprocess.TimeoutExpired as error:
        assert error.stdout == "begun\n", error.stdout
    text = "some text " * 100000
    done = clock.run(["sh", "-c", "sleep 1; cat"], 30, text, encoding="utf-8")
    assert (done.returncode, done.stdout) == (0, text)
