# SPDX-License-Identifier: BSD-2-Clause
"""The user runtime's own tests, a root task (tests/runtime)."""

SECONDS = 60
TESTS = 36


def test_on_a_kernel(context):
    machine = context.start(root=context.build / "tests" / "runtime" / "runtime.elf")
    machine.expect(r"^END, at exit, EXIT 7$", timeout=SECONDS)
    lines = machine.transcript().splitlines()
    failed = [line for line in lines if line.startswith(("FAIL", "  tests/"))]
    assert not failed, "\n".join(failed)
    assert len([line for line in lines if line.startswith("PASS")]) == TESTS
