# SPDX-License-Identifier: BSD-2-Clause
"""Models that are legal, or nearly, and small, on which a query that does not bound its work takes for ever."""

import itertools

HEADER = "NODE_TYPE,NODE_ID,DATA,EDGE_TYPE,EDGE_FROM,EDGE_TO,EXTRA\n"


def ladder(levels):
    """Two servers a level, each of which may ask both of the next; each adds a type of its own on the way, so the number of
    type sets doubles with every level."""
    rows = ["PD,PD_0,root,,,,", "PD,PD_a,a,,,,", "PD,PD_b,b,,,,"]
    rows += [f"RESOURCE_SPACE,{t}_SPACE_{t},{t},,,,PD_0" for t in ("MO", "VCPU", "PCPU", "EP", "PD", "RESSPC")]
    servers = [(i, s) for i in range(levels) for s in "xy"]
    for i, s in servers:
        rows += [f"PD,PD_{i}{s},server,,,,", f"RESOURCE_SPACE,T{i}{s}_SPACE_{i}{s},T{i}{s},,,,PD_{i}{s}",
                 f"RESOURCE_SPACE,U{i}{s}_SPACE_u{i}{s},U{i}{s},,,,PD_0"]
    for i, s in servers:
        rows += [f",,NONE,MAP,T{i}{s}_SPACE_{i}{s},U{i}{s}_SPACE_u{i}{s},"]
        for t in "xy" if i + 1 < levels else "":
            rows += [f",,NONE,MAP,T{i}{s}_SPACE_{i}{s},T{i + 1}{t}_SPACE_{i + 1}{t},",
                     f",,T{i + 1}{t},REQUEST,PD_{i}{s},PD_{i + 1}{t},"]
    rows += [f",,NONE,HOLD,PD_{p},T0{s}_SPACE_0{s},r" for p in "ab" for s in ("x" if p == "a" else "y")]
    rows += [",,T0x,REQUEST,PD_a,PD_0x,", ",,T0y,REQUEST,PD_b,PD_0y,"]
    return HEADER + "".join(row + "\n" for row in rows)


def clique(pds):
    """All PDs may ask all, but only PD_0 may ask the last: all other ways lead back to PD_0.""" 
    rows = [f"PD,PD_{i},p,,,,\n" for i in range(pds)] + ["PD,PD_z,z,,,,\nRESOURCE_SPACE,T_SPACE_1,T,,,,PD_0\n"]
    rows += [f",,T,REQUEST,PD_{a},PD_{b},\n" for a, b in itertools.permutations(range(pds), 2)]
    return HEADER + "".join(rows) + ",,T,REQUEST,PD_0,PD_z,\n"


def crowd(cpus, spaces, holds):
    """A PD that runs on so many VCPUs, in so many address spaces, and holds so much: cpus * spaces parts."""
    rows = ["PD,PD_5,many,,,,\n"]
    rows += [f"RESOURCE,VCPU_1_{i},VCPU,,,,\n,,NONE,HOLD,PD_5,VCPU_1_{i},x\n" for i in range(cpus)]
    rows += [f"RESOURCE_SPACE,ADS_SPACE_{i},ADS,,,,PD_0\n,,NONE,HOLD,PD_5,ADS_SPACE_{i},x\n" for i in range(spaces)]
    rows += [f"RESOURCE,EP_1_{i},EP,,,,\n,,NONE,HOLD,PD_5,EP_1_{i},r\n" for i in range(holds)]
    return HEADER + "".join(rows)


def chain(length):
    """Two PDs hold the first of MOs that map onto each other in a row: the ways to all are as long as its length squared."""
    rows = [f"RESOURCE,MO_1_{i},MO,,,,\n" for i in range(length)]
    rows += [f",,NONE,MAP,MO_1_{i},MO_1_{i + 1},\n" for i in range(length - 1)]
    rows += [f"PD,PD_{p},p,,,,\n,,NONE,HOLD,PD_{p},MO_1_0,\n" for p in (1, 2)]
    return HEADER + "".join(rows)


