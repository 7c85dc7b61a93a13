# SPDX-License-Identifier: BSD-2-Clause
"""Every other machine boots to the shell and runs what needs no disk: the minimum for a working board. All of the boot
tests run on it with `./cellulos test --board NAME`."""

from harness.tool import BOARDS, Skip, run, usual_board

SECONDS = 120
COMPARE = False


def start(context, board, **options):
    if not (context.build / "board" / board).exists():
        raise Skip("this is a build for one machine")
    return context.start(board=board, **options)


def boots(context, board):
    with start(context, board) as machine:
        machine.expect("^cell> ")
        machine.type("ps")
        for name in ("console", "toy", "shell"):
            machine.expect(rf"^PD_\d+ +running .* {name}$")
        machine.type("poweroff")
        assert machine.exit_status() == 0
    assert "exit 0" in machine.frames(), machine.frames()
    assert machine.errors() == "", machine.errors()


def programs(context, board):
    with start(context, board) as machine:
        machine.expect("^cell> ")
        machine.type("run hello")
        machine.expect("^hello")
        machine.expect("^cell> ")
        machine.type("run sleep 1000 &")
        pd = machine.expect(r"^sleep is (PD_\w+)$").group(1)
        machine.type("kill sleep")
        machine.type("wait")
        machine.expect(rf"^sleep \({pd}\) was killed$")


def model(context, board):
    """A model's pieces are many times larger than the buffer of the control channel's port; none is lost."""
    path = context.folder / "model.csv"
    with start(context, board, system="two-processes", options="extract=1", model=path) as machine:
        assert machine.exit_status() == 0
    run(context.build / "host" / "cellmodel", "check", path)


def clock(context, board):
    """Timeouts, and a time of day."""
    with start(context, board, options="selftest=clock") as machine:
        assert machine.exit_status() == 0
    assert machine.frames("log") == ["selftest: clock ok"], machine.frames("log")


def heartbeat(context, board):
    with start(context, board) as machine:
        assert machine.expect_frame("heartbeat") == "1"
        while len(machine.frames("heartbeat")) < 3:
            machine.expect_frame("heartbeat")
        machine.expect("^cell> ")


def input_ahead(context, board):
    """Input typed before the machine reads it is kept, also when it is more than the port's FIFO holds."""
    words = " ".join(f"word{i}" for i in range(100))
    with start(context, board) as machine:
        machine.type(f"echo {words}")
        machine.expect(f"^{words}$")
        machine.close_input()
        assert machine.exit_status() == 0


def cases():
    for board in sorted(path.parent.name for path in BOARDS.glob("*/board.mk")):
        for check in (boots, programs, model, clock, heartbeat, input_ahead):
            if board != usual_board():
                yield f"{board}.{check.__name__}", lambda context, check=check, board=board: check(context, board)
