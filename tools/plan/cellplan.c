/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/plan/cellplan.c: plans a system description on the host.
 *
 *   cellplan predict FILE PROGRAMS    writes the model that it would have, as CSV
 *   cellplan check FILE PROGRAMS      says only whether it can be planned
 *   cellplan try FILE PROGRAMS PD BLOCKS   plans each block of the file BLOCKS as if that PD of
 *                                     the system handed it in: "ok" or what is wrong, a line each
 *
 * PROGRAMS is the folder of the programs' ELF files, NAME.elf each. Errors name
 * FILE, line and field; status 1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/plan/predict.h"
#include "model/core/csv.h"

struct bytes {
    char *data;
    size_t size;
};

static bool read_file(const char *path, struct bytes *bytes)
{
    FILE *file = fopen(path, "rb");
    size_t room = 0, got;

    *bytes = (struct bytes){0};
    if (file == NULL)
        return false;
    do {
        if (bytes->size == room) {
            room = room * 2 + 65536;
            bytes->data = realloc(bytes->data, room);
            if (bytes->data == NULL)
                abort();
        }
        got = fread(bytes->data + bytes->size, 1, room - bytes->size, file);
        bytes->size += got;
    } while (got != 0);
    fclose(file);
    return true;
}

/* Programs that were opened; they stay. */
static struct program {
    char *path;
    struct bytes bytes;
    struct program *next;
} *programs;

static cell_error_t open_program(void *context, const char *name, size_t length,
                                 const void **bytes, size_t *size)
{
    char path[4096];
    struct program *program = programs;

    snprintf(path, sizeof path, "%s/%.*s.elf", (const char *)context, (int)length, name);
    while (program != NULL && strcmp(program->path, path) != 0)
        program = program->next;
    if (program == NULL) {
        program = calloc(1, sizeof *program);
        if (program == NULL || !read_file(path, &program->bytes))
            return CELL_NOT_FOUND;
        program->path = strdup(path);
        program->next = programs;
        programs = program;
    }
    *bytes = program->bytes.data;
    *size = program->bytes.size;
    return CELL_OK;
}

static bool write_out(void *context, const char *bytes, size_t length)
{
    return fwrite(bytes, 1, length, context) == length;
}

static int write_model(struct cm_graph *graph)
{
    static char buffer[65536];
    struct cm_writer writer;

    if (cm_graph_finish(graph) != CM_OK)
        return 1;
    cm_writer_start(&writer, (struct cm_sink){write_out, stdout}, buffer, sizeof buffer);
    cm_csv_graph(&writer, graph, false);
    return cm_writer_end(&writer) == CM_OK ? 0 : 1;
}

static void tell(void *context, const struct plan_error *error)
{
    (void)context;
    if (error == NULL)
        printf("ok\n");
    else
        printf("line %u: %s\n", error->line, error->text);
}

static void read_or_exit(const char *path, struct bytes *bytes)
{
    if (read_file(path, bytes))
        return;
    fprintf(stderr, "cellplan: %s cannot be read\n", path);
    exit(1);
}

int main(int argc, char **argv)
{
    struct bytes text, blocks;
    struct plan_error error = {0};
    struct cm_graph *graph;
    bool try = argc == 6 && strcmp(argv[1], "try") == 0;

    if (!try && (argc != 4 || (strcmp(argv[1], "predict") != 0 && strcmp(argv[1], "check") != 0))) {
        fprintf(stderr, "usage: cellplan predict|check FILE PROGRAMS\n"
                        "       cellplan try FILE PROGRAMS PD BLOCKS\n");
        return 2;
    }
    read_or_exit(argv[2], &text);
    struct predict_programs source = {argv[3], open_program};
    struct predict_trial trial = {.told = tell};

    if (try) {
        read_or_exit(argv[5], &blocks);
        trial.creator = argv[4];
        trial.text = blocks.data;
        trial.length = blocks.size;
    }
    if (predict_system(text.data, text.size, &source, &cm_memory_libc, try ? &trial : NULL, &graph,
                       &error) != CELL_OK) {
        fprintf(stderr, "%s:%u:%u: %s\n", argv[2], error.line, config_column(text.data, text.size, error.line, error.text), error.text);
        return 1;
    }
    return strcmp(argv[1], "predict") == 0 ? write_model(graph) : 0;
}
