#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes C headers and a reference page from the kernel API's data.

    generate.py constants constants.abi invocations.abi > sel4/constants.h
    generate.py invocations invocations.abi > sel4/invocations.h
    generate.py faults constants.abi > sel4/faults.h
    generate.py page constants.abi invocations.abi > abi.md

constants.h serves C and assembly. Everything is read completely and checked before anything is written; an error
names file, line and what is wrong.
"""
import re
import sys

NARROW = {"bool": 1, "u8": 8, "u16": 16}
C_TYPES = {"word": "seL4_Word", "capability": "seL4_CPtr", "rights": "seL4_CapRights_t",
           "attributes": "seL4_ARM_VMAttributes", "register": "seL4_VCPUReg", "bool": "seL4_Bool",
           "u8": "seL4_Uint8", "u16": "seL4_Uint16", "context": "seL4_UserContext *"}
MESSAGE_REGISTERS = 4
# Where libsel4 names a word of a fault differently from its index.
FAULT_WORDS = {"UserException_SP": "Stack", "VPPIEvent_IRQ": "irq", "CapFault_BitsLeft": "MR4",
               "CapFault_DepthMismatch_BitsFound": "MR5", "CapFault_GuardMismatch_GuardFound": None,
               "CapFault_GuardMismatch_BitsFound": "MR6"}
HEAD = "/* SPDX-License-Identifier: BSD-2-Clause */\n/* Generated from abi/ by abi/generate.py. */\n"


class Fault(Exception):
    pass


def lines_of(path):
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.strip()
            if line and not line.startswith("#"):
                yield f"{path}:{number}", line


def read_constants(path):
    """[(kind, name, doc, [(name, value text, doc)])]"""
    groups = []
    member = re.compile(r'(\w+) (-?(?:0x[0-9a-f]+|\d+))(?: "([^"]*)")?$')
    for where, line in lines_of(path):
        head = re.match(r'(?:group (\w+)|macros) "([^"]*)"$', line)
        if head:
            groups.append(("macros" if head[1] is None else "group", head[1], head[2], []))
            continue
        found = member.match(line)
        if not found or not groups:
            raise Fault(f"{where}: neither a group nor a constant: {line}")
        groups[-1][3].append((found[1], found[2], found[3] or ""))
    return groups


class Invocations:
    """What an invocations file says: limits, sets of errors, and interfaces with their operations."""

    def __init__(self, path):
        self.path = path
        self.limits = []      # (name, number, doc)
        self.error_sets = {}  # name: (doc, [(error, doc)])
        self.interfaces = []  # (name, doc, [operation])
        self.labels = {}      # number: label
        self.errors = None    # the list that `- ` lines add to
        for where, line in lines_of(path):
            self.read_line(where, line)
        missing = set(range(1, len(self.labels) + 1)) - set(self.labels)
        if missing:
            raise Fault(f"{path}: no operation has label {min(missing)}")

    def read_line(self, where, line):
        for pattern, read in READERS:
            found = pattern.match(line)
            if found:
                read(self, where, found)
                return
        raise Fault(f"{where}: no limit, errors, interface, operation or error: {line}")

    def read_limit(self, _where, found):
        self.limits.append((found[1], found[2], found[3]))

    def read_error_set(self, _where, found):
        self.errors = []
        self.error_sets[found[1]] = (found[2], self.errors)

    def read_error(self, where, found):
        if self.errors is None:
            raise Fault(f"{where}: an error of no operation")
        self.errors.append((found[1], found[2]))

    def read_use(self, where, found):
        if self.errors is None or found[1] not in self.error_sets:
            raise Fault(f"{where}: no errors {found[1]} above, or no operation to have them")
        self.errors += self.error_sets[found[1]][1]

    def read_interface(self, _where, found):
        self.errors = None
        self.interfaces.append((found[1], found[2], []))

    def read_operation(self, where, found):
        if not self.interfaces:
            raise Fault(f"{where}: an operation of no interface")
        number = int(found[3])
        if number in self.labels:
            raise Fault(f"{where}: label {number} is {self.labels[number]} already")
        self.labels[number] = found[1]
        arguments = [tuple(a.split(":")) for a in found[5].split()]
        results = [tuple(a.split(":")) for a in (found[6] or "").split()]
        for _, kind in arguments + results:
            if kind not in C_TYPES:
                raise Fault(f"{where}: no type {kind}")
        self.errors = []
        self.interfaces[-1][2].append({"label": found[1], "by_hand": found[2] == "!", "number": number,
                                       "method": found[4], "arguments": arguments, "results": results,
                                       "doc": found[7], "errors": self.errors})

    def check_errors(self, groups):
        """Every error that is named is one of seL4_Error."""
        known = {n for _, name, _, members in groups if name == "seL4_Error" for n, _, _ in members}
        lists = [e for _, e in self.error_sets.values()] + [o["errors"] for _, _, list_ in self.interfaces for o in list_]
        for error, doc in [pair for list_ in lists for pair in list_]:
            if "seL4_" + error not in known:
                raise Fault(f"{self.path}: no error {error} ({doc})")


READERS = [
    (re.compile(r'limit (\w+) (\d+) "([^"]*)"$'), Invocations.read_limit),
    (re.compile(r'errors (\w+) "([^"]*)"$'), Invocations.read_error_set),
    (re.compile(r'- as (\w+)$'), Invocations.read_use),
    (re.compile(r'- (\w+) "([^"]*)"$'), Invocations.read_error),
    (re.compile(r'interface (\w+) "([^"]*)"$'), Invocations.read_interface),
    (re.compile(r'(\w+)(!?) (\d+) (\w+)((?: \w+:\w+)*)(?: ->((?: \w+:\w+)*))? "([^"]*)"$'),
     Invocations.read_operation),
]


def write_constants(groups, invocations):
    labels = [("InvalidInvocation", "0", "")] + [(label, str(n), "") for n, label in sorted(invocations.labels.items())]
    labels += invocations.limits
    groups = groups + [("group", "invocation_label", "Labels of invocations.", labels)]
    out = [HEAD, "#pragma once\n"]
    for kind, name, doc, members in groups:
        if kind == "macros":
            out.append(f"/* {doc} */")
            out += [f"#define {n} {v}" + (f" /* {d} */" if d else "") for n, v, d in members]
            out.append("")
    out.append("#ifdef __ASSEMBLER__")
    for kind, name, doc, members in groups:
        if kind == "group":
            out += [f"#define {n} ({v})" for n, v, _ in members]
    out.append("#else")
    for kind, name, doc, members in groups:
        if kind == "group":
            out.append(f"/* {doc} */\ntypedef enum {name} {{")
            out += [f"    {n} = {v}," + (f" /* {d} */" if d else "") for n, v, d in members]
            out.append(f"}} {name};\n")
    out.append("#endif")
    return "\n".join(out) + "\n"


def words_of(arguments):
    """The message's words as C expressions; narrow neighbours share a word."""
    words = []
    at = None
    for name, kind in arguments:
        if kind == "capability":
            continue
        if kind in NARROW:
            width = NARROW[kind]
            mask = (1 << width) - 1
            if at is not None:
                at = (at + width - 1) // width * width
            if at is None or at + width > 64:
                words.append(f"((seL4_Word){name} & {mask:#x})")
                at = width
            else:
                words[-1] += f" | ((seL4_Word){name} & {mask:#x}) << {at}"
                at += width
            continue
        at = None
        words.append(f"{name}.words[0]" if kind == "rights" else f"(seL4_Word){name}")
    return words


