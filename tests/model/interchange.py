# SPDX-License-Identifier: BSD-2-Clause
"""node-link JSON and GraphML, out and in: the same graph as the CSV, parallel edges included; input that is refused."""

import csv
import io
import json
import subprocess
import sys
import venv
import xml.etree.ElementTree as xml

import driver
import random_models
from driver import HEADER, ask, call

XMLNS = "{http://graphml.graphdrawing.org/xmlns}"

# Every pair has edges that are parallel; names that need escaping in each format.
ODD = HEADER + """\
PD,PD_0,"a ""b"", <c> & 'd'",,,,
PD,PD_1,\u00e9\u20ac\U0001f600 %0A\\,,,,partial
RESOURCE_SPACE,MO_SPACE_1,MO,,,,PD_0
RESOURCE,"MO <1>,2",MO,,,,0x1000_1_12
,,NONE,SUBSET,"MO <1>,2",MO_SPACE_1,
,,NONE,HOLD,PD_1,"MO <1>,2",rw
,,MO,REQUEST,PD_1,PD_0,
,,MO,REQUEST,PD_1,PD_0,MO_SPACE_1
,,EP,REQUEST,PD_1,PD_0,
,,NONE,FAULT,PD_1,PD_0,
,,NONE,LINK,PD_1,PD_0,
"""


def rows_of_csv(text):
    """({id: attributes}, [(source, target, attributes)]), empty attributes left out."""
    nodes, edges = {}, []
    for row in csv.DictReader(io.StringIO(text)):
        kind = row["NODE_TYPE"] or row["EDGE_TYPE"]
        attributes = {k: v for k, v in (("type", kind), ("data", row["DATA"]), ("extra", row["EXTRA"])) if v}
        if row["NODE_TYPE"]:
            nodes[row["NODE_ID"]] = attributes
        else:
            edges.append((row["EDGE_FROM"], row["EDGE_TO"], attributes))
    return nodes, edges


def rows_of_json(text):
    answer = json.loads(text)
    assert answer["directed"] and answer["multigraph"] and answer["graph"] == {}
    assert [e.pop("key") for e in answer["edges"]] == list(range(len(answer["edges"])))
    return ({n.pop("id"): n for n in answer["nodes"]},
            [(e.pop("source"), e.pop("target"), e) for e in answer["edges"]])


def rows_of_graphml(text):
    root = xml.fromstring(text)
    names = {(k.get("for"), k.get("id")): k.get("attr.name") for k in root.iter(XMLNS + "key")}
    graph = root.find(XMLNS + "graph")
    assert graph.get("edgedefault") == "directed"

    def data(element, kind):
        return {names[kind, d.get("key")]: d.text for d in element.iter(XMLNS + "data")}

    edges = list(graph.iter(XMLNS + "edge"))
    assert [e.get("id") for e in edges] == [str(i) for i in range(len(edges))]
    return ({n.get("id"): data(n, "node") for n in graph.iter(XMLNS + "node")},
            [(e.get("source"), e.get("target"), data(e, "edge")) for e in edges])


def check_formats(text):
    rows = rows_of_csv(text)
    for name, parse in (("json", rows_of_json), ("graphml", rows_of_graphml)):
        written = ask("convert", "-", "--to", name, text=text)
        assert parse(written) == rows, name
        assert ask("convert", "-", text=written) == text, name
        assert ask("convert", "-", "--to", name, text=written) == written, name


def test_formats():
    check_formats(ODD)
    for sample in ("example.csv", "threads.csv"):
        check_formats((driver.SAMPLES / sample).read_text())


def test_formats_random():
    for seed in range(25):
        check_formats(ask("convert", "-", text=random_models.model(seed)))


def test_expanded():
    text = (driver.SAMPLES / "threads.csv").read_text()
    expanded = rows_of_csv(ask("convert", "-", "--expand", text=text))
    assert rows_of_json(ask("convert", "-", "--to=json", "--expand", text=text)) == expanded
    assert rows_of_graphml(ask("convert", "-", "--to=graphml", "--expand", text=text)) == expanded


def test_every_command_reads_them():
    sample = driver.SAMPLES
    for name in ("threads.json", "threads.graphml"):
        assert ask("check", sample / name) == f"{sample / name}: legal\n"
        assert ask("rsi", sample / name, "PD_5.0.0", "PD_5.1.0") == ask("rsi", sample / "threads.csv", "PD_5.0.0",
                                                                        "PD_5.1.0")
    assert ask("diff", sample / "threads.csv", sample / "threads.graphml") == ""


def test_control_characters():
    """XML has no way to write them; JSON has."""
    text = HEADER + 'PD,PD\x01,x,,,,\n'
    assert call("convert", "-", "--to=graphml", text=text)[::2] == (
        1, "cellmodel convert: a text has control characters or is not UTF-8: graphml cannot carry it\n")
    assert ask("convert", "-", text=ask("convert", "-", "--to=json", text=text)) == text
    assert call("convert", "-", "--to=dot", text=text)[2] == (
        "cellmodel convert: --to takes csv, json or graphml, not dot\n")


