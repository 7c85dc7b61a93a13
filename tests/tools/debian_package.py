# SPDX-License-Identifier: BSD-2-Clause
"""tools/debian-package and tools/debian.py, the private apt that fetches the C library: its refusals, and the files that it does not change."""

import os
import shutil

from harness.tool import run

ADVICE = "cellulos: without it, unpack picolibc-aarch64-linux-gnu yourself, and name its folder to make\n"
UNSIGNED = "cellulos: the package list of Debian trixie could not be fetched or is not signed by Debian\n"


def fetch(context, status, folder="library", **environment):
    return run(context.top / "tools" / "debian-package", "picolibc-aarch64-linux-gnu", context.folder / folder, status=status,
               env=dict(os.environ, **environment))[1]


def mirror(context):
    """A mirror in a folder, whose one package list nobody signed."""
    top = context.folder / "mirror"
    lists = top / "dists" / "trixie" / "main" / "binary-amd64"
    lists.mkdir(parents=True, exist_ok=True)
    (lists / "Packages").write_text("Package: picolibc-aarch64-linux-gnu\nVersion: 9-9\nArchitecture: all\n"
                                    "Filename: pool/p.deb\nSize: 4\nMD5sum: 0\n\n")
    (top / "dists" / "trixie" / "Release").write_text("Origin: Debian\nSuite: stable\nCodename: trixie\nComponents: main\n"
                                                      "Architectures: amd64\n")
    return f"copy:{top}"


def test_unsigned(context):
    said = fetch(context, 1, CELLULOS_DEBIAN_MIRROR=mirror(context))
    assert said.startswith("cellulos: fetching picolibc-aarch64-linux-gnu of Debian trixie\n"), said
    assert said.endswith(UNSIGNED + ADVICE), said
    assert not (context.folder / "library").exists()


def test_unreachable(context):
    said = fetch(context, 1, CELLULOS_DEBIAN_MIRROR=f"copy:{context.folder}/nowhere")
    assert said.endswith(UNSIGNED + ADVICE), said


def stand_ins(context, *tools, **scripts):
    """A folder of the only tools that are found."""
    bare = context.folder / "bin"
    shutil.rmtree(bare, ignore_errors=True)
    bare.mkdir()
    for tool in ("python3", "bash", *tools):
        (bare / tool).symlink_to(shutil.which(tool))
    for name, text in scripts.items():
        (bare / name).write_text("#!/bin/bash\n" + text)
        (bare / name).chmod(0o755)
    return str(bare)


def test_no_apt(context):
    """A computer without apt-get: the message says how to go on."""
    said = fetch(context, 1, PATH=stand_ins(context))
    assert said.endswith("cellulos: packages of Debian trixie are fetched with apt-get, which is missing\n" + ADVICE), said


def test_no_mirror(context):
    """A computer whose apt knows other archives than Debian's."""
    other = {"apt-get": "echo \"'https://example.org/other/dists/x/InRelease' x 0\""}
    said = fetch(context, 1, PATH=stand_ins(context, "dpkg-deb", **other), CELLULOS_DEBIAN_MIRROR="")
    assert said.endswith("cellulos: this computer's apt has no mirror of Debian; name one in CELLULOS_DEBIAN_MIRROR\n" + ADVICE), said


def test_fetched(context):
    """The library that this build uses is the one that was fetched, and its version was noted."""
    version = (context.build / "picolibc" / "version").read_text()
    header = context.build / "picolibc" / "tree" / "usr" / "lib" / "picolibc" / "aarch64-linux-gnu" / "include" / "picolibc.h"
    assert f'"{version.split("-")[0]}"' in header.read_text()
    left = {path.name for path in (context.build / "picolibc").iterdir()}
    assert left >= {"tree", "version"} and not left & {"apt", "lists", "archives"}, left
