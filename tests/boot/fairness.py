# SPDX-License-Identifier: BSD-2-Clause
"""Time: no program keeps the root task, the console or the shell from answering."""
import json
import re
import time

from harness import archive, graph
from harness.archive import CONSOLE
from harness.boot import PROMPT
from harness.figures import check_same, figures, figures_at_rest

SECONDS = 180
COMPARE = False


def test_chain_of_threads(context):
    """rule: no-recursion"""
    with context.start() as machine:
        seen = []
        for _ in range(4):
            machine.command("run pressure chain 2000")
            machine.expect("^pressure: a chain of 2000 threads$", timeout=120)
            machine.expect(PROMPT)
            machine.type("run sleep 2")  # servers clean up
            seen.append(figures(machine))
        seen_pages = seen[0]["pages"]
        # The heap of the root task keeps what it needed, a little more or less.
        assert min(figures.pop("pages") for figures in seen) > seen_pages - 200, seen_pages
        assert all(figures == seen[0] for figures in seen), seen
        machine.power_off()


def test_arguments_at_the_edges(context):
    """rule: no-wrap"""
    with context.start() as machine:
        machine.command("run pressure edges")
        found = machine.expect(r"^pressure: (\d+) requests at the edges$", timeout=120)
        assert int(found.group(1)) > 5000, found.group(0)
        machine.command("run sleep 18446744073709551615 &")
        machine.command("run hello")
        machine.expect("^hello, world$")
        machine.command("ps")
        machine.expect("sleep")
        machine.power_off()


def test_boot_option_that_is_no_number(context):
    """rule: no-wrap"""
    for option in ("pd_depth=-1", "space_depth=", "heartbeat=99999999999999999999"):
        with context.start(options=option) as machine:
            assert machine.exit_status() == 71
            assert re.search(f"boot option {option.split('=')[0]}: its value is no number", machine.errors())


def test_ceiling(context):
    """rule: ceiling"""
    with context.start() as machine:
        machine.command("run pressure ceiling")
        machine.expect("^pressure: nothing goes above the ceiling$")
        machine.command("run priority=121 spin &")
        machine.expect("^run: denied: priority=121: priority: 121 is above the ceiling, 100$")
        machine.power_off()


def test_spin_at_its_highest_priority(context):
    """rule: delay"""
    with context.start() as machine:
        machine.command("run priority=100 spin &")
        for _ in range(2):
            machine.command("run priority=100 spin")
            time.sleep(0.5)
            machine.send("\x03")
            machine.expect(r"^spin \(PD_\w+\) was killed$")
        machine.expect(PROMPT)
        machine.close_input()
        assert machine.exit_status() == 0


def test_models_of_what_changes(context):
    """rule: pieces. A model that is made in pieces begins again if anything has changed between them."""
    with context.start(icount=True) as machine:
        machine.command("run priority=50 pressure changing 300")
        found = machine.expect(r"^pressure: 300 models of (\d+) or (\d+) rows, 0 of others$", timeout=60)
        # A memory object is a node, its SUBSET, and a HOLD.
        assert int(found.group(2)) == int(found.group(1)) + 8 * 3, found.group(0)
        machine.power_off()


def models_of_the_system(context, count, microseconds):
    """Makes models for a PD with r on PD_0 while 8 memory objects come or go after each such time. Returns by how many rows they differ."""
    description = CONSOLE + f"""pd changing process program=pressure
  priority 50
  rde PD
  rde MO
  rde CONSOLE from console
  hold root rights=r
  args changing {count} system {microseconds}
"""
    with archive.start(context, description, icount=True) as machine:
        found = machine.expect(rf"^pressure: {count} models of (\d+) or (\d+) rows, (\d+) of others$", timeout=20)
        assert found.group(3) == "0", found.group(0)
        return int(found.group(2)) - int(found.group(1))


def test_models_of_a_system_that_changes(context):
    """rule: pieces. They are made in pieces, too."""
    # A memory object is a node, its SUBSET, and a HOLD of the process and of its thread.
    assert models_of_the_system(context, 100, 300) == 8 * 4


