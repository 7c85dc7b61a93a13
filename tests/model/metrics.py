# SPDX-License-Identifier: BSD-2-Clause
"""RSI, FR, splitting and all pairs: the worked example, random models against the reference, files of other tools."""

import csv
import io
import itertools
import json
import sys

import adversarial
import driver
import earlier
import random_models
import reference
from driver import ask, call

EXAMPLE = driver.SAMPLES / "example.csv"

# Worked out by hand. PD_1 reaches FILE_1_1 and BLOCK_2_1, as does PD_2, which manages the file; PD_3 both blocks; PD_4
# and PD_5 KV_3_1 and both blocks.
EXAMPLE_RSI = {
    (1, 2): {"BLOCK": (1, 1), "FILE": (1, 1)},
    (1, 3): {"BLOCK": (1, 2), "FILE": (0, 1)},
    (1, 4): {"BLOCK": (1, 2), "FILE": (0, 1), "KV": (0, 1)},
    (1, 5): {"BLOCK": (1, 2), "FILE": (0, 1), "KV": (0, 1)},
    (2, 3): {"BLOCK": (1, 2), "FILE": (0, 1)},
    (2, 4): {"BLOCK": (1, 2), "FILE": (0, 1), "KV": (0, 1)},
    (2, 5): {"BLOCK": (1, 2), "FILE": (0, 1), "KV": (0, 1)},
    (3, 4): {"BLOCK": (2, 2), "KV": (0, 1)},
    (3, 5): {"BLOCK": (2, 2), "KV": (0, 1)},
    (4, 5): {"BLOCK": (2, 2), "KV": (1, 1)},
}

# PD_1 asks PD_2 for files (1 hop), which are realised by blocks, so PD_2's request for BLOCK is followed to PD_3 (2
# hops); PD_1 itself may not ask for blocks, nor may PD_2 or PD_5 when the walk starts there. PD_4 asks PD_5 (implied), and
# on to PD_3. So from 1: {1:0, 2:1, 3:2}; from 4: {4:0, 5:1, 3:2}; 2, 3 and 5 reach themselves only.
EXAMPLE_FR = {(1, 2): "0", (1, 3): "0", (1, 4): "2", (1, 5): "inf", (2, 3): "inf", (2, 4): "inf", (2, 5): "inf",
              (3, 4): "0", (3, 5): "inf", (4, 5): "0"}


def test_example_rsi():
    for (a, b), rows in EXAMPLE_RSI.items():
        expected = "".join(f"RSI {t} {s}/{w} {s / w:.4f}\n" for t, (s, w) in rows.items())
        for pair in ((a, b), (b, a)):
            assert ask("rsi", EXAMPLE, *(f"PD_{p}" for p in pair)) == expected, pair


def test_example_fr():
    for (a, b), hops in EXAMPLE_FR.items():
        assert ask("fr", EXAMPLE, f"PD_{a}", f"PD_{b}") == f"FR {hops}\n", (a, b)
        assert ask("fr", EXAMPLE, f"PD_{b}", f"PD_{a}") == f"FR {hops}\n", (b, a)


def test_example_itself():
    for pd in range(1, 6):
        assert ask("fr", EXAMPLE, f"PD_{pd}", f"PD_{pd}") == "FR 0\n"
        assert all(line.endswith(" 1.0000") for line in ask("rsi", EXAMPLE, f"PD_{pd}", f"PD_{pd}").splitlines())


def test_example_options():
    assert ask("fr", EXAMPLE, "PD_1", "PD_2", "--not-direct") == "FR inf\n"
    assert ask("fr", EXAMPLE, "PD_1", "PD_4", "--without", "PD_3") == "FR inf\n"
    assert ask("fr", EXAMPLE, "PD_1", "PD_4", "--without=PD_2") == "FR inf\n"
    assert ask("rsi", EXAMPLE, "PD_1", "PD_4", "--depth", "1") == "RSI FILE 0/1 0.0000\nRSI KV 0/1 0.0000\n"
    assert ask("rsi", EXAMPLE, "four", "one", "--depth=2").splitlines()[0] == "RSI BLOCK 1/2 0.5000"


