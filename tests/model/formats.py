# SPDX-License-Identifier: BSD-2-Clause
"""Input that cellmodel reads or refuses, and its output: one tiny bad input per message, the habits of other tools, other calls."""

import json
import re
import sys

import driver
from driver import HEADER, ask, call

EXAMPLE = driver.SAMPLES / "example.csv"

# A legal model. The line numbers of the rows are used below.
LEGAL = HEADER + """\
PD,PD_0,root,,,,
PD,PD_1,client,,,,
RESOURCE_SPACE,ADS_SPACE_1,ADS,,,,PD_0
RESOURCE_SPACE,MO_SPACE_2,MO,,,,PD_0
RESOURCE_SPACE,VCPU_SPACE_3,VCPU,,,,PD_0
RESOURCE_SPACE,PCPU_SPACE_4,PCPU,,,,PD_0
RESOURCE_SPACE,EP_SPACE_5,EP,,,,PD_0
RESOURCE_SPACE,PD_SPACE_6,PD,,,,PD_0
RESOURCE_SPACE,RESSPC_SPACE_7,RESSPC,,,,PD_0
RESOURCE_SPACE,FILE_SPACE_8,FILE,,,,PD_1
RESOURCE,VCPU_3_1,VCPU,,,,ADS_SPACE_1
RESOURCE,VMR_1_1,VMR,,,,0x400000_ELF_CODE_2_12
RESOURCE,MO_2_1,MO,,,,0x40000000_2_12
RESOURCE,FILE_8_1,FILE,,,,a.txt
,,NONE,SUBSET,VCPU_3_1,VCPU_SPACE_3,
,,NONE,SUBSET,VMR_1_1,ADS_SPACE_1,
,,NONE,SUBSET,MO_2_1,MO_SPACE_2,
,,NONE,SUBSET,FILE_8_1,FILE_SPACE_8,
,,NONE,HOLD,PD_1,VCPU_3_1,rwx
,,NONE,HOLD,PD_1,ADS_SPACE_1,rwx
,,NONE,MAP,VMR_1_1,MO_2_1,
,,MO,REQUEST,PD_1,PD_0,MO_SPACE_2
"""
LINES = LEGAL.count("\n")  # rows that are added stand on LINES + 1 and so on
MAP_LINE = LEGAL[:LEGAL.index(",MAP,")].count("\n") + 1
BLOCKS = ("RESOURCE_SPACE,BLOCK_SPACE_9,BLOCK,,,,PD_1\nRESOURCE,BLOCK_9_1,BLOCK,,,,{}\nRESOURCE,BLOCK_9_2,BLOCK,,,,{}\n"
          ",,NONE,SUBSET,BLOCK_9_1,BLOCK_SPACE_9,\n,,NONE,SUBSET,BLOCK_9_2,BLOCK_SPACE_9,\n")


def with_line(number, text):
    lines = LEGAL.splitlines(keepends=True)
    lines[number - 1] = text
    return "".join(lines)


