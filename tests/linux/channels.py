# SPDX-License-Identifier: BSD-2-Clause
"""cellmodel linux: pipes, sockets and event counters, compared with what another reader gets from the kernel (kernel.py)."""

import ctypes
import itertools
import os
import socket
import subprocess
import sys
import tempfile

import driver
import kernel
from machine import HERE, KCMP, Example, Model, model_of, read, ROOM


def channels_of(model, pids):
    """The same two values as kernel.channels(), from the model. A listening socket is a space and a resource of that number."""
    ends = {}
    for pid in pids:
        ends[pid] = set()
        for node in model.held(pid, "PIPE") | model.held(pid, "SOCKET"):
            kind, space, number = node.split("_")[0].lower(), model.edges["SUBSET", node][0], int(node.rsplit("_", 1)[1], 16)
            if kind == "pipe" or model.nodes[space]["EXTRA"] == "PD_0":
                ends[pid].add((kind, number))
    asked = {(r["EDGE_FROM"], r["EDGE_TO"]) for r in model.rows if r["EDGE_TYPE"] == "REQUEST" and r["DATA"] == "SOCKET"
             and r["EDGE_TO"] != "PD_0"}
    pairs = {(a, b): ends[a] & ends[b] for a in pids for b in pids if a < b}
    return pairs, {(a, b) for a in pids for b in pids if (model.pd(a), model.pd(b)) in asked}


def agree(pids):
    """Reads the model of processes that do nothing, and compares. Returns the model and both readers' facts."""
    pids = sorted(pids)
    status, output, errors = read(HERE, *pids)
    assert status == 0, errors
    model = Model(output, errors)
    said, true = channels_of(model, pids), kernel.channels(pids)
    wrong = {pair: (said[0][pair], true[0][pair]) for pair in said[0] if said[0][pair] != true[0][pair]}
    assert not wrong and said[1] == true[1], (wrong, said[1] ^ true[1])
    return model, true


SCRIPT = """
import os, socket, sys, select
exec(sys.argv[1])
print("ready"); sys.stdout.flush()
sys.stdin.read()
"""


def start(lines, keep=()):
    """A process that runs lines of Python. Its errors go to a file, as a pipe that it inherits would be a channel."""
    with (ROOM.path / "errors").open("a") as errors:
        return subprocess.Popen([sys.executable, "-IS", "-c", SCRIPT, lines], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=errors, pass_fds=keep, text=True)


class Script:
    """The same, ready when it is made; it runs on until it is ended."""

    def __init__(self, lines, keep=()):
        self.run = start(lines, keep)
        assert self.run.stdout.readline() == "ready\n"
        self.id = self.run.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.run.stdin.close()
        self.run.wait(10)
        self.run.stdout.close()


def test_tcp():
    """A server and two clients over TCP, of both versions of IP; a third process has nothing to do with them."""
    serve = ("s = socket.create_server(('{}', {}), family=socket.{}); c = [s.accept()[0] for _ in range({})]")
    for family, address in (("AF_INET", "127.0.0.1"), ("AF_INET6", "::1")):
        with socket.socket(getattr(socket, family)) as probe:
            try:
                probe.bind((address, 0))
            except OSError:
                continue
            port = probe.getsockname()[1]
        with Script("pass") as other:
            server = start(serve.format(address, port, family, 2))
            connect = (f"import time\nfor _ in range(100):\n  try: s = socket.create_connection(('{address}', {port})); break\n"
                       "  except ConnectionRefusedError: time.sleep(0.1)")
            with Script(connect) as a, Script(connect) as b:
                assert server.stdout.readline() == "ready\n"
                model, (pairs, asked) = agree([server.pid, a.id, b.id, other.id])
                server_of = lambda x: tuple(sorted((server.pid, x)))  # noqa: E731
                assert len(pairs[server_of(a.id)]) == 1 == len(pairs[server_of(b.id)])
                assert asked == {(a.id, server.pid), (b.id, server.pid)}
                assert not pairs[tuple(sorted((a.id, b.id)))] and not any(pairs[p] for p in pairs if other.id in p)
                # Each may change what the other reads; the third has no part in it.
                for x, y in ((a.id, server.pid), (server.pid, a.id)):
                    assert "SOCKET" in driver.ask("path", model.path, model.pd(x), model.pd(y), "--writable", "--types=HOLD",
                                                  "--all=2")
                ways = driver.ask("path", model.path, model.pd(other.id), model.pd(a.id), "--writable", "--types=HOLD", "--all=2")
                assert "SOCKET" not in ways and "PIPE" not in ways, ways
                assert "SURFACE SOCKET" in driver.ask("surface", model.path, model.pd(server.pid))
                name = {model.nodes[n]["EXTRA"] for n in model.held(server.pid, "SOCKET")}
                assert any(n.endswith("listening") and f":{port}" in n for n in name), name
            server.stdin.close()
            server.wait(10)
            server.stdout.close()


