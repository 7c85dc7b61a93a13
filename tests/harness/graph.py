# SPDX-License-Identifier: BSD-2-Clause
"""Comparing model states (CSV of docs/model-format.md) whose ids and physical addresses differ.

Each node gets a text: its type, its name or EXTRA without what differs from boot to
boot; then, some rounds long, the texts of its neighbours along its edges. Graphs
with the same collection of texts are the same for our purposes (Weisfeiler and
Leman's test: nodes that only an exhaustive search tells apart count as equal).
"""

import csv
import hashlib
import re

from harness import tool

ROUNDS = 8


def _own_text(kind, identity, data, extra):
    if kind == "PD":
        return f"PD {data} {extra}"
    if data == "MO":
        return "MO " + re.sub(r"^0x[0-9a-f]+_", "", extra)
    # The place of a client's memory in a server depends on the order of clients.
    extra = re.sub(r"^0x[0-9a-f]+_SHARED_FRAMES_", "SHARED_FRAMES_", extra)
    # EXTRA that names another node by its id says nothing by itself.
    named = re.fullmatch(r"(PD|\w+_SPACE)_[0-9a-f]+", extra)
    return f"{kind} {data} {'' if named else extra} {identity if identity == 'PD_0' else ''}"


def read(path):
    """(nodes: id to text, edges: (type, from, to, label))"""
    nodes, edges = {}, []
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["NODE_TYPE"]:
                nodes[row["NODE_ID"]] = _own_text(row["NODE_TYPE"], row["NODE_ID"], row["DATA"], row["EXTRA"])
                if re.fullmatch(r"(PD|\w+_SPACE)_[0-9a-f]+", row["EXTRA"]):
                    edges.append(("EXTRA", row["NODE_ID"], row["EXTRA"], ""))
            else:
                extra = row["EXTRA"]
                if row["EDGE_TYPE"] == "REQUEST" and extra:
                    edges.append(("OF", row["EDGE_FROM"], extra, row["EDGE_TO"] and row["DATA"]))
                    extra = "a space"
                edges.append((row["EDGE_TYPE"], row["EDGE_FROM"], row["EDGE_TO"], row["DATA"] + extra))
    return nodes, edges


def _leave_out(nodes, edges, kinds):
    """Without regions of these kinds, and the memory that they map."""
    gone = {node for node, text in nodes.items()
            if text.startswith("RESOURCE VMR ") and any(f"_{kind}_" in text for kind in kinds)}
    gone |= {target for kind, source, target, _ in edges if kind == "MAP" and source in gone}
    return ({node: text for node, text in nodes.items() if node not in gone},
            [edge for edge in edges if edge[1] not in gone and edge[2] not in gone])


def _memory_in_one(nodes, edges):
    """Memory that holds a disk is not in pieces."""
    wholes = {re.match("MO_[0-9a-f]+_[0-9a-f]+", target).group() for kind, source, target, _ in edges
              if kind == "MAP" and nodes[source].startswith("RESOURCE BLOCK ") and nodes[target].startswith("MO ")}
    whole_of = {node: whole for node in nodes for whole in wholes if node == whole or node.startswith(whole + ".")}
    pages = dict.fromkeys(wholes, 0)
    for node, whole in whole_of.items():
        pages[whole] += int(nodes[node].split()[1].split("_")[0])
    nodes = {node: text for node, text in nodes.items() if whole_of.get(node, node) == node}
    nodes.update((whole, f"MO {count}_12") for whole, count in pages.items())
    return nodes, list(dict.fromkeys((kind, whole_of.get(source, source), whole_of.get(target, target), label)
                                     for kind, source, target, label in edges))


def _without_places(nodes, edges):
    """Without the places of files on the disk, which no plan can predict: pieces of a range that differ only by these are merged."""
    nodes, edges = _memory_in_one(nodes, edges)
    blocks = {node for node, text in nodes.items() if text.startswith("RESOURCE BLOCK ")}
    edges = [(kind, source, target, label) for kind, source, target, label in edges
             if target not in blocks or not (kind == "META" or nodes[source].startswith("RESOURCE FILE "))]
    around = {node: [] for node in blocks}
    for kind, source, target, label in edges:
        if source in blocks:
            around[source].append((kind, ">", target, label))
        if target in blocks:
            around[target].append((kind, "<", source, label))
    rows, gone = {}, set()
    for node in sorted(blocks, key=lambda node: int(nodes[node].split()[2].split("_")[0])):
        first, count = map(int, nodes[node].split()[2].split("_"))
        row = rows.setdefault(tuple(sorted(around[node])), [])
        if row and row[-1][1] + row[-1][2] == first:
            row[-1][2] += count
            gone.add(node)
        else:
            row.append([node, first, count])
    joined = {node: f"RESOURCE BLOCK {first}_{count} " for row in rows.values() for node, first, count in row}
    return ({node: joined.get(node, text) for node, text in nodes.items() if node not in gone},
            [edge for edge in edges if edge[1] not in gone and edge[2] not in gone])


def texts(path, without=()):
    """The sorted texts of all nodes, but regions of some kinds and the memory that these map, and without where files lie."""
    nodes, edges = _without_places(*_leave_out(*read(path), without))
    labels = dict(nodes)
    for _ in range(ROUNDS):
        around = {node: [] for node in nodes}
        for kind, source, target, label in edges:
            around[source].append(f"> {kind} {label} {labels[target]}")
            around[target].append(f"< {kind} {label} {labels[source]}")
        labels = {node: nodes[node] + " " + hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]
                  for node, lines in around.items()}
    return sorted(labels.values())


def assert_same(path, other, without=()):
    """The graphs of two files are the same, but for regions of some kinds and the memory that these map."""
    ours, theirs = texts(path, without), texts(other, without)
    if ours == theirs:
        return
    only = [text for text in ours if text not in theirs], [text for text in theirs if text not in ours]
    raise AssertionError(f"{path} and {other} differ: {only[0][:20]} and {only[1][:20]}")


# ---- Models that the shell prints --------------------------------------------

_ROW = re.compile(r"(PD|RESOURCE|RESOURCE_SPACE|),.*,.*,.*,.*,.*,")


def from_shell(machine, path, command="model"):
    """Types a `model` command at the prompt and writes what it prints to `path`: rows up to the first line
    that is none, which is the shell's; they are a legal model. Returns the rows without the header."""
    machine.type(command)
    machine.expect(r"^NODE_TYPE.*\n", timeout=60)
    begin = machine.seen()
    machine.expect("^cell> ", timeout=120)
    lines = machine.transcript()[begin:].split("\n")
    count = 0
    while _ROW.match(lines[count]):
        count += 1
    rows = lines[:count]
    assert not any(_ROW.match(line) for line in lines[count:]), f"something stands between the rows: {lines[count]}"
    path.write_text("NODE_TYPE,NODE_ID,DATA,EDGE_TYPE,EDGE_FROM,EDGE_TO,EXTRA\n" + "\n".join(rows) + "\n")
    tool.run(machine.build / "host" / "cellmodel", "check", path)
    return rows


def left(machine, path, names, types):
    """Which of these PDs, by their names, and of these spaces, by their types, are in the model that the shell prints; without what has
    ended."""
    rows = "\n".join(from_shell(machine, path))
    return (set(re.findall(r"^PD,PD_\w+,([\w-]+),,,,$", rows, re.M)) & names,
            set(re.findall(r"^RESOURCE_SPACE,\w+_SPACE_\w+,(\w+),", rows, re.M)) & types)
