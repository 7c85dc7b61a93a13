/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/plan/regions.c: the regions of an address space, planned. Bottom-up: one
 * region of each kind of source, a configured region, what the preset fills in,
 * overlaps, the order.
 *
 * What happens to a kind of region that the configuration does not mention is
 * the preset's (presets.c).
 */
#include <string.h>

#include "lib/plan/planner.h"

#define PAGE ELF_PAGE

/* ---- Kinds ----------------------------------------------------------- */

/* In which order regions are placed: the heap last, so that it can grow. */
static const uint8_t order[] = {CELL_REGION_ELF_CODE, CELL_REGION_ELF_DATA, CELL_REGION_OSM_DATA,
                                CELL_REGION_IPC_BUF,  CELL_REGION_STACK, CELL_REGION_HEAP};

static const char *const names[] = {CELL_REGIONS(CELL_REGION_WORD)};

static const struct config_item *item_of_kind(const struct planner *planner, uint8_t region)
{
    const struct config_item *items = config_items(planner->config);

    for (uint32_t i = 0; i < planner->config->item_count; i++)
        if (items[i].kind == ITEM_REGION && (items[i].flags & CONFIG_BY_ADDRESS) == 0 &&
            items[i].region == region)
            return &items[i];
    return NULL;
}

/* ---- The program's segments ------------------------------------------ */

