/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/execute.c: carrying a plan out, see execute.h. A function per kind of
 * operation; what has been done is in the PD's record, so that undoing is ending
 * the PD. Bottom-up: regions, authority, ties, the start block, the table.
 */
#include "root/pd/life.h"
#include "root/pd/execute.h"

#include <stdio.h>
#include <string.h>

#include "root/loop/request.h"
#include "root/memory/heap.h"
#include "root/memory/idtable.h"
#include "root/pd/build.h"
#include "root/pd/serves.h"
#include "root/spaces/resspc.h"

/* ---- Regions --------------------------------------------------------- */

/* MOs of the archive's pages, kept so that all who run a program share them. */
struct segment {
    struct id_entry entry; /* id: number of pages << 32 | first page */
    struct mo *mo;
};

static struct id_table segments;

cell_error_t segment_mo(const struct archive_file *file, uint64_t offset, uint64_t pages,
                        struct mo **mo)
{
    page_t first = file->first_page + (page_t)(offset / PAGE_SIZE);
    uint64_t id = pages << 32 | first;
    struct id_entry *known = id_table_find(&segments, id);

    if (known != NULL) {
        *mo = CONTAINER(known, struct segment, entry)->mo;
        object_refer(&(*mo)->object);
        return CELL_OK;
    }
    struct segment *segment = heap_allocate(sizeof *segment);
    cell_error_t error = segment == NULL
                             ? CELL_NO_MEMORY
                             : mo_create_archive(&root_account, first, pages, mo);

    if (error != CELL_OK) {
        heap_free(segment, sizeof *segment);
        return error;
    }
    segment->entry.id = id;
    segment->mo = *mo;
    if (id_table_add(&segments, &segment->entry))
        object_refer(&(*mo)->object);
    else
        heap_free(segment, sizeof *segment); /* not shared then */
    return CELL_OK;
}

/* Notes the regions that the PD has to know or takes along when it ends. */
static void note_region(struct pd *pd, struct vmr *vmr)
{
    struct vmr **place = vmr->kind == CELL_REGION_STACK      ? &pd->stack
                         : vmr->kind == CELL_REGION_IPC_BUF  ? &pd->buffer
                         : vmr->kind == CELL_REGION_OSM_DATA ? &pd->start
                         : vmr->kind == CELL_REGION_HEAP     ? &pd->heap
                                                     : NULL;

    if (place == NULL || *place != NULL)
        return;
    *place = vmr;
    object_refer(&vmr->object);
}

/* Attaches an MO, whose reference the caller gave, as the operation says. */
/* What a configuration shares may be on touch, as it is with the other PD. */
static cell_error_t attach(struct build *build, const struct plan_mapping *region, struct mo *mo,
                           bool note)
{
    unsigned flags = ATTACH_MAY_FAULT | ((region->flags & CONFIG_GUARD) != 0 ? ATTACH_GUARD : 0) |
                     ((region->flags & CONFIG_ON_TOUCH) != 0 ? ATTACH_ON_TOUCH : 0);

    /* The start block is written before it is mapped (build_start_block). */
    if (region->kind == CELL_REGION_OSM_DATA)
        flags |= ATTACH_ON_TOUCH;
    struct vmr *vmr;
    cell_error_t error = ads_attach(build->pd->account, build->pd->ads, mo, region->address,
                                    (enum cell_region)region->kind, region->rights, flags,
                                    &vmr);

    object_release(&mo->object);
    if (error == CELL_OK && note)
        note_region(build->pd, vmr);
    return error;
}

static cell_error_t run_ads_new(struct build *build, const struct plan_operation *operation)
{
    (void)operation;
    return ads_create(build->pd->account, &build->pd->ads);
}

static cell_error_t run_ads_of(struct build *build, const struct plan_operation *operation)
{
    struct pd *other = pd_by_id(operation->pd);

    if (other == NULL || other->ads == NULL)
        return CELL_GONE;
    build->pd->ads = other->ads;
    build->shares_data = true;
    object_refer(&other->ads->object);
    return CELL_OK;
}

