# SPDX-License-Identifier: BSD-2-Clause
"""PDs of each preset try every page, place of a handle and PD: they reach what the model says, and nothing else."""

import re

from boot.model import Model
from harness import graph

SECONDS = 120
COMPARE = False  # the order of lines differs
PAGE = 4096
# The ranges that apps/isolation.c walks page by page.
WALKED = ((0, 0x600000), (0x10000000, 0x10080000))
SAYS = re.compile(r"^isolation: (PD_[0-9a-f]+)\.([0-9a-f]+) (\w+) ?(.*)\n", re.MULTILINE)


def try_all(context, command, walks):
    """The lines of each address space in which a PD tried everything, by (PD, context), and the model of that moment."""
    path = context.folder / "model.csv"
    with context.start() as machine:
        machine.command(f"{command} &")
        for _ in range(walks):
            machine.expect(r"^isolation: PD_\w+\.\w+ done\n", timeout=60)
        lines = SAYS.findall(machine.transcript())
        model = Model([row.split(",") for row in graph.from_shell(machine, path)])
        assert "fault:" not in machine.transcript()
    said = {}
    for pd, number, verb, rest in lines:
        said.setdefault((pd, int(number, 16)), []).append((verb, rest.split()))
    return said, model


def try_preset(context, preset, walks):
    return try_all(context, f"run isolation {preset}", walks)


def held(model, pd):
    return {target: rights for (kind, source, target), rights in model.edges.items() if kind == "HOLD" and source == pd}


def spaces_of(model, pd, numbers):
    """The address space of each context of a PD: both are counted upwards."""
    spaces = sorted((target for target in held(model, pd) if target.startswith("ADS_SPACE_")), key=lambda name: int(name[10:], 16))
    return dict(zip(sorted(numbers), spaces, strict=True))


def mapped(lines):
    pages = {}
    for start, count, rights in (rest for verb, rest in lines if verb == "maps"):
        pages.update({int(start, 16) + i * PAGE: rights for i in range(int(count))})
    return pages


def covers(model, holder, pd):
    """The rights that a PD has over another by the handles that it holds."""
    makers = {source: target for kind, source, target in model.edges if kind == "PARENT"}
    rights = {"r"} if holder == pd else set()
    while pd is not None:
        number = pd[3:]
        for target, letters in held(model, holder).items():
            if re.fullmatch(rf"PD_\w+_{number}", target) and target.startswith("PD_5_"):
                rights |= set(letters)
        pd = makers.get(pd)
    return rights


def compare_pages(model, pd, space, lines, walked):
    """The pages and the model do not differ."""
    wanted = {at: rights for at, (_, _, rights) in model.mapped(space).items()}
    outside = [hex(at) for at in wanted if not any(start <= at < end for start, end in walked)]
    assert not outside, (pd, outside)
    found = mapped(lines)
    different = [(hex(at), wanted.get(at), found.get(at)) for at in sorted(set(wanted) | set(found)) if wanted.get(at) != found.get(at)]
    assert not different, (pd, space, different[:20])


def compare(model, requests, pd, space, lines):
    """The same of handles, edges, and other PDs."""
    compare_pages(model, pd, space, lines, WALKED)
    handles = {f"{kind}_{space}_{number}": rights for kind, space, number, rights in (rest for verb, rest in lines if verb == "holds")}
    # The address space and CPU that it runs with are no handles (docs/authority.md, in-use).
    in_model = {target.partition(".")[0]: rights for target, rights in held(model, pd).items()
                if not target.startswith(("ADS_SPACE_", "VCPU_"))}
    assert handles == in_model, (pd, handles, in_model)
    edges = sorted((kind, f"{kind}_SPACE_{space}") for kind, space in (rest for verb, rest in lines if verb == "asks"))
    wanted = sorted((kind, space or f"{kind}_SPACE_7") for source, kind, space in requests if source == pd)
    assert edges == wanted, (pd, edges, wanted)
    assert not [rest for verb, rest in lines if verb == "gets"], (pd, lines)
    looks = {rest[1] for verb, rest in lines if verb == "looks"}
    everybody = {node for node in model.extra if re.fullmatch(r"PD_[0-9a-f]+", node)}
    assert looks == {other for other in everybody if "r" in covers(model, pd, other)}, (pd, looks)


