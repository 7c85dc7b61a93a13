# SPDX-License-Identifier: BSD-2-Clause
"""The model of running systems: legal, as predicted, and with the figures that it must have."""

import pathlib

from harness import archive, graph, tool
from harness.canonical import canonical, difference

SECONDS = 120
COMPARE = False  # what is printed meanwhile differs
TOP = pathlib.Path(__file__).parents[2]
HELD_CORE = ",,NONE,HOLD,PD_0,PCPU_3_0,rwg"


def extract(context, system):
    path = context.folder / f"{system}.csv"
    with context.start(system=system, options="extract=1", model=path) as machine:
        assert machine.exit_status() == 0
    tool.run(context.build / "host" / "cellmodel", "check", path)
    return path


def check_prediction(context, system):
    """The planner's prediction on the host equals the booted system's model."""
    extracted = extract(context, system)
    predicted = context.folder / f"{system}.predicted.csv"
    text, _ = tool.run(context.build / "host" / "cellplan", "predict", TOP / "systems" / system,
                       context.build / "programs")
    predicted.write_text(text, encoding="utf-8")
    tool.run(context.build / "host" / "cellmodel", "check", predicted)
    lines = difference(canonical(predicted), canonical(extracted))
    assert not lines, "\n".join(lines)
    return extracted


def metric(context, which, path, a, b):
    return tool.run(context.build / "host" / "cellmodel", which, path, a, b)[0].splitlines()


def test_two_processes(context):
    """They share the processor, the page that the client gave, and the toy: nothing else."""
    path = check_prediction(context, "two-processes")
    lines = metric(context, "rsi", path, "PD_1", "PD_2")
    shared = {line.split()[1]: line.split()[2].split("/")[0] for line in lines}
    assert shared == {"EP": "0", "MO": "1", "NTFN": "0", "PCPU": "1", "RESSPC": "0", "TOY": "1", "VCPU": "0", "VMR": "0"}, lines
    assert metric(context, "fr", path, "PD_1", "PD_2") == ["FR 0"]


def test_two_threads(context):
    """PDs in one address space share all that is mapped, stacks included."""
    path = check_prediction(context, "two-threads")
    lines = metric(context, "rsi", path, "PD_1", "PD_2")
    assert any(l.startswith("RSI MO") and l.endswith(" 1.0000") for l in lines), lines
    assert any(l.startswith("RSI VMR") and l.endswith(" 1.0000") for l in lines), lines


def test_three_clients(context):
    path = check_prediction(context, "three-clients")
    assert metric(context, "fr", path, "PD_2", "PD_3") == ["FR 1"]
    assert "RSI TOY 0/2 0.0000" in metric(context, "rsi", path, "PD_2", "PD_3")


def test_live_metrics(context):
    """Metrics of the live system, and a model of one PD."""
    with context.start(system="shell") as machine:
        machine.expect("^cell> ")
        machine.type("rsi toy shell")
        machine.expect(r"^RSI PCPU 1/1 1\.0000$")
        machine.type("fr toy shell")
        machine.expect(r"^FR 1$")
        machine.type("model shell")
        machine.expect(r"^,,NONE,FAULT,PD_3,PD_0,$")
        machine.type("poweroff")
        assert machine.exit_status() == 0


# ---- What is modelled is what can be done -------------------------------------

class Model:
    """A model's rows, indexed for the questions of these tests."""

    def __init__(self, rows):
        self.extra = {row[1]: row[6] for row in rows if row[0]}
        self.edges = {(row[3], row[4], row[5]): row[6] for row in rows if row[3]}
        self.space = {source: target for kind, source, target in self.edges if kind == "SUBSET"}
        self.maps = {}
        for (kind, source, target), rights in self.edges.items():
            if kind == "MAP":
                self.maps.setdefault(source, []).append((target, rights))

    def pages(self, mo):
        return int(self.extra[mo].split("_")[-2])

    def mapped(self, ads):
        """Each page of an address space that memory is mapped at: the piece of a memory object, the page in it, rights."""
        pages = {}
        for vmr in (node for node, space in self.space.items() if space == ads):
            at = int(self.extra[vmr].split("_")[0], 16)
            for mo, rights in sorted(self.maps.get(vmr, []), key=lambda target: first_page(target[0])):
                pages.update({at + i * 4096: (mo, i, rights) for i in range(self.pages(mo))})
                at += self.pages(mo) * 4096
        return pages


def first_page(mo):
    """Of a piece of a memory object that is mapped in parts."""
    return int(mo.partition(".")[2] or "0", 16)


