# SPDX-License-Identifier: BSD-2-Clause
"""path, reach, shared, trusted, surface, blast, diff, expect, and the further matrices."""

import csv
import io
import itertools
import json
import random
import sys

import adversarial
import driver
import random_models
import reference
from driver import ask, call

EXAMPLE = driver.SAMPLES / "example.csv"
CLEANUP = driver.SAMPLES / "cleanup.csv"
THREADS = driver.SAMPLES / "threads.csv"


# ---- path ------------------------------------------------------------------------


USUAL = ("HOLD", "MAP", "REQUEST", "HANDLE")


def steps_of(model, types=USUAL, forward=False, writable=False):
    """{node: [(node it steps to)]}, as the help of path says."""
    steps = {node: set() for node in model.nodes}

    def add(source, target, rights):
        handle = model.nodes[target].data == "PD"
        if not writable or rights & set("wxg" if handle else "w"):
            steps[source].add(target)
        if not forward and (not writable or rights & set("rx") and not handle):
            steps[target].add(source)

    for pd in model.pds:
        rights = model.rights(pd) if "HOLD" in types else {}
        for target in rights:
            add(pd, target, rights[target])
        for target, _, _ in reference.asks(model, pd, False) if "REQUEST" in types else ():
            steps[pd].add(target)
    for node in model.nodes.values() if "HANDLE" in types else ():
        if node.kind == "RESOURCE" and node.data == "PD" and model.nodes.get(model.space_of.get(node.id), node).data == "PD":
            parts = {pd for pd in model.pds if reference.whole(pd) == node.extra or pd == node.extra}
            steps[node.id] |= parts if node.id in model.space_of else set()
    for e in model.edges:
        if e.type in ("HOLD", "REQUEST") or e.type not in types:
            continue
        if e.type == "MAP" and model.nodes[e.source].kind == "RESOURCE_SPACE":
            continue
        if e.type == "MAP":
            add(e.source, e.target, model.map_rights(e))
        elif not writable or e.type != "META":
            steps[e.source].add(e.target)
            if not forward and e.type == "META":
                steps[e.target].add(e.source)
    return steps


def all_paths(steps, a, b, hops, excluded=()):
    found = []

    def go(path):
        for node in steps[path[-1]]:
            if node == b:
                found.append([*path, b])
            elif node not in path and node not in excluded and len(path) < hops:
                go([*path, node])

    go([a])
    return [path for path in found if len(path) - 1 <= hops]


def nodes_of(path):
    return [path["steps"][0]["from"]] + [step["to"] for step in path["steps"]]


def test_path_example():
    assert ask("path", EXAMPLE, "PD_1", "PD_4") == (
        "PD_1 -HOLD-> FILE_1_1 -MAP-> BLOCK_2_1 <-MAP- KV_3_1 <-HOLD- PD_4\n")
    assert ask("path", EXAMPLE, "PD_1", "PD_3", "--forward", "--all", "4") == (
        "PD_1 -REQUEST FILE-> PD_2 -REQUEST BLOCK-> PD_3\nPD_1 -REQUEST BLOCK-> PD_3\n")
    assert ask("path", EXAMPLE, "two", "BLOCK_2_1", "--types=HOLD,MAP", "--forward") == (
        "PD_2 -(HOLD)-> FILE_1_1 -MAP-> BLOCK_2_1\n")
    assert call("path", EXAMPLE, "PD_1", "PD_4", "--exclude", "BLOCK_2_1", "--exclude", "PD_3")[:2] == (1, "no path\n")
    assert call("path", EXAMPLE, "PD_1", "PD_1")[:2] == (1, "no path\n")
    step = json.loads(ask("path", EXAMPLE, "PD_1", "PD_2", "--json"))["paths"][0]["steps"]
    assert step == [{"edge": "REQUEST", "from": "PD_1", "to": "PD_2", "forward": True, "type": "FILE", "derived": False}]
    assert call("path", EXAMPLE, "PD_1", "PD_2", "--types", "HOLD,FLY")[2] == (
        "cellmodel path: --types takes edge types such as HOLD,MAP, not FLY\n")


