# SPDX-License-Identifier: BSD-2-Clause
"""The contents of the page of `cellmodel view`, its speed, and refusals."""

import itertools
import json
import re
import sys

import driver
from driver import HEADER, SAMPLES, SCRATCH, ask, call, write
from page import EXAMPLE, SETTLED, TWO, browser, decode_png, elements, labels, large, medium, node, page, text

FIRST_PICTURE, ALL_EXPANDED = 2, 5  # seconds, of 5 000 nodes
HUNDRED_MILLION_STEPS = 0.2  # seconds, of a loop on a computer of that speed


# ---- The picture -------------------------------------------------------------


def test_self_contained():
    """One file; names cannot break out of the page's data."""
    odd = "</script><b>bold</b> <!-- <script> & \"q\" \u20ac"
    path = write("odd.csv", HEADER + 'PD,PD_1,"' + odd.replace('"', '""') + '",,,,\n')
    it = page(path)
    assert labels(it) == [odd]
    assert it.run("document.querySelectorAll('b').length") == 0
    source = (SCRATCH / "page.html").read_text()
    for address in re.findall(r"""<(?:script|link|img)[^>]*(?:src|href)=["']?([^"'> ]*)""", source):
        assert address.startswith("data:"), address
    assert source.count("<script") == 2 and source.count("</script") == 2
    assert "Cytoscape Consortium" in source and "Permission is hereby granted, free of charge" in source  # its licence
    # Neither the folder that the model was in, nor anything but the page's own name.
    assert str(SCRATCH) not in source and text(it, "#title") == "odd.csv"


def check_places(it):
    nodes = elements(it)["nodes"]
    boxes = {n["id"]: n for n in nodes if "box" in n["classes"]}

    def inside(a, b):
        return abs(a["x"] - b["x"]) <= (b["width"] - a["width"]) / 2 and abs(a["y"] - b["y"]) <= (b["height"] - a["height"]) / 2

    def apart(a, b):
        return abs(a["x"] - b["x"]) >= (a["width"] + b["width"]) / 2 or abs(a["y"] - b["y"]) >= (a["height"] + b["height"]) / 2

    for one in nodes:
        assert one["id"] in boxes or inside(one, boxes[one["box"]]), (one, boxes[one["box"]])
    for a, b in itertools.combinations(boxes.values(), 2):
        assert apart(a, b), (a["label"], b["label"])
    for box in boxes:
        for a, b in itertools.combinations([n for n in nodes if n.get("box") == box], 2):
            assert apart(a, b), (a, b)


def test_places():
    """Everything is in its box, and nothing overlaps: closed, one group open, all open."""
    for path in (TWO, EXAMPLE, SAMPLES / "other-make.csv", SAMPLES / "threads.csv"):
        it = page(path)
        check_places(it)
        it.run("viewer.view.open.add(0)")
        it.click_on("#fit")
        it.click_on("#expand")
        check_places(it)


def test_boxes():
    """PDs are boxes with what they alone reach; the rest is shared."""
    it = page(TWO)
    found = {n["id"]: n["label"].split("\n")[0] for n in elements(it)["nodes"]}
    inside = {}
    for one in elements(it)["nodes"]:
        inside.setdefault(found[one["box"]] if "box" in one else None, []).append(one["label"].split("\n")[0])
    assert sorted(inside.pop(None)) == ["ROOT_TASK", "client", "server", "shared"]
    assert {k: sorted(v) for k, v in inside.items()} == {
        "shared": ["MO_1_10", "PCPU_3_0", "TOY_8_1"], "client": ["ADS_SPACE_3", "MO × 7", "VCPU_2_2", "VMR × 8"],
        "server": ["ADS_SPACE_2", "EP_4_1", "MO × 7", "RESSPC_6_8", "TOY_SPACE_8", "VCPU_2_1", "VMR × 8"],
        "ROOT_TASK": ["EP_SPACE_4", "MO_SPACE_1", "PCPU_SPACE_3", "PD × 2", "PD_SPACE_5", "RESSPC_SPACE_6", "VCPU_SPACE_2"]}


