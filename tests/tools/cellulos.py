# SPDX-License-Identifier: BSD-2-Clause
"""./cellulos itself: help, refusals, doctor, and set-up on a computer where
packages are missing (with stand-ins for dpkg-query, apt-get and make)."""

import os
import re
import shutil
import stat

from harness.tool import elf, refused, run

FAKES = {
    # As if only make and gcc were installed, and what apt-get was asked for.
    "dpkg-query": '#!/bin/sh\nprintf "installed make\\ninstalled gcc\\n"\n'
                  'sed "s/^/installed /" "$FAKE_STATE" 2>/dev/null\nexit 0\n',
    "apt-get": '#!/bin/sh\necho "apt-get $*" >>"$FAKE_LOG"\n'
               'case "$*" in *" install "*) ;; *) touch "$FAKE_LISTS"; exit 0;; esac\n'
               '[ -e "$FAKE_LISTS" ] || { echo "E: Unable to locate package"; exit 100; }\n'
               'for word; do echo "$word"; done >>"$FAKE_STATE"\n',
    "make": '#!/bin/sh\necho "make" >>"$FAKE_LOG"\n',
}


class Computer:
    """A front door that finds stand-ins before the real tools."""

    def __init__(self, context, **replaced):
        self.folder = context.folder
        self.front_door = context.top / "cellulos"
        fakes = self.folder / "bin"
        fakes.mkdir(exist_ok=True)
        for name, text in dict(FAKES, **replaced).items():
            (fakes / name).write_text(text)
            (fakes / name).chmod(0o755)
        build = self.folder / "out"
        (build / "host").mkdir(parents=True, exist_ok=True)
        for name in ("state", "log", "lists"):
            (self.folder / name).unlink(missing_ok=True)
        for stamp in build.glob(".set-up-*"):
            stamp.unlink()
        self.environment = dict(
            os.environ, PATH=f"{fakes}:{os.environ['PATH']}", CELLULOS_BUILD=str(build),
            FAKE_STATE=str(self.folder / "state"), FAKE_LOG=str(self.folder / "log"),
            FAKE_LISTS=str(self.folder / "lists"))
        self.build = build

    def call(self, *words, status=0):
        return run(self.front_door, *words, status=status, env=self.environment)

    def log(self):
        return (self.folder / "log").read_text().splitlines() if (self.folder / "log").exists() else []


def packages(context):
    return (context.top / "tools" / "packages.txt").read_text().split()


def missing(context):
    return " ".join(sorted(set(packages(context)) - {"make", "gcc"}))


def test_packages_sorted(context):
    assert packages(context) == sorted(set(packages(context)))


def test_doctor_misses(context):
    output, _ = Computer(context).call("doctor", status=1)
    words = missing(context)
    assert f"missing  Debian packages: {words}\n" in output
    assert f"get them: apt-get install {words} (" in output


def test_doctor_content(context):
    """Nothing missing: status 0, every line says ok."""
    output, _ = run(context.top / "cellulos", "doctor", env=dict(os.environ, CELLULOS_BUILD=str(context.folder / "out")))
    assert all(line.startswith("ok ") for line in output.splitlines()), output


def image_call(context):
    (context.folder / "root.elf").write_bytes(elf([(0x400000, 0, b"R", 1)]))
    return ("image", "--root", context.folder / "root.elf", "--kernel", context.folder / "root.elf")


def test_set_up_installs(context):
    computer = Computer(context)
    (computer.build / "host" / "cellimage").write_text("#!/bin/sh\nexit 0\n")
    (computer.build / "host" / "cellimage").chmod(0o755)
    words = missing(context)
    _, said = computer.call(*image_call(context))
    assert said.splitlines()[:2] == [f"cellulos: installing Debian packages: {words}",
                                     "cellulos: fetching the package lists"]
    installs = [line for line in computer.log() if " install " in line]
    assert len(installs) == 2 and all(line.endswith(" " + words) for line in installs)
    assert computer.log()[-1] == "make"
    # The second time nothing is printed and nothing is installed.
    before = len(computer.log())
    _, said = computer.call(*image_call(context))
    assert "installing" not in said and computer.log()[before:] == ["make"]


