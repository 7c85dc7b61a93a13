#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Models in Neo4j: `cellmodel neo4j` runs this, with the official driver (docs/neo4j.md).

Bottom-up: what may be missing, loading, queries, the command line.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
QUERIES = HERE / "queries"
BATCH = 10000  # rows in a transaction
SESSIONS = 2  # that write at once
MOST_HOPS = 6  # of fr.cypher

sys.path.insert(0, str(HERE))
import rows  # noqa: E402


class Missing(Exception):
    """Something that is needed is not there; the text says what, and how to get it."""


# ---- What may be missing -------------------------------------------------------


def driver_module():
    if importlib.util.find_spec("neo4j") is None:
        raise Missing("the official Python driver of Neo4j is missing here (" + sys.executable + ").\n"
                      "`cellmodel neo4j --setup` gets it, from " + str(HERE / "requirements.txt"))
    import neo4j
    return neo4j


def connect(arguments):
    """A session, checked to reach a server."""
    neo4j = driver_module()
    password = os.environ.get("NEO4J_PASSWORD")
    auth = (arguments.user, password) if password else None
    try:
        connection = neo4j.GraphDatabase.driver(arguments.uri, auth=auth, notifications_min_severity="OFF")
        connection.verify_connectivity()
    except neo4j.exceptions.ServiceUnavailable as error:
        raise Missing(f"no Neo4j server answers at {arguments.uri} ({str(error).splitlines()[0]}).\n"
                      f"`{sys.executable} {HERE / 'server.py'} FOLDER` runs one on this computer") from None
    except (neo4j.exceptions.AuthError, neo4j.exceptions.ClientError) as error:
        raise Missing(f"the server at {arguments.uri} does not let user {arguments.user} in: {error.message}\n"
                      "The password is taken from the environment, NEO4J_PASSWORD") from None
    except (neo4j.exceptions.DriverError, ValueError) as error:
        raise Missing(f"{arguments.uri}: {error}") from None
    return connection, connection.session(database=arguments.database)


@contextlib.contextmanager
def answering(arguments):
    """A refusal of the server, or its end meanwhile, is reported in a line."""
    neo4j = driver_module()
    try:
        yield
    except (neo4j.exceptions.Neo4jError, neo4j.exceptions.DriverError) as error:
        raise Missing(f"{arguments.uri}: {getattr(error, 'message', None) or str(error).splitlines()[0]}") from None


# ---- Loading --------------------------------------------------------------------