def test_path_writable():
    """The steps that --writable leaves out, and the texts of --why."""
    assert call("path", EXAMPLE, "PD_1", "PD_4", "--writable", "--types=HOLD,MAP")[:2] == (1, "no path\n")
    text = APART + ",,NONE,MAP,VMR_2_d,MO_0_1,r\n,,NONE,HOLD,PD_3,PD_4_1,w\n"
    assert ask("path", "-", "PD_1", "PD_2", "--writable", "--types=HOLD,MAP", "--why", text=text) == (
        "PD_1 -(HOLD)-> VMR_1_d -MAP-> MO_0_1 <-MAP- VMR_2_d <-(HOLD)- PD_2\n"
        "  PD_1 (p1) holds VMR_1_d (0x600000_HEAP_1_12) with rw, as it runs there, manages the space or holds it whole\n"
        "  VMR_1_d (0x600000_HEAP_1_12) maps onto MO_0_1 (0x2000_1_12) with rw\n"
        "  MO_0_1 (0x2000_1_12) is mapped by VMR_2_d (0x600000_HEAP_1_12) with r\n"
        "  VMR_2_d (0x600000_HEAP_1_12) is held by PD_2 (p2) with rw, as it runs there, manages the space or holds it whole\n")
    assert call("path", "-", "PD_2", "PD_1", "--writable", "--types=HOLD,MAP", "--exclude=PD_0", text=text)[:2] == (1, "no path\n")
    assert ask("path", "-", "PD_3", "PD_1", "--writable", "--why", text=text) == (
        "PD_3 -HOLD-> PD_4_1 -HANDLE-> PD_1\n"
        "  PD_3 (p3) holds PD_4_1 (PD_1) with w\n  PD_4_1 (PD_1) is a handle of PD_1 (p1)\n")
    # Two holders of a handle of a third PD cannot use it to communicate.
    rows = ("RESOURCE_SPACE,PD_SPACE_9,PD,,,,PD_9\nRESOURCE,PD_9_1,PD,,,,PD_9\n,,NONE,SUBSET,PD_9_1,PD_SPACE_9,\n"
            ",,NONE,HOLD,PD_1,PD_9_1,rw\n,,NONE,HOLD,PD_2,PD_9_1,rw\n")
    text = driver.HEADER + "".join(f"PD,PD_{i},p{i},,,,\n" for i in (1, 2, 9)) + rows
    assert call("path", "-", "PD_1", "PD_2", "--writable", "--types=HOLD", text=text)[:2] == (1, "no path\n")
    assert ask("path", "-", "PD_1", "PD_9", "--writable", "--types=HOLD,HANDLE", text=text) == "PD_1 -HOLD-> PD_9_1 -HANDLE-> PD_9\n"
    assert ask("path", EXAMPLE, "PD_4", "PD_5") == "PD_4 -(REQUEST KV)-> PD_5\n"


def test_bounds():
    """Queries that would take for ever end after a stated number of steps, with an error of their own and no answer."""
    for command, text, arguments in adversarial.QUESTIONS:
        status, output, errors = call(command, "-", *arguments, text=text)
        parts = command in ("rsi", "reach", "trusted")
        bound = "10000000 rows (CM_SPLIT_ROWS)" if parts else "50000000 steps, or 1000000000 for all pairs"
        assert status == 2 and f"more than {bound}" in errors, (command, status, errors)
        if command != "matrix" or arguments == ["--fr"]:  # the others print as they go
            assert output.count("\n") < (2 if command in ("path", "matrix") else 1), (command, output)
    text = adversarial.clique(60)
    assert ask("path", "-", "PD_0", "PD_z", "--all=4", text=text) == "PD_0 -REQUEST T-> PD_z\n"
    assert not json.loads(call("path", "-", "PD_0", "PD_z", "--all=8", "--json", text=text)[1])["complete"]
    assert "RSI EP 10/10" in ask("rsi", "-", "PD_5.0.0", "PD_5.1.1", text=adversarial.crowd(50, 50, 10))
    # A class of 10 000 does not cost the square of that.
    assert ask("trusted", "-", "PD_1", text=adversarial.peers(10000)).count(" handle of PD_1\n") == 9999
    # Thousands of PDs that share nothing but the root task do not cost the square, either.
    lines = {measure: ask("matrix", "-", f"--{measure}", text=adversarial.apart(3000)).count("\n") - 1
             for measure in ("blast", "writable", "trusted", "surface")}
    assert lines == {"blast": 3000, "writable": 3000, "trusted": 3000, "surface": 3000}, lines


