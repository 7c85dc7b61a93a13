# SPDX-License-Identifier: BSD-2-Clause
"""Who may do what (docs/authority.md). The sweep makes requests for every operation of idl/ from the interface descriptions
themselves; a new operation is swept without a word here, and one that cannot be fails."""

import pathlib
import re
import sys

from harness import archive, graph
from harness.boot import PROMPT
from harness.figures import check_same, figures_at_rest

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import idlgen  # noqa: E402

SECONDS = 300
NOT_COMPARED = ("allowances",)  # how often it looks until nothing changes is not said
ERRORS = {name: number for name, number, _ in idlgen.read_errors(TOP / "idl" / "errors.idl")}
BAD_REQUEST, BAD_HANDLE, WRONG_TYPE, DENIED, BAD_ARGUMENT, GONE = (
    ERRORS[name] for name in ("bad_request", "bad_handle", "wrong_type", "denied", "bad_argument", "gone"))

# ---- Requests -------------------------------------------------------------------------

# Types whose requests go to the root task; each other one has a server of its own. What goes through a handle of
# the kernel's own objects is no request.
KERNELS = ("EP", "NTFN")
ROOT = ("MO", "ADS", "VCPU", "EP", "NTFN", "PD", "RESSPC")
SERVERS = {"toy": ("TOY", "CHEST"), "template": ("SAMPLE",), "ramdisk": ("BLOCK",), "files": ("FILE",), "vmm": ("VM",),
           "store": ("KVSTORE",), "images": ("PROGRAM",)}
RESOURCES = ROOT + tuple(kind for kinds in SERVERS.values() for kind in kinds)
# Where nothing is: no capability, a handle that was given up, other PDs' parts of a table, a bare capability.
NOWHERE = ("none", "stale", "0xf0000f00", "0xe0000f00", "0xf3ffffff", "0x30000000", "0xffffffffffffffff")
LONGEST = 120
# Slots that only one PD has, beside its edges.
OWN = ("self",)