static cell_error_t plan_segment(struct planner *planner, const struct elf_segment *segment)
{
    bool writable = (segment->rights & ELF_WRITE) != 0;
    uint64_t skip = segment->address - elf_segment_start(segment);
    /* Read-only pages can be mapped from the file unless zeros follow in memory. */
    bool straight = !writable && segment->file_size == segment->memory_size;
    struct plan_operation *operation = planner_add(
        planner, straight ? PLAN_SEGMENT : PLAN_CONTENTS, planner->config->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->region = (struct plan_mapping){
        .address = elf_segment_start(segment),
        .pages = elf_segment_pages(segment),
        .kind = writable ? CELL_REGION_ELF_DATA : CELL_REGION_ELF_CODE,
        .rights = (uint8_t)(segment->rights | ELF_READ),
        .file = {straight ? segment->offset - skip : segment->offset, segment->file_size, skip}};
    return CELL_OK;
}

/* Segments of one kind: writable ones are data, the others code. */
static cell_error_t plan_segments(struct planner *planner, bool writable)
{
    struct elf_segment segment;

    for (uint32_t at = 0; elf_segment_next(&planner->elf, &at, &segment);) {
        if (((segment.rights & ELF_WRITE) != 0) != writable)
            continue;
        cell_error_t error = plan_segment(planner, &segment);

        if (error != CELL_OK)
            return error;
    }
    return CELL_OK;
}

/* ---- Regions of the PD that it is relative to ------------------------ */

static cell_error_t plan_source(struct planner *planner, const struct plan_region *region,
                                uint32_t line, bool copy, uint64_t at, uint8_t rights, unsigned flags)
{
    unsigned needed = CELL_READ | (!copy && (rights & CELL_WRITE) != 0 ? CELL_WRITE : 0);

    if (!region->memory)
        return planner_fail(planner, line, "region: there is no memory behind 0x%lx",
                            (unsigned long)region->start);
    if (region->device)
        return plan_fail(planner->error, CELL_DENIED, line,
                         "region: what is at 0x%lx belongs to a device, for the PD alone that has it",
                         (unsigned long)region->start);
    cell_error_t error = planner_need(planner, "region", line, planner->config->relative,
                                      planner->relative, needed);

    if (error != CELL_OK)
        return error;
    if ((rights & ~region->rights) != 0)
        return plan_fail(planner->error, CELL_DENIED, line,
                         "region: rights that the source does not have");
    struct plan_operation *operation =
        planner_add(planner, copy ? PLAN_COPY : PLAN_SHARE, line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->region = (struct plan_mapping){.address = at != 0 ? at : region->start,
                                              .pages = region->pages,
                                              .kind = region->kind,
                                              .rights = rights,
                                              .order = region->order,
                                              .flags = (uint8_t)((region->guard ? CONFIG_GUARD : 0) | (copy ? 0 : flags & CONFIG_ON_TOUCH)),
                                              .other = {planner->relative, region->start}};
    return CELL_OK;
}

/* The rights on a shared or copied region: as said, else as in the other PD, but not to
 * write where the creator may only look. */
static uint8_t source_rights(const struct planner *planner, const struct plan_region *region,
                             bool copy, uint8_t wanted)
{
    if (wanted != CONFIG_DEFAULT_RIGHTS)
        return wanted;
    return copy || (planner->authority & CELL_WRITE) != 0
               ? region->rights
               : region->rights & (uint8_t)~CELL_WRITE;
}

/* Is there one for each thread of an address space? The other PD's own is meant. */
static bool is_of_thread(uint8_t kind)
{
    return kind == CELL_REGION_STACK || kind == CELL_REGION_IPC_BUF || kind == CELL_REGION_OSM_DATA;
}

/* Does a line of the configuration say, by its address, what is to be in its place? */
static bool is_named(const struct planner *planner, const struct plan_region *region)
{
    const struct config_item *items = config_items(planner->config);

    for (uint32_t i = 0; i < planner->config->item_count; i++)
        if (items[i].kind == ITEM_REGION && (items[i].flags & CONFIG_BY_ADDRESS) != 0 &&
            items[i].address / PAGE == region->start / PAGE && (items[i].at == 0 || items[i].at == region->start))
            return true;
    return false;
}

/* All regions of a kind that a program or its heap consists of. */
static cell_error_t plan_kind(struct planner *planner, uint8_t kind, uint32_t line, bool copy,
                              uint64_t at, uint8_t wanted)
{
    struct plan_region region;
    unsigned count = 0;
    uint64_t from = 0;
    bool many = !is_of_thread(kind);
    const struct plan_view *view = planner->view;

    while (view->region(view->context, planner->relative, from, kind, &region)) {
        from = region.start + 1;
        if (is_of_thread(kind) && !region.own)
            continue;
        if (count++ != 0 && (!many || at != 0))
            return planner_fail(planner, line, "region: there are several of kind %s, name one by "
                                               "its address", names[kind]);
        if (at == 0 && is_named(planner, &region))
            continue;
        cell_error_t error =
            plan_source(planner, &region, line, copy, at,
                        source_rights(planner, &region, copy, wanted), 0);

        if (error != CELL_OK)
            return error;
        planner->plan->operations[planner->plan->count - 1].region.follows =
            planner->preset->follows && many && !copy && at == 0;
    }
    /* A thread's start block is on its stack. */
    if (count == 0 && kind != CELL_REGION_OSM_DATA)
        return plan_fail(planner->error, CELL_NOT_FOUND, line,
                         "region: the other PD has none of kind %s", names[kind]);
    return CELL_OK;
}

/* ---- Fresh memory ---------------------------------------------------- */

/* What lies on a stack from the start: thread-local variables, and the start block unless that has a region. */
static uint64_t stack_taken(const struct planner *planner)
{
    bool start = planner->preset->regions[CELL_REGION_OSM_DATA] == FROM_NOTHING &&
                 item_of_kind(planner, CELL_REGION_OSM_DATA) == NULL;

    return planner->elf.tls + (start ? planner->plan->start_bytes + PLAN_START_ALIGN : 0);
}

static uint64_t default_pages(const struct planner *planner, uint8_t kind)
{
    switch (kind) {
    case CELL_REGION_HEAP:
        return PLAN_HEAP_PAGES;
    case CELL_REGION_STACK:
        return PLAN_STACK_PAGES + stack_taken(planner) / PAGE;
    case CELL_REGION_OSM_DATA:
        return (planner->plan->start_bytes + PAGE - 1) / PAGE;
    default:
        return 1;
    }
}

/* log2 of the 4 KiB that a page has. */
static unsigned order_of(uint32_t flags)
{
    return (flags & CONFIG_1G) != 0 ? 18 : (flags & CONFIG_2M) != 0 ? 9
                                                                    : 0;
}

/* Whether a region can be of large pages, where it goes. */
static cell_error_t check_order(struct planner *planner, uint8_t kind, uint32_t line, uint64_t pages, uint64_t at, unsigned bits)
{
    uint64_t size = (uint64_t)PAGE << bits;

    if (bits == 0)
        return CELL_OK;
    if (kind == CELL_REGION_IPC_BUF || kind == CELL_REGION_OSM_DATA)
        return planner_fail(planner, line, "region: page: %s has small ones", names[kind]);
    if (pages >> bits << bits != pages)
        return planner_fail(planner, line, "region: pages: %lu is not a multiple of %lu", (unsigned long)pages, 1ul << bits);
    if (at % size != 0)
        return planner_fail(planner, line, "region: at: 0x%lx is not a multiple of 0x%lx", (unsigned long)at, (unsigned long)size);
    return CELL_OK;
}

static cell_error_t plan_memory(struct planner *planner, uint8_t kind, uint32_t line,
                                uint64_t pages, uint64_t at, uint32_t flags, uint8_t rights)
{
    const unsigned bits = order_of(flags);
    const uint64_t size = (uint64_t)PAGE << bits;
    cell_error_t error = check_order(planner, kind, line, pages, at, bits);

    if (error != CELL_OK)
        return error;
    if (kind == CELL_REGION_STACK && stack_taken(planner) + PLAN_STACK_LEAST > pages * PAGE)
        return planner_fail(planner, line, "region: stack: %lu pages have no room for thread-local variables, which take %lu",
                            (unsigned long)pages, (unsigned long)((stack_taken(planner) + PAGE - 1) / PAGE));
    struct plan_operation *operation = planner_add(planner, PLAN_MEMORY, line);
    uint64_t guard = (flags & CONFIG_GUARD) != 0 ? PAGE : 0;

    if (operation == NULL)
        return CELL_NO_MEMORY;
    if (at == 0 && planner->cursor != 0) {
        at = (planner->cursor + guard + size - 1) & ~(size - 1);
        planner->cursor = at + pages * PAGE;
    }
    operation->region = (struct plan_mapping){
        .address = at,
        .pages = pages,
        .kind = kind,
        .rights = rights == CONFIG_DEFAULT_RIGHTS ? CELL_READ | CELL_WRITE : rights,
        .order = (uint8_t)bits,
        .flags = (uint8_t)flags};
    return CELL_OK;
}

/* ---- One configured region ------------------------------------------- */

static cell_error_t check_place(struct planner *planner, const char *field, uint32_t line,
                                uint64_t at, uint64_t pages)
{
    if (pages > PLAN_PAGES_LIMIT)
        return planner_fail(planner, line, "%s: pages: %lu is above %lu", field,
                            (unsigned long)pages, (unsigned long)PLAN_PAGES_LIMIT);
    if (at % PAGE != 0)
        return planner_fail(planner, line, "%s: at: 0x%lx is not at a page's start", field,
                            (unsigned long)at);
    if (at != 0 && (at < PLAN_LOWEST || at > PLAN_HIGHEST || pages * PAGE > PLAN_HIGHEST - at))
        return planner_fail(planner, line, "%s: at: 0x%lx is outside of 0x%lx to 0x%lx", field,
                            (unsigned long)at, (unsigned long)PLAN_LOWEST,
                            (unsigned long)PLAN_HIGHEST);
    return CELL_OK;
}

static cell_error_t plan_by_address(struct planner *planner, const struct config_item *item)
{
    struct plan_region region;
    const struct plan_view *view = planner->view;
    uint64_t page = item->address & ~(uint64_t)(PAGE - 1);
    bool copy = item->how == CONFIG_COPY;

    if (item->how == CONFIG_DISJOINT) {
        if (item->pages == 0)
            return planner_fail(planner, item->line, "region: pages: how many are needed?");
        cell_error_t error = check_place(planner, "region", item->line, item->address, item->pages);

        return error != CELL_OK ? error
                                : plan_memory(planner, CELL_REGION_GENERIC, item->line, item->pages,
                                              item->address, item->flags, item->rights);
    }
    if (item->pages != 0 || order_of(item->flags) != 0)
        return planner_fail(planner, item->line, "region: %s: a shared or copied region has those of its source",
                            item->pages != 0 ? "pages" : "page");
    if (!view->region(view->context, planner->relative, page, PLAN_ANY_KIND, &region) || region.start != page)
        return plan_fail(planner->error, CELL_NOT_FOUND, item->line,
                         "region: the other PD has none at 0x%lx", (unsigned long)item->address);
    cell_error_t error = check_place(planner, "region", item->line, item->at, region.pages);

    return error != CELL_OK
               ? error
               : plan_source(planner, &region, item->line, copy, item->at,
                             source_rights(planner, &region, copy, item->rights), item->flags);
}

/* What is called has the stack and the IPC buffer of its caller. */
static bool needs_own(const struct planner *planner, const struct config_item *item)
{
    bool stack = item->region == CELL_REGION_STACK && item->how == CONFIG_SHARE;
    bool buffer = item->region == CELL_REGION_IPC_BUF;
    bool called = planner->preset->entry == ENTRY_CALL && item->how == CONFIG_SHARE && item->at == 0;

    return item->region == CELL_REGION_OSM_DATA || ((stack || buffer) && !called);
}

static cell_error_t plan_by_kind(struct planner *planner, const struct config_item *item)
{
    cell_error_t error = check_place(planner, "region", item->line, item->at, item->pages);

    if (error != CELL_OK)
        return error;
    if (!planner->preset->new_space && item->how != CONFIG_DISJOINT)
        return planner_fail(planner, item->line, "region: a thread shares its address space with "
                                                 "all that is in it");
    if (item->how != CONFIG_DISJOINT) {
        if (item->pages != 0 || order_of(item->flags) != 0)
            return planner_fail(planner, item->line, "region: %s: a shared or copied region has those of its source",
                                item->pages != 0 ? "pages" : "page");
        if (needs_own(planner, item))
            return planner_fail(planner, item->line, "region: %s: every PD needs its own",
                                names[item->region]);
        return plan_kind(planner, item->region, item->line, item->how == CONFIG_COPY, item->at,
                         item->rights);
    }
    if (item->region == CELL_REGION_ELF_CODE || item->region == CELL_REGION_ELF_DATA) {
        if (!planner->preset->new_space)
            return planner_fail(planner, item->line, "region: a thread runs the program that is "
                                                     "there");
        if (order_of(item->flags) != 0)
            return planner_fail(planner, item->line, "region: page: %s has small ones", names[item->region]);
        return plan_segments(planner, item->region == CELL_REGION_ELF_DATA);
    }
    if (item->region == CELL_REGION_IPC_BUF && planner->preset->entry == ENTRY_CALL)
        return planner_fail(planner, item->line, "region: %s: a %s has its caller's", names[item->region],
                            planner->preset->name);
    if (item->region == CELL_REGION_OSM_DATA && item->pages != 0)
        return planner_fail(planner, item->line, "region: pages: the start block is as large as "
                                                 "it must be");
    return plan_memory(planner, item->region, item->line,
                       item->pages != 0 ? item->pages : default_pages(planner, item->region),
                       item->at, item->flags | (item->region == CELL_REGION_STACK ? CONFIG_GUARD : 0),
                       item->rights);
}

/* ---- What the preset fills in ---------------------------------------- */

static cell_error_t plan_default(struct planner *planner, uint8_t kind)
{
    uint32_t line = planner->config->line;
    uint32_t flags = kind == CELL_REGION_STACK  ? CONFIG_GUARD | CONFIG_ON_TOUCH
                     : kind == CELL_REGION_HEAP ? CONFIG_COMMIT
                                           : 0;

    switch (planner->preset->regions[kind]) {
    case FROM_DISJOINT:
        if (kind == CELL_REGION_ELF_CODE || kind == CELL_REGION_ELF_DATA)
            return plan_segments(planner, kind == CELL_REGION_ELF_DATA);
        return plan_memory(planner, kind, line, default_pages(planner, kind), 0, flags,
                           CONFIG_DEFAULT_RIGHTS);
    case FROM_SHARED:
        return plan_kind(planner, kind, line, false, 0, CONFIG_DEFAULT_RIGHTS);
    case FROM_COPIED:
        return plan_kind(planner, kind, line, true, 0, CONFIG_DEFAULT_RIGHTS);
    default:
        return CELL_OK;
    }
}

static cell_error_t plan_device(struct planner *planner, const struct config_item *item)
{
    cell_error_t error = check_place(planner, "device", item->line, item->at, item->pages);

    if (error != CELL_OK)
        return error;
    if (item->pages == 0)
        return planner_fail(planner, item->line, "device: pages: how many are needed?");
    if (item->address == 0 || item->address % PAGE != 0)
        return planner_fail(planner, item->line, "device: 0x%lx is not the address of a page",
                            (unsigned long)item->address);
    if (!planner->view->has(planner->view->context, PLAN_HAS_DEVICE, item->address, item->pages))
        return plan_fail(planner->error, CELL_DENIED, item->line,
                         "device: the creator does not have the one at 0x%lx",
                         (unsigned long)item->address);
    struct plan_operation *operation = planner_add(planner, PLAN_DEVICE, item->line);

    if (operation == NULL)
        return CELL_NO_MEMORY;
    operation->region = (struct plan_mapping){
        .address = item->at,
        .pages = item->pages,
        .kind = CELL_REGION_DEVICE,
        .rights = item->rights == CONFIG_DEFAULT_RIGHTS ? CELL_READ | CELL_WRITE : item->rights,
        .physical = item->address};
    return CELL_OK;
}

/* ---- Overlaps -------------------------------------------------------- */

static bool is_region(const struct plan_operation *operation)
{
    return operation->kind >= PLAN_SEGMENT && operation->kind <= PLAN_DEVICE;
}

static uint64_t low_end(const struct plan_mapping *region)
{
    return region->address - ((region->flags & CONFIG_GUARD) != 0 ? PAGE : 0);
}

static bool overlap(const struct plan_mapping *a, const struct plan_mapping *b)
{
    return low_end(a) < b->address + b->pages * PAGE && low_end(b) < a->address + a->pages * PAGE;
}

/* What the preset takes from the other PD lies where it lies there, so it is apart from all of its kind. */
static bool is_in_place(const struct planner *planner, const struct plan_operation *operation)
{
    return (operation->kind == PLAN_SHARE || operation->kind == PLAN_COPY) && operation->line == planner->config->line &&
           operation->region.address == operation->region.other.address;
}

/* Operations that are compared in the time of looking at one region. */
#define OVERLAPS_PER_LOOK 16u

/* Is something in the place of a region: one of the operations before it, one behind it that is in place, or what is in
 * the address space that the PD enters? */
static bool is_taken(const struct planner *planner, uint32_t at)
{
    const struct plan_operation *operations = planner->plan->operations;
    const struct plan_mapping *region = &operations[at].region;
    const struct plan_view *view = planner->view;
    uint32_t first = planner->first, count = planner->plan->count;

    if (region->address == 0 || is_in_place(planner, &operations[at]))
        return false;
    if (count - first > PLAN_FEW && view->looked_enough != NULL &&
        view->looked_enough(view->context, (count - first) / OVERLAPS_PER_LOOK))
        return false;
    for (uint32_t i = first; i < count; i++)
        if (i != at && is_region(&operations[i]) && operations[i].region.address != 0 &&
            (i < at || is_in_place(planner, &operations[i])) && overlap(region, &operations[i].region))
            return true;
    return !planner->preset->new_space &&
           view->taken(view->context, planner->relative, low_end(region),
                       region->address + region->pages * PAGE);
}

/* Every region must be readable, and those with an address apart. */
static cell_error_t check_regions(struct planner *planner)
{
    const struct plan_operation *operations = planner->plan->operations;

    for (uint32_t i = planner->first; i < planner->plan->count; i++) {
        const struct plan_mapping *region = &operations[i].region;

        if (!is_region(&operations[i]))
            continue;
        if ((region->rights & CELL_READ) == 0 || (region->rights & CELL_GRANT) != 0)
            return planner_fail(planner, operations[i].line,
                                "region: rights must have r, and may have w and x");
        if (is_taken(planner, i))
            return plan_fail(planner->error, CELL_OVERLAP, operations[i].line,
                             "region: 0x%lx to 0x%lx overlaps another region",
                             (unsigned long)region->address,
                             (unsigned long)(region->address + region->pages * PAGE));
    }
    return CELL_OK;
}

/* ---- The order ------------------------------------------------------- */

/* Where the regions behind the program go; 0 where there is no fresh program. */
static uint64_t behind_program(const struct planner *planner)
{
    struct elf_segment segment;
    uint64_t end = 0;

    if (!planner->preset->program)
        return 0;
    for (uint32_t at = 0; elf_segment_next(&planner->elf, &at, &segment);)
        end = elf_segment_start(&segment) + elf_segment_pages(&segment) * PAGE;
    return end + PAGE;
}

static cell_error_t plan_others(struct planner *planner)
{
    const struct config_item *items = config_items(planner->config);

    for (uint32_t i = 0; i < planner->config->item_count; i++) {
        const struct config_item *item = &items[i];
        cell_error_t error = CELL_OK;

        if (item->kind == ITEM_DEVICE) {
            error = plan_device(planner, item);
        } else if (item->kind == ITEM_REGION) {
            if ((item->flags & CONFIG_BY_ADDRESS) != 0)
                error = plan_by_address(planner, item);
            else if (item->region > CELL_REGION_OSM_DATA)
                error = planner_fail(planner, item->line, "region: name it by its address");
            else if (item_of_kind(planner, item->region) != item)
                error = planner_fail(planner, item->line, "region: %s: said twice",
                                     names[item->region]);
        }
        if (error != CELL_OK)
            return error;
    }
    return CELL_OK;
}

/* What the preset does with all other regions of the other PD. */
static cell_error_t plan_rest(struct planner *planner)
{
    const struct plan_view *view = planner->view;
    struct plan_region region;
    cell_error_t error = CELL_OK;

    if (planner->preset->others == FROM_NOTHING)
        return CELL_OK;
    for (uint64_t from = 0; error == CELL_OK && view->region(view->context, planner->relative, from, PLAN_ANY_KIND, &region);
         from = region.start + 1) {
        bool has_kind = region.kind <= CELL_REGION_OSM_DATA && (!is_of_thread(region.kind) || region.own);
        bool copy = planner->preset->others == FROM_COPIED && region.kind != CELL_REGION_SHARED_FRAMES;

        if (!has_kind && region.memory && !is_named(planner, &region))
            error = plan_source(planner, &region, planner->config->line, copy, 0,
                                source_rights(planner, &region, copy, CONFIG_DEFAULT_RIGHTS), 0);
    }
    return error;
}

cell_error_t planner_regions(struct planner *planner)
{
    planner->first = planner->plan->count;
    planner->cursor = behind_program(planner);
    for (unsigned i = 0; i < sizeof order; i++) {
        const struct config_item *item = item_of_kind(planner, order[i]);
        cell_error_t error = item != NULL ? plan_by_kind(planner, item)
                                          : plan_default(planner, order[i]);

        if (error != CELL_OK)
            return error;
    }
    cell_error_t error = plan_others(planner);

    if (error == CELL_OK)
        error = plan_rest(planner);
    return error == CELL_OK ? check_regions(planner) : error;
}
