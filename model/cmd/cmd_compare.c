/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel compare: isolation mechanisms side by side. What is measured is in compare_measure.c. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

#define SUFFIX ".model"

/* ------------------------------------------------------------------------------------------------------------ files */

struct files {
    char **paths;
    uint32_t count;
};

static bool add_file(struct files *files, const char *folder, const char *name)
{
    char **paths = realloc(files->paths, (files->count + 1) * sizeof *paths);
    size_t size = (folder == NULL ? 0 : strlen(folder) + 1) + strlen(name) + 1;
    char *path = malloc(size);
    files->paths = paths != NULL ? paths : files->paths;
    if (paths == NULL || path == NULL) {
        free(path);
        return false;
    }
    snprintf(path, size, "%s%s%s", folder == NULL ? "" : folder, folder == NULL ? "" : "/", name);
    paths[files->count++] = path;
    return true;
}

static int is_mechanism(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name), end = strlen(SUFFIX);
    return entry->d_name[0] != '.' && length > end && strcmp(entry->d_name + length - end, SUFFIX) == 0;
}

/* A file, or the mechanisms of a folder in the order of their names. */
static enum cm_exit add_argument(struct files *files, const char *argument)
{
    struct dirent **entries;
    int count = scandir(argument, &entries, is_mechanism, alphasort);
    if (count < 0) {
        return errno != ENOTDIR ? cm_fail(argument, CM_SOURCE_FAILED)
               : add_file(files, NULL, argument) ? CM_EXIT_OK
                                                 : cm_fail(argument, CM_NO_MEMORY);
    }
    bool fine = true;
    for (int i = 0; i < count; i++) {
        fine = fine && add_file(files, argument, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (count == 0) {
        fprintf(stderr, "cellmodel: %s: no file of this folder ends in " SUFFIX "\n", argument);
        return CM_EXIT_USAGE;
    }
    return fine ? CM_EXIT_OK : cm_fail(argument, CM_NO_MEMORY);
}

/* ---------------------------------------------------------------------------------------------------------- together */

static enum cm_exit write_picture(const char *path, const struct cm_compared *rows, uint32_t count)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return cm_fail(path, CM_SOURCE_FAILED);
    }
    struct cm_writer *writer = cm_output(file);
    cm_compare_svg(writer, rows, count);
    enum cm_exit outcome = cm_output_end(writer);
    if (fclose(file) != 0 && outcome == CM_EXIT_OK) {
        outcome = cm_fail(path, CM_SINK_FAILED);
    }
    return outcome;
}

static enum cm_exit compare(const struct files *files, const char *picture, bool as_json, bool as_csv)
{
    struct cm_compared *rows = calloc(files->count, sizeof *rows);
    enum cm_exit outcome = rows == NULL ? cm_fail("compare", CM_NO_MEMORY) : CM_EXIT_OK;
    for (uint32_t i = 0; i < files->count && outcome == CM_EXIT_OK; i++) {
        outcome = cm_compare_measure(files->paths[i], &rows[i]);
    }
    if (outcome == CM_EXIT_OK && picture != NULL) {
        outcome = write_picture(picture, rows, files->count);
    }
    if (outcome == CM_EXIT_OK) {
        struct cm_writer *writer = cm_output(stdout);
        (as_json ? cm_compare_json : as_csv ? cm_compare_csv : cm_compare_text)(writer, rows, files->count);
        outcome = cm_output_end(writer);
    }
    for (uint32_t i = 0; rows != NULL && i < files->count; i++) {
        cm_compare_free(&rows[i]);
    }
    free(rows);
    return outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    bool as_json = false, as_csv = false;
    const char *picture = NULL;
    const struct cm_option table[] = {{"--json", CM_FLAG, &as_json},
                                      {"--csv", CM_FLAG, &as_csv},
                                      {"--svg", CM_STRING, &picture},
                                      {NULL, CM_FLAG, NULL}};
    int rest = cm_arguments(command, count, arguments, table, 1, count);
    if (rest < 0) {
        return CM_EXIT_USAGE;
    }
    struct files files = {0};
    enum cm_exit outcome = CM_EXIT_OK;
    for (int i = 0; i < rest && outcome == CM_EXIT_OK; i++) {
        outcome = add_argument(&files, arguments[i]);
    }
    if (outcome == CM_EXIT_OK) {
        outcome = compare(&files, picture, as_json, as_csv);
    }
    for (uint32_t i = 0; i < files.count; i++) {
        free(files.paths[i]);
    }
    free(files.paths);
    return outcome;
}

const struct cm_command cm_command_compare = {
    "compare", "FOLDER|FILE... [--svg PICTURE] [--csv | --json]",
    "isolation mechanisms side by side, on the same metrics",
    "Each FILE is a text (docs/mechanisms.md) with a title and the pair that it compares, such as those of the folder\n"
    "model/mechanisms; of a FOLDER all that end in .model. `with` and `w/o` are with the kernel (PD_0) and without it.\n"
    "  RSI        as cellmodel rsi, per type\n"
    "  FR         as cellmodel fr, --without PD_0\n"
    "  trusted    PDs in the trusted base of A and of B (cellmodel trusted); one number if they are equal\n"
    "  requests   kinds of requests (who, which type) that others may make of A and of B; that both may make of the\n"
    "             kernel\n"
    "  writable   pages (4 KiB) that both may write\n"
    "  --svg      also draw the picture\n",
    run};
