# SPDX-License-Identifier: BSD-2-Clause
"""cellmodel linux: who may signal, look into and trace whom, compared with what the kernel lets them do: each of several
processes of other credentials tries it on all others."""

import itertools
import os
import random
import struct
import subprocess
import sys

import driver
from machine import HERE, NOBODY, Example, Model, model_of, read, ROOM

# Name, steps of tests/linux/actor.c.
ACTORS = [
    ("root", []),
    ("root without capabilities", ["drop"]),
    ("root with one", ["keep-kill"]),
    ("nobody", ["user", NOBODY, "open"]),
    ("another nobody", ["user", NOBODY, "open"]),
    ("quiet nobody", ["quiet", "user", NOBODY, "open"]),
    ("closed nobody", ["user", NOBODY, "closed"]),
    ("someone else", ["user", 4711, "open"]),
    ("saved nobody", ["saved", NOBODY, "drop", "open"]),
]


class Actors:
    """All of them, started; in a namespace of users and PIDs, where that may be made, one more."""

    def __enter__(self):
        if os.geteuid() != 0:
            raise driver.Skip("taking on other credentials takes root")
        self.all = {name: Example(HERE, "actor", *steps) for name, steps in ACTORS}
        self.ids = {name: actor.id for name, actor in self.all.items()}
        try:
            inner = Example(HERE, "actor", "namespace", "open")
            self.all["in a namespace"], self.ids["in a namespace"] = inner, inner.children[0]
            self.ids["around the namespace"] = inner.id
        except AssertionError:
            pass
        return self

    def __exit__(self, *error):
        for actor in self.all.values():
            actor.__exit__(*error)

    def tries(self, name):
        """{other's name: letters}, by asking it. One in a PID namespace knows no ids of others."""
        found = {}
        for other, pid in self.ids.items():
            self.all[name].run.stdin.write(f"{pid}\n")
            self.all[name].run.stdin.flush()
            found[other] = self.all[name].run.stdout.readline().split()[1].rstrip(".")
        return found


def rights_of(model, a, b):
    """The model's rights of a over b: rights on b's handle, by HOLDs of it and of its class."""
    (handle,) = [n for n, r in model.nodes.items() if r["NODE_TYPE"] == "RESOURCE" and r["DATA"] == "PD" and r["EXTRA"] == model.pd(b)]
    (space,) = model.edges["SUBSET", handle]
    letters = model.rights.get((model.pd(a), space), "") + model.rights.get((model.pd(a), handle), "")
    return "".join(sorted(set(letters), key="rwx".index))


def test_who_may_what():
    """Each pair, as the kernel answers."""
    with Actors() as actors:
        tries = {name: actors.tries(name) for name in actors.all if name != "in a namespace"}
        model = model_of(HERE, *actors.ids.values())
        wrong = {}
        for a, b in itertools.product(tries, actors.ids):
            said = rights_of(model, actors.ids[a], actors.ids[b])
            if a != b and said != tries[a][b]:
                wrong[a, b] = (said, tries[a][b])
        assert not wrong, wrong
        assert {"", "w", "rwx"} <= {t for row in tries.values() for t in row.values()}, tries
        if "in a namespace" in actors.ids:  # it has no ids for those outside
            assert rights_of(model, actors.ids["in a namespace"], actors.ids["root"]) == ""
            assert rights_of(model, actors.ids["root"], actors.ids["in a namespace"]) == "rwx"


def test_followed():
    """The class's HOLDs are those of its members: in RSI, trusted base and path."""
    with Actors() as actors:
        model = model_of(HERE, *actors.ids.values())

        def pd(name):
            return model.pd(actors.ids[name])

        def trusted(name):
            return driver.ask("trusted", model.path, pd(name)).splitlines()

        assert f"TRUSTED {pd('root')} 0 handle of {pd('nobody')}" in trusted("nobody")
        assert f"TRUSTED {pd('another nobody')} 0 handle of {pd('nobody')}" in trusted("nobody")
        # User `nobody` may signal the process with its id as saved id, which may signal root; another user may signal none of them.
        assert [line for line in trusted("root") if line.startswith(f"TRUSTED {pd('nobody')} ")]
        assert not [line for line in trusted("root") if line.startswith(f"TRUSTED {pd('someone else')} ")]
        assert not [line for line in trusted("nobody") if line.endswith(f"{pd('someone else')} 0 handle of {pd('nobody')}")]
        assert "-HANDLE-> " + pd("nobody") in driver.ask("path", model.path, pd("root"), pd("nobody"), "--writable", "--forward",
                                                         "--types=HOLD,HANDLE")
        # Root may change the namespaces that all are in, user `nobody` may not.
        for name, letters in (("root", "rw"), ("nobody", "r")):
            (space,) = model.held(actors.ids[name], "NSUTS")
            assert model.rights[pd(name), space] == letters, name
        assert driver.call("path", model.path, pd("someone else"), pd("nobody"), "--writable", "--forward",
                           "--types=HOLD,HANDLE")[0] == 1
        nobodies = driver.ask("rsi", model.path, pd("nobody"), pd("another nobody")).splitlines()
        (row,) = [line.split() for line in nobodies if line.startswith("RSI PD ")]
        assert row[3] == "1.0000" and row[2] != "0/0", nobodies
        holds = [r for r in model.rows if r["EDGE_TYPE"] == "HOLD" and "PD_SPACE_" in r["EDGE_TO"]]
        assert len(holds) <= len(actors.ids) * len(actors.ids), "a HOLD per process and class"