static cell_error_t run_segment(struct build *build, const struct plan_operation *operation)
{
    const struct plan_mapping *region = &operation->region;
    struct mo *mo;
    cell_error_t error =
        segment_mo(&build->pd->program, region->file.offset, region->pages, &mo);

    return error == CELL_OK ? attach(build, region, mo, false) : error;
}

static cell_error_t run_contents(struct build *build, const struct plan_operation *operation)
{
    const struct plan_mapping *region = &operation->region;
    uint64_t count = region->file.bytes;
    const void *bytes = archive_bytes(&build->pd->program, region->file.offset, count);
    struct mo *mo = NULL;

    if (bytes == NULL && count != 0)
        return CELL_NO_MEMORY;
    cell_error_t error = mo_create(build->pd->account, region->pages, 0, &mo);

    if (error == CELL_OK && count != 0)
        error = mo_write(mo, region->file.skip, bytes, count);
    if (error != CELL_OK) {
        if (mo != NULL)
            object_release(&mo->object);
        return error;
    }
    return attach(build, region, mo, false);
}

static cell_error_t run_memory(struct build *build, const struct plan_operation *operation)
{
    const struct plan_mapping *region = &operation->region;
    bool on_touch = (region->flags & CONFIG_ON_TOUCH) != 0;
    bool commit = (region->flags & CONFIG_COMMIT) != 0;
    struct mo *mo;
    cell_error_t error = mo_create(build->pd->account, region->pages,
                                   on_touch ? MO_ON_TOUCH : commit ? MO_COMMIT : 0, &mo);

    if (error == CELL_OK && commit) {
        error = mo_populate(mo, 0, region->pages < PLAN_HEAP_COMMITTED ? region->pages : PLAN_HEAP_COMMITTED);
        if (error != CELL_OK)
            object_release(&mo->object);
    }
    if (error == CELL_OK)
        error = attach(build, region, mo, true);
    /* The first that a PD does is to write there; if that cannot be, it is told so then. */
    if (error == CELL_OK && on_touch && region->kind == CELL_REGION_STACK && build->pd->stack != NULL)
        ads_touch(build->pd->ads, vmr_end(build->pd->stack) - 1, HANDLE_WRITE);
    return error;
}

/* The region of another PD that is shared or copied. */
static cell_error_t source_of(const struct plan_mapping *region, struct vmr **vmr)
{
    struct pd *pd = pd_by_id(region->other.pd);

    *vmr = pd == NULL || pd->ads == NULL ? NULL : ads_find(pd->ads, region->other.address);
    return *vmr == NULL || (*vmr)->mo == NULL ? CELL_GONE : CELL_OK;
}

static cell_error_t run_share(struct build *build, const struct plan_operation *operation)
{
    struct vmr *source;
    cell_error_t error = source_of(&operation->region, &source);

    if (error != CELL_OK)
        return error;
    object_refer(&source->mo->object);
    build->shares_data |= operation->region.kind == CELL_REGION_ELF_DATA &&
                         operation->region.address == operation->region.other.address;
    return attach(build, &operation->region, source->mo, false);
}

static cell_error_t run_copy(struct build *build, const struct plan_operation *operation)
{
    struct vmr *source;
    struct mo *mo;
    cell_error_t error = source_of(&operation->region, &source);

    if (error == CELL_OK)
        error = mo_clone(build->pd->account, source->mo, &mo);
    return error == CELL_OK ? attach(build, &operation->region, mo, true) : error;
}

static cell_error_t run_device(struct build *build, const struct plan_operation *operation)
{
    const struct plan_mapping *region = &operation->region;
    struct mo *mo;
    cell_error_t error =
        mo_create_device(build->pd->account, region->physical, region->pages, &mo);

    build->pd->device = true;
    return error == CELL_OK ? attach(build, region, mo, false) : error;
}

