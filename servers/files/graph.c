/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/files/graph.c: facts for the model: the blocks of the file system's own bookkeeping, and for each file that somebody has
 * open: its blocks, those of its bookkeeping, its memory that clients map, and which FILEs of several namespaces are the same file.
 * A fact that was reported stays until it changes, so an extraction costs what has changed since the last one. It is done in pieces,
 * between which requests are served, and ends when nothing is left that changed meanwhile, so all facts are of one moment.
 */
#include "servers/files/mapped.h"
#include "servers/files/namespace.h"

/* How many facts one piece reports; each is a request to the root task. */
#define FACTS 50u

static struct open_inode *changed, **last_changed = &changed;
static unsigned facts_left;

/* How far the first file of those that changed has been reported. */
static struct {
    enum { TAKE_BACK,
           ONE_FILE,
           BLOCKS } step;
    struct open_file *file; /* the next one; NULL: the first */
    struct graph_told blocks;
} told;

static void begin_again(void)
{
    told.step = TAKE_BACK;
    told.file = NULL;
}

void graph_changed(struct open_inode *of)
{
    if (of == changed)
        begin_again();
    if (of->link_changed != NULL)
        return;
    of->next_changed = NULL;
    of->link_changed = last_changed;
    *last_changed = of;
    last_changed = &of->next_changed;
}

void graph_moved(uint32_t inode)
{
    struct open_inode *of = open_inode_of(inode);

    if (of != NULL)
        graph_changed(of);
}

void graph_forget(struct open_inode *of)
{
    if (of->link_changed == NULL)
        return;
    if (of == changed)
        begin_again();
    *of->link_changed = of->next_changed;
    if (of->next_changed != NULL)
        of->next_changed->link_changed = of->link_changed;
    else
        last_changed = of->link_changed;
    of->link_changed = NULL;
}

/* Reports a run of blocks of the file system, in units of the disk. There is nothing to report for a disk that has ended. */
static cell_error_t tell_run(uint64_t space, uint64_t object, struct ext4_run run, bool meta, unsigned *left)
{
    struct ext4_statfs about;

    ext4_statfs(files_fs, &about);
    uint64_t first = run.first * about.block_size / DISK_UNIT;
    uint64_t behind = ((run.first + run.count) * about.block_size + DISK_UNIT - 1) / DISK_UNIT;

    *left -= *left > 0;
    cell_error_t error = server_map_part(space, object, disk_range(), first, behind - first, meta);

    return error == CELL_BAD_HANDLE ? CELL_OK : error;
}

/* ---- The file system -------------------------------------------------------------------------------------------------------- */

/* Runs that follow one another are reported as one. CELL_NOT_FOUND: all is reported. */
static cell_error_t tell_bookkeeping(void)
{
    static uint64_t next;
    static struct ext4_run row;
    struct ext4_run run;
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && facts_left > 0) {
        error = ext4_bookkeeping(files_fs, next, &run);
        facts_left--;
        if (error == CELL_OK && (run.count == 0 || row.first + row.count == run.first)) {
            row.count += run.count;
            next++;
            continue;
        }
        cell_error_t failed = row.count == 0 ? CELL_OK : tell_run(server_space(&file_type), SERVER_SPACE, row, true, &facts_left);

        if (failed != CELL_OK)
            return failed;
        next += error == CELL_OK;
        row = error == CELL_OK ? run : (struct ext4_run){0};
    }
    return error;
}

/* ---- A file ------------------------------------------------------------------------------------------------------------------ */

/* The FILE that stands for the file: that of the namespace to which it belongs, or else the one that was made first. */
static struct open_file *home_of(const struct open_inode *of)
{
    struct open_file *home = of->files;

    for (struct open_file *file = of->files; file != NULL; file = file->next_of_inode) {
        bool own = file->namespace == of->owner && !file->append;

        if (own || file->entry.id < home->entry.id)
            home = file;
        if (own)
            break;
    }
    return home;
}

/* A resource that has ended, of which the server has not heard yet, need not be reported. */
static cell_error_t unless_gone(cell_error_t error)
{
    return error == CELL_NOT_FOUND ? CELL_OK : error;
}

