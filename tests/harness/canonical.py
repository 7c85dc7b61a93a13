# SPDX-License-Identifier: BSD-2-Clause
"""Models compared by their contents, not by their numbers.

canonical(path) gives each node a name made of what does not depend on numbers or on physical addresses: PDs by name,
spaces by type and manager, address spaces by the PDs that run in them, regions by address, memory by the regions that
map it, other resources by space, who holds them and what they are called. The result is a sorted list of lines; two
models of one system are the same exactly if their lists are.
"""

import csv


def _rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _ends(edges, kind, start="EDGE_FROM", end="EDGE_TO"):
    found = {}
    for edge in edges:
        if edge["EDGE_TYPE"] == kind:
            found.setdefault(edge[start], []).append(edge)
    return {node: [edge[end] for edge in some] for node, some in found.items()}


def _spaces(rows, edges, name):
    runners = {}
    for edge in edges:
        if edge["EDGE_TYPE"] == "HOLD" and "x" in edge["EXTRA"]:
            runners.setdefault(edge["EDGE_TO"], []).append(name[edge["EDGE_FROM"]])
    for row in rows:
        if row["NODE_TYPE"] != "RESOURCE_SPACE":
            continue
        who = runners.get(row["NODE_ID"], []) if row["DATA"] == "ADS" else [name[row["EXTRA"]]]
        name[row["NODE_ID"]] = f"{row['DATA']} of {'+'.join(sorted(who))}"


def _resources(rows, edges, name):
    space = {node: ends[0] for node, ends in _ends(edges, "SUBSET").items()}
    holders = _ends(edges, "HOLD", "EDGE_TO", "EDGE_FROM")
    mapped_by = _ends(edges, "MAP", "EDGE_TO", "EDGE_FROM")
    later = []
    for row in rows:
        if row["NODE_TYPE"] != "RESOURCE":
            continue
        node, extra = row["NODE_ID"], row["EXTRA"]
        if row["DATA"] == "MO":
            later.append((node, extra.split("_", 1)[1]))
            continue
        held = "+".join(sorted(name[pd] for pd in holders.get(node, [])))
        name[node] = f"{row['DATA']} in {name[space[node]]} {name.get(extra, extra)} held by {held}"
    for node, size in later:
        name[node] = f"MO {size} behind {' and '.join(sorted(name[r] for r in mapped_by.get(node, [])))}"


def canonical(path):
    rows = _rows(path)
    nodes = [row for row in rows if row["NODE_TYPE"]]
    edges = [row for row in rows if row["EDGE_TYPE"]]
    name = {row["NODE_ID"]: row["DATA"] for row in nodes if row["NODE_TYPE"] == "PD"}
    _spaces(nodes, edges, name)
    _resources(nodes, edges, name)
    lines = [f"{row['NODE_TYPE']}: {name[row['NODE_ID']]}" for row in nodes]
    for edge in edges:
        kind, extra = edge["EDGE_TYPE"], edge["EXTRA"]
        about = f" for {edge['DATA']} {name.get(extra, extra)}" if kind == "REQUEST" else f" {extra}"
        lines.append(f"{kind}: {name[edge['EDGE_FROM']]} -> {name[edge['EDGE_TO']]}{about}")
    return sorted(lines)


def difference(expected, got):
    """The differences for a person: - a missing line, + an additional one."""
    missing, extra = list(expected), []
    for line in got:
        if line in missing:
            missing.remove(line)
        else:
            extra.append(line)
    return [f"- {line}" for line in missing] + [f"+ {line}" for line in extra]
