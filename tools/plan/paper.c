/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/plan/paper.c: see paper.h. Bottom-up: the tables, what a description sees of them,
 * what a PD of the description sees, the view.
 */
#include "tools/plan/paper.h"

#include <string.h>

/* ---- Tables ---------------------------------------------------------- */

void *paper_add(struct predict *predict, struct paper_array *array, size_t size)
{
    if (array->count == array->room) {
        uint32_t room = array->room == 0 ? 16 : array->room * 2;
        void *items = predict->memory->resize(predict->memory->context, array->items, room * size);

        if (items == NULL) {
            predict->failed = true;
            return NULL;
        }
        array->items = items;
        array->room = room;
    }
    void *item = (char *)array->items + array->count++ * size;

    memset(item, 0, size);
    return item;
}

void paper_clear(struct predict *predict, struct paper_array *array)
{
    if (array->items != NULL)
        predict->memory->resize(predict->memory->context, array->items, 0);
}

struct paper_pd *paper_pd_at(const struct predict *predict, uint64_t id)
{
    return id < predict->pds.count ? (struct paper_pd *)predict->pds.items + id : NULL;
}

struct paper_space *paper_space_at(const struct predict *predict, uint32_t index)
{
    return (struct paper_space *)predict->spaces.items + index;
}

static struct paper_region *region_at(const struct predict *predict, uint32_t index)
{
    return (struct paper_region *)predict->regions.items + index;
}

struct paper_region *paper_next_region(const struct predict *predict, uint64_t ads, uint64_t address)
{
    struct paper_region *best = NULL;

    for (uint32_t i = 0; i < predict->regions.count; i++) {
        struct paper_region *region = region_at(predict, i);

        if (region->ads == ads && region->what.start >= address &&
            (best == NULL || region->what.start < best->what.start))
            best = region;
    }
    return best;
}

/* ---- As a description -------------------------------------------------- */

static bool is_text(const char *text, const char *other, size_t length)
{
    return strlen(text) == length && memcmp(text, other, length) == 0;
}

static bool finds_space(const struct predict *predict, const struct paper_space *space, const char *type,
                        size_t type_length, const char *name, size_t length)
{
    return is_text(space->type, type, type_length) &&
           (is_text(paper_pd_at(predict, space->manager)->name, name, length) ||
            (space->name[0] != 0 && is_text(space->name, name, length)));
}

cell_error_t paper_find_pd(const struct predict *predict, const char *name, size_t length, uint64_t *id)
{
    cell_error_t error = CELL_NOT_FOUND;

    for (uint32_t i = 0; i < predict->pds.count; i++) {
        const char *other = paper_pd_at(predict, i)->name;

        if (strlen(other) != length || memcmp(other, name, length) != 0)
            continue;
        if (error == CELL_OK)
            return CELL_EXISTS;
        *id = i;
        error = CELL_OK;
    }
    return error;
}

cell_error_t paper_find_server(const struct predict *predict, const char *type, size_t type_length,
                               const char *name, size_t length, uint64_t *server)
{
    cell_error_t error = CELL_NOT_FOUND;

    for (uint32_t i = 0; i < predict->spaces.count; i++) {
        struct paper_space *space = paper_space_at(predict, i);

        if (!finds_space(predict, space, type, type_length, name, length))
            continue;
        if (error == CELL_OK && *server != space->manager)
            return CELL_EXISTS;
        *server = space->manager;
        error = CELL_OK;
    }
    return error;
}

static bool is_called(const struct paper_space *space, const struct plan_wanted *wanted)
{
    return wanted->space_length == 0 || is_text(space->called, wanted->space, wanted->space_length);
}