def server(cpus, spaces, handles=0):
    """A PD that runs on so many VCPUs and manages so many spaces, each part all of them; PD_0 has so many handles of it."""
    rows = ["PD,PD_0,root,,,,\n", "PD,PD_1,server,,,,\n", "RESOURCE_SPACE,PD_SPACE_p,PD,,,,PD_0\n",
            "RESOURCE_SPACE,ADS_SPACE_a,ADS,,,,PD_0\n,,NONE,HOLD,PD_1,ADS_SPACE_a,x\n"]
    rows += [f"RESOURCE,VCPU_1_{i},VCPU,,,,\n,,NONE,HOLD,PD_1,VCPU_1_{i},x\n" for i in range(cpus)]
    rows += [f"RESOURCE_SPACE,T_SPACE_{i},T,,,,PD_1\n" for i in range(spaces)]
    rows += [f"RESOURCE,PD_p_{i},PD,,,,PD_1\n,,NONE,SUBSET,PD_p_{i},PD_SPACE_p,\n" for i in range(handles)]
    return HEADER + "".join(rows)


def peers(pds):
    """PDs of one class: each may trace all others."""
    rows = ["PD,PD_0,root,,,,\n", "RESOURCE_SPACE,PD_SPACE_0,PD,,,,PD_0\nRESOURCE_SPACE,PD_SPACE_c,PD,,,,PD_0\n"]
    rows += [f"PD,PD_{i},p,,,,\nRESOURCE,PD_c_{i},PD,,,,PD_{i}\n" for i in range(1, pds + 1)]
    rows += [",,NONE,MAP,PD_SPACE_c,PD_SPACE_0,\n"]
    rows += [f",,NONE,SUBSET,PD_c_{i},PD_SPACE_c,\n,,NONE,HOLD,PD_{i},PD_SPACE_c,rwx\n" for i in range(1, pds + 1)]
    return HEADER + "".join(rows)


def mutual(pds):
    """Two crowds, each of which may ask all of the other: requests for a space without a manager go to all holders of the space."""
    rows = [f"RESOURCE_SPACE,T{s}_SPACE_{s},T{s},,,,\nRESOURCE,T{s}_{s}_1,T{s},,,,\n,,NONE,SUBSET,T{s}_{s}_1,T{s}_SPACE_{s},\n" for s in "ab"]
    for s, t in ("ab", "ba"):
        rows += [f"PD,PD_{s}{i},p,,,,\n,,NONE,HOLD,PD_{s}{i},T{s}_SPACE_{s},r\n,,NONE,HOLD,PD_{s}{i},T{t}_{t}_1,r\n" for i in range(pds)]
    return HEADER + "".join(rows)


def apart(pds):
    """PDs that hold an MO each, which the root task manages, and nothing together."""
    rows = ["PD,PD_0,root,,,,\nRESOURCE_SPACE,MO_SPACE_1,MO,,,,PD_0\n"]
    rows += [f"PD,PD_{i},p,,,,\nRESOURCE,MO_1_{i},MO,,,,\n,,NONE,SUBSET,MO_1_{i},MO_SPACE_1,\n,,NONE,HOLD,PD_{i},MO_1_{i},rw\n"
             for i in range(1, pds + 1)]
    return HEADER + "".join(rows)


def writers(pds, mos):
    """PDs that hold one VMR, by which each can write all MOs."""
    rows = ["RESOURCE,VMR_1_1,VMR,,,,\n"] + [f"RESOURCE,MO_1_{i},MO,,,,\n,,NONE,MAP,VMR_1_1,MO_1_{i},rw\n" for i in range(mos)]
    return HEADER + "".join(rows + [f"PD,PD_{i},p,,,,\n,,NONE,HOLD,PD_{i},VMR_1_1,rw\n" for i in range(pds)])


# The queries on these models: each ends with one of the errors for bounds.
QUESTIONS = [
    ("fr", ladder(40), ["PD_a", "PD_b"]),
    ("matrix", ladder(40), ["--fr"]),
    ("path", clique(60), ["PD_0", "PD_z", "--all=8"]),
    ("rsi", crowd(400, 400, 1000), ["PD_5.0.0", "PD_5.1.1"]),
    ("reach", server(20000, 20000), ["PD_1.0.0"]),
    ("trusted", server(20000, 0, handles=20000), ["PD_1.0.0"]),
    ("matrix", server(3000, 3000), ["--trusted"]),
    ("matrix", mutual(700), ["--blast"]),
    ("matrix", writers(1500, 1000), ["--writable"]),
    ("shared", chain(10000), ["PD_1", "PD_2"]),
]
