/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/serve/pd_info.c: requests that tell about PDs and what they hold
 * (idl/pd.idl).
 */
#include <cell/idl/pd_server.h>

#include <string.h>

#include "root/core/ads.h"
#include "root/pd/fault.h"
#include "root/serve/pd.h"
#include "root/spaces/resspc.h"

static void put_name(char to[32], const char *name)
{
    memset(to, 0, 32);
    strncpy(to, name, 31);
}

cell_error_t pd_next_serve(void *context, const struct pd_next_in *in, struct pd_next_out *out)
{
    struct pd *pd = pd_next(in->after);

    (void)context;
    if (pd == NULL)
        return CELL_NOT_FOUND;
    out->id = pd->object.id;
    return CELL_OK;
}

cell_error_t pd_info_serve(void *context, const struct pd_info_in *in, struct pd_info_out *out)
{
    struct pd *pd = pd_by_id(in->id);

    (void)context;
    if (pd == NULL)
        return CELL_NOT_FOUND;
    out->state = pd->state;
    out->pages = pd->account->used[ACCOUNT_PAGES];
    out->objects = pd->account->used[ACCOUNT_OBJECTS];
    out->slots = pd->account->used[ACCOUNT_SLOTS];
    out->page_limit = pd->account->limit[ACCOUNT_PAGES];
    out->time = pd == &pd_root       ? cpu_time_of_root()
                : pd->cpu == NULL ? UINT64_MAX
                                  : cpu_time(pd->cpu);
    put_name(out->name, pd->name);
    return CELL_OK;
}

/* ---- What is held ---------------------------------------------------- */

/* Space and number of what a handle denotes, as the model counts them. */
static void identify(const struct handle *handle, uint64_t *space_id, uint64_t *number)
{
    struct object *object = handle->object;
    struct space *space = space_of_object(object);

    *number = object->id;
    if (object->class == &ads_class) {
        *space_id = object->id;
        *number = SPACE_ITSELF;
    } else if (object->class == &vmr_class) {
        *space_id = vmr_of(object)->ads == NULL ? 0 : vmr_of(object)->ads->object.id;
    } else if (handle->type == TYPE_RESSPC) {
        *space_id = resspc_root(TYPE_RESSPC)->object.id;
    } else {
        *space_id = space->object.id;
        if (object->class == &resource_class)
            *number = CONTAINER(object, struct resource, object)->entry.id;
        else if (object->class == &space_class)
            *number = SPACE_ITSELF;
    }
}

/* The next handle of a table behind `after` of one sort; NULL: no more. */
static struct handle *next_handle(const struct slot_table *table, uint64_t after, bool edges)
{
    cell_cap_t where = after;
    uint32_t entry;

    while ((entry = table_next(table, &where)) != SLOT_EMPTY) {
        struct handle *handle = entry == SLOT_BARE ? NULL : handle_by_index(entry);

        if (handle != NULL && (handle->kind == HANDLE_SPACE) == edges)
            return handle;
    }
    return NULL;
}

cell_error_t pd_held_serve(void *context, const struct pd_held_in *in, struct pd_held_out *out)
{
    struct pd *pd = pd_by_id(in->id);
    struct handle *handle = pd == NULL || pd == &pd_root
                                ? NULL
                                : next_handle(pd->cspace.common, in->after, false);

    (void)context;
    if (handle == NULL)
        return CELL_NOT_FOUND;
    out->where = handle->where;
    identify(handle, &out->space, &out->object);
    out->rights = handle->rights;
    out->kind = handle->object->class == &ads_class;
    put_name(out->type, type_name(handle->type));
    return CELL_OK;
}

cell_error_t pd_edge_serve(void *context, const struct pd_edge_in *in, struct pd_edge_out *out)
{
    struct pd *pd = pd_by_id(in->id);
    struct handle *handle = pd == NULL || pd == &pd_root
                                ? NULL
                                : next_handle(pd->cspace.private, in->after, true);

    (void)context;
    if (handle == NULL)
        return CELL_NOT_FOUND;
    struct space *space = space_of_object(handle->object);

    out->where = handle->where;
    out->space = handle->type == TYPE_ADS ? 0 : space->object.id;
    out->server = space->manager == NULL ? 0 : space->manager->object.id;
    put_name(out->type, type_name(handle->type));
    return CELL_OK;
}

cell_error_t pd_about_serve(void *context, const struct pd_about_in *in, struct pd_about_out *out)
{
    struct request *request = context;
    struct handle *handle;
    cell_error_t error = request_handle(request, in->handle, &handle);

    if (error != CELL_OK)
        return error;
    out->giver = handle->giver != 0 ? handle->giver - 1 : serve_holder(handle)->object.id;
    identify(handle, &out->space, &out->object);
    out->rights = handle->rights;
    put_name(out->type, type_name(handle->type));
    return CELL_OK;
}

/* ---- The machine ----------------------------------------------------- */

cell_error_t pd_machine_serve(void *context, const struct pd_machine_in *in,
                              struct pd_machine_out *out)
{
    struct memory_figures figures;
    uint64_t pds = 0;

    (void)context;
    (void)in;
    memory_figures(&figures);
    LIST_EACH(entry, &pd_class.all)
        pds += pd_alive(pd_of(CONTAINER(entry, struct object, all)));
    out->total_pages = figures.total_pages;
    out->free_pages = figures.free_pages;
    out->objects = figures.objects;
    out->slots = figures.slots;
    out->handles = handle_count();
    out->pds = pds;
    return CELL_OK;
}

cell_error_t pd_report_serve(void *context, const struct pd_report_in *in, struct pd_report_out *out)
{
    struct fault_report report;

    if (!fault_report_next(in->after, &report))
        return CELL_NOT_FOUND;
    out->number = report.number;
    out->pd = report.pd;
    return serve_text(context, in->mo, report.text, strlen(report.text));
}
