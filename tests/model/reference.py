# SPDX-License-Identifier: BSD-2-Clause
"""The definition of the metrics, written down as directly as can be, to compare cellmodel with on small graphs.

Nothing here is fast, and nothing is shared with the library. Bottom-up: reading, who holds what, splitting, RSI, FR.
"""

import collections
import csv

Edge = collections.namedtuple("Edge", "type source target data extra")
Node = collections.namedtuple("Node", "kind id data extra")
COMPAT_TYPES = {"VMR", "MO", "VCPU", "PCPU", "FILE", "BLOCK"}


class Model:
    def __init__(self, nodes, edges):
        self.nodes = {node.id: node for node in nodes}
        self.edges = [e for e in edges if e.source in self.nodes and e.target in self.nodes]
        self.edges = [e for e in self.edges if e.type != "REQUEST" or not e.extra or e.extra in self.nodes]
        self.literal = not any(e.type == "HOLD" and e.extra for e in self.edges)
        self.say_rights = any(e.type == "MAP" and e.extra and self.nodes[e.source].data == "VMR" for e in self.edges)
        self.pds = [n.id for n in nodes if n.kind == "PD"]
        self.spaces = [n.id for n in nodes if n.kind == "RESOURCE_SPACE"]
        self.space_of = {}
        for e in self.edges:
            if e.type == "SUBSET":
                self.space_of.setdefault(e.source, e.target)
        self.by_source, self.by_space, self.memory = collections.defaultdict(list), collections.defaultdict(list), {}
        for e in self.edges:
            self.by_source[e.source, e.type].append(e)
        for resource, space in self.space_of.items():
            self.by_space[space].append(resource)

    def managers(self, space):
        named = self.nodes[space].extra
        if named in self.pds:
            return [named]
        return [p for p in self.pds if p.count(".") == 2 and p.rsplit(".", 2)[0] == named]

    def members(self, space):
        return self.by_space[space]

    def out(self, node, kind):
        return self.by_source[node, kind]

    def once(self, function, *arguments):
        """The function's answer for this model, worked out once."""
        key = (function, *arguments)
        if key not in self.memory:
            self.memory[key] = function(self, *arguments)
        return self.memory[key]

    def runs(self, edge):
        """Whether a HOLD says that its PD runs there."""
        target = self.nodes[edge.target]
        place = target.data == "ADS" if target.kind == "RESOURCE_SPACE" else target.data == "VCPU"
        return place and (self.literal or "x" in edge.extra)

    def map_rights(self, edge):
        """The rights of a MAP edge, as a set of letters."""
        source = self.nodes[edge.source]
        if source.data not in ("VMR", "GMO"):
            return set()
        if self.say_rights or edge.extra:
            return set(edge.extra)
        kind = source.extra.rsplit("_", 2)[0]
        return {"r"} if source.data == "VMR" and kind.endswith(("ELF_CODE", "VDSO")) else {"r", "w"}

    def rights(self, pd):
        """{resource or space: letters} of what a PD holds: the union of what is written and what follows."""
        found = {}
        for e in self.out(pd, "HOLD"):
            found.setdefault(e.target, set()).update(e.extra)
        if self.literal:
            return found
        for e in self.out(pd, "HOLD"):
            for r in self.members(e.target) if self.runs(e) and self.nodes[e.target].kind == "RESOURCE_SPACE" else ():
                if self.nodes[r].data == "VMR":
                    found.setdefault(r, set()).update(*(self.map_rights(m) for m in self.out(r, "MAP")))
            for r in self.members(e.target) if self.is_class(e.target) else ():
                found.setdefault(r, set()).update(e.extra)
        for space in self.spaces:
            for r in self.members(space) if pd in self.managers(space) else ():
                if pd != "PD_0" or self.nodes[r].data not in ("VMR", "VCPU"):
                    found.setdefault(r, set()).update("rwg")
        return found

    def is_class(self, space):
        """A space of PD handles that maps onto another: a HOLD of it means HOLDs of its members."""
        node = self.nodes[space]
        return node.kind == "RESOURCE_SPACE" and node.data == "PD" and any(
            self.nodes[e.target].data == "PD" for e in self.out(space, "MAP"))

    def can_write(self, pd, through=("VMR", "GMO")):
        """The MOs that a PD can write, through mappings of these types."""
        held = {n: r for n, r in self.rights(pd).items() if self.nodes[n].kind == "RESOURCE" and "w" in r}
        found = {n for n in held if self.nodes[n].data == "MO"}
        front, seen = {n for n in held if self.nodes[n].data == "VMR"}, set()
        while front:
            seen |= front
            below = {e.target for n in front for e in self.out(n, "MAP") if "w" in self.map_rights(e)}
            found |= {n for n in below if self.nodes[n].data == "MO"}
            front = {n for n in below if self.nodes[n].data in through} - seen
        return found

    def held(self, pd, derived=True):
        """The ids of the resources and spaces that a PD holds."""
        held = {e.target for e in self.out(pd, "HOLD")}
        if self.literal or not derived:
            return held
        for e in self.out(pd, "HOLD"):
            if self.runs(e) and self.nodes[e.target].kind == "RESOURCE_SPACE":
                held |= {r for r in self.members(e.target) if self.nodes[r].data == "VMR"}
            if self.is_class(e.target):
                held |= set(self.members(e.target))
        for space in self.spaces:
            if pd in self.managers(space):
                held |= {r for r in self.members(space)
                         if pd != "PD_0" or self.nodes[r].data not in ("VMR", "VCPU")}
        return held


