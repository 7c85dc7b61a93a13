/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root/pd/view.c: what the planner may see of the running system. The root task as
 * creator (a system description) sees everything; a PD sees itself, PDs that it
 * has authority over, and its own handles and request edges.
 */
#include <stdlib.h>
#include <string.h>

#include "root/memory/heap.h"
#include "root/pd/authority.h"
#include "root/pd/execute.h"
#include "root/pd/serves.h"
#include "root/spaces/resspc.h"

static void *resize(void *context, void *block, size_t bytes)
{
    (void)context;
    if (bytes != 0)
        return realloc(block, bytes);
    free(block);
    return NULL;
}

/* ---- How much is looked at --------------------------------------------- */

/* Edges, PDs and regions that the planner looks at for a PD, at most. A system's description is planned when nobody waits. */
#define LOOKS_MOST 480u

static uint32_t looks;

static bool looked_enough(void *context, uint32_t more)
{
    (void)context;
    looks -= looks < more ? looks : more;
    return looks == 0;
}

static bool look(void)
{
    return !looked_enough(NULL, 1);
}

static bool is_named(const struct pd *pd, const char *name, size_t length)
{
    return strncmp(pd->name, name, length) == 0 && pd->name[length] == 0;
}

/* ---- Request edges of the creator ------------------------------------- */

struct handle *view_edge(uint32_t entry, struct space **space)
{
    struct handle *handle = entry == SLOT_BARE ? NULL : handle_by_index(entry);

    if (handle == NULL || handle->kind != HANDLE_SPACE || handle->object->dead)
        return NULL;
    *space = CONTAINER(handle->object, struct space, object);
    return (*space)->manager != NULL ? handle : NULL;
}

/* The next one behind *where, which becomes its address. */
static struct handle *next_of(const struct pd *creator, cell_cap_t *where, struct space **space)
{
    struct handle *handle;
    uint32_t entry;

    while (look() && (entry = table_next(creator->cspace.private, where)) != SLOT_EMPTY)
        if ((handle = view_edge(entry, space)) != NULL)
            return handle;
    return NULL;
}

static bool is_of_type(const struct space *space, const char *type, size_t length)
{
    const char *name = type_name(space->object.type);

    return length == 0 || (strncmp(name, type, length) == 0 && name[length] == 0);
}

static struct plan_edge edge_of(const struct space *space, unsigned rights)
{
    const struct pd *server = space->manager;

    return (struct plan_edge){.space = space->object.id,
                              .server = server->object.id,
                              .rights = (uint8_t)rights,
                              .priority = server->cpu == NULL ? UINT8_MAX : server->cpu->priority};
}

static bool next_edge(void *context, uint64_t server, uint64_t *where, struct plan_edge *edge)
{
    const struct pd *creator = context;
    struct space *space;
    struct handle *handle;

    while ((handle = next_of(creator, where, &space)) != NULL) {
        if (server != PLAN_NONE && space->manager->object.id != server)
            continue;
        *edge = edge_of(space, handle->rights);
        return true;
    }
    return false;
}

/* All of them are looked at when the plan is carried out. */
static uint32_t count_edges(void *context)
{
    const uint32_t count = ((const struct pd *)context)->cspace.private->used;

    looks -= looks < count ? looks : count;
    return count;
}

static bool is_called(const struct space *space, const struct plan_wanted *wanted)
{
    return wanted->space_length == 0 || (strncmp(space->name, wanted->space, wanted->space_length) == 0 &&
                                         space->name[wanted->space_length] == 0);
}

/* The creator's edges of a type, all of which must lead to one PD, or to one space if that has a name. */
static cell_error_t find_own_edge(const struct pd *creator, const struct plan_wanted *wanted,
                                  struct plan_edge *edge)
{
    cell_error_t error = CELL_NOT_FOUND;
    cell_cap_t where = 0;
    struct space *space;
    struct handle *handle;

    while ((handle = next_of(creator, &where, &space)) != NULL) {
        uint64_t manager = space->manager->object.id;

        if (!is_of_type(space, wanted->type, wanted->type_length) || !is_called(space, wanted) ||
            (wanted->server != PLAN_NONE && manager != wanted->server))
            continue;
        if (error == CELL_OK && (manager != edge->server ||
                                 (wanted->space_length != 0 && space->object.id != edge->space)))
            return CELL_EXISTS;
        if (error != CELL_OK)
            *edge = edge_of(space, handle->rights);
        error = CELL_OK;
    }
    return error;
}

/* A space that a server made for itself, the first or by name: others' spaces are not for descriptions. CELL_EXISTS:
 * several have the name. */
