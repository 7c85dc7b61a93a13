/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/fault.c: requests of the handlers of others' faults (idl/fault.idl). */
#include <cell/idl/fault_server.h>

#include <string.h>

#include "root/pd/handed.h"
#include "root/serve/serve.h"

_Static_assert(sizeof(struct fault_next_out) == sizeof(struct handed_told), "it is answered by words");

enum { NEXT_SIGNALLED = 1,
       NEXT_AGAIN = 2 };

cell_error_t fault_next_serve(void *request, const struct fault_next_in *in, struct fault_next_out *out)
{
    struct handed_told told;
    cell_error_t error = handed_next(request, (in->flags & NEXT_SIGNALLED) != 0, (in->flags & NEXT_AGAIN) != 0, &told);

    if (error == CELL_OK && !((struct request *)request)->deferred)
        memcpy(out, &told, sizeof *out);
    return error;
}

cell_error_t fault_resume_serve(void *context, const struct fault_resume_in *in, struct fault_resume_out *out)
{
    const struct request *request = context;
    uint64_t registers[CPU_REGISTERS];

    (void)out;
    memcpy(registers, in->registers, sizeof registers);
    return handed_resume(request->caller, in->pd, registers);
}

cell_error_t fault_end_serve(void *context, const struct fault_end_in *in, struct fault_end_out *out)
{
    struct request *request = context;
    uint64_t id = request->caller->object.id;
    cell_error_t error = handed_end(request->caller, in->pd);

    (void)out;
    /* Did the caller go with it? */
    request->deferred = pd_by_id(id) == NULL;
    return error;
}

cell_error_t serve_fault(struct request *request)
{
    return serve_request(request, &fault_interface, TYPE_PD);
}
