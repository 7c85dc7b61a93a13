# SPDX-License-Identifier: BSD-2-Clause
"""The page of `cellmodel view` in headless Chromium, for the tests of this folder.

One browser serves all tests of a file; each opens its own page. Positions are read from the page's graph (window.viewer);
what a person gets (labels, tables, files, focus) is read from the document, and clicks and keys are the browser's own.
Limits of time are on CPU time of the page's thread, as machines that test may do other things at the same time.
"""

import atexit
import json
import re
import struct
import zlib

from browser import Browser
from driver import SAMPLES, SCRATCH, ask, write

TWO = SAMPLES / "two-processes.csv"
EXAMPLE = SAMPLES / "example.csv"
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
