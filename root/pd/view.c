/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/view.c: what the planner may see of the running system. The root task as
 * creator (a system description) sees everything; a PD sees itself, PDs that it
 * has a handle on, and its own handles and request edges.
 */
#include <string.h>

#include "root/memory/heap.h"
#include "root/pd/execute.h"
#include "root/spaces/resspc.h"

/* ---- PDs ------------------------------------------------------------- */

/* Calls for each handle in a table; stops when `run` returns true. */
static bool each_handle(const struct slot_table *table, bool (*run)(struct handle *, void *),
                        void *context)
{
    cell_cap_t where = 0;
    uint32_t entry;

    while ((entry = table_next(table, &where)) != SLOT_EMPTY)
        if (entry != SLOT_BARE && run(handle_by_index(entry), context))
            return true;
    return false;
}

struct name_search {
    const char *name;
    size_t length;
    struct pd *found;
    bool several;
};

static bool match_name(struct handle *handle, void *context)
{
    struct name_search *search = context;

    if (handle->kind != HANDLE_RESOURCE || handle->type != TYPE_PD ||
        (handle->rights & HANDLE_WRITE) == 0)
        return false;
    struct pd *pd = pd_of(handle->object);

    if (!pd_alive(pd) || strncmp(pd->name, search->name, search->length) != 0 ||
        pd->name[search->length] != 0)
        return false;
    search->several = search->found != NULL && search->found != pd;
    search->found = pd;
    return search->several;
}

/* Servers that the creator may ask are named by its edges. */
static bool match_server(struct handle *handle, void *context)
{
    struct name_search *search = context;
    struct space *space = space_of_object(handle->object);

    if (handle->kind != HANDLE_SPACE || space == NULL || space->manager == NULL)
        return false;
    const char *name = space->manager->name;

    if (strncmp(name, search->name, search->length) != 0 || name[search->length] != 0)
        return false;
    search->several = search->found != NULL && search->found != space->manager;
    search->found = space->manager;
    return search->several;
}

static cell_error_t find_pd(void *context, const char *name, size_t length, uint64_t *id)
{
    struct pd *creator = context, *found;
    cell_error_t error;

    if (length == 4 && memcmp(name, "root", 4) == 0) {
        *id = pd_root.object.id;
        return CELL_OK;
    }
    if (creator == &pd_root) {
        error = pd_by_name(name, length, &found);
        if (error == CELL_OK)
            *id = found->object.id;
        return error;
    }
    struct name_search search = {name, length, NULL, false};

    if (strncmp(creator->name, name, length) == 0 && creator->name[length] == 0)
        search.found = creator;
    each_handle(creator->cspace.common, match_name, &search);
    if (search.found == NULL)
        each_handle(creator->cspace.private, match_server, &search);
    if (search.several)
        return CELL_EXISTS;
    if (search.found == NULL)
        return CELL_NOT_FOUND;
    *id = search.found->object.id;
    return CELL_OK;
}

/* ---- Edges and handles ----------------------------------------------- */

static bool type_of(void *context, const char *type, size_t length)
{
    (void)context;
    return type_find(type, (uint32_t)length) != TYPE_NONE;
}

struct edge_search {
    type_t type;     /* TYPE_NONE: any */
    uint64_t server; /* PLAN_NONE: any */
    struct plan_edge *edge;
};

static bool match_edge(struct handle *handle, void *context)
{
    struct edge_search *search = context;
    struct space *space = space_of_object(handle->object);

    if (handle->kind != HANDLE_SPACE || space == NULL || space->manager == NULL ||
        (search->type != TYPE_NONE && handle->type != search->type) ||
        (search->server != PLAN_NONE && space->manager->object.id != search->server))
        return false;
    *search->edge = (struct plan_edge){space->object.id, space->manager->object.id, handle->rights};
    return true;
}

static cell_error_t find_edge(void *context, const char *type, size_t length, uint64_t server,
                              struct plan_edge *edge)
{
    struct pd *creator = context;
    struct edge_search search = {type_find(type, (uint32_t)length), server, edge};

    if (search.type == TYPE_NONE)
        return CELL_NOT_FOUND;
    if (creator != &pd_root)
        return each_handle(creator->cspace.private, match_edge, &search) ? CELL_OK
                                                                         : CELL_NOT_FOUND;
    struct space *space =
        space_of_type(search.type, server == PLAN_NONE ? NULL : pd_by_id(server));

