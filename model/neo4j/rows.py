# SPDX-License-Identifier: BSD-2-Clause
"""A model as nodes and relationships of a property graph.

What a query would have to work out from several rows is worked out here, once, when a model is loaded:

* a space's manager is a relationship, MANAGES
* who holds a resource of a space that it does not manage gets a REQUEST to the manager (`implied`: true)
* a PD has the types that it may ask for at first (`types`), a REQUEST those that following it adds (`adds`)
* a resource has its weight, an MO its size in 4 KiB

HOLDs that follow from others are among the rows already: `cellmodel split --expand` writes them.
"""

import collections

LABELS = {"PD": "PD", "RESOURCE": "RESOURCE", "RESOURCE_SPACE": "SPACE"}


def weight(kind, extra):
    """Of a resource: an MO's `<address>_<pages>_<page bits>` in units of 4 KiB; 1 if it has no size."""
    parts = extra.rsplit("_", 2)
    if kind != "MO" or len(parts) != 3 or not (parts[1].isdigit() and parts[2].isdigit()):
        return 1
    return max(1, ((int(parts[1]) << int(parts[2])) + 4095) // 4096)


def served(space):
    """The type that a space serves."""
    return "VMR" if space["type"] == "ADS" else space["type"]


class Rows:
    """Nodes by label, relationships by type, made of a node-link graph of a model that was split and expanded."""

    def __init__(self, graph):
        self.nodes = {"PD": [], "SPACE": [], "RESOURCE": []}
        self.relationships = collections.defaultdict(list)
        self.node = {}
        for place, row in enumerate(graph["nodes"]):
            self.add_node(place, row)
        edges = collections.defaultdict(list)
        for row in graph["edges"]:
            edges[row["type"]].append((row["source"], row["target"], row.get("data", ""), row.get("extra", "")))
        self.maps_onto = collections.defaultdict(list)
        self.space_of = {}
        self.holds = collections.defaultdict(dict)
        for source, target, _, _ in edges["MAP"]:
            self.maps_onto[source].append(target)
        for source, target, _, _ in edges["SUBSET"]:
            self.space_of.setdefault(source, target)
        for source, target, _, rights in edges["HOLD"]:
            self.holds[source][target] = rights
        self.managers = self.find_managers()
        for kind in ("MAP", "SUBSET", "HOLD", "FAULT", "LINK", "META"):
            for source, target, _, extra in edges[kind]:
                self.add(kind, source, target, **({"rights": extra} if kind == "HOLD" else {}))
        self.add_requests(edges["REQUEST"])
        self.add_types()

    def add_node(self, place, row):
        label, data, extra = LABELS[row["type"]], row.get("data", ""), row.get("extra", "")
        node = {"id": row["id"], "place": place, "extra": extra}
        if label == "PD":
            node["name"] = data
        else:
            node["type"] = data
        if label == "RESOURCE":
            node["weight"] = weight(data, extra)
        self.node[row["id"]] = node
        self.nodes[label].append(node)

    def add(self, kind, source, target, **properties):
        self.relationships[kind].append({"from": source, "to": target, "properties": properties})

    # ---- managers ----------------------------------------------------------------

    def find_managers(self):
        """The managing PDs of each space: none, one, or all parts of one that was split."""
        parts = collections.defaultdict(list)
        for pd in self.nodes["PD"]:
            whole = pd["id"].rsplit(".", 2)
            if len(whole) == 3 and whole[1].isdigit() and whole[2].isdigit():
                parts[whole[0]].append(pd["id"])
        known = {pd["id"] for pd in self.nodes["PD"]}
        managers = {}
        for space in self.nodes["SPACE"]:
            name = space["extra"]
            managers[space["id"]] = [name] if name in known else parts[name]
            for pd in managers[space["id"]]:
                self.add("MANAGES", pd, space["id"])
        return managers

    # ---- requests ----------------------------------------------------------------

    def adds(self, kind, space, serving):
        """The types that asking for one of a space, or of any (None), adds."""
        below = [b for s in ([space] if space else serving[kind]) for b in self.maps_onto[s]]
        return sorted({served(self.node[b]) for b in below})

    def implied(self, holders):
        """(PD, manager, type, space) for each resource held of a space that the PD does not manage."""
        for pd, held in self.holds.items():
            for target in held:
                space = self.space_of.get(target)
                if space is None or pd in self.managers[space]:
                    continue
                asked = self.managers[space]
                if not asked and space not in held:
                    asked = holders[space]
                for manager in asked:
                    yield pd, manager, self.node[target]["type"], space

    def add_requests(self, written):
        serving = collections.defaultdict(list)
        for space in self.nodes["SPACE"]:
            serving[served(space)].append(space["id"])
        holders = collections.defaultdict(list)
        for pd, held in self.holds.items():
            for target in held:
                holders[target].append(pd)
        seen = set()
        for pd, target, kind, space in ((s, t, d, e or None) for s, t, d, e in written):
            seen.add((pd, target, kind, space))
            self.add("REQUEST", pd, target, type=kind, space=space, implied=False, adds=self.adds(kind, space, serving))
        for ask in self.implied(holders):
            if ask not in seen:
                seen.add(ask)
                pd, target, kind, space = ask
                self.add("REQUEST", pd, target, type=kind, space=space, implied=True,
                         adds=self.adds(kind, space, serving))

    def add_types(self):
        """What a PD may ask for at first: the types that it holds, and that spaces serve which it holds or manages."""
        types = collections.defaultdict(set)
        spaces = {space["id"] for space in self.nodes["SPACE"]}
        for pd, held in self.holds.items():
            types[pd] |= {served(self.node[t]) if t in spaces else self.node[t]["type"] for t in held}
        for space, managers in self.managers.items():
            for pd in managers:
                types[pd].add(served(self.node[space]))
        for pd in self.nodes["PD"]:
            pd["types"] = sorted(types[pd["id"]])