def test_colours():
    """A type has one colour, which the list of types shows; types differ."""
    it = page(TWO)
    swatches = it.run("""Object.fromEntries([...document.querySelectorAll("#type-filter label")].map(l =>
        [l.innerText.trim(), getComputedStyle(l.querySelector(".swatch")).backgroundColor]))""")
    assert len(set(swatches.values())) == len(swatches) == 9
    for one in elements(it)["nodes"]:
        if "box" in one:
            kind = re.match(r"[A-Z]+", one["label"]).group()
            assert one["colour"].replace(" ", "") == swatches[kind].replace(" ", ""), one["label"]


def test_picture():
    """The painted picture: boxes, and nodes in the colours of their types."""
    it = page(TWO)
    it.picture(SCRATCH / "picture.png")
    width, height, colours = decode_png((SCRATCH / "picture.png").read_bytes())
    assert (width, height) == (1400, 900)
    for one in ("MO × 7", "PCPU_3_0", "client"):
        rgb = bytes(int(part) for part in re.findall(r"\d+", node(it, one)["colour"]))
        assert colours.get(rgb, 0) > 5, (one, rgb)


def test_groups():
    """Many of a type and space are one node until opened, by double click; closed again likewise, or all at once."""
    it = page(medium())
    assert len(labels(it)) < 60
    size = len(labels(it))
    files = node(it, "FILE × 200")
    it.click(files["px"], files["py"], 2)
    it.wait("viewer.graph.nodes().length > 200")
    assert len(labels(it)) == size + 199 and "FILE × 200" not in labels(it)
    # The group's box is visible, and so are its members.
    ids = it.run("viewer.data.nodes.map(n => n.id)")
    member = [n for n in elements(it)["nodes"] if "index" in n and ids[n["index"]].startswith("FILE_d_")][0]
    assert 250 < member["px"] < 1150 and 30 < member["py"] < 900
    it.click(member["px"], member["py"], 2)
    it.wait("viewer.graph.nodes().length < 100")
    assert len(labels(it)) == size
    it.click_on("#expand")
    it.wait("viewer.graph.nodes().length > 2000")
    assert not [n for n in elements(it)["nodes"] if "group" in n["classes"]]
    assert len(labels(it)) == it.run("viewer.data.nodes.length") + 1  # and the shared box
    it.click_on("#collapse")
    assert len(labels(it)) == size


def test_large_groups():
    """A group of very many is shown as a list with a search; as dots only on request."""
    it = page(medium())
    blocks = node(it, "BLOCK × 1600")
    it.click(blocks["px"], blocks["py"], 2)
    assert "BLOCK × 1600" in labels(it) and "1600, listed here" in text(it, "#status")
    assert it.run("document.querySelectorAll('#details li').length") == 100
    it.run("document.querySelector('#details input').focus()")
    wanted = it.run("viewer.data.nodes.filter(n => n.data === 'BLOCK').map(n => n.id)")[1234]
    it.type(wanted)
    assert it.run("[...document.querySelectorAll('#details li button')].map(b => b.textContent)")[0] == wanted
    it.click_on("#details li button")
    assert text(it, "#details h2") == wanted and "BLOCK × 1600" in labels(it)
    it.click(blocks["px"], blocks["py"])
    it.click_on("#details button.small")
    it.wait("viewer.graph.nodes().length > 1600")


