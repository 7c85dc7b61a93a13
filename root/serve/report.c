/* SPDX-License-Identifier: BSD-2-Clause */
/* root/serve/report.c: requests for fault reports (idl/report.idl). */
#include <cell/idl/report_server.h>

#include <string.h>

#include "root/core/mo.h"
#include "root/pd/authority.h"
#include "root/pd/fault.h"
#include "root/serve/pd.h"

/* Is it about the PD, or one that it made? Of one whose record is gone, PD_0's only. */
static bool is_about(const struct fault_report *report, const struct pd *pd)
{
    return pd == &pd_root || authority_select(pd, report->pd) != NULL;
}

/* Writes a text into an MO, ended by a zero and cut to its size. */
static cell_error_t write_text(struct mo *mo, const char *text, size_t length)
{
    if (length >= mo->pages * PAGE_SIZE)
        length = mo->pages * PAGE_SIZE - 1;
    cell_error_t error = mo_write(mo, 0, text, length);

    return error == CELL_OK ? mo_write(mo, length, "", 1) : error;
}

cell_error_t report_next_serve(void *context, const struct report_next_in *in,
                               struct report_next_out *out)
{
    const struct request *request = context;
    struct fault_report report = {.number = in->after};

    do
        if (!fault_report_next(report.number, &report))
            return CELL_NOT_FOUND;
    while (!is_about(&report, request->other));
    out->number = report.number;
    out->pd = report.pd;
    return write_text(mo_of(request->named[1]->object), report.text, strlen(report.text));
}

cell_error_t serve_report(struct request *request)
{
    return serve_request(request, &report_interface, TYPE_PD);
}