def test_path_random():
    for seed in range(60):
        path = driver.write("path.csv", random_models.model(seed))
        model = reference.split(reference.load_file(path))
        r = random.Random(seed)
        a, b, c = (r.choice(list(model.nodes)) for _ in range(3))
        forward, types = seed % 3 == 0, (*USUAL, "FAULT") if seed % 2 else USUAL
        writable = seed % 5 == 4
        options = ["--forward"] * forward + ["--writable"] * writable
        options += [f"--types={','.join(types)}", f"--exclude={c}", "--json"]
        steps = steps_of(model, types, forward, writable)
        excluded = {c} - {a, b}
        expected = [] if a == b else all_paths(steps, a, b, 4, excluded)
        distinct = {tuple(path) for path in expected}
        status, output, errors = call("path", path, a, b, "--all=4", *options)
        answer = json.loads(output)
        found = [tuple(nodes_of(p)) for p in answer["paths"]]
        assert status == (0 if expected else 1) and answer["complete"] == (len(found) < 1000), (seed, errors)
        if answer["complete"]:
            assert set(found) == distinct, (seed, a, b)
        shortest = json.loads(call("path", path, a, b, *options)[1])["paths"]
        if expected:
            assert len(shortest) == 1 and shortest[0]["hops"] == min(len(p) for p in expected) - 1, (seed, a, b)
        else:
            assert not shortest or shortest[0]["hops"] > 4, (seed, a, b)


def test_path_stops():
    rows = [f"RESOURCE,MO_{i},MO,,,,\n" for i in range(1200)]
    rows += [f",,NONE,HOLD,PD_{p},MO_{i},\n" for i in range(1200) for p in (1, 2)]
    text = driver.HEADER + "PD,PD_1,a,,,,\nPD,PD_2,b,,,,\n" + "".join(rows)
    lines = ask("path", "-", "PD_1", "PD_2", "--all=2", text=text).splitlines()
    assert len(lines) == 1001 and lines[-1] == "stopped after 1000 paths; there may be more"
    assert not json.loads(ask("path", "-", "PD_1", "PD_2", "--all=2", "--json", text=text))["complete"]


# ---- reach and shared ----------------------------------------------------------------


def test_reach_example():
    assert ask("reach", EXAMPLE, "PD_1") == (
        "RESOURCE FILE FILE_1_1 1\nRESOURCE BLOCK BLOCK_2_1 2\nPD PD_1 0\nPD PD_2 1\nPD PD_3 2\n")
    assert "BLOCK" not in ask("reach", EXAMPLE, "PD_1", "--depth=1")
    assert "PD_3" not in ask("reach", EXAMPLE, "PD_1", "--without", "PD_2")


def test_reach_random():
    for seed in range(30):
        path = driver.write("reach.csv", random_models.model(seed))
        model = reference.split(reference.load_file(path))
        for pd in model.pds[:3]:
            answer = json.loads(ask("reach", path, pd, "--json"))
            assert {r["id"] for r in answer["resources"]} == reference.reach(model, pd), (seed, pd)
            assert {r["id"] for r in answer["resources"] if r["edges"] <= 2} == reference.reach(model, pd, 2)
            assert {p["id"]: p["hops"] for p in answer["pds"]} == reference.walk(model, pd), (seed, pd)


def test_shared():
    assert ask("shared", EXAMPLE, "PD_1", "PD_4") == (
        "SHARED BLOCK BLOCK_2_1 1\n  PD_1 -HOLD-> FILE_1_1 -MAP-> BLOCK_2_1\n  PD_4 -HOLD-> KV_3_1 -MAP-> BLOCK_2_1\n")
    assert ask("shared", EXAMPLE, "PD_1", "PD_4", "--type=KV") == ""
    for seed in range(30):
        path = driver.write("shared.csv", random_models.model(seed))
        model = reference.split(reference.load_file(path))
        a, b = model.pds[0], model.pds[-1]
        answer = json.loads(ask("shared", path, a, b, "--json"))
        assert {s["id"] for s in answer["shared"]} == reference.reach(model, a) & reference.reach(model, b), seed
        for shared in answer["shared"]:
            for key, pd in (("from_a", a), ("from_b", b)):
                steps = shared[key]
                assert steps[0]["from"] == pd and steps[0]["edge"] == "HOLD" and steps[-1]["to"] == shared["id"]
                assert all(s["edge"] == "MAP" for s in steps[1:])


def test_shared_writable():
    """Threads share what is mapped; code is not writable."""
    writable = ask("shared", THREADS, "PD_5.0.0", "PD_5.1.0", "--writable", "--type=MO")
    assert sorted(row.split()[2] for row in writable.splitlines() if row.startswith("SHARED")) == ["MO_2_2", "MO_2_3"]
    rows = list(csv.DictReader(io.StringIO(ask("matrix", THREADS, "--writable", "--without=PD_0"))))
    assert [(r["A"], r["B"], r["METRIC"], r["TYPE"], r["VALUE"]) for r in rows] == [
        ("PD_5.0.0", "PD_5.1.0", "WRITABLE", "MO", "2")]


# ---- trusted, surface, blast --------------------------------------------------------------


