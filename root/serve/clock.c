/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/clock.c: requests about time (idl/clock.idl). */
#include <cell/idl/clock_server.h>

#include "root/loop/clock.h"
#include "root/memory/heap.h"
#include "root/core/pd.h"
#include "root/serve/serve.h"

/* A PD that waits. */
struct sleeper {
    struct timeout timeout;
    struct deferred deferred;
};

static void wake(struct timeout *timeout)
{
    struct sleeper *sleeper = CONTAINER(timeout, struct sleeper, timeout);

    deferred_answer(&sleeper->deferred, CELL_OK, NULL, 0);
    heap_free(sleeper, sizeof *sleeper);
}

/* It died meanwhile. */
static void gone(struct deferred *deferred)
{
    struct sleeper *sleeper = CONTAINER(deferred, struct sleeper, deferred);

    timeout_cancel(&sleeper->timeout);
    heap_free(sleeper, sizeof *sleeper);
}

cell_error_t clock_now_serve(void *context, const struct clock_now_in *in,
                             struct clock_now_out *out)
{
    (void)context;
    (void)in;
    out->nanoseconds = clock_now();
    out->resolution = clock_resolution();
    out->frequency = clock_counter_frequency();
    return CELL_OK;
}

cell_error_t clock_sleep_serve(void *context, const struct clock_sleep_in *in,
                               struct clock_sleep_out *out)
{
    struct request *request = context;
    struct sleeper *sleeper = heap_allocate(sizeof *sleeper);
    cell_error_t error = CELL_NO_MEMORY;

    (void)out;
    if (sleeper == NULL)
        return error;
    sleeper->deferred.gone = gone;
    error = timeout_set(&sleeper->timeout, clock_after(in->nanoseconds),
                        request->caller->account->priority, wake);
    if (error == CELL_OK) {
        error = request_defer(request, &sleeper->deferred);
        if (error != CELL_OK)
            timeout_cancel(&sleeper->timeout);
    }
    if (error != CELL_OK)
        heap_free(sleeper, sizeof *sleeper);
    else
        list_append(&request->caller->deferred, &sleeper->deferred.of_pd);
    return error;
}

cell_error_t serve_clock(struct request *request)
{
    return serve_request(request, &clock_interface, TYPE_PD);
}