def crowd(pds, *rows):
    """PDs that all hold one page and its namespace; each has a page of its own, larger from one to the next."""
    made = ["PD,PD_0,kernel,,,,"] + [f"PD,PD_{p:x},{p} {'web' if p % 2 else 'db'},,,," for p in range(1, pds + 1)]
    made += ["RESOURCE_SPACE,MO_SPACE_1,MO,,,,PD_0", "RESOURCE_SPACE,IMAGE_SPACE_9,IMAGE,,,,PD_0", "RESOURCE,MO_1_a,MO,,,,0x1000_1_12",
             ",,NONE,SUBSET,MO_1_a,MO_SPACE_1,", "RESOURCE,MO_1_b,MO,,,,0x2000_1_12", ",,NONE,SUBSET,MO_1_b,MO_SPACE_1,"]
    for p in range(1, pds + 1):
        made += [f"RESOURCE,MO_1_f{p:x},MO,,,,0x{p + 16:x}000000_{4 ** p}_12", f",,NONE,SUBSET,MO_1_f{p:x},MO_SPACE_1,",
                 f"RESOURCE,IMAGE_9_{p:x},IMAGE,,,,/bin/{'web' if p % 2 else 'db'} --all --number={p}",
                 f",,NONE,SUBSET,IMAGE_9_{p:x},IMAGE_SPACE_9,", f",,NONE,HOLD,PD_{p:x},IMAGE_9_{p:x},r",
                 f",,NONE,HOLD,PD_{p:x},MO_1_a,r", f",,NONE,HOLD,PD_{p:x},MO_1_f{p:x},rw"]
    return HEADER + "".join(row + "\n" for row in made + list(rows))


def test_lone():
    """Resources of one type that each have a space of their own are one node, from three on; ids made of a hash are not written."""
    rows = []
    for i in range(4):
        long = f"{i + 1:x}" * 16
        rows += [f"RESOURCE_SPACE,GROUP_SPACE_{long},GROUP,,,,PD_0", f"RESOURCE,GROUP_{long}_1,GROUP,,,,",
                 f",,NONE,SUBSET,GROUP_{long}_1,GROUP_SPACE_{long},", f",,NONE,HOLD,PD_{1 if i < 3 else 2},GROUP_{long}_1,r"]
    it = page(write("crowd.csv", crowd(6, *rows)))
    groups = node(it, "GROUP × 3")
    assert groups["box"] == node(it, "PD_1")["id"] and "GROUP" in labels(it)
    it.click(groups["px"], groups["py"])
    assert text(it, "#details h2") == "GROUP, each in a space of its own: 3"
    assert "GROUP_1111111111111111_1" in text(it, "#details")
    it.click(groups["px"], groups["py"], 2)
    assert labels(it).count("GROUP") == 4 and "GROUP × 3" not in labels(it)


def test_everyone():
    """Nodes that all of many PDs reach are folded into a box without edges; it opens by a double click."""
    it = page(write("crowd.csv", crowd(9, ",,NONE,HOLD,PD_1,MO_1_b,r", ",,NONE,HOLD,PD_2,MO_1_b,r")))
    it.run("viewer.setMode('graph')")
    assert "shared by all" in labels(it) and "MO_1_a" not in labels(it) and "MO_1_b" in labels(it)
    box = node(it, "shared by all")
    assert "closed" in box["classes"] and not [e for e in elements(it)["edges"] if box["id"] in (e["source"], e["target"])]
    it.click(box["px"], box["py"], 2)
    assert node(it, "MO_1_a")["box"] == box["id"]
    it = page(write("crowd.csv", crowd(7)))
    assert "shared by all" not in labels(it) and "MO_1_a" in labels(it)


def test_commands():
    """A PD's box shows the part of its command line that differs from others of its name; its details show all."""
    it = page(write("crowd.csv", crowd(6)))
    box = node(it, "1 web")
    assert box["label"] == "1 web\n--number=1"
    it.click(box["px"], box["py"] - box["height"] / 2 * it.run("viewer.graph.zoom()") + 3)
    assert text(it, "#details code") == "/bin/web --all --number=1"
    assert "1 web (PD_1) --number=1" in text(it, "#pd-filter")


