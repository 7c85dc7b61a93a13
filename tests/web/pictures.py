#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes docs/pictures/viewer-*.png anew, from today's page: `python3 tests/web/pictures.py REAL.csv`.

REAL.csv is a model of some 20 real processes of several families, redis, nginx, PostgreSQL and Chromium say, as `cellmodel linux`
prints it. All other pictures are of samples; viewer-live.png is of a machine, taken by hand.
"""

import argparse
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / folder) for folder in ("web", "model", ".")]

import driver  # noqa: E402
from driver import SCRATCH, ask, write  # noqa: E402
from fleet import fleet  # noqa: E402
from page import SETTLED, TWO, browser, choose  # noqa: E402

PICTURES = driver.TOP / "docs" / "pictures"


def opened(model):
    SCRATCH.mkdir(parents=True, exist_ok=True)
    ask("view", model, "-o", SCRATCH / "picture.html")
    browser().open(SCRATCH / "picture.html")
    return browser()


def take(it, name):
    it.run(SETTLED)
    it.picture(PICTURES / f"{name}.png")
    print(name, flush=True)


def of_two():
    it = opened(TWO)
    choose(it, "#compare-a", "server (PD_1)")
    choose(it, "#compare-b", "client (PD_2)")
    take(it, "viewer")


def of_many():
    for pds in (100, 600):
        take(opened(write("fleet.csv", fleet(pds))), f"viewer-{pds}")


def of_real(model):
    """The map; the two that have most in common by it; the graph."""
    it = opened(model)
    take(it, "viewer-map")
    it.run("viewer.setMode('graph')")
    take(it, "viewer-20")
    names = it.run("[...document.querySelectorAll('#compare-a option')].map(o => o.text)")
    for which, name in zip(("a", "b"), [name for name in names if " postgres " in name][:2]):
        choose(it, f"#compare-{which}", name)
    it.run("viewer.setMode('pair')")
    take(it, "viewer-pair")


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False, description=__doc__.splitlines()[0])
    parser.add_argument("real", metavar="REAL.csv", type=pathlib.Path)
    arguments = parser.parse_args()
    of_two()
    of_many()
    of_real(arguments.real)


if __name__ == "__main__":
    main()
