# SPDX-License-Identifier: BSD-2-Clause
"""The documentation names only existing links, paths, commands, functions, messages.
And rules for all files: a licence line, no path of a developer's computer."""

import ast
import glob
import os
import pathlib
import re
import shutil
import sys

from harness.tool import run

SECONDS = 60
TOP = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = {"build", "node_modules", "__pycache__"}
SOURCES = {".c", ".pml", ".h", ".S", ".py", ".mk", ".ld", ".idl", ".abi", ".js", ".css", ".sh"}
FOLDERS = [path.name for path in sorted(TOP.iterdir()) if path.is_dir() and path.name not in SKIPPED
           and not path.name.startswith(".")]
# Paths in place of a reader's own file.
THEIRS = re.compile(r"\b(NAME|X|SYSTEM|mine)\b")


def files():
    for folder, names, entries in os.walk(TOP):
        names[:] = [name for name in names if name not in SKIPPED and not name.startswith(".")]
        for entry in entries:
            path = pathlib.Path(folder) / entry
            if not path.is_symlink():
                yield path


def pages():
    for path in sorted(files()):
        if path.suffix == ".md":
            yield path, path.read_text(encoding="utf-8")


def assert_none(faults):
    assert not faults, "\n".join(faults)


def test_links(context):
    faults = []
    for path, text in pages():
        for target in re.findall(r"\]\(([^)#\s]*)(?:#[^)]*)?\)", text):
            if target and "://" not in target and not (path.parent / target).exists():
                faults.append(f"{path.relative_to(TOP)}: there is no {target}")
    assert_none(faults)


def test_index(context):
    """docs/README.md leads to every page, and every folder has a README.md about its contents."""
    index = (TOP / "docs" / "README.md").read_text(encoding="utf-8")
    faults = [f"docs/README.md does not name {path.name}" for path in sorted((TOP / "docs").glob("*.md"))
              if path.name != "README.md" and f"({path.name})" not in index]
    faults += [f"{folder} has no README.md" for folder in FOLDERS if not (TOP / folder / "README.md").exists()]
    assert_none(faults)


def test_paths(context):
    faults = []
    for path, text in pages():
        for word in re.findall(r"`([\w.*-]+/[\w./*-]*)`", text):
            if word.split("/")[0] not in FOLDERS or THEIRS.search(word):
                continue
            if not glob.glob(str(TOP / word)) and not glob.glob(str(TOP / word) + ".*"):
                faults.append(f"{path.relative_to(TOP)}: there is no {word}")
    assert_none(faults)


def rules_of_tests():
    """(test, rule) for each rule that a test names: `rule: NAME, NAME.` at the beginning of its docstring, or in the comment
    above a C test."""
    for path in sorted((TOP / "tests").glob("*/*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            said = ast.get_docstring(function) if isinstance(function, ast.FunctionDef) else None
            if said is not None and said.startswith("rule: "):
                for rule in re.split(r"[,\s]+", said[len("rule: "):].split(".")[0].strip()):
                    yield f"{path.relative_to(TOP)}: {function.name}", rule
    for path in sorted((TOP / "tests").glob("*/*.c")):
        for said in re.findall(r"/\* rule: ([^.*]*)", path.read_text(encoding="utf-8")):
            for rule in re.split(r"[,\s]+", said.strip()):
                yield str(path.relative_to(TOP)), rule


def test_rules(context):
    """Every rule of docs/authority.md has a test that names it, and tests name no others."""
    text = (TOP / "docs" / "authority.md").read_text(encoding="utf-8")
    rules = re.findall(r"^\| ([a-z]+(?:-[a-z]+)*) \| ", text, re.M)
    rules = [rule for rule in rules if rule != "rule"]
    named = list(rules_of_tests())
    assert len(rules) > 80 and len(set(rules)) == len(rules), sorted(rules)
    assert_none([f"docs/authority.md: no test names the rule {rule}" for rule in rules if rule not in {rule for _, rule in named}] +
                [f"{test}: there is no rule {rule}" for test, rule in named if rule not in rules])


def test_attacks(context):
    """The tests that docs/attacks.md names are there."""
    listed, _ = run(sys.executable, TOP / "tests" / "run.py", "--long", "--list")
    rows = re.findall(r"^\| .* \| .* \| (.*) \|$", (TOP / "docs" / "attacks.md").read_text(encoding="utf-8"), re.M)
    rows = [row for row in rows if row not in ("test", "---")]
    assert len(rows) > 60, rows
    assert_none([f"docs/attacks.md: there is no test {test}" for row in rows
                 for test in row.split(", ") if test not in listed.split()])


def test_commands(context):
    """Commands of ./cellulos and cellmodel, and options of the former, are in their help."""
    usage, _ = run(TOP / "cellulos", "--help")
    commands = set(re.findall(r"^  (\w+)", usage, re.M)) | {"COMMAND"}
    tools = {path.stem[len("cmd_"):] for path in (TOP / "model" / "cmd").glob("cmd_*.c")} | {"ARGUMENT", "…"}
    faults = []
    for path, text in pages():
        name = path.relative_to(TOP)
        for command, rest in re.findall(r"\./cellulos (\w+)([^\n`|]*)", text):
            if command not in commands:
                faults.append(f"{name}: there is no ./cellulos {command}")
            if command == "cellmodel" and re.match(r" [a-z]", rest) and re.match(r" ([\w…]+)", rest)[1] not in tools:
                faults.append(f"{name}: there is no cellmodel{rest}")
            faults += [f"{name}: ./cellulos {command} has no option {option}"
                       for option in re.findall(r"(?<!\S)(--[\w-]+)", rest.split("#")[0])
                       if command != "cellmodel" and option not in usage]
    assert_none(faults)


def test_shell(context):
    """docs/shell.md has the commands of the shell, and no others."""
    table = (TOP / "apps" / "shell" / "commands.c").read_text().split("commands[]")[1]
    page = (TOP / "docs" / "shell.md").read_text(encoding="utf-8")
    rows = "".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE))
    assert set(re.findall(r'\{"(\w+)"', table)) == set(re.findall(r"`([a-z]+)", rows))