class Operation:
    """An operation with a request that is right, to be spoiled."""

    def __init__(self, interface, op):
        self.interface, self.op = interface, op
        self.served_by_root = interface["type"] in ROOT
        self.of_frame = interface["name"] == "server"  # any edge to the server, or handle of it, is right
        self.label = interface["number"] << 16 | op["number"]
        self.target = {"space": f"edge:{interface['type']}", "resource": f"{interface['type']}:all"}.get(op["on"], "self")
        self.words, self.at = [], {}
        for field in op["in"]:
            self.at[field["name"]] = len(self.words)
            self.words += self.right(field)
        self.handles = idlgen.handles_of(op)
        self.lines = []

    def right(self, field):
        if field["type"] == "cap":
            return [self.right_handle(field)]
        if field["type"] == "text32":
            return ["0x61", "0", "0", "0"]
        if field["type"] == "bytes":
            return ["1", "0x61"]
        if field["name"] == "id" and self.op["on"] == "other":
            return ["id:child"]
        return [field["least"] or "0"]

    def right_handle(self, field):
        kind_of = "MO" if field["of"] == "any" else field["of"]
        if not self.served_by_root:
            return "none" if field["instead"] == "0" else f"given:{self.interface['type']}:{kind_of}:all"
        if field["instead"] == "self" and field["of"] != "PD":
            return "self"
        return f"edge:{kind_of}" if field["kind"] == "edge" else f"{kind_of}:all"

    def add(self, errors, target=None, among=True, label=None, words=None, **changes):
        """A request with some words changed, by the name of the field or the number of the word."""
        words = list(self.words if words is None else words)
        for name, word in changes.items():
            words[self.at[name] if name in self.at else int(name[1:])] = word
        if self.is_nobodys(target or self.target, words) and errors in (WRONG_TYPE, DENIED):
            errors = BAD_HANDLE
        answers = " ".join(str(error) for error in (errors if isinstance(errors, (list, tuple)) else [errors]))
        self.lines.append(f"{target or self.target} {self.label if label is None else label:#x} {' '.join(words)} "
                          f"{'=' if among else '!'} {answers}")

    def is_nobodys(self, target, words):
        """Through a handle in a common table it is not known who asks, so nobody's own slots can be named."""
        named = [words[at] for at, _ in self.handles if at < len(words)]
        return self.served_by_root and target.endswith(":all") and any(word in OWN or word.startswith("edge:") for word in named)

    # -- what it is asked through

    def spoil_target(self):
        kinds = [f"{kind}:all" for kind in RESOURCES if (kind in ROOT) == self.served_by_root and kind not in KERNELS]
        kinds += [f"edge:{kind}" for kind in RESOURCES + ("CONSOLE",) if (kind in ROOT) == self.served_by_root]
        if not self.served_by_root:
            same = next((kinds for kinds in SERVERS.values() if self.interface["type"] in kinds), ())
            resources, edges = [f"{kind}:all" for kind in same], [f"edge:{kind}" for kind in same or [self.interface["type"]]]
            kinds = resources + edges if not self.of_frame else edges if self.op["on"] == "resource" else resources
        elif self.target != "self":
            kinds.append("self")
        for kind in kinds:
            if kind != self.target:
                self.add(WRONG_TYPE, target=kind)
        self.add(GONE, target="stale")
        if self.op["on"] == "resource":
            for right, bit in idlgen.RIGHTS.items():
                if self.op["rights"] & bit:
                    self.add(DENIED, target=f"{self.interface['type']}:-{right}")
        if self.op["on"] == "space" and self.op["rights"] & ~idlgen.RIGHTS["r"]:
            self.add(DENIED, target=f"edge:{self.interface['type']}:r")

    def spoil_length(self):
        self.add(BAD_REQUEST, words=self.words + ["0"])
        self.add(BAD_REQUEST, words=self.words + ["0"] * (LONGEST - len(self.words)))
        if self.words:
            self.add(BAD_REQUEST, words=self.words[:-1])
            self.add(BAD_REQUEST, target="self" if self.target != "self" and self.served_by_root else None, words=[])

    def spoil_ranges(self):
        """Found with right handles, so these show that the handles are right, too."""
        for field in self.op["in"]:
            if field["least"] is None or field["type"] == "bytes":
                continue
            for wrong in (int(field["least"], 0) - 1, int(field["most"], 0) + 1):
                # Rights beyond all rights are a range before they are rights.
                if 0 <= wrong < 1 << 64:
                    self.add(BAD_ARGUMENT, **{field["name"]: hex(wrong)})

    # -- the handles that it names

    def out_of_range(self):
        """A word that is out of range, to be told after any handle."""
        for field in self.op["in"]:
            if field["least"] is not None and field["type"] == "u64" and int(field["most"], 0) + 1 < 1 << 64:
                return {field["name"]: hex(int(field["most"], 0) + 1)}
        return {}

    def both(self, error, **changes):
        """The fault alone, and with a number out of range, and through a wrong target: which error comes first."""
        self.add(error, **changes)
        named = [field["named"] for _, field in self.handles if field["named"]]
        beyond = {name: word for name, word in self.out_of_range().items() if name not in named and name not in changes}
        if beyond:
            self.add(error, **changes, **beyond)
        if self.served_by_root and error != DENIED:
            self.add(error, target="VCPU:all" if self.interface["type"] != "VCPU" else "MO:all", **changes)
        elif self.served_by_root:
            self.add(WRONG_TYPE, target="VCPU:all" if self.interface["type"] != "VCPU" else "MO:all", **changes)

    def spoil_handle(self, field):
        name, kind, wanted = field["name"], field["kind"], field["of"]
        given = "" if self.served_by_root else f"given:{self.interface['type']}:"
        for word in NOWHERE if self.served_by_root else ("none", f"foreign:{self.interface['type']}", "0xf0000f00"):
            if field["instead"] != "0" or word != "none":
                self.both(BAD_HANDLE, **{name: word})
        if self.served_by_root:
            if field["instead"] != "self":
                self.both(WRONG_TYPE, **{name: "self"})
        for other in RESOURCES:
            if kind == "edge" or (kind == "resource" and wanted not in ("any", other)):
                self.both(WRONG_TYPE, **{name: f"{given}{other}:all"})
        if kind == "resource" and self.served_by_root:
            for other in RESOURCES:
                self.both(WRONG_TYPE, **{name: f"edge:{other}"})
        self.spoil_rights(field, given)
        if name == "authority":
            self.spoil_authority()

    def spoil_rights(self, field, given):
        name, of = field["name"], "MO" if field["of"] == "any" else field["of"]
        for right, bit in idlgen.RIGHTS.items():
            if field["rights"] & bit:
                self.both(DENIED, **{name: f"{given}{of}:-{right}"})
            elif field["named"]:
                allowed = next(f for f in self.op["in"] if f["name"] == field["named"])
                if int(allowed["least"], 0) <= bit <= int(allowed["most"], 0):
                    self.both(DENIED, **{name: f"{given}{of}:-{right}", field["named"]: str(bit)})

    def spoil_authority(self):
        for word in ("id:console", "id:none", "id:self", "0", "0xffffffffffffffff"):
            self.both(DENIED, id=word)
        for word in ("id:child", "id:console", "0"):
            self.both(DENIED, authority="self", id=word)
        if self.op["rights"] != idlgen.RIGHTS["r"]:
            self.both(DENIED, authority="self", id="id:self")

    def all_lines(self):
        self.spoil_target()
        self.spoil_length()
        self.spoil_ranges()
        for _, field in self.handles:
            self.spoil_handle(field)
        if self.op["idempotent"]:
            told = [BAD_REQUEST, BAD_HANDLE, WRONG_TYPE, DENIED]
            self.add([error for error in told if error not in [ERRORS[name] for name, _ in self.op["errors"]]], among=False)
        return self.lines


