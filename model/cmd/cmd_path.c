/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel path: how can A reach or influence B? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../query/path.h"
#include "model.h"
#include "steps_text.h"

struct printing {
    struct cm_graph *graph;
    struct cm_writer *writer;
    struct json *json; /* or NULL */
    bool why;
    uint32_t found;
};

static enum cm_status print_path(void *context, const struct cm_step *steps, uint32_t count)
{
    struct printing *p = context;
    p->found++;
    if (p->json == NULL) {
        cm_steps_text(p->writer, p->graph, steps, count);
        cm_writer_put(p->writer, "\n", 1);
        if (p->why) {
            cm_steps_why(p->writer, p->graph, steps, count);
        }
        return p->writer->status;
    }
    json_object(p->json);
    json_member_number(p->json, "hops", count);
    json_key(p->json, "steps");
    cm_steps_json(p->json, p->graph, steps, count);
    json_object_end(p->json);
    return p->writer->status;
}

/* `HOLD,MAP` as bits. */
static bool parse_types(const char *list, unsigned *types)
{
    *types = 0;
    while (*list != '\0') {
        size_t length = strcspn(list, ",");
        unsigned bit = 0;
        for (unsigned t = 0; t <= CM_STEP_HANDLE; t++) {
            const char *name = cm_step_text(t);
            if (strlen(name) == length && memcmp(name, list, length) == 0) {
                bit = CM_STEP_BIT(t);
            }
        }
        if (bit == 0) {
            fprintf(stderr, "cellmodel path: --types takes edge types such as HOLD,MAP, not %.*s\n", (int)length, list);
            return false;
        }
        *types |= bit;
        list += length + (list[length] == ',');
    }
    return true;
}

static enum cm_exit print_paths(struct cm_model *model, char **names, const struct cm_path_options *options,
                                bool why, bool as_json)
{
    cm_node a = cm_model_node(model->graph, names[1]);
    cm_node b = a == CM_NONE ? CM_NONE : cm_model_node(model->graph, names[2]);
    if (b == CM_NONE) {
        return CM_EXIT_USAGE;
    }
    struct json json;
    struct printing p = {model->graph, cm_output(stdout), as_json ? &json : NULL, why, 0};
    bool complete;
    if (as_json) {
        json_start(&json, p.writer);
        json_object(&json);
        json_member_string(&json, "a", cm_node_id(model->graph, a));
        json_member_string(&json, "b", cm_node_id(model->graph, b));
        json_key(&json, "paths");
        json_array(&json);
    }
    enum cm_status status = cm_paths(model->graph, a, b, options, print_path, &p, &complete);
    if (as_json) {
        json_array_end(&json);
        json_member_bool(&json, "complete", complete && status == CM_OK);
        json_object_end(&json);
        json_end(&json);
    } else if (p.found == 0 && status == CM_OK) {
        cm_writer_string(p.writer, "no path\n");
    } else if (!complete) {
        cm_writer_string(p.writer, "stopped after 1000 paths; there may be more\n");
    }
    enum cm_exit outcome = cm_output_end(p.writer);
    if (status != CM_OK && outcome == CM_EXIT_OK) {
        return cm_fail(names[0], status);
    }
    return outcome == CM_EXIT_OK && p.found == 0 ? CM_EXIT_MODEL : outcome;
}

static enum cm_exit find_excluded(const struct cm_model *model, const struct cm_strings *names, cm_node **nodes)
{
    *nodes = calloc(names->count + 1, sizeof **nodes);
    if (*nodes == NULL) {
        return cm_fail("options", CM_NO_MEMORY);
    }
    for (uint32_t i = 0; i < names->count; i++) {
        (*nodes)[i] = cm_model_node(model->graph, names->items[i]);
        if ((*nodes)[i] == CM_NONE) {
            return CM_EXIT_USAGE;
        }
    }
    return CM_EXIT_OK;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    struct cm_path_options path = {.types = CM_STEPS_USUAL};
    struct cm_strings excluded = {0};
    const char *types = NULL;
    bool why = false;
    const struct cm_option table[] = {{"--json", CM_FLAG, &options.json},
                                      {"--forward", CM_FLAG, &path.forward},
                                      {"--writable", CM_FLAG, &path.writable},
                                      {"--why", CM_FLAG, &why},
                                      {"--all", CM_NUMBER, &path.all_hops},
                                      {"--types", CM_STRING, &types},
                                      {"--exclude", CM_STRINGS, &excluded},
                                      {"--keep", CM_STRINGS, &options.keep},
                                      {NULL, CM_FLAG, NULL}};
    if (cm_arguments(command, count, arguments, table, 3, 3) < 0 ||
        (types != NULL && !parse_types(types, &path.types))) {
        cm_arguments_free(&excluded);
        cm_arguments_free(&options.keep);
        return CM_EXIT_USAGE;
    }
    struct cm_model model;
    cm_node *nodes = NULL;
    enum cm_exit outcome = cm_model_open(&model, arguments[0], &options);
    if (outcome == CM_EXIT_OK) {
        outcome = find_excluded(&model, &excluded, &nodes);
    }
    if (outcome == CM_EXIT_OK) {
        path.exclude = nodes;
        path.exclude_count = excluded.count;
        outcome = print_paths(&model, arguments, &path, why, options.json);
    }
    free(nodes);
    cm_arguments_free(&excluded);
    cm_model_close(&model, &options);
    return outcome;
}

const struct cm_command cm_command_path = {
    "path", "FILE A B [--forward] [--writable] [--all N] [--why] [--types LIST] [--exclude NODE]... [--keep PD]... [--json]",
    "how A can reach or influence B: REQUEST forward, HOLD and MAP either way",
    "Prints a shortest path, `PD_1 -HOLD-> FILE_1 <-HOLD- PD_2`; edges in brackets follow from others. Status 1: no path.\n"
    "A and B are ids of any nodes, or names of PDs. MAP between spaces is not followed.\n"
    "HANDLE leads from the handle of a PD to the PD.\n"
    "  --forward        never against an edge\n"
    "  --writable       only steps along which something can be changed: w toward what is held or mapped, w, x or g\n"
    "                   toward a handle, r or x back to who holds or maps anything else; any request\n"
    "  --all N          all paths of at most N steps; stops after 1000, or after 50000000 steps with an error\n"
    "  --why            below each path its steps in words\n"
    "  --types LIST     follow only these, HOLD,MAP,REQUEST,HANDLE if not given\n"
    "  --exclude NODE   paths do not pass this node\n",
    run};
