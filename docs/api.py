#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the page of a library's interface from its public headers: api.py TITLE HEADER...

A header opens with a comment on the whole; a section is a comment `---- Title ----`; what is declared follows the
comment that explains it. Everything behind the includes is kept as it is, so the page cannot differ."""

import pathlib
import re
import sys

SECTION = re.compile(r"/\* -{4,} (.+?) -{4,} \*/")


def opening(text):
    """The text of the header's first comment, without its file name."""
    comment = re.search(r"/\*\n \* (.*?)\*/", text, re.S)
    if comment is None:
        return ""
    words = re.sub(r"\n \* ?", "\n", comment[1]).strip()
    words = re.sub(r"(?<!`)<([^\s<>]+)>", r"`<\1>`", words)  # a header's name, which is no markup
    return words.split(": ", 1)[1] if ": " in words.splitlines()[0] else words


def body(text):
    """What is declared: behind the includes."""
    return text[max(match.end() for match in re.finditer(r"#(?:include .*|pragma once)\n", text)):].strip()


def page(title, headers):
    out = [f"# {title}", ""]
    for path in headers:
        text = pathlib.Path(path).read_text(encoding="utf-8")
        words = opening(text)
        out += [f"## `{path}`", "", words[:1].upper() + words[1:], ""]
        parts = SECTION.split(body(text))
        for name, code in zip([None, *parts[1::2]], parts[::2]):
            if name:
                out += [f"### {name}", ""]
            if code.strip():
                out += ["```c", code.strip(), "```", ""]
    return "\n".join(out)


if __name__ == "__main__":
    print(page(sys.argv[1], sys.argv[2:]))