cell_error_t paper_find_space(const struct predict *predict, const struct plan_wanted *wanted, struct paper_space **found)
{
    *found = NULL;
    for (uint32_t i = 0; i < predict->spaces.count; i++) {
        struct paper_space *space = paper_space_at(predict, i);

        if (!is_text(space->type, wanted->type, wanted->type_length) || !is_called(space, wanted) ||
            (wanted->server != PLAN_NONE && space->manager != wanted->server))
            continue;
        if (*found != NULL && ((*found)->manager != space->manager || wanted->space_length != 0))
            return CELL_EXISTS;
        if (*found == NULL)
            *found = space;
    }
    return *found == NULL ? CELL_NOT_FOUND : CELL_OK;
}

/* ---- As a PD of the description ---------------------------------------- */

/* The creator's next operation of a kind, from number *at on; NULL: none. */
static const struct plan_operation *next_operation(const struct predict *predict, uint64_t pd,
                                                   enum plan_kind kind, uint32_t *at)
{
    const struct paper_pd *paper = paper_pd_at(predict, pd);

    while (*at < paper->operation_count)
        if (paper->operations[(*at)++].kind == kind)
            return &paper->operations[*at - 1];
    return NULL;
}

static struct plan_edge edge_of(const struct predict *predict, const struct paper_space *space,
                                unsigned rights)
{
    return (struct plan_edge){space->id, space->manager, (uint8_t)rights,
                              paper_pd_at(predict, space->manager)->priority};
}

static const struct paper_space *space_of(const struct predict *predict,
                                          const struct plan_operation *edge)
{
    return paper_space_at(predict, (uint32_t)edge->edge.space - 1);
}

static cell_error_t find_own_edge(const struct predict *predict, const struct plan_wanted *wanted,
                                  struct plan_edge *edge)
{
    const struct plan_operation *operation;
    cell_error_t error = CELL_NOT_FOUND;

    for (uint32_t at = 0; (operation = next_operation(predict, predict->creator, PLAN_EDGE, &at)) != NULL;) {
        const struct paper_space *space = space_of(predict, operation);

        if (!is_text(space->type, wanted->type, wanted->type_length) || !is_called(space, wanted) ||
            (wanted->server != PLAN_NONE && space->manager != wanted->server))
            continue;
        if (error == CELL_OK && (space->manager != edge->server ||
                                 (wanted->space_length != 0 && space->id != edge->space)))
            return CELL_EXISTS;
        if (error != CELL_OK)
            *edge = edge_of(predict, space, operation->edge.rights);
        error = CELL_OK;
    }
    return error;
}

static cell_error_t find_own_server(const struct predict *predict, const char *type,
                                    size_t type_length, const char *name, size_t length,
                                    uint64_t *server)
{
    const struct plan_operation *operation;
    cell_error_t error = CELL_NOT_FOUND;

    for (uint32_t at = 0; (operation = next_operation(predict, predict->creator, PLAN_EDGE, &at)) != NULL;) {
        const struct paper_space *space = space_of(predict, operation);

        if ((type_length != 0 && !is_text(space->type, type, type_length)) ||
            !is_text(paper_pd_at(predict, space->manager)->name, name, length))
            continue;
        if (error == CELL_OK && *server != space->manager)
            return CELL_EXISTS;
        *server = space->manager;
        error = CELL_OK;
    }
    return error;
}

/* The root task made all of them. */
static unsigned own_authority(const struct predict *predict, uint64_t pd)
{
    const struct plan_operation *operation;
    unsigned rights = 0;

    for (uint32_t at = 0; (operation = next_operation(predict, predict->creator, PLAN_HOLD, &at)) != NULL;)
        if (operation->hold.pd == pd || operation->hold.pd == 0)
            rights |= operation->hold.rights;
    return rights;
}