def load(lines):
    nodes, edges = [], []
    for row in csv.DictReader(lines):
        if row["NODE_TYPE"]:
            nodes.append(Node(row["NODE_TYPE"], row["NODE_ID"], row["DATA"], row["EXTRA"] or ""))
        elif row["EDGE_TYPE"] in ("HOLD", "MAP", "SUBSET", "REQUEST", "FAULT", "LINK", "META", "PARENT"):
            edges.append(Edge(row["EDGE_TYPE"], row["EDGE_FROM"], row["EDGE_TO"], row["DATA"], row["EXTRA"] or ""))
    return Model(nodes, edges)


def load_file(path):
    with open(path, newline="") as stream:
        return load(stream)


def split(model, keep=(), compat=False):
    whole = {"PD_0", *keep} | ({"PD_1"} if compat else set())
    cpus, spaces, parts = {}, {}, {}
    for pd in model.pds:
        places = [] if pd in whole else list(dict.fromkeys(e.target for e in model.out(pd, "HOLD") if model.runs(e)))
        cpus[pd] = [p for p in places if model.nodes[p].kind == "RESOURCE"]
        spaces[pd] = [p for p in places if model.nodes[p].kind == "RESOURCE_SPACE"]
        many = len(cpus[pd]) > 1 or len(spaces[pd]) > 1
        grid = [(c, s) for c in range(max(1, len(cpus[pd]))) for s in range(max(1, len(spaces[pd])))]
        parts[pd] = [(f"{pd}.{c}.{s}" if many else pd, c, s) for c, s in grid]
    nodes = []
    for node in model.nodes.values():
        if node.kind == "PD":
            nodes += [node._replace(id=part) for part, _, _ in parts[node.id]]
        else:
            nodes.append(node)
    edges = []
    for e in model.edges:
        starts = parts.get(e.source, [(e.source, 0, 0)])
        ends = [part for part, _, _ in parts.get(e.target, [(e.target, 0, 0)])]
        if e.type == "HOLD" and len(starts) > 1:
            if e.target in cpus[e.source] and model.runs(e):
                starts = [s for s in starts if s[1] == cpus[e.source].index(e.target)]
            elif e.target in spaces[e.source] and model.runs(e):
                starts = [s for s in starts if s[2] == spaces[e.source].index(e.target)]
            elif model.nodes[e.target].data == "VMR" and model.space_of.get(e.target) in spaces[e.source]:
                starts = [s for s in starts if s[2] == spaces[e.source].index(model.space_of[e.target])]
        edges += [e._replace(source=start, target=end) for start, _, _ in starts for end in ends]
    return Model(nodes, edges)


