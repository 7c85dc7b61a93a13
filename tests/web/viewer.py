# SPDX-License-Identifier: BSD-2-Clause
"""The page of `cellmodel view` in headless Chromium: what it shows, and what clicks and keys do to it.

One browser serves all tests; each opens its page anew. What stands where is asked of the page's graph (window.viewer);
what a person gets (labels, tables, files, focus) is read from the document, and clicks and keys are the browser's own.
Limits of time are on CPU time of the page's thread, as machines that test may do other things at the same time.
"""

import atexit
import itertools
import json
import re
import struct
import sys
import xml.etree.ElementTree as xml
import zlib

import driver
from browser import Browser
from driver import HEADER, SAMPLES, SCRATCH, ask, call, write

TWO = SAMPLES / "two-processes.csv"
EXAMPLE = SAMPLES / "example.csv"
FIRST_PICTURE, ALL_EXPANDED = 2, 5  # seconds, of 5 000 nodes
HUNDRED_MILLION_STEPS = 0.2  # seconds, of a loop on a computer of that speed
SETTLED = "new Promise(done => requestAnimationFrame(() => setTimeout(done)))"


def browser():
    if not hasattr(browser, "one"):
        browser.one = Browser()
        atexit.register(lambda: browser.one.__exit__())
    return browser.one


def page(*files):
    """Opens the page of models; nothing may be wrong with it, and nothing asked of the network."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    path = SCRATCH / "page.html"
    ask("view", *files, "-o", path)
    it = browser()
    it.open(path)
    assert not it.complaints(), it.complaints()
    assert not it.requests(), it.requests()
    if it.run("viewer.mode()") == "map":  # as of many PDs
        it.click_on("#pairs")
    return it


def medium():
    return write("medium.csv", ask("generate", "--edges", "300"))  # which makes 1 600 blocks at least


def large():
    return write("large.csv", ask("generate", "--edges", "12000"))


def state_files():
    """two-processes before and after: a helper came that shares a page; a toy and part of the client's memory went."""
    rows = [row for row in TWO.read_text().splitlines()
            if not re.search(r"\b(TOY_8_1|MO_1_f|VMR_3_f)\b", row)]
    rows[4:4] = ["PD,PD_3,helper,,,,", "RESOURCE,MO_1_20,MO,,,,0x0_4_12"]
    rows += [",,NONE,SUBSET,MO_1_20,MO_SPACE_1,", ",,NONE,HOLD,PD_3,MO_1_20,rw", ",,NONE,HOLD,PD_3,MO_1_10,rw",
             ",,MO,REQUEST,PD_3,PD_0,"]
    return TWO, write("after.csv", "\n".join(rows) + "\n")


# ---- What the picture has ----------------------------------------------------


def elements(it):
    """Nodes and edges of the picture: their data, classes, where they stand on the page."""
    return it.run("""(() => {
        const at = document.getElementById("graph").getBoundingClientRect();
        const { graph } = viewer;
        return { edges: graph.edges().map(e => ({...e.data(), classes: e.classes()})),
                 nodes: graph.nodes().map(n => { const p = n.position(), r = n.renderedPosition();
            return {...n.data(), classes: n.classes(), x: p.x, y: p.y, width: n.width(), height: n.height(),
                    px: r.x + at.x, py: r.y + at.y, colour: n.style("background-color")}; }) }; })()""")


def node(it, text):
    """The node of the picture with a label (up to its line end) or id of the model."""
    ids = it.run("viewer.data.nodes.map(n => n.id)")
    for one in elements(it)["nodes"]:
        if one["label"].split("\n")[0] == text or ("index" in one and ids[one["index"]] == text):
            return one
    raise AssertionError(f"no node {text} in the picture: {sorted(n['label'] for n in elements(it)['nodes'])}")


def labels(it):
    return sorted(n["label"].split("\n")[0] for n in elements(it)["nodes"])


def text(it, selector):
    return it.run(f"document.querySelector({json.dumps(selector)}).innerText")


def choose(it, selector, wanted):
    """Chooses an entry of a list as its user would see it."""
    it.run(f"""(() => {{ const s = document.querySelector({json.dumps(selector)});
        s.value = [...s.options].find(o => o.text === {json.dumps(wanted)}).value;
        s.dispatchEvent(new Event("change")); }})()""")


