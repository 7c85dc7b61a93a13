#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Builds the documentation as a site with search: site.py --build BUILD.

Every page of the repository and every generated one is copied to BUILD/site/pages, in the folders where they stand, so
that their links hold; MkDocs makes BUILD/site/html of them. A link that leads nowhere is an error."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
SKIPPED = {"build", "node_modules"}
CONFIGURATION = """\
site_name: CellulOS
docs_dir: pages
site_dir: html
use_directory_urls: false
theme:
  name: readthedocs
  highlightjs: false
plugins: [search]
markdown_extensions: [tables, fenced_code, toc]
strict: true
nav:
"""


def pages():
    """The repository's own, by their paths."""
    listed = subprocess.run(["git", "-C", TOP, "ls-files", "-co", "--exclude-standard", "*.md", "docs/pictures"], capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        return [pathlib.Path(line) for line in listed.stdout.splitlines() if (TOP / line).exists()]
    return [path.relative_to(TOP) for pattern in ("**/*.md", "docs/pictures/*") for path in TOP.glob(pattern)
            if not SKIPPED & set(path.relative_to(TOP).parts)]


def place(path):
    """Where a page stands in the site: a README is its folder's index."""
    return path.with_name("index.md") if path.name == "README.md" else path


def copy(folder, build):
    for path in pages():
        target = folder / place(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".md":
            text = (TOP / path).read_text(encoding="utf-8")
            target.write_text(re.sub(r"(\]\([^)#:]*)README\.md", r"\1index.md", text), encoding="utf-8")
        else:
            shutil.copyfile(TOP / path, target)
    for path in sorted((build / "docs").glob("**/*.md")):
        target = folder / "reference" / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def title(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            return line[2:].replace("`", "").replace('"', "'")
    return path.stem


def navigation(folder):
    """The order of docs/README.md, then what is generated, then the folders."""
    index = folder / "docs" / "index.md"
    lines = ['  - "CellulOS": index.md', '  - "All pages": docs/index.md']
    seen = {folder / "index.md", index}

    def entry(path, indent):
        seen.add(path)
        lines.append(f'{indent}- "{title(path)}": {path.relative_to(folder)}')

    for line in index.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            lines.append(f'  - "{line[3:]}":')
        link = re.match(r"\| \[[^]]*\]\(([\w./-]+\.md)\)", line)
        if link and (folder / "docs" / link[1]).resolve() not in seen:
            entry((folder / "docs" / link[1]).resolve(), "      ")
    for name, found in (("Interfaces", sorted((folder / "reference").glob("*.md"))),
                        ("Folders", sorted(path for path in folder.glob("**/*.md") if path not in seen
                                           and path.parent.name != "reference"))):
        if found:
            lines.append(f'  - "{name}":')
        for path in found:
            entry(path, "      ")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="site.py")
    parser.add_argument("--build", type=pathlib.Path, default=TOP / "build")
    build = parser.parse_args().build.resolve()
    site = build / "site"
    shutil.rmtree(site, ignore_errors=True)
    folder = site / "pages"
    copy(folder, build)
    (site / "mkdocs.yml").write_text(CONFIGURATION + navigation(folder), encoding="utf-8")
    run = subprocess.run(["/usr/bin/mkdocs", "build", "--config-file", site / "mkdocs.yml"],
                         stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        print("".join(line for line in run.stderr.splitlines(True) if not line.startswith("INFO")), file=sys.stderr)
    else:
        print(f"wrote {site / 'html' / 'index.html'}")
    return run.returncode


if __name__ == "__main__":
    sys.exit(main())
