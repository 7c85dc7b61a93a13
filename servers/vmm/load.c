/* SPDX-License-Identifier: BSD-2-Clause */
/* servers/vmm/load.c: see load.h. The kernel is at the beginning of the memory, the device tree at its end, the initrd below that. */
#include "servers/vmm/load.h"

#include <cell/idl/ads.h>
#include <cell/idl/mo.h>
#include <stdio.h>
#include <stdlib.h>
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

/* A file of the boot archive, where this server can read it, and where it goes. */
struct file {
    cell_cap_t mo;
    const char *bytes;
    uint64_t size;
    uint64_t to;     /* an offset in the memory */
    uint64_t copied; /* bytes */
};

struct load {
    struct file kernel, initrd;
    struct tree tree;
    uint64_t tree_at;
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

    if (length == 0 || length > 47)
        return CELL_NOT_FOUND;
    cell_error_t error = mo_archive(cell_rde("MO"), name, length, &file->mo, &file->size);

    if (error == CELL_OK)
        error = ads_attach(CSPACE_SELF, file->mo, 0, CELL_REGION_SHARED_FRAMES, CELL_READ, 0, &start);
    file->bytes = (const char *)start;
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

/* Finds a place for the kernel; *end: the offset behind it and the memory that it clears. */
static cell_error_t place_kernel(const struct machine *machine, struct file *file, uint64_t *end)
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
    file->to = header.text_offset;
    *end = header.text_offset + size;
    return CELL_OK;
}

/* Finds a place for the initrd, below the device tree. */
static cell_error_t place_initrd(struct load *load, uint64_t kernel_end)
{
    struct file *file = &load->initrd;

    if (file->size > load->tree_at)
        return CELL_TOO_LARGE;
    file->to = (load->tree_at - file->size) & ~(uint64_t)(CELL_PAGE - 1);
    if (file->to < kernel_end)
        return CELL_TOO_LARGE;
    load->tree.initrd = MACHINE_MEMORY + file->to;
    load->tree.initrd_end = load->tree.initrd + file->size;
    return CELL_OK;
}

static bool begins(const char *word, size_t length, const char *with)
{
    return length > strlen(with) && memcmp(word, with, strlen(with)) == 0;
}

static cell_error_t find_files(struct machine *machine, struct load *load)
{
    struct words words = {machine->text, machine->text + strlen(machine->text)};
    const char *word;
    size_t count;
    uint64_t end = 0;

    if (!next(&words, &word, &count))
        return CELL_NOT_FOUND;
    cell_error_t error = open(word, count, &load->kernel);

    if (error == CELL_OK)
        error = place_kernel(machine, &load->kernel, &end);
    if (error == CELL_OK && end > load->tree_at)
        error = CELL_TOO_LARGE;
    snprintf(machine->image, sizeof machine->image, "%.*s", (int)count, word);
    load->tree.line = words.at;
    if (error == CELL_OK && next(&words, &word, &count) && begins(word, count, INITRD)) {
        error = open(word + strlen(INITRD), count - strlen(INITRD), &load->initrd);
        if (error == CELL_OK)
            error = place_initrd(load, end);
        load->tree.line = words.at;
    }
    while (*load->tree.line == ' ')
        load->tree.line++;
    load->tree.line_length = strlen(load->tree.line);
    return error;
}

/* ---- Piece by piece ------------------------------------------------------------- */

#define PIECE (UINT64_C(256) << 10)

cell_error_t load_begin(struct machine *machine)
{
    load_end(machine);
    machine->load = calloc(1, sizeof *machine->load);
    if (machine->load == NULL)
        return CELL_NO_MEMORY;
    machine->load->tree.memory = machine->bytes;
    machine->load->tree.cpus = machine->cpus;
    machine->load->tree.disk = machine->disk != NULL;
    machine->load->tree.network = machine->card.present;
    for (unsigned i = 0; i < sizeof machine->load->tree.seed / sizeof(uint64_t); i++)
        machine->load->tree.seed[i] = virtio_random();
    machine->load->tree_at = machine->bytes - TREE_BYTES;
    machine->state = MACHINE_LOADS;
    bus_reset(machine);
    return find_files(machine, machine->load);
}

/* Returns how much of the budget is left. */
static uint64_t copy(const struct machine *machine, struct file *file, uint64_t budget)
{
    const uint64_t left = file->size - file->copied;
    const uint64_t part = left < budget ? left : budget;

    if (part != 0)
        memcpy(machine->memory + file->to + file->copied, file->bytes + file->copied, part);
    file->copied += part;
    return budget - part;
}

cell_error_t load_some(struct machine *machine, uint64_t *entry, uint64_t *argument)
{
    struct load *load = machine->load;

    if (copy(machine, &load->initrd, copy(machine, &load->kernel, PIECE)) == 0)
        return CELL_AGAIN;
    *entry = MACHINE_MEMORY + load->kernel.to;
    *argument = MACHINE_MEMORY + load->tree_at;
    return tree_write(&load->tree, machine->memory + load->tree_at, TREE_BYTES);
}

void load_end(struct machine *machine)
{
    if (machine->load == NULL)
        return;
    close(&machine->load->kernel);
    close(&machine->load->initrd);
    free(machine->load);
    machine->load = NULL;
}