def test_functions(context):
    """Functions and structures that a page of docs/ names are somewhere in the sources."""
    words = set()
    for path in files():
        if path.suffix in SOURCES:
            words.update(re.findall(r"\w+", path.read_text(encoding="utf-8", errors="replace")))
    faults = []
    for path, text in pages():
        text = text.split("## What is missing at link")[0]  # tools/library.py tries those
        for name in re.findall(r"`(?:struct )?([a-z]\w*_\w+)(?:\(\))?`", text):
            if name not in words and not name.startswith("seL4_"):
                faults.append(f"{path.relative_to(TOP)}: nothing is called {name}")
    assert_none(faults)


def test_errors_of_systems(context):
    """The table of messages in docs/systems.md has the planner's messages."""
    text = (TOP / "docs" / "systems.md").read_text(encoding="utf-8")
    short = dict(re.findall(r"^    ([A-Z])  (pd .*)$", text, re.M))
    rows = re.findall(r"^\| (`.*`) \| (\d+:\d+: .*) \|$", text, re.M)
    system = context.folder / "system"
    faults = []
    for lines, message in rows:
        lines = re.findall(r"`([^`]+)`", lines)
        system.write_text("\n".join(short.get(line, line) for line in lines) + "\n")
        _, errors = run(context.build / "host" / "cellplan", "check", system, context.build / "programs", status=1)
        if errors != f"{system}:{message}\n":
            faults.append(f"{lines}: {errors}instead of {message}")
    assert len(rows) > 40, rows
    source = (TOP / "lib" / "plan" / "lines.c").read_text()
    faults += [f"nothing is said of {word}" for word in re.findall(r'\{"(\w+)", read_', source) if f"`{word}" not in text]
    assert_none(faults)


# Messages of lib/plan that the table cannot show, and the tests that do.
ELSEWHERE = {
    "no memory for the plan": "nothing: it takes a machine without memory",
    "region: there is no memory behind 0x%lx": "nothing: only what ads.reserve made is like that",
    "the configuration has more than %u bytes": "nothing: pd.create takes no longer ones (idl/pd.idl)",
    "program: '%.*s': %s": "boot/faults.bad_elf",
    "program: '%.*s' is made for Linux: 'program=linux' with 'args %.*s' runs it": "boot/linux_programs.description",
    "a zero byte in the text": "here",
    "region: a %s has lines about regions only": "tools/presets.fork",
    "too much to look through: edges and regions of its creator, PDs with one name": "boot/fairness.bounds",
    "entry: a %s goes on where its creator stands": "tools/presets.fork",
}