static cell_error_t find_called(const struct pd *server, type_t type, const struct plan_wanted *wanted,
                                struct space **found)
{
    for (const struct list *entry = server->server->spaces.next; entry != &server->server->spaces; entry = entry->next) {
        struct space *space = CONTAINER(entry, struct space, of_server);

        if (space->object.type != type || space->object.account != server->account || !is_called(space, wanted))
            continue;
        if (*found != NULL)
            return CELL_EXISTS;
        *found = space;
        if (wanted->space_length == 0)
            break;
    }
    return CELL_OK;
}

/* A description: the only block before that serves the type, or the one that is named. */
static cell_error_t find_served(const struct plan_wanted *wanted, struct plan_edge *edge)
{
    const char *type = wanted->type;
    size_t length = wanted->type_length;
    uint64_t server = wanted->server;
    type_t number = type_find(type, (uint32_t)length);
    struct space *space = resspc_root(number);
    struct pd *found = space == NULL && server != PLAN_NONE ? pd_by_id(server) : NULL;

    if (space == NULL && server == PLAN_NONE)
        LIST_EACH(entry, &pd_root.made) {
            struct pd *pd = CONTAINER(entry, struct pd, of_maker);

            if (!pd_alive(pd) || !serves_type(pd, type, length, NULL, 0))
                continue;
            if (found != NULL)
                return CELL_EXISTS;
            found = pd;
        }
    else if (space != NULL && server != PLAN_NONE && server != pd_root.object.id)
        return CELL_NOT_FOUND;
    if (found != NULL && !serves_type(found, type, length, NULL, 0))
        found = NULL;
    if (found != NULL && number != TYPE_NONE && found->server != NULL) {
        cell_error_t error = find_called(found, number, wanted, &space);

        if (error != CELL_OK)
            return error;
    }
    if (space == NULL)
        return found == NULL ? CELL_NOT_FOUND : CELL_BUSY;
    *edge = edge_of(space, HANDLE_ALL);
    return CELL_OK;
}

static cell_error_t find_edge(void *context, const struct plan_wanted *wanted, struct plan_edge *edge)
{
    const struct pd *creator = context;

    return creator == &pd_root ? find_served(wanted, edge) : find_own_edge(creator, wanted, edge);
}

/* ---- PDs -------------------------------------------------------------- */

static unsigned authority(void *context, uint64_t id)
{
    struct pd *pd = pd_by_id(id);

    return pd == NULL ? 0 : authority_over(context, pd);
}

static cell_error_t find_server(void *context, const char *type, size_t type_length,
                                const char *name, size_t length, uint64_t *id)
{
    const struct pd *creator = context;
    const struct pd *found = NULL;
    struct space *space;

    if (creator == &pd_root) {
        LIST_EACH(entry, &pd_root.made) {
            const struct pd *pd = CONTAINER(entry, struct pd, of_maker);

            if (!pd_alive(pd) || !serves_type(pd, type, type_length, name, length))
                continue;
            if (found != NULL)
                return CELL_EXISTS;
            found = pd;
        }
    } else {
        for (cell_cap_t where = 0; next_of(creator, &where, &space) != NULL;) {
            if (!is_of_type(space, type, type_length) || !is_named(space->manager, name, length))
                continue;
            if (found != NULL && found != space->manager)
                return CELL_EXISTS;
            found = space->manager;
        }
    }
    if (found == NULL)
        return CELL_NOT_FOUND;
    *id = found->object.id;
    return CELL_OK;
}

/* A description names its blocks, and nothing that they have made: one of them may be started again while
 * somebody has called another PD so. */
static bool may_name(struct pd *creator, struct pd *pd)
{
    return creator == &pd_root ? pd->maker == &pd_root : pd == creator || authority_over(creator, pd) != 0;
}

static cell_error_t find_pd(void *context, const char *name, size_t length, uint64_t *id)
{
    struct pd *creator = context, *found = NULL;

    for (struct pd *pd = NULL; look() && (pd = pd_next_named(pd, name, length)) != NULL;) {
        if (!may_name(creator, pd))
            continue;
        if (found != NULL)
            return CELL_EXISTS;
        found = pd;
    }
    if (found == NULL)
        return find_server(context, "", 0, name, length, id) == CELL_NOT_FOUND ? CELL_NOT_FOUND
                                                                               : CELL_DENIED;
    *id = found->object.id;
    return CELL_OK;
}

/* ---- What the creator has --------------------------------------------- */

static bool has_irq(const struct pd *pd, uint64_t irq)
{
    for (uint32_t i = 0; i < pd->irq_count; i++)
        if (pd->irqs[i] == irq)
            return true;
    return false;
}

