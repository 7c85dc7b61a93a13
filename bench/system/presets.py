# SPDX-License-Identifier: BSD-2-Clause
"""./cellulos bench presets: what each preset costs to make, to end and to ask, what the end of a server costs under each cleanup policy, and what
the framework costs beside the kernel's own operations. A JSON row each on stdout, then the tables of docs/presets.md on stderr.

Without the framework a program would invoke the kernel itself: the same things as sums of rows of ./cellulos bench kernel, on the same kernel, with the
stubs counted. The records that such a program would have to keep are not counted."""

import argparse
import json
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "bench" / "kernel"))
import report  # noqa: E402

SECONDS = 1800
FRAME, MAP = "Untyped_Retype 4K frame", "Page_Map 4K (own VSpace, tables present)"
OTHER_MAP, COPY = "Page_Map 4K (other VSpace, tables present)", "CNode_Copy endpoint cap"
SPACE = {"Untyped_Retype VSpace": 1, "ASIDPool_Assign (new VSpace)": 1}
CPU = {"Untyped_Retype TCB": 1}
# The pages of a process that are present at first, its own and those of its code; tables for them.
OWN, CODE, TABLES = 9, 5, 3
PROCESS = SPACE | CPU | {
    "Untyped_Retype CNode 2^4 slots": 3, FRAME: OWN, OTHER_MAP: OWN + CODE, COPY: CODE, "Untyped_Retype page table": TABLES,
    "PageTable_Map (last level)": TABLES, "TCB_Configure": 1, "TCB_SetPriority (inactive)": 1, "TCB_WriteRegisters 36 regs, no resume": 1,
    "TCB_Resume (lower prio, no switch)": 1, "CNode_Mint endpoint cap (badge)": 4}
BARE = {"framework: frame": {FRAME: 1}, "framework: map": {MAP: 1}, "framework: address space": SPACE, "framework: CPU": CPU,
        "process: create": PROCESS, "framework: capability transfer": {"CNode_Mint endpoint cap (badge)": 1}}


def system_rows(build, kernel):
    command = [build / "host" / "cellrun", *(["--kernel", kernel] if kernel else []), "--icount", "--options", "bench=presets heartbeat=0",
               "--no-console", "--timeout", SECONDS, "--bench", "-", "--system", "bench-presets", "--no-input"]
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, encoding="utf-8", check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or not rows:
        sys.exit(f"bench presets: the system ended with {done.returncode} after {len(rows)} rows")
    return rows


def number(value):
    return f"{value:,}".replace(",", " ") if value is not None else "–"


def table(head, rows):
    return [f"| {' | '.join(head)} |", "|" + " --- |" * len(head)] + [f"| {' | '.join(row)} |" for row in rows] + [""]


def tables(totals, kernel):
    def of(preset, what):
        return number(totals.get(f"{preset}: {what}"))

    presets = list(dict.fromkeys(name.partition(":")[0] for name in totals if name.endswith((": create", ": request"))))
    lines = table(("preset", "create", "destroy", "request"),
                  [(f"`{preset}`", *(of(preset, what) for what in ("create", "destroy", "request"))) for preset in presets])
    lines += table(("cleanup", "instructions"), [(name.partition(": ")[2], number(value)) for name, value in totals.items()
                                                 if name.startswith("cleanup:")])
    lines += table(("operation", "bare kernel", "framework"),
                   [(name.replace("framework: ", "").replace(": create", ""),
                     number(sum(kernel[row] * count for row, count in parts.items())), number(totals[name])) for name, parts in BARE.items()])
    return lines


def main():
    parser = argparse.ArgumentParser(prog="cellulos bench presets")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--kernel")
    arguments = parser.parse_args()
    totals = {}
    for row in system_rows(arguments.build, arguments.kernel):
        totals[row["name"]] = row["total"]  # the last of a name is warm
        print(json.dumps(row), flush=True)
    kernel = {name: total for name, total, _, _ in
              report.run(arguments.build, arguments.kernel or arguments.build / "nucleus" / "release" / "kernel.elf")}
    for name, parts in BARE.items():
        print(json.dumps({"name": f"bare kernel: {name}", "total": sum(kernel[row] * count for row, count in parts.items())}), flush=True)
    print("\n".join(tables(totals, kernel)), file=sys.stderr)


if __name__ == "__main__":
    main()
