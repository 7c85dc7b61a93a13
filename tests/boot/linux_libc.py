# SPDX-License-Identifier: BSD-2-Clause
"""The test programs of musl's libc-test, static with Debian's musl: which of them say that something is wrong, and why (docs/programs.md).

CELLULOS_LIBC_TESTS names the folder `src` of its sources.
"""

import os
import pathlib
import re
import shutil
import subprocess

from harness import executables, tool
from harness.boot import PROMPT

SECONDS = 3600
MOST = 10  # for one program, which is ended then

NO_FORK = "needs fork, or a pipe"
NO_LOADER = "a static program of musl has no dlopen"
NO_IPC = "queues, semaphores and memory of System V are not among the calls"
NO_PI = "FUTEX_LOCK_PI answers ENOSYS"
NO_SHM = "there is no /dev/shm"
# Those that fail here.
FAIL = {
    "functional-dlopen": NO_LOADER,
    "functional-tls_align_dlopen": NO_LOADER,
    "functional-tls_init_dlopen": NO_LOADER,
    "functional-fscanf": NO_FORK,
    "functional-popen": NO_FORK,
    "functional-spawn": NO_FORK,
    "functional-vfork": NO_FORK,
    "functional-ipc_msg": NO_IPC,
    "functional-ipc_sem": NO_IPC,
    "functional-ipc_shm": NO_IPC,
    "functional-socket": "there are no sockets",
    "functional-pthread_mutex_pi": NO_PI,
    "functional-pthread_robust": NO_PI,
    "functional-sem_open": NO_SHM,
    "functional-pthread_cancel-points": NO_SHM,
    "functional-stat": "the date is not known, so nothing is newer than the year 1970",
    "functional-strptime": "%F, %g and others: musl 1.2.3 itself",
    "regression-daemon-failure": NO_FORK,
    "regression-execle-env": NO_FORK,
    "regression-fflush-exit": NO_FORK,
    "regression-pthread_exit-dtor": NO_FORK,
    "regression-raise-race": NO_FORK,
    "regression-tls_get_new-dtv": NO_LOADER,
    "regression-sem_close-unmap": NO_SHM,
    "regression-malloc-brk-fail": "memory can still be mapped when brk has no room",
}
# Those that are not run.
LEFT_OUT = {"regression-fgetwc-buffering": "reads the terminal, as its pipe is not there", "regression-malloc-oom": "takes all memory that a process may have, page by page: not over in minutes"}


def compile_all(context, sources, folder):
    """Makes an executable of each test; the names of those that cannot be made."""
    musl = executables.package(context, "musl-dev") / "usr"
    libraries, objects, without = musl / "lib" / "aarch64-linux-musl", context.folder / "objects", []
    compiler = [executables.COMPILER, "-std=c99", "-O1", "-w", "-nostdinc", "-isystem", musl / "include" / "aarch64-linux-musl", "-isystem",
                tool.run(executables.COMPILER, "-print-file-name=include")[0].strip(), "-D_POSIX_C_SOURCE=200809L", "-D_XOPEN_SOURCE=700",
                "-fno-builtin", "-frounding-math", f"-I{sources / 'common'}"]
    objects.mkdir(exist_ok=True)
    common = [path for path in sorted((sources / "common").glob("*.c")) if path.stem not in ("runtest", "options", "mtest")]
    for path in common:
        tool.run(*compiler, "-c", path, "-o", objects / f"{path.stem}.o")
    for path in sorted([*(sources / "functional").glob("*.c"), *(sources / "regression").glob("*.c")]):
        name = f"{path.parent.name}-{path.stem}"
        if path.stem.endswith("_dso"):
            continue
        made = subprocess.run([*compiler, "-static", "-s", "-nostdlib", "-nostartfiles", libraries / "crt1.o", libraries / "crti.o", path,
                               *(objects / f"{one.stem}.o" for one in common), "-o", folder / name, "-Wl,--start-group", libraries / "libc.a",
                               "-lgcc", "-lgcc_eh", "-Wl,--end-group", libraries / "crtn.o"], capture_output=True, check=False)
        if made.returncode != 0:
            without.append(name)
    return without


def says(machine, name):
    """What a test says; nothing: it passed."""
    line = f"/{name}"
    machine.expect(PROMPT)
    machine.type(line)
    machine.expect(f"{re.escape(line)}$")
    before = machine.seen()
    try:
        machine.expect(PROMPT, timeout=MOST)
    except AssertionError:
        machine.send("\x03")
        machine.expect(PROMPT, timeout=MOST)
        machine.type("")
        return "not over"
    machine.type("")
    return machine.transcript()[before:machine.seen()].strip("\n").removesuffix("cell> ").strip()


def long_libc(context):
    """Just those fail that the table above names."""
    if "CELLULOS_LIBC_TESTS" not in os.environ:
        raise tool.Skip("CELLULOS_LIBC_TESTS names no folder with musl's libc-test")
    tree, image = context.folder / "tree", context.folder / "libc.img"
    shutil.rmtree(tree, ignore_errors=True)
    (tree / "tmp").mkdir(parents=True)
    without = compile_all(context, pathlib.Path(os.environ["CELLULOS_LIBC_TESTS"]), tree)
    names = sorted(path.name for path in tree.iterdir() if path.is_file() and path.name not in LEFT_OUT)
    tool.run(context.top / "cellulos", "disk", "create", "--force", image, "--size", "64", "--from", tree, seconds=300)
    with context.start(system="shell-disk", disks=(image,), seconds=SECONDS) as machine:
        failed = {name: said for name in names if (said := says(machine, name))}
    image.unlink()
    assert len(names) > 100, names
    assert failed.keys() == FAIL.keys(), ({name: failed.get(name, "passed") for name in failed.keys() ^ FAIL.keys()}, without)