# name, text, line, column and rule of the first offence, words; whether check --lenient accepts it
OFFENCES = [
    # rule 1
    ("twice_an_id", LEGAL + "PD,PD_1,again,,,,\n", LINES + 1, "NODE_ID", 1, "the id PD_1 stands at line 3 already", False),
    ("node_type", LEGAL + "THING,T_1,x,,,,\n", LINES + 1, "NODE_TYPE", 1, "unknown node type THING", False),
    ("edge_type", LEGAL + ",,NONE,WATCH,PD_1,PD_0,\n", LINES + 1, "EDGE_TYPE", 1, "unknown edge type WATCH", True),
    ("no_start", LEGAL + ",,NONE,HOLD,PD_9,MO_2_1,r\n", LINES + 1, "EDGE_FROM", 1,
     "HOLD starts at PD_9, which does not exist", True),
    ("no_end", LEGAL + ",,NONE,HOLD,PD_1,MO_2_9,r\n", LINES + 1, "EDGE_TO", 1,
     "HOLD ends at MO_2_9, which does not exist", True),
    ("kinds_hold", LEGAL + ",,NONE,HOLD,PD_1,PD_0,r\n", LINES + 1, "EDGE_TYPE", 1,
     "HOLD cannot go from PD_1 to PD_0 (PD to PD)", False),
    ("kinds_map", LEGAL + ",,NONE,MAP,VMR_1_1,MO_SPACE_2,\n", LINES + 1, "EDGE_TYPE", 1,
     "MAP cannot go from VMR_1_1 to MO_SPACE_2 (RESOURCE to RESOURCE_SPACE)", False),
    ("kinds_subset", LEGAL + ",,NONE,SUBSET,PD_1,MO_SPACE_2,\n", LINES + 1, "EDGE_TYPE", 1,
     "SUBSET cannot go from PD_1 to MO_SPACE_2 (PD to RESOURCE_SPACE)", False),
    ("kinds_request", LEGAL + ",,MO,REQUEST,PD_1,MO_SPACE_2,\n", LINES + 1, "EDGE_TYPE", 1,
     "REQUEST cannot go from PD_1 to MO_SPACE_2 (PD to RESOURCE_SPACE)", False),
    ("kinds_fault", LEGAL + ",,NONE,FAULT,PD_1,MO_2_1,\n", LINES + 1, "EDGE_TYPE", 1,
     "FAULT cannot go from PD_1 to MO_2_1 (PD to RESOURCE)", False),
    ("kinds_meta", LEGAL + ",,NONE,META,FILE_SPACE_8,MO_SPACE_2,\n", LINES + 1, "EDGE_TYPE", 1,
     "META cannot go from FILE_SPACE_8 to MO_SPACE_2 (RESOURCE_SPACE to RESOURCE_SPACE)", False),
    ("twice_a_hold", LEGAL + ",,NONE,HOLD,PD_1,ADS_SPACE_1,r\n", LINES + 1, "EDGE_TYPE", 1,
     "HOLD from PD_1 to ADS_SPACE_1 stands twice", False),
    ("twice_a_map", LEGAL + ",,NONE,MAP,VMR_1_1,MO_2_1,\n", LINES + 1, "EDGE_TYPE", 1,
     "MAP from VMR_1_1 to MO_2_1 stands twice", False),
    ("twice_a_request", LEGAL + ",,MO,REQUEST,PD_1,PD_0,MO_SPACE_2\n", LINES + 1, "EDGE_TYPE", 1,
     "REQUEST from PD_1 to PD_0 stands twice", False),
    # rule 2
    ("no_subset", with_line(19, ""), 15, "NODE_ID", 2, "FILE_8_1 has no SUBSET edge", False),
    ("two_subsets", LEGAL + ",,NONE,SUBSET,MO_2_1,EP_SPACE_5,\n", LINES + 1, "EDGE_TO", 2,
     "MO_2_1 has a further SUBSET edge, to EP_SPACE_5", False),
    ("wrong_space", with_line(18, ",,NONE,SUBSET,MO_2_1,EP_SPACE_5,\n"), 18, "EDGE_TO", 2,
     "MO_2_1 is in EP_SPACE_5, which serves another type", False),
    ("wrong_space_ads", with_line(19, ",,NONE,SUBSET,FILE_8_1,ADS_SPACE_1,\n"), 19, "EDGE_TO", 2,
     "FILE_8_1 is in ADS_SPACE_1, which serves another type", False),
    ("core_among_vcpus", LEGAL + "RESOURCE,PCPU_4_0,PCPU,,,,\n,,NONE,SUBSET,PCPU_4_0,VCPU_SPACE_3,\n", LINES + 2,
     "EDGE_TO", 2, "PCPU_4_0, a core, is in VCPU_SPACE_3, a space of VCPUs", True),
    ("unheld_vcpu", with_line(20, ",,NONE,FAULT,PD_1,PD_0,\n"), 12, "NODE_ID", 2, "nobody holds VCPU_3_1", True),
    ("unheld_vmr", with_line(21, ",,NONE,HOLD,PD_1,ADS_SPACE_1,rw\n"), 13, "NODE_ID", 2, "nobody holds VMR_1_1", True),
    ("cycle", LEGAL + ",,NONE,MAP,MO_2_1,FILE_8_1,\n,,NONE,MAP,FILE_8_1,VMR_1_1,\n,,NONE,MAP,FILE_8_1,VCPU_3_1,\n",
     LINES + 2, "EDGE_TYPE", 2, "MAP from FILE_8_1 to VMR_1_1 closes a cycle", False),
    ("cycle_of_spaces", LEGAL + ",,NONE,MAP,ADS_SPACE_1,ADS_SPACE_1,\n", LINES + 1, "EDGE_TYPE", 2,
     "MAP from ADS_SPACE_1 to ADS_SPACE_1 closes a cycle", False),
    # rule 3
    ("no_manager", with_line(11, "RESOURCE_SPACE,FILE_SPACE_8,FILE,,,,\n"), 11, "EXTRA", 3,
     "FILE_SPACE_8 names no manager", True),
    ("missing_manager", with_line(11, "RESOURCE_SPACE,FILE_SPACE_8,FILE,,,,PD_9\n"), 11, "EXTRA", 3,
     "FILE_SPACE_8 names the manager PD_9, which does not exist", True),
    ("manager_kind", with_line(11, "RESOURCE_SPACE,FILE_SPACE_8,FILE,,,,MO_2_1\n"), 11, "EXTRA", 3,
     "FILE_SPACE_8 names the manager MO_2_1, which is no PD", False),
    ("no_root", LEGAL.replace("PD_0", "PD_8"), 1, "NODE_ID", 3, "there is no root task (PD_0)", True),
    ("no_core_space", with_line(10, ""), 2, "NODE_ID", 3, "the root task manages no space of type RESSPC", True),
    ("foreign_core_space", with_line(8, "RESOURCE_SPACE,EP_SPACE_5,EP,,,,PD_1\n"), 2, "NODE_ID", 3,
     "the root task manages no space of type EP", True),
    # rule 4
    ("unserved", LEGAL + ",,BLOCK,REQUEST,PD_1,PD_0,\n", LINES + 1, "DATA", 4,
     "REQUEST from PD_1 for BLOCK, of which PD_0 manages no space", True),
    ("unserved_ads", LEGAL + ",,ADS,REQUEST,PD_0,PD_1,\n", LINES + 1, "DATA", 4,
     "REQUEST from PD_0 for ADS, of which PD_1 manages no space", True),
    ("unserved_resspc", LEGAL + ",,RESSPC,REQUEST,PD_0,PD_1,\n", LINES + 1, "DATA", 4,
     "REQUEST from PD_0 for RESSPC, of which PD_1 manages no space", True),
    ("foreign_space", LEGAL + ",,MO,REQUEST,PD_1,PD_0,FILE_SPACE_8\n", LINES + 1, "EXTRA", 4,
     "REQUEST from PD_1 to PD_0 names FILE_SPACE_8, which PD_0 does not manage", False),
    ("missing_space", LEGAL + ",,MO,REQUEST,PD_1,PD_0,MO_SPACE_9\n", LINES + 1, "EXTRA", 4,
     "REQUEST from PD_1 to PD_0 names MO_SPACE_9, which is no space here", True),
    # rule 5: fields
    ("mo_extra", LEGAL.replace("0x40000000_2_12", "0x4000zz_2_12"), 14, "EXTRA", 5,
     "0x4000zz_2_12 of MO_2_1 is not an extent of its type", False),
    ("mo_pages", LEGAL.replace("0x40000000_2_12", "0x40000000_two_12"), 14, "EXTRA", 5,
     "0x40000000_two_12 of MO_2_1 is not an extent of its type", False),
    ("mo_parts", LEGAL.replace("0x40000000_2_12", "0x40000000_2"), 14, "EXTRA", 5,
     "0x40000000_2 of MO_2_1 is not an extent of its type", False),
    ("mo_size", LEGAL.replace("0x40000000_2_12", "0x40000000_9999999999999_21"), 14, "EXTRA", 5,
     "0x40000000_9999999999999_21 of MO_2_1 exceeds what can be addressed", False),
    ("mo_end", LEGAL.replace("0x40000000_2_12", "0xfffffffffffff000_2_12"), 14, "EXTRA", 5,
     "0xfffffffffffff000_2_12 of MO_2_1 exceeds what can be addressed", False),
    ("mo_empty", LEGAL.replace("0x40000000_2_12", "0x40000000_0_12"), 14, "EXTRA", 5, "MO_2_1 has 0 pages", True),
    ("mo_overlap", LEGAL + "RESOURCE,MO_2_2,MO,,,,0x40001000_1_12\n,,NONE,SUBSET,MO_2_2,MO_SPACE_2,\n", LINES + 1,
     "EXTRA", 5, "MO_2_2 overlaps MO_2_1", True),
    ("vmr_extra", LEGAL.replace("0x400000_ELF_CODE_2_12", "0x400000_2_12"), 13, "EXTRA", 5,
     "0x400000_2_12 of VMR_1_1 has an unknown kind", True),
    ("vmr_kind", LEGAL.replace("ELF_CODE", "SECRET"), 13, "EXTRA", 5,
     "0x400000_SECRET_2_12 of VMR_1_1 has an unknown kind", True),
    ("vmr_address", LEGAL.replace("0x400000_E", "here_E"), 13, "EXTRA", 5,
     "here_ELF_CODE_2_12 of VMR_1_1 is not an extent of its type", False),
    ("rights", with_line(20, ",,NONE,HOLD,PD_1,VCPU_3_1,rwq\n"), 20, "EXTRA", 5,
     "the rights rwq are not letters of rwxg, each at most once", False),
    ("rights_twice", with_line(20, ",,NONE,HOLD,PD_1,VCPU_3_1,rxr\n"), 20, "EXTRA", 5,
     "the rights rxr are not letters of rwxg, each at most once", False),
    ("map_rights_letters", LEGAL.replace(",MAP,VMR_1_1,MO_2_1,", ",MAP,VMR_1_1,MO_2_1,rg"), MAP_LINE, "EXTRA", 5,
     "the rights rg are not letters of rwx, each at most once", False),
    ("map_rights_of_file", LEGAL + ",,NONE,MAP,FILE_8_1,MO_2_1,r\n", LINES + 1, "EXTRA", 5,
     "MAP from FILE_8_1 to MO_2_1 carries rights that only a VMR's or GMO's may (rwx)", False),
    ("no_new_core_space", LEGAL + "RESOURCE_SPACE,IRQ_SPACE_a,IRQ,,,,PD_0\nRESOURCE_SPACE,NTFN_SPACE_b,NTFN,,,,PD_0\n", 2,
     "NODE_ID", 3, "the root task manages no space of type IMAGE", True),
    ("kinds_parent", LEGAL + ",,NONE,PARENT,PD_1,MO_2_1,\n", LINES + 1, "EDGE_TYPE", 1,
     "PARENT cannot go from PD_1 to MO_2_1 (PD to RESOURCE)", False),
    ("twice_a_parent", LEGAL + ",,NONE,PARENT,PD_1,PD_0,\n" * 2, LINES + 2, "EDGE_TYPE", 1,
     "PARENT from PD_1 to PD_0 stands twice", False),
    *[(f"blocks_{i}", LEGAL + BLOCKS.format(extra, ""), LINES + 2, "EXTRA", 5, f"{extra} of BLOCK_9_1 {words}", False)
      for i, (extra, words) in enumerate((("5", "is not an extent of its type"), ("5_0", "is not an extent of its type"),
                                          ("0x5_1", "is not an extent of its type"), ("5_1_1", "is not an extent of its type"),
                                          (f"5_{2 ** 64 - 5}", "exceeds what can be addressed")))],
    ("blocks_overlap", LEGAL + BLOCKS.format("0_5", "4_2"), LINES + 3, "EXTRA", 5, "BLOCK_9_2 overlaps BLOCK_9_1", True),
    ("edge_data", LEGAL + ",,FOO,HOLD,PD_1,MO_2_1,r\n", LINES + 1, "DATA", 5, "HOLD has the data FOO, not NONE", False),
    ("request_type", LEGAL + ",,,REQUEST,PD_1,PD_0,\n", LINES + 1, "DATA", 5, "a REQUEST needs a type", False),
    ("request_type_spelling", LEGAL + ",,M-O,REQUEST,PD_1,PD_0,\n", LINES + 1, "DATA", 5,
     "the type M-O has something else than letters and digits", False),
    ("name_empty", with_line(3, "PD,PD_1,,,,,\n"), 3, "DATA", 5, "the name of PD_1 is empty", False),
    ("name_reserved", with_line(3, "PD,PD_1,NaN,,,,\n"), 3, "DATA", 5,
     "the name of PD_1 is a reserved word (NA, null, NaN)", False),
    ("name_control", with_line(3, "PD,PD_1,a\tb,,,,\n"), 3, "DATA", 5,
     "the name of PD_1 has a control character (to be written %XX)", False),
    ("name_percent", with_line(3, "PD,PD_1,5%,,,,\n"), 3, "DATA", 5,
     "the name of PD_1 has a % that is not followed by two hexadecimal digits", False),
    ("name_bytes", with_line(3, "PD,PD_1,a\udcffb,,,,\n"), 3, "DATA", 5, "is not UTF-8", False),
    ("file_name", with_line(15, "RESOURCE,FILE_8_1,FILE,,,,null\n"), 15, "EXTRA", 5,
     "the name of FILE_8_1 is a reserved word (NA, null, NaN)", False),
    ("type_empty", with_line(11, "RESOURCE_SPACE,FILE_SPACE_8,,,,,PD_1\n"), 11, "DATA", 5,
     "the type of FILE_SPACE_8 is empty", False),
    ("type_reserved", with_line(11, "RESOURCE_SPACE,FILE_SPACE_8,NA,,,,PD_1\n"), 11, "DATA", 5,
     "the type of FILE_SPACE_8 is a reserved word (NA, null, NaN)", False),
    ("partial", with_line(3, "PD,PD_1,client,,,,dead\n"), 3, "EXTRA", 5,
     "PD_1 has dead, which is none of nothing, partial, ended", False),
    # rule 5: rows
    ("both", LEGAL + "PD,PD_2,x,HOLD,PD_1,MO_2_1,\n", LINES + 1, "EDGE_TYPE", 5,
     "a row is either a node or an edge, this one is both", False),
    ("neither", LEGAL + ",,NONE,,PD_1,MO_2_1,\n", LINES + 1, "NODE_TYPE", 5,
     "a row is either a node or an edge, this one is neither", False),
    ("no_id", LEGAL + "PD,,x,,,,\n", LINES + 1, "NODE_ID", 5, "a node needs an id", False),
    ("no_from", LEGAL + ",,NONE,HOLD,,MO_2_1,\n", LINES + 1, "EDGE_FROM", 5, "an edge needs both ends", False),
    ("no_to", LEGAL + ",,NONE,HOLD,PD_1,,\n", LINES + 1, "EDGE_TO", 5, "an edge needs both ends", False),
    ("node_with_ends", LEGAL + "PD,PD_2,x,,PD_1,,\n", LINES + 1, "EDGE_FROM", 5, "a node row leaves this empty", False),
    ("edge_with_id", LEGAL + ",E_1,NONE,LINK,PD_1,PD_0,\n", LINES + 1, "NODE_ID", 5, "an edge row leaves this empty",
     False),
    ("few_fields", LEGAL + "PD,PD_2,x\n", LINES + 1, "EDGE_TYPE", 5, "the row has 3 fields, the header 7", False),
    ("many_fields", LEGAL + "PD,PD_2,x,,,,,\n", LINES + 1, "EXTRA", 5, "the row has 8 fields, the header 7", False),
    ("truncated", LEGAL + ",,NONE,HOLD,PD_1,MO_2", LINES + 1, "EXTRA", 5,
     "the file ends within the row: 6 fields, the header has 7", False),
    ("truncated_early", LEGAL + ",,NO", LINES + 1, "EDGE_TYPE", 5,
     "the file ends within the row: 3 fields, the header has 7", False),
    ("open_quote", LEGAL + 'PD,PD_2,"x,,,,\n', LINES + 1, "quotes", 5,
     "a quoted field is not closed before the file ends", False),
    ("stray_quote", LEGAL + 'PD,PD_2,x"y,,,,\n', LINES + 1, "quotes", 5,
     "a quote within a field that is not quoted, or text after a closing quote", False),
    ("after_quote", LEGAL + 'PD,PD_2,"x"y,,,,\n', LINES + 1, "quotes", 5,
     "a quote within a field that is not quoted, or text after a closing quote", False),
    ("nul", LEGAL + "PD,PD_2,x\0y,,,,\n", LINES + 1, "row", 5, "the file contains a NUL byte", False),
    ("empty_file", "", 1, "header", 5,
     "the first line must be NODE_TYPE,NODE_ID,DATA,EDGE_TYPE,EDGE_FROM,EDGE_TO,EXTRA", False),
    ("line_before_header", "# a model\n" + LEGAL, 1, "header", 5,
     "the first line must be NODE_TYPE,NODE_ID,DATA,EDGE_TYPE,EDGE_FROM,EDGE_TO,EXTRA", False),
    ("column_twice", LEGAL.replace("EXTRA\n", "EXTRA,DATA\n", 1), 1, "header", 5,
     "the first line must be NODE_TYPE,NODE_ID,DATA,EDGE_TYPE,EDGE_FROM,EDGE_TO,EXTRA", False),
    ("many_columns", LEGAL.replace("EXTRA\n", "EXTRA" + ",X" * 300 + "\n", 1), 1, "header", 5,
     "more than 255 columns (CM_MAX_COLUMNS)", False),
    ("quoted_lines_count", with_line(3, 'PD,PD_1,client,,,,\nPD,PD_2,"a%0A",,,,"partial"\n') +
     'RESOURCE,"MO\n2\n2",MO,,,,\nPD,PD_1,x,,,,\n', LINES + 5, "NODE_ID", 1, "the id PD_1 stands at line 3 already",
     False),
]