def test_foreign_json():
    """Output of other programs: the older name of the edges, numbers, null, NaN, members that have no meaning here."""
    text = """ {"multigraph": true, "graph": {"a": [1, {"b": "]}"}], "c": "\\u0041"}, "links": [
      {"type": "HOLD", "data": "NONE", "source": "PD_0", "target": 7, "extra": null, "weight": -1.5e3, "x": [[], {}]}],
      "nodes": [{"id": "PD_0", "type": "PD", "data": "caf\\u00e9 \\ud83d\\ude00", "extra": NaN},
                {"type": "RESOURCE", "data": "MO", "id": 7}], "directed": true}"""
    assert ask("convert", "-", text=text) == HEADER + (
        "PD,PD_0,caf\u00e9 \U0001f600,,,,\nRESOURCE,7,MO,,,,\n,,NONE,HOLD,PD_0,7,\n")


def test_foreign_graphml():
    text = """<?xml version="1.0"?><!DOCTYPE graphml>
<!-- written by hand --><g:graphml xmlns:g="http://graphml.graphdrawing.org/xmlns"><desc>x</desc>
<key id='d1' for="all" attr.name="data"/><key id="d0" for="node" attr.name="type"><default>PD</default></key>
<key id="d2" for="edge" attr.name="type"/><key id="d9" for="node" attr.name="colour"/>
<g:graph edgedefault="directed"><g:node id="PD_0" ><g:data key="d0">PD</g:data><data key="d1">a &amp; b&#x41;<![CDATA[<&>]]></data>
<data key="d9">red</data></g:node>
<node id="PD&#95;1"><data key="d0">PD</data><data key="d1">two</data></node>
<edge source="PD_0" target="PD_1"><data key="d2">LINK</data><data key="d1">NONE</data></edge></g:graph></g:graphml>
"""
    assert ask("convert", "-", text=text) == HEADER + "PD,PD_0,a & bA<&>,,,,\nPD,PD_1,two,,,,\n,,NONE,LINK,PD_0,PD_1,\n"


REFUSED = [
    ('{"nodes": [', "JSON", "parse error: premature EOF"),
    ('{"nodes": {}}', "JSON", "an array is expected"),
    ('{"nodes": 7}', "JSON", "an array is expected"),
    ('{"nodes": [1]}', "JSON", "an object is expected"),
    ('{"nodes": [[]]}', "JSON", "an object is expected"),
    ('{"nodes" []}', "JSON", "parse error: object key and value must be separated by a colon (':')"),
    ('{nodes: []}', "JSON", "lexical error: invalid string in json text."),
    ('{"nodes": [] "edges": []}', "JSON", "parse error: after key and value, inside map, I expect ',' or '}'"),
    ('{"nodes": [{} {}]}', "JSON", "parse error: after array element, I expect ',' or ']'"),
    ('{"nodes": [{"id": "PD_0]}', "JSON", "parse error: premature EOF"),
    ('{"nodes": [{"id": "PD\\x"}]}', "JSON",
     "lexical error: inside a string, '\\' occurs before a character which it may not."),
    ('{"nodes": [{"id": "PD\\u00z"}]}', "JSON",
     "lexical error: invalid (non-hex) character occurs after '\\u' inside string."),
    ('{"nodes": [{"id": "PD\t0"}]}', "JSON", "lexical error: invalid character inside string."),
    ('{"nodes": [{"id": ,}]}', "JSON", "parse error: unallowed token at this point in JSON text"),
    ('{"nodes": []} x', "JSON", "parse error: trailing garbage"),
    ('{"nodes": [{"id": "a\\u0000b", "type": "PD"}]}', "JSON", "a text contains a NUL character"),
    ('{"nodes": [{"type": "PD"}]}', "NODE_ID", "a node needs an id"),
    ('{"nodes": [{"id": "X", "type": "THING"}]}', "NODE_TYPE", "unknown node type THING"),
    ('{"nodes": [{"id": "PD_0"}]}', "NODE_TYPE", "a node needs a type"),
    ("<html></html>", "GraphML", "there is no element graphml"),
    ("<graphml><graph>", "GraphML", "no element found"),
    ("<graphml><graph></graphml>", "GraphML", "mismatched tag"),
    ("<graphml><node id=PD></node></graphml>", "GraphML", "not well-formed (invalid token)"),
    ('<graphml><node id="PD', "GraphML", "unclosed token"),
    ('<graphml><node id="a&b;"/></graphml>', "GraphML", "undefined entity"),
    ('<graphml><node id="a&#0;"/></graphml>', "GraphML", "reference to invalid character number"),
    ('<graphml><node id="a"><node id="b"/></node></graphml>', "GraphML", "a node or edge within another"),
    ("<graphml><hyperedge/></graphml>", "GraphML", "hyperedges are not for models"),
    ('<!DOCTYPE x [<!ENTITY a "b">]><graphml/>', "GraphML",
     "a document type with declarations of its own is refused"),
    ("<graphml><!-- x", "GraphML", "unclosed token"),
    ("<graphml/><graphml/>", "GraphML", "junk after document element"),
]


