/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths of steps: see steps_text.h. */
#include "lib/words/words.h"
#include "steps_text.h"

#include "../core/fields.h"

static void put_edge(struct cm_writer *writer, const struct cm_graph *graph, const struct cm_step *step)
{
    cm_writer_string(writer, step->derived ? "(" : "");
    cm_writer_string(writer, cm_edge_type_text(step->edge_type));
    if (step->edge_type == CM_REQUEST) {
        cm_writer_put(writer, " ", 1);
        cm_writer_string(writer, cm_type_name(graph, step->type));
    }
    cm_writer_string(writer, step->derived ? ")" : "");
}

void cm_steps_text(struct cm_writer *writer, const struct cm_graph *graph, const struct cm_step *steps, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0) {
            cm_writer_string(writer, cm_node_id(graph, steps[i].from));
        }
        cm_writer_string(writer, steps[i].forward ? " -" : " <-");
        put_edge(writer, graph, &steps[i]);
        cm_writer_string(writer, steps[i].forward ? "-> " : "- ");
        cm_writer_string(writer, cm_node_id(graph, steps[i].to));
    }
}

void cm_steps_json(struct json *json, const struct cm_graph *graph, const struct cm_step *steps, uint32_t count)
{
    json_array(json);
    for (uint32_t i = 0; i < count; i++) {
        json_object(json);
        json_member_string(json, "edge", cm_edge_type_text(steps[i].edge_type));
        json_member_string(json, "from", cm_node_id(graph, steps[i].from));
        json_member_string(json, "to", cm_node_id(graph, steps[i].to));
        json_member_bool(json, "forward", steps[i].forward);
        if (steps[i].edge_type == CM_REQUEST) {
            json_member_string(json, "type", cm_type_name(graph, steps[i].type));
        }
        if (steps[i].edge_type == CM_HOLD) {
            json_member_bool(json, "derived", steps[i].derived);
        }
        if (steps[i].edge_type == CM_HOLD || steps[i].rights != 0) {
            char letters[5];
            cell_rights_text(steps[i].rights, letters);
            json_member_string(json, "rights", letters);
        }
        json_object_end(json);
    }
    json_array_end(json);
}
