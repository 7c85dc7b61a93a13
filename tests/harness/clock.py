# SPDX-License-Identifier: BSD-2-Clause
"""The clock for time limits of tests. It follows the load: while twice as many threads want to run as there are
processors, it goes at half speed, so that a limit means the same on a busy computer as on an idle one. On a slow computer,
CELL_TEST_SLOWNESS=3 makes it three times as slow again.
"""

import os
import pathlib
import subprocess
import threading
import time

SLOWNESS = float(os.environ.get("CELL_TEST_SLOWNESS", "1"))
# The most seconds that a second of this clock may take, so that limits end.
SLOWEST = 40
# The load is a mean over about this time.
MEAN_SECONDS = 2
SLICE_SECONDS = 0.25


def threads_now():
    """How many threads run or want to run; 1 where the system does not say."""
    try:
        return int(pathlib.Path("/proc/loadavg").read_text().split()[3].split("/")[0])
    except (OSError, ValueError, IndexError):
        return 1


class Clock:
    """Tests of the clock bring their own `threads` and `wall`."""

    def __init__(self, threads=threads_now, wall=time.monotonic, processors=None, slowness=SLOWNESS):
        self._threads, self._wall, self._slowness = threads, wall, slowness
        self._processors = processors or len(os.sched_getaffinity(0))
        self._lock = threading.Lock()
        self._load, self._time, self._read = 1.0, 0.0, wall()

    def now(self):
        """Seconds since some time in the past."""
        with self._lock:
            passed = self._wall() - self._read
            self._read += passed
            self._load += (self._threads() - self._load) * (1 - 2 ** (-passed / MEAN_SECONDS))
            self._time += passed / min(max(1.0, self._load / self._processors) * self._slowness, SLOWEST)
            return self._time


now = Clock().now


def _feed(stream, text):
    try:
        stream.write(text)
        stream.close()
    except OSError:
        pass  # it did not want to read on


def communicate(process, seconds, text=None):
    """subprocess.Popen.communicate() with a limit on this clock: subprocess.TimeoutExpired, and the process lives on."""
    deadline = now() + seconds
    if text is not None:  # communicate() itself forgets what it has not written when its time is over
        stream, process.stdin = process.stdin, None
        threading.Thread(target=_feed, args=(stream, text), daemon=True).start()
    while True:
        try:
            return process.communicate(timeout=SLICE_SECONDS)
        except subprocess.TimeoutExpired:
            if now() > deadline:
                raise


def run(command, seconds, text=None, **options):
    """subprocess.run() of a command whose output is wanted, with a limit on this clock: subprocess.TimeoutExpired with
    what it has written so far."""
    options.setdefault("stderr", subprocess.PIPE)
    options["stdin"] = subprocess.PIPE if text is not None else options.get("stdin", subprocess.DEVNULL)
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, **options) as process:
        try:
            output, errors = communicate(process, seconds, text)
        except subprocess.TimeoutExpired:
            process.kill()
            output, errors = process.communicate()
            raise subprocess.TimeoutExpired(command, seconds, output, errors) from None
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, output, errors)
