# SPDX-License-Identifier: BSD-2-Clause
"""The viewer's map of all pairs and its view of two PDs: their values are cellmodel's, at 2, 20 and 600 PDs and on a
narrow window."""

import csv
import io
import json
import sys

import adversarial
import driver
from driver import HEADER, SCRATCH, ask, write
from fleet import fleet
from page import TWO, browser, choose, text

SECONDS_600 = 2


def page(path):
    SCRATCH.mkdir(parents=True, exist_ok=True)
    ask("view", path, "-o", SCRATCH / "pairs.html")
    it = browser()
    it.open(SCRATCH / "pairs.html")
    assert not it.complaints() and not it.requests()
    return it


def cells(it):
    """{metric: {(id, id): value}} as the page has them."""
    found = it.run("""(() => { const m = viewer.data.measures[0]; return { pds: m.mapPds.map(i => viewer.data.nodes[i].id),
        map: m.map }; })()""")
    pds, made = found["pds"], {}
    for metric, runs in found["map"].items():
        values = [v for value, times in zip(runs[::2], runs[1::2]) for v in [value] * times]
        pairs = [(a, b) for i, a in enumerate(pds) for b in pds[i + 1:]]
        assert len(values) == len(pairs), metric
        made[metric] = dict(zip(pairs, values))
    return made


def square(it, a, b):
    """The place on the page of two PDs' square, found by reading the text of each row's square."""
    return it.run(f"""(() => {{
        const canvas = document.getElementById("map-canvas"), r = canvas.getBoundingClientRect();
        for (let y = r.top + 2; y < r.bottom; y += 4) for (let x = r.left + 2; x < r.right; x += 4) {{
            canvas.dispatchEvent(new MouseEvent("mousemove", {{ clientX: x, clientY: y }}));
            const told = document.getElementById("map-told").textContent;
            if (told.startsWith({json.dumps(f"{a} ")}) && told.includes({json.dumps(f"and {b} ")})) return [x, y, told];
        }} return null; }})()""")


def test_map():
    """Of 20 PDs the map comes first; each square has cellmodel matrix's value; a click opens the two."""
    path = write("fleet.csv", fleet(20))
    it = page(path)
    assert it.run("viewer.mode()") == "map" and it.run("document.getElementById('graph').hidden")
    rows = list(csv.DictReader(io.StringIO(ask("matrix", path, "--rsi", "--fr", "--writable"))))
    found = cells(it)
    for r in rows:
        pair = (r["A"], r["B"])
        if r["METRIC"] == "RSI":
            assert abs(found[f"RSI {r['TYPE']}"][pair] / 10000 - float(r["VALUE"])) < 0.00011, r
        elif r["METRIC"] == "WRITABLE":
            assert found["KiB both can write"][pair] == 4 * int(r["VALUE"]), r
        else:
            assert found["FR"][pair] == (0 if r["VALUE"] == "inf" else int(r["VALUE"]) + 1), r
    writable = {pair for pair, value in found["KiB both can write"].items() if value}
    assert writable >= {("PD_1", "PD_4"), ("PD_2", "PD_5"), ("PD_3", "PD_6")} and ("PD_7", "PD_a") not in writable
    options = it.run("[...document.getElementById('map-metric').options].map(o => o.text)")
    assert options[0] == "RSI MO" and "RSI NS" in options[-1], options  # what is the same for all comes last
    choose(it, "#map-metric", "KiB both can write")
    x, y, told = square(it, "process 1", "process 4")
    assert told.endswith("KiB both can write 128 KiB"), told
    it.click(x, y)
    assert it.run("viewer.mode()") == "pair" and text(it, "#pair h2") == "process 1 (PD_1) and process 4 (PD_4)"


def test_clusters():
    """PDs that share much are neighbours: a family is one block of the map."""
    it = page(write("fleet.csv", fleet(21)))
    told = [square(it, "process 1", f"process {p}")[0] for p in (4, 7, 10, 13, 16, 19)]
    step = min(abs(a - b) for a in told for b in told if a != b)
    assert max(told) - min(told) < 8 * step + 8, told
    it.picture(SCRATCH / "map.png")


