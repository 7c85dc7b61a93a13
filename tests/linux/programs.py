# SPDX-License-Identifier: BSD-2-Clause
"""cellmodel linux on real programs (PostgreSQL, nginx, redis, Chromium), stopped while they are read: every pair of their
processes is compared with another reader's facts about memory, memory that both can write, channels and authority."""

import contextlib
import itertools
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import driver
import kernel
from channels import channels_of
from machine import FRAMES, HERE, NOBODY, PAGE, Model, read

POSTGRES = pathlib.Path("/usr/lib/postgresql/15/bin")
PORT = {"postgres": 54999, "nginx": 58080, "redis": 56379}


# ---- Programs ----------------------------------------------------------------------


def family(pid):
    """A process and all its descendants."""
    found = [pid]
    for parent in found:
        listed = subprocess.run(["pgrep", "-P", str(parent)], stdout=subprocess.PIPE, text=True).stdout
        found += [int(child) for child in listed.split()]
    return found


def connect(port, greeting):
    """A connection whose greeting was answered, and not by PostgreSQL's `E`: it is starting up."""
    for _ in range(400):
        with contextlib.suppress(OSError):
            client = socket.create_connection(("127.0.0.1", port), 20)
            client.sendall(greeting)
            if client.recv(1) not in (b"", b"E"):
                return client
            client.close()
        time.sleep(0.05)
    raise AssertionError(f"nothing answers on port {port}")


class Program:
    """A program in a folder of its own, with a client's connections held by this process."""

    def __init__(self, command, folder, port, user=None, greeting=b"", clients=2):
        self.log = open(folder / "log", "wb")
        identity = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        self.run = subprocess.Popen([*map(str, command)], cwd=folder, stdin=subprocess.DEVNULL, stdout=self.log,
                                    stderr=self.log, start_new_session=True, **identity)
        self.clients = [connect(port, greeting) for _ in range(clients if port else 0)]
        time.sleep(1 if port else 4)
        self.ids = family(self.run.pid)
        assert self.run.poll() is None, (folder / "log").read_text(errors="replace")

    def end(self):
        for client in self.clients:
            client.close()
        for pid in self.ids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.run.wait()
        self.log.close()


def needs(*programs):
    for program in programs:
        if not shutil.which(str(program)):
            raise driver.Skip(f"{program} is not installed")
    if os.geteuid() != 0 or not FRAMES:
        raise driver.Skip("reading page frames takes root")


def postgres(folder):
    """Two clients that send a start packet: each gets a backend, a fork of the first process."""
    needs(POSTGRES / "initdb", POSTGRES / "postgres")
    shutil.chown(folder, "postgres", "postgres")
    subprocess.run([POSTGRES / "initdb", "-D", folder / "data", "-A", "trust", "-N"], user="postgres", group="postgres",
                   extra_groups=[], cwd=folder, stdout=subprocess.DEVNULL, check=True)
    start = b"user\0postgres\0database\0postgres\0\0"
    return Program([POSTGRES / "postgres", "-D", folder / "data", "-p", PORT["postgres"], "-k", folder], folder,
                   PORT["postgres"], "postgres", struct.pack(">II", 8 + len(start), 196608) + start)


