# SPDX-License-Identifier: BSD-2-Clause
"""The page of `cellmodel view`: two PDs, two states, and the files that it saves."""

import itertools
import json
import re
import sys
import xml.etree.ElementTree as xml

import driver
from driver import HEADER, SAMPLES, SCRATCH, ask, write
from page import EXAMPLE, TWO, choose, decode_png, elements, labels, node, page, state_files, text


# ---- Comparing ---------------------------------------------------------------


def metrics_shown(it):
    """[(FR, [RSI rows as the tool prints them])], one per state shown."""
    return it.run("""[...document.querySelectorAll("#compare .fr")].map(fr => [fr.innerText,
        [...fr.nextElementSibling.querySelectorAll("tr")].slice(1).map(tr =>
            ["RSI", ...[...tr.children].map(td => td.innerText)].join(" "))])""")


def metrics_told(path, a, b):
    return [ask("fr", path, a, b).strip(), ask("rsi", path, a, b).splitlines()]


def check_compare(path):
    it = page(path)
    pds = it.run("viewer.data.nodes.filter(n => n.kind === 'PD').map(n => [n.id, `${n.data} (${n.id})`])")
    it.click_on("#expand")
    for (a, name_a), (b, name_b) in itertools.permutations(pds, 2):
        choose(it, "#compare-a", name_a)
        choose(it, "#compare-b", name_b)
        assert metrics_shown(it) == [metrics_told(path, a, b)], (a, b)
        shared = re.findall(r"^SHARED \S+ (\S+)", ask("shared", path, a, b), re.M)
        ids = it.run("viewer.data.nodes.map(n => n.id)")
        lit = [ids[n["index"]] for n in elements(it)["nodes"] if "lit" in n["classes"]]
        assert sorted(lit) == sorted(shared), (a, b)
        listed = it.run("[...document.querySelectorAll('#compare li')].map(li => li.textContent)")
        assert sorted(listed) == sorted(shared)
    choose(it, "#compare-b", "(none)")
    assert text(it, "#compare") == "" and not [n for n in elements(it)["nodes"] if "lit" in n["classes"]]


def test_compare():
    """RSI and FR are those of cellmodel rsi and fr, of every pair; the highlighted nodes are those that cellmodel shared lists."""
    for path in (EXAMPLE, TWO):
        check_compare(path)


def test_compare_split():
    """The parts of split PDs, too."""
    check_compare(SAMPLES / "threads.csv")


def test_compare_groups():
    """A closed group says how many of its members are shared."""
    it = page(EXAMPLE)
    choose(it, "#compare-a", "one (PD_1)")
    choose(it, "#compare-b", "four (PD_4)")
    assert "BLOCK × 2: 1 shared" in labels(it)
    assert [n["label"] for n in elements(it)["nodes"] if "lit" in n["classes"]] == ["BLOCK × 2: 1 shared"]


def test_compare_many():
    """More PDs than the page carries metrics for: it says so."""
    rows = [f"PD,PD_{i},p{i},,,," for i in range(101)]
    it = page(write("many.csv", HEADER + "\n".join(rows) + "\n"))
    choose(it, "#compare-a", "p1 (PD_1)")
    choose(it, "#compare-b", "p2 (PD_2)")
    assert "no metrics of pairs for more than 100 PDs, but the map of all pairs" in text(it, "#compare")


