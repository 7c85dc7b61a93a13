# SPDX-License-Identifier: BSD-2-Clause
"""The commands that the other files do not compare with a slow second implementation, on random models: check, stats, expect,
diff --by-name, dot."""

import collections
import itertools
import json
import random
import re
import sys

import driver
import random_models
import reference
from driver import ask, call

CORE = ("MO", "VCPU", "PCPU", "EP", "PD", "RESSPC")
KINDS = {"HOLD": [("PD", "RESOURCE"), ("PD", "RESOURCE_SPACE")], "SUBSET": [("RESOURCE", "RESOURCE_SPACE")],
         "MAP": [("RESOURCE", "RESOURCE"), ("RESOURCE_SPACE", "RESOURCE_SPACE")],
         "META": [("RESOURCE", "RESOURCE"), ("RESOURCE_SPACE", "RESOURCE")]}


# ---- check ---------------------------------------------------------------------------


def spoilt(seed):
    """A random model, half of them with rows lost, doubled or with another end: mostly illegal in further ways."""
    header, *rows = random_models.model(seed).splitlines(keepends=True)
    r = random.Random(seed)
    if seed % 2:
        rows = [row for row in rows for _ in range(r.choice((0, 1, 1, 1, 1, 1, 1, 2 if row.startswith(",,") else 1)))]
        edges = [i for i, row in enumerate(rows) if row.startswith(",,")]
        for i in r.sample(edges, min(2, len(edges))):
            fields = rows[i].split(",")
            fields[r.choice((4, 5))] = r.choice(rows).split(",")[1] or "NOBODY"
            rows[i] = ",".join(fields)
    maps = [row.split(",") for row in rows if row.startswith(",,NONE,MAP,") and "SPACE" not in row]
    if seed % 8 == 3 and maps:  # and once more, the other way round
        _, _, _, _, source, target, _ = r.choice(maps)
        rows.append(f",,NONE,MAP,{target},{source},\n")
    return header + "".join(rows)