def interfaces():
    """All, and of what every server answers one for each type of the servers of the system below."""
    every = [idlgen.read_interface(path) for path in sorted((TOP / "idl").glob("*.idl")) if path.stem != "errors"]
    return [dict(interface, type=kind) for interface in every
            for kind in (sum(SERVERS.values(), ()) if interface["type"] == "ANY" else (interface["type"],))]


def all_requests():
    lines = []
    for interface in interfaces():
        for op in interface["ops"]:
            added = Operation(interface, op).all_lines()
            assert len(added) > 3, (interface["name"], op["name"])
            lines += added
        beyond = len(interface["ops"]) + 1
        target = "self" if interface["type"] in ROOT else f"edge:{interface['type']}"
        lines += [f"{target} {interface['number'] << 16 | number:#x} = {BAD_REQUEST}" for number in (0, beyond, 0xffff)]
    return lines


# ---- The machine -------------------------------------------------------------------------

SYSTEM_MORE = """
pd template process program=template
  rde RESSPC
  serves SAMPLE

pd ramdisk process program=ramdisk
  rde MO
  rde RESSPC
  serves BLOCK
  args blocks=1

pd disk process program=ramdisk
  rde MO
  rde RESSPC
  serves BLOCK
  args size=16

pd files process program=files
  rde MO
  rde RESSPC
  rde BLOCK from disk
  serves FILE
  args make

pd vmm process program=vmm
  device gic-guest pages=2
  rde MO rights=rwx
  rde ADS
  rde PD
  rde RESSPC
  serves VM

pd store process program=kvstore
  rde MO
  rde RESSPC
  rde FILE from files
  serves KVSTORE
  args kv.db

pd images process program=images
  rde MO rights=rwx
  rde RESSPC
  rde FILE from files
  serves PROGRAM

pd switch process program=switch
  rde MO
  rde NTFN
  rde RESSPC
  serves NIC
"""


