/* SPDX-License-Identifier: BSD-2-Clause */
/* root/system/restart_serve.c: requests about blocks that are started again (idl/restart.idl). */
#include <cell/idl/restart_server.h>

#include <string.h>

#include "root/core/mo.h"
#include "root/serve/serve.h"
#include "root/system/restart.h"

/* Is the operation about PD_0? Else the id is wrong. */
static bool is_about_root(struct request *request)
{
    request->answer[0] = 2;
    return request->other == &pd_root;
}

cell_error_t restart_next_serve(void *context, const struct restart_next_in *in, struct restart_next_out *out)
{
    if (!is_about_root(context))
        return CELL_BAD_ARGUMENT;
    const struct described *block = block_next(in->after);
    uint64_t now = clock_now();

    if (block == NULL)
        return CELL_NOT_FOUND;
    out->number = block->number;
    out->state = block->state;
    out->pd = block->entry.id;
    out->restarts = block->restarts;
    out->cause = block->cause;
    out->code = block->code;
    out->wait = block->state == DESCRIBED_WAITS && block->again.when > now ? block->again.when - now : 0;
    strncpy(out->name, block->name, sizeof out->name);
    return CELL_OK;
}

/* Records that are written or skipped for one request. */
#define READ_RECORDS 40u

static cell_error_t read_model(struct described *block, uint64_t offset, struct mo *mo, uint64_t *bytes)
{
    static char text[2 * PAGE_SIZE];
    uint64_t room = mo->pages * PAGE_SIZE;
    uint32_t records = READ_RECORDS;

    *bytes = snapshot_read(block->before, offset, text, room < sizeof text ? room : sizeof text, &records);
    return *bytes == 0 && records == 0 ? CELL_AGAIN : mo_write(mo, 0, text, *bytes);
}

static cell_error_t read_report(const struct described *block, uint64_t offset, struct mo *mo, uint64_t *bytes)
{
    uint64_t length = strlen(block->report), room = mo->pages * PAGE_SIZE;

    *bytes = offset >= length ? 0 : length - offset < room ? length - offset
                                                           : room;
    return mo_write(mo, 0, block->report + (offset < length ? offset : length), *bytes);
}

cell_error_t restart_evidence_serve(void *context, const struct restart_evidence_in *in,
                                    struct restart_evidence_out *out)
{
    struct request *request = context;

    if (!is_about_root(request))
        return CELL_BAD_ARGUMENT;
    struct described *block = in->number == 0 ? NULL : block_next(in->number - 1);
    struct mo *mo = mo_of(request->named[1]->object);

    if (block == NULL || block->number != in->number || (in->model ? block->before == NULL : block->report == NULL))
        return CELL_NOT_FOUND;
    return in->model ? read_model(block, in->offset, mo, &out->bytes) : read_report(block, in->offset, mo, &out->bytes);
}

static cell_error_t serve_restart(struct request *request)
{
    return serve_request(request, &restart_interface, TYPE_PD);
}

void restart_serve_start(void)
{
    request_register(25, serve_restart);
}