class Legality:
    """The rules of docs/model-format.md, one after the other: {(rule, line)}; of rules that are about several rows together
    (cycles, overlaps) only whether they hold."""

    def __init__(self, text):
        self.lines, self.found, self.edges = {}, set(), []
        self.nodes, self.subsets = {}, collections.defaultdict(list)
        for number, row in enumerate(text.splitlines(), 1):
            fields = row.split(",")
            if fields[0] and number > 1:
                self.nodes[fields[1]], self.lines[fields[1]] = fields, number
            elif number > 1:
                self.edges.append((number, fields))
        self.good = [(n, f) for n, f in self.edges if self.check_ends(n, f)]
        self.model = reference.load([text.splitlines()[0], *(",".join(f) for f in self.nodes.values()),
                                     *(",".join(f) for _, f in self.good)])
        self.check_subsets()
        self.check_managers()
        self.check_requests()
        self.check_fields()

    def kind(self, node):
        return self.nodes[node][0] if node in self.nodes else None

    def check_ends(self, number, fields):
        """Rule 1; whether the edge counts for the others."""
        kind, ends = fields[3], (fields[4], fields[5])
        missing = [end for end in ends if end not in self.nodes]
        fits = (self.kind(ends[0]), self.kind(ends[1])) in KINDS.get(kind, [("PD", "PD")])
        if kind == "REQUEST" and fields[6] and self.kind(fields[6]) != "RESOURCE_SPACE":  # the space is missing: rule 4
            self.found.add((1, number) if missing or not fits else (4, number))
            return False
        if missing or not fits:
            self.found.add((1, number))
        key = (kind, *ends, *((fields[2], fields[6]) if kind == "REQUEST" else ()))
        if not missing and fits and any(key == self.key(f) for n, f in self.edges if n < number):
            self.found.add((1, number))
        return not missing and fits

    def key(self, f):
        return (f[3], f[4], f[5], *((f[2], f[6]) if f[3] == "REQUEST" else ()))

    def check_subsets(self):
        for number, fields in self.good:
            if fields[3] == "SUBSET":
                self.subsets[fields[4]].append(number)
                space = self.nodes[fields[5]][2]
                serves = "VMR" if space == "ADS" else space
                first = len(self.subsets[fields[4]]) == 1
                if not first or serves != self.nodes[fields[4]][2]:
                    self.found.add((2, number))
        held = set().union(*(self.model.rights(pd) for pd in self.model.pds))
        for node in self.nodes:
            if self.kind(node) == "RESOURCE" and (node not in self.subsets or node not in held):
                self.found.add((2, self.lines[node]))

    def check_managers(self):
        for node, fields in self.nodes.items():
            if fields[0] == "RESOURCE_SPACE" and not self.model.managers(node):
                self.found.add((3, self.lines[node]))
        if "PD_0" not in self.model.pds:
            self.rootless = True
            return
        served = {self.nodes[s][2] for s in self.model.spaces if "PD_0" in self.model.managers(s)}
        self.rootless = False
        if not set(CORE) <= served:
            self.found.add((3, self.lines["PD_0"]))

    def check_requests(self):
        for number, fields in self.good:
            if fields[3] != "REQUEST":
                continue
            kind, target, space = fields[2], fields[5], fields[6]
            spaces = [s for s in self.model.spaces if target in self.model.managers(s)]
            serves = {self.nodes[s][2] for s in spaces} | {"VMR" for s in spaces if self.nodes[s][2] == "ADS"}
            if (target == "PD_0" if kind == "RESSPC" else kind in serves) and (not space or space in spaces):
                continue
            self.found.add((4, number))

    def check_fields(self):
        for node, fields in self.nodes.items():
            if fields[0] == "RESOURCE" and fields[2] == "MO" and re.search(r"_0_\d+$", fields[6]):
                self.found.add((5, self.lines[node]))
        for number, fields in self.good:
            if fields[3] == "MAP" and fields[6] and self.nodes[fields[4]][2] not in ("VMR", "GMO"):
                self.found.add((5, number))

    def has_cycle(self):
        maps = {(f[4], f[5]) for _, f in self.good if f[3] == "MAP"}
        left = set(self.nodes)
        while True:
            ends = {n for n in left if not any(a == n and b in left for a, b in maps)}
            if not ends:
                return bool(left)
            left -= ends

    def extents(self, kind):
        """(space, address and end) of MOs in bytes, of BLOCKs in blocks, where they have some."""
        for node, fields in self.nodes.items():
            if fields[0] != "RESOURCE" or fields[2] != kind or node not in self.subsets:
                continue
            space = next(f[5] for n, f in self.good if n == self.subsets[node][0])
            match = re.fullmatch(r"(\d+)_(\d+)" if kind == "BLOCK" else r"(?:0x)?([0-9a-f]+)_(\d+)_(\d+)", fields[6])
            if match and kind == "BLOCK":
                yield space, int(match[1]), int(match[1]) + int(match[2])
            elif match and int(match[1], 16) and int(match[2]):
                yield space, int(match[1], 16), int(match[1], 16) + (int(match[2]) << int(match[3]))

    def overlaps(self):
        return any(a[0] == b[0] and a[1] < b[2] and b[1] < a[2]
                   for kind in ("MO", "BLOCK") for a, b in itertools.combinations(self.extents(kind), 2))


