# SPDX-License-Identifier: BSD-2-Clause
"""The page of `cellmodel view` without a mouse, and without eyes; its labels, and its documentation."""

import json
import re
import sys

import driver
from driver import HEADER, write
from page import TWO, elements, labels, medium, node, page, state_files, text


# ---- Without a mouse, without eyes -------------------------------------------


def focused(it):
    return it.run("document.activeElement.id || document.activeElement.innerText || document.activeElement.tagName")


def test_focus_order():
    """Tab goes through the page in reading order; the element with the focus shows it."""
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
    """The model as text: it has every node, in its box, with a link to the node's details."""
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
        sources = [p.read_text() for p in [*(driver.TOP / "model/viewer").glob("*.js"), driver.TOP / "model/view/page.h", driver.TOP / "model/view/picture.h",
                                                  *(driver.TOP / "model/live").glob("*.h")]]
        values = [int(v) for s in sources for v in re.findall(rf"\b{name} (?:= )?(\d+)", s)]
        assert values == [int(number.replace(" ", ""))], (name, number, values)
    assert len(re.findall(r"\(`\w+`\)", text)) == 15


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
