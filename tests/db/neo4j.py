# SPDX-License-Identifier: BSD-2-Clause
"""Models in Neo4j: what is loaded, the messages when something is missing, and, with --long, a real server's answers."""

import collections
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import unittest.mock

import driver
import random_models
import reference
from driver import ask, call

FOLDER = driver.TOP / "model" / "neo4j"
sys.path.insert(0, str(FOLDER))
import rows  # noqa: E402
import server  # noqa: E402

MECHANISMS = ("threads", "processes-pti", "protection-keys-erim", "cheriot", "cheri-c18n", "microvm", "cellulos-clients")
RANDOM = 12
LOAD_SECONDS = 15  # the first such load of a server, on a computer that does other things, too: docs/neo4j.md


def samples():
    """(name, text) of all models that are compared."""
    for path in driver.some(driver.SAMPLES.glob("*.csv")):
        yield path.name, ask("convert", path)
    for name in MECHANISMS:
        yield name, ask("convert", driver.TOP / "model" / "mechanisms" / f"{name}.model")
    for seed in range(RANDOM):
        yield f"random {seed}", random_models.model(seed)
    for seed in (24, 42):
        yield f"guests {seed}", random_models.guests(seed)


def loaded(text):
    return rows.Rows(json.loads(ask("split", "-", "--expand", "--to", "json", text=text)))


# ---- Without a server ----------------------------------------------------------------


def test_rows():
    """Requests, implied ones included, types and weights are those of the definition."""
    for name, text in samples():
        model = reference.split(reference.load(io.StringIO(text)))
        found = loaded(text)
        by_pd = collections.defaultdict(set)
        for row in found.relationships["REQUEST"]:
            kind, space = row["properties"]["type"], row["properties"]["space"]
            assert (row["to"], kind, space) not in by_pd[row["from"]], (name, row)
            by_pd[row["from"]].add((row["to"], kind, space))
            assert set(row["properties"]["adds"]) == reference.added_types(model, kind, space, False), (name, row)
        for pd in found.nodes["PD"]:
            assert by_pd[pd["id"]] == set(reference.asks(model, pd["id"], False)), (name, pd)
            assert set(pd["types"]) == reference.first_types(model, pd["id"], False), (name, pd)
        for node in found.nodes["RESOURCE"]:
            assert node["weight"] == reference.weight(model.nodes[node["id"]], False), (name, node)
        writes = {(row["from"], row["to"]) for row in found.relationships["WRITES"]}
        assert writes == {(pd, mo) for pd in model.pds for mo in model.can_write(pd)}, name
        trusts = collections.defaultdict(set)
        for row in found.relationships["TRUSTS"]:
            trusts[row["from"]].add(row["to"])
        for pd in model.pds:
            assert trusts[pd] == model.once(reference.trusts, pd) - {pd}, (name, pd)
        written = {(row["from"], row["to"], row["properties"]["type"], row["properties"]["space"])
                   for row in found.relationships["REQUEST"] if not row["properties"]["implied"]}
        assert written == {(e.source, e.target, e.data, e.extra or None) for e in model.edges if e.type == "REQUEST"}, name


def test_example():
    """The two implied requests of the example: the holders of the file and of the table ask those who keep them."""
    found = loaded((driver.SAMPLES / "example.csv").read_text())
    assert not found.relationships["HANDLE"]
    implied = {(r["from"], r["to"], r["properties"]["type"]) for r in found.relationships["REQUEST"]
               if r["properties"]["implied"]}
    assert implied == {("PD_1", "PD_2", "FILE"), ("PD_4", "PD_5", "KV")}, implied
    assert {(r["from"], r["to"]) for r in found.relationships["MANAGES"]} == {
        ("PD_2", "FILE_SPACE_1"), ("PD_3", "BLOCK_SPACE_2"), ("PD_5", "KV_SPACE_3")}