def test_further_packages(context):
    """Packages that only tests need are installed for tests; the viewer's page is built, and its packages installed, on request."""
    def listed(*names):
        words = {word for name in names for word in (context.top / "tools" / name).read_text().split()} - {"make", "gcc"}
        if shutil.which("node") and shutil.which("npm"):  # Node.js of whatever make does
            words -= {"nodejs", "npm"}
        return " " + " ".join(sorted(words))

    computer = Computer(context, make='#!/bin/sh\necho "make $*" >>"$FAKE_LOG"\n')
    (computer.build / "host" / "cellmodel").write_text("#!/bin/sh\nexit 0\n")
    (computer.build / "host" / "cellmodel").chmod(0o755)
    computer.call("cellmodel", "check", "x.csv")
    assert [line for line in computer.log() if " install " in line][-1].endswith(listed("packages.txt"))
    assert "page.html" not in computer.log()[-1]
    computer = Computer(context, make='#!/bin/sh\necho "make $*" >>"$FAKE_LOG"\n')
    computer.call("cellmodel", "view", "x.csv")
    assert [line for line in computer.log() if " install " in line][-1].endswith(listed("packages.txt", "packages-viewer.txt"))
    assert computer.log()[-1].endswith("viewer/page.html")
    computer = Computer(context)
    computer.call("test", "--list", "no such test")
    boards = [path for path in (context.top / "board").glob("*/packages.txt")]
    wanted = listed("packages.txt", "packages-test.txt", "packages-viewer.txt", "packages-docs.txt", *boards)
    assert [line for line in computer.log() if " install " in line][-1].endswith(wanted)


def test_set_up_fails(context):
    computer = Computer(context, **{"apt-get": "#!/bin/sh\necho 'E: no network'\nexit 100\n"})
    _, said = computer.call(*image_call(context), status=1)
    assert "E: no network\n" in said
    assert said.splitlines()[-1].startswith(f"cellulos: apt-get install {missing(context)} failed; all of its output is in ")


def test_build_fails(context):
    computer = Computer(context, make="#!/bin/sh\necho 'cc: error' >&2\nexit 2\n")
    _, said = computer.call(*image_call(context), status=1)
    assert said.splitlines()[-2:] == ["cc: error", "cellulos: the build failed"]


def test_image(context):
    """The real thing: a root task and a kernel make an image."""
    root, out = context.folder / "root.elf", context.folder / "out.image"
    root.write_bytes(elf([(0x400000, 0, b"R", 1)]))
    kernel = context.build / "tests" / "nucleus" / "probe-60000000.elf"
    tool = context.build / "host" / "cellimage"
    run(tool, "--root", root, "--kernel", kernel, "-o", out)
    assert out.read_bytes()[56:60] == b"ARM\x64"


def test_help(context):
    front_door = context.top / "cellulos"
    output, _ = run(front_door, "--help")
    for command in ("run", "test", "model", "bench", "image", "cellmodel", "doctor"):
        assert f"\n  {command}" in output
    assert run(front_door, "run", "--help")[0] == output
    assert run(front_door, "help")[0] == output


def with_runner(context, script):
    """A computer with a copy of the front door, one system, and a stand-in for the runner."""
    computer = Computer(context, **{"dpkg-query": "#!/bin/sh\nsed 's/^/installed /' \"$FAKE_PACKAGES\"\n"})
    top = computer.folder / "tree"
    (top / "tools").mkdir(parents=True, exist_ok=True)
    (top / "systems").mkdir(exist_ok=True)
    (top / "systems" / "pair").write_text("")
    (top / "systems" / "README.md").write_text("")
    shutil.copy(context.top / "cellulos", top)
    shutil.copy(context.top / "tools" / "packages.txt", top / "tools")
    computer.environment["FAKE_PACKAGES"] = str(top / "tools" / "packages.txt")
    computer.front_door = top / "cellulos"
    runner = computer.build / "host" / "cellrun"
    runner.write_text("#!/bin/bash\nprintf '%s|' \"$@\" >>\"$FAKE_LOG\"\n"
                      "for i; do case $last in --model) file=$i;; esac; last=$i; done\n" + script + "\n")
    runner.chmod(0o755)
    return computer


