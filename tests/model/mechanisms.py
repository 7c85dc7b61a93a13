# SPDX-License-Identifier: BSD-2-Clause
"""Mechanisms as models: their reader, and cellmodel compare.

TRUTH has, by hand, what each mechanism's pair shares, from how the mechanism works and the sizes that all texts use: code
32 pages of each component, 64 of heap, 8 of stack, a library of 256.
"""

import csv
import io
import json
import sys
import xml.etree.ElementTree as xml

import driver
import reference
from driver import ask, call

FOLDER = driver.TOP / "model" / "mechanisms"
PRIVATE = 32 + 64 + 8  # pages of a component: code, heap, stack
CODE, DATA, LIBRARY = 32, 64 + 8, 256
INF = None

# File: RSI as (shared, all) per type, FR with and without the kernel, trusted PDs with and without, writable pages.
TRUTH = {
    # All VMRs of the one address space: 2 codes, 2 heaps, 2 stacks, the library, the entry area of 16 pages.
    "threads": ({"VMR": (8, 8), "MO": (2 * PRIVATE + LIBRARY + 16,) * 2, "VCPU": (0, 2), "PCPU": (1, 1)},
                1, INF, 2, 1, 2 * DATA),
    # The library and the kernel's 2048 pages; five VMRs in each of two page tables.
    "processes": ({"VMR": (0, 10), "MO": (LIBRARY + 2048, LIBRARY + 2048 + 2 * PRIVATE), "VCPU": (0, 2), "PCPU": (1, 1)},
                  1, INF, 1, 0, 0),
    # Of the kernel only the entry area.
    "processes-pti": ({"VMR": (0, 10), "MO": (LIBRARY + 16, LIBRARY + 16 + 2 * PRIVATE), "VCPU": (0, 2), "PCPU": (1, 1)},
                      1, INF, 1, 0, 0),
    # No bound: all of the address space, both keys, one thread. Each trusts the other: it may write there, and keep the thread.
    "protection-keys-bare": ({"VMR": (7, 7), "MO": (LIBRARY + 2 * PRIVATE,) * 2, "KEY": (2, 2), "VCPU": (1, 1),
                              "PCPU": (1, 1)}, 1, INF, 2, 1, 2 * DATA),
    # Code and library of both; 5 VMRs of each view, on 7 of the process. The runtime is trusted too, and meets both; so is the
    # other one, who runs on the same thread.
    "protection-keys-erim": ({"VMR": (3, 17), "MO": (LIBRARY + 2 * CODE, LIBRARY + 2 * PRIVATE), "VCPU": (1, 1),
                              "PCPU": (1, 1)}, 1, 1, 3, 2, 0),
    "memory-tagging-bare": ({"VMR": (7, 7), "MO": (LIBRARY + 2 * PRIVATE,) * 2, "TAG": (2, 2), "VCPU": (1, 1),
                             "PCPU": (1, 1)}, 1, INF, 2, 1, 2 * DATA),
    "memory-tagging-cage": ({"VMR": (3, 17), "MO": (LIBRARY + 2 * CODE, LIBRARY + 2 * PRIVATE), "VCPU": (1, 1),
                             "PCPU": (1, 1)}, 1, 1, 3, 2, 0),
    "pointer-authentication": ({"VMR": (7, 7), "MO": (LIBRARY + 2 * PRIVATE,) * 2, "KEY": (5, 5), "VCPU": (1, 1),
                                "PCPU": (1, 1)}, 1, INF, 2, 1, 2 * DATA),
    # As call gates, but it is the kernel that makes the views.
    "pointer-authentication-hakc": ({"VMR": (3, 17), "MO": (LIBRARY + 2 * CODE, LIBRARY + 2 * PRIVATE), "VCPU": (1, 1),
                                     "PCPU": (1, 1)}, 1, INF, 2, 1, 0),
    # The shared library's code, the time slice of the one thread; switcher, allocator and scheduler are trusted.
    "cheriot": ({"VMR": (0, 8), "MO": (LIBRARY, LIBRARY + 2 * PRIVATE), "SLICE": (1, 1), "VCPU": (1, 1), "PCPU": (1, 1)},
                1, 1, 4, 3, 0),
    # No memory at all: the C library is called, not read. 3 VMRs of each view, on 3 of the process.
    "cheri-c18n": ({"VMR": (0, 12), "MO": (0, 2 * PRIVATE), "CALL": (1, 1), "VCPU": (1, 1), "PCPU": (1, 1)}, 1, 1, 4, 3, 0),
    # The library's pages, and the page of the switcher, which is one VMR; 5 VMRs of each view, on 9.
    "cheri-colocation": ({"VMR": (1, 19), "MO": (LIBRARY + 1, LIBRARY + 1 + 2 * PRIVATE), "VCPU": (0, 2), "PCPU": (1, 1)},
                         1, INF, 1, 0, 0),
    # Each its own copy of all; 3 CPUs one on the other; 3 hops: guest kernel, monitor, host kernel.
    "microvm": ({"VMR": (0, 8), "GMO": (0, 8), "MO": (0, 2 * (PRIVATE + LIBRARY)), "VCPU": (0, 6), "PCPU": (1, 1)},
                3, INF, 3, 2, 0),
    # tests/linux/bare.c: 1 page of code, 8 of the file, 2 of the vDSO in common; 10 of data and 16 private ones each. 6
    # VMRs each (the two, data, private, the vDSO and the page of old system calls, which has no pages of its own to read).
    # Three open files each, of which /dev/null is one; two cores.
    "linux-processes": ({"VMR": (0, 12), "MO": (11, 63), "VCPU": (0, 2), "PCPU": (2, 2), "FILE": (1, 5),
                         "CGROUP": (10, 10), **{f"NS{kind}": (1, 1) for kind in
                         ("CGROUP", "IPC", "MNT", "NET", "PID", "TIME", "USER", "UTS")}}, 1, INF, 1, 0, 0),
    # The page that the client gave to the server, and the toy made of it. The server trusts the client, who may write it.
    "cellulos-processes": ({"VMR": (0, 16), "MO": (1, 256), "TOY": (1, 1), "EP": (0, 1), "RESSPC": (0, 1), "VCPU": (0, 2),
                            "PCPU": (1, 1)}, 0, 0, 2, 1, 1),
    # Their program's code and constants, 6 and 1 pages; the server is met without the root task too.
    "cellulos-clients": ({"VMR": (0, 14), "MO": (7, 247), "TOY": (0, 2), "VCPU": (0, 2), "PCPU": (1, 1)}, 1, 1, 2, 1, 0),
    "cellulos-threads": ({"VMR": (10, 10), "MO": (142, 142), "VCPU": (0, 2), "PCPU": (1, 1)}, 1, INF, 2, 1, 138),
}

