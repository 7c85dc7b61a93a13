/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything is read first: processes, then their pages, each looked at again afterwards. Then pages are cut into memory
 * objects, and the graph is made. One that changed meanwhile is read again; one that has ended is left out. */
#include "extract.h"
#include "build.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct extraction {
    const struct lx_options *options;
    struct lx_report *report;
    struct lx_entry *entries;
    size_t count;
    struct lx_runs runs;
    struct lx_known spaces; /* address spaces seen, with their entries */
    struct lx_namespaces namespaces;
    struct lx_sockets sockets;
    size_t next_owner;      /* mapping counter, in the order of reading */
};

/* Two processes can only share an address space if they look the same (FNV-1a of their mappings). */
static void name_space(const struct lx_process *process, char *name, size_t size)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < process->mapping_count; i++) {
        uint64_t words[] = {process->mappings[i].start, process->mappings[i].end, process->mappings[i].inode};
        for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
            hash = (hash ^ words[w]) * UINT64_C(0x100000001b3);
        }
    }
    snprintf(name, size, "%" PRIx64, hash);
}

/* The entry that has the address space already, or the number of the next entry. False: no memory. */
static bool find_twin(struct extraction *x, const struct lx_process *process, size_t *twin)
{
    char name[24];
    name_space(process, name, sizeof name);
    struct lx_thing *space = lx_known_find(
        &x->spaces, &(struct lx_thing){.name = name, .sameness = LX_SAME_SPACE, .id = process->reader});
    if (space == NULL) {
        return false;
    }
    if (space->value == LX_NEW) {
        space->value = x->count;
    }
    *twin = (size_t)space->value;
    return true;
}

/* The guest that a process runs, or NULL. */
static struct lx_guest *guest_of(const struct extraction *x, pid_t id)
{
    for (size_t i = 0; i < x->options->guest_count; i++) {
        if (x->options->guests[i].id == id) {
            return &x->options->guests[i];
        }
    }
    return NULL;
}

/* Pages of what was read, if no one before has the same. */
static enum lx_status read_pages(struct extraction *x, struct lx_entry *entry, bool *changed)
{
    size_t runs = x->runs.count;
    bool hidden = x->runs.hidden;
    struct lx_guest *guest = guest_of(x, entry->process.id);
    entry->guest = guest;
    entry->owner = x->next_owner;
    if (!lx_runs_add(&x->runs, &entry->process, entry->owner) ||
        (guest != NULL && !lx_guest_read(guest, &x->runs, &entry->process, entry->owner + entry->process.mapping_count))) {
        return LX_NO_MEMORY;
    }
    enum lx_status status = lx_process_recheck(&entry->process, changed);
    if (status != LX_OK) {
        x->runs.count = runs;
        x->runs.hidden = hidden;
    }
    return status;
}

/* One try. */
static enum lx_status read_once(struct extraction *x, pid_t id, struct lx_entry *entry, bool *changed)
{
    *entry = (struct lx_entry){0};
    *changed = false;
    enum lx_status status = lx_process_read(id, x->options->threads, &entry->process);
    for (size_t i = 0; i < entry->process.task_count && x->options->filters; i++) {
        struct lx_task *task = &entry->process.tasks[i];
        task->filters_read = task->credentials.seccomp == 2 && lx_filters_read(task->id, &task->calls);
    }
    entry->denied = status == LX_DENIED;
    entry->twin = x->count;
    return status == LX_OK ? read_pages(x, entry, changed) : status;
}

static void remark(struct extraction *x, pid_t id, enum lx_status status, bool changed, struct lx_entry *entry)
{
    struct lx_remark found = {.id = id, .status = status, .changed = changed};
    for (size_t i = 0; i < entry->process.task_count; i++) {
        found.files_denied = found.files_denied || entry->process.tasks[i].files_denied;
        found.filters_denied = found.filters_denied || (x->options->filters && entry->process.tasks[i].credentials.seccomp == 2 &&
                                                        !entry->process.tasks[i].filters_read);
        found.namespaces_denied = found.namespaces_denied || entry->process.tasks[i].namespaces_denied;
    }
    found.pages_denied = entry->process.pages_denied;
    found.swapped = entry->process.swapped;
    found.private = entry->process.private;
    found.unseen = entry->process.unseen;
    entry->partial = entry->denied || found.files_denied || found.namespaces_denied || found.pages_denied;
    if (status != LX_OK || changed || entry->partial || found.swapped > 0 || found.unseen > 0) {
        x->report->remarks[x->report->count++] = found;
    }
}

/* Whether a network namespace is met for the first time. */
static bool is_new(struct extraction *x, uint64_t inode, bool *fine)
{
    char name[32];
    snprintf(name, sizeof name, "net %" PRIx64, inode);
    struct lx_thing *thing = lx_known_find(&x->spaces, &(struct lx_thing){.name = name});
    *fine = thing != NULL;
    bool first = thing != NULL && thing->value == LX_NEW;
    if (first) {
        thing->value = 0;
    }
    return first;
}

