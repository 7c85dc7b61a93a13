/* SPDX-License-Identifier: BSD-2-Clause */
/* root/graph/record.c: see graph_record.h. */
#include "root/graph/record.h"

#include "root/memory/heap.h"

#define PIECE_WORDS 2044u /* 16 KiB with the header */

struct piece {
    struct list list;
    uint64_t used;
    uint64_t word[PIECE_WORDS];
};

void records_init(struct records *records)
{
    *records = (struct records){0};
    list_init(&records->pieces);
}

void records_free(struct records *records)
{
    while (!list_empty(&records->pieces)) {
        struct piece *piece = CONTAINER(records->pieces.next, struct piece, list);

        list_remove(&piece->list);
        heap_free(piece, sizeof *piece);
    }
    records_init(records);
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

static bool new_piece(struct records *records)
{
    struct piece *piece = heap_allocate(sizeof *piece);

    if (piece == NULL)
        return false;
    note_used(records);
    list_append(&records->pieces, &piece->list);
    records->at = piece->word;
    records->end = piece->word + PIECE_WORDS;
    return true;
}

/* What the table in graph_record.h says; the MAP of a region is counted below. */
static const uint8_t rows_beside[RECORD_KINDS] = {
    [RECORD_PCPU] = 1, [RECORD_HANDLE] = 1, [RECORD_RESSPC] = 1, [RECORD_CPU] = 2, [RECORD_EP] = 1,
    [RECORD_MO] = 1,   [RECORD_VMR] = 1,    [RECORD_RESOURCE] = 1,
};

struct record *record_add(struct records *records, enum record_kind kind, type_t type,
                          unsigned words)
{
    static uint64_t nowhere[1 + 8];
    struct record *record = (struct record *)nowhere;

    if ((size_t)(records->end - records->at) > words || new_piece(records)) {
        record = (struct record *)records->at;
        records->at += 1 + words;
    } else {
        records->failed = true;
    }
    records->rows += 1u + rows_beside[kind] + (kind == RECORD_VMR && words == 5);
    *record = (struct record){.kind = (uint8_t)kind, .words = (uint8_t)words, .type = type};
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