def test_credentials():
    """A process's rights as resources that all of the same credentials hold: users, capabilities, seccomp."""
    with Example(HERE, "actor", "quiet") as a, Example(HERE, "plain") as b, Example(HERE, "plain") as c:
        model = model_of(HERE, a.id, b.id, c.id)
        of = [{model.nodes[n]["EXTRA"] for n in model.held(pid, "CRED")} for pid in (a.id, b.id, c.id)]
        assert of[1] == of[2] and of[0] != of[1] and all(len(x) == 1 for x in of), of
        assert " no_new_privs" in min(of[0]) and f"uid {os.getuid()}/" in min(of[1]) and "no_new_privs" not in min(of[1])
        assert "seccomp none" in min(of[1])


def test_tracer():
    """A traced process leaves its faults to the tracer; threads die together; a namespace dies with its first process."""
    source = ROOM.path / "plain"
    with Example(HERE, "plain", ROOM.file) as a:
        libc = __import__("ctypes").CDLL(None, use_errno=True)
        if libc.ptrace(0x4206, a.id, None, None) != 0:  # PTRACE_SEIZE
            raise driver.Skip("this process may not trace others")
        model = Model(read(HERE, a.id, os.getpid())[1])
        assert model.edges["FAULT", model.pd(a.id)] == [model.pd(os.getpid())], source
        libc.ptrace(17, a.id, None, None)
    with Example(HERE, "threads") as a:
        model = model_of(HERE, a.id, "--threads")
        ids = sorted(int(t) for t in os.listdir(f"/proc/{a.id}/task"))
        for pid in ids:
            assert driver.ask("blast", model.path, model.pd(pid)).count("PD 0 ") == len(ids), pid


# The calls that a Python program needs to go on waiting for its input.
NEEDED = (0, 1, 3, 5, 8, 9, 11, 12, 13, 14, 15, 16, 17, 20, 28, 35, 39, 60, 61, 72, 131, 157, 186, 202, 231, 257, 262, 270, 302, 318, 334)
FILTERED = """
import ctypes, struct, sys
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0
for text in sys.argv[1:]:
    program = ctypes.create_string_buffer(bytes.fromhex(text))
    whole = ctypes.create_string_buffer(struct.pack("<HxxxxxxQ", len(text) // 16, ctypes.addressof(program)))
    assert libc.prctl(22, 2, whole) == 0
print("ready", flush=True)
sys.stdin.read()
"""
ALLOW, ERRNO, TRACE = 0x7FFF0000, 0x50001, 0x7FF00000  # the last: another process decides


def compiled(rules, default):
    """A filter of rules (first call, last call, action, argument that is looked at or None): the first that fits counts."""
    code = [(0x20, 0, 0, 4), (0x15, 1, 0, 0xC000003E), (0x06, 0, 0, 0x80000000), (0x20, 0, 0, 0), (0x02, 0, 0, 3)]
    for first, last, action, argument in rules:
        looked = [(0x20, 0, 0, 16 + 8 * argument), (0x15, 0, 1, 7)] if argument is not None else []
        body = [*looked, (0x06, 0, 0, action)]
        # the number from the scratch memory, and by way of X and a sum, which are to be followed too
        code += [(0x61, 0, 0, 3), (0x87, 0, 0, 0), (0x04, 0, 0, 5), (0x35, 0, len(body) + 1, first + 5),
                 (0x25, len(body), 0, last + 5), *body]
    return b"".join(struct.pack("<HBBI", *op) for op in [*code, (0x06, 0, 0, default)]).hex()


def may(rules, default, call):
    """Whether such a filter may let a call through, whatever its arguments are."""
    for first, last, action, argument in rules:
        if first <= call <= last:
            if action != ERRNO:
                return True
            if argument is None:
                return False
    return default != ERRNO


def test_filters():
    """Seccomp filters: the calls that some may let through; the model has no edges that need a call which every filter stops."""
    if os.uname().machine != "x86_64" or os.geteuid() != 0:
        raise driver.Skip("the test's filters are for x86-64, and reading them takes root")
    order = random.Random(14)
    for _ in range(6):
        stack = []
        for _ in range(order.choice((1, 1, 2))):
            rules = [(call, call, ALLOW, None) for call in NEEDED]
            for _ in range(order.randrange(1, 25)):
                first = order.randrange(0, 450)
                rules.append((first, first + order.choice((0, 0, 3, 40)), order.choice((ALLOW, ERRNO, ERRNO, TRACE)),
                              order.choice((None, None, 0, 5))))
            stack.append((rules, order.choice((ALLOW, ERRNO))))
        run = subprocess.Popen([sys.executable, "-c", FILTERED, *(compiled(*one) for one in stack)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
        assert run.stdout.readline() == "ready\n"
        plain, model = Model(read(HERE, run.pid)[1]), Model(read(HERE, run.pid, "--filters")[1])
        run.communicate("")
        assert run.returncode == 0, "it went on as if nothing had happened"
        (node,) = model.held(run.pid, "FILTER")
        told = model.nodes[node]["EXTRA"].partition("calls: ")[2]
        said = {n for part in told.split(",") for n in range(int(part.split("-")[0]), int(part.split("-")[-1]) + 1)}
        true = {call for call in range(512) if all(may(*one, call) for one in stack)}
        assert said == true, (stack, said ^ true)
        asked = [{r["DATA"] for r in m.rows if r["EDGE_TYPE"] == "REQUEST" and r["EDGE_TO"] == "PD_0"} for m in (plain, model)]
        for kind, calls in (("SOCKET", {41, 42, 43, 53, 288}), ("IMAGE", {59, 322}), ("NTFN", {284, 290})):
            assert kind in asked[0] and (kind in asked[1]) == bool(calls & true), (kind, stack)
        assert not plain.held(run.pid, "FILTER")


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
