/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths of steps: see steps_text.h. */
#include "lib/words/words.h"
#include "steps_text.h"

#include <string.h>

#include "../core/fields.h"

static void put_edge(struct cm_writer *writer, const struct cm_graph *graph, const struct cm_step *step)
{
    cm_writer_string(writer, step->derived ? "(" : "");
    cm_writer_string(writer, cm_step_text(step->kind));
    if (step->kind == CM_REQUEST) {
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

/* --------------------------------------------------------------------------------------------------------- in words */

/* The id, and the name by which a reader knows the node: a PD's name, a resource's EXTRA. */
static void put_node(struct cm_writer *writer, const struct cm_graph *graph, cm_node node)
{
    bool pd = cm_node_kind(graph, node) == CM_PD;
    const char *known = pd ? cm_node_data(graph, node) : cm_node_kind(graph, node) == CM_SPACE ? ""
                                                                                               : cm_node_extra(graph, node);
    cm_writer_string(writer, cm_node_id(graph, node));
    if (known[0] != '\0') {
        cm_writer_string(writer, " (");
        cm_writer_string(writer, known);
        cm_writer_string(writer, ")");
    }
}

/* `subject`, words, `object`, in which a step against an edge is passive. */
static const char *words_of(const struct cm_step *step)
{
    static const struct {
        const char *along, *against;
    } words[] = {[CM_HOLD] = {" holds ", " is held by "},
                 [CM_MAP] = {" maps onto ", " is mapped by "},
                 [CM_SUBSET] = {" belongs to ", " contains "},
                 [CM_REQUEST] = {" may ask ", " may be asked by "},
                 [CM_FAULT] = {" leaves its faults to ", " handles the faults of "},
                 [CM_LINK] = {" dies with ", " takes along "},
                 [CM_META] = {" has its bookkeeping in ", " has the bookkeeping of "},
                 [CM_PARENT] = {" was made by ", " made "},
                 [CM_STEP_HANDLE] = {" is a handle of ", " is steered by "}};
    return step->forward ? words[step->kind].along : words[step->kind].against;
}

void cm_steps_why(struct cm_writer *writer, const struct cm_graph *graph, const struct cm_step *steps, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct cm_step *step = &steps[i];
        char letters[5];
        cell_rights_text(step->rights, letters);
        cm_writer_string(writer, "  ");
        put_node(writer, graph, step->from);
        cm_writer_string(writer, words_of(step));
        put_node(writer, graph, step->to);
        if (step->kind == CM_REQUEST) {
            cm_writer_string(writer, " for ");
            cm_writer_string(writer, cm_type_name(graph, step->type));
        } else if (step->rights != 0) {
            cm_writer_string(writer, " with ");
            cm_writer_string(writer, letters);
        }
        cm_writer_string(writer, !step->derived             ? "\n"
                                 : step->kind == CM_REQUEST ? ", as it holds some of them\n"
                                                            : ", as it runs there, manages the space or holds it whole\n");
    }
}

/* -------------------------------------------------------------------------------------------------------------- JSON */

void cm_steps_json(struct json *json, const struct cm_graph *graph, const struct cm_step *steps, uint32_t count)
{
    json_array(json);
    for (uint32_t i = 0; i < count; i++) {
        json_object(json);
        json_member_string(json, "edge", cm_step_text(steps[i].kind));
        json_member_string(json, "from", cm_node_id(graph, steps[i].from));
        json_member_string(json, "to", cm_node_id(graph, steps[i].to));
        json_member_bool(json, "forward", steps[i].forward);
        if (steps[i].kind == CM_REQUEST) {
            json_member_string(json, "type", cm_type_name(graph, steps[i].type));
        }
        if (steps[i].kind == CM_HOLD || steps[i].kind == CM_REQUEST) {
            json_member_bool(json, "derived", steps[i].derived);
        }
        if (steps[i].kind == CM_HOLD || steps[i].rights != 0) {
            char letters[5];
            cell_rights_text(steps[i].rights, letters);
            json_member_string(json, "rights", letters);
        }
        json_object_end(json);
    }
    json_array_end(json);
}
