/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/piece.h: requests that take long are done in pieces.
 *
 * A request whose work is not done answers CELL_AGAIN and leaves a piece: what it has
 * made so far, which is the asker's already. The same request once more (the client's
 * stub repeats it at once) finds the piece and goes on. A piece whose asker ends, or
 * does not ask again within PIECE_PATIENCE, is undone.
 */
#pragma once

#include "root/loop/clock.h"
#include "root/loop/request.h"

/* Pages that a request makes present before it answers CELL_AGAIN. */
#define PIECE_PAGES 96u
/* Nanoseconds. */
#define PIECE_PATIENCE UINT64_C(10000000000)

struct piece {
    struct list of_pd;        /* the asker's */
    struct timeout patience;
    struct account *account;  /* that pays for it; referred to */
    uint64_t badge;           /* through which handle, and what was asked */
    uint32_t operation, length, size;
    uint64_t *words;
    /* Gives back what was made; the piece itself is freed afterwards. The function also tells pieces of different operations apart. */
    void (*undo)(struct piece *piece);
};

/* The piece that a request goes on with; NULL: it is a new one. */
struct piece *piece_find(const struct request *request, void (*undo)(struct piece *piece));

/* Requests of a PD that are half done. It has one thread, which repeats each until it is done; so the first of more than
 * these will hardly be asked for again, and is undone. */
#define PIECES_MOST 8u

/* A new piece for a request: a zeroed record of `size` bytes that begins with struct piece.
 * CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t piece_begin(const struct request *request, size_t size,
                         void (*undo)(struct piece *piece), struct piece **made);

/* The request answers CELL_AGAIN, which is returned. */
cell_error_t piece_again(struct piece *piece);

/* The request is done, or has failed and what it made is given back: the record goes. */
void piece_end(struct piece *piece);

/* Their asker ends: undoes as many of a list of pieces as *units of work (reaper.h) allow; true: all. */
bool pieces_undo(struct list *pieces, uint32_t *units);

/* ---- Ranges of which a part is done, and stays so ---------------------- */

struct progress {
    struct piece piece;
    uint64_t from, there; /* where it goes on */
};

/* Where a request goes on; `begin`: where it begins. */
struct progress progress_of(const struct request *request, struct progress begin);
/* Notes where it goes on if `error`, which is returned, is CELL_AGAIN; CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t progress_note(const struct request *request, const struct progress *progress, cell_error_t error);