/* The namespaces around a process, and the sockets of its network. False: no memory. */
static bool read_around(struct extraction *x, const struct lx_entry *entry)
{
    bool fine = true;
    for (size_t t = 0; t < entry->process.task_count && fine; t++) {
        const struct lx_task *task = &entry->process.tasks[t];
        fine = lx_namespaces_add(&x->namespaces, task->id, true) && lx_namespaces_add(&x->namespaces, task->id, false);
        for (size_t m = 0; m < task->membership_count && fine; m++) {
            const struct lx_membership *membership = &task->memberships[m];
            if (strcmp(membership->type, "NSNET") == 0 && is_new(x, membership->number, &fine)) {
                fine = lx_sockets_read(&x->sockets, task->id, membership->number);
            }
        }
    }
    return fine;
}

static enum cm_status read_process(struct extraction *x, pid_t id)
{
    struct lx_entry *entry = &x->entries[x->count];
    bool changed = true;
    enum lx_status status = LX_OK;
    size_t runs = x->runs.count;
    for (int try = 0; try < LX_TRIES && status == LX_OK && changed; try++) {
        if (try > 0) {
            lx_process_free(&entry->process);
            x->runs.count = runs;
        }
        status = read_once(x, id, entry, &changed);
    }
    if (status == LX_NO_MEMORY || (status == LX_OK && !find_twin(x, &entry->process, &entry->twin))) {
        lx_process_free(&entry->process);
        return CM_NO_MEMORY;
    }
    remark(x, id, status, changed && status == LX_OK, entry);
    if (status != LX_OK && status != LX_DENIED) {
        lx_process_free(&entry->process);
        return CM_OK;
    }
    if (entry->twin != x->count) {
        x->runs.count = runs; /* its pages are known */
    } else if (status == LX_OK) {
        x->next_owner += lx_owners(entry);
    }
    x->count++;
    return read_around(x, entry) ? CM_OK : CM_NO_MEMORY;
}

/* What each owner of runs is, for as long as it lives: the address space, and the place in it or in its guest's memory. */
static bool merge(struct extraction *x)
{
    uint64_t *owners = calloc(x->next_owner + 1, sizeof *owners);
    char name[64];
    for (size_t i = 0; i < x->count && owners != NULL; i++) {
        const struct lx_entry *entry = &x->entries[i];
        size_t mappings = entry->process.mapping_count;
        for (size_t o = 0; o < lx_owners(entry) && entry->twin == i && !entry->denied; o++) {
            uint64_t place = o < mappings ? entry->process.mappings[o].start : entry->guest->memory[o - mappings].address;
            snprintf(name, sizeof name, "%s %" PRIx64 " %" PRIx64, o < mappings ? "VMR" : "GMO", lx_space_number(&entry->process), place);
            owners[entry->owner + o] = lx_hash(name);
        }
    }
    bool fine = owners != NULL && lx_merge(&x->runs, owners);
    free(owners);
    return fine;
}

static enum cm_status make_graph(struct extraction *x, struct cm_graph **graph)
{
    struct lx_memory_map map;
    enum cm_status status = CM_NO_MEMORY;
    if (lx_memory_map_read(&map) && lx_cut(&x->runs) && (!x->options->merge || merge(x)) && lx_sockets_link(&x->sockets)) {
        struct lx_build build = {.entries = x->entries,
                                 .entry_count = x->count,
                                 .runs = &x->runs,
                                 .memory_map = &map,
                                 .namespaces = &x->namespaces,
                                 .sockets = &x->sockets};
        status = lx_build(&build);
        *graph = build.graph;
    }
    lx_memory_map_free(&map);
    return status;
}

enum cm_status lx_extract(const pid_t *ids, size_t count, const struct lx_options *options, struct cm_graph **graph,
                          struct lx_report *report)
{
    struct extraction x = {.options = options, .report = report, .runs = {.no_frames = options->no_frames}};
    *report = (struct lx_report){0};
    report->remarks = calloc(count + 1, sizeof *report->remarks);
    x.entries = calloc(count + 1, sizeof *x.entries);
    enum cm_status status = report->remarks == NULL || x.entries == NULL ? CM_NO_MEMORY : CM_OK;
    for (size_t i = 0; i < count && status == CM_OK; i++) {
        status = read_process(&x, ids[i]);
    }
    if (status == CM_OK) {
        status = make_graph(&x, graph);
    }
    report->frames_hidden = x.runs.hidden;
    report->sockets_hidden = x.sockets.incomplete;
    for (size_t i = 0; i < x.count; i++) {
        lx_process_free(&x.entries[i].process);
    }
    lx_known_free(&x.spaces);
    lx_namespaces_free(&x.namespaces);
    lx_sockets_free(&x.sockets);
    free(x.entries);
    lx_runs_free(&x.runs);
    return status;
}