    if (space == NULL)
        return CELL_NOT_FOUND;
    *edge = (struct plan_edge){space->object.id, space->manager->object.id, HANDLE_ALL};
    return CELL_OK;
}

static bool next_edge(void *context, uint64_t server, uint64_t *where, struct plan_edge *edge)
{
    struct pd *creator = context;
    struct edge_search search = {TYPE_NONE, server, edge};
    uint32_t entry;

    while ((entry = table_next(creator->cspace.private, where)) != SLOT_EMPTY)
        if (entry != SLOT_BARE && !handle_by_index(entry)->object->dead &&
            match_edge(handle_by_index(entry), &search))
            return true;
    return false;
}

static cell_error_t find_handle(void *context, uint64_t where, uint8_t *rights)
{
    struct pd *creator = context;
    uint32_t entry = cspace_entry(&creator->cspace, where);

    if (entry == SLOT_EMPTY || entry == SLOT_BARE ||
        handle_by_index(entry)->kind != HANDLE_RESOURCE)
        return CELL_BAD_HANDLE;
    *rights = handle_by_index(entry)->rights;
    return CELL_OK;
}

/* ---- Programs and regions -------------------------------------------- */

/* Files that were opened last; the archive does not change. */
#define KNOWN_FILES 16u

static struct known_file {
    page_t first_page; /* 0: none */
    struct elf elf;
} known_files[KNOWN_FILES];

static cell_error_t open_elf(const struct archive_file *file, struct elf *elf,
                             enum elf_error *reason)
{
    struct known_file *known = &known_files[file->first_page % KNOWN_FILES];

    if (known->first_page == file->first_page) {
        *elf = known->elf;
        return CELL_OK;
    }
    const void *bytes = archive_bytes(file, 0, file->size);

    if (bytes == NULL)
        return CELL_NO_MEMORY;
    *reason = elf_open(elf, bytes, file->size);
    if (*reason != ELF_OK)
        return CELL_BAD_ELF;
    *known = (struct known_file){file->first_page, *elf};
    return CELL_OK;
}

static cell_error_t program(void *context, const char *name, size_t length, struct elf *elf,
                            enum elf_error *reason)
{
    struct archive_file file;
    char text[ARCHIVE_NAME_SIZE];

    (void)context;
    if (length >= sizeof text)
        return CELL_NOT_FOUND;
    memcpy(text, name, length);
    text[length] = 0;
    cell_error_t error = archive_open(text, &file);

    return error == CELL_OK ? open_elf(&file, elf, reason) : error;
}

static cell_error_t program_of(void *context, uint64_t id, struct elf *elf)
{
    struct pd *pd = pd_by_id(id);
    enum elf_error reason;

    (void)context;
    if (pd == NULL || pd->program.size == 0)
        return CELL_NOT_FOUND;
    return open_elf(&pd->program, elf, &reason);
}

static bool region_of(void *context, uint64_t id, uint64_t address, struct plan_region *region)
{
    struct pd *pd = pd_by_id(id);
    struct vmr *vmr = pd == NULL || pd->ads == NULL ? NULL : ads_next(pd->ads, address);

    (void)context;
    if (vmr == NULL)
        return false;
    *region = (struct plan_region){vmr->start, vmr->pages, vmr->kind, vmr->rights, vmr->mo != NULL};
    return true;
}

static void *resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    if (new_bytes != 0)
        return heap_resize(block, old_bytes, new_bytes);
    heap_free(block, old_bytes);
    return NULL;
}

static bool reserve(void *context, uint64_t pages, uint64_t objects, uint64_t slots)
{
    const struct pd *creator = context;
    const uint64_t wanted[] = {pages, objects, slots};

    return creator->account->budget != NULL && budget_has_reserve(creator->account->budget, wanted);
}

struct plan_view view_of(struct pd *creator)
{
    return (struct plan_view){
        .context = creator,
        .resize = resize,
        .creator = creator->object.id,
        .ceiling = creator->ceiling,
        .system = creator == &pd_root,
        .find_pd = find_pd,
        .edge = find_edge,
        .handle = find_handle,
        .type = type_of,
        .program = program,
        .program_of = program_of,
        .region = region_of,
        .next_edge = next_edge,
        .reserve = reserve,
    };
}
