/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/system/restart.h: blocks of the system's description that are taken care of.
 *
 * `restart N in SECONDS`: when the block's PD ends otherwise than well, it is made again from the block,
 * in the budget of the one before, after a while that doubles with each restart; unless that was so N times
 * in the last SECONDS. Edges to the spaces that the block serves stay where they are and lead to the new PD
 * as soon as it has made them (root/spaces/heir.h); resources of the old one are gone.
 *
 * `watch SECONDS`: a PD that does not answer for that long ends as by a fault (watch.c).
 */
#pragma once

#include "lib/plan/config.h"
#include "lib/idtable/idtable.h"
#include "root/core/pd.h"
#include "root/graph/graph.h"

enum described_state { DESCRIBED_UNSTARTED,
                       DESCRIBED_RUNS,
                       DESCRIBED_WAITS,
                       DESCRIBED_GIVEN_UP,
                       DESCRIBED_ENDED };

struct again;

struct described {
    struct list list;      /* of all, by number */
    struct id_entry entry; /* id of its PD, or of the last one; in the table while that runs */
    uint32_t number, line;
    const char *text; /* in the description */
    size_t length;
    char name[PD_NAME_SIZE];
    uint8_t state;         /* enum described_state */
    struct budget *budget; /* referred to; NULL: not started yet */
    /* restart; `most` 0: never */
    uint32_t most, restarts;
    uint64_t window;      /* ns */
    uint64_t *times;      /* of the last `most` restarts: number n at n % most */
    uint64_t delay;       /* before the next attempt, ns */
    bool lacks;           /* a server of which it is to have an edge */
    struct again *making; /* NULL: no attempt has begun */
    struct timeout again;
    struct list kept; /* edges: heir.h */
    /* evidence: of the PD that ended last */
    uint8_t cause;
    uint64_t code;
    char *report; /* NULL: none */
    struct snapshot *before;
    /* watch; ns, 0: no */
    uint64_t watch;
    struct timeout tick;
    bool asked; /* and no answer yet */
};

/* A block of the description was read: its text, number of its first line, and configuration. CELL_NO_MEMORY. */
cell_error_t block_read(const char *text, size_t length, uint32_t line, const struct config *config);
/* Its PD runs. */
void block_started(const char *text, struct pd *pd);
/* The block with the lowest number above `after`; NULL: none. */
struct described *block_next(uint64_t after);

void restart_init(void);

/* ---- watch.c --------------------------------------------------------- */

/* The block's PD runs; has ended. */
void watch_begin(struct described *block);
void watch_end(struct described *block);

/* ---- restart_serve.c ------------------------------------------------- */

/* Registers the interface (idl/restart.idl). */
void restart_serve_start(void);
