# SPDX-License-Identifier: BSD-2-Clause
"""Boot archives of a test's own: the project's, with a system description or other members of the test."""

from harness import tool

# The block that nearly every system begins with.
CONSOLE = """pd console process program=console
  device uart pages=1
  irq uart
  rde RESSPC
  priority 130
  serves CONSOLE
"""
# The shell's, in a system of a test's own; further lines may follow.
SHELL = """pd shell process program=shell
  priority 120
  rde MO
  rde ADS
  rde RESSPC
  rde PD
  rde CONSOLE from console rights=rwx
  hold root rights=rwx
  essential
"""


def archive(context, **members):
    """The project's boot archive with further members; one with a name that exists replaces that member."""
    known = dict(word.split("=", 1) for word in (context.build / "archive.list").read_text().split())
    known.update(members)
    path = context.folder / "archive"
    tool.run(context.build / "host" / "cellar", "-o", path, *(f"{name}={member}" for name, member in sorted(known.items())))
    return path


def own_system(context, description, **members):
    """An archive in which systems/own has this text."""
    system = context.folder / "system"
    system.write_text(description)
    return archive(context, **{"systems/own": system}, **members)


def start(context, description, **options):
    """Boots a description of the test's own."""
    return context.start(archive=own_system(context, description), system="own", **options)