def write_stub(interface, operation):
    name = f"{interface}_{operation['method']}"
    words = words_of(operation["arguments"])
    caps = [n for n, kind in operation["arguments"] if kind == "capability"]
    results = operation["results"]
    returns = f"{name}_t" if results else "seL4_Error"
    out = [f"/* {operation['doc'][0].upper()}{operation['doc'][1:]}. */"]
    if results:
        out.append(f"typedef struct {name} {{\n    int error;")
        out += [f"    {C_TYPES[kind]} {n};" for n, kind in results]
        out.append(f"}} {name}_t;\n")
    parameters = "".join(f", {C_TYPES[kind]} {n}" for n, kind in operation["arguments"])
    out.append(f"static inline {returns} {name}(seL4_CPtr _service{parameters})\n{{")
    for i in range(MESSAGE_REGISTERS):
        out.append(f"    seL4_Word mr{i} = {words[i] if i < len(words) else '0'};")
    out += [f"    seL4_SetCap({i}, {cap});" for i, cap in enumerate(caps)]
    out += [f"    seL4_SetMR({i}, {word});" for i, word in enumerate(words) if i >= MESSAGE_REGISTERS]
    out.append(f"    seL4_Word label = seL4_Invoke(_service, {operation['label']}, {len(caps)}, {len(words)}, "
               "&mr0, &mr1, &mr2, &mr3);")
    if results:
        values = ", ".join(f".{n} = ({C_TYPES[kind]})mr{i}" for i, (n, kind) in enumerate(results))
        out.append(f"    return ({returns}){{.error = (int)label, {values}}};\n}}\n")
    else:
        out.append("    return (seL4_Error)label;\n}\n")
    return "\n".join(out)


