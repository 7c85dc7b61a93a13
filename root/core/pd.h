/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/core/pd.h: the record of a protection domain, and how to find it.
 *
 * A PD is an object like others: handles denote it, and the record stays as long
 * as somebody has one, or one of a PD that it made. While it is alive it also
 * refers to itself; pd_finish() (root/pd/life.h) takes everything from it and gives
 * that reference up.
 */
#pragma once

#include "root/core/cpu.h"
#include "root/core/cspace.h"
#include "root/core/handle.h"
#include "root/core/object.h"
#include "root/core/reaper.h"
#include "root/memory/archive.h"
#include "lib/idtable/idtable.h"

struct context;
struct fault_wait;
struct handed;
struct library;
struct served;
struct server;
struct sleeper;

/* Bytes of a name with its zero. */
#define PD_NAME_SIZE 32u

enum pd_state { PD_RUNNING, PD_ENDING, PD_ROOT, PD_DEAD };

/* An address space in which a PD can run, with the regions there that it has to know. */
struct place {
    struct list of_pd;                         /* pd->places */
    struct ads *ads;                           /* referred to; NULL: none, any more or yet */
    struct list of_ads;                        /* ads->places */
    struct vmr *stack, *buffer, *start, *heap; /* its own; referred to; NULL: none */
};

/* Why it ended, as pd.wait tells. */
enum pd_cause { PD_EXITED, PD_TERMINATED, PD_FAULTED, PD_WITH_ANOTHER };

/* When something was missing for a request: its asker gives back what is still being freed (serve.c). */
enum pd_help {
    HELP_NONE,
    HELP_GIVES_BACK,
    HELP_LAST_ATTEMPT,
};

struct pd {
    struct object object; /* object.id: its number, 0 for the root task */
    struct id_entry entry;          /* as long as there is the record */
    struct pd *maker;               /* referred to; NULL: of PD_0 only */
    struct pd *above;               /* authority.c: the maker, or one further up */
    struct list of_maker, made;     /* in maker->made; records of those that it made */
    char name[PD_NAME_SIZE];
    struct list of_name;            /* with the others whose names have the same hash */
    uint8_t state;
    uint8_t cause;
    uint8_t ceiling; /* highest priority that it and its children may have */
    bool ready;
    uint8_t helping; /* enum pd_help; GIVES_BACK: up to that number (reaper.h) */
    uint32_t helps_until;
    bool essential;                 /* essential.h */
    bool device;                    /* was handed a device's pages */
    uint64_t code;
    uint64_t threads;               /* that it made by pd.thread, for their names */

    struct account *account;
    struct budget *founded;         /* its own, made with it; referred to; NULL: it is in its maker's */
    struct cspace cspace;
    struct cpu *cpu;                /* runs on; referred to */
    struct place *place;            /* runs in; one of: */
    struct list places;             /* the first, and those of its contexts (pd/context.h) */
    struct place first;
    uint64_t start;                 /* address of its start block */
    struct archive_file program;    /* size 0: none */
    struct library *library;        /* pd/library.h; NULL: it has a CPU of its own */
    struct library *calls;          /* where its CPU is at present; NULL: with itself */

    struct pd *link;                /* dies with it; NULL: none */
    struct list of_link, linked;    /* in link->linked; those that die with this one */
    struct pd *handler;             /* of its faults; NULL: the root task */
    struct list of_handler, handled;
    struct handed *handed;            /* pd/handed.h: its fault, for the handler; NULL: the root task handles it, or it is a guest */
    struct list faulted, faults_told; /* struct handed: faults that it is to deal with, and those that it was told of */
    struct fault_wait *fault_wait;    /* its request for the next one; NULL: there is none */
    bool fault_signal;                /* it gets a signal instead */
    uint64_t upcall, upcall_frame; /* pd/upcall.h: addresses in it; 0: none */