# Features that files of older versions do not have.
NEW = [
    LEGAL + ",,NONE,HOLD,PD_1,MO_2_1,rx\n",
    LEGAL.replace(",MAP,VMR_1_1,MO_2_1,", ",MAP,VMR_1_1,MO_2_1,rx"),
    LEGAL + "PD,PD_2,maker,,,,ended\n,,NONE,PARENT,PD_1,PD_2,\n,,NONE,PARENT,PD_2,PD_0,\n",
    LEGAL + BLOCKS.format("0_5", "5_2") + "RESOURCE,BLOCK_9_3,BLOCK,,,,\n,,NONE,SUBSET,BLOCK_9_3,BLOCK_SPACE_9,\n",
    LEGAL + "".join(f"RESOURCE_SPACE,{t}_SPACE_{t},{t},,,,PD_0\n" for t in ("NTFN", "IRQ", "IMAGE", "VM", "SOCKET", "PIPE")),
    LEGAL + "RESOURCE_SPACE,GMO_SPACE_9,GMO,,,,PD_1\nRESOURCE,GMO_9_1,GMO,,,,\n,,NONE,SUBSET,GMO_9_1,GMO_SPACE_9,\n"
            ",,NONE,MAP,GMO_9_1,MO_2_1,rwx\n",
]