def compare_mapper(context, machine, said, seed):
    """The handles, mappings and rights in the model are those that the programs found by trying, page by page; returns the kinds
    of answers that occurred."""
    path = context.folder / f"mapper-{seed}.csv"
    model = Model([row.split(",") for row in graph.from_shell(machine, path)])
    cellmodel = context.build / "host" / "cellmodel"
    runs_in = {source: target for (kind, source, target), rights in model.edges.items()
               if kind == "HOLD" and "_SPACE_" in target and "x" in rights}
    pds = sorted({m["pd"] for m in said})
    tags, pages, writes = {}, {}, {pd: set() for pd in pds}
    for pd in pds:
        holds = {m["what"]: m["rights"] for m in said if m["pd"] == pd and m["verb"] == "holds"}
        held = {mo: rights for (kind, source, mo), rights in model.edges.items()
                if kind == "HOLD" and source == pd and mo.startswith("MO_")}
        assert {mo.split("_")[2].partition(".")[0]: rights for mo, rights in held.items()} == holds, (seed, pd, held, holds)
        writes[pd] |= {mo for mo, rights in held.items() if "w" in rights}
        mapped = model.mapped(runs_in[pd])
        for m in (m for m in said if m["pd"] == pd and m["verb"] == "maps"):
            mo, page, rights = mapped.get(int(m["what"], 16), (None, 0, ""))
            assert ("r" in rights, "w" in rights) == (m["r"] == "1", m["w"] == "1"), (seed, pd, rights, m)
            if m["r"] == "1" and m["tag"] != "0":
                assert tags.setdefault(m["tag"], (mo, page)) == (mo, page), (seed, pd, m)
                assert pages.setdefault((mo, page), m["tag"]) == m["tag"], (seed, pd, m)
            writes[pd] |= {mo} if m["w"] == "1" else set()
    for i, a in enumerate(pds):
        for b in pds[i + 1:]:
            lines = tool.run(cellmodel, "shared", path, a, b, "--writable", "--type=MO")[0].splitlines()
            both = {line.split()[2] for line in lines if line.startswith("SHARED")}
            assert both == writes[a] & writes[b], (seed, a, b, both, writes[a] & writes[b])
    return {m["r"] + m["w"] for m in said if m["verb"] == "maps"} | {"." for mo, _ in pages if "." in mo}


def test_copies(context):
    """rule: copies. Pages that a PD and its copy have are shared and not to be written, until one of them writes."""
    path = context.folder / "copies.csv"
    with context.start(system="shell") as machine:
        machine.expect("^cell> ")
        machine.type("run fork part &")
        wrote = [machine.expect(r"^fork: (?P<pd>PD_[0-9a-f]+) wrote at (?P<at>[0-9a-f]+)$") for _ in range(2)]
        model = Model([row.split(",") for row in graph.from_shell(machine, path)])
        parent, child = sorted(found["pd"] for found in wrote)
        at = int(wrote[0]["at"], 16)
        spaces = {source: target for (kind, source, target), rights in model.edges.items()
                  if kind == "HOLD" and target.startswith("ADS_SPACE_") and "x" in rights}
        first, second = (model.mapped(spaces[pd]) for pd in (parent, child))
        for page in range(8):
            a, b = first[at + page * 4096], second[at + page * 4096]
            if page in (1, 3):
                # The PD that wrote has a page of its own; only the other still has the old one.
                assert a[:2] != b[:2] and (a[2], b[2]) == ("rw", "rw"), (page, a, b)
            else:
                assert a == b and a[2] == "r", (page, a, b)
        machine.type(f"kill {parent}")
        machine.expect("^cell> ")
        model = Model([row.split(",") for row in graph.from_shell(machine, path)])
        second = model.mapped(spaces[child])
        assert all(second[at + page * 4096][2] == "rw" for page in range(8)), second


def check_ended(context, machine, made):
    """A maker ends and its children live on: its row stays, and holds nothing."""
    path = context.folder / "ended.csv"
    machine.type("kill PD_4")
    machine.expect("^cell> ")
    rows = graph.from_shell(machine, path)
    assert "PD,PD_4,mapper,,,,ended" in rows
    assert [row for row in rows if row.startswith(",,") and row.split(",")[4] == "PD_4"] == [",,NONE,PARENT,PD_4,PD_3,"]
    assert {row for row in rows if row.endswith(",PD_4,") and ",PARENT," in row} == {
        f",,NONE,PARENT,{pd},PD_4," for pd in made}
    for pd in made:
        machine.type(f"kill {pd}")
        machine.expect("^cell> ")
    assert not any("PD_4" in row for row in graph.from_shell(machine, path)), "nobody needs it any more"


