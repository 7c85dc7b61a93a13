# SPDX-License-Identifier: BSD-2-Clause
"""Programs that run well."""

SECONDS = 120
PROMPT = "^cell> "


def finish(machine):
    machine.expect(PROMPT)
    machine.type("poweroff")
    assert machine.exit_status() == 0


def test_hello(context):
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.type("run hello")
        machine.expect("^hello, world$")
        machine.expect(PROMPT)
        machine.type("run hello 'a person'")
        machine.expect("^hello, a person$")
        finish(machine)


def test_runtime(context):
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.type("run rttest")
        result = machine.expect(r"^(FAIL .*|rttest: (\d+) of \2 passed)$", timeout=60).group()
        assert result.startswith("rttest:"), result
        finish(machine)


def test_threads(context):
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.type("run threads 5")
        machine.expect("^threads: thread 4: ok, sum 10$")
        finish(machine)


def test_reading(context):
    with context.start() as machine:
        machine.expect(PROMPT)
        machine.type("run cat")
        machine.type("some words")
        machine.expect("^some words\nsome words$")
        machine.send("\x04")
        finish(machine)