/* ---- Authority ------------------------------------------------------- */

/* What the PD was begun with (begin()). */
static cell_error_t run_begun(struct build *build, const struct plan_operation *operation)
{
    (void)build;
    (void)operation;
    return CELL_OK;
}

static cell_error_t run_edge(struct build *build, const struct plan_operation *operation)
{
    struct space *space = space_by_id(operation->edge.space);
    struct handle *handle;

    if (space == NULL || space->manager == NULL)
        return CELL_GONE;
    /* One that is only passed on cannot be sent through, and is not in the start block. */
    bool pass_on = operation->edge.pass_on;
    cell_error_t error = handle_create(build->pd->cspace.private, &space->object, HANDLE_SPACE,
                                       space->object.type, operation->edge.rights,
                                       space_endpoint(space),
                                       pass_on ? 0 : RIGHTS_CLIENT, &handle);

    if (error == CELL_OK && operation->edge.allow != PLAN_ALLOW_DEFAULT)
        handle->allowance = operation->edge.allow;
    if (error == CELL_OK && !pass_on)
        build_note_edge(build, space, handle->where);
    return error;
}

static cell_error_t give_handle(struct build *build, struct handle *handle, unsigned rights)
{
    struct space *space = space_of_object(handle->object);
    struct handle *made;

    return handle_create(build->pd->cspace.common, handle->object, HANDLE_RESOURCE, handle->type,
                         handle->rights & rights, space == NULL || handle->type == TYPE_RESSPC
                                                      ? root_endpoint : space_endpoint(space),
                         RIGHTS_CLIENT, &made);
}

static cell_error_t give_all(struct build *build, const struct plan_operation *operation)
{
    const char *text = config_string(build->plan->config, operation->give.type);
    type_t type = type_find(text, operation->give.type.length);
    cell_cap_t where = 0;
    uint32_t entry;

    if (build->creator->cspace.common == build->pd->cspace.common)
        return CELL_OK;
    while ((entry = table_next(build->creator->cspace.common, &where)) != SLOT_EMPTY) {
        struct handle *handle = entry == SLOT_BARE ? NULL : handle_by_index(entry);

        if (handle == NULL || handle->kind != HANDLE_RESOURCE || handle->type != type ||
            (handle->rights & HANDLE_GRANT) == 0)
            continue;
        cell_error_t error = give_handle(build, handle, operation->give.rights);

        if (error != CELL_OK)
            return error;
    }
    return CELL_OK;
}

static cell_error_t run_give(struct build *build, const struct plan_operation *operation)
{
    if (operation->give.type.length != 0)
        return give_all(build, operation);
    uint32_t entry = cspace_entry(&build->creator->cspace, operation->give.where);

    if (entry == SLOT_EMPTY || entry == SLOT_BARE)
        return CELL_GONE;
    return give_handle(build, handle_by_index(entry), operation->give.rights);
}

static cell_error_t run_hold(struct build *build, const struct plan_operation *operation)
{
    struct pd *pd = pd_by_id(operation->hold.pd);
    struct handle *handle;

    if (pd == NULL)
        return CELL_GONE;
    return handle_create(build->pd->cspace.common, &pd->object, HANDLE_RESOURCE, TYPE_PD,
                         operation->hold.rights, root_endpoint, RIGHTS_CLIENT, &handle);
}

static cell_error_t run_serves(struct build *build, const struct plan_operation *operation)
{
    const struct config *config = build->plan->config;
    struct config_text type = operation->serves.type, name = operation->serves.name;

    return serves_add(build->pd, config_string(config, type), type.length,
                      config_string(config, name), name.length);
}

static cell_error_t run_irq(struct build *build, const struct plan_operation *operation)
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

