#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""./cellulos bench model: load, metrics, matrix and path on made-up systems of 10^4 to 10^7 edges, a JSON row each.

First questions that are made to be hard, each of which ends with the error of a bound (tests/model/adversarial.py), this
computer's own processes, and a page of 600 PDs. Then cellmodel measures itself (cellmodel bench), three times, of which the
median counts: the first large program after a pause pays for memory that the computer has yet to find. Beside it stand networkx, to 10^6 edges, and DuckDB on the same files, which
are installed from PyPI into the build folder, pinned by hash. `view` is timed to 10^5 edges, the page too if there is a
Chromium.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "tests"))
SIZES = [10 ** 4, 10 ** 5, 10 ** 6, 10 ** 7]
NETWORKX_MOST = 10 ** 6
VIEW_MOST = 10 ** 5
RUNS = 3  # of which the median counts
PROCESSES = 150
MAP_PDS = 600

NETWORKX = """
import csv, json, sys, time
import networkx as nx
start = time.process_time()
graph = nx.MultiDiGraph()
with open(sys.argv[1], newline="") as stream:
    for row in csv.reader(stream):
        if row[0] == "NODE_TYPE":
            continue
        if row[0]:
            graph.add_node(row[1], type=row[0], data=row[2], extra=row[6])
        else:
            graph.add_edge(row[4], row[5], type=row[3], data=row[2], extra=row[6])
loaded = time.process_time() - start
start = time.process_time()
nx.shortest_path(graph.to_undirected(as_view=True), "PD_0", "PD_3")
path = time.process_time() - start
peak = int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) * 1024
print(json.dumps([["networkx load", loaded, peak], ["networkx path of a pair", path, peak]]))
"""

DUCKDB = """
import json, sys, time
import duckdb
start = time.process_time()
database = duckdb.connect(config={"threads": 1})
database.execute("set enable_progress_bar = false")
database.execute("create table rows as select * from read_csv(?, header=true, all_varchar=true)", [sys.argv[1]])
database.execute("create table nodes as select NODE_TYPE, NODE_ID, DATA, EXTRA from rows where NODE_TYPE is not null")
database.execute("create table edges as select EDGE_TYPE, EDGE_FROM, EDGE_TO, DATA, EXTRA from rows "
                 "where EDGE_TYPE is not null")
loaded = time.process_time() - start
start = time.process_time()
database.execute('''with recursive reach(id) as (
    select EDGE_TO from edges where EDGE_TYPE = 'HOLD' and EDGE_FROM = 'PD_3'
    union select EDGE_TO from edges join reach on EDGE_FROM = id where EDGE_TYPE = 'MAP')
    select count(*) from reach''').fetchall()
reach = time.process_time() - start
peak = int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) * 1024
print(json.dumps([["DuckDB load", loaded, peak], ["DuckDB reach of a PD", reach, peak]]))
"""


def row(name, edges, seconds, peak):
    values = {"name": name, "edges": edges, "seconds": round(seconds, 6)}
    print(json.dumps(values if peak is None else {**values, "peak_bytes": peak}), flush=True)


