# SPDX-License-Identifier: BSD-2-Clause
"""./cellulos bench files|programs --linux: the same executables on CellulOS and on Debian's Linux for arm64, on the same machine
with instructions counted, and a row of JSON per benchmark with both and their ratio.

`ram` is a disk in memory with a fresh file system here, and tmpfs on Linux; `ext4` is one image on a disk in memory on both. A disk from
outside is not measured: while all wait for it, QEMU lets virtual time jump to the next timer. speedtest1's hash must be that of
a build for this computer.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
import debian  # noqa: E402
import guest_linux  # noqa: E402

SECONDS = 3600
SIZES = (1, 5, 10)
SPEEDTEST = [f"speedtest1 --verify --size {size} {{folder}}/{size}.db" for size in SIZES]
# By report and place: what runs; {folder} is where the place is mounted.
COMMANDS = {
    "files": {"ram": ["file-calls {folder}/"], "ext4": ["file-calls {folder}/"]},
    "programs": {"ram": ["stamp", "stamp", "busybox true", "stamp", "busybox sh /turns.sh", "stamp", "calls {folder}/", "sqlite-calls {folder}/", *SPEEDTEST], "ext4": ["sqlite-calls {folder}/", *SPEEDTEST]},
}
# What is between two stamps, in this order.
# A program's first start here goes through its code.
STAMPED = ("programs.start_static_exit_collect", "programs.start_busybox_first", "programs.ash_10000_turns")
FOLDERS = {"ram": "/ram", "ext4": "/disk"}  # of Linux
IMAGE = "ext4.img"
IMAGE_MIB = 64
KERNEL_WORDS = "console=ttyAMA0 quiet loglevel=1 cryptomgr.notests nokaslr panic=-1 random.trust_bootloader=on"


class Failure(Exception):
    """A machine did not do what it should."""


def cellrun(build, *words, typed=""):
    """What the console of a machine showed."""
    done = subprocess.run([str(word) for word in (build / "host" / "cellrun", "--icount", "--timeout", SECONDS, *words)], input=typed,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace", check=False)
    return done.returncode, done.stdout.replace("\r", ""), done.stderr


def executable(build, name):
    """The file of a program, or of what it reads."""
    if name == "busybox":
        return debian.program(build, "busybox-static") / "bin" / "busybox"
    return TOP / "bench" / "programs" / name if name.endswith(".sh") else build / "bench" / name


def needed(build, commands):
    """{name: file} of the programs of commands, but for those on a disk, and of the script."""
    names = {command.split()[0] for command in commands} | {"turns.sh"}
    return {name: executable(build, name) for name in names if "/" not in name}


def system(place):
    """The description of what boots here."""
    text = (TOP / "systems" / "files-mapped").read_text().replace("mapped=16", "mapped=256")
    if place == "ram":
        return text
    empty = "  rde MO\n  rde RESSPC\n  rde CONSOLE from console\n  serves BLOCK\n  args size=64\n"
    filled = empty.replace("rde MO", "rde MO rights=rwx").replace("size=64", f"image={IMAGE}")
    assert empty in text and "  args make mapped=256\n" in text
    return text.replace(empty, filled).replace("args make ", "args ")


def on_cellulos(arguments, place, commands, image, scratch, files=()):
    """What was shown; `files`: {name: file} that the commands need beside programs of benchmarks, or instead of them."""
    archive, description = scratch / "archive", scratch / "system"
    description.write_text(system(place))
    members = dict(word.split("=", 1) for word in (arguments.build / "archive.list").read_text().split())
    members.update(files or needed(arguments.build, commands))
    members.update({"systems/measured": description, IMAGE: image})
    subprocess.run([arguments.build / "host" / "cellar", "-o", archive, *(f"{n}={path}" for n, path in sorted(members.items()))],
                   cwd=TOP, check=True)
    typed = "".join(command.format(folder="") + "\n" for command in commands) + "poweroff\n"
    options = ["--kernel", arguments.kernel] if arguments.kernel else []
    status, shown, errors = cellrun(arguments.build, "--archive", archive, "--system", "measured", *options, typed=typed)
    bad = re.search(r"^.*(exited with|faulted|no memory|no command).*$", shown, re.M)
    if status != 0 or bad:
        raise Failure(f"CellulOS, {place}: {bad[0] if bad else errors.strip() or shown[-500:]}")
    return shown


def on_linux(arguments, places, image, scratch, others=None):
    """All places in one run; a dictionary of what was shown. `others`: {path: file} beside programs of benchmarks."""
    others = others or {}
    files = {"modules": None} | {str(folder): None for path in others for folder in reversed(list(pathlib.Path(path).parents)[:-1])}
    for number, content in enumerate(guest_linux.modules(arguments.build, ["brd"]).values()):
        files[f"modules/{number:02}"] = content
    files[IMAGE] = image.read_bytes()
    lines = []
    for place, commands in places.items():
        lines += [f"mark {place}", *(command.format(folder=FOLDERS[place]) for command in commands)]
    files["commands"] = "".join(f"/{line.removeprefix('/')}\n" for line in lines).encode()
    for name, path in {**needed(arguments.build, ["init", *sum(places.values(), [])]), **others}.items():
        files[name] = path.read_bytes()
    initrd = scratch / "initrd"
    initrd.write_bytes(guest_linux.initrd(files))
    _, shown, errors = cellrun(arguments.build, "--no-watch", "--no-input", "--image", guest_linux.kernel(arguments.build), "--archive",
                               initrd, "--options", KERNEL_WORDS)
    parts = re.split(r"^place (\w+)$", shown, flags=re.M)
    found = dict(zip(parts[1::2], parts[2::2]))
    for place, commands in places.items():
        if found.get(place, "").count("ended 0\n") != len(commands):
            raise Failure(f"Linux, {place}: {errors.strip()}\n{shown[-1000:]}")
    return found


def host_hash(build, size, scratch):
    done = subprocess.run([build / "bench" / "speedtest1-host", "--verify", "--size", str(size), scratch / "host.db"],
                          stdout=subprocess.PIPE, text=True, check=True)
    return hash_of(done.stdout)[0]


def hash_of(shown):
    return re.findall(r"^Verification Hash: (.*)$", shown, re.M)


def rows_of(shown):
    """{name: (total, samples)}"""
    rows = {}
    for line in shown.splitlines():
        if line.startswith("{"):
            row = json.loads(line)
            rows[row["name"]] = (row["total"], row["samples"])
    for size, seconds in zip(SIZES, re.findall(r"^ +TOTAL\.+ +([\d.]+)s$", shown, re.M)):
        rows[f"sqlite.speedtest1_size_{size}"] = (round(float(seconds) * 1e9), 1)
    stamps = [int(stamp) for stamp in re.findall(r"^stamp (\d+)$", shown, re.M)]
    rows.update({name: (stamps[i + 1] - stamps[i], 1) for i, name in enumerate(STAMPED) if i + 1 < len(stamps)})
    return rows


def report(arguments, scratch):
    places = COMMANDS[arguments.what]
    image = scratch / "disk.img"
    subprocess.run([sys.executable, TOP / "tools" / "disk.py", "--build", arguments.build, "create", image, "--size",
                    str(IMAGE_MIB)], check=True)
    linux = on_linux(arguments, places, image, scratch)
    for place, commands in places.items():
        here = on_cellulos(arguments, place, commands, image, scratch)
        for shown in (here, linux[place]) if any("speedtest1" in command for command in commands) else ():
            if hash_of(shown) != [host_hash(arguments.build, size, scratch) for size in SIZES]:
                raise Failure(f"speedtest1, {place}: another hash than on this computer: {hash_of(shown)}")
        mine, other = rows_of(here), rows_of(linux[place])
        if not mine or mine.keys() != other.keys():
            raise Failure(f"{place}: not the same rows: {sorted(mine.keys() ^ other.keys())}")
        for name, (total, samples) in mine.items():
            print(json.dumps({"name": f"{name}.{place}", "total": total, "linux": other[name][0],
                              "ratio": round(total / max(1, other[name][0]), 3), "samples": samples}), flush=True)


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--kernel")
    parser.add_argument("what", choices=COMMANDS)
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    try:
        with tempfile.TemporaryDirectory(prefix="cellulos-bench-") as scratch:
            report(arguments, pathlib.Path(scratch))
    except (Failure, debian.Failure) as failure:
        print(f"cellulos bench: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