def test_handles():
    """The handle of a PD leads to it, that of a PD that was split to all parts."""
    text = "".join(line + "\n" for line in (
        driver.HEADER.rstrip("\n"), "PD,PD_0,root,,,,", "PD,PD_5,two,,,,", "RESOURCE_SPACE,PD_SPACE_4,PD,,,,PD_0",
        "RESOURCE,PD_4_1,PD,,,,PD_5", *(f"RESOURCE,VCPU_1_{i},VCPU,,,,\n,,NONE,HOLD,PD_5,VCPU_1_{i},x" for i in range(2)),
        ",,NONE,SUBSET,PD_4_1,PD_SPACE_4,"))
    assert {(r["from"], r["to"]) for r in loaded(text).relationships["HANDLE"]} == {
        ("PD_4_1", "PD_5.0.0"), ("PD_4_1", "PD_5.1.0")}
    whole = 0
    for name, text in samples():
        model, wanted = reference.split(reference.load(io.StringIO(text))), set()
        for node in model.nodes.values():
            space = model.nodes.get(model.space_of.get(node.id))
            if node.kind == "RESOURCE" and node.data == "PD" and space is not None and space.data == "PD":
                wanted |= {(node.id, pd) for pd in model.pds if node.extra in (pd, reference.whole(pd))}
        assert {(r["from"], r["to"]) for r in loaded(text).relationships["HANDLE"]} == wanted, name
        whole += len(wanted)
    assert whole > 8


def test_style():
    """The style sheet for Neo4j's browser has the colours of the viewer."""
    path = driver.SAMPLES / "two-processes.csv"
    style = dict(re.findall(r"^node\.(\w+) \{ color: (#[0-9a-f]{6});", ask("neo4j", "--style", path), re.M))
    page = driver.write("page.html", "/*DATA*/")
    shown = json.loads(call("view", path, environment={"CELLMODEL_PAGE": str(page)})[1].replace("\\u003c", "<"))
    for kind, colour in shown["types"]:
        assert style[f"{kind}_SPACE"] == colour and style["HANDLE" if kind == "PD" else kind] == colour, kind


def bare(**environment):
    """An environment in which Python finds no driver."""
    return dict({"CELLULOS_PYTHON": sys.executable, "PYTHONNOUSERSITE": "1", "PYTHONPATH": ""}, **environment)


def has_driver():
    return subprocess.run([sys.executable, "-c", "import neo4j"], cwd="/", stderr=subprocess.DEVNULL).returncode == 0


def test_what_is_missing():
    """No driver, no Python, no program: each is named, with the way to get it."""
    sample = driver.SAMPLES / "example.csv"
    if not has_driver():
        status, output, errors = call("neo4j", sample, environment=bare())
        assert (status, output) == (2, "") and "the official Python driver of Neo4j is missing" in errors, errors
        assert "cellmodel neo4j --setup" in errors and "requirements.txt" in errors
    status, _, errors = call("neo4j", sample, environment=bare(CELLULOS_PYTHON="/no/python"))
    assert status == 2 and "/no/python: No such file or directory; it needs Python 3 (Debian's package python3)" in errors
    status, _, errors = call("neo4j", sample, environment=bare(CELLULOS_NEO4J="/no/where"))
    assert status == 2 and "/no/where/database.py: No such file or directory" in errors, errors
    status, _, errors = call("neo4j")
    assert status == 2 and errors.startswith("usage: cellmodel neo4j FILE")
    status, _, errors = call("neo4j", "--query", "nonsense", environment=bare())
    assert status == 2 and "no query nonsense; there are: fr most-shared path reach rsi" in errors, errors
    status, _, errors = call("neo4j", "--query", "rsi", "PD_1", environment=bare())
    assert status == 2 and "the query rsi is of 2 PDs, not 1" in errors, errors
    status, _, errors = call("neo4j", "nowhere.csv", environment=bare())
    assert status == 2 and "nowhere.csv: No such file or directory" in errors, errors


