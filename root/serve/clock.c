/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/clock.c: requests about time (idl/clock.idl). */
#include <cell/idl/clock_server.h>

#include "root/loop/clock.h"
#include "root/serve/serve.h"

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

cell_error_t clock_date_serve(void *context, const struct clock_date_in *in, struct clock_date_out *out)
{
    (void)context;
    (void)in;
    out->seconds = clock_epoch();
    return CELL_OK;
}

cell_error_t serve_clock(struct request *request)
{
    return serve_request(request, &clock_interface, TYPE_PD);
}