def test_unix():
    """By a path, by an abstract name, by a pair that was inherited, and datagrams that go one way."""
    with tempfile.TemporaryDirectory() as folder:
        one, other = socket.socketpair()
        for name in (f"{folder}/door", "\\0cellulos-door-%d" % os.getpid()):
            listen = (f"s = socket.socket(socket.AF_UNIX); s.bind('{name}'); s.listen(); os.write(1, b''); "
                      "r = socket.socket(fileno=%d); c = s.accept()[0]" % one.fileno())
            server = start(listen, [one.fileno()])
            connect = (f"import time\nfor _ in range(100):\n  try: s = socket.socket(socket.AF_UNIX); s.connect('{name}'); break\n"
                       "  except OSError: time.sleep(0.1)")
            with Script(connect, keep=[other.fileno()]) as client:
                assert server.stdout.readline() == "ready\n"
                model, (pairs, asked) = agree([server.pid, client.id])
                assert len(min(pairs.values())) == 2 and asked == {(client.id, server.pid)}, (pairs, asked)
                assert any("door" in model.nodes[n]["EXTRA"] for n in model.held(server.pid, "SOCKET"))
            server.stdin.close()
            server.wait(10)
            server.stdout.close()
        one.close()
        other.close()
        with Script(f"s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('{folder}/log')") as log, \
             Script(f"s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.connect('{folder}/log')") as writer:
            model = model_of(HERE, log.id, writer.id)
            (inode,) = [n for n in model.held(log.id, "SOCKET")]
            assert model.rights[model.pd(writer.id), inode] == "w" and inode in model.held(writer.id, "SOCKET")


def test_udp():
    """Two UDP sockets that are connected to each other are one resource of both; one that is not is its owner's alone."""
    make = "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', {})); s.connect(('127.0.0.1', {}))"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        ports = one.getsockname()[1], other.getsockname()[1]
    with Script(make.format(*ports)) as a, Script(make.format(*reversed(ports))) as b, \
         Script("s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('127.0.0.1', 0))") as c:
        model, (pairs, asked) = agree([a.id, b.id, c.id])
        both = tuple(sorted((a.id, b.id)))
        assert len(pairs[both]) == 1 and not asked and not any(pairs[pair] for pair in pairs if pair != both), pairs
        (held,) = model.held(a.id, "SOCKET") & model.held(b.id, "SOCKET")
        assert model.rights[model.pd(a.id), held] == model.rights[model.pd(b.id), held] == "rw" and model.held(c.id, "SOCKET")