def test_check():
    """Exactly the offences by rule and line; a model without one is legal."""
    rules = collections.Counter()
    for seed in range(160):
        text = spoilt(seed)
        own = Legality(text)
        answer = json.loads(call("check", driver.write("legal.csv", text), "--all", "--json")[1])
        said = {(o["rule"], o["line"]) for o in answer["offences"] if " closes a cycle" not in o["text"] and " overlaps " not in o["text"]
                and "there is no root task" not in o["text"]}
        assert said == own.found, (seed, said ^ own.found)
        texts = " ".join(o["text"] for o in answer["offences"])
        told = tuple(words in texts for words in ("there is no root task", " closes a cycle", " overlaps "))
        assert told == (own.rootless, own.has_cycle(), own.overlaps()), (seed, told)
        assert answer["legal"] == (not answer["offences"])
        rules.update({rule for rule, _ in said} | {words for words, is_so in zip(("root", "cycle", "overlap"), told) if is_so})
    assert set(rules) == {1, 2, 3, 4, 5, "root", "cycle", "overlap"}, rules


# ---- stats, expect -------------------------------------------------------------------


def test_stats():
    for seed in range(30):
        path = driver.write("stats.csv", random_models.model(seed))
        model = reference.load_file(path)
        counts = {(c["group"], c["name"]): c["count"] for c in json.loads(ask("stats", path, "--json"))["counts"]}
        expected = collections.Counter()
        for node in model.nodes.values():
            expected["nodes", node.kind] += 1
            if node.kind != "PD":
                expected["spaces" if node.kind == "RESOURCE_SPACE" else "resources", node.data] += 1
        for e in model.edges:
            expected["edges", e.type] += 1
        written = {(e.source, e.target) for e in model.edges if e.type == "HOLD"}
        expected["edges", "following HOLDs"] = sum((pd, n) not in written for pd in model.pds for n in model.rights(pd))
        counts = {key: count for key, count in counts.items() if count}
        assert counts == {key: count for key, count in expected.items() if count}, seed


def test_expect():
    """Rules of all kinds, with limits on both sides of the true value."""
    compare = {"<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b, "<": lambda a, b: a < b, ">": lambda a, b: a > b,
               "==": lambda a, b: a == b, "!=": lambda a, b: a != b}
    for seed in range(30):
        path = driver.write("expect.csv", random_models.model(seed))
        model, r = reference.split(reference.load_file(path)), random.Random(seed)
        rules = {}
        for _ in range(30):
            a, b, sign = r.choice(model.pds), r.choice(model.pds), r.choice(list(compare))
            shares = reference.rsi(model, a, b)
            if r.random() < 0.4 and shares:
                kind, limit = r.choice(list(shares)), r.choice((0, 0.25, 0.5, 1))
                value = shares[kind][0] / shares[kind][1] if shares[kind][1] else 0
                rules[f"rsi {a} {b} {kind} {sign} {limit}"] = compare[sign](value, limit)
            elif r.random() < 0.5:
                limit, value = r.choice(("0", "1", "2", "inf")), reference.fr(model, a, b)
                rules[f"fr {a} {b} {sign} {limit}"] = compare[sign](float("inf") if value is None else value, float(limit))
            else:
                common = {kind for kind, (shared, _) in shares.items() if shared}
                only = r.sample(random_models.TYPES, r.randrange(1, 9))
                rules[f"shares {a} {b} only {','.join(only)}"] = common <= set(only)
                rules[f"shares {a} {b} nothing"] = not common
        answer = call("expect", path, "-", text="".join(rule + "\n" for rule in rules))
        broken = [rule for rule in rules if any(rule in line for line in answer[1].splitlines())]
        assert broken == [rule for rule, holds in rules.items() if not holds], (seed, answer[1])
        assert answer[0] == (1 if broken else 0), (seed, answer)


# ---- diff, dot -----------------------------------------------------------------------


def renamed(text, seed):
    """The same model with other numbers in all ids of nodes but PD_0."""
    ids = [line.split(",")[1] for line in text.splitlines()[1:] if not line.startswith(",,") and line.split(",")[1] != "PD_0"]
    numbers = list(range(1000, 1000 + len(ids)))
    random.Random(seed).shuffle(numbers)
    new = {old: re.sub(r"_[^_]*$", f"_{number}", old) for old, number in zip(ids, numbers)}
    return "\n".join(",".join(new.get(field, field) for field in line.split(",")) for line in text.splitlines()) + "\n"