def test_example_json():
    answer = json.loads(ask("rsi", EXAMPLE, "PD_1", "PD_4", "--json"))
    assert answer == {"a": "PD_1", "b": "PD_4", "rsi": [
        {"type": "BLOCK", "shared": 1, "all": 2, "value": 0.5}, {"type": "FILE", "shared": 0, "all": 1, "value": 0},
        {"type": "KV", "shared": 0, "all": 1, "value": 0}]}
    assert json.loads(ask("fr", EXAMPLE, "PD_1", "PD_4", "--json")) == {"a": "PD_1", "b": "PD_4", "fr": 2, "at": "PD_3"}
    assert json.loads(ask("fr", EXAMPLE, "PD_1", "PD_5", "--json")) == {"a": "PD_1", "b": "PD_5", "fr": None, "at": None}


def test_example_csv():
    """The rows of matrix, for one pair."""
    rows = [row for row in ask("matrix", EXAMPLE).splitlines() if row.startswith(("A,", "PD_1,PD_4,"))]
    assert ask("rsi", EXAMPLE, "PD_1", "PD_4", "--csv").splitlines() == [row for row in rows if ",FR," not in row]
    assert ask("fr", EXAMPLE, "PD_1", "PD_4", "--csv").splitlines() == [row for row in rows if ",RSI," not in row]


def test_example_matrix():
    rows = list(csv.DictReader(io.StringIO(ask("matrix", EXAMPLE))))
    rsi = {(int(r["A"][3:]), int(r["B"][3:]), r["TYPE"]): (int(r["SHARED"]), int(r["ALL"]))
           for r in rows if r["METRIC"] == "RSI"}
    assert rsi == {(a, b, t): v for (a, b), types in EXAMPLE_RSI.items() for t, v in types.items()}
    fr = {(int(r["A"][3:]), int(r["B"][3:])): r["VALUE"] for r in rows if r["METRIC"] == "FR"}
    assert fr == EXAMPLE_FR
    answer = json.loads(ask("matrix", EXAMPLE, "--json"))
    assert answer["pds"] == [f"PD_{i}" for i in range(1, 6)] and len(answer["fr"]) == 10
    assert {"a": "PD_1", "b": "PD_4", "fr": 2, "at": "PD_3"} in answer["fr"]


# ---- Against the reference ----------------------------------------------------


def matrix_of(path, *options):
    """{(a, b): [lines as rsi and fr print them]}"""
    found = {}
    for row in csv.DictReader(io.StringIO(ask("matrix", path, *options))):
        lines = found.setdefault((row["A"], row["B"]), [])
        if row["METRIC"] == "RSI":
            lines.append(f"RSI {row['TYPE']} {row['SHARED']}/{row['ALL']} {row['VALUE']}")
        else:
            lines.append(f"FR {row['VALUE']}")
    return found


def compare_matrix(path, keep=(), compat=False, not_direct=False, without=(), depth=None):
    model = reference.split(reference.load_file(path), keep, compat)
    options = [f"--keep={pd}" for pd in keep] + [f"--without={pd}" for pd in without]
    options += ["--compat"] * compat + ["--not-direct"] * not_direct + ([f"--depth={depth}"] if depth else [])
    found = matrix_of(path, *options)
    pds = [pd for pd in model.pds if pd not in without]
    reaches = {}
    for a, b in itertools.combinations(pds, 2):
        expected = reference.rsi_lines(model, a, b, depth=depth, compat=compat)
        expected.append(reference.fr_line(model, a, b, not_direct=not_direct, without=without, compat=compat))
        assert found.get((a, b), []) == expected, f"{path} {options} {a} {b}: {found.get((a, b))} not {expected}"
    assert len(found) == len(pds) * (len(pds) - 1) // 2


def compare_seeds(seeds):
    for seed in seeds:
        path = driver.write("random.csv", random_models.model(seed))
        try:
            compare_matrix(path)
            compare_matrix(path, compat=True)
            compare_matrix(path, keep=["PD_1"], not_direct=True, depth=1 + seed % 3)
            compare_matrix(path, keep=["PD_1"], without=["PD_1", "PD_0"])
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from None