def test_trusted():
    assert ask("trusted", EXAMPLE, "PD_1") == "TRUSTED PD_2 1 request from PD_1\nTRUSTED PD_3 1 request from PD_1\n"
    assert ask("trusted", EXAMPLE, "PD_4") == (
        "TRUSTED PD_5 1 implied request from PD_4\nTRUSTED PD_3 2 request from PD_5\n")
    assert "TRUSTED PD_2 1 fault from PD_7" in ask("trusted", CLEANUP, "PD_7")
    for seed in range(80):
        path = driver.write("trusted.csv", random_models.model(seed) if seed % 2 else random_models.guests(seed))
        model = reference.split(reference.load_file(path))
        rows = [r for r in csv.DictReader(io.StringIO(ask("matrix", path, "--trusted"))) if r["METRIC"] == "TRUSTED"]
        for pd in model.pds:
            assert {r["B"] for r in rows if r["A"] == pd} == reference.trusted(model, pd), (seed, pd)
        pd = model.pds[seed % len(model.pds)]
        answer = json.loads(ask("trusted", path, pd, "--json"))["trusted"]
        assert {t["id"] for t in answer} == reference.trusted(model, pd) and len(answer) == len({t["id"] for t in answer})


# Three PDs with an address space, a CPU and a page of code and data each; all code is one MO. PD_2 was made by PD_3.
APART = driver.HEADER + "".join(f"PD,PD_{i},p{i},,,,\n" for i in (0, 1, 2, 3)) + "".join(
    f"RESOURCE_SPACE,{kind}_SPACE_{i},{kind},,,,PD_0\n" for i, kind in enumerate(
        ("MO", "VCPU", "PCPU", "EP", "PD", "RESSPC", "NTFN", "IRQ", "IMAGE"))) + """\
RESOURCE,MO_0_c,MO,,,,0x1000_1_12
,,NONE,SUBSET,MO_0_c,MO_SPACE_0,
,,NONE,PARENT,PD_2,PD_3,
,,NONE,PARENT,PD_1,PD_0,
""" + "".join(f"""\
RESOURCE_SPACE,ADS_SPACE_{i}a,ADS,,,,PD_0
RESOURCE,VCPU_1_{i},VCPU,,,,ADS_SPACE_{i}a
RESOURCE,VMR_{i}_c,VMR,,,,0x400000_ELF_CODE_1_12
RESOURCE,VMR_{i}_d,VMR,,,,0x600000_HEAP_1_12
RESOURCE,MO_0_{i},MO,,,,0x{i + 1}000_1_12
RESOURCE,PD_4_{i},PD,,,,PD_{i}
,,NONE,SUBSET,VCPU_1_{i},VCPU_SPACE_1,
,,NONE,SUBSET,VMR_{i}_c,ADS_SPACE_{i}a,
,,NONE,SUBSET,VMR_{i}_d,ADS_SPACE_{i}a,
,,NONE,SUBSET,MO_0_{i},MO_SPACE_0,
,,NONE,SUBSET,PD_4_{i},PD_SPACE_4,
,,NONE,HOLD,PD_{i},VCPU_1_{i},rwx
,,NONE,HOLD,PD_{i},ADS_SPACE_{i}a,rwx
,,NONE,MAP,VMR_{i}_c,MO_0_c,rx
,,NONE,MAP,VMR_{i}_d,MO_0_{i},rw
""" for i in (1, 2, 3))


def base(pd, *rows):
    """Its trusted base, but for the root task, when some rows are added to APART."""
    text = APART + "".join(row + "\n" for row in rows)
    assert ask("check", "-", text=text) == "-: legal\n"
    return [line for line in ask("trusted", "-", pd, text=text).splitlines() if " PD_0 " not in line]


