# SPDX-License-Identifier: BSD-2-Clause
"""A machine under test: CellulOS in QEMU through the runner, driven by its console.

    def test_echo(context):
        with context.start(system="shell") as machine:
            machine.command("echo hello")
            machine.expect("^hello$")
            machine.power_off()

The console's output is kept in build/tests/KIND.FILE.FUNCTION/machine-N.txt;
frames of the control channel are beside it in machine-N.frames, and stay when the test fails.
"""

import os
import pathlib
import re
import subprocess
import threading
import time

from harness import clock
from harness.tool import BOARDS, Skip

EXPECT_SECONDS = 30
QUIET_SECONDS = 0.3
# What is compared between kernels ends where nothing has come for so long, or after the second figure.
SETTLED_SECONDS, SETTLING_SECONDS = 1, 15
PROMPT = "^cell> "
# Control sequences, and lines that a debug build of seL4 prints itself.
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|<<seL4\(CPU .*?>>\n|^Undelivered IRQ: \d+\n", re.MULTILINE)


def disks_of(board):
    """How many disks a machine can have."""
    return int(re.search(r"^#define BOARD_DISKS (\d+)$", (BOARDS / board / "board.h").read_text(), re.M).group(1))


class Machine:
    """Options of start():

    system     name of a system description (None: the default one)
    options    further boot options, "key=value key=value"
    board      another machine than the usual one
    kernel     path of a kernel (None: the one that the tests run on)
    debug      the debug build of nucleus
    root       path of a root task of the test's own; there is no archive then
    archive    path of an archive (None: the project's)
    image      path of an image of kernel and root task that is packed already
    memory     MiB
    disks      files that are disks, each FILE or FILE,ro
    icount     count instructions
    net        a network card
    watch      expect a heartbeat (default: unless root is given)
    model      path that gets the model
    bench      path that gets benchmark rows
    seconds    time limit of the machine (default: SECONDS of the test's file)
    qemu       a program to run instead of QEMU
    """

    def __init__(self, context, **options):
        number = len(context.machines) + 1
        self._compared = context.compared
        self.build = context.build
        self.transcript_path = context.folder / f"machine-{number}.txt"
        self.frames_path = context.folder / f"machine-{number}.frames"
        self.errors_path = context.folder / f"machine-{number}.stderr"
        seconds = options.pop("seconds", context.seconds)
        self._deadline = clock.now() + seconds
        # The runner ends what this process leaves running, if it comes to that.
        options["timeout"] = int(seconds * clock.SLOWEST) + 1
        environment = dict(os.environ)
        if "qemu" in options:
            environment["CELLRUN_QEMU"] = str(options.pop("qemu"))
        self._errors = open(self.errors_path, "wb")
        self._process = subprocess.Popen(
            self._command(context, options), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._errors, env=environment)
        self._text = ""
        self._arrived = clock.now()  # when its last byte came
        self._seen = 0  # expect() has consumed the text up to here
        self._ended = False
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _command(self, context, options):
        build = context.build
        board = options.get("board", context.board)
        if "disks" in options and disks_of(board) == 0:
            raise Skip(f"{board} has no disks")
        if "board" in options:
            build = build / "board" / options.pop("board")
        command = [build / "host" / "cellrun", "--transcript", self.transcript_path,
                   "--frames", self.frames_path]
        kernel = options.pop("kernel", context.kernel)
        root = options.pop("root", None)
        if kernel:
            command += ["--kernel", kernel]
        elif options.pop("debug", False):
            command += ["--debug"]
        if root:
            command += ["--root", root]
        if root and "archive" not in options:
            command += ["--no-archive"]
        if not options.pop("watch", root is None):
            command += ["--no-watch"]
        if options.pop("icount", False):
            command += ["--icount"]
        if options.pop("net", False):
            command += ["--net"]
        options.pop("debug", None)
        for disk in options.pop("disks", ()):
            command += ["--disk", disk]
        for name in ("system", "options", "archive", "image", "memory", "model", "bench", "timeout"):
            value = options.pop(name, None)
            if value is not None:
                command += ["--" + name, value]
        if options:
            raise TypeError(f"start() knows no option {', '.join(options)}")
        return [str(word) for word in command]

    def _read(self):
        for chunk in iter(lambda: self._process.stdout.read1(65536), b""):
            with self._changed:
                self._arrived = clock.now()
                self._text += chunk.decode(errors="replace").replace("\r", "")
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self._compared and kind is None:
            self._settle()
        self.stop()

    def _settle(self):
        deadline = min(clock.now() + SETTLING_SECONDS, self._deadline)
        while not self._ended and clock.now() < deadline and clock.now() - self._arrived < SETTLED_SECONDS:
            time.sleep(0.1)

    def transcript(self):
        """All that the console showed, without control sequences."""
        with self._changed:
            return _ESCAPES.sub("", self._text)

    def seen(self):
        """How much of the transcript expect() has consumed."""
        return self._seen

    def errors(self):
        """What the runner wrote to stderr."""
        return self.errors_path.read_text(errors="replace")

    def frames(self, kind=None):
        """Frames of the control channel so far, "kind payload", or the payloads of one kind."""
        if not self.frames_path.exists():
            return []
        lines = self.frames_path.read_text(errors="replace").splitlines()
        if kind is None:
            return lines
        return [line[len(kind) + 1:] for line in lines if line.startswith(kind + " ")]

    def expect(self, pattern, timeout=EXPECT_SECONDS):
        """Waits until the console shows `pattern` after the text expected before
        (^ and $ match at lines); returns the match. A program in the background may print right behind a prompt
        at which nobody reads yet, so ^ at the start of the pattern matches there, too. What has come may be half of a
        line: a match that ends where the text does counts when nothing follows for a while."""
        if pattern.startswith("^") and not pattern.startswith(PROMPT):
            pattern = f"^(?:{PROMPT[1:]})?{pattern[1:]}"
        expression = re.compile(pattern, re.MULTILINE)
        deadline = min(clock.now() + timeout, self._deadline)
        with self._changed:
            while True:
                # A sequence may arrive in two parts; what is consumed is counted without them.
                text = _ESCAPES.sub("", self._text)
                match = expression.search(text, self._seen)
                if match and (match.end() < len(text) or pattern.endswith(PROMPT[1:]) or self._is_quiet()):
                    self._seen = match.end()
                    return match
                left = deadline - clock.now()
                if match:
                    self._changed.wait(QUIET_SECONDS / 4)
                    continue
                if self._ended:
                    raise AssertionError(f"the machine ended before it showed '{pattern}'; {self.errors().strip()}")
                if left <= 0:
                    raise AssertionError(f"no '{pattern}' within {timeout} seconds")
                self._changed.wait(min(left, 1))

    def _is_quiet(self):
        return self._ended or clock.now() - self._arrived > QUIET_SECONDS

    def expect_frame(self, kind, timeout=EXPECT_SECONDS):
        """Waits for a frame of `kind`; returns the payload of the first."""
        deadline = min(clock.now() + timeout, self._deadline)
        while not self.frames(kind):
            if self._ended or clock.now() > deadline:
                raise AssertionError(f"no frame '{kind}' within {timeout} seconds")
            time.sleep(0.05)
        return self.frames(kind)[0]

    def send(self, text):
        """Types `text` as it is."""
        try:
            self._process.stdin.write(text.encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            raise AssertionError(f"the machine ended before '{text.strip()}' could be typed; "
                                 f"{self.errors().strip()}") from None

    def type(self, line):
        """Types a line."""
        self.send(line + "\n")

    def command(self, line):
        """Types a line when the shell asks for one."""
        self.expect(PROMPT)
        self.type(line)

    def answer(self, line, *typed, timeout=120):
        """Types a command, and (PATTERN, LINE) each when PATTERN is shown; returns the lines that are shown until the next prompt."""
        self.command(line)
        self.expect(f"{re.escape(line)}$")
        before = self.seen()
        for pattern, more in typed:
            self.expect(pattern)
            self.type(more)
        self.expect(PROMPT, timeout)
        self.type("")
        return self.transcript()[before:self.seen()].strip("\n").removesuffix("cell> ").splitlines()

    def until_told(self, said, times=1):
        """The shell prints news when a command has ended: gives commands until this news, or a program's line, is printed."""
        while len(re.findall(said, self.transcript(), re.MULTILINE)) < times:
            self.command("run sleep 1")

    def power_off(self):
        """Types `poweroff` as a command; the machine must end with status 0."""
        self.command("poweroff")
        assert self.exit_status() == 0

    def close_input(self):
        """End of input, which acts as poweroff."""
        self._process.stdin.close()

    def exit_status(self, timeout=None):
        """Waits for the end; returns the runner's exit status."""
        deadline = clock.now() + timeout if timeout is not None else self._deadline
        while self._process.poll() is None:
            if clock.now() > deadline:
                raise AssertionError("the machine did not end")
            time.sleep(0.02)
        self._reader.join(10)
        return self._process.returncode

    def stop(self):
        """Ends the machine if it still runs."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(20)
        self._reader.join(10)
        if not self._process.stdin.closed:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                pass
        self._process.stdout.close()
        self._errors.close()


def output_of(path):
    """The text of a file in the repository, for expected output."""
    return pathlib.Path(path).read_text()