QUEUE = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
q = libc.mq_open(b"{}", {}, 0o600, None)
assert q >= 0, os.strerror(ctypes.get_errno())
"""


def test_posix_queue():
    """A POSIX message queue is the same for all who have it open, with the rights with which they opened it."""
    name = f"/cellulos-{os.getpid()}"
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mq_open(name.encode(), os.O_CREAT | os.O_RDWR, 0o600, None) < 0:
        raise driver.Skip(f"no POSIX message queues: {os.strerror(ctypes.get_errno())}")
    try:
        with Script(QUEUE.format(name, os.O_RDONLY)) as a, Script(QUEUE.format(name, os.O_WRONLY)) as b, Script("pass") as c:
            model = model_of(HERE, a.id, b.id, c.id)
            held = {x.id: {n for n in model.held(x.id, "FILE") if model.nodes[n]["EXTRA"] == name} for x in (a, b, c)}
            assert len(held[a.id]) == 1 and held[a.id] == held[b.id] and not held[c.id], held
            (queue,) = held[a.id]
            assert [model.rights[model.pd(x.id), queue] for x in (a, b)] == ["r", "w"]
            way = ("--writable", "--types=HOLD", "--all=2")
            assert queue in driver.ask("path", model.path, model.pd(b.id), model.pd(a.id), *way)
            assert queue not in driver.call("path", model.path, model.pd(a.id), model.pd(b.id), *way)[1]
    finally:
        libc.mq_unlink(name.encode())


FORKED = "\nc = os.fork()\nif not c: sys.stdout = open(os.devnull, 'w')"


def children_of(*scripts):
    return [int(line) for x in scripts for line in subprocess.run(
        ["pgrep", "-P", str(x.id)], stdout=subprocess.PIPE, text=True, check=True).stdout.split()]


def test_ring():
    """An io_uring that a child inherited is one RING of both; another process's is another. A pidfd names its process."""
    libc = ctypes.CDLL(None, use_errno=True)
    ring = libc.syscall(425, 4, ctypes.create_string_buffer(256))
    if ring < 0 or not KCMP:
        raise driver.Skip(f"no io_uring, or no kcmp(2), here: {os.strerror(ctypes.get_errno())}")
    os.close(ring)
    make = "import ctypes\nr = ctypes.CDLL(None).syscall(425, 4, ctypes.create_string_buffer(256)); p = os.pidfd_open(os.getppid())" + FORKED
    with Script(make) as a, Script(make) as b:
        ids = [a.id, b.id, *children_of(a, b)]
        model = model_of(HERE, *ids)
        rings = [model.held(pid, "RING") for pid in ids]
        assert all(len(r) == 1 for r in rings) and rings[0] == rings[2] != rings[1] == rings[3], rings
        names = [{model.nodes[n]["EXTRA"] for n in model.held(pid, "FILE")} for pid in ids]
        assert all(f"pidfd of {os.getpid()}" in found for found in names), names


def test_pipes():
    """A pipe has a reader and a writer; /dev/null and the like are no channel; a named pipe is one by its name."""
    fifo = ROOM.path / "fifo"
    os.mkfifo(fifo)
    source, sink = os.pipe()
    with Script(f"n = open('/dev/null', 'r+b', buffering=0); z = open('/dev/zero'); f = os.open('{fifo}', os.O_RDWR)",
                keep=[source]) as a, \
         Script(f"n = open('/dev/null', 'wb'); f = os.open('{fifo}', os.O_RDWR)", keep=[sink]) as b:
        os.close(source)
        os.close(sink)
        model, (pairs, _) = agree([a.id, b.id])
        shared = model.held(a.id, "PIPE") & model.held(b.id, "PIPE")
        names = {model.nodes[n]["EXTRA"] for n in shared}
        assert len(shared) == 2 and str(fifo) in names, names
        (pipe,) = [n for n in shared if model.nodes[n]["EXTRA"].startswith("pipe:")]
        assert (model.rights[model.pd(a.id), pipe], model.rights[model.pd(b.id), pipe]) == ("r", "w")
        assert not [n for n in model.nodes if model.nodes[n]["EXTRA"] in ("/dev/null", "/dev/zero")]
        way = ("--writable", "--types=HOLD", "--all=2")
        assert driver.ask("path", model.path, model.pd(b.id), model.pd(a.id), *way).count(pipe) == 1
        assert pipe not in driver.call("path", model.path, model.pd(a.id), model.pd(b.id), *way)[1]


def test_event():
    """An event counter that a child inherited is a notification that both hold; another process's is another."""
    make = "e = os.eventfd(0)" + FORKED
    if not hasattr(os, "eventfd"):
        raise driver.Skip("this Python makes no eventfd")
    with Script(make) as a, Script(make) as b:
        children = children_of(a, b)
        model = model_of(HERE, a.id, b.id, *children)
        events = {pid: model.held(pid, "NTFN") for pid in (a.id, b.id, *children)}
        assert all(len(e) == 1 for e in events.values()), events
        assert events[a.id] == events[children[0]] != events[b.id] == events[children[1]]


def without_shm(output):
    """System V's memory is the whole system's: other programs make and remove some meanwhile."""
    return [line for line in output.splitlines() if "SHM" not in line]