def messages():
    """The formats of all messages of the reader and the planner."""
    call = re.compile(r'\b(?:plan_fail|planner_fail|FAIL)\(((?:[^;"]|"(?:[^"\\]|\\.)*")*)\)')
    for path in sorted((TOP / "lib" / "plan").glob("*.c")):
        source = path.read_text().replace("CELL_RIGHTS_LETTERS", '"rwxg"')
        for arguments in call.findall(source):
            literal = re.search(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*', arguments)
            if literal:
                yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literal[0]))


def test_messages_of_configurations(context):
    """Every message of lib/plan is shown by the table in docs/systems.md or by a test of what a PD hands in."""
    said = re.findall(r"^\| `.*` \| \d+:\d+: (.*) \|$", (TOP / "docs" / "systems.md").read_text(encoding="utf-8"), re.M)
    said += re.findall(r'line \d+: ([^"]*)"', (TOP / "tests" / "boot" / "authority_config.py").read_text())
    all_messages = set(messages())
    assert len(all_messages) > 60, all_messages
    unsaid = []
    for message in all_messages:
        pattern = ".*".join(re.escape(part) for part in re.split(r"%(?:\.\*)?l?[sdux]", message))
        if message not in ELSEWHERE and not any(re.fullmatch(pattern, text) for text in said):
            unsaid.append(message)
    assert_none(unsaid)
    assert_none(sorted(set(ELSEWHERE) - all_messages))
    system = context.folder / "system"
    system.write_bytes(b"pd a process\nx\0y\n")
    _, errors = run(context.build / "host" / "cellplan", "check", system, context.build / "programs", status=1)
    assert errors == f"{system}:2:1: a zero byte in the text\n", errors


def test_licences(context):
    faults = []
    for path in files():
        if path.suffix in SOURCES or path.name == "Makefile" or path.parent.name == "systems":
            with open(path, encoding="utf-8", errors="replace") as file:
                head = [next(file, "") for _ in range(3)]
            if path.name != "README.md" and not any("SPDX-License-Identifier: BSD-2-Clause" in line for line in head):
                faults.append(f"{path.relative_to(TOP)}: no licence in the first lines")
    assert_none(faults)


def test_no_paths_of_a_computer(context):
    """Nothing in the repository depends on where somebody had it."""
    wrong = re.compile(r"(?<![\w.$)}])/(?:work|home/\w+|Users)/")
    faults = []
    for path in files():
        if path.suffix in SOURCES | {".md", ".txt", ".html", ".json"} or path.name in ("Makefile", "cellulos"):
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                if wrong.search(line) and path != pathlib.Path(__file__).resolve():
                    faults.append(f"{path.relative_to(TOP)}:{number}: {line.strip()[:80]}")
    assert_none(faults)


# ---- Pages that are followed, in a copy of the repository -----------------------


def follow(context, page):
    """Writes the files that a page shows, types its commands, and compares what it shows of their output."""
    copy = context.folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(TOP, copy, symlinks=True, ignore=shutil.ignore_patterns(".git", *SKIPPED))
    environment = dict(os.environ, CELLULOS_BUILD=str(context.folder / "built"))
    blocks = re.findall(r"^(.*)\n\n((?:    .*\n|\n(?=    ))+)", (TOP / "docs" / page).read_text(), re.MULTILINE)
    for before, block in blocks:
        lines = [line.removeprefix("    ") for line in block.splitlines()]
        file = re.search(r"`((?:apps|systems)/[\w.-]+)`", before)
        if file and "SPDX" in lines[0]:
            (copy / file[1]).write_text("\n".join(lines) + "\n")
        elif file:  # a system with another last block
            text = (copy / "systems" / "mine").read_text()
            (copy / file[1]).write_text(text[:text.rindex("pd ")] + "\n".join(lines) + "\n")
        elif re.match(r"(\$ )?(\./cellulos|cp) ", lines[0]):
            type_commands(copy, environment, lines)


def type_commands(copy, environment, lines):
    shown = []
    for line in lines + ["$ true"]:
        if not re.match(r"(\$ )?(\./cellulos|cp|mv|sed|true)\b", line):
            shown.append(line)
            continue
        output = output.splitlines() if shown else []
        wanted = shown[:shown.index("…")] if "…" in shown else shown
        assert output[:len(wanted)] == wanted, "\n".join(output)
        output, _ = run(*["sh", "-c", line.removeprefix("$ ")], seconds=1800, cwd=copy, env=environment)
        shown = []


def long_first_program(context):
    follow(context, "first-program.md")


def long_own_server(context):
    follow(context, "writing-a-server.md")
