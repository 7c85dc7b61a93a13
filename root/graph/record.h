/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/graph/record.h: what a snapshot keeps: a record per object of the root
 * task's tables, and per edge that does not follow from the object itself.
 *
 * A record is numbers, not text: taking a snapshot stops the system, writing it
 * as text does not. It stands for one to three rows of the model: a region, say,
 * for the node, its SUBSET and its MAP.
 */
#pragma once

#include "model/core/graph.h"
#include "root/base/list.h"
#include "root/core/account.h"
#include "root/core/types.h"
#include "root/graph/pass.h"

enum record_kind {
    /* word 0, 1, …                                  detail        rows beside the node */
    RECORD_PD,       /* id, name in 4 words          RECORD_PARTIAL, RECORD_ENDED        */
    RECORD_SPACE,    /* id, id of the manager                                            */
    RECORD_PCPU,     /*                                            SUBSET, PD_0's HOLD   */
    RECORD_HANDLE,   /* id of the PD: as a resource                SUBSET                */
    RECORD_RESSPC,   /* id of the space: as a resource             SUBSET                */
    RECORD_CPU,      /* id, id of its ADS            RECORD_PLACED SUBSET, MAP           */
    RECORD_EP,       /* id; also of a NTFN                         SUBSET                */
    RECORD_MO,       /* id, address, 4 KiB, piece if it has one  size of page  SUBSET;
                        0: 4 KiB, 1: 2 MiB, 2: 1 GiB                                     */
    RECORD_VMR,      /* ADS, id, start, pages, MO    its kind      SUBSET, MAP if 5 words;
                        a piece: and the piece in place of MO, 6 words                   */
    RECORD_RESOURCE, /* space, id, name in 4 words if it has one   SUBSET                */
    RECORD_EDGE,     /* from: space, number; to: space, number;    (is one)
                        pieces of from and to, if one is not the first                   */
    RECORD_REQUEST,  /* PD, manager, space or RECORD_ANY           (is one)              */
    RECORD_KINDS
};

#define RECORD_PARTIAL 1u
#define RECORD_ENDED 2u
#define RECORD_PLACED 1u
#define RECORD_ANY UINT64_MAX
#define RECORD_NAME_WORDS 4u

struct record {
    uint64_t kind : 4;
    uint64_t words : 4;    /* behind the header */
    uint64_t detail : 4;   /* as above; EDGE: enum cm_edge_type */
    uint64_t rights : 4;   /* EDGE: of a HOLD; VMR: of its MAP */
    uint64_t type : 24;    /* SPACE, RESSPC, EP, RESOURCE, REQUEST; EDGE: of `from` */
    uint64_t to_type : 24; /* EDGE: of `to` */
    uint64_t word[];
};

/* Records in pieces of memory, which an account pays for. They refer to their types, so that the names of these stay. */
struct records {
    struct account *account;
    struct list pieces;
    uint64_t *at, *end;  /* in the last piece */
    uint64_t rows;
    cell_error_t failed; /* some are missing: CELL_NO_MEMORY, CELL_QUOTA */
};

void records_init(struct records *records, struct account *account);
/* Frees as much as *units of work (reaper.h) allow; true: all. */
bool records_free(struct records *records, uint32_t *units);

/* Units (pass.h) of a record. */
#define RECORD_UNITS 3u

/* For record_add(): where a record with so many words goes, after a pause of the pass or in a new piece of memory. */
uint64_t *records_room(struct records *records, unsigned words);
/* Likewise: a record of a kind that names a type refers to it. */
void records_refer(const struct records *records, type_t type);

/* Rows of a record, beside the node or edge itself, by the table above. */
static inline unsigned record_rows_beside(enum record_kind kind, unsigned words)
{
    switch (kind) {
    case RECORD_PCPU:
    case RECORD_CPU:
        return 2;
    case RECORD_HANDLE:
    case RECORD_RESSPC:
    case RECORD_EP:
    case RECORD_MO:
    case RECORD_RESOURCE:
        return 1;
    case RECORD_VMR:
        return words == 5 ? 2 : 1;
    default:
        return 0;
    }
}

/* Types are named by spaces and by requests. */
static inline bool record_has_type(enum record_kind kind, type_t type)
{
    return (kind == RECORD_SPACE || kind == RECORD_REQUEST) && type >= CM_CORE_TYPES && type != TYPE_NONE;
}

/* Adds one; the caller fills in its words, and detail, rights and to_type where they
 * are not 0. Never NULL: without memory `failed` is set, and what is written goes nowhere. */
static inline struct record *record_add(struct records *records, enum record_kind kind, type_t type, unsigned words)
{
    uint64_t *at = records->at;

    if (pass_left < RECORD_UNITS || (size_t)(records->end - at) <= words)
        at = records_room(records, words);
    pass_left -= RECORD_UNITS;
    records->at = at + 1 + words;
    records->rows += 1u + record_rows_beside(kind, words);
    struct record *record = (struct record *)at;

    *record = (struct record){.kind = kind & 15u, .words = words & 15u, .type = type & TYPE_NONE};
    if (record_has_type(kind, type))
        records_refer(records, type);
    return record;
}

/* Walks them: the one behind `record` (NULL: the first), in *piece; NULL: the end. */
struct piece;
const struct record *record_next(const struct records *records, const struct piece **piece,
                                 const struct record *record);

/* A node. TYPE_NONE: PD `number`; number RECORD_ITSELF: the space. `piece`: the first page of a
 * piece of a memory object (cuts.h) or of a region that maps one, if it is not the first. */
struct node {
    type_t type;
    uint64_t space, number, piece;
    uint64_t blocks; /* BLOCK: how many, from `number` on; it may be in pieces (ranges.h) */
};

#define RECORD_ITSELF UINT64_MAX
