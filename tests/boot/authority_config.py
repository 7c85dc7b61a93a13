# SPDX-License-Identifier: BSD-2-Clause
"""The names that a PD's configuration may use: with each authority missing, and with the same verdicts on the host.

Each test boots a system of its own, whose PD `maker` (apps/maker.c) hands in blocks and prints the verdicts;
`cellplan try` plans the same blocks on paper.
"""

import itertools
import random
import re

from harness import archive, tool
from harness.archive import CONSOLE

SECONDS = 60

TOY = "pd {0} process program=toy\n  rde RESSPC\n  serves {1}\n"
MAKER = """pd maker process program=maker
  priority 110
  rde MO
  rde ADS
  rde PD
  rde CONSOLE from console
"""
# The last block, which is refused.
END, END_SAID = "pd end", "line 1: pd: the preset is missing"


def boot(context, description, blocks, creator="maker"):
    """The verdict on each block in the system, which must be that on the host."""
    system, typed = context.folder / "system", context.folder / "blocks"
    typed.write_text("".join(block.rstrip("\n") + "\n" for block in blocks))
    with archive.start(context, description) as machine:
        machine.expect("^maker: ready$")
        machine.send("".join(block.rstrip("\n") + "\n\n" for block in [*blocks, END]))
        machine.expect(f"^{END_SAID}$", timeout=30)
        shown = machine.transcript().splitlines()
    lines = {line for block in [*blocks, END] for line in block.splitlines()}
    answers = [line for line in shown[shown.index("maker: ready") + 1:] if line and line not in lines][:-1]
    words, _ = tool.run(context.build / "host" / "cellplan", "try", system, context.build / "programs", creator, typed)
    paper = words.splitlines()
    assert len(paper) == len(blocks)
    different = [(block, here, there) for block, here, there in zip(blocks, answers, paper) if here != there]
    assert not different, "\n".join(f"{block}\n  in the system: {here}\n  on the host:   {there}"
                                    for block, here, there in different[:5])
    assert len(answers) == len(blocks), (len(answers), len(blocks), answers[-3:])
    return answers


LETTERS = "rwxg"
RIGHTS = ["".join(some) for n in range(5) for some in itertools.combinations(LETTERS, n)]
PROCESS = "pd x process of {0} program=hello\n"
PLAIN = "pd x process program=hello\n"
# A block that names the PD {0}, and the rights over it that it takes.
NEEDED = [
    (PROCESS, "r"),
    ("pd x thread of {0} entry=main\n", "rwx"),
    ("pd x thread-isolated-stack of {0} entry=main\n", "rwx"),
    ("pd x thread-isolated-heap of {0} entry=main\n", "rwx"),
    (PROCESS + "region 0x400000 shared at=0x30000000\n", "r"),
    (PROCESS + "region {1} shared at=0x30000000 rights=r\n", "r"),
    (PROCESS + "region {1} shared at=0x30000000 rights=rw\n", "rw"),
    (PROCESS + "region {1} copied at=0x30000000 rights=rw\n", "r"),
    (PROCESS + "region heap shared at=0x30000000 rights=r\n", "r"),
    (PROCESS + "linked\n", "r"),
    (PLAIN + "fault {0}\n", "g"),
    ("pd x thread of {0} entry=main\ngive MO\n", "rwxg"),
    ("pd x thread of {0} entry=main\nhold {0} rights=r\n", "rwxg"),
] + [(PLAIN + "hold {0} rights=" + rights + "\n", rights) for rights in RIGHTS[1:]]


def name(rights):
    return f"toy-{rights}" if rights else "toy-none"


def data_of_toy(context):
    """The address of the toy's writable data, as the planner lays it out."""
    system = context.folder / "one"
    system.write_text(TOY.format("toy", "TOY"))
    model, _ = tool.run(context.build / "host" / "cellplan", "predict", system, context.build / "programs")
    return re.search(r"0x[0-9a-f]+(?=_ELF_DATA)", model)[0]