def test_server_needs():
    """The server's program says what it needs, and refuses packages that are not the listed ones."""
    folder = driver.SCRATCH / "no-server"
    shutil.rmtree(folder, ignore_errors=True)
    done = subprocess.run([sys.executable, FOLDER / "server.py", folder], env={"PATH": "/nowhere"}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and "openjdk-17-jre-headless" in done.stderr and "--install" in done.stderr, done.stderr
    (folder / "jars").mkdir(parents=True)
    names = list(server.wanted_hashes())
    (folder / "jars" / names[0]).write_text("something else")
    assert server.wrong(folder / "jars") == names


def test_classes():
    """What Java made of the classes is kept when the server has ended in order, and used by the same Java only."""
    folder = driver.SCRATCH / "classes"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    def classes(version):
        (folder / "java").write_text(f"#!/bin/sh\necho {version} >&2\n")
        (folder / "java").chmod(0o755)
        with unittest.mock.patch.dict(os.environ, PATH=str(folder)):
            return server.Classes(folder)

    first = classes("17.0.1")
    assert first.option() == f"-XX:ArchiveClassesAtExit={folder}/classes.new"
    first.keep()  # Java was ended before it wrote anything
    assert classes("17.0.1").option() == first.option()
    first.new.write_text("half of it")
    assert classes("17.0.1").option() == first.option() and not first.new.exists()
    first.new.write_text("all of it")
    first.keep()
    assert classes("17.0.1").option() == f"-XX:SharedArchiveFile={first.kept}" and first.kept.read_text() == "all of it"
    assert classes("17.0.2").option() == first.option() and not first.kept.exists()


def test_pinned():
    """Python packages by version and hash, jars by hash; nothing names a place to get them from."""
    text = (FOLDER / "requirements.txt").read_text()
    assert len(re.findall(r"^[a-z0-9]+==[0-9.]+ \\$", text, re.M)) == len(re.findall(r"--hash=sha256:[0-9a-f]{64}$", text, re.M)) == 2
    lines = (FOLDER / "jars.sha256").read_text().splitlines()
    assert all(re.fullmatch(r"[0-9a-f]{64}  [\w.+-]+\.jar", line) for line in lines) and len(lines) > 200
    for path in driver.some(FOLDER.rglob("*.*")):
        if path.suffix in (".py", ".xml", ".txt", ".cypher"):
            assert "http" not in path.read_text().replace("http.enabled", "").replace("https.enabled", ""), path


def test_compose():
    """The server in a container is that of server.py: version, memory, no report, no password, on this computer only."""
    text = (FOLDER / "compose.yaml").read_text()
    version = re.search(r"<artifactId>neo4j</artifactId>\s*<version>(.+?)</version>", (FOLDER / "pom.xml").read_text())[1]
    assert re.findall(r"^    image: (.*)$", text, re.M) == [f"neo4j:{version}-community"]
    settings = {re.sub("__|_", lambda found: "_" if found[0] == "__" else ".", name): value.strip('"')  # as the image's own page tells
                for name, value in re.findall(r"^      NEO4J_(\w+): (.*)$", text, re.M)}
    assert settings.pop("AUTH") == "none"
    assert settings == dict(line.split("=") for line in (*server.MEMORY, server.NO_REPORT))
    assert re.findall(r'^      - "(.*)"$', text, re.M) == [f"127.0.0.1:{port}:{port}" for port in (7687, 7474)]


def test_documented():
    """The page names every query, and says what the example answers."""
    page = (driver.TOP / "docs" / "neo4j.md").read_text()
    for path in driver.some((FOLDER / "queries").glob("*.cypher")):
        assert f"`{path.stem}" in page, path
        assert path.read_text().startswith("// "), path


# ---- With a real server ---------------------------------------------------------------

# Runs within the driver's own Python: loads each model and asks all that is to be compared.
ANSWERS = """
import json, sys
folder, uri, source, target = sys.argv[1:]
sys.path.insert(0, folder)
import database, neo4j, rows
text = {name: (database.QUERIES / f"{name}.cypher").read_text() for name in database.names()}
answers = []
with neo4j.GraphDatabase.driver(uri, notifications_min_severity="OFF") as connection, connection.session() as session:
    def run(name, **parameters):
        return [r.data() for r in session.run(text[name], **parameters)]
    for graph in json.load(open(source)):
        model = rows.Rows(graph)
        database.clear(session)
        database.prepare(session)
        database.load(connection, "neo4j", model, {})
        pds = [pd["id"] for pd in model.nodes["PD"]]
        answer = {"pairs": {}, "pds": {}}
        for i, a in enumerate(pds):
            for b in pds[i:]:
                both = {"a": a, "b": b}
                answer["pairs"][f"{a} {b}"] = {
                    "rsi": run("rsi", **both), "fr": run("fr", **both, without=[], not_direct=False),
                    "indirect": run("fr", **both, without=[], not_direct=True),
                    "without": run("fr", **both, without=["PD_0"], not_direct=False) if "PD_0" not in (a, b) else None,
                    "shared": run("shared", **both), "writable": run("writable", **both), "path": run("path", **both)}
            answer["pds"][a] = {"reach": run("reach", a=a), "surface": run("surface", a=a), "trusted": run("trusted", a=a)}
        answers.append(answer)
json.dump(answers, open(target, "w"))
"""


def fr_line(records):
    return f"FR {records[0]['hops']}" if records else "FR inf"


def compare_pair(name, path, a, b, answer, pds):
    lines = [f"RSI {r['type']} {r['shared']}/{r['all']} {r['shared'] / r['all']:.4f}" for r in answer["rsi"]]
    assert lines == ask("rsi", path, a, b).splitlines(), (name, a, b, lines)
    assert fr_line(answer["fr"]) == ask("fr", path, a, b).strip(), (name, a, b)
    found = json.loads(ask("fr", path, a, b, "--json"))
    assert not answer["fr"] or answer["fr"][0]["at"] == found["at"], (name, a, b)
    assert fr_line(answer["indirect"]) == ask("fr", path, a, b, "--not-direct").strip(), (name, a, b)
    if answer["without"] is not None and "PD_0" in pds:
        assert fr_line(answer["without"]) == ask("fr", path, a, b, "--without", "PD_0").strip(), (name, a, b)
    if a == b:
        return
    line = [text for text in call("path", path, a, b)[1].splitlines()[:1] if text != "no path"]
    steps = [r["steps"] for r in answer["path"]]
    assert steps == [len(re.findall(r"->|<-", text)) for text in line], (name, a, b, line, answer["path"])
    for key, options in (("shared", ()), ("writable", ("--writable", "--type", "MO"))):
        lines = [line.split() for line in ask("shared", path, a, b, *options).splitlines() if line.startswith("SHARED")]
        assert sorted([r["type"], r["id"], str(r["weight"])] for r in answer[key]) == sorted(w[1:] for w in lines), (
            name, a, b, key)


def compare_pd(name, path, pd, answer):
    lines = [line.split() for line in ask("reach", path, pd).splitlines() if line.startswith("RESOURCE")]
    assert sorted(r["id"] for r in answer["reach"]) == sorted(words[2] for words in lines), (name, pd)
    lines = [line.split()[1] for line in ask("trusted", path, pd).splitlines()]
    assert sorted(r["pd"] for r in answer["trusted"]) == sorted(lines), (name, pd, answer["trusted"])
    asked = {}
    for line in ask("surface", path, pd).splitlines():
        _, kind, _, *who = line.split()
        asked[kind] = sorted(who)
    found = collections.defaultdict(set)
    for r in answer["surface"]:
        found[r["type"]].add(r["pd"] + (":" + r["space"] if r["space"] else ""))
    assert {kind: sorted(who) for kind, who in found.items()} == asked, (name, pd, asked, dict(found))


def long_server():
    """RSI, FR and the other queries of all pairs of all samples, in a real server, are cellmodel's."""
    environment = driver.SCRATCH / "driver"
    tool = [driver.TOOL, "neo4j"]
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, FOLDER / "database.py", "--cellmodel", driver.TOOL, "--environment", environment,
                        "--setup"], check=True)
    models = list(samples())
    with server.Server(driver.SCRATCH / "server", may_install=True) as running:
        source, target = driver.SCRATCH / "models.json", driver.SCRATCH / "answers.json"
        source.write_text(json.dumps([json.loads(ask("split", "-", "--expand", "--to", "json", text=text))
                                      for _, text in models]))
        subprocess.run([python, "-c", ANSWERS, FOLDER, running.uri, source, target], check=True, cwd="/")
        command_line(tool, running.uri, dict(os.environ, CELLULOS_PYTHON=str(python)))
        large_model(tool, running, python)
    for (name, text), answer in zip(models, json.loads(target.read_text())):
        path = driver.write("asked.csv", text)
        for pair, found in answer["pairs"].items():
            compare_pair(name, path, *pair.split(" "), found, answer["pds"])
        for pd, found in answer["pds"].items():
            compare_pd(name, path, pd, found)
    status, _, errors = call("neo4j", driver.SAMPLES / "example.csv", "--uri", running.uri,
                             environment={"CELLULOS_PYTHON": str(python)})
    assert status == 2 and f"no Neo4j server answers at {running.uri}" in errors and "server.py" in errors, errors


