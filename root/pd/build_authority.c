/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/build_authority.c: what a PD that is being made may ask, hold and serve, and whom
 * it is linked to, an operation of the plan each. The planner has checked the creator's
 * authority.
 */
#include "root/loop/request.h"
#include "root/memory/heap.h"
#include "root/pd/execute.h"
#include "root/pd/handed.h"
#include "root/pd/serves.h"

/* ---- Authority ------------------------------------------------------- */

/* What the PD was begun with (begin()). */
cell_error_t build_begun(struct build *build, const struct plan_operation *operation)
{
    (void)build;
    (void)operation;
    return CELL_OK;
}

/* One that is only passed on cannot be sent through, and is not in the start block. */
static cell_error_t make_edge(struct build *build, struct space *space, unsigned rights, bool pass_on, uint32_t allow)
{
    struct handle *handle;
    cell_error_t error = handle_create(build->pd->cspace.private, &space->object, HANDLE_SPACE, space->object.type,
                                       rights, space_endpoint(space), pass_on ? 0 : RIGHTS_CLIENT, &handle);

    if (error == CELL_OK && pass_on)
        handle->use = HANDLE_IS_PASS_ON;
    if (error == CELL_OK && allow != PLAN_ALLOW_DEFAULT)
        handle->allowance = allow;
    return error;
}

cell_error_t build_edge(struct build *build, const struct plan_operation *operation)
{
    struct space *space = space_by_id(operation->edge.space);

    if (space == NULL || space->manager == NULL)
        return CELL_GONE;
    return make_edge(build, space, operation->edge.rights, operation->edge.pass_on, operation->edge.allow);
}

/* Edges of the creator that are looked at in a piece; beside other operations. */
#define EDGES_PIECE 16u

cell_error_t build_edges(struct build *build, const struct plan_operation *operation)
{
    struct table_walk walk = table_walk_from(build->creator->cspace.private, build->given);
    uint64_t server = operation->edges.server;
    struct space *space;

    for (unsigned i = 0; i < EDGES_PIECE; i++) {
        uint32_t entry = table_walk(&walk, &build->given);

        if (entry == SLOT_EMPTY) {
            build->given = 0;
            return CELL_OK;
        }
        const struct handle *edge = view_edge(entry, &space);

        if (edge == NULL || (server != PLAN_NONE && space->manager->object.id != server))
            continue;
        cell_error_t error = make_edge(build, space, edge->rights & (HANDLE_READ | HANDLE_WRITE), operation->edges.pass_on,
                                       operation->edges.allow);

        if (error != CELL_OK)
            return error;
    }
    return CELL_AGAIN;
}

static cell_error_t give_handle(struct build *build, struct handle *handle, unsigned rights)
{
    struct handle *made;

    return space_copy(handle, build->pd->cspace.common, rights, &made);
}

/* Handles of the creator that are looked at in a piece. */
#define GIVE_PIECE 60u

static cell_error_t give_all(struct build *build, const struct plan_operation *operation)
{
    const char *text = config_string(build->plan->config, operation->give.type);
    type_t type = type_find(text, operation->give.type.length);
    uint32_t entry;

    if (build->creator->cspace.common == build->pd->cspace.common)
        return CELL_OK;
    for (unsigned i = 0; i < GIVE_PIECE; i++) {
        entry = table_next(build->creator->cspace.common, &build->given);
        if (entry == SLOT_EMPTY) {
            build->given = 0;
            return CELL_OK;
        }
        struct handle *handle = entry == SLOT_BARE ? NULL : handle_by_index(entry);

        if (handle == NULL || handle->kind != HANDLE_RESOURCE || handle->type != type ||
            (handle->rights & HANDLE_GRANT) == 0)
            continue;
        cell_error_t error = give_handle(build, handle, operation->give.rights);

        if (error != CELL_OK)
            return error;
    }
    return CELL_AGAIN;
}

cell_error_t build_give(struct build *build, const struct plan_operation *operation)
{
    if (operation->give.type.length != 0)
        return give_all(build, operation);
    uint32_t entry = cspace_entry(&build->creator->cspace, operation->give.where);

    if (entry == SLOT_EMPTY || entry == SLOT_BARE)
        return CELL_GONE;
    struct handle *handle = handle_by_index(entry);

    /* It may be another one than that which was planned with. */
    if (handle->kind != HANDLE_RESOURCE || (handle->rights & HANDLE_GRANT) == 0)
        return CELL_DENIED;
    return give_handle(build, handle, operation->give.rights);
}

/* CNodes that are made at once to reach a place. */
#define WANT_MOST 8u