def test_rights(context):
    """rule: authority-of-lines, right-r, right-w, right-x, right-g, hold. Each line that names a PD, with each set of rights over that PD."""
    data = data_of_toy(context)
    servers = "".join(TOY.format(name(rights), "TOY") for rights in RIGHTS)
    holds = "".join(f"  hold {name(rights)} rights={rights}\n" for rights in RIGHTS[1:])
    cases = [(block.format(name(rights), data), set(needed) <= set(rights), rights)
             for block, needed in NEEDED for rights in RIGHTS]
    answers = boot(context, CONSOLE + servers + MAKER + "  rde TOY from toy-none pass-on\n" + holds,
                   [block for block, _, _ in cases])
    wrong = [(block, rights, answer) for (block, may, rights), answer in zip(cases, answers) if may != (answer == "ok")]
    assert not wrong, wrong[:5]
    # Of a server to which it has only an edge, it learns that it exists.
    none = [answer for (block, _, rights), answer in zip(cases, answers) if rights == ""]
    assert all("no authority over 'toy-none'" in answer for answer in none), none
    assert "line 1: of: no authority (wx) over 'toy-r'" in answers


def test_rights_add_up(context):
    """rule: rights-add-up. The rights of all handles that cover a PD count, also of one that covers its maker."""
    data = data_of_toy(context)
    shared = f"pd x process of toy program=hello\nregion {data} shared at=0x30000000 rights=rw"
    for holds, answer in (("  hold toy rights=r\n", "line 2: region: no authority (w) over 'toy'"),
                          ("  hold toy rights=r\n  hold toy rights=w\n", "ok"),
                          ("  hold toy rights=r\n  hold root rights=w\n", "ok")):
        assert boot(context, CONSOLE + TOY.format("toy", "TOY") + MAKER + holds, [shared]) == [answer], holds


def test_attacks(context):
    """rule: edges-only-ask, relative-to-oneself, authority-of-lines, devices. Names once gave ways into others' memory; all are closed."""
    data = data_of_toy(context)
    cases = [
        (f"pd spy process of toy program=hello\nregion {data} shared at=0x30000000", "line 1: of: no authority over 'toy'"),
        ("pd t thread of toy entry=main", "line 1: of: no authority over 'toy'"),
        ("pd t thread of console entry=main", "line 1: of: no authority over 'console'"),
        ("pd t process of console program=hello\nregion 0x10000000 shared", "line 1: of: no authority over 'console'"),
        ("pd t process of PD_1 program=hello\nregion 0x10000000 shared", "line 1: of: no authority over 'PD_1'"),
        ("pd t process of PD_77 program=hello", "line 1: of: no authority over 'PD_77'"),
        ("pd t process of root program=hello", "line 1: of: no authority over 'root'"),
        ("pd t process of nobody program=hello", "line 1: of: there is no PD called 'nobody'"),
        ("pd t process program=hello by=toy", "line 1: by: only a system description says who makes the PD"),
        ("pd t process program=hello\nfault toy", "line 2: fault: no authority over 'toy'"),
        ("pd t process program=hello\nfault root", "ok"),
        ("pd t process program=hello\nfault maker", "ok"),
        ("pd t thread entry=idle", "ok"),
        ("pd t thread-isolated-heap of maker entry=idle", "ok"),
        ("pd t process program=hello\nhold maker", "line 2: hold: no authority over 'maker'"),
        ("pd t process program=hello\nhold root rights=r", "line 2: hold: no authority over 'root'"),
        ("pd t process program=hello\nrestart 2 in 3", "line 2: restart: only for a block of the system's description"),
        ("pd t process program=hello\nwatch 3", "line 2: watch: only for a block of the system's description"),
        ("pd t process program=hello\nirq 40", "line 2: irq: the creator does not have interrupt 40"),
        ("pd t process program=hello\nirq 33", "line 2: irq: the creator does not have interrupt 33"),
        ("pd t process program=hello\ndevice 0x9000000 pages=1",
         "line 2: device: the creator does not have the one at 0x9000000"),
        ("pd t process program=hello\nserves TOY", "line 2: serves: the creator may not serve 'TOY'"),
        ("pd t process program=hello\nserves *", "line 2: serves: the creator may not serve '*'"),
        ("pd t process program=hello\nrde MO rights=rwx", "line 2: rde: rights that the creator does not have"),
        ("pd t process program=hello\nrde TOY rights=rwx", "line 2: rde: rights that the creator does not have"),
        ("pd t process program=hello\nessential", "line 2: essential: the creator is not"),
        ("pd t process program=hello\nreserve pages=1",
         "line 2: reserve: the creator has no reserve that it could be taken from"),
        ("pd t process program=hello\ngive 0xf0001000", "line 2: give: there is no handle at 0xf0001000"),
    ]
    answers = boot(context, CONSOLE + TOY.format("toy", "TOY") + MAKER + "  rde TOY from toy\n",
                   [block for block, _ in cases])
    wrong = [(block, answer, wanted) for (block, wanted), answer in zip(cases, answers) if answer != wanted]
    assert not wrong, wrong


