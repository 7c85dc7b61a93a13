# SPDX-License-Identifier: BSD-2-Clause
"""Steps with Debian's Linux in a virtual machine: its files, its start, its login, and what it answers."""

import re

from harness import executables, initrd
from harness.guest import PROMPT

import guest_linux

WORDS = "console=ttyAMA0 quiet cryptomgr.notests"


def start(machine, number, *words):
    machine.expect(PROMPT)
    machine.type(f"vm start {' '.join(words)} vmlinuz initrd=initrd {WORDS}")
    machine.expect(rf"^machine {number}: ")


def login(machine, number):
    """Goes to its console and logs in there."""
    machine.type(f"vm console {number}")
    machine.expect(f"^what you type goes to machine {number}")
    machine.type("")
    machine.expect("login: $", timeout=180)
    machine.type("root")
    machine.expect(r"^\S* # ", timeout=60)


def ask(machine, command, answer):
    machine.type(command)
    machine.expect(rf"{re.escape(command)}$")
    return machine.expect(f"^{answer}$", timeout=60)


def members(context, commands, console="ttyAMA0", more=None):
    """The members of an archive for it; the first file system loads the modules, then does what is said; it has `more` files."""
    made = initrd.made(context, console, commands, more=more, loads=guest_linux.DEVICES)
    return {"vmlinuz": executables.kernel(context), "initrd": made}
