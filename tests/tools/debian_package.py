# SPDX-License-Identifier: BSD-2-Clause
"""tools/debian-package, the private apt that fetches the C library: what it refuses, and what it leaves alone."""

import os
import subprocess

from harness.tool import run


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
    assert said.endswith("the package list of Debian trixie could not be fetched or is not signed by Debian\n"), said
    assert not (context.folder / "library").exists()


def test_unreachable(context):
    said = fetch(context, 1, CELLULOS_DEBIAN_MIRROR=f"copy:{context.folder}/nowhere")
    assert said.endswith("the package list of Debian trixie could not be fetched or is not signed by Debian\n"), said


def test_no_apt(context):
    """A computer without apt-get: the words say how to go on."""
    bare = context.folder / "bin"
    bare.mkdir(exist_ok=True)
    for tool in ("bash", "dirname", "basename", "tail", "mkdir"):
        (bare / tool).unlink(missing_ok=True)
        (bare / tool).symlink_to(subprocess.run(["which", tool], capture_output=True, text=True, check=True).stdout.strip())
    said = fetch(context, 1, PATH=str(bare))
    assert "apt-get, which is missing" in said and "name its folder to make" in said, said


def test_fetched(context):
    """The library that this build uses is the one that was fetched, and its version was noted."""
    version = (context.build / "picolibc" / "version").read_text()
    header = context.build / "picolibc" / "tree" / "usr" / "lib" / "picolibc" / "aarch64-linux-gnu" / "include" / "picolibc.h"
    assert f'"{version.split("-")[0]}"' in header.read_text()
    assert sorted(path.name for path in (context.build / "picolibc").iterdir()) == [
        "apt.conf", "debian.sources", "log", "status", "tree", "version"]
