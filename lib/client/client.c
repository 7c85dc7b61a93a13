/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/client/client.c: see client.h. */
#include <lib/client/client.h>

#include <cell/idl/ads.h>
#include <cell/idl/handle.h>
#include <cell/idl/machine.h>
#include <cell/idl/mo.h>
#include <cell/idl/word.h>
#include <errno.h>
#include <lib/runtime/runtime.h>
#include <string.h>

cell_cap_t cell_rde(const char *type)
{
    const struct start_rde *rde;

    for (uint32_t at = 0; (rde = runtime_rde(at)) != NULL; at++)
        if (strcmp(rde->type, type) == 0)
            return rde->slot;
    return 0;
}

cell_cap_t cell_holds(uint64_t id)
{
    uint64_t where = 0, space, object, rights, kind;
    char type[32];

    while (handle_held(CSPACE_SELF, cell_pd_id(), where, &where, &space, &object, &rights, &kind,
                       type) == CELL_OK)
        if (kind == 0 && object == id && strcmp(type, "PD") == 0)
            return where;
    return 0;
}

uint64_t cell_pd_id(void)
{
    return runtime_start_block->pd_id;
}

cell_error_t cell_ready(void)
{
    return machine_ready();
}

cell_error_t cell_sleep(uint64_t nanoseconds)
{
    uint64_t woken;
    cell_error_t error = word_wait(CSPACE_SELF, 0, 0, nanoseconds, 0, &woken);

    return error == CELL_TIMEOUT ? CELL_OK : error;
}

/* ---- Memory ------------------------------------------------------------ */

cell_error_t cell_memory_make(uint64_t pages, struct cell_memory *memory)
{
    cell_cap_t space = cell_rde("MO");
    uint64_t start;

    if (space == 0)
        return CELL_DENIED;
    cell_error_t error = mo_allocate(space, pages, 0, &memory->mo);

    if (error != CELL_OK)
        return error;
    error = ads_attach(CSPACE_SELF, memory->mo, 0, CELL_REGION_GENERIC, CELL_READ | CELL_WRITE, 0, &start);
    if (error != CELL_OK) {
        mo_release(memory->mo);
        return error;
    }
    memory->address = (void *)start;
    memory->pages = pages;
    return CELL_OK;
}

void cell_memory_free(struct cell_memory *memory)
{
    ads_remove(CSPACE_SELF, (uint64_t)memory->address);
    mo_release(memory->mo);
    *memory = (struct cell_memory){0};
}

/* ---- Errors ------------------------------------------------------------ */

static const struct {
    cell_error_t error;
    int number;
} numbers[] = {
    {CELL_OK, 0},
    {CELL_GONE, EPIPE},
    {CELL_NO_MEMORY, ENOMEM},
    {CELL_NO_SLOTS, EMFILE},
    {CELL_QUOTA, ENOMEM},
    {CELL_DENIED, EACCES},
    {CELL_BAD_HANDLE, EBADF},
    {CELL_BAD_ARGUMENT, EINVAL},
    {CELL_NOT_FOUND, ENOENT},
    {CELL_EXISTS, EEXIST},
    {CELL_BUSY, EAGAIN},
    {CELL_TIMEOUT, ETIMEDOUT},
    {CELL_TOO_LARGE, EFBIG},
    {CELL_UNSUPPORTED, ENOSYS},
    {CELL_INTERRUPTED, EINTR},
};

int cell_errno(cell_error_t error)
{
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].error == error)
            return numbers[i].number;
    return EIO;
}
