#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes C headers and a reference page from the kernel API's data.

    generate.py constants constants.abi invocations.abi > sel4/constants.h
    generate.py invocations invocations.abi > sel4/invocations.h
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


def read_invocations(path):
    """[(interface, doc, [dict])]"""
    interfaces = []
    seen = {}
    pattern = re.compile(r'(\w+)(!?) (\d+) (\w+)((?: \w+:\w+)*)(?: ->((?: \w+:\w+)*))? "([^"]*)"$')
    for where, line in lines_of(path):
        head = re.match(r'interface (\w+) "([^"]*)"$', line)
        if head:
            interfaces.append((head[1], head[2], []))
            continue
        found = pattern.match(line)
        if not found or not interfaces:
            raise Fault(f"{where}: neither an interface nor an operation: {line}")
        number = int(found[3])
        if number in seen:
            raise Fault(f"{where}: label {number} is {seen[number]} already")
        seen[number] = found[1]
        arguments = [tuple(a.split(":")) for a in found[5].split()]
        results = [tuple(a.split(":")) for a in (found[6] or "").split()]
        for _, kind in arguments + results:
            if kind not in C_TYPES:
                raise Fault(f"{where}: no type {kind}")
        interfaces[-1][2].append({"label": found[1], "by_hand": found[2] == "!", "number": number, "method": found[4],
                                  "arguments": arguments, "results": results, "doc": found[7]})
    missing = set(range(1, len(seen) + 1)) - set(seen)
    if missing:
        raise Fault(f"{path}: no operation has label {min(missing)}")
    return interfaces


def write_constants(groups, interfaces):
    operations = sorted((o["number"], o["label"]) for _, _, list_ in interfaces for o in list_)
    labels = [("InvalidInvocation", "0", "")] + [(label, str(number), "") for number, label in operations]
    labels.append(("nInvocationLabels", str(len(operations) + 1), "one more than the last"))
    groups = groups + [("group", "invocation_label", "Labels of invocations.", labels)]
    out = [HEAD, "#ifndef SEL4_CONSTANTS_H\n#define SEL4_CONSTANTS_H\n"]
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
    out.append("#endif\n\n#endif")
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


def write_invocations(interfaces):
    out = [HEAD, "#ifndef SEL4_INVOCATIONS_H\n#define SEL4_INVOCATIONS_H\n"]
    for interface, doc, operations in interfaces:
        out.append(f"/* ---- {doc} ---- */\n")
        out += [write_stub(interface, o) for o in operations if not o["by_hand"]]
    out.append("#endif\n")
    return "\n".join(out)


def write_page(groups, interfaces):
    out = ["# The kernel's interface\n", "Generated from `abi/`. Numbers are those of seL4 16.0.0.\n"]
    for interface, doc, operations in interfaces:
        out += [f"\n## {interface}: {doc}\n", "| label | operation | arguments | results | what |",
                "| --- | --- | --- | --- | --- |"]
        for o in operations:
            arguments = ", ".join(f"{n}: {kind}" for n, kind in o["arguments"])
            results = ", ".join(f"{n}: {kind}" for n, kind in o["results"])
            out.append(f"| {o['number']} | {o['method']} | {arguments} | {results} | {o['doc']} |")
    for kind, name, doc, members in groups:
        out += [f"\n## {name or 'Numbers'}\n", doc + "\n", "| name | value | meaning |", "| --- | --- | --- |"]
        out += [f"| {n} | {v} | {d} |" for n, v, d in members]
    return "\n".join(out) + "\n"


def main(arguments):
    try:
        if len(arguments) == 3 and arguments[0] in ("constants", "page"):
            write = write_constants if arguments[0] == "constants" else write_page
            sys.stdout.write(write(read_constants(arguments[1]), read_invocations(arguments[2])))
            return 0
        if len(arguments) == 2 and arguments[0] == "invocations":
            sys.stdout.write(write_invocations(read_invocations(arguments[1])))
            return 0
        print("usage: generate.py constants|page CONSTANTS INVOCATIONS, or invocations INVOCATIONS", file=sys.stderr)
        return 2
    except (Fault, OSError) as fault:
        print(fault, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