def test_model(context):
    """The file appears when it is complete, and only then."""
    computer, out = with_runner(context, 'echo a,b >"$file"'), context.folder / "out.csv"
    computer.call("model", "pair", "-o", out)
    assert out.read_text() == "a,b\n"
    asked = computer.log()[-1]
    assert "--system|pair|--options|extract=1|--no-input|--no-console|" in asked
    out.unlink()
    computer = with_runner(context, 'echo a,b >"$file"; exit 70')
    computer.call("model", "pair", "-o", out, status=70)
    computer = with_runner(context, ': >"$file"')
    _, said = computer.call("model", "pair", "-o", out, status=1)
    assert said.splitlines()[-1] == "cellulos: the system ended without a model"
    assert not out.exists() and not list(context.folder.glob("*.part"))


def test_model_to_what_is_no_file(context):
    """A device or a pipe is written in place; of a link, the target; files that cannot be written are refused before anything runs."""
    computer, out = with_runner(context, 'echo a,b >"$file"'), context.folder / "out.csv"
    link, full = context.folder / "link.csv", context.folder / "full"
    for path in (link, full, out):
        path.unlink(missing_ok=True)
    link.symlink_to("out.csv")
    computer.call("model", "pair", "-o", link)
    assert link.is_symlink() and out.read_text() == "a,b\n"
    full.symlink_to("/dev/full")
    computer = with_runner(context, 'echo a,b >"$file" || exit 1')
    computer.call("model", "pair", "-o", full, status=1)
    assert os.path.realpath(full) == "/dev/full" and stat.S_ISCHR(os.stat("/dev/full").st_mode)
    assert computer.call("model", "pair", "-o", "/dev/stdout")[0] == "a,b\n"
    for words, expected in ((context.folder, f"{context.folder}: Is a directory"),
                            (context.folder / "no" / "where", f"{context.folder}/no/where: No such file or directory")):
        refused(f"cellulos model: {expected}", computer.front_door, "model", "pair", "-o", words, status=2,
                env=computer.environment)


def test_link(context):
    """Called through a link, the front door finds its tree."""
    computer = with_runner(context, "exit 7")
    link = context.folder / "bin" / "link"
    link.unlink(missing_ok=True)
    link.symlink_to(computer.front_door)
    computer.front_door = link
    computer.call("run", "--system", "pair", status=7)


def test_build_folder(context):
    """A build folder that cannot be written, or named in make, is named exactly."""
    computer = with_runner(context, "exit 0")
    (computer.folder / "file").write_text("")
    for folder, expected in (
            (computer.folder / "file", "cannot be written; change its owner, or name another folder in CELLULOS_BUILD"),
            ("/proc/nowhere", "cannot be written; change its owner, or name another folder in CELLULOS_BUILD")):
        computer.environment["CELLULOS_BUILD"] = str(folder)
        _, said = computer.call("run", status=1)
        assert said == f"cellulos: {folder}: {expected}\n", said
    computer.environment["CELLULOS_BUILD"] = "/tmp/a b"
    _, said = computer.call("run", status=1)
    assert said == "cellulos: CELLULOS_BUILD: '/tmp/a b' has blanks, which make cannot have in names\n", said


def test_broken_program(context):
    """A program that does not compile is left out, and the status says so; the tests do not go on without it."""
    text = ("#!/bin/sh\necho \"make $*\" >>\"$FAKE_LOG\"\n"
            "case $* in *broken-apps*) echo 'one two';; *BROKEN=*) ;; *) echo 'cc: error' >&2; exit 2;; esac\n")
    left_out = ["cc: error", "cellulos: going on without what does not build: one two"]
    for status, told in {7: left_out, 0: left_out + ["cellulos: done, but this did not build: one two"]}.items():
        computer = with_runner(context, f"exit {status}")
        make = computer.folder / "bin" / "make"
        make.write_text(text)
        _, said = computer.call("run", status=status or 1)
        assert said.splitlines()[-len(told):] == told
        assert any("BROKEN=one two" in line for line in computer.log())
    make.write_text(text.replace("one two", ""))
    _, said = computer.call("run", status=1)
    assert said.splitlines()[-1] == "cellulos: the build failed"


def test_plan(context):
    """The predicted model: as CSV, as a picture, and against another one; a mistake is reported with file and line."""
    def plan(*arguments, status=0):
        return run(context.top / "cellulos", "plan", *arguments, status=status)

    text, _ = plan("library")
    assert text.startswith("NODE_TYPE,") and "PD,PD_2,library," in text
    assert plan("library", "--csv")[0] == text
    picture, _ = plan("library", "--svg")
    assert "<svg" in picture and "library" in picture
    changed = context.folder / "changed"
    changed.write_text((context.top / "systems" / "library").read_text().replace("library of", "thread of"))
    assert plan("library", "--against", context.top / "systems" / "library")[0] == ""
    difference, _ = plan(changed, "--against", "library", status=1)
    assert "VMR" in difference and "+ " in difference and "- " in difference, difference
    changed.write_text("pd a process\n")
    assert plan(changed, status=1)[1].endswith(f"{changed}:1:1: program: a process needs one\n")
    assert "no system 'nosuch'" in plan("nosuch", status=2)[1]