def test_passed_on(context):
    """rule: words-of-descriptions, serves, devices. A PD may pass on what its description gives it, and nothing else."""
    cases = [
        ("irq 40", "ok"), ("irq 41", "line 2: irq: the creator does not have interrupt 41"),
        ("device 0x9010000 pages=1", "ok"),
        ("device 0x9011000 pages=1", "line 2: device: the creator does not have the one at 0x9011000"),
        ("device 0x9010000 pages=2", "line 2: device: the creator does not have the one at 0x9010000"),
        ("serves NEW", "ok"), ("serves *", "ok"), ("serves MO", "line 2: serves: the creator may not serve 'MO'"),
        ("serves TOY", "line 2: serves: the creator may not serve 'TOY'"),
        ("serves LATE", "line 2: serves: the creator may not serve 'LATE'"),
        ("serves MINE", "ok"),
        ("region 0x50000000 shared at=0x30000000",
         "line 2: region: what is at 0x50000000 belongs to a device, for the PD alone that has it"),
        ("region device shared", "line 2: region: name it by its address"),
        ("region 0x50000000 copied at=0x30000000",
         "line 2: region: what is at 0x50000000 belongs to a device, for the PD alone that has it"),
    ]
    answers = boot(context, CONSOLE + TOY.format("toy", "TOY") + MAKER +
                   "  irq 40\n  device 0x9010000 pages=1 at=0x50000000\n  serves *\n  serves MINE\n" +
                   TOY.format("late", "LATE"),
                   ["pd t process program=hello\n" + line for line, _ in cases])
    wrong = [(line, answer, wanted) for (line, wanted), answer in zip(cases, answers) if answer != wanted]
    assert not wrong, wrong


def test_names(context):
    """rule: names-of-lines. A name is looked up where the line can use it; a child called like a server hijacks nothing."""
    base = CONSOLE + TOY.format("toy", "TOY") + TOY.format("other", "TOY") + \
        "pd other process program=liar\n  rde RESSPC\n  serves LIE\n  args loop\n" + \
        "pd maker process program=cat\n" + MAKER.replace("pd maker", "pd toy") + \
        "  rde TOY from toy\n  rde TOY from other\n  rde LIE from other\n"
    cases = [
        ("rde TOY from toy", "ok"),
        ("rde TOY", "line 2: rde: from: several PDs serve TOY, which is meant?"),
        ("rde TOY from other", "ok"),
        ("rde LIE", "ok"),
        ("rde LIE from other", "ok"),
        ("rde LIE from toy", "line 2: rde: from: there is no server 'toy' of that type"),
        ("rde LIE from PD_4", "ok"),
        ("rde LIE from PD_3", "line 2: rde: there is no space of type LIE of that PD to ask"),
        ("rde * from other", "line 2: rde: from: there are several PDs called 'other'"),
        ("rde * from PD_4", "ok"),
        ("fault toy", "ok"),  # its own name, not the server's
        ("fault PD_2", "line 2: fault: no authority over 'PD_2'"),
        ("fault PD_6", "ok"),
        ("fault maker", "line 2: fault: there is no PD called 'maker'"),
        ("fault other", "line 2: fault: no authority over 'other'"),
    ]
    named = [
        ("PD_7", "line 1: name: root and PD_ with a number stand for what has them"),
        ("PD_x", "ok"), ("PD_", "ok"), ("console", "ok"),
        ("root", "line 1: name: root and PD_ with a number stand for what has them"),
        ("'a\\nb'", "line 1: name: control characters, and bytes that are not UTF-8, cannot be in it"),
    ]
    blocks = [f"pd t process program=hello\n{line}" for line, _ in cases] + \
        [f"pd {name} process program=hello" for name, _ in named]
    answers = boot(context, base, blocks, "PD_6")
    wrong = [(case, answer) for case, answer in zip(cases + named, answers) if answer != case[1]]
    assert not wrong, wrong


