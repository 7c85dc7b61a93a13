/* SPDX-License-Identifier: BSD-2-Clause */
/* cellmodel diff: what differs between two models. */
#include "lib/words/words.h"
#include "../query/diff.h"

#include <stdio.h>
#include <string.h>

#include "../core/fields.h"
#include "../host/json.h"
#include "command.h"

struct printing {
    struct cm_graph *graphs[2]; /* old, new */
    struct cm_writer *writer;
    struct json json;
    bool as_json;
    uint32_t found;
};

static const char *const marks[] = {"-", "+", "~"};
static const char *const words[] = {"gone", "came", "changed"};

/* ------------------------------------------------------------------------------------------------------------- text */

static void put(struct printing *p, const char *text)
{
    cm_writer_put(p->writer, " ", 1);
    cm_writer_string(p->writer, text);
}

static void put_change(struct printing *p, const char *before, const char *after)
{
    put(p, before[0] == '\0' ? "-" : before);
    put(p, "->");
    put(p, after[0] == '\0' ? "-" : after);
}

static void node_text(struct printing *p, const struct cm_difference *d)
{
    bool old = d->what != CM_CAME;
    const struct cm_graph *graph = p->graphs[old ? 0 : 1];
    cm_node node = old ? d->old_node : d->new_node;
    cm_writer_string(p->writer, marks[d->what]);
    put(p, cm_kind_text(cm_node_kind(graph, node)));
    put(p, cm_node_id(graph, node));
    put(p, cm_node_data(graph, node));
    if (d->what == CM_CHANGED) {
        const char *data = cm_node_data(p->graphs[1], d->new_node);
        if (strcmp(cm_node_data(graph, node), data) != 0) {
            put(p, "->");
            put(p, data);
        }
        put(p, "EXTRA");
        put_change(p, cm_node_extra(graph, node), cm_node_extra(p->graphs[1], d->new_node));
    }
    cm_writer_put(p->writer, "\n", 1);
}

static void edge_text(struct printing *p, const struct cm_difference *d)
{
    const struct cm_edge *edge = d->what == CM_GONE ? &d->old_edge : &d->new_edge;
    const struct cm_graph *graph = p->graphs[1];
    char before[5], after[5];
    cm_writer_string(p->writer, marks[d->what]);
    put(p, cm_edge_type_text(edge->edge_type));
    put(p, cm_node_id(graph, edge->from));
    put(p, cm_node_id(graph, edge->to));
    if (edge->edge_type == CM_REQUEST) {
        put(p, edge->type == CM_NONE ? "?" : cm_type_name(graph, edge->type));
        put(p, edge->space == CM_NONE ? "-" : cm_node_id(graph, edge->space));
    }
    if (d->what == CM_CHANGED) {
        cell_rights_text(d->old_edge.rights, before);
        cell_rights_text(d->new_edge.rights, after);
        put_change(p, before, after);
    }
    cm_writer_put(p->writer, "\n", 1);
}

/* ------------------------------------------------------------------------------------------------------------- JSON */

static void node_json(struct printing *p, const struct cm_difference *d)
{
    bool old = d->what != CM_CAME;
    const struct cm_graph *graph = p->graphs[old ? 0 : 1];
    cm_node node = old ? d->old_node : d->new_node;
    json_member_string(&p->json, "node", cm_node_id(graph, node));
    json_member_string(&p->json, "kind", cm_kind_text(cm_node_kind(graph, node)));
    json_member_string(&p->json, "data", cm_node_data(graph, node));
    json_member_string(&p->json, "extra", cm_node_extra(graph, node));
    if (d->what == CM_CHANGED) {
        json_member_string(&p->json, "new_node", cm_node_id(p->graphs[1], d->new_node));
        json_member_string(&p->json, "new_data", cm_node_data(p->graphs[1], d->new_node));
        json_member_string(&p->json, "new_extra", cm_node_extra(p->graphs[1], d->new_node));
    }
}

