#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares our headers with an installed libsel4: values, functions, layouts.

    make abi && abi/compare.py build/include LIBSEL4_INCLUDE

LIBSEL4_INCLUDE is where seL4's build puts its headers (`cmake --install`). The compiler is asked, never the text: names
come from its lists of macros, enumerators and prototypes, values and sizes from a table that it lays out. What both
have must be equal, or the exit status is 1; what only libsel4 has is listed with -v.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

CC = ["aarch64-linux-gnu-gcc", "-std=gnu17", "-w", "-ffreestanding"]
OURS = "#include <sel4/sel4.h>\n"
THEIRS = ("#include <autoconf.h>\n#include <sel4/sel4.h>\n#include <sel4/invocation.h>\n"
          "#include <sel4/arch/invocation.h>\n#include <sel4/sel4_arch/invocation.h>\n")
# Structures whose layout is compared, with their members.
STRUCTURES = {
    "seL4_BootInfo": "extraLen nodeID numNodes numIOPTLevels ipcBuffer empty sharedFrames userImageFrames "
                     "userImagePaging ioSpaceCaps extraBIPages initThreadCNodeSizeBits initThreadDomain untyped "
                     "untypedList",
    "seL4_BootInfoHeader": "id len",
    "seL4_SlotRegion": "start end",
    "seL4_UntypedDesc": "paddr sizeBits isDevice padding",
    "seL4_IPCBuffer": "tag msg userData caps_or_badges receiveCNode receiveIndex receiveDepth",
    "seL4_UserContext": "pc sp spsr x0 x1 x2 x3 x4 x5 x6 x7 x8 x16 x17 x18 x29 x30 x9 x10 x11 x12 x13 x14 x15 x19 "
                        "x20 x21 x22 x23 x24 x25 x26 x27 x28 tpidr_el0 tpidrro_el0",
    "seL4_ARM_SMCContext": "x0 x1 x2 x3 x4 x5 x6 x7",
    "seL4_MessageInfo_t": "words",
    "seL4_CapRights_t": "words",
    "seL4_CNode_CapData_t": "words",
}


class Headers:
    """One set of headers: an include folder, and the lines that include all."""

    def __init__(self, folder, source, work):
        self.command = CC + [f"-I{folder}"] + (["-DCONFIG_DEBUG_BUILD"] if source == OURS else [])
        self.source = source
        self.work = work

    def compile(self, text, *options):
        path = self.work / "x.c"
        path.write_text(self.source + text)
        return subprocess.run(self.command + [*options, str(path)], capture_output=True, text=True, check=False)

    def macros(self):
        text = self.compile("", "-E", "-dM").stdout
        return set(re.findall(r"^#define ((?:seL4|SEL4|CONFIG)_\w+) +\S", text, re.M))

    def enumerators(self):
        text = self.compile("", "-E", "-P").stdout
        names = set()
        for body in re.findall(r"\benum\b[^{;()]*\{([^}]*)\}", text):
            names |= set(re.findall(r"(?:^|,)\s*(\w+)", body))
        return {n for n in names if not n.startswith("_enum_pad")}

    def values(self, expressions):
        """{expression: value}; expressions that are no constants here are left out."""
        known = list(expressions)
        while True:
            table = "".join(f"unsigned long value_{i} = (unsigned long)({e});\n" for i, e in enumerate(known))
            run = self.compile(table, "-fno-zero-initialized-in-bss", "-S", "-o", "-")
            if run.returncode == 0:
                break
            first = self.source.count("\n") + 1
            bad = {int(n) - first for n in re.findall(r"x\.c:(\d+):\d+: (?:error|note)", run.stderr)}
            if not bad:
                sys.exit(run.stderr)
            known = [e for i, e in enumerate(known) if i not in bad]
        found = re.findall(r"^value_(\d+):\s+\.xword\s+(-?\d+)", run.stdout, re.M)
        return {known[int(i)]: int(v) % 2**64 for i, v in found}

    def types(self):
        """Names of types that are no enumerations (libsel4 stretches those to eight bytes), and their sizes."""
        text = re.sub(r"\benum\b[^;]*;", "", self.compile("", "-E", "-P").stdout)
        names = set(re.findall(r"\b(seL4_\w+)(?: \[[^]]*\])?(?: ?__attribute__\(\(.*?\)\))? ?;", text))
        return self.values(sorted(f"sizeof({n})" for n in names))

    def functions(self):
        """{name: prototype with the types' own names}."""
        listing = self.work / "prototypes"
        self.compile("", "-fsyntax-only", "-aux-info", str(listing))
        pattern = re.compile(r"^/\*.*?\*/ (?:static|extern) (.*?)\b(seL4_\w+) \((.*)\);", re.M)
        return {name: (result.strip(), arguments) for result, name, arguments in pattern.findall(listing.read_text())}


