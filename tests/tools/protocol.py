# SPDX-License-Identifier: BSD-2-Clause
"""The protocol of clients, servers and root task, walked in all orders by SPIN (protocol/*.pml, docs/protocol.md): no thread waits for
ever, and no signal is lost. Each fault that a model can be given is found; each state that it names belongs to a function."""

import re
import shutil
import subprocess

SECONDS = 600

# What the models are walked with, and the faults that they must fail with.
SOUND = {
    "requests": ["REQUESTS=1"],
    "requests_unwatched": ["REQUESTS=1", "NOBODY"],
    "ring": [],
    "lock": ["TURNS=1"],
}
FAULTS = {
    "requests": ["NO_SIGNAL", "SIGNAL_CLEARED_LATE", "KEPT_ARE_FORGOTTEN", "NO_LAST_ANSWER", "ROOT_WAITS", "NOBODY NO_PATIENCE",
                 "NO_PATIENCE WORK_IS_FORGOTTEN", "STARTS_EARLY"],
    "ring": ["PUTS_WITHOUT_FENCE", "WAITS_AT_ONCE"],
    "lock": ["DOES_NOT_COMPARE", "TAKES_LIGHTLY", "NEXT_IS_FORGOTTEN", "OWNERS_ARE_FORGOTTEN", "NEXT_IS_OWNER"],
}


def run(*arguments, cwd):
    done = subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout


def walk(optimize, folder, compiled, *options):
    """One walk through all states; returns the checker's output."""
    run("gcc", "-w", optimize, *compiled, "-o", "pan", "pan.c", cwd=folder)
    said = run("./pan", "-m1000000", *options, cwd=folder)
    assert "max search depth too small" not in said, "the walk did not reach everything"
    return said


def unreached(said):
    """Steps that no run takes. The root task's are made for each asker, so each has some that only another one takes."""
    parts = re.findall(r"unreached in proctype (\w+)\n((?:\t\S.*\n)*)", said)
    return [f"{process}: {line.strip()}" for process, lines in parts if process != "root" for line in lines.splitlines()
            if ".pml:" in line and "-end-" not in line]


def errors(context, name, defines):
    """How many errors SPIN finds: an end at which somebody waits, a cycle, a violated claim."""
    folder = context.folder / "-".join([name, *defines])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    model = context.top / "tests" / "tools" / "protocol" / f"{name}.pml"
    run("spin", "-a", *[f"-D{define}" for define in defines], model, cwd=folder)
    walks = [(["-DSAFETY", "-DNOCLAIM"], []), (["-DNP", "-DNOCLAIM"], ["-l"])]
    if "\nltl " in model.read_text(encoding="utf-8"):
        walks.append((["-DSAFETY", "-DNOREDUCE"], []))
    found, states = 0, 0
    for compiled, options in walks:
        if found:
            break
        said = walk("-O1" if context.long else "-O0", folder, compiled, *options)
        found += int(re.search(r"errors: (\d+)", said)[1])
        states = max(states, int(re.search(r"(\d+) states, stored", said)[1]))
        if not found and "-DNP" not in compiled and not set(defines) - {"REQUESTS=1"}:
            assert not (never := unreached(said)), f"never reached: {never}"
    return found, states


def cases():
    for label, defines in SOUND.items():
        yield label, lambda context, name=label.split("_")[0], defines=defines: sound(context, name, defines)


def sound(context, name, defines):
    found, states = errors(context, name, defines)
    assert found == 0, f"{found} errors; ./pan -r in {context.folder} shows the way there"
    assert states > 500, f"only {states} states"


def long_requests_of_two(context):
    """Each client makes two requests."""
    sound(context, "requests", ["REQUESTS=2"])


def long_lock_of_two(context):
    """Each thread takes it twice."""
    sound(context, "lock", [])


def test_faults(context):
    for name, faults in FAULTS.items():
        text = (context.top / "tests" / "tools" / "protocol" / f"{name}.pml").read_text(encoding="utf-8")
        for words in faults:
            defines = words.split()
            assert all(f"def {word}\n" in text for word in defines), f"{name}.pml does not know {words}"
            found, _ = errors(context, name, (["REQUESTS=1"] if name == "requests" else []) + defines)
            assert found, f"{name}.pml: {words} is not found"


def test_states(context):
    """Each `= FILE:FUNCTION` of a model is a function of that file, and docs/protocol.md has it."""
    page = (context.top / "docs" / "protocol.md").read_text(encoding="utf-8")
    for name in FAULTS:
        text = (context.top / "tests" / "tools" / "protocol" / f"{name}.pml").read_text(encoding="utf-8")
        places = re.findall(r"= ((?:root|lib)/[\w/]+\.[ch]):(\w+)", text)
        assert places, f"{name}.pml names no function"
        for path, function in places:
            source = (context.top / path).read_text(encoding="utf-8")
            assert re.search(rf"^[\w ].*\b{function}\(", source, re.M), f"{name}.pml: there is no {function}() in {path}"
            assert f"`{function}`" in page, f"docs/protocol.md does not have {function}"