EXAMPLE = """# a comment
title Two  words   # the end
pair one two
cite Somebody, Somewhere, 2020
pd kernel
pd one
pd two
resource code memory 3
resource data memory 2
space keys KEY one on memory
resource key keys
space s ADS kernel
vmr s ELF_CODE code
vmr s HEAP data
vmr s STACK:x data stack
run one s
space t ADS one on s
vmr t ELF_CODE:- s.code
run two t one.cpu
hold two data w
hold two key -
request two one KEY keys
request one kernel MO
fault two kernel
"""


def rows(text):
    return sorted(tuple(row) for row in csv.reader(io.StringIO(text)))


def test_reader():
    """Every statement, and the rows that it means."""
    wanted = driver.HEADER + """\
PD,PD_0,kernel,,,,
PD,PD_one,one,,,,
PD,PD_two,two,,,,
RESOURCE_SPACE,MO_SPACE_memory,MO,,,,PD_0
RESOURCE_SPACE,VCPU_SPACE_threads,VCPU,,,,PD_0
RESOURCE_SPACE,PCPU_SPACE_cores,PCPU,,,,PD_0
RESOURCE_SPACE,EP_SPACE_endpoints,EP,,,,PD_0
RESOURCE_SPACE,PD_SPACE_domains,PD,,,,PD_0
RESOURCE_SPACE,RESSPC_SPACE_spaces,RESSPC,,,,PD_0
RESOURCE_SPACE,NTFN_SPACE_notifications,NTFN,,,,PD_0
RESOURCE_SPACE,IRQ_SPACE_interrupts,IRQ,,,,PD_0
RESOURCE_SPACE,IMAGE_SPACE_images,IMAGE,,,,PD_0
RESOURCE,PCPU_cores_core,PCPU,,,,
RESOURCE,MO_memory_code,MO,,,,0x0_3_12
RESOURCE,MO_memory_data,MO,,,,0x0_2_12
RESOURCE_SPACE,KEY_SPACE_keys,KEY,,,,PD_one
RESOURCE,KEY_keys_key,KEY,,,,
RESOURCE_SPACE,ADS_SPACE_s,ADS,,,,PD_0
RESOURCE,VMR_s_code,VMR,,,,0x10000_ELF_CODE_3_12
RESOURCE,VMR_s_data,VMR,,,,0x13000_HEAP_2_12
RESOURCE,VMR_s_stack,VMR,,,,0x15000_STACK_2_12
RESOURCE,VCPU_threads_one.cpu,VCPU,,,,ADS_SPACE_s
RESOURCE_SPACE,ADS_SPACE_t,ADS,,,,PD_one
RESOURCE,VMR_t_code,VMR,,,,0x10000_ELF_CODE_3_12
,,NONE,SUBSET,PCPU_cores_core,PCPU_SPACE_cores,
,,NONE,SUBSET,MO_memory_code,MO_SPACE_memory,
,,NONE,SUBSET,MO_memory_data,MO_SPACE_memory,
,,NONE,MAP,KEY_SPACE_keys,MO_SPACE_memory,
,,NONE,SUBSET,KEY_keys_key,KEY_SPACE_keys,
,,NONE,SUBSET,VMR_s_code,ADS_SPACE_s,
,,NONE,MAP,VMR_s_code,MO_memory_code,rx
,,NONE,SUBSET,VMR_s_data,ADS_SPACE_s,
,,NONE,MAP,VMR_s_data,MO_memory_data,rw
,,NONE,SUBSET,VMR_s_stack,ADS_SPACE_s,
,,NONE,MAP,VMR_s_stack,MO_memory_data,x
,,NONE,SUBSET,VCPU_threads_one.cpu,VCPU_SPACE_threads,
,,NONE,MAP,VCPU_threads_one.cpu,PCPU_cores_core,
,,NONE,HOLD,PD_one,VCPU_threads_one.cpu,rwx
,,NONE,HOLD,PD_one,ADS_SPACE_s,rwx
,,NONE,MAP,ADS_SPACE_t,ADS_SPACE_s,
,,NONE,SUBSET,VMR_t_code,ADS_SPACE_t,
,,NONE,MAP,VMR_t_code,VMR_s_code,
,,NONE,HOLD,PD_two,VCPU_threads_one.cpu,rwx
,,NONE,HOLD,PD_two,ADS_SPACE_t,rwx
,,NONE,HOLD,PD_two,MO_memory_data,w
,,NONE,HOLD,PD_two,KEY_keys_key,
,,KEY,REQUEST,PD_two,PD_one,KEY_SPACE_keys
,,MO,REQUEST,PD_one,PD_0,
,,NONE,FAULT,PD_two,PD_0,
"""
    assert rows(ask("convert", "-", text=EXAMPLE)) == rows(wanted)
    assert rows(ask("convert", "-", text=EXAMPLE.rstrip("\n"))) == rows(wanted)  # no end of the last line
    assert rows(ask("convert", "-", text=EXAMPLE.replace("\n", "\r\n"))) == rows(wanted)


