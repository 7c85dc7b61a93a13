/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/toy/toys.c: see toys.h. */
#include "servers/toy/toys.h"

#include <cell/idl/ads.h>
#include <cell/idl/handle.h>
#include <cell/idl/pd.h>
#include <stdlib.h>

struct waiter {
    struct server_reply reply;
    uint64_t least;
    struct waiter *next;
};

static struct id_table toys;

struct toy *toy_make(uint64_t value)
{
    static uint64_t number;
    struct toy *toy = calloc(1, sizeof *toy);

    if (toy == NULL)
        return NULL;
    toy->entry.id = ++number;
    toy->value = value;
    if (id_table_add(&toys, &toy->entry))
        return toy;
    free(toy);
    return NULL;
}

struct toy *toy_find(uint64_t number)
{
    struct id_entry *entry = id_table_find(&toys, number);

    return entry == NULL ? NULL : ID_RECORD(entry, struct toy, entry);
}

/* Answers the waiters whose bound is reached, or all. */
static void answer_waiters(struct toy *toy, bool all, cell_error_t error)
{
    for (struct waiter **at = &toy->waiters; *at != NULL;) {
        struct waiter *waiter = *at;

        if (!all && toy->value < waiter->least) {
            at = &waiter->next;
            continue;
        }
        *at = waiter->next;
        server_answer(&waiter->reply, error, &toy->value, sizeof toy->value);
        free(waiter);
    }
}

void toy_change(struct toy *toy, uint64_t value)
{
    toy->value = value;
    if (toy->shown != NULL)
        *toy->shown = value;
    answer_waiters(toy, false, CELL_OK);
}

cell_error_t toy_wait(struct toy *toy, struct server_request *request, uint64_t least)
{
    struct waiter *waiter = calloc(1, sizeof *waiter);

    if (waiter == NULL)
        return CELL_NO_MEMORY;
    cell_error_t error = server_defer(request, &waiter->reply);

    if (error != CELL_OK) {
        free(waiter);
        return error;
    }
    waiter->least = least;
    waiter->next = toy->waiters;
    toy->waiters = waiter;
    return CELL_OK;
}

void toy_free(struct toy *toy)
{
    answer_waiters(toy, true, CELL_NOT_FOUND);
    if (toy->chest != NULL)
        chest_forget(toy);
    if (toy->page != 0) {
        ads_remove(CSPACE_SELF, (uint64_t)toy->shown);
        handle_drop(toy->page);
    }
    id_table_remove(&toys, &toy->entry);
    free(toy);
}