def test_new():
    for i, text in enumerate(NEW):
        path = driver.write(f"new-{i}.csv", text)
        assert driver.ask("check", path) == f"{path}: legal\n", i
        assert sorted(driver.ask("convert", path).splitlines()) == sorted(text.splitlines()), i
        for form in ("json", "graphml"):
            assert driver.ask("convert", "-", text=driver.ask("convert", path, f"--to={form}")) == driver.ask("convert", path), (i, form)


def test_block_weight():
    text = LEGAL + BLOCKS.format("0_5", "") + "PD,PD_2,other,,,,\n,,NONE,HOLD,PD_2,BLOCK_9_1,r\n"
    assert "RSI BLOCK 5/6 0.8333\n" in driver.ask("rsi", "-", "PD_1", "PD_2", text=text)


def check_offence(case):
    name, text, line, column, rule, words, lenient = case
    path = driver.write(f"bad-{name}.csv", text)
    expected = f"{path}:{line}:{column}: rule {rule}: {words}\n"
    status, output, errors = call("check", path)
    assert (status, output, errors) == (1, expected, ""), f"{name}: {status} {output}{errors}, not {expected}"
    status, output, _ = call("check", "--lenient", path)
    if lenient:
        listed = f"{path}:{line}:{column}: accepted: rule {rule}: {words}\n"
        assert status == 0 and listed in output and output.endswith(": legal\n"), f"{name} --lenient: {status} {output}"
    else:
        assert status == 1 and expected in output, f"{name} --lenient: {status} {output}"


