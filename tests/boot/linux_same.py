# SPDX-License-Identifier: BSD-2-Clause
"""The same programs on the same disk, here and on Debian's Linux: their output is the same."""

import pathlib
import re
import shutil
import sys

from harness import executables, tool
from harness.boot import PROMPT

SECONDS = 900
SOURCES = pathlib.Path(__file__).parent / "linux"
BOX = "{folder}/bin/busybox"

# {folder} is the folder of the disk.
COMMANDS = [
    f"{BOX} cat {{folder}}/data/poem",
    f"{BOX} sed s/o/0/g {{folder}}/data/poem",
    f"{BOX} awk -f {{folder}}/data/count.awk {{folder}}/data/poem",
    f"{BOX} sort -r {{folder}}/data/poem",
    f"{BOX} sort -n {{folder}}/data/numbers",
    f"{BOX} wc {{folder}}/data/poem {{folder}}/data/numbers",
    f"{BOX} head -n 2 {{folder}}/data/poem",
    f"{BOX} tail -n 2 {{folder}}/data/poem",
    f"{BOX} grep -n the {{folder}}/data/poem",
    f"{BOX} cut -c 3-9 {{folder}}/data/poem",
    f"{BOX} md5sum {{folder}}/data/large {{folder}}/data/poem",
    f"{BOX} sha256sum {{folder}}/data/large",
    f"{BOX} od -x {{folder}}/data/poem",
    f"{BOX} cp {{folder}}/data/large {{folder}}/data/copy",
    f"{BOX} gzip {{folder}}/data/copy",
    f"{BOX} md5sum {{folder}}/data/copy.gz",
    f"{BOX} gunzip {{folder}}/data/copy.gz",
    f"{BOX} cmp {{folder}}/data/copy {{folder}}/data/large",
    f"{BOX} tar -cf {{folder}}/all.tar -C {{folder}}/. data",
    f"{BOX} tar -tf {{folder}}/all.tar",
    f"{BOX} mkdir {{folder}}/out",
    f"{BOX} tar -xf {{folder}}/all.tar -C {{folder}}/out",
    f"{BOX} find {{folder}}/out -name p*",
    f"{BOX} stat -c %s-%F-%a {{folder}}/out/data/poem {{folder}}/out/data",
    f"{BOX} ls -l {{folder}}/data/sub",
    f"{BOX} dd if={{folder}}/data/large of={{folder}}/part bs=1000 skip=3 count=5 status=none",
    f"{BOX} md5sum {{folder}}/part",
    f"{BOX} rm -r {{folder}}/out",
    f"{BOX} find {{folder}}/data -type f",
    f"{BOX} sh {{folder}}/data/turns.sh",
    f"{BOX} sh {{folder}}/data/script.sh",
    f"{BOX} factor 1000000007 600851475143",
    f"{BOX} bc -l {{folder}}/data/sum.bc",
    "{folder}/bin/exceptions",
]
POEM = "the fox\nover the dog\nand so on\nuntil the end\n"
SCRIPT = r"""
f() { local a=$1; [ $a -le 1 ] && echo 1 && return; echo $a; f $((a - 1)); }
f 5
for i in a b c; do case $i in b) continue;; *) echo $i;; esac; done
x=hello; echo ${x#he} ${x%o} ${#x} ${y:-none} $((0x10 ** 2 % 7))
set -- one two three; shift; echo $# $1 "$*"
while read line; do echo "[$line]"; done < $0
trap 'echo bye' EXIT
printf '%05d %s %x\n' 42 str 255
cd /; test -d /dev && echo dev
echo a > /tmp-file; echo b >> /tmp-file; read z < /tmp-file; echo $z
"""


def disk(context):
    """An image with the programs and what they read."""
    tree = context.folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    (tree / "bin").mkdir(parents=True)
    (tree / "data" / "sub").mkdir(parents=True)
    shutil.copy(executables.package(context, "busybox-static") / "bin" / "busybox", tree / "bin")
    tool.run("aarch64-linux-gnu-g++", "-O2", "-static", SOURCES / "exceptions.cc", "-o", tree / "bin" / "exceptions")
    (tree / "data" / "poem").write_text(POEM)
    (tree / "data" / "numbers").write_text("".join(f"{number * 7919 % 1000}\n" for number in range(200)))
    (tree / "data" / "large").write_bytes(bytes(number * number >> 8 & 255 for number in range(300000)))
    (tree / "data" / "count.awk").write_text("{ for (i = 1; i <= NF; i++) n[$i]++ } END { print n[\"the\"], NR, length(n) }\n")
    (tree / "data" / "sum.bc").write_text("scale = 20\n1 / 3\n2 ^ 100\nquit\n")
    (tree / "data" / "script.sh").write_text(SCRIPT)
    shutil.copy(context.top / "bench" / "programs" / "turns.sh", tree / "data")
    image = context.folder / "disk.img"
    tool.run(context.top / "cellulos", "disk", "create", "--force", image, "--size", "64", "--from", tree)
    return image


def here(context, image):
    """The output of each command."""
    said = []
    with context.start(system="shell-disk", disks=(image,)) as machine:
        machine.expect(PROMPT)
        for command in COMMANDS:
            line = command.format(folder="")
            machine.type(line)
            machine.expect(re.escape(line) + "\n")
            before = machine.seen()
            machine.expect(PROMPT, timeout=200)
            said.append(machine.transcript()[before:machine.seen()].removesuffix("cell> "))
    return said


def there(context, image):
    """The same on Linux, whose disk is in another place."""
    sys.path.append(str(context.top / "bench" / "programs"))
    import report

    class Arguments:
        build = context.build

    try:
        shown = report.on_linux(Arguments, {"ext4": COMMANDS}, image, context.folder)["ext4"]
    except report.debian.Failure as failure:
        raise tool.Skip(str(failure).split("\n", maxsplit=1)[0]) from failure
    return shown.lstrip("\n").replace("/disk", "").split("ended 0\n")[:-1]


def in_order(command, said):
    """Sorts a folder's entries: their order depends on the file system."""
    return "".join(sorted(said.splitlines(True))) if " find " in command or " -tf " in command else said


def long_same(context):
    image = disk(context)
    expected, found = there(context, image), here(context, image)
    different = [(command, one, other) for command, one, other in zip(COMMANDS, found, expected)
                 if in_order(command, one) != in_order(command, other)]
    assert len(found) == len(expected) == len(COMMANDS) and not different, "\n".join(
        f"{command}\n--- here\n{one}--- on Linux\n{other}" for command, one, other in different)