def test_trusted_authority():
    """Memory, handles of the PD and of its makers, and places: the members of the base, and the reasons."""
    assert base("PD_1") == [] and base("PD_2") == []
    assert base("PD_1", ",,NONE,HOLD,PD_3,MO_0_1,rw", ",,NONE,HOLD,PD_2,MO_0_1,r") == ["TRUSTED PD_3 0 memory writes MO_0_1"]
    assert base("PD_1", ",,NONE,HOLD,PD_3,MO_0_c,w")[0] == "TRUSTED PD_3 0 memory writes MO_0_c"
    for rights in ("w", "x", "g"):
        assert base("PD_1", f",,NONE,HOLD,PD_3,PD_4_1,r{rights}") == ["TRUSTED PD_3 0 handle of PD_1"]
        assert base("PD_2", f",,NONE,HOLD,PD_1,PD_4_3,r{rights}") == ["TRUSTED PD_1 0 handle of PD_3"], "by its maker"
    assert base("PD_1", ",,NONE,HOLD,PD_3,PD_4_1,r") == [] and base("PD_3", ",,NONE,HOLD,PD_1,PD_4_2,w") == []
    for place in ("VCPU_1_1", "ADS_SPACE_1a"):
        assert base("PD_1", f",,NONE,HOLD,PD_3,{place},w") == [f"TRUSTED PD_3 0 place holds {place}"]
        assert base("PD_1", f",,NONE,HOLD,PD_3,{place},rg") == []
    # A PD that steers a member is one: PD_2 asks no PD, but writes what PD_3 reaches, and PD_1 asks PD_3.
    asks = ("RESOURCE_SPACE,TOY_SPACE_t,TOY,,,,PD_3", ",,TOY,REQUEST,PD_1,PD_3,", ",,NONE,HOLD,PD_2,MO_0_3,w")
    assert base("PD_1", *asks) == ["TRUSTED PD_3 1 request from PD_1", "TRUSTED PD_2 1 memory writes MO_0_3"]
    # A guest's writes to its memory do not count for PDs that reach the memory from outside: PD_2 has it mapped, PD_3 is the guest's kernel.
    guest = ("RESOURCE_SPACE,GMO_SPACE_g,GMO,,,,PD_3", "RESOURCE,GMO_g_1,GMO,,,,0x0_1_12", ",,NONE,SUBSET,GMO_g_1,GMO_SPACE_g,",
             ",,NONE,MAP,VMR_1_d,GMO_g_1,rw", ",,NONE,MAP,GMO_g_1,MO_0_2,rw")
    assert base("PD_1", *guest) == ["TRUSTED PD_2 0 memory writes MO_0_2"]
    assert base("PD_2", *guest) == [] == base("PD_3", *guest)
    inside = (*guest, ",,NONE,MAP,VMR_3_d,GMO_g_1,rw")
    assert sorted(base("PD_1", *inside)) == [f"TRUSTED PD_{i} 0 memory writes MO_0_2" for i in (2, 3)]
    assert base("PD_2", *inside) == [] and len(base("PD_3", *inside)) == 2
    # Of a split PD every part is steered, and each part may write to the others.
    split = ("RESOURCE,VCPU_1_9,VCPU,,,,ADS_SPACE_1a", ",,NONE,SUBSET,VCPU_1_9,VCPU_SPACE_1,", ",,NONE,HOLD,PD_1,VCPU_1_9,rwx",
             ",,NONE,HOLD,PD_3,PD_4_1,w")
    assert base("PD_1.1.0", *split) == ["TRUSTED PD_1.0.0 0 memory writes MO_0_1", "TRUSTED PD_3 0 handle of PD_1.1.0"]


def writable(*changes, a="PD_1", b="PD_2"):
    text = APART
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    assert ask("check", "-", text=text) == "-: legal\n"
    lines = ask("shared", "-", a, b, "--writable", "--type=MO", text=text).splitlines()
    return [line.split()[2] for line in lines if line.startswith("SHARED")]


