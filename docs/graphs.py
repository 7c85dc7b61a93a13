#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""make graphs: the pictures of docs/presets, from the models of systems that it boots. For each preset what a PD of it, or two contexts, and its
creator reach (docs/pictures/preset-NAME.svg), with RSI and FR between them as a table in Markdown; and for each cleanup policy what is left
when the lowest of five servers ends (docs/pictures/cleanup-PD-SPACE.svg)."""

import csv
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[1]
PRESETS = ("thread", "thread-isolated-stack", "thread-isolated-heap", "process", "fork", "library", "context", "snapshot", "guest")
# What is drawn of a PD beside its memory.
TYPES = ("VMR", "MO", "VCPU", "NTFN", "PD")
ROW = re.compile(r"^((?:PD|RESOURCE|RESOURCE_SPACE|),.*,.*,.*,.*,.*,.*)$", re.MULTILINE)
HEADER = "NODE_TYPE,NODE_ID,DATA,EDGE_TYPE,EDGE_FROM,EDGE_TO,EXTRA".split(",")


def run(*command, typed=None):
    done = subprocess.run([str(word) for word in command], input=typed, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return done.stdout


def extracted(build, preset):
    """Rows of the system while a program and two of the preset that it made stand still, or with a guest."""
    system, command = ("vm", "vm start --memory 8 bare") if preset == "guest" else ("shell", f"run isolation {preset} hold &")
    text = run(build / "host" / "cellrun", "--icount", "--timeout", "300", "--system", system, typed=f"{command}\nrun sleep 2\nmodel\npoweroff\n")
    return list(csv.reader(ROW.findall(text.replace("\r", ""))))


def reached(rows, pds):
    """Nodes that these PDs hold, and on along SUBSET backwards and MAP."""
    edges = [row[3:6] for row in rows if row[3]]
    have = {to for kind, source, to in edges if kind == "HOLD" and source in pds and to.split("_")[0] in (*TYPES, "ADS")}
    have |= {source for kind, source, to in edges if kind == "SUBSET" and to in have and to.startswith("ADS")}
    while True:
        more = {to for kind, source, to in edges if kind == "MAP" and source in have and to.split("_")[0] in TYPES} - have
        if not more:
            return have
        have |= more


def part(rows, pds):
    """The model of these PDs alone; what they ask others for is left out."""
    nodes = reached(rows, pds)
    spaces = {row[5] for row in rows if row[3] == "SUBSET" and row[4] in nodes}
    keep = set(pds) | nodes | spaces | {"PD_0"}
    return [row for row in rows if (row[0] and row[1] in keep) or (row[3] in ("HOLD", "MAP", "SUBSET", "PARENT") and row[4] in keep - {"PD_0"} and row[5] in keep)]


def write(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *rows])


def metrics(cellmodel, model, one, other):
    """RSI of memory and regions, pages that both can write, FR, and whom the other trusts."""
    rsi = dict(re.findall(r"^RSI (\w+) (\S+)", run(cellmodel, "rsi", model, one, other), re.MULTILINE))
    both = re.findall(rf"^{one},{other},WRITABLE.*,(\d+)$|^{other},{one},WRITABLE.*,(\d+)$", run(cellmodel, "matrix", "--writable", model), re.MULTILINE)
    trusted = run(cellmodel, "trusted", model, other).count("TRUSTED")
    return rsi["MO"], rsi["VMR"], "".join(both[0]) if both else "0", run(cellmodel, "fr", model, one, other).split()[1], str(trusted)


def draw(build, folder, preset):
    cellmodel, rows = build / "host" / "cellmodel", extracted(build, preset)
    creator = next(row[1] for row in rows if row[0] == "PD" and row[2] in ("isolation", "vmm"))
    child = next((row[1] for row in rows if row[0] == "PD" and row[2] in ("probed", "guest-1")), creator)
    whole, small = folder / f"{preset}.csv", folder / f"{preset}-part.csv"
    write(whole, rows)
    write(small, part(rows, {creator, child}))
    source = run(cellmodel, "dot", small)
    (TOP / "docs" / "pictures" / f"preset-{preset}.svg").write_text(run("dot", "-Tsvg", typed=source), encoding="utf-8")
    if child != creator:
        return metrics(cellmodel, whole, creator, child)
    # Contexts: a PD for each of its address spaces.
    split = folder / f"{preset}-split.csv"
    split.write_text(run(cellmodel, "split", whole), encoding="utf-8")
    with open(split, newline="", encoding="utf-8") as file:
        names = [row[1] for row in csv.reader(file) if row[0] == "PD" and row[2].startswith("isolation")]
    return metrics(cellmodel, split, names[0], names[1])


# ---- Cleanup: the systems of tests/boot/cleanup.py --------------------------------

POLICIES = (None, (0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (3, 0))


def cleanup_rows(build, folder, policy):
    sys.path.insert(0, str(TOP / "tests"))
    from boot import cleanup
    system, archive = folder / "system", folder / "archive"
    system.write_text(cleanup.SYSTEM)
    run(build / "host" / "cellar", "-o", archive, f"systems/rows={system}",
        *(f"{name}={build / 'programs' / name}.elf" for name in ("console", "layer", "shell", "sleep")))
    kill = "" if policy is None else f"kill --pd-depth {policy[0]} --space-depth {policy[1]} disk-1\n"
    text = run(build / "host" / "cellrun", "--icount", "--timeout", "300", "--archive", archive, "--system", "rows",
               typed=f"run sleep 1\n{kill}run sleep 1\nmodel\npoweroff\n")
    return list(csv.reader(ROW.findall(text.replace("\r", "")))), cleanup.ALL, cleanup.SPACES


def draw_cleanup(build, folder, policy):
    """PDs, spaces and resources of the servers' own types, with who asks whom."""
    rows, names, types = cleanup_rows(build, folder, policy)
    keep = {row[1] for row in rows if row[0] == "PD" and row[2] in names} | {row[1] for row in rows if row[0] and row[2] in types}
    small = folder / "cleanup.csv"
    write(small, [row for row in rows if (row[0] and row[1] in keep | {"PD_0"}) or (row[3] and row[4] in keep and row[5] in keep)])
    name = "before" if policy is None else f"{policy[0]}-{policy[1]}"
    picture = run("dot", "-Tsvg", typed=run(build / "host" / "cellmodel", "dot", small))
    (TOP / "docs" / "pictures" / f"cleanup-{name}.svg").write_text(picture, encoding="utf-8")


def main():
    with tempfile.TemporaryDirectory() as folder:
        for preset in PRESETS:
            print(f"| `{preset}` | " + " | ".join(draw(pathlib.Path(sys.argv[1]), pathlib.Path(folder), preset)) + " |", flush=True)
        for policy in POLICIES:
            draw_cleanup(pathlib.Path(sys.argv[1]), pathlib.Path(folder), policy)


if __name__ == "__main__":
    main()