def test_refused():
    for text, column, words in REFUSED:
        for lines in (0, 2):
            status, output, _ = call("check", "-", "--all", text="\n" * lines + text)
            rule = 1 if "unknown" in words and column == "NODE_TYPE" else 5
            first = [row for row in output.splitlines() if words in row]
            assert status == 1 and first == [f"-:{lines + 1}:{column}: rule {rule}: {words}"], (text[:60], output)


def test_deep_and_many():
    """Nesting and the number of keys have no limit of their own."""
    text = '{"x": ' + "[" * 3000 + "]" * 3000 + ', "nodes": [{"id": "PD_0", "type": "PD"}]}'
    assert ask("convert", "-", text=text) == HEADER + "PD,PD_0,,,,,\n"
    keys = "".join(f'<key id="k{i}" for="node" attr.name="{"type" if i == 2999 else i}"/>' for i in range(3000))
    text = f'<graphml>{keys}<node id="PD_0"><data key="k2999">PD</data></node></graphml>'
    assert ask("convert", "-", text=text) == HEADER + "PD,PD_0,,,,,\n"


def test_lines():
    """Errors name the line of the node or edge, however long the file before it."""
    for nodes in (1, 5000):
        rows = "".join(f'{{"id": "PD_{i}", "type": "PD", "extra": NaN}},\n' for i in range(nodes))
        text = '{"nodes": [\n' + rows + '{"id": "PD_0", "type": "PD", "data": "b"}]}'
        assert f"-:{nodes + 2}:NODE_ID: rule 1: the id PD_0 stands at line 2 already\n" in call("check", "-", "--all", text=text)[1]
        rows = "".join(f'<node id="PD_{i}"><data key="t">PD</data></node>\n' for i in range(nodes))
        text = ('<graphml><key id="t" attr.name="type"/><key id="d" attr.name="data"/>\n' + rows +
                '<node id="PD_0"><data key="t">PD</data><data key="d">b</data></node></graphml>')
        assert f"-:{nodes + 2}:NODE_ID: rule 1: the id PD_0 stands at line 2 already\n" in call("check", "-", "--all", text=text)[1]
    text = '{"nodes": [\n{"id": "PD_0", "type": "PD", "data": "a"},\n{"id": "PD_0", "type": "PD", "data": "b"}]}'
    assert "-:3:NODE_ID: rule 1: the id PD_0 stands at line 2 already\n" == call("check", "-", "--all", text=text)[1]


# ---- networkx itself ------------------------------------------------------------------

NETWORKX = """
import json, sys
import networkx as nx
text, as_json, as_graphml, out_json, out_graphml = sys.argv[1:]
import csv
wanted = nx.MultiDiGraph()
with open(text, newline="") as stream:
    for number, row in enumerate(csv.DictReader(stream)):
        extra = {k: row[c] for k, c in (("data", "DATA"), ("extra", "EXTRA")) if row[c]}
        if row["NODE_TYPE"]:
            wanted.add_node(row["NODE_ID"], type=row["NODE_TYPE"], **extra)
        else:
            key = wanted.number_of_edges()
            wanted.add_edge(row["EDGE_FROM"], row["EDGE_TO"], key=key, type=row["EDGE_TYPE"], **extra)
from_json = nx.node_link_graph(json.load(open(as_json)), edges="edges")
from_graphml = nx.read_graphml(as_graphml, edge_key_type=int, force_multigraph=True)
from_graphml.graph.clear()
assert nx.utils.graphs_equal(wanted, from_json), "JSON"
assert nx.utils.graphs_equal(wanted, from_graphml), "GraphML"
json.dump(nx.node_link_data(wanted, edges="edges"), open(out_json, "w"))
nx.write_graphml(wanted, out_graphml)
"""


def long_networkx():
    """networkx reads what we write as the same graph, and we read what it writes."""
    folder = driver.SCRATCH / "networkx"
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    requirements = driver.HERE / "requirements.txt"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", requirements], check=True)
    texts = [ODD] + [ask("convert", "-", text=random_models.model(seed)) for seed in range(20)]
    texts += [ask("convert", path) for path in driver.some(driver.data_files())]
    for text in texts:
        source = driver.write("nx.csv", text)
        ours = [driver.write(f"nx.{name}", ask("convert", source, "--to", name)) for name in ("json", "graphml")]
        theirs = [driver.SCRATCH / "theirs.json", driver.SCRATCH / "theirs.graphml"]
        subprocess.run([python, "-c", NETWORKX, source, *ours, *theirs], check=True)
        for path in theirs:
            nodes, edges = rows_of_csv(ask("convert", path))
            wanted_nodes, wanted_edges = rows_of_csv(text)
            assert nodes == wanted_nodes, path
            assert sorted(map(str, edges)) == sorted(map(str, wanted_edges)), path


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
