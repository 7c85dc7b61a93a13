# SPDX-License-Identifier: BSD-2-Clause
"""cellmodel linux: who may signal, look into and trace whom, compared with what the kernel lets them do: each of several
processes of other credentials tries it on all others."""

import itertools
import os
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
    """What the model says that a may do to b: rights on b's handle, by HOLDs of it and of the class it is in."""
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
        # Nobody may signal the one whose saved id is theirs, who may signal root; someone else may signal none of them.
        assert [line for line in trusted("root") if line.startswith(f"TRUSTED {pd('nobody')} ")]
        assert not [line for line in trusted("root") if line.startswith(f"TRUSTED {pd('someone else')} ")]
        assert not [line for line in trusted("nobody") if line.endswith(f"{pd('someone else')} 0 handle of {pd('nobody')}")]
        assert "-HANDLE-> " + pd("nobody") in driver.ask("path", model.path, pd("root"), pd("nobody"), "--writable", "--forward",
                                                         "--types=HOLD,HANDLE")
        # Root may change the namespaces that all are in, nobody may not.
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
    """What a process may do, as a resource that all of the same credentials hold: users, capabilities, seccomp."""
    with Example(HERE, "actor", "quiet") as a, Example(HERE, "plain") as b, Example(HERE, "plain") as c:
        model = model_of(HERE, a.id, b.id, c.id)
        of = [{model.nodes[n]["EXTRA"] for n in model.held(pid, "CRED")} for pid in (a.id, b.id, c.id)]
        assert of[1] == of[2] and of[0] != of[1] and all(len(x) == 1 for x in of), of
        assert " no_new_privs" in min(of[0]) and f"uid {os.getuid()}/" in min(of[1]) and "no_new_privs" not in min(of[1])
        assert "seccomp none" in min(of[1])


def test_tracer():
    """Who is traced leaves its faults to the tracer; threads die together; a namespace dies with its first process."""
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


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