DOCUMENTED = """
import json, sys, neo4j
with neo4j.GraphDatabase.driver(sys.argv[1], auth=None) as connection, connection.session() as session:
    print(json.dumps([len(list(session.run(text))) for text in json.loads(sys.argv[2])]))
"""


def cpu_seconds(process):
    """What a process and its threads have used (proc(5), stat)."""
    fields = open(f"/proc/{process}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def large_model(tool, running, python):
    """25 000 nodes are loaded, and a path is found, within the goals, in CPU time of the server and the tool; the queries that the
    page shows answer on a model of ours."""
    path = driver.write("large.csv", ask("generate", "--edges", "70000"))
    environment = dict(os.environ, CELLULOS_PYTHON=str(python))
    took = {}
    find = ["--query", "path", "PD_2", "PD_f"]
    for name, arguments in (("load", [path, "--replace"]), ("first path", find), ("path", find)):
        before, own = cpu_seconds(running.process.pid), os.times()
        done = subprocess.run([*tool, *arguments, "--uri", running.uri], env=environment, stdout=subprocess.PIPE, text=True, check=True)
        after = os.times()
        took[name] = (cpu_seconds(running.process.pid) - before,
                      after.children_user + after.children_system - own.children_user - own.children_system, done.stdout.strip())
    assert int(took["load"][2].split()[1]) > 25000 and re.match(r"\d+\t\[", took["path"][2]), took
    assert took["path"][0] < 1 and sum(took["load"][:2]) < LOAD_SECONDS, took
    subprocess.run([*tool, driver.SAMPLES / "two-processes.csv", "--replace", "--uri", running.uri], env=environment, check=True,
                   stdout=subprocess.DEVNULL)
    shown = re.findall(r"^    (MATCH .*(?:\n    .+)*)", (driver.TOP / "docs" / "neo4j.md").read_text(), re.M)
    found = json.loads(subprocess.run([python, "-c", DOCUMENTED, running.uri, json.dumps(shown)], check=True, stdout=subprocess.PIPE,
                                      text=True).stdout)
    assert len(shown) >= 2 and all(found), (shown, found)


def command_line(tool, uri, environment):
    """The command itself, on the example."""

    def say(*arguments, status=0):
        done = subprocess.run([*tool, *map(str, arguments), "--uri", uri], env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        assert done.returncode == status, (arguments, done.stderr)
        return done.stdout if status == 0 else done.stderr

    example = driver.SAMPLES / "example.csv"
    assert "--replace deletes it first" in say(example, status=2)  # of the last model that was compared
    assert say(example, "--replace") == "loaded 12 nodes and 29 relationships, 2 implied requests among them\n"
    assert say("--query", "rsi", "one", "PD_4") == ask("rsi", example, "PD_1", "PD_4")
    assert say("--query", "fr", "PD_1", "PD_4") == "FR 2\n"
    assert say("--query", "fr", "PD_1", "PD_5") == "FR inf (to 6 hops)\n"
    assert say("--query", "fr", "PD_1", "PD_3", "--not-direct") == ask("fr", example, "PD_1", "PD_3", "--not-direct")
    assert say("--query", "shared", "PD_1", "PD_4") == "BLOCK\tBLOCK_2_1\t1\n"
    assert say("--query", "most-shared").splitlines()[0] == "BLOCK\tBLOCK_2_1\t1\t5"
    assert say(example, "--database", "nowhere", status=2).startswith(f"cellmodel: neo4j: {uri}: ")
    assert "no PD has the id or name nobody" in say("--query", "reach", "nobody", status=2)


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
