# SPDX-License-Identifier: BSD-2-Clause
"""A system of many processes, as the map of all pairs is to show it."""

HEADER = "NODE_TYPE,NODE_ID,DATA,EDGE_TYPE,EDGE_FROM,EDGE_TO,EXTRA\n"


def fleet(pds):
    """Processes in three families: of each, neighbours share memory, which the first two of a family can write; all share a
    page and a namespace."""
    rows = ["PD,PD_0,kernel,,,,"] + [f"PD,PD_{p:x},process {p},,,," for p in range(1, pds + 1)]
    rows += [f"RESOURCE_SPACE,{t}_SPACE_{i},{t},,,,PD_0" for i, t in enumerate(("MO", "NS"))]
    rows += ["RESOURCE,MO_0_a,MO,,,,0x1000_1_12", "RESOURCE,NS_1_1,NS,,,,all"]
    rows += [f"RESOURCE,MO_0_f{f},MO,,,,0x{f + 1}000000_{16 * (f + 1)}_12" for f in range(3)]
    rows += [f"RESOURCE,MO_0_{p:x}_,MO,,,,0x{p + 16:x}000000_8_12" for p in range(1, pds + 1)]
    mos = ["MO_0_a", *(f"MO_0_f{f}" for f in range(3)), *(f"MO_0_{p:x}_" for p in range(1, pds + 1))]
    rows += [f",,NONE,SUBSET,{mo},MO_SPACE_0," for mo in mos] + [",,NONE,SUBSET,NS_1_1,NS_SPACE_1,"]
    for p in range(1, pds + 1):
        rows += [f",,NONE,HOLD,PD_{p:x},{target},{rights}" for target, rights in (
            ("MO_0_a", "r"), ("NS_1_1", "r"), (f"MO_0_f{p % 3}", "rw" if p <= 6 else "r"), (f"MO_0_{p:x}_", "rw"))]
    return HEADER + "".join(row + "\n" for row in rows)