def nginx(folder):
    """A first process of root's, and two workers of another user's that accept."""
    needs("/usr/sbin/nginx")
    (folder / "conf").write_text(f"daemon off; pid {folder}/pid; error_log stderr; worker_processes 2; user www-data;\n"
                                 "events {} http { access_log off; server { "
                                 f"listen 127.0.0.1:{PORT['nginx']}; keepalive_timeout 600; return 200 'x'; }} }}\n")
    return Program(["/usr/sbin/nginx", "-c", folder / "conf", "-p", folder], folder, PORT["nginx"],
                   greeting=b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")


def redis(folder):
    needs("/usr/bin/redis-server")
    return Program(["/usr/bin/redis-server", "--port", PORT["redis"], "--dir", folder, "--save", ""], folder, PORT["redis"],
                   greeting=b"PING\r\n")


def chromium(folder):
    """A browser with its sandbox, of an ordinary user: zygotes, a renderer, helpers."""
    needs("/usr/bin/chromium")
    os.chown(folder, NOBODY, NOBODY)
    # These keep it from looking up hosts; it keeps its sandbox.
    return Program(["/usr/bin/env", f"HOME={folder}", "/usr/bin/chromium", "--headless", "--disable-gpu", "--disable-quic",
                    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                    "--disable-dev-shm-usage", f"--user-data-dir={folder}/data", "--remote-debugging-port=0",
                    "data:text/html,<p>one"], folder, 0, NOBODY)


# ---- Another reader ------------------------------------------------------------------


def pages_of(pid):
    """(all frames, those that the process can write): of a shared mapping with w, or its own of a private one with w."""
    everything, writable = set(), set()
    with open(f"/proc/{pid}/pagemap", "rb") as pagemap, open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as maps:
        for line in maps:
            place, letters = line.split()[:2]
            start, end = (int(x, 16) for x in place.split("-"))
            if start >= 1 << 63:
                continue
            for at in range(start // PAGE, end // PAGE, 1 << 16):
                pagemap.seek(at * 8)
                data = pagemap.read(8 * min(1 << 16, end // PAGE - at))
                if not data.strip(b"\0"):
                    continue
                for (entry,) in struct.iter_unpack("<Q", data):
                    if entry >> 63:
                        frame = entry & (1 << 55) - 1
                        everything.add(frame)
                        own = entry >> 56 & 1 and not entry >> 61 & 1
                        if letters[1] == "w" and (letters[3] == "s" or own):
                            writable.add(frame)
    return everything, writable


def try_as(pid, targets):
    """{target: letters}: the rights over each target that a process with the users and groups of `pid`, and without capabilities, finds by trying."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    users, groups = ([int(n) for n in fields[name].split()[:3]] for name in ("Uid", "Gid"))
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(source)
        os.setgroups([])
        os.setresgid(*groups)
        os.setresuid(*users)
        for target in targets:
            letters = ""
            with contextlib.suppress(OSError):
                os.readlink(f"/proc/{target}/exe")
                letters += "r"
            with contextlib.suppress(OSError):
                os.kill(target, 0)
                letters += "w"
            with contextlib.suppress(OSError):
                os.close(os.open(f"/proc/{target}/mem", os.O_RDWR))
                letters += "x"
            os.write(sink, f"{target} {letters}.\n".encode())
        os._exit(0)
    os.close(sink)
    with open(source, encoding="ascii") as file:
        found = {int(line.split()[0]): line.split()[1].rstrip(".") for line in file}
    os.waitpid(child, 0)
    return found


def rights_of(model, a, b):
    (handle,) = [n for n, r in model.nodes.items() if r["NODE_TYPE"] == "RESOURCE" and r["DATA"] == "PD" and r["EXTRA"] == model.pd(b)]
    (space,) = model.edges["SUBSET", handle]
    letters = model.rights.get((model.pd(a), space), "") + model.rights.get((model.pd(a), handle), "")
    return "".join(sorted(set(letters), key="rwx".index))


def is_plain(pid):
    """Whether a process has no capabilities, and is in this process's namespaces, so that try_as() speaks for it. (Not so in Chromium.)"""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    return int(fields["CapEff"], 16) == int(fields["CapPrm"], 16) == 0 and all(
        os.readlink(f"/proc/{pid}/ns/{kind}") == os.readlink(f"/proc/self/ns/{kind}") for kind in ("user", "pid"))


# ---- The comparison --------------------------------------------------------------------


def compare(program):
    """Stops all, reads them with both readers, and compares. Returns the model and the facts."""
    pids = sorted(program.ids)
    mine = os.getpid()
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(0.2)
        for _ in range(5):
            before = {pid: pages_of(pid) for pid in pids}
            status, output, errors = read(HERE, *pids, mine)
            if {pid: pages_of(pid) for pid in pids} == before:
                break
        assert status == 0, errors
        model = Model(output, errors)
        true = kernel.channels([*pids, mine])
        said = channels_of(model, [*pids, mine])
        tried = {pid: try_as(pid, pids) for pid in pids if is_plain(pid)}
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    wrong = []
    for a, b in itertools.combinations(pids, 2):
        shared = model.rsi(a, b)["MO"]
        if shared != (len(before[a][0] & before[b][0]), len(before[a][0] | before[b][0])):
            wrong.append(("memory", a, b, shared, len(before[a][0] & before[b][0]), len(before[a][0] | before[b][0])))
        if model.writable(a, b) != len(before[a][1] & before[b][1]):
            wrong.append(("writable", a, b, model.writable(a, b), len(before[a][1] & before[b][1])))
    wrong += [("channel", pair, said[0][pair] ^ true[0][pair]) for pair in said[0] if said[0].get(pair) != true[0].get(pair)]
    wrong += [("asked", pair) for pair in said[1] ^ true[1]]
    wrong += [("authority", a, b, rights_of(model, a, b), tried[a][b]) for a in tried for b in pids
              if a != b and rights_of(model, a, b) != tried[a][b]]
    assert not wrong, (len(wrong), wrong[:8])
    facts = {"processes": len(pids), "pairs": len(pids) * (len(pids) - 1) // 2, "tried": len(tried),
             "channels": sum(len(x) for x in true[0].values()), "asked": len(true[1])}
    print(f"# {facts}", flush=True)
    return model, facts


@contextlib.contextmanager
def running(start):
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        program = start(pathlib.Path(folder))
        try:
            yield program
        finally:
            program.end()


def long_postgres():
    """Each client has a backend of its own; all share the buffers, and each may stop and trace every other."""
    with running(postgres) as program:
        model, facts = compare(program)
        assert facts["processes"] >= 7 and facts["tried"] == facts["processes"], facts
        assert facts["asked"] >= 1 and rights_of(model, program.ids[1], program.ids[2]) == "rwx"
        assert model.writable(program.ids[0], program.ids[1]) > 30


def long_nginx():
    """Workers have no authority over the first process, which has all over them."""
    with running(nginx) as program:
        model, facts = compare(program)
        first, one, other = program.ids
        assert facts["processes"] == 3 and facts["tried"] == 2, facts
        assert rights_of(model, first, one) == "rwx" and rights_of(model, one, first) == ""
        assert "w" in rights_of(model, one, other)
        assert (os.getpid(), first) in kernel.channels([*program.ids, os.getpid()])[1]


def long_redis():
    with running(redis) as program:
        model, facts = compare(program)
        assert facts["channels"] == 2 and facts["asked"] == 1, facts
        held = [model.held(pid, "SOCKET") for pid in (program.ids[0], os.getpid())]
        assert len(held[0] & held[1]) == 2, held


def long_chromium():
    """A renderer is alone in its namespaces, and shares only what the browser gave it."""
    with running(chromium) as program:
        model, facts = compare(program)
        assert facts["processes"] >= 5 and facts["channels"] >= 4, facts
        creds = {pid: min(model.nodes[n]["EXTRA"] for n in model.held(pid, "CRED")) for pid in program.ids}
        assert any("seccomp filter" in c for c in creds.values()) and any("seccomp none" in c for c in creds.values()), creds


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