def test_sizes():
    """A memory node is larger for more memory, and its label has the size."""
    it = page(write("crowd.csv", crowd(6)))
    shown = [node(it, f"MO_1_f{p}") for p in range(1, 7)]
    widths = [one["width"] for one in shown]
    assert widths == sorted(set(widths)) and widths[0] >= 14 and widths[-1] <= 40, widths
    assert [one["label"].split("\n")[1] for one in shown[:3]] == ["16 KiB", "64 KiB", "256 KiB"]


def test_threads():
    """PDs that run in one address space share a box, in which all but the first are one node until it is opened."""
    rows = ["RESOURCE_SPACE,ADS_SPACE_7,ADS,,,,PD_0", "RESOURCE,VMR_7_1,VMR,,,,0x1000_HEAP_1_12", ",,NONE,SUBSET,VMR_7_1,ADS_SPACE_7,",
            *(f",,NONE,HOLD,PD_{p},ADS_SPACE_7,rx" for p in range(2, 6))]
    it = page(write("crowd.csv", crowd(6, *rows, ",,NONE,LINK,PD_1,PD_3,")))
    box = node(it, "2 db and 3 more")
    assert node(it, "threads × 3")["box"] == box["id"] and node(it, "VMR_7_1")["box"] == box["id"]
    assert "MO × 4" in labels(it) and not [name for name in labels(it) if name in ("3 web", "4 db", "5 web")]
    inner = node(it, "threads × 3")
    assert [e["type"] for e in elements(it)["edges"] if inner["id"] in (e["source"], e["target"]) and e["type"] != "HOLD"] == ["LINK"]
    it.click(inner["px"], inner["py"], 2)
    assert {"3 web", "4 db", "5 web"} <= set(labels(it))


def test_focus():
    """The neighbourhood of the chosen node is shown alone, and moves together; wider, step by step; and back."""
    rows = ["RESOURCE_SPACE,EP_SPACE_3,EP,,,,PD_0", "RESOURCE,EP_3_1,EP,,,,", ",,NONE,SUBSET,EP_3_1,EP_SPACE_3,"]
    rows += [",,NONE,HOLD,PD_1,EP_3_1,r", ",,NONE,HOLD,PD_5,EP_3_1,r", ",,NONE,LINK,PD_5,PD_6,"]
    it = page(write("crowd.csv", crowd(6, *rows)))
    everything = labels(it)
    it.click_on("#focus")
    assert "Choose a node" in text(it, "#status") and labels(it) == everything
    shared = node(it, "EP_3_1")
    it.click(shared["px"], shared["py"])
    it.click_on("#focus")
    assert labels(it) == ["1 web", "5 web", "EP_3_1", "shared"] and text(it, "#details h2") == "EP_3_1"
    spread = it.run("viewer.graph.nodes('.box').boundingBox()")
    assert spread["w"] * spread["h"] < 700 * 700, spread
    it.click_on("#wider")
    assert "6 db" in labels(it) and "MO_1_f5" in labels(it) and "3 web" not in labels(it)
    it.run("document.getElementById('graph').focus()")
    it.key("f")
    assert labels(it) == everything and it.run("document.getElementById('wider').hidden")