def compare_words(model, said, spaces):
    """A PD writes words that it shares with its creator: the creator reads those, and only those; pages not shared keep their contents."""
    *others, creator = said
    words = {place: {at: finder for verb, (finder, _, at) in
                     ((verb, rest) for verb, rest in said[place] if verb == "finds")} for place in said}
    pages = {place: model.mapped(spaces[place]) for place in said}
    wrote = {}
    for place in others:
        for at, number in words[place].items():
            page = pages[place][int(at, 16) // PAGE * PAGE][:2]
            assert number == wrote.get((page, at), "0"), (place, at, number)
            wrote[page, at] = place[0][3:]
    assert len(words[creator]) == 4, words
    for at, number in words[creator].items():
        page = pages[creator][int(at, 16) // PAGE * PAGE][:2]
        assert number == wrote.get((page, at), "0"), (at, number, wrote)
    return {at for at, number in words[creator].items() if number != "0"}


def check(context, preset, shared):
    """Two PDs of a preset and their creator, which shares this many of the four words with each."""
    said, model = try_preset(context, preset, 3)
    assert len(said) == 3, list(said)
    rows = (line.split(",") for line in (context.folder / "model.csv").read_text().splitlines())
    requests = [(row[4], row[2], row[6]) for row in rows if row[3] == "REQUEST"]
    spaces = {}
    for pd in {pd for pd, _ in said}:
        numbers = [number for other, number in said if other == pd]
        spaces.update({(pd, number): space for number, space in spaces_of(model, pd, numbers).items()})
    for place, lines in said.items():
        compare(model, requests, place[0], spaces[place], lines)
    assert len(compare_words(model, said, spaces)) == shared


def test_process(context):
    check(context, "process", 0)


def test_thread(context):
    check(context, "thread", 4)


def test_thread_isolated_stack(context):
    """Data and heap are shared; memory that the creator attached is not, nor is its stack."""
    check(context, "thread-isolated-stack", 2)


def test_thread_isolated_heap(context):
    check(context, "thread-isolated-heap", 0)


def test_library(context):
    """Only the stack is shared."""
    check(context, "library", 1)


def test_fork(context):
    check(context, "fork", 0)


def test_context(context):
    """All is shared but a page of each."""
    check(context, "context", 3)


def test_snapshot(context):
    """A PD that went back twice runs in another address space, and reaches what the model says there."""
    said, model = try_preset(context, "snapshot", 1)
    (pd, _), lines = next(iter(said.items()))
    assert [rest[0] for verb, rest in lines if verb == "finds"] == ["0"] * 4, lines
    rows = (line.split(",") for line in (context.folder / "model.csv").read_text().splitlines())
    requests = [(row[4], row[2], row[6]) for row in rows if row[3] == "REQUEST"]
    compare(model, requests, pd, model.extra[f"VCPU_2_{pd[3:]}"], lines)


def test_guest(context):
    """Two guests of a monitor reach the memory that their configuration gives them with its rights, and nothing else: no other address, none
    of the registers of the level above, no place of a capability but that of their own messages."""
    said, model = try_all(context, "run serves=MONITOR isolation-guest", 2)
    assert len(said) == 2, list(said)
    pages = {}
    for (pd, number), lines in said.items():
        space, = spaces_of(model, pd, [number]).values()
        compare_pages(model, pd, space, lines, [(0x3ffc0000, 0x40300000)])
        pages[pd] = model.mapped(space)
        assert {verb for verb, _ in lines} == {"maps", "done"}, (pd, lines)
        assert {rest[2] for verb, rest in lines if verb == "maps"} == {"r", "rw", "rwx"}, (pd, lines)
        assert not [target for target in held(model, pd) if not target.startswith(("ADS_SPACE_", "VCPU_"))], pd
    one, other = ({page[:2] for page in mapped.values()} for mapped in pages.values())
    assert len(one) == len(other) == 40 and not one & other, (one, other)
