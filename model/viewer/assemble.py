#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Puts style, bundled script and the licence of what is bundled into the viewer's page:
assemble.py page.html viewer.css bundle.js LICENSE > page."""
import sys

page, style, script, licence = (open(path, encoding="utf-8").read() for path in sys.argv[1:5])
for name, text in (("/*STYLE*/", style), ("/*LICENCE*/", licence.replace("*/", "* /")),
                   ("/*SCRIPT*/", script.replace("</script", "<\\/script"))):
    if page.count(name) != 1:
        sys.exit(f"{sys.argv[1]}: {name} stands {page.count(name)} times in it, wanted once")
    page = page.replace(name, text)
sys.stdout.write(page)
