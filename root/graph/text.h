/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/text.h: records as text: the CSV of docs/model-format.md, readable
 * from any byte on.
 */
#pragma once

#include "root/graph/record.h"

/* Bytes that a record's rows have at most: three rows of two ids of at most 65
 * bytes, or an id, a type, and a name of 31 bytes, each of which may become three. */
#define RECORD_TEXT 768u

/* What is the same in the rows of all resources of a space. */
struct space_texts {
    type_t type;
    uint64_t space;
    uint8_t start_length, middle_length, end_length; /* start 0: nothing is known */
    char start[56];                                  /* VMR_5_ */
    char middle[40];                                 /* ,VMR,,,, */
    char end[64];                                    /* ,ADS_SPACE_5,\n of the SUBSET */
};

#define SPACES_KNOWN 16u

/* Reads one snapshot's CSV; all zero but `records` is the start. What is read in
 * order costs what is read; going back begins at the start again. */
struct csv_reader {
    const struct records *records;
    const struct piece *piece;
    const struct record *record; /* at hand; NULL: the header line */
    bool at_end;
    uint64_t offset;             /* of the record's text */
    struct space_texts known[SPACES_KNOWN]; /* by the last bits of the type */
};

/* Bytes from `offset` on into `buffer`: how many. 0: the end; or that was as far as *records went,
 * which is 0 then: at most this many records are written or skipped. */
size_t csv_read(struct csv_reader *reader, uint64_t offset, char *buffer, size_t room, uint32_t *records);
