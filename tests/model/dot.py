# SPDX-License-Identifier: BSD-2-Clause
"""`cellmodel dot`, read by Graphviz, which prints the contents of the source as JSON."""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as xml

import driver
from driver import HEADER, SAMPLES, ask, call, write

TWO = SAMPLES / "two-processes.csv"


def graphviz(source, form):
    done = subprocess.run(["dot", f"-T{form}"], input=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", timeout=60)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


def read(*arguments):
    """({cluster: {label: node}}, {(label, label, type)}) as Graphviz reads it."""
    graph = json.loads(graphviz(ask("dot", *arguments), "dot_json"))
    objects = graph["objects"]
    clusters, names = {}, {}
    for one in objects:
        if "nodes" in one:
            nodes = {objects[n]["label"].replace("\\n", " "): objects[n] for n in one["nodes"]}
            assert one["name"].startswith("cluster_")
            clusters[one["name"][len("cluster_"):]] = nodes
    for one in objects:
        names[one["_gvid"]] = one.get("label", "").replace("\\n", " ")
    return clusters, {(names[e["tail"]], names[e["head"]], e["tooltip"]) for e in graph.get("edges", [])}


def test_clusters():
    """A cluster per PD with what it alone reaches; groups are one node; edges between what is drawn."""
    clusters, edges = read(TWO)
    assert set(clusters) == {"shared", "PD_0", "PD_1", "PD_2"}
    assert set(clusters["PD_2"]) == {"client PD_2", "ADS_SPACE_3", "VMR × 8 ADS_SPACE_3", "MO × 7 MO_SPACE_1", "VCPU_2_2"}
    assert set(clusters["shared"]) == {"MO_1_10", "PCPU_3_0", "TOY_8_1"}
    assert ("client PD_2", "TOY_8_1", "HOLD") in edges and ("TOY_8_1", "MO_1_10", "MAP") in edges
    assert ("client PD_2", "server PD_1", "REQUEST") in edges
    assert ("VMR × 8 ADS_SPACE_3", "MO × 7 MO_SPACE_1", "MAP") in edges
    assert not [e for e in edges if e[2] == "SUBSET"]


def test_all():
    """With --all every node of the model is drawn separately."""
    for path in (TWO, SAMPLES / "other-make.csv"):
        ids = {row.split(",")[0] for row in re.findall(r"^(?:RESOURCE|RESOURCE_SPACE),(.*)", ask("split", path), re.M)}
        drawn = {label.split()[-1] for nodes in read(path, "--all")[0].values() for label in nodes}
        assert ids <= drawn, ids - drawn
        assert not [label for nodes in read(path, "--all")[0].values() for label in nodes if "×" in label]


def test_colours():
    """A type has one colour, in all clusters; types differ."""
    colours = {}
    for nodes in read(TWO)[0].values():
        for label, one in nodes.items():
            if one["shape"] != "box":  # a PD
                colours.setdefault(re.match("[A-Z]+", label).group(), set()).add(one["fillcolor"])
    assert all(len(some) == 1 for some in colours.values())
    assert len({min(some) for some in colours.values()}) == len(colours) == 9


def test_names():
    """Names cannot break out of their quotes, nor be read as Graphviz's escapes or markup."""
    odd = 'a "b" \\n \\N <i>c</i> {d|e} é'
    source = write("odd.csv", HEADER + 'PD,PD_1,"' + odd.replace('"', '""') + '",,,,\n')
    svg = xml.fromstring(graphviz(ask("dot", source), "svg"))
    words = [element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert words == [odd, "PD_1"], words


def test_drawn():
    """Graphviz makes SVG and PNG of the source."""
    for path in (TWO, SAMPLES / "threads.csv", SAMPLES / "example.csv"):
        svg = xml.fromstring(graphviz(ask("dot", path), "svg"))
        kinds = [element.get("class") for element in svg.iter("{http://www.w3.org/2000/svg}g")]
        clusters, edges = read(path)
        assert kinds.count("node") == sum(len(nodes) for nodes in clusters.values())
        assert kinds.count("edge") == len(edges) and kinds.count("cluster") == len(clusters)


def test_refused():
    status, output, errors = call("dot", SAMPLES / "no-such.csv")
    assert status == 2 and not output and "no-such.csv" in errors
    assert call("dot", TWO, TWO)[0] == 2


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