static cell_error_t run_fault(struct build *build, const struct plan_operation *operation)
{
    struct pd *handler = pd_by_id(operation->pd);

    if (handler == NULL)
        return CELL_GONE;
    pd_set_handler(build->pd, handler);
    return CELL_OK;
}

static cell_error_t run_link(struct build *build, const struct plan_operation *operation)
{
    struct pd *other = pd_by_id(operation->pd);

    return other == NULL ? CELL_GONE
           : other == &pd_root ? CELL_OK /* it dies with the machine anyway */
                               : pd_set_link(build->pd, other);
}

static cell_error_t run_essential(struct build *build, const struct plan_operation *operation)
{
    (void)operation;
    build->pd->essential = true;
    return CELL_OK;
}

/* ---- The CPU --------------------------------------------------------- */

static cell_error_t self_handles(struct pd *pd)
{
    struct handle *handle;
    cell_error_t error =
        handle_create_direct(&pd->cspace, CSPACE_SLOT_SELF, &pd->object, HANDLE_SELF, TYPE_PD,
                             HANDLE_ALL, root_endpoint, RIGHTS_CLIENT, &handle);

    if (error != CELL_OK)
        return error;
    return handle_create_direct(&pd->cspace, CSPACE_SLOT_FAULT, &pd->object, HANDLE_FAULT, TYPE_PD,
                                0, root_endpoint, RIGHTS_CLIENT, &handle);
}

static cell_error_t run_cpu(struct build *build, const struct plan_operation *operation)
{
    struct pd *pd = build->pd;
    cell_error_t error = self_handles(pd);

    if (error == CELL_OK && (pd->buffer == NULL || pd->start == NULL || pd->stack == NULL))
        error = CELL_BAD_CONFIG;
    if (error == CELL_OK)
        error = cpu_create(pd->account, &pd->cpu);
    if (error == CELL_OK)
        error = cpu_set_priority(pd->cpu, operation->cpu.priority);
    pd->ceiling = (uint8_t)operation->cpu.ceiling;
    pd->account->priority = (uint8_t)operation->cpu.priority;
    if (error == CELL_OK)
        error = cpu_configure(pd->cpu, &pd->cspace, pd->ads, pd->buffer->start);
    return error;
}

static cell_error_t run_start(struct build *build, const struct plan_operation *operation)
{
    struct pd *pd = build->pd;
    cell_error_t error = build_start_block(build);
    const uint64_t arguments[4] = {pd->start->start, operation->start.function,
                                   operation->start.argument, 0};

    if (error != CELL_OK)
        return error;
    return cpu_start(pd->cpu, operation->start.entry, vmr_end(pd->stack), arguments, 0);
}

/* ---- The table ------------------------------------------------------- */

static cell_error_t (*const steps[PLAN_KINDS])(struct build *, const struct plan_operation *) = {
    [PLAN_LIMITS] = run_begun,      [PLAN_RESERVE] = run_begun, [PLAN_CSPACE] = run_begun,
    [PLAN_ADS_NEW] = run_ads_new,
    [PLAN_ADS_OF] = run_ads_of,     [PLAN_SEGMENT] = run_segment,
    [PLAN_CONTENTS] = run_contents, [PLAN_MEMORY] = run_memory, [PLAN_SHARE] = run_share,
    [PLAN_COPY] = run_copy,         [PLAN_DEVICE] = run_device, [PLAN_EDGE] = run_edge,
    [PLAN_GIVE] = run_give,         [PLAN_FAULT] = run_fault,   [PLAN_LINK] = run_link,
    [PLAN_IRQ] = run_irq,           [PLAN_CPU] = run_cpu,       [PLAN_START] = run_start,
    [PLAN_ESSENTIAL] = run_essential,
    [PLAN_HOLD] = run_hold,         [PLAN_SERVES] = run_serves,
};

/* Whose common table and program the plan shares. */
static struct pd *shared_with(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->count; i++)
        if (plan->operations[i].kind == PLAN_CSPACE)
            return plan->operations[i].pd == PLAN_NONE ? NULL : pd_by_id(plan->operations[i].pd);
    return NULL;
}