static cell_error_t take_back(const struct open_inode *of, const struct open_file *file)
{
    (void)of;
    return unless_gone(server_unmap(file->namespace->entry.id, file->entry.id));
}

static cell_error_t tell_one_file(const struct open_inode *of, const struct open_file *file)
{
    const struct open_file *home = home_of(of);
    uint64_t space = file->namespace->entry.id;
    cell_error_t error = CELL_OK;

    if (file != home)
        error = unless_gone(server_map_own(space, file->entry.id, home->namespace->entry.id, home->entry.id));
    if (error == CELL_OK && file->mapped)
        error = unless_gone(mapped_tell(mapped_of(file->inode), space, file->entry.id));
    return error;
}

/* Calls `tell` for each FILE of a file, as far as facts are left; true: for all. */
static bool each_file(const struct open_inode *of, cell_error_t (*tell)(const struct open_inode *, const struct open_file *),
                      cell_error_t *error)
{
    struct open_file *file = told.file == NULL ? of->files : told.file;

    for (; file != NULL && facts_left > 0 && *error == CELL_OK; file = file->next_of_inode, facts_left--)
        *error = tell(of, file);
    told.file = file;
    return file == NULL && *error == CELL_OK;
}

/* Nodes that the part before had as well are reported already. */
static cell_error_t tell_nodes(struct graph_told *of, const struct ext4_part *part, uint64_t space, uint64_t object, unsigned *left)
{
    cell_error_t error = CELL_OK;

    for (unsigned i = 0; i < part->node_count && error == CELL_OK; i++) {
        if (part->nodes[i] != of->nodes[i])
            error = tell_run(space, object, (struct ext4_run){part->nodes[i], 1}, true, left);
        of->nodes[i] = part->nodes[i];
    }
    return error;
}

cell_error_t graph_tell_blocks(struct graph_told *of, uint32_t inode, uint64_t space, uint64_t object, unsigned *left)
{
    struct ext4_part part;
    cell_error_t error = CELL_OK;

    while (error == CELL_OK && *left > 0) {
        error = ext4_next_part(files_fs, inode, of->block, &part);
        if (error == CELL_OK)
            error = tell_nodes(of, &part, space, object, left);
        if (error == CELL_OK)
            error = tell_run(space, object, part.run, false, left);
        of->block = (uint64_t)part.block + part.run.count;
    }
    return error;
}

/* CELL_NOT_FOUND: all are reported. */
static cell_error_t tell_blocks(const struct open_inode *of)
{
    const struct open_file *home = home_of(of);

    return home == NULL ? CELL_NOT_FOUND
                        : graph_tell_blocks(&told.blocks, (uint32_t)of->entry.id, home->namespace->entry.id, home->entry.id, &facts_left);
}

/* All is reported, or the rest cannot be read, as the disk has ended. */
static bool at_end(cell_error_t error)
{
    return error == CELL_NOT_FOUND || error == CELL_GONE;
}

/* Goes on with the first file that changed. */
static cell_error_t tell_file(struct open_inode *of)
{
    cell_error_t error = CELL_OK;

    if (told.step == TAKE_BACK && each_file(of, take_back, &error))
        told.step = ONE_FILE;
    if (told.step == ONE_FILE && error == CELL_OK && each_file(of, tell_one_file, &error)) {
        told.step = BLOCKS;
        told.blocks = (struct graph_told){0};
    }
    if (told.step == BLOCKS && error == CELL_OK)
        error = tell_blocks(of);
    if (!at_end(error))
        return error;
    graph_forget(of);
    return CELL_OK;
}

cell_error_t graph_extract(uint64_t space)
{
    cell_error_t error = CELL_OK;

    (void)space;
    facts_left = FACTS;
    error = tell_bookkeeping();
    if (at_end(error))
        error = CELL_OK;
    while (error == CELL_OK && changed != NULL && facts_left > 0)
        error = tell_file(changed);
    if (error == CELL_OK && server_extracts_all() != 0 && facts_left > 0)
        error = whole_tell(server_extracts_all(), &facts_left);
    return error == CELL_OK && facts_left == 0 ? CELL_AGAIN : error;
}
