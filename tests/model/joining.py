# SPDX-License-Identifier: BSD-2-Clause
"""cellmodel join: a guest's own model in that of the system below it."""

import sys

import driver
from driver import HEADER, ask, call

# A guest with 16 pages, of which a region maps 12 and another one 4; a CPU of its own each; and a PD that shares the 4.
HOST = HEADER + """PD,PD_0,root,,,,
PD,PD_3,vmm,,,,
PD,PD_7,guest-1,,,,
PD,PD_8,guest-1-cpu1,,,,
RESOURCE_SPACE,MO_SPACE_1,MO,,,,PD_0
RESOURCE_SPACE,VCPU_SPACE_2,VCPU,,,,PD_0
RESOURCE_SPACE,PCPU_SPACE_3,PCPU,,,,PD_0
RESOURCE_SPACE,EP_SPACE_4,EP,,,,PD_0
RESOURCE_SPACE,PD_SPACE_5,PD,,,,PD_0
RESOURCE_SPACE,RESSPC_SPACE_6,RESSPC,,,,PD_0
RESOURCE_SPACE,ADS_SPACE_7,ADS,,,,PD_0
RESOURCE_SPACE,VM_SPACE_9,VM,,,,PD_3
RESOURCE,MO_1_a,MO,,,,0x60000000_12_12
RESOURCE,MO_1_b,MO,,,,0x70000000_4_12
RESOURCE,VMR_7_a,VMR,,,,0x40000000_SHARED_FRAMES_12_12
RESOURCE,VMR_7_b,VMR,,,,0x4000c000_SHARED_FRAMES_4_12
RESOURCE,VCPU_2_7,VCPU,,,,ADS_SPACE_7
RESOURCE,VCPU_2_8,VCPU,,,,ADS_SPACE_7
RESOURCE,PD_5_7,PD,,,,PD_7
RESOURCE,PD_5_8,PD,,,,PD_8
RESOURCE,VM_9_1,VM,,,,guest-1
,,NONE,SUBSET,MO_1_a,MO_SPACE_1,
,,NONE,SUBSET,MO_1_b,MO_SPACE_1,
,,NONE,SUBSET,VMR_7_a,ADS_SPACE_7,
,,NONE,SUBSET,VMR_7_b,ADS_SPACE_7,
,,NONE,SUBSET,VCPU_2_7,VCPU_SPACE_2,
,,NONE,SUBSET,VCPU_2_8,VCPU_SPACE_2,
,,NONE,SUBSET,PD_5_7,PD_SPACE_5,
,,NONE,SUBSET,PD_5_8,PD_SPACE_5,
,,NONE,SUBSET,VM_9_1,VM_SPACE_9,
,,NONE,HOLD,PD_3,MO_1_b,rw
,,NONE,HOLD,PD_3,PD_5_7,rwx
,,NONE,HOLD,PD_3,PD_5_8,rwx
,,NONE,HOLD,PD_7,ADS_SPACE_7,x
,,NONE,HOLD,PD_7,VCPU_2_7,x
,,NONE,HOLD,PD_8,ADS_SPACE_7,x
,,NONE,HOLD,PD_8,VCPU_2_8,x
,,NONE,MAP,VMR_7_a,MO_1_a,rwx
,,NONE,MAP,VMR_7_b,MO_1_b,rwx
,,NONE,MAP,VM_9_1,PD_5_7,
,,NONE,MAP,VM_9_1,PD_5_8,
"""

