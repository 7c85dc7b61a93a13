/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/loop/request.h: how a request reaches its interface, and answers that come
 * later.
 *
 * The loop (loop.c) receives on the root task's endpoint, looks the badge up,
 * and calls the dispatcher of the interface that the label names. The dispatcher
 * (generated from idl/) checks and decodes; what it returns is the label of the
 * answer. A request that cannot be answered at once is deferred.
 */
#pragma once

#include "root/core/handle.h"

#define REQUEST_WORDS 120u
/* Interfaces have numbers below this. */
#define REQUEST_INTERFACES 64u

/* Handles that a request names, at most (IDL_ARGUMENTS). */
#define REQUEST_HANDLES 4u

struct request {
    struct handle *handle;  /* that it came through */
    struct pd *caller;      /* handle_caller(): the PD that asks and pays. NULL only for what came through
                               a handle of a resource, which is in a common table */
    struct handle *named[REQUEST_HANDLES]; /* by its handle arguments, checked; see lib/idl/serve.h */
    struct pd *other;       /* that an operation on another PD is about; may have ended */
    uint32_t operation;
    uint32_t length;        /* words received */
    uint32_t answer_length; /* words to answer with; 0 at first */
    bool deferred;
    uint64_t words[REQUEST_WORDS];  /* received */
    uint64_t answer[REQUEST_WORDS];
};

/* Carries a request out; returns the label of the answer. With an error other
 * than CELL_OK, `answer` words are sent too. */
typedef cell_error_t (*request_dispatch)(struct request *request);

/* Makes `dispatch` serve interface `number`. */
void request_register(unsigned number, request_dispatch dispatch);

/* What comes through handles of kind HANDLE_FAULT, or of kind HANDLE_SELF with a label below those of
 * interfaces, which is the fault's. The answer label is always 0; with request->deferred no answer is
 * sent, and the faulting thread stays stopped. */
typedef void (*request_fault)(struct request *request, uint64_t label);
void request_register_fault(request_fault handler);

/* The root task's endpoint, from which handles are minted. */
extern slot_t root_endpoint;

/* ---- Answering later ------------------------------------------------- */

struct deferred {
    slot_t slot;        /* reply capability; 0: none */
    struct list of_pd;  /* for the caller's own list; initialised */
    /* Called when the PD in whose list it is has ended, with the slot empty; NULL: who
     * owns the structure finds it so. To be set before request_defer(). */
    void (*gone)(struct deferred *deferred);
};

/* Keeps the caller of this request for later and sets request->deferred.
 * CELL_NO_MEMORY: answer at once then. */
cell_error_t request_defer(struct request *request, struct deferred *deferred);
/* Answers; the structure can be used again. Harmless if the caller is gone. */
void deferred_answer(struct deferred *deferred, cell_error_t error, const uint64_t *words,
                     uint32_t count);
/* Forgets the caller without an answer (it died). */
void deferred_drop(struct deferred *deferred);

/* ---- Work between requests ------------------------------------------- */

/* Something to be done by the loop when the current request is answered; for
 * long work in pieces. It is in the queue at most once; `run` may queue it again. */
struct task {
    struct list queue;
    void (*run)(struct task *task);
};
void task_init(struct task *task, void (*run)(struct task *task));
void task_queue(struct task *task);
void task_cancel(struct task *task);
