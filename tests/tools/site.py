# SPDX-License-Identifier: BSD-2-Clause
"""The documentation as a site: every page is there, search works on its index, a dead link is an error."""

import json
import shutil
import subprocess

from harness.tool import run

SECONDS = 120


def build(context, folder):
    """Builds the site from a copy of the pages, so that other tests see nothing of it."""
    return subprocess.run(["python3", context.top / "docs" / "site.py", "--build", folder],
                          capture_output=True, text=True)


def test_site(context):
    result = build(context, context.folder / "build")
    assert result.returncode == 0, result.stderr
    html = context.folder / "build" / "site" / "html"
    for page in ("index.html", "docs/index.html", "docs/glossary.html", "root/index.html"):
        assert (html / page).stat().st_size > 2000, page
    entries = json.loads((html / "search" / "search_index.json").read_text())["docs"]
    assert any("fault radius" in entry["text"] for entry in entries), "the glossary is not in the index"


def test_dead_link(context):
    """A copy of the documentation with one link that leads nowhere."""
    copy = context.folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(context.top / "docs", copy / "docs")
    for name in ("README.md", "CONTRIBUTING.md"):
        shutil.copy(context.top / name, copy)
    page = copy / "docs" / "shell.md"
    page.write_text(page.read_text() + "\n[nowhere](nowhere.md)\n")
    result = subprocess.run(["python3", copy / "docs" / "site.py"], capture_output=True, text=True)
    assert result.returncode != 0 and "nowhere.md" in result.stderr, result.stderr


def test_api_page(context):
    """The page of a library has each function of its header, with the comment above it."""
    out, _ = run("python3", context.top / "docs" / "api.py", "T", context.top / "lib" / "client" / "client.h")
    assert "cell_error_t cell_memory_make(uint64_t pages, struct cell_memory *memory);" in out
    assert "### Memory" in out and "Unmaps it and gives the handle up." in out


def test_trusted(context):
    """The size of the trusted base is counted from what is linked."""
    out, _ = run("make", "-s", "-C", context.top, "trusted", f"O={context.build}")
    rows = {line.split("  ")[-1]: int(line.split()[0]) for line in out.splitlines() if " lines " in line}
    assert rows["kernel nucleus"] > 3000 and rows["root task: root"] > 5000, out