def start(context, **members):
    """The default system with more servers, which the shell may ask, and further members of the archive."""
    description = (TOP / "systems" / "shell").read_text()
    head, shell = description.replace("serves TOY", "serves TOY\n  serves CHEST").split("\npd shell ")
    toys = next(line for line in shell.splitlines(True) if "rde TOY from toy" in line)
    shell = shell.replace(toys, toys + toys.replace("TOY from toy", "SAMPLE from template") +
                          toys.replace("TOY from toy", "BLOCK from ramdisk") +
                          toys.replace("TOY from toy", "FILE from files") +
                          toys.replace("TOY from toy", "VM from vmm") +
                          toys.replace("TOY from toy", "KVSTORE from store") +
                          toys.replace("TOY from toy", "PROGRAM from images rights=rwx") +
                          toys.replace("TOY from toy", "NIC from switch") +
                          toys.replace("TOY from toy", "CHEST from toy"))
    return context.start(archive=archive.own_system(context, f"{head}{SYSTEM_MORE}\npd shell {shell}", **members), system="own")


def test_every_operation(context):
    """rule: arguments, self, self-looks, covers, caller, edge-rights, address-spaces, cpus, memory-rights, give,
    edges-pass, gifts-to-servers. Each with every wrong handle and each right missing."""
    lines = all_requests()
    requests = context.folder / "requests"
    requests.write_text("".join(line + "\n" for line in lines))
    stamp = context.build / "bench" / "stamp"  # for Linux
    with start(context, requests=requests, stamp=stamp) as machine:
        machine.expect(PROMPT)
        machine.type("run serves=PROBE --archive probe sweep")
        machine.expect(r"^probe: (all as|something)", timeout=120)
        wrong = [line for line in machine.transcript().splitlines() if line.startswith("probe: ") and " = " in line or " ! " in line]
        wrong = [line for line in wrong if line.startswith("probe: ")]
        assert not wrong, "\n".join(wrong[:40])
        for who in ("process", "thread", "orphan"):
            assert f"probe: {who}: {len(lines)} requests, 0 wrong" in machine.transcript(), who
        assert "probe: all as it should be" in machine.transcript()


def test_no_handles_from_ids(context):
    """rule: no-handle-from-id. A request by an authority and an id gives the caller no handle."""
    operations = [(interface["name"], op) for interface in interfaces() for op in interface["ops"] if op["on"] == "other"]
    assert len(operations) > 20
    brought = [f"{name}.{op['name']}" for name, op in operations for field in op["out"]
               if field["type"] == "cap" and field["name"] != "there"]
    # A PD that may run in a server may send it requests as well.
    assert brought == ["handle.edge_to"], brought


# ---- Attacks -------------------------------------------------------------------------------


def attack(context, name, options=""):
    """An attack is refused, twice, and the second leaves no more behind than the first."""
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.type(f"run {options}probe {name}")
        answer = machine.expect(rf"^probe: {name}: (.*)$").group(1)
        assert answer == "refused", answer
        before = figures_at_rest(machine)
        machine.expect(PROMPT)
        machine.type(f"run {options}probe {name}")
        machine.expect(rf"^probe: {name}: refused$")
        check_same(machine, before)
        machine.expect(PROMPT)
        machine.type("ps")
        for number, server in ((1, "console"), (2, "toy"), (3, "shell")):
            machine.expect(rf"^PD_{number} +running .* {server}$")


def test_configurations(context):
    """rule: edges-only-ask, covers, authority-of-lines, words-of-descriptions. Nothing is made relative to a PD without authority over it."""
    attack(context, "of")


def test_gifts_of_servers(context):
    """rule: gifts-of-servers, depths. No PD is made a client of a server against its will, to end with it."""
    attack(context, "gift", options="serves=PROBE ")


def test_serving(context):
    """rule: serving"""
    attack(context, "serve")


def test_names(context):
    """rule: names"""
    attack(context, "names")


def test_looking(context):
    """rule: system, self-looks, links, physical, one-exception"""
    attack(context, "look")


def test_snapshots(context):
    """rule: snapshots"""
    attack(context, "snapshot")


def test_amplifying(context):
    """rule: give, self-stays"""
    attack(context, "amplify")


def test_ranges(context):
    """rule: part-rights, loses-pages, may-fault. Parts of regions get no more rights, and lose no pages, than was agreed."""
    attack(context, "ranges")


def test_rights(context):
    """rule: right-r, right-w, right-g, edges-pass. What each set of rights over a PD allows, and nothing more."""
    attack(context, "rights")