def test_models_of_a_system_that_always_changes(context):
    """rule: one-exception. What changes while each is made keeps none from an end."""
    assert models_of_the_system(context, 20, 50) in (0, 8 * 4)


def test_bounds(context):
    """rule: pieces, delay"""
    rows_path = context.folder / "rows"
    with context.start(system="fairness", options="bench=1 longest=1 heartbeat=0", icount=True, watch=False,
                       bench=rows_path) as machine:
        assert machine.exit_status() == 0
    rows = {row["name"]: row["total"] for row in map(json.loads, rows_path.read_text().splitlines())}
    for kind, least, bound in ("step: ", 32, 50_000), ("step of making: ", 15, 200_000):
        steps = {name: total for name, total in rows.items() if name.startswith("longest " + kind)}
        assert len(steps) >= least, steps
        # seL4 clears memory while it makes objects of it.
        assert context.kernel or (max(steps.values()) <= bound and not [name for name in rows if name.startswith("too long")]), rows
    worst = {name: total for name, total in rows.items() if name.startswith("timer to null request answered")}
    assert len(worst) == 4 and max(worst.values()) <= 1_000_000, worst


# The programs that `pressure` runs in the background: one that makes requests, a hundred with long requests under way, all that can be kept.
ATTACKS = ("null", "large", "long", "fork", "sleep", "sleepers", "askers", "print", "fault", "threads", "memory", "handles", "gifts",
           "snapshots", "requests")


# In these, a hundred to a thousand threads always want to run, and a program gets its turns among them.
CROWDS = ("long", "sleepers", "askers")


def test_attacks_leave_the_shell_alone(context):
    """rule: reachable. The shell answers, whatever programs do at once and without an end."""
    with context.start() as machine:
        # The root task keeps its tables for memory that was once in use: this makes it build them.
        machine.type("run hoard pages")
        machine.expect("^hoard: [0-9]+ pages: no memory left$")
        before = figures_at_rest(machine)
        for kind in ATTACKS:
            machine.type(f"run pressure attack {kind} &")
            if kind not in CROWDS:
                machine.type("run hello")
                machine.expect("hello, world")
            time.sleep(0.5)
            machine.type("ps")
            machine.expect("^PD_[0-9a-f]+ +running .* shell$")
            machine.type("kill pressure")
            machine.type(f"echo killed {kind}")
            machine.expect(f"killed {kind}")
        machine.type("wait")
        machine.type("run sleep 1")
        machine.type("echo all over")
        machine.expect("^all over$")
        check_same(machine, before, pages=400, objects=50, slots=400)
        machine.power_off()


def test_half_done_is_seen(context):
    """rule: half-done-is-seen, undone. The model shows unfinished work, and is legal; work that no PD asks for again is undone."""
    path = context.folder / "half.csv"
    with context.start() as machine:
        machine.command("run pressure half")
        machine.expect("^pressure: all is half done$")
        before = figures_at_rest(machine)
        machine.command("run pressure half stay &")
        machine.expect("^pressure: all is half done$")
        rows = graph.from_shell(machine, path, "model")
        assert sum(row.startswith("PD,") and ",half," in row for row in rows) > 0, rows[:8]
        machine.type("run sleep 11")
        during = figures_at_rest(machine)
        assert during["pages"] > before["pages"] - 3000 and during["PDs"] == before["PDs"] + 1, (before, during)
        machine.command("kill pressure")
        check_same(machine, before)


def test_half_done(context):
    """rule: undone"""
    with context.start() as machine:
        seen = []
        for _ in range(3):
            machine.command("run pressure half")
            machine.expect("^pressure: all is half done$")
            machine.command("run sleep 1")
            seen.append(figures(machine))
        assert min(each.pop("pages") for each in seen) > 129_000, seen
        assert all(each == seen[0] for each in seen), seen
        machine.command("run pressure half &")
        machine.expect("^pressure: all is half done$")
        machine.power_off()