def add_offence_tests():
    for case in OFFENCES:
        globals()["test_check_" + case[0]] = lambda case=case: check_offence(case)


add_offence_tests()


def test_row_too_long():
    path = driver.write("long.csv", LEGAL + 'PD,PD_2,"' + "x" * (17 << 20) + '",,,,\n')
    assert call("check", path)[1] == (
        f"{path}:{LINES + 1}:row: rule 5: the row is longer than 16 MiB (CM_MAX_ROW): a quote not closed?\n")


def test_check_legal():
    path = driver.write("legal.csv", LEGAL)
    assert ask("check", path) == f"{path}: legal\n"
    for sample in ("threads.csv",):
        ask("check", driver.SAMPLES / sample)


def test_check_first_by_line():
    """Of several offences the first one in the file; a row lost by an error is not reported as missing."""
    text = with_line(11, "RESOURCE_SPACE,FILE_SPACE_8,FILE,,,,\n") + ",,BLOCK,REQUEST,PD_1,PD_0,\n"
    path = driver.write("two.csv", text)
    assert call("check", path)[1].startswith(f"{path}:11:EXTRA: rule 3")
    assert call("check", "--all", path)[1].count("rule") >= 2
    path = driver.write("lost.csv", with_line(19, ",,NONE,SUBSET,FILE_8_1\n"))
    assert call("check", path)[1] == f"{path}:19:EDGE_TO: rule 5: the row has 5 fields, the header 7\n"


