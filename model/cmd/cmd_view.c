/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel view: one HTML file that shows a model, or two states of one. The page (script and style in it) is made by
 * the build from model/viewer/; here the data goes in. */
#include "../query/match.h"
#include "../view/page.h"
#include "../view/rename.h"
#include "../view/union.h"
#include "model.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char mark[] = "/*DATA*/";

/* The page that the build made: $CELLMODEL_PAGE, or viewer/page.html beside the folder that this program is in. */
static char *read_page(void)
{
    char path[4096];
    const char *given = getenv("CELLMODEL_PAGE");
    if (given != NULL) {
        snprintf(path, sizeof path, "%s", given);
    } else {
        ssize_t length = readlink("/proc/self/exe", path, sizeof path - 32);
        path[length > 0 ? length : 0] = '\0';
        char *slash = strrchr(path, '/');
        if (slash != NULL) {
            strcpy(slash, "/../viewer/page.html");
        }
    }
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t size = 0;
    if (file == NULL) {
        fprintf(stderr, "cellmodel: view: %s: %s (`make viewer` makes the page; it takes nodejs and npm)\n", path,
                strerror(errno));
        return NULL;
    }
    ssize_t got = getdelim(&text, &size, '\0', file);
    fclose(file);
    if (got <= 0 || strstr(text, mark) == NULL) {
        fprintf(stderr, "cellmodel: view: %s: not the viewer's page\n", path);
        free(text);
        return NULL;
    }
    return text;
}

/* Data in a page must not end the script element it stands in: in JSON, `<` occurs in strings only. */
static bool write_guarded(void *context, const char *bytes, size_t count)
{
    FILE *file = context;
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == '<' ? fputs("\\u003c", file) < 0 : putc(bytes[i], file) < 0) {
            return false;
        }
    }
    return true;
}

static enum cm_exit write_page(FILE *file, const char *page, const struct view_model *model)
{
    const char *at = strstr(page, mark);
    static char buffer[1 << 16];
    struct cm_writer writer;
    fwrite(page, 1, (size_t)(at - page), file);
    cm_writer_start(&writer, (struct cm_sink){write_guarded, file}, buffer, sizeof buffer);
    enum cm_status status = view_write_data(&writer, model);
    enum cm_status written = cm_writer_end(&writer);
    fputs(at + strlen(mark), file);
    if (status == CM_OK) {
        status = written;
    }
    return status == CM_OK ? CM_EXIT_OK : cm_fail("view", status);
}

static enum cm_exit write_file(const char *path, const struct view_model *model)
{
    char *page = read_page();
    if (page == NULL) {
        return CM_EXIT_USAGE;
    }
    FILE *file = path != NULL ? fopen(path, "wb") : stdout;
    enum cm_exit outcome = CM_EXIT_USAGE;
    if (file != NULL) {
        outcome = write_page(file, page, model);
    }
    if (file == NULL || fflush(file) != 0 || (path != NULL && fclose(file) != 0)) {
        fprintf(stderr, "cellmodel: view: %s: %s\n", path != NULL ? path : "standard output", strerror(errno));
        outcome = CM_EXIT_USAGE;
    }
    free(page);
    return outcome;
}

/* Without the folders, which say more about the machine than about the model. */
static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(path, "-") == 0 ? "standard input" : slash != NULL ? slash + 1 : path;
}

/* The old graph by the new one's ids instead of its own. */
static enum cm_status by_name(struct cm_graph **old_graph, struct cm_graph *new_graph)
{
    struct cm_match match;
    struct cm_graph *renamed;
    enum cm_status status = cm_match_names(*old_graph, new_graph, &match);
    if (status == CM_OK) {
        status = view_rename(*old_graph, new_graph, &match, &renamed);
        cm_match_free(&match);
    }
    if (status == CM_OK) {
        cm_graph_destroy(*old_graph);
        *old_graph = renamed;
    }
    return status;
}

static enum cm_exit view_both(char **paths, bool names, const char *path, struct cm_model *new_model,
                              const struct cm_model_options *asked)
{
    struct cm_model old_model;
    struct cm_model_options options = {.keep = asked->keep};
    struct view_union both;
    enum cm_exit outcome = cm_model_open(&old_model, paths[0], &options);
    if (outcome == CM_EXIT_OK) {
        enum cm_status status = names ? by_name(&old_model.graph, new_model->graph) : CM_OK;
        status = status != CM_OK ? status : view_union_make(old_model.graph, new_model->graph, &both);
        if (status == CM_OK) {
            struct view_model view = {.graph = both.graph,
                                      .title = file_name(paths[1]),
                                      .both = &both,
                                      .old_graph = old_model.graph,
                                      .new_graph = new_model->graph,
                                      .old_name = file_name(paths[0]),
                                      .new_name = file_name(paths[1])};
            outcome = write_file(path, &view);
            view_union_free(&both);
        } else {
            outcome = cm_fail("view", status);
        }
    }
    options.keep = (struct cm_strings){0}; /* freed with the other model's */
    cm_model_close(&old_model, &options);
    return outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const char *path = NULL;
    bool names = false;
    const struct cm_option table[] = {{"-o", CM_STRING, &path},
                                      {"--by-name", CM_FLAG, &names},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {NULL, CM_FLAG, NULL}};
    int files = cm_arguments(command, count, arguments, table, 1, 2);
    if (files < 0 || (names && files < 2)) {
        return CM_EXIT_USAGE;
    }
    struct cm_model model;
    enum cm_exit outcome = cm_model_open(&model, arguments[files - 1], &options);
    if (outcome == CM_EXIT_OK && files == 2) {
        outcome = view_both(arguments, names, path, &model, &options);
    } else if (outcome == CM_EXIT_OK) {
        struct view_model view = {.graph = model.graph, .title = file_name(arguments[0])};
        outcome = write_file(path, &view);
    }
    cm_model_close(&model, &options);
    return outcome;
}

const struct cm_command cm_command_view = {
    "view", "FILE [NEW-FILE [--by-name]] [-o PAGE.html] [--keep PD]...",
    "a page that shows the model in a browser",
    "Writes one HTML file that needs no network: to standard output, or where -o says. With two files it shows both\n"
    "states, with a slider. A PD is a box, with what it alone reaches in it; resources of one box, type and space are one\n"
    "node until it is opened (double click). The page explains itself; docs/viewer.md says more. PDs are split first.\n"
    "  --by-name   the two are of different boots: nodes go together as in cellmodel diff --by-name\n",
    run};
