# SPDX-License-Identifier: BSD-2-Clause
"""A model as nodes and relationships of a property graph.

What a query would have to work out from several rows is worked out here, once, when a model is loaded:

* a space's manager is a relationship, MANAGES
* who holds a resource of a space that it does not manage gets a REQUEST to the manager (`implied`: true)
* a PD has the types that it may ask for at first (`types`), a REQUEST those that following it adds (`adds`)
* a resource has its weight, an MO its size in 4 KiB, a BLOCK its count
* a PD that can write an MO has WRITES to it
* a handle of a PD has HANDLE to it
* a PD that another trusts directly has TRUSTS from it; the trusted base is all PDs that such relationships lead to

HOLDs that follow from others are among the rows already: `cellmodel split --expand` writes them.
"""

import collections

LABELS = {"PD": "PD", "RESOURCE": "RESOURCE", "RESOURCE_SPACE": "SPACE"}


def weight(kind, extra):
    """Of a resource: an MO's `<address>_<pages>_<page bits>` in units of 4 KiB, a BLOCK's `<first>_<count>`; else 1."""
    if kind == "BLOCK" and extra.count("_") == 1 and extra.replace("_", "").isdecimal():
        return max(1, int(extra.split("_")[1]))
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
        self.map_rights = self.find_map_rights(edges["MAP"])
        self.parents = collections.defaultdict(list)
        for source, target, _, _ in edges["PARENT"]:
            self.parents[source].append(target)
        self.faults = collections.defaultdict(list)
        for source, target, _, _ in edges["FAULT"]:
            self.faults[source].append(target)
        for source, target, _, _ in edges["SUBSET"]:
            self.space_of.setdefault(source, target)
        for source, target, _, rights in edges["HOLD"]:
            self.holds[source][target] = rights
        self.managers = self.find_managers()
        for kind in ("MAP", "SUBSET", "HOLD", "FAULT", "LINK", "META", "PARENT"):
            for source, target, _, extra in edges[kind]:
                rights = {"HOLD": extra, "MAP": self.map_rights.get((source, target), "")}
                self.add(kind, source, target, **({"rights": rights[kind]} if kind in rights else {}))
        self.add_requests(edges["REQUEST"])
        self.add_types()
        self.add_handles()
        self.add_trust(*self.add_writes())

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

    # ---- memory, trust -----------------------------------------------------------

    def find_map_rights(self, maps):
        """{(source, target): letters} of what VMRs and GMOs map; from the kind of the VMR if no VMR's MAP says any."""
        said = any(extra and self.node[source].get("type") == "VMR" for source, _, _, extra in maps)
        rights = {}
        for source, target, _, extra in maps:
            node = self.node[source]
            if node.get("type") in ("VMR", "GMO"):
                kind = node["extra"].rsplit("_", 2)[0]
                fixed = node["type"] == "VMR" and kind.endswith(("ELF_CODE", "VDSO"))
                rights[source, target] = extra if said or extra else "r" if fixed else "rw"
        return rights

    def below(self, front, step):
        """All that some nodes lead to, themselves included."""
        seen, front = set(), set(front)
        while front:
            seen |= front
            front = {target for node in front for target in step(node)} - seen
        return seen

    def add_writes(self):
        """{MO: PDs that can write it}, all of them, and those who do not need guest-physical memory for it."""
        def writable(node):
            return [t for t in self.maps_onto[node] if "w" in self.map_rights.get((node, t), "")]

        def outside(node):
            return [] if self.node[node].get("type") == "GMO" else writable(node)

        writers, direct = collections.defaultdict(set), collections.defaultdict(set)
        for pd, held in self.holds.items():
            start = [t for t, rights in held.items() if "w" in rights and self.node[t].get("type") in ("MO", "VMR")
                     and "weight" in self.node[t]]
            for node in self.below(start, writable):
                if self.node[node]["type"] == "MO":
                    writers[node].add(pd)
                    self.add("WRITES", pd, node)
            for node in self.below(start, outside):
                direct[node].add(pd)
        return writers, direct

    def add_trust(self, writers, direct):
        holders, named = collections.defaultdict(dict), collections.defaultdict(list)
        runs = collections.defaultdict(list)
        literal = not any(rights for held in self.holds.values() for rights in held.values())
        for pd, held in self.holds.items():
            for target, rights in held.items():
                holders[target][pd] = rights
                node = self.node[target]
                place = node.get("type") == ("VCPU" if "weight" in node else "ADS")
                if place and (literal or "x" in rights):
                    runs[pd].append(target)
        for node in self.nodes["RESOURCE"]:
            if node["type"] == "PD" and self.node.get(self.space_of.get(node["id"]), {}).get("type") == "PD":
                named[node["extra"]].append(node["id"])
        kernels = {pd for space in self.nodes["SPACE"] if space["type"] == "GMO" for pd in self.managers[space["id"]]}
        asked = collections.defaultdict(set)
        for row in self.relationships["REQUEST"]:
            asked[row["from"]].add(row["to"])
        for pd in (node["id"] for node in self.nodes["PD"]):
            trusted = asked[pd] | set(self.faults[pd])
            kernel = pd == "PD_0" or pd in kernels  # what it manages it does not rely on
            start = [t for t in self.holds[pd] if not (kernel and pd in self.managers.get(self.space_of.get(t), ()))]
            reached = self.below(start, lambda n: self.maps_onto[n] if self.node[n].get("type") != "GMO" else ())
            guests = [n for n in reached if self.node[n].get("type") == "GMO" and "weight" in self.node[n]]
            trusted |= set().union(*(direct[node] for node in reached if self.node[node].get("type") == "MO"))
            for node in self.below((m for g in guests for m in self.maps_onto[g]), lambda n: self.maps_onto[n]):
                trusted |= writers[node]
            for maker in self.below([pd], lambda p: self.parents[p]):
                whole = maker.rsplit(".", 2)[0] if maker.count(".") == 2 else maker
                for handle in named[whole]:
                    trusted |= {p for p, rights in holders[handle].items() if set("wxg") & set(rights)}
            for place in runs[pd]:
                trusted |= {p for p, rights in holders[place].items() if literal or set("wx") & set(rights)}
            for other in sorted(trusted - {pd}):
                self.add("TRUSTS", pd, other)

    def add_handles(self):
        """From the handle of a PD to it, or to all parts of one that was split."""
        parts = collections.defaultdict(list)
        for pd in (node["id"] for node in self.nodes["PD"]):
            whole = pd.rsplit(".", 2)
            for name in {pd, whole[0] if len(whole) == 3 and whole[1].isdigit() and whole[2].isdigit() else pd}:
                parts[name].append(pd)
        for node in self.nodes["RESOURCE"]:
            if node["type"] == "PD" and self.node.get(self.space_of.get(node["id"]), {}).get("type") == "PD":
                for pd in parts[node["extra"]]:
                    self.add("HANDLE", node["id"], pd)

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
        """The types that a PD may ask for at first: those that it holds, and those served by spaces that it holds or manages."""
        types = collections.defaultdict(set)
        spaces = {space["id"] for space in self.nodes["SPACE"]}
        for pd, held in self.holds.items():
            types[pd] |= {served(self.node[t]) if t in spaces else self.node[t]["type"] for t in held}
        for space, managers in self.managers.items():
            for pd in managers:
                types[pd].add(served(self.node[space]))
        for pd in self.nodes["PD"]:
            pd["types"] = sorted(types[pd["id"]])