def test_can_write():
    """Copy on write, views of views, guest memory: every MAP edge on the way needs its w."""
    assert writable() == []
    both = (",,NONE,MAP,VMR_2_d,MO_0_2,rw", ",,NONE,MAP,VMR_2_d,MO_0_1,{}")
    assert writable((both[0], both[1].format("rw"))) == ["MO_0_1"] == writable((both[0], both[1].format("w")))
    assert writable((both[0], both[1].format("r"))) == [] == writable((both[0], both[1].format("")))
    view = ("RESOURCE,VMR_3_v,VMR,,,,0x800000_HEAP_1_12\n,,NONE,SUBSET,VMR_3_v,ADS_SPACE_3a,\n,,NONE,MAP,VMR_3_v,VMR_2_d,{}\n"
            ",,NONE,HOLD,PD_3,ADS_SPACE_3a,rwx")
    hold = ",,NONE,HOLD,PD_3,ADS_SPACE_3a,rwx"
    assert writable((hold, view.format("rw")), a="PD_2", b="PD_3") == ["MO_0_2"]
    assert writable((hold, view.format("r")), a="PD_2", b="PD_3") == []
    assert writable((hold, view.format("rw")), (both[0], both[0][:-2] + "r"), a="PD_2", b="PD_3") == []
    guest = ("RESOURCE_SPACE,GMO_SPACE_g,GMO,,,,PD_0\nRESOURCE,GMO_g_1,GMO,,,,0x0_1_12\n,,NONE,SUBSET,GMO_g_1,GMO_SPACE_g,\n"
             ",,NONE,MAP,VMR_2_d,GMO_g_1,rw\n,,NONE,MAP,GMO_g_1,MO_0_1,{}")
    assert writable((both[0], guest.format("rwx"))) == ["MO_0_1"] and writable((both[0], guest.format("rx"))) == []
    # A FILE's pages are written by its server: to hold the file is not to write the MO.
    name = ("RESOURCE_SPACE,FILE_SPACE_f,FILE,,,,PD_3\nRESOURCE,FILE_f_1,FILE,,,,name\n,,NONE,SUBSET,FILE_f_1,FILE_SPACE_f,\n"
            ",,NONE,HOLD,PD_2,FILE_f_1,rw\n,,NONE,MAP,FILE_f_1,MO_0_1,\n,,NONE,MAP,VMR_2_d,MO_0_2,rw")
    assert writable((both[0], name)) == []
    # Where no VMR's MAP says rights they follow from the kind.
    older = APART.replace(",rx\n", ",\n").replace(",,NONE,MAP,VMR_2_d,MO_0_2,rw", ",,NONE,MAP,VMR_2_d,MO_0_1,").replace(
        "MO_0_1,rw\n", "MO_0_1,\n").replace("MO_0_3,rw\n", "MO_0_3,\n")
    assert ask("shared", "-", "PD_1", "PD_2", "--writable", text=older).startswith("SHARED MO MO_0_1 1\n")
    assert "MO_0_c" not in ask("shared", "-", "PD_1", "PD_2", "--writable", text=older)


def test_writable_random():
    for seed in range(60):
        path = driver.write("writable.csv", random_models.model(seed))
        model = reference.split(reference.load_file(path))
        rows = {(r["A"], r["B"]): int(r["VALUE"]) for r in csv.DictReader(io.StringIO(ask("matrix", path, "--writable")))}
        for a, b in itertools.combinations(model.pds, 2):
            both = model.once(reference.Model.can_write, a) & model.once(reference.Model.can_write, b)
            units = sum(reference.weight(model.nodes[n], False) for n in both)
            assert rows.get((a, b), 0) == units, (seed, a, b)
            found = json.loads(ask("shared", path, a, b, "--writable", "--type=MO", "--json"))["shared"] if seed < 9 else ()
            assert seed >= 9 or {s["id"] for s in found} == both, (seed, a, b)


def test_surface():
    assert ask("surface", EXAMPLE, "PD_3") == "SURFACE BLOCK 3 PD_1 PD_2 PD_5\n"
    assert ask("surface", EXAMPLE, "PD_2") == "SURFACE FILE 1 PD_1\n"
    assert ask("surface", EXAMPLE, "PD_5") == "SURFACE KV 1 PD_4:KV_SPACE_3\n"
    assert json.loads(ask("surface", EXAMPLE, "PD_5", "--json"))["requests"] == [
        {"type": "KV", "from": "PD_4", "space": "KV_SPACE_3", "implied": True}]
    for seed in range(40):
        path = driver.write("surface.csv", random_models.model(seed))
        model = reference.split(reference.load_file(path))
        rows = csv.DictReader(io.StringIO(ask("matrix", path, "--surface")))
        found = {(r["A"], r["B"], r["TYPE"]): int(r["VALUE"]) for r in rows}
        expected = {}
        for pd in model.pds:
            written = {(e.target, e.data, e.extra or None) for e in model.out(pd, "REQUEST")}
            for target, kind, space in set(reference.asks(model, pd, False)):
                if (target, kind, None) in written and (target, kind, space) not in written:
                    continue
                expected[pd, target, kind] = expected.get((pd, target, kind), 0) + 1
        assert found == expected, seed
        pd = model.pds[seed % len(model.pds)]
        lines = ask("surface", path, pd).split("\n")[:-1]
        assert {tuple(line.split()[1:3]) for line in lines} == {
            (t, str(sum(n for (a, b, k), n in expected.items() if (b, k) == (pd, t))))
            for t in {k for (a, b, k) in expected if b == pd}}


