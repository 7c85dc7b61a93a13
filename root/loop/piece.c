/* SPDX-License-Identifier: BSD-2-Clause */
/* root/loop/piece.c: see piece.h. */
#include "root/loop/piece.h"

#include <string.h>

#include "root/core/pd.h"
#include "root/memory/heap.h"

/* The PD that asks; requests through the handles of a table whose maker has ended are the root task's. */
static struct pd *asker(const struct request *request)
{
    return request->caller != NULL ? request->caller : &pd_root;
}

struct piece *piece_find(const struct request *request, void (*undo)(struct piece *piece))
{
    LIST_EACH(entry, &asker(request)->pieces) {
        struct piece *piece = CONTAINER(entry, struct piece, of_pd);

        if (piece->undo == undo && piece->badge == handle_id(request->handle) &&
            piece->operation == request->operation && piece->length == request->length &&
            memcmp(piece->words, request->words, piece->length * sizeof *piece->words) == 0)
            return piece;
    }
    return NULL;
}

static void take_back(struct piece *piece)
{
    piece->undo(piece);
    piece_end(piece);
}

static void too_late(struct timeout *timeout)
{
    take_back(CONTAINER(timeout, struct piece, patience));
}

/* Makes room for one more. */
static void limit(struct list *pieces)
{
    unsigned count = 0;

    LIST_EACH (entry, pieces)
        count++;
    if (count >= PIECES_MOST)
        take_back(CONTAINER(pieces->next, struct piece, of_pd));
}

cell_error_t piece_begin(const struct request *request, size_t size,
                         void (*undo)(struct piece *piece), struct piece **made)
{
    struct pd *pd = asker(request);
    size_t bytes = request->length * sizeof *request->words;

    limit(&pd->pieces);
    cell_error_t error = account_charge(pd->account, ACCOUNT_OBJECTS, 1);

    if (error != CELL_OK)
        return error;
    struct piece *piece = heap_allocate(size);
    uint64_t *words = heap_copy(request->words, bytes);

    if (piece == NULL || words == NULL) {
        heap_free(piece, size);
        heap_free(words, bytes);
        account_refund(pd->account, ACCOUNT_OBJECTS, 1);
        return CELL_NO_MEMORY;
    }
    piece->account = pd->account;
    account_refer(pd->account);
    piece->badge = handle_id(request->handle);
    piece->operation = request->operation;
    piece->length = request->length;
    piece->size = (uint32_t)size;
    piece->words = words;
    piece->undo = undo;
    list_append(&pd->pieces, &piece->of_pd);
    *made = piece;
    return CELL_OK;
}

cell_error_t piece_again(struct piece *piece)
{
    /* Without memory for the timeout it waits until its asker ends. */
    timeout_set(&piece->patience, clock_after(PIECE_PATIENCE), piece->account->priority, too_late);
    return CELL_AGAIN;
}

void piece_end(struct piece *piece)
{
    timeout_cancel(&piece->patience);
    list_remove(&piece->of_pd);
    heap_free(piece->words, piece->length * sizeof *piece->words);
    account_refund(piece->account, ACCOUNT_OBJECTS, 1);
    account_release(piece->account);
    heap_free(piece, piece->size);
}

/* Units of work (reaper.h) of one. */
#define UNDO_UNITS 5u

bool pieces_undo(struct list *pieces, uint32_t *units)
{
    while (!list_empty(pieces)) {
        if (reap_take(units, UNDO_UNITS) == 0)
            return false;
        take_back(CONTAINER(pieces->next, struct piece, of_pd));
    }
    return true;
}

/* ---- Ranges ------------------------------------------------------------ */

/* What is done stays. */
static void undo_nothing(struct piece *piece)
{
    (void)piece;
}

struct progress progress_of(const struct request *request, struct progress begin)
{
    struct piece *piece = piece_find(request, undo_nothing);

    return piece == NULL ? begin : *CONTAINER(piece, struct progress, piece);
}

cell_error_t progress_note(const struct request *request, const struct progress *progress, cell_error_t error)
{
    struct piece *piece = piece_find(request, undo_nothing);

    if (error != CELL_AGAIN) {
        if (piece != NULL)
            piece_end(piece);
        return error;
    }
    if (piece == NULL) {
        error = piece_begin(request, sizeof *progress, undo_nothing, &piece);
        if (error != CELL_OK)
            return error;
    }
    struct progress *kept = CONTAINER(piece, struct progress, piece);

    kept->from = progress->from;
    kept->there = progress->there;
    return piece_again(piece);
}