def distinct(seed):
    """A model in which names tell PDs apart, types and managers spaces, and their extents resources."""
    rows = [f"PD,PD_{i},name{i},,,,\n" for i in range(4)]
    kinds = ("MO", "FILE", "BLOCK", "ADS")
    rows += [f"RESOURCE_SPACE,{kind}_SPACE_{i},{kind},,,,PD_{i}\n" for i, kind in enumerate(kinds)]
    r = random.Random(seed)
    extra = {"MO": "0x{:x}000_1_12", "FILE": "/file{}", "BLOCK": "{}_1", "ADS": "0x{:x}000_HEAP_1_12"}
    names = []
    for i in range(r.randrange(4, 20)):
        space = r.randrange(4)
        kind = "VMR" if kinds[space] == "ADS" else kinds[space]
        names.append(f"{kind}_x_{i}")
        rows.append(f"RESOURCE,{names[-1]},{kind},,,,{extra[kinds[space]].format(i + 1)}\n")
        rows.append(f",,NONE,SUBSET,{names[-1]},{kinds[space]}_SPACE_{space},\n")
    edges = {(r.randrange(4), r.choice(names)) for _ in range(20)}
    rows.sort(key=lambda row: row.startswith(",,"))
    return driver.HEADER + "".join(rows) + "".join(f",,NONE,HOLD,PD_{pd},{name},rw\n" for pd, name in sorted(edges)), edges


def test_diff_by_name():
    """Models that differ only in numbers are the same; an added or removed edge is the only difference."""
    for seed in range(30):
        text, edges = distinct(seed)
        other = renamed(text, seed)
        old, new = driver.write("old.csv", text), driver.write("new.csv", other)
        assert call("diff", old, new, "--by-name") == (0, "", ""), seed
        assert call("diff", old, new)[0] == 1
        pd, name = random.Random(seed).choice(sorted(edges))
        fewer = "".join(line for line in text.splitlines(True) if line != f",,NONE,HOLD,PD_{pd},{name},rw\n")
        status, output, _ = call("diff", driver.write("old.csv", fewer), new, "--by-name")
        assert status == 1 and len(output.splitlines()) == 1 and output.startswith("+ HOLD "), (seed, output)


def homes_of(model):
    """The PD whose box a PD stands in: the first one that runs in the same address space first."""
    first = {}
    for pd in model.pds:
        places = [e.target for e in model.out(pd, "HOLD") if model.runs(e) and model.nodes[e.target].kind == "RESOURCE_SPACE"]
        first[pd] = places[0] if places and pd != "PD_0" else pd
    return {pd: next(other for other in model.pds if first[other] == first[pd]) for pd in model.pds}


def test_dot():
    """With --all every node is drawn once: what one PD alone reaches in its box, what several reach in the shared one."""
    for seed in range(30):
        path = driver.write("dot.csv", random_models.model(seed))
        model = reference.split(reference.load_file(path))
        drawn, box = {}, None
        for line in ask("dot", path, "--all").splitlines():
            cluster, label = re.search(r'subgraph "cluster_(.*)"', line), re.search(r'^    n\d+ .*label="([^"]*)"', line)
            box = cluster[1] if cluster else box
            if label:
                name = re.split(r"\\n", label[1])[-1]
                assert name not in drawn, (seed, name)
                drawn[name] = box
        assert set(drawn) == set(model.nodes), (seed, set(drawn) ^ set(model.nodes))
        reach = {pd: model.once(reference.reach, pd, None, False) for pd in model.pds}
        homes = homes_of(model)
        for node, box in drawn.items():
            by = {homes[pd] for pd in model.pds if node in reach[pd] and pd != "PD_0"}
            if model.nodes[node].kind == "RESOURCE" and by:
                assert box == min(by) if len(by) == 1 else box in ("shared", "all"), (seed, node, by, box)


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
