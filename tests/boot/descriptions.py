# SPDX-License-Identifier: BSD-2-Clause
"""run -f FILE: a description that the shell starts; taking handles and edges back."""

import re

from harness.archive import archive
from harness.boot import PROMPT
from harness.figures import check_same, figures

SECONDS = 120
OWN = """# A server of one's own, and who asks it.
pd dolls process program=layer
  rde RESSPC
  rde CONSOLE from console
  serves DOLL
  args DOLL

pd player process program=layer
  rde CONSOLE from console
  rde DOLL from dolls
  args - DOLL
"""
GOOD = OWN[:OWN.index("pd player")]
# Wrong files, and the parts of the message: file, row, column, field.
WRONG = [
    (GOOD + "pd x process program=hello\n  rde   DOLL from nobody\n", "9:19: rde: from: there is no server 'nobody' of that type"),
    (GOOD + "pd x process program=hello\n  region heap  disjoint pages=q\n", "9:31: region: 'q' is not a number"),
    (GOOD + "pd x process program=nosuch\n", "8:22: program: there is no 'nosuch'"),
    (GOOD + "pd x proces\n", "8:6: pd: there is no preset 'proces'"),
    (GOOD + "pd x process program=hello\n  serves TOY\n", "9:10: serves: the creator may not serve 'TOY'"),
    (GOOD + "pd x process program=hello\n  serves OTHER\n", "9:3: serves: the PD has made no space of the type"),
    (GOOD + "pd x process program=hello\n  priority 101\n", "9:3: priority: 101 is above the ceiling, 100"),
    (GOOD + "pd x process program=hello\n  restart 1 in 2\n",
     "9:3: restart: only for a block of the system's description"),
    ("policy pd-depth=1\n" + GOOD, "1:1: policy: it is for the description that was booted"),
    ("rde MO\n" + GOOD, "1:1: rde: the block must begin with a pd line"),
]


def test_own_server(context):
    """Blocks name one another; programs ask the servers among them; each is in a budget of its own below the ceiling."""
    file = context.folder / "own"
    file.write_text(OWN)
    with context.start(archive=archive(context, own=file)) as machine:
        start_and_end(machine)
        machine.type("run sleep 1")
        before = figures(machine)
        start_and_end(machine)
        check_same(machine, before)


def test_path(context):
    """A file of the file server, by its path, gives the same; and files that cannot be read."""
    with context.start(system="files-ramdisk") as machine:
        for line in ("pd greeting process program=hello > /own", "  rde CONSOLE >> /own", "pd greeting process program=hello > /wrong",
                     "  rde   CONSOL >> /wrong"):
            machine.expect(PROMPT)
            text, arrows, path = re.fullmatch(r"(.*) (>+) (.*)", line).groups()
            machine.type(f"echo '{text}' {arrows} {path}")
        machine.command("run -f /own")
        machine.expect("^hello, world$")
        for _ in range(2):
            machine.command("cat /own /own /own /own /own /own /own /own /own /own /own /own /own /own /own /own /own /own > /longer")
            machine.command("cat /longer /longer /longer /longer /longer /longer /longer /longer /longer /longer > /own")
        for path, said in (("/wrong", "run: /wrong:2:3: rde: there is no space of type CONSOL to ask"), ("/nosuch", "load: /nosuch: not found"),
                           ("/own", "load: not all was read"), ("/", "load: .*")):
            machine.command(f"run -f {path}")
            machine.expect(f"^{said}$")


def start_and_end(machine):
    machine.command("run -f own &")
    machine.expect(r"^dolls is PD_\w+$")
    machine.expect(r"^player is PD_\w+$")
    machine.expect("^layer: DOLL answers 1$")
    machine.type("limit dolls pages=100")
    machine.command("kill dolls")
    machine.expect("^layer: DOLL: the server, or the object, is gone$")
    machine.type("kill player")
    machine.expect(r"^player \(PD_\w+\) was killed$")


def test_wrong(context):
    """The message has file, row, column and field; PDs that were started before the error are ended."""
    files = {f"wrong-{i}": context.folder / f"wrong-{i}" for i in range(len(WRONG))}
    for (text, _), file in zip(WRONG, files.values()):
        file.write_text(text)
    with context.start(archive=archive(context, **files)) as machine:
        for _again in range(2):
            before = figures(machine)
            for name, (_, said) in zip(files, WRONG):
                machine.command(f"run -f {name}")
                said_now = machine.expect(r"^(cell> )?run: (.*)$").group(2)
                assert said_now == f"{name}:{said}", said_now
            machine.command("run sleep 1")
        check_same(machine, before)
        machine.command("run -f nosuch")
        machine.expect("^run: nosuch: the boot archive has no such file$")
