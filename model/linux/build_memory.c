/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory objects, address spaces, and what each mapping is for. */
#include "build.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What stands before the size in an MO's EXTRA, for each home. */
static void name_piece(const struct lx_piece *piece, char *text, size_t size)
{
    static const char *const kernel_pages[] = {[LX_ZERO] = "zero",         [LX_VDSO] = "vdso",
                                               [LX_VVAR] = "vvar",         [LX_VVAR_CLOCK] = "vvar_vclock",
                                               [LX_VDSO_32] = "vdso32",    [LX_VVAR_32] = "vvar32",
                                               [LX_VVAR_CLOCK_32] = "vvar_vclock32", [LX_VECTORS] = "vectors"};
    uint64_t place = piece->first << lx_page_bits();
    switch (piece->home) {
    case LX_FRAME:
        snprintf(text, size, "0x%" PRIx64, place);
        break;
    case LX_FILE_PAGE:
        snprintf(text, size, "file:%" PRIx64 ":%" PRIu64 ":%" PRIx64, piece->a, piece->b, place);
        break;
    case LX_KERNEL_PAGE:
        snprintf(text, size, "file:%s:%" PRIu64 ":%" PRIx64, kernel_pages[piece->a], piece->b, place);
        break;
    case LX_PRIVATE_PAGE:
        snprintf(text, size, "anon:%" PRIu64 ":%" PRIx64, piece->a, place);
        break;
    }
}

enum cm_status lx_add_pieces(struct lx_build *build)
{
    build->pieces = malloc((build->runs->piece_count + 1) * sizeof *build->pieces);
    if (build->pieces == NULL) {
        return CM_NO_MEMORY;
    }
    enum cm_status status = CM_OK;
    for (size_t i = 0; i < build->runs->piece_count && status == CM_OK; i++) {
        const struct lx_piece *piece = &build->runs->pieces[i];
        char place[96];
        char extra[128];
        if (piece->whole != i) {
            continue;
        }
        name_piece(piece, place, sizeof place);
        snprintf(extra, sizeof extra, "%s_%" PRIu64 "_%u", place, piece->count, lx_page_bits());
        uint64_t number = piece->home != LX_FRAME ? lx_hash(place) : piece->users != 0 ? piece->users
                                                                                       : piece->first;
        status = lx_add_resource(build, "MO", LX_MO_SPACE, number, extra, build->core[LX_MO_SPACE], &build->pieces[i]);
    }
    return status;
}

/* ------------------------------------------------------------------------------------------------ kinds */

static bool is_shared_memory(const struct lx_mapping *mapping)
{
    static const char *const places[] = {"/dev/shm/", "/SYSV", "/memfd:", "[anon_shmem:"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (lx_begins(mapping->path, places[i])) {
            return true;
        }
    }
    return mapping->shared && (mapping->inode == 0 || lx_begins(mapping->path, "/dev/zero") ||
                               lx_begins(mapping->path, "/anon_hugepage"));
}

static const char *kind_in_brackets(const char *path)
{
    static const struct {
        const char *path, *kind;
    } kinds[] = {{"[heap]", "HEAP"}, {"[stack", "STACK"},     {"[vdso", "VDSO"},
                 {"[vvar", "VDSO"},  {"[vsyscall]", "VDSO"}, {"[vectors]", "VDSO"}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (lx_begins(path, kinds[i].path)) {
            return kinds[i].kind;
        }
    }
    return "GENERIC";
}

/* What a mapping is for. `device`: its pages are not memory. */
static const char *kind_of(const struct lx_process *process, const struct lx_mapping *mapping, bool device)
{
    const char *path = mapping->path;
    if (is_shared_memory(mapping)) {
        return "SHM";
    }
    if (path[0] == '[') {
        return kind_in_brackets(path);
    }
    if (device || (lx_begins(path, "/dev/") && !lx_begins(path, "/dev/zero"))) {
        return "DEVICE";
    }
    if (mapping->inode == 0 || lx_begins(path, "/dev/zero") || lx_begins(path, "/anon_hugepage")) {
        return "GENERIC";
    }
    if (strcmp(path, process->program) == 0 && !mapping->shared) {
        return mapping->execute ? "ELF_CODE" : "ELF_DATA";
    }
    const char *name = strrchr(path, '/');
    return name != NULL && strstr(name, ".so") != NULL ? "LIB" : "FILE";
}