/* Is that memory of a device in its address space, by a `device` line? */
static bool has_device(const struct pd *pd, uint64_t physical, uint64_t pages)
{
    uint64_t first = physical / PAGE_SIZE;

    for (struct vmr *vmr = ads_next(pd->place->ads, 0); vmr != NULL; vmr = ads_next(pd->place->ads, vmr->start + 1))
        if (vmr->mo != NULL && (vmr->mo->flags & MO_DEVICE) != 0) {
            uint64_t begin = vmr->mo->foreign + vmr->first;

            if (first >= begin && pages <= vmr->pages && first - begin <= vmr->pages - pages)
                return true;
        }
    return false;
}

static bool has(void *context, enum plan_word word, uint64_t number, uint64_t pages)
{
    const struct pd *creator = context;

    if (creator == &pd_root)
        return true;
    switch (word) {
    case PLAN_HAS_IRQ:
        return has_irq(creator, number);
    case PLAN_HAS_DEVICE:
        /* Its own block says so: not that of a PD whose address space it entered. */
        return creator->device && creator->place->ads != NULL && has_device(creator, number, pages);
    default:
        return creator->essential;
    }
}

static bool may_serve(void *context, const char *type, size_t length)
{
    return serves_allowed(context, type, length);
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

    if (length >= sizeof text)
        return CELL_NOT_FOUND;
    memcpy(text, name, length);
    text[length] = 0;
    cell_error_t error = archive_open(text, &file);

    if (error == CELL_OK && context != &pd_root && !archive_prepare(&file))
        return CELL_AGAIN;
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

/* Regions of a kind that are passed over in the time of looking at one. */
#define SKIPS_PER_LOOK 4u

/* The next region of a kind, of which there are few in no order; NULL: none, or too many were looked at. */
static struct vmr *next_of_kind(const struct ads *ads, uint64_t address, uint8_t kind)
{
    struct vmr *next = NULL;
    unsigned seen = 0;

    LIST_EACH (entry, &ads->kinds[kind]) {
        struct vmr *vmr = CONTAINER(entry, struct vmr, of_kind);

        if (seen++ % SKIPS_PER_LOOK == 0 && !look())
            return NULL;
        if (vmr->start >= address && (next == NULL || vmr->start < next->start))
            next = vmr;
    }
    return next;
}

static struct vmr *next_region(const struct ads *ads, uint64_t address, uint8_t kind)
{
    if (kind != PLAN_ANY_KIND)
        return next_of_kind(ads, address, kind);
    return look() ? ads_next(ads, address) : NULL;
}

static bool region_of(void *context, uint64_t id, uint64_t address, uint8_t kind, struct plan_region *region)
{
    struct pd *pd = pd_by_id(id);
    struct vmr *vmr = pd == NULL || pd->place->ads == NULL ? NULL : next_region(pd->place->ads, address, kind);

    (void)context;
    if (vmr == NULL)
        return false;
    *region = (struct plan_region){.start = vmr->start,
                                   .pages = vmr->pages,
                                   .kind = vmr->kind,
                                   .rights = vmr->rights,
                                   .memory = vmr->mo != NULL,
                                   .device = vmr->mo != NULL && (vmr->mo->flags & MO_DEVICE) != 0,
                                   .guard = vmr->guard != 0,
                                   .order = vmr->mo == NULL ? 0 : vmr->mo->order,
                                   .own = vmr == pd->place->stack || vmr == pd->place->buffer || vmr == pd->place->start};
    return true;
}

static bool reserve(void *context, uint64_t pages, uint64_t objects, uint64_t slots)
{
    const struct pd *creator = context;
    const uint64_t wanted[] = {pages, objects, slots};

    return creator->account->budget != NULL && budget_has_reserve(creator->account->budget, wanted);
}

static bool taken(void *context, uint64_t id, uint64_t start, uint64_t end)
{
    const struct pd *pd = pd_by_id(id);

    (void)context;
    if (pd == NULL || pd->place->ads == NULL)
        return false;
    const struct vmr *next = ads_next(pd->place->ads, start);

    return ads_find(pd->place->ads, start) != NULL ||
           (next != NULL && next->start - next->guard * PAGE_SIZE < end);
}

struct plan_view view_of(struct pd *creator)
{
    /* One plan is made after the other. */
    looks = creator == &pd_root ? UINT32_MAX : LOOKS_MOST;
    return (struct plan_view){
        .context = creator,
        .resize = resize,
        .creator = creator->object.id,
        .ceiling = creator->ceiling,
        .system = creator == &pd_root,
        .find_pd = find_pd,
        .authority = authority,
        .find_server = find_server,
        .edge = find_edge,
        .next_edge = next_edge,
        .count_edges = count_edges,
        .handle = find_handle,
        .has = has,
        .may_serve = may_serve,
        .program = program,
        .program_of = program_of,
        .region = region_of,
        .taken = taken,
        .reserve = reserve,
        .looked_enough = looked_enough,
    };
}
