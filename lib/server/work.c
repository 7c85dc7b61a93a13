/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/server/work.c: work that the root task has queued for the server. The
 * notification only says that there is some; it is fetched by requests.
 */
#include <lib/server/parts.h>

#include <cell/idl/resspc.h>
#include <stdlib.h>

struct work {
    uint64_t kind, item, space, object, badge;
};

/* Work of which a piece is done, the first one first. */
struct unfinished {
    struct work work;
    struct unfinished *next;
};

struct unfinished *work_unfinished;
static struct unfinished **last = &work_unfinished;

static uint64_t extracts_all;

uint64_t server_extracts_all(void)
{
    return extracts_all;
}

static cell_error_t extract(const struct work *work)
{
    const struct server_type *type = spaces_type(work->space);

    extracts_all = work->object != 0 ? work->item : 0;
    return type != NULL && type->extract != NULL ? type->extract(work->space) : CELL_OK;
}

/* With a badge: that handle went. Without: the resource, as nobody holds it. */
static cell_error_t freed(const struct work *work)
{
    const struct server_type *type = spaces_type(work->space);

    if (work->badge != 0)
        handles_freed(work->badge);
    else if (type != NULL && type->freed != NULL)
        type->freed(work->space, work->object);
    return CELL_OK;
}

static cell_error_t client_gone(const struct work *work)
{
    handles_client_gone(work->object);
    return CELL_OK;
}

static cell_error_t destroy_space(const struct work *work)
{
    const struct server_type *type = spaces_type(work->space);

    if (type != NULL && type->destroyed != NULL)
        type->destroyed(work->space);
    spaces_forget(work->space);
    return CELL_OK;
}

/* The root task wants to know whether the server answers (`watch` of its configuration). */
static cell_error_t answer(const struct work *work)
{
    (void)work;
    return CELL_OK;
}

typedef cell_error_t (*work_action)(const struct work *work);

/* By the kinds of resspc_next_work(). */
static const work_action actions[] = {NULL, extract, freed, client_gone, destroy_space, answer};

void work_go_on(void)
{
    struct unfinished *first = work_unfinished;

    memory_payer(0);
    cell_error_t error = extract(&first->work);

    if (error == CELL_AGAIN)
        return;
    resspc_done(first->work.item, error);
    work_unfinished = first->next;
    if (work_unfinished == NULL)
        last = &work_unfinished;
    free(first);
}

/* Keeps it for later; without memory it is done now. */
static cell_error_t keep(const struct work *work)
{
    struct unfinished *kept = malloc(sizeof *kept);
    cell_error_t error = CELL_AGAIN;

    if (kept == NULL) {
        while (error == CELL_AGAIN)
            error = extract(work);
        return error;
    }
    *kept = (struct unfinished){*work, NULL};
    *last = kept;
    last = &kept->next;
    return error;
}

void work_run(void)
{
    struct work work;
    uint64_t more = 1;

    while (more != 0 && resspc_next_work(&work.kind, &work.item, &work.space, &work.object, &work.badge, &more) == CELL_OK &&
           work.kind != 0) {
        bool known = work.kind < sizeof actions / sizeof *actions;
        cell_error_t error = known ? actions[work.kind](&work) : CELL_UNSUPPORTED;

        if (error == CELL_AGAIN)
            error = keep(&work);
        if (error != CELL_AGAIN && work.item != 0)
            resspc_done(work.item, error);
    }
}