def test_random_matrix():
    compare_seeds(range(60))


def long_random_matrix():
    compare_seeds(range(1000, 2500))


def test_random_pairs():
    """rsi and fr give what matrix gives."""
    for seed in range(300, 310):
        path = driver.write("random-pairs.csv", random_models.model(seed))
        model = reference.split(reference.load_file(path))
        for a, b in itertools.combinations(model.pds, 2):
            status, output, errors = call("rsi", path, a, b)
            assert status == 0 and output.splitlines() == reference.rsi_lines(model, a, b), (seed, a, b)
            unsized = [n for n in reference.reach(model, a) | reference.reach(model, b)
                       if model.nodes[n].data == "MO" and model.nodes[n].extra in ("", "0x0_0_12")]
            assert ("has no size and weighs 1" in errors) == bool(unsized), (seed, a, b, errors)
            assert ask("fr", path, a, b).strip() == reference.fr_line(model, a, b), (seed, a, b)


def rows_of(text):
    return sorted(text.splitlines())


def test_random_split():
    for seed in range(80):
        path = driver.write("random-split.csv", random_models.model(seed))
        model = reference.split(reference.load_file(path))
        expected = [driver.HEADER.strip()]
        expected += [f"{n.kind},{n.id},{n.data},,,,{n.extra}" for n in model.nodes.values()]
        rights = {e: "".join(c for c in "rwxg" if c in e.extra) if e.type in ("HOLD", "MAP") else e.extra
                  for e in model.edges}
        expected += [f",,{e.data},{e.type},{e.source},{e.target},{rights[e]}" for e in model.edges]
        once = ask("split", path)
        assert rows_of(once) == sorted(expected), seed
        assert ask("split", "-", text=once) == once, f"seed {seed}: splitting twice changes something"


def test_random_expand():
    """The HOLDs that follow are the reference's; writing them changes no metric."""
    for seed in range(40):
        text = random_models.model(seed)
        path = driver.write("random-expand.csv", text)
        model = reference.load_file(path)
        expanded = ask("convert", path, "--expand")
        again = reference.load(io.StringIO(expanded))
        for pd in model.pds:
            assert {e.target: set(e.extra) for e in again.out(pd, "HOLD")} == model.rights(pd), (seed, pd)
        assert len(again.edges) == len(set((e.type, e.source, e.target, e.data, e.extra) for e in again.edges)), seed
        assert ask("convert", "-", "--expand", text=expanded) == expanded, seed
        assert matrix_of(driver.write("expanded.csv", expanded)) == matrix_of(path), seed


def test_fr_ends():
    """What cannot be worked out in a stated number of steps is an error of its own."""
    text = adversarial.ladder(8)
    assert ask("check", "-", text=text) == "-: legal\n"
    model = reference.load(io.StringIO(text))
    assert ask("fr", "-", "PD_a", "PD_b", text=text) == reference.fr_line(model, "PD_a", "PD_b") + "\n" == "FR 2\n"
    status, output, errors = call("fr", "-", "PD_a", "PD_b", text=adversarial.ladder(40))
    assert status != 0 and output == "", (status, output)
    assert "it takes more than 50000000 steps, or 1000000000 for all pairs (CM_MOST_STEPS)" in errors, errors


# ---- Splitting -----------------------------------------------------------------

THREADS = driver.SAMPLES / "threads.csv"


def test_split_parts():
    """Two threads, one of which also runs in a second address space, and a server of two threads."""
    rows = ask("split", THREADS).splitlines()
    assert [r.split(",")[1] for r in rows if r.startswith("PD,")] == [
        "PD_0", "PD_5.0.0", "PD_5.0.1", "PD_5.1.0", "PD_5.1.1", "PD_6", "PD_7.0.0", "PD_7.1.0"]
    holds = {part: {r.split(",")[5] for r in rows if f",HOLD,{part}," in r} for part in ("PD_5.0.0", "PD_5.1.1")}
    assert holds["PD_5.0.0"] == {"VCPU_3_1", "ADS_SPACE_1", "VMR_1_9", "VMR_9_1", "FILE_8_1", "ADS_SPACE_9"}
    assert holds["PD_5.1.1"] == {"VCPU_3_2", "ADS_SPACE_2", "VMR_9_1", "FILE_8_1", "ADS_SPACE_9"}
    requests = {tuple(r.split(",")[4:6]) for r in rows if ",FILE,REQUEST," in r}
    assert len(requests) == 4 * 2 and ("PD_5.1.0", "PD_7.1.0") in requests
    assert {tuple(r.split(",")[4:6]) for r in rows if ",LINK," in r} == {
        ("PD_6", f"PD_5.{c}.{a}") for c in (0, 1) for a in (0, 1)}