    struct list waiters;            /* struct waiter of wait.c */
    struct list gifts, told_gifts;  /* to servers: core/gift.h; those of which the server is to hear that it is gone */
    struct sleeper *sleeper;        /* serve/word.c; NULL: it never waited */
    struct list awaited;            /* first sleepers of words of locks that it has: serve/word.c */
    struct list snapshots;          /* that it has open: serve/graph.c */
    struct list deferred;           /* struct deferred.of_pd of requests that it waits for */
    struct list pieces;             /* struct piece.of_pd of its requests that are not done */
    uint8_t stage;                  /* life.c: how much of it is taken, */
    cell_cap_t told;                /* the handle whose server was told last, */
    struct reap reap;               /* and its turn for the next piece */
    struct server *server;          /* resspc.h; NULL: manages no space */
    uint32_t irq_count;
    uint16_t *irqs;                 /* that it may ask for */
    struct served *serves;          /* serves.h */
    uint32_t mark;                  /* graph.c */
};

extern struct object_class pd_class;

/* The root task itself. */
extern struct pd pd_root;
/* How many that are alive are essential (root/system/essential.h). */
extern uint32_t pd_essentials;
/* To be called once. */
void pd_init(void);

/* Gives a zeroed record of the heap its number, its maker and its account, and makes it known.
 * The account pays for the record. CELL_QUOTA, CELL_NO_MEMORY: the record is freed. */
cell_error_t pd_enter(struct pd *pd, struct pd *maker, struct account *account);

/* Those that are alive; NULL: none. */
struct pd *pd_by_id(uint64_t id);
/* The same, or an ended one whose record is kept. */
struct pd *pd_known(uint64_t id);
/* The next one with a name, behind `after` (NULL: the first) in no particular order; NULL: there
 * is no further one that is alive. */
struct pd *pd_next_named(const struct pd *after, const char *name, size_t length);
/* The only one with that name: CELL_NOT_FOUND, CELL_EXISTS. */
cell_error_t pd_by_name(const char *name, size_t length, struct pd **found);
/* The one with the lowest number above `after` (UINT64_MAX: the first). */
struct pd *pd_next(uint64_t after);

void pd_set_name(struct pd *pd, const char *name, size_t length);

/* Most PDs in a chain that are looked at when a PD is linked to another. */
#define PD_LINKS_MOST 8192u

/* CELL_LOOP if `to` dies with `pd` already, CELL_EXISTS if pd is linked. CELL_TOO_LARGE: others die with pd, and the chain of those
 * that `to` dies with is too long to see whether pd is in it. */
cell_error_t pd_set_link(struct pd *pd, struct pd *to);
void pd_set_handler(struct pd *pd, struct pd *handler);
/* It is linked to nobody, and handles nobody's faults, any more. As far as *units of work
 * (reaper.h) reach; true: that was all. */
bool pd_cut_ties(struct pd *pd, uint32_t *units);

/* Makes the notification of its CPU, and CSPACE_NOTIFICATION, through which it waits there, at
 * the first call. CELL_BUSY: it has no CPU of its own; CELL_NO_MEMORY, CELL_QUOTA. */
cell_error_t pd_notification(struct pd *pd);

static inline struct cspace *pd_cspace(struct pd *pd)
{
    return &pd->cspace;
}
static inline struct account *pd_account(struct pd *pd)
{
    return pd->account;
}
/* In one of its contexts. */
bool pd_runs_in(const struct pd *pd, const struct ads *ads);
/* Does any PD? */
bool pd_any_runs_in(const struct ads *ads);

/* A place without an address space gets one, with the caller's reference; loses it, if it has one. */
void place_enter(struct place *place, struct ads *ads);
void place_leave(struct place *place);
static inline struct ads *pd_ads(struct pd *pd)
{
    return pd->place->ads;
}
/* Not ended, and not about to. */
static inline bool pd_alive(const struct pd *pd)
{
    return pd->state == PD_RUNNING || pd->state == PD_ROOT;
}
static inline struct pd *pd_of(struct object *object)
{
    return CONTAINER(object, struct pd, object);
}