/* ------------------------------------------------------------------------------------------------ address spaces */

/* Runs come sorted by place, so that pieces only go up; one that is mapped several times (the zero page) is one edge. Who maps
 * one of several merged pieces maps all. */
enum cm_status lx_map_pieces(struct lx_build *build, size_t owner, cm_node from, unsigned more)
{
    enum cm_status status = CM_OK;
    size_t next = 0;
    for (size_t r = build->first_run[owner]; r < build->first_run[owner + 1]; r++) {
        const struct lx_run *run = build->by_owner[r];
        size_t p = run->piece > next ? run->piece : next;
        for (; p < run->piece + run->piece_count && status == CM_OK; p++) {
            if (build->runs->pieces[p].whole == p) {
                status = cm_graph_add_edge(build->graph, CM_MAP, from, build->pieces[p], run->rights | more);
            }
        }
        next = p > next ? p : next;
    }
    return status;
}

/* The file that is mapped, by which it is found; a private mapping does not write to it. */
static enum cm_status map_file(struct lx_build *build, const struct lx_mapping *mapping, cm_node vmr)
{
    cm_node file;
    if (mapping->inode == 0) {
        return CM_OK;
    }
    enum cm_status status = lx_find_file(build, mapping->device, mapping->inode, mapping->path, &file);
    unsigned rights = (mapping->read ? CM_READ : 0u) | (mapping->write && mapping->shared ? CM_WRITE : 0u) |
                      (mapping->execute ? CM_EXECUTE : 0u);
    return status != CM_OK ? status : cm_graph_add_edge(build->graph, CM_MAP, vmr, file, rights);
}

uint64_t lx_space_number(const struct lx_process *process)
{
    enum { pid_bits = 22 }; /* the most that a process id can have (proc_sys_kernel(5), pid_max) */
    return process->started << pid_bits | (uint64_t)process->id;
}

enum cm_status lx_add_address_space(struct lx_build *build, size_t index)
{
    const struct lx_entry *entry = &build->entries[index];
    struct lx_space *space = &build->spaces[index];
    space->number = lx_space_number(&entry->process);
    space->first_vmr = CM_NONE;
    enum cm_status status = lx_add_space(build, "ADS", space->number, &space->node);
    for (size_t i = 0; i < entry->process.mapping_count && status == CM_OK; i++) {
        const struct lx_mapping *mapping = &entry->process.mappings[i];
        size_t run = build->first_run[entry->owner + i];
        bool device = run < build->first_run[entry->owner + i + 1] && build->by_owner[run]->home == LX_FRAME &&
                      lx_memory_map_is_device(build->memory_map, build->by_owner[run]->first << lx_page_bits());
        char extra[96];
        cm_node vmr;
        snprintf(extra, sizeof extra, "0x%" PRIx64 "_%s_%" PRIu64 "_%u", mapping->start,
                 kind_of(&entry->process, mapping, device), (mapping->end - mapping->start) >> lx_page_bits(),
                 lx_page_bits());
        status = lx_add_resource(build, "VMR", space->number, mapping->start, extra, space->node, &vmr);
        space->first_vmr = i == 0 ? vmr : space->first_vmr;
    }
    for (size_t i = 0; i < entry->process.mapping_count && status == CM_OK; i++) {
        status = lx_map_pieces(build, entry->owner + i, space->first_vmr + (cm_node)i, 0);
        status = status != CM_OK ? status : map_file(build, &entry->process.mappings[i], space->first_vmr + (cm_node)i);
    }
    return status;
}