def bench_cellmodel(tool, path):
    found = [subprocess.run([tool, "bench", path], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
             for _ in range(RUNS)]
    for rows in zip(*found):
        print(sorted(rows, key=lambda line: json.loads(line)["seconds"])[RUNS // 2], flush=True)


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def bench_linux(tool):
    """This computer's processes, PROCESSES of them at least: memory, authority and channels."""
    model = subprocess.run([tool, "linux", "--all"], check=True, capture_output=True, text=True).stdout
    there = model.count("\nPD,PD_") - 1  # the kernel is no process
    more = [subprocess.Popen(["sleep", "1000"]) for _ in range(PROCESSES - there)]
    try:
        seconds = sorted(cpu_seconds([tool, "linux", "--all"]) for _ in range(RUNS))[RUNS // 2]
    finally:
        for process in more:
            process.kill()
            process.wait()
    print(json.dumps({"name": "model linux --all", "processes": there + len(more), "seconds": round(seconds, 6)}), flush=True)


def bench_map(tool, folder):
    """The page of MAP_PDS PDs, which opens with the map of all pairs."""
    from web.fleet import fleet

    path = folder / "fleet.csv"
    path.write_text(fleet(MAP_PDS))
    seconds = cpu_seconds([tool, "view", path, "-o", folder / "view.html"])
    print(json.dumps({"name": "model view with RSI of all pairs", "pds": MAP_PDS, "seconds": round(seconds, 6)}), flush=True)
    if shutil.which("chromium"):
        bench_page(folder / "view.html", path.read_text().count(",,NONE,"), "model view map of all pairs")
    path.unlink()


def high_water(pid):
    """Bytes of memory that a process has had at most so far. (Its maximum in getrusage begins with its parent's.)"""
    found = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())
    return int(found.group(1)) * 1024 if found else 0


def bench_view(tool, path, edges, folder):
    """Writing the page; then, where Chromium is installed, the page's own time (of its thread) to its first picture and to
    the whole one, as long as it is not more than the page draws."""
    started = subprocess.Popen([tool, "view", path, "-o", folder / "view.html"])
    peak = 0
    while os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
        peak = max(peak, high_water(started.pid))
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if status != 0:  # it has said why
        sys.exit(1)
    row("model view", edges, used.ru_utime + used.ru_stime, peak)
    if shutil.which("chromium"):
        bench_page(folder / "view.html", edges)


def bench_page(path, edges, name="model view first picture"):
    from web.browser import Browser

    with Browser() as page:
        page.page("Performance.enable", timeDomain="threadTicks")
        page.open(path)
        first = page.cpu_seconds()
        row(name, edges, first, None)
        if name == "model view map of all pairs":
            return
        page.click_on("#expand")
        page.run("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        if not page.run("viewer.graph.nodes('.member').length"):
            return  # more than it draws, as its status line says
        row("model view all expanded", edges, page.cpu_seconds() - first, None)


def bench_adversarial(tool):
    """Questions that are made to take long: how soon each ends with its error."""
    from model import adversarial

    for command, text, arguments in adversarial.QUESTIONS:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([tool, command, "-", *arguments], input=text, text=True, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 2:
            sys.exit(f"bench: {command} of a model made to be hard ended with status {done.returncode}, not with its error")
        seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        row(f"model {command} refused", text.count("\n"), seconds, None)


def bench_other(python, program, path, edges):
    done = subprocess.run([python, "-c", program, path], check=True, stdout=subprocess.PIPE, text=True)
    for name, seconds, peak in json.loads(done.stdout):
        row(name, edges, seconds, peak)


def others(folder):
    """The interpreter that has networkx and DuckDB."""
    python = folder / "python" / "bin" / "python"
    if not python.exists():
        venv.create(folder / "python", with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", HERE / "requirements.txt"],
                   check=True, stdout=sys.stderr)
    return python


def main():
    parser = argparse.ArgumentParser(prog="cellulos bench model", allow_abbrev=False)
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build", help=argparse.SUPPRESS)
    parser.add_argument("--most", type=int, default=SIZES[-1], metavar="EDGES", help="leave out larger graphs")
    parser.add_argument("--only-cellmodel", action="store_true", help="leave out networkx and DuckDB")
    arguments = parser.parse_args()
    tool = arguments.build / "host" / "cellmodel"
    folder = arguments.build / "bench-model"
    folder.mkdir(parents=True, exist_ok=True)
    python = None if arguments.only_cellmodel else others(folder)
    bench_adversarial(tool)
    bench_linux(tool)
    bench_map(tool, folder)
    for edges in SIZES:
        if edges > arguments.most:
            continue
        path = folder / "model.csv"
        with open(path, "wb") as stream:
            subprocess.run([tool, "generate", "--edges", str(edges)], check=True, stdout=stream)
        bench_cellmodel(tool, path)
        if edges <= VIEW_MOST:
            bench_view(tool, path, edges, folder)
        if python is not None and edges <= NETWORKX_MOST:
            bench_other(python, NETWORKX, path, edges)
        if python is not None:
            bench_other(python, DUCKDB, path, edges)
        path.unlink()


if __name__ == "__main__":
    main()
