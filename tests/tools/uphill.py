# SPDX-License-Identifier: BSD-2-Clause
"""The root task waits for nobody: of the kernel's calls that can block, its program has only those that are named here. A call on
an endpoint would be one more `Call`, which the program makes by the thousand of kernel objects, so those are looked for in the sources."""

import collections
import re
import subprocess

NUMBERS = {-1: "Call", -2: "ReplyRecv", -3: "Send", -4: "NBSend", -5: "Recv", -6: "Reply", -7: "Yield", -8: "NBRecv"}

# Calls that may block, by the function that makes them, and why they delay no request.
BLOCKING = {
    ("loop_run", "ReplyRecv"): "the loop has nothing to do; nobody waits for the answer to arrive",
    ("receive", "Recv"): "the same, of the loop",
    ("kernel_signal", "Send"): "to a notification, which takes it at once",
    ("signalled", "Send"): "the same: root/channel/control.c kicks the monitor",
    ("control_send", "Send"): "the same",
    ("control_when_ready", "Send"): "the same",
    ("output", "Send"): "the same",
}
# Threads beside the loop, which may wait for it, and what runs at boot or at the end of the machine, when there is nobody else.
OTHERS = r"monitor_main|pacer_main|pacer_start|works|attempt|probe_run|control_exit|test_\w+"

# Calls on whatever a capability leads to; an object is invoked by the names of abi/invocations.abi instead.
CALLS = r"\b(seL4_Call\w*|seL4_Send\w*|seL4_Wait|seL4_Recv\w*|seL4_ReplyRecv\w*|cell_call\w*|sel4_trap\w*|sel4_receive\w*)\("
CALLING = {
    "lib/idl/message.h": 5,          # receiving, answering and receiving, answering, a poll, an answer that does not block
    "root/base/kernel.c": 1,         # nucleus's own operation of untyped memory
    "root/core/cpu.c": 1,            # and of a TCB
    "root/channel/monitor.c": 1,     # another thread
    "root/boot/probe.c": 2,          # another thread, and the wait for it
    "root/selftest/cpu.c": 2,        # a selftest and its thread
}
LINKED = ["root", "lib/words", "lib/ring", "lib/string", "lib/elf", "lib/idl", "lib/archive", "lib/runtime", "lib/plan", "model/core"]


def traps(program):
    """(function, name of the kernel's call) of each trap, by the number that was put into x7 before."""
    said = subprocess.run(["aarch64-linux-gnu-objdump", "-d", program], capture_output=True, text=True, check=True).stdout
    found = []
    for part in said.split("\n\n"):
        title = re.match(r"[0-9a-f]+ <([\w.]+)>:", part)
        number = None
        for line in part.splitlines():
            put = re.search(r"\tmov\s+[xw]7, #(\S+)", line)
            if put:
                number = int(put[1].split()[0], 0)
                number = number - (1 << 64) if number >= 1 << 63 else number
            elif re.search(r"\t\w+\s+[xw]7,", line):
                number = None
            if re.search(r"\tsvc\t", line):
                found.append((title[1].split(".")[0], NUMBERS.get(number, f"unknown ({number})")))
    return found


def test_program(context):
    found = traps(context.build / "programs" / "root.elf")
    names = collections.Counter(name for _, name in found)
    assert names["Call"] > 30 and names["Recv"] + names["ReplyRecv"] > 0, f"hardly any traps were found: {names}"
    wrong = [f"{function}: {name}" for function, name in found
             if name not in ("Call", "NBSend", "Reply", "NBRecv", "Yield") and (function, name) not in BLOCKING
             and not re.fullmatch(OTHERS, function)]
    assert not wrong, "calls that may block: " + ", ".join(wrong)


def test_sources(context):
    found = collections.Counter()
    for folder in LINKED:
        paths = [path for path in (context.top / folder).rglob("*") if path.suffix in (".c", ".h")]
        assert paths, f"no sources in {folder}/"
        for path in paths:
            found[str(path.relative_to(context.top))] += len(re.findall(CALLS, path.read_text(encoding="utf-8")))
    found = {path: count for path, count in found.items() if count}
    assert found == CALLING, f"calls on what a capability leads to: {found}"
