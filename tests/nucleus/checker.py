# SPDX-License-Identifier: BSD-2-Clause
"""The checked build of nucleus notices broken structures (nucleus/check_break.c): each of its checks, once."""

SECONDS = 60
BREAKS = [
    "ready queues: the summary",
    "thread: its timeslice",
    "thread: the notification is not bound to it",
    "reply: to a thread that does not wait",
    "derivation: the ",
    "untyped: a child above the watermark",
    "pages in tables, capabilities with a mapping",
    "ASID: its VMID is another's",
]
NOTHING = len(BREAKS)
INVALID_ARGUMENT = 1


def start(context, number):
    return context.start(root=context.build / "tests" / "nucleus" / "fuzz.elf", options=f"break={number}", icount=True,
                         kernel=context.build / "nucleus" / "checked" / "kernel.elf", watch=False)


def notices(context, number):
    with start(context, number) as machine:
        machine.expect("broken: " + BREAKS[number])


def cases():
    for number in range(len(BREAKS)):
        yield f"break_{number}", lambda context, n=number: notices(context, n)


def test_nothing(context):
    """Without a fault it prints nothing, and no number is missing above."""
    with start(context, NOTHING) as machine:
        machine.expect(rf"^\| break: {INVALID_ARGUMENT}$")
        machine.expect(r"^\| END$")
