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

/* Units of work of a piece. */
#define PIECE_UNITS 6u

bool records_free(struct records *records, uint32_t *units)
{
    while (!list_empty(&records->pieces)) {
        struct piece *piece = CONTAINER(records->pieces.next, struct piece, list);

        if (reap_take(units, PIECE_UNITS) == 0)
            return false;
        list_remove(&piece->list);
        heap_free(piece, sizeof *piece);
        account_refund(records->account, ACCOUNT_PAGES, PIECE_PAGES);
    }
    while (records->type_count > 0) {
        if (reap_take(units, 1) == 0)
            return false;
        type_release(records->types[--records->type_count]);
    }
    heap_free(records->types, records->type_room * sizeof *records->types);
    records_init(records, records->account);
    return true;
}

/* Types are named by spaces and by requests; several records in a row often have the same. */
static void keep_type(struct records *records, type_t type)
{
    uint32_t count = records->type_count;

    if (type < CM_CORE_TYPES || type == TYPE_NONE || (count > 0 && records->types[count - 1] == type))
        return;
    if (count == records->type_room) {
        uint32_t room = count == 0 ? 4 : count * 2;
        type_t *types = heap_resize(records->types, count * sizeof *types, room * sizeof *types);

        if (types == NULL) {
            records->failed = CELL_NO_MEMORY;
            return;
        }
        records->types = types;
        records->type_room = room;
    }
    type_refer(type);
    records->types[records->type_count++] = type;
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

/* What the table in record.h says; the MAP of a region is counted below. */
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
    if (kind == RECORD_SPACE || kind == RECORD_REQUEST)
        keep_type(records, type);
    records->rows += 1u + rows_beside[kind] + (kind == RECORD_VMR && words == 5);
    *record = (struct record){.kind = kind & 15u, .words = words & 15u, .type = type & TYPE_NONE};
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
