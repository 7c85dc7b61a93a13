/* SPDX-License-Identifier: BSD-2-Clause */
/* Building the graph. Everything is read first (processes, then their page maps), then cut into memory objects, then
 * written into the graph: PD_0 is the kernel; its spaces of the core types have fixed numbers, further spaces count on.
 *
 * Files, namespaces and control groups are found again by a table from what identifies them to their node. */
#include "extract.h"

#include "../fields.h"
#include "pages.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { mo_space = 1, vcpu_space, pcpu_space, ep_space, pd_space, resspc_space, first_free_space };

/* One thing that several processes may share, by name. */
struct shared {
    char *name;
    cm_node node;
};

struct extraction {
    struct cm_graph *graph;
    struct lx_process *processes;
    size_t process_count;
    struct lx_runs runs;
    cm_node kernel;
    cm_node core[first_free_space];
    uint64_t next_space;
    uint64_t next_file;
    uint64_t next_vcpu;
    void *shared;           /* tsearch tree of struct shared */
    cm_node *pieces;        /* node of each piece */
    size_t next_owner;      /* mapping counter, in the order of reading */
    size_t *first_run;      /* runs of mapping i: in `by_owner` from first_run[i] to first_run[i + 1] */
    struct lx_run **by_owner;
};

/* ------------------------------------------------------------------------------------------------ names */

static enum cm_status add_space(struct extraction *x, const char *type, uint64_t number, cm_node *node)
{
    char id[64];
    snprintf(id, sizeof id, "%s_SPACE_%" PRIx64, type, number);
    return cm_graph_add_space(x->graph, cm_text_of(id), cm_text_of(type), cm_text_of(CM_ROOT_ID), node);
}

static enum cm_status add_resource(struct extraction *x, const char *type, uint64_t space, uint64_t number,
                                   const char *extra, cm_node space_node, cm_node *node)
{
    char id[64];
    snprintf(id, sizeof id, "%s_%" PRIx64 "_%" PRIx64, type, space, number);
    enum cm_status status = cm_graph_add_resource(x->graph, cm_text_of(id), cm_text_of(type), cm_text_of(extra), node);
    return status != CM_OK ? status : cm_graph_add_edge(x->graph, CM_SUBSET, *node, space_node, 0);
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct shared *)left)->name, ((const struct shared *)right)->name);
}

/* The entry of that name; a new one has node CM_NONE. NULL: no memory. */
static struct shared *find_shared(struct extraction *x, const char *name)
{
    struct shared key = {(char *)name, CM_NONE};
    struct shared **found = tsearch(&key, &x->shared, by_name);
    if (found == NULL || *found != &key) {
        return found == NULL ? NULL : *found;
    }
    struct shared *entry = malloc(sizeof *entry);
    char *copy = strdup(name);
    if (entry == NULL || copy == NULL) {
        tdelete(&key, &x->shared, by_name);
        free(entry);
        free(copy);
        return NULL;
    }
    *entry = (struct shared){copy, CM_NONE};
    *found = entry;
    return entry;
}

static void free_shared(void *entry)
{
    free(((struct shared *)entry)->name);
    free(entry);
}

/* ------------------------------------------------------------------------------------------------ the kernel */

