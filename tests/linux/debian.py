# SPDX-License-Identifier: BSD-2-Clause
"""Debian's packages for another architecture, fetched without touching this computer's own apt.

An apt of our own, with its lists and cache in a folder: it takes the archives that this computer uses, of its release,
for the other architecture only, and checks signatures as always.
"""

import os
import pathlib
import subprocess
import tarfile

KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"

SETTINGS = """
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "{folder}/none";
Dir::Etc::preferences "{folder}/none.pref";
Dir::Etc::preferencesparts "{folder}/none";
"""


class Archive:
    """apt for `architecture`, in `folder`."""

    def __init__(self, folder, architecture):
        self.folder = pathlib.Path(folder).resolve()
        self.architecture = architecture
        for part in ("state/lists/partial", "cache/archives/partial", "none"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "status").touch()
        (self.folder / "none.pref").touch()
        (self.folder / "sources.list").write_text("".join(self.sources()))
        (self.folder / "apt.conf").write_text(SETTINGS.format(architecture=architecture, folder=self.folder))

    def sources(self):
        listed = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)",
                                 "Created-By: Packages"], stdout=subprocess.PIPE, text=True, check=True).stdout
        signed = f" signed-by={KEYS}" if os.path.exists(KEYS) else ""
        for target in sorted({tuple(line.split()) for line in listed.splitlines()}):
            if len(target) == 4 and target[3] == "Debian":
                yield f"deb [arch={self.architecture}{signed}] {' '.join(target[:3])}\n"

    def apt(self, *arguments):
        done = subprocess.run(arguments, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env=dict(os.environ, APT_CONFIG=str(self.folder / "apt.conf"), LC_ALL="C"))
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout}"
        return done.stdout

    def fetch(self, package):
        """Downloads a package, or the one that it stands for (a kernel's name without its version); its path."""
        self.apt("apt-get", "-q", "update")
        for line in self.apt("apt-cache", "depends", package).splitlines():
            words = line.split()
            if words[0] == "Depends:" and words[1].startswith("linux-image-"):
                package = words[1]
        self.apt("apt-get", "-q", "download", package)
        return max(self.folder.glob(f"{package}_*.deb"), key=lambda path: path.stat().st_mtime)


def member(package, prefix):
    """The content of the first file of a .deb whose path begins so."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as unpack:
        with tarfile.open(fileobj=unpack.stdout, mode="r|") as archive:
            for entry in archive:
                if entry.isfile() and entry.name.removeprefix("./").startswith(prefix):
                    content = archive.extractfile(entry).read()
                    unpack.stdout.close()
                    unpack.kill()
                    return content
    raise AssertionError(f"{package} has no {prefix}")


def guest_kernel(folder):
    """Debian's arm64 kernel for virtual machines, kept in the folder."""
    kernel = pathlib.Path(folder) / "linux-arm64"
    if not kernel.exists():
        image = member(Archive(pathlib.Path(folder) / "apt-arm64", "arm64").fetch("linux-image-cloud-arm64"), "boot/vmlinuz-")
        new = kernel.with_suffix(".new")
        new.write_bytes(image)
        new.rename(kernel)
    return kernel