def write_invocations(invocations):
    out = [HEAD, "#pragma once\n\n#include <sel4/syscalls.h>\n"]
    for interface, doc, operations in invocations.interfaces:
        out.append(f"/* ---- {doc} ---- */\n")
        out += [write_stub(interface, o) for o in operations if not o["by_hand"]]
    return "\n".join(out)


def write_faults(groups):
    """Readers of fault messages, named as libsel4 names them: seL4_isVMFault_tag, seL4_Fault_VMFault_get_Addr."""
    out = [HEAD, "#pragma once\n\n#include <sel4/syscalls.h>\n"]
    members_of = {name: members for _, name, _, members in groups}
    for fault, _, _ in members_of["seL4_FaultType"]:
        kind = fault.removeprefix("seL4_Fault_")
        out.append(f"static inline seL4_Bool seL4_is{kind}_tag(seL4_MessageInfo_t tag)\n{{\n"
                   f"    return seL4_MessageInfo_get_label(tag) == {fault};\n}}\n")
        for member, _, _ in members_of.get(f"seL4_{kind}_Msg", []):
            full = member.removeprefix("seL4_")
            word = FAULT_WORDS.get(full, full.removeprefix(kind + "_"))
            if word not in (None, "Length"):
                out.append(f"static inline seL4_Word {fault}_get_{word}(seL4_Fault_t fault)\n{{\n"
                           f"    return fault.words[1 + {member}];\n}}\n")
    return "\n".join(out)


def write_errors(errors):
    """Lines of a list, one per error, its meanings joined."""
    meanings = {}
    for error, doc in errors:
        docs = meanings.setdefault(error, [])
        docs += [doc] if doc not in docs else []
    return [f"- {error}: {'; or: '.join(docs)}" for error, docs in meanings.items()]


def write_operation(operation):
    arguments = ", ".join(f"{n}: {kind}" for n, kind in operation["arguments"])
    results = ", ".join(f"{n}: {kind}" for n, kind in operation["results"])
    call = f"{operation['method']}({arguments})" + (f" → {results}" if results else "")
    return [f"### {operation['number']} `{call}`\n", operation["doc"][0].upper() + operation["doc"][1:] + ".\n",
            *write_errors(operation["errors"]), ""]


def write_page(groups, invocations):
    out = ["# Reference: the kernel's interface\n", "Generated from `abi/`. Numbers are those of seL4 16.0.0.\n",
           "## Every invocation\n", *write_errors(invocations.error_sets["every"][1]), ""]
    for interface, doc, operations in invocations.interfaces:
        out.append(f"## {interface}: {doc}\n")
        for operation in operations:
            out += write_operation(operation)
    for _, name, doc, members in groups:
        out += [f"## {name or 'Numbers'}\n", doc + "\n", "| name | value | meaning |", "| --- | --- | --- |"]
        out += [f"| {n} | {v} | {d} |" for n, v, d in members] + [""]
    return "\n".join(out)


def run(command, paths):
    """The text that `command` makes of the files, or a Fault."""
    groups = read_constants(paths.pop(0)) if command != "invocations" else []
    if command == "faults":
        return write_faults(groups)
    invocations = Invocations(paths.pop(0))
    if command == "invocations":
        return write_invocations(invocations)
    invocations.check_errors(groups)
    return (write_constants if command == "constants" else write_page)(groups, invocations)


FILES = {"constants": 2, "page": 2, "invocations": 1, "faults": 1}


def main(arguments):
    if not arguments or FILES.get(arguments[0]) != len(arguments) - 1:
        print("usage: generate.py constants|page CONSTANTS INVOCATIONS, or faults CONSTANTS, or invocations INVOCATIONS",
              file=sys.stderr)
        return 2
    try:
        sys.stdout.write(run(arguments[0], arguments[1:]))
        return 0
    except (Fault, OSError) as fault:
        print(fault, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