def test_split_shares_all_that_is_mapped():
    rows = ask("rsi", THREADS, "PD_5.0.0", "PD_5.1.0").splitlines()
    assert "RSI VMR 4/4 1.0000" in rows and "RSI MO 7/7 1.0000" in rows and "RSI VCPU 0/2 0.0000" in rows, rows
    # each part of a split server manages its space
    assert "RSI FILE 1/1 1.0000" in ask("rsi", THREADS, "PD_7.0.0", "PD_7.1.0").splitlines()
    assert ask("fr", THREADS, "PD_5.0.0", "PD_7.1.0") == "FR 0\n"


def test_split_formats():
    parts = ask("split", THREADS)
    for name in ("json", "graphml"):
        assert ask("convert", "-", text=ask("split", THREADS, "--to", name)) == parts


def test_split_name_is_an_error():
    status, output, errors = call("rsi", THREADS, "PD_5", "PD_6")
    assert (status, output) == (2, "")
    assert errors == "cellmodel: PD_5 was split; its parts are PD_5.0.0 PD_5.0.1 PD_5.1.0 PD_5.1.1\n"
    assert call("fr", THREADS, "PD_6", "PD_7")[2] == "cellmodel: PD_7 was split; its parts are PD_7.0.0 PD_7.1.0\n"
    assert call("fr", THREADS, "PD_6", "PD_0", "--without", "PD_7")[0] == 2
    assert call("rsi", THREADS, "PD_5.0.0", "client")[2] == (
        "cellmodel: several PDs have the name client: PD_5.0.0 PD_5.0.1 PD_5.1.0 PD_5.1.1\n")


def test_split_keep():
    assert ask("fr", THREADS, "PD_5", "PD_6", "--keep", "PD_5") == "FR 1\n"  # both run in address spaces of PD_0
    assert "PD_5.0.0" not in ask("split", THREADS, "--keep", "client")


def test_split_taken_id():
    path = driver.write("taken.csv", THREADS.read_text() + "PD,PD_7.1.0,squatter,,,,\n")
    status, _, errors = call("split", path)
    assert status == 1 and errors == (
        f"cellmodel: {path}: PD_7.1.0 is the id of a node and of a part of a split PD\n"), errors


# ---- Files of other tools ------------------------------------------------------


def test_other_makes_sample():
    """The hand-written sample with the habits of files of other tools."""
    path = driver.SAMPLES / "other-make.csv"
    compare_matrix(path)
    compare_matrix(path, compat=True)
    compare_matrix(path, keep=["PD_1"], not_direct=True)
    compare_matrix(path, keep=["PD_1"], without=["PD_0"])


def test_other_makes_files():
    for path in driver.some(driver.data_files()):
        compare_matrix(path, compat=True)
        compare_matrix(path, keep=["PD_1"])
        compare_matrix(path, keep=["PD_1"], without=["PD_0"], not_direct=True)


