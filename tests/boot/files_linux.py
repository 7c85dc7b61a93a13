# SPDX-License-Identifier: BSD-2-Clause
"""A disk goes to Debian's Linux for arm64 and back: Linux mounts a disk that this system leaves, switched off or with the power cut,
and reads the same; this system reads the same as Linux from a disk that Linux leaves, also without unmounting. The kernel (21 MB) is fetched from Debian, so that needs --long."""

import hashlib
import os
import pathlib
import re
import shutil

from harness import archive, initrd, tool
from harness.exercise import check, mapped, run
from harness.boot import PROMPT

import guest_linux

SECONDS = 600
DOCS = pathlib.Path(__file__).parents[2] / "docs"
WORDS = "console=ttyAMA0 quiet loglevel=1 cryptomgr.notests nokaslr panic=-1"
# Prints the tree, changes some of it, and ends; the disk is unmounted or not.
COMMANDS = r"""
mount -t ext4 /dev/vda /mnt && cd /mnt
find . -type f | sort | xargs md5sum
echo "names $(find . | wc -l)"
mkdir -p linux/deep && cp -r $(ls | grep '\.md$') linux/deep
ln linux/deep/storage.md linux/second; ln -s deep/storage.md linux/way; rm -rf exercise-*; mv tutorial.md linux/moved
dd if=/dev/zero of=linux/sparse bs=4096 count=1 seek=100000
for number in $(seq 400); do echo $number > linux/a-file-with-number-$number; done
sync
md5sum linux/moved linux/sparse linux/deep/* | sed 's/^/left /'
cd / {unmount}
echo "linux ended"
{end}
"""
os.environ["PATH"] += ":/usr/sbin:/sbin"


def sums(shown, before=""):
    return {name.removeprefix("./"): digest for digest, name in re.findall(rf"^{before}([0-9a-f]{{32}})  (.*)$", shown, re.M)}


def of_image(context, image, names):
    """The same of files on an image, by debugfs."""
    found = {}
    for name in names:
        to = context.folder / "dump"
        tool.run("debugfs", "-R", f'dump "/{name}" {to}', image)
        found[name] = hashlib.md5(to.read_bytes()).hexdigest()
    return found


def left_by_exercise(shown):
    """The names of the files that file-exercise says it has left."""
    return [name for name, size in re.findall(r"^left (\S+) (\d+) [0-9a-f]{8}$", shown, re.M) if size != "0"]


def on_linux(context, image, unmounts):
    commands = COMMANDS.format(unmount="&& umount /mnt" if unmounts else "", end="poweroff -f" if unmounts else "sleep 1000")
    with context.start(image=guest_linux.kernel(context.build), archive=initrd.made(context, commands=commands, loads=("virtio_mmio", "virtio_blk")),
                       options=WORDS, watch=False, disks=(image,)) as machine:
        machine.expect("^linux ended$", timeout=400)
        shown = machine.transcript()
        if unmounts:
            machine.exit_status()
        machine.stop()
    return shown


def there_and_back(context, block_size, cuts):
    image = context.folder / "disk.img"
    image.unlink(missing_ok=True)
    tool.run("mke2fs", "-q", "-t", "ext4", "-b", block_size, "-d", DOCS, image, "64M")
    with archive.start(context, mapped(context), disks=(image,)) as machine:
        run(machine, "leave", 2000, clients=2)
        for line in ("mkdir /here", "cp /storage.md /here/storage.md", "mv /shell.md /here/moved", "sync"):
            machine.expect(PROMPT)
            machine.type(line)
        machine.expect(PROMPT)
        if not cuts:
            machine.type("poweroff")
            assert machine.exit_status() == 0
        machine.stop()
    if cuts:
        shutil.copyfile(image, context.folder / "cut.img")
    check(image)
    exercised = of_image(context, image, left_by_exercise(machine.transcript()))
    if cuts:  # Linux replays the journal
        shutil.copyfile(context.folder / "cut.img", image)
    shown = on_linux(context, image, not cuts)
    read, left = sums(shown), sums(shown, "left ")
    assert len(read) > 40 and left["linux/moved"] == hashlib.md5((DOCS / "tutorial.md").read_bytes()).hexdigest()
    for name, was in (("here/moved", "shell.md"), ("here/storage.md", "storage.md"), ("model-format.md", "model-format.md")):
        assert read[name] == hashlib.md5((DOCS / was).read_bytes()).hexdigest(), name
    assert exercised and all(read[name] == digest for name, digest in exercised.items()), exercised
    with archive.start(context, mapped(context), disks=(image,)) as machine:
        for line, answer in (("cat /linux/a-file-with-number-400", "^400$"), ("cat /linux/way", "^# Files and disks$"),
                             ("ls -l /linux", r" 409604096 sparse$"), ("cp /linux/moved /back", None), ("rm /linux/second", None)):
            machine.expect(PROMPT)
            machine.type(line)
            if answer:
                machine.expect(answer)
        machine.expect(PROMPT)
        machine.type("poweroff")
        assert machine.exit_status() == 0
    check(image)
    assert of_image(context, image, left) == left
    assert of_image(context, image, ["back"])["back"] == left["linux/moved"]


def long_there_and_back(context):
    for block_size in ("1024", "4096"):
        there_and_back(context, block_size, False)


def long_with_cuts(context):
    there_and_back(context, "4096", True)