def test_map():
    text = "#\npd k\nspace a A k\nspace b B k\nresource x a\nresource y b 5\nmap x y\n"
    assert ",,NONE,MAP,A_a_x,B_b_y,\n" in ask("convert", "-", text=text)
    text = "#\npd k\nspace g GMO k\nresource r g\nresource m memory 5\nresource n memory 5\nmap r m\nmap r n rx\n"
    maps = [row for row in ask("convert", "-", text=text).splitlines() if ",MAP," in row]
    assert maps == [",,NONE,MAP,GMO_g_r,MO_memory_m,rwx", ",,NONE,MAP,GMO_g_r,MO_memory_n,rx"]


START = "#\npd kernel\npd one\nspace s ADS kernel\nresource m memory 1\n"
REFUSED = [
    ("nonsense", "nonsense", "no statement nonsense"),
    ("pd", "pd", "usage: pd NAME"),
    ("pd a b", "pd", "usage: pd NAME"),
    ("pair a", "pair", "usage: pair PD PD"),
    ("title", "title", "usage: title TEXT"),
    ("pd one", "pd", "one is named already"),
    ("pd a_b", "pd", "the name a_b: letters, digits, - and . only"),
    ("pd 0", "pd", "the id of 0 is that of something else"),
    ("space x T two", "space", "nothing is named two"),
    ("space x T m", "space", "m is a RESOURCE, not a PD"),
    ("space x T- one", "space", "the type T- "),
    ("space x T one in s", "space", "what follows the manager is: on SPACE"),
    ("space x T one on", "space", "what follows the manager is: on SPACE"),
    ("space x T one on m", "space", "m is a RESOURCE, not a RESOURCE_SPACE"),
    ("resource r one", "resource", "one is a PD, not a RESOURCE_SPACE"),
    ("resource r s", "resource", "what stands in an address space is a vmr"),
    ("resource r memory", "resource", "an MO needs a number of pages"),
    ("resource r memory 0", "resource", "0 is not a number of pages"),
    ("resource r memory 1x", "resource", "1x is not a number of pages"),
    ("resource r memory -1", "resource", "-1 is not a number of pages"),
    ("resource r memory 1099511627777", "resource", "1099511627777 is not a number of pages"),
    ("vmr memory HEAP m", "vmr", "memory is no address space"),
    ("vmr s HEAP core", "vmr", "core has no pages"),
    ("vmr s CELLAR m", "vmr", "CELLAR is no kind of VMR"),
    ("vmr s HEAP:rg m", "vmr", "rg is neither rights (letters of rwx) nor -"),
    ("map core m r", "map", "rights are those of a VMR's or of guest memory's map"),
    ("vmr s HEAP m\nvmr s HEAP m", "vmr", "s.m is named already"),
    ("run one memory", "run", "a PD runs in an address space and on a VCPU"),
    ("run one s m", "run", "a PD runs in an address space and on a VCPU"),
    ("hold one m rq", "hold", "rq is neither rights (letters of rwxg) nor -"),
    ("map m s", "map", "s is a RESOURCE_SPACE, not a RESOURCE"),
    ("request one kernel M-O", "request", "the type M-O "),
    ("fault one m", "fault", "m is a RESOURCE, not a PD"),
    ("read x.csv", "read", "only a file that is read by its name can name another"),
    ("x" * 1024, "line", "a line is UTF-8 and shorter than 1024 bytes (CM_MAX_MECHANISM_LINE)"),
    ("pd \0", "line", "a line is UTF-8 and shorter than 1024 bytes (CM_MAX_MECHANISM_LINE)"),
    ("pd \udcff", "line", "a line is UTF-8 and shorter than 1024 bytes (CM_MAX_MECHANISM_LINE)"),
]


