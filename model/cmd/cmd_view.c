/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel view: one HTML file that shows a model, or two states of one; or, with --live, a page that follows a system
 * (view_live.h). */
#include "../query/match.h"
#include "../view/page.h"
#include "../view/rename.h"
#include "../view/union.h"
#include "model.h"
#include "view_html.h"
#include "view_live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum cm_exit write_file(const char *path, const struct view_model *model)
{
    char *page = view_html_read();
    if (page == NULL) {
        return CM_EXIT_USAGE;
    }
    FILE *file = path != NULL ? fopen(path, "wb") : stdout;
    enum cm_exit outcome = CM_EXIT_USAGE;
    if (file != NULL) {
        outcome = view_html_write(file, page, model);
    }
    if (file == NULL || fflush(file) != 0 || (path != NULL && fclose(file) != 0)) {
        fprintf(stderr, "cellmodel: view: %s: %s\n", path != NULL ? path : "standard output", strerror(errno));
        outcome = CM_EXIT_USAGE;
    }
    free(page);
    return outcome;
}

/* The old graph with the new one's ids in place of its own. */
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
                                      .title = view_file_name(paths[1]),
                                      .both = &both,
                                      .old_graph = old_model.graph,
                                      .new_graph = new_model->graph,
                                      .old_name = view_file_name(paths[0]),
                                      .new_name = view_file_name(paths[1])};
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

/* `--live linux ARGUMENT...`: what stands from `linux` on is a command of this program. Returns its place, or `count`. */
static int linux_at(int count, char **arguments)
{
    bool live = false;
    for (int i = 0; i < count; i++) {
        live = live || strcmp(arguments[i], "--live") == 0;
        if (live && strcmp(arguments[i], "linux") == 0) {
            return i;
        }
    }
    return count;
}

/* The command's own words, and `--merge`: the page shows no runs of pages, and a model without them is small. */
static enum cm_exit follow(struct view_live_options *options, int count, char **arguments)
{
    char program[] = "/proc/self/exe";
    char merge[] = "--merge";
    char **command = calloc((size_t)count + 3, sizeof *command);
    if (command == NULL) {
        return cm_fail("view", CM_NO_MEMORY);
    }
    command[0] = program;
    memcpy(command + 1, arguments, (size_t)count * sizeof *command);
    command[count + 1] = merge;
    options->command = count > 0 ? command : NULL;
    options->every = options->every > 0 ? options->every : 2;
    enum cm_exit outcome = view_live(options);
    free(command);
    return outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    struct view_live_options live_options = {0};
    const char *path = NULL;
    bool names = false, live = false;
    const struct cm_option table[] = {{"-o", CM_STRING, &path},
                                      {"--by-name", CM_FLAG, &names},
                                      {"--every", CM_NUMBER, &live_options.every},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {"--live", CM_FLAG, &live},
                                      {"--port", CM_NUMBER, &live_options.port},
                                      {NULL, CM_FLAG, NULL}};
    int own = linux_at(count, arguments);
    int files = cm_arguments(command, own, arguments, table, 0, 2);
    bool fits = live ? path == NULL && !names && files <= (own == count) && live_options.port < 65536
                     : files > 0 && (!names || files == 2) && live_options.port == 0 && live_options.every == 0;
    if (files >= 0 && !fits) {
        fprintf(stderr, "usage: cellmodel %s %s\n", command->name, command->arguments);
    }
    if (files < 0 || !fits) {
        cm_arguments_free(&options.keep);
        return CM_EXIT_USAGE;
    }
    if (live) {
        live_options.keep = options.keep;
        live_options.path = files == 1 ? arguments[0] : NULL;
        enum cm_exit ended = follow(&live_options, count - own, arguments + own);
        cm_arguments_free(&options.keep);
        return ended;
    }
    struct cm_model model;
    enum cm_exit outcome = cm_model_open(&model, arguments[files - 1], &options);
    if (outcome == CM_EXIT_OK && files == 2) {
        outcome = view_both(arguments, names, path, &model, &options);
    } else if (outcome == CM_EXIT_OK) {
        struct view_model view = {.graph = model.graph, .title = view_file_name(arguments[0])};
        outcome = write_file(path, &view);
    }
    cm_model_close(&model, &options);
    return outcome;
}

const struct cm_command cm_command_view = {
    "view",
    "FILE [NEW-FILE [--by-name]] [-o PAGE.html] [--keep PD]...\n"
    "       | --live [SOCKET | FILE | linux ARGUMENT...] [--port N] [--every SECONDS] [--keep PD]...",
    "a page that shows the model in a browser",
    "Writes one HTML file that needs no network: to standard output, or where -o says. With two files it shows both\n"
    "states, with a slider. A PD is a box, with what it alone reaches in it; resources of one box, type and space are one\n"
    "node until it is opened (double click). The page explains itself; docs/viewer.md says more. PDs are split first.\n"
    "  --by-name   the two are of different boots: nodes go together as in cellmodel diff --by-name\n"
    "  --live      serves the page on 127.0.0.1 and follows a system, with a slider over its states: the machine that\n"
    "              `./cellulos run` started last, that of a SOCKET in build/live, a FILE that is written again and again, or\n"
    "              what `cellmodel linux ARGUMENT... --merge` prints. The address is printed; Ctrl-C ends it\n"
    "  --port N    at this port instead of any that is free\n"
    "  --every N   reads the next state N seconds after the last (2)\n",
    run};
