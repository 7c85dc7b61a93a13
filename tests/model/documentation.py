# SPDX-License-Identifier: BSD-2-Clause
"""The documentation agrees with the tool: the reference is current, and the examples give the output shown."""

import importlib.util
import re
import sys

import driver
from driver import ask

DOCS = driver.TOP / "docs"


def test_reference():
    """docs/model-commands.md equals the output of `make model-docs`."""
    spec = importlib.util.spec_from_file_location("docs", driver.TOP / "model" / "cmd" / "docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (DOCS / "model-commands.md").read_text() == module.document(driver.TOOL), "run make model-docs"


def words(text):
    return re.sub(r"\s+", "", text)


def test_examples():
    """Blocks that start with `$ cellmodel`, and the table of pairs."""
    text = (DOCS / "model-metrics.md").read_text()
    blocks = re.findall(r"^    \$ cellmodel (.*)\n((?:    .*\n)+)", text, re.M)
    assert len(blocks) == 2
    for command, expected in blocks:
        arguments = command.replace("example.csv", str(driver.SAMPLES / "example.csv")).split()
        assert words(ask(*arguments)) == words(expected), command
    shown = re.search(r"    SHARED BLOCK.*\n      PD_1.*\n      PD_4.*\n", text).group()
    assert words(ask("shared", driver.SAMPLES / "example.csv", "PD_1", "PD_4")) == words(shown)
    rows = re.findall(r"^\| (\d), (\d) \| (.*?) \| (\w+) \|$", text, re.M)
    assert len(rows) == 10
    for a, b, rsi, fr in rows:
        lines = ask("rsi", driver.SAMPLES / "example.csv", f"PD_{a}", f"PD_{b}").splitlines()
        assert [" ".join(line.split()[1:3]) for line in lines] == re.findall(r"[A-Z]+ \d/\d", rsi), (a, b)
        assert ask("fr", driver.SAMPLES / "example.csv", f"PD_{a}", f"PD_{b}") == f"FR {fr}\n", (a, b)


def test_format_names():
    """The page on the format names every kind of row."""
    text = (DOCS / "model-format.md").read_text()
    for word in ("HOLD", "MAP", "SUBSET", "REQUEST", "FAULT", "LINK", "META", "RESOURCE_SPACE", "partial"):
        assert f"`{word}`" in text, word


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