def test_states():
    """Before and after: the slider shows the first, both (with removed and new nodes), the second; metrics are each state's."""
    before, after = state_files()
    it = page(before, after)
    classes = {n["label"].split("\n")[0]: n["classes"] for n in elements(it)["nodes"]}
    assert "new" in classes["helper"] and "new" in classes["MO_1_20"] and "gone" in classes["TOY_8_1"]
    assert "altered" in classes["MO × 7 −1"] and "new" not in classes["client"]
    changed = {(e["type"], c) for e in elements(it)["edges"] for c in ("new", "gone") if c in e["classes"]}
    assert changed == {("HOLD", "new"), ("HOLD", "gone"), ("MAP", "gone"), ("REQUEST", "new")}
    choose(it, "#compare-a", "server (PD_1)")
    choose(it, "#compare-b", "client (PD_2)")
    assert metrics_shown(it) == [metrics_told(path, "PD_1", "PD_2") for path in (before, after)]
    it.run("document.getElementById('state').focus()")
    for key, path, name, extra in (("ArrowLeft", before, "two-processes.csv", "TOY_8_1"), ("End", after, "after.csv", "helper")):
        it.key(key)
        assert text(it, "#state-name") == f"only {name}"
        assert it.run("document.getElementById('state').getAttribute('aria-valuetext')") == f"only {name}"
        assert metrics_shown(it) == [metrics_told(path, "PD_1", "PD_2")]
        assert extra in labels(it)
        assert not {"new", "gone", "altered"} & {c for n in elements(it)["nodes"] for c in n["classes"]}
        it.click_on("#expand")
        ids = it.run("viewer.data.nodes.map(n => n.id)")
        shown = {ids[n["index"]] for n in elements(it)["nodes"] if "index" in n}
        assert shown == set(re.findall(r"^(?:PD|RESOURCE|RESOURCE_SPACE),(\w+),", path.read_text(), re.M))
        it.run("document.getElementById('state').focus()")


def test_states_by_name():
    """Two boots, whose ids differ: nodes with the same name are one; differences are shown as in cellmodel diff."""
    before, after = state_files()
    moved = re.sub(r"\b(PD|ADS_SPACE)_([12])\b", lambda m: f"{m[1]}_{int(m[2]) + 40}", before.read_text())
    moved = re.sub(r"\b(VMR)_([23])_", lambda m: f"{m[1]}_{int(m[2]) + 40}_", re.sub(r"\bADS_SPACE_3\b", "ADS_SPACE_43", moved))
    other = write("moved.csv", moved)
    ask("check", other, "--lenient")

    def states(*arguments):
        shown = json.loads(re.search(r'id="data">(.*?)</script>', ask("view", *arguments), re.S).group(1))
        return {n["id"]: n["in"] for n in shown["nodes"]}

    assert 1 in states(other, after).values() and states(other, after)["PD_2"] == 2
    found = states(other, after, "--by-name")  # what is gone keeps its id
    assert {re.sub("^VMR_43_", "VMR_3_", name): state for name, state in found.items()} == states(before, after)


# ---- Files -------------------------------------------------------------------


def test_svg():
    it = page(TWO)
    it.click_on("#svg")
    data = it.download("model.svg").decode()
    (SCRATCH / "model.svg").write_text(data)
    root = xml.fromstring(data)
    name = "{http://www.w3.org/2000/svg}"
    shown = elements(it)
    spaces = [n for n in shown["nodes"] if "RESOURCE_SPACE" in n["classes"]]
    single = [n for n in shown["nodes"] if "RESOURCE" in n["classes"]]
    assert len(list(root.iter(name + "circle"))) == len(single)
    assert len(list(root.iter(name + "rect"))) == len(shown["nodes"]) - len(spaces) - len(single) + 1  # the ground
    assert len(list(root.iter(name + "title"))) == len(shown["edges"])
    words = {element.text for element in root.iter(name + "text")}
    assert {"client", "(PD_2)", "MO × 7", "TOY_8_1"} <= words
    # A browser draws it; nothing lies outside of it.
    x, y, w, h = map(float, root.get("viewBox").split())
    for element in root.iter(name + "circle"):
        assert x <= float(element.get("cx")) <= x + w and y <= float(element.get("cy")) <= y + h
    assert not re.search("NaN|undefined", data)


def test_png():
    it = page(TWO)
    it.click_on("#png")
    data = it.download("model.png")
    (SCRATCH / "model.png").write_bytes(data)
    width, height, colours = decode_png(data)
    assert width > 800 and height > 600
    rgb = bytes(int(part) for part in re.findall(r"\d+", node(it, "MO × 7")["colour"]))
    assert colours.get(rgb, 0) > 20 and colours.get(b"\xff\xff\xff", 0) > 1000


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