def test_boxes_closed():
    """Where too many nodes would be visible, PDs are closed boxes at first; each opens by a double click."""
    rows = ["PD,PD_0,root,,,,", "RESOURCE_SPACE,MO_SPACE_1,MO,,,,PD_0", "RESOURCE_SPACE,EP_SPACE_2,EP,,,,PD_0"]
    for pd in range(1, 401):
        rows += [f"PD,PD_{pd:x},p{pd},,,,", f",,MO,REQUEST,PD_{pd:x},PD_0,"]
        for kind in ("MO_1", "EP_2"):
            name, space = f"{kind}_{pd:x}", kind.replace("_", "_SPACE_")
            rows += [f"RESOURCE,{name},{kind[:2]},,,,", f",,NONE,SUBSET,{name},{space},", f",,NONE,HOLD,PD_{pd:x},{name},rw"]
        rows += [f",,NONE,HOLD,PD_{pd:x},MO_1_{max(1, pd - 1):x},r"] if pd % 100 == 0 else []
    it = page(write("pds.csv", HEADER + "\n".join(rows) + "\n"))
    before = elements(it)
    assert len(before["nodes"]) == 403 and "EP_2_7" not in labels(it)  # 401 PDs, the shared box, MO × 4
    assert {"p100", "shared"} <= set(labels(it))
    it.click_on("#search")
    it.type("EP_2_7")
    it.key("Enter")
    assert text(it, "#details h2") == "EP_2_7" and {"EP_2_7", "MO_1_7"} <= set(labels(it))
    assert len(labels(it)) == 405
    it.run("void viewer.graph.center(viewer.graph.getElementById('n7'))")
    one = node(it, "PD_7")
    corner = (one["px"] - 0.46 * one["width"] * it.run("viewer.graph.zoom()"), one["py"])
    it.click(*corner, 2)
    assert len(labels(it)) == 403
    it.click(*corner, 2)
    assert len(labels(it)) == 405
    it.click_on("#collapse")
    assert len(labels(it)) == 403


def check_box(it, where, item):
    it.run(f"document.querySelector('#{where} input[data-item=\"{item}\"]').scrollIntoView()")
    it.click_on(f'#{where} input[data-item="{item}"]')


def test_filters():
    """Edges, types and PDs can each be left out, one by one and all."""
    it = page(TWO)
    kinds = {e["type"] for e in elements(it)["edges"]}
    assert kinds == {"HOLD", "MAP", "REQUEST", "FAULT"}  # the spaces' names say SUBSET
    check_box(it, "edge-filter", "REQUEST")
    assert {e["type"] for e in elements(it)["edges"]} == kinds - {"REQUEST"}
    check_box(it, "edge-filter", "SUBSET")
    assert "SUBSET" in {e["type"] for e in elements(it)["edges"]}
    it.click_on("#edge-filter button:nth-of-type(2)")
    assert elements(it)["edges"] == []
    check_box(it, "type-filter", "MO")
    assert not [name for name in labels(it) if name.startswith("MO")]
    client = it.run("viewer.data.nodes.findIndex(n => n.data === 'client')")
    check_box(it, "pd-filter", client)
    assert "client" not in labels(it) and "VCPU_2_2" not in labels(it) and "server" in labels(it)
    check_box(it, "pd-filter", client)
    assert "client" in labels(it) and "VCPU_2_2" in labels(it)
    it.click_on("#type-filter button:nth-of-type(2)")
    assert labels(it) == ["ROOT_TASK", "client", "server"]


def test_search():
    """Matches of id, name, type and address are counted and marked; Enter goes to them, into groups."""
    it = page(TWO)
    it.click_on("#search")
    it.type("0x6025b000")
    assert text(it, "#summary") == "1 of 51 nodes match"
    assert [n["label"].split("\n")[0] for n in elements(it)["nodes"] if "found" in n["classes"]] == ["MO × 7"]
    it.key("Enter")
    assert "MO_1_4" in labels(it) and text(it, "#details h2") == "MO_1_4"
    it.run("document.getElementById('search').select()")
    it.type("ClIeNt")
    assert [n["label"] for n in elements(it)["nodes"] if "found" in n["classes"]] == ["client\n(PD_2)"]
    it.run("document.getElementById('search').select()")
    it.type("no such thing")
    assert text(it, "#summary") == "0 of 51 nodes match"
    it.key("Enter")
    it.run("document.getElementById('search').select()")
    it.key("Backspace")
    assert text(it, "#summary").startswith("51 nodes, 73 edges, 3 PDs")


