/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/files/whole.c: all files in the model, including those that nobody has open, when they are asked for
 * (`./cellulos model --files`). Each such file gets a FILE that nobody holds; the next such extraction takes all of them back, and
 * walks through the directories again.
 */
#include <cell/idl/resspc.h>
#include <stdlib.h>
#include <string.h>

#include "servers/files/namespace.h"

/* A file that has such a FILE. */
struct shown {
    struct id_entry entry; /* its id is the inode's number */
    uint64_t space, object;
};

/* A directory that is yet to be walked through. */
struct ahead {
    struct ahead *next;
    uint32_t inode;
};

static struct id_table all;
static uint64_t current; /* the extraction */
static bool taken_back;  /* what the one before has reported */
static struct ahead *directories;
static uint64_t cookie;     /* in the first of them */
static struct shown *shown; /* whose blocks are being reported; NULL: none */
static struct graph_told told;

static cell_error_t insert(struct ahead **where, uint32_t inode)
{
    struct ahead *directory = malloc(sizeof *directory);

    if (directory == NULL)
        return CELL_NO_MEMORY;
    *directory = (struct ahead){*where, inode};
    *where = directory;
    return CELL_OK;
}

static void leave_directory(void)
{
    struct ahead *gone = directories;

    directories = gone->next;
    free(gone);
    cookie = 0;
}

static cell_error_t begin(uint64_t extraction)
{
    current = extraction;
    taken_back = false;
    shown = NULL;
    while (directories != NULL)
        leave_directory();
    return insert(&directories, EXT4_ROOT);
}

static void take_back(unsigned *facts_left)
{
    struct id_entry *entry = NULL;

    for (; *facts_left > 0 && (entry = id_table_any(&all)) != NULL; --*facts_left) {
        struct shown *gone = ID_RECORD(entry, struct shown, entry);

        server_revoke(gone->space, gone->object);
        id_table_remove(&all, entry);
        free(gone);
    }
    taken_back = id_table_any(&all) == NULL;
}

/* Makes a FILE of what an entry of a directory leads to, unless it has one. */
static cell_error_t show(uint32_t directory, const struct ext4_entry_of *entry)
{
    char name[32] = {0};

    if (open_inode_of(entry->inode) != NULL || id_table_find(&all, entry->inode) != NULL)
        return CELL_OK;
    struct shown *new = malloc(sizeof *new);

    if (new == NULL)
        return CELL_NO_MEMORY;
    *new = (struct shown){.entry.id = entry->inode, .space = namespace_of_directory(directory)->entry.id, .object = open_new_number()};
    memcpy(name, entry->name, entry->name_length < sizeof name ? entry->name_length : sizeof name - 1);
    cell_error_t error = resspc_create_resource(server_space_handle(new->space), new->object, name);

    if (error == CELL_OK && !id_table_add(&all, &new->entry)) {
        server_revoke(new->space, new->object);
        error = CELL_NO_MEMORY;
    }
    if (error != CELL_OK) {
        free(new);
        return error;
    }
    shown = new;
    told = (struct graph_told){0};
    return CELL_OK;
}

static bool is_dots(const struct ext4_entry_of *entry)
{
    return entry->name[0] == '.' && (entry->name_length == 1 || (entry->name_length == 2 && entry->name[1] == '.'));
}

#define KIND_DIRECTORY 4u /* as DT_DIR */

/* The next entry of the directory that is walked through. CELL_NOT_FOUND: it has no more. */
static cell_error_t step(void)
{
    struct ext4_entry_of entry;
    cell_error_t error = ext4_list(files_fs, directories->inode, cookie, &entry);

    if (error != CELL_OK)
        return error;
    cookie = entry.next;
    if (is_dots(&entry))
        return CELL_OK;
    if (entry.kind == KIND_DIRECTORY) /* behind this one, which goes on */
        error = insert(&directories->next, entry.inode);
    return error == CELL_OK ? show(directories->inode, &entry) : error;
}

cell_error_t whole_tell(uint64_t extraction, unsigned *facts_left)
{
    cell_error_t error = extraction == current ? CELL_OK : begin(extraction);

    if (error == CELL_OK && !taken_back)
        take_back(facts_left);
    while (error == CELL_OK && *facts_left > 0 && (shown != NULL || directories != NULL)) {
        if (shown != NULL)
            error = graph_tell_blocks(&told, (uint32_t)shown->entry.id, shown->space, shown->object, facts_left);
        else
            error = step();
        *facts_left -= *facts_left > 0;
        if (error != CELL_NOT_FOUND)
            continue;
        error = CELL_OK;
        if (shown == NULL)
            leave_directory();
        shown = NULL;
    }
    return error;
}
