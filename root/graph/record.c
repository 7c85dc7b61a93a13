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

/* Without memory, records are written here. */
#define NOWHERE_WORDS 16u
static uint64_t nowhere[NOWHERE_WORDS];

static bool is_nowhere(const struct records *records)
{
    return records->end == nowhere + NOWHERE_WORDS;
}

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
    if (!list_empty(&records->pieces) && !is_nowhere(records))
        last_piece(records)->used = (uint64_t)(records->at - last_piece(records)->word);
}

static void release_types(const struct piece *piece)
{
    const struct record *record;

    for (uint64_t at = 0; at < piece->used; at += 1u + record->words) {
        record = (const struct record *)&piece->word[at];
        if (record_has_type(record->kind, record->type))
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

uint64_t *records_room(struct records *records, unsigned words)
{
    if ((size_t)(records->end - records->at) <= words && !new_piece(records)) {
        note_used(records);
        records->end = nowhere + NOWHERE_WORDS;
        records->at = nowhere;
    }
    if (pass_left < RECORD_UNITS)
        pass_pause();
    return records->at;
}

void records_refer(const struct records *records, type_t type)
{
    if (!is_nowhere(records))
        type_refer(type);
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