def test_refused():
    for line, column, words in REFUSED:
        status, output, errors = call("stats", "-", text=START + line + "\n")
        number = 6 + line.count("\n")
        assert status == 1 and output == "", (line[:60], output)
        assert errors.startswith(f"-:{number}:{column}: rule 5: {words}"), (line[:60], errors)
        assert errors.count("\n") == 1, errors


def test_many_names():
    text = "#\npd k\n" + "".join(f"pd p{i}\n" for i in range(4085))
    assert call("stats", "-", text=text)[0] == 0  # the root, its nine spaces and the core are eleven
    assert "more than 4096 names (CM_MAX_MECHANISM_NAMES)" in call("stats", "-", text=text + "pd one-more\n")[2]


def test_read():
    """A text can name a file instead of a model; faults in that file are reported."""
    folder = driver.SCRATCH / "texts"
    folder.mkdir(parents=True, exist_ok=True)
    sample = (driver.SAMPLES / "example.csv").read_text()
    driver.write("texts/in.csv", sample)
    path = driver.write("texts/of.model", "# x\ntitle Of another file\npair PD_1 PD_4\nread in.csv\n")
    assert ask("convert", path) == ask("convert", driver.SAMPLES / "example.csv")
    line = ask("compare", path).splitlines()[2]
    assert line.startswith("Of another file") and "BLOCK=0.5000" in line
    for text, words in (("#\nread none.csv\n", ":2:read: rule 5: none.csv: No such file or directory"),
                        ("#\nread of.model\n", ":2:read: rule 5: of.model:4:read: only a file that is read by its name"),
                        ("#\npd x\nread in.csv\n", ":3:read: rule 5: read stands instead of a model"),
                        ("#\nread .\n", ":2:read: rule 5: .: Is a directory")):
        status, _, errors = call("stats", driver.write("texts/bad.model", text))
        assert status == 1 and words in errors, errors
    driver.write("texts/broken.csv", sample.replace("PD,PD_3,", "PDX,PD_3,"))
    status, _, errors = call("stats", driver.write("texts/bad.model", "#\nread broken.csv\n"))
    assert status == 1 and "bad.model:2:read: rule 5: broken.csv:" in errors and "unknown node type PDX" in errors


