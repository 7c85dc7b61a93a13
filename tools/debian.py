# SPDX-License-Identifier: BSD-2-Clause
"""Debian's packages, fetched without touching this computer's own apt.

An apt of our own, with sources, lists and cache in a folder: it takes one suite for one architecture, and checks signatures
against Debian's keyring. Neither the computer's packages nor its package lists change, and it needs no root. The suite is
pinned, the version within it is not: Debian keeps one version of a suite at a time.

CELLULOS_DEBIAN_MIRROR names a mirror to use; else it is the one that this computer's apt uses.
"""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# What programs for Linux on AArch64, and Linux itself, are taken from.
PROGRAMS_SUITE = "bookworm"

SOURCES = """Types: {types}
URIs: {mirror}
Suites: {suite}
Components: main
Targets: {targets}
Signed-By: {keyring}
"""

# The hooks of the computer's own apt are not used. Installed packages do not matter here, so the status is empty.
SETTINGS = """
Dir::Etc::SourceList "{folder}/debian.sources";
Dir::Etc::SourceParts "-";
Dir::Etc::Preferences "-";
Dir::Etc::PreferencesParts "-";
Dir::State "{folder}";
Dir::State::Lists "{folder}/lists";
Dir::State::Status "{folder}/status";
Dir::Cache "{folder}";
Dir::Cache::Archives "{folder}/archives";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::AllowInsecureRepositories "false";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""
ARCHITECTURE = 'APT::Architecture "{0}";\nAPT::Architectures {{ "{0}"; }};\n'


class Failure(Exception):
    """Something could not be fetched; the words say what, and behind a line end what apt said."""


def mirror():
    """The mirror of Debian that this computer's apt has."""
    if os.environ.get("CELLULOS_DEBIAN_MIRROR"):
        return os.environ["CELLULOS_DEBIAN_MIRROR"]
    lists = subprocess.run(["apt-get", "--print-uris", "update"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                           check=False).stdout
    found = re.search(r"^'(\S+/debian)/+dists/", lists, re.M)
    if not found:
        raise Failure("this computer's apt has no mirror of Debian; name one in CELLULOS_DEBIAN_MIRROR")
    return found[1]


class Archive:
    """An apt for `suite` of Debian, in `folder`; `architecture` None: this computer's. One process at a time has it."""

    def __init__(self, folder, suite, architecture=None, sources=False):
        for tool in ("apt-get", "dpkg-deb"):
            if shutil.which(tool) is None:
                raise Failure(f"packages of Debian {suite} are fetched with {tool}, which is missing")
        if not os.path.exists(KEYRING):
            raise Failure(f"{KEYRING} is missing, which packages are checked with: apt-get install debian-archive-keyring")
        self.folder, self.suite = pathlib.Path(folder).resolve(), suite
        for part in ("lists/partial", "archives/partial"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        self._lock = open(self.folder / "in-use", "w", encoding="ascii")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (self.folder / "status").touch()
        (self.folder / "debian.sources").write_text(
            SOURCES.format(types="deb deb-src" if sources else "deb", mirror=mirror(), suite=suite, keyring=KEYRING,
                           targets="Packages Sources" if sources else "Packages"))
        (self.folder / "apt.conf").write_text(
            SETTINGS.format(folder=self.folder) + (ARCHITECTURE.format(architecture) if architecture else ""))
        # A list that cannot be fetched, or whose signature is wrong, is an error, not a warning.
        self._apt("the package list of Debian {suite} could not be fetched or is not signed by Debian",
                  "apt-get", "-q", "-o", "APT::Update::Error-Mode=any", "update")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._lock.close()

    def _apt(self, failure, *command):
        done = subprocess.run(command, cwd=self.folder / "archives", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=dict(os.environ, APT_CONFIG=str(self.folder / "apt.conf"), LC_ALL="C"), check=False)
        if done.returncode != 0:
            raise Failure(failure.format(suite=self.suite) + "\n" + done.stdout)
        return done.stdout

    def fetch(self, package):
        """Downloads one package; its path."""
        return self._fetch(f"{package} could not be fetched", package, "apt-get", "-q", "download", package)[0]

    def fetch_all(self, packages):
        """Downloads packages and what they depend on; their paths."""
        return self._fetch(f"{', '.join(packages)} could not be fetched", "*", "apt-get", "-q", "-y", "--no-install-recommends",
                           "--reinstall", "--download-only", "install", *packages)

    def _fetch(self, failure, name, *command):
        for old in (self.folder / "archives").glob("*.deb"):
            old.unlink()
        self._apt(failure, *command)
        return sorted((self.folder / "archives").glob(f"{name}_*.deb"))

    def depends(self, package):
        """The names of the packages that a package depends on."""
        said = self._apt(f"there is no {package} in Debian {{suite}}", "apt-cache", "depends", package)
        return re.findall(r"^ +Depends: (\S+)$", said, re.M)

    def source(self, package):
        """Downloads and unpacks a source package, with Debian's changes; its folder."""
        for old in (self.folder / "archives").iterdir():
            shutil.rmtree(old) if old.is_dir() and old.name != "partial" else old.is_file() and old.unlink()
        self._apt(f"the source of {package} could not be fetched", "apt-get", "-q", "source", package)
        return next(path for path in (self.folder / "archives").iterdir() if path.is_dir() and path.name != "partial")


def version(package):
    """The version of a .deb."""
    return subprocess.run(["dpkg-deb", "-f", package, "Version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def source_version(tree):
    """The version of a source package that is unpacked in a folder: its changelog begins with `NAME (VERSION) …`."""
    return (tree / "debian" / "changelog").read_text().split(")")[0].split("(")[1]


def unpack(package, folder):
    """Unpacks the files of a .deb; where the folder has a link to a folder, into that."""
    folder.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as files:
        done = subprocess.run(["tar", "-x", "-C", folder, "--keep-directory-symlink", "--no-same-owner"], stdin=files.stdout,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        files.stdout.close()
    if files.returncode != 0 or done.returncode != 0:
        raise Failure(f"{package} could not be unpacked\n{done.stdout}")


def members(package, wanted):
    """{path: content} of the files of a .deb whose path `wanted` matches."""
    found = {}
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as files:
        with tarfile.open(fileobj=files.stdout, mode="r|") as archive:
            for entry in archive:
                path = entry.name.removeprefix("./")
                if entry.isfile() and re.fullmatch(wanted, path):
                    found[path] = archive.extractfile(entry).read()
    return found


def program(build, name):
    """A package of programs for arm64, unpacked: the folder, kept in the build folder."""
    folder = pathlib.Path(build) / "debian-arm64" / name
    if not folder.exists():
        with Archive(pathlib.Path(build) / "apt-arm64", PROGRAMS_SUITE, "arm64") as archive:
            new = folder.with_suffix(".new")
            shutil.rmtree(new, ignore_errors=True)
            unpack(archive.fetch(name), new)
        new.rename(folder)
    return folder