def read_model(cellmodel, path):
    """The model of a file as JSON, one PD per thread, with the HOLDs that follow written out."""
    done = subprocess.run([cellmodel, "split", path, "--expand", "--to", "json"], stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(done.returncode)  # it has said why
    return done.stdout


def batches(items):
    for start in range(0, len(items), BATCH):
        yield items[start:start + BATCH]


def clear(session):
    session.run(f"MATCH (n:CellModel) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF {BATCH} ROWS").consume()


def colours_of(cellmodel, text):
    """{type: #rrggbb}, as in the viewer's pictures: what `cellmodel neo4j --style` prints for Neo4j's browser."""
    done = subprocess.run([cellmodel, "neo4j", "--style", "-"], input=text, stdout=subprocess.PIPE, check=True)
    return dict(re.findall(r"^node\.(\w+) \{ color: (#\w+);", done.stdout.decode(), re.M))


# The way back of these, for paths: (type, label of the source) -> type.
BACK = {("HOLD", "PD"): "HELD", ("MAP", "RESOURCE"): "MAPPED"}


def own_labels(label, node):
    """Those of its type."""
    kind = node.get("type", "")
    return [] if label == "PD" else [f"{kind}_SPACE"] if label == "SPACE" else [kind] if kind != "PD" else ["HANDLE"]


def at_once(connection, database, statements):
    """Runs (statement, rows) by several sessions, a transaction each, in any order; returns the records of each, in that of the statements.
    The driver repeats one that another's locks were in the way of."""

    def run(statement_and_rows):
        statement, batch = statement_and_rows
        return connection.execute_query(statement, rows=batch, database_=database).records

    with concurrent.futures.ThreadPoolExecutor(SESSIONS) as pool:
        return list(pool.map(run, statements))


def node_statements(model, colours):
    """Every node has the label CellModel beside that of its kind and its type. The types are in the rows: the server takes as long
    for a statement that is new to it as for some thousand rows. (Not those of relationships: Neo4j 5.26.0 gives all of a statement
    the type of its first row.)"""
    for label, nodes in model.nodes.items():
        properties = ", ".join(f"{name}: row[{i + 2}]" for i, name in enumerate(nodes[0] if nodes else ()))
        for batch in batches(nodes):
            yield (f"UNWIND $rows AS row CREATE (n:CellModel:{label}:$(row[0]) {{colour: row[1], {properties}}}) RETURN collect(id(n))",
                   [(own_labels(label, node), colours.get(node.get("type", ""), "#222222"), *node.values()) for node in batch])


def relationship_statements(model, numbers):
    """By the server's numbers, and as lists without names: words and look-ups take most of the time else."""
    label_of = {node["id"]: label for label, nodes in model.nodes.items() for node in nodes}
    for kind, found in model.relationships.items():
        alike = collections.defaultdict(list)  # by the way back, and the names of properties
        for row in found:
            names = tuple(row["properties"])
            alike[BACK.get((kind, label_of[row["from"]])), names].append(
                (numbers[row["from"]], numbers[row["to"]], *row["properties"].values()))
        for (back, names), some in alike.items():
            properties = ", ".join(f"{name}: row[{i + 2}]" for i, name in enumerate(names))
            way_back = f" CREATE (b)-[:{back}]->(a)" if back else ""
            for batch in batches(some):
                yield ("UNWIND $rows AS row MATCH (a) WHERE id(a) = row[0] MATCH (b) WHERE id(b) = row[1] "
                       f"CREATE (a)-[:{kind} {{{properties}}}]->(b){way_back}", batch)


def prepare(session):
    """Ids are unique among the nodes with the label CellModel."""
    session.run("CREATE CONSTRAINT cellmodel_id IF NOT EXISTS FOR (n:CellModel) REQUIRE n.id IS UNIQUE").consume()
    session.run("CREATE INDEX cellmodel_PD IF NOT EXISTS FOR (n:PD) ON (n.id)").consume()  # for the queries


def load(connection, database, model, colours):
    """Writes all rows: nodes, then what relates them."""
    made = at_once(connection, database, node_statements(model, colours))
    ids = (node["id"] for nodes in model.nodes.values() for node in nodes)
    numbers = dict(zip(ids, (number for records in made for number in records[0].value())))
    at_once(connection, database, relationship_statements(model, numbers))


# One of all that a model has in large numbers.
SMALL = rows.Rows({"nodes": [{"id": "PD_1", "type": "PD"}, {"id": "MO_SPACE_1", "type": "RESOURCE_SPACE", "data": "MO", "extra": "PD_1"},
                             {"id": "MO_1_1", "type": "RESOURCE", "data": "MO"}, {"id": "VMR_1_1", "type": "RESOURCE", "data": "VMR"}],
                   "edges": [{"type": "SUBSET", "source": "MO_1_1", "target": "MO_SPACE_1"}, {"type": "HOLD", "source": "PD_1", "target": "MO_1_1"},
                             {"type": "MAP", "source": "VMR_1_1", "target": "MO_1_1", "extra": "rw"}]})


def get_ready(session):
    """A server takes seconds over statements of a kind that is new to it: it is shown them without rows."""
    for statement, _ in [*node_statements(SMALL, {}), *relationship_statements(SMALL, collections.defaultdict(int))]:
        session.run(statement, rows=[]).consume()


def read_rows(arguments):
    text = read_model(arguments.cellmodel, arguments.file)
    return rows.Rows(json.loads(text)), colours_of(arguments.cellmodel, text)


def connect_empty(arguments):
    """A session to a server that has no model, or one that may go; one that is empty is made ready."""
    connection, session = connect(arguments)
    with answering(arguments):
        there = session.run("MATCH (n:CellModel) RETURN count(n) AS n").single()["n"]
        if there and not arguments.replace:
            raise Missing(f"{arguments.uri} holds a model of {there} nodes already; --replace deletes it first")
        prepare(session)
        if not there:
            get_ready(session)
    return connection, session, there


def load_file(arguments):
    """The server gets ready while the file is read; faults of the file are reported first."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read_rows, arguments)
        try:
            connection, session, there = connect_empty(arguments)
        finally:
            model, colours = reading.result()
    with connection, session, answering(arguments):
        if there:
            clear(session)
        load(connection, arguments.database, model, colours)
    count = sum(map(len, model.nodes.values())), sum(map(len, model.relationships.values()))
    implied = sum(row["properties"]["implied"] for row in model.relationships["REQUEST"])
    print(f"loaded {count[0]} nodes and {count[1]} relationships, {implied} implied requests among them")


# ---- Queries --------------------------------------------------------------------


def names():
    return sorted(path.stem for path in QUERIES.glob("*.cypher"))


def needs(text):
    """How many PDs a query wants: $a, and $b."""
    return sum(f"${name}" in text for name in ("a", "b"))


def pd_of(session, name):
    """The id of a PD, given by id, or by a name that no other PD has."""
    found = [r["id"] for r in session.run("MATCH (p:PD) WHERE p.id = $name RETURN p.id AS id UNION "
                                          "MATCH (p:PD) WHERE p.name = $name RETURN p.id AS id", name=name)]
    if name in found or len(found) == 1:
        return name if name in found else found[0]
    raise Missing(f"several PDs have the name {name}: {' '.join(found)}" if found else f"no PD has the id or name {name}")


def lines(name, records):
    """As cellmodel prints it, for the metrics; else the values, a line each."""
    if name == "rsi":
        return [f"RSI {r['type']} {r['shared']}/{r['all']} {r['shared'] / r['all']:.4f}" for r in records]
    if name == "fr":
        return [f"FR {records[0]['hops']}" if records else f"FR inf (to {MOST_HOPS} hops)"]
    return ["\t".join(json.dumps(v) if isinstance(v, list) else "" if v is None else str(v) for v in r.values())
            for r in records]


def query(arguments):
    path = QUERIES / f"{arguments.query}.cypher"
    if arguments.query not in names():
        raise Missing(f"no query {arguments.query}; there are: {' '.join(names())}")
    text = path.read_text()
    given = [pd for pd in (arguments.file, arguments.second) if pd is not None]
    if len(given) != needs(text):
        raise Missing(f"the query {arguments.query} is of {needs(text)} PDs, not {len(given)}")
    connection, session = connect(arguments)
    with connection, session, answering(arguments):
        ids = dict(zip("ab", (pd_of(session, pd) for pd in given)))
        without = [pd_of(session, pd) for pd in arguments.without]
        records = [r.data() for r in session.run(text, **ids, without=without, not_direct=arguments.not_direct)]
    for line in lines(arguments.query, records):
        print(line)


# ---- The command line ------------------------------------------------------------


def setup(arguments):
    """The driver in a folder of its own, from PyPI, hashes checked."""
    folder = pathlib.Path(arguments.environment)
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps",
                    "-r", HERE / "requirements.txt"], check=True)
    print(f"the driver is in {folder}")


def parse():
    parser = argparse.ArgumentParser(prog="cellmodel neo4j", allow_abbrev=False)
    parser.add_argument("--cellmodel", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--environment", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--uri", default="bolt://127.0.0.1:7687")
    parser.add_argument("--user", default="neo4j")
    parser.add_argument("--database", default="neo4j")
    parser.add_argument("--replace", action="store_true")
    parser.add_argument("--query", metavar="NAME")
    parser.add_argument("--without", metavar="PD", action="append", default=[])
    parser.add_argument("--not-direct", action="store_true")
    parser.add_argument("--setup", action="store_true")
    parser.add_argument("file", metavar="FILE", nargs="?")
    parser.add_argument("second", metavar="PD", nargs="?")
    arguments = parser.parse_args()
    if not arguments.setup and not arguments.query and (arguments.file is None or arguments.second is not None):
        parser.error("one FILE is loaded, or a --query is asked")
    return arguments


def main():
    arguments = parse()
    try:
        (setup if arguments.setup else query if arguments.query else load_file)(arguments)
    except Missing as missing:
        print(f"cellmodel: neo4j: {missing}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(f"cellmodel: neo4j: {' '.join(map(str, error.cmd))} failed", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
