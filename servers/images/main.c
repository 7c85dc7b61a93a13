/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * servers/images: prepares executables for Linux to be run, once for all who run them (idl/image.idl).
 *
 *   images [memory=MEBIBYTES]
 *
 * memory: how much images may take in all. An image that nobody holds stays until another one needs its memory.
 *
 * A file is identified by its space, which the root task names and which stands for a namespace of a file server, and by what that
 * server says of the file: so a server that lies about its files can spoil only images of its own files.
 */
#include <cell/idl/file.h>
#include <cell/idl/handle.h>
#include <cell/idl/image_server.h>
#include <cell/idl/mo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "servers/images/images.h"

#define MEBIBYTES 32u

/* What identifies a file: two files with the same identity have the same contents. */
struct identity {
    uint64_t space; /* 0: of the boot archive */
    union {
        struct {
            uint64_t id, generation, size, modified, modified_ns, changed, changed_ns;
        } file;
        char name[sizeof((struct image_archive_in *)NULL)->name + 1];
    };
};

struct image {
    struct id_entry entry, by_identity; /* their ids: the number of the resource; a hash of the identity */
    struct image *alike;                /* of the same hash */
    struct image *newer, *older;        /* by their last use */
    struct identity identity;
    struct prepared prepared;
    bool held; /* there is a resource, which somebody holds */
};

static const struct server_type image_type;
static struct id_table images, identities;
static struct image *newest, *oldest;
static uint64_t pages_used, pages_most;

/* ---- Keeping ----------------------------------------------------------------- */