def test_check_json():
    path = driver.write("check-json.csv", LEGAL + ",,NONE,WATCH,PD_1,PD_0,\n")
    status, output, _ = call("check", path, "--json")
    assert status == 1 and json.loads(output) == {"file": str(path), "legal": False, "offences": [
        {"line": LINES + 1, "column": "EDGE_TYPE", "rule": 1, "accepted": False, "text": "unknown edge type WATCH"}]}
    assert json.loads(ask("check", path, "--json", "--lenient"))["legal"]


def test_check_other_makes():
    for path in [driver.SAMPLES / "other-make.csv", *driver.some(driver.data_files())]:
        assert call("check", path)[0] == 1
        status, output, _ = call("check", "--lenient", path)
        assert status == 0, (path, output.splitlines()[-1])
        assert "names no manager" in output


# ---- Read anyway -----------------------------------------------------------


def same(text):
    """Reads as LEGAL does."""
    assert ask("convert", "-", text=text) == LEGAL, text


def test_read_crlf():
    same(LEGAL.replace("\n", "\r\n"))


def test_read_last_line_open():
    same(LEGAL[:-1])


def test_read_blank_lines():
    same(LEGAL.replace("\nPD,PD_1", "\n\n\r\nPD,PD_1") + "\n")


def test_read_quoted():
    rows = LEGAL.splitlines()
    quoted = [rows[0]] + [",".join(f'"{field}"' for field in row.split(",")) for row in rows[1:]]
    same("\n".join(quoted) + "\n")
    same("\r\n".join(quoted) + "\r\n")
    same("\n".join(quoted))