def compare(*arguments):
    return json.loads(ask("compare", *arguments, "--json"))


def name_of(row):
    return row["file"].rsplit("/", 1)[1].removesuffix(".model")


def test_truth():
    """Each mechanism has the numbers that follow from its design."""
    table = {name_of(row): row for row in compare(FOLDER)}
    assert set(table) == set(TRUTH)
    for name, (rsi, fr, fr_without, trusted, trusted_without, writable) in TRUTH.items():
        row = table[name]
        assert {kind: (r["shared"], r["all"]) for kind, r in row["rsi"].items()} == rsi, (name, row["rsi"])
        assert all(r["value"] == round(r["shared"] / r["all"], 4) for r in row["rsi"].values()), name
        assert (row["fr"], row["fr_without_kernel"]) == (fr, fr_without), (name, row)
        assert row["trusted"] == [trusted] * 2, (name, row)
        assert row["trusted_without_kernel"] == [trusted_without] * 2, (name, row)
        assert row["writable_pages"] == writable, (name, row)


def test_requests():
    """Kinds of requests: to the pair, and of the pair to the kernel."""
    table = {name_of(row): row for row in compare(FOLDER)}
    surface = {name: row["surface"] for name, row in table.items()}
    assert surface.pop("cellulos-processes") == [0, 1]  # the client asks the server for toys
    assert all(value == [0, 0] for value in surface.values()), surface
    kernel = {name: row["kernel_surface"] for name, row in table.items()}
    # VMRs and VCPUs; only VCPUs where somebody else makes the address space; keys or tags too; a guest asks its own kernel.
    for names, wanted in ((("threads", "processes", "processes-pti", "cheri-colocation", "pointer-authentication-hakc"), 4),
                          (("protection-keys-erim", "memory-tagging-cage", "cheri-c18n"), 2),
                          (("protection-keys-bare", "memory-tagging-bare", "pointer-authentication"), 6),
                          (("cheriot",), 4), (("microvm",), 0)):
        for name in names:
            assert kernel[name] == wanted, (name, kernel[name])


def test_legal():
    for path in driver.some(FOLDER.glob("*.model")):
        assert call("check", path)[0] == 0, path


def test_reference():
    """RSI and FR of each pair are those of the definition written down."""
    for row in compare(FOLDER):
        model = reference.split(reference.load(io.StringIO(ask("convert", row["file"]))))
        a, b = (next(n.id for n in model.nodes.values() if name in (n.id, n.kind == "PD" and n.data))
                for name in (row["a"], row["b"]))
        assert {kind: (r["shared"], r["all"]) for kind, r in row["rsi"].items()} == reference.rsi(model, a, b), row
        assert row["fr"] == reference.fr(model, a, b), row
        assert row["fr_without_kernel"] == reference.fr(model, a, b, without=("PD_0",)), row


def test_citations():
    """Every mechanism that was written by hand says where its facts are from."""
    for path in driver.some(FOLDER.glob("*.model")):
        text = path.read_text()
        assert text.startswith("# SPDX-License-Identifier: BSD-2-Clause\n"), path
        assert "\nread " in text or "\ncite " in text, path