def test_blast_is_the_table():
    """The table of docs/how-a-pd-is-made.md, "What dies with it": block server 1 dies."""
    policies = {(p["pd_depth"], p["space_depth"]): p for p in
                json.loads(ask("blast", CLEANUP, "block server 1", "--json"))["policies"]}
    servers = ["PD_3", "PD_6"]  # the file server, and who is linked to it
    files, logs, tables, blocks = "FILE_SPACE_2", "LOG_SPACE_5", "TABLE_SPACE_1", "BLOCK_SPACE_3"
    for depths, pds, spaces in [
        ((0, 0), [], [blocks]),
        ((0, 1), [], [files, blocks]),
        ((0, 2), [], [tables, files, blocks]),
        ((1, 0), servers, [files, blocks, logs]),
        ((1, 1), servers, [files, blocks, logs]),
        ((1, 2), servers, [tables, files, blocks, logs]),
        ((2, 0), ["PD_2", *servers], [tables, files, blocks, logs]),
        ((2, 2), ["PD_2", *servers], [tables, files, blocks, logs]),
        ((3, 0), ["PD_1", "PD_2", *servers, "PD_7"], [tables, files, blocks, logs]),
    ]:
        assert sorted(policies[depths]["pds"]) == sorted([*pds, "PD_4"]), (depths, policies[depths])
        assert sorted(policies[depths]["spaces"]) == sorted(spaces), (depths, policies[depths])
    text = ask("blast", CLEANUP, "PD_4")
    assert "PD 1 PD_6\n" in text and "SPACE 2 TABLE_SPACE_1\n" in text
    assert "POLICY 0 0: 1 PDs, 1 spaces, 1 resources\n" in text
    assert "POLICY 3 2: 6 PDs, 4 spaces, 4 resources\n" in text
    assert "PD_5" not in text
    # who dies with the one that died is at 0 as well, with its spaces
    assert "PD 0 PD_6\n" in ask("blast", CLEANUP, "PD_3") and "SPACE 0 LOG_SPACE_5" in ask("blast", CLEANUP, "PD_3")


def test_blast_random():
    """Hops of PDs and spaces, of each PD of random models, whose PDs are not split; the matrix has the same of whole PDs."""
    reached = 0
    for seed in range(40):
        path = driver.write("blast.csv", random_models.model(seed))
        model = reference.load_file(path)
        for pd in model.pds:
            lines = [line.split() for line in ask("blast", path, pd).splitlines()]
            found = [{name: int(hops) for kind, hops, name in (l for l in lines if l[0] == what)} for what in ("PD", "SPACE")]
            pds, spaces = reference.blast(model, pd)
            assert found == [pds, spaces], (seed, pd, found, pds, spaces)
            reached += len(pds) - 1
    assert reached > 100


def test_blast_matrix():
    rows = csv.DictReader(io.StringIO(ask("matrix", CLEANUP, "--blast")))
    hops = {(r["A"], r["B"]): int(r["VALUE"]) for r in rows}
    assert {pair: n for pair, n in hops.items() if pair[0] == "PD_4"} == {
        ("PD_4", "PD_3"): 1, ("PD_4", "PD_6"): 1, ("PD_4", "PD_2"): 2, ("PD_4", "PD_1"): 3, ("PD_4", "PD_7"): 3}


# ---- diff -------------------------------------------------------------------------------------


def test_diff_same():
    assert ask("diff", THREADS, THREADS) == "" == ask("diff", THREADS, THREADS, "--by-name")
    lines = THREADS.read_text().splitlines(keepends=True)
    moved = driver.write("moved.csv", "".join([lines[0], *sorted(lines[1:], reverse=True)]))
    assert ask("diff", THREADS, moved) == ""


def test_diff_changes():
    text = EXAMPLE.read_text()
    changed = text.replace("PD,PD_3,three,,,,", "PD,PD_3,drei,,,,partial").replace("BLOCK_2_2", "BLOCK_2_9")
    changed = changed.replace("HOLD,PD_1,FILE_1_1,rw", "HOLD,PD_1,FILE_1_1,r")
    changed = changed.replace(",,BLOCK,REQUEST,PD_1,PD_3,\n", ",,BLOCK,REQUEST,PD_1,PD_3,BLOCK_SPACE_2\n")
    path = driver.write("changed.csv", changed)
    assert call("diff", EXAMPLE, path)[:2] == (1, """\
~ PD PD_3 three -> drei EXTRA - -> partial
- RESOURCE BLOCK_2_2 BLOCK
+ RESOURCE BLOCK_2_9 BLOCK
~ HOLD PD_1 FILE_1_1 rw -> r
+ REQUEST PD_1 PD_3 BLOCK BLOCK_SPACE_2
- REQUEST PD_1 PD_3 BLOCK -
""")
    answer = json.loads(call("diff", EXAMPLE, path, "--json")[1])["differences"]
    assert {"what": "changed", "edge": "HOLD", "from": "PD_1", "to": "FILE_1_1", "rights": "rw",
            "new_rights": "r"} in answer and len(answer) == 6