class Original:
    """The original tool's algorithm, apart from its database: its own walk over the rows, and its page counts."""

    def __init__(self, path):
        with open(path, newline="") as stream:
            rows = list(csv.DictReader(stream))
        self.data = {r["NODE_ID"]: r["DATA"] for r in rows if r["NODE_TYPE"]}
        self.extra = {r["NODE_ID"]: r["EXTRA"] for r in rows if r["NODE_TYPE"]}
        self.kind = {r["NODE_ID"]: r["NODE_TYPE"] for r in rows if r["NODE_TYPE"]}
        self.edges = [(r["EDGE_TYPE"], r["EDGE_FROM"], r["EDGE_TO"], r["DATA"]) for r in rows if r["EDGE_TYPE"]]
        self.pds = [node for node in self.kind if self.kind[node] == "PD"]
        members = {t for kind, _, t, _ in self.edges if kind == "SUBSET"}
        self.spaces = {self.data[node]: {self.data[t] for kind, s, t, _ in self.edges if kind == "MAP" and s == node}
                       for node in self.data if node in members}
        self.reach = {pd: self.reach_of(pd) for pd in self.pds}
        self.hops = {pd: self.walk(pd) for pd in self.pds}

    def reach_of(self, pd):
        found, front = set(), {pd}
        for _ in range(4):
            front = {t for kind, s, t, _ in self.edges if kind in ("HOLD", "MAP") and s in front}
            found |= front
        return {n for n in found if self.kind[n] == "RESOURCE"}

    def walk(self, pd):
        start = frozenset(self.data[t] for kind, s, t, _ in self.edges if kind == "HOLD" and s == pd)
        requests = [(s, t, d) for kind, s, t, d in self.edges if kind == "REQUEST"]
        hops, queue = {}, [(pd, 0, start)]
        while queue:
            at, far, types = queue.pop(0)
            hops.setdefault(at, far)
            queue += [(t, far + 1, types | self.spaces.get(d, set())) for s, t, d in requests if s == at and d in types]
        return hops

    def lines(self, a, b):
        found = []
        for kind in sorted(["VMR", "MO", "VCPU", "PCPU", "FILE", "BLOCK"]):
            size = (lambda n: int(self.extra[n].split("_")[-2])) if kind == "MO" else (lambda n: 1)
            both = sum(size(n) for n in self.reach[a] & self.reach[b] if self.data[n] == kind)
            either = [n for n in self.reach[a] | self.reach[b] if self.data[n] == kind]
            whole = sum(map(size, either))
            if either:
                found.append(f"RSI {kind} {both}/{whole} {(both / whole if whole else 0):.4f}")
        hops = [min(self.hops[a][n], self.hops[b][n]) for n in self.hops[a] if n in self.hops[b]]
        return found + [f"FR {min(hops) if hops else 'inf'}"]


def test_compat_is_the_original():
    for path in [driver.SAMPLES / "other-make.csv", *driver.some(driver.data_files())]:
        path = driver.write("split-" + path.name, ask("split", path, "--compat"))
        tool, found = Original(path), matrix_of(path, "--compat")
        for a, b in itertools.combinations(tool.pds, 2):
            assert found[a, b] == tool.lines(a, b), (path, a, b, found[a, b])
        a, b = tool.pds[-2:]
        pair = ask("rsi", path, a, b, "--compat") + ask("fr", path, a, b, "--compat")
        assert pair.splitlines() == tool.lines(a, b), (path, a, b, pair)


def test_earlier_by_hand():
    """PD_3 (file server) and PD_4 (hello_kvstore) share the files, their blocks and the core, by construction."""
    path = driver.data_files()[0]
    rows = path.read_text().splitlines()
    blocks = {row.split(",")[5] for row in rows if "MAP,FILE_c" in row}
    held = {row.split(",")[5] for row in rows if "HOLD,PD_3,BLOCK" in row}
    assert len(held) == earlier.BLOCKS // 2 and 0 < len(blocks) < len(held)
    shared = ask("rsi", path, "PD_3", "PD_4").splitlines()
    assert f"RSI BLOCK {len(blocks)}/{len(held)} {len(blocks) / len(held):.4f}" in shared, shared
    assert "RSI FILE 2/2 1.0000" in shared and "RSI PCPU 1/1 1.0000" in shared and "RSI VCPU 0/2 0.0000" in shared
    # hello_kvstore requests FILE from fs_server, so one depends on the other
    assert ask("fr", path, "hello_kvstore", "fs_server") == "FR 0\n"
    pages = earlier.pages_of("ramdisk_server") + earlier.pages_of("hello_kvstore")
    assert f"RSI MO 0/{pages} 0.0000" in ask("rsi", path, "PD_2", "PD_4").splitlines()


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
