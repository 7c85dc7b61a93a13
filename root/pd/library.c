/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/library.c: see library.h. Bottom-up: the record, the CPU goes in, it comes back, the
 * requests, the end.
 *
 * A thread that waits for the root task's answer stands still, so its registers and spaces can be
 * replaced; to write registers cancels the wait.
 */
#include "root/pd/library.h"

#include <sel4/sel4.h>

#include "root/memory/heap.h"
#include "root/pd/cleanup.h"
#include "root/pd/life.h"

#define LIBRARY_OBJECTS RECORD_OBJECTS(sizeof(struct library))

cell_error_t library_create(struct pd *pd, uint64_t entry, uint64_t function, bool own_stack)
{
    cell_error_t error = account_charge(pd->account, ACCOUNT_OBJECTS, LIBRARY_OBJECTS);

    if (error != CELL_OK)
        return error;
    pd->library = heap_allocate(sizeof *pd->library);
    if (pd->library == NULL) {
        account_refund(pd->account, ACCOUNT_OBJECTS, LIBRARY_OBJECTS);
        return CELL_NO_MEMORY;
    }
    pd->library->pd = pd;
    pd->library->entry = entry;
    pd->library->function = function;
    pd->library->own_stack = own_stack;
    return CELL_OK;
}

void library_free(struct pd *pd)
{
    if (pd->library == NULL)
        return;
    heap_free(pd->library, sizeof *pd->library);
    pd->library = NULL;
    account_refund(pd->account, ACCOUNT_OBJECTS, LIBRARY_OBJECTS);
}

/* ---- The CPU goes in ------------------------------------------------- */

static void take_cpu(struct library *library, struct pd *caller)
{
    struct pd *pd = library->pd;

    library->caller = caller;
    caller->calls = library;
    pd->cpu = caller->cpu;
    object_refer(&pd->cpu->object);
    cpu_move(pd->cpu, &pd->cspace, pd->place->ads);
}

static void enter(const struct library *library, uint64_t argument)
{
    const struct pd *pd = library->pd;
    const seL4_UserContext *caller = (const seL4_UserContext *)library->registers;
    const uint64_t arguments[4] = {pd->start, library->function, argument, 0};
    uint64_t stack = library->own_stack ? vmr_end(pd->place->stack) : caller->sp & ~UINT64_C(15);

    cpu_jump(pd->cpu, library->entry, stack, arguments);
}

/* ---- It comes back --------------------------------------------------- */

/* The library is not being called any more, and has no CPU. */
static struct pd *forget_call(struct library *library)
{
    struct pd *caller = library->caller;

    timeout_cancel(&library->limit);
    library->caller = NULL;
    caller->calls = NULL;
    object_release(&library->pd->cpu->object);
    library->pd->cpu = NULL;
    return caller;
}

/* The caller goes on as if its request was answered. */
static void give_back(struct library *library, cell_error_t error, uint64_t result)
{
    struct pd *caller = forget_call(library);

    cpu_answer(library->registers, error, error == CELL_OK ? 1 : 0, result);
    cpu_move(caller->cpu, &caller->cspace, caller->place->ads);
    cpu_write(caller->cpu, library->registers, true);
}

static void too_late(struct timeout *timeout)
{
    struct library *library = CONTAINER(timeout, struct library, limit);

    library->late = true;
    cleanup(library->pd, PD_TERMINATED, 0);
}

/* ---- Requests -------------------------------------------------------- */

cell_error_t library_call(struct request *request, struct pd *pd, uint64_t argument, uint64_t nanoseconds)
{
    struct library *library = pd->library;
    struct pd *caller = request->caller;

    if (!pd_alive(pd))
        return CELL_GONE;
    if (library == NULL)
        return CELL_UNSUPPORTED;
    if (library->caller != NULL)
        return CELL_BUSY;
    cell_error_t error = nanoseconds == UINT64_MAX
                             ? CELL_OK
                             : timeout_set(&library->limit, clock_after(nanoseconds), caller->account->priority,
                                           too_late);

    if (error != CELL_OK)
        return error;
    cpu_read(caller->cpu, library->registers);
    take_cpu(library, caller);
    enter(library, argument);
    request->deferred = true; /* the caller has no wait left that could be answered */
    return CELL_OK;
}

cell_error_t library_leave(struct request *request, uint64_t result)
{
    struct library *library = request->caller->library;

    if (library == NULL || library->caller == NULL)
        return CELL_NOT_FOUND;
    request->deferred = true;
    give_back(library, CELL_OK, result);
    return CELL_OK;
}

/* ---- The end --------------------------------------------------------- */

static cell_error_t why(const struct library *library)
{
    return library->late                      ? CELL_TIMEOUT
           : library->pd->cause == PD_FAULTED ? CELL_FAULTED
                                              : CELL_GONE;
}

struct pd *library_unwind(struct pd *pd)
{
    if (pd->library != NULL && pd->library->caller != NULL)
        give_back(pd->library, why(pd->library), 0);
    if (pd->calls == NULL)
        return NULL;
    struct library *called = pd->calls;

    forget_call(called);
    return called->pd;
}