def test_details():
    """A click shows a node's details, whose links lead to others; a click beside deselects."""
    it = page(TWO)
    toy = node(it, "TOY_8_1")
    it.click(toy["px"], toy["py"])
    told = text(it, "#details")
    assert told.split()[:7] == "TOY_8_1 Resource, TOY toy in the box:".split(), told
    assert re.search(r"Leads to\s+SUBSET\s+TOY_SPACE_8\s+MAP\s+MO_1_10", told), told
    assert re.search(r"Comes from\s+HOLD \w+ client \(PD_2\)", told), told
    near = {e["type"] for e in elements(it)["edges"] if "near" in e["classes"]}
    assert near == {"HOLD", "MAP"}
    it.click_on("#details li button")
    assert text(it, "#details h2") == "TOY_SPACE_8"
    group = node(it, "VMR × 8")
    it.click(group["px"], group["py"])
    assert text(it, "#details h2") == "VMR of ADS_SPACE_2: 8"
    it.click_on("#details button")
    assert "VMR × 8" in labels(it) and len([n for n in elements(it)["nodes"] if "member" in n["classes"]]) == 8
    it.click(260, 890)
    assert "Click a node" in text(it, "#details")


# ---- Time, and refusals ------------------------------------------------------


def test_time():
    """More than 5 000 nodes: the first picture, and everything expanded."""
    path = large()
    browser().page("Performance.enable", timeDomain="threadTicks")
    it = page(path)
    assert it.run("viewer.data.nodes.length") > 5000
    first = it.cpu_seconds()
    # The computer's present speed: the time of a hundred million steps.
    it.run("(() => { let sum = 0; for (let i = 0; i < 1e8; i++) sum = (sum * 31 + i) | 0; return sum; })()")
    slow = max(1, (it.cpu_seconds() - first) / HUNDRED_MILLION_STEPS)
    start = it.cpu_seconds()
    it.click_on("#expand")
    it.wait("viewer.graph.nodes().length > 5000")
    it.run(SETTLED)
    whole = it.cpu_seconds() - start
    assert {e["type"] for e in elements(it)["edges"] if "bulk" in e["classes"]} == {"HOLD", "MAP"}
    it.picture(SCRATCH / "expanded.png")
    assert 0 < first < FIRST_PICTURE * slow and 0 < whole < ALL_EXPANDED * slow, (first, whole, slow)


def test_split():
    """PDs are split as for the metrics, but those that --keep names; in both of two states."""
    def pds(*arguments):
        text = ask("view", *arguments)
        shown = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))
        return [n["id"] for n in shown["nodes"] if n["kind"] == "PD"]

    path = SAMPLES / "threads.csv"
    split = re.findall(r"^PD,(\S+?),", ask("split", path), re.M)
    assert pds(path) == split and pds(path, path) == split
    kept = split[1].split(".")[0]
    wanted = re.findall(r"^PD,(\S+?),", ask("split", path, "--keep", kept), re.M)
    assert kept in wanted and kept not in split
    assert pds(path, "--keep", kept) == wanted and pds(path, path, "--keep", kept) == wanted
    assert f'"cluster_{kept}"' in ask("dot", path, "--keep", kept) and f'"cluster_{kept}"' not in ask("dot", path)


def test_refused():
    status, output, errors = call("view", SAMPLES / "no-such.csv")
    assert status == 2 and "no-such.csv" in errors
    status, output, errors = call("view", TWO, "-o", SCRATCH / "no" / "page.html")
    assert status == 2 and "page.html" in errors
    bad = write("no-page.html", "not a page")
    status, output, errors = call("view", TWO, environment={"CELLMODEL_PAGE": str(bad)})
    assert status == 2 and "not the viewer's page" in errors
    status, output, errors = call("view", TWO, environment={"CELLMODEL_PAGE": str(SCRATCH / "none.html")})
    assert status == 2 and "make viewer" in errors
    status, output, errors = call("view", TWO)
    assert status == 0 and output.startswith("<!DOCTYPE html>") and not errors


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