def weight(node, compat):
    if node.data == "BLOCK" and node.extra and not compat:
        return int(node.extra.split("_")[1])
    if node.data != "MO":
        return 1
    parts = node.extra.rsplit("_", 2)
    if len(parts) < 3:
        return 1
    pages, bits = int(parts[1]), int(parts[2])
    if compat:
        return pages
    return max(1, (pages * 2 ** bits + 4095) // 4096)


def reach(model, pd, depth=None, compat=False):
    depth = depth or (4 if compat else 10 ** 9)
    seen, front = set(), model.held(pd, derived=not compat)
    while front and depth > 0:
        seen |= front
        front = {e.target for node in front for e in model.out(node, "MAP")} - seen
        depth -= 1
    found = {n for n in seen if model.nodes[n].kind == "RESOURCE"}
    return {n for n in found if not compat or model.nodes[n].data in COMPAT_TYPES}


def rsi(model, a, b, depth=None, compat=False):
    """{type: (shared, all)} for the types that either reaches."""
    of_a, of_b = model.once(reach, a, depth, compat), model.once(reach, b, depth, compat)
    result = {}
    for node in of_a | of_b:
        data = model.nodes[node].data
        shared, whole = result.get(data, (0, 0))
        size = weight(model.nodes[node], compat)
        result[data] = (shared + (size if node in of_a and node in of_b else 0), whole + size)
    return result


def served(model, space, compat):
    data = model.nodes[space].data
    return "VMR" if data == "ADS" and not compat else data


def asks(model, pd, compat):
    """(target, type, space or None) of a PD, implied ones included."""
    found = [(e.target, e.data, e.extra or None) for e in model.out(pd, "REQUEST")]
    if compat:
        return found
    holds_space = {e.target for e in model.out(pd, "HOLD")}
    for resource in model.held(pd):
        space = model.space_of.get(resource)
        if space is None or pd in model.managers(space):
            continue
        targets = model.managers(space)
        if not targets:
            if space in holds_space:
                continue
            targets = [e.source for e in model.edges if e.type == "HOLD" and e.target == space]
        found += [(t, model.nodes[resource].data, space) for t in targets]
    return list(dict.fromkeys(found))


def first_types(model, pd, compat):
    types = set()
    for held in model.held(pd, derived=not compat):
        types.add(served(model, held, compat) if model.nodes[held].kind == "RESOURCE_SPACE" else model.nodes[held].data)
    if not compat:
        types |= {served(model, s, compat) for s in model.spaces if pd in model.managers(s)}
    return types


def added_types(model, kind, space, compat):
    if compat:  # one space represents all of a type: the last that has resources
        spaces = [s for s in model.spaces if model.nodes[s].data == kind and model.members(s)][-1:]
    elif space is not None:
        spaces = [space]
    else:
        spaces = [s for s in model.spaces if served(model, s, compat) == kind]
    return {served(model, e.target, compat) for s in spaces for e in model.out(s, "MAP")}


def walk(model, start, barred=(), without=(), compat=False):
    """Hops at which each PD is first reached."""
    hops, seen = {}, collections.defaultdict(list)
    queue = collections.deque([(start, 0, frozenset(model.once(first_types, start, compat)))])
    while queue:
        pd, distance, types = queue.popleft()
        if any(types <= other for other in seen[pd]):
            continue
        seen[pd].append(types)
        hops.setdefault(pd, distance)
        for target, kind, space in model.once(asks, pd, compat):
            if kind in types and target not in without and {pd, target} != set(barred):
                queue.append((target, distance + 1, types | model.once(added_types, kind, space, compat)))
    return hops


def fr(model, a, b, not_direct=False, without=(), compat=False):
    """A number, or None for infinity."""
    barred = (a, b) if not_direct else (None,)
    of_a = walk(model, a, barred, without, compat)
    of_b = walk(model, b, barred, without, compat)
    both = [min(of_a[pd], of_b[pd]) for pd in of_a if pd in of_b]
    return min(both) if both else None


def whole(pd):
    """The id of the PD that a part is of."""
    return pd.rsplit(".", 2)[0] if pd.count(".") == 2 else pd


def below(model, front, passes=lambda _: True):
    """The nodes that MAP edges lead to from some nodes, included; only nodes that pass are followed further."""
    found, front = set(), set(front)
    while front:
        found |= front
        front = {e.target for n in front if passes(n) for e in model.out(n, "MAP")} - found
    return found


def trusts(model, pd, root="PD_0"):
    """The PDs that a PD trusts directly, before the closure."""
    found = {t for t, _, _ in asks(model, pd, False)} | {e.target for e in model.out(pd, "FAULT")}
    start = model.held(pd)
    if pd == root or any(model.nodes[s].data == "GMO" and pd in model.managers(s) for s in model.spaces):
        start = {n for n in start if n not in model.space_of or pd not in model.managers(model.space_of[n])}
    # A guest's writes count only for PDs that reach them through guest-physical memory.
    outside = below(model, start, lambda n: model.nodes[n].data != "GMO")
    guests = {n for n in outside if model.nodes[n].data == "GMO"}
    inside = below(model, {e.target for n in guests for e in model.out(n, "MAP")})
    makers, front = set(), {pd}
    while front:
        makers |= front
        front = {e.target for p in front for e in model.out(p, "PARENT")} - makers
    makers = {whole(p) for p in makers}
    places = {e.target for e in model.out(pd, "HOLD") if model.runs(e)}
    for other in model.pds:
        rights = model.once(Model.rights, other)
        steers = any(model.nodes[n].data == "PD" and model.nodes[n].kind == "RESOURCE" and model.nodes[n].extra in makers
                     and n in model.space_of and model.nodes[model.space_of[n]].data == "PD" and rights[n] & set("wxg")
                     for n in rights)
        written = outside & model.once(Model.can_write, other, ("VMR",)) or inside & model.once(Model.can_write, other)
        if written or steers or any(
                n in places and (model.literal or rights[n] & set("wx")) for n in rights):
            found.add(other)
    return found


def trusted(model, pd):
    """The trusted base of a PD."""
    found, front = set(), {pd}
    while front:
        found |= front
        front = set().union(*(model.once(trusts, p) for p in front)) - found
    return found - {pd}


def blast(model, dead):
    """({PD: hops}, {space: hops}) from the death of a PD, by looking at everything again until nothing changes."""
    pds, spaces = {dead: 0}, {}
    asked = {pd: {target for target, _, _ in asks(model, pd, False)} for pd in model.pds}
    maps = [e for e in model.edges if e.type == "MAP" and model.nodes[e.source].kind == "RESOURCE_SPACE"]
    while True:
        before = dict(pds), dict(spaces)
        for pd in model.pds:
            ways = [pds[e.target] + (e.type == "FAULT") for e in model.out(pd, "LINK") + model.out(pd, "FAULT") if e.target in pds]
            ways += [pds[target] + 1 for target in asked[pd] if target in pds]
            if ways and min(ways) < pds.get(pd, 10 ** 9):
                pds[pd] = min(ways)
        for node in model.nodes.values():
            if node.kind == "RESOURCE_SPACE" and any(pds.get(pd) == 0 for pd in model.managers(node.id)):
                spaces[node.id] = 0
        for e in maps:
            if e.target in spaces and spaces[e.target] + 1 < spaces.get(e.source, 10 ** 9):
                spaces[e.source] = spaces[e.target] + 1
        if (pds, spaces) == before:
            return pds, spaces


def rsi_lines(model, a, b, **options):
    return [f"RSI {kind} {shared}/{whole} {(shared / whole if whole else 0):.4f}"
            for kind, (shared, whole) in sorted(rsi(model, a, b, **options).items())]


def fr_line(model, a, b, **options):
    hops = fr(model, a, b, **options)
    return f"FR {'inf' if hops is None else hops}"