static cell_error_t find_own_pd(const struct predict *predict, const char *name, size_t length,
                                uint64_t *id)
{
    cell_error_t error = CELL_NOT_FOUND;
    uint64_t server;

    for (uint32_t i = 0; i < predict->pds.count; i++) {
        if (!is_text(paper_pd_at(predict, i)->name, name, length) ||
            (i != predict->creator && own_authority(predict, i) == 0))
            continue;
        if (error == CELL_OK)
            return CELL_EXISTS;
        *id = i;
        error = CELL_OK;
    }
    return error == CELL_OK || find_own_server(predict, "", 0, name, length, &server) == CELL_NOT_FOUND
               ? error
               : CELL_DENIED;
}

static bool has_own(const struct predict *predict, enum plan_word word, uint64_t number,
                    uint64_t pages)
{
    static const enum plan_kind kinds[] = {[PLAN_HAS_IRQ] = PLAN_IRQ,
                                           [PLAN_HAS_DEVICE] = PLAN_DEVICE,
                                           [PLAN_HAS_ESSENTIAL] = PLAN_ESSENTIAL};
    const struct plan_operation *operation;

    for (uint32_t at = 0; (operation = next_operation(predict, predict->creator, kinds[word], &at)) != NULL;) {
        const struct plan_mapping *device = &operation->region;

        if (word == PLAN_HAS_ESSENTIAL || (word == PLAN_HAS_IRQ && operation->irq == number) ||
            (word == PLAN_HAS_DEVICE && number >= device->physical &&
             number + pages * PAGE <= device->physical + device->pages * PAGE))
            return true;
    }
    return false;
}

/* Does the block of a PD say that it serves the type? Length 0: any. */
static bool says_serves(const struct predict *predict, uint64_t pd, const char *type, size_t length)
{
    const struct plan_operation *operation;

    for (uint32_t at = 0; (operation = next_operation(predict, pd, PLAN_SERVES, &at)) != NULL;) {
        const char *other = config_string(paper_pd_at(predict, pd)->config, operation->serves.type);

        if (operation->serves.type.length == length && memcmp(other, type, length) == 0)
            return true;
    }
    return false;
}

static bool may_serve_own(const struct predict *predict, const char *type, size_t length)
{
    if (says_serves(predict, predict->creator, type, length))
        return true;
    for (uint32_t i = 0; i < predict->pds.count; i++)
        if (says_serves(predict, i, type, length))
            return false;
    return says_serves(predict, predict->creator, "", 0);
}

/* ---- The view ---------------------------------------------------------- */

static void *resize(void *context, void *block, size_t bytes)
{
    const struct cm_memory *memory = ((struct predict *)context)->memory;

    return memory->resize(memory->context, block, bytes);
}

static cell_error_t find_pd(void *context, const char *name, size_t length, uint64_t *id)
{
    const struct predict *predict = context;

    return predict->creator == 0 ? paper_find_pd(predict, name, length, id)
                                 : find_own_pd(predict, name, length, id);
}

static unsigned authority(void *context, uint64_t pd)
{
    const struct predict *predict = context;

    return paper_pd_at(predict, pd) == NULL ? 0
           : predict->creator == 0          ? CELL_ALL
                                            : own_authority(predict, pd);
}

static cell_error_t find_server(void *context, const char *type, size_t type_length,
                                const char *name, size_t length, uint64_t *server)
{
    const struct predict *predict = context;

    return (predict->creator == 0 ? paper_find_server : find_own_server)(predict, type, type_length,
                                                                         name, length, server);
}

static cell_error_t find_edge(void *context, const struct plan_wanted *wanted, struct plan_edge *edge)
{
    const struct predict *predict = context;
    struct paper_space *space;

    if (predict->creator != 0)
        return find_own_edge(predict, wanted, edge);
    cell_error_t error = paper_find_space(predict, wanted, &space);

    if (error == CELL_OK)
        *edge = edge_of(predict, space, CELL_ALL);
    return error;
}

