/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/load.c: see load.h. The kernel is at the beginning of the memory, the device tree at its end, the initrd below that. */
#include "servers/vmm/load.h"

#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <string.h>

#include "servers/vmm/tree.h"

#define TREE_BYTES 65536u
#define INITRD "initrd="

/* How an arm64 kernel image begins (Linux's Documentation/arch/arm64/booting.rst). */
struct header {
    uint32_t code[2];
    uint64_t text_offset, image_size, flags, reserved[3];
    uint32_t magic, reserved_4;
};

#define MAGIC 0x644d5241u /* "ARM\x64" */

/* A file of the boot archive, where this server can read it. */
struct file {
    cell_cap_t mo;
    const char *bytes;
    uint64_t size;
};

static void close(struct file *file)
{
    if (file->bytes != NULL)
        ads_remove(CSPACE_SELF, (uint64_t)file->bytes);
    if (file->mo != 0)
        mo_release(file->mo);
    *file = (struct file){0};
}

static cell_error_t open(const char *name, size_t length, struct file *file)
{
    uint64_t start = 0;

    *file = (struct file){0};
    if (length == 0 || length > 47)
        return CELL_NOT_FOUND;
    cell_error_t error = mo_archive(cell_rde("MO"), name, length, &file->mo, &file->size);

    if (error == CELL_OK)
        error = ads_attach(CSPACE_SELF, file->mo, 0, CELL_REGION_SHARED_FRAMES, CELL_READ, 0, &start);
    file->bytes = (const char *)start;
    if (error != CELL_OK)
        close(file);
    return error;
}

/* ---- Words ------------------------------------------------------------------ */

struct words {
    const char *at, *end;
};

/* The next word, which blanks end. False: there is none. */
static bool next(struct words *words, const char **word, size_t *length)
{
    while (words->at < words->end && *words->at == ' ')
        words->at++;
    *word = words->at;
    while (words->at < words->end && *words->at != ' ')
        words->at++;
    *length = (size_t)(words->at - *word);
    return *length != 0;
}

/* ---- What goes where ---------------------------------------------------------- */

/* *end: behind the kernel and what it clears, an offset in the memory. */
static cell_error_t load_kernel(struct machine *machine, const struct file *file, uint64_t *end, uint64_t *entry)
{
    struct header header;

    if (file->size < sizeof header)
        return CELL_BAD_ARGUMENT;
    memcpy(&header, file->bytes, sizeof header);
    uint64_t size = header.image_size > file->size ? header.image_size : file->size;

    if (header.magic != MAGIC)
        return CELL_BAD_ARGUMENT;
    if (header.text_offset >= machine->bytes || size > machine->bytes - header.text_offset)
        return CELL_TOO_LARGE;
    memcpy(machine->memory + header.text_offset, file->bytes, file->size);
    *entry = MACHINE_MEMORY + header.text_offset;
    *end = header.text_offset + size;
    return CELL_OK;
}

static cell_error_t load_initrd(struct machine *machine, const char *name, size_t length, uint64_t kernel_end,
                                uint64_t tree_at, struct tree *tree)
{
    struct file file;
    cell_error_t error = open(name, length, &file);

    if (error != CELL_OK)
        return error;
    const uint64_t at = file.size > tree_at ? 0 : (tree_at - file.size) & ~(uint64_t)(CELL_PAGE - 1);

    if (at < kernel_end || at == 0) {
        error = CELL_TOO_LARGE;
    } else {
        memcpy(machine->memory + at, file.bytes, file.size);
        tree->initrd = MACHINE_MEMORY + at;
        tree->initrd_end = tree->initrd + file.size;
    }
    close(&file);
    return error;
}

cell_error_t load(struct machine *machine, const char *text, size_t length, uint64_t *entry, uint64_t *argument)
{
    struct words words = {text, text + length};
    struct tree tree = {.memory = machine->bytes};
    struct file kernel;
    const char *word;
    size_t count;
    uint64_t end = 0;

    if (!next(&words, &word, &count))
        return CELL_NOT_FOUND;
    cell_error_t error = open(word, count, &kernel);

    if (error != CELL_OK)
        return error;
    memcpy(machine->image, word, count < sizeof machine->image ? count : sizeof machine->image - 1);
    const uint64_t tree_at = machine->bytes - TREE_BYTES;

    error = load_kernel(machine, &kernel, &end, entry);
    close(&kernel);
    if (error == CELL_OK && end > tree_at)
        error = CELL_TOO_LARGE;
    const char *line = words.at;

    if (error == CELL_OK && next(&words, &word, &count) && count > strlen(INITRD) && memcmp(word, INITRD, strlen(INITRD)) == 0) {
        error = load_initrd(machine, word + strlen(INITRD), count - strlen(INITRD), end, tree_at, &tree);
        line = words.at;
    }
    while (line < words.end && *line == ' ')
        line++;
    tree.line = line;
    tree.line_length = (size_t)(words.end - line);
    *argument = MACHINE_MEMORY + tree_at;
    return error == CELL_OK ? tree_write(&tree, machine->memory + tree_at, TREE_BYTES) : error;
}
