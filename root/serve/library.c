/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/library.c: requests about libraries (idl/library.idl). */
#include <cell/idl/library_server.h>

#include "root/pd/library.h"
#include "root/serve/serve.h"

cell_error_t library_call_serve(void *context, const struct library_call_in *in, struct library_call_out *out)
{
    struct request *request = context;

    (void)out;
    return library_call(request, request->other, in->argument, in->nanoseconds);
}

cell_error_t library_leave_serve(void *context, const struct library_leave_in *in, struct library_leave_out *out)
{
    (void)out;
    return library_leave(context, in->result);
}

cell_error_t serve_library(struct request *request)
{
    return serve_request(request, &library_interface, TYPE_PD);
}