def test_diff_by_name():
    """Another boot: every id is another, and the PDs come in another order."""
    text = THREADS.read_text()
    for old, new in [("PD_5", "PD_X"), ("PD_6", "PD_5"), ("PD_7", "PD_6"), ("PD_X", "PD_7"),
                     ("ADS_SPACE_1", "ADS_SPACE_21"), ("VMR_1_", "VMR_21_"), ("FILE_8_1", "FILE_8_44"),
                     ("VCPU_3_1", "VCPU_3_77"), ("MO_2_2", "MO_2_b")]:
        text = text.replace(old, new)
    path = driver.write("reboot.csv", text)
    status, output, _ = call("diff", THREADS, path)
    assert status == 1 and len(output.splitlines()) > 10
    assert call("diff", THREADS, path, "--by-name") == (0, "", "")
    path.write_text(text.replace("0x10010000_STACK_1_12", "0x10020000_STACK_1_12"))
    assert call("diff", THREADS, path, "--by-name")[:2] == (1, "- RESOURCE VMR_1_9 VMR\n+ RESOURCE VMR_21_9 VMR\n")


def test_diff_random():
    """The output of diff, applied to the old model's rows, gives the new one's."""
    for seed in range(40):
        old_text = random_models.model(seed)
        rows = old_text.splitlines(keepends=True)
        r = random.Random(seed)
        new_text = "".join(row for i, row in enumerate(rows) if i == 0 or r.random() < 0.9)
        old, new = driver.write("old.csv", old_text), driver.write("new.csv", new_text)
        new_model, old_model = reference.load_file(new), reference.load_file(old)
        answer = json.loads(call("diff", old, new, "--json")[1])["differences"]
        gone = {d["node"] for d in answer if "node" in d and d["what"] == "gone"}
        assert gone == set(old_model.nodes) - set(new_model.nodes), seed
        edges = {(d["edge"], d["from"], d["to"], d.get("type"), d.get("space")) for d in answer if "edge" in d}
        expected = {(e.type, e.source, e.target, e.data if e.type == "REQUEST" else None,
                     e.extra if e.type == "REQUEST" else None) for e in set(old_model.edges) - set(new_model.edges)
                    if not {e.source, e.target} & gone and not (e.type == "REQUEST" and e.extra in gone)}
        assert edges == expected, seed


# ---- expect ------------------------------------------------------------------------------------


def test_expect():
    rules = driver.write("rules.txt", """\
# a comment
rsi PD_1 four BLOCK <= 0.5
rsi one four BLOCK < 0.5
rsi one four MO == 0     # neither reaches one
fr PD_1 PD_4 >= 2
fr PD_1 PD_4 > 2
fr PD_1 PD_5 == inf

shares PD_1 PD_4 only MO,BLOCK
shares PD_1 PD_4 only MO
shares PD_1 PD_4 nothing
no-path PD_1 PD_4
""")
    status, output, errors = call("expect", EXAMPLE, rules)
    assert (status, errors) == (1, "") and output == "".join(f"{rules}:{line}\n" for line in [
        "3: rsi one four BLOCK < 0.5: RSI BLOCK 1/2 0.5000", "6: fr PD_1 PD_4 > 2: FR 2",
        "10: shares PD_1 PD_4 only MO: shared: BLOCK", "11: shares PD_1 PD_4 nothing: shared: BLOCK",
        "12: no-path PD_1 PD_4: there is a path of 4 steps"])
    answer = json.loads(call("expect", EXAMPLE, rules, "--json")[1])
    assert answer["failed"] == 5 and len(answer["rules"]) == 10 and answer["rules"][0]["holds"]
    assert ask("expect", EXAMPLE, "-", text="fr PD_1 PD_4 >= 1\n") == ""


def test_expect_bad_rules():
    for rule, words in [
        ("rsi PD_1 PD_4 <= 1", "the rule is: rsi A B TYPE <= NUMBER"), ("fr PD_1 PD_4 ~ 1", "the operator is none of"),
        ("fr PD_1 PD_4 >= one", "the last word is not a number"), ("dance", "a rule starts with rsi, fr, shares"),
        ("shares PD_1 PD_4 all", "the rule is: shares A B only"), ("a b c d e f g h i", "too many words"),
    ]:
        status, output, errors = call("expect", EXAMPLE, "-", text=f"\n{rule}\n")
        assert (status, output) == (2, "") and errors.startswith(f"-:2: {words}"), (rule, errors)
    assert call("expect", EXAMPLE, "-", text="no-path PD_1 PD_9\n")[2] == (
        "cellmodel: no PD has the id or name PD_9\n-:1: this rule names it\n")


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