def test_same_again():
    """Two models of processes that do nothing are the same, in whatever order they are read; after a change only that
    differs."""
    with Example(HERE, "plain", ROOM.file) as a, Example(HERE, "threads") as b, Script("p = os.pipe()") as c:
        ids = [a.id, b.id, c.id]
        paths = []
        for number, order in enumerate(itertools.islice(itertools.permutations(ids), 3)):
            paths.append(driver.write(f"same{number}.csv", model_of(HERE, *order).text))
        for path in paths[1:]:
            status, output, _ = driver.call("diff", paths[0], path)
            assert status < 2 and without_shm(output) == [], (status, output)
        with Script("p = os.pipe()") as d:
            one = driver.write("one.csv", model_of(HERE, a.id, d.id).text)
        with Script("p = os.pipe(); q = os.pipe()") as d:
            pass
        two = driver.write("two.csv", model_of(HERE, a.id).text)
        status, output, _ = driver.call("diff", one, two)
        gone = [line for line in output.splitlines() if line.startswith("- PD ")]
        assert status == 1 and gone == [f"- PD PD_{d_id(one, a.id)}" + gone[0].partition(f"PD_{d_id(one, a.id)}")[2]], output
        assert not [line for line in without_shm(output) if line.startswith("+ ")], output


# Tries to read and to change a queue and a set of semaphores, and prints what is allowed: a second way to find the rights.
TRY = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
queue, semaphores = map(int, sys.argv[1:])
room = ctypes.create_string_buffer(256)
class Message(ctypes.Structure):
    _fields_ = [("type", ctypes.c_long), ("text", ctypes.c_char * 8)]
rights = [libc.msgctl(queue, 2, room) == 0, libc.msgsnd(queue, ctypes.byref(Message(1, b"x")), 1, 0o4000) == 0,
          libc.semctl(semaphores, 0, 12) >= 0, libc.semctl(semaphores, 0, 16, 1) == 0]
print("".join(letter for letter, may in zip("rwRW", rights) if may), flush=True)
sys.stdin.read()
"""


def test_system_v():
    """System V queues and semaphores: held with the rights that trying them shows, by owner, group and mode."""
    if os.geteuid() != 0:
        raise driver.Skip("becoming other users takes root")
    libc = ctypes.CDLL(None)
    for mode, group in ((0o600, 0), (0o640, 65534), (0o604, 0), (0o622, 65534), (0o466, 0)):
        queue, semaphores = libc.msgget(0, 0o1000 | mode), libc.semget(0, 2, 0o1000 | mode)
        assert queue >= 0 and semaphores >= 0
        try:
            for made, change in ((queue, libc.msgctl), (semaphores, lambda i, *rest: libc.semctl(i, 0, *rest))):
                owner = (ctypes.c_uint * 32)()
                assert change(made, 2, owner) == 0
                owner[1], owner[2] = 1000, group  # struct ipc_perm: key, uid, gid, cuid, cgid, mode
                assert change(made, 1, owner) == 0
            for user, of in ((0, 0), (1000, 1000), (65534, 65534), (1001, 1001)):
                run = subprocess.Popen(["/usr/bin/python3", "-c", TRY, str(queue), str(semaphores)], user=user, group=of,
                                       extra_groups=[], cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                true = run.stdout.readline().strip()
                model = Model(read(HERE, run.pid)[1])
                run.communicate("")
                said = "".join(model.rights.get((model.pd(run.pid), node), "").translate(letters)
                               for kind, number, letters in (("MSGQ", queue, {}), ("SEMS", semaphores, str.maketrans("rw", "RW")))
                               for node in model.held(run.pid, kind) if node.rsplit("_", 1)[1] == f"{number:x}")
                assert said == true, (oct(mode), group, user, said, true)
        finally:
            libc.msgctl(queue, 0, None)
            libc.semctl(semaphores, 0, 0)


def d_id(path, other):
    """The id of the one PD beside the kernel and another."""
    with open(path, encoding="utf-8") as file:
        (found,) = [line.split(",")[1][3:] for line in file if line.startswith("PD,") and
                    line.split(",")[1] not in ("PD_0", f"PD_{other:x}")]
    return found


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