static uint64_t hash_of(const struct identity *identity)
{
    const uint8_t *bytes = (const uint8_t *)identity;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < sizeof *identity; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static struct image *find(const struct identity *identity)
{
    struct id_entry *entry = id_table_find(&identities, hash_of(identity));
    struct image *image = entry == NULL ? NULL : ID_RECORD(entry, struct image, by_identity);

    while (image != NULL && memcmp(&image->identity, identity, sizeof *identity) != 0)
        image = image->alike;
    return image;
}

static void take_from_list(struct image *image)
{
    *(image->newer == NULL ? &newest : &image->newer->older) = image->older;
    *(image->older == NULL ? &oldest : &image->older->newer) = image->newer;
}

static void put_first(struct image *image)
{
    image->newer = NULL;
    image->older = newest;
    *(newest == NULL ? &oldest : &newest->newer) = image;
    newest = image;
}

static void forget_identity(struct image *image)
{
    struct image *first = ID_RECORD(id_table_find(&identities, image->by_identity.id), struct image, by_identity);

    if (first != image) {
        while (first->alike != image)
            first = first->alike;
        first->alike = image->alike;
    } else if (image->alike != NULL) {
        id_table_replace(&identities, &image->by_identity, &image->alike->by_identity);
    } else {
        id_table_remove(&identities, &image->by_identity);
    }
}

static void drop(struct image *image)
{
    forget_identity(image);
    take_from_list(image);
    id_table_remove(&images, &image->entry);
    prepared_end(&image->prepared);
    pages_used -= image->prepared.pages;
    free(image);
}

/* Frees the least recently used image of those that nobody holds; false: all are held. */
static bool drop_one(void)
{
    for (struct image *at = oldest; at != NULL; at = at->newer)
        if (!at->held) {
            drop(at);
            return true;
        }
    return false;
}

static bool keep(struct image *image)
{
    static uint64_t number;

    image->entry.id = ++number;
    image->by_identity.id = hash_of(&image->identity);
    if (!id_table_add(&images, &image->entry))
        return false;
    struct id_entry *first = id_table_find(&identities, image->by_identity.id);

    if (first != NULL) {
        struct image *other = ID_RECORD(first, struct image, by_identity);

        image->alike = other->alike;
        other->alike = image;
    } else if (!id_table_add(&identities, &image->by_identity)) {
        id_table_remove(&images, &image->entry);
        return false;
    }
    put_first(image);
    pages_used += image->prepared.pages;
    return true;
}

/* ---- Making --------------------------------------------------------------------- */

/* Prepares an image; frees others while memory is short. */
static cell_error_t prepare_in_time(const struct source *source, struct image *image)
{
    for (;;) {
        cell_error_t error = prepare(source->bytes, source->size, &image->prepared);
        bool is_short = error == CELL_NO_MEMORY || error == CELL_QUOTA;

        if (error == CELL_OK && pages_used + image->prepared.pages > pages_most) {
            prepared_end(&image->prepared);
            is_short = true;
            error = CELL_TOO_LARGE;
        }
        if (!is_short || !drop_one())
            return error;
    }
}

static cell_error_t make(const struct identity *identity, const struct source *source, struct image **made)
{
    struct image *image = calloc(1, sizeof *image);
    cell_error_t error = image == NULL ? CELL_NO_MEMORY : prepare_in_time(source, image);

    if (error == CELL_OK) {
        image->identity = *identity;
        if (!keep(image)) {
            prepared_end(&image->prepared);
            error = CELL_NO_MEMORY;
        }
    }
    if (error != CELL_OK)
        free(image);
    else
        *made = image;
    return error;
}

/* Gives the client a handle on the resource, which is made if nobody holds it, and one on the memory. */
static cell_error_t give(const struct server_request *request, struct image *image, cell_cap_t *there, cell_cap_t *memory)
{
    uint64_t space = request->handle->space;
    cell_error_t error = image->held ? server_give(space, image->entry.id, request->handle->client, CELL_ALL, there)
                                     : server_create_resource(space, image->entry.id, "", request->handle->client, there);

    if (error != CELL_OK)
        return error;
    if (!image->held)
        server_map(space, image->entry.id, image->prepared.memory);
    image->held = true;
    take_from_list(image);
    put_first(image);
    return handle_give_to_client(request->handle->client->entry.id, image->prepared.memory, CELL_READ | CELL_EXECUTE, memory);
}

static void freed(uint64_t space, uint64_t object)
{
    struct id_entry *entry = id_table_find(&images, object);

    (void)space;
    if (entry != NULL)
        ID_RECORD(entry, struct image, entry)->held = false;
}

/* ---- Handlers ----------------------------------------------------------------------- */

static cell_error_t identify(cell_cap_t file, struct identity *identity)
{
    uint64_t giver, object, rights, mode, links, uid, gid, blocks, accessed, accessed_ns, made, device;
    char type[32];

    memset(identity, 0, sizeof *identity);
    cell_error_t error = handle_about(file, &giver, &identity->space, &object, &rights, type);

    return error != CELL_OK ? error
                            : file_stat(file, &identity->file.id, &identity->file.generation, &mode, &links, &uid, &gid,
                                        &identity->file.size, &blocks, &accessed, &accessed_ns, &identity->file.modified,
                                        &identity->file.modified_ns, &identity->file.changed, &identity->file.changed_ns, &made, &device);
}

static cell_error_t open_file(const struct server_request *request, cell_cap_t file, struct image_open_out *out)
{
    struct identity identity;
    struct source source;
    cell_error_t error = identify(file, &identity);
    struct image *image = error == CELL_OK ? find(&identity) : NULL;

    if (error == CELL_OK && image == NULL) {
        error = source_read(file, identity.file.size, &source);
        if (error == CELL_OK) {
            error = make(&identity, &source, &image);
            source_end(&source);
        }
    }
    return error == CELL_OK ? give(request, image, &out->image, &out->memory) : error;
}

cell_error_t image_open_serve(void *context, const struct image_open_in *in, struct image_open_out *out)
{
    cell_error_t error = open_file(context, in->file, out);

    handle_drop(in->file);
    return error;
}

cell_error_t image_archive_serve(void *context, const struct image_archive_in *in, struct image_archive_out *out)
{
    struct identity identity;
    struct source source;
    cell_error_t error = CELL_OK;

    memset(&identity, 0, sizeof identity);
    memcpy(identity.name, in->name, in->name_count);
    struct image *image = find(&identity);

    if (image == NULL) {
        error = source_archive(in->name, in->name_count, &source);
        if (error == CELL_OK) {
            error = make(&identity, &source, &image);
            source_end(&source);
        }
    }
    return error == CELL_OK ? give(context, image, &out->image, &out->memory) : error;
}

/* ---- The server ----------------------------------------------------------------------- */

static cell_error_t start(int argc, char **argv)
{
    uint64_t mebibytes = MEBIBYTES;
    char *end = "";

    if (argc > 1 && strncmp(argv[1], "memory=", 7) == 0)
        mebibytes = strtoull(argv[1] + 7, &end, 0);
    if (argc > 2 || (argc > 1 && (*end != 0 || strncmp(argv[1], "memory=", 7) != 0)) || mebibytes > UINT64_MAX >> 20) {
        fprintf(stderr, "images: '%s' is not memory=MEBIBYTES\n", argv[argc - 1]);
        return CELL_BAD_ARGUMENT;
    }
    pages_most = (mebibytes << 20) / CELL_PAGE;
    return CELL_OK;
}

static const struct server_type image_type = {
    .name = "PROGRAM",
    .interface = &image_interface,
    .freed = freed,
};

static const struct server_type *const types[] = {&image_type, NULL};
static const struct server server = {.types = types, .start = start};

int main(int argc, char **argv)
{
    return server_run(&server, argc, argv);
}
