# SPDX-License-Identifier: BSD-2-Clause
"""Models with the habits of an earlier CellulOS, large ones: CR LF, no managers, no rights, requests that name no space, a
block device whose blocks two servers hold, memory whose MO is missing. The same for the same seed."""

import random

BLOCKS = 1024
FILES = 2
# Regions and their pages, by PD; the root task's PD is PD_0.
REGIONS = {
    "GPIKV001": [("ELF_CODE", 557), ("ELF_DATA", 22256), ("IPC_BUF", 1), ("STACK", 17)],
    "ramdisk_server": [("OSM_DATA", 1), ("ELF_CODE", 201), ("ELF_DATA", 8), ("HEAP", 100), ("STACK", 17), ("IPC_BUF", 1),
                       ("UNKNOWN", BLOCKS), ("GENERIC", 1)],
    "fs_server": [("OSM_DATA", 1), ("ELF_CODE", 479), ("ELF_DATA", 15), ("HEAP", 100), ("STACK", 17), ("IPC_BUF", 1)],
    "hello_kvstore": [("OSM_DATA", 1), ("ELF_CODE", 479), ("ELF_DATA", 13), ("HEAP", 100), ("STACK", 17), ("IPC_BUF", 1)],
}
NAMES = list(REGIONS)
MEMORY, ADS, CORES, DEVICE, DISK = "MO_SPACE_4", 7, "VCPU_SPACE_5", "BLOCK_SPACE_a", "FILE_SPACE_c"


def pages_of(name):
    """Pages of a PD's memory objects. A stack's region has a guard page, which no MO has."""
    return sum(pages - (kind == "STACK") for kind, pages in REGIONS[name])


class Rows:
    def __init__(self):
        self.rows = ["NODE_TYPE,NODE_ID,DATA,EDGE_TYPE,EDGE_FROM,EDGE_TO,EXTRA"]
        self.memory = 0

    def node(self, kind, name, data, extra=""):
        self.rows.append(f"{kind},{name},{data},,,,{extra}")

    def edge(self, kind, start, end, data="NONE"):
        self.rows.append(f",,{data},{kind},{start},{end},")

    def resource(self, name, space, holders, extra=""):
        self.node("RESOURCE", name, name.partition("_")[0], extra)
        self.edge("SUBSET", name, space)
        for pd in holders:
            self.edge("HOLD", pd, name)

    def region(self, number, at, kind, pages, address):
        """A region of PD `number`, and its MO."""
        region, memory = f"VMR_{ADS + number:x}_{at:x}", f"MO_4_{self.memory + 1:x}"
        self.resource(region, f"ADS_SPACE_{ADS + number:x}", [f"PD_{number}"], f"0x{address:x}_{kind}_{pages}_12")
        self.memory += 1
        self.resource(memory, MEMORY, ["PD_0"], f"0x{0x70000000 + 0x4000000 * self.memory:x}_{pages - (kind == 'STACK')}_12")
        self.edge("MAP", region, memory)


def processes(rows):
    for number, (name, regions) in enumerate(REGIONS.items(), 1):
        rows.node("PD", f"PD_{number}", name)
        rows.node("RESOURCE_SPACE", f"ADS_SPACE_{ADS + number:x}", "ADS")
        rows.edge("MAP", f"ADS_SPACE_{ADS + number:x}", MEMORY)
        rows.edge("HOLD", f"PD_{number}", f"ADS_SPACE_{ADS + number:x}")
        rows.resource(f"VCPU_5_{number}", CORES, [f"PD_{number}"])
        rows.edge("MAP", f"VCPU_5_{number}", "PCPU_1_0")
        for at, (kind, pages) in enumerate(regions, 1):
            rows.region(number, at, kind, pages, 0x400000 + 0x8000000 * at)
        for kind in ("VMR", "MO", "RESSPC", "EP"):
            rows.edge("REQUEST", f"PD_{number}", "PD_0", kind)


def files(rows, r):
    """The disk's blocks are held by the disk's server and the file server; each file has some of them."""
    disk, server, client = (f"PD_{NAMES.index(name) + 1}" for name in NAMES[1:])
    for space, kind in ((DEVICE, "BLOCK"), (DISK, "FILE")):
        rows.node("RESOURCE_SPACE", space, kind)
    rows.edge("HOLD", disk, DEVICE)
    rows.edge("HOLD", server, DISK)
    rows.edge("MAP", DISK, DEVICE)
    for block in range(BLOCKS):
        rows.resource(f"BLOCK_a_{block:x}", DEVICE, [disk] + [server] * (block < BLOCKS // 2))
    blocks = r.sample(range(BLOCKS // 2), r.randrange(20, 60))
    for file in range(1, FILES + 1):
        rows.resource(f"FILE_c_{file}", DISK, [server, client])
        for block in blocks[file - 1::FILES]:
            rows.edge("MAP", f"FILE_c_{file}", f"BLOCK_a_{block:x}")
    rows.edge("REQUEST", server, disk, "BLOCK")
    rows.edge("REQUEST", client, server, "FILE")


def model(seed):
    """The text of one."""
    rows = Rows()
    rows.node("PD", "PD_0", "ROOT_TASK")
    for space, kind in ((f"ADS_SPACE_{ADS}", "ADS"), (MEMORY, "MO"), (CORES, "VCPU")):
        rows.node("RESOURCE_SPACE", space, kind)
        rows.edge("HOLD", "PD_0", space)
    rows.node("RESOURCE", "PCPU_1_0", "PCPU")
    rows.edge("SUBSET", "PCPU_1_0", CORES)
    rows.resource("VMR_7_1", f"ADS_SPACE_{ADS}", ["PD_0"], "0x10000000_UNKNOWN_128000_12")
    rows.resource("MO_4_0", MEMORY, ["PD_0"], "0x0_0_12")
    processes(rows)
    files(rows, random.Random(seed))
    rows.edge("REQUEST", "PD_1", "PD_0", "ADS")
    return "\r\n".join(rows.rows) + "\r\n"
