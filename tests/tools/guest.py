# SPDX-License-Identifier: BSD-2-Clause
"""./cellulos guest: the files with which a virtual machine starts, and refusals. boot/guests starts Linux with such files."""

from harness import executables
from harness.tool import refused, run

SECONDS = 300


def test_create(context):
    executables.kernel(context)  # which is kept, or cannot be had
    executables.package(context, "busybox-static")
    cellulos, folder = context.top / "cellulos", context.folder / "guest"
    said, _ = run(cellulos, "guest", "create", "--force", folder)
    assert f"--add {folder}/vmlinuz --add {folder}/initrd" in said
    assert sorted(path.name for path in folder.iterdir()) == ["initrd", "vmlinuz"]
    # Linux, arch/arm64/booting: the image's magic number; driver-api/early-userspace/buffer-format.
    assert (folder / "vmlinuz").read_bytes()[56:60] == b"ARM\x64"
    initrd = (folder / "initrd").read_bytes()
    assert initrd.startswith(b"070701") and b"insmod /modules/virtio_net.ko\n" in initrd and b"modules/virtio_net.ko\0" in initrd
    refused(f"cellulos guest: {folder}/vmlinuz exists; --force replaces it", cellulos, "guest", "create", folder, status=1)
    (folder / "vmlinuz").unlink()
    refused(f"cellulos guest: {folder}/initrd exists; --force replaces it", cellulos, "guest", "create", folder, status=1)
    assert not (folder / "vmlinuz").exists()


def test_refusals(context):
    file = context.folder / "file"
    file.write_text("")
    for words, said, status in (((), "a command is missing; there is: create", 2),
                                (("make", "x"), "unknown command 'make'; there is: create", 2),
                                (("create",), "the following arguments are required: FOLDER", 2),
                                (("create", "a", "b"), "unrecognized arguments: b", 2),
                                (("create", context.folder / "no" / "folder"), f"{context.folder}/no/folder: No such file or directory", 1),
                                (("create", file), f"{file}: not a folder", 1)):
        refused(f"cellulos guest: {said}", context.top / "cellulos", "guest", *words, status=status)
