# SPDX-License-Identifier: BSD-2-Clause
"""The table of docs/presets.md agrees with the model."""

import re

from harness import tool


def measured(context, preset):
    own_program = preset == "process"
    system = context.folder / preset
    system.write_text("pd main process program=pair\n"
                      f"pd new {preset} {'program=pair' if own_program else 'of main entry=worker'}\n")
    text, _ = tool.run(context.build / "host" / "cellplan", "predict", system, context.build / "programs")
    model = context.folder / f"{preset}.csv"
    model.write_text(text)

    def metric(name):
        return tool.run(context.build / "host" / "cellmodel", name, model, "main", "new")[0]

    rsi = {kind: share for kind, share in re.findall(r"^RSI (\w+) (\S+)", metric("rsi"), re.M)}
    return rsi["MO"], rsi["VMR"], metric("fr").split()[1]


def test_table(context):
    """RSI and FR of every preset against the PD that it is made of."""
    rows = dict(re.findall(r"^\| `([\w-]+)` \| (.*) \|$", (context.top / "docs" / "presets.md").read_text(), re.M))
    table = re.findall(r'^ +\[PRESET_\w+\] = \{"([\w-]+)"', (context.top / "lib/plan/presets.c").read_text(), re.M)
    assert set(rows) == set(table) - {"guest", "guest-cpu", "fork", "context", "snapshot"}, (rows, table)
    for preset, row in rows.items():
        assert row.split(" | ") == list(measured(context, preset)), (preset, measured(context, preset))


def test_fork(context):
    """What a PD may hand in of a fork and of contexts: they are planned, as far as a description can tell."""
    system, blocks = context.folder / "system", context.folder / "blocks"
    system.write_text("pd main process program=pair\n  uses memory 3\npd other process program=pair\n  hold main\n")
    blocks.write_text("pd a fork\npd b fork entry=main\npd c fork of main\n"
                      "pd d context\n  region 0x400000 copied\npd e snapshot\npd f context\n  rde MO\n"
                      "pd g context\n  limits pages=1\npd h snapshot entry=main\n")
    text, _ = tool.run(context.build / "host" / "cellplan", "try", system, context.build / "programs", "other", blocks)
    assert text.splitlines() == ["ok", "line 1: entry: a fork goes on where its creator stands",
                                 "line 1: of: a fork is of its creator", "ok", "ok",
                                 "line 2: region: a context has lines about regions only",
                                 "line 2: region: a context has lines about regions only",
                                 "line 1: region: a snapshot has lines about regions only"], text
