/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel surface: the attack surface of a PD: who may ask it for what. */
#include <stdio.h>
#include <stdlib.h>

#include "../host/json.h"
#include "../query/dependence.h"
#include "model.h"

/* One request into the PD; a written one and an implied one that are alike count once, as written. */
struct entry {
    cm_node from, space;
    uint32_t type;
    bool implied;
};

struct entries {
    struct entry *items;
    uint32_t count, capacity;
};

static enum cm_status take(void *context, cm_node from, const struct cm_ask *ask)
{
    struct entries *entries = context;
    if (entries->count == entries->capacity) {
        uint32_t capacity = entries->capacity * 2 + 64;
        struct entry *items = realloc(entries->items, capacity * sizeof *items);
        if (items == NULL) {
            return CM_NO_MEMORY;
        }
        entries->items = items;
        entries->capacity = capacity;
    }
    entries->items[entries->count++] = (struct entry){from, ask->space, ask->type, ask->implied};
    return CM_OK;
}

static int compare(const void *one, const void *other)
{
    const struct entry *a = one, *b = other;
    if (a->type != b->type) {
        return a->type < b->type ? -1 : 1;
    }
    if (a->from != b->from) {
        return a->from < b->from ? -1 : 1;
    }
    return a->space != b->space ? (a->space < b->space ? -1 : 1) : (int)a->implied - (int)b->implied;
}

/* Keeps one of those that are alike; and none that holding implies where the PD may ask for any space anyway. */
static void unite(struct entries *entries)
{
    struct entry *items = entries->items;
    uint32_t kept = 0;
    if (entries->count > 0) {
        qsort(items, entries->count, sizeof *items, compare);
    }
    for (uint32_t i = 0; i < entries->count;) {
        uint32_t end = i;
        while (end < entries->count && items[end].type == items[i].type && items[end].from == items[i].from) {
            end++;
        }
        bool any_space = items[end - 1].space == CM_NONE;
        for (uint32_t first = i; i < end; i++) {
            bool again = i > first && items[i].space == items[i - 1].space;
            if (!again && !(any_space && items[i].implied)) {
                items[kept++] = items[i];
            }
        }
    }
    entries->count = kept;
}

static void write_text(struct cm_writer *writer, const struct cm_graph *graph, const struct entries *entries)
{
    for (uint32_t i = 0; i < entries->count;) {
        uint32_t end = i;
        while (end < entries->count && entries->items[end].type == entries->items[i].type) {
            end++;
        }
        cm_writer_string(writer, "SURFACE ");
        cm_writer_string(writer, cm_type_name(graph, entries->items[i].type));
        cm_writer_put(writer, " ", 1);
        cm_writer_number(writer, end - i);
        for (; i < end; i++) {
            const struct entry *entry = &entries->items[i];
            cm_writer_put(writer, " ", 1);
            cm_writer_string(writer, cm_node_id(graph, entry->from));
            cm_writer_string(writer, entry->space == CM_NONE ? "" : ":");
            cm_writer_string(writer, entry->space == CM_NONE ? "" : cm_node_id(graph, entry->space));
        }
        cm_writer_put(writer, "\n", 1);
    }
}

static void write_json(struct cm_writer *writer, const struct cm_graph *graph, cm_node pd,
                       const struct entries *entries)
{
    struct json json;
    json_start(&json, writer);
    json_object(&json);
    json_member_string(&json, "pd", cm_node_id(graph, pd));
    json_key(&json, "requests");
    json_array(&json);
    for (uint32_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->items[i];
        json_object(&json);
        json_member_string(&json, "type", cm_type_name(graph, entry->type));
        json_member_string(&json, "from", cm_node_id(graph, entry->from));
        json_key(&json, "space");
        if (entry->space == CM_NONE) {
            json_null(&json);
        } else {
            json_string(&json, cm_node_id(graph, entry->space));
        }
        json_member_bool(&json, "implied", entry->implied);
        json_object_end(&json);
    }
    json_array_end(&json);
    json_object_end(&json);
    json_end(&json);
}

static enum cm_exit print_surface(struct cm_model *model, char **names, const struct cm_model_options *options)
{
    cm_node pd = cm_model_pd(model->graph, names[1]);
    if (pd == CM_NONE) {
        return CM_EXIT_USAGE;
    }
    struct entries entries = {0};
    struct cm_radius *radius = NULL;
    enum cm_status status = cm_radius_create(model->graph, &model->metric, &radius);
    if (status == CM_OK) {
        status = cm_surface(radius, model->graph, pd, take, &entries);
    }
    enum cm_exit outcome = status == CM_OK ? CM_EXIT_OK : cm_fail(names[0], status);
    if (status == CM_OK) {
        struct cm_writer *writer = cm_output(stdout);
        unite(&entries);
        if (options->json) {
            write_json(writer, model->graph, pd, &entries);
        } else {
            write_text(writer, model->graph, &entries);
        }
        outcome = cm_output_end(writer);
    }
    cm_radius_destroy(radius);
    free(entries.items);
    return outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct cm_model_options options = {0};
    const struct cm_option table[] = {
        {"--json", CM_FLAG, &options.json}, {"--keep", CM_STRINGS, &options.keep}, {NULL, CM_FLAG, NULL}};
    return cm_model_run(command, count, arguments, table, 2, &options, print_surface);
}

const struct cm_command cm_command_surface = {
    "surface", "FILE PD [--keep PD]... [--json]", "the attack surface of a PD: who may ask it for what",
    "Prints `SURFACE <TYPE> <requests> <PD>[:<space>]...`, requests that holding implies included.\n", run};
