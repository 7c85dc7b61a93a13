# SPDX-License-Identifier: BSD-2-Clause
"""All parts of a board are in its folder: no source outside names a board, and each folder is complete."""

import pathlib
import subprocess

from harness.tool import BOARDS, usual_board

FILES = {"README.md", "board.h", "board_kernel.h", "board_uart.h", "board_clock.h", "board_qemu.h", "board.mk"}


def boards():
    return sorted(path.parent for path in BOARDS.glob("*/board.mk"))


def naming(top, paths, names):
    """Files that name a board; pages for people may, and errors made on purpose in their folders."""
    for path in paths:
        if path.startswith(("board/", "tests/mutations/")) or path.endswith(".md") or not (top / path).is_file():
            continue
        content = (top / path).read_bytes()
        for name in names:
            if name.encode() in content:
                yield f"{path} names {name}"


def test_only_their_folders_name_them(context):
    listed = subprocess.run(["git", "-C", context.top, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True, check=True)
    paths = listed.stdout.splitlines()
    assert len(paths) > 500, "hardly any files"
    names = [folder.name for folder in boards()]
    assert usual_board() in names and len(names) > 1, names
    found = list(naming(context.top, paths, names))
    assert not found, "\n".join(found)


def test_a_name_is_noticed(context):
    (context.folder / "a.c").write_text(f"/* for {usual_board()} only */\n")
    (context.folder / "a.md").write_text(usual_board())
    assert list(naming(pathlib.Path(context.folder), ["a.c", "a.md"], [usual_board()])) == [f"a.c names {usual_board()}"]


def test_complete(context):
    for folder in boards():
        missing = FILES - {path.name for path in folder.iterdir()}
        assert not missing, f"{folder.name} lacks {missing}"


def test_refused(context):
    done = subprocess.run([context.top / "cellulos", "run", "--board", "no-such"], capture_output=True, text=True)
    names = " ".join(folder.name for folder in boards())
    assert done.returncode == 2 and f"no board 'no-such'; there are: {names}" in done.stderr, done.stderr