def test_size(context):
    """rule: size-of-configurations. 64 lines (pd.create takes no more than 4 KiB)."""
    short = "pd t process program=hello\n"
    long = "args " + "a" * 200 + "\n"
    cases = [
        (short + "linked\n" * 63, "ok"),
        (short + "linked\n" * 64, "line 65: the configuration has more than 64 lines"),
        (short + long * 19, "ok"),
    ]
    answers = boot(context, CONSOLE + MAKER, [block for block, _ in cases])
    wrong = [(block, answer, wanted) for (block, wanted), answer in zip(cases, answers) if answer != wanted]
    assert not wrong, wrong


def test_pass_on(context):
    """rule: essential-asks-above. An edge that only serves to be passed on gets no news, and cannot carry requests."""
    knock = "pd {0} process program=knock\n  rde CONSOLE from console\n  rde TOY from toy{1}\n"
    with archive.start(context, CONSOLE + TOY.format("toy", "TOY") + knock.format("client", "") + knock.format("holder", " pass-on")) as machine:
        said = dict(machine.expect(r"^(client|holder): edge (.*)\n").groups() for _ in range(2))
    assert said["client"] == "told: ok", said
    assert said["holder"].startswith("not told: ") and not said["holder"].endswith(": ok"), said


def test_default_priority(context):
    """rule: default-priority. 100, or the ceiling if that is lower; an essential PD shows which."""
    system = context.folder / "priorities"
    for line, priority in (("", 100), ("  ceiling 110\n", 100), ("  ceiling 90\n", 90)):
        system.write_text(TOY.format("toy", "TOY") + line + "pd asking process program=hello\n  rde TOY\n  priority 111\n  essential\n")
        _, errors = tool.run(context.build / "host" / "cellplan", "check", system, context.build / "programs", status=1)
        assert f"an essential PD of priority 111 cannot ask a server of priority {priority}," in errors, errors


def test_of_the_running_system(context):
    """rule: hold, give. Cases that the host cannot plan: handles that came while the maker ran, texts that are no block."""
    with context.start() as machine:
        machine.expect("^cell> ")
        machine.type("run hold=toy maker")
        machine.expect("^maker: ready$")
        for text, answer in (
                ("pd t process program=hello\ngive 0xf0000000", "line 2: give: the handle at 0xf0000000 may not be passed on"),
                ("pd a process program=hello\npd b process program=hello", "line 2: pd: a second pd line in one block"),
                ("# nothing", "line 1: pd: the pd line is missing")):
            machine.send(text + "\n\n")
            machine.expect(f"^{re.escape(answer)}$")


def test_serving(context):
    """rule: serves. A PD that may ask for spaces may still make spaces of its own types only."""
    with context.start() as machine:
        machine.expect("^cell> ")
        machine.type("run liar lie")
        machine.expect("^liar: the rights do not allow it$")
        machine.type("run serves=CONSOLE liar lie")
        machine.expect("^run: denied: .*serves: the creator may not serve 'CONSOLE'$")
        machine.type("run hold=nobody hello")
        machine.expect("^run: .*nobody")
        machine.type("run hold=toy hello")
        machine.expect("^hello, world$")


# ---- At random -----------------------------------------------------------------

