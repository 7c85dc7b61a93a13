# SPDX-License-Identifier: BSD-2-Clause
"""The model of running systems: legal, as predicted, and with the figures that it must have."""

import pathlib

from harness import tool
from harness.canonical import canonical, difference

SECONDS = 60
TOP = pathlib.Path(__file__).parents[2]


def extract(context, system):
    path = context.folder / f"{system}.csv"
    with context.start(system=system, options="extract=1", model=path) as machine:
        assert machine.exit_status() == 0
    tool.run(context.build / "host" / "cellmodel", "check", path)
    return path


def check_prediction(context, system):
    """The planner's prediction on the host is what the booted system says of itself."""
    extracted = extract(context, system)
    predicted = context.folder / f"{system}.predicted.csv"
    text, _ = tool.run(context.build / "host" / "cellplan", "predict", TOP / "systems" / system,
                       context.build / "programs")
    predicted.write_text(text, encoding="utf-8")
    tool.run(context.build / "host" / "cellmodel", "check", predicted)
    lines = difference(canonical(predicted), canonical(extracted))
    assert not lines, "\n".join(lines)
    return extracted


def metric(context, which, path, a, b):
    return tool.run(context.build / "host" / "cellmodel", which, path, a, b)[0].splitlines()


def test_two_processes(context):
    """They share the processor, the page that the client gave, and the toy: nothing else."""
    path = check_prediction(context, "two-processes")
    lines = metric(context, "rsi", path, "PD_1", "PD_2")
    shared = {line.split()[1]: line.split()[2].split("/")[0] for line in lines}
    assert shared == {"EP": "0", "MO": "1", "PCPU": "1", "RESSPC": "0", "TOY": "1", "VCPU": "0", "VMR": "0"}, lines
    assert metric(context, "fr", path, "PD_1", "PD_2") == ["FR 0"]


def test_two_threads(context):
    """One address space shares all that is mapped, stacks included."""
    path = check_prediction(context, "two-threads")
    lines = metric(context, "rsi", path, "PD_1", "PD_2")
    assert any(l.startswith("RSI MO") and l.endswith(" 1.0000") for l in lines), lines
    assert any(l.startswith("RSI VMR") and l.endswith(" 1.0000") for l in lines), lines


def test_three_clients(context):
    path = check_prediction(context, "three-clients")
    assert metric(context, "fr", path, "PD_2", "PD_3") == ["FR 1"]
    assert "RSI TOY 0/2 0.0000" in metric(context, "rsi", path, "PD_2", "PD_3")


def test_live_metrics(context):
    """The root task's own figures of the live graph are those of the extracted one."""
    with context.start(system="shell") as machine:
        machine.expect("^cell> ")
        machine.type("rsi toy shell")
        machine.expect(r"^RSI PCPU 1/1 1\.0000$")
        machine.type("fr toy shell")
        machine.expect(r"^FR 1$")
        machine.type("model shell")
        machine.expect(r"^,,NONE,FAULT,PD_3,PD_0,$")
        machine.type("poweroff")
        assert machine.exit_status() == 0


# ---- Systems that do not get ready ------------------------------------------

SERVER = "pd server process program=toy\n  rde RESSPC\n"


def boot(context, description, status):
    """Boots a system of the test's own for extraction; returns the model, and what the runner said."""
    system = context.folder / "system"
    system.write_text(description)
    archive = context.folder / "archive"
    programs = [f"{name}={context.build / 'programs' / name}.elf" for name in ("toy", "toy-client")]
    tool.run(context.build / "host" / "cellar", "-o", archive, f"systems/late={system}", *programs)
    path = context.folder / "model.csv"
    with context.start(archive=archive, system="late", options="extract=1 ready_timeout=1", model=path) as machine:
        assert machine.exit_status() == status
    return path.read_text(), machine.errors_path.read_text()


def test_not_ready(context):
    late = "pd late process program=toy-client\n  rde TOY from server\n  args create await=1\n"
    model, errors = boot(context, SERVER + late, 0)
    assert errors == "cellrun: 'late' did not say in time that it is ready; its part of the model is as of now\n"
    assert "PD,PD_2,late," in model


def test_never_started(context):
    """A block that waits for a space that nobody makes is told by its line; there is no model."""
    model, errors = boot(context, SERVER + "pd late process program=toy-client\n  rde TOI from server\n", 71)
    assert "systems/late: line 4: rde: there is no space of type TOI of that PD to ask" in errors, errors
    assert model == ""
