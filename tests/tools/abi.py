# SPDX-License-Identifier: BSD-2-Clause
"""The generator of the kernel's interface: its output for small inputs, and exact refusals."""

import re
import subprocess
import sys

from harness.tool import refused, run

GENERATE = "abi/generate.py"
ERRORS = 'group seL4_Error "Results."\nseL4_NoError 0\nseL4_RangeError 4 "MR0: least"\n'


def generate(context, command, *texts):
    """The generator's output for files with these texts."""
    return run(*line(context, command, *texts), cwd=context.top)[0]


def line(context, command, *texts):
    paths = []
    for i, text in enumerate(texts):
        paths.append(context.folder / f"{i}.abi")
        paths[-1].write_text(text)
    return [sys.executable, context.top / GENERATE, command, *paths]


def bad(context, message, text, constants=ERRORS):
    """The second file is refused with `message` behind its name and line."""
    refused(f"{context.folder}/1.abi{message}", *line(context, "constants", constants, text))


def test_constants(context):
    text = generate(context, "constants", ERRORS + 'macros "Sizes."\nseL4_TCBBits 11 "log2"\n',
                    'limit nLabels 2 "all"\ninterface X "x"\nXGo 1 Go "goes"\n')
    assert "    seL4_RangeError = 4, /* MR0: least */" in text
    assert "#define seL4_TCBBits 11 /* log2 */" in text
    assert "    XGo = 1," in text and "    nLabels = 2, /* all */" in text


def test_words_of_an_operation(context):
    """Narrow neighbours share a word, each at a multiple of its width; capabilities are no words."""
    text = generate(context, "invocations", 'interface I "i"\nL 1 M a:bool b:u8 c:word d:capability e:u16 f:u8 -> g:word "m"\n')
    assert "I_M(seL4_CPtr _service, seL4_Bool a, seL4_Uint8 b, seL4_Word c, seL4_CPtr d, seL4_Uint16 e, seL4_Uint8 f)" in text
    assert "seL4_Word mr0 = ((seL4_Word)a & 0x1) | ((seL4_Word)b & 0xff) << 8;" in text
    assert "seL4_Word mr1 = (seL4_Word)c;" in text
    assert "seL4_Word mr2 = ((seL4_Word)e & 0xffff) | ((seL4_Word)f & 0xff) << 16;" in text
    assert "seL4_SetCap(0, d);" in text
    assert "seL4_Invoke(_service, L, 1, 3, &mr0, &mr1, &mr2, &mr3)" in text
    assert ".g = (seL4_Word)mr0" in text


def test_words_beyond_registers(context):
    text = generate(context, "invocations", 'interface I "i"\nL 1 M a:word b:word c:word d:word e:word "m"\n')
    assert "seL4_SetMR(4, (seL4_Word)e);" in text and "seL4_Invoke(_service, L, 0, 5," in text


def test_page(context):
    text = generate(context, "page", ERRORS, 'errors every "all"\n- NoError "never"\nerrors s "a slot"\n- RangeError "depth"\n'
                    'interface I "i"\nL 1 M a:word "does"\n- as s\n- RangeError "and width"\n')
    assert "### 1 `M(a: word)`\n\nDoes.\n\n- RangeError: depth; or: and width\n" in text


def test_refusals(context):
    bad(context, ":1: no limit, errors, interface, operation or error: what", "what\n")
    bad(context, ":1: an operation of no interface", 'L 1 M "m"\n')
    bad(context, ":3: label 1 is L already", 'interface I "i"\nL 1 M "m"\nK 1 N "n"\n')
    bad(context, ": no operation has label 2", 'interface I "i"\nL 1 M "m"\nK 3 N "n"\n')
    bad(context, ":2: no type words", 'interface I "i"\nL 1 M a:words "m"\n')
    bad(context, ": no error RangError (typing)", 'interface I "i"\nL 1 M "m"\n- RangError "typing"\n')
    bad(context, ":2: an error of no operation", 'interface I "i"\n- RangeError "early"\n')
    bad(context, ":3: no errors t above, or no operation to have them", 'interface I "i"\nL 1 M "m"\n- as t\n')
    path = context.folder / "0.abi"
    refused(f"{path}:1: neither a group nor a constant: a 1", *line(context, "constants", "a 1\n", ""))
    refused(f"{path}:2: neither a group nor a constant: a b", *line(context, "constants", 'group g "g"\na b\n', ""))
    refused("usage: generate.py constants|page CONSTANTS INVOCATIONS, or faults CONSTANTS, or invocations INVOCATIONS",
            *line(context, "page", ""), status=2)


def compiled(context, name, text, *options):
    path = context.folder / name
    path.write_text(text)
    return subprocess.run(["aarch64-linux-gnu-gcc", "-Wall", "-Wextra", "-Werror", "-ffreestanding",
                           f"-I{context.build}/include", *options, str(path)], capture_output=True, text=True)


def test_assembly(context):
    done = compiled(context, "x.S", "#include <sel4/constants.h>\n.quad seL4_SysCall, TCBConfigure, seL4_TCBBits\n",
                    "-c", "-o", str(context.folder / "x.o"))
    assert done.returncode == 0, done.stderr


def test_c_alone(context):
    """Every header stands alone, and the debug calls are there only when asked for."""
    for header in ["constants", "types", "syscalls", "stubs", "invocations", "faults", "sel4"]:
        done = compiled(context, "x.c", f"#include <sel4/{header}.h>\n#include <sel4/{header}.h>\n", "-fsyntax-only")
        assert done.returncode == 0, header + ": " + done.stderr[:500]
    call = "#include <sel4/sel4.h>\nvoid f(void);\nvoid f(void) { seL4_DebugPutChar(65); }\n"
    assert "seL4_DebugPutChar" in compiled(context, "x.c", call, "-fsyntax-only").stderr
    assert compiled(context, "x.c", call, "-fsyntax-only", "-DCONFIG_DEBUG_BUILD").returncode == 0


def test_call_in_registers(context):
    """A call of up to four words touches no memory."""
    done = compiled(context, "x.c", "#include <sel4/sel4.h>\nseL4_Word f(seL4_CPtr c, seL4_Word a);\n"
                    "seL4_Word f(seL4_CPtr c, seL4_Word a)\n{\n    seL4_CallWithMRs(c, seL4_MessageInfo_new(1, 0, 0, 1),"
                    " &a, 0, 0, 0);\n    return a;\n}\n", "-O2", "-S", "-o", "-", "-fomit-frame-pointer")
    body = done.stdout.split("\nf:")[1].split("ret")[0]
    instructions = re.findall(r"^\t([a-z]\w*)", body, re.M)
    assert "svc" in instructions and len(instructions) <= 10, instructions
    assert not [i for i in instructions if i.startswith(("ld", "st"))], instructions