NAMES = ["a", "toy", "twin", "console", "maker", "PD_2", "PD_99", "nobody", "root", "second"]
TYPES = ["TOY", "MO", "PD", "ADS", "CONSOLE", "NEW", "VMR", "M-O", "*"]
ADDRESSES = ["0x400000", "0x404000", "0x20000000", "0x50000000", "0x404123", "code", "data", "heap", "stack", "ipc",
             "device"]


def random_rights(some):
    return some.choice(["", "", " rights=" + "".join(sorted(some.sample(LETTERS, some.randint(1, 4))))])


def random_line(some):
    def maybe(word, values, odds=0.4):
        return f" {word} {some.choice(values)}" if some.random() < odds else ""

    kind = some.randrange(12)
    if kind < 2:
        return f"region {some.choice(ADDRESSES)} {some.choice(['shared', 'copied', 'disjoint'])}" + \
            some.choice(["", " at=0x30000000"]) + random_rights(some) + maybe("pages=2", [""], 0.2)
    if kind < 5:
        return f"rde {some.choice(TYPES)}" + maybe("from", NAMES) + random_rights(some) + maybe("pass-on", [""], 0.2)
    if kind < 7:
        return f"hold {some.choice(NAMES)}" + random_rights(some)
    return some.choice([
        f"serves {some.choice(TYPES)}", f"serves {some.choice(TYPES)}", f"fault {some.choice(NAMES)}",
        f"irq {some.choice([5, 33, 40, 41])}", f"device {some.choice(['0x9010000', '0x9000000', '3'])} pages=1",
        f"priority {some.choice([0, 90, 100, 201])}", f"ceiling {some.choice([50, 100, 110, 150])}",
        "essential", "linked", "elevated", f"give {some.choice(['MO', '0x123', 'PD'])}"])


def random_block(some):
    if some.random() < 0.6:
        head = f"pd {some.choice(NAMES)} process" + \
            (f" of {some.choice(NAMES)}" if some.random() < 0.4 else "") + \
            f" program={some.choice(['hello'] * 9 + ['nosuch'])}"
    else:
        head = f"pd x {some.choice(['thread', 'thread-isolated-stack', 'thread-isolated-heap'])}" + \
            (f" of {some.choice(NAMES)}" if some.random() < 0.6 else "") + f" entry={some.choice(['idle', 'main', 'nosuch'])}"
    return "\n".join([head] + [random_line(some) for _ in range(some.choice([0, 1, 1, 1, 2]))])


MAKERS = [
    "",
    "  hold toy rights=r\n  hold twin rights=rwx\n  serves *\n",
    "  hold root rights=rwxg\n  irq 40\n  device 0x9010000 pages=1 at=0x50000000\n  serves NEW\n  ceiling 120\n",
    "  hold toy rights=rwx\n  hold toy rights=g\n  hold PD_1 rights=g\n  rde TOY from second pass-on\n",
]


def random_cases(context, number):
    """rule: same-words. Legal and illegal configurations, with the same words here and there."""
    some = random.Random(f"configurations {number}")
    blocks = [random_block(some) for _ in range(80)]
    answers = boot(context, CONSOLE + TOY.format("toy", "TOY") + TOY.format("twin", "TOY as second") + MAKER +
                   "  rde TOY from toy pass-on\n" + MAKERS[number], blocks)
    assert 2 < answers.count("ok") < 75, answers


def cases():
    for number in range(len(MAKERS)):
        yield f"random_{number}", lambda context, number=number: random_cases(context, number)


def test_data_elsewhere(context):
    """A process that maps another PD's data at another address runs with its own data, so it does not wait for that
    PD's constructors."""
    data = next(line.split()[2] for line in tool.run("readelf", "-lW", context.build / "programs" / "cat.elf")[0].splitlines()
                if "LOAD" in line and " RW " in line)
    description = (CONSOLE + "pd owner process program=cat\n"
                      f"pd guest process of owner program=hello\n  region {int(data, 16) & ~0xfff:#x} shared at=0x30000000\n"
                      "  rde CONSOLE from console\n")
    with archive.start(context, description) as machine:
        machine.expect("^hello, world$", timeout=20)