def test_read_without_extra():
    without = [row.rpartition(",")[0] if row.endswith(",") else row for row in LEGAL.splitlines()]
    same("\n".join(without) + "\n")


def test_read_columns_elsewhere():
    order = [6, 3, 1, 0, 5, 4, 2]
    rows = [row.split(",") for row in LEGAL.splitlines()]
    same("".join(",".join(row[i] for i in order) + "\n" for row in rows))
    same("".join(",".join([*row, "COLOUR" if row is rows[0] else "red"]) + "\n" for row in rows))


def test_read_edges_first():
    rows = LEGAL.splitlines()
    moved = "\n".join([rows[0], *rows[15:], *rows[1:15]]) + "\n"
    assert sorted(ask("convert", "-", text=moved).splitlines()) == sorted(rows)
    ask("check", "-", text=moved)


def test_read_addresses():
    for extra in ("40000000_2_12", "0x0040000000_2_12", "0X40000000_2_12", "file:8:1:40_1_12_2_12", "anon:1:2_2_12", ""):
        ask("check", "-", text=LEGAL.replace("0x40000000_2_12", extra))
    for extra in ("_ELF_CODE_2_12", "ELF_CODE_2_12", "400000_IPC_BUF_2_12", "0000_SHM_1_21", ""):
        ask("check", "-", text=LEGAL.replace("0x400000_ELF_CODE_2_12", extra))


def test_write_quotes():
    """Names with commas, quotes and line ends go out quoted and come back the same."""
    text = with_line(3, 'PD,PD_1,"a, ""b"" c",,,,\n')
    assert ask("convert", "-", text=text) == text
    text = with_line(15, 'RESOURCE,FILE_8_1,FILE,,,,"line\none"\n')
    assert ask("convert", "-", text=text) == text


def test_drop():
    """Edges to missing nodes and of unknown types are not written."""
    assert ask("convert", "-", text=LEGAL + ",,NONE,HOLD,PD_1,X,r\n,,NONE,WATCH,PD_1,PD_0,\n") == LEGAL


def test_metrics_refuse():
    """Input that cannot be understood ends a metric too, with the same message."""
    status, output, errors = call("rsi", "-", "PD_0", "PD_1", text=LEGAL + "THING,T_1,x,,,,\n")
    assert (status, output, errors) == (1, "", f"-:{LINES + 1}:NODE_TYPE: rule 1: unknown node type THING\n")


def test_chunks():
    """Rows that straddle the reader's buffer, plain and quoted."""
    for filler in ("x" * 1000, '"' + "y, " * 300 + '"'):
        rows = "".join(f"PD,PD_{i:x},{filler},,,,\n" for i in range(2, 3000))
        status, output, _ = call("convert", "-", text=LEGAL + rows)
        assert status == 0 and output.count(filler) == 2998


# ---- Other calls -------------------------------------------------------------------


def test_calls():
    path = driver.write("calls.csv", LEGAL)
    for arguments, status, words in [
        ((), 2, "usage: cellmodel COMMAND FILE ...\n"),
        (("nothing",), 2, "cellmodel: no command nothing (cellmodel --help lists them)\n"),
        (("rsi", path, "PD_1"), 2, "usage: cellmodel rsi FILE A B"),
        (("rsi", path, "PD_1", "PD_9"), 2, "cellmodel: no PD has the id or name PD_9\n"),
        (("rsi", path, "PD_1", "MO_2_1"), 2, "cellmodel: MO_2_1 is a RESOURCE, not a PD\n"),
        (("rsi", path, "PD_1", "PD_0", "--depth", "0"), 2, "cellmodel rsi: --depth takes a number from 1, not 0\n"),
        (("rsi", path, "PD_1", "PD_0", "--depth"), 2, "cellmodel rsi: --depth needs a value\n"),
        (("rsi", path, "PD_1", "PD_0", "--fast"), 2, "cellmodel rsi: unknown option --fast\n"),
        (("fr", path, "PD_1", "PD_0", "--without", "PD_0", "--fast"), 2, "cellmodel fr: unknown option --fast\n"),  # and frees its lists
        (("rsi", path, "PD_1", "PD_0", "--json=1"), 2, "cellmodel rsi: --json takes no value\n"),
        (("fr", path, "PD_1", "PD_0", "--without", "PD_0"), 2, "cellmodel: A and B cannot be among the PDs"),
        (("fr", path, "PD_1", "PD_0", "--keep", "PD_7"), 2, "cellmodel: no PD has the id or name PD_7\n"),
        (("stats", driver.SCRATCH / "gone.csv"), 2, f"cellmodel: {driver.SCRATCH}/gone.csv: No such file or directory\n"),
        (("stats", driver.SCRATCH), 2, f"cellmodel: {driver.SCRATCH}: Is a directory\n"),
    ]:
        found = call(*arguments)
        assert found[0] == status and found[2].startswith(words) and not found[1], (arguments, found)