def test_pair():
    """Two PDs by themselves: what the one has, both have, all have; lists unfold and can be searched."""
    it = page(write("fleet.csv", fleet(20)))
    it.click_on("#two")
    assert "Choose two PDs" in text(it, "#pair")
    choose(it, "#compare-a", "process 1 (PD_1)")
    choose(it, "#compare-b", "process 4 (PD_4)")
    row = it.run("[...document.querySelectorAll('#pair tr')].find(r => r.cells[0].innerText === 'MO').innerText")
    assert [cell.strip() for cell in row.split("\t")][1:6] == [
        "32 KiB in 1", "128 KiB in 1", "4 KiB in 1", "32 KiB in 1", "0.6735"], row
    it.click_on("#pair button.fold")
    assert it.run("document.querySelectorAll('#pair li').length") == 1
    rows = [HEADER.rstrip("\n"), "PD,PD_1,a,,,,", "PD,PD_2,b,,,,", "RESOURCE_SPACE,MO_SPACE_1,MO,,,,PD_1"]
    rows += [f"RESOURCE,MO_1_{i:x},MO,,,,0x{i + 1:x}000_1_12\n,,NONE,SUBSET,MO_1_{i:x},MO_SPACE_1,\n"
             f",,NONE,HOLD,PD_2,MO_1_{i:x},r" for i in range(10000)]
    it = page(write("ten-thousand.csv", "\n".join(rows) + "\n"))
    choose(it, "#compare-a", "a (PD_1)")
    choose(it, "#compare-b", "b (PD_2)")
    it.click_on("#two")
    it.click_on("#pair button.fold")
    it.wait("!!document.querySelector('#pair input')")
    assert it.run("document.querySelectorAll('#pair li').length") == 100 and "100 of 10000" in text(it, "#pair")
    it.click_on("#pair input")
    it.type("0x1fff000_")
    assert it.run("[...document.querySelectorAll('#pair li button')].map(b => b.innerText)") == ["MO_1_1ffe"]


def test_narrow():
    """On 700 pixels nothing lies beside the window, and the picture is above filters and details."""
    it = browser()
    it.size(700, 900)
    try:
        for path in (TWO, write("fleet.csv", fleet(20))):
            page(path)
            assert it.run("document.documentElement.scrollWidth") <= 700
            shown = it.run("(() => { const r = document.getElementById(viewer.mode()).getBoundingClientRect();"
                           " return [r.left, r.right, r.top, r.height]; })()")
            others = it.run("[...document.querySelectorAll('aside')].map(a => a.getBoundingClientRect().top)")
            assert shown[0] >= 0 and shown[1] <= 700 and shown[3] > 400 and min(others) >= shown[2] + shown[3], (shown, others)
    finally:
        it.size(1400, 900)


def test_many():
    """600 PDs: the map of all pairs, within the time of a first picture."""
    path = write("many.csv", fleet(600))
    browser().page("Performance.enable", timeDomain="threadTicks")
    it = page(path)
    first = it.cpu_seconds()
    it.run("(() => { let sum = 0; for (let i = 0; i < 1e8; i++) sum = (sum * 31 + i) | 0; return sum; })()")
    slow = max(1, (it.cpu_seconds() - first) / 0.2)
    assert it.run("viewer.mode()") == "map" and first < SECONDS_600 * slow, (first, slow)
    assert len(cells(it)["RSI MO"]) == 601 * 600 // 2
    assert "no metrics of pairs for more than 100" in (choose(it, "#compare-a", "process 1 (PD_1)"),
                                                       choose(it, "#compare-b", "process 2 (PD_2)"), text(it, "#compare"))[2]
    it.click_on("#two")
    told = it.run("[...document.querySelectorAll('#pair tr')].map(r => [r.cells[0].innerText, r.cells[5].innerText])")
    lines = [line.split() for line in ask("rsi", path, "PD_1", "PD_2").splitlines()]
    assert told[1:] == [[kind, value] for _, kind, _, value in sorted(lines, key=lambda w: w[1])], (told, lines)
    assert f"FR {ask('fr', path, 'PD_1', 'PD_2').split()[1]}" in text(it, "#pair")
    it.click_on("#pairs")
    it.size(700, 700)  # less than a pixel a PD
    try:
        it.wait("(() => { const [map, canvas] = ['map', 'map-canvas'].map(id => document.getElementById(id).getBoundingClientRect());"
                " return canvas.width <= map.width && canvas.height <= map.height && canvas.width > 100; })()")
        left, top, width, height = it.run("(() => { const r = document.getElementById('map-canvas').getBoundingClientRect();"
                                          " return [r.left, r.top, r.width, r.height]; })()")
        it.move(left + width * 0.99, top + height * 0.1)
        assert " and process " in text(it, "#map-told"), text(it, "#map-told")
    finally:
        it.size(1400, 900)


def test_too_long():
    """Where FR needs too many steps, the page has everything else, and says so."""
    it = page(write("ladder.csv", adversarial.ladder(40)))
    assert "FR" not in cells(it)
    choose(it, "#compare-a", "a (PD_a)")
    choose(it, "#compare-b", "b (PD_b)")
    assert "FR takes more steps than are taken here" in text(it, "#compare"), text(it, "#compare")


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
