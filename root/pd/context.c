/* SPDX-License-Identifier: BSD-2-Clause */
/* root/pd/context.c: see context.h. Bottom-up: the record, finding one, the requests. */
#include "root/pd/context.h"

#include "root/memory/heap.h"

#define CONTEXT_OBJECTS RECORD_OBJECTS(sizeof(struct context))

/* All of them, by number. */
static struct id_table table;

static struct context *context_of(struct place *place)
{
    return CONTAINER(place, struct context, place);
}

cell_error_t context_create(struct account *account, struct context **made)
{
    static uint64_t numbers;
    cell_error_t error = account_charge(account, ACCOUNT_OBJECTS, CONTEXT_OBJECTS);

    if (error != CELL_OK)
        return error;
    struct context *context = heap_allocate(sizeof *context);

    if (context != NULL) {
        context->account = account;
        context->entry.id = ++numbers;
        list_init(&context->place.of_pd);
        if (id_table_add(&table, &context->entry)) {
            account_refer(account);
            *made = context;
            return CELL_OK;
        }
        heap_free(context, sizeof *context);
    }
    account_refund(account, ACCOUNT_OBJECTS, CONTEXT_OBJECTS);
    return CELL_NO_MEMORY;
}

static void leave_region(struct vmr **vmr)
{
    if (*vmr != NULL)
        object_release(&(*vmr)->object);
    *vmr = NULL;
}

/* The regions go with the address space. */
static void leave(struct place *place)
{
    leave_region(&place->stack);
    leave_region(&place->buffer);
    leave_region(&place->start);
    leave_region(&place->heap);
    place_leave(place);
}

void context_free(struct context *context)
{
    struct account *account = context->account;

    list_remove(&context->place.of_pd);
    id_table_remove(&table, &context->entry);
    leave(&context->place);
    heap_free(context, sizeof *context);
    account_refund(account, ACCOUNT_OBJECTS, CONTEXT_OBJECTS);
    account_release(account);
}

void context_enter(struct context *context, struct pd *pd)
{
    context->pd = pd;
    list_append(&pd->places, &context->place.of_pd);
}

cell_error_t context_save(struct context *context, struct pd *pd)
{
    cell_error_t error = cpu_read(pd->cpu, context->registers);

    if (error != CELL_OK)
        return error;
    cpu_answer(context->registers, CELL_OK, 2, 0);
    context->saved = true;
    context_enter(context, pd);
    return CELL_OK;
}

/* Units of work of a context; its address space is taken down by itself. */
#define FREE_UNITS 10u

bool contexts_free(struct pd *pd, uint32_t *units)
{
    struct list *next;

    pd->place = &pd->first;
    while ((next = pd->first.of_pd.next) != &pd->places) {
        if (reap_take(units, FREE_UNITS) == 0)
            return false;
        context_free(context_of(CONTAINER(next, struct place, of_pd)));
    }
    return true;
}

/* ---- Finding one ------------------------------------------------------- */

static struct context *find(const struct pd *pd, uint64_t number)
{
    struct id_entry *entry = id_table_find(&table, number);
    struct context *context = entry == NULL ? NULL : CONTAINER(entry, struct context, entry);

    return context != NULL && context->pd == pd ? context : NULL;
}

/* ---- Requests -------------------------------------------------------- */

static void move(struct pd *pd, struct place *place)
{
    pd->place = place;
    cpu_move(pd->cpu, &pd->cspace, place->ads);
}

cell_error_t context_switch(struct pd *pd, uint64_t number)
{
    struct context *context = find(pd, number);
    struct place *place = number == 0 ? &pd->first : context != NULL && !context->saved ? &context->place
                                                                                        : NULL;

    if (place == NULL || place->ads == NULL)
        return CELL_NOT_FOUND;
    if (place != pd->place)
        move(pd, place);
    return CELL_OK;
}

cell_error_t context_roll_back(struct request *request, uint64_t number)
{
    struct pd *pd = request->caller;
    struct context *context = find(pd, number);
    struct place *left = pd->place;

    if (context == NULL || !context->saved)
        return CELL_NOT_FOUND;
    context->saved = false;
    move(pd, &context->place);
    request->deferred = true; /* it goes on where the snapshot was taken */
    cpu_write(pd->cpu, context->registers, true);
    if (left != &pd->first)
        context_free(context_of(left));
    else if (left->ads->object.references == 1)
        leave(left);
    return CELL_OK;
}

cell_error_t context_drop(struct pd *pd, uint64_t number)
{
    struct context *context = find(pd, number);

    if (context == NULL)
        return CELL_NOT_FOUND;
    if (&context->place == pd->place)
        return CELL_BUSY;
    context_free(context);
    return CELL_OK;
}

uint64_t context_current(const struct pd *pd)
{
    return pd->place == &pd->first ? 0 : context_of(pd->place)->entry.id;
}