def test_output_fails():
    with open("/dev/full", "w") as full:
        import subprocess
        done = subprocess.run([driver.TOOL, "generate"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2 and done.stderr == "cellmodel: output: the output was refused\n", done


def test_help():
    assert "  rsi " in ask("--help") and "  check " in ask("help")
    for line in ask("--help").splitlines():
        words = line.split()
        if line.startswith("  ") and words:
            assert ask(words[0], "--help").startswith(f"usage: cellmodel {words[0]} "), words


def test_stats():
    path = driver.write("stats.csv", LEGAL)
    counts = {(c["group"], c["name"]): c["count"] for c in json.loads(ask("stats", path, "--json"))["counts"]}
    assert counts["nodes", "PD"] == 2 and counts["nodes", "RESOURCE_SPACE"] == 8 and counts["nodes", "RESOURCE"] == 4
    assert counts["edges", "HOLD"] == 2 and counts["resources", "MO"] == 1 and counts["edges", "dropped"] == 0
    # follows: PD_1 holds the VMR and its file, PD_0 the MO
    assert counts["edges", "following HOLDs"] == 3
    assert "nodes,PD,2\n" in ask("stats", path, "--csv")


def test_generated_is_legal():
    text = ask("generate", "--edges", 20000, "--seed", 7)
    assert text == ask("generate", "--edges", 20000, "--seed", 7) != ask("generate", "--edges", 20000, "--seed", 8)
    ask("check", "-", text=text)


def test_written_by_others():
    """Byte order marks and quoted headers are read right; input that would be misread is refused, with the reason."""
    plain = EXAMPLE.read_text()
    answer = ask("rsi", EXAMPLE, "PD_1", "PD_4")
    formats = {name: ask("convert", EXAMPLE, "--to", name) for name in ("csv", "json", "graphml")}
    for name, text in formats.items():
        assert ask("rsi", "-", "PD_1", "PD_4", text="\ufeff" + text) == answer, name
    quoted = ",".join(f'"{column}"' for column in plain.split("\n")[0].split(",")) + plain[plain.index("\n"):]
    assert ask("rsi", "-", "PD_1", "PD_4", text=quoted) == answer
    undirected = "edges of a model have a direction, these have none"
    renamed = formats["graphml"].replace("<graph ", '<key id="v_id" for="node" attr.name="id" attr.type="string"/>\n<graph ')
    for text, words in (
            (plain.replace("\n", "\r"), "1:header: rule 5: lines end in CR alone; LF or CR LF is read"),
            (formats["graphml"].replace('"directed"', '"undirected"'), undirected),
            (formats["graphml"].replace("<edge ", '<edge directed="false" ', 1), undirected),
            (formats["json"].replace('"directed": true', '"directed": false'), undirected),
            (renamed, "the nodes were renamed, and a key named id"),
            (re.sub(r"(<data key=[^>]*>)(two)(</data>)", r"\1\2\3\1three\3", formats["graphml"]), "has an attribute twice"),
            (formats["json"].replace('"data": "two"', '"data": "two", "data": "three"'), "has an attribute twice"),
            (formats["json"].replace('"id": "PD_2"', '"id": "PD_2", "id": "PD_9"', 1), "has an attribute twice"),
            (formats["json"].rstrip().removesuffix("}") + ', "nodes": []}\n', "there are two arrays of nodes"),
            (formats["json"].rstrip().removesuffix("}") + ', "links": []}\n', "or of edges"),
            (plain.replace("EXTRA\n", "EXTRA,DATA\n", 1), "the first line must be"),
            (formats["graphml"].replace('<node id="PD_1"', '<node id="PD_1" id="PD_2"'), "duplicate attribute")):
        assert text not in formats.values()
        for command in (["check", "-"], ["rsi", "-", "PD_1", "PD_4"], ["convert", "-"]):
            status, output, errors = call(*command, text=text)
            assert status == 1 and words in output + errors and "RSI" not in output, (words, command, output, errors)
    for name, text in formats.items():
        bad = text.replace("two", "t\udcffwo")
        for target in formats:
            status, output, errors = call("convert", "-", "--to", target, text=bad)
            assert (status, output) == (1, "") and "is not UTF-8" in errors or "not well-formed" in errors, (name, target, errors)


if __name__ == "__main__":
    sys.exit(driver.main(sys.modules[__name__]))