# Two processes: one page of its own each, and one run of four that both map, across the two regions of the PD.
GUEST = HEADER + """PD,PD_0,kernel,,,,
PD,PD_51,81 one,,,,
PD,PD_52,82 two,,,,
RESOURCE_SPACE,MO_SPACE_1,MO,,,,PD_0
RESOURCE_SPACE,PCPU_SPACE_2,PCPU,,,,PD_0
RESOURCE_SPACE,ADS_SPACE_51,ADS,,,,PD_0
RESOURCE_SPACE,ADS_SPACE_52,ADS,,,,PD_0
RESOURCE,MO_1_40002,MO,,,,0x40002000_1_12
RESOURCE,MO_1_40005,MO,,,,0x40005000_1_12
RESOURCE,MO_1_4000a,MO,,,,0x4000a000_4_12
RESOURCE,MO_1_9000,MO,,,,0x9000000_1_12
RESOURCE,PCPU_2_0,PCPU,,,,
RESOURCE,PCPU_2_1,PCPU,,,,
RESOURCE,VMR_51_a,VMR,,,,0x10000_HEAP_1_12
RESOURCE,VMR_51_b,VMR,,,,0x20000_SHM_4_12
RESOURCE,VMR_52_a,VMR,,,,0x10000_HEAP_1_12
RESOURCE,VMR_52_b,VMR,,,,0x20000_SHM_4_12
""" + "".join(f",,NONE,SUBSET,{node},{space},\n" for node, space in (
    ("MO_1_40002", "MO_SPACE_1"), ("MO_1_40005", "MO_SPACE_1"), ("MO_1_4000a", "MO_SPACE_1"), ("MO_1_9000", "MO_SPACE_1"),
    ("PCPU_2_0", "PCPU_SPACE_2"), ("PCPU_2_1", "PCPU_SPACE_2"), ("VMR_51_a", "ADS_SPACE_51"), ("VMR_51_b", "ADS_SPACE_51"),
    ("VMR_52_a", "ADS_SPACE_52"), ("VMR_52_b", "ADS_SPACE_52"))) + """,,NONE,HOLD,PD_51,ADS_SPACE_51,rwx
,,NONE,HOLD,PD_52,ADS_SPACE_52,rwx
,,NONE,MAP,VMR_51_a,MO_1_40002,rw
,,NONE,MAP,VMR_51_b,MO_1_4000a,rw
,,NONE,MAP,VMR_52_a,MO_1_40005,rw
,,NONE,MAP,VMR_52_b,MO_1_4000a,rw
"""


def joined(guest=GUEST, pd="guest-1", status=0):
    host, inside = driver.write("host.csv", HOST), driver.write("guest.csv", guest)
    found, output, errors = call("join", host, f"--guest={pd},{inside}")
    assert found == status, errors
    return output, errors


def test_join():
    """The graph of both: the guest's pages map onto those pieces of the system's that are behind them, its cores onto its CPUs."""
    text, errors = joined()
    assert errors == "cellmodel: join: PD_7: 1 pages of its guest are no memory of its own\n"
    assert ask("check", "-", text=text) == "-: legal\n"
    maps = {tuple(line.split(",")[4:]) for line in text.splitlines() if ",MAP,GMO_7" in line}
    assert maps == {("GMO_7g1_40002", "MO_1_a.2", "rwx"), ("GMO_7g1_40005", "MO_1_a.5", "rwx"), ("GMO_7g1_4000a", "MO_1_a.a", "rwx"),
                    ("GMO_7g1_4000a", "MO_1_b.0", "rwx")}
    sizes = {line.split(",")[1]: line.split(",")[6] for line in text.splitlines() if line.startswith("RESOURCE,MO_")}
    assert sizes == {f"MO_1_a.{page}": f"0x0_{count}_12" for page, count in (("0", 2), ("2", 1), ("3", 2), ("5", 1), ("6", 4), ("a", 2))} | {
        "MO_1_b.0": "0x0_2_12", "MO_1_b.2": "0x0_2_12"}
    for edge in (",MAP,PCPU_7g2_0,VCPU_2_7,", ",MAP,PCPU_7g2_1,VCPU_2_8,", ",LINK,PD_7g0,PD_7,", ",HOLD,PD_7g0,VM_9_1,rw",
                 ",MAP,GMO_SPACE_7g1,VM_SPACE_9,", ",HOLD,PD_3,MO_1_b.2,rw", ",MAP,VMR_7_a,MO_1_a.6,rwx"):
        assert edge in text, edge
    one = "guest-1/81 one"
    for other, share in (("guest-1/82 two", "4/6"), ("guest-1", "5/16"), ("vmm", "2/7")):
        assert f"RSI MO {share} " in ask("rsi", "-", one, other, text=text), other
    assert ask("fr", "-", one, "vmm", text=text) == "FR 0\n"
    assert "PD 2 PD_7g51\n" in ask("blast", "-", "vmm", text=text)


def test_refused():
    """Models that cannot be joined give an error."""
    for guest, pd, why in ((GUEST, "nobody", "nobody"), (GUEST.replace("PD_0", "PD_1"), "guest-1", "it has no PD_0, the kernel"),
                           (GUEST.replace("0x40002000_1", "0x0_1"), "guest-1", "some of its memory has no physical address")):
        output, errors = joined(guest, pd, status=2)
        assert output == "" and why in errors, errors
    status, output, errors = call("join", driver.write("host.csv", HOST), "--guest=guest-1")
    assert status == 2 and errors == "cellmodel: join: --guest guest-1: not PD,FILE\n"


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