def test_mapper(context):
    """rule: truth, rights-of-maps, parents, physical. Programs map, give, drop and remove memory and parts of it, move it and
    change its rights at random, with kinds at random: the model says what they can read and write, and what they hold."""
    line = (r"^mapper: (?P<pd>PD_[0-9a-f]+) ((?P<verb>holds|maps) (?P<what>[0-9a-f]+) ((?P<rights>[rwxg]+)"
            r"|r=(?P<r>[01]) w=(?P<w>[01]) tag=(?P<tag>[0-9]+))|sees (?P<seen>[0-9]+) of (?P<all>[0-9]+)|done)\n")
    answers = set()
    for seed in (1, 2, 3):
        with context.start(system="shell") as machine:
            machine.expect("^cell> ")
            machine.type(f"run mapper {seed} 30 &")
            said, done = [], 0
            while done < 4:
                found = machine.expect(line, timeout=60)
                assert found["seen"] in (None, "0") and found["all"] != "0", "physical addresses are for who may look at PD_0"
                said.append(found.groupdict())
                done += found["verb"] is None and found["all"] is None
            machine.type("")
            answers |= compare_mapper(context, machine, [m for m in said if m["verb"]], seed)
            if seed == 1:
                check_ended(context, machine, sorted({m["pd"] for m in said} - {"PD_4"}))
    assert answers == {"00", "10", "11", "."}, answers


def test_nobody_left(context):
    """When all programs have ended the model is legal still."""
    path, _ = boot_description(context, "pd a process program=hello\n", "", 0)
    tool.run(context.build / "host" / "cellmodel", "check", path)
    assert not any(row.startswith("PD,PD_1,") for row in path.read_text().splitlines())


# ---- Metrics of the shell -----------------------------------------------------

def compare_metrics(context, pds, children, pairs):
    """The shell's rsi and fr are those of cellmodel on the same system's model."""
    cellmodel, path = context.build / "host" / "cellmodel", context.folder / "metrics.csv"
    with context.start(system="shell", memory=1024 if pds < 500 else 4096, seconds=120 if pds < 500 else 900) as machine:
        machine.expect("^cell> ")
        machine.type(f"run busy many {pds} {children} &")
        rows = []
        while sum(row.startswith("PD,") for row in rows) < pds + 5:
            rows = graph.from_shell(machine, path)
        previous = None
        while rows != previous:  # until all have their toys
            previous, rows = rows, graph.from_shell(machine, path)
        for a, b in pairs:
            for name in ("rsi", "fr"):
                wanted = tool.run(cellmodel, name, path, a, b)[0]
                machine.type(f"{name} {a} {b}")
                begin = machine.seen()
                machine.expect("^cell> ", timeout=120)
                found = machine.transcript()[begin:].rsplit("cell> ", 1)[0].split("\n", 1)[1]
                assert found.strip("\n") == wanted.strip("\n"), (name, a, b, found, wanted)


def long_metrics_of_many(context):
    compare_metrics(context, 996, 2, [("PD_2", "PD_3"), ("PD_4", "PD_5"), ("PD_5", "PD_300"), ("PD_3e0", "PD_3e1")])


def test_metrics(context):
    compare_metrics(context, 48, 3, [("PD_2", "PD_3"), ("PD_4", "PD_5"), ("PD_5", "PD_34"), ("PD_5", "PD_5"), ("PD_0", "PD_7")])


# ---- Snapshots of a busy system ----------------------------------------------

def test_busy(context):
    """rule: legal. While PDs come, use and share things, fault, and go, and one sends nonsense to the root task: every snapshot is legal."""
    with context.start(system="shell") as machine:
        machine.expect("^cell> ")
        for command in ("run busy 60 &", "run busy 60 &", "run garbage 1000000000 7 &"):
            machine.type(command)
        seen, busy = set(), 0
        for _ in range(20):
            path = context.folder / "busy.csv"
            rows = graph.from_shell(machine, path)
            seen.add("\n".join(rows))
            busy += any(row.startswith("PD,") and ",busy-child," in row for row in rows)
        assert len(seen) > 10 and busy > 0, (len(seen), busy)


def boot_description(context, description, options, status, **more):
    """Boots a system of the test's own for extraction; returns the model's path, and the runner's messages."""
    path = context.folder / "model.csv"
    with archive.start(context, description, options=f"extract=1 {options}", model=path, **more) as machine:
        assert machine.exit_status() == status
    return path, machine.errors_path.read_text()