def test_outputs():
    """The table, the CSV and the JSON have the same values."""
    table = compare(FOLDER)
    lines = ask("compare", FOLDER).splitlines()[2:]
    assert [line.split("  ")[0] for line in lines] == [row["mechanism"] for row in table]
    for line, row in zip(lines, table):
        words = line[len(row["mechanism"]):].split()
        shown = [f"{row['rsi'][kind]['value']:.4f}" if kind in row["rsi"] else "-" for kind in ("VMR", "MO", "VCPU", "PCPU")]
        radii = ["inf" if row[key] is None else str(row[key]) for key in ("fr", "fr_without_kernel")]
        pairs = [str(p[0]) if p[0] == p[1] else f"{p[0]}/{p[1]}"
                 for p in (row["trusted"], row["trusted_without_kernel"], row["surface"])]
        other = [f"{kind}={r['value']:.4f}" for kind, r in row["rsi"].items() if kind not in ("VMR", "MO", "VCPU", "PCPU")]
        assert words == [*shown, *radii, *pairs, str(row["kernel_surface"]), str(row["writable_pages"]), *other], line
    found = list(csv.DictReader(io.StringIO(ask("compare", FOLDER, "--csv"))))
    for row in table:
        mine = {(r["METRIC"], r["TYPE"]): r["VALUE"] for r in found if r["MECHANISM"] == row["mechanism"]}
        assert mine["FR", ""] == ("inf" if row["fr"] is None else str(row["fr"]))
        assert mine["TRUSTED", "A"] == str(row["trusted"][0]) and mine["SURFACE", "KERNEL"] == str(row["kernel_surface"])
        for kind, r in row["rsi"].items():
            assert mine["RSI", kind] == f"{r['value']:.4f}"


def test_picture():
    """The bars are as long as the RSI, and each mechanism is named."""
    path = driver.SCRATCH / "picture.svg"
    driver.SCRATCH.mkdir(parents=True, exist_ok=True)
    ask("compare", FOLDER, "--svg", path)
    space = "{http://www.w3.org/2000/svg}"
    root = xml.parse(path).getroot()
    texts = [element.text for element in root.iter(space + "text")]
    bars = [(element.find(space + "title").text, float(element.get("width"))) for element in root.iter(space + "rect")
            if element.find(space + "title") is not None]
    table = compare(FOLDER)
    assert len(bars) == 3 * len(table)
    for i, row in enumerate(table):
        assert row["mechanism"] in texts
        for kind, (label, width) in zip(("VMR", "MO", "VCPU"), bars[3 * i:3 * i + 3]):
            value = row["rsi"][kind]["value"]
            assert label == f"{kind} {value:.4f}" and abs(width - max(1.5, 360 * value)) < 0.06, (row["mechanism"], label)
    status, _, errors = call("compare", FOLDER, "--svg", driver.SCRATCH / "no" / "where.svg")
    assert status == 2 and "No such file or directory" in errors


def test_escaped():
    """A title with letters that XML, CSV and JSON know."""
    path = driver.write("odd.model", EXAMPLE.replace("Two  words", 'a<b & "c", d'))
    root = xml.fromstring(ask("compare", path, "--svg", "/dev/stdout").split("</svg>")[0] + "</svg>")
    assert 'a<b & "c", d' in [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert compare(path)[0]["mechanism"] == 'a<b & "c", d'


def test_documentation():
    """The page shows the table and the picture as they are, and names every statement."""
    page = (driver.TOP / "docs" / "mechanisms.md").read_text()
    picture = driver.SCRATCH / "page.svg"
    driver.SCRATCH.mkdir(parents=True, exist_ok=True)
    table = ask("compare", FOLDER, "--svg", picture)
    assert "".join(f"    {line.rstrip()}\n" for line in table.splitlines()) in page
    assert (driver.TOP / "docs" / "pictures" / "mechanisms.svg").read_text() == picture.read_text()
    for statement in ("title", "pair", "cite", "pd", "space", "resource", "vmr", "run", "hold", "map", "request", "fault", "read"):
        assert f"| `{statement} " in page, statement


def test_wrong_calls():
    empty = driver.SCRATCH / "empty"
    empty.mkdir(parents=True, exist_ok=True)
    for arguments, status, words in (
            ((), 2, "usage: cellmodel compare"),
            (("nowhere",), 2, "nowhere: No such file or directory"),
            ((empty,), 2, "no file of this folder ends in .model"),
            ((driver.SAMPLES / "example.csv",), 1, "no title or no pair is given"),
            ((driver.write("x.model", EXAMPLE.replace("pair one two", "pair one three")),), 1,
             "no PD has the id or name three"),
            ((driver.write("y.model", EXAMPLE.replace("pair one two", "pair kernel two")),), 1,
             "the pair is of two PDs beside the kernel")):
        found = call("compare", *arguments)
        assert found[0] == status and words in found[2] and found[1] == "", (arguments, found)


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
