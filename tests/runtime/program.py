# SPDX-License-Identifier: BSD-2-Clause
"""A program as the linker script lays it out (the one of tests/runtime): the root task maps its pages as they are."""

import struct

PAGE = 4096
LOAD, NOTE, TLS = 1, 4, 7
EXECUTE, WRITE, READ = 1, 2, 4
ALLOCATED = 2


def parts(context):
    """Segments as (type, flags, offset, address, file size, memory size, alignment), sections as (name, flags)."""
    data = (context.build / "tests" / "runtime" / "runtime.elf").read_bytes()
    (phoff, shoff), (phnum, _, shnum, names) = struct.unpack_from("<QQ", data, 32), struct.unpack_from("<HHHH", data, 56)
    segments = []
    for i in range(phnum):
        kind, flags, offset, address, _, size, memory, align = struct.unpack_from("<IIQQQQQQ", data, phoff + 56 * i)
        segments.append((kind, flags, offset, address, size, memory, align))
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, shoff + 64 * i) for i in range(shnum)]
    text = headers[names][4]
    sections = {data[text + h[0]:data.index(b"\0", text + h[0])].decode(): h for h in headers}
    return segments, sections


def test_segments(context):
    segments, _ = parts(context)
    loads = [s for s in segments if s[0] == LOAD]
    assert [s[1] for s in loads] == [READ | EXECUTE, READ, READ | WRITE]
    for _, _, offset, address, _, _, align in loads:
        assert align == PAGE and offset % PAGE == 0 and address % PAGE == 0
    ends = [address + memory for _, _, _, address, _, memory, _ in loads]
    assert all(end <= following[3] for end, following in zip(ends, loads[1:]))


def test_sections(context):
    """Nothing that the script does not place; names for backtraces; the note by which a program is known."""
    segments, sections = parts(context)
    placed = {".text", ".rodata", ".preinit_array", ".init_array", ".fini_array", ".tdata", ".tbss", ".data", ".bss", ".note.CellulOS"}
    found = {name for name, header in sections.items() if header[2] & ALLOCATED}
    assert found <= placed, found - placed
    assert sections[".symtab"][5] > 0 and len([s for s in segments if s[0] == NOTE]) == 1


def test_thread_local_image(context):
    """The thread-local image is in the constants: a fresh PD needs nothing that can be written before it runs."""
    segments, _ = parts(context)
    tls = next(s for s in segments if s[0] == TLS)
    constants = [s for s in segments if s[0] == LOAD][1]
    assert constants[3] <= tls[3] and tls[3] + tls[4] <= constants[3] + constants[4]
    assert tls[3] % tls[6] == 0