def test_many(context):
    """300 PDs with 30 toys each: tens of thousands of edges, none lost."""
    path, errors = boot_description(
        context, "pd server process program=toy\n  rde RESSPC\n  serves TOY\n"
        "pd busy process program=busy\n  rde MO\n  rde PD\n  rde TOY from server\n  args many 300 30\n",
        "ready_timeout=60", 0, seconds=120)
    assert errors == "", errors
    tool.run(context.build / "host" / "cellmodel", "check", path)
    rows = path.read_text().splitlines()[1:]
    assert sum(row.startswith("PD,") for row in rows) == 303
    assert sum(row.startswith("RESOURCE,TOY_") for row in rows) == 9000
    assert sum(row.startswith(",,NONE,HOLD,") and ",TOY_" in row for row in rows) == 9000
    assert sum(row.startswith(",,") for row in rows) > 25000, len(rows)


# ---- One PD ----------------------------------------------------------------------

def reached(rows, pd):
    """The nodes that a PD has in a model: the ends of its edges, the regions of its address space, what it manages; and all that
    MAPs lead to from there."""
    edges = [row.split(",")[3:6] for row in rows if row.startswith(",,")]
    nodes = [row.split(",") for row in rows if row.startswith("RESOURCE_SPACE,")]
    have = {to for _, source, to in edges if source == pd}
    have |= {node[1] for node in nodes if node[6] == pd}
    have |= {source for kind, source, to in edges if kind == "SUBSET" and to in have and
             not source.startswith("PCPU") and (to.startswith("ADS") or to not in CORE)}
    while True:
        more = {to for kind, source, to in edges if kind == "MAP" and source in have} - have
        if not more:
            return have
        have |= more


CORE = {"MO_SPACE_1", "VCPU_SPACE_2", "PCPU_SPACE_3", "EP_SPACE_4", "PD_SPACE_5", "RESSPC_SPACE_6"}


def test_one_pd(context):
    """The model of one PD is legal, is a part of that of the system, and has all that the PD has there."""
    cellmodel = context.build / "host" / "cellmodel"
    with context.start(system="shell") as machine:
        machine.expect("^cell> ")
        machine.type("run toy-client create share hold &")
        machine.expect("^toy-client: share: 0$")
        whole_path, path = context.folder / "whole.csv", context.folder / "part.csv"
        whole = graph.from_shell(machine, whole_path)
        for number, name in enumerate(("console", "toy", "shell", "toy-client"), 1):
            pd = f"PD_{number}"
            rows = graph.from_shell(machine, path, f"model {name}")
            assert set(rows) <= set(whole), sorted(set(rows) - set(whole))[:5]
            assert len(rows) < len(whole)
            own = {row for row in whole if row.startswith(",,") and row.split(",")[4] == pd}
            assert own <= set(rows), sorted(own - set(rows))[:5]
            missing = reached(whole, pd) - {row.split(",")[1] for row in rows}
            assert not missing, sorted(missing)[:5]
            # It consists of the same resources, counted by type.
            assert tool.run(cellmodel, "rsi", path, pd, pd) == tool.run(cellmodel, "rsi", whole_path, pd, pd)
            # Others are there by name only.
            others = [row for row in rows if row.startswith(",,NONE,HOLD,") and row.split(",")[4] != pd]
            assert others == [HELD_CORE], others[:5]
        rows = graph.from_shell(machine, path, "model 0")
        assert set(rows) <= set(whole) and [row for row in rows if "HOLD" in row] == [HELD_CORE]


def test_ended(context):
    """rule: legal. Leftovers of ended programs are not in the model."""
    path, _ = boot_description(context, "pd a process program=toy-client\n", "", 0)
    tool.run(context.build / "host" / "cellmodel", "check", path)
    with context.start() as machine:
        machine.expect("^cell> ")
        machine.type("run hello")
        machine.expect("^hello, world$")
        machine.expect("^cell> ")
        graph.from_shell(machine, path)


# ---- Systems that do not get ready ------------------------------------------

SERVER = "pd server process program=toy\n  rde RESSPC\n  serves TOY\n  serves TOI\n"


def boot(context, description, status):
    path, errors = boot_description(context, description, "ready_timeout=1", status)
    return path.read_text(), errors


def test_not_ready(context):
    late = "pd late process program=toy-client\n  rde TOY from server\n  args create await=1\n"
    model, errors = boot(context, SERVER + late, 0)
    assert errors == "cellrun: 'late' did not say in time that it is ready; its part of the model is as of now\n"
    assert "PD,PD_2,late," in model


def test_never_started(context):
    """A block that waits for a space that no PD makes is reported with its line, and there is no model."""
    model, errors = boot(context, SERVER + "pd late process program=toy-client\n  rde TOI from server\n", 71)
    assert errors.endswith("systems/own:6:3: rde: there is no space of type TOI of that PD to ask yet\n"), errors
    assert model == ""