def decode_png(data):
    """(width, height, {colour: pixels}) of an 8-bit RGB or RGBA PNG (W3C PNG specification, sections 5 and 9)."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, body = 8, b""
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack_from(">IIBB", data, at + 8)
            assert depth == 8 and colour in (2, 6)
        body += data[at + 8:at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    step = 4 if colour == 6 else 3
    raw, size, last, colours = zlib.decompress(body), width * step, bytes(width * step), {}
    for y in range(height):
        row, line = raw[y * (size + 1)], bytearray(raw[y * (size + 1) + 1:(y + 1) * (size + 1)])
        if row == 2 and not any(line):
            line = bytearray(last)
        elif row:
            for i in range(size):
                left, up = line[i - step] if i >= step else 0, last[i]
                corner = last[i - step] if i >= step else 0
                guess = left + up - corner
                near = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
                line[i] = (line[i] + (0, left, up, (left + up) // 2, near)[row]) & 255
        if y % 4 == 0:  # enough to count by
            for i in range(0, size, step * 4):
                key = bytes(line[i:i + 3])
                colours[key] = colours.get(key, 0) + 1
        last = line
    return width, height, colours


# ---- The picture -------------------------------------------------------------


def test_self_contained():
    """One file; names cannot break out of the data they stand in."""
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
    """Everything stands in its box; nothing on top of another: closed, one group open, all open."""
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
    """What is painted: boxes, and nodes in the colours of their types."""
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
    # The box that the group stood in is in sight, its members as well.
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
    """A group of very many is told as a list with a search; as dots only if that is asked for."""
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


def test_everyone():
    """What all of many reach is folded into a box, to which no edges lead; it opens by a double click."""
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
    """A PD's box says what of its command line tells it from others of its name; its details say all."""
    it = page(write("crowd.csv", crowd(6)))
    box = node(it, "1 web")
    assert box["label"] == "1 web\n--number=1"
    it.click(box["px"], box["py"] - box["height"] / 2 * it.run("viewer.graph.zoom()") + 3)
    assert text(it, "#details code") == "/bin/web --all --number=1"
    assert "1 web (PD_1) --number=1" in text(it, "#pd-filter")


def test_sizes():
    """What stands for memory is larger for more of it, and says how much."""
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
    """The neighbourhood of what is chosen is shown alone, and moves together; wider, step by step; and back."""
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
    """Where more would be visible than can be told apart, PDs are closed boxes at first; each opens by double click."""
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
    """RSI and FR are those of cellmodel rsi and fr, of every pair; what is lit is what cellmodel shared lists."""
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
    """Before and after: the slider shows the one, both (what is gone, what is new), the other; metrics are each state's."""
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
    """Two boots, whose ids differ: what is the same by name is one; what differs is shown as in cellmodel diff."""
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


# ---- Without a mouse, without eyes -------------------------------------------


def focused(it):
    return it.run("document.activeElement.id || document.activeElement.innerText || document.activeElement.tagName")


def test_focus_order():
    """Tab goes through the page as it is read; what has the focus shows it."""
    it = page(TWO)
    seen = []
    for _ in range(60):
        it.key("Tab")
        seen.append(focused(it))
        if seen[-1] == "graph":
            break
    first = ["To the graph", "search", "expand", "collapse", "fit", "focus", "pairs", "two", "text", "svg", "png", "compare-a", "compare-b"]
    assert seen[:len(first)] == first and seen[-1] == "graph", seen
    assert it.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert it.run("document.querySelectorAll('[tabindex]:not([tabindex=\"0\"]):not([tabindex=\"-1\"])').length") == 0
    it.key("Tab", shift=True)
    assert focused(it) != "graph"


def selected(it):
    return it.run("viewer.graph.nodes('.chosen').map(n => n.data('label').split('\\n')[0])")


def test_keyboard():
    """Arrows move in the picture, Page Down visits everything, Enter opens and closes, Escape deselects."""
    it = page(TWO)
    it.run("document.getElementById('graph').focus()")
    visited = []
    for _ in labels(it):
        it.key("PageDown")
        visited += selected(it)
    assert sorted(set(visited)) == [name for name in sorted(set(labels(it))) if name != "shared"]
    it.key("Escape")
    assert selected(it) == []
    it.click(*[node(it, "MO_1_10")[k] for k in ("px", "py")])
    it.run("document.getElementById('graph').focus()")
    it.key("ArrowRight")
    assert selected(it) == ["PCPU_3_0"]
    assert text(it, "#status").startswith("PCPU_3_0, resource, pcpu")
    it.key("ArrowRight")
    it.key("ArrowLeft")
    assert selected(it) == ["PCPU_3_0"]
    for _ in range(20):
        it.key("PageDown")
        if selected(it) == ["VMR × 8"]:
            break
    assert selected(it) == ["VMR × 8"]
    assert text(it, "#status") == "VMR of ADS_SPACE_2, 8 in one, in server (PD_1)"
    it.key("Enter")
    assert len([n for n in elements(it)["nodes"] if "member" in n["classes"]]) == 8 and len(selected(it)) == 1
    it.key("Enter")
    assert selected(it) == ["VMR × 8"]
    zoom = it.run("viewer.graph.zoom()")
    it.key("+")
    assert it.run("viewer.graph.zoom()") > zoom
    it.key("0")
    assert abs(it.run("viewer.graph.zoom()") - zoom) < 0.01