static void edge_json(struct printing *p, const struct cm_difference *d)
{
    const struct cm_edge *edge = d->what == CM_GONE ? &d->old_edge : &d->new_edge;
    const struct cm_graph *graph = p->graphs[1];
    char letters[5];
    json_member_string(&p->json, "edge", cm_edge_type_text(edge->edge_type));
    json_member_string(&p->json, "from", cm_node_id(graph, edge->from));
    json_member_string(&p->json, "to", cm_node_id(graph, edge->to));
    if (edge->edge_type == CM_REQUEST) {
        json_member_string(&p->json, "type", edge->type == CM_NONE ? "?" : cm_type_name(graph, edge->type));
        json_member_string(&p->json, "space", edge->space == CM_NONE ? "" : cm_node_id(graph, edge->space));
    }
    if (d->what == CM_CHANGED) {
        cell_rights_text(d->old_edge.rights, letters);
        json_member_string(&p->json, "rights", letters);
        cell_rights_text(d->new_edge.rights, letters);
        json_member_string(&p->json, "new_rights", letters);
    }
}

static enum cm_status print_difference(void *context, const struct cm_difference *d)
{
    struct printing *p = context;
    p->found++;
    if (p->as_json) {
        json_object(&p->json);
        json_member_string(&p->json, "what", words[d->what]);
        (d->is_edge ? edge_json : node_json)(p, d);
        json_object_end(&p->json);
    } else {
        (d->is_edge ? edge_text : node_text)(p, d);
    }
    return p->writer->status;
}

/* -------------------------------------------------------------------------------------------------------------- run */

static enum cm_exit print_diff(struct printing *p, char **names, bool by_name)
{
    struct cm_match match = {0};
    enum cm_status status = by_name ? cm_match_names(p->graphs[0], p->graphs[1], &match)
                                    : cm_match_ids(p->graphs[0], p->graphs[1], &match);
    p->writer = cm_output(stdout);
    if (p->as_json) {
        json_start(&p->json, p->writer);
        json_object(&p->json);
        json_member_string(&p->json, "old", names[0]);
        json_member_string(&p->json, "new", names[1]);
        json_key(&p->json, "differences");
        json_array(&p->json);
    }
    if (status == CM_OK) {
        status = cm_diff(p->graphs[0], p->graphs[1], &match, !by_name, print_difference, p);
        cm_match_free(&match);
    }
    if (p->as_json) {
        json_array_end(&p->json);
        json_object_end(&p->json);
        json_end(&p->json);
    }
    enum cm_exit outcome = cm_output_end(p->writer);
    if (status != CM_OK && outcome == CM_EXIT_OK) {
        return cm_fail("diff", status);
    }
    return outcome == CM_EXIT_OK && p->found > 0 ? CM_EXIT_MODEL : outcome;
}

static enum cm_exit run(const struct cm_command *command, int count, char **arguments)
{
    struct printing p = {.found = 0};
    bool by_name = false;
    const struct cm_option table[] = {
        {"--json", CM_FLAG, &p.as_json}, {"--by-name", CM_FLAG, &by_name}, {NULL, CM_FLAG, NULL}};
    if (cm_arguments(command, count, arguments, table, 2, 2) < 0) {
        return CM_EXIT_USAGE;
    }
    enum cm_exit outcome = cm_load(arguments[0], &p.graphs[0]);
    if (outcome == CM_EXIT_OK) {
        outcome = cm_load(arguments[1], &p.graphs[1]);
    }
    if (outcome == CM_EXIT_OK) {
        outcome = print_diff(&p, arguments, by_name);
    }
    cm_graph_destroy(p.graphs[0]);
    cm_graph_destroy(p.graphs[1]);
    return outcome;
}

const struct cm_command cm_command_diff = {
    "diff", "OLD NEW [--by-name] [--json]", "what differs between two models",
    "Prints `- PD PD_3 name` for what is gone, `+` for what came, `~` for what changed; nodes, then edges between nodes\n"
    "that both have, in the ids of NEW. Ends with status 1 if there is any difference.\n"
    "  --by-name   match PDs by name, spaces by type and manager, resources by space, kind and address, not by id\n",
    run};