static bool next_edge(void *context, uint64_t server, uint64_t *where, struct plan_edge *edge)
{
    const struct predict *predict = context;
    const struct plan_operation *operation;
    uint32_t at = (uint32_t)*where;

    while ((operation = next_operation(predict, predict->creator, PLAN_EDGE, &at)) != NULL) {
        const struct paper_space *space = space_of(predict, operation);

        *where = at;
        if (server != PLAN_NONE && space->manager != server)
            continue;
        *edge = edge_of(predict, space, operation->edge.rights);
        return true;
    }
    return false;
}

static bool has(void *context, enum plan_word word, uint64_t number, uint64_t pages)
{
    const struct predict *predict = context;

    return predict->creator == 0 || has_own(predict, word, number, pages);
}

static bool may_serve(void *context, const char *type, size_t length)
{
    const struct predict *predict = context;
    const struct plan_wanted core = {.type = type, .type_length = length, .server = 0};
    struct paper_space *space;

    if (length != 0 && (is_text("VMR", type, length) || paper_find_space(predict, &core, &space) == CELL_OK))
        return false;
    return predict->creator == 0 || may_serve_own(predict, type, length);
}

static cell_error_t no_handle(void *context, uint64_t where, uint8_t *rights)
{
    (void)context;
    (void)where;
    (void)rights;
    return CELL_BAD_HANDLE;
}

static cell_error_t open_program(void *context, const char *name, size_t length, struct elf *elf,
                                 enum elf_error *reason)
{
    struct predict *predict = context;
    const void *bytes;
    size_t size;
    cell_error_t error =
        predict->programs->open(predict->programs->context, name, length, &bytes, &size);

    if (error != CELL_OK)
        return error;
    *reason = elf_open(elf, bytes, size);
    predict->elf = *elf;
    predict->program = bytes;
    return *reason == ELF_OK ? CELL_OK : CELL_BAD_ELF;
}

static cell_error_t program_of(void *context, uint64_t id, struct elf *elf)
{
    struct predict *predict = context;
    struct paper_pd *pd = paper_pd_at(predict, id);

    if (pd == NULL || pd->program == NULL)
        return CELL_NOT_FOUND;
    *elf = predict->elf = pd->elf;
    predict->program = pd->program;
    return CELL_OK;
}

static bool region_of(void *context, uint64_t id, uint64_t address, uint8_t kind, struct plan_region *found)
{
    struct predict *predict = context;
    struct paper_pd *pd = paper_pd_at(predict, id);
    struct paper_region *region =
        pd == NULL || pd->ads == 0 ? NULL : paper_next_region(predict, pd->ads, address);

    while (kind != PLAN_ANY_KIND && region != NULL && region->what.kind != kind)
        region = paper_next_region(predict, pd->ads, region->what.start + 1);
    if (region == NULL)
        return false;
    *found = region->what;
    found->guard = region->guard;
    found->own = region->maker == id;
    return true;
}

static bool taken(void *context, uint64_t id, uint64_t start, uint64_t end)
{
    const struct predict *predict = context;
    const struct paper_pd *pd = paper_pd_at(predict, id);

    for (uint32_t i = 0; i < predict->regions.count; i++) {
        const struct paper_region *region = region_at(predict, i);
        uint64_t low = region->what.start - (region->guard ? PAGE : 0);

        if (region->ads == pd->ads && low < end &&
            start < region->what.start + region->what.pages * PAGE)
            return true;
    }
    return false;
}

struct plan_view paper_view(struct predict *predict)
{
    const struct paper_pd *creator = paper_pd_at(predict, predict->creator);

    return (struct plan_view){.context = predict,
                              .resize = resize,
                              .creator = predict->creator,
                              .ceiling = creator->ceiling,
                              .system = predict->creator == 0,
                              .find_pd = find_pd,
                              .authority = authority,
                              .find_server = find_server,
                              .edge = find_edge,
                              .next_edge = next_edge,
                              .handle = no_handle,
                              .has = has,
                              .may_serve = may_serve,
                              .program = open_program,
                              .program_of = program_of,
                              .region = region_of,
                              .taken = taken};
}