static enum cm_status add_kernel(struct extraction *x)
{
    static const char *const types[first_free_space] = {[mo_space] = "MO", [vcpu_space] = "VCPU",
                                                        [pcpu_space] = "PCPU", [ep_space] = "EP",
                                                        [pd_space] = "PD", [resspc_space] = "RESSPC"};
    enum cm_status status =
        cm_graph_add_pd(x->graph, cm_text_of(CM_ROOT_ID), cm_text_of("kernel"), cm_text_of(""), &x->kernel);
    for (int space = mo_space; space < first_free_space && status == CM_OK; space++) {
        status = add_space(x, types[space], (uint64_t)space, &x->core[space]);
    }
    x->next_space = first_free_space;
    long cores = sysconf(_SC_NPROCESSORS_CONF);
    for (long core = 0; core < cores && status == CM_OK; core++) {
        cm_node node;
        status = add_resource(x, "PCPU", pcpu_space, (uint64_t)core, "", x->core[pcpu_space], &node);
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------ memory */

static enum cm_status add_pieces(struct extraction *x)
{
    x->pieces = malloc((x->runs.piece_count + 1) * sizeof *x->pieces);
    if (x->pieces == NULL) {
        return CM_NO_MEMORY;
    }
    for (size_t i = 0; i < x->runs.piece_count; i++) {
        const struct lx_piece *piece = &x->runs.pieces[i];
        char extra[128];
        if (piece->home == LX_FRAME) {
            snprintf(extra, sizeof extra, "0x%" PRIx64 "_%" PRIu64 "_12", piece->first << 12, piece->count);
        } else if (piece->home == LX_FILE_PAGE) {
            snprintf(extra, sizeof extra, "file:%" PRIx64 ":%" PRIu64 ":%" PRIx64 "_%" PRIu64 "_12", piece->a, piece->b,
                     piece->first << 12, piece->count);
        } else {
            snprintf(extra, sizeof extra, "anon:%" PRIu64 ":%" PRIx64 "_%" PRIu64 "_12", piece->a,
                     piece->b + (piece->first << 12), piece->count);
        }
        enum cm_status status = add_resource(x, "MO", mo_space, i + 1, extra, x->core[mo_space], &x->pieces[i]);
        if (status != CM_OK) {
            return status;
        }
    }
    return CM_OK;
}

/* Runs in the order of their mappings, after cutting has sorted them by place. */
static bool order_by_owner(struct extraction *x)
{
    x->first_run = calloc(x->next_owner + 2, sizeof *x->first_run);
    x->by_owner = malloc((x->runs.count + 1) * sizeof(*x->by_owner));
    if (x->first_run == NULL || x->by_owner == NULL) {
        return false;
    }
    for (size_t i = 0; i < x->runs.count; i++) {
        x->first_run[x->runs.runs[i].owner + 2]++;
    }
    for (size_t i = 2; i < x->next_owner + 2; i++) {
        x->first_run[i] += x->first_run[i - 1];
    }
    for (size_t i = 0; i < x->runs.count; i++) {
        x->by_owner[x->first_run[x->runs.runs[i].owner + 1]++] = &x->runs.runs[i];
    }
    return true;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* What a mapping is for. A program's own file is named by the first mapping of the process. */
static const char *kind_of(const struct lx_process *process, const struct lx_mapping *mapping)
{
    const char *path = mapping->path;
    if (path[0] == '[') {
        return begins(path, "[heap]")                                    ? "HEAP"
               : begins(path, "[stack")                                  ? "STACK"
               : begins(path, "[vdso") || begins(path, "[vvar") || begins(path, "[vsyscall") ? "VDSO"
                                                                                              : "GENERIC";
    }
    if (begins(path, "/dev/shm/") || begins(path, "/SYSV") || begins(path, "/memfd:") ||
        (mapping->shared && (mapping->inode == 0 || begins(path, "/dev/zero")))) {
        return "SHM";
    }
    if (begins(path, "/dev/")) {
        return "DEVICE";
    }
    if (mapping->inode == 0) {
        return "GENERIC";
    }
    if (strcmp(path, process->mappings[0].path) == 0 && !mapping->shared) {
        return mapping->execute ? "ELF_CODE" : "ELF_DATA";
    }
    const char *name = strrchr(path, '/');
    return name != NULL && strstr(name, ".so") != NULL ? "LIB" : "FILE";
}

/* The address space of a process: its mappings, and what each maps to. `owner` is the number of the first mapping. */
static enum cm_status add_address_space(struct extraction *x, const struct lx_process *process, size_t owner,
                                        uint64_t *number, cm_node *space)
{
    *number = x->next_space++;
    enum cm_status status = add_space(x, "ADS", *number, space);
    for (size_t i = 0; i < process->mapping_count && status == CM_OK; i++, owner++) {
        const struct lx_mapping *mapping = &process->mappings[i];
        char extra[96];
        cm_node node;
        snprintf(extra, sizeof extra, "0x%" PRIx64 "_%s_%" PRIu64 "_12", mapping->start, kind_of(process, mapping),
                 (mapping->end - mapping->start) >> 12);
        status = add_resource(x, "VMR", *number, i + 1, extra, *space, &node);
        size_t last_piece = SIZE_MAX;
        for (size_t r = x->first_run[owner]; r < x->first_run[owner + 1] && status == CM_OK; r++) {
            const struct lx_run *run = x->by_owner[r];
            for (size_t p = run->piece; p < run->piece + run->piece_count && status == CM_OK; p++) {
                /* A page that a mapping shows twice (the zero page) is one edge. Runs come sorted by place. */
                if (p != last_piece) {
                    status = cm_graph_add_edge(x->graph, CM_MAP, node, x->pieces[p], 0);
                }
                last_piece = p;
            }
        }
    }
    return status;
}

/* ------------------------------------------------------------------------------------ files, namespaces, groups */

/* The space of a file system, found again by its device. */
static enum cm_status file_space(struct extraction *x, uint64_t device, cm_node *space, uint64_t *number)
{
    char name[64];
    snprintf(name, sizeof name, "space %" PRIx64, device);
    struct shared *entry = find_shared(x, name);
    if (entry == NULL) {
        return CM_NO_MEMORY;
    }
    *number = device + first_free_space;
    enum cm_status status = CM_OK;
    if (entry->node == CM_NONE) {
        status = add_space(x, "FILE", *number, &entry->node);
    }
    *space = entry->node;
    return status;
}

static enum cm_status add_file(struct extraction *x, const struct lx_file *file, struct shared **entry)
{
    char name[96];
    char escaped[8192];
    snprintf(name, sizeof name, "file %" PRIx64 ":%" PRIu64, file->device, file->inode);
    *entry = find_shared(x, name);
    if (*entry == NULL || file->path == NULL) {
        return CM_NO_MEMORY;
    }
    if ((*entry)->node != CM_NONE) {
        return CM_OK;
    }
    cm_node space;
    uint64_t number;
    enum cm_status status = file_space(x, file->device, &space, &number);
    if (status != CM_OK) {
        return status;
    }
    cm_name_escape(cm_text_of(file->path), escaped, sizeof escaped);
    return add_resource(x, "FILE", number, x->next_file++, escaped, space, &(*entry)->node);
}

static int by_file(const void *left, const void *right)
{
    const struct lx_file *a = left;
    const struct lx_file *b = right;
    return a->device != b->device ? (a->device > b->device) - (a->device < b->device)
                                  : (a->inode > b->inode) - (a->inode < b->inode);
}

/* One HOLD per file, with the rights of all its descriptors. */
static enum cm_status hold_files(struct extraction *x, struct lx_process *process, cm_node pd)
{
    enum cm_status status = CM_OK;
    if (process->file_count > 0) {
        qsort(process->files, process->file_count, sizeof *process->files, by_file);
    }
    for (size_t i = 0; i < process->file_count && status == CM_OK;) {
        struct shared *entry;
        unsigned rights = 0;
        size_t next = i;
        for (; next < process->file_count && by_file(&process->files[i], &process->files[next]) == 0; next++) {
            rights |= (process->files[next].read ? CM_READ : 0u) | (process->files[next].write ? CM_WRITE : 0u);
        }
        status = add_file(x, &process->files[i], &entry);
        if (status == CM_OK) {
            status = cm_graph_add_edge(x->graph, CM_HOLD, pd, entry->node, rights != 0 ? rights : CM_READ);
        }
        i = next;
    }
    return status;
}

static enum cm_status hold_memberships(struct extraction *x, const struct lx_process *process, cm_node pd)
{
    enum cm_status status = CM_OK;
    for (size_t i = 0; i < process->membership_count && status == CM_OK; i++) {
        const struct lx_membership *membership = &process->memberships[i];
        char name[4096];
        char escaped[8192];
        snprintf(name, sizeof name, "%s %s", membership->type, membership->name);
        struct shared *entry = find_shared(x, name);
        if (entry == NULL) {
            return CM_NO_MEMORY;
        }
        if (entry->node == CM_NONE) {
            cm_node space;
            uint64_t number = x->next_space++;
            status = add_space(x, membership->type, number, &space);
            cm_name_escape(cm_text_of(membership->name), escaped, sizeof escaped);
            if (status == CM_OK) {
                status = add_resource(x, membership->type, number, 1, escaped, space, &entry->node);
            }
        }
        if (status == CM_OK) {
            status = cm_graph_add_edge(x->graph, CM_HOLD, pd, entry->node, CM_READ | CM_WRITE);
        }
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------ processes */

/* A PD that runs on a VCPU of its own in an address space. */
static enum cm_status add_pd(struct extraction *x, struct lx_process *process, pid_t id, const char *comm,
                             uint64_t ads_number, cm_node ads)
{
    char text[32];
    char name[128];
    char raw[64];
    cm_node pd;
    cm_node vcpu;
    snprintf(text, sizeof text, "PD_%x", (unsigned)id);
    snprintf(raw, sizeof raw, "%d %s", (int)id, comm);
    cm_name_escape(cm_text_of(raw), name, sizeof name);
    enum cm_status status =
        cm_graph_add_pd(x->graph, cm_text_of(text), cm_text_of(name), cm_text_of(""), &pd);
    snprintf(text, sizeof text, "ADS_SPACE_%" PRIx64, ads_number);
    if (status == CM_OK) {
        status = add_resource(x, "VCPU", vcpu_space, x->next_vcpu++, text, x->core[vcpu_space], &vcpu);
    }
    for (int core = 0; core < 64 && status == CM_OK; core++) {
        cm_node node;
        snprintf(text, sizeof text, "PCPU_%x_%x", (unsigned)pcpu_space, (unsigned)core);
        if (process->cores >> core & 1 && core < sysconf(_SC_NPROCESSORS_CONF)) {
            status = cm_graph_refer(x->graph, cm_text_of(text), &node);
            status = status != CM_OK ? status : cm_graph_add_edge(x->graph, CM_MAP, vcpu, node, 0);
        }
    }
    if (status == CM_OK) {
        status = cm_graph_add_edge(x->graph, CM_HOLD, pd, vcpu, CM_EXECUTE);
    }
    if (status == CM_OK) {
        status = cm_graph_add_edge(x->graph, CM_HOLD, pd, ads, CM_READ | CM_WRITE | CM_EXECUTE);
    }
    if (status == CM_OK) {
        status = cm_graph_add_request(x->graph, pd, x->kernel, cm_text_of("MO"), x->core[mo_space]);
    }
    if (status == CM_OK) {
        status = cm_graph_add_request(x->graph, pd, x->kernel, cm_text_of("VMR"), ads);
    }
    if (status == CM_OK) {
        status = hold_files(x, process, pd);
    }
    if (status == CM_OK && process->file_count > 0) {
        status = cm_graph_add_request(x->graph, pd, x->kernel, cm_text_of("FILE"), CM_NONE);
    }
    return status != CM_OK ? status : hold_memberships(x, process, pd);
}

static enum cm_status add_process(struct extraction *x, struct lx_process *process, size_t owner,
                                  const struct lx_options *options)
{
    uint64_t number;
    cm_node ads;
    enum cm_status status = add_address_space(x, process, owner, &number, &ads);
    if (!options->threads && status == CM_OK) {
        return add_pd(x, process, process->id, process->name, number, ads);
    }
    for (size_t i = 0; i < process->thread_count && status == CM_OK; i++) {
        status = add_pd(x, process, process->threads[i].id, process->threads[i].name, number, ads);
    }
    return status;
}

/* Reads processes and page maps; what can't be read gets a remark and is left out. */
static enum cm_status read_all(struct extraction *x, const pid_t *ids, size_t count, struct lx_report *report)
{
    x->processes = calloc(count + 1, sizeof *x->processes);
    report->remarks = calloc(count + 1, sizeof *report->remarks);
    if (x->processes == NULL || report->remarks == NULL) {
        return CM_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        struct lx_process *process = &x->processes[x->process_count];
        enum lx_status status = lx_process_read(ids[i], process);
        if (status == LX_NO_MEMORY) {
            lx_process_free(process);
            return CM_NO_MEMORY;
        }
        if (status != LX_OK) {
            lx_process_free(process);
            report->remarks[report->count++] = (struct lx_remark){.id = ids[i], .status = status};
            continue;
        }
        x->process_count++;
        for (size_t m = 0; m < process->mapping_count; m++) {
            if (!lx_runs_add(&x->runs, process, &process->mappings[m], x->next_owner++)) {
                return CM_NO_MEMORY;
            }
        }
        lx_process_recheck(process);
        if (process->changed || process->files_denied) {
            report->remarks[report->count++] = (struct lx_remark){
                .id = ids[i], .changed = process->changed, .files_denied = process->files_denied};
        }
    }
    report->frames_hidden = x->runs.hidden;
    return CM_OK;
}

static enum cm_status build(struct extraction *x, const struct lx_options *options)
{
    enum cm_status status = cm_graph_create(&cm_memory_libc, &x->graph);
    if (status == CM_OK) {
        status = add_kernel(x);
    }
    if (status == CM_OK) {
        status = add_pieces(x);
    }
    size_t owner = 0;
    for (size_t i = 0; i < x->process_count && status == CM_OK; i++) {
        status = add_process(x, &x->processes[i], owner, options);
        owner += x->processes[i].mapping_count;
    }
    return status != CM_OK ? status : cm_graph_finish(x->graph);
}

enum cm_status lx_extract(const pid_t *ids, size_t count, const struct lx_options *options, struct cm_graph **graph,
                          struct lx_report *report)
{
    struct extraction x = {.next_file = 1, .next_vcpu = 1};
    *report = (struct lx_report){0};
    enum cm_status status = read_all(&x, ids, count, report);
    if (status == CM_OK && (!lx_cut(&x.runs) || !order_by_owner(&x))) {
        status = CM_NO_MEMORY;
    }
    if (status == CM_OK) {
        status = build(&x, options);
    }
    if (status == CM_OK) {
        *graph = x.graph;
    } else {
        cm_graph_destroy(x.graph);
    }
    for (size_t i = 0; i < x.process_count; i++) {
        lx_process_free(&x.processes[i]);
    }
    tdestroy(x.shared, free_shared);
    free(x.processes);
    free(x.pieces);
    free(x.first_run);
    free(x.by_owner);
    lx_runs_free(&x.runs);
    return status;
}