/* A budget for the new PD, if its configuration asks for one, or it is a block of a
 * system's description; else NULL. */
static cell_error_t found_budget(const struct pd *creator, const struct plan *plan,
                                 struct budget **founded)
{
    const struct config *config = plan->config;
    const uint64_t limits[] = {config->pages, config->objects, config->slots};
    const uint64_t reserve[] = {config->reserved_pages, config->reserved_objects,
                                config->reserved_slots};

    *founded = NULL;
    if (config->limits_line == 0 && config->reserve_line == 0 && creator != &pd_root)
        return CELL_OK;
    cell_error_t error = budget_create(creator->account->budget, founded);

    if (error != CELL_OK)
        return error;
    budget_limit(*founded, limits);
    error = budget_reserve(*founded, reserve);
    if (error != CELL_OK)
        budget_release(*founded);
    return error;
}

/* Its budget, its record, its CSpace. */
static cell_error_t begin(struct build *build, struct pd *relative)
{
    const struct config *config = build->plan->config;
    struct budget *founded;
    cell_error_t error = found_budget(build->creator, build->plan, &founded);

    if (error != CELL_OK)
        return error;
    error = pd_begin(build->creator, founded, config_string(config, config->name),
                     config->name.length, relative, &build->pd);
    if (founded != NULL)
        budget_release(founded);
    return error;
}

static cell_error_t open_program(struct build *build, const struct pd *relative)
{
    const struct config *config = build->plan->config;
    char name[ARCHIVE_NAME_SIZE] = {0};

    if (relative != NULL) {
        build->pd->program = relative->program;
        return CELL_OK;
    }
    memcpy(name, config_string(config, config->program), config->program.length);
    return archive_open(name, &build->pd->program);
}

cell_error_t execute(struct pd *creator, const struct plan *plan, struct pd **made,
                     struct plan_error *error)
{
    const struct config *config = plan->config;
    struct build build = {.creator = creator, .plan = plan};
    struct pd *relative = shared_with(plan);
    cell_error_t code = begin(&build, relative);

    if (code != CELL_OK)
        return plan_fail(error, code, config->line, "name: %s", cell_error_text(code));
    code = open_program(&build, relative);
    for (uint32_t i = 0; code == CELL_OK && i < plan->count; i++) {
        const struct plan_operation *operation = &plan->operations[i];

        code = steps[operation->kind](&build, operation);
        if (code != CELL_OK)
            plan_fail(error, code, operation->line, "%s: %s",
                      plan_kind_name((enum plan_kind)operation->kind), cell_error_text(code));
    }
    build_free(&build);
    if (code != CELL_OK) {
        pd_finish(build.pd);
        return code;
    }
    *made = build.pd;
    return CELL_OK;
}

cell_error_t create_configured(struct pd *creator, const struct config *config, struct pd **made,
                               struct plan_error *error)
{
    struct plan_view view = view_of(creator);
    struct plan plan;
    cell_error_t code = plan_make(&view, config, &plan, error);

    if (code == CELL_OK) {
        code = execute(creator, &plan, made, error);
        plan_free(&plan);
    }
    return code;
}

cell_error_t pd_make(struct pd *creator, const char *text, size_t length, uint32_t line,
                       struct pd **made, struct plan_error *error)
{
    cell_error_t fits = creator == &pd_root ? CELL_OK : config_fits(text, length, error);

    if (fits != CELL_OK)
        return fits;
    size_t size = config_memory(text, length);
    void *config = heap_allocate(size);

    if (config == NULL)
        return plan_fail(error, CELL_NO_MEMORY, line, "no memory for the configuration");
    cell_error_t code = config_parse(text, length, line, config, error);

    if (code == CELL_OK)
        code = create_configured(creator, config, made, error);
    heap_free(config, size);
    return code;
}
