/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/context.c: requests about contexts (idl/context.idl). */
#include <cell/idl/context_server.h>

#include "root/pd/context.h"
#include "root/serve/serve.h"

static struct pd *caller(void *context)
{
    return ((struct request *)context)->caller;
}

cell_error_t context_switch_serve(void *context, const struct context_switch_in *in, struct context_switch_out *out)
{
    (void)out;
    return context_switch(caller(context), in->number);
}

cell_error_t context_roll_back_serve(void *context, const struct context_roll_back_in *in,
                                     struct context_roll_back_out *out)
{
    (void)out;
    return context_roll_back(context, in->number);
}

cell_error_t context_drop_serve(void *context, const struct context_drop_in *in, struct context_drop_out *out)
{
    (void)out;
    return context_drop(caller(context), in->number);
}

cell_error_t context_current_serve(void *context, const struct context_current_in *in, struct context_current_out *out)
{
    (void)in;
    out->number = context_current(caller(context));
    return CELL_OK;
}

cell_error_t serve_context(struct request *request)
{
    return serve_request(request, &context_interface, TYPE_PD);
}
