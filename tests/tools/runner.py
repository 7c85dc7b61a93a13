# SPDX-License-Identifier: BSD-2-Clause
"""The runner against a stand-in for QEMU: its exit statuses, end of input,
channels, and refusals."""

import os
import pty
import socket
import stat
import subprocess
import time

from harness import clock
from harness.tool import refused, run

SECONDS = 90


def command(context, *options):
    image = context.folder / "image"
    image.write_bytes(b"")
    return [str(word) for word in (context.build / "host" / "cellrun", "--image", image, "--no-archive", *options)]


def environment(context, script):
    return dict(os.environ, FAKE_QEMU=script,
                CELLRUN_QEMU=str(context.top / "tests" / "harness" / "fake_qemu.py"))


def fake(context, script, *options, status=0, **more):
    return run(*command(context, *options), status=status, env=environment(context, script), **more)


def test_exit_frame(context):
    output, errors = fake(context, "show('hello\\n'); frame('exit', '0'); time.sleep(60)")
    assert output == "hello\n" and errors == ""
    fake(context, "frame('exit', '7'); time.sleep(60)", status=7)


def test_exit_without_a_number(context):
    _, errors = fake(context, "frame('exit', 'soon'); time.sleep(60)", status=71)
    assert errors == "cellrun: the machine ended with 'soon', which is no exit status\n"
    fake(context, "frame('exit', '256'); time.sleep(60)", status=71)
    fake(context, "frame('exit', ''); time.sleep(60)", status=71)


def test_all_output_before_the_exit(context):
    """Also what still stands in the pipe when the machine says that it ends; 1031 is Linux's F_SETPIPE_SZ."""
    script = "import fcntl; fcntl.fcntl(1, 1031, 1 << 20); show('x' * 800000); frame('exit', '0'); time.sleep(60)"
    output, _ = fake(context, script)
    assert output == "x" * 800000


def test_report(context):
    _, errors = fake(context, "frame('report', 'root task: fault at 0x10'); time.sleep(60)", status=71)
    assert errors == "root task: fault at 0x10\n"


def test_vanished(context):
    _, errors = fake(context, "show('bye'); sys.exit(3)", status=72)
    assert errors == "cellrun: QEMU ended by itself with status 3\n"


def test_exit_frame_and_gone(context):
    fake(context, "frame('exit', '5')", status=5)


def test_timeout(context):
    _, errors = fake(context, "time.sleep(60)", "--timeout", "1", status=124)
    assert errors == "cellrun: not at its end after 1 seconds\n"


def test_heartbeat_stops(context):
    started, begun = time.monotonic(), clock.now()
    _, errors = fake(context, "frame('heartbeat', '1'); time.sleep(3600)", status=70)
    assert errors == "cellrun: no sign of life for 10 seconds: the kernel or the root task is dead\n"
    assert 9 < time.monotonic() - started and clock.now() - begun < 25


def test_no_heartbeat_at_all(context):
    started, begun = time.monotonic(), clock.now()
    _, errors = fake(context, "time.sleep(3600)", status=70)
    assert "no sign of life for 30 seconds" in errors and "(it has not given any)" in errors
    assert 29 < time.monotonic() - started and clock.now() - begun < 45


def test_heartbeat_goes_on(context):
    script = "[(frame('heartbeat', str(i)), time.sleep(1)) for i in range(13)]; frame('exit', '0')"
    fake(context, script)


def test_end_of_input(context):
    """0x04 is typed at the end of input, and repeated."""
    script = """
got = ''
while len(got) < 3:
    got += typed()
show(got)
frame('exit', '0')
time.sleep(60)
"""
    output, _ = fake(context, script)
    assert set(output) == {"\x04"} and len(output) >= 3


