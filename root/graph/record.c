/* SPDX-License-Identifier: BSD-2-Clause */
/* root/graph/record.c: see record.h. */
#include "root/graph/record.h"

#include "root/core/reaper.h"
#include "root/graph/pass.h"
#include "root/memory/heap.h"

#define PIECE_WORDS 2044u /* 16 KiB with the header */

struct piece {
    struct list list;
    uint64_t used;
    uint64_t word[PIECE_WORDS];
};

/* Pages of a piece. */
#define PIECE_PAGES ((sizeof(struct piece) + 4095) / 4096)

void records_init(struct records *records, struct account *account)
{
    *records = (struct records){.account = account};
    list_init(&records->pieces);
}

static struct piece *last_piece(const struct records *records)
{
    return CONTAINER(records->pieces.previous, struct piece, list);
}

static void note_used(struct records *records)
{
    if (!list_empty(&records->pieces))
        last_piece(records)->used = (uint64_t)(records->at - last_piece(records)->word);
}

/* Types are named by spaces and by requests. */
static bool has_type(const struct record *record)
{
    return (record->kind == RECORD_SPACE || record->kind == RECORD_REQUEST) && record->type >= CM_CORE_TYPES &&
           record->type != TYPE_NONE;
}

static void release_types(const struct piece *piece)
{
    const struct record *record;

    for (uint64_t at = 0; at < piece->used; at += 1u + record->words) {
        record = (const struct record *)&piece->word[at];
        if (has_type(record))
            type_release(record->type);
    }
}

/* Units of work of a piece, with 400 records or so. */
#define PIECE_UNITS 20u

bool records_free(struct records *records, uint32_t *units)
{
    note_used(records);
    while (!list_empty(&records->pieces)) {
        struct piece *piece = CONTAINER(records->pieces.next, struct piece, list);

        if (reap_take(units, PIECE_UNITS) == 0)
            return false;
        release_types(piece);
        list_remove(&piece->list);
        heap_free(piece, sizeof *piece);
        account_refund(records->account, ACCOUNT_PAGES, PIECE_PAGES);
    }
    records_init(records, records->account);
    return true;
}

/* Units (pass.h) of a new piece. */
#define NEW_UNITS 60u

static bool new_piece(struct records *records)
{
    pass_take(NEW_UNITS);
    cell_error_t error = account_charge(records->account, ACCOUNT_PAGES, PIECE_PAGES);
    struct piece *piece = error != CELL_OK ? NULL : heap_allocate(sizeof *piece);

    if (piece == NULL) {
        if (error == CELL_OK)
            account_refund(records->account, ACCOUNT_PAGES, PIECE_PAGES);
        records->failed = error == CELL_OK ? CELL_NO_MEMORY : error;
        return false;
    }
    note_used(records);
    list_append(&records->pieces, &piece->list);
    records->at = piece->word;
    records->end = piece->word + PIECE_WORDS;
    return true;
}

/* By the table in record.h; the MAP of a region is counted below. */
static const uint8_t rows_beside[RECORD_KINDS] = {
    [RECORD_PCPU] = 2, [RECORD_HANDLE] = 1, [RECORD_RESSPC] = 1, [RECORD_CPU] = 2, [RECORD_EP] = 1,
    [RECORD_MO] = 1,   [RECORD_VMR] = 1,    [RECORD_RESOURCE] = 1,
};

struct record *record_add(struct records *records, enum record_kind kind, type_t type,
                          unsigned words)
{
    static uint64_t nowhere[1 + 8];
    struct record *record = (struct record *)nowhere;

    pass_take(3);
    if ((size_t)(records->end - records->at) > words || new_piece(records)) {
        record = (struct record *)records->at;
        records->at += 1 + words;
    }
    records->rows += 1u + rows_beside[kind] + (kind == RECORD_VMR && words == 5);
    *record = (struct record){.kind = kind & 15u, .words = words & 15u, .type = type & TYPE_NONE};
    if (record != (struct record *)nowhere && has_type(record))
        type_refer(type);
    return record;
}

const struct record *record_next(const struct records *records, const struct piece **piece,
                                 const struct record *record)
{
    const struct list *list = record == NULL ? records->pieces.next : &(*piece)->list;
    const uint64_t *at = record == NULL ? NULL : record->word + record->words;

    for (; list != &records->pieces; list = list->next, at = NULL) {
        *piece = CONTAINER(list, struct piece, list);
        uint64_t used = *piece == last_piece(records)
                            ? (uint64_t)(records->at - (*piece)->word) : (*piece)->used;

        if (at == NULL)
            at = (*piece)->word;
        if (at != (*piece)->word + used)
            return (const struct record *)at;
    }
    return NULL;
}
