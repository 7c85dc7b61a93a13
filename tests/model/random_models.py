# SPDX-License-Identifier: BSD-2-Clause
"""Small random models: structurally right, otherwise as odd as can be. The same for the same seed."""

import random

from driver import HEADER

TYPES = ["FILE", "BLOCK", "KV", "MO", "VMR", "VCPU", "EP", "PD", "GMO"]


def mo_extra(r):
    return r.choice(["", "0x0_0_12", f"0x{r.randrange(1 << 30):x}000_{r.randrange(1, 50)}_12",
                     f"{r.randrange(1 << 20):012x}_{r.randrange(1, 3)}_21", f"0x10_{r.randrange(1, 9)}_10",
                     f"file:8:1:{r.randrange(100)}_{r.randrange(1, 9)}_12"])


def nodes_of(r):
    pds = [f"PD_{i}" for i in range(r.randrange(2, 8))]
    spaces = []
    for i in range(r.randrange(1, 8)):
        kind = r.choice(["ADS", "ADS", "FILE", "BLOCK", "KV", "MO", "MO", "VCPU", "EP", "PD", "GMO"])
        manager = r.choice([*pds, *pds, *pds, ""])
        spaces.append((f"{kind}_SPACE_{i}", kind, manager))
    resources = []
    for i in range(r.randrange(1, 25)):
        kind = r.choice(TYPES)
        extra = {"MO": mo_extra(r), "VMR": f"0x1000_{r.choice(['HEAP', 'ELF_CODE', 'VDSO'])}_{i + 1}_12",
                 "BLOCK": r.choice(["", f"{50 * i}_{r.randrange(1, 50)}"]), "PD": r.choice(pds)}.get(kind, "")
        fitting = [s for s, t, _ in spaces if (t, kind) == ("ADS", "VMR") or t == kind]
        space = r.choice(fitting) if fitting and r.random() < 0.9 else r.choice(spaces)[0] if r.random() < 0.5 else None
        resources.append((f"{kind}_s_{i}", kind, extra, space))
    return pds, spaces, resources


def edges_of(r, pds, spaces, resources):
    """Distinct edges: (data, type, from, to, extra)."""
    rights = ["r", "w", "rw", "rwg", ""] if r.random() < 0.8 else [""]
    found = {}
    for resource, _, _, space in resources:
        if space is not None:
            found["SUBSET", resource, space] = ("NONE", "")
    names, kinds = [x[0] for x in resources], [x[1] for x in resources]
    allowed = r.choice([["rw", "r", "rwx", "w", "", "x"], [""]])  # of mappings: said, or to follow from the kind
    for _ in range(r.randrange(0, 30)):
        a, b = sorted(r.sample(range(len(names)), 2)) if len(names) > 1 else (0, 0)
        if a != b:
            right = r.choice(allowed) if kinds[a] in ("VMR", "GMO") else ""
            found["MAP", names[a], names[b]] = ("NONE", right)
    for _ in range(r.randrange(0, 6)):
        if len(spaces) > 1:
            a, b = sorted(r.sample(range(len(spaces)), 2))
            found["MAP", spaces[a][0], spaces[b][0]] = ("NONE", "")
    for _ in range(r.randrange(0, 40)):
        target, kind = r.choice([(x[0], x[1]) for x in resources] + [(x[0], x[1] + "!") for x in spaces])
        right = r.choice(rights)
        if kind in ("VCPU", "ADS!") and r.random() < 0.6 and rights != [""]:
            right += "x"
        found["HOLD", r.choice(pds), target] = ("NONE", right)
    for _ in range(r.randrange(0, 15)):
        space = r.choice([x[0] for x in spaces] + [""] * len(spaces))
        kind = r.choice(TYPES + ["ADS"])
        found["REQUEST", r.choice(pds), r.choice(pds), kind, space] = (kind, space)
    for kind in ("FAULT", "LINK", "PARENT"):
        found[kind, r.choice(pds), r.choice(pds)] = ("NONE", "")
    edges = [(data, key[0], key[1], key[2], extra) for key, (data, extra) in found.items()]
    r.shuffle(edges)
    return edges


def class_of(r, pds):
    """Nodes and edges of a class of PDs, or of a space of handles that is no class because it maps onto no other."""
    handles = {f"PD_c_{pd}": pd for pd in r.sample(pds, r.randrange(1, len(pds) + 1))}
    nodes = [f"RESOURCE_SPACE,PD_SPACE_{s},PD,,,,{r.choice([*pds, ''])}" for s in ("all", "class")]
    nodes += [f"RESOURCE,{handle},PD,,,,{pd}" for handle, pd in handles.items()]
    edges = [f",,NONE,SUBSET,{handle},PD_SPACE_class," for handle in handles]
    edges += [",,NONE,MAP,PD_SPACE_class,PD_SPACE_all,"] if r.random() < 0.8 else []
    edges += [f",,NONE,HOLD,{pd},PD_SPACE_class,{r.choice(['r', 'w', 'rx', ''])}" for pd in r.sample(pds, len(pds) // 2)]
    edges += [f",,NONE,HOLD,{r.choice(pds)},{r.choice(list(handles))},r"] if r.random() < 0.5 else []
    return nodes, edges


def model(seed):
    """A model as CSV text."""
    r = random.Random(seed)
    pds, spaces, resources = nodes_of(r)
    rows = [f"PD,{pd},name_{pd},,,," for pd in pds]
    rows += [f"RESOURCE_SPACE,{name},{kind},,,,{manager}" for name, kind, manager in spaces]
    rows += [f"RESOURCE,{name},{kind},,,,{extra}" for name, kind, extra, _ in resources]
    rows += [f",,{data},{kind},{source},{target},{extra}"
             for data, kind, source, target, extra in edges_of(r, pds, spaces, resources)]
    if r.random() < 0.3:
        nodes, edges = class_of(r, pds)
        rows[len(pds):len(pds)] = nodes
        rows += edges
    return HEADER + "".join(row + "\n" for row in rows)


def guests(seed):
    """A model of guests' memory alone, in which few trust each other: PDs that write or reach it from inside and outside."""
    r = random.Random(seed)
    pds = [f"PD_{i}" for i in range(1, r.randrange(4, 8))]
    rows = [f"PD,{pd},name_{pd},,,," for pd in pds]
    edges = []
    for number in range(r.randrange(1, 4)):
        space, vmr, gmo, mo = (f"{kind}_{number}" for kind in ("GMO_SPACE", "VMR_a", "GMO_a", "MO_a"))
        rows += [f"RESOURCE_SPACE,{space},GMO,,,,{r.choice(pds)}", f"RESOURCE,{vmr},VMR,,,,0x1000_HEAP_1_12",
                 f"RESOURCE,{gmo},GMO,,,,0x{number}000_1_12", f"RESOURCE,{mo},MO,,,,0x{number}000_1_12"]
        edges += [f",,NONE,SUBSET,{gmo},{space},"]
        ways = [(vmr, gmo, 0.9), (gmo, mo, 0.9), (vmr, mo, 0.3), (gmo, f"MO_a_{number - 1}", 0.3 if number else 0)]
        edges += [f",,NONE,MAP,{a},{b},{r.choice(['rw', 'rw', 'r', ''])}" for a, b, chance in ways if r.random() < chance]
        edges += [f",,NONE,HOLD,{pd},{r.choice([vmr, vmr, gmo, mo])},{r.choice(['rw', 'r'])}" for pd in pds if r.random() < 0.3]
    return HEADER + "".join(row + "\n" for row in rows + edges)