def test_model_refusals(context):
    computer = with_runner(context, "exit 0")
    for words, expected in {
        ("model", "pair"): "cellulos model: -o FILE is missing",
        ("model", "pair", "pair", "-o", "x"): "cellulos model: more than one SYSTEM: 'pair' and 'pair'",
        ("model", "other", "-o", "x"): "cellulos model: no system 'other'; there are: pair",
        ("run", "--system", "../systems/pair"): "cellulos run: no system '../systems/pair'; there are: pair",
    }.items():
        refused(expected, computer.front_door, *words, status=2, env=computer.environment)


def test_run_passes_on(context):
    computer = with_runner(context, "exit 7")

    def passed():
        """The runner's arguments but for the socket, which is left out where the folder's name is too long."""
        return re.sub(r"--models\|[^|]+/live/\d+\|$", "", computer.log()[-1])

    computer.call("run", "--system", "pair", "--memory", "2048", "--icount", "--debug", status=7)
    assert passed() == "--memory|2048|--icount|--debug|--system|pair|"
    disk = context.folder / "disk"
    disk.write_text("")
    computer.call("run", "--disk", disk, status=7)
    assert passed() == f"--disk|{disk}|--system|shell-disk|"
    computer.call("run", "--disk", f"{disk},ro", "--system", "pair", status=7)
    assert passed() == f"--disk|{disk},ro|--system|pair|"


def test_bench(context):
    computer = with_runner(context, 'echo "{}"')
    assert computer.call("bench")[0] == "{}\n{}\n"
    assert "|--bench|-|--system|shell|" in computer.log()[-1]
    assert "--icount|--options|bench=1 heartbeat=0|" in computer.log()[-1] and "|--bench|-|" in computer.log()[-1]
    assert computer.call("bench", "null-request")[0] == "{}\n"
    assert "--options|bench=null-request heartbeat=0|" in computer.log()[-1]


def test_refusals(context):
    front_door = context.top / "cellulos"
    gone = context.folder / "gone"
    for words, expected in {
        (): "cellulos: a command is missing",
        ("frob",): "cellulos: unknown command 'frob'",
        ("run", "frob"): "cellulos run: unknown argument 'frob'",
        ("run", "--kernel"): "cellulos run: --kernel needs a value",
        ("run", "--kernel", gone): f"cellulos run: {gone}: No such file or directory",
        ("run", "--kernel", context.folder): f"cellulos run: {context.folder}: not a readable file",
        ("run", "--kernel", front_door, "--debug"):
            "cellulos run: --debug chooses a build of nucleus; it goes without --kernel",
        ("run", "--memory", "much"): "cellulos run: --memory: 'much' is not a number",
        ("run", "--timeout", "-1"): "cellulos run: --timeout: '-1' is not a number",
        ("test", "--frob"): "cellulos test: unknown argument '--frob'",
        ("test", "a", "b"): "cellulos test: more than one PATTERN: 'a' and 'b'",
        ("test", "--kernel", gone): f"cellulos test: {gone}: No such file or directory",
        ("model",): "cellulos model: SYSTEM is missing",
        ("model", "-o"): "cellulos model: -o needs a value",
        ("bench", "a b"): "cellulos bench: 'a b' is not the name of a benchmark",
        ("bench", "a", "b"): "cellulos bench: more than one NAME: 'a' and 'b'",
        ("image",): "cellulos image: --root ELF is missing",
        ("image", "--frob"): "cellulos image: unknown argument '--frob'",
        ("doctor", "x"): "cellulos doctor: unknown argument 'x'",
    }.items():
        refused(expected, front_door, *words, status=2)


def test_unknown_system(context):
    for command in (("run", "--system", "nowhere"), ("model", "nowhere", "-o", "x")):
        _, said = run(context.top / "cellulos", *command, status=2)
        assert said.startswith(f"cellulos {command[0]}: no system 'nowhere'; there are: "), said
