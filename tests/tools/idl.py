# SPDX-License-Identifier: BSD-2-Clause
"""The generator of stubs from interface files: its refusals."""

import sys

from harness.tool import refused, run

OPERATION = 'op see 1 space - "sees"\n'


def line(context, name):
    return [sys.executable, context.top / "tools" / "idlgen.py", "client", context.folder / name]


def test_numbers_of_interfaces(context):
    """Two interfaces with one number are refused, whichever of them is made."""
    (context.folder / "errors.idl").write_text('error full 17 "full"\n')
    (context.folder / "one.idl").write_text('interface one 24 ONE "one"\n' + OPERATION)
    (context.folder / "two.idl").write_text('# A comment before.\ninterface two 25 TWO "two"\n' + OPERATION)
    assert "ONE_INTERFACE 24" in run(*line(context, "one.idl"))[0]
    assert "TWO_INTERFACE 25" in run(*line(context, "two.idl"))[0]
    (context.folder / "two.idl").write_text('# A comment before.\ninterface two 24 TWO "two"\n' + OPERATION)
    refused(f"{context.folder}/one.idl: interface two has number 24, too", *line(context, "one.idl"))
    refused(f"{context.folder}/two.idl: interface one has number 24, too", *line(context, "two.idl"))


def test_repeated_calls(context):
    """An answer on which the stub repeats the call is not one that the caller can see; the generator refuses it elsewhere."""
    (context.folder / "errors.idl").write_text('error again 17 "again"\n')
    (context.folder / "one.idl").write_text('interface one 24 ONE "one"\n' + OPERATION + 'error again "later"\n')
    refused(f"{context.folder}/one.idl:3: callers never see `again`: a call that is answered so is repeated at once", *line(context, "one.idl"))