def test_screen_reader():
    """Every control has a name; changes are announced; landmarks have different names."""
    it = page(*state_files())
    tree = [n for n in it.page("Accessibility.getFullAXTree")["nodes"] if not n.get("ignored")]
    roles = {}
    for one in tree:
        role, name = one.get("role", {}).get("value"), one.get("name", {}).get("value", "").strip()
        roles.setdefault(role, []).append(name)
        if role in ("button", "checkbox", "combobox", "searchbox", "slider", "application", "complementary"):
            assert name, one
    assert roles["slider"] == ["State"] and roles["combobox"] == ["A", "B"] and roles["application"] == ["The graph"]
    assert roles["searchbox"] == ["Find"] and sorted(roles["complementary"]) == ["Details", "Filters and comparison"]
    assert "status" in roles and {"banner", "main"} <= set(roles)
    assert it.run("document.documentElement.lang") == "en"
    assert it.run("document.title") == "after.csv - CellulOS model"


def test_text_list():
    """The model as text: every node stands in it, in its box, and leads to its details."""
    it = page(TWO)
    it.click_on("#text")
    assert it.run("document.getElementById('graph').hidden") and focused(it) == "list"
    assert it.run("document.getElementById('text').getAttribute('aria-pressed')") == "true"
    it.run("""(async () => { for (let i = 0; i < 4; i++) { document.querySelectorAll("#list details").forEach(d => d.open = true);
              await new Promise(done => setTimeout(done, 50)); } })()""")
    lines = text(it, "#list").splitlines()
    for name in it.run("viewer.data.nodes.filter(n => n.kind !== 'PD').map(n => n.id)"):
        assert [line for line in lines if line.startswith(name + " ")], name
    for name in ("PD client (PD_2): 17 nodes", "PD server (PD_1): 20 nodes", "shared: 3 nodes"):
        assert [line for line in lines if name in line], (name, lines)
    it.run("[...document.querySelectorAll('#list button')].find(b => b.textContent === 'VCPU_2_2').click()")
    assert text(it, "#details h2") == "VCPU_2_2"
    it.click_on("#text")
    assert not it.run("document.getElementById('graph').hidden")


def test_too_many():
    """A picture of more nodes than a browser can draw is refused in words; the details of its nodes are there."""
    rows = ["PD,PD_0,root,,,,", "RESOURCE_SPACE,MO_SPACE_1,MO,,,,PD_0"]
    rows += [f"RESOURCE,MO_1_{i:x},MO,,,,0x{i + 1:x}000_1_12\n,,NONE,SUBSET,MO_1_{i:x},MO_SPACE_1," for i in range(20001)]
    rows += [",,NONE,HOLD,PD_0,MO_1_0,r"]  # and so all of the space
    it = page(write("many-nodes.csv", HEADER + "\n".join(rows) + "\n"))
    shown = labels(it)
    assert shown == ["MO × 20001", "MO_SPACE_1", "root"]
    it.click_on("#expand")
    assert "more than the 20000 that are drawn" in text(it, "#status") and labels(it) == shown
    group = node(it, "MO × 20001")
    it.click(group["px"], group["py"], 2)
    assert "20001, listed here" in text(it, "#status") and labels(it) == shown
    it.click_on("#details button.small")
    assert "more than the 20000 that are drawn" in text(it, "#status") and labels(it) == shown
    it.click_on("#search")
    it.type("0x7000_")
    it.key("Enter")
    assert text(it, "#details h2") == "MO_1_6" and labels(it) == shown


def test_labels():
    """Members of open groups have labels; many of them, once they are near enough to be read."""
    it = page(TWO)
    it.click_on("#expand")
    members = [n for n in elements(it)["nodes"] if "member" in n["classes"]]
    assert len(members) == 32 and all("named" in n["classes"] for n in members)
    it = page(medium())
    it.click_on("#expand")
    it.wait("viewer.graph.nodes('.member').length > 2000")
    assert it.run("viewer.graph.nodes('.named').length") == 0
    at = it.run("viewer.graph.nodes('.member')[0].renderedPosition()")
    it.run(f"void viewer.graph.zoom({{level: 2, renderedPosition: {json.dumps(at)}}})")
    it.wait("viewer.graph.nodes('.named').length > 0")
    assert it.run("viewer.graph.nodes('.named').length") < 300
    shown = it.run("viewer.graph.nodes('.named').map(n => [n.style('label'), n.data('label')])")
    assert all(style == label for style, label in shown)


def test_documented():
    """The limits that docs/viewer.md names are those of the code."""
    text = (driver.TOP / "docs" / "viewer.md").read_text()
    for number, name in re.findall(r"(\d[\d ]*)\D*?\(`(\w+)`\)", text):
        sources = [p.read_text() for p in [*(driver.TOP / "model/viewer").glob("*.js"), driver.TOP / "model/view/page.h", driver.TOP / "model/view/picture.h"]]
        values = [int(v) for s in sources for v in re.findall(rf"\b{name} (?:= )?(\d+)", s)]
        assert values == [int(number.replace(" ", ""))], (name, number, values)
    assert len(re.findall(r"\(`\w+`\)", text)) == 11


# ---- Time, and what is refused -----------------------------------------------


def test_time():
    """More than 5 000 nodes: the first picture, and everything expanded."""
    path = large()
    browser().page("Performance.enable", timeDomain="threadTicks")
    it = page(path)
    assert it.run("viewer.data.nodes.length") > 5000
    first = it.cpu_seconds()
    # How fast the computer is at present: what a hundred million steps take.
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
