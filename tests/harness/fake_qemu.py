#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Stands in for QEMU in tests of the runner: it speaks on the UART (stdin and
stdout) and on the control channel (descriptor 3) as FAKE_QEMU says, a program in
Python that sees the names below."""

import os
import socket
import sys
import time  # noqa: F401 - for the scripts

control = socket.socket(fileno=3)


def frame(kind, payload=""):
    data = payload.encode()
    control.sendall(f"@{kind} {len(data)}\n".encode() + data)


def show(text):
    os.write(1, text.encode())


def typed(count=4096):
    """Waits for typed bytes; at most `count` of them."""
    return os.read(0, count).decode()


def heard(count=4096):
    """Waits for bytes on the control channel."""
    return control.recv(count).decode()


def option(name):
    """The value of a QEMU option, or None."""
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else None


exec(os.environ["FAKE_QEMU"])