def test_input(context):
    script = """
got = ''
while '\\x04' not in got:
    got += typed()
show(got)
frame('exit', '0')
time.sleep(60)
"""
    with subprocess.Popen(command(context), env=environment(context, script), text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        output, _ = clock.communicate(process, 30, "help\nps\n")
    assert output.rstrip("\x04") == "help\nps\n" and process.returncode == 0


def test_much_input(context):
    """A slow machine loses nothing of what is typed ahead."""
    script = """
time.sleep(1)
size = 0
while True:
    got = typed(1000)
    size += len(got)
    if '\\x04' in got:
        break
show(str(size - 1))
frame('exit', '0')
time.sleep(60)
"""
    with subprocess.Popen(command(context), env=environment(context, script), text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        output, _ = clock.communicate(process, 60, "x" * 500000)
    assert output == "500000" and process.returncode == 0


def test_no_input(context):
    script = """
import select
show(repr(select.select([0], [], [], 1.5)[0]))
frame('exit', '0')
time.sleep(60)
"""
    assert fake(context, script, "--no-input")[0] == "[]"


def test_channels(context):
    """The model, benchmark rows, the transcript and the list of frames go to their files."""
    script = """
show('text')
frame('ready', 'shell')
frame('model', 'a,b\\n')
frame('model', 'c,@d\\n')
frame('model-end', 'ok')
frame('bench', '{"name": "x"}')
frame('exit', '0')
time.sleep(60)
"""
    paths = {name: context.folder / name for name in ("model", "bench", "transcript", "frames")}
    output, _ = fake(context, script, "--no-console", *(w for n, p in paths.items() for w in ("--" + n, p)))
    assert output == ""
    assert paths["model"].read_text() == "a,b\nc,@d\n"
    assert paths["bench"].read_text() == '{"name": "x"}\n'
    assert paths["transcript"].read_text() == "text"
    assert paths["frames"].read_text().splitlines() == [
        "ready shell", "model (4 bytes)", "model (5 bytes)", "model-end ok", 'bench {"name": "x"}', "exit 0"]


def full(context):
    """A device that is always full, like /dev/full; a failing test must not replace the real one."""
    path = context.folder / "full"
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/full")
    return path


def test_full_device(context):
    """Output that cannot be written is an error, wherever it goes."""
    script = ("show('text'); frame('ready', 'x'); frame('model', 'a'); frame('bench', '{}'); frame('model-end', 'ok'); "
              "frame('exit', '0'); time.sleep(60)")
    for option in ("--transcript", "--model", "--bench", "--frames"):
        _, errors = fake(context, script, option, full(context), status=1)
        assert errors == f"{context.folder}/full: No space left on device\n", (option, errors)
    with open("/dev/full", "wb") as device, subprocess.Popen(
            command(context), env=environment(context, script), stdin=subprocess.DEVNULL, stdout=device,
            stderr=subprocess.PIPE) as process:
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (1, b"standard output: No space left on device\n")


def test_help_to_a_full_device(context):
    for name in ("cellrun", "cellimage", "cellar"):
        _, errors = run("sh", "-c", f"'{context.build}/host/{name}' --help >/dev/full", status=1)
        assert errors == "standard output: No space left on device\n", errors
    run("sh", "-c", f"'{context.top}/cellulos' --help >/dev/full", status=1)


def test_closed_streams(context):
    """A closed input is at its end; a closed output is an error; neither is mistaken for a channel."""
    script = """
got = ''
while '\\x04' not in got:
    got += typed()
show('text')
frame('exit', '5')
time.sleep(60)
"""
    line = " ".join(f"'{word}'" for word in command(context))
    output, errors = run("sh", "-c", f"{line} <&-", status=5, env=environment(context, script))
    assert (output, errors) == ("text", "")
    _, errors = run("sh", "-c", f"{line} >&-", status=1, env=environment(context, script))
    assert errors == "standard output: Bad file descriptor\n"
    run("sh", "-c", f"{line} <&- 2>&-", status=5, env=environment(context, script))


def test_written_files(context):
    """cellar writes a link's target, and a device as it is; an ordinary file is replaced as a whole."""
    tool, member = context.build / "host" / "cellar", context.folder / "member"
    member.write_text("text")
    target, link = context.folder / "target", context.folder / "link"
    for path in (target, link):
        path.unlink(missing_ok=True)
    target.write_text("before")
    target.chmod(0o640)
    link.symlink_to("target")
    run(tool, "-o", link, f"member={member}")
    assert link.is_symlink() and b"member" in target.read_bytes()
    _, errors = run(tool, "-o", full(context), f"member={member}", status=1)
    assert errors == f"{context.folder}/full: No space left on device\n" and os.path.realpath(context.folder / "full") == "/dev/full"
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)
    assert run("sh", "-c", f"{tool} -o /dev/stdout member={member} | head -c 6")[0] == target.read_text(errors="replace")[:6]


def test_who_is_not_ready_is_told(context):
    _, errors = fake(context, "frame('unready', 'slow'); frame('exit', '0'); time.sleep(60)")
    assert errors == "cellrun: 'slow' did not say in time that it is ready; its part of the model is as of now\n"


def test_model_fails(context):
    script = "frame('model-end', 'out of memory'); time.sleep(60)"
    _, errors = fake(context, script, "--model", context.folder / "model", status=1)
    assert errors == "cellrun: the model was not extracted: out of memory\n"


MODELS = """
import os, select
said, answers = '', {answers!r}
while not os.path.exists({done!r}):
    frame('heartbeat', '1')
    if select.select([control], [], [], 0.1)[0]:
        said += heard()
    if '@model 0' in said:
        said = said.replace('@model 0', '', 1)
        for kind, text in answers.pop(0):
            frame(kind, text if text != "large" else "row\\n" * 100000)
frame('exit', '0')
time.sleep(60)
"""


def test_models(context):
    """Each client of the socket gets a complete model and its end, one after the other, or the reason why there is none;
    one that goes away holds up nobody; the socket is its owner's, and gone with the runner."""
    path, done = context.folder / "models", context.folder / "done"
    large = "row\n" * 100000
    answers = [[("model", "a\n"), ("model", "b\n"), ("model-end", "ok")], [("model", "half"), ("model-end", "out of memory")],
               [("model", "gone"), ("model-end", "ok")], [("model", "large"), ("model-end", "ok")],
               [("model", "last\n"), ("model-end", "ok")]]
    done.unlink(missing_ok=True)
    line = command(context, "--models", path)
    with subprocess.Popen(line, env=environment(context, MODELS.format(answers=answers, done=str(done))),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        def connect():
            one, until = socket.socket(socket.AF_UNIX), clock.now() + SECONDS
            while True:
                try:
                    one.connect(str(path))
                    return one
                except (FileNotFoundError, ConnectionRefusedError):
                    assert clock.now() < until and process.poll() is None, process.stderr.read()
                    time.sleep(0.02)

        def all_of(one):
            with one:
                return b"".join(iter(lambda: one.recv(65536), b"")).decode()

        first, second = connect(), connect()
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o700
        assert all_of(first) == "a\nb\nend\n"
        assert all_of(second) == "error: out of memory\n"
        connect().close()
        last = all_of(connect())  # the model of one that left is dropped, or never asked for, or taken by the next
        assert last in (large + "end\n", "goneend\n"), (len(last), last[:100])
        assert all_of(connect()) in (large + "end\n", "last\nend\n")
        done.write_text("")
        _, errors = clock.communicate(process, SECONDS)
    assert process.returncode == 0 and errors == "" and not path.exists()
    refused("cellrun: --models goes without --model", *line, "--model", "-", status=2)
    refused(f"{'x' * 108}: too long for the name of a socket", *command(context, "--models", "x" * 108))


def test_garbage_on_the_channel(context):
    script = "control.sendall(b'what?'); frame('frob', 'x'); frame('exit', '0'); time.sleep(60)"
    _, errors = fake(context, script)
    assert errors == ("cellrun: bytes on the control channel that are no frame\n"
                      "cellrun: unknown frame 'frob' on the control channel\n")


def test_arguments_of_qemu(context):
    script = ("show(repr([option('-append'), option('-m'), option('-icount'), option('-initrd'), option('-machine')])); "
              "frame('exit', '0'); time.sleep(9)")
    output, _ = fake(context, script, "--system", "two-processes", "--options", "extract=1", "--memory", "2048", "--icount")
    assert output == repr(["system=two-processes extract=1", "2048", "shift=0,sleep=off", None, None])
    archive = context.folder / "archive"
    archive.write_bytes(b"")
    line = [word for word in command(context, "--archive", archive) if word != "--no-archive"]
    output, _ = run(*line, env=environment(context, script))
    assert output == repr(["", "1024", None, str(archive), None])
    assert "'3072', None, None, None]" in fake(context, script, "--memory", "3072")[0]
    assert "'3073', None, None, 'highmem=on']" in fake(context, script, "--memory", "3073")[0]


def test_signal(context):
    """Ended from outside, the runner leaves no QEMU behind."""
    script = "show(str(os.getpid())); time.sleep(60)"
    with subprocess.Popen(command(context), env=environment(context, script), text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        child = int(process.stdout.read1() if hasattr(process.stdout, "read1") else os.read(process.stdout.fileno(), 20))
        process.terminate()
        assert process.wait(10) == 128 + 15
    assert not os.path.exists(f"/proc/{child}")


def terminal(context, script, keys):
    """Runs on a terminal and types `keys` once something was shown; returns (output, status)."""
    main, side = pty.openpty()
    with subprocess.Popen(command(context), env=environment(context, script),
                          stdin=side, stdout=subprocess.PIPE) as process:
        os.read(process.stdout.fileno(), 1)
        os.write(main, keys)
        output, _ = clock.communicate(process, 30)
    os.close(main)
    os.close(side)
    return output, process.returncode


def test_control_a(context):
    assert terminal(context, "show('>'); time.sleep(60)", b"\x01x") == (b"", 0)
    script = "show('>'); show(heard()); frame('exit', '3'); time.sleep(60)"
    assert terminal(context, script, b"\x01m") == (b"@model 0\n", 3)
    assert terminal(context, script, b"\x01p") == (b"@poweroff 0\n", 3)
    script = "show('>'); show(repr(typed())); frame('exit', '0'); time.sleep(60)"
    assert terminal(context, script, b"a\x01\x01\x03b") == (repr("a\x01\x03b").encode(), 0)


def test_qemu_missing(context):
    _, errors = run(*command(context), status=72, env=dict(os.environ, CELLRUN_QEMU="/no/qemu"))
    assert errors.splitlines()[0] == "/no/qemu: No such file or directory"


def test_packs_an_image(context):
    """Without --image the runner packs one, and removes it."""
    tool = context.build / "host" / "cellrun"
    gone = context.folder / "gone.elf"
    refused(f"{gone}: No such file or directory", tool, "--kernel", gone, "--root", gone, "--no-archive")


def test_refusals(context):
    tool = context.build / "host" / "cellrun"
    refused("cellrun: unknown argument '--frob'", tool, "--frob", status=2)
    refused("cellrun: --kernel needs a value", tool, "--kernel", status=2)
    refused("cellrun: --memory: 'much' is not a number", tool, "--memory", "much", status=2)
    refused("cellrun: --memory: 12 is not between 1024 and 261120", tool, "--memory", "12", status=2)
    refused("cellrun: --image goes without --kernel, --root and --debug", tool, "--image", "x", "--debug", status=2)
    refused("cellrun: --debug chooses a build of nucleus; it goes without --kernel", tool, "--kernel", "x", "--debug", status=2)
    refused("cellrun: --archive and --no-archive contradict each other", tool, "--archive", "x", "--no-archive", status=2)
    refused("cellrun: --system: 'a b' is not a name", tool, "--system", "a b", status=2)
    refused(f"{context.folder}/no/file: No such file or directory", tool, "--transcript", f"{context.folder}/no/file")
    assert run(tool, "--help")[0].startswith("usage: cellrun ")
