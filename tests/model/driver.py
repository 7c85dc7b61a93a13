# SPDX-License-Identifier: BSD-2-Clause
"""Runs the test functions of a file: prints PASS, FAIL, SKIP or WAIT lines, for tests/run.py; calls cellmodel.

The environment gives the paths: CELLMODEL the tool to test, MODEL_SCRATCH a folder for files. CELL_TEST_LONG=1 asks for
the functions long_... too. CELL_MODEL_DATA names a folder with models of other tools.
"""

import os
import pathlib
import sys
import traceback

import earlier
from harness import clock

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
HERE = TOP / "tests" / "model"
SAMPLES = HERE / "samples"
TOOL = os.environ.get("CELLMODEL", str(TOP / "build" / "host" / "cellmodel"))
SCRATCH = pathlib.Path(os.environ.get("MODEL_SCRATCH", TOP / "build" / "tests" / "scratch"))
LONG = os.environ.get("CELL_TEST_LONG") == "1"
EARLIER = (1, 2, 3)  # seeds
HEADER = "NODE_TYPE,NODE_ID,DATA,EDGE_TYPE,EDGE_FROM,EDGE_TO,EXTRA\n"


def call(*arguments, text=None, environment=None):
    """Runs cellmodel; returns (status, stdout, stderr)."""
    done = clock.run([TOOL, *arguments], 300, text, encoding="utf-8", errors="surrogateescape",
                     env=dict(os.environ, **(environment or {})))
    return done.returncode, done.stdout, done.stderr


def ask(*arguments, text=None):
    """The same where it must succeed in silence; returns stdout."""
    status, output, errors = call(*arguments, text=text)
    assert status == 0, f"{' '.join(map(str, arguments))}: status {status}: {errors or output}"
    return output


def write(name, text):
    """A file in the scratch folder."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    path = SCRATCH / name
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def data_files():
    """Large models with the habits of other tools (earlier.py); and with CELL_MODEL_DATA those of that folder, too."""
    found = [write(f"earlier-{seed}.csv", earlier.model(seed)) for seed in EARLIER]
    if "CELL_MODEL_DATA" in os.environ:
        found += some(pathlib.Path(os.environ["CELL_MODEL_DATA"]).glob("*.csv"))
    return found


def some(things):
    """The list of items that a test checks; it must not be empty, or the test would check nothing."""
    things = sorted(things)
    assert things, "nothing was found to look at"
    return things


class Skip(Exception):
    """The computer lacks what a test needs; the text says what."""


def main(module):
    failures = 0
    wanted = sys.argv[1:]
    for name, function in list(vars(module).items()):
        kind, _, rest = name.partition("_")
        if kind not in ("test", "long") or not callable(function) or (wanted and rest not in wanted):
            continue
        if kind == "long" and not LONG:
            print(f"WAIT {rest}: it takes long", flush=True)
            continue
        try:
            function()
            print(f"PASS {rest}", flush=True)
        except Skip as error:
            print(f"SKIP {rest}: {error}", flush=True)
        except Exception as error:
            frame = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == module.__file__][-1]
            why = str(error).replace("\n", " | ") or frame.line
            print(f"FAIL {rest}: line {frame.lineno}: {type(error).__name__}: {why[:2000]}", flush=True)
            failures += 1
    return 1 if failures else 0