static cell_error_t edge_again(struct build *build, const struct handle *edge)
{
    struct space *space = space_of_object(edge->object);
    struct handle *made;

    cell_error_t error = handle_create(build->pd->cspace.private, edge->object, HANDLE_SPACE, edge->type, edge->rights,
                                       space_endpoint(space), edge->use == HANDLE_IS_PASS_ON ? 0 : RIGHTS_CLIENT,
                                       &made);

    if (error != CELL_OK)
        return error;
    made->use = edge->use;
    made->allowance = edge->allowance;
    return CELL_OK;
}

/* An edge that leads somewhere, or a handle that may be passed on? */
static bool is_passed_on(const struct handle *handle)
{
    if (handle->object->dead)
        return false;
    if (handle->kind != HANDLE_SPACE)
        return handle->kind == HANDLE_RESOURCE && (handle->rights & HANDLE_GRANT) != 0;
    const struct space *space = space_of_object(handle->object);

    return space != NULL && space->manager != NULL;
}

static cell_error_t handle_again(struct build *build, struct handle *handle, struct slot_table *to)
{
    cell_error_t error = table_want(to, handle->where, WANT_MOST);

    if (error != CELL_OK)
        return error;
    error = handle->kind == HANDLE_SPACE ? edge_again(build, handle) : give_handle(build, handle, HANDLE_ALL);
    to->wanted = 0;
    return error;
}

/* A table of the creator's, as far as a piece goes. */
static cell_error_t table_again(struct build *build, const struct slot_table *from, struct slot_table *to)
{
    for (unsigned i = 0; i < GIVE_PIECE; i++) {
        cell_cap_t where = build->given;
        uint32_t entry = table_next(from, &where);
        struct handle *handle = entry == SLOT_EMPTY || entry == SLOT_BARE ? NULL : handle_by_index(entry);
        cell_error_t error = handle != NULL && is_passed_on(handle) ? handle_again(build, handle, to) : CELL_OK;

        if (error != CELL_OK)
            return error;
        build->given = entry == SLOT_EMPTY ? 0 : where;
        if (entry == SLOT_EMPTY)
            return CELL_OK;
    }
    return CELL_AGAIN;
}

cell_error_t build_again(struct build *build, const struct plan_operation *operation)
{
    const struct cspace *creator = &build->creator->cspace;
    struct cspace *cspace = &build->pd->cspace;
    cell_error_t error = CELL_OK;

    (void)operation;
    if (!build->edges_again)
        error = table_again(build, creator->private, cspace->private);
    if (error != CELL_OK)
        return error;
    build->edges_again = true;
    return table_again(build, creator->common, cspace->common);
}

cell_error_t build_hold(struct build *build, const struct plan_operation *operation)
{
    struct pd *pd = pd_by_id(operation->hold.pd);
    struct handle *handle;

    if (pd == NULL)
        return CELL_GONE;
    return handle_create(build->pd->cspace.common, &pd->object, HANDLE_RESOURCE, TYPE_PD,
                         operation->hold.rights, root_endpoint, RIGHTS_CLIENT, &handle);
}

cell_error_t build_serves(struct build *build, const struct plan_operation *operation)
{
    const struct config *config = build->plan->config;
    struct config_text type = operation->serves.type, name = operation->serves.name;

    return serves_add(build->pd, config_string(config, type), type.length,
                      config_string(config, name), name.length);
}

cell_error_t build_irq(struct build *build, const struct plan_operation *operation)
{
    struct pd *pd = build->pd;
    uint16_t *irqs = heap_resize(pd->irqs, pd->irq_count * sizeof *irqs,
                                 (pd->irq_count + 1) * sizeof *irqs);

    if (irqs == NULL)
        return CELL_NO_MEMORY;
    pd->irqs = irqs;
    irqs[pd->irq_count++] = (uint16_t)operation->irq;
    return CELL_OK;
}

/* ---- Ties ------------------------------------------------------------ */

cell_error_t build_fault(struct build *build, const struct plan_operation *operation)
{
    struct pd *handler = pd_by_id(operation->fault.pd);

    if (handler == NULL)
        return CELL_GONE;
    pd_set_handler(build->pd, handler);
    return build->pd->handler == NULL || operation->fault.direct ? CELL_OK : handed_begin(build->pd, operation->fault.badge);
}

cell_error_t build_link(struct build *build, const struct plan_operation *operation)
{
    struct pd *other = pd_by_id(operation->pd);

    return other == NULL ? CELL_GONE
           : other == &pd_root ? CELL_OK /* it dies with the machine anyway */
                               : pd_set_link(build->pd, other);
}

cell_error_t build_essential(struct build *build, const struct plan_operation *operation)
{
    (void)operation;
    build->pd->essential = true;
    pd_essentials++;
    return CELL_OK;
}
