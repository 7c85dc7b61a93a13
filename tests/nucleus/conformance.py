# SPDX-License-Identifier: BSD-2-Clause
"""The conformance cases on a kernel: what each root task prints is compared with conformance/expected/, which was
recorded on seL4. A line of the task's own starts with "| "; the rest is the kernel's."""

import difflib
import pathlib

HERE = pathlib.Path(__file__).resolve().parent / "conformance"
SECONDS = 60
# Here nucleus differs from seL4 on purpose (docs/sel4.md), so they say what nucleus does and always run on it.
OWN = {"guest_state", "restart"}


def printed(text):
    """The task's lines, without the mark."""
    return [line[2:] for line in text.splitlines() if line.startswith("| ")]


def expected(name):
    """The recorded lines, without the comment that says where they come from."""
    lines = (HERE / "expected" / f"{name}.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith("# ")]


def check(context, name, **options):
    if name in OWN:
        options.setdefault("kernel", context.build / "nucleus" / "release" / "kernel.elf")
    # Counted instructions: no timeslice ends where it did not end when the text was recorded.
    root = context.build / "tests" / "nucleus" / "conformance" / f"{name}.elf"
    machine = context.start(root=root, icount=True, **options)
    try:
        machine.expect("^\\| END$", timeout=SECONDS)
    except AssertionError as error:
        late = error
    else:
        late = None
    difference = list(difflib.unified_diff(expected(name), printed(machine.transcript()), "expected", "printed",
                                           lineterm="", n=2))
    assert not difference, "\n".join(difference[:60])
    if late:
        raise late


def check_ordinary(context, name):
    """On nucleus without its fast paths."""
    check(context, name, kernel=context.build / "nucleus" / "ordinary" / "kernel.elf")


def cases():
    for path in sorted((HERE / "cases").glob("*.c")):
        yield path.stem, lambda context, name=path.stem: check(context, name)
        yield f"{path.stem}.without_fast_paths", lambda context, name=path.stem: check_ordinary(context, name)