def plain(prototype):
    """A prototype with what does not matter to a caller taken out."""
    result, arguments = prototype
    text = f"{result} ({arguments})"
    # Names of parameters.
    text = re.sub(r"(?<=[\w*]) ?\b\w+(?=[,)])", lambda m: m[0] if m[0] == "void" else "", text)
    # aux-info prints typedefs as they stand; capabilities and words are all the same word.
    text = re.sub(r"\b(?:struct|const|extern|volatile)\b ?", "", text)
    text = re.sub(r"\bseL4_(?:CPtr|Word|Time|CNode|TCB|Untyped|IRQHandler|IRQControl|SlotPos|Domain|DomainSet|Uint64|"
                  r"ARM_(?:VSpace|Page|PageTable|VCPU|SMC|ASIDPool|ASIDControl))\b", "word", text)
    text = re.sub(r"\blong unsigned int\b|\bunsigned long\b|\buint64_t\b", "word", text)
    text = re.sub(r"\bseL4_Uint8\b|\bseL4_Bool\b|\buint8_t\b|\bunsigned char\b|_Bool", "byte", text)
    text = re.sub(r"\bseL4_Uint16\b|\buint16_t\b|\bshort unsigned int\b", "half", text)
    text = re.sub(r"\bseL4_(IPCBuffer|UserContext)_\b", r"seL4_\1", text)
    return re.sub(r"\s+", " ", text)


def compare(kind, ours, theirs, verbose, show=str):
    """Prints differences of two dictionaries; returns how many."""
    both = sorted(set(ours) & set(theirs))
    different = [name for name in both if ours[name] != theirs[name]]
    for name in different:
        print(f"{kind} {name}: {show(ours[name])} here, {show(theirs[name])} there")
    missing = sorted(set(theirs) - set(ours))
    print(f"{kind}: {len(both)} compared, {len(different)} differ, {len(missing)} only there, "
          f"{len(set(ours) - set(theirs))} only here")
    if verbose:
        print("  only there: " + " ".join(missing))
        print("  only here: " + " ".join(sorted(set(ours) - set(theirs))))
    return len(different)


def layouts():
    """Sizes and offsets as expressions."""
    expressions = []
    for structure, members in STRUCTURES.items():
        expressions.append(f"sizeof({structure})")
        for member in members.split():
            expressions += [f"__builtin_offsetof({structure}, {member})", f"sizeof((({structure} *)0)->{member})"]
    return expressions


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-v", action="store_true", help="list what only one side has")
    parser.add_argument("ours")
    parser.add_argument("theirs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        ours = Headers(arguments.ours, OURS, pathlib.Path(work))
        theirs = Headers(arguments.theirs, THEIRS, pathlib.Path(work))
        wanted = layouts()
        differ = compare("layout", ours.values(wanted), theirs.values(wanted), arguments.v)
        differ += compare("constant", ours.values(sorted(ours.macros() | ours.enumerators())),
                          theirs.values(sorted(theirs.macros() | theirs.enumerators())), arguments.v)
        differ += compare("type", ours.types(), theirs.types(), arguments.v)
        differ += compare("function", {n: plain(p) for n, p in ours.functions().items()},
                          {n: plain(p) for n, p in theirs.functions().items()}, arguments.v)
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