def test_taking_back(context):
    """rule: right-g. Handles given to a PD are taken out of its tables by PDs with authority over it, and by no other."""
    attack(context, "take-back")


def test_in_use(context):
    """rule: in-use. No PD gets a handle of the address space or the CPU that a PD runs with."""
    attack(context, "in-use")


def test_interrupts(context):
    """rule: interrupts. Only the PD that has an interrupt can ask for it, and the model shows that."""
    attack(context, "interrupts")
    path = context.folder / "shell.csv"
    with context.start() as machine:
        machine.expect(PROMPT)
        rows = graph.from_shell(machine, path, "model")
    held = [row.split(",") for row in rows if ",HOLD," in row and ",IRQ_" in row]
    assert held and {row[4] for row in held} == {"PD_1"}, held


def test_archive(context):
    """rule: archive. A program reads no file of the boot archive, not even its own, unless its maker allows it and may read itself."""
    attack(context, "archive")
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.type("run --archive nest 'rde MO rights=rwx' -- hello")
        machine.expect("^hello, world$")
        machine.expect(PROMPT)
        machine.type("run nest 'rde MO rights=rwx' -- hello")
        machine.expect(r"^nest: hello: .*rde: rights that the creator does not have$")
        machine.expect(r"^nest \(PD_\w+\) exited with 1$")


def test_payers(context):
    """rule: payers, payers-of-regions, payers-of-handles, kept-for-clients. Giving and mapping move no charge."""
    attack(context, "payers")


def test_lent_and_limit_cut(context):
    """rule: whole-when-attached, limits-below-use. A server has what it was lent, whatever its client can get afterwards."""
    attack(context, "cut")


def test_out_of_the_creators_budget(context):
    """rule: in-makers-budget, limits-from-outside. A PD's thread, its child and its copy are in the budget of their creator."""
    attack(context, "creator")


def test_allowances(context):
    """rule: gifts, kept-for-clients. Resources and gifts together never exceed the allowance, also when it is renewed."""
    attack(context, "allowances")


def test_contexts(context):
    """rule: self, no-handle-from-id. The numbers of contexts are valid for their PD only: a child and a thread get errors."""
    attack(context, "contexts")


def test_libraries(context):
    """rule: right-x, self-looks. A PD can call its own libraries only, and a library gets no authority by being called."""
    attack(context, "libraries")


def test_guests(context):
    """rule: right-r, right-w, edges-only-ask. Only its maker can use the CPU of a guest, whatever handles others get."""
    attack(context, "guests", options="serves=PROBE ")


def test_clients(context):
    """rule: gifts-of-servers. A server's memory goes to the client that has asked for it."""
    attack(context, "clients", options="serves=PROBE ")


def test_namesakes(context):
    """rule: names-of-lines, names. A child with a server's name takes no client from it, and a PD cannot rename itself."""
    attack(context, "namesakes")


def test_swapped_meanwhile(context):
    """rule: planned-and-made, part-rights, memory-rights. A long request keeps the objects that it began with: another region or handle
    put in the same place gives no further rights."""
    attack(context, "swapped-region")
    attack(context, "swapped-handle")


def test_copy_touched_early(context):
    """rule: planned-and-made. A copy that is made in pieces is written before it is whole."""
    attack(context, "early-copy")


def test_sharers_of_sharers(context):
    """rule: covers, rights-add-up. Who may read a heap passes on no right to write what it becomes."""
    attack(context, "sharers")


def test_capabilities_in_messages(context):
    """rule: no-capability-in-messages. Two PDs cannot pass a capability in a message, even if both want to."""
    attack(context, "capability", options="serves=PROBE ")


def test_depths(context):
    """rule: depths. A PD with w over a server cannot end the server's clients with it."""
    description = ((TOP / "systems" / "shell").read_text() + "\npd evil process program=probe\n  rde CONSOLE from console\n"
                   "  hold toy rights=rw\n  args depth\n")
    with archive.start(context, description) as machine:
        machine.expect("^probe: depth: refused$")
        machine.type("run toy-client")
        machine.expect("^toy-client: no request edge for TOY$|gone$")
        machine.type("run hello")
        machine.expect("^hello, world$")
