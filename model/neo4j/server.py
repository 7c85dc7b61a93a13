#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A real Neo4j server on this computer, from its published packages: for tests, and to try the queries.

    python3 model/neo4j/server.py FOLDER [--port N] [--install]

Maven gets the packages by name (pom.xml), their hashes are checked (jars.sha256), and the server listens on 127.0.0.1
only, without authentication, until standard input ends. Everything is kept in FOLDER; the second start takes seconds.

Bottom-up: what it needs, the packages, the server, the command line.
"""

import argparse
import hashlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
NEEDS = {"java": "openjdk-17-jre-headless", "mvn": "maven"}  # command: Debian's package
JAVA = 17  # the version that Neo4j 5.26 is for; later ones work up to 21
START_SECONDS = 180
STOP_SECONDS = 120  # the first time it writes its classes then
MEMORY = ("server.memory.heap.initial_size=1g", "server.memory.heap.max_size=1g", "server.memory.pagecache.size=128m")
NO_REPORT = "dbms.usage_report.enabled=false"
# Most of what it does here it does for the first time: a compiler that is fast, and a collector with one thread, halve the CPU time;
# in the room for new objects what a transaction needs fits before anything is collected.
JVM = ("-Xms1g", "-Xmx1g", "-Xmn640m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
OPENED = ("java.base/java.nio", "java.base/java.io", "java.base/sun.nio.ch", "java.base/java.util.concurrent")


class Missing(Exception):
    """Something that is needed is not there; the text says what, and how to get it."""


# ---- What it needs ---------------------------------------------------------------


def install(packages):
    root = [] if os.geteuid() == 0 else ["sudo"]
    if root and shutil.which("sudo") is None:
        raise Missing(f"missing: {' '.join(packages)}; install them as root: apt-get install {' '.join(packages)}")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    apt = [*root, "apt-get", "-q", "-o", "DPkg::Lock::Timeout=600"]
    wanted = [*apt, "install", "-y", "--no-install-recommends", *packages]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment}
    if subprocess.run(wanted, **quiet).returncode != 0:
        subprocess.run([*apt, "update"], **quiet)
        if subprocess.run(wanted, **quiet).returncode != 0:
            raise Missing(f"apt-get install {' '.join(packages)} failed")


def look_for(commands, may_install):
    missing = [NEEDS[command] for command in commands if shutil.which(command) is None]
    if missing and may_install:
        install(missing)
    elif missing:
        raise Missing(f"missing: {', '.join(missing)}; get them: apt-get install {' '.join(missing)}, or --install")


# ---- The packages -----------------------------------------------------------------


def wanted_hashes():
    return dict(reversed(line.split()) for line in (HERE / "jars.sha256").read_text().splitlines())


def wrong(jars):
    """The names of packages that are missing, or not what they were."""
    found = []
    for name, digest in wanted_hashes().items():
        path = jars / name
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            found.append(name)
    return found


def prepare(folder, may_install=False):
    """Fetches the packages that are missing; returns their folder."""
    jars = folder / "jars"
    look_for(["java"], may_install)
    if wrong(jars):
        look_for(["mvn"], may_install)
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mvn", "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies",
                               "-DincludeScope=runtime", f"-DoutputDirectory={jars}"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise Missing("Maven could not get the packages of pom.xml:\n" + done.stdout[-2000:])
        if wrong(jars):
            raise Missing("packages are not those of jars.sha256: " + ", ".join(wrong(jars)[:5]))
    further = {path.name for path in jars.glob("*.jar")} - set(wanted_hashes())
    if further:
        raise Missing("packages that jars.sha256 does not list: " + ", ".join(sorted(further)[:5]))
    return jars


# ---- Its classes ------------------------------------------------------------------


class Classes:
    """What Java made of the packages' classes, kept from the first run that ends in order for those that follow (class data sharing):
    another Java, other packages or options make it anew."""

    def __init__(self, folder):
        version = subprocess.run(["java", "-version"], stderr=subprocess.PIPE, check=True).stderr
        known = hashlib.sha256(version + (HERE / "jars.sha256").read_bytes() + " ".join(JVM).encode()).hexdigest()
        self.kept, self.new = folder / f"classes-{known[:16]}.jsa", folder / "classes.new"
        for other in {*folder.glob("classes-*.jsa"), self.new} - {self.kept}:
            other.unlink(missing_ok=True)

    def option(self):
        return f"-XX:SharedArchiveFile={self.kept}" if self.kept.exists() else f"-XX:ArchiveClassesAtExit={self.new}"

    def keep(self):
        """Java has written all of it."""
        if self.new.exists():
            self.new.rename(self.kept)


# ---- The server --------------------------------------------------------------------


class Server:
    """A running server; `with Server(...) as server` stops it again."""

    def __init__(self, folder, port=0, may_install=False):
        self.folder = folder.resolve()
        jars = prepare(self.folder, may_install)
        self.port = port or free_port()
        self.uri = f"bolt://127.0.0.1:{self.port}"
        home = self.folder / "home"
        (home / "conf").mkdir(parents=True, exist_ok=True)
        (home / "conf" / "neo4j.conf").write_text("\n".join((
            "server.default_listen_address=127.0.0.1", f"server.bolt.listen_address=127.0.0.1:{self.port}",
            f"server.bolt.advertised_address=127.0.0.1:{self.port}", "server.http.enabled=false",
            "server.https.enabled=false", "dbms.security.auth_enabled=false", NO_REPORT, *MEMORY)) + "\n")
        self.log = home / "logs" / "neo4j.log"
        self.log.unlink(missing_ok=True)
        self.output = open(self.folder / "output.log", "w")
        self.classes = Classes(self.folder)
        self.process = subprocess.Popen(
            ["java", *JVM, self.classes.option(), *(f"--add-opens={package}=ALL-UNNAMED" for package in OPENED), "-cp", f"{jars}/*",
             "org.neo4j.server.CommunityEntryPoint", f"--home-dir={home}", f"--config-dir={home / 'conf'}"],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT)

    def wait(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.log.exists() and "Started." in self.log.read_text(errors="replace"):
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        self.stop()
        text = (self.folder / "output.log").read_text(errors="replace") + (
            self.log.read_text(errors="replace") if self.log.exists() else "")
        raise Missing("the server did not start; the end of what it says:\n" + text[-2000:])

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
                self.classes.keep()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.output.close()

    def __enter__(self):
        try:
            return self.wait()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# ---- The command line ------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False, description="a Neo4j server on 127.0.0.1, until standard input ends")
    parser.add_argument("folder", metavar="FOLDER", type=pathlib.Path, help="where its packages and data are kept")
    parser.add_argument("--port", type=int, default=7687)
    parser.add_argument("--install", action="store_true", help="install Debian packages that are missing")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with Server(arguments.folder, arguments.port, arguments.install) as server:
            print(f"{server.uri} (the end of standard input stops it)", flush=True)
            sys.stdin.read()
    except KeyboardInterrupt:
        pass
    except Missing as missing:
        print(f"server.py: {missing}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
